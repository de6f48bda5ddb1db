package number

import "slices"

// real is the number c + q1*b1 + q2*b2 + ..., with exact c and qi and at least
// one term. Terms are ordered by the hash of their base, no two bases are
// structurally equal, and no coefficient is 0: so what cancels by algebra alone
// has cancelled, as in pi - pi or sqrt(8) - 2*sqrt(2).
type real struct {
	c Number
	t []term
}

type term struct {
	q Number
	b *node
}

// maxTerms bounds a sum kept term by term; a longer one becomes a node.
const maxTerms = 24

// wrap returns the number q*b.
func wrap(q Number, b *node) Number {
	if q.IsZero() {
		return q
	}
	return Number{ref: &real{t: []term{{q, b}}}}
}

// opaque returns the operation as a real of one term.
func (a *Arith) opaque(op opcode, x, y Number) (Number, error) {
	if err := a.spend(100 + heldCost(x) + heldCost(y)); err != nil {
		return Number{}, err
	}
	n := newNode(op, x, y)
	if n.depth > maxDepth {
		return Number{}, &Error{Kind: Limit,
			Message: "the calculation nests real numbers more than " + group(maxDepth) + " deep",
			Hint:    "round intermediate results"}
	}
	z := wrap(Int(1), n)
	switch op {
	case opMul, opQuo, opPow:
		return z, a.checkMagnitude(z)
	}
	return z, nil
}

// single returns the parts of a number q*b.
func (n Number) single() (q Number, b *node, ok bool) {
	v, ok := n.ref.(*real)
	if !ok || len(v.t) != 1 || !v.c.IsZero() {
		return Number{}, nil, false
	}
	return v.t[0].q, v.t[0].b, true
}

// terms returns the exact part of n and its terms.
func (n Number) terms() (c Number, t []term) {
	if v, ok := n.ref.(*real); ok {
		return v.c, v.t
	}
	return n, nil
}

// sum returns c + t, with t in order.
func sum(c Number, t []term) Number {
	if len(t) == 0 {
		return c
	}
	return Number{ref: &real{c, t}}
}

func (v *real) neg(a *Arith) Number {
	t := slices.Clone(v.t)
	for i := range t {
		t[i].q = a.neg(t[i].q)
	}
	return Number{ref: &real{a.neg(v.c), t}}
}

// exactly returns f(x, y) of exact numbers, and false if the result is too
// long to stay exact.
func exactly(f func(x, y Number) (Number, error), x, y Number) (Number, bool, error) {
	z, err := f(x, y)
	return z, z.IsExact(), err
}

// realCost is the work of a sum or a product that is kept as terms, besides
// that on their coefficients.
const realCost = 400

func (a *Arith) addReal(x, y Number) (Number, error) {
	if err := a.spend(realCost); err != nil {
		return Number{}, err
	}
	xc, xt := x.terms()
	yc, yt := y.terms()
	if len(xt)+len(yt) > maxTerms {
		return a.opaque(opAdd, x, y)
	}
	c, ok, err := exactly(a.Add, xc, yc)
	if err != nil {
		return Number{}, err
	}
	if !ok {
		return a.opaque(opAdd, x, y)
	}
	t := make([]term, 0, len(xt)+len(yt))
	t = append(t, xt...)
	for _, u := range yt {
		i := slices.IndexFunc(t, func(v term) bool { return sameNode(v.b, u.b) })
		if i < 0 {
			j, _ := slices.BinarySearchFunc(t, u, byHash)
			t = slices.Insert(t, j, u)
			continue
		}
		q, ok, err := exactly(a.Add, t[i].q, u.q)
		if err != nil {
			return Number{}, err
		}
		if !ok {
			return a.opaque(opAdd, x, y)
		}
		if t[i].q = q; q.IsZero() {
			t = slices.Delete(t, i, i+1)
		}
	}
	return sum(c, t), nil
}

func byHash(x, y term) int {
	switch {
	case x.b.hash < y.b.hash:
		return -1
	case x.b.hash > y.b.hash:
		return 1
	}
	return 0
}

// scale returns k*x of an exact k that is not 0.
func (a *Arith) scale(x, k Number) (Number, error) {
	v := x.ref.(*real)
	c, ok, err := exactly(a.Mul, v.c, k)
	if err != nil {
		return Number{}, err
	}
	if !ok {
		return a.opaque(opMul, x, k)
	}
	t := slices.Clone(v.t)
	for i := range t {
		t[i].q, ok, err = exactly(a.Mul, t[i].q, k)
		if err != nil {
			return Number{}, err
		}
		if !ok {
			return a.opaque(opMul, x, k)
		}
	}
	return sum(c, t), nil
}

func (a *Arith) mulReal(x, y Number) (Number, error) {
	if err := a.spend(realCost); err != nil {
		return Number{}, err
	}
	if x.IsExact() {
		x, y = y, x
	}
	if y.IsExact() {
		return a.scale(x, y)
	}
	if isSurd(x) && isSurd(y) {
		if z, ok, err := a.mulSurds(x, y); ok || err != nil {
			return z, err
		}
	}
	p, q := asPower(x), asPower(y)
	k, ok, err := exactly(a.Mul, p.q, q.q)
	if err != nil {
		return Number{}, err
	}
	if !ok {
		return a.opaque(opMul, x, y)
	}
	z, ok, err := a.mulPowers(p, q)
	if err != nil {
		return Number{}, err
	}
	if !ok {
		u, v := p.unit, q.unit
		if w, ok := cancelQuotient(u, v); ok {
			z = w
		} else {
			if u.hash() > v.hash() {
				u, v = v, u
			}
			if z, err = a.opaque(opMul, u, v); err != nil {
				return Number{}, err
			}
		}
	}
	return a.Mul(z, k)
}

