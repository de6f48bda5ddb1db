package poly

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// rootsOnLine returns how many roots of f, which has no multiple ones, have
// the real part c exactly or, if upright is false, the imaginary part c. With
// x = c + i*t or x = t + i*c they are the real t that are roots of both the
// real and the imaginary part of f.
func rootsOnLine(a *number.Arith, f ints, c *big.Rat, upright bool) (int, error) {
	p, q := c.Num(), c.Denom()
	n := f.degree()
	re, im := ints{f.lead()}, ints(nil)
	scale := big.NewInt(1)
	for i := n - 1; i >= 0; i-- {
		size := max(re.bits(), im.bits(), scale.BitLen())
		if err := a.Spend(int64(n-i) * 4 * number.MulCost(size, max(p.BitLen(), q.BitLen()))); err != nil {
			return 0, err
		}
		scale = new(big.Int).Mul(scale, q)
		if upright {
			re, im = re.times(p).sub(im.times(q).up()), im.times(p).sub(re.times(new(big.Int).Neg(q)).up())
		} else {
			re, im = re.times(q).up().sub(im.times(p)), im.times(q).up().sub(re.times(new(big.Int).Neg(p)))
		}
		re = re.sub(ints{new(big.Int).Neg(new(big.Int).Mul(f[i], scale))}.trimmed())
	}
	h := re
	switch {
	case len(re) == 0:
		h = im
	case len(im) > 0:
		var err error
		if h, err = gcd(a, re, im); err != nil {
			return 0, err
		}
	}
	if h.degree() == 0 {
		return 0, nil
	}
	found, err := isolate(a, h)
	return len(found), err
}

// times returns k*f.
func (f ints) times(k *big.Int) ints {
	g := make(ints, len(f))
	for i, c := range f {
		g[i] = new(big.Int).Mul(c, k)
	}
	return g.trimmed()
}

// up returns x*f.
func (f ints) up() ints {
	if len(f) == 0 {
		return nil
	}
	return append(ints{new(big.Int)}, f...)
}

// maxSimple bounds the denominators that Simplest looks at, in bits: a decimal
// halfway between two of 34 digits has fewer.
const maxSimple = 160

// Simplest returns the fraction with the least denominator from lo to hi, if
// that is below 2^160.
func Simplest(lo, hi *big.Rat) (*big.Rat, bool) {
	switch {
	case lo.Sign() <= 0 && hi.Sign() >= 0:
		return new(big.Rat), true
	case hi.Sign() < 0:
		r, ok := Simplest(new(big.Rat).Neg(hi), new(big.Rat).Neg(lo))
		return r.Neg(r), ok
	}
	// The continued fractions of both ends agree up to a point; p/q and p1/q1
	// are the last convergents.
	a, b := new(big.Int).Set(lo.Num()), new(big.Int).Set(lo.Denom())
	c, d := new(big.Int).Set(hi.Num()), new(big.Int).Set(hi.Denom())
	p, q, p1, q1 := big.NewInt(1), new(big.Int), new(big.Int), big.NewInt(1)
	for q.BitLen() <= maxSimple {
		n, r := new(big.Int).QuoRem(a, b, new(big.Int))
		last := r.Sign() == 0
		if !last {
			next := new(big.Int).Add(n, one)
			if last = new(big.Int).Mul(next, d).Cmp(c) <= 0; last {
				n = next
			}
		}
		p1.Add(p1, new(big.Int).Mul(n, p))
		q1.Add(q1, new(big.Int).Mul(n, q))
		p, p1, q, q1 = p1, p, q1, q
		if last {
			return new(big.Rat).SetFrac(p, q), q.BitLen() <= maxSimple
		}
		// The next ends are 1/(hi - n) and 1/(lo - n).
		c.Sub(c, n.Mul(n, d))
		a, b, c, d = d, c, b, r
	}
	return new(big.Rat), false
}
