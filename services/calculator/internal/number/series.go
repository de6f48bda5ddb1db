package number

import (
	"math"
	"math/big"
	"math/bits"
)

// The functions of this file work on fixed-point integers: X stands for
// X*2^-wp. Each returns, beside its result, a bound of its error in units of
// the last bit.

// expFixed returns e^x for |x| < 1: the series of x/2^s, squared s times.
func (a *Arith) expFixed(x *big.Int, wp, s int) (*big.Int, uint64, error) {
	unit := new(big.Int).Lsh(one, uint(wp))
	y := new(big.Int).Rsh(x, uint(s))
	sum := new(big.Int).Add(unit, y)
	term, t, d := new(big.Int).Set(y), new(big.Int), new(big.Int)
	cost := mulCost(wp, wp)
	n := uint64(2)
	for ; term.Sign() != 0; n++ {
		if err := a.spend(cost); err != nil {
			return nil, 0, err
		}
		t.Mul(term, y).Rsh(t, uint(wp))
		term.Quo(t, d.SetUint64(n))
		sum.Add(sum, term)
	}
	for range s {
		if err := a.spend(cost); err != nil {
			return nil, 0, err
		}
		t.Mul(sum, sum)
		sum.Rsh(t, uint(wp))
	}
	return sum, (3*n + 6) << (s + 2), nil
}

// sinFixed returns sin(x) for |x| < 1: the series of x/3^j, tripled j times by
// sin(3x) = 3*sin(x) - 4*sin(x)^3.
func (a *Arith) sinFixed(x *big.Int, wp int) (*big.Int, uint64, error) {
	j := min(int(math.Sqrt(float64(wp)))/4, 20)
	pow := uint64(1)
	for range j {
		pow *= 3
	}
	t, d := new(big.Int), new(big.Int)
	y := new(big.Int).Quo(x, d.SetUint64(pow))
	sq := new(big.Int).Mul(y, y)
	sq.Rsh(sq, uint(wp))
	sum, term := new(big.Int).Set(y), new(big.Int).Set(y)
	cost := mulCost(wp, wp)
	n := uint64(2)
	for ; term.Sign() != 0; n += 2 {
		if err := a.spend(cost); err != nil {
			return nil, 0, err
		}
		t.Mul(term, sq).Rsh(t, uint(wp))
		term.Quo(t, d.SetUint64(n*(n+1)))
		term.Neg(term)
		sum.Add(sum, term)
	}
	for range j {
		if err := a.spend(2 * cost); err != nil {
			return nil, 0, err
		}
		t.Mul(sum, sum).Rsh(t, uint(wp))
		t.Mul(t, sum).Rsh(t, uint(wp)-2)
		sum.Mul(sum, three).Sub(sum, t)
	}
	return sum, pow * (3*n + 12), nil
}

var three = big.NewInt(3)

// cosFixed returns the cosine of a number between -pi/4 and pi/4 from its sine.
func cosFixed(sin *big.Int, wp int) *big.Int {
	t := new(big.Int).Mul(sin, sin)
	return isqrt(t.Sub(new(big.Int).Lsh(one, uint(2*wp)), t))
}

// atanSeries returns atan(z), or atanh(z) if hyperbolic, of a small z.
func (a *Arith) atanSeries(z *big.Int, wp int, hyperbolic bool) (*big.Int, uint64, error) {
	sq := new(big.Int).Mul(z, z)
	sq.Rsh(sq, uint(wp))
	pow := new(big.Int).Abs(z)
	sum := new(big.Int).Set(pow)
	t, d := new(big.Int), new(big.Int)
	cost := mulCost(wp, wp)
	n := uint64(3)
	for ; ; n += 2 {
		if err := a.spend(cost); err != nil {
			return nil, 0, err
		}
		t.Mul(pow, sq)
		pow.Rsh(t, uint(wp))
		if pow.Sign() == 0 {
			if z.Sign() < 0 {
				sum.Neg(sum)
			}
			return sum, 2*n + 8, nil
		}
		t.Quo(pow, d.SetUint64(n))
		if !hyperbolic && n&2 != 0 {
			sum.Sub(sum, t)
		} else {
			sum.Add(sum, t)
		}
	}
}

