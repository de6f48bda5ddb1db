package number

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// fraction, as the ref of a [Number], says that its value is i/d, in lowest
// terms and with d > 1. Every fraction whose numerator and denominator are
// below 2^63 is kept so, others as a *big.Rat: one value has one form. The
// least int64 is no numerator, so that each has a negative.
type fraction struct{}

// small returns x as num/den if that is an integer or a fraction of machine
// words.
func (n Number) small() (num, den int64, ok bool) {
	switch n.ref.(type) {
	case nil:
		return n.i, 1, true
	case fraction:
		return n.i, n.d, true
	}
	return 0, 0, false
}

// quotient64 returns x/y in lowest terms; y is not 0. It is false if that takes
// more than machine words.
func quotient64(x, y int64) (Number, bool) {
	return product64((x < 0) != (y < 0), abs64(x), 1, 1, abs64(y))
}

// product64 returns ±(p/q)*(r/s) of two fractions in lowest terms, or false if
// the result takes more than machine words.
func product64(negative bool, p, q, r, s uint64) (Number, bool) {
	// What is cancelled first leaves lowest terms, and no overflow but of a
	// result that is too long itself.
	p, s = cancel(p, s)
	r, q = cancel(r, q)
	numHi, num := bits.Mul64(p, r)
	denHi, den := bits.Mul64(q, s)
	if numHi|denHi != 0 || num > math.MaxInt64 || den > math.MaxInt64 {
		return Number{}, false
	}
	if negative {
		return lowest(-int64(num), int64(den)), true
	}
	return lowest(int64(num), int64(den)), true
}

// smallCost is the work of an operation on fractions of machine words.
const smallCost = 50

// addSmall returns x + y, or false if that takes more than machine words.
func addSmall(x, y Number) (Number, bool) {
	xn, xd, ok1 := x.small()
	yn, yd, ok2 := y.small()
	if !ok1 || !ok2 {
		return Number{}, false
	}
	return sum64(xn, xd, yn, yd)
}

// mulSmall returns x * y, or false if that takes more than machine words.
func mulSmall(x, y Number) (Number, bool) {
	xn, xd, ok1 := x.small()
	yn, yd, ok2 := y.small()
	if !ok1 || !ok2 {
		return Number{}, false
	}
	return product64((xn < 0) != (yn < 0), abs64(xn), uint64(xd), abs64(yn), uint64(yd))
}

// quoSmall returns x / y, y not 0, or false if that takes more than machine
// words.
func quoSmall(x, y Number) (Number, bool) {
	xn, xd, ok1 := x.small()
	yn, yd, ok2 := y.small()
	if !ok1 || !ok2 {
		return Number{}, false
	}
	return product64((xn < 0) != (yn < 0), abs64(xn), uint64(xd), uint64(yd), abs64(yn))
}

// sum64 returns x/p + y/q of two fractions in lowest terms with positive
// denominators, or false if that takes more than machine words on the way.
func sum64(x, p, y, q int64) (Number, bool) {
	g := int64(1)
	if p != 1 && q != 1 {
		g = int64(gcd64(uint64(p), uint64(q)))
	}
	s, ok1 := mulInt64(x, q/g)
	t, ok2 := mulInt64(y, p/g)
	sum := s + t
	if !ok1 || !ok2 || (sum > s) != (t > 0) {
		return Number{}, false
	}
	// The sum has no factor in common with p/g or q/g: only what p and q share
	// can cancel.
	num, rest := cancel(abs64(sum), uint64(g))
	den, ok := mulInt64(p/g, q/g)
	if ok {
		den, ok = mulInt64(den, int64(rest))
	}
	if !ok || num > math.MaxInt64 {
		return Number{}, false
	}
	if sum < 0 {
		return lowest(-int64(num), den), true
	}
	return lowest(int64(num), den), true
}

// lowest returns num/den, which is in lowest terms, with den above 0.
func lowest(num, den int64) Number {
	if den == 1 {
		return Number{i: num}
	}
	return Number{ref: fraction{}, i: num, d: den}
}

// cancel divides x and y by their greatest common divisor; y is not 0.
func cancel(x, y uint64) (uint64, uint64) {
	if g := gcd64(x, y); g != 1 {
		return x / g, y / g
	}
	return x, y
}

// gcd64 returns the greatest common divisor, by shifts and differences, which
// take less time than remainders.
func gcd64(x, y uint64) uint64 {
	if x == 0 || y == 0 {
		return x | y
	}
	shared := bits.TrailingZeros64(x | y)
	x >>= bits.TrailingZeros64(x)
	for y != 0 && x != 1 {
		y >>= bits.TrailingZeros64(y)
		if x > y {
			x, y = y, x
		}
		y -= x
	}
	return x << shared
}

// cmpSmall compares x and y; it is false if they take more than machine words.
func cmpSmall(x, y Number) (c int, ok bool) {
	xn, xd, ok1 := x.small()
	yn, yd, ok2 := y.small()
	if !ok1 || !ok2 {
		return 0, false
	}
	if c := cmp.Compare(x.sign(), y.sign()); c != 0 {
		return c, true
	}
	xh, xl := bits.Mul64(abs64(xn), uint64(yd))
	yh, yl := bits.Mul64(abs64(yn), uint64(xd))
	c = cmp.Or(cmp.Compare(xh, yh), cmp.Compare(xl, yl))
	if xn < 0 {
		c = -c
	}
	return c, true
}

// round64 returns x/d rounded to an integer, of a fraction with d > 1.
func round64(x, d int64, mode Rounding) int64 {
	q, r := x/d, abs64(x%d)
	half := 0
	switch {
	case 2*r > uint64(d):
		half = 1
	case 2*r < uint64(d):
		half = -1
	}
	switch {
	case !mode.away(x < 0, half, q&1 != 0):
		return q
	case x < 0:
		return q - 1
	}
	return q + 1
}

// decimal64 returns m and the least number of places with |x/d| = m/10^places,
// of a fraction in lowest terms; it is false if there are none, or m is too
// long.
func decimal64(x, d int64) (m uint64, places int, ok bool) {
	twos, fives := bits.TrailingZeros64(uint64(d)), 0
	rest := d >> twos
	for rest%5 == 0 {
		rest /= 5
		fives++
	}
	places = max(twos, fives)
	if rest != 1 || places >= len(pow10) {
		return 0, 0, false
	}
	hi, m := bits.Mul64(abs64(x), uint64(pow10[places]/d))
	return m, places, hi == 0
}

// ownRat returns the fraction x and keeps x: the caller gives it away.
func ownRat(x *big.Rat) Number {
	num, den := x.Num(), x.Denom()
	switch {
	case x.IsInt():
		return ownInt(num)
	case num.IsInt64() && den.IsInt64() && num.Int64() != math.MinInt64:
		return lowest(num.Int64(), den.Int64())
	}
	return Number{ref: x}
}
