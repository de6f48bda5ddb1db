package args

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting, and with it the stack.
const maxDepth = 100

var errDepth = fmt.Errorf("arguments are nested deeper than %d levels", maxDepth)

// scanner reads JSON (RFC 8259) in place. Its errors are about the document as
// a whole and end the reading.
type scanner struct {
	data  []byte
	pos   int
	depth int
}

func (s *scanner) syntax(format string, args ...any) error {
	return fmt.Errorf("arguments are not valid JSON: %s at byte %d", fmt.Sprintf(format, args...), s.pos)
}

func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.data) {
		return errors.New("arguments are not valid JSON: the document ends too early")
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return s.syntax("%q instead of %s", r, want)
}

// peek skips white space and returns the byte after it, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// end checks that the document is one value and nothing else.
func (s *scanner) end() error {
	if s.peek() != 0 || s.pos < len(s.data) {
		return s.unexpected("the end")
	}
	return nil
}

// open enters an array or object; leave undoes it.
func (s *scanner) open() error {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return errDepth
	}
	return nil
}

// more steps to the next element before the closing byte and reports whether
// there is one. It leaves the array or object when there is none.
func (s *scanner) more(closing byte, first *bool) (bool, error) {
	c := s.peek()
	switch {
	case c == closing:
		s.pos++
		s.depth--
		return false, nil
	case *first:
		*first = false
		return true, nil
	case c != ',':
		return false, s.unexpected(fmt.Sprintf("',' or '%c'", closing))
	}
	s.pos++
	return true, nil
}

// key reads a member's name and the colon after it. The result may share the
// document's memory.
func (s *scanner) key() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.unexpected("a name in double quotes")
	}
	raw, escaped, err := s.str()
	if err != nil {
		return nil, err
	}
	if escaped {
		raw = unescape(raw)
	}
	if s.peek() != ':' {
		return nil, s.unexpected("':'")
	}
	s.pos++
	return raw, nil
}

func (s *scanner) literal(text string) error {
	for i := range len(text) {
		if s.pos >= len(s.data) || s.data[s.pos] != text[i] {
			return s.unexpected(text)
		}
		s.pos++
	}
	return nil
}

// number reads a number and returns its text.
func (s *scanner) number() ([]byte, error) {
	start := s.pos
	if s.at('-') {
		s.pos++
	}
	if s.at('0') {
		s.pos++
	} else if !s.digits() {
		return nil, s.unexpected("a value")
	}
	if s.at('.') {
		s.pos++
		if !s.digits() {
			return nil, s.unexpected("a digit")
		}
	}
	if s.at('e') || s.at('E') {
		s.pos++
		if s.at('+') || s.at('-') {
			s.pos++
		}
		if !s.digits() {
			return nil, s.unexpected("a digit")
		}
	}
	return s.data[start:s.pos], nil
}

func (s *scanner) at(c byte) bool { return s.pos < len(s.data) && s.data[s.pos] == c }

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// str reads a string and returns what is between the quotes. It refuses what
// Go could only carry changed: invalid UTF-8 and half surrogate pairs.
func (s *scanner) str() (raw []byte, escaped bool, err error) {
	s.pos++
	start, ascii := s.pos, true
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		switch {
		case c == '"':
			raw = s.data[start:s.pos]
			if !ascii && !utf8.Valid(raw) {
				s.pos = start
				return nil, false, s.syntax("invalid UTF-8 in the string")
			}
			s.pos++
			return raw, escaped, nil
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return nil, false, err
			}
		case c < ' ':
			return nil, false, s.syntax("unescaped control character %#02x in a string", c)
		default:
			ascii = ascii && c < utf8.RuneSelf
			s.pos++
		}
	}
	return nil, false, s.unexpected(`'"'`)
}

func (s *scanner) escape() error {
	s.pos++
	if s.pos >= len(s.data) {
		return s.unexpected("an escape")
	}
	switch s.data[s.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
		r, ok := hex4(s.data[s.pos+1:])
		if !ok {
			return s.syntax("an incomplete \\u escape")
		}
		if utf16.IsSurrogate(r) {
			low, ok := rune(0), false
			if rest := s.data[s.pos+5:]; len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
				low, ok = hex4(rest[2:])
			}
			if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
				return s.syntax("half of a surrogate pair (\\u%04x; send the character itself)", r)
			}
			s.pos += 6
		}
		s.pos += 5
		return nil
	}
	return s.unexpected("an escape")
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape resolves the escapes of a string that str has checked.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := hex4(raw[i+3:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	return out
}

// integer is the exact value of a JSON number: sign and magnitude. whole is
// false for a fraction; fits is false when the magnitude needs more than 64
// bits.
func integer(text []byte) (negative bool, magnitude uint64, whole, fits bool) {
	if negative = text[0] == '-'; negative {
		text = text[1:]
	}
	plain := len(text) <= 19
	for _, c := range text {
		plain = plain && c >= '0'
		magnitude = magnitude*10 + uint64(c-'0')
		if c > '9' {
			plain = false
		}
	}
	if plain {
		return negative, magnitude, true, true
	}
	magnitude, whole, fits = scaled(text)
	return negative, magnitude, whole, fits
}

// scaled reads digits with a fraction or an exponent, never building more than
// the 20 digits that can fit.
func scaled(text []byte) (magnitude uint64, whole, fits bool) {
	digits := make([]byte, 0, 24)
	exponent, fraction := 0, false
	for i, c := range text {
		if c == 'e' || c == 'E' {
			// Atoi saturates, and any exponent beyond the length of a document
			// decides the same way.
			e, _ := strconv.Atoi(string(text[i+1:]))
			exponent += max(-1<<30, min(e, 1<<30))
			break
		}
		if c == '.' {
			fraction = true
			continue
		}
		if fraction {
			exponent--
		}
		if c != '0' || len(digits) > 0 {
			digits = append(digits, c)
		}
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		exponent++
	}
	switch {
	case len(digits) == 0:
		return 0, true, true
	case exponent < 0:
		return 0, false, false
	case exponent > 20 || len(digits)+exponent > 20:
		return 0, true, false
	}
	for range exponent {
		digits = append(digits, '0')
	}
	magnitude, err := strconv.ParseUint(string(digits), 10, 64)
	return magnitude, true, err == nil
}
