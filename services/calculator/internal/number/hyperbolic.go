package number

import (
	"math"
	"math/big"
	"math/bits"
)

// Sinh returns the hyperbolic sine of x.
func (a *Arith) Sinh(x Number) (Number, error) {
	if x.IsZero() {
		return x, nil
	}
	if e, ok, err := a.expOfLogs(x); ok || err != nil {
		return a.halfSum(e, -1, err)
	}
	if leadingMinus(x) {
		z, err := a.Sinh(a.neg(x))
		return a.neg(z), err
	}
	if q, b, ok := x.single(); ok && same(q, Int(1)) {
		switch b.op {
		case opAsinh:
			return b.x, nil
		case opAcosh:
			return a.sqrtSquare(b.x, -1)
		case opAtanh:
			c, err := a.cosAsin(b.x)
			if err != nil {
				return Number{}, err
			}
			return a.Quo(b.x, c)
		}
	}
	return a.growing(opSinh, x)
}

// Cosh returns the hyperbolic cosine of x.
func (a *Arith) Cosh(x Number) (Number, error) {
	if x.IsZero() {
		return Int(1), nil
	}
	if e, ok, err := a.expOfLogs(x); ok || err != nil {
		return a.halfSum(e, 1, err)
	}
	if leadingMinus(x) {
		x = a.neg(x)
	}
	if q, b, ok := x.single(); ok && same(q, Int(1)) {
		switch b.op {
		case opAsinh:
			return a.sqrtSquare(b.x, 1)
		case opAcosh:
			return b.x, nil
		case opAtanh:
			c, err := a.cosAsin(b.x)
			if err != nil {
				return Number{}, err
			}
			return a.Quo(Int(1), c)
		}
	}
	return a.growing(opCosh, x)
}

// Tanh returns the hyperbolic tangent of x.
func (a *Arith) Tanh(x Number) (Number, error) {
	if x.IsZero() {
		return x, nil
	}
	twice, err := a.Add(x, x)
	if err != nil {
		return Number{}, err
	}
	if e, ok, err := a.expOfLogs(twice); ok || err != nil {
		return a.tanhExp(e, err)
	}
	if leadingMinus(x) {
		z, err := a.Tanh(a.neg(x))
		return a.neg(z), err
	}
	if q, b, ok := x.single(); ok && same(q, Int(1)) {
		switch b.op {
		case opAsinh:
			c, err := a.sqrtSquare(b.x, 1)
			if err != nil {
				return Number{}, err
			}
			return a.Quo(b.x, c)
		case opAcosh:
			s, err := a.sqrtSquare(b.x, -1)
			if err != nil {
				return Number{}, err
			}
			return a.Quo(s, b.x)
		case opAtanh:
			return b.x, nil
		}
	}
	return a.opaque(opTanh, x, Number{})
}

// expOfLogs returns e^x if x is a sum of multiples of logarithms and e^x is
// exact or a sum of square roots; then the hyperbolic functions of x are so too.
func (a *Arith) expOfLogs(x Number) (e Number, ok bool, err error) {
	c, t := x.terms()
	if !c.IsZero() {
		return Number{}, false, nil
	}
	for _, t := range t {
		if t.b.op != opLog {
			return Number{}, false, nil
		}
	}
	e, err = a.Exp(x)
	if limit, isErr := err.(*Error); isErr && limit.Kind == Limit {
		// A power too long to write may still be a real in range.
		return Number{}, false, nil
	}
	return e, err == nil && isSurd(e), err
}

// halfSum returns (e + sign/e) / 2, and err if that is set.
func (a *Arith) halfSum(e Number, sign int64, err error) (Number, error) {
	if err != nil {
		return Number{}, err
	}
	i, err := a.Quo(Int(sign), e)
	if err != nil {
		return Number{}, err
	}
	if e, err = a.Add(e, i); err != nil {
		return Number{}, err
	}
	return a.Mul(e, Frac(1, 2))
}

// tanhExp returns (e-1) / (e+1), the hyperbolic tangent of log(e)/2, and err if
// that is set.
func (a *Arith) tanhExp(e Number, err error) (Number, error) {
	if err != nil {
		return Number{}, err
	}
	n, err := a.Sub(e, Int(1))
	if err != nil {
		return Number{}, err
	}
	d, err := a.Add(e, Int(1))
	if err != nil {
		return Number{}, err
	}
	return a.Quo(n, d)
}

