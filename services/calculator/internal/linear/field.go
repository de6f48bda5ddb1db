package linear

import (
	"math/big"
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// field is the integers modulo an odd prime p < 2^62, in Montgomery's form: x
// stands for x/2^64.
type field struct {
	p   uint64
	inv uint64 // of p modulo 2^64
	r2  uint64 // 2^128 modulo p
	one uint64
}

func newField(p uint64) *field {
	f := &field{p: p, inv: p}
	for range 5 { // each step doubles the bits, of which p itself has 3
		f.inv *= 2 - p*f.inv
	}
	f.one = bits.Rem64(1, 0, p)
	hi, lo := bits.Mul64(f.one, f.one)
	f.r2 = bits.Rem64(hi, lo, p)
	return f
}

// mul returns x*y.
func (f *field) mul(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	t, _ := bits.Mul64(lo*f.inv, f.p)
	d := hi - t
	return d + f.p&uint64(int64(d)>>63)
}

func (f *field) add(x, y uint64) uint64 {
	d := x + y - f.p
	return d + f.p&uint64(int64(d)>>63)
}

func (f *field) sub(x, y uint64) uint64 {
	d := x - y
	return d + f.p&uint64(int64(d)>>63)
}

func (f *field) neg(x uint64) uint64 { return f.sub(0, x) }

func (f *field) pow(x, n uint64) uint64 {
	z := f.one
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			z = f.mul(z, x)
		}
		x = f.mul(x, x)
	}
	return z
}

// inverse returns 1/x of x that is not 0.
func (f *field) inverse(x uint64) uint64 { return f.pow(x, f.p-2) }

// from takes x < p into the field, to takes it back.
func (f *field) from(x uint64) uint64 { return f.mul(x, f.r2) }
func (f *field) to(x uint64) uint64   { return f.mul(x, 1) }

// reduce returns x modulo p, not in Montgomery's form.
func (f *field) reduce(x *big.Int) uint64 {
	r := uint64(0)
	w := x.Bits()
	for i := len(w) - 1; i >= 0; i-- {
		if i == len(w)-1 && uint64(w[i]) < f.p {
			r = uint64(w[i])
			continue
		}
		r = bits.Rem64(r, uint64(w[i]), f.p)
	}
	if x.Sign() < 0 && r != 0 {
		return f.p - r
	}
	return r
}

// integer takes x into the field.
func (f *field) integer(x *big.Int) uint64 { return f.from(f.reduce(x)) }

// subScaled subtracts c*v from u.
func (f *field) subScaled(u, v []uint64, c uint64) {
	p, inv := f.p, f.inv
	v = v[:len(u)]
	for i, x := range u {
		hi, lo := bits.Mul64(c, v[i])
		t, _ := bits.Mul64(lo*inv, p)
		d := hi - t
		d += p & uint64(int64(d)>>63)
		d = x - d
		u[i] = d + p&uint64(int64(d)>>63)
	}
}

// primeBits is what each prime contributes to a result, a little less than 62.
const primeBits = 61.9

// primes yields the primes below 2^62, the greatest first.
type primes struct{ last uint64 }

func (s *primes) next(a *number.Arith) (*field, error) {
	if s.last == 0 {
		s.last = 1<<62 + 1
	}
	n := new(big.Int)
	for {
		// ProbablyPrime is never wrong below 2^64.
		s.last -= 2
		if err := a.Spend(200); err != nil {
			return nil, err
		}
		if n.SetUint64(s.last).ProbablyPrime(0) {
			return newField(s.last), nil
		}
	}
}

// residues puts integers together from what they are modulo primes, by the
// Chinese remainder theorem.
type residues struct {
	v       []*big.Int
	modulus *big.Int
}

func newResidues(n int) *residues {
	r := &residues{make([]*big.Int, n), big.NewInt(1)}
	for i := range r.v {
		r.v[i] = new(big.Int)
	}
	return r
}

// add takes in what the integers are in the field f.
func (r *residues) add(a *number.Arith, f *field, x []uint64) error {
	words := int64(len(r.modulus.Bits()))
	inv := f.inverse(f.integer(r.modulus))
	t := new(big.Int)
	for i, v := range r.v {
		if err := a.Spend(20 + 10*words); err != nil {
			return err
		}
		d := f.mul(f.sub(x[i], f.integer(v)), inv)
		v.Add(v, t.Mul(t.SetUint64(f.to(d)), r.modulus))
	}
	r.modulus.Mul(r.modulus, t.SetUint64(f.p))
	return nil
}

// integers returns the integers, those of the least absolute value.
func (r *residues) integers() []*big.Int {
	half := new(big.Int).Rsh(r.modulus, 1)
	for _, v := range r.v {
		if v.Cmp(half) > 0 {
			v.Sub(v, r.modulus)
		}
	}
	return r.v
}
