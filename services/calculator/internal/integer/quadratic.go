package integer

import (
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// The self-initializing quadratic sieve (Contini, 1997) with one large prime:
// values (A*x + B)^2 - N = A*(A*x^2 + 2*B*x + C) that are products of the primes
// of the factor base are collected until some of them multiply to a square.

const (
	// sieveLeast and sieveMost bound, in bits, the numbers that the sieve is
	// for. Above, what is sieved would not fit into two words.
	sieveLeast, sieveMost = 100, 204
	// blockSize is the part of the interval that is sieved at a time: it fits
	// the first cache.
	blockSize = 1 << 15
	// half is the distance from 0 to the ends of the interval.
	half = blockSize
	// unsieved bounds the primes that are too small to be worth sieving, and
	// slack, in bits, how far the logarithms may be below what is expected.
	unsieved, slack = 30, 4
	// largeFactor bounds the large prime by a multiple of the greatest prime
	// of the base.
	largeFactor = 70
)

func sieveBits(x *big.Int) bool { return sieveLeast <= x.BitLen() && x.BitLen() <= sieveMost }

// baseSizes is the number of primes of the factor base by the length of the
// number in bits; between the lines its logarithm is linear.
var baseSizes = []struct{ bits, primes float64 }{
	{100, 250}, {120, 370}, {140, 640}, {160, 1250}, {180, 2400}, {190, 3200}, {210, 3200},
}

func baseSize(n *big.Int) int {
	bits := float64(n.BitLen())
	i := 1
	for i < len(baseSizes)-1 && baseSizes[i].bits < bits {
		i++
	}
	l, h := baseSizes[i-1], baseSizes[i]
	return int(l.primes * math.Pow(h.primes/l.primes, (bits-l.bits)/(h.bits-l.bits)))
}

// sieveCost is about the work of factoring n with the sieve: it doubles with
// every ten bits.
func sieveCost(n *big.Int) int64 {
	return int64(0.2e9 * math.Exp2(float64(n.BitLen()-165)*0.105))
}

// basePrime is a prime of the factor base.
type basePrime struct {
	p    uint32
	root uint32 // of N modulo p
	log  uint8
	// reciprocal is 2^40/p, rounded up: it divides numbers below 2^20.
	reciprocal uint64
}

// siqs is one run of the sieve.
type siqs struct {
	e     *effort
	n, kn *big.Int    // the number, and N: it times a multiplier
	base  []basePrime // base[0] is 2
	first int         // the first one that is sieved
	rand  *rand.Rand

	// The polynomial.
	a, b, c *big.Int
	parts   []*big.Int // of which b is the sum, with signs
	chosen  []int      // the indices of the primes of a
	used    map[string]bool
	deltas  [][]uint32 // by part, the change of the roots
	r1, r2  []uint32   // the roots; equal and beyond the interval for primes of a
	p1, p2  []uint32   // where the sieve is

	block     [blockSize]uint8
	threshold uint8
	bound     uint64 // of the large prime

	found   []relation
	partial map[uint64]relation
}

// relation is x^2 = product of the primes with these indices, times large^2
// modulo n. The index -1 is the factor -1.
type relation struct {
	x       *big.Int
	indices []int32
	large   uint64 // 1, or a factor of both sides
}

// quadraticSieve returns a proper divisor of a composite x that sieveBits
// accepts, has no small factors and is no power.
func quadraticSieve(e *effort, x *big.Int) (*big.Int, error) {
	s := newSIQS(e, x)
	if s == nil {
		return nil, errSpent
	}
	for extra := 16; ; extra += 64 {
		if err := s.collect(len(s.base) + 1 + extra); err != nil {
			return nil, err
		}
		d, err := s.solve()
		if d != nil || err != nil {
			return d, err
		}
	}
}

func newSIQS(e *effort, n *big.Int) *siqs {
	k := multiplier(n)
	s := &siqs{
		e: e, n: n, kn: new(big.Int).Mul(n, big.NewInt(k)),
		used:    map[string]bool{},
		partial: map[uint64]relation{},
		rand:    rand.New(rand.NewPCG(1, 2)),
		b:       new(big.Int), c: new(big.Int),
	}
	size := baseSize(n)
	for _, p := range smallPrimes() {
		r := remainder(s.kn.Bits(), uint64(p))
		if p != 2 && r != 0 && !isResidue(r, uint64(p)) {
			continue
		}
		s.base = append(s.base, basePrime{
			p: p, root: uint32(sqrtMod(r, uint64(p))),
			log: uint8(math.Round(math.Log2(float64(p)))), reciprocal: (1<<40)/uint64(p) + 1,
		})
		if p < unsieved {
			s.first = len(s.base)
		}
		if len(s.base) == size {
			break
		}
	}
	m := len(s.base)
	s.r1, s.r2, s.p1, s.p2 = make([]uint32, m), make([]uint32, m), make([]uint32, m), make([]uint32, m)
	s.bound = largeFactor * uint64(s.base[m-1].p)
	// The values are about half * sqrt(N/2); what the unsieved primes
	// contribute is on average the sum of 2*log(p)/(p-1).
	expected := math.Log2(half) + float64(s.kn.BitLen()-1)/2
	for _, p := range s.base[:s.first] {
		expected -= 2 * math.Log2(float64(p.p)) / float64(p.p-1) * 0.8
	}
	s.threshold = uint8(max(20, expected-slack-math.Log2(float64(s.bound))))
	return s
}

// multiplier returns the small k for which k*n is a quadratic residue modulo
// many small primes, by the function of Knuth and Schroeppel.
func multiplier(n *big.Int) int64 {
	best, which := math.Inf(-1), int64(1)
	for _, k := range []int64{1, 2, 3, 5, 6, 7, 10, 11, 13, 14, 15, 17, 19, 21, 23, 29, 31, 33, 35, 37, 41, 43, 47, 53, 59, 61} {
		kn := new(big.Int).Mul(n, big.NewInt(k)).Bits()
		score := -math.Log(float64(k)) / 2
		switch remainder(kn, 8) {
		case 1:
			score += 2 * math.Ln2
		case 5:
			score += math.Ln2
		case 3, 7:
			score += math.Ln2 / 2
		}
		for _, p := range smallPrimes()[1:300] {
			q := float64(p)
			switch r := remainder(kn, uint64(p)); {
			case r == 0:
				score += math.Log(q) / q
			case isResidue(r, uint64(p)):
				score += 2 * math.Log(q) / (q - 1)
			}
		}
		if score > best {
			best, which = score, k
		}
	}
	return which
}

// collect sieves until there are so many relations.
func (s *siqs) collect(need int) error {
	cost := int64(2*half + 15*len(s.base))
	for len(s.found) < need {
		if !s.nextA() {
			return errSpent
		}
		for i := uint(0); i < 1<<(len(s.parts)-1); i++ {
			if i > 0 {
				s.nextB(i)
			}
			if err := s.e.spend(cost); err != nil {
				return err
			}
			s.sieve()
			if i&15 == 0 {
				s.e.a.Progress(float64(min(len(s.found), need)), float64(need), "relations of the quadratic sieve")
			}
		}
		if err := s.e.spend(int64(len(s.base) * (100 + 25*len(s.parts)))); err != nil {
			return err
		}
	}
	return nil
}

// nextA chooses a new product A of primes near sqrt(2N)/half and its first B.
// It returns false if there seem to be no more.
func (s *siqs) nextA() bool {
	target := math.Log2(float(s.kn))/2 + 0.5 - math.Log2(half)
	top := math.Log2(float64(s.base[len(s.base)*9/10].p))
	count := max(2, int(math.Round(target/min(11, top-0.7))))
	middle, _ := slices.BinarySearchFunc(s.base, uint32(math.Exp2(target/float64(count))), func(b basePrime, p uint32) int {
		return int(b.p) - int(p)
	})
	width := max(12, len(s.base)/10)
	low := max(s.first+2, min(middle, len(s.base)-1)-width)
	high := min(len(s.base), middle+width)
	for range 200 {
		chosen, a, size := s.chosen[:0], big.NewInt(1), 0.0
		for len(chosen) < count-1 {
			i := low + s.rand.IntN(high-low)
			if !slices.Contains(chosen, i) {
				chosen = append(chosen, i)
				a.Mul(a, big.NewInt(int64(s.base[i].p)))
				size += math.Log2(float64(s.base[i].p))
			}
		}
		// The last prime brings the product as near as it can.
		want := math.Exp2(target - size)
		last, _ := slices.BinarySearchFunc(s.base, want, func(b basePrime, p float64) int { return int(float64(b.p) - p) })
		last = max(s.first+2, min(last, len(s.base)-1))
		for slices.Contains(chosen, last) {
			last++
		}
		if last >= len(s.base) {
			continue
		}
		a.Mul(a, big.NewInt(int64(s.base[last].p)))
		if key := a.String(); !s.used[key] {
			s.used[key] = true
			s.a, s.chosen = a, append(chosen, last)
			s.firstB()
			return true
		}
	}
	return false
}

// firstB computes the parts of B, of which each is a square root of N modulo
// one prime of A and 0 modulo the others, and the roots of the polynomial.
func (s *siqs) firstB() {
	s.parts = s.parts[:0]
	s.b.SetInt64(0)
	for _, i := range s.chosen {
		q := uint64(s.base[i].p)
		part := new(big.Int).Quo(s.a, big.NewInt(int64(q)))
		gamma := uint64(s.base[i].root) * inverse64(remainder(part.Bits(), q), q) % q
		if gamma > q/2 {
			gamma = q - gamma
		}
		part.Mul(part, new(big.Int).SetUint64(gamma))
		s.parts = append(s.parts, part)
		s.b.Add(s.b, part)
	}
	for len(s.deltas) < len(s.parts) {
		s.deltas = append(s.deltas, make([]uint32, len(s.base)))
	}
	aw, bw := s.a.Bits(), s.b.Bits()
	for i := range s.base {
		p := uint64(s.base[i].p)
		am := remainder(aw, p)
		if p == 2 || am == 0 {
			s.r1[i], s.r2[i] = math.MaxUint32, math.MaxUint32
			continue
		}
		inv := inverse64(am, p)
		b, t := remainder(bw, p), uint64(s.base[i].root)
		// A*x + B = ±t, counted from the left end of the interval.
		s.r1[i] = uint32((inv*(t+p-b) + half) % p)
		s.r2[i] = uint32((inv*(2*p-t-b) + half) % p)
		for j, part := range s.parts {
			s.deltas[j][i] = uint32(2 * inv * remainder(part.Bits(), p) % p)
		}
	}
	s.setC()
}

// setC sets C = (B^2 - N)/A.
func (s *siqs) setC() {
	s.c.Mul(s.b, s.b)
	s.c.Sub(s.c, s.kn)
	s.c.Quo(s.c, s.a)
}

// nextB changes the sign of one part of B, in the order of the Gray code.
func (s *siqs) nextB(i uint) {
	v := bits.TrailingZeros(i)
	delta := s.deltas[v]
	twice := new(big.Int).Lsh(s.parts[v], 1)
	if i>>(v+1)&1 == 0 {
		s.b.Sub(s.b, twice)
		for j := s.first; j < len(s.base); j++ {
			if p := s.base[j].p; s.r1[j] != math.MaxUint32 {
				s.r1[j] = addMod(s.r1[j], delta[j], p)
				s.r2[j] = addMod(s.r2[j], delta[j], p)
			}
		}
	} else {
		s.b.Add(s.b, twice)
		for j := s.first; j < len(s.base); j++ {
			if p := s.base[j].p; s.r1[j] != math.MaxUint32 {
				s.r1[j] = addMod(s.r1[j], p-delta[j], p)
				s.r2[j] = addMod(s.r2[j], p-delta[j], p)
			}
		}
	}
	s.setC()
}

func addMod(x, y, p uint32) uint32 {
	x += y
	if x >= p {
		x -= p
	}
	return x
}

// isResidue reports whether x is a square modulo an odd prime p.
func isResidue(x, p uint64) bool { return powMod64(x, (p-1)/2, p) == 1 }

// powMod64 returns x^y modulo m < 2^32.
func powMod64(x, y, m uint64) uint64 {
	z := uint64(1)
	for x %= m; y > 0; y >>= 1 {
		if y&1 != 0 {
			z = z * x % m
		}
		x = x * x % m
	}
	return z
}

// inverse64 returns 1/x modulo a prime p, 0 < x < p.
func inverse64(x, p uint64) uint64 {
	r0, r1, t0, t1 := int64(p), int64(x), int64(0), int64(1)
	for r1 != 0 {
		q := r0 / r1
		r0, r1 = r1, r0-q*r1
		t0, t1 = t1, t0-q*t1
	}
	if t0 < 0 {
		t0 += int64(p)
	}
	return uint64(t0)
}

// sqrtMod returns a square root of the square x modulo a prime p, by the method
// of Tonelli and Shanks.
func sqrtMod(x, p uint64) uint64 {
	if x == 0 || p == 2 {
		return x
	}
	s := bits.TrailingZeros64(p - 1)
	q := (p - 1) >> s
	z := uint64(2)
	for isResidue(z, p) {
		z++
	}
	m, c, t, r := s, powMod64(z, q, p), powMod64(x, q, p), powMod64(x, (q+1)/2, p)
	for t != 1 {
		i, u := 0, t
		for u != 1 {
			u = u * u % p
			i++
		}
		b := c
		for range m - i - 1 {
			b = b * b % p
		}
		m, c = i, b*b%p
		t, r = t*c%p, r*b%p
	}
	return r
}
