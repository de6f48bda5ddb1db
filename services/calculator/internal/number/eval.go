package number

import (
	"errors"
	"math"
	"math/big"
)

// zivCap is the greatest working precision in bits: a real that it does not
// tell from 0, or from a point where rounding changes, is undecided.
func (a *Arith) zivCap() int { return 16384 + 8*max(min(a.digits, a.lim.Digits), DefaultPrecision) }

// ziv evaluates x more and more precisely until decide is content with the
// enclosure; what says what was to be decided.
func (a *Arith) ziv(x Number, bits int, what string, decide func(ball) (bool, error)) error {
	limit := max(a.zivCap(), 4*bits)
	for p := bits; ; p *= 2 {
		b, err := a.enclose(x, p)
		if err == nil {
			var ok bool
			if ok, err = decide(b); ok {
				return nil
			}
		}
		if err != nil && !errors.Is(err, errImprecise) {
			return err
		}
		if p >= limit {
			return &Error{Kind: Undecided,
				Message: what + ": it takes more than " + group(int64(float64(p)*0.30103)) + " digits to decide",
				Hint:    "the exact value is probably a round number; simplify the expression so that it is exact, or round intermediate results"}
		}
	}
}

// enclose returns a ball that contains x; its radius is about 2^-p of its
// middle unless x is ill-conditioned.
func (a *Arith) enclose(x Number, p int) (ball, error) {
	switch v := x.ref.(type) {
	case nil:
		return exactBall(big.NewInt(x.i)), nil
	case *big.Int:
		return exactBall(v).round(p), nil
	case fraction:
		return exactBall(big.NewInt(x.i)).quo(exactBall(big.NewInt(x.d)), p)
	case *big.Rat:
		if v.Denom().BitLen() > 4*p || v.Num().BitLen() > 4*p {
			return exactBall(v.Num()).round(p+8).quo(exactBall(v.Denom()).round(p+8), p)
		}
		return exactBall(v.Num()).quo(exactBall(v.Denom()), p)
	}
	v := x.ref.(*real)
	z := exactBall(new(big.Int))
	if !v.c.IsZero() {
		c, err := a.enclose(v.c, p)
		if err != nil {
			return ball{}, err
		}
		z = c
	}
	for _, t := range v.t {
		b, err := a.encloseNode(t.b, p)
		if err != nil {
			return ball{}, err
		}
		if t.q.ref != nil || t.q.i != 1 {
			q, err := a.enclose(t.q, p)
			if err != nil {
				return ball{}, err
			}
			b = b.mul(q, p)
		}
		z = z.add(b, p)
	}
	return z, nil
}

// minBits is the least precision of an operation; the first approximations of
// logBall and atanBall have 60 bits.
const minBits = 64

// nodeCost is the work of an operation on reals besides its long products.
const nodeCost = 2000

func (a *Arith) encloseNode(n *node, p int) (ball, error) {
	p = max(p, minBits)
	if m := n.memo.Load(); m != nil && m.p >= p {
		return m.b, nil
	}
	if err := a.spend(nodeCost + 4*mulCost(p, p)); err != nil {
		return ball{}, err
	}
	b, err := a.evaluate(n, p)
	if err != nil {
		return ball{}, err
	}
	n.memo.Store(&enclosure{p, b})
	return b, nil
}

// evaluate applies the operation of n to enclosures of its operands.
func (a *Arith) evaluate(n *node, p int) (ball, error) {
	switch n.op {
	case opPi:
		v, err := a.piBits(p + 2)
		return ball{v, -p - 2, magOf(2, -p-2)}, err
	case opAsin, opAcosh:
		return a.enclose(n.y, p)
	case opRoot:
		return a.rootBall(n, p)
	case opAdd, opMul, opQuo:
		return a.evaluateBinary(n, p)
	case opPow:
		return a.evaluatePow(n, p)
	}
	switch {
	case n.op >= opEuler:
		return a.evaluateSpecial(n, p)
	case n.op == opExp && p > constantBits && same(n.x, Int(1)):
		return a.eBall(p)
	}
	// Operands are asked for no more bits than p where possible: in a long
	// chain of operations each would otherwise ask for more than its operand
	// remembers, and all would be evaluated anew for each.
	x, err := a.enclose(n.x, p)
	if err != nil {
		return ball{}, err
	}
	// An absolute error of the argument is a relative error of the result.
	if t := x.top(); t > 4 && n.op.grows() {
		if t > maxArgumentBits {
			return ball{}, argumentTooLarge(n.x)
		}
		if x, err = a.enclose(n.x, p+t); err != nil {
			return ball{}, err
		}
	}
	switch n.op {
	case opSqrt:
		return x.sqrt(p)
	case opExp:
		return a.expBall(x, p)
	case opLog:
		return a.logBall(x, p)
	case opAtan:
		return a.atanBall(x, p)
	case opSinh, opCosh, opTanh:
		return a.hyperbolicBall(n.op, x, p)
	case opAsinh:
		return a.asinhBall(x, p)
	case opAtanh:
		if !n.y.IsZero() {
			return a.enclose(n.y, p)
		}
		return a.atanhBall(x, p)
	}
	return a.trigBall(n.op, x, p)
}

