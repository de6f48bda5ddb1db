package integer

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Method is how it was decided whether a number is prime.
type Method string

// The methods. The first three prove a prime, and every one of them proves that
// a number is composite.
const (
	// MillerRabin is the test of Miller and Rabin with the first 13 primes as
	// bases, which has no exception below 3.3*10^24 (Sorenson and Webster, 2015).
	MillerRabin Method = "deterministic Miller-Rabin"
	// LucasLehmer is the test of Mersenne numbers 2^p - 1.
	LucasLehmer Method = "Lucas-Lehmer"
	// Pocklington is a proof from the prime factors of n - 1, with the
	// improvement of Brillhart, Lehmer and Selfridge.
	Pocklington Method = "Pocklington"
	// BPSW is the test of Baillie, Pomerance, Selfridge and Wagstaff, to which
	// no exception is known; it proves composites only.
	BPSW Method = "Baillie-PSW"
	// TrialDivision found a small factor, or none up to the square root.
	TrialDivision Method = "trial division"
)

// Primality is what [IsPrime] found out.
type Primality struct {
	Prime bool
	// Proved is false only for a probable prime.
	Proved bool
	Method Method
	// Factor is a factor of a composite that was met, or 0.
	Factor int64
}

// primeBits bounds the numbers that are tested for being prime.
const primeBits = 8192

// IsPrime reports whether n is prime: with proof if that is below 3.3*10^24, a
// Mersenne number, or if enough of n - 1 can be factored quickly.
func IsPrime(a *number.Arith, n number.Number) (Primality, error) {
	x, err := of(n, "a test for being prime")
	if err != nil {
		return Primality{}, err
	}
	return isPrime(a, x, proofWork)
}

// isPrime tests x and spends up to work on a long proof.
func isPrime(a *number.Arith, x *big.Int, work int64) (Primality, error) {
	if x.Sign() <= 0 || x.BitLen() == 1 {
		return Primality{Proved: true, Method: TrialDivision}, nil
	}
	if p, err := smallFactor(a, x); p != 0 || err != nil {
		if x.IsInt64() && x.Int64() == p {
			return Primality{Prime: true, Proved: true, Method: TrialDivision}, err
		}
		return Primality{Proved: true, Method: TrialDivision, Factor: p}, err
	}
	switch {
	case x.BitLen() <= 32:
		return Primality{Prime: true, Proved: true, Method: TrialDivision}, nil
	case isMersenne(x):
		return lucasLehmer(a, x)
	case x.BitLen() > primeBits:
		return Primality{}, limit("", "the number has about %s digits; the limit of a test for being prime is %s",
			group(digitsOf(x.BitLen())), group(digitsOf(primeBits)))
	case x.Cmp(millerRabinLimit()) < 0:
		return millerRabin(a, x)
	}
	ok, err := strongProbablePrime(a, x, two)
	if ok && err == nil {
		ok, err = lucasProbablePrime(a, x)
	}
	if !ok || err != nil {
		return Primality{Proved: true, Method: BPSW}, err
	}
	if work > 0 {
		proved, err := pocklington(newEffort(a).limited(work), x, 0)
		if proved || err != nil {
			return Primality{Prime: true, Proved: true, Method: Pocklington}, err
		}
	}
	return Primality{Prime: true, Method: BPSW}, nil
}

// smallFactor returns a prime factor of x > 1 below smallLimit, at most the
// square root of x unless it is x; 0 if there is none.
func smallFactor(a *number.Arith, x *big.Int) (int64, error) {
	if x.IsUint64() {
		n := x.Uint64()
		for _, p := range smallPrimes() {
			if uint64(p)*uint64(p) > n {
				if n < smallLimit {
					return int64(n), nil
				}
				return 0, nil
			}
			if n%uint64(p) == 0 {
				return int64(p), nil
			}
		}
		return 0, nil
	}
	var found int64
	err := eachSmallFactor(x, a.Spend, func(p int64) (*big.Int, error) {
		found = p
		return one, nil
	})
	return found, err
}

// eachSmallFactor calls f with the prime factors of x > 0 below smallLimit in
// order; f returns what is left of x, 1 to end. Spend is told the work.
func eachSmallFactor(x *big.Int, spend func(int64) error, f func(p int64) (*big.Int, error)) error {
	var err error
	if x.Bit(0) == 0 {
		if x, err = f(2); err != nil {
			return err
		}
	}
	for primes := smallPrimes()[1:]; len(primes) > 0 && x.Cmp(one) != 0; {
		// As many primes at a time as have a product of one word.
		m, n := uint64(1), 0
		for n < len(primes) {
			hi, lo := bits.Mul64(m, uint64(primes[n]))
			if hi != 0 {
				break
			}
			m = lo
			n++
		}
		if err := spend(int64(len(x.Bits()))*6 + 10); err != nil {
			return err
		}
		r := remainder(x.Bits(), m)
		for _, p := range primes[:n] {
			if r%uint64(p) != 0 || x.Cmp(one) == 0 {
				continue
			}
			if x, err = f(int64(p)); err != nil {
				return err
			}
		}
		primes = primes[n:]
	}
	return nil
}

