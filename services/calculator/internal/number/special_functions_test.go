package number

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSpecialDigits compares with digits that mpmath 1.3.0 gives; those of
// gamma(1/3), gamma(1/4), erf(1), the Euler-Mascheroni constant and its like
// are also in the On-Line Encyclopedia of Integer Sequences: A073005, A068466,
// A099286, A001620.
func TestSpecialDigits(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		name string
		x    Number
		want string
	}{
		{"euler", c.Euler(), "0.5772156649015328606065120900824024310421593359399236"},
		{"gamma(1/3)", c.must(c.Gamma(Frac(1, 3))), "2.678938534707747633655692940974677644128689377957301"},
		{"gamma(1/4)", c.must(c.Gamma(Frac(1, 4))), "3.625609908221908311930685155867672002995167682880065"},
		{"gamma(-1/3)", c.must(c.Gamma(Frac(-1, 3))), "-4.062353818279201250835864084463541356557981798170381"},
		{"gamma(pi)", c.must(c.Gamma(c.Pi())), "2.288037795340032417959588909060233922889688153356222"},
		{"gamma(100001+1/3)", c.must(c.Gamma(Frac(300004, 3))), "1.310894081441588103622445549455424351712133061190799e456575"},
		{"log(gamma(201/7))", c.must(c.LogGamma(Frac(201, 7))), "66.93404984369591201550344454438634994176109566133235"},
		{"log|gamma(-1000.1)|", c.must(c.LogGamma(c.n("-1000.1"))), "-5910.499920113593622722453529257691163194495565167862"},
		{"digamma(1/4)", c.must(c.Digamma(Frac(1, 4))), "-4.227453533376265408089530146096683577367244438708242"},
		{"digamma next to its zero", c.must(c.Digamma(c.n("1.4616321449683623412626595423257213284681962040064463"))),
			"-4.963770428580393534870235038098879912334759429966976e-53"},
		{"beta(1/3, 2/3)", c.must(c.Beta(Frac(1, 3), Frac(2, 3))), "3.627598728468435701188156515284311464568132496185481"},
		{"erf(1/2)", c.must(c.Erf(Frac(1, 2))), "0.5204998778130465376827466538919645287364515757579637"},
		{"erf(1)", c.must(c.Erf(Int(1))), "0.8427007929497148693412206350826092592960669979663029"},
		{"erfc(1)", c.must(c.Erfc(Int(1))), "0.1572992070502851306587793649173907407039330020336971"},
		{"erfc(10)", c.must(c.Erfc(Int(10))), "2.088487583762544757000786294957788611560818119321164e-45"},
		{"erfc(1500)", c.must(c.Erfc(Int(1500))), "9.796058984948889144059013502699413971902055215063340e-977167"},
		{"erfc(-1)", c.must(c.Erfc(Int(-1))), "1.842700792949714869341220635082609259296066997966303"},
		{"expm1(10^-20)", c.must(c.Expm1(c.n("1e-20"))), "1.000000000000000000005000000000000000000016666666667e-20"},
		{"log1p(10^-20)", c.must(c.Log1p(c.n("1e-20"))), "9.999999999999999999950000000000000000000333333333333e-21"},
	} {
		if got, err := c.Text(tt.x, 52); err != nil || got.Decimal != tt.want {
			t.Errorf("%s = %s (%v), want %s", tt.name, got.Decimal, err, tt.want)
		}
	}
	// Where nothing but the first term counts, digits are those of a series by
	// hand: x - x^2/2, x + x^2/2, 2x/sqrt(pi), 1/x - euler, -euler*x.
	for _, tt := range []struct {
		name string
		x    Number
		want string
	}{
		{"log1p", c.must(c.Log1p(c.n("1e-30000"))), "1.000000000000000000000000000000000e-30000"},
		{"log1p", c.must(c.Log1p(c.must(c.Exp(Int(-1000))))), c.text(c.must(c.Exp(Int(-1000))))},
		{"expm1", c.must(c.Expm1(c.n("-1e-30000"))), "-1.000000000000000000000000000000000e-30000"},
		{"expm1", c.must(c.Expm1(c.n("-1e30"))), "-1.000000000000000000000000000000000"},
		{"erf", c.must(c.Erf(c.n("1e-500"))), "1.128379167095512573896158903121545e-500"},
		{"erf", c.must(c.Erf(c.n("1e30"))), "1.000000000000000000000000000000000"},
		{"gamma", c.must(c.Gamma(c.n("1e-500"))), "1.000000000000000000000000000000000e500"},
		{"gamma next to -1", c.must(c.Gamma(c.n("-1." + "000000000000000000000000000000000000000000000000001"))), "1.000000000000000000000000000000000e51"},
		{"log gamma next to 1", c.must(c.LogGamma(c.must(c.Add(Int(1), c.n("1e-3000"))))), "-5.772156649015328606065120900824024e-3001"},
		{"log gamma next to 2", c.must(c.LogGamma(c.must(c.Add(Int(2), c.n("1e-60"))))), "4.227843350984671393934879099175976e-61"},
		{"log gamma", c.must(c.LogGamma(c.n("1e300"))), "6.897755278982137052053974364053093e302"},
	} {
		if got := c.text(tt.x); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSpecialExact(t *testing.T) {
	c := newCalc(t)
	sub := func(x, y Number) Number { return c.must(c.Sub(x, y)) }
	add := func(x, y Number) Number { return c.must(c.Add(x, y)) }
	checkSymbolic(t, c, []symbolicCase{
		{"gamma(1)", c.must(c.Gamma(Int(1))), "1"},
		{"gamma(26)", c.must(c.Gamma(Int(26))), "15511210043330985984000000"},
		{"gamma(1/2)", c.must(c.Gamma(Frac(1, 2))), "sqrt(pi)"},
		{"gamma(9/2)", c.must(c.Gamma(Frac(9, 2))), "105*sqrt(pi)/16"},
		{"gamma(-1/2)", c.must(c.Gamma(Frac(-1, 2))), "-2*sqrt(pi)"},
		{"gamma(-7/2)", c.must(c.Gamma(Frac(-7, 2))), "16*sqrt(pi)/105"},
		{"gamma(7/3) - 4/3*gamma(4/3)", sub(c.must(c.Gamma(Frac(7, 3))), c.must(c.Mul(Frac(4, 3), c.must(c.Gamma(Frac(4, 3)))))), "0"},
		{"gamma(-20.3)/gamma(-19.3)", c.must(c.Quo(c.must(c.Gamma(c.n("-20.3"))), c.must(c.Gamma(c.n("-19.3"))))), "-10/203"},
		{"log(gamma(1))", c.must(c.LogGamma(Int(1))), "0"},
		{"log(gamma(2))", c.must(c.LogGamma(Int(2))), "0"},
		{"log(gamma(4))", c.must(c.LogGamma(Int(4))), "log(6)"},
		{"exp(log(gamma(51)))", c.must(c.Exp(c.must(c.LogGamma(Int(51))))), c.text(c.must(c.Factorial(Int(50))))},
		{"digamma(1)", c.must(c.Digamma(Int(1))), "-euler_gamma"},
		{"digamma(4)", c.must(c.Digamma(Int(4))), "11/6 - euler_gamma"},
		{"digamma(1/2) - digamma(3/2)", sub(c.must(c.Digamma(Frac(1, 2))), c.must(c.Digamma(Frac(3, 2)))), "-2"},
		{"digamma(-3/2) - digamma(5/2)", sub(c.must(c.Digamma(Frac(-3, 2))), c.must(c.Digamma(Frac(5, 2)))), "0"},
		{"beta(2, 3)", c.must(c.Beta(Int(2), Int(3))), "1/12"},
		{"beta(1/2, 1/2)", c.must(c.Beta(Frac(1, 2), Frac(1, 2))), "pi"},
		{"beta(-1/2, -1/2)", c.must(c.Beta(Frac(-1, 2), Frac(-1, 2))), "0"},
		{"erf(0)", c.must(c.Erf(Int(0))), "0"},
		{"erfc(0)", c.must(c.Erfc(Int(0))), "1"},
		{"erf(2) + erfc(2)", add(c.must(c.Erf(Int(2))), c.must(c.Erfc(Int(2)))), "1"},
		{"erf(0.3) + erfc(0.3)", add(c.must(c.Erf(Frac(3, 10))), c.must(c.Erfc(Frac(3, 10)))), "1"},
		{"erfc(-2) + erfc(2)", add(c.must(c.Erfc(Int(-2))), c.must(c.Erfc(Int(2)))), "2"},
		{"expm1(log(3))", c.must(c.Expm1(c.must(c.Log(Int(3))))), "2"},
		{"log1p(3)", c.must(c.Log1p(Int(3))), "2*log(2)"},
		{"expm1(0)", c.must(c.Expm1(Int(0))), "0"},
		{"log1p(0)", c.must(c.Log1p(Int(0))), "0"},
	})
}

func TestSpecialErrors(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		name    string
		f       func(Number) (Number, error)
		x       string
		kind    ErrorKind
		message string
	}{
		{"gamma", c.Gamma, "0", DivisionByZero, "the gamma function has a pole at 0"},
		{"gamma", c.Gamma, "-3", DivisionByZero, "the gamma function has a pole at -3"},
		{"log gamma", c.LogGamma, "-3", DivisionByZero, ""},
		{"digamma", c.Digamma, "0", DivisionByZero, ""},
		{"beta", func(x Number) (Number, error) { return c.Beta(Int(1), x) }, "-1", DivisionByZero, ""},
		{"gamma", c.Gamma, "1e6", Limit, "the result is about 10^5,565,703; the limit is 10^-1,000,000 to 10^1,000,000"},
		{"gamma", c.Gamma, "1e400", Limit, "the result is beyond 10^(10^300); the limit is 10^-1,000,000 to 10^1,000,000"},
		{"gamma", c.Gamma, "-1000000.5", Limit, ""},
		{"erfc", c.Erfc, "2000", Limit, "the result is about 10^-1,737,178; the limit is 10^-1,000,000 to 10^1,000,000"},
		{"expm1", c.Expm1, "1e7", Limit, ""},
		{"log1p", c.Log1p, "-1", Domain, ""},
		{"log1p", c.Log1p, "-1.5", Domain, ""},
	} {
		var e *Error
		if _, err := tt.f(c.n(tt.x)); !errors.As(err, &e) || e.Kind != tt.kind || tt.message != "" && e.Message != tt.message {
			t.Errorf("%s(%s): %v, want %s: %q", tt.name, tt.x, err, tt.kind, tt.message)
		}
	}
}