// grows reports whether a long argument needs so many bits more.
func (op opcode) grows() bool {
	switch op {
	case opExp, opSin, opCos, opTan, opSinh, opCosh:
		return true
	}
	return false
}

func (a *Arith) evaluateBinary(n *node, p int) (ball, error) {
	x, err := a.enclose(n.x, p)
	if err != nil {
		return ball{}, err
	}
	y, err := a.enclose(n.y, p)
	if err != nil {
		return ball{}, err
	}
	switch n.op {
	case opAdd:
		return x.add(y, p), nil
	case opMul:
		return x.mul(y, p), nil
	}
	return x.quo(y, p)
}

// directPower bounds the integer exponents, and twice the half-integer ones, that
// are multiplied out.
const directPower = 256

func (a *Arith) evaluatePow(n *node, p int) (ball, error) {
	// A relative error of x is multiplied by y.
	yn, yd := n.y.bitLens()
	wp := p + max(0, yn-yd)
	if n.x.IsExact() {
		wp += 40
	}
	x, err := a.enclose(n.x, wp)
	if err != nil {
		return ball{}, err
	}
	num, den, _ := n.y.Fraction()
	if y, ok := num.Int64(); ok && abs64(y) <= directPower && (same(den, Int(1)) || same(den, Int(2))) {
		if same(den, Int(2)) {
			if x, err = x.sqrt(wp + 16); err != nil {
				return ball{}, err
			}
		}
		z := x.powUint(abs64(y), p+16)
		if y < 0 {
			return exactBall(one).quo(z, p)
		}
		return z.round(p), nil
	}
	s, ok := x.sign()
	if !ok {
		return ball{}, errImprecise
	}
	negative := false
	if s < 0 {
		x, negative = x.neg(), n.y.int().Bit(0) != 0
	}
	// The absolute error of y*log(x), which is below 2^40 or out of range, is
	// the relative error of the result.
	wp += 40
	l, err := a.logBall(x, wp)
	if err != nil {
		return ball{}, err
	}
	y, err := a.enclose(n.y, wp)
	if err != nil {
		return ball{}, err
	}
	z, err := a.expBall(l.mul(y, wp), p)
	if err == nil && negative {
		z = z.neg()
	}
	return z, err
}

// checkMagnitude refuses a real outside of 10^±Exponent.
func (a *Arith) checkMagnitude(x Number) error {
	limit := int(float64(a.lim.Exponent) * math.Log2(10))
	b, err := a.enclose(x, 64)
	if errors.Is(err, errImprecise) {
		return nil
	}
	if err != nil {
		return err
	}
	t := b.top()
	if t > limit {
		return a.outOfRange(float64(t) * math.Log10(2))
	}
	if s, ok := b.sign(); ok && s != 0 && t < -limit {
		return a.outOfRange(float64(t) * math.Log10(2))
	}
	return nil
}

// outOfRange is the refusal of a real about 10^exponent.
func (a *Arith) outOfRange(exponent float64) error {
	l := group(int64(a.lim.Exponent))
	what := "about 10^" + groupFloat(math.Round(exponent))
	switch {
	case math.IsInf(exponent, 1):
		what = "beyond 10^(10^300)"
	case math.IsInf(exponent, -1):
		what = "nearer to 0 than 10^-(10^300)"
	}
	return &Error{Kind: Limit, Message: "the result is " + what + "; the limit is 10^-" + l + " to 10^" + l}
}

// signReal returns the sign of a real.
func (a *Arith) signReal(x Number) (int, error) {
	if q, b, ok := x.single(); ok && b.positive() {
		return a.Sign(q)
	}
	sign := 0
	err := a.ziv(x, 64, "the sign of a number near 0 cannot be told", func(b ball) (ok bool, err error) {
		sign, ok = b.sign()
		return ok, nil
	})
	if err == nil {
		return sign, nil
	}
	c, q, n, ok := x.quadratic()
	if e, isErr := err.(*Error); !ok || !isErr || e.Kind != Undecided {
		return 0, err
	}
	// c and q have opposite signs, so c + q*sqrt(n) has the sign of the greater.
	d, err := a.norm(c, q, n)
	if err != nil {
		return 0, err
	}
	s, err := a.Sign(d)
	if err != nil {
		return 0, err
	}
	t, err := a.Sign(c)
	return s * t, err
}

// positive reports whether the value of n is known to be above 0.
func (n *node) positive() bool {
	switch n.op {
	case opPi, opExp, opSqrt, opCosh, opRoot, opErfc:
		return true
	case opPow:
		return n.x.IsExact() && n.x.sign() > 0
	}
	return false
}
