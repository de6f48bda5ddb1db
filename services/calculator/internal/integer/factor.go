package integer

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Factor is a power of a prime.
type Factor struct {
	Prime    number.Number
	Exponent int64
	// Proved is false for a prime that is only probable.
	Proved bool
}

// Factorization is an integer as a product of primes, as far as they were
// found.
type Factorization struct {
	// Negative says that the integer is below 0: the product has a factor -1.
	Negative bool
	// Factors are ordered by their primes.
	Factors []Factor
	// Unfactored is the product of what is left: 1 if all is found, else
	// composite, or too long for a test for being prime.
	Unfactored number.Number
	// TooLong says that a part of Unfactored has more than FactorDigits digits,
	// so that no more than trial division was done.
	TooLong bool
}

// Complete reports whether nothing is left.
func (f *Factorization) Complete() bool {
	i, ok := f.Unfactored.Int64()
	return ok && i == 1
}

const (
	// factorBits bounds the numbers whose factors are searched by more than
	// trial division.
	factorBits = 4096
	// FactorDigits is factorBits in decimal digits.
	FactorDigits = 1233
)

// Factorize returns the prime factors of n, which is not 0. What the budget and the
// time of the call do not suffice for is left in Unfactored and is no error.
func Factorize(a *number.Arith, n number.Number) (*Factorization, error) {
	x, err := of(n, "a factorization")
	if err != nil {
		return nil, err
	}
	if x.Sign() == 0 {
		return nil, domain("0 has no factorization: every integer divides it")
	}
	f := newFactors()
	e := newEffort(a)
	rest, err := f.small(e, new(big.Int).Abs(x))
	if err == nil {
		err = f.split(e, rest, 1)
	} else if errors.Is(err, errSpent) {
		f.leave(rest, 1)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return f.result(x.Sign() < 0), nil
}

// foundFactor is a factor of the number under way.
type foundFactor struct {
	value    *big.Int
	exponent int64
	proved   bool
}

// factors collects what a factorization has found.
type factors struct {
	list []foundFactor
	rest []foundFactor
	// plans are of the levels of the elliptic curve method that were reached,
	// curves the number of curves tried.
	plans  []*ecmPlan
	curves int64
}

func newFactors() *factors { return new(factors) }

func (f *factors) add(p *big.Int, exponent int64, proved bool) {
	for i := range f.list {
		if f.list[i].value.Cmp(p) == 0 {
			f.list[i].exponent += exponent
			return
		}
	}
	f.list = append(f.list, foundFactor{p, exponent, proved})
}

func (f *factors) leave(x *big.Int, exponent int64) {
	if x.Cmp(one) != 0 {
		f.rest = append(f.rest, foundFactor{x, exponent, false})
	}
}

func (f *factors) result(negative bool) *Factorization {
	slices.SortFunc(f.list, func(x, y foundFactor) int { return x.value.Cmp(y.value) })
	r := &Factorization{Negative: negative}
	for _, p := range f.list {
		r.Factors = append(r.Factors, Factor{number.FromBigInt(p.value), p.exponent, p.proved})
	}
	left := big.NewInt(1)
	for _, c := range f.rest {
		r.TooLong = r.TooLong || c.value.BitLen() > factorBits
		for range c.exponent {
			left.Mul(left, c.value)
		}
	}
	r.Unfactored = number.FromBigInt(left)
	return r
}

// small divides x > 0 by its prime factors below smallLimit and returns the
// rest, also with an error.
func (f *factors) small(e *effort, x *big.Int) (*big.Int, error) {
	rest := x
	err := eachSmallFactor(x, e.spend, func(p int64) (*big.Int, error) {
		prime := big.NewInt(p)
		if p == 2 {
			z := rest.TrailingZeroBits()
			rest = new(big.Int).Rsh(rest, z)
			f.add(prime, int64(z), true)
			return rest, nil
		}
		q, n, err := removePower(e, rest, prime)
		if err != nil {
			return nil, err
		}
		rest = q
		f.add(prime, n, true)
		return rest, nil
	})
	return rest, err
}

// removePower divides x by p as often as it can, and returns the quotient and
// how often that was: by p, p^2, p^4, ... and back.
func removePower(e *effort, x, p *big.Int) (*big.Int, int64, error) {
	powers := []*big.Int{p}
	count := int64(0)
	divide := func(i int) (bool, error) {
		if powers[i].BitLen() > x.BitLen() {
			return false, nil
		}
		if err := e.spend(number.DivCost(x.BitLen(), powers[i].BitLen())); err != nil {
			return false, err
		}
		q, r := new(big.Int).QuoRem(x, powers[i], new(big.Int))
		if r.Sign() != 0 {
			return false, nil
		}
		x = q
		count += 1 << i
		return true, nil
	}
	i := 0
	for {
		ok, err := divide(i)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			break
		}
		powers = append(powers, new(big.Int).Mul(powers[i], powers[i]))
		i++
	}
	for i--; i >= 0; i-- {
		if _, err := divide(i); err != nil {
			return nil, 0, err
		}
	}
	return x, count, nil
}

