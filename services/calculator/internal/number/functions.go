package number

import (
	"math"
)

// E returns the base of the natural logarithm.
func (a *Arith) E() Number { return wrap(Int(1), newNode(opExp, Int(1), Number{})) }

// Pi returns the ratio of a circle's circumference to its diameter.
func (a *Arith) Pi() Number { return a.piTimes(Int(1)) }

// piTimes returns q*pi.
func (a *Arith) piTimes(q Number) Number { return wrap(q, newNode(opPi, Number{}, Number{})) }

// Exp returns e to the power x.
func (a *Arith) Exp(x Number) (Number, error) {
	if x.IsZero() {
		return Int(1), nil
	}
	if z, ok, err := a.expLog(x); ok || err != nil {
		return z, err
	}
	b, err := a.enclose(x, 64)
	if err != nil {
		return Number{}, err
	}
	if t := b.top(); t > 40 {
		return Number{}, a.outOfRange(b.float() * math.Log10E)
	}
	z, err := a.opaque(opExp, x, Number{})
	if err == nil && math.Ldexp(math.Log10E, b.top()) > float64(a.lim.Exponent) {
		err = a.checkMagnitude(z)
	}
	return z, err
}

// expLog returns e^x if x has terms that are multiples of logarithms: these
// become powers.
func (a *Arith) expLog(x Number) (Number, bool, error) {
	c, terms := x.terms()
	product, rest := Int(1), make([]term, 0, len(terms))
	for _, t := range terms {
		if t.b.op != opLog {
			rest = append(rest, t)
			continue
		}
		f, err := a.Pow(t.b.x, t.q)
		if err != nil {
			return Number{}, false, err
		}
		if product, err = a.Mul(product, f); err != nil {
			return Number{}, false, err
		}
	}
	if len(rest) == len(terms) {
		return Number{}, false, nil
	}
	z, err := a.Exp(sum(c, rest))
	if err != nil {
		return Number{}, false, err
	}
	z, err = a.Mul(product, z)
	return z, true, err
}

// Log returns the natural logarithm of x > 0.
func (a *Arith) Log(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil {
		return Number{}, err
	}
	if s <= 0 {
		if s == 0 {
			return Number{}, &Error{Kind: Domain, Message: "the logarithm of 0 is not defined"}
		}
		return Number{}, notReal("the logarithm of the negative number " + brief(x))
	}
	if x.IsExact() {
		return a.logExact(x)
	}
	p := asPower(x)
	q, err := a.Sign(p.q)
	if err != nil {
		return Number{}, err
	}
	if q < 0 || !p.natural && same(p.y, Int(1)) {
		return a.opaque(opLog, x, Number{})
	}
	// log(q * base^y) = log(q) + y*log(base)
	l := p.y
	if !p.natural {
		if s, err := a.Sign(p.base); err != nil || s < 0 {
			if err != nil {
				return Number{}, err
			}
			return a.opaque(opLog, x, Number{})
		}
		if l, err = a.Log(p.base); err != nil {
			return Number{}, err
		}
		if l, err = a.Mul(l, p.y); err != nil {
			return Number{}, err
		}
	}
	lq, err := a.Log(p.q)
	if err != nil {
		return Number{}, err
	}
	return a.Add(l, lq)
}

// logExact returns the logarithm of an exact x > 0 as a multiple of the
// logarithm of a number above 1 that is no power.
func (a *Arith) logExact(x Number) (Number, error) {
	if same(x, Int(1)) {
		return Number{}, nil
	}
	sign := int64(1)
	if n, d, _ := x.Fraction(); n.int().Cmp(d.int()) < 0 {
		inverse, err := a.inv(x)
		if err != nil {
			return Number{}, err
		}
		x, sign = inverse, -1
	}
	r, k, err := a.rationalPower(x)
	if err != nil {
		return Number{}, err
	}
	z, err := a.opaque(opLog, r, Number{})
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, Int(sign*k))
}

// Log2 returns the logarithm of x > 0 to the base 2.
func (a *Arith) Log2(x Number) (Number, error) { return a.LogBase(x, Int(2)) }

// Log10 returns the logarithm of x > 0 to the base 10.
func (a *Arith) Log10(x Number) (Number, error) { return a.LogBase(x, Int(10)) }

// LogBase returns the logarithm of x > 0 to a base that is positive and not 1.
func (a *Arith) LogBase(x, base Number) (Number, error) {
	s, err := a.Sign(base)
	if err != nil {
		return Number{}, err
	}
	if s <= 0 || same(base, Int(1)) {
		return Number{}, &Error{Kind: Domain, Message: "the base of a logarithm is positive and not 1, but here it is " + brief(base)}
	}
	l, err := a.Log(x)
	if err != nil {
		return Number{}, err
	}
	d, err := a.Log(base)
	if err != nil {
		return Number{}, err
	}
	return a.Quo(l, d)
}

// float returns an approximation of the middle of x.
func (x ball) float() float64 {
	n := x.m.BitLen()
	f := toFloat(ownInt(x.fixed(60 - x.e - n)))
	return math.Ldexp(f, x.e+n-60)
}