// cancelQuotient returns w if one of u and v is w divided by the other.
func cancelQuotient(u, v Number) (w Number, ok bool) {
	for range 2 {
		if q, b, ok := u.single(); ok && b.op == opQuo && same(b.y, v) && same(q, Int(1)) {
			return b.x, true
		}
		u, v = v, u
	}
	return Number{}, false
}

// power is a number read as q * base^y, where unit is base^y. The base e is
// told by natural.
type power struct {
	q, unit, base, y Number
	natural          bool
}

func asPower(x Number) power {
	q, b, ok := x.single()
	if !ok {
		return power{q: Int(1), unit: x, base: x, y: Int(1)}
	}
	p := power{q: q, unit: wrap(Int(1), b)}
	switch b.op {
	case opExp:
		p.natural, p.y = true, b.x
	case opPow:
		p.base, p.y = b.x, b.y
	case opSqrt:
		p.base, p.y = b.x, Frac(1, 2)
	default:
		p.base, p.y = p.unit, Int(1)
	}
	return p
}

// mulPowers returns the product of the units of p and q if they have the same
// base.
func (a *Arith) mulPowers(p, q power) (Number, bool, error) {
	if p.natural != q.natural || !p.natural && !same(p.base, q.base) {
		return Number{}, false, nil
	}
	y, err := a.Add(p.y, q.y)
	if err != nil {
		return Number{}, false, err
	}
	z, err := a.raise(p, y)
	return z, true, err
}

// raise returns the base of p to the power y.
func (a *Arith) raise(p power, y Number) (Number, error) {
	if p.natural {
		return a.Exp(y)
	}
	return a.Pow(p.base, y)
}

func (a *Arith) quoReal(x, y Number) (Number, error) {
	if y.IsExact() {
		r, err := a.inv(y)
		if err != nil {
			return Number{}, err
		}
		return a.Mul(x, r)
	}
	s, err := a.Sign(y)
	if err != nil {
		return Number{}, err
	}
	if s == 0 {
		return Number{}, divisionByZero(x)
	}
	if z, ok, err := a.quoSurd(x, y); ok || err != nil {
		return z, err
	}
	if k, ok, err := a.ratio(x, y); ok || err != nil {
		return k, err
	}
	q := asPower(y)
	if x.IsExact() {
		y, err := a.raise(q, a.neg(q.y))
		if err != nil {
			return Number{}, err
		}
		k, err := a.Quo(x, q.q)
		if err != nil {
			return Number{}, err
		}
		return a.Mul(y, k)
	}
	p := asPower(x)
	k, ok, err := exactly(a.Quo, p.q, q.q)
	if err != nil {
		return Number{}, err
	}
	if !ok {
		return a.opaque(opQuo, x, y)
	}
	q.y = a.neg(q.y)
	z, ok, err := a.mulPowers(p, q)
	if err == nil && !ok {
		z, err = a.quoUnits(p.unit, q.unit)
	}
	if err != nil {
		return Number{}, err
	}
	return a.Mul(z, k)
}

// quoUnits returns u/v; a factor of both cancels.
func (a *Arith) quoUnits(u, v Number) (Number, error) {
	if _, x, y, ok := commonFactor(u, v); ok {
		return a.Quo(x, y)
	}
	return a.opaque(opQuo, u, v)
}

// commonFactor returns r, x and y with u = r*x and v = r*y, if a real r is known
// to be a factor of both.
func commonFactor(u, v Number) (r, x, y Number, ok bool) {
	for _, f := range factors(u) {
		for _, g := range factors(v) {
			if !f.x.IsExact() && same(f.x, g.x) {
				return f.x, f.y, g.y, true
			}
		}
	}
	return r, x, y, false
}

type factorPair struct{ x, y Number }

// factors returns the ways to write u as a product that its structure tells.
func factors(u Number) []factorPair {
	pairs := []factorPair{{u, Int(1)}}
	if q, b, ok := u.single(); ok && b.op == opMul && same(q, Int(1)) {
		pairs = append(pairs, factorPair{b.x, b.y}, factorPair{b.y, b.x})
	}
	return pairs
}

// ratio returns x/y if x is known to be an exact multiple of y.
func (a *Arith) ratio(x, y Number) (Number, bool, error) {
	_, xt := x.terms()
	_, yt := y.terms()
	if len(xt) == 0 || len(xt) != len(yt) || !sameNode(xt[0].b, yt[0].b) {
		return Number{}, false, nil
	}
	k, ok, err := exactly(a.Quo, xt[0].q, yt[0].q)
	if err != nil || !ok {
		return Number{}, false, err
	}
	z, err := a.scale(y, k)
	if err != nil {
		return Number{}, false, err
	}
	return k, same(x, z), nil
}
