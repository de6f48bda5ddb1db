package linear

import (
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// LongDigits is how many digits a number at least has, written as a fraction or
// as a decimal, if [LongInInverse] counts it.
const LongDigits = 8

// longProduct bounds the numerator times the denominator of what is not long. It
// is so far below the primes that few residues are those of such a fraction by
// chance.
const longProduct = 1 << 48

// LongInInverse returns a number of entries of the inverse of a square matrix
// that are long: their numerators times their denominators are 2^48 at least.
// There may be a few more. It takes a small part of the work of the inverse. The
// number is 0 if the matrix is singular, or seems to be.
func LongInInverse(a *number.Arith, m Matrix) (int, error) {
	if err := square("inverse", m); err != nil {
		return 0, err
	}
	z, err := beside("inverse", a, m, Identity(len(m)))
	if err != nil {
		return 0, err
	}
	f, err := new(primes).next(a)
	if err != nil {
		return 0, err
	}
	q, err := f.matrix(a, z)
	if err != nil {
		return 0, err
	}
	v, err := q.cramer(a)
	if err != nil || v == nil {
		return 0, err
	}
	count, d := 0, f.inverse(v[0])
	for _, x := range v[1:] {
		if err := a.Spend(500); err != nil {
			return 0, err
		}
		if f.isLong(f.to(f.mul(x, d))) {
			count++
		}
	}
	return count, nil
}

// isLong reports whether every fraction that is x modulo p is long. One that is
// not has a numerator times a denominator below p/2, and is then among those
// that Euclid's algorithm for p and x yields.
func (f *field) isLong(x uint64) bool {
	r, s := f.p, x
	t, u := uint64(0), uint64(1) // the factors of x of which r and s remain, but for signs
	for s != 0 {
		if hi, lo := bits.Mul64(s, u); hi == 0 && lo < longProduct {
			return false
		}
		q := r / s
		r, s = s, r-q*s
		t, u = u, t+q*u
	}
	return x != 0
}