// millerRabinLimit is the least strong pseudoprime to the first 13 primes.
func millerRabinLimit() *big.Int {
	x, _ := new(big.Int).SetString("3317044064679887385961981", 10)
	return x
}

func millerRabin(a *number.Arith, x *big.Int) (Primality, error) {
	for _, p := range smallPrimes()[:13] {
		ok, err := strongProbablePrime(a, x, big.NewInt(int64(p)))
		if !ok || err != nil {
			return Primality{Proved: true, Method: MillerRabin}, err
		}
	}
	return Primality{Prime: true, Proved: true, Method: MillerRabin}, nil
}

// strongProbablePrime is the test of Miller and Rabin of an odd x > base.
func strongProbablePrime(a *number.Arith, x, base *big.Int) (bool, error) {
	minus := new(big.Int).Sub(x, one)
	s := minus.TrailingZeroBits()
	y, err := powMod(a, base, new(big.Int).Rsh(minus, s), x)
	if err != nil {
		return false, err
	}
	if y.Cmp(one) == 0 {
		return true, nil
	}
	for range s {
		if y.Cmp(minus) == 0 {
			return true, nil
		}
		if err := spendMul(a, 1, x.BitLen()); err != nil {
			return false, err
		}
		y.Mod(y.Mul(y, y), x)
	}
	return false, nil
}

// lucasProbablePrime is the strong Lucas test of an odd x with the parameters
// of Selfridge's method A: the first d of 5, -7, 9, ... with Jacobi symbol -1,
// P = 1 and Q = (1-d)/4.
func lucasProbablePrime(a *number.Arith, x *big.Int) (bool, error) {
	d, square := int64(5), false
	for {
		j := big.Jacobi(big.NewInt(d), x)
		if j == -1 {
			break
		}
		if j == 0 && x.CmpAbs(big.NewInt(d)) != 0 {
			return false, nil
		}
		if d = -d; d > 0 {
			d += 2
		} else {
			d -= 2
		}
		// No such d exists for a square; others have one soon.
		if d > 40 && !square {
			square = true
			if r := new(big.Int).Sqrt(x); r.Mul(r, r).Cmp(x) == 0 {
				return false, nil
			}
		}
	}
	q := big.NewInt((1 - d) / 4)
	k := new(big.Int).Add(x, one)
	s := int(k.TrailingZeroBits())
	l := &lucas{a: a, n: x, d: big.NewInt(d), q: q}
	if err := l.at(k.Rsh(k, uint(s))); err != nil {
		return false, err
	}
	if l.u.Sign() == 0 {
		return true, nil
	}
	for range s {
		if l.v.Sign() == 0 {
			return true, nil
		}
		if err := spendMul(a, 2, x.BitLen()); err != nil {
			return false, err
		}
		l.doubleV()
	}
	return false, nil
}

// lucas holds U_k, V_k and Q^k modulo n of the sequences with P = 1.
type lucas struct {
	a          *number.Arith
	n, d, q    *big.Int
	u, v, qk   *big.Int
	t1, t2, t3 big.Int
}

// at computes the values at k >= 1.
func (l *lucas) at(k *big.Int) error {
	l.u, l.v, l.qk = big.NewInt(1), big.NewInt(1), new(big.Int).Mod(l.q, l.n)
	for i := k.BitLen() - 2; i >= 0; i-- {
		if err := spendMul(l.a, 4, l.n.BitLen()); err != nil {
			return err
		}
		// U_2k = U_k V_k and V_2k = V_k^2 - 2 Q^k
		l.u.Mod(l.t1.Mul(l.u, l.v), l.n)
		l.doubleV()
		if k.Bit(i) == 0 {
			continue
		}
		// U_(k+1) = (U_k + V_k)/2 and V_(k+1) = (d U_k + V_k)/2
		l.t1.Add(l.u, l.v)
		l.t2.Add(l.t2.Mul(l.d, l.u), l.v)
		l.u.Mod(l.half(&l.t1), l.n)
		l.v.Mod(l.half(&l.t2), l.n)
		l.qk.Mod(l.t3.Mul(l.qk, l.q), l.n)
	}
	return nil
}

func (l *lucas) doubleV() {
	l.t1.Mul(l.v, l.v)
	l.t1.Sub(&l.t1, l.t2.Lsh(l.qk, 1))
	l.v.Mod(&l.t1, l.n)
	l.qk.Mod(l.t1.Mul(l.qk, l.qk), l.n)
}

func (l *lucas) half(x *big.Int) *big.Int {
	if x.Bit(0) != 0 {
		x.Add(x, l.n)
	}
	return x.Rsh(x, 1)
}

// isMersenne reports whether x is 2^p - 1.
func isMersenne(x *big.Int) bool { return int(new(big.Int).Not(x).TrailingZeroBits()) == x.BitLen() }

