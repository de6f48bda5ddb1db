package number

import (
	"math"
	"math/big"
)

// Pow returns x to the power y; 0^0 is 1. A power of a negative number with an
// exponent that is no integer is a Domain error.
func (a *Arith) Pow(x, y Number) (Number, error) {
	switch {
	case y.IsZero() || same(x, Int(1)):
		return Int(1), nil
	case same(y, Int(1)):
		return x, nil
	case x.IsZero():
		s, err := a.Sign(y)
		if err != nil || s > 0 {
			return x, err
		}
		return Number{}, &Error{Kind: DivisionByZero, Message: "division by zero: 0 to the negative power " + brief(y)}
	case y.IsInt():
		if x.IsExact() {
			return a.powInt(x, y)
		}
		return a.powRealInt(x, y)
	}
	s, err := a.Sign(x)
	if err != nil {
		return Number{}, err
	}
	if s < 0 {
		e := notReal("the power " + brief(y) + " of the negative number " + brief(x))
		if same(y, Frac(1, 3)) {
			e.Hint = "the real cube root is cbrt(" + brief(x) + ")"
		}
		return Number{}, e
	}
	switch {
	case !y.IsExact():
		l, err := a.Log(x)
		if err != nil {
			return Number{}, err
		}
		if l, err = a.Mul(y, l); err != nil {
			return Number{}, err
		}
		return a.Exp(l)
	case x.IsExact():
		return a.powFrac(x, y)
	}
	return a.powRealFrac(x, y)
}

// powInt returns x^y of an exact x, not 0 or 1, and an integer y, not 0.
func (a *Arith) powInt(x, y Number) (Number, error) {
	if x.ref == nil && x.i == -1 {
		if y.int().Bit(0) != 0 {
			return x, nil
		}
		return Int(1), nil
	}
	name := closed(x) + "^" + closed(y)
	if y.int().Sign() < 0 {
		inverse, err := a.inv(x)
		if err != nil {
			return Number{}, err
		}
		if !inverse.IsExact() {
			return a.opaque(opPow, x, y)
		}
		x, y = inverse, a.neg(y)
		if same(x, Int(-1)) {
			return a.powInt(x, y)
		}
	}
	num, den, _ := x.Fraction()
	count := toFloat(y)
	ln, ld := log2(num), log2(den)
	if x.IsInt() {
		if bits := count * ln; bits > float64(a.lim.IntegerBits) {
			e := a.tooLong(name, bits*math.Log10(2))
			if math.IsInf(bits, 1) {
				e = a.immense(name, log2(y)*math.Log10(2)+math.Log10(ln*math.Log10(2)))
			}
			e.Hint = "ask for its logarithm, or for its remainder: log10(x^y), x^y mod m"
			return Number{}, e
		}
	} else if count*(ln+ld) > float64(a.lim.RationalBits) {
		// Near 1 the difference says nothing; opaque finds out.
		if e := count * (ln - ld) * math.Log10(2); math.Abs(ln-ld) > 1e-6*ln && math.Abs(e) > 2*float64(a.lim.Exponent) {
			return Number{}, a.outOfRange(e)
		}
		return a.opaque(opPow, x, y)
	}
	p, err := a.powUint(num.int(), uint64(y.i))
	if err != nil {
		return Number{}, err
	}
	if x.IsInt() {
		return ownInt(p), nil
	}
	q, err := a.powUint(den.int(), uint64(y.i))
	if err != nil {
		return Number{}, err
	}
	if err := a.spend(gcdCost(min(p.BitLen(), q.BitLen()))); err != nil {
		return Number{}, err
	}
	return ownRat(new(big.Rat).SetFrac(p, q)), nil
}

// powPower returns p^y by the rule for a power of a power.
func (a *Arith) powPower(p power, y Number) (Number, error) {
	e, err := a.Mul(p.y, y)
	if err != nil {
		return Number{}, err
	}
	z, err := a.raise(p, e)
	if err != nil {
		return Number{}, err
	}
	k, err := a.Pow(p.q, y)
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, k)
}

// powRealInt returns x^y of a real x and an integer y, not 0 or 1.
func (a *Arith) powRealInt(x, y Number) (Number, error) {
	if s, _ := a.Sign(y); s < 0 {
		if s, err := a.Sign(x); err != nil || s == 0 {
			return Number{}, err
		}
	}
	p := asPower(x)
	if p.natural || !same(p.y, Int(1)) {
		return a.powPower(p, y)
	}
	if z, ok, err := a.powSurd(x, y); ok || err != nil {
		return z, err
	}
	z, err := a.opaque(opPow, p.unit, y)
	if err != nil {
		return Number{}, err
	}
	k, err := a.Pow(p.q, y)
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, k)
}

