// Package poly computes with polynomials in one unknown and finds their roots:
// the rational ones exactly, those of quadratic factors as closed forms, all
// others as decimals.
//
// The guarantee to know: [Poly.Roots] returns every root with its multiplicity
// or an error, and every digit it writes is proved, by signs that were computed
// exactly or by discs that provably contain one root each. Its cost is spent
// from the budget of the [number.Arith] given, and ends with its context.
//
// Start at [New].
package poly

import (
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// MaxDegree bounds the degree of a polynomial whose roots can be found.
const MaxDegree = 100

// Poly is a polynomial. The zero value is the polynomial 0. It never changes.
type Poly struct {
	c []number.Number
}

// New returns the polynomial with coeffs[i] as the coefficient of x^i.
func New(coeffs []number.Number) Poly {
	n := len(coeffs)
	for n > 0 && coeffs[n-1].IsZero() {
		n--
	}
	return Poly{slices.Clone(coeffs[:n])}
}

// Degree returns the degree; that of 0 is -1.
func (p Poly) Degree() int { return len(p.c) - 1 }

// Coefficient returns the coefficient of x^i.
func (p Poly) Coefficient(i int) number.Number {
	if i < 0 || i >= len(p.c) {
		return number.Number{}
	}
	return p.c[i]
}

// Rational reports whether all coefficients are integers or fractions.
func (p Poly) Rational() bool {
	return !slices.ContainsFunc(p.c, func(c number.Number) bool { return !c.IsExact() })
}

// Add returns p + q.
func (p Poly) Add(a *number.Arith, q Poly) (Poly, error) {
	c := make([]number.Number, max(len(p.c), len(q.c)))
	for i := range c {
		s, err := a.Add(p.Coefficient(i), q.Coefficient(i))
		if err != nil {
			return Poly{}, err
		}
		c[i] = s
	}
	return New(c), nil
}

// Mul returns p * q.
func (p Poly) Mul(a *number.Arith, q Poly) (Poly, error) {
	if len(p.c) == 0 || len(q.c) == 0 {
		return Poly{}, nil
	}
	c := make([]number.Number, len(p.c)+len(q.c)-1)
	for i, x := range p.c {
		for j, y := range q.c {
			z, err := a.Mul(x, y)
			if err == nil {
				c[i+j], err = a.Add(c[i+j], z)
			}
			if err != nil {
				return Poly{}, err
			}
		}
	}
	return New(c), nil
}

// At returns the value of p at x.
func (p Poly) At(a *number.Arith, x number.Number) (number.Number, error) {
	var v number.Number
	for _, c := range slices.Backward(p.c) {
		var err error
		if v, err = a.Mul(v, x); err == nil {
			v, err = a.Add(v, c)
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// GCD returns the greatest common divisor of p and q, which have rational
// coefficients: with integer coefficients that have no common divisor, the
// leading one positive. That of 0 and 0 is 0.
func (p Poly) GCD(a *number.Arith, q Poly) (Poly, error) {
	f, err := p.integer(a)
	if err != nil {
		return Poly{}, err
	}
	g, err := q.integer(a)
	if err != nil {
		return Poly{}, err
	}
	switch {
	case len(f) == 0:
		return g.poly(), nil
	case len(g) == 0:
		return f.poly(), nil
	}
	h, err := gcd(a, f, g)
	return h.poly(), err
}

// Quo returns p/q of polynomials with rational coefficients, up to a constant
// factor, and whether q divides p.
func (p Poly) Quo(a *number.Arith, q Poly) (Poly, bool, error) {
	f, err := p.integer(a)
	if err != nil {
		return Poly{}, false, err
	}
	g, err := q.integer(a)
	if err != nil || len(g) == 0 {
		return Poly{}, false, err
	}
	h, ok, err := f.quo(a, g)
	return h.poly(), ok, err
}

// integer returns the primitive polynomial with integer coefficients that is a
// multiple of p, whose coefficients are rational.
func (p Poly) integer(a *number.Arith) (ints, error) {
	c := make([]*big.Rat, len(p.c))
	for i, x := range p.c {
		if c[i] = x.Rat(); c[i] == nil {
			return nil, &number.Error{Kind: number.Domain, Message: "a coefficient is neither an integer nor a fraction"}
		}
	}
	return fromRats(a, c)
}

func (f ints) poly() Poly {
	c := make([]number.Number, len(f))
	for i, x := range f {
		c[i] = number.FromBigInt(x)
	}
	return New(c)
}

// digitsOf writes the number of decimal digits of an integer of so many bits.
func digitsOf(bits int) string {
	return strconv.Itoa(int(math.Ceil(float64(bits) * math.Log10(2))))
}
