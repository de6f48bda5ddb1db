package stats

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// positive refuses values below 0 and reports whether one is 0.
func (s *Sample) positive(what string) (zero bool, err error) {
	least, err := s.Min()
	if err != nil {
		return false, err
	}
	sign, err := s.a.Sign(least)
	if err == nil && sign < 0 {
		err = domain("the %s mean is defined for values that are not negative", what)
	}
	return sign == 0, err
}

// Harmonic returns the harmonic mean, n divided by the sum of 1/x; it is 0 if a
// value is.
func (s *Sample) Harmonic() (number.Number, error) {
	zero, err := s.positive("harmonic")
	if err != nil || zero {
		return number.Number{}, err
	}
	terms := make([]number.Number, 0, s.size)
	for from := 0; from < s.size; {
		to, err := s.equalFrom(from)
		if err != nil {
			return number.Number{}, err
		}
		w, err := s.weightOf(from, to)
		if err != nil {
			return w, err
		}
		t, err := s.a.Quo(w, s.x.v[s.sorted[from]])
		if err != nil {
			return t, err
		}
		terms = append(terms, t)
		from = to
	}
	t, err := Sum(s.a, terms)
	if err != nil {
		return t, err
	}
	return s.a.Quo(s.n, t)
}

// productBits bounds a product of values that is written out: a longer one is
// taken apart into logarithms, for its root would be exact by intent only.
const productBits = 1 << 15

// Geometric returns the geometric mean, the n-th root of the product; it is 0
// if a value is.
func (s *Sample) Geometric() (number.Number, error) {
	zero, err := s.positive("geometric")
	if err != nil || zero {
		return number.Number{}, err
	}
	p := product{a: s.a}
	for from := 0; from < s.size; {
		to, err := s.equalFrom(from)
		if err != nil {
			return number.Number{}, err
		}
		x := s.x.v[s.sorted[from]]
		if to-from == s.size {
			return x, nil
		}
		w, err := s.weightOf(from, to)
		if err != nil {
			return w, err
		}
		if err := p.add(x, w); err != nil {
			return w, err
		}
		from = to
	}
	return p.root(s.n)
}

// product is a product of powers: of short factors, and the logarithm of the
// rest.
type product struct {
	a        *number.Arith
	num, den big.Int // of the factors not yet in logs; 0 before the first
	logs     []number.Number
}

// add multiplies by x^w.
func (p *product) add(x, w number.Number) error {
	n, ok := w.Int64()
	r := x.Rat()
	if r == nil || !ok || n*int64(r.Num().BitLen()+r.Denom().BitLen()) > productBits || n > productBits {
		return p.addLog(x, w)
	}
	x, err := p.a.Pow(x, w)
	if err != nil {
		return err
	}
	r = x.Rat()
	if p.num.BitLen()+p.den.BitLen()+r.Num().BitLen()+r.Denom().BitLen() > productBits {
		if err := p.flush(); err != nil {
			return err
		}
	}
	if p.num.Sign() == 0 {
		p.num.Set(r.Num())
		p.den.Set(r.Denom())
		return nil
	}
	p.num.Mul(&p.num, r.Num())
	p.den.Mul(&p.den, r.Denom())
	return p.a.Spend(number.MulCost(p.num.BitLen(), r.Num().BitLen()) + number.MulCost(p.den.BitLen(), r.Denom().BitLen()))
}

func (p *product) addLog(x, w number.Number) error {
	l, err := p.a.Log(x)
	if err != nil {
		return err
	}
	if l, err = p.a.Mul(l, w); err != nil {
		return err
	}
	p.logs = append(p.logs, l)
	return nil
}

// flush takes the logarithm of the factors so far.
func (p *product) flush() error {
	if p.num.Sign() == 0 {
		return nil
	}
	x, err := p.written()
	if err != nil {
		return err
	}
	p.num.SetInt64(0)
	return p.addLog(x, number.Int(1))
}

func (p *product) written() (number.Number, error) {
	return p.a.Quo(number.FromBigInt(&p.num), number.FromBigInt(&p.den))
}

// root returns the n-th root of the product.
func (p *product) root(n number.Number) (number.Number, error) {
	if len(p.logs) == 0 {
		x, err := p.written()
		if err != nil {
			return x, err
		}
		if n, err = p.a.Quo(number.Int(1), n); err != nil {
			return n, err
		}
		return p.a.Pow(x, n)
	}
	if err := p.flush(); err != nil {
		return n, err
	}
	l, err := Sum(p.a, p.logs)
	if err != nil {
		return l, err
	}
	if l, err = p.a.Quo(l, n); err != nil {
		return l, err
	}
	return p.a.Exp(l)
}

// Quadratic returns the root mean square.
func (s *Sample) Quadratic() (number.Number, error) {
	m, err := s.Mean()
	if err != nil {
		return m, err
	}
	// The mean of the squares is the variance and the square of the mean.
	if m, err = s.a.Mul(m, m); err != nil {
		return m, err
	}
	v, err := s.Variance(true)
	if err != nil {
		return v, err
	}
	if v, err = s.a.Add(v, m); err != nil {
		return v, err
	}
	return s.a.Sqrt(v)
}
