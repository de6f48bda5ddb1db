package edit

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff/lcs"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
)

const (
	// diffContext is how many lines around a change a diff shows.
	diffContext = 3
	// maxBlock is how many lines of adjacent changes are compared as one.
	maxBlock = 1000
)

// Diff returns the unified diff of changes to a text, which are in ascending
// order and do not overlap, as git apply takes it. An empty name stands for no
// file. It ends at about max bytes, after a hunk if there is a whole one; cut
// says that there is more. It takes time in proportion to the text at most.
func Diff(oldName, newName, original string, changes []text.Change, max int) (diff string, cut bool) {
	w := &diffWriter{t: original, max: max, line: 1}
	fmt.Fprintf(&w.out, "--- %s\n+++ %s\n", diffName("a/", oldName), diffName("b/", newName))
	for len(changes) > 0 && !w.full {
		changes = w.block(changes)
	}
	w.flush()
	return w.out.String(), w.full
}

// GitHeader returns what comes before the [Diff] of a file that is created,
// deleted or renamed, "" for one that is only changed.
func GitHeader(oldName, newName string) string {
	trim := func(s string) string { return strings.TrimSuffix(s, "\t") }
	both := func(name string) string {
		return "diff --git " + trim(diffName("a/", name)) + " " + trim(diffName("b/", name)) + "\n"
	}
	switch {
	case oldName == newName:
		return ""
	case oldName == "":
		return both(newName) + "new file mode 100644\n"
	case newName == "":
		return both(oldName) + "deleted file mode 100644\n"
	}
	return "diff --git " + trim(diffName("a/", oldName)) + " " + trim(diffName("b/", newName)) +
		"\nrename from " + trim(diffName("", oldName)) + "\nrename to " + trim(diffName("", newName)) + "\n"
}

