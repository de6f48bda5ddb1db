package number

import (
	"errors"
	"testing"
)

// TestHyperbolicDigits compares with mpmath 1.3, and with sequences A073742,
// A073743, A073744, A091648 and A065918 of the On-Line Encyclopedia of Integer
// Sequences.
func TestHyperbolicDigits(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		name string
		f    func(Number) (Number, error)
		x    string
		want string
	}{
		{"sinh", c.Sinh, "1", "1.175201193643801456882381850595601"},
		{"sinh", c.Sinh, "1e-30", "1.000000000000000000000000000000000e-30"},
		{"sinh", c.Sinh, "-1e-10", "-1.000000000000000000001666666666667e-10"},
		{"sinh", c.Sinh, "1000", "9.850355570085234969444396761216616e433"},
		{"cosh", c.Cosh, "1", "1.543080634815243778477905620757062"},
		{"cosh", c.Cosh, "-100", "1.344058570908067724206312775790007e43"},
		{"cosh", c.Cosh, "0.001", "1.000000500000041666668055555580357"},
		{"tanh", c.Tanh, "1", "0.7615941559557648881194582826047936"},
		{"tanh", c.Tanh, "1e-10", "9.999999999999999999966666666666667e-11"},
		{"tanh", c.Tanh, "-0.1", "-0.09966799462495581711830508367835218"},
		{"tanh", c.Tanh, "20", "0.9999999999999999915032914894168220"},
		{"tanh", c.Tanh, "1e9999", "1.000000000000000000000000000000000"},
		{"asinh", c.Asinh, "1", "0.8813735870195430252326093249797923"},
		{"asinh", c.Asinh, "-0.00001", "-0.000009999999999833333333340833333332887"},
		{"asinh", c.Asinh, "1e50", "115.8224018302622295103168048556764"},
		{"acosh", c.Acosh, "2", "1.316957896924816708625046347307968"},
		{"acosh", c.Acosh, "1.00001", "0.004472132228228002123128446633028160"},
		{"acosh", c.Acosh, "1.000000000000000000000000000001", "1.414213562373095048801688724209580e-15"},
		{"acosh", c.Acosh, "1e400", "921.7271843781782189166138139952039"},
		{"atanh", c.Atanh, "1e-5", "0.00001000000000033333333335333333333476"},
		{"atanh", c.Atanh, "-0.999999999999999999999999999999", "-34.88534998519065791497848788099430"},
	} {
		x, err := tt.f(c.n(tt.x))
		if err != nil {
			t.Errorf("%s(%s): %v", tt.name, tt.x, err)
			continue
		}
		if got, err := c.Text(x, 34); err != nil || got.Decimal != tt.want || got.Exact {
			t.Errorf("%s(%s) = %s, %v, want %s", tt.name, tt.x, got.Decimal, err, tt.want)
		}
	}
}

