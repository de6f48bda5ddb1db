package units

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// maxParts bounds the terms of a sum such as 5 ft 3 in.
const maxParts = 6

// ParseQuantity reads a number with a unit, such as "60 mi/h", "-40 degF" or
// "1/2 mi", or a sum in descending units, such as "5 ft 3 in"; the unit of the
// first is that of the result. A unit begins at the first letter that does not
// belong to a number; evalNumber gives the numbers their values. The
// interpretation says how the source was read.
//
// The error is one of evalNumber, or as of [Parse]; the Suggestions of an
// Ambiguous one are whole quantities.
func ParseQuantity(a *number.Arith, src string, evalNumber func(string) (number.Number, error)) (q Quantity, interpretation string, err error) {
	src = normalise(src)
	parts, err := split(src)
	if err != nil {
		return Quantity{}, "", err
	}
	var texts []string
	negative := len(parts) > 1 && strings.HasPrefix(parts[0].number, "-")
	last := Unit{}
	for i, p := range parts {
		u, err := Parse(p.unit)
		if err != nil {
			return Quantity{}, "", inPlace(err, src, p.start, p.end)
		}
		if i > 0 {
			if err := descends(last, u); err != nil {
				return Quantity{}, "", err
			}
		}
		last = u
		v, err := evalNumber(p.number)
		if err != nil {
			return Quantity{}, "", err
		}
		texts = append(texts, strings.TrimPrefix(p.number, "-")+" "+u.String())
		switch {
		case i == 0:
			q = Quantity{v, u}
		case negative:
			q, err = SubQ(a, q, Quantity{v, u})
		default:
			q, err = AddQ(a, q, Quantity{v, u})
		}
		if err != nil {
			return Quantity{}, "", err
		}
	}
	switch {
	case len(parts) == 1:
		return q, parts[0].number + " " + q.Unit.String(), nil
	case negative:
		return q, "-(" + strings.Join(texts, " + ") + ")", nil
	}
	return q, strings.Join(texts, " + "), nil
}

// descends returns an error unless u can follow before in a sum such as
// 5 ft 3 in.
func descends(before, u Unit) error {
	switch {
	case before.dim != u.dim:
		return mismatch(before, u)
	case before.IsAffine() || before.f.pi != u.f.pi || before.f.rat().Cmp(u.f.rat()) <= 0:
		err := syntax("%s after %s is no sum of descending units", u, before)
		err.Hint = "write one unit, or sums such as 5 ft 3 in"
		return err
	}
	return nil
}

// A part is a number with its unit; the unit stands from start to end.
type part struct {
	number, unit string
	start, end   int
}

// split takes the numbers and units of src apart.
func split(src string) ([]part, error) {
	var parts []part
	for pos := 0; pos < len(src); {
		if len(parts) == maxParts {
			return nil, &number.Error{Kind: number.Limit, Message: fmt.Sprintf("the quantity is a sum of more than %d terms", maxParts)}
		}
		p := part{start: unitStart(src, pos)}
		p.end = unitEnd(src, p.start)
		p.number, p.unit = strings.TrimSpace(src[pos:p.start]), src[p.start:p.end]
		if over, ok := strings.CutSuffix(p.number, "/"); ok {
			p.number, p.unit = strings.TrimSpace(over), "1/"+p.unit
		}
		p.number = strings.TrimRight(p.number, "*×· ")
		switch {
		case p.number == "":
			err := syntax("the quantity %s has no number before its unit", spelling.Quote(src))
			err.Hint = "write a number and a unit, such as 60 mi/h"
			return nil, err
		case p.unit == "":
			err := syntax("the quantity %s has no unit after its number", spelling.Quote(src))
			err.Hint = "write a number and a unit, such as 60 mi/h"
			return nil, err
		}
		parts = append(parts, p)
		pos = p.end
		for _, joint := range []string{" ", ",", " ", "and "} {
			pos += len(src[pos:]) - len(strings.TrimPrefix(src[pos:], joint))
		}
	}
	if len(parts) == 0 {
		return nil, syntax("the quantity is empty")
	}
	return parts, nil
}

// unitStart is where the number that begins at pos ends and its unit begins.
func unitStart(src string, pos int) int {
	open := pos
	for pos < len(src) {
		switch c := src[pos]; {
		case isDigit(c) || c == '.' && pos+1 < len(src) && isDigit(src[pos+1]):
			pos = numeralEnd(src, pos)
			open = pos
			continue
		case c == '(':
		case strings.IndexByte(" +-*/^)", c) >= 0:
			open = pos + 1
		default:
			r, n := utf8.DecodeRuneInString(src[pos:])
			if r != '×' && r != '·' {
				return open
			}
			pos += n
			open = pos
			continue
		}
		pos++
	}
	return pos
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numeralEnd is the end of the number that begins at pos: digits with
// separators, a point, an exponent, or a prefix such as 0x.
func numeralEnd(src string, pos int) int {
	rest := src[pos:]
	if len(rest) > 2 && rest[0] == '0' && strings.IndexByte("xXbBoO", rest[1]) >= 0 {
		if n := len(rest[2:]) - len(strings.TrimLeft(rest[2:], "0123456789abcdefABCDEF_")); n > 0 && isDigit(rest[2]) {
			return pos + 2 + n
		}
	}
	end := pos + len(rest) - len(strings.TrimLeft(rest, "0123456789_.,"))
	for src[end-1] == ',' {
		end--
	}
	exp := strings.TrimLeft(src[end:], "eE")
	if len(src[end:])-len(exp) != 1 {
		return end
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(exp, "+"), "-")
	n := len(digits) - len(strings.TrimLeft(digits, "0123456789"))
	if n == 0 {
		return end
	}
	return len(src) - len(digits) + n
}

// unitEnd is the end of the unit that begins at pos: a space before the number
// of the next part, or the end.
func unitEnd(src string, pos int) int {
	depth := 0
	end := pos
	for i := pos; i < len(src); i++ {
		switch c := src[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ' ' || c == ',':
			next := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(src[i:], " ,"), "and "), " ")
			if depth == 0 && next != "" && isDigit(next[0]) && !expectsMore(src[pos:end]) {
				return end
			}
			continue
		}
		end = i + 1
	}
	return end
}

// expectsMore reports whether a unit cannot end here.
func expectsMore(unit string) bool {
	return unit == "" || strings.HasSuffix(unit, " per") || strings.IndexByte("*/^-", unit[len(unit)-1]) >= 0
}
