package number

import (
	"cmp"
	"math/big"
	"math/bits"
)

// Add returns x + y.
func (a *Arith) Add(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil {
		if s := x.i + y.i; (s > x.i) == (y.i > 0) {
			return Number{i: s}, nil
		}
	}
	return a.add(x, y)
}

func (a *Arith) add(x, y Number) (Number, error) {
	switch max(x.Kind(), y.Kind()) {
	case Integer:
		p, q := x.int(), y.int()
		if err := a.fits(max(p.BitLen(), q.BitLen()) + 1); err != nil {
			return Number{}, err
		}
		return ownInt(new(big.Int).Add(p, q)), a.spend(linearCost(p, q))
	case Rational:
		if z, ok := addSmall(x, y); ok {
			return z, a.spend(smallCost)
		}
		xn, xd := x.bitLens()
		yn, yd := y.bitLens()
		if !a.ratFits(max(xn+yd, yn+xd)+1, xd+yd) {
			return a.opaque(opAdd, x, y)
		}
		if err := a.spend(gcdCost(xd + yd)); err != nil {
			return Number{}, err
		}
		return a.ratResult(new(big.Rat).Add(x.rat(), y.rat()), opAdd, x, y)
	}
	return a.addReal(x, y)
}

// Neg returns -x.
func (a *Arith) Neg(x Number) (Number, error) { return a.neg(x), nil }

func (a *Arith) neg(x Number) Number {
	switch v := x.ref.(type) {
	case nil:
		if -x.i != x.i || x.i == 0 {
			return Number{i: -x.i}
		}
		return ownInt(new(big.Int).Neg(x.int()))
	case *big.Int:
		return ownInt(new(big.Int).Neg(v))
	case fraction:
		return Number{ref: v, i: -x.i, d: x.d}
	case *big.Rat:
		return Number{ref: new(big.Rat).Neg(v)}
	case *real:
		return v.neg(a)
	}
	return x
}

// Sub returns x - y.
func (a *Arith) Sub(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil {
		if d := x.i - y.i; (d < x.i) == (y.i > 0) {
			return Number{i: d}, nil
		}
	}
	return a.add(x, a.neg(y))
}

// Mul returns x * y.
func (a *Arith) Mul(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil {
		if p, ok := mulInt64(x.i, y.i); ok {
			return Number{i: p}, nil
		}
	}
	return a.mul(x, y)
}

