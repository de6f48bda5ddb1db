package poly

import (
	"cmp"
	"math"
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A disc contains exactly one root, and its center approximates it.
type disc struct {
	re, im *big.Float
	radius *big.Float
	// fixed says that the center is a real number known from elsewhere.
	fixed bool
	// settled says that no step at this precision can improve the center;
	// value is then an upper bound of the polynomial's magnitude there.
	settled bool
	value   *big.Float
	// twin is the index of the disc whose mirror image this one is, if above 0.
	twin int
}

// A finder approximates all roots at once by the method of Ehrlich and Aberth,
// in floating point, and proves by Smith's discs what it has found: the roots
// lie in the discs around the centers z(i) with the radii
// n*|f(z(i))| / (|c(n)| * product of |z(i) - z(j)|), and in a disc that meets
// no other lies exactly one.
type finder struct {
	a    *number.Arith
	n    int
	prec uint
	// coefficients returns the coefficients to so many bits.
	coefficients func(prec uint) ([]*big.Float, error)
	c            []*big.Float
	abs          []*big.Float // |c|, rounded to short
	discs        []disc
	tmp          [8]big.Float
}

// short is the precision of what need not be precise.
const short = 64

// slack makes up for the rounding of short numbers: fewer than 2^20 operations
// are each wrong by less than 2^-short.
var slack = big.NewFloat(1 + 1.0/(1<<20))

func newFinder(a *number.Arith, n int, prec uint, coefficients func(uint) ([]*big.Float, error)) (*finder, error) {
	f := &finder{a: a, n: n, coefficients: coefficients}
	return f, f.sharpen(prec)
}

// sharpen goes on with so many bits.
func (f *finder) sharpen(prec uint) error {
	c, err := f.coefficients(prec)
	if err != nil {
		return err
	}
	f.prec, f.c = prec, c
	f.abs = make([]*big.Float, len(c))
	for i, x := range c {
		f.abs[i] = new(big.Float).SetPrec(short).SetMode(big.AwayFromZero).Abs(x)
	}
	for i := range f.tmp {
		f.tmp[i].SetPrec(prec)
	}
	for i := range f.discs {
		d := &f.discs[i]
		d.settled = false
		d.re.SetPrec(prec)
		d.im.SetPrec(prec)
	}
	return nil
}

// start places centers on circles whose radii are read off the Newton polygon
// of the coefficients (Bini), apart from the real roots given.
func (f *finder) start(reals []*big.Float) {
	var levels []float64 // log2 of a radius for each root
	hull := f.polygon()
	for i := 1; i < len(hull); i++ {
		k, l := hull[i-1], hull[i]
		r := (log2(f.c[k]) - log2(f.c[l])) / float64(l-k)
		for range l - k {
			levels = append(levels, r)
		}
	}
	for _, x := range reals {
		size := log2(x)
		nearest := 0
		for i, r := range levels {
			if math.Abs(r-size) < math.Abs(levels[nearest]-size) {
				nearest = i
			}
		}
		levels = slices.Delete(levels, nearest, nearest+1)
		f.discs = append(f.discs, disc{re: new(big.Float).Copy(x), im: new(big.Float), fixed: true})
	}
	slices.Sort(levels)
	for i, r := range levels {
		// The golden angle spreads any number of points evenly.
		angle := 0.7 + 2.399963229728653*float64(i)
		whole := math.Floor(r)
		size := math.Exp2(r - whole)
		at := func(x float64) *big.Float {
			v := new(big.Float).SetPrec(f.prec).SetFloat64(size * x)
			return v.SetMantExp(v, int(whole))
		}
		f.discs = append(f.discs, disc{re: at(math.Cos(angle)), im: at(math.Sin(angle))})
	}
	for i := range f.discs {
		d := &f.discs[i]
		d.re.SetPrec(f.prec)
		d.im.SetPrec(f.prec)
		d.value, d.radius = new(big.Float), new(big.Float)
	}
}

// polygon returns the indices of the upper convex hull of the points
// (i, log2 |c(i)|).
func (f *finder) polygon() []int {
	var hull []int
	for i, c := range f.c {
		if c.Sign() == 0 {
			continue
		}
		for len(hull) >= 2 {
			p, q := hull[len(hull)-2], hull[len(hull)-1]
			up := (log2(f.c[q]) - log2(f.c[p])) * float64(i-p)
			if up > (log2(c)-log2(f.c[p]))*float64(q-p) {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, i)
	}
	return hull
}

// log2 is the logarithm of |x|, which is not 0.
func log2(x *big.Float) float64 {
	m := new(big.Float)
	e := x.MantExp(m)
	v, _ := m.Float64()
	return math.Log2(math.Abs(v)) + float64(e)
}

// evaluate computes f and its derivative at the center of d, and the bound of
// the rounding error of f: each of the n steps of Horner's rule in complex
// numbers is wrong by less than 4*2^-prec of what it computes, so that all are
// by less than 8*n*2^-prec times the same polynomial of magnitudes.
func (f *finder) evaluate(d *disc) (v, w [2]*big.Float, bound *big.Float) {
	newFloat := func() *big.Float { return new(big.Float).SetPrec(f.prec) }
	v = [2]*big.Float{newFloat().Set(f.c[f.n]), newFloat()}
	w = [2]*big.Float{newFloat(), newFloat()}
	size := f.magnitude(d.re, d.im)
	sum := new(big.Float).SetPrec(short).Set(f.abs[f.n])
	for i := f.n - 1; i >= 0; i-- {
		f.mul(&w, d)
		w[0].Add(w[0], v[0])
		w[1].Add(w[1], v[1])
		f.mul(&v, d)
		v[0].Add(v[0], f.c[i])
		sum.Mul(sum, size)
		sum.Add(sum, f.abs[i])
	}
	bound = sum.Mul(sum, slack)
	bound.SetMantExp(bound, -int(f.prec))
	return v, w, bound.Mul(bound, new(big.Float).SetInt64(int64(8*f.n)))
}

// mul multiplies v with the center of d.
func (f *finder) mul(v *[2]*big.Float, d *disc) {
	t := &f.tmp
	t[0].Mul(v[0], d.re)
	t[1].Mul(v[1], d.im)
	t[2].Mul(v[0], d.im)
	t[3].Mul(v[1], d.re)
	v[0].Sub(&t[0], &t[1])
	v[1].Add(&t[2], &t[3])
}

// magnitude returns an upper bound of |re + i*im|, short.
func (f *finder) magnitude(re, im *big.Float) *big.Float {
	x := new(big.Float).SetPrec(short).Mul(re, re)
	y := new(big.Float).SetPrec(short).Mul(im, im)
	if x.Add(x, y); x.Sign() == 0 {
		return x
	}
	x.Sqrt(x)
	return x.Mul(x, slack)
}

// step improves the center of disc i.
func (f *finder) step(i int) error {
	d := &f.discs[i]
	cost := int64(f.n) * (8*number.MulCost(int(f.prec), int(f.prec)) + 1500)
	if err := f.a.Spend(cost); err != nil {
		return err
	}
	v, w, bound := f.evaluate(d)
	size := f.magnitude(v[0], v[1])
	d.value = new(big.Float).SetPrec(short).Add(size, bound)
	if d.fixed || size.Cmp(bound) <= 0 {
		d.settled = true
		return nil
	}
	// With the ratio u = f'/f the step is 1/(u - sum of 1/(z(i) - z(j))).
	u := f.quo(w, v)
	re, im := new(big.Float).SetPrec(short), new(big.Float).SetPrec(short)
	for j := range f.discs {
		if j == i {
			continue
		}
		o := &f.discs[j]
		re.Sub(d.re, o.re)
		im.Sub(d.im, o.im)
		if re.Sign() == 0 && im.Sign() == 0 {
			continue
		}
		r := inverse(short, re, im)
		u[0].Sub(u[0], r[0])
		u[1].Sub(u[1], r[1])
	}
	if u[0].Sign() == 0 && u[1].Sign() == 0 {
		d.im.Add(d.im, size.SetMantExp(f.magnitude(d.re, d.im), -4))
		return nil
	}
	r := inverse(f.prec, u[0], u[1])
	d.re.Sub(d.re, r[0])
	d.im.Sub(d.im, r[1])
	return nil
}

// inverse returns 1/(re + i*im).
func inverse(prec uint, re, im *big.Float) [2]*big.Float {
	x := new(big.Float).SetPrec(prec).Mul(re, re)
	y := new(big.Float).SetPrec(prec).Mul(im, im)
	x.Add(x, y)
	y.Quo(im, x)
	return [2]*big.Float{new(big.Float).SetPrec(prec).Quo(re, x), y.Neg(y)}
}

// quo returns v/w.
func (f *finder) quo(v, w [2]*big.Float) [2]*big.Float {
	r := inverse(f.prec, w[0], w[1])
	mul := func(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(f.prec).Mul(x, y) }
	re, im := mul(v[0], r[0]), mul(v[0], r[1])
	return [2]*big.Float{re.Sub(re, mul(v[1], r[1])), im.Add(im, mul(v[1], r[0]))}
}

// pairUp makes each disc below the real axis the mirror image of one above,
// where discs are isolated and those of the real roots are fixed: that halves
// the work of what follows.
func (f *finder) pairUp() {
	paired := slices.DeleteFunc(f.discs, func(d disc) bool { return !d.fixed && d.im.Sign() < 0 })
	for i, d := range paired {
		if !d.fixed {
			d.re, d.im, d.twin = new(big.Float).Copy(d.re), new(big.Float).Neg(d.im), i
			paired = append(paired, d)
		}
	}
	f.discs = paired
}

// converge steps until every center is as good as the precision allows.
func (f *finder) converge() error {
	for round := range 30 + 4*f.n {
		open := 0
		for i := range f.discs {
			d := &f.discs[i]
			if d.twin > 0 {
				o := &f.discs[d.twin]
				d.re.Set(o.re)
				d.im.Neg(o.im)
				d.settled, d.value = o.settled, o.value
			}
			if d.settled || d.twin > 0 {
				continue
			}
			if err := f.step(i); err != nil {
				return err
			}
			if !d.settled {
				open++
			}
		}
		if open == 0 {
			return nil
		}
		f.a.Progress(float64(round), 0, "approximating the complex roots")
	}
	return nil
}

// prove computes the radii and reports whether each disc contains one root.
func (f *finder) prove() (bool, error) {
	if err := f.a.Spend(int64(f.n*f.n) * 2000); err != nil {
		return false, err
	}
	gaps := make([][]*big.Float, f.n)
	for i := range gaps {
		gaps[i] = make([]*big.Float, f.n)
	}
	re, im := new(big.Float).SetPrec(f.prec), new(big.Float).SetPrec(f.prec)
	for i := range f.discs {
		for j := range i {
			re.Sub(f.discs[i].re, f.discs[j].re)
			im.Sub(f.discs[i].im, f.discs[j].im)
			g := f.magnitude(re, im)
			if g.Sign() == 0 {
				return false, nil
			}
			g.Quo(g, slack).Quo(g, slack)
			gaps[i][j], gaps[j][i] = g, g
		}
	}
	for i := range f.discs {
		d := &f.discs[i]
		if !d.settled {
			return false, nil
		}
		r := new(big.Float).SetPrec(short).Quo(d.value, f.abs[f.n])
		r.Mul(r, new(big.Float).SetInt64(int64(f.n)))
		for j := range f.discs {
			if j != i {
				r.Quo(r, gaps[i][j])
			}
		}
		// The leading coefficient may be wrong in its last bit, too.
		d.radius = r.Mul(r.Mul(r, slack), slack)
	}
	sum := new(big.Float).SetPrec(short)
	for i := range f.discs {
		for j := range i {
			sum.Add(f.discs[i].radius, f.discs[j].radius)
			if sum.Mul(sum, slack).Cmp(gaps[i][j]) >= 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// touches reports whether d meets the line with the real part c or, if upright
// is false, with the imaginary part c.
func (d *disc) touches(c *big.Rat, upright bool) bool {
	lo, hi := d.ends(upright)
	return lo.Cmp(c) <= 0 && hi.Cmp(c) >= 0
}

// ends returns the bounds of the real part or of the imaginary one.
func (d *disc) ends(real bool) (lo, hi *big.Rat) {
	x := d.im
	if real {
		x = d.re
	}
	c, _ := x.Rat(nil)
	r, _ := d.radius.Rat(nil)
	if c == nil {
		c = new(big.Rat)
	}
	if r == nil {
		r = new(big.Rat)
	}
	return new(big.Rat).Sub(c, r), c.Add(c, r)
}

// byPlace orders discs by the real part of their centers, then the imaginary.
func byPlace(x, y disc) int { return cmp.Or(x.re.Cmp(y.re), x.im.Cmp(y.im)) }