// TestSpecialIdentities compares two ways to a number, at random points and to
// random precisions.
func TestSpecialIdentities(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(11, 12))
	add := func(x, y Number) Number { return c.must(c.Add(x, y)) }
	mul := func(x, y Number) Number { return c.must(c.Mul(x, y)) }
	sub := func(x, y Number) Number { return c.must(c.Sub(x, y)) }
	quo := func(x, y Number) Number { return c.must(c.Quo(x, y)) }
	gamma := func(x Number) Number { return c.must(c.Gamma(x)) }
	for range 60 {
		x := Frac(r.Int64N(40_000)*2+1, 1<<(4+r.IntN(8)))
		if r.IntN(3) == 0 {
			x = add(x, c.must(c.Sqrt(Int(2))))
		}
		next, mirror := add(x, Int(1)), sub(Int(1), x)
		pix := mul(c.Pi(), x)
		double := mul(Int(2), x)
		for name, pair := range map[string][2]Number{
			"gamma(x+1) = x*gamma(x)":     {gamma(next), mul(x, gamma(x))},
			"gamma(x)*gamma(1-x)":         {mul(gamma(x), gamma(mirror)), quo(c.Pi(), c.must(c.Sin(pix)))},
			"log gamma(x+1)":              {c.must(c.LogGamma(next)), add(c.must(c.Log(x)), c.must(c.LogGamma(x)))},
			"log gamma = log(gamma)":      {c.must(c.LogGamma(x)), c.must(c.Log(gamma(x)))},
			"digamma(x+1) = digamma+1/x":  {c.must(c.Digamma(next)), add(c.must(c.Digamma(x)), quo(Int(1), x))},
			"digamma(1-x) - digamma(x)":   {sub(c.must(c.Digamma(mirror)), c.must(c.Digamma(x))), quo(c.Pi(), c.must(c.Tan(pix)))},
			"expm1(log1p(x)) = x":         {c.must(c.Expm1(c.must(c.Log1p(quo(Int(1), x))))), quo(Int(1), x)},
			"expm1(2x)":                   {c.must(c.Expm1(quo(Int(2), x))), mul(c.must(c.Expm1(quo(Int(1), x))), add(c.must(c.Exp(quo(Int(1), x))), Int(1)))},
			"gamma(2x), by duplication":   {mul(gamma(double), c.must(c.Sqrt(c.Pi()))), mul(mul(gamma(x), gamma(add(x, Frac(1, 2)))), c.must(c.Pow(Int(2), sub(double, Int(1)))))},
			"beta(x, 2) = 1/(x*(x+1))":    {c.must(c.Beta(x, Int(2))), quo(Int(1), mul(x, next))},
			"erf at small x, by an x + 0": {c.must(c.Erf(quo(Int(1), x))), c.must(c.Erf(sub(add(quo(Int(1), x), c.Pi()), c.Pi())))},
		} {
			digits := 5 + r.IntN(120)
			left, err := c.Text(pair[0], digits)
			if err != nil {
				t.Fatalf("%s at %s: %v", name, describe(x), err)
			}
			right, err := c.Text(pair[1], digits)
			if err != nil {
				t.Fatalf("%s at %s: %v", name, describe(x), err)
			}
			if !pair[0].IsExact() && !pair[1].IsExact() && left.Decimal != right.Decimal {
				t.Errorf("%s at %s: %s, %s", name, describe(x), left.Decimal, right.Decimal)
			}
		}
	}
}