// mulInt64 returns x*y and whether it fits.
func mulInt64(x, y int64) (int64, bool) {
	const small = 1 << 31
	if x < small && x > -small && y < small && y > -small {
		return x * y, true
	}
	hi, lo := bits.Mul64(abs64(x), abs64(y))
	if hi != 0 || lo > 1<<63-1 {
		return 0, false
	}
	if (x < 0) != (y < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

// abs64 returns |x| also for the least int64.
func abs64(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func (a *Arith) mul(x, y Number) (Number, error) {
	if x.IsZero() || y.IsZero() {
		return Number{}, nil
	}
	switch max(x.Kind(), y.Kind()) {
	case Integer:
		p, q := x.int(), y.int()
		if err := a.fits(p.BitLen() + q.BitLen() - 1); err != nil {
			return Number{}, err
		}
		if err := a.spend(mulCost(p.BitLen(), q.BitLen())); err != nil {
			return Number{}, err
		}
		return ownInt(new(big.Int).Mul(p, q)), nil
	case Rational:
		if z, ok := mulSmall(x, y); ok {
			return z, a.spend(smallCost)
		}
		xn, xd := x.bitLens()
		yn, yd := y.bitLens()
		if !a.ratFits(xn+yn, xd+yd) {
			return a.opaque(opMul, x, y)
		}
		if err := a.spend(gcdCost(max(xn+yn, xd+yd))); err != nil {
			return Number{}, err
		}
		return a.ratResult(new(big.Rat).Mul(x.rat(), y.rat()), opMul, x, y)
	}
	return a.mulReal(x, y)
}

// Quo returns x / y, exactly if both are exact.
func (a *Arith) Quo(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil && y.i != 0 && y.i != -1 && x.i%y.i == 0 {
		return Number{i: x.i / y.i}, nil
	}
	if y.IsZero() {
		return Number{}, divisionByZero(x)
	}
	if z, ok := quoSmall(x, y); ok {
		return z, a.spend(smallCost)
	}
	switch max(x.Kind(), y.Kind()) {
	case Integer:
		return a.quoInt(x.int(), y.int())
	case Rational:
		r, err := a.inv(y)
		if err != nil {
			return Number{}, err
		}
		return a.Mul(x, r)
	}
	return a.quoReal(x, y)
}

func divisionByZero(x Number) error {
	return &Error{Kind: DivisionByZero, Message: "division by zero: " + brief(x) + " / 0"}
}

// inv returns 1/x of an exact x that is not 0.
func (a *Arith) inv(x Number) (Number, error) {
	if n, d := x.bitLens(); x.IsInt() && n+d > a.lim.RationalBits {
		return a.opaque(opQuo, Int(1), x)
	}
	return ownRat(new(big.Rat).Inv(x.rat())), nil
}

func (a *Arith) quoInt(x, y *big.Int) (Number, error) {
	if x.BitLen()+y.BitLen() <= a.lim.RationalBits {
		if err := a.spend(gcdCost(min(x.BitLen(), y.BitLen()) + 64)); err != nil {
			return Number{}, err
		}
		return ownRat(new(big.Rat).SetFrac(x, y)), nil
	}
	if x.Sign() == 0 {
		return Number{}, nil
	}
	if z := min(x.TrailingZeroBits(), y.TrailingZeroBits()); z > 0 {
		return a.quoInt(new(big.Int).Rsh(x, z), new(big.Int).Rsh(y, z))
	}
	if x.BitLen() >= y.BitLen() {
		if err := a.spend(divCost(x.BitLen(), y.BitLen())); err != nil {
			return Number{}, err
		}
		q, r := new(big.Int).QuoRem(x, y, new(big.Int))
		if r.Sign() == 0 {
			return ownInt(q), nil
		}
	}
	return a.opaque(opQuo, ownInt(x), ownInt(y))
}

// Abs returns |x|.
func (a *Arith) Abs(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil || s >= 0 {
		return x, err
	}
	return a.neg(x), nil
}

// Sign returns -1, 0 or 1. The error is Undecided for a real that no
// precision within the limits tells from 0.
func (a *Arith) Sign(x Number) (int, error) {
	if x.IsExact() {
		return x.sign(), nil
	}
	return a.signReal(x)
}

// sign returns the sign of an exact number.
func (n Number) sign() int {
	switch v := n.ref.(type) {
	case *big.Int:
		return v.Sign()
	case *big.Rat:
		return v.Sign()
	}
	return cmp.Compare(n.i, 0)
}

// Cmp returns -1, 0 or 1 as x is less than, equal to or greater than y.
func (a *Arith) Cmp(x, y Number) (int, error) {
	switch max(x.Kind(), y.Kind()) {
	case Integer:
		if x.ref == nil && y.ref == nil {
			return cmp.Compare(x.i, y.i), nil
		}
		return x.int().Cmp(y.int()), nil
	case Rational:
		if c, ok := cmpSmall(x, y); ok {
			return c, a.spend(smallCost)
		}
		xn, xd := x.bitLens()
		yn, yd := y.bitLens()
		if err := a.spend(mulCost(xn, yd) + mulCost(yn, xd)); err != nil {
			return 0, err
		}
		return x.rat().Cmp(y.rat()), nil
	}
	d, err := a.Sub(x, y)
	if err != nil {
		return 0, err
	}
	s, err := a.Sign(d)
	if e, ok := err.(*Error); ok && e.Kind == Undecided {
		e.Message = "the two numbers agree to " + group(int64(a.zivCap()*3/10)) + " digits; whether they are equal cannot be decided"
	}
	return s, err
}

// FloorDiv returns floor(x/y).
func (a *Arith) FloorDiv(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil && y.i != 0 && y.i != -1 {
		q := x.i / y.i
		if x.i%y.i != 0 && (x.i < 0) != (y.i < 0) {
			q--
		}
		return Number{i: q}, nil
	}
	return a.divide(x, y, Floor)
}

// divide returns x/y rounded to an integer.
func (a *Arith) divide(x, y Number, mode Rounding) (Number, error) {
	if y.IsZero() {
		return Number{}, divisionByZero(x)
	}
	if max(x.Kind(), y.Kind()) == Integer {
		return a.divInt(x.int(), y.int(), mode)
	}
	q, err := a.Quo(x, y)
	if err != nil {
		return Number{}, err
	}
	return a.Round(q, 0, mode)
}

// Mod returns x - y*floor(x/y), which has the sign of y or is 0.
func (a *Arith) Mod(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil && y.i != 0 && y.i != -1 {
		r := x.i % y.i
		if r != 0 && (r < 0) != (y.i < 0) {
			r += y.i
		}
		return Number{i: r}, nil
	}
	return a.remainder(x, y, Floor)
}

// Rem returns x - y*trunc(x/y), which has the sign of x or is 0.
func (a *Arith) Rem(x, y Number) (Number, error) {
	if x.ref == nil && y.ref == nil && y.i != 0 && y.i != -1 {
		return Number{i: x.i % y.i}, nil
	}
	return a.remainder(x, y, TowardZero)
}

func (a *Arith) remainder(x, y Number, mode Rounding) (Number, error) {
	if y.IsZero() {
		return Number{}, &Error{Kind: DivisionByZero, Message: "division by zero: the remainder of " + brief(x) + " / 0"}
	}
	if x.Kind() == Integer && y.Kind() == Integer {
		return a.remInt(x.int(), y.int(), mode)
	}
	q, err := a.divide(x, y, mode)
	if err != nil {
		return Number{}, err
	}
	p, err := a.Mul(q, y)
	if err != nil {
		return Number{}, err
	}
	return a.Sub(x, p)
}

// int returns the integer x, not to be changed.
func (n Number) int() *big.Int {
	if v, ok := n.ref.(*big.Int); ok {
		return v
	}
	return big.NewInt(n.i)
}

// rat returns the exact value x, not to be changed.
func (n Number) rat() *big.Rat {
	if v, ok := n.ref.(*big.Rat); ok {
		return v
	}
	return n.Rat()
}

// bitLens returns the lengths of the numerator and the denominator.
func (n Number) bitLens() (num, den int) {
	switch v := n.ref.(type) {
	case *big.Rat:
		return v.Num().BitLen(), v.Denom().BitLen()
	case *big.Int:
		return v.BitLen(), 1
	case fraction:
		return bits.Len64(abs64(n.i)), bits.Len64(uint64(n.d))
	}
	return bits.Len64(abs64(n.i)), 1
}

// ratResult returns the fraction r, or the operation that made it as a real
// if r is too long.
func (a *Arith) ratResult(r *big.Rat, op opcode, x, y Number) (Number, error) {
	if !r.IsInt() && r.Num().BitLen()+r.Denom().BitLen() > a.lim.RationalBits {
		return a.opaque(op, x, y)
	}
	return ownRat(r), nil
}

// ratFits reports whether a fraction of about this size may be computed.
func (a *Arith) ratFits(num, den int) bool { return num+den <= 2*a.lim.RationalBits }
