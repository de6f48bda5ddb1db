package number

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// TestDigits compares with published digits: the constants of the On-Line
// Encyclopedia of Integer Sequences, and sin(10^22), a known test of argument
// reduction.
func TestDigits(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		name string
		x    Number
		want string
	}{
		{"pi", c.Pi(), "3.141592653589793238462643383279502884197169399375106"},
		{"e", c.E(), "2.718281828459045235360287471352662497757247093699960"},
		{"sqrt(2)", c.must(c.Sqrt(Int(2))), "1.414213562373095048801688724209698078569671875376948"},
		{"sqrt(3)", c.must(c.Sqrt(Int(3))), "1.732050807568877293527446341505872366942805253810381"},
		{"2^(1/3)", c.must(c.Cbrt(Int(2))), "1.259921049894873164767210607278228350570251464701508"},
		{"log(2)", c.must(c.Log(Int(2))), "0.6931471805599453094172321214581765680755001343602553"},
		{"log(10)", c.must(c.Log(Int(10))), "2.302585092994045684017991454684364207601101488628773"},
		{"log10(2)", c.must(c.Log10(Int(2))), "0.3010299956639811952137388947244930267681898814621085"},
		{"sin(1)", c.must(c.Sin(Int(1))), "0.8414709848078965066525023216302989996225630607983711"},
		{"cos(1)", c.must(c.Cos(Int(1))), "0.5403023058681397174009366074429766037323104206179222"},
		{"tan(1)", c.must(c.Tan(Int(1))), "1.557407724654902230506974807458360173087250772381520"},
		{"atan(1/2)", c.must(c.Atan(Frac(1, 2))), "0.4636476090008061162142562314612144020285370542861203"},
		{"e^pi", c.must(c.Exp(c.Pi())), "23.14069263277926900572908636794854738026610624260021"},
		{"pi^e", c.must(c.Pow(c.Pi(), c.E())), "22.45915771836104547342715220454373502758931513399669"},
		{"golden ratio", c.must(c.Quo(c.must(c.Add(c.must(c.Sqrt(Int(5))), Int(1))), Int(2))), "1.618033988749894848204586834365638117720309179805763"},
		{"sin(10^22)", c.must(c.Sin(c.n("1e22"))), "-0.8522008497671888017727058937530293682617621504100437"},
		{"sin(10^50)", c.must(c.Sin(c.n("1e50"))), "-0.7896724934293100827102895399174077539600834046214027"},
	} {
		got, err := c.Text(tt.x, len(tt.want)-1)
		if err != nil {
			t.Fatal(err)
		}
		long, err := c.Text(tt.x, 52)
		if err != nil {
			t.Fatal(err)
		}
		if w, _ := c.roundRat(c.n(long.Decimal).rat(), 52, HalfEven); w.text().String() != long.Decimal {
			t.Errorf("%s reads back as %s", long.Decimal, w.text())
		}
		want, _ := c.roundRat(c.n(tt.want).rat(), 49, HalfEven)
		short, _ := c.roundRat(c.n(got.Decimal).rat(), 49, HalfEven)
		if want.text() != short.text() || got.Exact || got.DecimalExact {
			t.Errorf("%s = %s, want %s", tt.name, got.Decimal, tt.want)
		}
	}
}

// symbolicCase is a number and its text without digits.
type symbolicCase struct {
	name string
	x    Number
	want string
}

