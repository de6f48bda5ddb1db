package match

import (
	"bytes"
	"unicode/utf8"
)

// A Scanner finds what a [Matcher] matches, for one goroutine.
type Scanner struct {
	*Matcher
	stop func() bool
	find *finder    // nil if no literal is looked for
	auto *automaton // nil if the literals are the pattern
	text []byte     // in which find looks

	// What the literals have spared: they are left alone if that is too little.
	candidates, passed int
}

// Scanner returns a new scanner. While it works on something slow it asks stop
// whether to give up, which then finds nothing.
func (m *Matcher) Scanner(stop func() bool) *Scanner {
	s := &Scanner{Matcher: m, stop: stop}
	if m.literals != nil && (m.pure || m.literals.value >= worthwhile) {
		s.find = newFinder(m.literals)
	}
	if !m.pure {
		s.auto = newAutomaton(m.machine)
	}
	return s
}

// Reset has to be called before the scanner reads another text, or the same
// memory with another content. Next and Span may then be called for offsets
// that do not decrease.
func (s *Scanner) Reset(text []byte) {
	s.text = text
	if s.find != nil {
		s.find.reset()
	}
}

// Next returns the first line that matches and begins at offset from or behind
// it, without its newline. A line must begin at from. A carriage return at the
// end of a line may or may not be seen as a part of it, whichever matches.
func (s *Scanner) Next(from int) (start, end int, ok bool) {
	b := s.text
	for from < len(b) {
		if s.auto != nil && s.auto.tired() && s.stop() {
			return 0, 0, false
		}
		if s.find != nil && s.useful() {
			at, _, ok := s.find.find(b, from)
			if !ok {
				return 0, 0, false
			}
			start, end = bounds(b, from, at)
			if s.pure {
				if !s.word || s.wholeWord(b[start:end]) {
					return start, end, true
				}
			} else {
				s.candidates++
				s.passed += end - from
				if s.confirm(b[start:end]) {
					return start, end, true
				}
			}
			from = end + 1
			continue
		}
		at := from
		if !s.auto.tired() {
			at = s.ahead(from)
		}
		switch {
		case s.auto.tired():
			start, end = bounds(b, from, from)
			ok = s.matches(b[start:end])
		case at < 0:
			return 0, 0, false
		default:
			start, end = bounds(b, from, at)
			ok = !s.doubtful(b[start:end]) || s.matches(b[start:end])
		}
		if ok {
			return start, end, true
		}
		from = end + 1
	}
	return 0, 0, false
}

// useful reports whether looking for literals is faster than the automaton.
func (s *Scanner) useful() bool {
	return s.pure || s.candidates < 64 || s.passed/s.candidates > 256
}

// ahead returns a place in the next line that the automaton takes, negative if
// there is none or the automaton gives up.
func (s *Scanner) ahead(from int) int {
	a, b := s.auto, s.text
	if int(a.first) == matched*a.stride {
		return from
	}
	for from < len(b) {
		from = a.skip(b, from)
		// A stretch of lines, so that what skip cannot read does not keep it
		// from reading what follows.
		end := len(b)
		if next := from + a.block; next < end {
			_, end = bounds(b, next, next)
			end = min(end+1, len(b))
		}
		at, state := a.scan(b[:end], from, a.first)
		if at != noMatch {
			return at
		}
		if end == len(b) && b[end-1] != '\n' && a.finish(state) {
			return end - 1
		}
		from = end
	}
	return noMatch
}

// confirm reports whether a line matches.
func (s *Scanner) confirm(line []byte) bool {
	a := s.auto
	if !a.tired() && int(a.first) != matched*a.stride {
		if at, state := a.scan(line, 0, a.first); at == noMatch && !a.finish(state) {
			return false
		}
	}
	return !a.tired() && !s.doubtful(line) || s.matches(line)
}

// doubtful reports whether the automaton may be wrong in taking a line: it
// takes every carriage return for one that ends the line.
func (s *Scanner) doubtful(line []byte) bool {
	return s.ends && bytes.IndexByte(line, '\r') >= 0
}

