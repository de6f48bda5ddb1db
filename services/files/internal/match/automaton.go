package match

import (
	"bytes"
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// What an automaton may keep before it begins anew.
const (
	maxTable = 1 << 19 // transitions, of 4 bytes each
	maxInsts = 1 << 20 // places in its states, likewise
)

// An automaton is given up when it has worked so much on making states, and has
// read so few bytes for each: it is then slower than what it spares.
const (
	maxWork  = 1 << 20 // places looked at
	minYield = 64
)

// The states that every automaton has. A state is the offset of its row in the
// table.
const (
	unknown = 0 // the transition has to be worked out
	matched = 1 // a match has ended; the number of its row
	dead    = 2 // nothing can match before the next newline; the number of its row
)

// An automaton is a deterministic one that is made while it reads. Its state is
// the set of places in the program where a match that began somewhere before may
// be, and what kind of rune came last. A match is noticed at the rune behind it
// if the pattern looks there, else at its last rune.
type automaton struct {
	*machine
	table  []uint32
	states []state // from row 3 on
	known  map[string]uint32
	first  uint32 // the state where a line, or the text, begins

	set            sparse // scratch, and what follows
	stack, reached []uint32
	key            []byte

	block int // bytes that skip reads at a time

	kept int // places in the states

	// Of the whole life:
	made int // states
	work int // places looked at to make them
	read int // bytes
}

type state struct {
	insts  []uint32
	before kind
}

func newAutomaton(m *machine) *automaton {
	n := len(m.prog.Inst)
	a := &automaton{machine: m, block: maxBlock, set: sparse{sparse: make([]uint32, n), dense: make([]uint32, 0, n)}}
	a.clear()
	return a
}

// clear forgets all states.
func (a *automaton) clear() {
	a.table = slices.Grow(a.table[:0], 64*a.stride)[:3*a.stride]
	for c := range a.stride {
		a.table[unknown*a.stride+c] = unknown
		a.table[matched*a.stride+c] = uint32(matched * a.stride)
		a.table[dead*a.stride+c] = uint32(dead * a.stride)
	}
	clear(a.states)
	a.states, a.kept = a.states[:0], 0
	a.known = map[string]uint32{}
	a.first = a.begin(a.start)
	if a.lines {
		for c, k := range a.kinds {
			if k == newline {
				a.table[dead*a.stride+c] = a.first
			}
		}
	}
}

// tired reports whether making states costs more than it spares.
func (a *automaton) tired() bool {
	return a.work > maxWork && a.read/a.made < minYield
}

// begin returns the state in which nothing was read yet, behind a rune of this
// kind.
func (a *automaton) begin(before kind) uint32 {
	a.set.clear()
	a.seed(before)
	return a.intern(before)
}

// seed adds the begin of a match to the set.
func (a *automaton) seed(before kind) {
	if !a.anchored || before == border || before == newline {
		a.add(uint32(a.prog.Start), 0)
	}
}

// add adds an instruction and what it leads to without reading a rune, past the
// assertions that hold; others stay in the set. It does not go on behind a match.
func (a *automaton) add(pc uint32, holds syntax.EmptyOp) {
	a.stack = append(a.stack[:0], pc)
	for len(a.stack) > 0 {
		pc := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if !a.set.insert(pc) {
			continue
		}
		switch in := &a.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			a.stack = append(a.stack, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			a.stack = append(a.stack, in.Out)
		case syntax.InstEmptyWidth:
			if holds != 0 && syntax.EmptyOp(in.Arg)&^holds == 0 {
				a.stack = append(a.stack, in.Out)
			}
		}
	}
}

// intern returns the state of the set.
func (a *automaton) intern(before kind) uint32 {
	if !a.looks && before != border && before != newline {
		before = other
	}
	kept := a.set.dense[:0]
	for _, pc := range a.set.dense {
		switch a.prog.Inst[pc].Op {
		case syntax.InstMatch:
			return uint32(matched * a.stride)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL, syntax.InstEmptyWidth:
			kept = append(kept, pc)
		}
	}
	a.set.dense = kept
	if len(kept) == 0 && a.lines {
		return uint32(dead * a.stride)
	}
	slices.Sort(kept)
	a.key = append(a.key[:0], byte(before))
	for _, pc := range kept {
		a.key = binary.AppendUvarint(a.key, uint64(pc))
	}
	if s, ok := a.known[string(a.key)]; ok {
		return s
	}
	s := uint32(len(a.table))
	a.table = append(a.table, make([]uint32, a.stride)...)
	a.states = append(a.states, state{slices.Clone(kept), before})
	a.known[string(a.key)] = s
	a.made++
	a.kept += len(kept)
	return s
}

// step works out the transition from s by a class. All other states are
// forgotten if there are too many.
func (a *automaton) step(s uint32, class int) uint32 {
	if len(a.table) > maxTable || a.kept > maxInsts {
		old := a.states[int(s)/a.stride-3]
		a.clear()
		a.set.clear()
		for _, pc := range old.insts {
			a.set.insert(pc)
		}
		s = a.intern(old.before)
	}
	st := a.states[int(s)/a.stride-3]
	after := a.kinds[class]
	holds := a.between(st.before, after)
	a.set.clear()
	for _, pc := range st.insts {
		a.add(pc, holds)
	}
	a.reached = append(a.reached[:0], a.set.dense...)
	a.work += len(a.reached)
	a.set.clear()
	to := a.first
	ended := slices.ContainsFunc(a.reached, func(pc uint32) bool { return a.prog.Inst[pc].Op == syntax.InstMatch })
	switch {
	case ended:
		to = uint32(matched * a.stride)
	case after == border || a.lines && after == newline:
	default:
		for _, pc := range a.reached {
			if set := a.runes[pc]; set >= 0 && a.member[set][class] {
				a.add(a.prog.Inst[pc].Out, 0)
			}
		}
		a.seed(after)
		to = a.intern(after)
	}
	a.table[int(s)+class] = to
	return to
}

// What scan returns instead of an offset.
const (
	noMatch = -1 // the text has ended
	gaveUp  = -2 // the automaton is tired
)

// scan reads b from offset i in state s until a match ends, and returns where
// that was noticed: at the rune in which it ends or at the one behind. At the
// end of b it returns the state.
func (a *automaton) scan(b []byte, i int, s uint32) (int, uint32) {
	a.read += len(b) - i
	stop := uint32(dead * a.stride)
	for i < len(b) {
		at, class := i, 0
		if c := b[i]; c < utf8.RuneSelf {
			class = int(a.byteTo[c])
			i++
		} else {
			r, n := utf8.DecodeRune(b[i:])
			class = int(a.class(r))
			i += n
		}
		next := a.table[int(s)+class]
		if next == unknown {
			if next = a.step(s, class); a.tired() {
				return gaveUp, s
			}
		}
		if next <= stop {
			if next != stop {
				return at, next
			}
			j := bytes.IndexByte(b[at:], '\n')
			if j < 0 {
				return noMatch, stop
			}
			i, next = at+j+1, a.first
		}
		s = next
	}
	return noMatch, s
}

// streams are the parts of a text that are read at the same time. A step of one
// waits for its last; the steps of several do not wait for each other.
const (
	streams  = 4
	minBlock = 1 << 10 // bytes that are read so at a time
	maxBlock = 8 << 10
)

// skip reads lines of b from offset i, where a line begins, for as long as no
// line matches, every rune is ASCII and every transition is known. It returns
// the begin of a line before which none matches.
func (a *automaton) skip(b []byte, i int) int {
	for len(b)-i >= minBlock {
		part := b[i:min(len(b), i+a.block)]
		var cut [streams + 1]int
		for k := 1; k <= streams; k++ {
			cut[k] = bytes.LastIndexByte(part[:len(part)*k/streams], '\n') + 1
			if cut[k] == cut[k-1] {
				return i
			}
		}
		if !a.clean(part[:cut[1]], part[cut[1]:cut[2]], part[cut[2]:cut[3]], part[cut[3]:cut[4]]) {
			a.block = max(minBlock, a.block/2)
			return i
		}
		i += cut[streams]
		a.read += cut[streams]
		a.block = min(maxBlock, a.block*2)
	}
	return i
}

// clean reports whether no line of four texts matches. It may say no without
// knowing.
func (a *automaton) clean(p, q, r, s []byte) bool {
	n := min(len(p), len(q), len(r), len(s))
	sp, sq, sr, ss := a.first, a.first, a.first, a.first
	stop := uint32(matched * a.stride)
	table, to := a.table, &a.byteTo
	for i := 0; i < n; {
		// Both rows below stop lead to themselves, so that it is enough to
		// look now and then.
		end := min(n, i+64)
		p, q, r, s := p[:end], q[:end], r[:end], s[:end]
		for ; i < end; i++ {
			sp = table[sp+uint32(to[p[i]])]
			sq = table[sq+uint32(to[q[i]])]
			sr = table[sr+uint32(to[r[i]])]
			ss = table[ss+uint32(to[s[i]])]
		}
		if min(sp, sq, sr, ss) <= stop {
			return false
		}
	}
	for _, rest := range [...]struct {
		text  []byte
		state uint32
	}{{p[n:], sp}, {q[n:], sq}, {r[n:], sr}, {s[n:], ss}} {
		for _, c := range rest.text {
			rest.state = table[rest.state+uint32(to[c])]
		}
		if rest.state <= stop {
			return false
		}
	}
	return true
}

// finish reports whether a match ends with the text, in state s.
func (a *automaton) finish(s uint32) bool {
	switch int(s) / a.stride {
	case matched:
		return true
	case dead:
		return false
	}
	to := a.table[int(s)+a.end]
	if to == unknown {
		to = a.step(s, a.end)
	}
	return to == uint32(matched*a.stride)
}

// A sparse set of instructions, cleared at once.
type sparse struct {
	sparse, dense []uint32
}

func (s *sparse) clear() { s.dense = s.dense[:0] }

func (s *sparse) insert(v uint32) bool {
	if i := s.sparse[v]; int(i) < len(s.dense) && s.dense[i] == v {
		return false
	}
	s.sparse[v] = uint32(len(s.dense))
	s.dense = append(s.dense, v)
	return true
}
