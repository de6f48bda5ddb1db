package poly

import (
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// nonreal returns the roots of p.rest that are not real.
func (w writer) nonreal(p *parts) ([]Root, error) {
	f, n := p.rest, p.rest.degree()
	prec, paired := uint(firstPrecision), false
	// What it takes to tell the coefficients of quadratic factors.
	least := uint(f.lead().BitLen() + 2*max(f.rootBits(), 0) + 2*guard)
	find, err := newFinder(w.a, n, prec, func(prec uint) ([]*big.Float, error) { return floats(f, prec), nil })
	if err != nil {
		return nil, err
	}
	reals, err := p.centers(w.a, f, prec)
	if err != nil {
		return nil, err
	}
	find.start(reals)
	lines := make(map[string]int)
	for ; ; prec *= 2 {
		ok, err := find.isolates()
		if err != nil {
			return nil, err
		}
		// In disjoint discs, those that meet the real axis include one for each
		// real root; if these are all, the others are not real.
		ok = ok && find.count(new(big.Rat), false) == len(p.brackets)
		if ok && !paired {
			find.pairUp()
			paired = true
		}
		if ok && prec >= least && prec >= uint(w.bits()) {
			roots, done, err := w.pairs(p, f, find, lines)
			if done || err != nil {
				return roots, err
			}
		}
		if prec > maxPrecision {
			return nil, undecided(int(prec))
		}
		if reals, err = p.centers(w.a, f, 2*prec); err != nil {
			return nil, err
		}
		for i, x := range reals {
			find.discs[i].re = x
		}
		if err := find.sharpen(2 * prec); err != nil {
			return nil, err
		}
	}
}

// firstPrecision is enough for most polynomials to isolate their roots.
const firstPrecision = 128

// isolates converges and reports whether each disc contains one root.
func (f *finder) isolates() (bool, error) {
	if err := f.converge(); err != nil {
		return false, err
	}
	return f.prove()
}

// count returns how many discs meet a line.
func (f *finder) count(c *big.Rat, upright bool) int {
	n := 0
	for i := range f.discs {
		if f.discs[i].touches(c, upright) {
			n++
		}
	}
	return n
}

// floats returns the coefficients rounded to so many bits.
func floats(f ints, prec uint) []*big.Float {
	c := make([]*big.Float, len(f))
	for i, x := range f {
		c[i] = new(big.Float).SetPrec(prec).SetInt(x)
	}
	return c
}

// centers returns the real roots of f to so many bits.
func (p *parts) centers(a *number.Arith, f ints, prec uint) ([]*big.Float, error) {
	c := make([]*big.Float, len(p.brackets))
	for i := range p.brackets {
		b := &p.brackets[i]
		if err := refineRelative(b, horner{a, f}, int(prec)+8); err != nil {
			return nil, err
		}
		x := new(big.Float).SetPrec(prec).SetInt(b.M)
		c[i] = x.SetMantExp(x, -b.K)
	}
	return c, nil
}

// pairs writes the roots above the real axis and their conjugates. It takes
// out those of quadratic factors, whose roots it writes as closed forms; done
// is false if more precision is needed.
func (w writer) pairs(p *parts, f ints, find *finder, lines map[string]int) (roots []Root, done bool, err error) {
	var upper []disc
	for _, d := range find.discs {
		if !d.fixed && d.im.Sign() > 0 {
			upper = append(upper, d)
		}
	}
	slices.SortFunc(upper, byPlace)
	for _, d := range upper {
		if q, ok := quadraticAt(d, f.lead()); ok {
			if _, err := p.takeQuadratic(w.a, q); err != nil {
				return nil, false, err
			}
		}
	}
	taken, ok := owners(upper, p.quadratics)
	if !ok {
		return nil, false, nil
	}
	for i, d := range upper {
		if taken[i] {
			continue
		}
		r := Root{Multiplicity: 1}
		if r.Re, ok, err = w.part(f, find, &d, true, lines); !ok || err != nil {
			return nil, false, err
		}
		if r.Im, ok, err = w.part(f, find, &d, false, lines); !ok || err != nil {
			return nil, false, err
		}
		conjugate := r
		if conjugate.Im, err = w.negated(r.Im); err != nil {
			return nil, false, err
		}
		roots = append(roots, r, conjugate)
	}
	return roots, true, nil
}

// quadraticAt returns the only quadratic polynomial that can be a factor of
// one with that leading coefficient and have the root in d.
func quadraticAt(d disc, lead *big.Int) (ints, bool) {
	re, im := toRat(d.re), toRat(d.im)
	scale := new(big.Rat).SetInt(lead)
	s := new(big.Rat).Add(re, re)
	t := new(big.Rat).Add(re.Mul(re, re), im.Mul(im, im))
	sum, ok1 := nearIntegerRat(s.Mul(s, scale))
	product, ok2 := nearIntegerRat(t.Mul(t, scale))
	return ints{product, sum.Neg(sum), lead}, ok1 && ok2
}

// nearIntegerRat returns the integer next to x, and whether it is near.
func nearIntegerRat(x *big.Rat) (*big.Int, bool) {
	const k = 2 * guard
	n := new(big.Int).Lsh(x.Num(), k)
	return nearInteger(n.Quo(n, x.Denom()), k)
}

func toRat(x *big.Float) *big.Rat {
	r, _ := x.Rat(nil)
	if r == nil {
		return new(big.Rat)
	}
	return r
}

// owners tells which discs contain the root of one of the factors, which are
// factors of the polynomial; ok is false where that is not clear.
func owners(discs []disc, factors []ints) (taken []bool, ok bool) {
	taken = make([]bool, len(discs))
	for _, q := range factors {
		// The root is -b/2a + i*sqrt(4ac - b^2)/2a.
		twice := new(big.Int).Lsh(q[2], 1)
		re := new(big.Rat).SetFrac(new(big.Int).Neg(q[1]), twice)
		d := new(big.Int).Mul(q[2], q[0])
		d.Lsh(d, 2).Sub(d, new(big.Int).Mul(q[1], q[1]))
		if d.Sign() < 0 {
			continue
		}
		square := new(big.Rat).SetFrac(d, twice.Mul(twice, twice))
		found := 0
		for i := range discs {
			lo, hi := discs[i].ends(false)
			if lo.Sign() < 0 {
				lo.SetInt64(0)
			}
			if discs[i].touches(re, true) && lo.Mul(lo, lo).Cmp(square) <= 0 && hi.Mul(hi, hi).Cmp(square) >= 0 {
				taken[i] = true
				found++
			}
		}
		if found != 1 {
			return nil, false
		}
	}
	return taken, true
}

// part writes a part of the root in d, exactly if it is a simple fraction and
// the line of that real or imaginary part has as many roots as it meets discs.
func (w writer) part(f ints, find *finder, d *disc, upright bool, lines map[string]int) (Part, bool, error) {
	lo, hi := d.ends(upright)
	width := new(big.Rat).Sub(hi, lo)
	c, ok := Simplest(lo, hi)
	if ok && f != nil && 2*(c.Num().BitLen()+c.Denom().BitLen())+guard < width.Denom().BitLen()-width.Num().BitLen() {
		key := c.RatString()
		if !upright {
			key += "i"
		}
		n, ok := lines[key]
		if !ok {
			var err error
			if n, err = rootsOnLine(w.a, f, c, upright); err != nil {
				return Part{}, false, err
			}
			lines[key] = n
		}
		if n > 0 && n == find.count(c, upright) {
			p, err := w.known(number.FromRat(c))
			return p, true, err
		}
	}
	text, ok, err := w.a.TextBetween(lo, hi, w.digits)
	return Part{Text: text, Lo: lo, Hi: hi}, ok, err
}

// negated returns -p.
func (w writer) negated(p Part) (Part, error) {
	if p.Known {
		x, err := w.a.Neg(p.Value)
		if err != nil {
			return p, err
		}
		return w.known(x)
	}
	return Part{Text: "-" + p.Text, Lo: new(big.Rat).Neg(p.Hi), Hi: new(big.Rat).Neg(p.Lo)}, nil
}

// irrational finds the roots of a polynomial with the leading coefficient 1
// and a coefficient that is not rational.
func (w writer) irrational(p Poly, domain Domain) ([]Root, error) {
	var roots []Root
	zeros := 0
	for p.c[zeros].IsZero() {
		zeros++
	}
	if zeros > 0 {
		r, err := w.exact(number.Int(0), number.Int(0), zeros)
		if err != nil {
			return nil, err
		}
		roots = append(roots, r)
		p = New(p.c[zeros:])
	}
	var others []Root
	var err error
	switch p.Degree() {
	case 1:
		var x number.Number
		if x, err = w.a.Neg(p.c[0]); err == nil {
			others = make([]Root, 1)
			others[0], err = w.exact(x, number.Int(0), 1)
		}
	case 2:
		others, err = w.quadratic(p)
	default:
		others, err = w.numeric(p, domain)
	}
	for _, r := range others {
		if domain == Complex || r.Real() {
			roots = append(roots, r)
		}
	}
	return roots, err
}

// numeric finds the roots of a polynomial from approximations of its
// coefficients alone, which takes that no two are equal.
func (w writer) numeric(p Poly, domain Domain) ([]Root, error) {
	prec := uint(firstPrecision)
	find, err := newFinder(w.a, p.Degree(), prec, func(prec uint) ([]*big.Float, error) {
		c := make([]*big.Float, len(p.c))
		for i, x := range p.c {
			lo, _, err := w.a.Enclose(x, int(prec)+4)
			if err != nil {
				return nil, err
			}
			c[i] = new(big.Float).SetPrec(prec).Set(lo)
		}
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	find.start(nil)
	most := uint(8 * w.bits())
	for ; ; prec *= 2 {
		ok, err := find.isolates()
		if err != nil {
			return nil, err
		}
		if ok {
			roots, done, err := w.discs(find, domain, p.even())
			if done || err != nil {
				return roots, err
			}
		}
		if prec > most {
			return nil, undecided(int(prec))
		}
		if err := find.sharpen(2 * prec); err != nil {
			return nil, err
		}
	}
}

// even reports whether p(-x) is p(x).
func (p Poly) even() bool {
	for i, c := range p.c {
		if i%2 == 1 && !c.IsZero() {
			return false
		}
	}
	return true
}

// discs writes the roots. A disc on the real axis that contains one root, and
// with its mirror image meets no other, contains a real one: the mirror image
// of a root is a root. If the polynomial is even, the same holds for the
// imaginary axis.
func (w writer) discs(find *finder, domain Domain, even bool) (roots []Root, done bool, err error) {
	zero, err := w.known(number.Int(0))
	if err != nil {
		return nil, false, err
	}
	for i := range find.discs {
		d := &find.discs[i]
		r := Root{Multiplicity: 1, Im: zero}
		var ok bool
		if d.touches(new(big.Rat), false) {
			if !find.alone(i, false) {
				return nil, false, nil
			}
		} else if domain == Real || d.im.Sign() < 0 {
			continue
		} else if r.Im, ok, err = w.part(nil, find, d, false, nil); !ok || err != nil {
			return nil, false, err
		}
		if even && d.touches(new(big.Rat), true) && find.alone(i, true) {
			r.Re = zero
		} else if r.Re, ok, err = w.part(nil, find, d, true, nil); !ok || err != nil {
			return nil, false, err
		}
		roots = append(roots, r)
		if !r.Real() {
			conjugate := r
			if conjugate.Im, err = w.negated(r.Im); err != nil {
				return nil, false, err
			}
			roots = append(roots, conjugate)
		}
	}
	return roots, true, nil
}

// alone reports whether disc i and its mirror image in the real axis or, if
// upright, in the imaginary one meet no other disc.
func (f *finder) alone(i int, upright bool) bool {
	d := &f.discs[i]
	re, im, sum := new(big.Float), new(big.Float), new(big.Float).SetPrec(short)
	for j := range f.discs {
		if j == i {
			continue
		}
		o := &f.discs[j]
		if upright {
			re.Add(d.re, o.re)
			im.Sub(d.im, o.im)
		} else {
			re.Sub(d.re, o.re)
			im.Add(d.im, o.im)
		}
		gap := f.magnitude(re, im)
		sum.Add(d.radius, o.radius)
		if sum.Mul(sum, slack).Mul(sum, slack).Cmp(gap) >= 0 {
			return false
		}
	}
	return true
}
