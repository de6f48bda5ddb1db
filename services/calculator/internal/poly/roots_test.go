package poly

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// of makes a polynomial from its coefficients, highest power first, as they
// are written in books.
func of(t testing.TB, a *number.Arith, coeffs ...string) Poly {
	t.Helper()
	c := make([]number.Number, len(coeffs))
	for i, s := range coeffs {
		q, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q is no fraction", s)
		}
		c[len(c)-1-i] = number.FromRat(q)
	}
	return New(c)
}

// monomials makes the polynomial with these coefficients of the powers given.
func monomials(terms map[int]string) Poly {
	var c []number.Number
	for i, s := range terms {
		for len(c) <= i {
			c = append(c, number.Int(0))
		}
		q, _ := new(big.Rat).SetString(s)
		c[i] = number.FromRat(q)
	}
	return New(c)
}

func product(t testing.TB, a *number.Arith, factors ...Poly) Poly {
	t.Helper()
	p := New([]number.Number{number.Int(1)})
	for _, f := range factors {
		var err error
		if p, err = p.Mul(a, f); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func show(a *number.Arith, r Root) string {
	part := func(p Part) string {
		if !p.Known {
			return p.Text
		}
		if q := p.Value.Rat(); q != nil {
			return q.RatString()
		}
		if text, _ := a.Text(p.Value, 0); text.Symbolic != "" {
			return text.Symbolic
		}
		return p.Text
	}
	s := part(r.Re)
	if !r.Real() {
		s += " " + part(r.Im) + "i"
	}
	if r.Multiplicity > 1 {
		s += fmt.Sprintf(" (%d)", r.Multiplicity)
	}
	return s
}

func shown(a *number.Arith, roots []Root) string {
	var all []string
	for _, r := range roots {
		all = append(all, show(a, r))
	}
	return strings.Join(all, ", ")
}

func arith(t testing.TB, precision int) *number.Arith {
	return number.New(t.Context(), number.Limits{}, precision)
}

func TestRoots(t *testing.T) {
	a := arith(t, 12)
	wilkinson := New([]number.Number{number.Int(1)})
	var twenty []string
	for i := range 20 {
		wilkinson = product(t, a, wilkinson, of(t, a, "1", fmt.Sprint(-i-1)))
		twenty = append(twenty, fmt.Sprint(i+1))
	}
	for _, c := range []struct {
		name   string
		p      Poly
		domain Domain
		want   string
	}{
		{"linear", of(t, a, "3", "-1/2"), Complex, "1/6"},
		{"quadratic", of(t, a, "1", "-5", "6"), Complex, "2, 3"},
		{"golden ratio", of(t, a, "1", "-1", "-1"), Complex, "1/2 - sqrt(5)/2, 1/2 + sqrt(5)/2"},
		{"imaginary unit", of(t, a, "1", "0", "1"), Complex, "0 1i, 0 -1i"},
		{"imaginary unit, real", of(t, a, "1", "0", "1"), Real, ""},
		{"sixth roots of unity", of(t, a, "1", "-1", "1"), Complex, "1/2 sqrt(3)/2i, 1/2 -sqrt(3)/2i"},
		{"negative leading coefficient", of(t, a, "-2", "0", "3"), Complex, "-sqrt(6)/2, sqrt(6)/2"},
		{"wilkinson", wilkinson, Complex, strings.Join(twenty, ", ")},
		{"multiple", product(t, a, of(t, a, "1", "-1"), of(t, a, "1", "-1"), of(t, a, "1", "-1"), of(t, a, "2", "1"), of(t, a, "1", "0", "1"), of(t, a, "1", "0", "1")),
			Complex, "-1/2, 1 (3), 0 1i (2), 0 -1i (2)"},
		{"powers of x", of(t, a, "1", "-1", "0", "0", "0"), Complex, "0 (3), 1"},
		// x^3 - 2: OEIS A002580; x^3 - x - 1: the plastic number, A060006, and
		// Re = -plastic/2.
		{"cube root", of(t, a, "1", "0", "0", "-2"), Real, "1.25992104989"},
		{"plastic number", of(t, a, "1", "0", "-1", "-1"), Complex, "1.32471795724, -0.662358978622 0.562279512062i, -0.662358978622 -0.562279512062i"},
		// Casus irreducibilis: 2*cos(40), 2*cos(80), 2*cos(160) degrees.
		{"three real roots", of(t, a, "1", "0", "-3", "1"), Complex, "-1.87938524157, 0.347296355334, 1.53208888624"},
		{"hidden quadratics", of(t, a, "1", "0", "1", "0", "1"), Complex,
			"-1/2 sqrt(3)/2i, -1/2 -sqrt(3)/2i, 1/2 sqrt(3)/2i, 1/2 -sqrt(3)/2i"},
		{"hidden real quadratics", product(t, a, of(t, a, "1", "-2", "-1"), of(t, a, "3", "0", "-5"), of(t, a, "1", "1", "-3"), of(t, a, "1", "0", "-1", "-1")), Real,
			"-1/2 - sqrt(13)/2, -sqrt(15)/3, 1 - sqrt(2), sqrt(15)/3, -1/2 + sqrt(13)/2, 1.32471795724, 1 + sqrt(2)"},
		{"imaginary pairs that are no squares", of(t, a, "1", "0", "3", "0", "1"), Complex,
			"0 0.618033988750i, 0 -0.618033988750i, 0 1.61803398875i, 0 -1.61803398875i"},
		{"chebyshev 8", of(t, a, "128", "0", "-256", "0", "160", "0", "-32", "0", "1"), Real,
			"-0.980785280403, -0.831469612303, -0.555570233020, -0.195090322016, 0.195090322016, 0.555570233020, 0.831469612303, 0.980785280403"},
		// The fifth cyclotomic polynomial: cos 72 = (sqrt(5) - 1)/4.
		{"cyclotomic 5", of(t, a, "1", "1", "1", "1", "1"), Complex,
			"-0.809016994375 0.587785252292i, -0.809016994375 -0.587785252292i, 0.309016994375 0.951056516295i, 0.309016994375 -0.951056516295i"},
		{"huge and tiny", of(t, a, "1", "-100000000000000000000", "1"), Real, "1.00000000000e-20, 1.00000000000e20"},
		// Two roots that differ in the 13th digit, near that of another factor.
		{"close to a quadratic factor", product(t, a, of(t, a, "1", "0", "-2"), of(t, a, "1000000000000", "0", "0", "-2828427124746")), Real,
			"-sqrt(2), 1.41421356237, sqrt(2)"},
		{"not square free, not rational", product(t, a, of(t, a, "1", "0", "-1", "-1"), of(t, a, "1", "0", "-1", "-1")), Real, "1.32471795724 (2)"},
	} {
		roots, err := c.p.Roots(a, 0, c.domain)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := shown(a, roots); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestProductsAreTakenApart multiplies random linear factors and finds them.
func TestProductsAreTakenApart(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		a := arith(t, 10)
		p := New([]number.Number{number.Int(1)})
		want := make(map[string]int)
		for range 1 + r.IntN(12) {
			q := big.NewRat(r.Int64N(2_000_001)-1_000_000, 1+r.Int64N(1000))
			if r.IntN(3) == 0 {
				q = big.NewRat(r.Int64N(7)-3, 1+r.Int64N(2))
			}
			want[q.RatString()]++
			p = product(t, a, p, New([]number.Number{number.FromRat(new(big.Rat).Neg(q)), number.Int(1)}))
		}
		roots, err := p.Roots(a, 0, Complex)
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]int)
		var last *big.Rat
		for _, x := range roots {
			q := x.Re.Value.Rat()
			if !x.Exact() || q == nil || last != nil && last.Cmp(q) >= 0 {
				t.Fatalf("%v is not in order or not exact", x)
			}
			got[q.RatString()], last = x.Multiplicity, q
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// random returns a polynomial with coefficients below 2^bits in magnitude.
func random(r *rand.Rand, degree, bits int) Poly {
	c := make([]number.Number, degree+1)
	for i := range c {
		x := new(big.Int)
		for range bits/60 + 1 {
			x.Lsh(x, 60).Add(x, big.NewInt(r.Int64N(1<<60)))
		}
		x.Rsh(x, uint(x.BitLen()-min(x.BitLen(), bits)))
		if r.IntN(2) == 0 {
			x.Neg(x)
		}
		c[i] = number.FromBigInt(x.Add(x, one))
	}
	return New(c)
}

// TestDigitsAreProved computes every root with more digits, which rounded have
// to be those found with fewer, and checks that as many roots as the degree
// says add up to what the coefficients say.
func TestDigitsAreProved(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct{ degree, bits int }{{3, 4}, {4, 10}, {5, 60}, {7, 2}, {12, 20}, {16, 300}, {25, 8}} {
		p := random(r, c.degree, c.bits)
		a := arith(t, 20)
		few, err := p.Roots(a, 0, Complex)
		if err != nil {
			t.Fatal(err)
		}
		many, err := p.Roots(a, 40, Complex)
		if err != nil {
			t.Fatal(err)
		}
		if len(few) != c.degree || len(many) != c.degree {
			t.Fatalf("%d and %d roots of degree %d", len(few), len(many), c.degree)
		}
		rounded := func(p Part) string {
			if p.Known {
				return p.Text
			}
			q, _ := new(big.Rat).SetString(p.Text)
			s, _, err := a.TextBetween(q, q, 20)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		lo, hi := new(big.Rat), new(big.Rat)
		for i := range few {
			if few[i].Re.Text != rounded(many[i].Re) || few[i].Im.Text != rounded(many[i].Im) {
				t.Errorf("degree %d: %s, but with more digits %s", c.degree, show(a, few[i]), show(a, many[i]))
			}
			lo.Add(lo, many[i].Re.Lo)
			hi.Add(hi, many[i].Re.Hi)
		}
		// Vieta: the sum of the roots is -c(n-1)/c(n).
		sum := new(big.Rat).Quo(p.Coefficient(c.degree-1).Rat(), p.Coefficient(c.degree).Rat())
		if sum.Neg(sum); lo.Cmp(sum) > 0 || hi.Cmp(sum) < 0 {
			t.Errorf("degree %d: the sum of the roots is not in what their bounds add up to", c.degree)
		}
	}
}

func chebyshev(t testing.TB, a *number.Arith, n int) Poly {
	p, q := of(t, a, "1"), of(t, a, "1", "0")
	for range n - 1 {
		next, err := product(t, a, of(t, a, "2", "0"), q).Add(a, product(t, a, of(t, a, "-1"), p))
		if err != nil {
			t.Fatal(err)
		}
		p, q = q, next
	}
	return q
}

// TestChebyshev compares the roots with cos((2k-1)*pi/(2n)).
func TestChebyshev(t *testing.T) {
	const n = 23
	a := arith(t, 0)
	roots, err := chebyshev(t, a, n).Roots(a, 0, Complex)
	if err != nil || len(roots) != n {
		t.Fatal(len(roots), err)
	}
	for i, r := range roots {
		angle, _ := a.Mul(a.Pi(), number.Frac(int64(2*(n-i)-1), 2*n))
		want, err := a.Cos(angle)
		if err != nil {
			t.Fatal(err)
		}
		text, err := a.Text(want, 0)
		if err != nil || r.Re.Text != text.Decimal {
			t.Errorf("root %d is %s, want %s, %v", i, r.Re.Text, text.Decimal, err)
		}
	}
}

// TestCyclotomic compares the roots of (x^31 - 1)/(x - 1) with cos and sin.
func TestCyclotomic(t *testing.T) {
	const n = 31
	a := arith(t, 0)
	c := make([]number.Number, n)
	for i := range c {
		c[i] = number.Int(1)
	}
	roots, err := New(c).Roots(a, 0, Complex)
	if err != nil || len(roots) != n-1 {
		t.Fatal(len(roots), err)
	}
	for i, r := range roots {
		angle, _ := a.Mul(a.Pi(), number.Frac(int64(n-1-i/2*2), n))
		re, err1 := a.Cos(angle)
		im, err2 := a.Sin(angle)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		x, _ := a.Text(re, 0)
		y, _ := a.Text(im, 0)
		if i%2 == 1 {
			y.Decimal = "-" + y.Decimal
		}
		if r.Re.Text != x.Decimal || r.Im.Text != y.Decimal {
			t.Errorf("root %d is %s, %s; want %s, %s", i, r.Re.Text, r.Im.Text, x.Decimal, y.Decimal)
		}
	}
}

// mignotte is x^n - 2*(k*x - 1)^2, which has two roots near 1/k that are about
// k^(-n/2) apart.
func mignotte(t testing.TB, a *number.Arith, n int, k string) Poly {
	l := of(t, a, k, "-1")
	p, err := product(t, a, of(t, a, "-2"), l, l).Add(a, monomials(map[int]string{n: "1"}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMignotte(t *testing.T) {
	a := arith(t, 60)
	p := mignotte(t, a, 40, "100")
	roots, err := p.Roots(a, 0, Complex)
	if err != nil {
		t.Fatal(err)
	}
	var near []Root
	for _, r := range roots {
		if r.Real() && strings.HasPrefix(r.Re.Text, "0.0") {
			near = append(near, r)
		}
	}
	if len(roots) != 40 || len(near) != 2 {
		t.Fatalf("%d roots, %d of them near 1/100", len(roots), len(near))
	}
	if x, y := near[0].Re, near[1].Re; x.Hi.Cmp(big.NewRat(1, 100)) > 0 || y.Lo.Cmp(big.NewRat(1, 100)) < 0 || x.Text == y.Text {
		t.Errorf("%s and %s", x.Text, y.Text)
	}
	// k*x - 1 = ±sqrt(x^n/2): the roots differ by sqrt(2)*k^(-n/2-1) but for a
	// factor of 1 + 10^-38.
	d := new(big.Rat).Sub(near[1].Re.Lo, near[0].Re.Lo)
	if text, _, err := a.TextBetween(d, d, 10); text != "1.414213562e-42" || err != nil {
		t.Errorf("they differ by %s, %v", text, err)
	}
}

func TestIrrationalCoefficients(t *testing.T) {
	a := arith(t, 12)
	root := func(n int64) number.Number {
		x, err := a.Sqrt(number.Int(n))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	one, minus := number.Int(1), func(x number.Number) number.Number {
		x, _ = a.Neg(x)
		return x
	}
	for _, c := range []struct {
		name   string
		p      Poly
		domain Domain
		want   string
	}{
		{"linear", New([]number.Number{minus(a.Pi()), number.Int(2)}), Complex, "pi/2"},
		{"a common factor", New([]number.Number{minus(root(2)), number.Int(0), root(2)}), Complex, "-1, 1"},
		{"quadratic", product(t, a, New([]number.Number{minus(root(2)), one}), New([]number.Number{minus(root(3)), one})), Complex, "sqrt(2), sqrt(3)"},
		{"double", product(t, a, New([]number.Number{minus(root(2)), one}), New([]number.Number{minus(root(2)), one})), Complex, "sqrt(2) (2)"},
		// pi^2 = A002388, sqrt(pi) = A002161.
		{"cubic", product(t, a, New([]number.Number{minus(root(2)), one}), New([]number.Number{a.Pi(), number.Int(0), one})), Real, "1.41421356237"},
		// x^4 + pi*x^2 + 1 by Python: sqrt((pi ± sqrt(pi^2 - 4))/2).
		{"even", New([]number.Number{one, number.Int(0), a.Pi(), number.Int(0), one}), Complex,
			"0 0.599527316984i, 0 -0.599527316984i, 0 1.66798071025i, 0 -1.66798071025i"},
		{"with 0", New([]number.Number{number.Int(0), number.Int(0), minus(a.Pi()), one}), Complex, "0 (2), pi"},
		{"quartic", product(t, a, New([]number.Number{minus(a.Pi()), number.Int(0), one}), New([]number.Number{number.Int(5), number.Int(2), one})), Complex,
			"-1.77245385091, 1.77245385091, -1.00000000000 2.00000000000i, -1.00000000000 -2.00000000000i"},
	} {
		roots, err := c.p.Roots(a, 0, c.domain)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := shown(a, roots); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	a := arith(t, 0)
	l := New([]number.Number{a.Pi(), number.Int(0), number.Int(1)})
	for _, c := range []struct {
		name   string
		p      Poly
		digits int
		want   number.ErrorKind
	}{
		{"zero", Poly{}, 0, number.Domain},
		{"degree", monomials(map[int]string{101: "1", 0: "-2"}), 0, number.Limit},
		{"digits", of(t, a, "1", "0", "-2"), 1001, number.Limit},
		{"long coefficients", of(t, a, "1", strings.Repeat("7", 3_000), "1"), 0, ""},
		{"too long coefficients", monomials(map[int]string{90: strings.Repeat("7", 30_000), 0: "1"}), 0, number.Limit},
		{"equal roots that are not known to be", product(t, a, l, l), 0, number.Undecided},
	} {
		_, err := c.p.Roots(a, c.digits, Complex)
		var e *number.Error
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (!errors.As(err, &e) || e.Kind != c.want):
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func BenchmarkRoots(b *testing.B) {
	a := arith(b, 0)
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range []struct {
		name   string
		p      Poly
		domain Domain
	}{
		{"cubic", of(b, a, "1", "0", "-3", "1"), Real},
		{"random20", random(r, 20, 30), Complex},
		{"random50", random(r, 50, 30), Complex},
		{"random100", random(r, 100, 30), Complex},
		{"chebyshev100", chebyshev(b, a, 100), Real},
		{"mignotte50", mignotte(b, a, 50, "100"), Complex},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.p.Roots(arith(b, 0), 0, c.domain); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
