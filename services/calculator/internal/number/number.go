// Package number is the calculator's arithmetic: integers, fractions and
// real numbers that are never silently wrong. An integer or a fraction is
// exact. A real is kept as the expression that defines it and is evaluated to
// whatever precision a question about it takes, so that each digit printed and
// each comparison answered is proved, not hoped. What would cost too much is
// refused before it is computed, with the estimate in the error.
//
// Start at [New], which makes the [Arith] of one evaluation: it holds the
// limits, the budget and the context, and its methods are the operations.
package number

import (
	"math/big"
)

// Number is an immutable value: an integer, a fraction or a real number. The
// zero value is 0. A Number is cheap to copy, always held in its simplest kind
// (a fraction with denominator 1 is an integer), and safe for concurrent use.
type Number struct {
	// ref is nil when the value is i, and a fraction when it is i/d; otherwise
	// it is a *big.Int outside the range of int64, a *big.Rat that is neither
	// an integer nor a fraction, or a *real.
	ref  any
	i, d int64
}

// Kind says what a [Number] is.
type Kind uint8

// The kinds of numbers, from the simplest to the most general.
const (
	Integer Kind = iota
	Rational
	Real
)

// String returns "integer", "rational" or "real".
func (k Kind) String() string {
	switch k {
	case Integer:
		return "integer"
	case Rational:
		return "rational"
	default:
		return "real"
	}
}

// Int returns the integer i.
func Int(i int64) Number { return Number{i: i} }

// FromBigInt returns the integer x, which the caller may change afterwards.
func FromBigInt(x *big.Int) Number {
	if x.IsInt64() {
		return Number{i: x.Int64()}
	}
	return Number{ref: new(big.Int).Set(x)}
}

// FromRat returns the fraction x, which the caller may change afterwards.
func FromRat(x *big.Rat) Number { return ownRat(new(big.Rat).Set(x)) }

// Frac returns num/den; den must not be 0.
func Frac(num, den int64) Number {
	if x, ok := quotient64(num, den); ok {
		return x
	}
	return ownRat(big.NewRat(num, den))
}

// ownInt returns the integer x and keeps x: the caller gives it away.
func ownInt(x *big.Int) Number {
	if x.IsInt64() {
		return Number{i: x.Int64()}
	}
	return Number{ref: x}
}

// Kind returns the kind of n. A real that happens to equal an integer, but is
// not known to, is a Real.
func (n Number) Kind() Kind {
	switch n.ref.(type) {
	case nil, *big.Int:
		return Integer
	case fraction, *big.Rat:
		return Rational
	default:
		return Real
	}
}

// IsExact reports whether n is an integer or a fraction, so that its value is
// known completely.
func (n Number) IsExact() bool { return n.Kind() != Real }

// IsInt reports whether n is an integer.
func (n Number) IsInt() bool { return n.Kind() == Integer }

// IsZero reports whether n is exactly 0. A real whose value cannot be told
// from 0 is not; [Arith.Sign] decides that, or says that it cannot.
func (n Number) IsZero() bool { return n.ref == nil && n.i == 0 }

// Int64 returns n and true if n is an integer in the range of int64.
func (n Number) Int64() (int64, bool) { return n.i, n.ref == nil }

// BigInt returns a copy of the integer n, or nil if n is no integer.
func (n Number) BigInt() *big.Int {
	switch x := n.ref.(type) {
	case nil:
		return big.NewInt(n.i)
	case *big.Int:
		return new(big.Int).Set(x)
	}
	return nil
}

// Rat returns a copy of the exact value n, or nil if n is a real.
func (n Number) Rat() *big.Rat {
	switch x := n.ref.(type) {
	case nil:
		return new(big.Rat).SetInt64(n.i)
	case fraction:
		return big.NewRat(n.i, n.d)
	case *big.Int:
		return new(big.Rat).SetInt(x)
	case *big.Rat:
		return new(big.Rat).Set(x)
	}
	return nil
}

// Fraction returns the numerator and the denominator of an exact value in
// lowest terms, the denominator positive; ok is false for a real.
func (n Number) Fraction() (num, den Number, ok bool) {
	switch x := n.ref.(type) {
	case nil, *big.Int:
		return n, Int(1), true
	case fraction:
		return Int(n.i), Int(n.d), true
	case *big.Rat:
		return FromBigInt(x.Num()), FromBigInt(x.Denom()), true
	}
	return Number{}, Number{}, false
}