// fixed returns x*2^wp rounded down, without the radius of x.
func (x ball) fixed(wp int) *big.Int {
	if s := x.e + wp; s >= 0 {
		return new(big.Int).Lsh(x.m, uint(s))
	}
	return new(big.Int).Rsh(x.m, uint(-x.e-wp))
}

// expBall returns e^x.
func (a *Arith) expBall(x ball, p int) (ball, error) {
	top := x.top()
	if _, ok := x.sign(); ok && top > 40 {
		return ball{}, a.outOfRange(x.float() * math.Log10E)
	}
	if top > 40 || !x.r.below(-1) {
		return ball{}, errImprecise
	}
	s := 2 + int(math.Sqrt(float64(p))*0.8)
	wp := p + s + 20 + max(top, 0)
	t := x.fixed(wp)
	k := 0
	if top > -1 {
		ln2, err := a.ln2Bits(wp)
		if err != nil {
			return ball{}, err
		}
		q, r := new(big.Int).DivMod(t, ln2, new(big.Int))
		k, t = int(q.Int64()), r
	}
	v, ulps, err := a.expFixed(t, wp, s)
	if err != nil {
		return ball{}, err
	}
	ulps += 8 * (uint64(max(k, -k)) + 2)
	z := ball{v, k - wp, magOf(ulps, k-wp)}
	if x.r.m != 0 {
		z.r = z.r.add(magOfInt(v, k-wp).add(z.r).mul(x.r.add(x.r.mul(x.r))))
	}
	return z.round(p), nil
}

// logBall returns the natural logarithm of a positive x. From an
// approximation y0 it finds log(x) = y0 + log(x*e^-y0), where the second
// logarithm is that of a number next to 1; the error of y0 does not matter.
func (a *Arith) logBall(x ball, p int) (ball, error) {
	low, le := x.lowerMag()
	if x.m.Sign() <= 0 || low.Sign() <= 0 {
		return ball{}, errImprecise
	}
	n := x.m.BitLen()
	// x = f*2^k, f between 0.7 and 1.5
	if n == 1 || x.m.Bit(n-2) == 0 {
		n--
	}
	k := n + x.e
	extra := 0
	if k == 0 {
		d := new(big.Int).Lsh(one, uint(n))
		if d.Sub(x.m, d).Sign() == 0 {
			return ball{d, 0, x.r.quo(low, le)}, nil
		}
		extra = n - d.BitLen()
	}
	wp := p + 24 + int(math.Sqrt(float64(p))) + extra + bits.Len(uint(max(k, -k)))
	f := ball{m: x.m, e: -n}.fixed(wp)
	y := new(big.Int)
	g, ulps := f, uint64(1)
	if extra < 30 {
		lead := float64(new(big.Int).Rsh(f, uint(wp-60)).Int64()) / (1 << 60)
		y.SetInt64(int64(math.Log(lead) * (1 << 60)))
		y.Lsh(y, uint(wp-60))
		e, u, err := a.expFixed(new(big.Int).Neg(y), wp, 2+int(math.Sqrt(float64(p))*0.8))
		if err != nil {
			return ball{}, err
		}
		g, ulps = e.Mul(e, f).Rsh(e, uint(wp)), 2*u+3
	}
	unit := new(big.Int).Lsh(one, uint(wp))
	num := new(big.Int).Sub(g, unit)
	num.Lsh(num, uint(wp)).Quo(num, unit.Add(unit, g))
	l, u, err := a.atanSeries(num, wp, true)
	if err != nil {
		return ball{}, err
	}
	z := y.Add(y, l.Lsh(l, 1))
	ulps = 2*ulps + 2*u
	if k != 0 {
		ln2, err := a.ln2Bits(wp)
		if err != nil {
			return ball{}, err
		}
		z.Add(z, new(big.Int).Mul(ln2, big.NewInt(int64(k))))
		ulps += 2 * uint64(max(k, -k))
	}
	return ball{z, -wp, magOf(ulps, -wp).add(x.r.quo(low, le))}.round(p), nil
}

