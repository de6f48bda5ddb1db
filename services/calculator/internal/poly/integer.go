package poly

import (
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// ints is a polynomial with integer coefficients, that of x^i at i. The last
// one is not 0; nil is the polynomial 0. None is ever changed.
type ints []*big.Int

func (f ints) degree() int { return len(f) - 1 }

func (f ints) lead() *big.Int { return f[len(f)-1] }

// bits is the length of the longest coefficient.
func (f ints) bits() int {
	n := 0
	for _, c := range f {
		n = max(n, c.BitLen())
	}
	return n
}

func (f ints) trimmed() ints {
	n := len(f)
	for n > 0 && f[n-1].Sign() == 0 {
		n--
	}
	return f[:n]
}

// fromRats returns the primitive polynomial that is a multiple of the one with
// these coefficients.
func fromRats(a *number.Arith, c []*big.Rat) (ints, error) {
	den := big.NewInt(1)
	for _, q := range c {
		if err := a.Spend(number.GCDCost(max(den.BitLen(), q.Denom().BitLen()))); err != nil {
			return nil, err
		}
		g := new(big.Int).GCD(nil, nil, den, q.Denom())
		den = new(big.Int).Mul(den, g.Quo(q.Denom(), g))
		if den.BitLen() > a.Limits().RationalBits {
			return nil, tooLong(den.BitLen())
		}
	}
	f := make(ints, len(c))
	for i, q := range c {
		f[i] = new(big.Int).Quo(den, q.Denom())
		f[i].Mul(f[i], q.Num())
	}
	return f.trimmed().primitive(a)
}

// primitive returns f divided by the greatest common divisor of its
// coefficients, with a positive leading one.
func (f ints) primitive(a *number.Arith) (ints, error) {
	if len(f) == 0 {
		return nil, nil
	}
	g := new(big.Int)
	for _, c := range slices.Backward(f) {
		if err := a.Spend(number.GCDCost(min(g.BitLen(), c.BitLen()))); err != nil {
			return nil, err
		}
		if g.GCD(nil, nil, g, new(big.Int).Abs(c)); g.IsInt64() && g.Int64() == 1 {
			break
		}
	}
	if f.lead().Sign() < 0 {
		g.Neg(g)
	}
	if g.IsInt64() && g.Int64() == 1 {
		return f, nil
	}
	p := make(ints, len(f))
	for i, c := range f {
		p[i] = new(big.Int).Quo(c, g)
	}
	return p, nil
}

func (f ints) derivative() ints {
	if len(f) < 2 {
		return nil
	}
	d := make(ints, len(f)-1)
	for i := range d {
		d[i] = new(big.Int).Mul(f[i+1], big.NewInt(int64(i+1)))
	}
	return d
}

func (f ints) sub(g ints) ints {
	d := make(ints, max(len(f), len(g)))
	for i := range d {
		d[i] = new(big.Int)
		if i < len(f) {
			d[i].Set(f[i])
		}
		if i < len(g) {
			d[i].Sub(d[i], g[i])
		}
	}
	return d.trimmed()
}

// quo returns f/g, and false unless that is a polynomial with integer
// coefficients. For a primitive g that is the case whenever g divides f.
func (f ints) quo(a *number.Arith, g ints) (ints, bool, error) {
	n := len(f) - len(g)
	if n < 0 {
		return nil, len(f) == 0, nil
	}
	r := make([]*big.Int, len(f))
	for i, c := range f {
		r[i] = new(big.Int).Set(c)
	}
	q := make(ints, n+1)
	rem, t := new(big.Int), new(big.Int)
	for i := n; i >= 0; i-- {
		top := r[i+len(g)-1]
		cost := number.DivCost(top.BitLen(), g.lead().BitLen()) + int64(len(g))*number.MulCost(top.BitLen(), 64)
		if err := a.Spend(cost); err != nil {
			return nil, false, err
		}
		q[i] = new(big.Int)
		if q[i].QuoRem(top, g.lead(), rem); rem.Sign() != 0 {
			return nil, false, nil
		}
		for j, c := range g {
			r[i+j].Sub(r[i+j], t.Mul(q[i], c))
		}
	}
	for _, c := range r {
		if c.Sign() != 0 {
			return nil, false, nil
		}
	}
	return q, true, nil
}

// mirrored returns f(-x).
func (f ints) mirrored() ints {
	g := slices.Clone(f)
	for i := 1; i < len(g); i += 2 {
		g[i] = new(big.Int).Neg(g[i])
	}
	return g
}

// rootBits returns a b such that every root is less than 2^b in magnitude, by
// Fujiwara's bound: the roots are at most 2*max |c(n-i)/c(n)|^(1/i).
func (f ints) rootBits() int {
	n := f.degree()
	b := -1 << 40
	for i := 1; i <= n; i++ {
		c := f[n-i]
		if c.Sign() == 0 {
			continue
		}
		b = max(b, ceilQuo(c.BitLen()-f.lead().BitLen()+1, i))
	}
	return b + 2
}

func ceilQuo(x, y int) int {
	q := x / y
	if x%y > 0 {
		q++
	}
	return q
}

func tooLong(bits int) error {
	return &number.Error{Kind: number.Limit,
		Message: "the coefficients have about " + digitsOf(bits) + " digits, which is too long to find the roots",
		Hint:    "round the coefficients"}
}
