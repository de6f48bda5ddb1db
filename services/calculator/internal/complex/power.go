package complex

import (
	"math"
	"math/big"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Exp returns e to the power z.
func Exp(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	r := s.one(a.Exp, z.Re)
	if z.IsReal() {
		return s.result(FromReal(r))
	}
	return s.result(s.scale(s.unit(z.Im), r))
}

// Log returns the principal natural logarithm of z, which has an imaginary part
// above -pi and up to pi. The error is Domain for 0.
func Log(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	if z.IsZero() {
		return Number{}, &number.Error{Kind: number.Domain, Message: "the logarithm of 0 is not defined"}
	}
	phi := s.two(a.Atan2, z.Im, z.Re)
	return s.result(Number{s.logAbs(z), phi})
}

// nearOne bounds the |z|^2 - 1 whose logarithm is computed from that difference.
var nearOne = number.Frac(1, 1<<16)

// logAbs returns log|z|.
func (s *steps) logAbs(z Number) number.Number {
	if !z.IsExact() || z.IsReal() || z.Re.IsZero() {
		return s.one(s.a.Log, s.two(s.a.Hypot, z.Re, z.Im))
	}
	n := s.norm(z)
	d := s.sub(n, number.Int(1))
	if s.cmp(s.one(s.a.Abs, d), nearOne) < 0 && s.err == nil {
		// log(n)/2 = atanh((n-1)/(n+1)) keeps the digits of a small n-1.
		return s.one(s.a.Atanh, s.quo(d, s.add(n, number.Int(1))))
	}
	return s.half(s.one(s.a.Log, n))
}

// Log10 returns the principal logarithm of z to the base 10.
func Log10(a *number.Arith, z Number) (Number, error) {
	return LogBase(a, z, FromReal(number.Int(10)))
}

// LogBase returns log(z)/log(base); the base is not 0 or 1.
func LogBase(a *number.Arith, z, base Number) (Number, error) {
	s := steps{a: a}
	if base.IsZero() || base.isOne() {
		return Number{}, &number.Error{Kind: number.Domain, Message: "the base of a logarithm is not 0 or 1"}
	}
	return s.result(s.of2(Quo, s.of(Log, z), s.of(Log, base)))
}

// isOne reports whether z is exactly 1.
func (z Number) isOne() bool {
	n, ok := z.Re.Int64()
	return ok && n == 1 && z.IsReal()
}

// Sqrt returns the principal square root of z, which has a real part that is
// not negative.
func Sqrt(a *number.Arith, z Number) (Number, error) {
	s := steps{a: a}
	sign := s.sign(z.Re)
	switch {
	case z.IsReal() && sign >= 0:
		return s.result(FromReal(s.one(a.Sqrt, z.Re)))
	case z.IsReal():
		return s.result(Number{Im: s.one(a.Sqrt, s.neg(z.Re))})
	}
	up := s.sign(z.Im)
	if z.Re.IsZero() {
		u := s.one(a.Sqrt, s.half(s.one(a.Abs, z.Im)))
		return s.result(s.oriented(u, u, up))
	}
	if _, _, ok := s.circle(z); ok {
		return s.result(s.expLog(z, FromReal(number.Frac(1, 2))))
	}
	// One part is sqrt((|z|+|x|)/2), and the other y/2 divided by it, which
	// loses nothing where sqrt((|z|-|x|)/2) would.
	r := s.two(a.Hypot, z.Re, z.Im)
	u := s.one(a.Sqrt, s.half(s.add(r, s.one(a.Abs, z.Re))))
	v := s.quo(s.half(s.one(a.Abs, z.Im)), u)
	if sign < 0 {
		u, v = v, u
	}
	return s.result(s.oriented(u, v, up))
}

// oriented returns u + v*i, or u - v*i if up is negative.
func (s *steps) oriented(u, v number.Number, up int) Number {
	if up < 0 {
		v = s.neg(v)
	}
	return Number{u, v}
}

// Root returns the principal n-th root of z, z^(1/n); n is not 0.
func Root(a *number.Arith, z Number, n int64) (Number, error) {
	if n == 0 {
		return Number{}, &number.Error{Kind: number.Domain, Message: "there is no 0th root"}
	}
	return Pow(a, z, FromReal(number.Frac(1, n)))
}

// Pow returns the principal value of z to the power w, e^(w*log(z)); 0^0 is 1.
// 0 to another power whose real part is not positive is a DivisionByZero error.
func Pow(a *number.Arith, z, w Number) (Number, error) {
	s := steps{a: a}
	switch {
	case w.IsZero() || z.isOne():
		return FromReal(number.Int(1)), nil
	case w.isOne():
		return z, nil
	case z.IsZero():
		if s.sign(w.Re) > 0 {
			return z, nil
		}
		if s.err == nil {
			s.err = &number.Error{Kind: number.DivisionByZero,
				Message: "division by zero: 0 to a power whose real part is not positive"}
		}
		return Number{}, s.err
	case !w.IsReal():
		return s.result(s.expLog(z, w))
	case w.Re.IsInt():
		return s.result(s.powInt(z, w.Re))
	case z.IsReal() && s.sign(z.Re) >= 0:
		return s.result(FromReal(s.two(a.Pow, z.Re, w.Re)))
	}
	if p, q, ok := w.Re.Fraction(); ok {
		if n, ok := q.Int64(); ok && n == 2 {
			return s.result(s.powInt(s.of(Sqrt, z), p))
		}
		if r, ok := s.exactRoot(z, q); ok {
			return s.result(s.powInt(r, p))
		}
	}
	return s.result(s.expLog(z, w))
}

// expLog returns e^(w*log(z)).
func (s *steps) expLog(z, w Number) Number {
	return s.of(Exp, s.of2(Mul, w, s.of(Log, z)))
}

// multiplied bounds the exponents with which the power of a number that is not
// exact is multiplied out.
const multiplied = 64

// powInt returns z^n of an integer n and a z that is not 0.
func (s *steps) powInt(z Number, n number.Number) Number {
	if z.IsReal() {
		return FromReal(s.two(s.a.Pow, z.Re, n))
	}
	k, ok := n.Int64()
	if ok && k == 1 {
		return z
	}
	if s.straight(z) {
		return s.expLog(z, FromReal(n))
	}
	if z.IsExact() {
		if ok = ok && s.fits(z, k); !ok && z.Re.IsInt() && z.Im.IsInt() && s.sign(n) > 0 {
			s.tooLong(z, n)
		}
	} else {
		ok = ok && -multiplied <= k && k <= multiplied
	}
	if !ok || s.err != nil {
		return s.expLog(z, FromReal(n))
	}
	if k < 0 {
		// -k overflows for the least int64, whose powers never fit.
		z, k = s.of2(Quo, FromReal(number.Int(1)), z), -k
	}
	return s.multiply(z, k)
}

// straight reports whether powers of z are known from its angle: it is a fraction
// of pi, or z was made from it.
func (s *steps) straight(z Number) bool {
	if _, _, ok := s.circle(z); ok {
		return true
	}
	phi := s.two(s.a.Atan2, z.Im, z.Re)
	return s.quo(phi, s.a.Pi()).IsExact() && s.err == nil
}

// tooLong refuses the n-th power of z, whose parts are integers.
func (s *steps) tooLong(z Number, n number.Number) {
	t, err := s.a.Text(s.round(s.mul(n, s.one(s.a.Log10, s.two(s.a.Hypot, z.Re, z.Im)))), 0)
	if s.err == nil {
		s.err = err
	}
	if s.err == nil {
		s.err = &number.Error{Kind: number.Limit,
			Message: "the power is a complex integer of about 10^" + t.Decimal + "; the limit is 10^" +
				strconv.FormatInt(int64(float64(s.a.Limits().IntegerBits)*math.Log10(2)), 10),
			Hint: "ask for n*log10(abs(z)) and n*arg(z), the magnitude and the angle of z^n"}
	}
}

// fits reports whether the k-th power of an exact z may be computed exactly.
func (s *steps) fits(z Number, k int64) bool {
	z, den := s.overDenominator(z)
	n, _ := new(big.Float).SetInt(s.norm(z).BigInt()).Float64()
	d, _ := new(big.Float).SetInt(den.BigInt()).Float64()
	if s.err != nil || math.IsInf(n, 0) || math.IsInf(d, 0) {
		return false
	}
	size, lim := math.Log2(n)/2, s.a.Limits()
	limit := lim.IntegerBits
	if d > 1 || k < 0 {
		size += math.Log2(d)
		limit = lim.RationalBits
	}
	if k < 0 {
		// 1/z has the denominator |z|^2.
		size += math.Log2(n)
	}
	return size*math.Abs(float64(k)) < float64(limit)-2
}

// overDenominator returns the least integer d and the z*d with integer parts.
func (s *steps) overDenominator(z Number) (scaled Number, d number.Number) {
	_, dr, _ := z.Re.Fraction()
	_, di, _ := z.Im.Fraction()
	d = s.two(s.a.LCM, dr, di)
	return s.scale(z, d), d
}

// multiply returns z^k, k > 0, by repeated squaring. A power of a fraction is
// that of its numerator divided by that of its denominator, without the common
// divisors of each step.
func (s *steps) multiply(z Number, k int64) Number {
	den := number.Int(1)
	if z.IsExact() {
		z, den = s.overDenominator(z)
	}
	p := z
	for i := big.NewInt(k).BitLen() - 2; i >= 0 && s.err == nil; i-- {
		// (x+y)*(x-y) is a product less than x^2 - y^2.
		xy := s.mul(p.Re, p.Im)
		p = Number{s.mul(s.add(p.Re, p.Im), s.sub(p.Re, p.Im)), s.add(xy, xy)}
		if k>>uint(i)&1 != 0 {
			p = s.of2(Mul, p, z)
		}
	}
	if n, ok := den.Int64(); ok && n == 1 {
		return p
	}
	d := s.two(s.a.Pow, den, number.Int(k))
	return Number{s.quo(p.Re, d), s.quo(p.Im, d)}
}

// rootBits bounds the |z|^2 of which an exact root is looked for.
const rootBits = 1 << 13

// exactRoot returns the principal q-th root of z if its parts are fractions.
func (s *steps) exactRoot(z Number, q number.Number) (Number, bool) {
	n, ok := q.Int64()
	if !ok || !z.IsExact() || z.IsReal() || s.norm(z).Rat().Num().BitLen() > rootBits {
		return Number{}, false
	}
	// The root times the denominator of z is a Gaussian integer, if it is
	// rational, and the square of its magnitude is an integer.
	if !s.two(s.a.Pow, s.norm(z), number.Frac(1, n)).IsExact() || s.err != nil {
		return Number{}, false
	}
	_, den := s.overDenominator(z)
	r := s.scale(s.expLog(z, FromReal(number.Frac(1, n))), den)
	r = Number{s.round(r.Re), s.round(r.Im)}
	r = Number{s.quo(r.Re, den), s.quo(r.Im, den)}
	if s.err != nil || r.IsZero() || !s.fits(r, n) {
		return Number{}, false
	}
	d := s.of2(Sub, s.multiply(r, n), z)
	return r, d.IsZero() && s.err == nil
}

// round returns the integer next to x.
func (s *steps) round(x number.Number) number.Number {
	if s.err != nil {
		return number.Number{}
	}
	x, s.err = s.a.Round(x, 0, number.HalfEven)
	return x
}
