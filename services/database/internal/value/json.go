package value

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a document: readers take 64 levels of what the
// document is a part of (System.Text.Json), some more.
const maxDepth = 50

// maxSafe is the greatest integer that a reader with doubles has exactly.
const maxSafe = 1<<53 - 1

const hexDigits = "0123456789abcdef"

// plain reports whether none of eight bytes needs a look: none is a quote, a
// backslash, a control character or part of a longer rune.
func plain(b []byte) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	w := binary.LittleEndian.Uint64(b)
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return (w|(w-ones*' ')|(quote-ones)&^quote|(slash-ones)&^slash)&highs == 0
}

// appendString appends s as a JSON string. What is not UTF-8, as in a database
// of encoding SQL_ASCII, becomes U+FFFD.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if i+8 <= len(s) && plain(s[i:]) {
			i += 8
			continue
		}
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			// U+2028 and U+2029 end a line in older JavaScript.
			if r, size = utf8.DecodeRune(s[i:]); (r != utf8.RuneError || size > 1) && r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += size
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// safeInteger reports whether text is an integer of at most [maxSafe].
func safeInteger(text []byte) bool {
	digits := bytes.TrimPrefix(text, []byte("-"))
	if len(digits) == 0 || len(digits) > 16 || digits[0] == '0' && len(digits) > 1 {
		return false
	}
	n := uint64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + uint64(c-'0')
	}
	return n <= maxSafe
}

// shortNumber reports whether text is a JSON number of at most 15 significant
// digits, which a double gives back as they are.
func shortNumber(text []byte) bool {
	if n := number(text); n == 0 || n != len(text) {
		return false
	}
	digits := 0
	for _, c := range text {
		if c >= '1' && c <= '9' || c == '0' && digits > 0 {
			digits++
		}
	}
	return digits <= 15
}

// number returns the length of the JSON number that s begins with, 0 if there is
// none.
func number(s []byte) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	n := digits(s[i:])
	if n == 0 || s[i] == '0' && n > 1 {
		return 0
	}
	i += n
	if i < len(s) && s[i] == '.' {
		if n = digits(s[i+1:]); n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if n = digits(s[j:]); n == 0 {
			return 0
		}
		i = j + n
	}
	return i
}

