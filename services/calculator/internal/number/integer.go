package number

import (
	"math"
	"math/big"
	"math/bits"
)

// MulCost is the work of multiplying integers of so many bits.
func MulCost(x, y int) int64 { return mulCost(x, y) }

// DivCost is the work of dividing an integer of x bits by one of y bits.
func DivCost(x, y int) int64 { return divCost(x, y) }

// GCDCost is the work of reducing a fraction of so many bits.
func GCDCost(bits int) int64 { return gcdCost(bits) }

// The costs are fitted to measurements, so that a unit takes 0.5 to 1 ns in
// operations of all kinds and lengths: see BenchmarkWork.

// mulCost is the work of multiplying numbers of so many bits by Karatsuba's
// method.
func mulCost(x, y int) int64 {
	n, m := int64(x)/64+1, int64(y)/64+1
	if n < m {
		n, m = m, n
	}
	c := int64(1)
	k := m
	for ; k > 40; k /= 2 {
		c *= 3
	}
	return 60 + (n/m+1)*c*k*k/2
}

// divCost is the work of dividing a number of x bits by one of y bits. By a
// short one each word takes a division of the machine.
func divCost(x, y int) int64 { return 3*mulCost(max(x-y, 64), y) + int64(x)/8 }

// gcdCost is the work of the greatest common divisor of numbers of so many
// bits, of which Lehmer's method takes about 60 at a time.
func gcdCost(bits int) int64 {
	n := int64(bits)/64 + 1
	return 100 + 300*n + 5*n*n
}

// linearCost is the work of an addition.
func linearCost(x, y *big.Int) int64 {
	return 60 + int64(max(x.BitLen(), y.BitLen()))*3/128
}

// fits refuses an integer of so many bits if that is too long.
func (a *Arith) fits(bits int) error {
	if bits <= a.lim.IntegerBits {
		return nil
	}
	return a.tooLong("the result", float64(bits)*math.Log10(2))
}

// tooLong is the refusal of a result of so many decimal digits.
func (a *Arith) tooLong(what string, digits float64) *Error {
	if math.IsInf(digits, 1) {
		return a.longerThan(what, "more than 10^300")
	}
	return a.longerThan(what, "about "+groupFloat(math.Floor(digits)+1))
}

// immense is the refusal of a result of about 10^exponent digits.
func (a *Arith) immense(what string, exponent float64) *Error {
	return a.longerThan(what, "about 10^"+groupFloat(math.Round(exponent)))
}

func (a *Arith) longerThan(what, digits string) *Error {
	limit := float64(a.lim.IntegerBits) * math.Log10(2)
	if unit := math.Pow(10, math.Floor(math.Log10(limit))-2); unit >= 1 {
		limit = math.Floor(limit/unit) * unit
	}
	return &Error{Kind: Limit,
		Message: what + " has " + digits + " digits; the limit is " + groupFloat(limit)}
}

// powUint returns x^n of an integer; the caller has checked the size.
func (a *Arith) powUint(x *big.Int, n uint64) (*big.Int, error) {
	if x.Sign() == 0 {
		return big.NewInt(0), nil
	}
	tz := x.TrailingZeroBits()
	odd := new(big.Int).Rsh(x, tz)
	z := big.NewInt(1)
	if odd.BitLen() == 1 {
		if err := a.spend(int64(tz) * int64(n) / 64); err != nil {
			return nil, err
		}
		if odd.Sign() < 0 && n&1 != 0 {
			z.Neg(z)
		}
		return z.Lsh(z, tz*uint(n)), nil
	}
	t := new(big.Int)
	for i := bits.Len64(n) - 1; i >= 0; i-- {
		if err := a.spend(mulCost(z.BitLen(), z.BitLen())); err != nil {
			return nil, err
		}
		t, z = z, t.Mul(z, z)
		if n>>uint(i)&1 != 0 {
			if err := a.spend(mulCost(z.BitLen(), odd.BitLen())); err != nil {
				return nil, err
			}
			t, z = z, t.Mul(z, odd)
		}
	}
	return z.Lsh(z, tz*uint(n)), nil
}

// Factorial returns x! of an integer that is not negative.
func (a *Arith) Factorial(x Number) (Number, error) {
	if !x.IsInt() {
		return Number{}, &Error{Kind: Domain, Message: "the factorial is defined for integers, not for " + brief(x)}
	}
	if s, _ := a.Sign(x); s < 0 {
		return Number{}, &Error{Kind: Domain, Message: "the factorial of " + brief(x) + " is not defined"}
	}
	digits := 0.0
	if n := toFloat(x); n > 1 {
		digits = (n*(math.Log(n)-1) + math.Log(2*math.Pi*n)/2) / math.Ln10
	}
	if math.IsInf(digits, 1) {
		l := log2(x) * math.Log10(2)
		return Number{}, a.immense(closed(x)+"!", l+math.Log10(l))
	}
	if digits/math.Log10(2) > float64(a.lim.IntegerBits) {
		return Number{}, a.tooLong(closed(x)+"!", digits)
	}
	n := uint64(x.i)
	if n <= 20 {
		f := int64(1)
		for i := int64(2); i <= x.i; i++ {
			f *= i
		}
		return Int(f), nil
	}
	// n! is 2^(n - ones) times the odd parts of n, n/2, n/4, ...
	odd, acc := big.NewInt(1), big.NewInt(1)
	lo := uint64(1)
	for i := bits.Len64(n) - 1; i >= 0; i-- {
		hi := n >> uint(i)
		if hi > lo {
			p, err := a.oddProduct(lo+1, hi)
			if err != nil {
				return Number{}, err
			}
			if err := a.spend(mulCost(odd.BitLen(), p.BitLen())); err != nil {
				return Number{}, err
			}
			odd.Mul(odd, p)
			lo = hi
		}
		if err := a.spend(mulCost(odd.BitLen(), acc.BitLen())); err != nil {
			return Number{}, err
		}
		acc.Mul(acc, odd)
	}
	return ownInt(acc.Lsh(acc, uint(n)-uint(bits.OnesCount64(n)))), nil
}

