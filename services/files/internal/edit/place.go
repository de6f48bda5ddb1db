package edit

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
)

const (
	// maxPlacing bounds how many lines are compared to find where the hunks of one
	// file belong.
	maxPlacing = 200_000_000
	// maxExplained is of how many hunks of a file what is similar is searched.
	maxExplained = 3
)

// A Placement is what a patch does to a text.
type Placement struct {
	Changes []text.Change
	// Hunks says for each hunk where it is.
	Hunks          []Placed
	Added, Removed int // lines
}

// Placed says where a hunk is.
type Placed struct {
	// Line is its first line in the new text.
	Line int `json:"line"`
	// Offset is how far below the line of its header it was found.
	Offset int `json:"offset"`
}

// A Failure says why a hunk has no place.
type Failure struct {
	// Hunk counts from 1; 0 stands for the file as a whole.
	Hunk int `json:"hunk,omitempty"`
	// Line is that of its header, 0 for none.
	Line       int         `json:"line,omitempty"`
	Reason     string      `json:"reason"`
	Candidates []Candidate `json:"candidates,omitempty"`
}

// Error returns the reason, after the hunk that it is about.
func (f Failure) Error() string {
	switch {
	case f.Hunk == 0:
		return f.Reason
	case f.Line == 0:
		return fmt.Sprintf("hunk %d: %s", f.Hunk, f.Reason)
	}
	return fmt.Sprintf("hunk %d (line %d): %s", f.Hunk, f.Line, f.Reason)
}

// Place finds where the hunks of f belong in a text, all by their lines in the
// text as it is before any is applied: at the line that the header says, moved
// as far as the hunk before was, else wherever its lines are, the nearest if
// there are several. Lines that stay keep their ends; those that come get the
// end that the lines around them have, unless the patch has the very bytes of
// the text. If any hunk has no place, failures says why of each of those.
func (f *File) Place(t string) (p *Placement, failures []Failure) {
	pl := newPlacer(t)
	p = new(Placement)
	at := make([]int, len(f.Hunks))
	for i := range f.Hunks {
		h := &f.Hunks[i]
		added, removed := h.Size()
		p.Added, p.Removed = p.Added+added, p.Removed+removed
		pos, fail := pl.find(h)
		if fail == nil {
			fail = pl.take(h, pos)
		}
		if fail != nil {
			fail.Hunk, fail.Line = i+1, h.Line
			failures = append(failures, *fail)
			continue
		}
		at[i] = pos
		offset := 0
		if h.Line > 0 {
			offset = pos - (h.Line - 1)
			pl.drift = offset
		}
		p.Hunks = append(p.Hunks, Placed{Offset: offset})
	}
	if failures == nil && f.New == "" {
		if rest := len(pl.lines) - p.Removed; rest > 0 || p.Added > 0 {
			failures = append(failures, Failure{Reason: fmt.Sprintf("the patch deletes the file, but not all that is in it: %d of %d lines would stay, and %d come", rest, len(pl.lines), p.Added)})
		}
	}
	if failures != nil {
		return nil, failures
	}
	for i := range f.Hunks {
		pl.apply(&f.Hunks[i], at[i])
	}
	p.locate(f.Hunks, at)
	p.Changes = pl.changes()
	return p, nil
}

// locate sets the lines of hunks that begin at these lines of the old text.
func (p *Placement) locate(hunks []Hunk, at []int) {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	grown := 0
	for _, i := range order {
		p.Hunks[i].Line = at[i] + 1 + grown
		added, removed := hunks[i].Size()
		grown += added - removed
	}
}

type placer struct {
	t     string
	sep   byte
	lines []string
	begin []int  // where each line begins, and where the last ends
	gone  []bool // lines that hunks remove
	ends  *ender
	list  []text.Change
	// exact and other say that lines of hunks are the bytes of the text, and that
	// they differ in line ends.
	exact, other bool

	drift     int // how far the last hunk was from its line
	after     int // the line after the last hunk
	seed      maphash.Seed
	keys      []uint64
	work      int
	explained int
}

