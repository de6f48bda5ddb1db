package number

import "slices"

// maxArgumentBits bounds the arguments of sine, cosine and tangent, and the
// integer part of a real: 10,000 digits, for which pi takes a few milliseconds.
const maxArgumentBits = 33_300

func argumentTooLarge(x Number) error {
	return &Error{Kind: Limit,
		Message: "the argument of the function is " + brief(x) + "; the limit is 10,000 digits"}
}

// Sin returns the sine of x radians.
func (a *Arith) Sin(x Number) (Number, error) {
	if x.IsZero() {
		return x, nil
	}
	if q, rest, ok := splitPi(x); ok {
		return a.sinShifted(q, rest)
	}
	if leadingMinus(x) {
		z, err := a.Sin(a.neg(x))
		return a.neg(z), err
	}
	if q, b, ok := x.single(); ok && same(q, Int(1)) {
		switch b.op {
		case opAsin:
			return b.x, nil
		case opAtan:
			c, err := a.cosAtan(b.x)
			if err != nil {
				return Number{}, err
			}
			return a.Mul(b.x, c)
		}
	}
	return a.trigNode(opSin, x)
}

// Cos returns the cosine of x radians.
func (a *Arith) Cos(x Number) (Number, error) {
	if x.IsZero() {
		return Int(1), nil
	}
	if q, rest, ok := splitPi(x); ok {
		// cos(x) = sin(x + pi/2)
		q, err := a.Add(q, Frac(1, 2))
		if err != nil {
			return Number{}, err
		}
		return a.sinShifted(q, rest)
	}
	if leadingMinus(x) {
		x = a.neg(x)
	}
	if q, b, ok := x.single(); ok && same(q, Int(1)) {
		switch b.op {
		case opAsin:
			return a.cosAsin(b.x)
		case opAtan:
			return a.cosAtan(b.x)
		}
	}
	return a.trigNode(opCos, x)
}

// Tan returns the tangent of x radians; a pole is a DivisionByZero error.
func (a *Arith) Tan(x Number) (Number, error) {
	if x.IsZero() {
		return x, nil
	}
	if q, rest, ok := splitPi(x); ok {
		q, err := a.Mod(q, Int(1))
		if err != nil {
			return Number{}, err
		}
		if rest.IsZero() {
			return a.tanPi(q)
		}
		if x, err = a.Add(rest, a.piTimes(q)); err != nil {
			return Number{}, err
		}
		if !q.IsZero() {
			return a.trigNode(opTan, x)
		}
	}
	if leadingMinus(x) {
		z, err := a.Tan(a.neg(x))
		return a.neg(z), err
	}
	if q, b, ok := x.single(); ok && same(q, Int(1)) {
		switch b.op {
		case opAtan:
			return b.x, nil
		case opAsin:
			c, err := a.cosAsin(b.x)
			if err != nil {
				return Number{}, err
			}
			return a.Quo(b.x, c)
		}
	}
	return a.trigNode(opTan, x)
}

// cosAsin returns cos(asin(x)) = sqrt(1 - x^2).
func (a *Arith) cosAsin(x Number) (Number, error) {
	s, err := a.Mul(x, x)
	if err != nil {
		return Number{}, err
	}
	if s, err = a.Sub(Int(1), s); err != nil {
		return Number{}, err
	}
	return a.Sqrt(s)
}

// cosAtan returns cos(atan(x)) = 1/sqrt(1 + x^2).
func (a *Arith) cosAtan(x Number) (Number, error) {
	s, err := a.Mul(x, x)
	if err != nil {
		return Number{}, err
	}
	if s, err = a.Add(Int(1), s); err != nil {
		return Number{}, err
	}
	if s, err = a.Sqrt(s); err != nil {
		return Number{}, err
	}
	return a.Quo(Int(1), s)
}

// trigNode returns the operation on a number without special value, unless
// that is too large.
func (a *Arith) trigNode(op opcode, x Number) (Number, error) {
	b, err := a.enclose(x, minBits)
	if err != nil {
		return Number{}, err
	}
	if b.top() > maxArgumentBits {
		return Number{}, argumentTooLarge(x)
	}
	return a.opaque(op, x, Number{})
}

// splitPi returns q and rest with x = rest + q*pi, and false if x has no such
// term.
func splitPi(x Number) (q, rest Number, ok bool) {
	c, t := x.terms()
	i := slices.IndexFunc(t, func(t term) bool { return t.b.op == opPi })
	if i < 0 {
		return Number{}, x, false
	}
	return t[i].q, sum(c, slices.Delete(slices.Clone(t), i, i+1)), true
}

// leadingMinus reports whether x is written with a minus sign in front; of x
// and -x one is.
func leadingMinus(x Number) bool {
	c, t := x.terms()
	if c.IsZero() && len(t) > 0 {
		c = t[0].q
	}
	return c.sign() < 0
}

// sinShifted returns sin(rest + q*pi).
func (a *Arith) sinShifted(q, rest Number) (Number, error) {
	whole, err := a.Floor(q)
	if err != nil {
		return Number{}, err
	}
	if q, err = a.Sub(q, whole); err != nil {
		return Number{}, err
	}
	var z Number
	switch {
	case rest.IsZero():
		z, err = a.sinPi(q)
	case q.IsZero():
		z, err = a.Sin(rest)
	case same(q, Frac(1, 2)):
		z, err = a.Cos(rest)
	default:
		var x Number
		if x, err = a.Add(rest, a.piTimes(q)); err == nil {
			z, err = a.trigNode(opSin, x)
		}
	}
	if err != nil || whole.int().Bit(0) == 0 {
		return z, err
	}
	return a.neg(z), nil
}