// oddProduct returns the product of the odd numbers from lo to hi.
func (a *Arith) oddProduct(lo, hi uint64) (*big.Int, error) {
	lo |= 1
	if hi < lo {
		return big.NewInt(1), nil
	}
	if hi-lo < 32 {
		z, w := big.NewInt(1), uint64(1)
		for i := lo; i <= hi; i += 2 {
			if h, l := bits.Mul64(w, i); h == 0 {
				w = l
				continue
			}
			z.Mul(z, new(big.Int).SetUint64(w))
			w = i
		}
		return z.Mul(z, new(big.Int).SetUint64(w)), a.spend(300)
	}
	mid := lo + (hi-lo)/2
	x, err := a.oddProduct(lo, mid)
	if err != nil {
		return nil, err
	}
	y, err := a.oddProduct(mid+1, hi)
	if err != nil {
		return nil, err
	}
	if err := a.spend(mulCost(x.BitLen(), y.BitLen())); err != nil {
		return nil, err
	}
	return x.Mul(x, y), nil
}

// GCD returns the greatest common divisor of two integers, never negative;
// that of 0 and 0 is 0.
func (a *Arith) GCD(x, y Number) (Number, error) {
	if !x.IsInt() || !y.IsInt() {
		return Number{}, &Error{Kind: Domain, Message: "the greatest common divisor is defined for integers"}
	}
	if x.ref == nil && y.ref == nil {
		p, q := abs64(x.i), abs64(y.i)
		for q != 0 {
			p, q = q, p%q
		}
		return ownInt(new(big.Int).SetUint64(p)), nil
	}
	z, err := a.gcdInt(x.int(), y.int())
	if err != nil {
		return Number{}, err
	}
	return ownInt(z), nil
}

func (a *Arith) gcdInt(x, y *big.Int) (*big.Int, error) {
	if x.BitLen() < y.BitLen() {
		x, y = y, x
	}
	if y.Sign() == 0 {
		return new(big.Int).Abs(x), nil
	}
	if x.BitLen() > y.BitLen()+64 {
		if err := a.spend(divCost(x.BitLen(), y.BitLen())); err != nil {
			return nil, err
		}
		x, y = y, new(big.Int).Rem(x, y)
	}
	if b := min(x.BitLen(), y.BitLen()); b > a.lim.RationalBits {
		return nil, &Error{Kind: Limit, Message: "the greatest common divisor of integers of more than " +
			groupFloat(math.Floor(float64(a.lim.RationalBits)*math.Log10(2))) + " digits takes too long"}
	}
	if err := a.spend(gcdCost(min(x.BitLen(), y.BitLen()))); err != nil {
		return nil, err
	}
	p, q := new(big.Int).Abs(x), new(big.Int).Abs(y)
	return p.GCD(nil, nil, p, q), nil
}

// LCM returns the least common multiple of two integers, never negative; it
// is 0 if one of them is 0.
func (a *Arith) LCM(x, y Number) (Number, error) {
	if !x.IsInt() || !y.IsInt() {
		return Number{}, &Error{Kind: Domain, Message: "the least common multiple is defined for integers"}
	}
	g, err := a.GCD(x, y)
	if err != nil || g.IsZero() {
		return g, err
	}
	q, err := a.divide(x, g, Floor)
	if err != nil {
		return Number{}, err
	}
	z, err := a.Mul(q, y)
	if err != nil {
		return Number{}, err
	}
	return a.Abs(z)
}

// divInt returns x/y rounded to an integer.
func (a *Arith) divInt(x, y *big.Int, mode Rounding) (Number, error) {
	if err := a.spend(divCost(x.BitLen(), y.BitLen())); err != nil {
		return Number{}, err
	}
	return ownInt(roundQuo(x, y, mode)), nil
}

// roundQuo returns x/y rounded to an integer.
func roundQuo(x, y *big.Int, mode Rounding) *big.Int {
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	if r.Sign() == 0 {
		return q
	}
	negative := x.Sign() != y.Sign()
	half := 0
	if mode <= HalfDown {
		half = r.Lsh(r, 1).CmpAbs(y)
	}
	if mode.away(negative, half, q.Bit(0) != 0) {
		if negative {
			return q.Sub(q, one)
		}
		return q.Add(q, one)
	}
	return q
}

var one = big.NewInt(1)

// remInt returns x - y*q, q being x/y rounded by mode, Floor or TowardZero.
func (a *Arith) remInt(x, y *big.Int, mode Rounding) (Number, error) {
	if err := a.spend(divCost(x.BitLen(), y.BitLen())); err != nil {
		return Number{}, err
	}
	r := new(big.Int).Rem(x, y)
	if mode == Floor && r.Sign() != 0 && r.Sign() != y.Sign() {
		r.Add(r, y)
	}
	return ownInt(r), nil
}
