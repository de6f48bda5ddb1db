package number

import (
	"math/big"
	"strconv"
	"strings"
)

// ParseDecimal returns the exact value of a decimal literal such as "12",
// "-0.5", ".5" or "1.5e-3": digits with at most one point and an exponent,
// neither spaces nor separators. A value too small to be kept as a fraction
// within the limits is a real.
func (a *Arith) ParseDecimal(s string) (Number, error) {
	if len(s) <= min(len(pow10), a.lim.LiteralDigits) {
		if x, ok := parseShort(s); ok {
			return x, nil
		}
	}
	mantissa, exp, err := a.splitExponent(s)
	if err != nil {
		return Number{}, err
	}
	negative := strings.HasPrefix(mantissa, "-")
	mantissa = strings.TrimLeft(mantissa, "+-")
	whole, frac, _ := strings.Cut(mantissa, ".")
	if len(whole)+len(frac) > a.lim.LiteralDigits {
		return Number{}, &Error{Kind: Limit,
			Message: "a number of " + group(int64(len(whole)+len(frac))) + " digits; the limit is " + group(int64(a.lim.LiteralDigits))}
	}
	frac = strings.TrimRight(frac, "0")
	digits := strings.TrimLeft(whole+frac, "0")
	exp -= len(frac)
	m, err := a.parseDigits(digits, 10)
	if err != nil || m.IsZero() {
		return m, err
	}
	if negative {
		m = a.neg(m)
	}
	switch {
	case exp == 0:
		return m, nil
	case exp < 0 && exp >= -18 && m.ref == nil:
		return Frac(m.i, pow10[-exp]), nil
	case exp > 0 && exp <= 18:
		return a.Mul(m, Int(pow10[exp]))
	}
	p, err := a.Pow(Int(10), Int(int64(exp)))
	if err != nil {
		return Number{}, err
	}
	return a.Mul(m, p)
}

// parseShort reads digits that fit a machine word, with a point or without.
// It is false for all else, be it a number or not.
func parseShort(s string) (x Number, ok bool) {
	m, digits, places := int64(0), 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			m = m*10 + int64(c-'0')
			digits++
		case c == '.' && places == 0:
			places = len(s) - i - 1
		default:
			return Number{}, false
		}
	}
	switch {
	case digits == 0 || digits >= len(pow10):
		return Number{}, false
	case places == 0:
		return Int(m), true
	}
	return Frac(m, pow10[places]), true
}

var pow10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// splitExponent checks the shape of a decimal literal and returns what is
// before the exponent, and the exponent.
func (a *Arith) splitExponent(s string) (mantissa string, exp int, err error) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits, point := 0, false
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
			continue
		case c == '.' && !point:
			point = true
			continue
		}
		break
	}
	if digits == 0 || i < len(s) && s[i] != 'e' && s[i] != 'E' {
		return "", 0, notANumber(s)
	}
	if i == len(s) {
		return s, 0, nil
	}
	e := s[i+1:]
	bare := strings.TrimPrefix(e, "-")
	if bare == e {
		bare = strings.TrimPrefix(e, "+")
	}
	if bare == "" || strings.Trim(bare, "0123456789") != "" {
		return "", 0, notANumber(s)
	}
	bare = strings.TrimLeft(bare, "0")
	if exp, err = strconv.Atoi("0" + bare); err != nil || exp > a.lim.LiteralExponent {
		return "", 0, &Error{Kind: Limit,
			Message: "the exponent of a number is beyond the limit of " + group(int64(a.lim.LiteralExponent)),
			Hint:    "write a power, as 10^n"}
	}
	if e[0] == '-' {
		exp = -exp
	}
	return s[:i], exp, nil
}

func notANumber(s string) error {
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return &Error{Kind: Syntax, Message: strconv.Quote(s) + " is not a decimal number"}
}

// ParseInteger returns the value of digits in a base from 2 to 16, without
// sign, prefix or separators.
func (a *Arith) ParseInteger(digits string, base int) (Number, error) {
	if digits == "" {
		return Number{}, &Error{Kind: Syntax, Message: "a number without digits"}
	}
	if len(digits) > a.lim.LiteralDigits {
		return Number{}, &Error{Kind: Limit,
			Message: "a number of " + group(int64(len(digits))) + " digits; the limit is " + group(int64(a.lim.LiteralDigits))}
	}
	return a.parseDigits(digits, base)
}

// parseDigits returns the value of digits, 0 if there are none.
func (a *Arith) parseDigits(digits string, base int) (Number, error) {
	var v uint64
	if len(digits) <= 15 {
		for _, c := range []byte(digits) {
			d := uint64(16)
			switch {
			case '0' <= c && c <= '9':
				d = uint64(c - '0')
			case 'a' <= c|0x20 && c|0x20 <= 'f':
				d = uint64(c|0x20-'a') + 10
			}
			if d >= uint64(base) {
				return Number{}, badDigit(digits, base)
			}
			v = v*uint64(base) + d
		}
		return Int(int64(v)), nil
	}
	n := int64(len(digits)) / 16
	if err := a.spend(n * n); err != nil {
		return Number{}, err
	}
	if strings.ContainsAny(digits, "_+-") {
		return Number{}, badDigit(digits, base)
	}
	z, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return Number{}, badDigit(digits, base)
	}
	return ownInt(z), nil
}

func badDigit(digits string, base int) error {
	if len(digits) > 40 {
		digits = digits[:40] + "..."
	}
	return &Error{Kind: Syntax, Message: strconv.Quote(digits) + " is not a number in base " + strconv.Itoa(base)}
}
