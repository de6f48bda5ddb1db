package integer

import (
	"math/big"
	"slices"
)

// Lenstra's elliptic curve method on curves b*y^2 = x^3 + a*x^2 + x in
// Montgomery's form, of which only X and Z are computed. A prime p is found by
// a curve whose order modulo p has no prime factor above bound but for one
// below last.

// ecmLevel is the effort for factors of so many digits: bounds and number of
// curves as they minimise the expected time. A bound is at least half of
// ecmStride.
type ecmLevel struct {
	digits      int
	bound, last int
	curves      int
}

var ecmLevels = []ecmLevel{
	{15, 2_000, 160_000, 25},
	{20, 11_000, 1_100_000, 74},
	{25, 50_000, 5_000_000, 214},
}

// ecmStride is the distance of the multiples of a point from which the second
// stage reaches each prime with one subtraction and one product.
const ecmStride = 2310

// ecmPlan is what the curves of a level have in common.
type ecmPlan struct {
	scalar *big.Int   // the product of the prime powers up to bound
	first  int        // the first multiple of ecmStride
	steps  [][]uint16 // per multiple, the distances to primes
	size   int64      // of steps
}

func planECM(l ecmLevel) *ecmPlan {
	p := &ecmPlan{first: (l.bound + ecmStride/2) / ecmStride}
	factors := []*big.Int{}
	primes := primesTo(l.last)
	i := 0
	for ; i < len(primes) && int(primes[i]) <= l.bound; i++ {
		q := uint64(primes[i])
		for q*uint64(primes[i]) <= uint64(l.bound) {
			q *= uint64(primes[i])
		}
		factors = append(factors, new(big.Int).SetUint64(q))
	}
	p.scalar = product(factors)
	p.steps = make([][]uint16, (l.last+ecmStride/2)/ecmStride-p.first+1)
	var seen [ecmStride/2 + 1]int
	for ; i < len(primes); i++ {
		m := (int(primes[i]) + ecmStride/2) / ecmStride
		d := int(primes[i]) - m*ecmStride
		if d < 0 {
			d = -d
		}
		// Two primes at the same distance of a multiple are tried at once.
		if s := m - p.first; seen[d] != m+1 {
			seen[d] = m + 1
			p.steps[s] = append(p.steps[s], uint16(d))
			p.size++
		}
	}
	return p
}

// product multiplies in a balanced tree.
func product(x []*big.Int) *big.Int {
	switch len(x) {
	case 0:
		return big.NewInt(1)
	case 1:
		return new(big.Int).Set(x[0])
	}
	z := product(x[:len(x)/2])
	return z.Mul(z, product(x[len(x)/2:]))
}

type point struct{ x, z []uint64 }

type curve struct {
	*residues
	a24  []uint64 // (a+2)/4
	s, t []uint64
	u, v []uint64
}

func (c *curve) newPoint() point { return point{c.element(), c.element()} }

// newCurve returns Suyama's curve of that number, whose order is divisible by
// 12, and a point on it; or a divisor of n.
func newCurve(f *residues, sigma int64) (*curve, point, *big.Int) {
	n := f.big
	s := big.NewInt(sigma)
	u := new(big.Int).Mul(s, s)
	u.Sub(u, big.NewInt(5))
	v := new(big.Int).Lsh(s, 2)
	u3 := new(big.Int).Exp(u, big.NewInt(3), n)
	v3 := new(big.Int).Exp(v, big.NewInt(3), n)
	// a + 2 = (v-u)^3 (3u+v) / (4 u^3 v)
	num := new(big.Int).Sub(v, u)
	num.Exp(num.Mod(num, n), big.NewInt(3), n)
	w := new(big.Int).Mul(big.NewInt(3), u)
	num.Mul(num, w.Add(w, v))
	den := new(big.Int).Mul(u3, v)
	den.Mod(den.Lsh(den, 4), n)
	inverse := new(big.Int).ModInverse(den, n)
	if inverse == nil {
		return nil, point{}, new(big.Int).GCD(nil, nil, den, n)
	}
	num.Mod(num.Mul(num, inverse), n)
	c := &curve{residues: f, a24: f.from(num), s: f.element(), t: f.element(), u: f.element(), v: f.element()}
	return c, point{f.from(u3), f.from(v3)}, nil
}

// double sets r to 2p.
func (c *curve) double(r, p point) {
	c.add(c.s, p.x, p.z)
	c.mul(c.s, c.s, c.s)
	c.sub(c.t, p.x, p.z)
	c.mul(c.t, c.t, c.t)
	c.mul(r.x, c.s, c.t)
	c.sub(c.s, c.s, c.t)
	c.mul(c.u, c.s, c.a24)
	c.add(c.u, c.u, c.t)
	c.mul(r.z, c.s, c.u)
}

