package integer

import (
	"encoding/binary"
	"math/big"
	"math/bits"
)

// residues is arithmetic modulo an odd number n in Montgomery's form: x stands
// for x/R modulo n, R being 2^64 to the number of words. Elements are below 2n,
// and R is above 4n, so that products need no final subtraction. Results may
// overwrite operands.
type residues struct {
	n, twice []uint64 // n and 2n, least word first
	inv      uint64   // -1/n modulo 2^64
	cost     int64    // work of one product
	unit     []uint64 // 1
	square   []uint64 // R
	t        []uint64
	big      *big.Int // n
}

func newResidues(n *big.Int) *residues {
	k := (n.BitLen() + 2 + 63) / 64
	f := &residues{big: n, t: make([]uint64, k)}
	f.n, f.twice = words(n, k), words(new(big.Int).Lsh(n, 1), k)
	// Newton's iteration doubles the number of right bits; n*n is 1 modulo 8.
	inv := f.n[0]
	for range 5 {
		inv *= 2 - f.n[0]*inv
	}
	f.inv = -inv
	r := new(big.Int).Lsh(one, uint(64*k))
	f.unit = words(new(big.Int).Mod(r, n), k)
	f.square = words(r.Mod(r.Mul(r, r), n), k)
	f.cost = int64(2 + 2*k*k)
	return f
}

// words returns the k low words of x >= 0.
func words(x *big.Int, k int) []uint64 {
	b := x.FillBytes(make([]byte, 8*k))
	w := make([]uint64, k)
	for i := range w {
		w[i] = binary.BigEndian.Uint64(b[8*(k-1-i):])
	}
	return w
}

// raw returns the number that the words of x are, which has the same divisors
// in common with n as the element.
func raw(x []uint64) *big.Int {
	b := make([]byte, 8*len(x))
	for i, w := range x {
		binary.BigEndian.PutUint64(b[8*(len(x)-1-i):], w)
	}
	return new(big.Int).SetBytes(b)
}

func (f *residues) element() []uint64 { return make([]uint64, len(f.n)) }

// from returns the element that stands for x, 0 <= x < n.
func (f *residues) from(x *big.Int) []uint64 {
	z := words(x, len(f.n))
	f.mul(z, z, f.square)
	return z
}

// gcd returns the greatest common divisor of x and n.
func (f *residues) gcd(x []uint64) *big.Int { return new(big.Int).GCD(nil, nil, raw(x), f.big) }

// invert sets z to 1/x, or returns false if there is none.
func (f *residues) invert(z, x []uint64) bool {
	v := raw(x)
	if v.ModInverse(v.Mod(v, f.big), f.big) == nil {
		return false
	}
	// The element is xR, its inverse 1/(xR); two products make it R/x.
	copy(z, words(v, len(f.n)))
	f.mul(z, z, f.square)
	f.mul(z, z, f.square)
	return true
}

func (f *residues) add(z, x, y []uint64) {
	m := f.twice
	x, y, z = x[:len(m)], y[:len(m)], z[:len(m)]
	var c, b uint64
	for i := range m {
		z[i], c = bits.Add64(x[i], y[i], c)
	}
	t := f.t[:len(m)]
	for i := range m {
		t[i], b = bits.Sub64(z[i], m[i], b)
	}
	if b == 0 {
		copy(z, t)
	}
}

func (f *residues) sub(z, x, y []uint64) {
	m := f.twice
	x, y, z = x[:len(m)], y[:len(m)], z[:len(m)]
	var b, c uint64
	for i := range m {
		z[i], b = bits.Sub64(x[i], y[i], b)
	}
	mask := -b
	for i := range m {
		z[i], c = bits.Add64(z[i], m[i]&mask, c)
	}
}

func (f *residues) mul(z, x, y []uint64) {
	switch len(f.n) {
	case 1:
		z[0] = mul1(x[0], y[0], f.n[0], f.inv)
	case 2:
		f.mul2(z, x, y)
	case 3:
		f.mul3(z, x, y)
	default:
		f.mulAny(z, x, y)
	}
}

// mul1 is the product modulo n of one word.
func mul1(x, y, n, inv uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	h, l := bits.Mul64(lo*inv, n)
	_, c := bits.Add64(l, lo, 0)
	return hi + h + c
}

func (f *residues) mul2(z, x, y []uint64) {
	x0, x1 := x[0], x[1]
	n0, n1 := f.n[0], f.n[1]
	var t0, t1 uint64
	for _, w := range [2]uint64{y[0], y[1]} {
		h0, l0 := bits.Mul64(x0, w)
		h1, l1 := bits.Mul64(x1, w)
		var c, t2 uint64
		l1, c = bits.Add64(l1, h0, 0)
		h1 += c
		t0, c = bits.Add64(t0, l0, 0)
		t1, c = bits.Add64(t1, l1, c)
		t2 = h1 + c
		m := t0 * f.inv
		h0, l0 = bits.Mul64(m, n0)
		h1, l1 = bits.Mul64(m, n1)
		l1, c = bits.Add64(l1, h0, 0)
		h1 += c
		_, c = bits.Add64(t0, l0, 0)
		t0, c = bits.Add64(t1, l1, c)
		t1 = t2 + h1 + c
	}
	z[0], z[1] = t0, t1
}

func (f *residues) mul3(z, x, y []uint64) {
	x0, x1, x2 := x[0], x[1], x[2]
	n0, n1, n2 := f.n[0], f.n[1], f.n[2]
	var t0, t1, t2 uint64
	for _, w := range [3]uint64{y[0], y[1], y[2]} {
		h0, l0 := bits.Mul64(x0, w)
		h1, l1 := bits.Mul64(x1, w)
		h2, l2 := bits.Mul64(x2, w)
		var c, t3 uint64
		l1, c = bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		h2 += c
		t0, c = bits.Add64(t0, l0, 0)
		t1, c = bits.Add64(t1, l1, c)
		t2, c = bits.Add64(t2, l2, c)
		t3 = h2 + c
		m := t0 * f.inv
		h0, l0 = bits.Mul64(m, n0)
		h1, l1 = bits.Mul64(m, n1)
		h2, l2 = bits.Mul64(m, n2)
		l1, c = bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		h2 += c
		_, c = bits.Add64(t0, l0, 0)
		t0, c = bits.Add64(t1, l1, c)
		t1, c = bits.Add64(t2, l2, c)
		t2 = t3 + h2 + c
	}
	z[0], z[1], z[2] = t0, t1, t2
}

func (f *residues) mulAny(z, x, y []uint64) {
	n := f.n
	t, x := f.t[:len(n)], x[:len(n)]
	clear(t)
	for _, w := range y[:len(n)] {
		h, l := bits.Mul64(x[0], w)
		l, c := bits.Add64(l, t[0], 0)
		u := h + c
		m := l * f.inv
		h, lo := bits.Mul64(m, n[0])
		_, c = bits.Add64(lo, l, 0)
		v := h + c
		for j := 1; j < len(n); j++ {
			h, l = bits.Mul64(x[j], w)
			l, c = bits.Add64(l, u, 0)
			h += c
			l, c = bits.Add64(l, t[j], 0)
			u = h + c
			h, lo = bits.Mul64(m, n[j])
			lo, c = bits.Add64(lo, v, 0)
			h += c
			t[j-1], c = bits.Add64(lo, l, 0)
			v = h + c
		}
		t[len(n)-1] = u + v
	}
	copy(z, t)
}