// TestErfRounds holds that c + q*erf(x) is rounded at once however little it
// differs from c + q: erf(x) < 1, so the results are those of a number next to
// it.
func TestErfRounds(t *testing.T) {
	nines, tens := "0."+strings.Repeat("9", 34), "1.000000000000000000000000000000000"
	for _, src := range []string{"30", "60", "189", "196", "299", "1500", "1600", "1e10", "1e30", "1e20000"} {
		// Far less work than the digits of e^-(189^2) take.
		c := calc{New(t.Context(), Limits{Work: 20_000_000}, 34), t}
		up, down := c.must(c.Erf(c.n(src))), c.must(c.Erf(c.n("-"+src)))
		for mode, want := range map[Rounding][2]string{
			HalfEven: {tens, "-" + tens}, HalfUp: {tens, "-" + tens}, AwayFromZero: {tens, "-" + tens},
			TowardZero: {nines, "-" + nines}, Floor: {nines, "-" + tens}, Ceiling: {tens, "-" + nines},
		} {
			for i, x := range []Number{up, down} {
				if got, err := c.TextRounded(x, 0, mode); err != nil || got.Decimal != want[i] {
					t.Errorf("%s: erf(%s) number %d is %s (%v)", mode, src, i, got.Decimal, err)
				}
			}
		}
		for _, tt := range []struct {
			q, add string
			places int
			mode   Rounding
			want   string
		}{
			{"1", "0", 0, Floor, "0"}, {"1", "0", 0, Ceiling, "1"}, {"1", "0", 0, HalfEven, "1"}, {"100", "0", 0, TowardZero, "99"},
			{"-1", "0", 0, Floor, "-1"}, {"-1", "0", 0, Ceiling, "0"}, {"-1", "1", 0, Floor, "0"}, {"-1", "1", 0, Ceiling, "1"},
			{"1", "0.5", 0, HalfUp, "1"}, {"1", "1.5", 0, HalfEven, "2"}, {"-1", "-1.5", 0, HalfEven, "-2"}, {"-1", "2.5", 0, HalfDown, "2"},
			{"1", "0.25", 1, HalfEven, "1.2"}, {"1", "0.35", 1, HalfUp, "1.3"}, {"1", "0", 20, Floor, "0.99999999999999999999"},
			{"1", "0.123", 2, Floor, "1.12"}, {"1", "149", -2, HalfEven, "100"},
		} {
			x := c.must(c.Add(c.must(c.Mul(up, c.n(tt.q))), c.n(tt.add)))
			got, err := c.Round(x, tt.places, tt.mode)
			if err != nil || !same(got, c.n(tt.want)) {
				t.Errorf("%s to %d places: %s*erf(%s) + %s is %v (%v), not %s", tt.mode, tt.places, tt.q, src, tt.add, got, err, tt.want)
			}
		}
		if order, err := c.Cmp(up, Int(1)); err != nil || order != -1 {
			t.Errorf("erf(%s) compares as %d with 1 (%v)", src, order, err)
		}
	}
}

