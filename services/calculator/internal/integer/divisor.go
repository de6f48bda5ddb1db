package integer

import (
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// factored returns the complete factorization of n, or an error that tells how
// far it got; what is what n is.
func factored(a *number.Arith, n number.Number, what string) (*Factorization, error) {
	f, err := Factorize(a, n)
	if err != nil {
		return nil, err
	}
	if !f.Complete() {
		return nil, limit("", "%s cannot be factored in the work of a call: a part of %s digits is left",
			what, group(digitsOf(f.Unfactored.BigInt().BitLen())))
	}
	return f, nil
}

// Totient returns Euler's totient of n > 0: how many of 1 to n are coprime to n.
func Totient(a *number.Arith, n number.Number) (number.Number, error) {
	x, err := of(n, "the totient")
	if err != nil {
		return number.Number{}, err
	}
	if x.Sign() <= 0 {
		return number.Number{}, domain("the totient needs a positive integer, not %s", number.Brief(n))
	}
	f, err := factored(a, n, "the number")
	if err != nil {
		return number.Number{}, err
	}
	for _, p := range f.Factors {
		q := p.Prime.BigInt()
		if err := a.Spend(2 * number.DivCost(x.BitLen(), q.BitLen())); err != nil {
			return number.Number{}, err
		}
		x.Quo(x, q)
		x.Mul(x, q.Sub(q, one))
	}
	return number.FromBigInt(x), nil
}

// DivisorList is what [Divisors] returns.
type DivisorList struct {
	// Count and Sum are of all positive divisors.
	Count, Sum number.Number
	// Divisors are in order; nil if there are more than MaxDivisors.
	Divisors []number.Number
}

// MaxDivisors bounds the divisors that are listed.
const MaxDivisors = 10_000

// Divisors returns the positive divisors of n, which is not 0.
func Divisors(a *number.Arith, n number.Number) (*DivisorList, error) {
	if n.IsZero() {
		return nil, domain("every integer divides 0")
	}
	f, err := factored(a, n, "the number")
	if err != nil {
		return nil, err
	}
	count, sum := big.NewInt(1), big.NewInt(1)
	for _, p := range f.Factors {
		// 1 + p + ... + p^e is (p^(e+1) - 1) / (p - 1).
		q := p.Prime.BigInt()
		bits := q.BitLen() * int(p.Exponent+1)
		if err := a.Spend(2*number.MulCost(bits, bits) + number.DivCost(bits, q.BitLen()) + number.MulCost(sum.BitLen(), bits)); err != nil {
			return nil, err
		}
		t := new(big.Int).Exp(q, big.NewInt(p.Exponent+1), nil)
		sum.Mul(sum, t.Quo(t.Sub(t, one), q.Sub(q, one)))
		count.Mul(count, big.NewInt(p.Exponent+1))
	}
	l := &DivisorList{Count: number.FromBigInt(count), Sum: number.FromBigInt(sum)}
	if count.Cmp(big.NewInt(MaxDivisors)) > 0 {
		return l, nil
	}
	all := []*big.Int{big.NewInt(1)}
	for _, p := range f.Factors {
		q := p.Prime.BigInt()
		for i, n := 0, len(all)*int(p.Exponent); i < n; i++ {
			if err := a.Spend(number.MulCost(all[i].BitLen(), q.BitLen())); err != nil {
				return nil, err
			}
			all = append(all, new(big.Int).Mul(all[i], q))
		}
	}
	slices.SortFunc(all, (*big.Int).Cmp)
	l.Divisors = make([]number.Number, len(all))
	for i, d := range all {
		l.Divisors[i] = number.FromBigInt(d)
	}
	return l, nil
}
