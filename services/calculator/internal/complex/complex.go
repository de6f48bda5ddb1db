// Package complex computes with complex numbers whose parts are the numbers of
// package number: exact, or reals of which each digit printed is proved.
// Whatever has no value, as a pole or the logarithm of 0, is an error; there is
// no infinity.
//
// The guarantee to know: both parts of a result are exact or correctly rounded
// each by itself, however small one is beside the other. What can be recognised
// is exact: (-8)^(1/3) is 1 + sqrt(3)*i, e^(i*pi) is -1, sqrt(3 + 4i) is 2 + i.
//
// Functions with several values have those of Kahan ("Branch cuts for complex
// elementary functions", 1987) and C99. Zero has no sign here: on a branch cut
// the value is that which C and Python give for a part +0.0. So a negative real
// number has the angle +pi, and
//
//	log, sqrt, powers      cut (-inf, 0): continuous from above
//	asin, acos, atanh      cuts (-inf, -1) and (1, inf): continuous from above
//	acosh                  cut (-inf, 1): continuous from above
//	asinh, atan            cuts (-i*inf, -i) and (i, i*inf): continuous from the right
//
// Start at [Add] and [Pow]; [Write] makes the text of a number.
package complex

import "github.com/mcpfleet/mcpfleet/services/calculator/internal/number"

// Number is the complex number Re + Im*i. The zero value is 0.
type Number struct{ Re, Im number.Number }

// FromReal returns x as a complex number.
func FromReal(x number.Number) Number { return Number{Re: x} }

// I returns the imaginary unit.
func I() Number { return Number{Im: number.Int(1)} }

// IsReal reports whether the imaginary part of z is exactly 0.
func (z Number) IsReal() bool { return z.Im.IsZero() }

// IsZero reports whether z is exactly 0.
func (z Number) IsZero() bool { return z.Re.IsZero() && z.Im.IsZero() }

// IsExact reports whether both parts of z are integers or fractions.
func (z Number) IsExact() bool { return z.Re.IsExact() && z.Im.IsExact() }

// steps computes a formula and remembers the first error; what follows that is
// not computed and has no meaning.
type steps struct {
	a   *number.Arith
	err error
}

func (s *steps) one(f func(x number.Number) (number.Number, error), x number.Number) number.Number {
	if s.err != nil {
		return number.Number{}
	}
	x, s.err = f(x)
	return x
}

func (s *steps) two(f func(x, y number.Number) (number.Number, error), x, y number.Number) number.Number {
	if s.err != nil {
		return number.Number{}
	}
	x, s.err = f(x, y)
	return x
}

func (s *steps) add(x, y number.Number) number.Number { return s.two(s.a.Add, x, y) }
func (s *steps) sub(x, y number.Number) number.Number { return s.two(s.a.Sub, x, y) }
func (s *steps) mul(x, y number.Number) number.Number { return s.two(s.a.Mul, x, y) }
func (s *steps) quo(x, y number.Number) number.Number { return s.two(s.a.Quo, x, y) }
func (s *steps) neg(x number.Number) number.Number    { return s.one(s.a.Neg, x) }
func (s *steps) half(x number.Number) number.Number   { return s.mul(x, number.Frac(1, 2)) }

// sign returns the sign of x, and 0 after an error.
func (s *steps) sign(x number.Number) int {
	if s.err != nil {
		return 0
	}
	var sign int
	sign, s.err = s.a.Sign(x)
	return sign
}

// cmp compares x and y, and is 0 after an error.
func (s *steps) cmp(x, y number.Number) int {
	if s.err != nil {
		return 0
	}
	var c int
	c, s.err = s.a.Cmp(x, y)
	return c
}

// of applies a function of complex numbers.
func (s *steps) of(f func(a *number.Arith, z Number) (Number, error), z Number) Number {
	if s.err != nil {
		return Number{}
	}
	z, s.err = f(s.a, z)
	return z
}

// of2 applies an operation on complex numbers.
func (s *steps) of2(f func(a *number.Arith, z, w Number) (Number, error), z, w Number) Number {
	if s.err != nil {
		return Number{}
	}
	z, s.err = f(s.a, z, w)
	return z
}

// minus returns -z.
func (s *steps) minus(z Number) Number { return Number{s.neg(z.Re), s.neg(z.Im)} }

