package number

import (
	"math"
	"math/big"
)

// Erf returns the error function, 2/sqrt(pi) times the integral of e^-t^2 from
// 0 to x.
func (a *Arith) Erf(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil || s == 0 {
		return Number{}, err
	}
	if s < 0 {
		z, err := a.Erf(a.neg(x))
		return a.neg(z), err
	}
	b, err := a.enclose(x, minBits)
	if err != nil {
		return Number{}, err
	}
	if t, ok := b.above(); ok && t >= 0 {
		z, err := a.opaque(opErfc, x, Number{})
		if err != nil {
			return Number{}, err
		}
		return a.Sub(Int(1), z)
	}
	return a.opaque(opErf, x, Number{})
}

// Erfc returns 1 - erf(x), to its own digits where it is near 0.
func (a *Arith) Erfc(x Number) (Number, error) {
	b, err := a.enclose(x, minBits)
	if err != nil {
		return Number{}, err
	}
	if s, ok := b.sign(); ok && s > 0 && a.erfcTooSmall(b) {
		f := b.float()
		return Number{}, a.outOfRange(-f * f * math.Log10E)
	}
	z, err := a.Erf(x)
	if err != nil {
		return Number{}, err
	}
	return a.Sub(Int(1), z)
}

// erfcTooSmall reports whether 1 - erf(x), which is about e^-x^2, is out of the
// range of reals, for an x > 0.
func (a *Arith) erfcTooSmall(x ball) bool {
	f := x.float()
	return f*f*math.Log10E > float64(a.lim.Exponent)
}

// rootPi returns the square root of pi.
func (a *Arith) rootPi(p int) (ball, error) {
	v, err := a.piBits(p + 4)
	if err != nil {
		return ball{}, err
	}
	if err := a.spend(divCost(2*p, p)); err != nil {
		return ball{}, err
	}
	return ball{v, -p - 4, magOf(2, -p-4)}.sqrt(p)
}

// erfcBound returns a bound of erfc(x) < e^-x^2 instead of its digits, for an x
// that makes it smaller than every real.
func (a *Arith) erfcBound(x ball) (ball, bool) {
	const most = 1 << 30
	t, ok := x.above()
	if !ok || x.m.Sign() < 0 || t < 10 || !a.erfcTooSmall(x) {
		return ball{}, false
	}
	bits := most
	if t < 15 { // e^-x^2 < 2^-x^2
		bits = 1 << (2 * t)
	}
	return ball{new(big.Int), 0, magOf(1, -bits)}, true
}

// nearExact returns the exact part c of x = c + q*erfc(y), and a bound t and the
// sign of the rest: |x - c| < 2^t. Rounding need not compute how little x
// differs from c. It is false for other numbers.
func (a *Arith) nearExact(x Number) (c Number, sign, t int, ok bool) {
	c, terms := x.terms()
	if len(terms) != 1 || terms[0].b.op != opErfc {
		return Number{}, 0, 0, false
	}
	b, err := a.enclose(sum(Int(0), terms), minBits)
	if err != nil {
		return Number{}, 0, 0, false
	}
	return c, terms[0].q.sign(), b.top(), true
}

// erfBall returns erf(x) of an x from 0 to about 1.
func (a *Arith) erfBall(x ball, p int) (ball, error) {
	if x.top() > 2 {
		return ball{}, errImprecise
	}
	wp := p + 24
	s, err := a.erfSeries(x, wp)
	if err != nil {
		return ball{}, err
	}
	r, err := a.rootPi(wp)
	if err != nil {
		return ball{}, err
	}
	z, err := x.mul(s, wp).quo(r, wp)
	if err != nil {
		return ball{}, err
	}
	z.e++
	z.r.e++
	return z.round(p), nil
}

// erfSeries returns the sum of (-x^2)^n/(n!*(2n+1)), which is erf(x) divided
// by x*2/sqrt(pi), for |x| < 4.
func (a *Arith) erfSeries(x ball, wp int) (ball, error) {
	// The sum differs from 1 by less than x^2, and changes less than 3*x.r with x.
	if -2*x.top() > wp {
		return ball{big.NewInt(1), 0, x.mag().mul(x.mag())}, nil
	}
	// Terms reach e^16.
	const extra = 28
	fp := wp + extra
	sq := x.fixed(fp)
	sq.Mul(sq, sq).Rsh(sq, uint(fp))
	sum := new(big.Int).Lsh(one, uint(fp))
	term, t, d := new(big.Int).Set(sum), new(big.Int), new(big.Int)
	cost := mulCost(fp, fp)
	n := uint64(1)
	for ; term.Sign() != 0; n++ {
		if err := a.spend(cost); err != nil {
			return ball{}, err
		}
		t.Mul(term, sq).Rsh(t, uint(fp))
		term.Quo(t, d.SetUint64(n))
		t.Quo(term, d.SetUint64(2*n+1))
		if n&1 != 0 {
			sum.Sub(sum, t)
		} else {
			sum.Add(sum, t)
		}
	}
	// An error of a term grows by no more than the terms do, e^16 < 2^24.
	r := magOf(8*n+8, 24-fp).add(x.r).add(x.r).add(x.r)
	return ball{sum, -fp, r}, nil
}