// TestErfcMethods compares the three ways to erfc where each of them works, and
// with the standard library.
func TestErfcMethods(t *testing.T) {
	a := New(t.Context(), Limits{}, 0)
	r := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		f := 1 + 9*r.Float64()
		x, err := a.enclose(FromRat(ratOf(f)), 200)
		if err != nil {
			t.Fatal(err)
		}
		p := 64 + r.IntN(300)
		taylor, err := a.erfcTaylor(x.center(), p, int(f*f*math.Log2E)+2)
		if err != nil {
			t.Fatal(err)
		}
		n, ok := fractionLength(f, p+40, 1<<20)
		if !ok {
			t.Fatalf("no fraction at %v", f)
		}
		fraction, err := a.erfcFraction(x.center(), p, n)
		if err != nil {
			t.Fatal(err)
		}
		d := taylor.add(fraction.neg(), p)
		if s, ok := d.sign(); ok && s != 0 {
			t.Errorf("erfc(%v) to %d bits: the series and the fraction differ", f, p)
		}
		if d.top() > taylor.top()-p+8 {
			t.Errorf("erfc(%v) to %d bits: enclosures of 2^%d", f, p, d.top()-taylor.top())
		}
		if got, want := taylor.float(), math.Erfc(f); math.Abs(got-want) > 1e-13*want {
			t.Errorf("erfc(%v) = %v, want %v", f, got, want)
		}
	}
}

// TestStirlingEstimate holds that the number of terms is estimated on the safe
// side, by the numbers themselves.
func TestStirlingEstimate(t *testing.T) {
	for n := 1; n <= tangentHead; n++ {
		f := float64(n)
		if bits := stirlingBits(firstTangents(), n); float64(bits) > 2*f*math.Log2(f/(math.Pi*math.E))+6 {
			t.Errorf("B(%d) has %d bits", 2*n, bits)
		}
	}
	// B(40)/40 = -261082718496449122051/13530/40, as the On-Line Encyclopedia of
	// Integer Sequences has it (A000367, A002445): with the 20th tangent number,
	// 40*T/(4^20*(4^20-1)).
	num, _ := new(big.Int).SetString("261082718496449122051", 10)
	four := new(big.Int).Lsh(one, 40)
	den := new(big.Int).Mul(four, new(big.Int).Sub(four, one))
	got := new(big.Rat).SetFrac(new(big.Int).Mul(firstTangents()[19], big.NewInt(40)), den)
	if want := new(big.Rat).SetFrac(num, big.NewInt(13530)); got.Cmp(want) != 0 {
		t.Errorf("B(40) = -%s", got)
	}
}