// sqrtSquare returns sqrt(x^2 + k).
func (a *Arith) sqrtSquare(x Number, k int64) (Number, error) {
	s, err := a.Mul(x, x)
	if err != nil {
		return Number{}, err
	}
	if s, err = a.Add(s, Int(k)); err != nil {
		return Number{}, err
	}
	return a.Sqrt(s)
}

// growing returns the hyperbolic sine or cosine of a number without special
// value, unless that is out of range.
func (a *Arith) growing(op opcode, x Number) (Number, error) {
	b, err := a.enclose(x, minBits)
	if err != nil {
		return Number{}, err
	}
	if t := b.top(); t > 40 {
		return Number{}, a.outOfRange(math.Abs(b.float()) * math.Log10E)
	}
	z, err := a.opaque(op, x, Number{})
	if err == nil && math.Ldexp(math.Log10E, b.top()) > float64(a.lim.Exponent) {
		err = a.checkMagnitude(z)
	}
	return z, err
}

// nearPoint is how near to 0 an argument is, or to 1 that of acosh, when the
// logarithm that is the function has to be evaluated with many more digits
// than the result needs.
var nearPoint = Frac(1, 1024)

// logOf returns k*log(x) and true if x is exact or a sum of square roots.
func (a *Arith) logOf(x, k Number, err error) (Number, bool, error) {
	if err != nil || !isSurd(x) {
		return Number{}, false, err
	}
	l, err := a.Log(x)
	if err != nil {
		return Number{}, false, err
	}
	l, err = a.Mul(l, k)
	return l, true, err
}

// Asinh returns the inverse hyperbolic sine of x.
func (a *Arith) Asinh(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil || s == 0 {
		return Number{}, err
	}
	if s < 0 {
		z, err := a.Asinh(a.neg(x))
		return a.neg(z), err
	}
	if isSurd(x) {
		if c, err := a.Cmp(x, nearPoint); err != nil {
			return Number{}, err
		} else if c > 0 {
			// asinh(x) = log(x + sqrt(x^2+1))
			e, err := a.sqrtSquare(x, 1)
			if err == nil {
				e, err = a.Add(x, e)
			}
			if z, ok, err := a.logOf(e, Int(1), err); ok || err != nil {
				return z, err
			}
		}
	}
	return a.opaque(opAsinh, x, Number{})
}

// Acosh returns the inverse hyperbolic cosine of x >= 1, which is not negative.
func (a *Arith) Acosh(x Number) (Number, error) {
	d, err := a.Sub(x, Int(1))
	if err != nil {
		return Number{}, err
	}
	s, err := a.Sign(d)
	if err != nil || s == 0 {
		return Number{}, err
	}
	if s < 0 {
		return Number{}, &Error{Kind: Domain,
			Message: "the inverse hyperbolic cosine is real from 1 on, not at " + brief(x),
			Hint:    "below 1 it is complex; cosh(x) is never below 1"}
	}
	if isSurd(x) {
		if c, err := a.Cmp(d, nearPoint); err != nil {
			return Number{}, err
		} else if c > 0 {
			// acosh(x) = log(x + sqrt(x^2-1))
			e, err := a.sqrtSquare(x, -1)
			if err == nil {
				e, err = a.Add(x, e)
			}
			if z, ok, err := a.logOf(e, Int(1), err); ok || err != nil {
				return z, err
			}
		}
	}
	// acosh(x) = 2*asinh(sqrt((x-1)/2))
	if d, err = a.Mul(d, Frac(1, 2)); err != nil {
		return Number{}, err
	}
	if d, err = a.Sqrt(d); err != nil {
		return Number{}, err
	}
	return a.opaque(opAcosh, x, wrap(Int(2), newNode(opAsinh, d, Number{})))
}

