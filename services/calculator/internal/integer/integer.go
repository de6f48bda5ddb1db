// Package integer is number theory on the calculator's numbers: primes,
// factors, congruences, sequences and the writing of integers in other bases.
//
// The guarantee to know: a prime is called proved only if it is, by one of the
// methods that [Primality] names, and a factorization that the budget does not
// suffice for is returned as far as it got, with the rest that is left.
//
// Start at [Factorize] and [IsPrime]. Each function takes the [number.Arith] of
// the evaluation, spends its budget and ends with its context; an error is a
// [*number.Error].
package integer

import (
	"math"
	"math/big"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var (
	one = big.NewInt(1)
	two = big.NewInt(2)
)

// of returns the integer x; what is the operation that needs one.
func of(x number.Number, what string) (*big.Int, error) {
	if z := x.BigInt(); z != nil {
		return z, nil
	}
	e := domain("%s needs integers; %s is none", what, number.Brief(x))
	if x.Kind() == number.Real {
		e.Hint = "round the value with floor, ceil or round"
	}
	return nil, e
}

// group writes n with commas between thousands.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// digitsOf is about the number of decimal digits of an integer of so many bits.
func digitsOf(bits int) int64 { return int64(float64(bits)*math.Log10(2)) + 1 }

// spendMul takes the work of n products modulo a number of so many bits.
func spendMul(a *number.Arith, n int64, bits int) error {
	return a.Spend(n * mulModCost(bits))
}

// mulModCost is the work of a product and its reduction.
func mulModCost(bits int) int64 {
	return 20 + 2*number.MulCost(bits, bits)
}
