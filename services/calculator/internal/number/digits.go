package number

import (
	"math"
	"math/big"
)

// RoundDigits returns x rounded to so many significant digits. The result is
// exact. The error is Undecided for a real so near to where rounding changes
// that no precision within the limits tells.
func (a *Arith) RoundDigits(x Number, digits int, mode Rounding) (Number, error) {
	if digits < 1 {
		return Number{}, &Error{Kind: Domain, Message: "rounding to " + group(int64(digits)) + " significant digits; there is at least 1"}
	}
	var d significant
	var err error
	switch v := x.ref.(type) {
	case *real:
		if err := a.checkDigits(x, digits); err != nil {
			return Number{}, err
		}
		d, err = a.roundReal(x, digits, mode)
	default:
		if n, _ := x.bitLens(); v == nil && x.IsZero() || x.IsInt() && float64(n)*math.Log10(2)+1 < float64(digits) {
			return x, nil
		}
		if limit := int(float64(a.lim.RationalBits) * math.Log10(2)); digits > limit {
			return Number{}, &Error{Kind: Limit,
				Message: "rounding to " + group(int64(digits)) + " significant digits; the limit is " + group(int64(limit))}
		}
		d, err = a.roundRat(x.rat(), digits, mode)
	}
	if err != nil {
		return Number{}, err
	}
	if d.negative {
		d.m.Neg(d.m)
	}
	p, err := a.Pow(Int(10), Int(int64(d.exp-digits)))
	if err != nil {
		return Number{}, err
	}
	return a.Mul(ownInt(d.m), p)
}

// checkDigits refuses a precision that is out of range for x.
func (a *Arith) checkDigits(x Number, digits int) error {
	limit, hint := a.lim.Digits, ""
	if most := a.lim.ConstantDigits; most > limit && (x.IsExact() || isConstant(x)) {
		limit = most
	} else if digits > limit && digits <= most {
		hint = "as many as " + group(int64(most)) + " digits are for fractions and for multiples of pi, e and square roots of integers"
	}
	if digits >= 1 && digits <= limit {
		return nil
	}
	return &Error{Kind: Limit, Hint: hint,
		Message: "the precision is " + group(int64(digits)) + " digits; it may be from 1 to " + group(int64(limit))}
}

// isConstant reports whether x is a sum of an exact number and multiples of pi,
// e and square roots of integers, which are quick to compute.
func isConstant(x Number) bool {
	_, terms := x.terms()
	for _, t := range terms {
		switch {
		case t.b.op == opPi, t.b.op == opExp && same(t.b.x, Int(1)), t.b.op == opSqrt && t.b.x.IsInt():
		default:
			return false
		}
	}
	return true
}

// significant is the number ±m * 10^(exp-n), where m has n digits.
type significant struct {
	negative bool
	m        *big.Int
	exp      int
}

func (s significant) text() decimal { return decimal{s.negative, s.m.String(), s.exp, true} }

// magnitude returns the mode by which |x| is rounded when x is by r.
func (r Rounding) magnitude(negative bool) Rounding {
	switch {
	case negative && r == Floor:
		return Ceiling
	case negative && r == Ceiling:
		return Floor
	}
	return r
}

// roundReal returns a real rounded to n significant digits.
func (a *Arith) roundReal(x Number, n int, mode Rounding) (d significant, err error) {
	if c, ok := a.beside(x, n); ok {
		return a.roundRat(c.rat(), n, mode)
	}
	var last ball
	err = a.ziv(x, int(float64(n)*math.Log2(10))+24, "the number cannot be rounded to "+group(int64(n))+" digits",
		func(b ball) (ok bool, err error) {
			last = b
			d, ok, err = a.roundBall(b, n, mode)
			return ok, err
		})
	return d, nearZero(err, last)
}

