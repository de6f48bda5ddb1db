package number

import (
	"math"
	"math/big"
)

// evaluateGamma returns gamma, its logarithm or its logarithmic derivative at
// the operand of n.
func (a *Arith) evaluateGamma(n *node, p int) (ball, error) {
	x, err := a.enclose(n.x, minBits)
	if err != nil {
		return ball{}, err
	}
	// An absolute error d of a large x is one of d*log(x) in log(gamma(x)).
	wp := p + 24 + bitsOf(p)
	if t := x.top(); n.op == opGamma && t > 0 {
		wp += t + bitsOf(t) + 1
	}
	if n.op == opLogGamma {
		z, ok, extra, err := a.logGammaNear(n.x, p)
		if ok || err != nil {
			return z, err
		}
		wp += extra
	}
	if x, err = a.enclose(n.x, wp); err != nil {
		return ball{}, err
	}
	g := gammaArgument{x: x, exact: n.x, op: n.op}
	// The farther from 0, the fewer terms Stirling's series takes; the way back
	// is short if x is a short fraction.
	shift := float64(wp)/4 + 2
	if _, _, short := g.smallFraction(); wp > 1000 && short {
		shift *= 4
	} else if wp > 1000 {
		shift *= 2
	}
	value := a.gammaShifted
	if f := x.float(); f <= -shift {
		value = a.gammaReflected
	} else if f < shift {
		g.shift = int64(math.Ceil(shift - f))
	}
	z, err := value(g, wp)
	if err != nil {
		return ball{}, err
	}
	return z.round(p), nil
}

func bitsOf(n int) int { return int(math.Log2(float64(n))) + 1 }

// gammaArgument is where one of the gamma functions is evaluated: by its value
// at x + shift.
type gammaArgument struct {
	x     ball
	exact Number // x as the operand of a node
	op    opcode
	shift int64
}

// logGammaNear returns log(gamma(x)) next to its zeros 1 and 2, where it is
// about -euler*(x-1) and (1-euler)*(x-2). Farther away it returns how many bits
// are lost there.
func (a *Arith) logGammaNear(n Number, p int) (z ball, ok bool, lost int, err error) {
	for zero := int64(1); zero <= 2; zero++ {
		// An exact x may be as near as its digits say.
		d, err := a.Sub(n, Int(zero))
		if err != nil {
			return ball{}, false, 0, err
		}
		x, err := a.enclose(d, p+8)
		if err != nil {
			return ball{}, false, 0, err
		}
		near := -x.top()
		if near <= 2 {
			continue
		}
		if near <= p+4 {
			return ball{}, false, near + 2, nil
		}
		v, err := a.eulerBits(p + 8)
		if err != nil {
			return ball{}, false, 0, err
		}
		c := ball{v, -p - 8, magOf(2, -p-8)}.neg()
		if zero == 2 {
			c = c.add(exactBall(one), p+8)
		}
		// The next term is below zeta(2)/2 * x^2.
		return c.mul(x, p).widen(x.mag().mul(x.mag())), true, 0, nil
	}
	return ball{}, false, 0, nil
}

// gammaShifted evaluates at x + shift, which is large enough for Stirling's
// series, and goes back to x.
func (a *Arith) gammaShifted(g gammaArgument, wp int) (ball, error) {
	z := g.x.add(exactBall(big.NewInt(g.shift)), wp)
	series, err := a.stirlingSeries(z, wp, g.op == opDigamma)
	if err != nil {
		return ball{}, err
	}
	top := max(z.top(), 0)
	l, err := a.logBall(z, wp+top+8)
	if err != nil {
		return ball{}, err
	}
	if g.op == opDigamma {
		return a.digammaShifted(g, z, l, series, wp)
	}
	// gamma(z) = sqrt(2*pi/z) * exp(z*(log(z)-1) + series)
	q := wp + top + bitsOf(top+1)
	s := l.add(exactBall(big.NewInt(-1)), q).mul(z, q).add(series, q)
	v, err := a.piBits(wp + 4)
	if err != nil {
		return ball{}, err
	}
	r, err := ball{v, -wp - 3, magOf(2, -wp-3)}.quo(z, wp)
	if err != nil {
		return ball{}, err
	}
	if r, err = r.sqrt(wp); err != nil {
		return ball{}, err
	}
	if r, err = a.overRising(r, g, wp); err != nil {
		return ball{}, err
	}
	if g.op == opGamma {
		e, err := a.expBall(s, wp)
		if err != nil {
			return ball{}, err
		}
		return e.mul(r, wp), nil
	}
	if r.m.Sign() < 0 {
		r = r.neg()
	}
	if l, err = a.logBall(r, wp); err != nil {
		return ball{}, err
	}
	return s.add(l, wp), nil
}

// digammaShifted returns log(z) - 1/(2z) - series - 1/x - 1/(x+1) - ... -
// 1/(z-1).
func (a *Arith) digammaShifted(g gammaArgument, z, l, series ball, wp int) (ball, error) {
	half, err := exactBall(one).quo(z, wp)
	if err != nil {
		return ball{}, err
	}
	half.e--
	half.r.e--
	s := l.add(half.neg(), wp).add(series.neg(), wp)
	if num, den, ok := g.smallFraction(); ok {
		r, err := a.reciprocals(num, den, g.shift, wp)
		if err != nil {
			return ball{}, err
		}
		return s.add(r.neg(), wp), nil
	}
	for k := range g.shift {
		if err := a.spend(divCost(2*wp, wp)); err != nil {
			return ball{}, err
		}
		r, err := exactBall(one).quo(g.x.add(exactBall(big.NewInt(k)), wp), wp)
		if err != nil {
			return ball{}, err
		}
		s = s.add(r.neg(), wp)
	}
	return s, nil
}

