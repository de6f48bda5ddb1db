package number

import (
	"math/big"
	"math/bits"
)

// isqrt returns the integer part of the square root of x >= 0. It doubles the
// precision with each step of Newton's method, so it costs as much as its last
// division.
func isqrt(x *big.Int) *big.Int {
	if x.BitLen() <= 128 {
		return new(big.Int).Sqrt(x)
	}
	c := (x.BitLen() - 1) / 2
	z := big.NewInt(1)
	d, t := 0, new(big.Int)
	for s := bits.Len(uint(c)) - 1; s >= 0; s-- {
		e := d
		d = c >> uint(s)
		t.Rsh(x, uint(2*c-e-d+1))
		t.Quo(t, z)
		z.Lsh(z, uint(d-e-1)).Add(z, t)
	}
	if t.Mul(z, z).Cmp(x) > 0 {
		z.Sub(z, one)
	}
	return z
}

// exactSqrt returns the square root of x >= 0 if it is an integer.
func (a *Arith) exactSqrt(x *big.Int) (*big.Int, error) {
	// Squares are 12 of the 64 residues that remain here.
	const residues uint64 = 1<<0 | 1<<1 | 1<<4 | 1<<9 | 1<<16 | 1<<17 | 1<<25 | 1<<33 | 1<<36 | 1<<41 | 1<<49 | 1<<57
	if x.Sign() != 0 && residues>>(lowWord(x)&63)&1 == 0 {
		return nil, nil
	}
	if err := a.spend(2 * divCost(x.BitLen(), x.BitLen()/2)); err != nil {
		return nil, err
	}
	r := isqrt(x)
	if new(big.Int).Mul(r, r).Cmp(x) != 0 {
		return nil, nil
	}
	return r, nil
}

func lowWord(x *big.Int) uint { return uint(x.Bits()[0]) }

// exactRoot returns the k-th root of x >= 0 if it is an integer, k >= 2.
func (a *Arith) exactRoot(x *big.Int, k uint64) (*big.Int, error) {
	if x.BitLen() <= 1 {
		return x, nil
	}
	if k >= uint64(x.BitLen()) {
		return nil, nil
	}
	if k == 2 {
		return a.exactSqrt(x)
	}
	r, err := a.iroot(x, k)
	if err != nil {
		return nil, err
	}
	p, err := a.powUint(r, k)
	if err != nil || p.Cmp(x) != 0 {
		return nil, err
	}
	return r, nil
}

// iroot returns the integer part of the k-th root of x >= 1. The root of the
// leading bits is the first approximation, from above.
func (a *Arith) iroot(x *big.Int, k uint64) (*big.Int, error) {
	if x.BitLen() <= int(k) {
		return big.NewInt(1), nil
	}
	var z *big.Int
	if n := x.BitLen() / int(k); n < 8 {
		z = new(big.Int).Lsh(one, uint(n+1))
	} else {
		h := uint(n / 2)
		top, err := a.iroot(new(big.Int).Rsh(x, h*uint(k)), k)
		if err != nil {
			return nil, err
		}
		z = top.Lsh(top.Add(top, one), h)
	}
	kk, k1 := new(big.Int).SetUint64(k), new(big.Int).SetUint64(k-1)
	for {
		p, err := a.powUint(z, k-1)
		if err != nil {
			return nil, err
		}
		if err := a.spend(divCost(x.BitLen(), p.BitLen())); err != nil {
			return nil, err
		}
		t := p.Quo(x, p)
		t.Add(t, new(big.Int).Mul(z, k1)).Quo(t, kk)
		if t.Cmp(z) >= 0 {
			return z, nil
		}
		z = t
	}
}

// perfectPower returns r and the greatest k with x = r^k, for an integer
// x >= 2. For a long x it may miss a power of a number without small factors.
func (a *Arith) perfectPower(x *big.Int) (r *big.Int, k uint64, err error) {
	r, k = x, 1
	g, rest, err := a.smallFactors(x)
	if err != nil {
		return nil, 0, err
	}
	if rest.Cmp(one) == 0 {
		if g == 1 {
			return x, 1, nil
		}
		r, err := a.exactRoot(x, g)
		return r, g, err
	}
	limit := uint64(x.BitLen()) / 6
	if g > 0 {
		limit = min(limit, g)
	} else if x.BitLen() > 4096 {
		limit = 3
	}
	for p := uint64(2); p <= limit; p++ {
		if g != 0 && g%p != 0 || p > 3 && (p%2 == 0 || p%3 == 0) {
			continue
		}
		for {
			t, err := a.exactRoot(r, p)
			if err != nil {
				return nil, 0, err
			}
			if t == nil {
				break
			}
			r, k = t, k*p
		}
		limit = min(limit, uint64(r.BitLen())/6+1)
	}
	return r, k, nil
}

// smallFactors divides the primes below 100 out of x and returns what is left,
// and the greatest common divisor of their exponents (0 without any).
func (a *Arith) smallFactors(x *big.Int) (g uint64, rest *big.Int, err error) {
	rest = x
	for _, p := range smallPrimes {
		var e uint64
		if p == 2 {
			e = uint64(rest.TrailingZeroBits())
			if e > 0 {
				rest = new(big.Int).Rsh(rest, uint(e))
			}
		} else if e, rest, err = a.removePrime(rest, p); err != nil {
			return 0, nil, err
		}
		for e != 0 {
			g, e = e, g%e
		}
		if g == 1 || rest.Cmp(one) == 0 {
			break
		}
	}
	return g, rest, nil
}

var smallPrimes = [...]uint64{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97}

// removePrime returns the greatest e with p^e dividing x, and x/p^e.
func (a *Arith) removePrime(x *big.Int, p uint64) (e uint64, rest *big.Int, err error) {
	var powers []*big.Int
	q, r := new(big.Int), new(big.Int)
	d := new(big.Int).SetUint64(p)
	for rest = x; d.BitLen() <= rest.BitLen(); {
		if err := a.spend(divCost(rest.BitLen(), d.BitLen())); err != nil {
			return 0, nil, err
		}
		if q.QuoRem(rest, d, r); r.Sign() != 0 {
			break
		}
		rest, q = q, new(big.Int)
		e += 1 << uint(len(powers))
		powers = append(powers, d)
		d = new(big.Int).Mul(d, d)
	}
	for i := len(powers) - 1; i >= 0; i-- {
		if err := a.spend(divCost(rest.BitLen(), powers[i].BitLen())); err != nil {
			return 0, nil, err
		}
		if q.QuoRem(rest, powers[i], r); r.Sign() == 0 {
			rest, q = q, new(big.Int)
			e += 1 << uint(i)
		}
	}
	return e, rest, nil
}
