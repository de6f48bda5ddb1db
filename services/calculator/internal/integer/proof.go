package integer

import (
	"errors"
	"math/big"
)

const (
	// proofWork is the most work that goes into the proof of a probable prime.
	proofWork = 500_000_000
	// proofDepth bounds the chain of proofs: of n by a prime factor of n - 1,
	// and so on.
	proofDepth = 12
	// proofBits bounds the numbers whose predecessors are searched for factors.
	proofBits = 2048
)

// pocklington reports whether it finds a proof that the probable prime n is
// prime (theorem 4.1.5 of Crandall and Pomerance, Prime Numbers, 2nd edition):
// if the factored part F of n - 1 is above the cube root of n, if for each
// prime q of F some b has b^(n-1) = 1 and b^((n-1)/q) - 1 prime to n, and if,
// with n = c2*F^2 + c1*F + 1, c1^2 - 4*c2 is no square, then n is prime.
func pocklington(e *effort, n *big.Int, depth int) (bool, error) {
	if n.BitLen() > proofBits || depth > proofDepth {
		return false, nil
	}
	minus := new(big.Int).Sub(n, one)
	factored, primes, err := provedPart(e, minus, n, depth)
	if errors.Is(err, errSpent) || err == nil && primes == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, q := range primes {
		ok, err := witness(e, n, minus, q)
		if errors.Is(err, errSpent) {
			return false, nil
		}
		if !ok || err != nil {
			return false, err
		}
	}
	if new(big.Int).Mul(factored, factored).Cmp(n) > 0 {
		return true, nil
	}
	c2, c1 := new(big.Int).QuoRem(new(big.Int).Quo(minus, factored), factored, new(big.Int))
	c1.Mul(c1, c1).Sub(c1, c2.Lsh(c2, 2))
	if c1.Sign() < 0 {
		return true, nil
	}
	r := new(big.Int).Sqrt(c1)
	return r.Mul(r, r).Cmp(c1) != 0, nil
}

// provedPart returns a divisor of m = n - 1 above the cube root of n and its
// prime factors, all proved; none if that is not found.
func provedPart(e *effort, m, n *big.Int, depth int) (*big.Int, []*big.Int, error) {
	found := newFactors()
	rest, err := found.small(e, new(big.Int).Set(m))
	if err != nil {
		return nil, nil, err
	}
	enough := func() bool { return 3*(m.BitLen()-rest.BitLen()) > n.BitLen()+6 }
	for !enough() && rest.Cmp(one) != 0 {
		p, err := isPrime(e.a, rest, 0)
		if err != nil {
			return nil, nil, err
		}
		if p.Prime {
			if !p.Proved {
				if p.Proved, err = pocklington(e, rest, depth+1); !p.Proved {
					return nil, nil, err
				}
			}
			found.add(rest, 1, true)
			rest = one
			break
		}
		d, err := found.quickDivisor(e, rest)
		if err != nil {
			return nil, nil, err
		}
		rest = new(big.Int).Quo(rest, d)
		if d.Cmp(rest) > 0 {
			d, rest = rest, d
		}
		if err := found.split(e, d, 1); err != nil || len(found.rest) > 0 {
			return nil, nil, err
		}
	}
	if !enough() {
		return nil, nil, nil
	}
	part := new(big.Int).Quo(m, rest)
	primes := make([]*big.Int, 0, len(found.list))
	for _, f := range found.list {
		if !f.proved {
			return nil, nil, nil
		}
		primes = append(primes, f.value)
	}
	return part, primes, nil
}

// witness reports whether it finds a b with b^(n-1) = 1 and b^((n-1)/q) - 1
// prime to n.
func witness(e *effort, n, minus, q *big.Int) (bool, error) {
	k := new(big.Int).Quo(minus, q)
	for _, b := range smallPrimes()[:30] {
		if err := e.spend(powCost(n.BitLen(), n.BitLen())); err != nil {
			return false, err
		}
		y, err := powMod(e.a, big.NewInt(int64(b)), k, n)
		if err != nil {
			return false, err
		}
		d := new(big.Int).Sub(y, one)
		if d.Sign() == 0 || d.GCD(nil, nil, d, n).Cmp(one) != 0 {
			continue
		}
		if y, err = powMod(e.a, y, q, n); err != nil {
			return false, err
		}
		return y.Cmp(one) == 0, nil
	}
	return false, nil
}
