package money

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// TestCashFlows has the examples of the reference of Microsoft Excel for NPV,
// IRR, EFFECT and NOMINAL.
func TestCashFlows(t *testing.T) {
	c := newCalc(t)
	npv := func(want, rate, flows string) {
		t.Helper()
		x, err := NetPresentValue(c.Arith, c.n(rate), c.list(flows))
		c.check("npv of "+flows, want, x, err)
	}
	npv("1188.44", "0.1", "-10000 3000 4200 6800")
	npv("41922.06", "0.08", "8000 9200 10000 12000 14500")
	npv("36250.53", "0.08", "8000 9200 10000 12000 14500 -9000")
	irr := func(want, flows string) {
		t.Helper()
		x, err := InternalRate(c.Arith, c.list(flows))
		c.check("irr of "+flows, want, x, err)
	}
	irr("-0.021", "-70000 12000 15000 18000 21000")
	irr("0.087", "-70000 12000 15000 18000 21000 26000")
	irr("-0.444", "-70000 12000 15000")
	irr("0.1", "-100 110")
	irr("0.1", "-100 10 10 10 110")
	irr("0", "-100 50 50")
	x, err := EffectiveRate(c.Arith, c.n("0.0525"), number.Int(4))
	c.check("EFFECT(5.25%, 4)", "0.0535427", x, err)
	x, err = NominalRate(c.Arith, c.n("0.053543"), number.Int(4))
	c.check("NOMINAL(5.3543%, 4)", "0.05250032", x, err)
	x, err = Compound(c.Arith, number.Int(1000), c.n("0.05"), number.Int(2), number.Int(1))
	c.check("1000 at 5 % for 2 years", "1102.5", x, err)
	x, err = SimpleInterest(c.Arith, number.Int(1000), c.n("0.05"), c.n("1.5"))
	c.check("simple interest", "75", x, err)
	x, err = GrowthRate(c.Arith, number.Int(100), number.Int(121), number.Int(2))
	c.check("from 100 to 121 in 2 years", "0.1", x, err)
}

// TestRateIsARoot holds 30 digits of a rate against the equation that defines
// it, and that exact rates are exact.
func TestRateIsARoot(t *testing.T) {
	c := newCalc(t)
	flows := c.list("-70000 12000 15000 18000 21000 26000")
	r, err := InternalRate(c.Arith, flows)
	if err != nil || r.IsExact() {
		t.Fatalf("the rate is exact: %v, %v", r.IsExact(), err)
	}
	text, err := c.Text(r, 30)
	if err != nil {
		t.Fatal(err)
	}
	for end, want := range map[string]int{"below": 1, "above": -1} {
		x, err := c.Round(c.n(text.Decimal), 25, map[string]number.Rounding{"below": number.Floor, "above": number.Ceiling}[end])
		if err != nil {
			t.Fatal(err)
		}
		v, err := NetPresentValue(c.Arith, x, flows)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Sign(v); err != nil || got != want {
			t.Errorf("%s the rate the value has the sign %d, want %d; %v", end, got, want, err)
		}
	}
	if r, err := InternalRate(c.Arith, c.list("-100 110")); err != nil || !r.IsExact() {
		t.Errorf("10 %% is not exact; %v", err)
	}
}

func TestRefusals(t *testing.T) {
	c := newCalc(t)
	rate := func(flows ...number.Number) error {
		_, err := InternalRate(c.Arith, flows)
		return err
	}
	call := func(_ number.Number, err error) error { return err }
	half := number.Frac(1, 2)
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"two changes", rate(c.list("-100 230 -132")...), "change their sign 2 times"},
		{"no change", rate(c.list("100 230")...), "all cash flows go one way"},
		{"no flows", rate(), "all cash flows go one way"},
		{"a real flow", rate(c.Pi(), number.Int(-4)), "exact amounts"},
		{"too many", rate(make([]number.Number, 20_000)...), "the limit is 10001"},
		{"half a period", call(Rate(c.Arith, Annuity{Periods: half})), "whole number of periods"},
		{"no way", call(Periods(c.Arith, c.annuity("0.01 0 -1 1000 0"))), "never lead"},
		{"a rate of -1", call(FutureValue(c.Arith, c.annuity("-1 5 1 1 0"))), "above -1"},
		{"no periods", call(Payment(c.Arith, c.annuity("0.1 0 0 1000 0"))), "no periods"},
		{"period 0", call(Interest(c.Arith, c.annuity("0.1 3 0 1000 0"), number.Int(0))), "from 1 to"},
		{"period 4 of 3", call(Interest(c.Arith, c.annuity("0.1 3 0 1000 0"), number.Int(4))), "from 1 to"},
		{"half a year", call(EffectiveRate(c.Arith, half, half)), "positive whole number"},
		{"a margin of 1", call(PriceForMargin(c.Arith, half, number.Int(1))), "below 1"},
		{"growth from a loss", call(GrowthRate(c.Arith, number.Int(-1), number.Int(1), half)), "same sign"},
	} {
		var e *number.Error
		if !errors.As(tt.err, &e) || !strings.Contains(e.Message, tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, tt.err, tt.want)
		}
	}
}

