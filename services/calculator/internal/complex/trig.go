package complex

import (
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Sin returns the sine of z radians.
func Sin(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	if z.IsReal() {
		return s.result(FromReal(s.one(a.Sin, z.Re)))
	}
	return s.result(Number{
		s.mul(s.one(a.Sin, z.Re), s.one(a.Cosh, z.Im)),
		s.mul(s.one(a.Cos, z.Re), s.one(a.Sinh, z.Im)),
	})
}

// Cos returns the cosine of z radians.
func Cos(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	if z.IsReal() {
		return s.result(FromReal(s.one(a.Cos, z.Re)))
	}
	return s.result(Number{
		s.mul(s.one(a.Cos, z.Re), s.one(a.Cosh, z.Im)),
		s.neg(s.mul(s.one(a.Sin, z.Re), s.one(a.Sinh, z.Im))),
	})
}

// Tan returns the tangent of z radians; a pole, which is real, is a
// DivisionByZero error.
func Tan(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	switch {
	case z.IsReal():
		return s.result(FromReal(s.one(a.Tan, z.Re)))
	case z.Re.IsZero():
		return s.result(Number{Im: s.one(a.Tanh, z.Im)})
	}
	// The real part is below 4*e^(-2|y|), and log(10)/2 is above 1.151.
	lim := int64(a.Limits().Exponent)
	if s.cmp(s.one(a.Abs, z.Im), s.mul(number.Int(lim), number.Frac(1151, 1000))) > 0 {
		return Number{}, &number.Error{Kind: number.Limit,
			Message: "one part of the tangent is too near to 0 to be written: below 10^-" + strconv.FormatInt(lim*999/1000, 10)}
	}
	// The denominator cos(x)^2 + sinh(y)^2 is a sum without cancellation.
	sin, cos := s.one(a.Sin, z.Re), s.one(a.Cos, z.Re)
	sinh, cosh := s.one(a.Sinh, z.Im), s.one(a.Cosh, z.Im)
	d := s.add(s.mul(cos, cos), s.mul(sinh, sinh))
	return s.result(Number{s.quo(s.mul(sin, cos), d), s.quo(s.mul(sinh, cosh), d)})
}

// Sinh returns the hyperbolic sine of z.
func Sinh(a *number.Arith, z Number) (Number, error) { return turned(a, Sin, z) }

// Cosh returns the hyperbolic cosine of z.
func Cosh(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	return s.result(s.of(Cos, s.timesI(z)))
}

// Tanh returns the hyperbolic tangent of z; a pole, which is imaginary, is a
// DivisionByZero error.
func Tanh(a *number.Arith, z Number) (Number, error) {
	if z.Re.IsZero() {
		// The pole is named as that of the function asked for.
		s := steps{a: a}
		if x := s.one(a.Cos, z.Im); s.err == nil && x.IsZero() {
			return Number{}, &number.Error{Kind: number.DivisionByZero,
				Message: "the hyperbolic tangent has a pole at odd multiples of pi*i/2"}
		}
	}
	return turned(a, Tan, z)
}

// turned returns f(i*z)/i.
func turned(a *number.Arith, f func(*number.Arith, Number) (Number, error), z Number) (Number, error) {
	s := steps{a: a}
	return s.result(s.overI(s.of(f, s.timesI(z))))
}

// Asin returns the principal arc sine of z in radians, with a real part between
// -pi/2 and pi/2.
func Asin(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	switch {
	case z.IsReal():
		switch s.beyondOne(z.Re) {
		case 0:
			return s.result(FromReal(s.one(a.Asin, z.Re)))
		case 1:
			return s.result(Number{s.quarterTurn(1), s.one(a.Acosh, z.Re)})
		default:
			return s.result(Number{s.quarterTurn(-1), s.one(a.Acosh, s.neg(z.Re))})
		}
	case z.Re.IsZero():
		return s.result(Number{Im: s.one(a.Asinh, z.Im)})
	}
	// Kahan's formulas: the products have signs so that nothing cancels.
	p, q := s.rootsAround(z)
	re := s.sub(s.mul(p.Re, q.Re), s.mul(p.Im, q.Im))
	return s.result(Number{s.one(a.Atan, s.quo(z.Re, re)), s.one(a.Asinh, s.crossed(p, q))})
}

// Acos returns the principal arc cosine of z in radians, with a real part
// between 0 and pi.
func Acos(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	switch {
	case z.IsReal():
		switch s.beyondOne(z.Re) {
		case 0:
			return s.result(FromReal(s.one(a.Acos, z.Re)))
		case 1:
			return s.result(Number{Im: s.neg(s.one(a.Acosh, z.Re))})
		default:
			return s.result(Number{a.Pi(), s.neg(s.one(a.Acosh, s.neg(z.Re)))})
		}
	case z.Re.IsZero():
		return s.result(Number{s.quarterTurn(1), s.neg(s.one(a.Asinh, z.Im))})
	}
	p, q := s.rootsAround(z)
	re := s.one(a.Atan, s.quo(p.Re, q.Re))
	return s.result(Number{s.add(re, re), s.neg(s.one(a.Asinh, s.crossed(p, q)))})
}

// beyondOne returns 1 or -1 for x above 1 or below -1, else 0.
func (s *steps) beyondOne(x number.Number) int {
	switch {
	case s.cmp(x, number.Int(1)) > 0:
		return 1
	case s.cmp(x, number.Int(-1)) < 0:
		return -1
	}
	return 0
}

// quarterTurn returns k*pi/2.
func (s *steps) quarterTurn(k int64) number.Number { return s.mul(s.a.Pi(), number.Frac(k, 2)) }

// rootsAround returns sqrt(1-z) and sqrt(1+z).
func (s *steps) rootsAround(z Number) (p, q Number) {
	one := FromReal(number.Int(1))
	return s.of(Sqrt, s.of2(Sub, one, z)), s.of(Sqrt, s.of2(Add, one, z))
}

// crossed returns the imaginary part of conj(p)*q.
func (s *steps) crossed(p, q Number) number.Number {
	return s.sub(s.mul(p.Re, q.Im), s.mul(p.Im, q.Re))
}

// Atan returns the principal arc tangent of z in radians, with a real part
// between -pi/2 and pi/2; the poles at i and -i are DivisionByZero errors.
func Atan(a *number.Arith, z Number) (Number, error) {
	if n, ok := z.Im.Int64(); ok && z.Re.IsZero() && (n == 1 || n == -1) {
		return Number{}, &number.Error{Kind: number.DivisionByZero, Message: "the arc tangent has poles at i and -i"}
	}
	return turned(a, Atanh, z)
}

// Asinh returns the principal inverse hyperbolic sine of z, with an imaginary
// part between -pi/2 and pi/2.
func Asinh(a *number.Arith, z Number) (Number, error) { return turned(a, Asin, z) }

// Acosh returns the principal inverse hyperbolic cosine of z, with a real part
// that is not negative and an imaginary part above -pi and up to pi.
func Acosh(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	w := s.of(Acos, z)
	// acosh(z) is i*acos(z) or acos(z)/i, whichever has no negative real part.
	if s.sign(z.Im) < 0 {
		return s.result(s.overI(w))
	}
	return s.result(s.timesI(w))
}

// Atanh returns the principal inverse hyperbolic tangent of z, with an imaginary
// part between -pi/2 and pi/2; the poles at 1 and -1 are DivisionByZero errors.
func Atanh(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	switch {
	case z.Re.IsZero():
		return s.result(Number{Im: s.one(a.Atan, z.Im)})
	case z.IsReal() && s.beyondOne(z.Re) == 0:
		return s.result(FromReal(s.one(a.Atanh, z.Re)))
	}
	// atanh(z) = atanh(2x/(1+|z|^2))/2 + i*atan2(2y, 1-|z|^2)/2
	one, n := number.Int(1), s.norm(z)
	re := s.one(a.Atanh, s.quo(s.add(z.Re, z.Re), s.add(one, n)))
	im := s.two(a.Atan2, s.add(z.Im, z.Im), s.sub(one, n))
	return s.result(Number{s.half(re), s.half(im)})
}
