package stats

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// mean returns the mean of a column.
func (s *Sample) mean(c *column) (number.Number, error) {
	t, err := c.total(s.a, s.w)
	if err != nil {
		return t, err
	}
	return s.a.Quo(t, s.n)
}

// Mean returns the arithmetic mean.
func (s *Sample) Mean() (number.Number, error) { return s.mean(s.x) }

// Sum returns the sum of the values, each times its weight.
func (s *Sample) Sum() (number.Number, error) { return s.x.total(s.a, s.w) }

// count returns the number of values: with frequencies their sum.
func (s *Sample) count() (number.Number, error) {
	if s.kind == Reliability {
		return number.Int(int64(s.size)), nil
	}
	return s.n, nil
}

// freedom returns what a sample variance divides by.
func (s *Sample) freedom() (number.Number, error) {
	if err := s.atLeast(2); err != nil {
		return number.Number{}, err
	}
	if s.w == nil || s.kind == Frequency {
		return s.a.Sub(s.n, number.Int(1))
	}
	v, err := s.squaredWeights()
	if err != nil {
		return v, err
	}
	if v, err = s.a.Quo(v, s.n); err != nil {
		return v, err
	}
	return s.a.Sub(s.n, v)
}

// squaredWeights returns the sum of the squares of the weights.
func (s *Sample) squaredWeights() (number.Number, error) {
	return s.w.total(s.a, s.w)
}

// atLeast says that a statistic needs so many values.
func (s *Sample) atLeast(n int64) error {
	c, err := s.count()
	if err != nil {
		return err
	}
	if i, ok := c.Int64(); ok && i < n {
		return domain("the statistic needs at least %d values", n)
	}
	return nil
}

// Variance returns the sample variance, which divides by n-1, or the population
// variance, which divides by n.
func (s *Sample) Variance(population bool) (number.Number, error) {
	return s.perFreedom(2, 0, population)
}

// perFreedom returns a central sum of the second order over n, or over the
// degrees of freedom of a sample.
func (s *Sample) perFreedom(i, j int, population bool) (number.Number, error) {
	by := s.n
	if !population {
		var err error
		if by, err = s.freedom(); err != nil {
			return by, err
		}
	}
	c, err := s.central(i, j)
	if err != nil {
		return c, err
	}
	return s.a.Quo(c, by)
}

// Stdev returns the square root of the variance.
func (s *Sample) Stdev(population bool) (number.Number, error) {
	v, err := s.Variance(population)
	if err != nil {
		return v, err
	}
	return s.a.Sqrt(v)
}

// standardError returns that of the mean, sqrt(variance_sample/n); with
// reliability weights n is the effective number of values, V1^2/V2.
func (s *Sample) standardError() (number.Number, error) {
	v, err := s.Variance(false)
	if err != nil {
		return v, err
	}
	n := s.n
	if s.w != nil && s.kind == Reliability {
		w2, err := s.squaredWeights()
		if err != nil {
			return w2, err
		}
		if n, err = s.a.Mul(n, n); err != nil {
			return n, err
		}
		if n, err = s.a.Quo(n, w2); err != nil {
			return n, err
		}
	}
	if v, err = s.a.Quo(v, n); err != nil {
		return v, err
	}
	return s.a.Sqrt(v)
}

// standardized returns the mean of ((x-mean)/stdev_population)^k.
func (s *Sample) standardized(k int) (number.Number, error) {
	a := s.a
	v, err := s.Variance(true)
	if err != nil {
		return v, err
	}
	if err := s.varies(v, "all values are equal"); err != nil {
		return v, err
	}
	m, err := s.perFreedom(k, 0, true)
	if err != nil {
		return m, err
	}
	by := v
	if k == 3 {
		if by, err = a.Sqrt(v); err != nil {
			return by, err
		}
	}
	if m, err = a.Quo(m, v); err != nil {
		return m, err
	}
	return a.Quo(m, by)
}

// varies refuses a variance of 0.
func (s *Sample) varies(v number.Number, message string) error {
	sign, err := s.a.Sign(v)
	if err == nil && sign == 0 {
		err = domain("%s, so that the statistic is 0/0", message)
	}
	return err
}

// skewness returns g1 of a population, or G1 = g1*sqrt(n(n-1))/(n-2) of a
// sample.
func (s *Sample) skewness(population bool) (number.Number, error) {
	a := s.a
	if population {
		return s.standardized(3)
	}
	if err := s.adjustable(3); err != nil {
		return number.Number{}, err
	}
	g, err := s.standardized(3)
	if err != nil {
		return g, err
	}
	n1, err := a.Sub(s.n, number.Int(1))
	if err != nil {
		return g, err
	}
	f, err := a.Mul(s.n, n1)
	if err != nil {
		return g, err
	}
	if f, err = a.Sqrt(f); err != nil {
		return g, err
	}
	n2, err := a.Sub(s.n, number.Int(2))
	if err != nil {
		return g, err
	}
	if f, err = a.Quo(f, n2); err != nil {
		return g, err
	}
	return a.Mul(g, f)
}

// adjustable refuses what has no sample version.
func (s *Sample) adjustable(n int64) error {
	if s.w != nil && s.kind == Reliability {
		return domain("the statistic is not defined for relative weights")
	}
	return s.atLeast(n)
}

// kurtosis returns the excess over a normal distribution: g2 of a population,
// or G2 = ((n+1)*g2 + 6)*(n-1)/((n-2)(n-3)) of a sample.
func (s *Sample) kurtosis(population bool) (number.Number, error) {
	a := s.a
	if !population {
		if err := s.adjustable(4); err != nil {
			return number.Number{}, err
		}
	}
	g, err := s.standardized(4)
	if err != nil {
		return g, err
	}
	if g, err = a.Sub(g, number.Int(3)); err != nil || population {
		return g, err
	}
	var plus [4]number.Number // n+1, n-1, n-2, n-3
	for i, k := range []int64{1, -1, -2, -3} {
		if plus[i], err = a.Add(s.n, number.Int(k)); err != nil {
			return g, err
		}
	}
	if g, err = a.Mul(g, plus[0]); err != nil {
		return g, err
	}
	if g, err = a.Add(g, number.Int(6)); err != nil {
		return g, err
	}
	if g, err = a.Mul(g, plus[1]); err != nil {
		return g, err
	}
	if g, err = a.Quo(g, plus[2]); err != nil {
		return g, err
	}
	return a.Quo(g, plus[3])
}

// autocorrelation returns that of lag 1: the values are in the order of time.
func (s *Sample) autocorrelation() (number.Number, error) {
	if s.w != nil {
		return number.Number{}, domain("the autocorrelation of weighted values is not defined")
	}
	if err := s.atLeast(2); err != nil {
		return number.Number{}, err
	}
	c, err := s.central(2, 0)
	if err != nil {
		return c, err
	}
	if err := s.varies(c, "all values are equal"); err != nil {
		return c, err
	}
	if err := s.deviate(s.x); err != nil {
		return c, err
	}
	terms := make([]number.Number, s.size-1)
	for i := range terms {
		if terms[i], err = s.a.Mul(s.x.deviations[i], s.x.deviations[i+1]); err != nil {
			return c, err
		}
	}
	t, err := Sum(s.a, terms)
	if err != nil {
		return c, err
	}
	return s.a.Quo(t, c)
}
