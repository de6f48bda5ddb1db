package poly

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// Domain says which roots are wanted.
type Domain uint8

// The domains of roots.
const (
	Real Domain = iota
	Complex
)

// A Root is a zero of a polynomial.
type Root struct {
	// Re and Im are its parts; Im is exactly 0 for a real root.
	Re, Im Part
	// Multiplicity is how often it counts, at least 1.
	Multiplicity int
}

// Real reports whether the root is real.
func (r Root) Real() bool { return r.Im.Known && r.Im.Value.IsZero() }

// Exact reports whether the root is known completely: both parts are integers,
// fractions or closed forms.
func (r Root) Exact() bool { return r.Re.Known && r.Im.Known }

// A Part is the real or the imaginary part of a root.
type Part struct {
	// Value is the part itself if Known: an integer, a fraction, or a closed
	// form with a square root.
	Value number.Number
	Known bool
	// Text writes it in decimals and TextExact says that these are all of them;
	// otherwise Text is rounded correctly to the digits asked for.
	Text      string
	TextExact bool
	// Lo and Hi are bounds; equal for an integer or a fraction.
	Lo, Hi *big.Rat
}

// Roots returns the distinct roots of p: the real ones in ascending order, then,
// for the domain Complex, the others in conjugate pairs, that with the positive
// imaginary part first. Decimals have so many significant digits, the precision
// of a if 0. The error is Domain for the polynomial 0, Limit for a degree above
// [MaxDegree] or for coefficients too long, and Undecided for roots that no
// precision within the limits tells apart, which can happen only if there is a
// coefficient that is no fraction.
func (p Poly) Roots(a *number.Arith, digits int, domain Domain) ([]Root, error) {
	if digits == 0 {
		digits = a.Precision()
	}
	if digits < 1 || digits > a.Limits().Digits {
		return nil, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the precision is %d digits; it may be from 1 to %d", digits, a.Limits().Digits)}
	}
	switch n := p.Degree(); {
	case n < 0:
		return nil, &number.Error{Kind: number.Domain, Message: "every number is a root of the polynomial 0"}
	case n > MaxDegree:
		return nil, &number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("the polynomial has degree %d; the limit is %d", n, MaxDegree),
			Hint:    "ask for the roots in an interval"}
	case n == 0:
		return nil, nil
	}
	q, err := p.normal(a)
	if err != nil {
		return nil, err
	}
	w := writer{a, digits}
	var roots []Root
	if q.Rational() {
		roots, err = w.rational(q, domain)
	} else {
		roots, err = w.irrational(q, domain)
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(roots, compareRoots)
	return roots, nil
}

// normal divides p by its leading coefficient if there are irrational ones.
func (p Poly) normal(a *number.Arith) (Poly, error) {
	if p.Rational() {
		return p, nil
	}
	lead := p.c[len(p.c)-1]
	s, err := a.Sign(lead)
	if err != nil {
		return Poly{}, err
	}
	if s == 0 {
		return New(p.c[:len(p.c)-1]).normal(a)
	}
	c := make([]number.Number, len(p.c))
	for i, x := range p.c {
		if c[i], err = a.Quo(x, lead); err != nil {
			return Poly{}, err
		}
	}
	return New(c), nil
}

func compareRoots(x, y Root) int {
	middle := func(p Part) *big.Rat { return new(big.Rat).Add(p.Lo, p.Hi) }
	if x.Real() != y.Real() {
		return b2i(y.Real()) - b2i(x.Real())
	}
	im := func(r Root) *big.Rat { m := middle(r.Im); return m.Abs(m) }
	return cmp.Or(middle(x.Re).Cmp(middle(y.Re)), im(x).Cmp(im(y)), middle(y.Im).Cmp(middle(x.Im)))
}

// A writer makes roots with so many digits.
type writer struct {
	a      *number.Arith
	digits int
}

// bits is how many bits the digits take, with some to spare.
func (w writer) bits() int { return int(float64(w.digits)*math.Log2(10)) + 24 }

// known makes a part of which the value is known.
func (w writer) known(x number.Number) (Part, error) {
	p := Part{Value: x, Known: true}
	t, err := w.a.Text(x, w.digits)
	if err != nil {
		return p, err
	}
	p.Text, p.TextExact = t.Decimal, t.DecimalExact
	if q := x.Rat(); q != nil {
		p.Lo, p.Hi = q, q
		return p, nil
	}
	lo, hi, err := w.a.Enclose(x, w.bits())
	if err != nil {
		return p, err
	}
	p.Lo, _ = lo.Rat(nil)
	p.Hi, _ = hi.Rat(nil)
	return p, nil
}

// exact makes a root of which both parts are known.
func (w writer) exact(re, im number.Number, multiplicity int) (Root, error) {
	r := Root{Multiplicity: multiplicity}
	var err error
	if r.Re, err = w.known(re); err == nil {
		r.Im, err = w.known(im)
	}
	return r, err
}