func TestHyperbolicExact(t *testing.T) {
	c := newCalc(t)
	log := func(n int64) Number { return c.must(c.Log(Int(n))) }
	mul := func(x, y Number) Number { return c.must(c.Mul(x, y)) }
	sub := func(x, y Number) Number { return c.must(c.Sub(x, y)) }
	sqrt := func(n int64) Number { return c.must(c.Sqrt(Int(n))) }
	sinh := func(x Number) Number { return c.must(c.Sinh(x)) }
	cosh := func(x Number) Number { return c.must(c.Cosh(x)) }
	tanh := func(x Number) Number { return c.must(c.Tanh(x)) }
	asinh := func(x Number) Number { return c.must(c.Asinh(x)) }
	acosh := func(x Number) Number { return c.must(c.Acosh(x)) }
	atanh := func(x Number) Number { return c.must(c.Atanh(x)) }
	tiny := c.n("1e-30")
	checkSymbolic(t, c, []symbolicCase{
		{"sinh(0)", sinh(Int(0)), "0"},
		{"cosh(0)", cosh(Int(0)), "1"},
		{"tanh(0)", tanh(Int(0)), "0"},
		{"sinh(log(2))", sinh(log(2)), "3/4"},
		{"cosh(log(2))", cosh(log(2)), "5/4"},
		{"tanh(log(2))", tanh(log(2)), "3/5"},
		{"tanh(log(3)/2)", tanh(mul(log(3), Frac(1, 2))), "1/2"},
		{"sinh(log(2)/2)", sinh(mul(log(2), Frac(1, 2))), "sqrt(2)/4"},
		{"cosh(log(2)-log(3))", cosh(sub(log(2), log(3))), "13/12"},
		{"sinh(-1) + sinh(1)", c.must(c.Add(sinh(Int(-1)), sinh(Int(1)))), "0"},
		{"cosh(-1) - cosh(1)", sub(cosh(Int(-1)), cosh(Int(1))), "0"},
		{"tanh(-1) + tanh(1)", c.must(c.Add(tanh(Int(-1)), tanh(Int(1)))), "0"},
		{"asinh(0)", asinh(Int(0)), "0"},
		{"asinh(3/4)", asinh(Frac(3, 4)), "log(2)"},
		{"asinh(-3/4)", asinh(Frac(-3, 4)), "-log(2)"},
		{"asinh(1) - log(1+sqrt(2))", sub(asinh(Int(1)), c.must(c.Log(c.must(c.Add(Int(1), sqrt(2)))))), "0"},
		{"acosh(1)", acosh(Int(1)), "0"},
		{"acosh(5/4)", acosh(Frac(5, 4)), "log(2)"},
		{"acosh(2) - log(2+sqrt(3))", sub(acosh(Int(2)), c.must(c.Log(c.must(c.Add(Int(2), sqrt(3)))))), "0"},
		{"atanh(1/2)", atanh(Frac(1, 2)), "log(3)/2"},
		{"atanh(-3/5)", atanh(Frac(-3, 5)), "-log(2)"},
		{"sinh(asinh(0.3))", sinh(asinh(c.n("0.3"))), "3/10"},
		{"sinh(asinh(pi))", sinh(asinh(c.Pi())), "pi"},
		{"cosh(asinh(1))", cosh(asinh(Int(1))), "sqrt(2)"},
		{"tanh(asinh(3/4))", tanh(asinh(Frac(3, 4))), "3/5"},
		{"cosh(asinh(pi)) - sqrt(1+pi^2)", sub(cosh(asinh(c.Pi())), c.must(c.Sqrt(c.must(c.Add(Int(1), mul(c.Pi(), c.Pi())))))), "0"},
		{"sinh(asinh(1e-30)) - 1e-30", sub(sinh(asinh(tiny)), tiny), "0"},
		{"cosh(acosh(pi))", cosh(acosh(c.Pi())), "pi"},
		{"cosh(acosh(7/5))", cosh(acosh(Frac(7, 5))), "7/5"},
		{"sinh(acosh(3))", sinh(acosh(Int(3))), "2*sqrt(2)"},
		{"tanh(atanh(0.1))", tanh(atanh(c.n("0.1"))), "1/10"},
		{"tanh(atanh(1e-30)) - 1e-30", sub(tanh(atanh(tiny)), tiny), "0"},
		{"tanh(atanh(1/pi))*pi", mul(tanh(atanh(c.must(c.Quo(Int(1), c.Pi())))), c.Pi()), "1"},
		{"1/(sqrt(2)+sqrt(3)) + sqrt(2)", c.must(c.Add(c.must(c.Quo(Int(1), c.must(c.Add(sqrt(2), sqrt(3))))), sqrt(2))), "sqrt(3)"},
	})
}

