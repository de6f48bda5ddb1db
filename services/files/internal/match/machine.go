package match

import (
	"cmp"
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A machine is what the automata of a pattern have in common: its program, and
// the classes of runes that no instruction tells apart. It works on runes as the
// regexp package reads them, so that a byte that is not UTF-8 is U+FFFD.
type machine struct {
	prog     *syntax.Prog
	lines    bool // the text is lines, each matched alone
	ends     bool // there is an assertion about the end of a line
	looks    bool // there is an assertion about the next rune
	anchored bool // a match begins where a line, or the text, does

	bounds  []rune   // where classes begin, ascending
	classOf []uint16 // of the runes from bounds[i] on
	byteTo  [256]uint16
	low     []uint16 // classes of the first 65,536 runes
	kinds   []kind   // of the classes
	runes   []int32  // by instruction: the index of its set of runes, or -1
	member  [][]bool // by set of runes and class
	high    int      // the column for bytes that begin no ASCII character
	end     int      // the column for the end of the text
	stride  int      // columns
	start   kind     // what stands before a text
}

// A kind is what assertions know of a rune.
type kind uint8

const (
	other kind = iota
	wordly
	newline
	carriage // a carriage return, which may end a line together with a newline
	border   // the begin or the end of the text
)

func newMachine(prog *syntax.Prog, lines bool) *machine {
	m := &machine{prog: prog, lines: lines}
	boundary := false
	for i := range prog.Inst {
		if in := &prog.Inst[i]; in.Op == syntax.InstEmptyWidth {
			op := syntax.EmptyOp(in.Arg)
			m.ends = m.ends || op&(syntax.EmptyEndLine|syntax.EmptyEndText) != 0
			boundary = boundary || op&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0
		}
	}
	m.looks = m.ends || boundary
	starts := prog.StartCond()
	m.anchored = starts&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0
	m.start = border
	m.classify(boundary)
	return m
}

// classify divides the runes into classes.
func (m *machine) classify(boundary bool) {
	var sets [][]rune
	known := map[string]int32{}
	m.runes = make([]int32, len(m.prog.Inst))
	cuts := []rune{0, '\n', '\n' + 1, '\r', '\r' + 1}
	if boundary {
		cuts = append(cuts, '0', '9'+1, 'A', 'Z'+1, '_', '_'+1, 'a', 'z'+1)
	}
	for i := range m.prog.Inst {
		m.runes[i] = -1
		ranges, ok := rangesOf(&m.prog.Inst[i])
		if !ok {
			continue
		}
		var key []byte
		for _, r := range ranges {
			key = binary.AppendUvarint(key, uint64(r))
		}
		id, ok := known[string(key)]
		if !ok {
			id = int32(len(sets))
			known[string(key)] = id
			sets = append(sets, ranges)
			for j := 0; j < len(ranges); j += 2 {
				cuts = append(cuts, ranges[j], ranges[j+1]+1)
			}
		}
		m.runes[i] = id
	}
	slices.Sort(cuts)
	m.bounds = slices.Compact(cuts)

	// Intervals of one kind that are in the same sets are one class.
	m.classOf = make([]uint16, len(m.bounds))
	type part struct {
		class uint16
		in    int
	}
	refine := func(in func(i int) int) {
		parts := map[part]uint16{}
		for i := range m.bounds {
			p := part{m.classOf[i], in(i)}
			c, ok := parts[p]
			if !ok {
				c = uint16(len(parts))
				parts[p] = c
			}
			m.classOf[i] = c
		}
	}
	refine(func(i int) int { return int(kindOf(m.bounds[i], boundary)) })
	for _, ranges := range sets {
		refine(func(i int) int {
			if contains(ranges, m.bounds[i]) {
				return 1
			}
			return 0
		})
	}
	n := int(slices.Max(m.classOf)) + 1
	m.kinds = make([]kind, n, n+2)
	m.member = make([][]bool, len(sets))
	for s := range sets {
		m.member[s] = make([]bool, n)
	}
	for i, r := range m.bounds {
		c := m.classOf[i]
		m.kinds[c] = kindOf(r, boundary)
		for s, ranges := range sets {
			m.member[s][c] = contains(ranges, r)
		}
	}
	m.low = make([]uint16, 1<<16)
	m.high, m.end, m.stride = n, n+1, n+2
	m.kinds = append(m.kinds, other, border)
	for i, r := range m.bounds {
		for next := m.boundAfter(i); r < min(next, rune(len(m.low))); r++ {
			m.low[r] = m.classOf[i]
		}
	}
	for c := range m.byteTo {
		m.byteTo[c] = uint16(m.high)
		if c < utf8.RuneSelf {
			m.byteTo[c] = m.low[c]
		}
	}
}

func (m *machine) boundAfter(i int) rune {
	if i+1 < len(m.bounds) {
		return m.bounds[i+1]
	}
	return unicode.MaxRune + 1
}

// class returns the class of a rune that is not ASCII.
func (m *machine) class(r rune) uint16 {
	if int(r) < len(m.low) {
		return m.low[r]
	}
	i, ok := slices.BinarySearch(m.bounds, r)
	if !ok {
		i--
	}
	return m.classOf[i]
}

func kindOf(r rune, boundary bool) kind {
	switch {
	case r == '\n':
		return newline
	case r == '\r':
		return carriage
	case boundary && syntax.IsWordChar(r):
		return wordly
	}
	return other
}

func contains(ranges []rune, r rune) bool {
	i, ok := slices.BinarySearchFunc(ranges, r, cmp.Compare[rune])
	return ok || i%2 == 1
}

// rangesOf returns the runes that an instruction takes, as pairs.
func rangesOf(in *syntax.Inst) ([]rune, bool) {
	switch in.Op {
	case syntax.InstRuneAny:
		return []rune{0, unicode.MaxRune}, true
	case syntax.InstRuneAnyNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}, true
	case syntax.InstRune, syntax.InstRune1:
		if len(in.Rune) != 1 {
			return in.Rune, true
		}
		r := in.Rune[0]
		list := []rune{r, r}
		if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				list = append(list, f, f)
			}
			slices.Sort(list)
		}
		return list, true
	}
	return nil, false
}

// between returns the assertions that hold between two runes of these kinds.
func (m *machine) between(before, after kind) syntax.EmptyOp {
	op := syntax.EmptyNoWordBoundary
	if (before == wordly) != (after == wordly) {
		op = syntax.EmptyWordBoundary
	}
	switch {
	case before == border || m.lines && before == newline:
		op |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	case before == newline:
		op |= syntax.EmptyBeginLine
	}
	switch {
	case after == border || m.lines && (after == newline || after == carriage):
		op |= syntax.EmptyEndText | syntax.EmptyEndLine
	case after == newline:
		op |= syntax.EmptyEndLine
	}
	return op
}