func checkSymbolic(t *testing.T, c calc, cases []symbolicCase) {
	t.Helper()
	for _, tt := range cases {
		if got := c.text(tt.x); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestSymbolicAlgebra holds what is known without digits of sums, products,
// powers and logarithms.
func TestSymbolicAlgebra(t *testing.T) {
	c := newCalc(t)
	add := func(x, y Number) Number { return c.must(c.Add(x, y)) }
	sub := func(x, y Number) Number { return c.must(c.Sub(x, y)) }
	mul := func(x, y Number) Number { return c.must(c.Mul(x, y)) }
	quo := func(x, y Number) Number { return c.must(c.Quo(x, y)) }
	pow := func(x, y Number) Number { return c.must(c.Pow(x, y)) }
	sqrt := func(n int64) Number { return c.must(c.Sqrt(Int(n))) }
	pi := func(num, den int64) Number { return mul(c.Pi(), Frac(num, den)) }
	phi := quo(add(sqrt(5), Int(1)), Int(2))
	log := func(x Number) Number { return c.must(c.Log(x)) }
	exp := func(x Number) Number { return c.must(c.Exp(x)) }
	checkSymbolic(t, c, []symbolicCase{
		{"pi - pi", sub(c.Pi(), c.Pi()), "0"},
		{"pi/6", pi(1, 6), "pi/6"},
		{"2pi/pi", quo(pi(2, 1), c.Pi()), "2"},
		{"pi*pi/pi", quo(mul(c.Pi(), c.Pi()), c.Pi()), "pi"},
		{"pi^2 - pi*pi", sub(pow(c.Pi(), Int(2)), mul(c.Pi(), c.Pi())), "0"},
		{"1/pi*pi", mul(quo(Int(1), c.Pi()), c.Pi()), "1"},
		{"e*e/e", quo(mul(c.E(), c.E()), c.E()), "e"},
		{"e^2 - e*e", sub(pow(c.E(), Int(2)), mul(c.E(), c.E())), "0"},
		{"pi + e - pi", sub(add(c.Pi(), c.E()), c.Pi()), "e"},
		{"(1+pi) - 1", sub(add(Int(1), c.Pi()), Int(1)), "pi"},
		{"sqrt(2)*sqrt(2)", mul(sqrt(2), sqrt(2)), "2"},
		{"sqrt(8) - 2*sqrt(2)", sub(sqrt(8), mul(Int(2), sqrt(2))), "0"},
		{"sqrt(2)*sqrt(6)", mul(sqrt(2), sqrt(6)), "2*sqrt(3)"},
		{"sqrt(1/2)", c.must(c.Sqrt(Frac(1, 2))), "sqrt(2)/2"},
		{"sqrt(4/9)", c.must(c.Sqrt(Frac(4, 9))), "2/3"},
		{"sqrt(10^40+2*10^20+1)", c.must(c.Sqrt(c.n("10000000000000000000200000000000000000001"))), "100000000000000000001"},
		{"sqrt(1000003^2*3)", c.must(c.Sqrt(c.n("3000018000027"))), "1000003*sqrt(3)"},
		{"1/sqrt(2)", quo(Int(1), sqrt(2)), "sqrt(2)/2"},
		{"phi^2 - phi - 1", sub(sub(mul(phi, phi), phi), Int(1)), "0"},
		{"1/phi", quo(Int(1), phi), "-1/2 + sqrt(5)/2"},
		{"phi^-3 + phi^3", add(pow(phi, Int(-3)), pow(phi, Int(3))), "2*sqrt(5)"},
		{"(sqrt(2)+sqrt(3))^2", pow(add(sqrt(2), sqrt(3)), Int(2)), "5 + 2*sqrt(6)"},
		{"sqrt(3) + sqrt(2)", add(sqrt(3), sqrt(2)), "sqrt(2) + sqrt(3)"},
		{"sqrt(5+2*sqrt(6)) - sqrt(2)", sub(c.must(c.Sqrt(add(Int(5), mul(Int(2), sqrt(6))))), sqrt(2)), "sqrt(3)"},
		{"sqrt(3+2*sqrt(2))", c.must(c.Sqrt(add(Int(3), mul(Int(2), sqrt(2))))), "1 + sqrt(2)"},
		{"sqrt(3-2*sqrt(2))", c.must(c.Sqrt(sub(Int(3), mul(Int(2), sqrt(2))))), "-1 + sqrt(2)"},
		{"sqrt(pi^2)", c.must(c.Sqrt(mul(c.Pi(), c.Pi()))), "pi"},
		{"sqrt(pi)^2", pow(c.must(c.Sqrt(c.Pi())), Int(2)), "pi"},
		{"cbrt(-8)", c.must(c.Cbrt(Int(-8))), "-2"},
		{"cbrt(27/64)", c.must(c.Cbrt(Frac(27, 64))), "3/4"},
		{"cbrt(2)^3", pow(c.must(c.Cbrt(Int(2))), Int(3)), "2"},
		{"cbrt(16)/cbrt(2)", quo(c.must(c.Cbrt(Int(16))), c.must(c.Cbrt(Int(2)))), "2"},
		{"8^(2/3)", pow(Int(8), Frac(2, 3)), "4"},
		{"exp(0)", exp(Int(0)), "1"},
		{"exp(log(5))", exp(log(Int(5))), "5"},
		{"exp(log(pi))", exp(log(c.Pi())), "pi"},
		{"exp(2*log(3)+1)/e", quo(exp(add(mul(Int(2), log(Int(3))), Int(1))), c.E()), "9"},
		{"log(exp(7/3))", log(exp(Frac(7, 3))), "7/3"},
		{"log(2e)", log(mul(Int(2), c.E())), "1 + log(2)"},
		{"log(8)", log(Int(8)), "3*log(2)"},
		{"log(1/8)", log(Frac(1, 8)), "-3*log(2)"},
		{"log(sqrt(2))", log(sqrt(2)), "log(2)/2"},
		{"log2(1/8)", c.must(c.Log2(Frac(1, 8))), "-3"},
		{"log2(sqrt(2))", c.must(c.Log2(sqrt(2))), "1/2"},
		{"log10(1000)", c.must(c.Log10(Int(1000))), "3"},
		{"log10(10^100000)", c.must(c.Log10(c.n("1e100000"))), "100000"},
		{"log10(0.001)", c.must(c.Log10(c.n("0.001"))), "-3"},
		{"10^log10(2)", pow(Int(10), c.must(c.Log10(Int(2)))), "2"},
	})
}

// TestSymbolicAngles does the same for the trigonometric functions.
func TestSymbolicAngles(t *testing.T) {
	c := newCalc(t)
	add := func(x, y Number) Number { return c.must(c.Add(x, y)) }
	sub := func(x, y Number) Number { return c.must(c.Sub(x, y)) }
	mul := func(x, y Number) Number { return c.must(c.Mul(x, y)) }
	quo := func(x, y Number) Number { return c.must(c.Quo(x, y)) }
	sqrt := func(n int64) Number { return c.must(c.Sqrt(Int(n))) }
	pi := func(num, den int64) Number { return mul(c.Pi(), Frac(num, den)) }
	sin := func(x Number) Number { return c.must(c.Sin(x)) }
	cos := func(x Number) Number { return c.must(c.Cos(x)) }
	tan := func(x Number) Number { return c.must(c.Tan(x)) }
	checkSymbolic(t, c, []symbolicCase{
		{"sin(0)", sin(Int(0)), "0"},
		{"sin(pi)", sin(c.Pi()), "0"},
		{"sin(10^30*pi)", sin(mul(c.n("1e30"), c.Pi())), "0"},
		{"sin(pi/6)", sin(pi(1, 6)), "1/2"},
		{"sin(7pi/6)", sin(pi(7, 6)), "-1/2"},
		{"sin(-pi/4)", sin(pi(-1, 4)), "-sqrt(2)/2"},
		{"sin(pi/10)", sin(pi(1, 10)), "-1/4 + sqrt(5)/4"},
		{"cos(pi)", cos(c.Pi()), "-1"},
		{"cos(pi/3)", cos(pi(1, 3)), "1/2"},
		{"cos(pi/6)", cos(pi(1, 6)), "sqrt(3)/2"},
		{"cos(pi/5)", cos(pi(1, 5)), "1/4 + sqrt(5)/4"},
		{"sin(pi/12) - cos(5pi/12)", sub(sin(pi(1, 12)), cos(pi(5, 12))), "0"},
		{"sin(pi/7) - sin(6pi/7)", sub(sin(pi(1, 7)), sin(pi(6, 7))), "0"},
		{"sin(1) + sin(-1)", add(sin(Int(1)), sin(Int(-1))), "0"},
		{"sin(1+2pi) - sin(1)", sub(sin(add(Int(1), pi(2, 1))), sin(Int(1))), "0"},
		{"cos(1) - sin(1+pi/2)", sub(cos(Int(1)), sin(add(Int(1), pi(1, 2)))), "0"},
		{"tan(pi/4)", tan(pi(1, 4)), "1"},
		{"tan(-pi/3)", tan(pi(-1, 3)), "-sqrt(3)"},
		{"tan(pi/12)", tan(pi(1, 12)), "2 - sqrt(3)"},
		{"tan(1+pi) - tan(1)", sub(tan(add(Int(1), c.Pi())), tan(Int(1))), "0"},
		{"asin(1)", c.must(c.Asin(Int(1))), "pi/2"},
		{"asin(-1/2)", c.must(c.Asin(Frac(-1, 2))), "-pi/6"},
		{"asin(sqrt(3)/2)", c.must(c.Asin(quo(sqrt(3), Int(2)))), "pi/3"},
		{"acos(-1)", c.must(c.Acos(Int(-1))), "pi"},
		{"acos(0)", c.must(c.Acos(Int(0))), "pi/2"},
		{"atan(1)", c.must(c.Atan(Int(1))), "pi/4"},
		{"atan(-sqrt(3))", c.must(c.Atan(c.must(c.Neg(sqrt(3))))), "-pi/3"},
		{"sin(asin(0.3))", sin(c.must(c.Asin(c.n("0.3")))), "3/10"},
		{"cos(acos(-0.3))", cos(c.must(c.Acos(c.n("-0.3")))), "-3/10"},
		{"tan(atan(7))", tan(c.must(c.Atan(Int(7)))), "7"},
		{"cos(atan(3/4))", cos(c.must(c.Atan(Frac(3, 4)))), "4/5"},
		{"tan(asin(0.6))", tan(c.must(c.Asin(c.n("0.6")))), "3/4"},
		{"asin(0.3) + acos(0.3)", add(c.must(c.Asin(c.n("0.3"))), c.must(c.Acos(c.n("0.3")))), "pi/2"},
		{"mod(7pi, pi)", c.must(c.Mod(pi(7, 1), c.Pi())), "0"},
		{"mod(10, pi)", c.must(c.Mod(Int(10), c.Pi())), "10 - 3*pi"},
		{"rem(-10, pi)", c.must(c.Rem(Int(-10), c.Pi())), "-10 + 3*pi"},
	})
}

func TestCompareReals(t *testing.T) {
	c := newCalc(t)
	log := func(n int64) Number { return c.must(c.Log(Int(n))) }
	near := c.must(c.Add(Int(1), c.must(c.Exp(Int(-10000)))))
	root := c.must(c.Sqrt(Int(2)))
	tiny := c.must(c.Pow(c.must(c.Sub(root, Int(1))), Int(4000)))
	// Nearer to 0, by its 20,000 bits, than evaluations go.
	tinier := tiny
	for range 2 {
		tinier = c.must(c.Mul(tinier, tinier))
	}
	negative := c.must(c.Mul(tinier, c.must(c.Sub(Int(1), root))))
	for _, tt := range []struct {
		x, y Number
		want int
	}{
		{c.Pi(), Frac(355, 113), -1},
		{c.Pi(), c.n("3.14159265358979323846264338327950288419716939937510"), 1},
		{log(8), c.must(c.Mul(Int(3), log(2))), 0},
		{near, Int(1), 1},
		{tiny, Int(0), 1},
		{tinier, Int(0), 1},
		{negative, Int(0), -1},
		{tinier, tiny, -1},
		{c.must(c.Exp(c.Pi())), c.must(c.Pow(c.Pi(), c.E())), 1},
		{c.must(c.Neg(c.Pi())), c.Pi(), -1},
	} {
		if got, err := c.Cmp(tt.x, tt.y); err != nil || got != tt.want {
			t.Errorf("cmp(%s, %s) = %d, %v, want %d", describe(tt.x), describe(tt.y), got, err, tt.want)
		}
	}
}

// TestUndecided holds that an exact cancellation which is not seen as such
// ends in an error, never in a guess.
func TestUndecided(t *testing.T) {
	c := newCalc(t)
	square := func(x Number) Number { return c.must(c.Mul(x, x)) }
	s := c.must(c.Add(square(c.must(c.Sin(Int(1)))), square(c.must(c.Cos(Int(1))))))
	if got := c.text(s); got != "1.000000000000000000000000000000000" {
		t.Errorf("sin(1)^2 + cos(1)^2 = %s", got)
	}
	zero := c.must(c.Sub(s, Int(1)))
	for name, f := range map[string]func() error{
		"text":  func() error { _, err := c.Text(zero, 0); return err },
		"sign":  func() error { _, err := c.Sign(zero); return err },
		"cmp":   func() error { _, err := c.Cmp(s, Int(1)); return err },
		"floor": func() error { _, err := c.Floor(s); return err },
		"quo":   func() error { _, err := c.Quo(Int(1), zero); return err },
		"sqrt":  func() error { _, err := c.Sqrt(zero); return err },
	} {
		var e *Error
		if err := f(); !errors.As(err, &e) || e.Kind != Undecided {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDegrade holds that a fraction too long to stay exact becomes a real, and
// says so.
func TestDegrade(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		x    Number
		want string
	}{
		{c.must(c.Pow(c.n("1.000000001"), c.n("1e12"))), "1.970070128981736900903633896994247e434"},
		{c.must(c.Pow(Int(10), Int(-100_000))), "1.000000000000000000000000000000000e-100000"},
		{c.must(c.Pow(c.n("1.000000000000000000000000000001"), c.n("1e30"))), "2.718281828459045235360287471351303"},
		{c.must(c.Quo(c.must(c.Pow(Int(7), Int(700_000))), c.must(c.Pow(Int(3), Int(500_000))))), "1.001498143486435126259009004608605e353008"},
	} {
		s, err := c.Text(tt.x, 0)
		if err != nil || s.Decimal != tt.want || s.Exact || s.DecimalExact {
			t.Errorf("%+v, %v, want %s", s, err, tt.want)
		}
	}
	x := c.must(c.Quo(c.must(c.Pow(Int(6), Int(300_000))), c.must(c.Pow(Int(3), Int(300_000)))))
	if !same(x, c.must(c.Pow(Int(2), Int(300_000)))) {
		t.Error("6^300000/3^300000 is not 2^300000")
	}
}

// TestRealIdentities compares two ways to a number at random points.
func TestRealIdentities(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		x := Frac(r.Int64N(4000)+1, r.Int64N(100)+1)
		y := Frac(r.Int64N(4000)+1, r.Int64N(100)+1)
		for name, pair := range map[string][2]Number{
			"exp(x)*exp(y)":     {c.must(c.Mul(c.must(c.Exp(x)), c.must(c.Exp(y)))), c.must(c.Exp(c.must(c.Add(x, y))))},
			"log(x*y)":          {c.must(c.Add(c.must(c.Log(x)), c.must(c.Log(y)))), c.must(c.Log(c.must(c.Mul(x, y))))},
			"sqrt(x)*sqrt(y)":   {c.must(c.Mul(c.must(c.Sqrt(x)), c.must(c.Sqrt(y)))), c.must(c.Sqrt(c.must(c.Mul(x, y))))},
			"atan(x)+atan(1/x)": {c.must(c.Add(c.must(c.Atan(x)), c.must(c.Atan(c.must(c.Quo(Int(1), x)))))), c.must(c.Quo(c.Pi(), Int(2)))},
			"tan(x)":            {c.must(c.Quo(c.must(c.Sin(x)), c.must(c.Cos(x)))), c.must(c.Tan(x))},
			"sin(2x)": {c.must(c.Mul(Int(2), c.must(c.Mul(c.must(c.Sin(x)), c.must(c.Cos(x)))))),
				c.must(c.Sin(c.must(c.Mul(Int(2), x))))},
			"x^y": {c.must(c.Exp(c.must(c.Mul(y, c.must(c.Log(x)))))), c.must(c.Pow(x, y))},
		} {
			left, err := c.Text(pair[0], 60)
			if err != nil {
				t.Fatal(name, err)
			}
			right, err := c.Text(pair[1], 60)
			if err != nil {
				t.Fatal(name, err)
			}
			if left.Decimal != right.Decimal {
				t.Errorf("%s at %s, %s: %s, %s", name, c.text(x), c.text(y), left.Decimal, right.Decimal)
			}
		}
	}
}

func TestConstants(t *testing.T) {
	a := New(t.Context(), Limits{}, 0)
	const long = constantBits + 200
	pi, err := a.piBits(long)
	if err != nil {
		t.Fatal(err)
	}
	ln2, err := a.ln2Bits(long)
	if err != nil {
		t.Fatal(err)
	}
	if pi.Rsh(pi, 200).Cmp(piHead) != 0 {
		t.Errorf("pi is %x", pi)
	}
	if ln2.Rsh(ln2, 200).Cmp(ln2Head) != 0 {
		t.Errorf("log(2) is %x", ln2)
	}
	euler, err := a.eulerBits(long)
	if err != nil {
		t.Fatal(err)
	}
	if euler.Rsh(euler, 200).Cmp(eulerHead) != 0 {
		t.Errorf("euler_gamma is %x", euler)
	}
}
