// Package stats computes descriptive statistics. The statistics of integers and
// fractions are exact, or the root of an exact value; those of reals have the
// proved digits of package number. What a statistic is called says which one it
// is: variance_sample and variance_population are two.
//
// Start at [New], which takes the data, and [Sample.Measure], which computes a
// statistic by its name; [Mean] and its like are for callers with a plain list.
package stats

import (
	"fmt"
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// MaxValues bounds the values of one sample.
const MaxValues = 100_000

// Weighting says what weights mean.
type Weighting uint8

const (
	// Frequency weights are integers: a value of weight 3 stands for three
	// equal values. All statistics are those of the longer list.
	Frequency Weighting = iota
	// Reliability weights are relative: only their ratios matter, except to n,
	// which counts the values, and to the sum. The sample variance divides by
	// V1 - V2/V1, where V1 is the sum of the weights and V2 that of their
	// squares, which makes it unbiased. Quantiles are those of the weighted
	// distribution function.
	Reliability
)

// Data is what [New] makes a sample of.
type Data struct {
	X       []number.Number
	Y       []number.Number // nil, or a partner for each value of X
	Weights []number.Number // nil, or one for each value of X; not negative
	Kind    Weighting
}

// Sample is data that statistics are computed of. It remembers what several of
// them need, and is not safe for concurrent use. Each error is a
// [number.Error]; a Domain error says that this sample has no such statistic.
type Sample struct {
	a    *number.Arith
	x, y *column // y is nil without partners
	w    *column // nil without weights
	kind Weighting
	size int           // values of a weight above 0
	n    number.Number // sum of the weights

	sorted  []int           // places in x, in order; nil until asked for
	upTo    []number.Number // sums of the weights in that order; nil without weights
	moments map[moment]number.Number
}

// New returns the sample of d. Values whose weight is 0 are left out.
func New(a *number.Arith, d Data) (*Sample, error) {
	switch n := len(d.X); {
	case n == 0:
		return nil, domain("a sample needs at least one value")
	case n > MaxValues:
		return nil, &number.Error{Kind: number.Limit, Message: fmt.Sprintf("a sample of %d values; the limit is %d", n, MaxValues)}
	case d.Y != nil && len(d.Y) != n:
		return nil, domain("y has %d numbers, but there are %d values; each needs a partner", len(d.Y), n)
	case d.Weights != nil && len(d.Weights) != n:
		return nil, domain("there are %d weights for %d values", len(d.Weights), n)
	}
	s := &Sample{a: a, kind: d.Kind, size: len(d.X), n: number.Int(int64(len(d.X))), moments: map[moment]number.Number{}}
	var err error
	if d.Weights != nil {
		if d, err = s.weigh(d); err != nil {
			return nil, err
		}
	}
	if s.x, err = newColumn(a, d.X); err == nil && d.Y != nil {
		s.y, err = newColumn(a, d.Y)
	}
	return s, err
}

// weigh checks the weights and keeps them; the data that it returns has none
// of weight 0.
func (s *Sample) weigh(d Data) (Data, error) {
	var x, y, w []number.Number
	for i, v := range d.Weights {
		if !v.IsExact() {
			return d, domain("weights[%d] is irrational; weights are integers or fractions", i)
		}
		sign, err := s.a.Sign(v)
		if err != nil {
			return d, err
		}
		if sign < 0 {
			return d, domain("weights[%d] is negative", i)
		}
		if d.Kind == Frequency && !v.IsInt() {
			e := domain("weights[%d] is no integer, but frequency weights count values", i)
			e.Hint = "relative weights may be fractions"
			return d, e
		}
		if sign == 0 {
			continue
		}
		x, w = append(x, d.X[i]), append(w, v)
		if d.Y != nil {
			y = append(y, d.Y[i])
		}
	}
	if x == nil {
		return d, domain("all weights are 0")
	}
	var err error
	if s.w, err = newColumn(s.a, w); err != nil {
		return d, err
	}
	if s.w.k == nil {
		return d, &number.Error{Kind: number.Limit, Message: "the denominators of the weights have no short common multiple",
			Hint: "write the weights as decimals"}
	}
	s.n, err = s.w.total(s.a, nil)
	s.size = len(x)
	return Data{X: x, Y: y, Kind: d.Kind}, err
}

func domain(format string, args ...any) *number.Error {
	return &number.Error{Kind: number.Domain, Message: fmt.Sprintf(format, args...)}
}

// column is a list of numbers. If all are exact and have a short common
// denominator they are kept as integers over it too: sums are then made without
// reducing a fraction at each step.
type column struct {
	v    []number.Number
	k    []big.Int // v[i] is k[i]/den; nil if that would be too long
	den  *big.Int
	bits int // of the longest k[i]

	deviations []number.Number // from the mean; for columns without k
}

// scaledBits bounds the bits of all integers of a column.
const scaledBits = 1 << 26

func newColumn(a *number.Arith, v []number.Number) (*column, error) {
	c := &column{v: v}
	den, err := commonDenominator(a, v)
	if den == nil || err != nil {
		return c, err
	}
	c.k, c.den = make([]big.Int, len(v)), den
	f := new(big.Int)
	for i, x := range v {
		num, d, _ := x.Fraction()
		k := &c.k[i]
		if n, ok := num.Int64(); ok {
			k.SetInt64(n)
		} else {
			k.Set(num.BigInt())
		}
		if d64, ok := d.Int64(); !ok || !den.IsInt64() || den.Int64() != d64 {
			if err := a.Spend(number.DivCost(den.BitLen(), 64) + number.MulCost(k.BitLen(), den.BitLen())); err != nil {
				return nil, err
			}
			k.Mul(k, f.Quo(den, d.BigInt()))
		}
		c.bits = max(c.bits, k.BitLen())
	}
	return c, a.Spend(int64(len(v)) * 10)
}

// commonDenominator returns the least common denominator of v, or nil if there
// is none or it is too long.
func commonDenominator(a *number.Arith, v []number.Number) (*big.Int, error) {
	small, den := int64(1), number.Int(1)
	for _, x := range v {
		_, d, ok := x.Fraction()
		if !ok {
			return nil, nil
		}
		if d64, ok := d.Int64(); ok && small%d64 == 0 {
			continue
		}
		var err error
		if den, err = a.LCM(den, d); err != nil {
			return nil, err
		}
		var fits bool
		if small, fits = den.Int64(); fits {
			continue
		}
		// No denominator but 1 divides 1: each is looked at from here on.
		small = 1
		if den.BigInt().BitLen()*len(v) > scaledBits {
			return nil, nil
		}
	}
	return den.BigInt(), nil
}

// total returns the sum of the column, each number times its weight if there
// are weights.
func (c *column) total(a *number.Arith, w *column) (number.Number, error) {
	if c.k == nil {
		v := c.v
		if w != nil {
			v = make([]number.Number, len(c.v))
			for i := range v {
				var err error
				if v[i], err = a.Mul(c.v[i], w.v[i]); err != nil {
					return number.Number{}, err
				}
			}
		}
		return Sum(a, v)
	}
	sum, den, err := c.integerTotal(a, w)
	if err != nil {
		return number.Number{}, err
	}
	return a.Quo(number.FromBigInt(sum), number.FromBigInt(den))
}

// integerTotal returns the sum as an integer over a denominator.
func (c *column) integerTotal(a *number.Arith, w *column) (sum, den *big.Int, err error) {
	sum, t := new(big.Int), new(big.Int)
	if w == nil {
		for i := range c.k {
			sum.Add(sum, &c.k[i])
		}
		return sum, c.den, a.Spend(int64(len(c.k)) * int64(10+c.bits/64))
	}
	for i := range c.k {
		if err := a.Spend(number.MulCost(c.bits, w.bits)); err != nil {
			return nil, nil, err
		}
		sum.Add(sum, t.Mul(&c.k[i], &w.k[i]))
	}
	return sum, t.Mul(c.den, w.den), nil
}