// reciprocals returns the sum of den/(num + k*den) over k < count.
func (a *Arith) reciprocals(num, den, count int64, wp int) (ball, error) {
	unit := new(big.Int).Lsh(big.NewInt(den), uint(wp))
	sum, t, d := new(big.Int), new(big.Int), new(big.Int)
	for range count {
		if err := a.spend(divCost(wp, 64)); err != nil {
			return ball{}, err
		}
		sum.Add(sum, t.Quo(unit, d.SetInt64(num)))
		num += den
	}
	return ball{sum, -wp, magOf(uint64(count), -wp)}, nil
}

// smallFraction returns x as a fraction that leaves room for num + shift*den.
func (g gammaArgument) smallFraction() (num, den int64, ok bool) {
	num, den, ok = g.exact.small()
	const small = 1 << 46
	return num, den, ok && abs64(num) < small && den < small && g.shift < 1<<15
}

// overRising returns r / (x*(x+1)*...*(x+shift-1)).
func (a *Arith) overRising(r ball, g gammaArgument, wp int) (ball, error) {
	if g.shift == 0 {
		return r, nil
	}
	if n, d, ok := g.smallFraction(); ok {
		// The product of n, n+d, n+2d, ... and a power of d.
		prod, err := a.risingProduct(n, d, g.shift)
		if err != nil {
			return ball{}, err
		}
		pow, err := a.powUint(big.NewInt(d), uint64(g.shift))
		if err != nil {
			return ball{}, err
		}
		if err := a.spend(mulCost(wp, wp) + divCost(2*wp, wp)); err != nil {
			return ball{}, err
		}
		return r.mul(exactBall(pow).round(wp+8), wp+8).quo(exactBall(prod).round(wp+8), wp)
	}
	prod := g.x
	for k := int64(1); k < g.shift; k++ {
		if err := a.spend(mulCost(wp, wp)); err != nil {
			return ball{}, err
		}
		prod = prod.mul(g.x.add(exactBall(big.NewInt(k)), wp), wp)
	}
	return r.quo(prod, wp)
}

// risingProduct returns n*(n+d)*...*(n+(count-1)*d), of factors below 2^62.
func (a *Arith) risingProduct(n, d, count int64) (*big.Int, error) {
	if count < 16 {
		z, w := big.NewInt(1), int64(1)
		for range count {
			if p, ok := mulInt64(w, n); ok {
				w = p
			} else {
				z.Mul(z, big.NewInt(w))
				w = n
			}
			n += d
		}
		return z.Mul(z, big.NewInt(w)), nil
	}
	half := count / 2
	x, err := a.risingProduct(n, d, half)
	if err != nil {
		return nil, err
	}
	y, err := a.risingProduct(n+half*d, d, count-half)
	if err != nil {
		return nil, err
	}
	if err := a.spend(mulCost(x.BitLen(), y.BitLen())); err != nil {
		return nil, err
	}
	return x.Mul(x, y), nil
}

// gammaReflected evaluates at a negative x by the value at 1-x:
// gamma(x) = pi/(sin(pi*x)*gamma(1-x)), and digamma(x) = digamma(1-x) -
// pi/tan(pi*x).
func (a *Arith) gammaReflected(g gammaArgument, wp int) (ball, error) {
	mirror := gammaArgument{x: g.x.neg().add(exactBall(one), wp+8), op: g.op}
	y, err := a.gammaShifted(mirror, wp)
	if err != nil {
		return ball{}, err
	}
	f, odd, err := a.fromInteger(g, wp)
	if err != nil {
		return ball{}, err
	}
	v, err := a.piBits(wp + 4)
	if err != nil {
		return ball{}, err
	}
	pi := ball{v, -wp - 4, magOf(2, -wp-4)}
	f = f.mul(pi, wp)
	if g.op == opDigamma {
		t, err := a.trigBall(opTan, f, wp)
		if err != nil {
			return ball{}, err
		}
		if t, err = pi.quo(t, wp); err != nil {
			return ball{}, err
		}
		return y.add(t.neg(), wp), nil
	}
	s, err := a.trigBall(opSin, f, wp)
	if err != nil {
		return ball{}, err
	}
	if s, err = pi.quo(signed(s, odd), wp); err != nil {
		return ball{}, err
	}
	if g.op == opGamma {
		return s.quo(y, wp)
	}
	if s.m.Sign() < 0 {
		s = s.neg()
	}
	l, err := a.logBall(s, wp)
	if err != nil {
		return ball{}, err
	}
	return l.add(y.neg(), wp), nil
}

// fromInteger returns the distance of x to the next integer, to its own wp bits
// if x is exact, and whether that integer is odd.
func (a *Arith) fromInteger(g gammaArgument, wp int) (ball, bool, error) {
	if g.exact.IsExact() {
		n, err := a.Round(g.exact, 0, HalfEven)
		if err != nil {
			return ball{}, false, err
		}
		d, err := a.Sub(g.exact, n)
		if err != nil {
			return ball{}, false, err
		}
		f, err := a.enclose(d, wp)
		return f, n.int().Bit(0) != 0, err
	}
	n := g.x.m
	if g.x.e < 0 {
		n = roundQuo(g.x.m, new(big.Int).Lsh(one, uint(-g.x.e)), HalfEven)
	} else {
		n = new(big.Int).Lsh(n, uint(g.x.e))
	}
	return g.x.add(exactBall(new(big.Int).Neg(n)), wp+n.BitLen()), n.Bit(0) != 0, nil
}
