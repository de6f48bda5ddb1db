package edit

import (
	"hash/maphash"
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// A finding is where an edit's old text is, and what comes in its place.
type finding struct {
	spans []span // in ascending order, not overlapping
	twin  int    // how many lines after the only one another begins that overlaps it, or -1

	old, new   []string   // lines, with line feeds
	diffs      []lcs.Diff // from old to new
	literal    string     // the whole replacement, if nothing but line ends changes, else ""
	whitespace bool       // found by Whitespace
	ends       *ender
	step       int // of the indentation that was sent, see step
}

// find returns what e replaces in the text from a place on.
func (d *draft) find(e Edit, from int, m Match) (*finding, error) {
	old := normal(e.Old, d.sep)
	limit := maxOccurrences + 1
	if e.After != nil && e.Expect > 0 {
		limit = min(limit, e.Expect)
	}
	f := d.exactly(e.Old, from, limit)
	exact := len(f.spans) > 0
	if !exact && strings.ContainsAny(e.Old, "\r\n") {
		f = d.anyLineEnd(old, from, limit)
	}
	if len(f.spans) == 0 && m == Whitespace {
		f = d.anyBlanks(old, from, limit)
	}
	switch n := len(f.spans); {
	case n == 0:
		return nil, d.missing(e, from, m)
	case n > maxOccurrences:
		return nil, tree.Errorf(tree.TooLarge, tree.Path{}, "old is in the file more than %d times, which is the most that one edit replaces", maxOccurrences)
	case e.Expect > 0 && (n != e.Expect || f.twin >= 0 && e.After == nil):
		return nil, d.ambiguous(e, f)
	}
	repl := normal(e.New, d.sep)
	if exact && old == repl {
		f.literal = e.New
		return f, nil
	}
	f.old, f.new = split(old, '\n'), split(repl, '\n')
	f.diffs = lcs.DiffLines(f.old, f.new)
	if f.whitespace {
		f.step = step(f.old, f.new)
	}
	if strings.Contains(repl, "\n") {
		f.ends = newEnder(d.text, d.sep)
	}
	return f, nil
}

// exactly finds old as it is.
func (d *draft) exactly(old string, from, limit int) *finding {
	f := occurrences(d.text[from:], old, limit)
	for i := range f.spans {
		s := &f.spans[i]
		s.start, s.end = s.start+from, s.end+from
		if d.sep == '\n' && old[0] == '\n' && s.start > 0 && d.text[s.start-1] == '\r' {
			s.start-- // half of a line end is not a place to cut
		}
	}
	return f
}

// anyLineEnd finds old, which has line feeds, however the text writes line ends.
func (d *draft) anyLineEnd(old string, from, limit int) *finding {
	f := occurrences(normal(d.text[from:], d.sep), old, limit)
	if d.sep == '\r' {
		for i := range f.spans {
			f.spans[i] = span{f.spans[i].start + from, f.spans[i].end + from}
		}
		return f
	}
	// Each carriage return that is not in the normal text moves what follows.
	at, lost := from, from
	place := func(p int) int {
		for {
			i := strings.Index(d.text[at:], "\r\n")
			if i < 0 || at+i-lost >= p {
				return p + lost
			}
			at += i + 2
			lost++
		}
	}
	for i, s := range f.spans {
		f.spans[i].start = place(s.start)
		f.spans[i].end = place(s.end)
	}
	return f
}

// occurrences finds old in t, at most limit times.
func occurrences(t, old string, limit int) *finding {
	f := &finding{twin: -1}
	for at := 0; len(f.spans) < limit; {
		i := strings.Index(t[at:], old)
		if i < 0 {
			break
		}
		f.spans = append(f.spans, span{at + i, at + i + len(old)})
		at += i + len(old)
	}
	if len(f.spans) == 1 {
		s := f.spans[0]
		if i := strings.Index(t[s.start+1:min(len(t), s.end+len(old)-1)], old); i >= 0 {
			f.twin = strings.Count(t[s.start:s.start+1+i], "\n")
		}
	}
	return f
}

// anyBlanks finds the lines of old, which has line feeds, whatever blanks they
// begin and end with.
func (d *draft) anyBlanks(old string, from, limit int) *finding {
	f := &finding{twin: -1, whitespace: true}
	if strings.TrimSpace(old) == "" {
		return f
	}
	if from > 0 && d.text[from-1] != d.sep { // whole lines only
		n := strings.IndexByte(d.text[from:], d.sep)
		if n < 0 {
			return f
		}
		from += n + 1
	}
	lines, wanted := split(d.text[from:], d.sep), split(old, '\n')
	open := !strings.HasSuffix(old, "\n")
	at, line := from, 0 // where lines[line] begins
	seed := maphash.MakeSeed()
	sequence(trimmedKeys(seed, lines), trimmedKeys(seed, wanted), func(i int) bool {
		for j, w := range wanted {
			if strings.TrimSpace(lines[i+j]) != strings.TrimSpace(w) {
				return true
			}
		}
		for ; line < i; line++ {
			at += len(lines[line])
		}
		s := span{start: at, end: at}
		for _, l := range lines[i : i+len(wanted)] {
			s.end += len(l)
		}
		if open {
			s.end -= len(ending(lines[i+len(wanted)-1], d.sep))
		}
		if n := len(f.spans); n > 0 && f.spans[n-1].end > s.start {
			if n == 1 {
				f.twin = count(d.text[f.spans[0].start:s.start], d.sep)
			}
			return true
		}
		f.spans = append(f.spans, s)
		return len(f.spans) < limit
	})
	if len(f.spans) > 1 {
		f.twin = -1
	}
	return f
}

func trimmedKeys(seed maphash.Seed, lines []string) []uint64 {
	keys := make([]uint64, len(lines))
	for i, l := range lines {
		keys[i] = maphash.String(seed, strings.TrimSpace(l))
	}
	return keys
}

// sequence calls found for each place where wanted is in all, overlapping ones
// too, until found returns false. It takes time in proportion to both (Knuth,
// Morris and Pratt).
func sequence[T comparable](all, wanted []T, found func(at int) bool) {
	border := make([]int, len(wanted)+1) // of wanted[:i]
	border[0] = -1
	for i, k := 0, -1; i < len(wanted); i++ {
		for k >= 0 && wanted[k] != wanted[i] {
			k = border[k]
		}
		k++
		border[i+1] = k
	}
	k := 0
	for i, x := range all {
		for k >= 0 && (k == len(wanted) || wanted[k] != x) {
			k = border[k]
		}
		k++
		if k == len(wanted) && !found(i-k+1) {
			return
		}
	}
}

// rewrite returns the changes that make an occurrence the new text. Lines that
// stay the same stay as the text has them.
func (f *finding) rewrite(d *draft, s span) []text.Change {
	if f.literal != "" {
		return []text.Change{{Start: s.start, End: s.end, New: f.literal}}
	}
	lines := split(d.text[s.start:s.end], d.sep)
	if len(lines) < len(f.old) {
		lines = append(lines, "") // blanks were sent for an empty last line
	}
	var in *indenter
	if f.whitespace {
		in = newIndenter(f.old, lines, f.step)
	}
	end := ""
	if f.ends != nil {
		end = f.ends.of(s)
	}
	var list []text.Change
	at, line := s.start, 0
	for _, x := range f.diffs {
		c := text.Change{}
		for ; line < x.Start; line++ {
			at += len(lines[line])
		}
		c.Start = at
		for ; line < x.End; line++ {
			at += len(lines[line])
		}
		c.End = at
		c.New = f.lines(x, end, in)
		if n := len(lines) - 1; at == s.end && ending(lines[n], d.sep) == "" && strings.HasSuffix(f.old[n], "\n") {
			c.New = strings.TrimSuffix(c.New, end) // the last line of the text has no end
		}
		if c = trimmed(d.text, c); c.Start < c.End || c.New != "" {
			list = append(list, c)
		}
	}
	return list
}

// lines returns the new lines of x with this line end, indented as in says.
func (f *finding) lines(x lcs.Diff, end string, in *indenter) string {
	if x.ReplStart+1 == x.ReplEnd && in == nil && !strings.HasSuffix(f.new[x.ReplStart], "\n") {
		return f.new[x.ReplStart]
	}
	var b strings.Builder
	for i, l := range f.new[x.ReplStart:x.ReplEnd] {
		l, ended := strings.CutSuffix(l, "\n")
		if in != nil {
			l = in.line(l, min(x.Start+i, x.End-1))
		}
		b.WriteString(l)
		if ended {
			b.WriteString(end)
		}
	}
	return b.String()
}