// timesI returns i*z.
func (s *steps) timesI(z Number) Number { return Number{s.neg(z.Im), z.Re} }

// overI returns z/i.
func (s *steps) overI(z Number) Number { return Number{z.Im, s.neg(z.Re)} }

// scale returns k*z of a real k.
func (s *steps) scale(z Number, k number.Number) Number {
	return Number{s.mul(z.Re, k), s.mul(z.Im, k)}
}

// result returns z, or the error.
func (s *steps) result(z Number) (Number, error) {
	if s.err != nil {
		return Number{}, s.err
	}
	return z, nil
}

// Add returns z + w.
func Add(a *number.Arith, z, w Number) (Number, error) {
	s := steps{a: a}
	return s.result(Number{s.add(z.Re, w.Re), s.add(z.Im, w.Im)})
}

// Sub returns z - w.
func Sub(a *number.Arith, z, w Number) (Number, error) {
	s := steps{a: a}
	return s.result(Number{s.sub(z.Re, w.Re), s.sub(z.Im, w.Im)})
}

// Neg returns -z.
func Neg(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	return s.result(s.minus(z))
}

// Conj returns the conjugate of z.
func Conj(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	return s.result(Number{z.Re, s.neg(z.Im)})
}

// Mul returns z * w.
func Mul(a *number.Arith, z, w Number) (Number, error) {
	s := steps{a: a}
	switch {
	case w.IsReal():
		return s.result(s.scale(z, w.Re))
	case z.IsReal():
		return s.result(s.scale(w, z.Re))
	}
	if r, t, ok := s.circle(z); ok {
		if p, u, ok := s.circle(w); ok {
			return s.result(s.scale(s.unit(s.add(t, u)), s.mul(r, p)))
		}
	}
	return s.result(Number{
		s.sub(s.mul(z.Re, w.Re), s.mul(z.Im, w.Im)),
		s.add(s.mul(z.Re, w.Im), s.mul(z.Im, w.Re)),
	})
}

// Quo returns z / w; division by 0 is a DivisionByZero error.
func Quo(a *number.Arith, z, w Number) (Number, error) {
	s := steps{a: a}
	if w.IsReal() {
		return s.result(Number{s.quo(z.Re, w.Re), s.quo(z.Im, w.Re)})
	}
	if w.Re.IsZero() {
		return s.result(s.overI(Number{s.quo(z.Re, w.Im), s.quo(z.Im, w.Im)}))
	}
	if r, t, ok := s.circle(w); ok {
		// 1/(r*e^(it)) = 1/r * e^(-it)
		return Mul(a, z, s.scale(s.unit(s.neg(t)), s.quo(number.Int(1), r)))
	}
	n := s.norm(w)
	return s.result(Number{
		s.quo(s.add(s.mul(z.Re, w.Re), s.mul(z.Im, w.Im)), n),
		s.quo(s.sub(s.mul(z.Im, w.Re), s.mul(z.Re, w.Im)), n),
	})
}

// circle returns r and t if z was made as r*e^(i*t) and that is simpler.
func (s *steps) circle(z Number) (r, t number.Number, ok bool) {
	if s.err == nil && !z.Re.IsExact() && !z.Im.IsExact() {
		r, t, ok, s.err = s.a.Circle(z.Re, z.Im)
	}
	return r, t, ok && s.err == nil
}

// norm returns |z|^2.
func (s *steps) norm(z Number) number.Number {
	return s.add(s.mul(z.Re, z.Re), s.mul(z.Im, z.Im))
}

// Abs returns the magnitude of z.
func Abs(a *number.Arith, z Number) (number.Number, error) { return a.Hypot(z.Re, z.Im) }

// Arg returns the angle of z in radians, above -pi and up to pi; 0 has none,
// which is a Domain error.
func Arg(a *number.Arith, z Number) (number.Number, error) { return a.Atan2(z.Im, z.Re) }

// Polar returns the number of magnitude r and angle phi, in radians. A negative
// r is that of the opposite number.
func Polar(a *number.Arith, r, phi number.Number) (Number, error) {
	s := steps{a: a}
	return s.result(s.scale(s.unit(phi), r))
}

// unit returns e^(i*phi).
func (s *steps) unit(phi number.Number) Number {
	return Number{s.one(s.a.Cos, phi), s.one(s.a.Sin, phi)}
}