// lucasLehmer decides whether x = 2^p - 1, p > 2, is prime.
func lucasLehmer(a *number.Arith, x *big.Int) (Primality, error) {
	p := x.BitLen()
	if !big.NewInt(int64(p)).ProbablyPrime(0) {
		return Primality{Proved: true, Method: LucasLehmer}, nil
	}
	cost := number.MulCost(p, p) + int64(p)/16
	if total := int64(p) * cost; total > a.Remaining() {
		return Primality{}, limit("", "the test of 2^%s - 1 takes about %s steps of work; %s are left",
			group(int64(p)), group(total), group(a.Remaining()))
	}
	s, t := big.NewInt(4), new(big.Int)
	for i := range p - 2 {
		if i&1023 == 0 {
			a.Progress(float64(i), float64(p-2), "squarings of the Lucas-Lehmer test")
		}
		if err := a.Spend(cost); err != nil {
			return Primality{}, err
		}
		// 2^p is 1, so the bits above p are added to those below.
		s.Sub(t.Mul(s, s), two)
		if s.Sign() < 0 {
			s.Add(s, x)
		}
		for s.BitLen() > p {
			t.Rsh(s, uint(p))
			s.And(s, x).Add(s, t)
		}
		if s.Cmp(x) == 0 {
			s.SetInt64(0)
		}
	}
	return Primality{Prime: s.Sign() == 0, Proved: true, Method: LucasLehmer}, nil
}

// NextPrime returns the least prime above n, and what is known of it.
func NextPrime(a *number.Arith, n number.Number) (number.Number, Primality, error) {
	return neighbour(a, n, 1)
}

// PrevPrime returns the greatest prime below n, and what is known of it.
func PrevPrime(a *number.Arith, n number.Number) (number.Number, Primality, error) {
	return neighbour(a, n, -1)
}

// neighbour returns the nearest prime on one side of n.
func neighbour(a *number.Arith, n number.Number, direction int64) (number.Number, Primality, error) {
	x, err := of(n, "the search for a prime")
	if err != nil {
		return number.Number{}, Primality{}, err
	}
	if direction < 0 && x.Cmp(two) <= 0 {
		return number.Number{}, Primality{}, domain("there is no prime below %s", number.Brief(n))
	}
	if x.Cmp(two) < 0 {
		return number.Int(2), Primality{Prime: true, Proved: true, Method: TrialDivision}, nil
	}
	if err := affordable(a, x); err != nil {
		return number.Number{}, Primality{}, err
	}
	y := new(big.Int)
	for start := int64(0); ; start += window {
		for _, d := range candidates(x, start, direction) {
			y.Add(x, y.SetInt64(direction*d))
			p, err := isPrime(a, y, 0)
			if err != nil {
				return number.Number{}, Primality{}, err
			}
			if !p.Prime {
				continue
			}
			if !p.Proved {
				p, err = isPrime(a, y, proofWork)
			}
			return number.FromBigInt(y), p, err
		}
		a.Progress(float64(start+window), 0, "numbers searched for a prime")
	}
}

// primeCost is about the work of a test of a number of so many bits for being
// prime.
func primeCost(bits int) int64 {
	return 2*powCost(bits, bits) + 4*int64(bits)*mulModCost(bits)
}

// affordable refuses a search for a prime near x that would not end.
func affordable(a *number.Arith, x *big.Int) error {
	if x.BitLen() < 256 {
		return nil
	}
	// Of the numbers without a prime factor below L one in ln(x)/(e^γ ln(L)) is
	// prime.
	ln := float64(x.BitLen()) * math.Ln2
	tests := ln / (1.78 * math.Log(smallLimit))
	if work := tests * float64(powCost(x.BitLen(), x.BitLen())); work > float64(a.Remaining())/2 || x.BitLen() > primeBits {
		return limit("", "the search near a number of about %s digits takes about %s tests for being prime, which is too long",
			group(digitsOf(x.BitLen())), group(int64(tests)))
	}
	return nil
}

// window is how many numbers a search for a prime sieves at a time.
const window = 4096

// candidates returns the distances d, start < d <= start+window, for which
// x + direction*d may be prime: 2, or odd without a small prime factor but
// itself.
func candidates(x *big.Int, start, direction int64) []int64 {
	var composite [window + 1]bool
	w := x.Bits()
	small := x.IsInt64() && x.Int64() < 1<<40
	for _, p := range smallPrimes() {
		q := int64(p)
		// x + direction*d is divisible by q for d = first, first + q, ...
		first := int64(remainder(w, uint64(p)))
		if direction > 0 {
			first = (q - first) % q
		}
		first = (first - start%q + q) % q
		for d := first; d <= window; d += q {
			if !small || x.Int64()+direction*(start+d) != q {
				composite[d] = true
			}
		}
	}
	var found []int64
	for d := 1; d <= window; d++ {
		if small && x.Int64()+direction*(start+int64(d)) < 2 {
			break
		}
		if !composite[d] {
			found = append(found, start+int64(d))
		}
	}
	return found
}