func newPlacer(t string) *placer {
	p := &placer{t: t, sep: separator(t)}
	p.lines = split(t, p.sep)
	p.begin = make([]int, len(p.lines)+1)
	for i, l := range p.lines {
		p.begin[i+1] = p.begin[i] + len(l)
	}
	p.gone = make([]bool, len(p.lines))
	p.ends = newEnder(t, p.sep)
	return p
}

// old returns the lines that a hunk is about before it is applied.
func (h *Hunk) old() []hunkLine { return h.side('+') }

func (h *Hunk) side(without byte) []hunkLine {
	list := make([]hunkLine, 0, len(h.lines))
	for _, l := range h.lines {
		if l.op != without {
			list = append(list, l)
		}
	}
	return list
}

// find returns the line, from 0, at which h belongs.
func (p *placer) find(h *Hunk) (int, *Failure) {
	old := h.old()
	expected := h.Line - 1 + p.drift
	switch {
	case len(old) == 0 && len(p.lines) == 0:
		return 0, nil
	case len(old) == 0 && h.Line == 0:
		return 0, &Failure{Reason: "it has no line that stays or goes, and no line number: add lines around the place"}
	case len(old) == 0 && (expected < 0 || expected > len(p.lines)):
		return 0, &Failure{Reason: fmt.Sprintf("the file has %d lines", len(p.lines))}
	case len(old) == 0, h.Line > 0 && p.matches(old, expected):
		return expected, nil
	}
	places, ok := p.search(old)
	switch {
	case !ok:
		return 0, &Failure{Reason: "the file is too large to search for so many hunks: give their line numbers, or send them in parts"}
	case len(places) == 0:
		return 0, p.explain(h, old)
	case len(places) == 1:
		return places[0], nil
	case h.Line > 0:
		distance := func(i int) int { return max(i-expected, expected-i) }
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
		if distance(places[0]) < distance(places[1]) {
			return places[0], nil
		}
	default:
		below := slices.DeleteFunc(slices.Clone(places), func(i int) bool { return i < p.after })
		if len(below) == 1 {
			return below[0], nil
		}
	}
	slices.Sort(places)
	at := make([]int, 0, maxListed)
	for _, i := range places[:min(len(places), maxListed)] {
		at = append(at, i+1)
	}
	return 0, &Failure{Reason: fmt.Sprintf("its lines are in the file %d times, at %s: give the line number in its header, or more lines around it", len(places), linesText(at, len(places)))}
}

// matches reports whether the lines are at a place, and no other hunk removes
// them.
func (p *placer) matches(old []hunkLine, at int) bool {
	if at < 0 || at+len(old) > len(p.lines) {
		return false
	}
	for i, h := range old {
		p.work++
		l := p.lines[at+i]
		end := ending(l, p.sep)
		// A hunk that does not say that the last line has no end may have that line.
		if p.gone[at+i] || h.last && end != "" || l[:len(l)-len(end)] != strings.TrimSuffix(h.text, "\r") && l != h.text {
			return false
		}
	}
	return true
}

// search returns all places at which the lines are. It fails if that takes too
// long.
func (p *placer) search(old []hunkLine) (places []int, ok bool) {
	if p.keys == nil {
		p.seed = maphash.MakeSeed()
		p.keys = make([]uint64, len(p.lines))
		for i, l := range p.lines {
			p.keys[i] = maphash.String(p.seed, bare(l, p.sep))
		}
	}
	wanted := make([]uint64, len(old))
	for i, h := range old {
		wanted[i] = maphash.String(p.seed, strings.TrimSuffix(h.text, "\r"))
	}
	if p.work += len(p.lines); p.work > maxPlacing {
		return nil, false
	}
	sequence(p.keys, wanted, func(i int) bool {
		if p.matches(old, i) {
			places = append(places, i)
		}
		return p.work <= maxPlacing
	})
	return places, p.work <= maxPlacing
}

