package integer

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// phiDigits is the logarithm of the golden ratio to the base 10.
const phiDigits = 0.20898764024997873

// Fibonacci returns the n-th Fibonacci number: F(0) = 0, F(1) = 1, and F(-n) is
// F(n) with the sign of (-1)^(n+1).
func Fibonacci(a *number.Arith, n number.Number) (number.Number, error) {
	f, _, err := fibonacci(a, n, "the Fibonacci number")
	return f, err
}

// Lucas returns the n-th Lucas number: L(0) = 2, L(1) = 1.
func Lucas(a *number.Arith, n number.Number) (number.Number, error) {
	_, l, err := fibonacci(a, n, "the Lucas number")
	return l, err
}

// fibonacci returns F(n) and L(n) by doubling.
func fibonacci(a *number.Arith, n number.Number, what string) (f, l number.Number, err error) {
	x, err := of(n, what)
	if err != nil {
		return f, l, err
	}
	if err := a.TooLong(what+" of index "+number.Brief(n), math.Abs(float(x))*phiDigits); err != nil {
		return f, l, err
	}
	i := x.Int64()
	k := uint64(max(i, -i))
	// p = F(m) and q = F(m+1) of the leading bits m of k.
	p, q := big.NewInt(0), big.NewInt(1)
	s, t := new(big.Int), new(big.Int)
	for b := bits.Len64(k) - 1; b >= 0; b-- {
		if err := a.Spend(3 * number.MulCost(q.BitLen(), q.BitLen())); err != nil {
			return f, l, err
		}
		// F(2m) = F(m)(2F(m+1) - F(m)) and F(2m+1) = F(m)^2 + F(m+1)^2
		s.Sub(s.Lsh(q, 1), p)
		s.Mul(s, p)
		t.Mul(p, p)
		q.Add(t, p.Mul(q, q))
		p.Set(s)
		if k>>b&1 != 0 {
			p.Add(p, q)
			p, q = q, p
		}
	}
	// L(k) = 2F(k+1) - F(k)
	q.Sub(q.Lsh(q, 1), p)
	if i < 0 {
		if k%2 == 0 {
			p.Neg(p)
		} else {
			q.Neg(q)
		}
	}
	return number.FromBigInt(p), number.FromBigInt(q), nil
}

// float returns about x, at most 1e300 in magnitude.
func float(x *big.Int) float64 {
	f, _ := new(big.Float).SetInt(x).Float64()
	return max(-1e300, min(1e300, f))
}

// Binomial returns the binomial coefficient n over k, also of a negative n; it
// is 0 for a negative k.
func Binomial(a *number.Arith, n, k number.Number) (number.Number, error) {
	x, err := of(n, "a binomial coefficient")
	if err != nil {
		return number.Number{}, err
	}
	y, err := of(k, "a binomial coefficient")
	if err != nil {
		return number.Number{}, err
	}
	if y.Sign() < 0 || x.Sign() >= 0 && y.Cmp(x) > 0 {
		return number.Number{}, nil
	}
	negative := false
	if x.Sign() < 0 {
		// C(-n, k) = (-1)^k C(n+k-1, k)
		negative = y.Bit(0) != 0
		x.Sub(x.Add(x.Neg(x), y), one)
	}
	if d := new(big.Int).Sub(x, y); d.Cmp(y) < 0 {
		y = d
	}
	if err := a.TooLong("the binomial coefficient", binomialDigits(x, y)); err != nil {
		return number.Number{}, err
	}
	var z *big.Int
	switch {
	case y.Int64() <= 64:
		z = new(big.Int).Set(one)
		for i := int64(0); i < y.Int64(); i++ {
			if err := a.Spend(number.MulCost(z.BitLen(), x.BitLen()) * 4); err != nil {
				return number.Number{}, err
			}
			z.Mul(z, new(big.Int).Sub(x, big.NewInt(i)))
			z.Quo(z, big.NewInt(i+1))
		}
	case x.IsInt64():
		z, err = binomialByPrimes(a, x.Int64(), y.Int64())
	default:
		z, err = binomialByQuotient(a, x, y.Int64())
	}
	if err != nil {
		return number.Number{}, err
	}
	if negative {
		z.Neg(z)
	}
	return number.FromBigInt(z), nil
}

// binomialDigits is about the number of digits of n over k, 2k <= n.
func binomialDigits(n, k *big.Int) float64 {
	x, y := float(n), float(k)
	if y < 1 {
		return 1
	}
	// Where n is huge the difference of logarithms of factorials is lost in
	// rounding errors.
	if y < 1e-6*x {
		ln := float64(n.BitLen()) * math.Ln2
		if x < 1e300 {
			ln = math.Log(x)
		}
		lg, _ := math.Lgamma(y + 1)
		return max(1, (y*ln-lg)/math.Ln10)
	}
	p, q := y/x, 1-y/x
	entropy := -p*math.Log(p) - q*math.Log(q)
	return max(1, (x*entropy-math.Log(2*math.Pi*x*p*q)/2)/math.Ln10)
}

