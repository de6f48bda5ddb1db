package number

import (
	"math/big"
	"strconv"
)

// polynomial has one positive root: the signs of its coefficients, from the
// constant on, change once. The root is above (x-1)/2^s and at most (x+1)/2^s.
type polynomial struct {
	coeffs []*big.Int
	x      *big.Int
	s      int
}

const (
	maxDegree = 10_000
	// shortRoot bounds, in bits, the numerator and the denominator of a root that
	// is recognised as a fraction.
	shortRoot = 60
)

// PositiveRoot returns the positive root of the polynomial with these exact
// coefficients, that of x^0 first. There is exactly one if the signs of the
// coefficients change once (Descartes' rule of signs); else the error is a
// Domain error that says how often they do. The root is exact if it is a short
// fraction, and else a real.
func (a *Arith) PositiveRoot(coeffs []Number) (Number, error) {
	p, err := a.integral(coeffs)
	if err != nil {
		return Number{}, err
	}
	if n := p.changes(); n != 1 {
		return Number{}, &Error{Kind: Domain, Message: "the signs of the coefficients change " + strconv.Itoa(n) + " times, so there need not be exactly one positive root"}
	}
	if len(p.coeffs) == 2 {
		return a.Quo(ownInt(new(big.Int).Neg(p.coeffs[0])), ownInt(p.coeffs[1]))
	}
	x, s, err := a.isolate(p, 2*shortRoot+8)
	if err != nil {
		return Number{}, err
	}
	unit := new(big.Int).Lsh(one, uint(max(s, 0)))
	lo, hi := new(big.Int).Sub(x, one), new(big.Int).Add(x, one)
	if s < 0 {
		lo.Lsh(lo, uint(-s))
		hi.Lsh(hi, uint(-s))
	}
	q := simplest(new(big.Rat).SetFrac(lo, unit), new(big.Rat).SetFrac(hi, unit))
	if q.Num().BitLen() <= shortRoot && q.Denom().BitLen() <= shortRoot {
		zero, err := a.isRoot(p, q)
		if err != nil || zero {
			return ownRat(q), err
		}
	}
	p.x, p.s = x, s
	n := newNode(opRoot, Number{}, Number{})
	n.poly = p
	for _, c := range p.coeffs {
		n.hash = hashInt(n.hash, c)
	}
	return wrap(Int(1), n), nil
}

// integral returns the polynomial with integer coefficients and without roots
// at 0.
func (a *Arith) integral(coeffs []Number) (*polynomial, error) {
	if len(coeffs) > maxDegree+1 {
		return nil, &Error{Kind: Limit, Message: "a polynomial of degree " + group(int64(len(coeffs)-1)) + "; the limit is " + group(maxDegree)}
	}
	scale, size := big.NewInt(1), 0
	for _, c := range coeffs {
		if !c.IsExact() {
			return nil, &Error{Kind: Domain, Message: "the coefficients have to be exact numbers; " + brief(c) + " is not"}
		}
		num, den := c.bitLens()
		size = max(size, num)
		if den > 1 {
			if err := a.spend(gcdCost(scale.BitLen()) + divCost(scale.BitLen()+den, den)); err != nil {
				return nil, err
			}
			d := c.rat().Denom()
			scale.Mul(scale, new(big.Int).Quo(d, new(big.Int).GCD(nil, nil, scale, d)))
		}
		if scale.BitLen() > a.lim.RationalBits {
			return nil, &Error{Kind: Limit, Message: "the coefficients have too many different denominators"}
		}
	}
	if err := a.spend(int64(len(coeffs)) * (mulCost(scale.BitLen(), size) + divCost(scale.BitLen(), 64))); err != nil {
		return nil, err
	}
	p := &polynomial{}
	for _, c := range coeffs {
		x := new(big.Int).Set(scale)
		if num, den, _ := c.Fraction(); !same(den, Int(1)) {
			x.Quo(x, den.int()).Mul(x, num.int())
		} else {
			x.Mul(x, num.int())
		}
		if x.Sign() != 0 || len(p.coeffs) > 0 {
			p.coeffs = append(p.coeffs, x)
		}
	}
	for len(p.coeffs) > 0 && p.coeffs[len(p.coeffs)-1].Sign() == 0 {
		p.coeffs = p.coeffs[:len(p.coeffs)-1]
	}
	return p, nil
}

// changes counts the changes of sign.
func (p *polynomial) changes() int {
	n, last := 0, 0
	for _, c := range p.coeffs {
		s := c.Sign()
		if s*last < 0 {
			n++
		}
		if s != 0 {
			last = s
		}
	}
	return n
}

func (p *polynomial) same(q *polynomial) bool {
	if p == q {
		return true
	}
	if p == nil || q == nil || len(p.coeffs) != len(q.coeffs) {
		return false
	}
	for i, c := range p.coeffs {
		if c.Cmp(q.coeffs[i]) != 0 {
			return false
		}
	}
	return true
}

// ballCost is the work of a product of balls and a sum besides the long product.
const ballCost = 400

// value returns the polynomial at m*2^e with w bits.
func (a *Arith) value(p *polynomial, m *big.Int, e, w int) (ball, error) {
	x, f := ball{m: m, e: e}, exactBall(new(big.Int))
	for i := len(p.coeffs) - 1; i >= 0; i-- {
		if err := a.spend(mulCost(min(w, f.m.BitLen()), m.BitLen()) + ballCost); err != nil {
			return f, err
		}
		f = f.mul(x, w).add(exactBall(p.coeffs[i]), w)
	}
	return f, nil
}