// Atanh returns the inverse hyperbolic tangent of x between -1 and 1; the
// poles at the ends are DivisionByZero errors.
func (a *Arith) Atanh(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil || s == 0 {
		return Number{}, err
	}
	if s < 0 {
		z, err := a.Atanh(a.neg(x))
		return a.neg(z), err
	}
	d, err := a.Sub(Int(1), x)
	if err != nil {
		return Number{}, err
	}
	switch s, err := a.Sign(d); {
	case err != nil:
		return Number{}, err
	case s == 0:
		return Number{}, &Error{Kind: DivisionByZero, Message: "the inverse hyperbolic tangent has poles at -1 and 1"}
	case s < 0:
		return Number{}, &Error{Kind: Domain,
			Message: "the inverse hyperbolic tangent is real between -1 and 1, not at " + brief(x),
			Hint:    "outside it is complex; 1/2*log((x+1)/(x-1)) is the inverse of coth"}
	}
	if c, err := a.Cmp(x, nearPoint); err != nil || c <= 0 {
		if err != nil {
			return Number{}, err
		}
		return a.opaque(opAtanh, x, Number{})
	}
	// atanh(x) = log((1+x)/(1-x))/2
	e, err := a.Add(Int(1), x)
	if err == nil {
		e, err = a.Quo(e, d)
	}
	if err != nil {
		return Number{}, err
	}
	if n, d := e.bitLens(); !e.IsExact() || n+d <= shortLog {
		if z, ok, err := a.logOf(e, Frac(1, 2), nil); ok || err != nil {
			return z, err
		}
	}
	y := Number{}
	if c, err := a.Cmp(x, Frac(3, 4)); err != nil {
		return Number{}, err
	} else if c > 0 {
		y = wrap(Frac(1, 2), newNode(opLog, e, Number{}))
	}
	return a.opaque(opAtanh, x, y)
}

// shortLog bounds the fractions whose logarithm is worth a closed form.
const shortLog = 128

// shift returns x*2^k.
func (x ball) shift(k int) ball { return ball{x.m, x.e + k, mag{x.r.m, x.r.e + k}} }

// cubic returns x as the value of a function that differs from it by at most
// |x|^3, if that is enough for p bits.
func (x ball) cubic(p int) (ball, bool) {
	if -2*x.top() <= p+4 {
		return ball{}, false
	}
	c := magOfInt(x.m, x.e).add(x.r)
	return ball{x.m, x.e, x.r.add(c.mul(c).mul(c))}, true
}

// hyperbolicBall returns the hyperbolic sine, cosine or tangent of x.
func (a *Arith) hyperbolicBall(op opcode, x ball, p int) (ball, error) {
	if op != opCosh {
		if z, ok := x.cubic(p); ok {
			return z, nil
		}
	}
	s, known := x.sign()
	if op == opTanh {
		low, le := x.lowerMag()
		if known && low.Sign() > 0 && low.BitLen()-1+le >= bits.Len(uint(p)) {
			// 1 - tanh|x| < 2*e^(-2|x|), and |x| > p.
			return signed(ball{new(big.Int).Lsh(one, uint(p)), -p, magOf(1, -p)}, s < 0), nil
		}
		if x = x.shift(1); x.top() > 40 {
			return ball{}, errImprecise
		}
	}
	// For a small x the difference below loses as many bits as x is short of 1.
	wp := p + 8 + max(0, -x.top())
	e, err := a.expBall(x, wp)
	if err != nil {
		return ball{}, err
	}
	if op == opTanh {
		d := e.add(exactBall(one), wp)
		if !known || s < 0 || x.top() < 1 {
			return e.add(exactBall(big.NewInt(-1)), wp).quo(d, p)
		}
		// 1 - 2/(e^2x+1): the error of a great e counts for nothing.
		q, err := exactBall(big.NewInt(-2)).quo(d, wp)
		if err != nil {
			return ball{}, err
		}
		return q.add(exactBall(one), p), nil
	}
	i, err := exactBall(one).quo(e, wp)
	if err != nil {
		return ball{}, err
	}
	if op == opSinh {
		i = i.neg()
	}
	return e.add(i, wp).shift(-1).round(p), nil
}

// asinhBall returns log(x + sqrt(x^2+1)).
func (a *Arith) asinhBall(x ball, p int) (ball, error) {
	if z, ok := x.cubic(p); ok {
		return z, nil
	}
	s, ok := x.sign()
	if !ok {
		return ball{}, errImprecise
	}
	x = signed(x, s < 0)
	wp := p + 8 + max(0, -x.top())
	r, err := x.mul(x, wp).add(exactBall(one), wp).sqrt(wp)
	if err != nil {
		return ball{}, err
	}
	z, err := a.logBall(r.add(x, wp), wp)
	return signed(z, s < 0).round(p), err
}

// atanhBall returns log((1+x)/(1-x))/2 for |x| < 1.
func (a *Arith) atanhBall(x ball, p int) (ball, error) {
	if z, ok := x.cubic(p); ok {
		return z, nil
	}
	wp := p + 8 + max(0, -x.top())
	q, err := x.add(exactBall(one), wp).quo(x.neg().add(exactBall(one), wp), wp)
	if err != nil {
		return ball{}, err
	}
	z, err := a.logBall(q, wp)
	if err != nil {
		return ball{}, err
	}
	return z.shift(-1).round(p), nil
}
