package linear

import (
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// integerRoots divides the integer roots out of a monic polynomial with integer
// coefficients, the highest power first, whose roots are not greater than
// radius. It returns them in order, each as often as it is a root, and what is
// left. A root of the polynomial is one modulo each prime, so all are found
// among the roots modulo one; if that prime is less than twice the radius they
// are lifted to a power of it (Hensel's lemma).
func integerRoots(a *number.Arith, v []*big.Int, radius *big.Int) (roots, rest []*big.Int, err error) {
	rest = v
	for len(rest) > 1 && rest[len(rest)-1].Sign() == 0 {
		roots, rest = append(roots, new(big.Int)), rest[:len(rest)-1]
	}
	f, err := new(primes).next(a)
	if err != nil {
		return nil, nil, err
	}
	candidates, err := f.roots(a, f.poly(rest))
	if err != nil {
		return nil, nil, err
	}
	twice := new(big.Int).Lsh(radius, 1)
	for _, c := range candidates {
		r, modulus, err := f.lift(a, rest, c, twice)
		if err != nil {
			return nil, nil, err
		}
		if r.Cmp(new(big.Int).Rsh(modulus, 1)) > 0 {
			r.Sub(r, modulus)
		}
		for r.CmpAbs(radius) <= 0 && len(rest) > 1 {
			q, remainder, err := divideRoot(a, rest, r)
			if err != nil {
				return nil, nil, err
			}
			if remainder.Sign() != 0 {
				break
			}
			roots, rest = append(roots, r), q
		}
	}
	slices.SortFunc(roots, (*big.Int).Cmp)
	return roots, rest, nil
}

// divideRoot divides v by x - r.
func divideRoot(a *number.Arith, v []*big.Int, r *big.Int) (q []*big.Int, remainder *big.Int, err error) {
	q = make([]*big.Int, len(v))
	acc := new(big.Int)
	for i, c := range v {
		if err := a.Spend(number.MulCost(acc.BitLen(), r.BitLen())); err != nil {
			return nil, nil, err
		}
		acc = new(big.Int).Mul(acc, r)
		q[i] = acc.Add(acc, c)
	}
	return q[:len(q)-1], acc, nil
}

// lift returns a root modulo a power of p, above bound, that is c modulo p. It
// is a simple root of some derivative of v, which Newton's method needs; if
// that fails what it returns is no root, which is seen by dividing.
func (f *field) lift(a *number.Arith, v []*big.Int, c uint64, bound *big.Int) (r, modulus *big.Int, err error) {
	r, modulus = new(big.Int).SetUint64(f.to(c)), new(big.Int).SetUint64(f.p)
	if modulus.Cmp(bound) > 0 {
		return r, modulus, nil
	}
	d := derivative(v)
	for f.value(f.poly(d), c) == 0 && len(d) > 1 {
		v, d = d, derivative(d)
	}
	inv := new(big.Int)
	for modulus.Cmp(bound) <= 0 {
		modulus.Mul(modulus, modulus)
		value, err := valueMod(a, v, r, modulus)
		if err != nil {
			return nil, nil, err
		}
		slope, err := valueMod(a, d, r, modulus)
		if err != nil {
			return nil, nil, err
		}
		if err := a.Spend(number.GCDCost(modulus.BitLen())); err != nil {
			return nil, nil, err
		}
		if inv.ModInverse(slope, modulus) == nil {
			return r, modulus, nil
		}
		r.Sub(r, value.Mul(value, inv)).Mod(r, modulus)
	}
	return r, modulus, nil
}

func valueMod(a *number.Arith, v []*big.Int, x, modulus *big.Int) (*big.Int, error) {
	z := new(big.Int)
	for _, c := range v {
		if err := a.Spend(4 * number.MulCost(modulus.BitLen(), modulus.BitLen())); err != nil {
			return nil, err
		}
		z.Mul(z, x).Add(z, c).Mod(z, modulus)
	}
	return z, nil
}

func derivative(v []*big.Int) []*big.Int {
	d := make([]*big.Int, len(v)-1)
	for i := range d {
		d[i] = new(big.Int).Mul(v[i], big.NewInt(int64(len(v)-1-i)))
	}
	return d
}

// A polynomial over a field is the list of its coefficients, the highest power
// first, which is not 0; the polynomial 0 is empty.

// poly takes v into the field.
func (f *field) poly(v []*big.Int) []uint64 {
	p := make([]uint64, len(v))
	for i, c := range v {
		p[i] = f.integer(c)
	}
	return trim(p)
}

func trim(p []uint64) []uint64 {
	for len(p) > 0 && p[0] == 0 {
		p = p[1:]
	}
	return p
}

func (f *field) value(p []uint64, x uint64) uint64 {
	z := uint64(0)
	for _, c := range p {
		z = f.add(f.mul(z, x), c)
	}
	return z
}

// mod returns the remainder of p divided by q; p is destroyed.
func (f *field) mod(p, q []uint64) []uint64 {
	inv := f.inverse(q[0])
	for len(p) >= len(q) {
		if p[0] != 0 {
			f.subScaled(p[1:len(q)], q[1:], f.mul(p[0], inv))
		}
		p = p[1:]
	}
	return trim(p)
}

// gcd returns the monic greatest common divisor; both are destroyed.
func (f *field) gcd(p, q []uint64) []uint64 {
	for len(q) > 0 {
		p, q = q, f.mod(p, q)
	}
	if len(p) > 0 {
		inv := f.inverse(p[0])
		for i := range p {
			p[i] = f.mul(p[i], inv)
		}
	}
	return p
}

// powMod returns (x+s)^n modulo q, for a q of degree 1 at least.
func (f *field) powMod(a *number.Arith, s, n uint64, q []uint64) ([]uint64, error) {
	z := []uint64{f.one}
	for i := 63; i >= 0; i-- {
		if err := a.Spend(4 * stepCost * int64(len(q)) * int64(len(q))); err != nil {
			return nil, err
		}
		square := make([]uint64, max(2*len(z)-1, 0), 2*len(z)+1)
		for j, c := range z {
			f.subScaled(square[j:j+len(z)], z, f.neg(c))
		}
		if n>>i&1 != 0 {
			// times x, plus s times what it was
			square = append(square, 0)
			for j := len(square) - 1; j > 0; j-- {
				square[j] = f.add(square[j], f.mul(s, square[j-1]))
			}
		}
		z = f.mod(square, q)
	}
	return z, nil
}

// roots returns the different roots of p in the field: those of its common
// divisor with x^p - x, taken apart by the theorem of Cantor and Zassenhaus.
func (f *field) roots(a *number.Arith, p []uint64) ([]uint64, error) {
	if len(p) < 2 {
		return nil, nil
	}
	x, err := f.powMod(a, 0, f.p, p)
	if err != nil {
		return nil, err
	}
	return f.split(a, f.gcd(slices.Clone(p), f.minus(x, []uint64{f.one, 0})), 1)
}

// minus returns p - q.
func (f *field) minus(p, q []uint64) []uint64 {
	z := make([]uint64, max(len(p), len(q)))
	copy(z[len(z)-len(p):], p)
	for i, c := range q {
		k := len(z) - len(q) + i
		z[k] = f.sub(z[k], c)
	}
	return trim(z)
}

// split returns the roots of a monic product of different x - r: about half of
// the r + s are squares.
func (f *field) split(a *number.Arith, p []uint64, s uint64) ([]uint64, error) {
	switch len(p) {
	case 0, 1:
		return nil, nil
	case 2:
		return []uint64{f.neg(p[1])}, nil
	}
	for ; ; s++ {
		x, err := f.powMod(a, f.from(s), f.p/2, p)
		if err != nil {
			return nil, err
		}
		q := f.gcd(slices.Clone(p), f.minus(x, []uint64{f.one}))
		if len(q) < 2 || len(q) == len(p) {
			continue
		}
		some, err := f.split(a, q, s+1)
		if err != nil {
			return nil, err
		}
		others, err := f.split(a, f.quotient(p, q), s+1)
		return append(some, others...), err
	}
}

// quotient returns p/q of a monic q that divides p.
func (f *field) quotient(p, q []uint64) []uint64 {
	p = slices.Clone(p)
	n := len(p) - len(q) + 1
	for i := range n {
		f.subScaled(p[i+1:i+len(q)], q[1:], p[i])
	}
	return p[:n]
}
