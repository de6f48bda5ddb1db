package poly

import (
	"math/big"
	"math/bits"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// gcd returns the greatest common divisor of two polynomials that are not 0,
// primitive and with a positive leading coefficient. It is found modulo primes
// and put together; it counts when it divides both, since its degree is never
// below that of the true one.
func gcd(a *number.Arith, f, g ints) (ints, error) {
	f, err := f.primitive(a)
	if err != nil {
		return nil, err
	}
	if g, err = g.primitive(a); err != nil {
		return nil, err
	}
	scale := new(big.Int).GCD(nil, nil, new(big.Int).Abs(f.lead()), new(big.Int).Abs(g.lead()))
	var image []*big.Int // modulo the product of the primes so far
	product := big.NewInt(1)
	for p := range primes() {
		words := int64(f.bits()+g.bits())/64 + 1
		n := int64(len(f) + len(g))
		if err := a.Spend(n*n*10 + n*words*10); err != nil {
			return nil, err
		}
		d := gcdMod(reduce(f, p), reduce(g, p), p)
		if d == nil {
			continue
		}
		if len(d) == 1 {
			return ints{big.NewInt(1)}, nil
		}
		if image != nil && len(d) > len(image) {
			continue
		}
		if image == nil || len(d) < len(image) {
			image, product = make([]*big.Int, len(d)), big.NewInt(1)
			for i := range image {
				image[i] = new(big.Int)
			}
		}
		s := residue(scale, p)
		for i := range d {
			d[i] = mulMod(d[i], s, p)
		}
		if changed := combine(image, product, d, p); changed {
			continue
		}
		h, err := symmetric(image, product).primitive(a)
		if err != nil {
			return nil, err
		}
		if _, ok, err := f.quo(a, h); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		if _, ok, err := g.quo(a, h); err != nil || ok {
			return h, err
		}
	}
	return nil, nil
}

// combine makes image, which is modulo product, congruent to d modulo p also,
// and reports whether the balanced residues have changed by that.
func combine(image []*big.Int, product *big.Int, d []uint64, p uint64) bool {
	bigP := new(big.Int).SetUint64(p)
	inverse := invMod(residue(product, p), p)
	half := new(big.Int).Rsh(product, 1)
	next := new(big.Int).Mul(product, bigP)
	changed := false
	for i, c := range image {
		// The balanced residue is kept if it agrees with the new prime.
		b := new(big.Int).Set(c)
		if b.Cmp(half) > 0 {
			b.Sub(b, product)
		}
		t := mulMod(subMod(d[i], residue(b, p), p), inverse, p)
		if t != 0 {
			changed = true
			b.Add(b, new(big.Int).Mul(product, new(big.Int).SetUint64(t)))
		}
		c.Mod(b, next)
	}
	product.Set(next)
	return changed
}

// symmetric returns the residues nearest to 0.
func symmetric(image []*big.Int, product *big.Int) ints {
	half := new(big.Int).Rsh(product, 1)
	f := make(ints, len(image))
	for i, c := range image {
		f[i] = new(big.Int).Set(c)
		if c.Cmp(half) > 0 {
			f[i].Sub(f[i], product)
		}
	}
	return f.trimmed()
}

// primes yields primes just below 2^62, of which there are many more than any
// polynomial within the limits needs.
func primes() func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		for p := uint64(1)<<62 - 57; ; p -= 2 {
			if new(big.Int).SetUint64(p).ProbablyPrime(0) && !yield(p) {
				return
			}
		}
	}
}

func residue(x *big.Int, p uint64) uint64 {
	return new(big.Int).Mod(x, new(big.Int).SetUint64(p)).Uint64()
}

func reduce(f ints, p uint64) []uint64 {
	r := make([]uint64, len(f))
	for i, c := range f {
		r[i] = residue(c, p)
	}
	return r
}

// gcdMod returns the monic greatest common divisor modulo p, or nil if p
// divides a leading coefficient. It overwrites its arguments.
func gcdMod(f, g []uint64, p uint64) []uint64 {
	if f[len(f)-1] == 0 || g[len(g)-1] == 0 {
		return nil
	}
	for len(g) > 0 {
		inverse := invMod(g[len(g)-1], p)
		for i := range g {
			g[i] = mulMod(g[i], inverse, p)
		}
		for len(f) >= len(g) {
			q, shift := f[len(f)-1], len(f)-len(g)
			for i, c := range g[:len(g)-1] {
				f[shift+i] = subMod(f[shift+i], mulMod(q, c, p), p)
			}
			f = f[:len(f)-1]
			for len(f) > 0 && f[len(f)-1] == 0 {
				f = f[:len(f)-1]
			}
		}
		f, g = g, f
	}
	return f
}

func mulMod(x, y, p uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return bits.Rem64(hi, lo, p)
}

func subMod(x, y, p uint64) uint64 {
	if x >= y {
		return x - y
	}
	return x + p - y
}

// invMod returns 1/x modulo the prime p, by Fermat's theorem.
func invMod(x, p uint64) uint64 {
	z := uint64(1)
	for e := p - 2; e > 0; e >>= 1 {
		if e&1 != 0 {
			z = mulMod(z, x, p)
		}
		x = mulMod(x, x, p)
	}
	return z
}

// A factor is a polynomial without multiple roots and how often it divides.
type factor struct {
	f            ints
	multiplicity int
}

// squareFree splits a primitive polynomial into factors without multiple or
// common roots, by Yun's algorithm.
func squareFree(a *number.Arith, f ints) ([]factor, error) {
	d, err := gcd(a, f, f.derivative())
	if err != nil {
		return nil, err
	}
	if d.degree() == 0 {
		return []factor{{f, 1}}, nil
	}
	b, _, err := f.quo(a, d)
	if err != nil {
		return nil, err
	}
	c, _, err := f.derivative().quo(a, d)
	if err != nil {
		return nil, err
	}
	var factors []factor
	for i := 1; b.degree() > 0; i++ {
		rest := c.sub(b.derivative())
		g := b
		if len(rest) > 0 {
			if g, err = gcd(a, b, rest); err != nil {
				return nil, err
			}
		}
		if g.degree() > 0 {
			factors = append(factors, factor{g, i})
		}
		if b, _, err = b.quo(a, g); err != nil {
			return nil, err
		}
		if c, _, err = rest.quo(a, g); err != nil {
			return nil, err
		}
	}
	return factors, nil
}