// slope returns the polynomial and its derivative at m*2^e with w bits.
func (a *Arith) slope(p *polynomial, m *big.Int, e, w int) (f, df ball, err error) {
	x := ball{m: m, e: e}
	f, df = exactBall(new(big.Int)), exactBall(new(big.Int))
	for i := len(p.coeffs) - 1; i >= 0; i-- {
		if err := a.spend(2 * (mulCost(min(w, f.m.BitLen()), m.BitLen()) + ballCost)); err != nil {
			return f, df, err
		}
		df = df.mul(x, w).add(f, w)
		f = f.mul(x, w).add(exactBall(p.coeffs[i]), w)
	}
	return f, df, nil
}

// side returns -1, 0 or 1 as m*2^e is below, at or above the root.
func (a *Arith) side(p *polynomial, m *big.Int, e int) (int, error) {
	top := p.coeffs[len(p.coeffs)-1].Sign()
	for w := m.BitLen() + 32; ; w *= 2 {
		f, err := a.value(p, m, e, w)
		if err != nil {
			return 0, err
		}
		if s, ok := f.sign(); ok {
			return s * top, nil
		}
	}
}

// isolate returns x and s so that the root is above (x-1)/2^s and at most
// (x+1)/2^s, and x has at least so many bits.
func (a *Arith) isolate(p *polynomial, bits int) (x *big.Int, s int, err error) {
	if p.x != nil {
		x, s = new(big.Int).Set(p.x), p.s
	} else {
		k, err := a.magnitude(p)
		if err != nil {
			return nil, 0, err
		}
		x, s = big.NewInt(3), 1-k
	}
	for x.BitLen() <= bits {
		step := min(x.BitLen()-3, bits+2-x.BitLen())
		for ; step > 0; step /= 2 {
			y, ok, err := a.newton(p, x, s, step)
			if err != nil {
				return nil, 0, err
			}
			if ok {
				x, s = y, s+step
				break
			}
		}
		if step > 0 {
			continue
		}
		side, err := a.side(p, x, -s)
		if err != nil {
			return nil, 0, err
		}
		x.Lsh(x, 1)
		if s++; side < 0 {
			x.Add(x, one)
		} else {
			x.Sub(x, one)
		}
	}
	return x, s, nil
}

// magnitude returns k so that the root is above 2^k and at most 2^(k+1).
func (a *Arith) magnitude(p *polynomial) (int, error) {
	// No root is above, or its inverse above, one more than the greatest ratio
	// of coefficients (Cauchy's bound).
	size := 2
	for _, c := range p.coeffs {
		size = max(size, c.BitLen()+2)
	}
	lo, hi := -size, size
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		side, err := a.side(p, one, mid)
		if err != nil {
			return 0, err
		}
		if side < 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, nil
}

// newton takes a step of Newton's method that adds so many bits, and reports
// whether the root is where it leads.
func (a *Arith) newton(p *polynomial, x *big.Int, s, step int) (*big.Int, bool, error) {
	w := 2*x.BitLen() + step + 32
	f, df, err := a.slope(p, x, -s, w)
	if err != nil {
		return nil, false, err
	}
	d, err := f.quo(df, w)
	if err != nil {
		return nil, false, nil
	}
	y := new(big.Int).Lsh(x, uint(step))
	y.Sub(y, ball{m: d.m, e: d.e}.fixed(s+step))
	if y.Cmp(one) <= 0 {
		return nil, false, nil
	}
	below, err := a.side(p, new(big.Int).Sub(y, one), -s-step)
	if err != nil || below >= 0 {
		return nil, false, err
	}
	above, err := a.side(p, new(big.Int).Add(y, one), -s-step)
	return y, above >= 0, err
}

// isRoot reports whether q is a root.
func (a *Arith) isRoot(p *polynomial, q *big.Rat) (bool, error) {
	sum, power := new(big.Int), big.NewInt(1)
	for i := len(p.coeffs) - 1; i >= 0; i-- {
		if err := a.spend(3 * mulCost(sum.BitLen(), shortRoot)); err != nil {
			return false, err
		}
		sum.Mul(sum, q.Num())
		sum.Add(sum, new(big.Int).Mul(p.coeffs[i], power))
		power.Mul(power, q.Denom())
	}
	return sum.Sign() == 0, nil
}

// simplest returns the fraction with the least denominator from lo to hi, which
// are positive.
func simplest(lo, hi *big.Rat) *big.Rat {
	whole := new(big.Int).Quo(lo.Num(), lo.Denom())
	floor := new(big.Rat).SetInt(whole)
	if floor.Cmp(lo) == 0 {
		return floor
	}
	if up := new(big.Rat).SetInt(whole.Add(whole, one)); up.Cmp(hi) <= 0 {
		return up
	}
	rest := simplest(new(big.Rat).Inv(new(big.Rat).Sub(hi, floor)), new(big.Rat).Inv(new(big.Rat).Sub(lo, floor)))
	return floor.Add(floor, rest.Inv(rest))
}

// rootBall encloses the root with p bits.
func (a *Arith) rootBall(n *node, p int) (ball, error) {
	x, s, err := a.isolate(n.poly, p+2)
	return ball{x, -s, magOf(1, -s)}, err
}
