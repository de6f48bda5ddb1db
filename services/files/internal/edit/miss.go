package edit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// maxListed bounds the lines that an error lists.
const maxListed = 20

// ambiguous says that old occurs too often, or not often enough.
func (d *draft) ambiguous(e Edit, f *finding) error {
	var at []int
	for _, s := range f.spans[:min(len(f.spans), maxListed)] {
		at = append(at, d.line(s.start))
	}
	n := len(f.spans)
	if f.twin >= 0 {
		at = append(at, at[0]+f.twin)
		n = 2
	}
	times := "once"
	if n > 1 {
		times = fmt.Sprintf("%d times", n)
	}
	where := ""
	if e.After != nil {
		where = fmt.Sprintf(" below line %d", *e.After)
	}
	err := tree.Errorf(tree.Ambiguous, tree.Path{}, "old is in the file %s%s, at %s, and expect is %d", times, where, linesText(at, n), e.Expect)
	err.Details = map[string]any{"lines": at, "found": n}
	switch {
	case f.twin >= 0:
		err.Hint = "the two overlap: send more lines around the one that you mean"
	case n < e.Expect:
		err.Hint = "set expect to the number that you mean, or to 0 for all"
	default:
		err.Hint = fmt.Sprintf("send more lines around the one that you mean, or after_line to take the first below a line, or expect: %d to replace all", n)
	}
	return err
}

// linesText lists lines, the first of total.
func linesText(lines []int, total int) string {
	var b strings.Builder
	b.WriteString("line")
	if len(lines) > 1 {
		b.WriteByte('s')
	}
	for i, l := range lines {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(l))
	}
	if total > len(lines) {
		fmt.Fprintf(&b, " and %d more", total-len(lines))
	}
	return b.String()
}

// missing says that old is nowhere, what it may have meant, and why it is not
// that.
func (d *draft) missing(e Edit, from int, m Match) error {
	err := tree.Errorf(tree.Conflict, tree.Path{}, "old is not in the file")
	if d.text == "" {
		err.Hint = "it is empty; write_file fills it"
		return err
	}
	if from > 0 {
		err.Message = fmt.Sprintf("old is not in the file below line %d", *e.After)
		all := e
		all.After, all.Expect = nil, 0
		if f, findErr := d.find(all, 0, m); findErr == nil {
			at := d.line(f.spans[len(f.spans)-1].start)
			err.Hint = fmt.Sprintf("it is at line %d", at)
			err.Details = map[string]any{"lines": []int{at}}
			return err
		}
	}
	if hint := d.slip(e, m); hint != "" {
		err.Hint = hint
		return err
	}
	list := sought{"old", split(normal(e.Old, d.sep), '\n'), true}.near(d.text, d.sep)
	if len(list) == 0 {
		err.Hint = "nothing in it is similar: read the file again"
		return err
	}
	for i := range list { // they are in the text as earlier edits made it
		n := list[i].EndLine - list[i].StartLine
		list[i].StartLine = d.line(list[i].offset)
		list[i].EndLine = list[i].StartLine + n
	}
	err.Details = map[string]any{"candidates": list}
	err.Hint = list[0].hint()
	if m == Exact && list[0].Similarity == 1 { // blanks may be all that differs
		if f := d.anyBlanks(normal(e.Old, d.sep), from, 2); len(f.spans) == 1 {
			c := Candidate{StartLine: d.line(f.spans[0].start)}
			c.EndLine = c.StartLine + strings.Count(strings.TrimSuffix(normal(e.Old, d.sep), "\n"), "\n")
			err.Hint += fmt.Sprintf(`; match "whitespace" would match %s`, c.lines())
		}
	}
	return err
}

// slip recognises mistakes that a search for what is similar would not explain.
func (d *draft) slip(e Edit, m Match) string {
	t := normal(d.text, d.sep)
	has := func(s string) (int, bool) {
		i := strings.Index(t, s)
		return 1 + strings.Count(t[:max(i, 0)], "\n"), i >= 0
	}
	old, repl := normal(e.Old, d.sep), normal(e.New, d.sep)
	if len(d.made) > 0 && strings.Contains(normal(d.original, d.sep), old) {
		return "an edit before this one has replaced it: an edit sees what those before it have made"
	}
	if s, ok := unnumbered(old); ok {
		if at, ok := has(s); ok {
			return fmt.Sprintf("it is at line %d without the line numbers in front: leave them out", at)
		}
	}
	if s := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`).Replace(old); s != old {
		if at, ok := has(s); ok {
			return fmt.Sprintf(`it is at line %d with line ends, tabs or quotes where old has a backslash: escape once, not twice`, at)
		}
	}
	if s := strings.TrimRight(old, "\n"); s != old && s != "" && strings.HasSuffix(t, s) {
		return "its last line is the last of the file, which does not end with a line end: leave out the last one of old"
	}
	if len(strings.TrimSpace(repl)) >= 4 && !strings.Contains(old, repl) {
		if at, ok := has(repl); ok {
			return fmt.Sprintf("the edit may have been made already: new is at line %d", at)
		}
	}
	return ""
}

// unnumbered returns lines without the numbers that tools print before them.
func unnumbered(s string) (string, bool) {
	var b strings.Builder
	for _, l := range split(s, '\n') {
		rest := strings.TrimLeft(l, " ")
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits == len(rest) {
			return "", false
		}
		rest = rest[digits:]
		var cut bool
		for _, mark := range []string{"\t", "→", "|", ": ", ":", " "} {
			if rest, cut = strings.CutPrefix(rest, mark); cut {
				break
			}
		}
		if !cut {
			return "", false
		}
		b.WriteString(rest)
	}
	return b.String(), b.Len() > 0
}