// diffName returns a name as it stands in a patch.
func diffName(prefix, name string) string {
	if name == "" {
		return "/dev/null"
	}
	odd := func(r rune) bool { return !unicode.IsPrint(r) || r == '"' || r == '\\' || r == utf8.RuneError }
	if strings.IndexFunc(name, odd) < 0 {
		if strings.Contains(name, " ") {
			return prefix + name + "\t" // what follows a tab is no part of the name
		}
		return prefix + name
	}
	var b strings.Builder
	b.WriteByte('"')
	b.WriteString(prefix)
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// A diffWriter writes hunks. What it is about to write is in body; it has not
// been written because the next change may be near.
type diffWriter struct {
	t    string
	max  int
	full bool
	out  strings.Builder

	at   int // how far it is in t, at the beginning of a line
	line int // the number of that line
	grow int // how many lines the new text has more so far

	body           strings.Builder
	start          int // the old line at which body begins
	before         int // grow at that place
	removed, added int // lines in body on both sides
}

// block writes the first changes, as far as they touch the same lines or ones
// next to each other, and returns the others.
func (w *diffWriter) block(changes []text.Change) []text.Change {
	start, end := w.lines(changes[0])
	var b strings.Builder
	last := start
	for n := 0; len(changes) > 0; n++ {
		c := changes[0]
		from, to := start, end
		if n == 0 || c.End >= end { // else it is in a line that the block has
			from, to = w.lines(c)
		}
		if n > 0 && (from > end || from == end && n >= maxBlock) {
			break
		}
		b.WriteString(w.t[last:c.Start])
		b.WriteString(c.New)
		last, end = c.End, to
		changes = changes[1:]
	}
	b.WriteString(w.t[last:end])
	old, repl := split(w.t[start:end], '\n'), split(b.String(), '\n')
	at, line := start, 0
	for _, d := range lcs.DiffLines(old, repl) {
		for ; line < d.Start; line++ {
			at += len(old[line])
		}
		w.change(at, old[d.Start:d.End], repl[d.ReplStart:d.ReplEnd])
		if w.full {
			return nil
		}
	}
	return changes
}

// lines returns the whole lines that a change changes. It is none if whole lines
// are put in between two.
func (w *diffWriter) lines(c text.Change) (start, end int) {
	start = strings.LastIndexByte(w.t[:c.Start], '\n') + 1
	fresh := c.End == 0 || w.t[c.End-1] == '\n' // c ends where a line begins
	switch {
	case !fresh, c.New == "" && start < c.Start, c.New != "" && !strings.HasSuffix(c.New, "\n"):
		if i := strings.IndexByte(w.t[c.End:], '\n'); i >= 0 {
			return start, c.End + i + 1
		}
		return start, len(w.t)
	}
	return start, c.End
}

// change writes that at w.t[at:] the lines old become repl.
func (w *diffWriter) change(at int, old, repl []string) {
	gap := w.t[w.at:at]
	if w.removed+w.added > 0 {
		if lines, ok := firstLines(gap, 2*diffContext); ok {
			for _, l := range lines {
				w.put(' ', l)
			}
			w.advance(gap)
		} else {
			w.flush()
		}
	}
	if w.removed+w.added == 0 {
		gap = w.t[w.at:at]
		lead := lastLines(gap, diffContext)
		w.advance(gap)
		w.start, w.before = w.line, w.grow
		for _, l := range lead {
			w.put(' ', l)
		}
		w.start -= len(lead)
	}
	for _, l := range old {
		w.put('-', l)
		w.at += len(l)
	}
	for _, l := range repl {
		w.put('+', l)
	}
	w.line += len(old)
	w.grow += len(repl) - len(old)
	if w.body.Len() > w.max {
		w.flush()
	}
}

func (w *diffWriter) advance(gap string) {
	w.at += len(gap)
	w.line += strings.Count(gap, "\n")
}

// trail writes the lines after the last change of a hunk.
func (w *diffWriter) trail() {
	lines, _ := firstLines(w.t[w.at:], diffContext)
	for _, l := range lines {
		w.put(' ', l)
		w.advance(l)
	}
}

func (w *diffWriter) put(op byte, line string) {
	if w.body.Len() <= w.max { // else it cannot be shown
		w.body.WriteByte(op)
		w.body.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			w.body.WriteString("\n\\ No newline at end of file\n")
		}
	}
	if op != '+' {
		w.removed++
	}
	if op != '-' {
		w.added++
	}
}

// flush writes the hunk, if it fits.
func (w *diffWriter) flush() {
	if w.removed+w.added == 0 || w.full {
		return
	}
	w.trail()
	head := fmt.Sprintf("@@ -%s +%s @@\n", lineRange(w.start, w.removed), lineRange(w.start+w.before, w.added))
	body := w.body.String()
	w.body.Reset()
	room := w.max - w.out.Len() - len(head) - len(body)
	if room < 0 {
		w.full = true
		if strings.Contains(w.out.String(), "\n@@ ") {
			return
		}
		// A part of the first hunk says more than nothing.
		body = strings.ToValidUTF8(body[:max(0, len(body)+room)], "")
	}
	w.out.WriteString(head)
	w.out.WriteString(body)
	w.removed, w.added = 0, 0
}

func lineRange(start, n int) string {
	switch n {
	case 0:
		return strconv.Itoa(start-1) + ",0" // the line before
	case 1:
		return strconv.Itoa(start)
	}
	return fmt.Sprintf("%d,%d", start, n)
}

// firstLines returns the first lines of s, at most n, and whether that is all.
func firstLines(s string, n int) (lines []string, all bool) {
	for len(lines) < n && s != "" {
		i := strings.IndexByte(s, '\n') + 1
		if i == 0 {
			i = len(s)
		}
		lines, s = append(lines, s[:i]), s[i:]
	}
	return lines, s == ""
}

// lastLines returns the last lines of s, at most n. s is whole lines.
func lastLines(s string, n int) []string {
	at := len(s)
	for range n {
		if at == 0 {
			break
		}
		at = strings.LastIndexByte(s[:at-1], '\n') + 1
	}
	return split(s[at:], '\n')
}