// split factors x > 0, which has no small factors, and counts each factor
// exponent times. What cannot be split within the effort is left.
func (f *factors) split(e *effort, x *big.Int, exponent int64) error {
	if x.Cmp(one) == 0 {
		return nil
	}
	if x.BitLen() > primeBits || primeCost(x.BitLen()) > e.left {
		f.leave(x, exponent)
		return nil
	}
	before := e.a.Remaining()
	p, err := isPrime(e.a, x, min(proofWork/5, e.left/2))
	if err != nil {
		return err
	}
	e.left -= before - e.a.Remaining()
	if p.Prime {
		f.add(x, exponent, p.Proved)
		return nil
	}
	if r, k := perfectPower(x); k > 1 {
		return f.split(e, r, exponent*k)
	}
	d, err := f.divisor(e, x)
	if errors.Is(err, errSpent) {
		f.leave(x, exponent)
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.split(e, d, exponent); err != nil {
		return err
	}
	return f.split(e, new(big.Int).Quo(x, d), exponent)
}

// perfectPower returns r and k > 1 with x = r^k, or 1 if x is no power; x has
// no factor below smallLimit.
func perfectPower(x *big.Int) (*big.Int, int64) {
	for _, k := range smallPrimes() {
		if int(k)*16 > x.BitLen() {
			break
		}
		r := root(x, int64(k))
		if new(big.Int).Exp(r, big.NewInt(int64(k)), nil).Cmp(x) == 0 {
			return r, int64(k)
		}
	}
	return x, 1
}

// root returns the integer part of the k-th root of x by Newton's method.
func root(x *big.Int, k int64) *big.Int {
	z := new(big.Int).Lsh(one, uint((int64(x.BitLen())+k-1)/k))
	for {
		t := new(big.Int).Exp(z, big.NewInt(k-1), nil)
		t.Quo(x, t)
		t.Add(t, new(big.Int).Mul(z, big.NewInt(k-1))).Quo(t, big.NewInt(k))
		if t.Cmp(z) >= 0 {
			return z
		}
		z = t
	}
}

// divisor returns a proper divisor of a composite odd x without small factors
// that is no power; errSpent if it does not find one.
func (f *factors) divisor(e *effort, x *big.Int) (*big.Int, error) {
	if x.BitLen() <= rhoBits {
		d, err := rho(e, x.Uint64())
		return new(big.Int).SetUint64(d), err
	}
	if x.BitLen() > factorBits {
		return nil, errSpent
	}
	r := newResidues(x)
	sieve := sieveBits(x) && sieveCost(x) < e.left/10*9
	for i, level := range ecmLevels {
		curves := level.curves
		switch {
		case sieve && i == 1:
			// The longer the sieve would take, the more it pays to look for a
			// factor that is not so long.
			curves = max(0, (x.BitLen()-140)/2)
		case sieve && i > 1:
			return quadraticSieve(e, x)
		case i == len(ecmLevels)-1:
			curves = math.MaxInt
		}
		if i == len(f.plans) {
			if err := e.spend(4 * int64(level.last)); err != nil {
				return nil, err
			}
			f.plans = append(f.plans, planECM(level))
		}
		for range curves {
			e.a.Progress(float64(f.curves), 0, fmt.Sprintf("elliptic curves tried for factors of %d digits of a number of %d",
				level.digits, digitsOf(x.BitLen())))
			f.curves++
			d, err := f.plans[i].tryCurve(e, r, f.curves+5)
			if d != nil || err != nil {
				return d, err
			}
		}
	}
	return nil, errSpent
}

// quickDivisor returns a proper divisor of a composite odd x by elliptic curves
// only; errSpent if it finds none within the effort.
func (f *factors) quickDivisor(e *effort, x *big.Int) (*big.Int, error) {
	if x.BitLen() <= rhoBits {
		d, err := rho(e, x.Uint64())
		return new(big.Int).SetUint64(d), err
	}
	for len(f.plans) < 2 {
		f.plans = append(f.plans, planECM(ecmLevels[len(f.plans)]))
	}
	r := newResidues(x)
	for n := 0; ; n++ {
		plan := f.plans[0]
		if n >= ecmLevels[0].curves {
			plan = f.plans[1]
		}
		f.curves++
		if d, err := plan.tryCurve(e, r, f.curves+5); d != nil || err != nil {
			return d, err
		}
	}
}