// binomialByPrimes returns n over k, 2k <= n, without a division of long
// numbers: the primes up to k are divided out of n-k+1, ..., n, and come back
// with the exponents of Kummer's theorem, the carries of k + (n-k) in base p.
func binomialByPrimes(a *number.Arith, n, k int64) (*big.Int, error) {
	if err := a.Spend(k * 40); err != nil {
		return nil, err
	}
	rest := make([]uint64, k)
	first := uint64(n-k) + 1
	for i := range rest {
		rest[i] = first + uint64(i)
	}
	var factors []uint64
	for i, prime := range primesTo(int(k)) {
		if i&1023 == 0 {
			if err := a.Check(); err != nil {
				return nil, err
			}
		}
		p := uint64(prime)
		for j := (p - first%p) % p; j < uint64(k); j += p {
			for rest[j]%p == 0 {
				rest[j] /= p
			}
		}
		power := uint64(1)
		for range carries(uint64(k), uint64(n-k), p) {
			power *= p
		}
		if power > 1 {
			factors = append(factors, power)
		}
	}
	for _, r := range rest {
		if r > 1 {
			factors = append(factors, r)
		}
	}
	return treeProduct(a, factors)
}

// carries counts the carries of x + y in base p; p to that power is at most
// x + y.
func carries(x, y, p uint64) int {
	n, c := 0, uint64(0)
	for x > 0 || y > 0 {
		if x%p+y%p+c >= p {
			c = 1
			n++
		} else {
			c = 0
		}
		x /= p
		y /= p
	}
	return n
}

// binomialByQuotient returns n over k of an n beyond 64 bits.
func binomialByQuotient(a *number.Arith, n *big.Int, k int64) (*big.Int, error) {
	num, err := fallingProduct(a, n, k)
	if err != nil {
		return nil, err
	}
	den, err := a.Factorial(number.Int(k))
	if err != nil {
		return nil, err
	}
	d := den.BigInt()
	if err := a.Spend(number.DivCost(num.BitLen(), d.BitLen())); err != nil {
		return nil, err
	}
	return num.Quo(num, d), nil
}

// Permutations returns n!/(n-k)!, the number of ways to choose k of n in
// order, for n >= 0; it is 0 for k > n.
func Permutations(a *number.Arith, n, k number.Number) (number.Number, error) {
	x, err := of(n, "the number of permutations")
	if err != nil {
		return number.Number{}, err
	}
	y, err := of(k, "the number of permutations")
	if err != nil {
		return number.Number{}, err
	}
	if x.Sign() < 0 || y.Sign() < 0 {
		return number.Number{}, domain("the number of permutations needs two integers that are not negative")
	}
	if y.Cmp(x) > 0 {
		return number.Number{}, nil
	}
	p, q := float(x), float(y)
	digits := q * float64(x.BitLen()) * math.Log10(2)
	if p < 1e12 {
		u, _ := math.Lgamma(p + 1)
		v, _ := math.Lgamma(p - q + 1)
		digits = (u - v) / math.Ln10
	}
	if err := a.TooLong("the number of permutations", digits); err != nil {
		return number.Number{}, err
	}
	z, err := fallingProduct(a, x, y.Int64())
	if err != nil {
		return number.Number{}, err
	}
	return number.FromBigInt(z), nil
}

// fallingProduct returns n(n-1)...(n-k+1).
func fallingProduct(a *number.Arith, n *big.Int, k int64) (*big.Int, error) {
	if k <= 8 {
		if err := a.Spend(k * number.MulCost(8*n.BitLen(), n.BitLen())); err != nil {
			return nil, err
		}
		z, t := big.NewInt(1), new(big.Int)
		for i := range k {
			z.Mul(z, t.Sub(n, t.SetInt64(i)))
		}
		return z, nil
	}
	x, err := fallingProduct(a, n, k/2)
	if err != nil {
		return nil, err
	}
	y, err := fallingProduct(a, new(big.Int).Sub(n, big.NewInt(k/2)), k-k/2)
	if err != nil {
		return nil, err
	}
	if err := a.Spend(number.MulCost(x.BitLen(), y.BitLen())); err != nil {
		return nil, err
	}
	return x.Mul(x, y), nil
}

// treeProduct multiplies numbers in a balanced tree.
func treeProduct(a *number.Arith, x []uint64) (*big.Int, error) {
	if len(x) <= 16 {
		z := big.NewInt(1)
		for _, v := range x {
			z.Mul(z, new(big.Int).SetUint64(v))
		}
		return z, a.Spend(int64(len(x)) * 60)
	}
	l, err := treeProduct(a, x[:len(x)/2])
	if err != nil {
		return nil, err
	}
	r, err := treeProduct(a, x[len(x)/2:])
	if err != nil {
		return nil, err
	}
	if err := a.Spend(number.MulCost(l.BitLen(), r.BitLen())); err != nil {
		return nil, err
	}
	return l.Mul(l, r), nil
}
