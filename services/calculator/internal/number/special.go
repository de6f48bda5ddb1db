package number

import (
	"math"
	"math/big"
)

// The operations of the special functions; as a group they are evaluated by
// evaluateSpecial.
const (
	opEuler    opcode = 64 + iota // the Euler-Mascheroni constant
	opExpm1                       // e^x - 1; x is near 0, or so far below that e^x is out of range
	opLog1p                       // log(1 + x); x is near 0
	opGamma                       // gamma(x)
	opLogGamma                    // log|gamma(x)|
	opDigamma                     // gamma'(x)/gamma(x)
	opErf                         // erf(x); x is between 0 and about 1
	opErfc                        // 1 - erf(x); x is at least about 1
)

// evaluateSpecial applies the operation of n to an enclosure of its operand.
func (a *Arith) evaluateSpecial(n *node, p int) (ball, error) {
	switch n.op {
	case opEuler:
		v, err := a.eulerBits(p + 2)
		return ball{v, -p - 2, magOf(2, -p-2)}, err
	case opGamma, opLogGamma, opDigamma:
		return a.evaluateGamma(n, p)
	}
	x, err := a.enclose(n.x, p)
	if err != nil {
		return ball{}, err
	}
	if n.op == opErfc {
		if z, ok := a.erfcBound(x); ok {
			return z, nil
		}
	}
	// A relative error of the argument is one of e^-x^2, times x^2.
	if t := x.top(); n.op == opErfc && t > 0 {
		if x, err = a.enclose(n.x, p+2*t+4); err != nil {
			return ball{}, err
		}
	}
	switch n.op {
	case opExpm1:
		return a.expm1Ball(x, p)
	case opLog1p:
		return a.log1pBall(x, p)
	case opErf:
		return a.erfBall(x, p)
	}
	return a.erfcBall(x, p)
}

// tiny reports whether |x| < 2^-64, where 1 + x would lose digits of x.
func (a *Arith) tiny(x Number) (bool, error) {
	b, err := a.enclose(x, minBits)
	return b.m != nil && b.top() <= -64, err
}

// Expm1 returns e^x - 1.
func (a *Arith) Expm1(x Number) (Number, error) {
	if x.IsZero() {
		return x, nil
	}
	b, err := a.enclose(x, minBits)
	if err != nil {
		return Number{}, err
	}
	s, ok := b.sign()
	if b.top() <= -64 || ok && s < 0 && b.float() < -math.Ln10*float64(a.lim.Exponent) {
		return a.opaque(opExpm1, x, Number{})
	}
	z, err := a.Exp(x)
	if err != nil {
		return Number{}, err
	}
	return a.Sub(z, Int(1))
}

// Log1p returns the natural logarithm of 1 + x.
func (a *Arith) Log1p(x Number) (Number, error) {
	if x.IsZero() {
		return x, nil
	}
	if tiny, err := a.tiny(x); err != nil || tiny {
		if err != nil {
			return Number{}, err
		}
		return a.opaque(opLog1p, x, Number{})
	}
	y, err := a.Add(x, Int(1))
	if err != nil {
		return Number{}, err
	}
	return a.Log(y)
}

// above returns the greatest t known with 2^t <= |x|, and false if x may be 0.
func (x ball) above() (t int, ok bool) {
	d, e := x.lowerMag()
	return d.BitLen() - 1 + e, d.Sign() > 0
}

// center returns the middle of x as an exact ball.
func (x ball) center() ball { return ball{m: x.m, e: x.e} }

// widen returns x with its radius enlarged by r.
func (x ball) widen(r mag) ball { return ball{x.m, x.e, x.r.add(r)} }

// mag returns a bound of the magnitude of the numbers of x.
func (x ball) mag() mag { return magOfInt(x.m, x.e).add(x.r) }

// nearLinear returns x as the value of a function f with |f(x) - x| <= x^2, if
// that is precise enough.
func (x ball) nearLinear(p int) (ball, bool) {
	if -x.top() <= p+4 {
		return ball{}, false
	}
	return x.widen(x.mag().mul(x.mag())), true
}

// expm1Ball returns e^x - 1.
func (a *Arith) expm1Ball(x ball, p int) (ball, error) {
	if z, ok := x.nearLinear(p); ok {
		return z, nil
	}
	// e^-t < 2^-t
	if t, ok := x.above(); ok && x.m.Sign() < 0 && t > 20 && p < 1<<20-8 {
		return ball{big.NewInt(-1), 0, magOf(1, -p-8)}, nil
	}
	q := p + max(0, -x.top()) + 8
	z, err := a.expBall(x, q)
	if err != nil {
		return ball{}, err
	}
	return z.add(exactBall(big.NewInt(-1)), q), nil
}

// log1pBall returns log(1+x) = 2*atanh(x/(2+x)) of a small x.
func (a *Arith) log1pBall(x ball, p int) (ball, error) {
	if z, ok := x.nearLinear(p); ok {
		return z, nil
	}
	if x.top() > -8 {
		return ball{}, errImprecise
	}
	wp := p - x.top() + 24
	t := x.fixed(wp)
	d := new(big.Int).Lsh(one, uint(wp+1))
	d.Add(d, t)
	if err := a.spend(divCost(2*wp, wp)); err != nil {
		return ball{}, err
	}
	t.Lsh(t, uint(wp)).Quo(t, d)
	l, u, err := a.atanSeries(t, wp, true)
	if err != nil {
		return ball{}, err
	}
	return ball{l.Lsh(l, 1), -wp, magOf(2*u+8, -wp).add(x.r).add(x.r)}.round(p), nil
}