// matches asks the regular expression.
func (s *Scanner) matches(line []byte) bool {
	_, end := s.ask(line)
	return end >= 0
}

// ask returns where the regular expression first matches in a line, negative
// offsets if it does not.
func (s *Scanner) ask(line []byte) (start, end int) {
	text := bytes.TrimSuffix(line, []byte("\r"))
	for from := 0; from == 0 || from < len(text) && !s.stop(); from += s.piece {
		if loc := s.re.FindSubmatchIndex(text[from:min(len(text), from+s.piece)]); loc != nil {
			return from + loc[2*s.group], from + loc[2*s.group+1]
		}
	}
	if len(text) < len(line) && len(line) <= s.piece {
		if loc := s.re.FindSubmatchIndex(line); loc != nil {
			return loc[2*s.group], loc[2*s.group+1]
		}
	}
	return -1, -1
}

// Locate returns where the first match in a line is that Next has returned.
func (s *Scanner) Locate(line []byte) (start, end int) {
	if s.pure {
		f := newFinder(s.literals)
		f.reset()
		for from := 0; ; from = start + 1 {
			var ok bool
			if start, end, ok = f.find(line, from); !ok {
				return 0, 0
			}
			if !s.word || isolated(line, start, end) {
				return start, end
			}
		}
	}
	if start, end = s.ask(line); end < 0 {
		return 0, 0 // it is in no piece alone
	}
	return start, end
}

func (s *Scanner) wholeWord(line []byte) bool {
	start, end := s.Locate(line)
	return start < end
}

// Span returns the first match that begins at offset from or behind it, which
// may be empty and may span lines.
func (s *Scanner) Span(from int) (start, end int, ok bool) {
	b := s.text
	if from > len(b) {
		return 0, 0, false
	}
	if s.find != nil {
		at, stop, ok := s.find.find(b, from)
		if !ok || s.pure {
			return at, stop, ok
		}
	}
	if !s.auto.tired() && !s.any(from) {
		return 0, 0, false
	}
	// Text is cheaper than lines: most of it is read once.
	piece := 16 * s.piece
	for ; ; from += piece / 2 {
		part := b[:min(len(b), from+piece)]
		if start, end, ok = s.first(part, from); ok || len(part) == len(b) || s.stop() {
			return start, end, ok
		}
	}
}

// first asks the regular expression for the first match in b at from or behind.
func (s *Scanner) first(b []byte, from int) (start, end int, ok bool) {
	re, at, group := s.re, from, 2*s.group
	if from > 0 && (b[from-1] != '\n' || s.top) {
		// Assertions ask what stands before. A newline is as good as nothing, for
		// all but one.
		_, n := utf8.DecodeLastRune(b[:from])
		re, at, group = s.after, from-n, 2+2*s.group
	}
	loc := re.FindSubmatchIndex(b[at:])
	if loc == nil {
		return 0, 0, false
	}
	return at + loc[group], at + loc[group+1], true
}

// any reports whether there may be a match that begins at from or behind it: the
// automaton finds one, or gives up.
func (s *Scanner) any(from int) bool {
	a := s.auto
	before := border
	if from > 0 {
		r, _ := utf8.DecodeLastRune(s.text[:from])
		before = kindOf(r, a.looks)
	}
	state := a.begin(before)
	if int(state) == matched*a.stride {
		return true
	}
	at, state := a.scan(s.text, from, state)
	return at != noMatch || a.finish(state)
}

// bounds returns the line of b around at, which no newline before from ends.
func bounds(b []byte, from, at int) (start, end int) {
	start = from + bytes.LastIndexByte(b[from:at], '\n') + 1
	if i := bytes.IndexByte(b[at:], '\n'); i >= 0 {
		return start, at + i
	}
	return start, len(b)
}

// isolated reports whether no part of a word stands around b[start:end].
func isolated(b []byte, start, end int) bool {
	before, _ := utf8.DecodeLastRune(b[:start])
	after, _ := utf8.DecodeRune(b[end:])
	return !(start > 0 && isWord(before)) && !(end < len(b) && isWord(after))
}