// explain says what is similar to a hunk that is nowhere.
func (p *placer) explain(h *Hunk, old []hunkLine) *Failure {
	f := &Failure{Reason: "its lines are not in the file"}
	if p.explained++; p.explained > maxExplained {
		return f
	}
	if added, _ := h.Size(); added > 0 {
		repl := h.side('-')
		if places, _ := p.search(repl); len(places) > 0 {
			f.Reason += fmt.Sprintf("; it may have been applied already, at line %d", places[0]+1)
			return f
		}
	}
	s := sought{name: "the hunk"}
	for _, l := range old {
		s.lines = append(s.lines, l.text)
	}
	f.Candidates = s.near(p.t, p.sep)
	if len(f.Candidates) == 0 {
		f.Reason += ", and nothing in it is similar"
		return f
	}
	f.Reason += "; " + f.Candidates[0].hint()
	return f
}

// take notes that a hunk belongs at a line.
func (p *placer) take(h *Hunk, at int) *Failure {
	line := at
	for i, l := range h.lines {
		if l.op == '+' && l.last && (line < len(p.lines) || i < len(h.lines)-1) {
			return &Failure{Reason: `a line that "\ No newline at end of file" follows would not be the last of the file`}
		}
		if l.op == '-' {
			p.gone[line] = true
		}
		if l.op != '+' {
			is := p.lines[line]
			exact := p.sep == '\n' && (is == l.text+"\n" || is == l.text)
			p.exact, p.other = p.exact || exact, p.other || !exact
			line++
		}
	}
	p.after = max(p.after, line)
	return nil
}

// literal reports whether a hunk has the very bytes of the text, so that what
// comes has the bytes that it should have. One without a line of the text is as
// the others are.
func (p *placer) literal(h *Hunk, at int) bool {
	lines := h.old()
	if len(lines) == 0 {
		return len(p.lines) == 0 || p.exact && !p.other
	}
	for i, l := range lines {
		if is := p.lines[at+i]; is != l.text+"\n" && is != l.text {
			return false
		}
	}
	return p.sep == '\n'
}

// apply notes the changes of a hunk that belongs at a line.
func (p *placer) apply(h *Hunk, at int) {
	literal, end := p.literal(h, at), "\n"
	if !literal {
		end = p.ends.of(span{p.begin[at], p.begin[at+len(h.old())]})
	}
	// A patch that says nothing of the end of the file leaves that as it is.
	open := p.t != "" && p.t[len(p.t)-1] != p.sep
	keep := open && !slices.ContainsFunc(h.lines, func(l hunkLine) bool { return l.last })
	line := at
	for i := 0; i < len(h.lines); {
		if h.lines[i].op == ' ' {
			line++
			i++
			continue
		}
		from := line
		var put []hunkLine
		for ; i < len(h.lines) && h.lines[i].op != ' '; i++ {
			if h.lines[i].op == '+' {
				put = append(put, h.lines[i])
			} else {
				line++
			}
		}
		c := text.Change{Start: p.begin[from], End: p.begin[line]}
		var b strings.Builder
		if open && len(put) > 0 && from == len(p.lines) {
			b.WriteString(end) // what was the last line needs one now
		}
		for k, l := range put {
			if !literal {
				l.text = strings.TrimSuffix(l.text, "\r")
			}
			b.WriteString(l.text)
			if last := line == len(p.lines) && k == len(put)-1; !l.last && !(last && keep) {
				b.WriteString(end)
			}
		}
		c.New = b.String()
		p.list = append(p.list, c)
	}
}

// changes returns the changes in order, those that touch as one.
func (p *placer) changes() []text.Change {
	slices.SortStableFunc(p.list, func(a, b text.Change) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var out []text.Change
	for _, c := range p.list {
		if n := len(out); n > 0 && out[n-1].End == c.Start {
			out[n-1].End, out[n-1].New = c.End, out[n-1].New+c.New
			continue
		}
		out = append(out, c)
	}
	return slices.DeleteFunc(out, func(c text.Change) bool { return p.t[c.Start:c.End] == c.New })
}
