package lines

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxDepth is the nesting that the SDK accepts; it also bounds the recursion
// of the scanner.
const maxDepth = 1000

// A syntaxError says where a text stops being JSON, or that it is nested too
// deeply to be read.
type syntaxError struct {
	pos  int // byte offset, from 0
	text string
	deep bool
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.text, e.pos+1) }

// A scanner walks over JSON (RFC 8259) without decoding it. It accepts exactly
// what encoding/json accepts, up to maxDepth.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) unexpected() *syntaxError {
	if s.i >= len(s.b) {
		return &syntaxError{pos: s.i, text: "unexpected end"}
	}
	r, _ := utf8.DecodeRune(s.b[s.i:])
	return &syntaxError{pos: s.i, text: fmt.Sprintf("unexpected %q", r)}
}

// peek skips white space and returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// end reports an error unless only white space is left.
func (s *scanner) end() *syntaxError {
	if s.peek(); s.i < len(s.b) {
		return s.unexpected()
	}
	return nil
}

// value passes over one value that is enclosed by depth objects and arrays.
func (s *scanner) value(depth int) *syntaxError {
	switch c := s.peek(); c {
	case '{', '[':
		if depth >= maxDepth {
			return &syntaxError{pos: s.i, text: fmt.Sprintf("more than %d nested values", maxDepth), deep: true}
		}
		for first := true; ; first = false {
			more, err := s.next(c, first)
			if err != nil || !more {
				return err
			}
			if err := s.value(depth + 1); err != nil {
				return err
			}
		}
	case '"':
		return s.str()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

// next enters a container (first) or goes on in it: it passes over the bracket
// or the comma and, in an object, the key and the colon. It reports false once
// it has passed over the closing bracket.
func (s *scanner) next(open byte, first bool) (bool, *syntaxError) {
	if open == '{' {
		key, err := s.member(first)
		return key != nil, err
	}
	return s.element(first)
}

// element stops before the next element of an array; see next.
func (s *scanner) element(first bool) (bool, *syntaxError) {
	if first {
		s.i++
		if s.peek() != ']' {
			return true, nil
		}
	}
	switch c := s.peek(); {
	case c == ']':
		s.i++
		return false, nil
	case c == ',' && !first:
		s.i++
		return true, nil
	}
	return false, s.unexpected()
}

// member stops before the value of the next member of an object and returns
// its key, still quoted, or nil after the last member; see next.
func (s *scanner) member(first bool) (key []byte, err *syntaxError) {
	switch {
	case first:
		s.i++
		if s.peek() == '}' {
			s.i++
			return nil, nil
		}
	case s.peek() == '}':
		s.i++
		return nil, nil
	case s.peek() == ',':
		s.i++
	default:
		return nil, s.unexpected()
	}
	if s.peek() != '"' {
		return nil, s.unexpected()
	}
	start := s.i
	if err := s.str(); err != nil {
		return nil, err
	}
	key = s.b[start:s.i]
	if s.peek() != ':' {
		return nil, s.unexpected()
	}
	s.i++
	s.peek()
	return key, nil
}

// plain reports whether none of the eight bytes of w needs a look: none ends
// the string, starts an escape or is a control character.
func plain(w uint64) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return ((w-ones*0x20)&^w|(quote-ones)&^quote|(slash-ones)&^slash)&highs == 0
}

// str passes over a string; the scanner is at its opening quote.
func (s *scanner) str() *syntaxError {
	b, i := s.b, s.i+1
	for i < len(b) {
		if i+8 <= len(b) && plain(binary.LittleEndian.Uint64(b[i:])) {
			i += 8
			continue
		}
		switch c := b[i]; {
		case c == '"':
			s.i = i + 1
			return nil
		case c == '\\':
			n := escape(b[i:])
			if n == 0 {
				s.i = min(i+1, len(b))
				return s.unexpected()
			}
			i += n
		case c < 0x20:
			s.i = i
			return s.unexpected()
		default:
			i++
		}
	}
	s.i = i
	return s.unexpected()
}

// escape returns the length of the escape sequence that b begins with, or 0.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0
			}
		}
		return 6
	}
	return 0
}

func (s *scanner) literal(word string) *syntaxError {
	for j := range len(word) {
		if s.i >= len(s.b) || s.b[s.i] != word[j] {
			return s.unexpected()
		}
		s.i++
	}
	return nil
}

func (s *scanner) number() *syntaxError {
	if s.at('-') {
		s.i++
	}
	if s.at('0') {
		s.i++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at('.') {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		return s.digits()
	}
	return nil
}

func (s *scanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

func (s *scanner) digits() *syntaxError {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	if s.i == start {
		return s.unexpected()
	}
	return nil
}

// unquote decodes a string that the scanner has passed over.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' {
			var text string
			if json.Unmarshal(quoted, &text) != nil {
				return ""
			}
			return text
		}
	}
	return string(inner)
}
