package glob

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is how a segment is matched; most need no loop.
type kind uint8

const (
	general kind = iota
	literal      // text
	prefix       // text*
	suffix       // *text
	all          // *
)

// segment matches one name, or with deep any number of them.
type segment struct {
	deep  bool
	bytes bool // a character is a byte, as in ignore files
	kind  kind
	text  string
	toks  []token
}

type op uint8

const (
	opText op = iota
	opStar
	opOne
	opSet
	opFold
)

type token struct {
	op   op
	text string
	set  *set
	r    rune
}

// newSegment picks the cheapest way to match the tokens.
func newSegment(toks []token, bytes bool) segment {
	s := segment{bytes: bytes}
	isText := func(i int) bool { return toks[i].op == opText }
	isStar := func(i int) bool { return toks[i].op == opStar }
	switch {
	case len(toks) == 0:
		s.kind = literal
	case len(toks) == 1 && isText(0):
		s.kind, s.text = literal, toks[0].text
	case len(toks) == 1 && isStar(0):
		s.kind = all
	case len(toks) == 2 && isText(0) && isStar(1):
		s.kind, s.text = prefix, toks[0].text
	case len(toks) == 2 && isStar(0) && isText(1):
		s.kind, s.text = suffix, toks[1].text
	default:
		s.toks = toks
	}
	return s
}

func (s *segment) match(name string) bool {
	switch s.kind {
	case literal:
		return name == s.text
	case prefix:
		return strings.HasPrefix(name, s.text)
	case suffix:
		return strings.HasSuffix(name, s.text)
	case all:
		return true
	}
	return s.matchTokens(name)
}

// matchTokens goes back to the last star alone. All other tokens take a fixed
// number of characters, so the first place where those between two stars match
// is the best one, and the time is the product of the lengths at most.
func (s *segment) matchTokens(name string) bool {
	ti, at := 0, 0
	retry, mark := -1, 0
	for {
		if ti < len(s.toks) {
			t := &s.toks[ti]
			if t.op == opStar {
				ti++
				if ti == len(s.toks) {
					return true
				}
				retry, mark = ti, at
				continue
			}
			if n := s.take(t, name[at:]); n >= 0 {
				ti, at = ti+1, at+n
				continue
			}
		} else if at == len(name) {
			return true
		}
		if retry < 0 || mark == len(name) {
			return false
		}
		_, n := s.char(name[mark:])
		mark += n
		ti, at = retry, mark
	}
}

// take returns how many bytes of rest the token takes, -1 if it does not match.
func (s *segment) take(t *token, rest string) int {
	if t.op == opText {
		if strings.HasPrefix(rest, t.text) {
			return len(t.text)
		}
		return -1
	}
	if rest == "" {
		return -1
	}
	r, n := s.char(rest)
	switch {
	case t.op == opOne, t.op == opSet && t.set.has(r), t.op == opFold && sameFold(r, t.r):
		return n
	}
	return -1
}

// char returns the first character. A byte that is not UTF-8 is a character.
func (s *segment) char(rest string) (rune, int) {
	if s.bytes || rest[0] < utf8.RuneSelf {
		return rune(rest[0]), 1
	}
	return utf8.DecodeRuneInString(rest)
}

func sameFold(a, b rune) bool {
	if a == b {
		return true
	}
	for r := unicode.SimpleFold(b); r != b; r = unicode.SimpleFold(r) {
		if r == a {
			return true
		}
	}
	return false
}

// set is a bracket expression.
type set struct {
	negated bool
	low     [4]uint64 // characters below 256
	ranges  []rune    // pairs, for the others
}

func (s *set) has(r rune) bool { return s.holds(r) != s.negated }

func (s *set) holds(r rune) bool {
	if r < 256 {
		return s.low[r>>6]&(1<<(r&63)) != 0
	}
	for i := 0; i < len(s.ranges); i += 2 {
		if s.ranges[i] <= r && r <= s.ranges[i+1] {
			return true
		}
	}
	return false
}

func (s *set) add(from, to rune) {
	for r := from; r <= min(to, 255); r++ {
		s.low[r>>6] |= 1 << (r & 63)
	}
	if to >= 256 {
		s.ranges = append(s.ranges, max(from, 256), to)
	}
}

// fold adds the characters that differ in case alone from one in the set.
func (s *set) fold() {
	for r := rune(0); r < 256; r++ {
		if s.low[r>>6]&(1<<(r&63)) == 0 {
			continue
		}
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			s.add(o, o)
		}
	}
	for i, n := 0, len(s.ranges); i < n; i += 2 {
		// A wider range is a script without case or all of Unicode.
		if s.ranges[i+1]-s.ranges[i] > 1<<12 {
			continue
		}
		for r := s.ranges[i]; r <= s.ranges[i+1]; r++ {
			for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
				s.add(o, o)
			}
		}
	}
}
