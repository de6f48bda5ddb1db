package money

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

type calc struct {
	*number.Arith
	t *testing.T
}

func newCalc(t *testing.T) calc { return calc{number.New(t.Context(), number.Limits{}, 0), t} }

// n returns the value of a decimal or a quotient of two.
func (c calc) n(s string) number.Number {
	c.t.Helper()
	num, den, ok := strings.Cut(s, "/")
	x, err := c.ParseDecimal(num)
	if err == nil && ok {
		var d number.Number
		if d, err = c.ParseDecimal(den); err == nil {
			x, err = c.Quo(x, d)
		}
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return x
}

func (c calc) list(s string) (out []number.Number) {
	for f := range strings.FieldsSeq(s) {
		out = append(out, c.n(f))
	}
	return out
}

// check compares x, rounded half up to the decimals that want has, with want.
func (c calc) check(name string, want string, x number.Number, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Errorf("%s: %v", name, err)
		return
	}
	_, decimals, _ := strings.Cut(want, ".")
	if x, err = c.Round(x, len(decimals), number.HalfUp); err != nil {
		c.t.Fatal(err)
	}
	if n, err := c.Cmp(x, c.n(want)); err != nil || n != 0 {
		got, _ := c.Text(x, 0)
		c.t.Errorf("%s = %s, want %s", name, got.Decimal, want)
	}
}

// annuity reads rate, periods, payment, present and future value.
func (c calc) annuity(s string) Annuity {
	f := c.list(s)
	return Annuity{Rate: f[0], Periods: f[1], Payment: f[2], PresentValue: f[3], FutureValue: f[4]}
}

func due(v Annuity) Annuity {
	v.Due = true
	return v
}

// TestAnnuities has the examples of the reference of Microsoft Excel for PMT, PV,
// FV, NPER, IPMT and PPMT (support.microsoft.com, "Financial functions").
func TestAnnuities(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		name, want string
		f          func(*number.Arith, Annuity) (number.Number, error)
		v          Annuity
	}{
		{"PMT(8%/12, 10, 10000)", "-1037.03", Payment, c.annuity("0.08/12 10 0 10000 0")},
		{"PMT(8%/12, 10, 10000, , 1)", "-1030.16", Payment, due(c.annuity("0.08/12 10 0 10000 0"))},
		{"PMT(6%/12, 18*12, 0, 50000)", "-129.08", Payment, c.annuity("0.06/12 216 0 0 50000")},
		{"PV(8%/12, 12*20, 500)", "-59777.15", PresentValue, c.annuity("0.08/12 240 500 0 0")},
		{"FV(6%/12, 10, -200, -500, 1)", "2581.40", FutureValue, due(c.annuity("0.06/12 10 -200 -500 0"))},
		{"FV(12%/12, 12, -1000)", "12682.50", FutureValue, c.annuity("0.12/12 12 -1000 0 0")},
		{"FV(11%/12, 35, -2000, , 1)", "82846.25", FutureValue, due(c.annuity("0.11/12 35 -2000 0 0"))},
		{"FV(6%/12, 12, -100, -1000, 1)", "2301.40", FutureValue, due(c.annuity("0.06/12 12 -100 -1000 0"))},
		{"NPER(12%/12, -100, -1000, 10000, 1)", "59.6738657", Periods, due(c.annuity("0.12/12 0 -100 -1000 10000"))},
		{"NPER(12%/12, -100, -1000, 10000)", "60.0821229", Periods, c.annuity("0.12/12 0 -100 -1000 10000")},
		{"NPER(12%/12, -100, -1000)", "-9.57859404", Periods, c.annuity("0.12/12 0 -100 -1000 0")},
		{"12*RATE(4*12, -200, 8000)", "0.0924", func(a *number.Arith, v Annuity) (number.Number, error) {
			r, err := Rate(a, v)
			if err != nil {
				return r, err
			}
			return a.Mul(r, number.Int(12))
		}, c.annuity("0 48 -200 8000 0")},
		{"PMT without interest", "-1000", Payment, c.annuity("0 10 0 10000 0")},
		{"FV without interest", "700", FutureValue, c.annuity("0 10 -50 -200 0")},
		{"NPER without interest", "40", Periods, c.annuity("0 0 -250 10000 0")},
	} {
		x, err := tt.f(c.Arith, tt.v)
		c.check(tt.name, tt.want, x, err)
	}
	for _, tt := range []struct {
		name, want string
		f          func(*number.Arith, Annuity, number.Number) (number.Number, error)
		v          Annuity
		period     int64
	}{
		{"IPMT(10%/12, 1, 3*12, 8000)", "-66.67", Interest, c.annuity("0.1/12 36 0 8000 0"), 1},
		{"IPMT(10%, 3, 3, 8000)", "-292.45", Interest, c.annuity("0.1 3 0 8000 0"), 3},
		{"PPMT(10%/12, 1, 2*12, 2000)", "-75.62", Principal, c.annuity("0.1/12 24 0 2000 0"), 1},
		{"PPMT(8%, 10, 10, 200000)", "-27598.05", Principal, c.annuity("0.08 10 0 200000 0"), 10},
		{"the first interest when paid in advance", "0", Interest, due(c.annuity("0.1 3 0 8000 0")), 1},
	} {
		x, err := tt.f(c.Arith, tt.v, number.Int(tt.period))
		c.check(tt.name, tt.want, x, err)
	}
}

// TestAnnuityEquation holds that the five functions invert each other, and that
// the principal adds up.
func TestAnnuityEquation(t *testing.T) {
	c := newCalc(t)
	for _, due := range []bool{false, true} {
		v := c.annuity("0.07/12 48 0 12345.67 -1000")
		v.Due = due
		var err error
		if v.Payment, err = Payment(c.Arith, v); err != nil {
			t.Fatal(err)
		}
		equal := func(name string, want number.Number, f func(*number.Arith, Annuity) (number.Number, error)) {
			t.Helper()
			got, err := f(c.Arith, v)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			// A root that is no short fraction agrees in as many digits as are compared.
			x, _ := c.Text(got, 30)
			y, _ := c.Text(want, 30)
			if n, err := c.Cmp(c.n(x.Decimal), c.n(y.Decimal)); err != nil || n != 0 {
				t.Errorf("%s = %s, want %s", name, x.Decimal, y.Decimal)
			}
		}
		equal("present value", v.PresentValue, PresentValue)
		equal("future value", v.FutureValue, FutureValue)
		equal("periods", v.Periods, Periods)
		equal("rate", v.Rate, Rate)
	}
	v := c.annuity("0.07/12 48 0 12345.67 -1000")
	var paid number.Number
	for i := int64(1); i <= 48; i++ {
		paid = must(c.Add(paid, must(Principal(c.Arith, v, number.Int(i)))))
	}
	c.check("the sum of the principal", "-11345.67", paid, nil)
}

func must(x number.Number, err error) number.Number {
	if err != nil {
		panic(err)
	}
	return x
}
