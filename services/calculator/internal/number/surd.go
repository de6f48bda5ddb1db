package number

import (
	"math/big"
	"math/bits"
	"slices"
)

// isSurd reports whether x is a sum of an exact number and multiples of square
// roots of integers.
func isSurd(x Number) bool {
	_, t := x.terms()
	return !slices.ContainsFunc(t, func(t term) bool { return t.b.op != opSqrt || !t.b.x.IsInt() })
}

// Sqrt returns the square root of x, exactly if it is an integer or a
// fraction. The error is Domain for a negative x.
func (a *Arith) Sqrt(x Number) (Number, error) {
	s, err := a.Sign(x)
	if err != nil {
		return Number{}, err
	}
	if s < 0 {
		return Number{}, notReal("the square root of the negative number " + brief(x))
	}
	if s == 0 {
		return Number{}, nil
	}
	if x.IsExact() {
		return a.sqrtExact(x)
	}
	if z, ok, err := a.denest(x); ok || err != nil {
		return z, err
	}
	q, b, ok := x.single()
	if !ok {
		return a.opaque(opSqrt, x, Number{})
	}
	// sqrt(q*b) = s*sqrt(n*b)
	k, n, err := a.splitSquare(q)
	if err != nil {
		return Number{}, err
	}
	if p := asPower(x); same(n, Int(1)) && !same(p.y, Int(1)) {
		half, err := a.Mul(p.y, Frac(1, 2))
		if err != nil {
			return Number{}, err
		}
		if !p.natural {
			if p.base, err = a.Abs(p.base); err != nil {
				return Number{}, err
			}
		}
		z, err := a.raise(p, half)
		if err != nil {
			return Number{}, err
		}
		return a.Mul(z, k)
	}
	z, err := a.opaque(opSqrt, wrap(n, b), Number{})
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, k)
}

// sqrtExact returns the square root of an exact x > 0.
func (a *Arith) sqrtExact(x Number) (Number, error) {
	k, n, err := a.splitSquare(x)
	if err != nil || same(n, Int(1)) {
		return k, err
	}
	z, err := a.opaque(opSqrt, n, Number{})
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, k)
}

// splitSquare returns a fraction k and an integer n with x = k^2*n; n has no
// square factors as far as trial division finds. x is not 0; n has its sign.
func (a *Arith) splitSquare(x Number) (k, n Number, err error) {
	num, den, _ := x.Fraction()
	k, n, err = a.splitSquareInt(num)
	if err != nil || same(den, Int(1)) {
		return k, n, err
	}
	k2, n2, err := a.splitSquareInt(den)
	if err != nil {
		return k, n, err
	}
	// sqrt(1/n2) = sqrt(n2)/n2
	if n, err = a.Mul(n, n2); err != nil {
		return k, n, err
	}
	d, err := a.Mul(k2, n2)
	if err != nil {
		return k, n, err
	}
	k, err = a.Quo(k, d)
	return k, n, err
}

// trialLimit bounds the primes whose squares are looked for.
const trialLimit = 1000

func (a *Arith) splitSquareInt(x Number) (k, n Number, err error) {
	rest := new(big.Int).Abs(x.int())
	k, n = Int(1), x
	if err := a.spend(1000 + int64(rest.BitLen())/16); err != nil {
		return k, n, err
	}
	if !rest.IsInt64() {
		r, err := a.exactSqrt(rest)
		if err != nil {
			return k, n, err
		}
		if r != nil {
			return ownInt(r), Int(int64(x.int().Sign())), nil
		}
		if rest.BitLen() > 4096 {
			return k, n, nil
		}
		if k, rest, err = a.trialSquares(rest); err != nil {
			return k, n, err
		}
	}
	if rest.IsInt64() {
		square, free := splitSquare64(rest.Int64())
		rest = big.NewInt(free)
		if k, err = a.Mul(k, Int(square)); err != nil {
			return k, n, err
		}
	}
	if x.int().Sign() < 0 {
		rest.Neg(rest)
	}
	return k, ownInt(rest), nil
}

// splitSquare64 returns k and n with x = k^2*n; n is without square factors as
// far as the primes below trialLimit, and what they leave, tell.
func splitSquare64(x int64) (k, n int64) {
	k, n = 1, 1
	for p := int64(2); p < trialLimit && p*p <= x; p += 1 + p&1 {
		for x%p == 0 {
			if x /= p; x%p == 0 {
				x /= p
				k *= p
			} else {
				n *= p
			}
		}
	}
	if r := new(big.Int).Sqrt(big.NewInt(x)).Int64(); r*r == x {
		return k * r, n
	}
	return k, n * x
}

// trialSquares divides squares of small primes out of x until the rest fits
// an int64: x = k^2*rest.
func (a *Arith) trialSquares(x *big.Int) (k Number, rest *big.Int, err error) {
	k, rest = Int(1), x
	if err := a.spend(int64(x.BitLen()) * trialLimit / 64); err != nil {
		return k, rest, err
	}
	square, q, r := new(big.Int), new(big.Int), new(big.Int)
	for p := int64(2); p < trialLimit && !rest.IsInt64(); p += 1 + p&1 {
		if p > 3 && p%3 == 0 || remUint(rest, uint64(p*p)) != 0 {
			continue
		}
		for square.SetInt64(p * p); ; {
			if q.QuoRem(rest, square, r); r.Sign() != 0 {
				break
			}
			rest, q = q, new(big.Int)
			if k, err = a.Mul(k, Int(p)); err != nil {
				return k, rest, err
			}
		}
	}
	return k, rest, nil
}

