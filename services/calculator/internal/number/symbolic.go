package number

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// notation is a way to write closed forms.
type notation struct {
	symbol   func(*node) string            // of a constant or a function, "" if there is none
	fraction func(num, den string) string  // den may be 1
	times    func(n, symbol string) string // n is not 1
}

var plainNotation = notation{
	symbol: (*node).symbol,
	fraction: func(num, den string) string {
		if den == "1" {
			return num
		}
		return num + "/" + den
	},
	times: func(n, symbol string) string { return n + "*" + symbol },
}

// symbolic returns the closed form of a real that is short, else "".
func symbolic(x Number) string {
	s := plainNotation.write(x)
	if len(s) > 60 {
		return ""
	}
	return s
}

// write returns the closed form of x, or "" if x has more than two terms or
// one without a symbol.
func (w notation) write(x Number) string {
	c, terms := x.terms()
	if len(terms) > 2 || !c.short() || slices.ContainsFunc(terms, func(t term) bool { return !t.q.short() }) {
		return ""
	}
	var b strings.Builder
	if !c.IsZero() {
		r := c.rat()
		b.WriteString(sign(&b, r.Sign()))
		b.WriteString(w.fraction(new(big.Int).Abs(r.Num()).String(), r.Denom().String()))
	}
	terms = slices.Clone(terms)
	slices.SortFunc(terms, func(t, u term) int {
		return cmp.Or(cmp.Compare(t.b.op, u.b.op), cmp.Compare(t.b.x.i, u.b.x.i))
	})
	for _, t := range terms {
		name := w.symbol(t.b)
		num, den, ok := t.q.Fraction()
		if name == "" || !ok {
			return ""
		}
		b.WriteString(sign(&b, num.int().Sign()))
		if n := new(big.Int).Abs(num.int()).String(); n != "1" {
			name = w.times(n, name)
		}
		b.WriteString(w.fraction(name, den.int().String()))
	}
	return b.String()
}

// short reports whether an exact n may be part of a closed form, which is not
// worth the digits of a long integer.
func (n Number) short() bool {
	num, den := n.bitLens()
	return num+den <= maxClosedBits
}

// maxClosedBits bounds the coefficients of a closed form.
const maxClosedBits = 256

// sign is what stands before the next part of a sum.
func sign(b *strings.Builder, sign int) string {
	switch {
	case b.Len() > 0 && sign > 0:
		return " + "
	case b.Len() > 0:
		return " - "
	case sign < 0:
		return "-"
	}
	return ""
}

// symbol names the constants, square roots and logarithms of short integers,
// and the square root of pi.
func (n *node) symbol() string {
	_, short := n.x.Int64()
	switch {
	case n.op == opPi:
		return "pi"
	case n.op == opEuler:
		return "euler_gamma"
	case n.op == opExp && same(n.x, Int(1)):
		return "e"
	case n.op == opSqrt && isPi(n.x):
		return "sqrt(pi)"
	case n.op == opSqrt && short:
		return "sqrt(" + strconv.FormatInt(n.x.i, 10) + ")"
	case n.op == opLog && short:
		return "log(" + strconv.FormatInt(n.x.i, 10) + ")"
	}
	return ""
}

// isPi reports whether x is pi itself.
func isPi(x Number) bool {
	q, b, ok := x.single()
	return ok && b.op == opPi && same(q, Int(1))
}

var latexNotation = notation{
	symbol: func(n *node) string {
		s := n.symbol()
		inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "sqrt("), "log("), ")")
		switch {
		case s == "":
			return ""
		case n.op == opPi:
			return `\pi`
		case n.op == opEuler:
			return `\gamma`
		case n.op == opSqrt && inner == "pi":
			return `\sqrt{\pi}`
		case n.op == opSqrt:
			return `\sqrt{` + inner + "}"
		case n.op == opLog:
			return `\ln ` + inner
		}
		return s
	},
	fraction: func(num, den string) string {
		if den == "1" {
			return num
		}
		return `\frac{` + num + "}{" + den + "}"
	},
	times: func(n, symbol string) string { return n + " " + symbol },
}
