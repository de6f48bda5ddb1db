package parse

import (
	"fmt"
	"strings"
)

// number reads any literal, which begins with a digit or a decimal point.
func (l *lexer) number(at int) token {
	if l.src[at] == '0' {
		switch l.at(at + 1) {
		case 'x', 'X':
			return l.prefixed(at, 16, "a hexadecimal")
		case 'o', 'O':
			return l.prefixed(at, 8, "an octal")
		case 'b', 'B':
			return l.prefixed(at, 2, "a binary")
		}
	}
	whole, err := l.digits(at)
	if err != nil {
		return token{kind: tokBad, start: at, end: whole, err: err}
	}
	end, err := l.groups(at, whole)
	if err == nil && l.at(end) == '.' {
		end, err = l.fraction(at, end)
	}
	mantissa := end
	if err == nil {
		end, err = l.exponent(at, end)
	}
	if err != nil {
		return token{kind: tokBad, start: at, end: max(end, at+1), err: err}
	}
	t := token{kind: tokNumber, base: 10, start: at, end: end, text: normal(l.src[at:end])}
	if mantissa-at > l.lim.Digits {
		if n := countDigits(l.src[at:mantissa]); n > l.lim.Digits {
			return l.tooLong(at, n)
		}
	}
	return t
}

// plain is the end of a short number at at that has nothing but digits, with a
// point between them or without: that is how most are written. It is 0 for any
// other.
func (l *lexer) plain(at int) int {
	const short = 18
	if l.src[at] == '0' && isLetter(l.at(at+1)) {
		return 0
	}
	point := 0
	for i := at; i <= at+min(short, l.lim.Digits); i++ {
		switch c := l.at(i); {
		case isDigit(c):
		case c == '.' && point == 0 && i > at:
			point = i
		case c == '.', c == ',', c == '_', c == 'e', c == 'E', i-1 == point:
			return 0
		default:
			return i
		}
	}
	return 0
}

// convention tells what reading the number t relied on, if on anything.
func (l *lexer) convention(t *token) string {
	written := l.src[t.start:t.end]
	switch {
	case t.base != 10:
	case written != t.text && strings.Contains(written, ","):
		return fmt.Sprintf("a comma groups thousands here: %s is read as %s", clip(written), clip(t.text))
	case len(t.text) > 1 && t.text[0] == '0' && isDigit(t.text[1]) && strings.Trim(t.text, "0") != "" && !strings.ContainsAny(t.text, ".e"):
		return fmt.Sprintf("a leading zero changes nothing: %s is decimal; octal is written 0o17", clip(t.text))
	}
	return ""
}

func (l *lexer) tooLong(at, digits int) token {
	t := bad(at, fmt.Sprintf("the number has %d digits; the limit is %d", digits, l.lim.Digits), "")
	t.err.Reason = Limit
	return t
}

// digits is the end of a run of digits with single underscores between them.
func (l *lexer) digits(at int) (int, *Error) {
	i := at
	for {
		for l.digitAt(i) {
			i++
		}
		if l.at(i) != '_' {
			return i, nil
		}
		if i == at || !l.digitAt(i+1) {
			return i, &Error{Reason: Syntax, Position: i, Message: "an underscore in a number stands between two digits", Hint: "write 1_000"}
		}
		i++
	}
}

// groups is the end of the thousands groups that follow the digits from at to
// whole.
func (l *lexer) groups(at, whole int) (end int, err *Error) {
	if l.commas || l.at(whole) != ',' || !l.digitAt(whole+1) || whole == at {
		return whole, nil
	}
	strict := whole-at <= 3 && l.src[at] != '0' && !strings.Contains(l.src[at:whole], "_")
	end = whole
	for l.at(end) == ',' && l.digitAt(end+1) {
		start := end + 1
		for end = start; l.digitAt(end); {
			end++
		}
		strict = strict && end-start == 3 && l.at(end) != '_'
	}
	if strict {
		return end, nil
	}
	text := l.src[at:end]
	hint := "write the number without commas"
	if strings.Count(text, ",") == 1 {
		hint = fmt.Sprintf("write %s if the comma is a decimal point", clip(strings.Replace(text, ",", ".", 1)))
	}
	return end, &Error{
		Reason: Syntax, Position: whole,
		Message: fmt.Sprintf("the comma in %s does not group thousands", clip(text)), Hint: hint,
	}
}