// trigBall returns the sine, cosine or tangent of x.
func (a *Arith) trigBall(op opcode, x ball, p int) (ball, error) {
	top := x.top()
	if op != opCos && -2*top > p+4 {
		// sin(x) and tan(x) differ from x by less than |x|^3.
		c := magOfInt(x.m, x.e).add(x.r)
		return ball{x.m, x.e, x.r.add(c.mul(c).mul(c))}, nil
	}
	wp := p + 24 + int(math.Sqrt(float64(p))) + max(0, top)
	if op != opCos {
		wp += max(0, -top)
	}
	t := x.fixed(wp)
	quadrant, ulps := uint64(0), uint64(1)
	if top > -1 {
		half, err := a.piBits(wp - 1)
		if err != nil {
			return ball{}, err
		}
		if err := a.spend(divCost(t.BitLen(), wp)); err != nil {
			return ball{}, err
		}
		k := roundQuo(t, half, HalfEven)
		t.Sub(t, half.Mul(half, k))
		quadrant = new(big.Int).And(k, three).Uint64()
	}
	s, u, err := a.sinFixed(t, wp)
	if err != nil {
		return ball{}, err
	}
	ulps += u + 2
	// The error of pi was multiplied by the quotient, less than 2^top.
	r := magOf(ulps, -wp).add(magOf(2, max(0, top)-wp))
	sin := ball{s, -wp, r.add(x.r)}
	if op == opSin && quadrant&1 == 0 || op == opCos && quadrant&1 == 1 {
		return signed(sin, op == opSin && quadrant == 2 || op == opCos && quadrant == 1).round(p), nil
	}
	// |cos(t+d) - cos(t)| <= |d|*(|sin(t)| + |d|)
	cos := ball{cosFixed(s, wp), -wp, r.add(r).add(x.r.mul(magOfInt(s, -wp).add(sin.r)))}
	if op != opTan {
		return signed(cos, op == opSin && quadrant == 3 || op == opCos && quadrant == 2).round(p), nil
	}
	if quadrant&1 == 0 {
		return sin.quo(cos, p)
	}
	return cos.neg().quo(sin, p)
}

func signed(x ball, negative bool) ball {
	if negative {
		return x.neg()
	}
	return x
}

// atanBall returns the arc tangent of x: from an approximation y0 it finds
// atan(x) = y0 + atan((x*cos(y0) - sin(y0)) / (cos(y0) + x*sin(y0))).
func (a *Arith) atanBall(x ball, p int) (ball, error) {
	top := x.top()
	if -2*top > p+4 {
		c := magOfInt(x.m, x.e).add(x.r)
		return ball{x.m, x.e, x.r.add(c.mul(c).mul(c))}, nil
	}
	if x.m.BitLen()+x.e > 1 {
		// atan(x) = ±pi/2 - atan(1/x)
		s, ok := x.sign()
		if !ok {
			return ball{}, errImprecise
		}
		r, err := exactBall(one).quo(x, p+4)
		if err != nil {
			return ball{}, err
		}
		z, err := a.atanBall(r, p+4)
		if err != nil {
			return ball{}, err
		}
		half, err := a.piBits(p + 4)
		if err != nil {
			return ball{}, err
		}
		return signed(ball{half, -p - 5, magOf(2, -p-5)}, s < 0).add(z.neg(), p), nil
	}
	wp := p + 28 + int(math.Sqrt(float64(p))) + max(0, -top)
	f := x.fixed(wp)
	lead := float64(new(big.Int).Rsh(f, uint(wp-60)).Int64()) / (1 << 60)
	y := new(big.Int).SetInt64(int64(math.Atan(lead) * (1 << 60)))
	y.Lsh(y, uint(wp-60))
	s, u, err := a.sinFixed(y, wp)
	if err != nil {
		return ball{}, err
	}
	c := cosFixed(s, wp)
	num := new(big.Int).Mul(f, c)
	num.Sub(num, new(big.Int).Lsh(s, uint(wp)))
	den := new(big.Int).Mul(f, s)
	den.Rsh(den, uint(wp)).Add(den, c)
	l, v, err := a.atanSeries(num.Quo(num, den), wp, false)
	if err != nil {
		return ball{}, err
	}
	z := ball{y.Add(y, l), -wp, magOf(8*u+v+20, -wp).add(x.r)}
	return z.round(p), nil
}