// erfcBall returns 1 - erf(x) of an x that is not much less than 1. It is
// computed at the middle of x: there both parts of a difference, below, have
// the same x.
func (a *Arith) erfcBall(x ball, p int) (ball, error) {
	top := x.top()
	if t, ok := x.above(); !ok || t < -1 || x.m.Sign() < 0 || !x.r.below(-top-3) {
		return ball{}, errImprecise
	}
	f := x.float()
	bits := f * f * math.Log2E
	var z ball
	var err error
	if n, ok := fractionLength(f, p+56, p/3*2); ok {
		z, err = a.erfcFraction(x.center(), p+16, n)
	} else {
		z, err = a.erfcTaylor(x.center(), p+16, int(bits)+2)
	}
	if err != nil {
		return ball{}, err
	}
	// |erfc(x+d) - erfc(x)| <= 2*e^-x^2*|d| <= erfc(x)*(4x+4)*|d| for 2x|d| <= 1/2
	if x.r.m != 0 {
		z = z.widen(z.mag().mul(x.r).mul(magOf(1, max(top, 0)+3)))
	}
	return z.round(p), nil
}

// fractionLength returns how many elements of the continued fraction
// t = x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...))) give an error below 2^-wp, and
// false if it is more than most. As the elements are positive, the error is
// less than the difference of two successive approximants.
func fractionLength(x float64, wp, most int) (n int, ok bool) {
	// quo is the quotient of the denominators of two successive approximants.
	quo, bits := x, -math.Log2(2*x)
	for n = 1; n <= most; n++ {
		if bits < float64(-wp-1) {
			return n, true
		}
		c := float64(n+1) / 2
		next := x + c/quo
		bits += math.Log2(c / (quo * next))
		quo = next
	}
	return 0, false
}

// erfcFraction returns erfc(x) = e^-x^2/sqrt(pi)/t of that fraction cut after
// n elements, which suffice for 40 bits more than p.
func (a *Arith) erfcFraction(x ball, p, n int) (ball, error) {
	wp := p + 40
	v := x.fixed(wp)
	t, u, d := new(big.Int).Set(v), new(big.Int), new(big.Int)
	cost := divCost(2*wp, wp)
	for k := n; k >= 1; k-- {
		if err := a.spend(cost); err != nil {
			return ball{}, err
		}
		u.Lsh(d.SetInt64(int64(k)), uint(2*wp-1))
		t.Quo(u, t).Add(t, v)
	}
	r, err := a.rootPi(wp)
	if err != nil {
		return ball{}, err
	}
	e, err := a.expBall(x.mul(x, 2*wp).neg(), wp)
	if err != nil {
		return ball{}, err
	}
	// What is cut in one step shrinks in the others, or grows once by n/x^2.
	s := ball{t, -wp, magOf(4*uint64(n)*uint64(n)+16, -wp)}
	return e.quo(r.mul(s, wp), p)
}

// erfcTaylor returns erfc(x) = e^-x^2 * (e^x^2 - 2x/sqrt(pi) * s), s being the
// sum of (2x^2)^n/(1*3*...*(2n+1)). The difference loses as many bits as e^x^2
// has.
func (a *Arith) erfcTaylor(x ball, p, lost int) (ball, error) {
	wp := p + lost + 24
	sq := x.mul(x, 2*wp)
	s, err := a.erfcSeries(sq, wp)
	if err != nil {
		return ball{}, err
	}
	r, err := a.rootPi(wp)
	if err != nil {
		return ball{}, err
	}
	if s, err = s.mul(x, wp).quo(r, wp); err != nil {
		return ball{}, err
	}
	s.e++
	s.r.e++
	e, err := a.expBall(sq, wp)
	if err != nil {
		return ball{}, err
	}
	return e.add(s.neg(), wp).quo(e, p)
}

// erfcSeries returns the sum of (2y)^n/(1*3*...*(2n+1)), to wp bits.
func (a *Arith) erfcSeries(y ball, wp int) (ball, error) {
	q := y.fixed(wp + 1)
	sum := new(big.Int).Lsh(one, uint(wp))
	term, t, d := new(big.Int).Set(sum), new(big.Int), new(big.Int)
	// A short q, as of an x with few digits, makes the products cheap.
	z := min(q.TrailingZeroBits(), uint(wp))
	q.Rsh(q, z)
	shift := uint(wp) - z
	cost := mulCost(wp, q.BitLen())
	n := uint64(1)
	for ; term.Sign() != 0; n++ {
		if err := a.spend(cost); err != nil {
			return ball{}, err
		}
		t.Mul(term, q).Rsh(t, shift)
		term.Quo(t, d.SetUint64(2*n+1))
		sum.Add(sum, term)
	}
	// What is cut from a term is below two units, and 1*q/3*q/5*... multiplies
	// it in the terms after to no more than the sum; the rest, too, is what was
	// cut from the terms that became 0.
	return ball{sum, -wp, magOfInt(sum, -wp).mul(magOf(4*n+4, -wp))}, nil
}