// beside returns an exact number that rounds to n significant digits as x does,
// if x is so near to one of at most n+1 digits that rounding changes at none of
// the numbers between.
func (a *Arith) beside(x Number, n int) (Number, bool) {
	c, sign, t, ok := a.nearExact(x)
	if !ok || c.IsZero() {
		return Number{}, false
	}
	short, err := a.RoundDigits(c, n+1, HalfEven)
	if err != nil || !same(short, c) {
		return Number{}, false
	}
	p, err := a.powUint(big.NewInt(10), uint64(n+3))
	if err != nil {
		return Number{}, false
	}
	// Even just below a power of ten, rounding changes every |c|/(2*10^n) only.
	d, err := a.Quo(c, ownInt(p))
	if err != nil || !d.IsExact() {
		return Number{}, false
	}
	if num, den := d.bitLens(); num-den-2 < t {
		return Number{}, false
	}
	if sign != d.sign() {
		d = a.neg(d)
	}
	z, err := a.Add(c, d)
	return z, err == nil && z.IsExact()
}

// nearZero says that an undecided number is 0 or next to it, if it is.
func nearZero(err error, last ball) error {
	e, ok := err.(*Error)
	if !ok || e.Kind != Undecided || last.m == nil {
		return err
	}
	if _, ok := last.sign(); !ok {
		e.Message = "the result is 0 or nearer to 0 than 10^" +
			group(int64(math.Ceil(float64(last.top())*math.Log10(2)))) + "; no computation of digits tells which"
		e.Hint = "write the expression so that it cancels exactly, or round intermediate results"
	}
	return e
}

// roundBall rounds every number of the ball to n significant digits, and
// returns false if they differ.
func (a *Arith) roundBall(x ball, n int, mode Rounding) (significant, bool, error) {
	s, ok := x.sign()
	if !ok || s == 0 {
		return significant{}, false, nil
	}
	if s < 0 {
		x = x.neg()
	}
	exp := int(math.Floor(float64(x.m.BitLen()-1+x.e)*math.Log10(2))) + 1
	p := max(x.m.BitLen(), int(float64(n)*math.Log2(10))) + 32
	for {
		k := n - exp
		scale := exactBall(big.NewInt(10)).powUint(uint64(max(k, -k)), p)
		y := x.mul(scale, p)
		if k < 0 {
			var err error
			if y, err = x.quo(scale, p); err != nil {
				return significant{}, false, err
			}
		}
		z := y.integer(mode.magnitude(s < 0))
		if z == nil {
			return significant{}, false, nil
		}
		if digitsOf(z) <= n {
			return significant{s < 0, z, exp}, true, nil
		}
		exp++
	}
}

// digitsOf returns the number of decimal digits of an integer above 0.
func digitsOf(x *big.Int) int {
	low, high := float64(x.BitLen()-1)*math.Log10(2), float64(x.BitLen())*math.Log10(2)
	if int(low) == int(high) {
		return int(low) + 1
	}
	if n := int(high); x.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)) < 0 {
		return n
	}
	return int(high) + 1
}

// roundRat returns x, not 0, rounded to n significant digits.
func (a *Arith) roundRat(x *big.Rat, n int, mode Rounding) (significant, error) {
	num := new(big.Int).Abs(x.Num())
	mode = mode.magnitude(x.Sign() < 0)
	exp := int(math.Floor(float64(num.BitLen()-x.Denom().BitLen()-1)*math.Log10(2))) + 1
	for {
		k := n - exp
		scale, err := a.powUint(big.NewInt(10), uint64(max(k, -k)))
		if err != nil {
			return significant{}, err
		}
		if err := a.spend(divCost(num.BitLen()+scale.BitLen(), x.Denom().BitLen())); err != nil {
			return significant{}, err
		}
		var z *big.Int
		if k >= 0 {
			z = roundQuo(scale.Mul(scale, num), x.Denom(), mode)
		} else {
			z = roundQuo(num, scale.Mul(scale, x.Denom()), mode)
		}
		if digitsOf(z) <= n {
			return significant{x.Sign() < 0, z, exp}, nil
		}
		exp++
	}
}
