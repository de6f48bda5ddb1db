package stats

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// mergedBits bounds the fractions that are added exactly when a sum has no
// short common denominator: reducing longer ones would cost more than the
// digits of a result.
const mergedBits = 1 << 14

// Sum returns the sum of v, 0 if it is empty. It is exact if all of v are and
// their common denominator is not too long.
func Sum(a *number.Arith, v []number.Number) (number.Number, error) {
	exact, reals := make([]number.Number, 0, len(v)), []number.Number(nil)
	for _, x := range v {
		if x.IsExact() {
			exact = append(exact, x)
		} else {
			reals = append(reals, x)
		}
	}
	c, err := newColumn(a, exact)
	if err != nil {
		return number.Number{}, err
	}
	if c.k != nil {
		sum, err := c.total(a, nil)
		if err != nil || len(reals) == 0 {
			return sum, err
		}
		reals = append(reals, sum)
	} else {
		reals = append(reals, exact...)
	}
	t, err := sumTree(a, reals)
	return t.x, err
}

// summand is a number and a bound of its length if it is exact.
type summand struct {
	x    number.Number
	bits int
}

// sumTree adds halves: so the numbers that meet are of like length, and what
// waits to be computed is not deep.
func sumTree(a *number.Arith, v []number.Number) (summand, error) {
	switch len(v) {
	case 0:
		return summand{}, nil
	case 1:
		s := summand{x: v[0]}
		if r := v[0].Rat(); r != nil {
			s.bits = r.Num().BitLen() + r.Denom().BitLen()
		}
		return s, nil
	}
	x, err := sumTree(a, v[:len(v)/2])
	if err != nil {
		return x, err
	}
	y, err := sumTree(a, v[len(v)/2:])
	if err != nil {
		return y, err
	}
	z := summand{bits: x.bits + y.bits + 1}
	if z.bits > mergedBits {
		z.x, err = a.AddDeferred(x.x, y.x)
		return z, err
	}
	z.x, err = a.Add(x.x, y.x)
	return z, err
}

// moment names a sum of w * (x-mean)^i * (y-mean)^j.
type moment struct{ i, j int }

// central returns the sum over the sample of w * (x-mean)^i * (y-mean)^j.
func (s *Sample) central(i, j int) (number.Number, error) {
	m := moment{i, j}
	if z, ok := s.moments[m]; ok {
		return z, nil
	}
	z, err := s.computeCentral(i, j)
	if err == nil {
		s.moments[m] = z
	}
	return z, err
}

func (s *Sample) computeCentral(i, j int) (number.Number, error) {
	if i > 0 && s.x.k == nil || j > 0 && s.y.k == nil {
		return s.centralByTerms(i, j)
	}
	n := big.NewInt(int64(s.size))
	if s.w != nil {
		sum, _, err := s.w.integerTotal(s.a, nil)
		if err != nil {
			return number.Number{}, err
		}
		n = sum
	}
	// x - mean is (n*k - sum)/(n*den) with integers n, k, sum and den.
	den := big.NewInt(1)
	prepare := func(c *column, power int) (*big.Int, error) {
		if power == 0 {
			return nil, nil
		}
		sum, _, err := c.integerTotal(s.a, s.w)
		for range power {
			den.Mul(den, n).Mul(den, c.den)
		}
		return sum, err
	}
	sx, err := prepare(s.x, i)
	if err != nil {
		return number.Number{}, err
	}
	sy, err := prepare(s.y, j)
	if err != nil {
		return number.Number{}, err
	}
	bits := n.BitLen() + s.x.bits
	if j > 0 {
		bits = max(bits, n.BitLen()+s.y.bits)
	}
	cost := int64(i+j+1) * number.MulCost(bits, bits*max(1, (i+j)/2))
	total, d, term := new(big.Int), new(big.Int), new(big.Int)
	for at := range s.size {
		if err := s.a.Spend(cost); err != nil {
			return number.Number{}, err
		}
		term.SetInt64(1)
		if s.w != nil {
			term.Set(&s.w.k[at])
		}
		if i > 0 {
			d.Sub(d.Mul(n, &s.x.k[at]), sx)
			for range i {
				term.Mul(term, d)
			}
		}
		if j > 0 {
			d.Sub(d.Mul(n, &s.y.k[at]), sy)
			for range j {
				term.Mul(term, d)
			}
		}
		total.Add(total, term)
	}
	if s.w != nil {
		den.Mul(den, s.w.den)
	}
	return s.a.Quo(number.FromBigInt(total), number.FromBigInt(den))
}

// centralByTerms adds the terms one by one. Of reals it takes the differences
// from the mean first, because what cancels in these by algebra is exactly 0.
func (s *Sample) centralByTerms(i, j int) (number.Number, error) {
	if err := s.deviate(s.x); err != nil {
		return number.Number{}, err
	}
	if j > 0 {
		if err := s.deviate(s.y); err != nil {
			return number.Number{}, err
		}
	}
	terms := make([]number.Number, s.size)
	for at := range terms {
		t, err := s.a.Pow(s.x.deviations[at], number.Int(int64(i)))
		if err != nil {
			return t, err
		}
		if j > 0 {
			u, err := s.a.Pow(s.y.deviations[at], number.Int(int64(j)))
			if err != nil {
				return u, err
			}
			if t, err = s.a.Mul(t, u); err != nil {
				return t, err
			}
		}
		if s.w != nil {
			if t, err = s.a.Mul(t, s.w.v[at]); err != nil {
				return t, err
			}
		}
		terms[at] = t
	}
	return Sum(s.a, terms)
}

// deviate fills in the differences of a column from its mean.
func (s *Sample) deviate(c *column) error {
	if c.deviations != nil {
		return nil
	}
	m, err := s.mean(c)
	if err != nil {
		return err
	}
	d := make([]number.Number, len(c.v))
	for i, x := range c.v {
		if d[i], err = s.a.Sub(x, m); err != nil {
			return err
		}
	}
	c.deviations = d
	return nil
}