func digits(s []byte) int {
	for i, c := range s {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(s)
}

// exact reports whether a number of a document is one that readers hold.
func exact(text []byte) bool {
	if len(text) <= 15 && bytes.IndexByte(text, 'e') < 0 && bytes.IndexByte(text, 'E') < 0 {
		return true
	}
	x, err := strconv.ParseFloat(string(text), 64)
	return err == nil && math.Abs(x) <= maxSafe
}

// appendDocument appends a json or jsonb value as PostgreSQL wrote it, 1.10 as
// 1.10 and keys in their order, on one line without white space. A number above
// 2^53 becomes a string of its digits, as one of a column does. What readers
// would not take as JSON is not ok.
func appendDocument(dst, text []byte) ([]byte, bool) {
	d := copier{in: text, out: dst}
	if !d.value(0) {
		return dst, false
	}
	if d.space(); d.pos != len(text) {
		return dst, false
	}
	return d.out, true
}

// copier copies one document.
type copier struct {
	in, out []byte
	pos     int
}

// space skips white space and returns the byte after it, 0 at the end.
func (d *copier) space() byte {
	for ; d.pos < len(d.in); d.pos++ {
		switch c := d.in[d.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (d *copier) value(depth int) bool {
	switch c := d.space(); c {
	case '{', '[':
		return depth < maxDepth && d.list(c, depth+1)
	case '"':
		return d.text()
	case 't':
		return d.literal("true")
	case 'f':
		return d.literal("false")
	case 'n':
		return d.literal("null")
	}
	n := number(d.in[d.pos:])
	if n == 0 {
		return false
	}
	digits := d.in[d.pos : d.pos+n]
	d.pos += n
	if exact(digits) {
		d.out = append(d.out, digits...)
	} else {
		d.out = append(append(append(d.out, '"'), digits...), '"')
	}
	return true
}

// list copies an object or an array.
func (d *copier) list(opening byte, depth int) bool {
	closing := opening + 2 // in ASCII both pairs are two apart
	d.pos++
	d.out = append(d.out, opening)
	if d.space() == closing {
		d.pos++
		d.out = append(d.out, closing)
		return true
	}
	for {
		if opening == '{' {
			if d.space() != '"' || !d.text() || d.space() != ':' {
				return false
			}
			d.pos++
			d.out = append(d.out, ':')
		}
		if !d.value(depth) {
			return false
		}
		switch c := d.space(); c {
		case ',', closing:
			d.pos++
			d.out = append(d.out, c)
			if c == closing {
				return true
			}
		default:
			return false
		}
	}
}

func (d *copier) literal(text string) bool {
	if !bytes.HasPrefix(d.in[d.pos:], []byte(text)) {
		return false
	}
	d.pos += len(text)
	d.out = append(d.out, text...)
	return true
}

// text copies a string. Half a surrogate pair, which the type json keeps, is
// refused: strict readers would refuse the whole result for it.
func (d *copier) text() bool {
	start := d.pos
	for d.pos++; d.pos < len(d.in); {
		if d.pos+8 <= len(d.in) && plain(d.in[d.pos:]) {
			d.pos += 8
			continue
		}
		switch c := d.in[d.pos]; {
		case c == '"':
			d.pos++
			d.out = append(d.out, d.in[start:d.pos]...)
			return true
		case c < ' ':
			return false
		case c == '\\':
			n := escape(d.in[d.pos:])
			if n == 0 {
				return false
			}
			d.pos += n
		case c < utf8.RuneSelf:
			d.pos++
		default:
			r, size := utf8.DecodeRune(d.in[d.pos:])
			if r == utf8.RuneError && size == 1 {
				return false
			}
			d.pos += size
		}
	}
	return false
}

// escape returns the length of the escape that s begins with, 0 if it is none.
func escape(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		r, ok := hex4(s)
		if !ok {
			return 0
		}
		if !utf16.IsSurrogate(r) {
			return 6
		}
		if low, ok := hex4(s[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return 12
		}
	}
	return 0
}

// hex4 reads \uXXXX.
func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n), err == nil
}

// appendMoment appends a timestamp as ISO 8601, as RFC 3339 has it if there is an
// offset: a T between date and time, Z for UTC, minutes in every other offset.
// Infinity and years before Christ or after 9999 are not ok: RFC 3339 has none.
func appendMoment(dst, text []byte) ([]byte, bool) {
	const date = len("2006-01-02")
	if usualMoment(text) {
		n := len(dst)
		dst = append(dst, text[:len(text)-2]...)
		dst[n+date], dst[len(dst)-1] = 'T', 'Z'
		return dst, true
	}
	if len(text) <= date || text[date] != ' ' {
		return dst, false
	}
	zone := 0 // where the offset begins
	for i, c := range text {
		switch {
		case c >= '0' && c <= ':' || c == '.' || c == ' ':
		case c != '-' && c != '+':
			return dst, false
		case i > date:
			zone = i
		}
	}
	dst = append(append(append(dst, text[:date]...), 'T'), text[date+1:]...)
	switch {
	case zone == 0:
	case string(text[zone:]) == "+00":
		dst = append(dst[:len(dst)-3], 'Z')
	case len(text)-zone == 3:
		dst = append(dst, ":00"...)
	}
	return dst, true
}

// usualMoment reports whether text is a time in UTC without a fraction, as nearly
// all are: it is looked at eight bytes at a time, because results are full of them.
func usualMoment(text []byte) bool {
	const (
		date, after, clock = 0x2d30302d30303030, 0x30303a3030203030, 0x30303a30303a3030 // 0000-00-, 00 00:00, 00:00:00
		dashes, colons     = 0x7f76767f76767676, 0x76767f76767f7676                     // what makes 0x80 of another byte: 10 for a digit, 1 else
	)
	return len(text) == len("2006-01-02 15:04:05+00") && string(text[19:]) == "+00" &&
		shaped(text, date, dashes) && shaped(text[8:], after, colons) && shaped(text[11:], clock, colons)
}

// shaped reports whether eight bytes are those of form, or digits where it has a 0.
func shaped(text []byte, form, limits uint64) bool {
	const highs = 0x8080808080808080
	x := binary.LittleEndian.Uint64(text) ^ form
	return (x|(x+limits))&highs == 0
}
