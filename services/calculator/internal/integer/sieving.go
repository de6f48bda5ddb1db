package integer

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// sieve adds up the logarithms of the primes that divide the values of the
// polynomial, and takes a closer look where they come near the value.
func (s *siqs) sieve() {
	copy(s.p1, s.r1)
	copy(s.p2, s.r2)
	const high = 0x8080808080808080
	for offset := 0; offset < 2*half; offset += blockSize {
		s.fill()
		for i := 0; i < blockSize; i += 8 {
			w := binary.LittleEndian.Uint64(s.block[i:]) & high
			for ; w != 0; w &= w - 1 {
				s.candidate(offset + i + bits.TrailingZeros64(w)/8)
			}
		}
	}
}

// fill sieves one block. A place has its highest bit set if the logarithms
// there reach the threshold.
func (s *siqs) fill() {
	block := &s.block
	start := 128 - s.threshold
	for i := range block {
		block[i] = start
	}
	base := s.base[s.first:]
	p1, p2 := s.p1[s.first:][:len(base)], s.p2[s.first:][:len(base)]
	for i := range base {
		p, log := base[i].p, base[i].log
		a, b := p1[i], p2[i]
		if a > b {
			a, b = b, a
		}
		for b < blockSize {
			block[a&(blockSize-1)] += log
			block[b] += log
			a += p
			b += p
		}
		if a < blockSize {
			block[a] += log
			a += p
		}
		p1[i], p2[i] = a-blockSize, b-blockSize
	}
}

// candidate divides the value at a place of the interval by the primes of the
// base, and keeps it if at most one large prime is left.
func (s *siqs) candidate(at int) {
	x := big.NewInt(int64(at - half))
	// A*x^2 + 2*B*x + C
	v := new(big.Int).Mul(s.a, x)
	ax := new(big.Int).Add(v, s.b)
	v.Add(ax, s.b)
	v.Mul(v, x)
	v.Add(v, s.c)
	indices := make([]int32, 0, 32)
	if v.Sign() < 0 {
		indices = append(indices, -1)
		v.Neg(v)
	}
	if v.Sign() == 0 {
		return
	}
	for z := v.TrailingZeroBits(); z > 0; z-- {
		indices = append(indices, 0)
	}
	v.Rsh(v, v.TrailingZeroBits())
	var w [2]uint64
	copy(w[:], words(v, 2))
	divide := func(i int) {
		p := uint64(s.base[i].p)
		for {
			h, r := w[1]/p, w[1]%p
			l, r := bits.Div64(r, w[0], p)
			if r != 0 {
				return
			}
			w[1], w[0] = h, l
			indices = append(indices, int32(i))
		}
	}
	for i := 1; i < len(s.base); i++ {
		p := uint64(s.base[i].p)
		r := uint32(uint64(at) - uint64(at)*s.base[i].reciprocal>>40*p)
		if r == s.r1[i] || r == s.r2[i] || i < s.first {
			divide(i)
		}
	}
	for _, i := range s.chosen {
		divide(i)
		indices = append(indices, int32(i))
	}
	if w[1] != 0 || w[0] > s.bound {
		return
	}
	s.keep(relation{ax, indices, w[0]})
}

// keep files a relation: two with the same large prime make one without.
func (s *siqs) keep(r relation) {
	if r.large == 1 {
		s.found = append(s.found, r)
		return
	}
	other, ok := s.partial[r.large]
	if !ok {
		s.partial[r.large] = r
		return
	}
	if other.x.CmpAbs(r.x) == 0 {
		return
	}
	x := new(big.Int).Mul(r.x, other.x)
	s.found = append(s.found, relation{x.Mod(x, s.n), append(r.indices, other.indices...), r.large})
}

// solve looks for a product of relations that is a square on both sides, by
// elimination modulo 2, and returns a proper divisor if one comes of it.
func (s *siqs) solve() (*big.Int, error) {
	rows, columns := len(s.found), len(s.base)+1
	width, history := (columns+63)/64, (rows+63)/64
	matrix := make([][]uint64, rows)
	for i, r := range s.found {
		matrix[i] = make([]uint64, width+history)
		for _, j := range r.indices {
			matrix[i][(j+1)/64] ^= 1 << (uint(j+1) % 64)
		}
		matrix[i][width+i/64] |= 1 << (uint(i) % 64)
	}
	done := 0
	for c := range columns {
		if err := s.e.spend(int64((rows - done) * (width + history) / 4)); err != nil {
			return nil, err
		}
		word, bit := c/64, uint64(1)<<(uint(c)%64)
		pivot := done
		for pivot < rows && matrix[pivot][word]&bit == 0 {
			pivot++
		}
		if pivot == rows {
			continue
		}
		matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
		from := matrix[done][word:]
		for _, row := range matrix[done+1:] {
			if row[word]&bit == 0 {
				continue
			}
			to := row[word:][:len(from)]
			for k, w := range from {
				to[k] ^= w
			}
		}
		done++
	}
	for _, row := range matrix[done:] {
		if d := s.divisor(row[width:]); d != nil {
			return d, nil
		}
	}
	return nil, nil
}

// divisor returns what x - y has in common with n, for the x^2 = y^2 that the
// relations whose bits are set multiply to; nil if that is trivial.
func (s *siqs) divisor(chosen []uint64) *big.Int {
	x, y := big.NewInt(1), big.NewInt(1)
	exponents := make([]int, len(s.base)+1)
	for i, r := range s.found {
		if chosen[i/64]>>(uint(i)%64)&1 == 0 {
			continue
		}
		x.Mod(x.Mul(x, r.x), s.n)
		y.Mod(y.Mul(y, new(big.Int).SetUint64(r.large)), s.n)
		for _, j := range r.indices {
			exponents[j+1]++
		}
	}
	for j, e := range exponents[1:] {
		if e > 0 {
			p := big.NewInt(int64(s.base[j].p))
			y.Mod(y.Mul(y, p.Exp(p, big.NewInt(int64(e/2)), s.n)), s.n)
		}
	}
	return proper(new(big.Int).GCD(nil, nil, x.Sub(x, y).Abs(x), s.n), s.n)
}
