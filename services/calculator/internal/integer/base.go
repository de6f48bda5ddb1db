package integer

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// maxDigits bounds the digits that ToBase writes.
const maxDigits = 10_000

// ToBase writes the integer n in a base from 2 to 36, with the digits 0-9 and
// a-z and a minus sign.
func ToBase(a *number.Arith, n number.Number, base int) (string, error) {
	x, err := of(n, "another base")
	if err != nil {
		return "", err
	}
	if err := checkBase(base); err != nil {
		return "", err
	}
	if digits := float64(x.BitLen()) / math.Log2(float64(base)); digits > maxDigits {
		return "", limit("choose a greater base, or ask for a part of it: n // base^k, n mod base^k",
			"the number has about %s digits in base %d; the limit is %s", group(int64(digits)+1), base, group(maxDigits))
	}
	if err := a.Spend(number.MulCost(x.BitLen(), x.BitLen())); err != nil {
		return "", err
	}
	return x.Text(base), nil
}

func checkBase(base int) error {
	if base < 2 || base > 36 {
		return domain("a base is from 2 to 36, not %d", base)
	}
	return nil
}

// FromBase returns the integer that is written in a base from 2 to 36: an
// optional sign, digits of either case with single underscores or spaces
// between, and for the bases 2, 8 and 16 an optional prefix 0b, 0o or 0x.
func FromBase(a *number.Arith, digits string, base int) (number.Number, error) {
	if err := checkBase(base); err != nil {
		return number.Number{}, err
	}
	s := strings.TrimSpace(digits)
	rest := strings.TrimPrefix(s, "-")
	negative := rest != s
	if !negative {
		rest = strings.TrimPrefix(s, "+")
	}
	if prefix := map[int]string{2: "0b", 8: "0o", 16: "0x"}[base]; prefix != "" && len(rest) > 2 && strings.EqualFold(rest[:2], prefix) {
		rest = rest[2:]
	}
	if len(rest) > 2*maxDigits {
		return number.Number{}, limit("", "a number of %s digits; the limit is %s", group(int64(len(rest))), group(maxDigits))
	}
	plain := make([]byte, 0, len(rest))
	for i, c := range []byte(rest) {
		if (c == '_' || c == ' ') && i > 0 && i < len(rest)-1 && rest[i-1] != c {
			continue
		}
		if d, ok := digit(c); !ok || d >= base {
			return number.Number{}, notDigit(rest, i, base)
		}
		plain = append(plain, c)
	}
	if len(plain) == 0 {
		return number.Number{}, &number.Error{Kind: number.Syntax, Message: "a number without digits"}
	}
	if len(plain) > maxDigits {
		return number.Number{}, limit("", "a number of %s digits; the limit is %s", group(int64(len(plain))), group(maxDigits))
	}
	if err := a.Spend(int64(len(plain)) * int64(len(plain)) / 64); err != nil {
		return number.Number{}, err
	}
	z, _ := new(big.Int).SetString(string(plain), base)
	if negative {
		z.Neg(z)
	}
	return number.FromBigInt(z), nil
}

func digit(c byte) (int, bool) {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10, true
	}
	return 0, false
}

func notDigit(s string, at, base int) error {
	r := []rune(s[at:])[0]
	e := &number.Error{Kind: number.Syntax, Message: strconv.QuoteRune(r) + " is no digit in base " + strconv.Itoa(base)}
	if r == '.' || r == ',' {
		e.Hint = "only integers can be converted; scale a fraction by a power of the base first"
	}
	return e
}