// powSurd multiplies out the power of a sum of square roots, unless that
// becomes too long.
func (a *Arith) powSurd(x, y Number) (Number, bool, error) {
	n, ok := y.Int64()
	if !ok || abs64(n) > 4096 || !isSurd(x) {
		return Number{}, false, nil
	}
	_, t := x.terms()
	if len(t) > 1 && abs64(n) > 8 {
		return Number{}, false, nil
	}
	size := 0
	for _, t := range t {
		num, den := t.q.bitLens()
		size = max(size, num+den+t.b.x.int().BitLen())
	}
	c, _ := x.terms()
	num, den := c.bitLens()
	if (max(size, num+den)+1)*int(abs64(n)) > a.lim.RationalBits {
		return Number{}, false, nil
	}
	z := Int(1)
	for i := 62; i >= 0; i-- {
		var err error
		if z, ok, err = a.mulSurds(z, z); !ok || err != nil {
			return Number{}, false, err
		}
		if abs64(n)>>uint(i)&1 == 0 {
			continue
		}
		if z, ok, err = a.mulSurds(z, x); !ok || err != nil {
			return Number{}, false, err
		}
		if !isSurd(z) {
			return Number{}, false, nil
		}
	}
	if n > 0 {
		return z, true, nil
	}
	z, err := a.Quo(Int(1), z)
	return z, true, err
}

// powFrac returns x^y of an exact x > 0, not 1, and a fraction y.
func (a *Arith) powFrac(x, y Number) (Number, error) {
	r, k, err := a.rationalPower(x)
	if err != nil {
		return Number{}, err
	}
	if num, den, _ := r.Fraction(); same(num, Int(1)) {
		r, k = den, -k
	}
	e, err := a.Mul(y, Int(k))
	if err != nil {
		return Number{}, err
	}
	if e.IsInt() {
		return a.Pow(r, e)
	}
	whole, err := a.Floor(e)
	if err != nil {
		return Number{}, err
	}
	part, err := a.Sub(e, whole)
	if err != nil {
		return Number{}, err
	}
	num, den := r.bitLens()
	if math.Abs(toFloat(whole))*float64(num+den) > 4096 {
		return a.opaque(opPow, r, e)
	}
	k1, err := a.Pow(r, whole)
	if err != nil {
		return Number{}, err
	}
	var z Number
	if same(part, Frac(1, 2)) {
		z, err = a.sqrtExact(r)
	} else {
		z, err = a.opaque(opPow, r, part)
	}
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, k1)
}

// rationalPower returns r and the greatest k that it finds with x = r^k, for
// an exact x > 0, not 1.
func (a *Arith) rationalPower(x Number) (Number, int64, error) {
	num, den, _ := x.Fraction()
	if x.IsInt() {
		r, k, err := a.perfectPower(num.int())
		if err != nil {
			return x, 1, err
		}
		return ownInt(r), int64(k), nil
	}
	d, kd, err := a.perfectPower(den.int())
	if err != nil {
		return x, 1, err
	}
	n, kn := one, uint64(0)
	if !same(num, Int(1)) {
		if n, kn, err = a.perfectPower(num.int()); err != nil {
			return x, 1, err
		}
	}
	g, h := kn, kd
	for h != 0 {
		g, h = h, g%h
	}
	if n, err = a.powUint(n, kn/g); err != nil {
		return x, 1, err
	}
	if d, err = a.powUint(d, kd/g); err != nil {
		return x, 1, err
	}
	return ownRat(new(big.Rat).SetFrac(n, d)), int64(g), nil
}

// powRealFrac returns x^y of a real x > 0 and a fraction y.
func (a *Arith) powRealFrac(x, y Number) (Number, error) {
	if same(y, Frac(1, 2)) {
		return a.Sqrt(x)
	}
	p := asPower(x)
	q, err := a.Sign(p.q)
	if err != nil {
		return Number{}, err
	}
	if q > 0 && (p.natural || !same(p.y, Int(1))) {
		s := 1
		if !p.natural {
			if s, err = a.Sign(p.base); err != nil {
				return Number{}, err
			}
		}
		if s > 0 {
			return a.powPower(p, y)
		}
	}
	return a.opaque(opPow, x, y)
}

// Cbrt returns the real cube root of x, negative for a negative x.
func (a *Arith) Cbrt(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil || s == 0 {
		return x, err
	}
	if s > 0 {
		return a.Pow(x, Frac(1, 3))
	}
	r, err := a.Pow(a.neg(x), Frac(1, 3))
	return a.neg(r), err
}