// sum sets r to p+q, given d = p-q; r may be p, q or d.
func (c *curve) sum(r, p, q, d point) {
	c.add(c.s, p.x, p.z)
	c.sub(c.t, q.x, q.z)
	c.mul(c.u, c.s, c.t)
	c.sub(c.s, p.x, p.z)
	c.add(c.t, q.x, q.z)
	c.mul(c.v, c.s, c.t)
	c.add(c.s, c.u, c.v)
	c.sub(c.t, c.u, c.v)
	c.mul(c.s, c.s, c.s)
	c.mul(c.t, c.t, c.t)
	c.mul(c.u, c.s, d.z)
	c.mul(r.z, c.t, d.x)
	copy(r.x, c.u)
}

// multiply returns k*p by Montgomery's ladder, k >= 1.
func (c *curve) multiply(e *effort, p point, k *big.Int) (point, error) {
	r, s := c.newPoint(), c.newPoint()
	copy(r.x, p.x)
	copy(r.z, p.z)
	c.double(s, p)
	for i := k.BitLen() - 2; i >= 0; i-- {
		if i&63 == 0 {
			if err := e.spend(64 * 12 * c.cost); err != nil {
				return r, err
			}
		}
		if k.Bit(i) == 0 {
			c.sum(s, r, s, p)
			c.double(r, r)
		} else {
			c.sum(r, s, r, p)
			c.double(s, s)
		}
	}
	return r, nil
}

// tryCurve returns a proper divisor of n if the curve of that number finds
// one, else nil.
func (p *ecmPlan) tryCurve(e *effort, f *residues, sigma int64) (*big.Int, error) {
	c, q, d := newCurve(f, sigma)
	if d != nil {
		return proper(d, f.big), nil
	}
	q, err := c.multiply(e, q, p.scalar)
	if err != nil {
		return nil, err
	}
	if d := c.gcd(q.z); d.Cmp(one) != 0 {
		return proper(d, f.big), nil
	}
	return p.secondStage(e, c, q)
}

func proper(d, n *big.Int) *big.Int {
	if d.Cmp(one) == 0 || d.Cmp(n) == 0 {
		return nil
	}
	return d
}

// secondStage looks for one more prime in the order of q: if it is m*D + d,
// then m*D*q and d*q have the same X/Z modulo the factor.
func (p *ecmPlan) secondStage(e *effort, c *curve, q point) (*big.Int, error) {
	if err := e.spend((ecmStride/4*6 + int64(len(p.steps))*10 + p.size) * (c.cost + 2)); err != nil {
		return nil, err
	}
	near := make([]point, ecmStride/2+1)
	twice := c.newPoint()
	c.double(twice, q)
	near[1] = q
	near[3] = c.newPoint()
	c.sum(near[3], twice, q, q)
	for j := 5; j <= ecmStride/2; j += 2 {
		near[j] = c.newPoint()
		c.sum(near[j], near[j-2], twice, near[j-4])
	}
	stride, err := c.multiply(e, q, big.NewInt(ecmStride))
	if err != nil {
		return nil, err
	}
	far := make([]point, len(p.steps))
	before, err := c.multiply(e, stride, big.NewInt(int64(p.first)))
	if err != nil {
		return nil, err
	}
	next, err := c.multiply(e, stride, big.NewInt(int64(p.first+1)))
	if err != nil {
		return nil, err
	}
	all := make([]point, 0, len(far)+ecmStride/4)
	for i := range far {
		far[i] = point{slices.Clone(before.x), slices.Clone(before.z)}
		c.sum(before, next, stride, before)
		before, next = next, before
		all = append(all, far[i])
	}
	for j := 1; j <= ecmStride/2; j += 2 {
		if coprime(j, ecmStride) {
			all = append(all, near[j])
		}
	}
	if d := c.normalize(all); d != nil {
		return proper(d, c.big), nil
	}
	acc, t := slices.Clone(c.unit), c.s
	for i, js := range p.steps {
		for _, j := range js {
			c.sub(t, far[i].x, near[j].x)
			c.mul(acc, acc, t)
		}
	}
	return proper(c.gcd(acc), c.big), nil
}

// normalize makes each Z 1 with a single inversion, or returns what it has in
// common with n.
func (c *curve) normalize(p []point) *big.Int {
	partial := make([][]uint64, len(p))
	acc := slices.Clone(c.unit)
	for i := range p {
		partial[i] = slices.Clone(acc)
		c.mul(acc, acc, p[i].z)
	}
	inverse := c.element()
	if !c.invert(inverse, acc) {
		for i := range p {
			if d := c.gcd(p[i].z); d.Cmp(one) != 0 && d.Cmp(c.big) != 0 {
				return d
			}
		}
		return c.big
	}
	for i := len(p) - 1; i >= 0; i-- {
		c.mul(c.s, inverse, partial[i])
		c.mul(inverse, inverse, p[i].z)
		c.mul(p[i].x, p[i].x, c.s)
	}
	return nil
}

func coprime(x, y int) bool {
	for y != 0 {
		x, y = y, x%y
	}
	return x == 1
}
