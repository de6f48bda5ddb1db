package stats

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// paired refuses a sample without partners.
func (s *Sample) paired() error {
	if s.y == nil {
		e := domain("the statistic is one of pairs")
		e.Hint = "send y, a partner for each value"
		return e
	}
	return nil
}

// Covariance returns that of a sample, which divides by n-1, or of a population.
func (s *Sample) Covariance(population bool) (number.Number, error) {
	if err := s.paired(); err != nil {
		return number.Number{}, err
	}
	return s.perFreedom(1, 1, population)
}

// sums returns the central sums of x*x, x*y and y*y.
func (s *Sample) sums() (xx, xy, yy number.Number, err error) {
	if err = s.paired(); err != nil {
		return
	}
	if xx, err = s.central(2, 0); err != nil {
		return
	}
	if xy, err = s.central(1, 1); err != nil {
		return
	}
	yy, err = s.central(0, 2)
	return
}

// variedSums is sums, and an error if all values of one side are equal.
func (s *Sample) variedSums() (xx, xy, yy number.Number, err error) {
	if xx, xy, yy, err = s.sums(); err != nil {
		return
	}
	if err = s.varies(xx, "all values are equal"); err != nil {
		return
	}
	err = s.varies(yy, "all values of y are equal")
	return
}

// Correlation returns Pearson's coefficient.
func (s *Sample) Correlation() (number.Number, error) {
	xx, xy, yy, err := s.variedSums()
	if err != nil {
		return xy, err
	}
	p, err := s.a.Mul(xx, yy)
	if err != nil {
		return p, err
	}
	if p, err = s.a.Sqrt(p); err != nil {
		return p, err
	}
	return s.a.Quo(xy, p)
}

// spearman returns the correlation of the ranks; equal values share the mean of
// their ranks.
func (s *Sample) spearman() (number.Number, error) {
	if err := s.paired(); err != nil {
		return number.Number{}, err
	}
	if s.w != nil && s.kind == Reliability {
		return number.Number{}, domain("ranks are not defined for relative weights")
	}
	d := Data{}
	if s.w != nil {
		d.Weights = s.w.v
	}
	var err error
	if d.X, err = s.ranks(s.x); err != nil {
		return number.Number{}, err
	}
	if d.Y, err = s.ranks(s.y); err != nil {
		return number.Number{}, err
	}
	t, err := New(s.a, d)
	if err != nil {
		return number.Number{}, err
	}
	return t.Correlation()
}

// ranks returns twice the rank of each value of a column, less 1.
func (s *Sample) ranks(c *column) ([]number.Number, error) {
	t := &Sample{a: s.a, x: c, w: s.w, size: s.size, n: s.n}
	if _, err := t.order(); err != nil {
		return nil, err
	}
	ranks := make([]number.Number, s.size)
	var before number.Number
	for from := 0; from < s.size; {
		to, err := t.equalFrom(from)
		if err != nil {
			return nil, err
		}
		w, err := t.weightOf(from, to)
		if err != nil {
			return nil, err
		}
		after, err := s.a.Add(before, w)
		if err != nil {
			return nil, err
		}
		r, err := s.a.Add(before, after)
		if err != nil {
			return nil, err
		}
		for ; from < to; from++ {
			ranks[t.sorted[from]] = r
		}
		before = after
	}
	return ranks, nil
}

// Slope returns that of the line of least squares of y over x.
func (s *Sample) Slope() (number.Number, error) {
	xx, xy, _, err := s.sums()
	if err != nil {
		return xy, err
	}
	if err := s.varies(xx, "all values are equal"); err != nil {
		return xx, err
	}
	return s.a.Quo(xy, xx)
}

// Intercept returns that of the line of least squares.
func (s *Sample) Intercept() (number.Number, error) {
	b, err := s.Slope()
	if err != nil {
		return b, err
	}
	x, err := s.mean(s.x)
	if err != nil {
		return x, err
	}
	y, err := s.mean(s.y)
	if err != nil {
		return y, err
	}
	if x, err = s.a.Mul(x, b); err != nil {
		return x, err
	}
	return s.a.Sub(y, x)
}

// rSquared returns the coefficient of determination of the line.
func (s *Sample) rSquared() (number.Number, error) {
	xx, xy, yy, err := s.variedSums()
	if err != nil {
		return xy, err
	}
	b, err := s.a.Quo(xy, xx)
	if err != nil {
		return b, err
	}
	c, err := s.a.Quo(xy, yy)
	if err != nil {
		return c, err
	}
	return s.a.Mul(b, c)
}

// residual returns the variance of the residuals, with n-2 degrees of freedom.
func (s *Sample) residual() (number.Number, error) {
	if err := s.adjustable(3); err != nil {
		return number.Number{}, err
	}
	_, xy, yy, err := s.sums()
	if err != nil {
		return xy, err
	}
	b, err := s.Slope()
	if err != nil {
		return b, err
	}
	if xy, err = s.a.Mul(xy, b); err != nil {
		return xy, err
	}
	r, err := s.a.Sub(yy, xy)
	if err != nil {
		return r, err
	}
	n, err := s.a.Sub(s.n, number.Int(2))
	if err != nil {
		return n, err
	}
	return s.a.Quo(r, n)
}

func (s *Sample) residualError() (number.Number, error) {
	v, err := s.residual()
	if err != nil {
		return v, err
	}
	return s.a.Sqrt(v)
}

func (s *Sample) slopeError() (number.Number, error) {
	v, err := s.residual()
	if err != nil {
		return v, err
	}
	xx, err := s.central(2, 0)
	if err != nil {
		return xx, err
	}
	if v, err = s.a.Quo(v, xx); err != nil {
		return v, err
	}
	return s.a.Sqrt(v)
}

// interceptError returns sqrt(v*(1/n + mean^2/xx)).
func (s *Sample) interceptError() (number.Number, error) {
	v, err := s.residual()
	if err != nil {
		return v, err
	}
	xx, err := s.central(2, 0)
	if err != nil {
		return xx, err
	}
	m, err := s.Mean()
	if err != nil {
		return m, err
	}
	if m, err = s.a.Mul(m, m); err != nil {
		return m, err
	}
	if m, err = s.a.Quo(m, xx); err != nil {
		return m, err
	}
	n, err := s.a.Quo(number.Int(1), s.n)
	if err != nil {
		return n, err
	}
	if m, err = s.a.Add(m, n); err != nil {
		return m, err
	}
	if v, err = s.a.Mul(v, m); err != nil {
		return v, err
	}
	return s.a.Sqrt(v)
}