// fraction is the end of the digits after the decimal point at point.
func (l *lexer) fraction(at, point int) (int, *Error) {
	end, err := l.digits(point + 1)
	if err != nil {
		return end, err
	}
	switch {
	case end == point+1 && (l.at(end) == '.' || isLetter(l.at(end))):
		return end, &Error{
			Reason: Syntax, Position: point, Message: "a digit is missing after the decimal point",
			Hint: "there are no attributes and no ranges",
		}
	case l.at(end) == '.':
		return end, &Error{Reason: Syntax, Position: end, Message: "a number has one decimal point", Hint: "group digits with _ or not at all"}
	case l.at(end) == ',' && l.digitAt(end+1) && !l.commas:
		return end, &Error{
			Reason: Syntax, Position: end, Message: "a comma follows the decimal point",
			Hint: "the decimal separator is a point: write 1234.5 for 1.234,5",
		}
	}
	return end, nil
}

// exponent is the end of an exponent that begins at e, or e if none does: 2e
// is twice the constant e.
func (l *lexer) exponent(at, e int) (int, *Error) {
	if c := l.at(e); c != 'e' && c != 'E' {
		return e, nil
	}
	i := e + 1
	if c := l.at(i); c == '+' || c == '-' {
		i++
	}
	if !l.digitAt(i) {
		return e, nil
	}
	value, first := 0, i
	for ; l.digitAt(i); i++ {
		value = min(value*10+int(l.src[i]-'0'), 1<<30)
	}
	switch {
	case l.at(i) == '_' || l.at(i) == '.' && l.digitAt(i+1):
		return i, &Error{Reason: Syntax, Position: i, Message: "an exponent is an integer without separators", Hint: "write 10^2.5 for other powers"}
	case value > l.lim.Exponent:
		return i, &Error{
			Reason: Limit, Position: at,
			Message: fmt.Sprintf("the exponent %s is too large; the limit is %d", clip(l.src[first:i]), l.lim.Exponent),
		}
	}
	return i, nil
}

// prefixed reads 0xff, 0o17 and 0b101.
func (l *lexer) prefixed(at, base int, kind string) token {
	end := at + 2
	for ; isLetter(l.at(end)) || l.digitAt(end) || l.at(end) == '_'; end++ {
		c := l.at(end)
		if c == '_' {
			if next := l.at(end + 1); !isLetter(next) && !isDigit(next) {
				return bad(end, "an underscore in a number stands between two digits", "")
			}
			continue
		}
		if value(c) >= base {
			return bad(end, fmt.Sprintf("%q is not %s digit", c, kind), "")
		}
	}
	switch digits := end - at - 2; {
	case digits == 0:
		return bad(at, fmt.Sprintf("%s has no digits", l.src[at:end]), "")
	case digits > l.lim.Digits:
		return l.tooLong(at, digits)
	case l.at(end) == '.':
		return bad(end, fmt.Sprintf("%s number has no fraction", kind), "")
	}
	return token{kind: tokNumber, base: uint8(base), start: at, end: end, text: strings.ReplaceAll(l.src[at+2:end], "_", "")}
}

func value(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c:
		return int(c-'a') + 10
	}
	return int(c-'A') + 10
}

func countDigits(s string) int {
	n := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

// normal is a decimal literal without separators, with digits on both sides
// of its point and a lower-case e.
func normal(s string) string {
	plain := true
	for i := range len(s) {
		switch c := s[i]; c {
		case '_', ',', 'E':
			plain = false
		case '.':
			plain = plain && i > 0 && i+1 < len(s) && isDigit(s[i+1])
		}
	}
	if plain {
		return s
	}
	b := make([]byte, 0, len(s)+1)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_' || c == ',':
		case c == 'E':
			b = append(b, 'e')
		case c == '.' && (i+1 == len(s) || !isDigit(s[i+1])):
		case c == '.' && i == 0:
			b = append(b, '0', '.')
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// looksGrouped reports whether the comma at the position given stands between
// digits as it does in 1,234.
func (l *lexer) looksGrouped(comma int) bool {
	i := comma + 1
	for l.digitAt(i) {
		i++
	}
	return l.digitAt(comma-1) && i == comma+4
}