func TestAngles(t *testing.T) {
	c := newCalc(t)
	sqrt3 := c.must(c.Sqrt(Int(3)))
	pi := func(num, den int64) Number { return c.must(c.Mul(c.Pi(), Frac(num, den))) }
	sin := func(x Number) Number { return c.must(c.Sin(x)) }
	cos := func(x Number) Number { return c.must(c.Cos(x)) }
	atan2 := func(y, x Number) Number { return c.must(c.Atan2(y, x)) }
	checkSymbolic(t, c, []symbolicCase{
		{"atan2(0, 1)", atan2(Int(0), Int(1)), "0"},
		{"atan2(0, -1)", atan2(Int(0), Int(-1)), "pi"},
		{"atan2(2, 0)", atan2(Int(2), Int(0)), "pi/2"},
		{"atan2(-2, 0)", atan2(Int(-2), Int(0)), "-pi/2"},
		{"atan2(1, 1)", atan2(Int(1), Int(1)), "pi/4"},
		{"atan2(1, -1)", atan2(Int(1), Int(-1)), "3*pi/4"},
		{"atan2(-1, -1)", atan2(Int(-1), Int(-1)), "-3*pi/4"},
		{"atan2(sqrt(3), 1)", atan2(sqrt3, Int(1)), "pi/3"},
		{"atan2(1, -sqrt(3))", atan2(Int(1), c.neg(sqrt3)), "5*pi/6"},
		{"hypot(3, 4)", c.must(c.Hypot(Int(3), Int(4))), "5"},
		{"hypot(-3, 0)", c.must(c.Hypot(Int(-3), Int(0))), "3"},
		{"hypot(1, 1)", c.must(c.Hypot(Int(1), Int(1))), "sqrt(2)"},
	})
	if got, err := c.Text(atan2(Int(-2), Int(-5)), 34); err != nil || got.Decimal != "-2.761086276477428352159055466469070" {
		t.Errorf("atan2(-2, -5) = %s, %v", got.Decimal, err)
	}
	// A point of a circle has the angle that it was made of, less whole turns.
	for _, tt := range []struct {
		t    Number
		want Number
	}{
		{pi(1, 7), pi(1, 7)}, {pi(3, 7), pi(3, 7)}, {pi(5, 7), pi(5, 7)}, {pi(9, 7), pi(-5, 7)}, {pi(-1, 7), pi(-1, 7)},
		{pi(1, 12), pi(1, 12)}, {pi(7, 12), pi(7, 12)}, {pi(-11, 12), pi(-11, 12)}, {pi(1, 10), pi(1, 10)},
		{Int(1), Int(1)}, {Int(-3), Int(-3)}, {Int(4), c.must(c.Sub(Int(4), pi(2, 1)))},
		{c.must(c.Add(Int(1), pi(1, 3))), c.must(c.Add(Int(1), pi(1, 3)))},
		{c.must(c.Add(Int(1), pi(5, 6))), c.must(c.Add(Int(1), pi(-7, 6)))},
		{c.must(c.Add(Int(-1), pi(-1, 6))), c.must(c.Add(Int(-1), pi(-1, 6)))},
	} {
		for _, r := range []Number{Int(1), Frac(2, 3), c.E(), sqrt3} {
			x, y := c.must(c.Mul(r, cos(tt.t))), c.must(c.Mul(r, sin(tt.t)))
			if got := atan2(y, x); !same(got, tt.want) {
				t.Errorf("the angle of %s*e^(i*%s) is %s", c.text(r), describe(tt.t), describe(got))
			}
			if got := c.must(c.Hypot(x, y)); !same(got, r) {
				t.Errorf("the magnitude of %s*e^(i*%s) is %s", c.text(r), describe(tt.t), describe(got))
			}
			if got := c.must(c.Hypot(y, c.neg(x))); c.text(got) != c.text(r) {
				t.Errorf("the magnitude of -i*%s*e^(i*%s) is %s", c.text(r), describe(tt.t), describe(got))
			}
		}
	}
}

func TestHyperbolicErrors(t *testing.T) {
	c := newCalc(t)
	for name, tt := range map[string]struct {
		f    func() (Number, error)
		kind ErrorKind
	}{
		"acosh(0.5)":   {func() (Number, error) { return c.Acosh(Frac(1, 2)) }, Domain},
		"acosh(-2)":    {func() (Number, error) { return c.Acosh(Int(-2)) }, Domain},
		"atanh(1)":     {func() (Number, error) { return c.Atanh(Int(1)) }, DivisionByZero},
		"atanh(-1)":    {func() (Number, error) { return c.Atanh(Int(-1)) }, DivisionByZero},
		"atanh(2)":     {func() (Number, error) { return c.Atanh(Int(2)) }, Domain},
		"atan2(0, 0)":  {func() (Number, error) { return c.Atan2(Int(0), Int(0)) }, Domain},
		"sinh(1e7)":    {func() (Number, error) { return c.Sinh(c.n("1e7")) }, Limit},
		"sinh(-1e100)": {func() (Number, error) { return c.Sinh(c.n("-1e100")) }, Limit},
		"cosh(1e7)":    {func() (Number, error) { return c.Cosh(c.n("1e7")) }, Limit},
	} {
		before := c.Remaining()
		_, err := tt.f()
		var e *Error
		if !errors.As(err, &e) || e.Kind != tt.kind || e.Message == "" {
			t.Errorf("%s: %v", name, err)
		}
		if spent := before - c.Remaining(); spent > 100_000 {
			t.Errorf("%s: refused after %d units of work", name, spent)
		}
	}
}