// surdValue is (c + q1*sqrt(n1) + q2*sqrt(n2)) / d, the value of a function at
// pi*num/den.
type surdValue struct {
	num, den          int64
	c, q1, n1, q2, n2 int64
	d                 int64
}

// sines are the sines of the multiples of pi, up to pi/2, that are sums of
// square roots of integers.
var sines = [...]surdValue{
	{num: 0, den: 1, d: 1},
	{num: 1, den: 12, q1: 1, n1: 6, q2: -1, n2: 2, d: 4},
	{num: 1, den: 10, c: -1, q1: 1, n1: 5, d: 4},
	{num: 1, den: 6, c: 1, d: 2},
	{num: 1, den: 4, q1: 1, n1: 2, d: 2},
	{num: 3, den: 10, c: 1, q1: 1, n1: 5, d: 4},
	{num: 1, den: 3, q1: 1, n1: 3, d: 2},
	{num: 5, den: 12, q1: 1, n1: 6, q2: 1, n2: 2, d: 4},
	{num: 1, den: 2, c: 1, d: 1},
}

// tangents are the same of the tangent, below pi/2.
var tangents = [...]surdValue{
	{num: 0, den: 1, d: 1},
	{num: 1, den: 12, c: 2, q1: -1, n1: 3, d: 1},
	{num: 1, den: 6, q1: 1, n1: 3, d: 3},
	{num: 1, den: 4, c: 1, d: 1},
	{num: 1, den: 3, q1: 1, n1: 3, d: 1},
	{num: 5, den: 12, c: 2, q1: 1, n1: 3, d: 1},
}

func (a *Arith) surd(v surdValue) (Number, error) {
	z := Frac(v.c, v.d)
	for _, t := range [...]struct{ q, n int64 }{{v.q1, v.n1}, {v.q2, v.n2}} {
		if t.q == 0 {
			continue
		}
		var err error
		if z, err = a.Add(z, wrap(Frac(t.q, v.d), newNode(opSqrt, Int(t.n), Number{}))); err != nil {
			return Number{}, err
		}
	}
	return z, nil
}

// sinPi returns sin(q*pi), 0 <= q < 1.
func (a *Arith) sinPi(q Number) (Number, error) {
	if c, err := a.Cmp(q, Frac(1, 2)); err != nil {
		return Number{}, err
	} else if c > 0 {
		if q, err = a.Sub(Int(1), q); err != nil {
			return Number{}, err
		}
	}
	for _, v := range sines {
		if same(q, Frac(v.num, v.den)) {
			return a.surd(v)
		}
	}
	return a.trigNode(opSin, a.piTimes(q))
}

// tanPi returns tan(q*pi), 0 <= q < 1.
func (a *Arith) tanPi(q Number) (Number, error) {
	c, err := a.Cmp(q, Frac(1, 2))
	if err != nil {
		return Number{}, err
	}
	if c == 0 {
		return Number{}, &Error{Kind: DivisionByZero, Message: "the tangent has a pole at odd multiples of pi/2"}
	}
	if c > 0 {
		if q, err = a.Sub(Int(1), q); err != nil {
			return Number{}, err
		}
		z, err := a.tanPi(q)
		return a.neg(z), err
	}
	for _, v := range tangents {
		if same(q, Frac(v.num, v.den)) {
			return a.surd(v)
		}
	}
	return a.trigNode(opTan, a.piTimes(q))
}

// inverse returns the multiple of pi at which a function of the table has the
// value x.
func (a *Arith) inverse(table []surdValue, x Number) (Number, bool, error) {
	if !isSurd(x) {
		return Number{}, false, nil
	}
	for _, v := range table {
		s, err := a.surd(v)
		if err != nil {
			return Number{}, false, err
		}
		if same(s, x) {
			return a.piTimes(Frac(v.num, v.den)), true, nil
		}
	}
	return Number{}, false, nil
}

// Asin returns the arc sine of x in radians, between -pi/2 and pi/2.
func (a *Arith) Asin(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil {
		return Number{}, err
	}
	if s < 0 {
		z, err := a.Asin(a.neg(x))
		return a.neg(z), err
	}
	if z, ok, err := a.inverse(sines[:], x); ok || err != nil {
		return z, err
	}
	if c, err := a.Cmp(x, Int(1)); err != nil {
		return Number{}, err
	} else if c > 0 {
		return Number{}, &Error{Kind: Domain, Message: "the arc sine and the arc cosine are defined from -1 to 1, not at " + brief(x)}
	}
	// asin(x) = 2*atan(x / (1 + sqrt(1-x^2)))
	d, err := a.cosAsin(x)
	if err != nil {
		return Number{}, err
	}
	if d, err = a.Add(Int(1), d); err != nil {
		return Number{}, err
	}
	if d, err = a.Quo(x, d); err != nil {
		return Number{}, err
	}
	return a.opaque(opAsin, x, wrap(Int(2), newNode(opAtan, d, Number{})))
}

// Acos returns the arc cosine of x in radians, between 0 and pi.
func (a *Arith) Acos(x Number) (Number, error) {
	z, err := a.Asin(x)
	if err != nil {
		return Number{}, err
	}
	return a.Sub(a.piTimes(Frac(1, 2)), z)
}

// Atan returns the arc tangent of x in radians, between -pi/2 and pi/2.
func (a *Arith) Atan(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil {
		return Number{}, err
	}
	if s < 0 {
		z, err := a.Atan(a.neg(x))
		return a.neg(z), err
	}
	if z, ok, err := a.inverse(tangents[:], x); ok || err != nil {
		return z, err
	}
	return a.opaque(opAtan, x, Number{})
}