// remUint returns the remainder of x > 0 by a d below 2^32.
func remUint(x *big.Int, d uint64) uint64 {
	r := uint64(0)
	for _, w := range slices.Backward(x.Bits()) {
		if bits.UintSize == 32 {
			r = (r<<32 | uint64(w)) % d
		} else {
			_, r = bits.Div64(r, uint64(w), d)
		}
	}
	return r
}

// mulSurds multiplies out, unless that gives too many terms.
func (a *Arith) mulSurds(x, y Number) (Number, bool, error) {
	xc, xt := x.terms()
	yc, yt := y.terms()
	if (len(xt)+1)*(len(yt)+1) > maxTerms {
		return Number{}, false, nil
	}
	z, ok, err := exactly(a.Mul, xc, yc)
	if err != nil || !ok {
		return Number{}, false, err
	}
	plus := func(v Number, err error) error {
		if err == nil {
			z, err = a.Add(z, v)
		}
		return err
	}
	for _, t := range xt {
		if err := plus(a.Mul(wrap(t.q, t.b), yc)); err != nil {
			return Number{}, false, err
		}
		for _, u := range yt {
			q, err := a.Mul(t.q, u.q)
			if err != nil {
				return Number{}, false, err
			}
			r, err := a.mulRoots(t.b.x, u.b.x)
			if err != nil {
				return Number{}, false, err
			}
			if err := plus(a.Mul(r, q)); err != nil {
				return Number{}, false, err
			}
		}
	}
	for _, u := range yt {
		if err := plus(a.Mul(wrap(u.q, u.b), xc)); err != nil {
			return Number{}, false, err
		}
	}
	return z, true, nil
}

// mulRoots returns sqrt(m)*sqrt(n).
func (a *Arith) mulRoots(m, n Number) (Number, error) {
	if same(m, n) {
		return m, nil
	}
	g, err := a.GCD(m, n)
	if err != nil {
		return Number{}, err
	}
	p := new(big.Int).Quo(m.int(), g.int())
	q := new(big.Int).Quo(n.int(), g.int())
	r, err := a.Mul(ownInt(p), ownInt(q))
	if err != nil {
		return Number{}, err
	}
	s, err := a.Sqrt(r)
	if err != nil {
		return Number{}, err
	}
	return a.Mul(s, g)
}

// quadratic returns the parts of c + q*sqrt(n).
func (n Number) quadratic() (c, q, radicand Number, ok bool) {
	v, isReal := n.ref.(*real)
	if !isReal || len(v.t) != 1 || !isSurd(n) {
		return Number{}, Number{}, Number{}, false
	}
	return v.c, v.t[0].q, v.t[0].b.x, true
}

// norm returns c^2 - q^2*n, the product of c + q*sqrt(n) and its conjugate.
func (a *Arith) norm(c, q, n Number) (Number, error) {
	c2, err := a.Mul(c, c)
	if err != nil {
		return Number{}, err
	}
	q2, err := a.Mul(q, q)
	if err != nil {
		return Number{}, err
	}
	if q2, err = a.Mul(q2, n); err != nil {
		return Number{}, err
	}
	return a.Sub(c2, q2)
}

// quoSurd returns x/y of sums of square roots, y with one or two of them.
func (a *Arith) quoSurd(x, y Number) (Number, bool, error) {
	_, t := y.terms()
	if len(t) == 0 || len(t) > 2 || !isSurd(x) || !isSurd(y) {
		return Number{}, false, nil
	}
	// Multiplying with y, the sign of its last root changed, leaves a divisor
	// without that root.
	last := t[len(t)-1]
	root := wrap(last.q, last.b)
	root, err := a.Add(root, root)
	if err != nil {
		return Number{}, false, err
	}
	conj, err := a.Sub(y, root)
	if err != nil {
		return Number{}, false, err
	}
	d, err := a.Mul(y, conj)
	if err != nil || !isSurd(d) {
		return Number{}, false, err
	}
	if _, left := d.terms(); len(left) >= len(t) {
		return Number{}, false, nil
	}
	if len(t) == 1 {
		if conj, err = a.Quo(conj, d); err != nil {
			return Number{}, false, err
		}
		z, err := a.Mul(x, conj)
		return z, true, err
	}
	if x, err = a.Mul(x, conj); err != nil || !isSurd(x) {
		return Number{}, false, err
	}
	z, err := a.Quo(x, d)
	return z, true, err
}

// denest returns sqrt(c + q*sqrt(n)) > 0 as a sum of two square roots, if
// there is one.
func (a *Arith) denest(x Number) (Number, bool, error) {
	c, q, n, ok := x.quadratic()
	if !ok || c.IsZero() {
		return Number{}, false, nil
	}
	d, err := a.norm(c, q, n)
	if err != nil || !d.IsExact() {
		return Number{}, false, err
	}
	if s, _ := a.Sign(d); s <= 0 {
		return Number{}, false, nil
	}
	r, err := a.sqrtExact(d)
	if err != nil || !r.IsExact() {
		return Number{}, false, err
	}
	// sqrt(c + q*sqrt(n)) = sqrt((c+r)/2) ± sqrt((c-r)/2)
	part := func(r Number) (Number, error) {
		v, err := a.Add(c, r)
		if err != nil {
			return Number{}, err
		}
		if v, err = a.Mul(v, Frac(1, 2)); err != nil {
			return Number{}, err
		}
		return a.Sqrt(v)
	}
	u, err := part(r)
	if err != nil {
		return Number{}, false, err
	}
	v, err := part(a.neg(r))
	if err != nil {
		return Number{}, false, err
	}
	if s, _ := a.Sign(q); s < 0 {
		v = a.neg(v)
	}
	z, err := a.Add(u, v)
	return z, true, err
}
