package poly

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A Function is what a [Bracket] refines a root of.
type Function interface {
	// Sign returns the sign of the function at m*2^-k.
	Sign(m *big.Int, k int) (int, error)
	// Secant returns in which of 2^t equal parts of the interval from m*2^-k to
	// (m+1)*2^-k a straight line between the values at its ends crosses 0. It
	// may be wrong, which costs time only.
	Secant(m *big.Int, k, t int) (*big.Int, error)
}

// A Bracket is the interval from M*2^-K to (M+1)*2^-K, at whose ends a
// function has the signs Sign and -Sign.
type Bracket struct {
	M    *big.Int
	K    int
	Sign int
	// Exact says that M*2^-K itself is the root.
	Exact bool

	speed int
}

// Refine makes the interval at most 2^-k wide. It guesses where the root is in
// one of 2^t parts of the interval, and takes twice as big a t after a guess
// that was right (Abbott's quadratic interval refinement); every part it
// settles on is checked by the signs at its ends.
func (b *Bracket) Refine(f Function, k int) error {
	b.speed = max(b.speed, 1)
	for b.K < k && !b.Exact {
		t := min(b.speed, k-b.K)
		part := new(big.Int)
		if t > 1 {
			var err error
			if part, err = f.Secant(b.M, b.K, t); err != nil {
				return err
			}
		}
		ok, err := b.narrow(f, part, t)
		if err != nil {
			return err
		}
		if ok {
			b.speed *= 2
		} else {
			b.speed = max(1, b.speed/4)
		}
	}
	return nil
}

// narrow settles on the part given of 2^t, or on one of its neighbours, and
// reports whether the root is in one of them.
func (b *Bracket) narrow(f Function, part *big.Int, t int) (bool, error) {
	first := new(big.Int).Lsh(b.M, uint(t))
	last := new(big.Int).Lsh(new(big.Int).Add(b.M, one), uint(t))
	lo := new(big.Int).Add(first, part)
	// sign is that of the lower end at the lower end, and the other one at the
	// upper end, where it need not be computed.
	sign := func(m *big.Int) (int, error) {
		if m.Cmp(first) <= 0 {
			return b.Sign, nil
		}
		if m.Cmp(last) >= 0 {
			return -b.Sign, nil
		}
		return f.Sign(m, b.K+t)
	}
	step := 0
	for range 4 {
		s, err := sign(lo)
		switch {
		case err != nil:
			return false, err
		case s == 0:
			b.M, b.K, b.Exact = lo, b.K+t, true
			return true, nil
		case s == b.Sign && step < 0:
			b.M, b.K = lo, b.K+t
			return true, nil
		case s != b.Sign && step > 0:
			b.M, b.K = lo.Sub(lo, one), b.K+t
			return true, nil
		case s == b.Sign:
			step = 1
		default:
			step = -1
		}
		lo = new(big.Int).Add(lo, big.NewInt(int64(step)))
	}
	return false, nil
}

// Ends returns the ends of the interval; they are equal when Exact.
func (b *Bracket) Ends() (lo, hi *big.Rat) {
	lo = dyadicRat(b.M, b.K)
	if b.Exact {
		return lo, lo
	}
	return lo, dyadicRat(new(big.Int).Add(b.M, one), b.K)
}

var one = big.NewInt(1)

// dyadicRat returns m*2^-k.
func dyadicRat(m *big.Int, k int) *big.Rat {
	if k <= 0 {
		return new(big.Rat).SetInt(new(big.Int).Lsh(m, uint(-k)))
	}
	return new(big.Rat).SetFrac(m, new(big.Int).Lsh(one, uint(k)))
}

// horner evaluates a polynomial at dyadic points.
type horner struct {
	a *number.Arith
	f ints
}

// at returns v and e such that f(m*2^-k) is within e*2^-p of v*2^-p.
func (h horner) at(m *big.Int, k, p int) (v, e *big.Int, err error) {
	if k < 0 {
		m, k = new(big.Int).Lsh(m, uint(-k)), 0
	}
	size := new(big.Int).Abs(m)
	size.Rsh(size, uint(k)).Add(size, one)
	c, shift := h.f.lead(), new(big.Int)
	v = new(big.Int).Lsh(c, uint(p))
	e = new(big.Int)
	for i := h.f.degree() - 1; i >= 0; i-- {
		if err := h.a.Spend(number.MulCost(v.BitLen(), m.BitLen()) + 40); err != nil {
			return nil, nil, err
		}
		v.Mul(v, m)
		v.Rsh(v, uint(k)).Add(v, shift.Lsh(h.f[i], uint(p)))
		e.Mul(e, size).Add(e, one)
	}
	return v, e, nil
}

// Sign implements [Function].
func (h horner) Sign(m *big.Int, k int) (int, error) {
	exact := max(k, 0) * h.f.degree()
	for p := max(k, 0) + 64; p < exact; p *= 2 {
		v, e, err := h.at(m, k, p)
		if err != nil {
			return 0, err
		}
		if v.CmpAbs(e) > 0 {
			return v.Sign(), nil
		}
	}
	// Nothing is cut off when each of the multiplications shifts by k.
	v, _, err := h.at(m, k, exact)
	if err != nil {
		return 0, err
	}
	return v.Sign(), nil
}

// Secant implements [Function].
func (h horner) Secant(m *big.Int, k, t int) (*big.Int, error) {
	exact := max(k, 0) * h.f.degree()
	next := new(big.Int).Add(m, one)
	for p := max(k, 0) + 2*t + 32; ; p *= 2 {
		x, e, err := h.at(m, k, p)
		if err != nil {
			return nil, err
		}
		y, _, err := h.at(next, k, p)
		if err != nil {
			return nil, err
		}
		if p >= exact || min(x.BitLen(), y.BitLen()) >= e.BitLen()+t {
			return Crossing(x, y, t), nil
		}
	}
}

// Crossing returns in which of 2^t equal parts of an interval the straight
// line from the value x at its lower end to y at its upper end crosses 0.
func Crossing(x, y *big.Int, t int) *big.Int {
	x = new(big.Int).Abs(x)
	sum := new(big.Int).Abs(y)
	if sum.Add(sum, x); sum.Sign() == 0 {
		return sum
	}
	j := x.Lsh(x, uint(t))
	j.Quo(j, sum)
	if last := new(big.Int).Lsh(one, uint(t)); j.Cmp(last) >= 0 {
		j.Sub(last, one)
	}
	return j
}