// rational finds the roots of a polynomial with rational coefficients.
func (w writer) rational(p Poly, domain Domain) ([]Root, error) {
	f, err := p.integer(w.a)
	if err != nil {
		return nil, err
	}
	n, words := int64(f.degree()), int64(f.bits())/64+1
	if work := 2 * n * n * n * words; work > w.a.Limits().Work {
		return nil, tooLong(f.bits())
	}
	factors, err := squareFree(w.a, f)
	if err != nil {
		return nil, err
	}
	var roots []Root
	for i, g := range factors {
		w.a.Progress(float64(i), float64(len(factors)), "isolating the roots")
		p, err := takeApart(w.a, g.f)
		if err != nil {
			return nil, err
		}
		some, err := w.roots(p, domain)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			r.Multiplicity = g.multiplicity
			roots = append(roots, r)
		}
	}
	return roots, nil
}

// roots writes the roots of what was taken apart.
func (w writer) roots(p *parts, domain Domain) ([]Root, error) {
	var roots []Root
	for i := range p.brackets {
		r, err := w.bracketed(&p.brackets[i], horner{w.a, p.rest})
		if err != nil {
			return nil, err
		}
		roots = append(roots, r)
	}
	if domain == Complex && p.rest.degree() > len(p.brackets) {
		others, err := w.nonreal(p)
		if err != nil {
			return nil, err
		}
		roots = append(roots, others...)
	}
	for _, q := range p.rational {
		r, err := w.exact(number.FromRat(q), number.Int(0), 1)
		if err != nil {
			return nil, err
		}
		roots = append(roots, r)
	}
	for _, q := range p.quadratics {
		some, err := w.quadratic(q.poly())
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			if domain == Complex || r.Real() {
				roots = append(roots, r)
			}
		}
	}
	return roots, nil
}

// quadratic returns the roots of a polynomial of degree 2.
func (w writer) quadratic(p Poly) ([]Root, error) {
	a := w.a
	var err error
	do := func(f func(x, y number.Number) (number.Number, error), x, y number.Number) (z number.Number) {
		if err == nil {
			z, err = f(x, y)
		}
		return z
	}
	twice := do(a.Mul, number.Int(2), p.c[2])
	middle := do(a.Quo, do(a.Sub, number.Int(0), p.c[1]), twice)
	product := do(a.Mul, number.Int(4), do(a.Mul, p.c[2], p.c[0]))
	d := do(a.Sub, do(a.Mul, p.c[1], p.c[1]), product)
	if err != nil {
		return nil, err
	}
	s, err := a.Sign(d)
	if err != nil {
		return nil, err
	}
	if s == 0 {
		r, err := w.exact(middle, number.Int(0), 2)
		return []Root{r}, err
	}
	if d, err = a.Abs(d); err == nil {
		d, err = a.Sqrt(d)
	}
	half := do(a.Quo, d, twice)
	if err != nil {
		return nil, err
	}
	if half, err = a.Abs(half); err != nil {
		return nil, err
	}
	opposite := do(a.Sub, number.Int(0), half)
	parts := [2][2]number.Number{{middle, half}, {middle, opposite}}
	if s > 0 {
		parts = [2][2]number.Number{{do(a.Add, middle, opposite)}, {do(a.Add, middle, half)}}
	}
	roots := make([]Root, 2)
	for i, p := range parts {
		if err == nil {
			roots[i], err = w.exact(p[0], p[1], 1)
		}
	}
	return roots, err
}

// bracketed writes the irrational root in b.
func (w writer) bracketed(b *Bracket, f Function) (Root, error) {
	r := Root{Multiplicity: 1}
	zero, err := w.known(number.Int(0))
	if err != nil {
		return r, err
	}
	r.Im = zero
	for bits := w.bits(); ; bits += 64 {
		if err := refineRelative(b, f, bits); err != nil {
			return r, err
		}
		lo, hi := b.Ends()
		text, ok, err := w.a.TextBetween(lo, hi, w.digits)
		if ok || err != nil {
			r.Re = Part{Text: text, Lo: lo, Hi: hi}
			return r, err
		}
		if bits > maxPrecision {
			return r, undecided(bits)
		}
	}
}

// refineRelative narrows b to about 2^-bits of the root, which is not 0.
func refineRelative(b *Bracket, f Function, bits int) error {
	for !b.Exact && b.M.BitLen() < bits {
		if err := b.Refine(f, b.K+bits-b.M.BitLen()); err != nil {
			return err
		}
	}
	return nil
}

// maxPrecision is the greatest working precision in bits.
const maxPrecision = 1 << 16

func undecided(bits int) error {
	return &number.Error{Kind: number.Undecided,
		Message: fmt.Sprintf("the roots cannot be told apart or rounded with %s digits", digitsOf(bits)),
		Hint:    "ask for fewer digits, or for the real roots only"}
}