func TestAllocate(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		amount, ratios string
		decimals       int
		want           string
	}{
		{"100", "1 1 1", 2, "33.34 33.33 33.33"},
		{"0.05", "3 7", 2, "0.02 0.03"}, // the example of Fowler, Money, with half cents: 0.015 and 0.035
		{"-100", "1 1 1", 2, "-33.34 -33.33 -33.33"},
		{"10", "1 1 1", 0, "4 3 3"},
		{"1000", "50 30 20", -2, "500 300 200"},
		{"100", "0 1 0", 2, "0 100 0"},
		{"0.01", "1 2 1", 2, "0 0.01 0"},
		{"17", "41 35 24", 0, "7 6 4"}, // Hamilton's method of seats: 6.97, 5.95, 4.08
	} {
		got, err := Allocate(c.Arith, c.n(tt.amount), c.list(tt.ratios), tt.decimals)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		var sum number.Number
		for _, x := range got {
			text, _ := c.Text(x, 0)
			texts = append(texts, text.Decimal)
			sum = must(c.Add(sum, x))
		}
		if diff := cmp.Diff(tt.want, strings.Join(texts, " ")); diff != "" {
			t.Errorf("%s by %s: (-want +got)\n%s", tt.amount, tt.ratios, diff)
		}
		if n, _ := c.Cmp(sum, c.n(tt.amount)); n != 0 {
			t.Errorf("%s by %s does not add up", tt.amount, tt.ratios)
		}
	}
	for _, tt := range []struct{ amount, ratios, want string }{
		{"0.005", "1 1", "more decimals"},
		{"1", "1 -1", "not negative"},
		{"1", "0 0", "positive"},
		{"1", "", "positive"},
	} {
		if _, err := Allocate(c.Arith, c.n(tt.amount), c.list(tt.ratios), 2); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s by %s: %v, want %q", tt.amount, tt.ratios, err, tt.want)
		}
	}
}

func TestPrices(t *testing.T) {
	c := newCalc(t)
	check := func(name, want string) func(number.Number, error) {
		return func(x number.Number, err error) { t.Helper(); c.check(name, want, x, err) }
	}
	check("markup", "0.25")(Markup(c.Arith, number.Int(80), number.Int(100)))
	check("margin", "0.2")(Margin(c.Arith, number.Int(80), number.Int(100)))
	check("price", "100")(PriceForMargin(c.Arith, number.Int(80), c.n("0.2")))
	check("discounts", "72")(Discount(c.Arith, number.Int(100), c.n("0.1"), c.n("0.2")))
	check("net", "100")(Net(c.Arith, number.Int(119), c.n("0.19")))
	check("half even", "2.66")(Round(c.Arith, c.n("2.665"), 2, number.HalfEven))
	check("half up", "2.67")(Round(c.Arith, c.n("2.665"), 2, number.HalfUp))
}

// TestAmortize has a loan of 100,000 at 6 % in 360 months, whose payment of
// 599.55 is in every table of loans, and sums that a bill must have.
func TestAmortize(t *testing.T) {
	c := newCalc(t)
	s, err := Amortize(c.Arith, number.Int(100_000), c.n("0.06/12"), 360, 2, number.HalfUp)
	c.check("payment", "599.55", s.Payment, err)
	c.check("paid less interest", "100000", must(c.Sub(s.TotalPaid, s.TotalInterest)), err)
	first := must(c.Mul(s.Payment, number.Int(359)))
	c.check("paid in all", text(c, must(c.Add(first, s.LastPayment))), s.TotalPaid, err)
	s, err = Amortize(c.Arith, c.n("0.6"), number.Int(0), 100, 2, number.HalfUp)
	c.check("a loan of cents", "0.6", s.TotalPaid, err)
	c.check("its last payment", "0.01", s.LastPayment, err)
	if _, err := Amortize(c.Arith, number.Int(1), number.Int(0), 1201, 2, number.HalfUp); err == nil {
		t.Error("1201 payments are accepted")
	}
}

func text(c calc, x number.Number) string {
	s, err := c.Text(x, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	return s.Decimal
}
