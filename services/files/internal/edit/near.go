package edit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff/lcs"
)

const (
	// maxNear is how much of a text is searched for what is similar, in bytes.
	maxNear = 16 << 20
	// maxNearLines is how many lines are compared with each candidate.
	maxNearLines = 200
	// nearCandidates is how many places are compared, and how many are shown.
	nearCandidates, nearShown = 12, 3
	// nearEnough is the least similarity that is shown.
	nearEnough = 0.5
)

// A Candidate is a part of a text that is similar to what was looked for.
type Candidate struct {
	StartLine  int     `json:"start_line"`
	EndLine    int     `json:"end_line"`
	Similarity float64 `json:"similarity"` // from 0 to 1
	// Difference says how it differs first.
	Difference string `json:"difference"`

	offset int // where it begins
}

// sought is what was looked for: what to call it, and its lines. Those of a part
// of a text may begin and end within lines.
type sought struct {
	name  string
	lines []string
	part  bool
}

func (c Candidate) lines() string {
	if c.StartLine == c.EndLine {
		return fmt.Sprintf("line %d", c.StartLine)
	}
	return fmt.Sprintf("lines %d-%d", c.StartLine, c.EndLine)
}

func (c Candidate) hint() string {
	verb := "is"
	if c.StartLine != c.EndLine {
		verb = "are"
	}
	return fmt.Sprintf("most similar %s %s: %s", verb, c.lines(), c.Difference)
}

// near returns the parts of t that are most similar to s. It takes time in
// proportion to both, and looks at the first [maxNear] bytes.
func (s sought) near(t string, sep byte) []Candidate {
	t = t[:min(len(t), maxNear)]
	s.lines = s.lines[:min(len(s.lines), maxNearLines)]
	lines := split(t, sep)
	starts := vote(lines, s.lines)
	if len(starts) == 0 && len(lines) <= maxNearLines {
		for i := range lines {
			starts = append(starts, i)
		}
	}
	var list []Candidate
	for _, start := range starts {
		if c, ok := s.compare(lines, start, sep); ok {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b Candidate) int { return cmp.Compare(b.Similarity, a.Similarity) })
	var shown []Candidate
	for _, c := range list {
		overlaps := slices.ContainsFunc(shown, func(x Candidate) bool { return c.StartLine <= x.EndLine && x.StartLine <= c.EndLine })
		if !overlaps && len(shown) < nearShown {
			shown = append(shown, c)
		}
	}
	at, line := 0, 1
	slices.SortFunc(list, func(a, b Candidate) int { return cmp.Compare(a.StartLine, b.StartLine) })
	for _, c := range list {
		for ; line < c.StartLine; line++ {
			at += len(lines[line-1])
		}
		for i := range shown {
			if shown[i].StartLine == c.StartLine {
				shown[i].offset = at
			}
		}
	}
	return shown
}

// vote returns the lines at which the lines wanted may begin, the likeliest
// first: each line, and each word, that is in both speaks for one place.
func vote(lines, wanted []string) []int {
	type place struct {
		line   int
		weight int32
	}
	whole, words := make(map[uint32][]place), make(map[uint32][]place)
	var filter [1 << 10]uint64 // of the keys in both maps, 16 bits of each
	add := func(m map[uint32][]place, key uint32, p place) {
		// A line or word that is everywhere says little, and costs much.
		if list := m[key]; len(list) < 4 && (len(list) == 0 || list[len(list)-1].line != p.line) {
			m[key] = append(list, p)
			filter[key>>6&1023] |= 1 << (key & 63)
		}
	}
	for i, l := range wanted {
		key, n := keys(l, func(word uint32, n int) { add(words, word, place{i, int32(min(n, 8))}) })
		if n > 0 {
			add(whole, key, place{i, int32(min(2*n, 40))})
		}
	}
	votes := make([]int32, len(lines)+len(wanted))
	cast := func(m map[uint32][]place, key uint32, line int) {
		if filter[key>>6&1023]&(1<<(key&63)) == 0 {
			return
		}
		for _, p := range m[key] {
			votes[line-p.line+len(wanted)] += p.weight
		}
	}
	for i, l := range lines {
		if key, n := keys(l, func(word uint32, _ int) { cast(words, word, i) }); n > 0 {
			cast(whole, key, i)
		}
	}
	var best []int
	for v, n := range votes {
		if n == 0 || len(best) == nearCandidates && n <= votes[best[len(best)-1]] {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, v, func(x, _ int) int {
			if votes[x] >= n {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, v)
		best = best[:min(len(best), nearCandidates)]
	}
	for i := range best {
		best[i] -= len(wanted)
	}
	return best
}

// keys returns a hash of a line without what is easily mistaken: blanks, case,
// quotes and dashes, and how many bytes went into it. word gets a hash of each
// word of three letters or more.
func keys(line string, word func(hash uint32, n int)) (hash uint32, n int) {
	const prime, basis = 16777619, 2166136261
	hash = basis
	w, wn := uint32(basis), 0
	end := func() {
		if wn >= 3 {
			word(w*0x9E3779B1>>3, wn)
		}
		w, wn = basis, 0
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_':
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c >= 0x80:
			if n := lookalike(line[i:]); n > 0 {
				end()
				i += n - 1
				continue
			}
		default:
			end()
			if c <= ' ' || c == '\'' || c == '"' || c == '`' || c == '-' {
				continue
			}
			hash = (hash ^ uint32(c)) * prime
			n++
			continue
		}
		hash = (hash ^ uint32(c)) * prime
		w = (w ^ uint32(c)) * prime
		n++
		wn++
	}
	end()
	return hash * 0x9E3779B1 >> 3, n
}

// lookalike returns the length of a character that is a quote, a dash or a blank
// beyond ASCII, 0 for another.
func lookalike(s string) int {
	switch {
	case strings.HasPrefix(s, "\u00a0"):
		return 2
	case strings.HasPrefix(s, "\u2000"[:2]) && len(s) > 2, strings.HasPrefix(s, "\ufeff"), strings.HasPrefix(s, "\u2212"):
		return 3
	}
	return 0
}

// compare measures how similar what begins at about a line is to the lines
// wanted.
func (s sought) compare(lines []string, start int, sep byte) (Candidate, bool) {
	wanted := s.lines
	slack := 2 + len(wanted)/8
	if len(wanted) == 1 {
		slack = 0
	}
	lo, hi := max(0, start-slack), min(len(lines), max(0, start)+len(wanted)+slack)
	if lo >= hi {
		return Candidate{}, false
	}
	// What is meant reaches from before the first line that corresponds to after
	// the last.
	diffs := lcs.DiffLines(folded(wanted), folded(lines[lo:hi]))
	first, last := max(0, start), min(len(lines), max(0, start)+len(wanted))
	i, j := 0, 0
	if len(diffs) > 0 && diffs[0].Start == 0 && diffs[0].ReplStart == 0 {
		i, j = diffs[0].End, diffs[0].ReplEnd
	}
	if i < len(wanted) && lo+j < hi {
		first = max(0, lo+j-i)
		i, j = len(wanted), hi-lo
		if n := len(diffs); n > 0 && diffs[n-1].End == i && diffs[n-1].ReplEnd == j {
			i, j = diffs[n-1].Start, diffs[n-1].ReplStart
		}
		last = min(len(lines), lo+j+len(wanted)-i)
	}
	if first >= last {
		return Candidate{}, false
	}
	c := Candidate{StartLine: first + 1, EndLine: last}
	c.Similarity, c.Difference = s.score(lines[first:last], first+1, sep)
	return c, c.Similarity >= nearEnough
}

func folded(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimSpace(l)
	}
	return out
}
