package number

import (
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	c := newCalc(t)
	zeros := strings.Repeat("0", 50)
	for _, tt := range []struct {
		x      Number
		digits int
		want   Text
	}{
		{Int(-42), 0, Text{Decimal: "-42", Exact: true, DecimalExact: true, Digits: 2}},
		{c.n("-123.4560"), 0, Text{Decimal: "-123.456", Exact: true, DecimalExact: true, Digits: 6, Fraction: "-15432/125"}},
		{c.n("1e-6"), 0, Text{Decimal: "0.000001", Exact: true, DecimalExact: true, Digits: 1, Fraction: "1/1000000"}},
		{c.n("1.5e-7"), 0, Text{Decimal: "1.5e-7", Exact: true, DecimalExact: true, Digits: 2, Fraction: "3/20000000"}},
		{Frac(1, 3), 5, Text{Decimal: "0.33333", Exact: true, Digits: 5, Fraction: "1/3"}},
		{Frac(2, 3), 5, Text{Decimal: "0.66667", Exact: true, Digits: 5, Fraction: "2/3"}},
		{Frac(-200000, 3), 3, Text{Decimal: "-6.67e4", Exact: true, Digits: 3, Fraction: "-200000/3"}},
		{Frac(1, 7), 1, Text{Decimal: "0.1", Exact: true, Digits: 1, Fraction: "1/7"}},
		{Frac(2999999, 3), 3, Text{Decimal: "1.00e6", Exact: true, Digits: 3, Fraction: "2999999/3"}},
		{c.n("1e30"), 0, Text{Decimal: "1000000000000000000000000000000", Exact: true, DecimalExact: true, Digits: 31}},
		{c.n("1000000000000000000000000.5"), 0, Text{Decimal: "1000000000000000000000000.5", Exact: true, DecimalExact: true, Digits: 26, Fraction: "2000000000000000000000001/2"}},
		{c.Pi(), 10, Text{Decimal: "3.141592654", Digits: 10, Symbolic: "pi"}},
		{c.must(c.Exp(Int(60))), 10, Text{Decimal: "1.142007390e26", Digits: 10}},
		{c.must(c.Exp(Int(-60))), 10, Text{Decimal: "8.756510763e-27", Digits: 10}},
		{c.must(c.Neg(c.must(c.Exp(Int(10))))), 10, Text{Decimal: "-22026.46579", Digits: 10}},
		{c.must(c.Pow(Int(10), Int(5000))), 0, Text{Decimal: "1" + zeros[1:] + "..." + zeros, Exact: true, Digits: 5001, Truncated: true}},
		{c.must(c.Sub(Int(1), c.must(c.Pow(Int(10), Int(5000))))), 0, Text{Decimal: "-" + strings.Repeat("9", 50) + "..." + strings.Repeat("9", 50), Exact: true, Digits: 5000, Truncated: true}},
		{c.must(c.Sub(c.must(c.Pow(Int(10), Int(1000))), Int(1))), 0, Text{Decimal: strings.Repeat("9", 1000), Exact: true, DecimalExact: true, Digits: 1000}},
	} {
		got, err := c.Text(tt.x, tt.digits)
		if err != nil {
			t.Fatal(err)
		}
		if got != tt.want {
			t.Errorf("got  %+v\nwant %+v", got, tt.want)
		}
	}
}

// TestTruncatedEnds compares the ends shown with the whole integer.
func TestTruncatedEnds(t *testing.T) {
	c := newCalc(t)
	for n := int64(2100); n < 2300; n++ {
		x := c.must(c.Pow(Int(3), Int(n)))
		s := x.int().String()
		got, err := c.Text(x, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := s
		if len(s) > 1000 {
			want = s[:50] + "..." + s[len(s)-50:]
		}
		if got.Decimal != want || got.Digits != len(s) {
			t.Fatalf("3^%d is %s with %d digits, want %s", n, got.Decimal, got.Digits, want)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	c := newCalc(t)
	for s, want := range map[string]string{
		"0": "0", "-0": "0", "0.000e999": "0", "007": "7", ".5": "1/2", "5.": "5", "+1.50": "3/2",
		"1.5e-3": "3/2000", "1E3": "1000", "1e+0003": "1000", "12e-1": "6/5", "-2.5e1": "-25",
		"9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808",
		"18446744073709551616.0": "18446744073709551616", "1e25": "10000000000000000000000000",
		"0.0000000000000000000000125": "1/80000000000000000000000",
	} {
		if got := c.text(c.n(s)); got != want {
			t.Errorf("%s is %s, want %s", s, got, want)
		}
	}
	for s, kind := range map[string]ErrorKind{
		"": Syntax, ".": Syntax, "-": Syntax, "1.2.3": Syntax, "1e": Syntax, "1e+": Syntax, "e5": Syntax, "1e5.0": Syntax,
		"--1": Syntax, " 1": Syntax, "1_000": Syntax, "0x10": Syntax, "1/2": Syntax, "inf": Syntax, "NaN": Syntax, "٣": Syntax, "1e--5": Syntax,
		"1e100001": Limit, "1e-99999999999999999999": Limit, strings.Repeat("7", 10_001): Limit, "0." + strings.Repeat("0", 10_000): Limit,
	} {
		var e *Error
		if _, err := c.ParseDecimal(s); !errors.As(err, &e) || e.Kind != kind {
			t.Errorf("%.30q: %v, want %s", s, err, kind)
		}
	}
}

func TestParseInteger(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		s    string
		base int
		want string
	}{
		{"ff", 16, "255"}, {"FF", 16, "255"}, {"1010", 2, "10"}, {"777", 8, "511"},
		{"ffffffffffffffffffff", 16, "1208925819614629174706175"},
	} {
		if got := c.text(c.must(c.ParseInteger(tt.s, tt.base))); got != tt.want {
			t.Errorf("%s in base %d is %s, want %s", tt.s, tt.base, got, tt.want)
		}
	}
	for _, s := range []string{"", "2", "-1", "+1", "1_1", "1111111111111111111111112", "-1111111111111111111111", "1_11111111111111111111"} {
		if x, err := c.ParseInteger(s, 2); err == nil {
			t.Errorf("%q in base 2 is %s", s, c.text(x))
		}
	}
}

// FuzzParseDecimal reads a literal, writes it and reads what was written: it is
// the same number, and 34 digits of a third of it are within half a unit.
func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"0", "-1.5e-3", "1e400", ".5", "9223372036854775808", "1e-50000", "123456789.123456789e-30", "1e", "--1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := New(t.Context(), Limits{LiteralExponent: 3000, LiteralDigits: 300, PrintedDigits: 4000}, 0)
		x, err := a.ParseDecimal(s)
		if err != nil {
			return
		}
		text, err := a.Text(x, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !text.Exact || !text.DecimalExact {
			t.Fatalf("%q is written as %+v", s, text)
		}
		b := New(t.Context(), Limits{LiteralDigits: 4000}, 0)
		y, err := b.ParseDecimal(text.Decimal)
		if err != nil || !same(x, y) {
			t.Fatalf("%q is written as %q, which is another number (%v)", s, text.Decimal, err)
		}
		third, err := a.Quo(x, Int(3))
		if err != nil {
			t.Fatal(err)
		}
		if text, err = a.Text(third, 34); err != nil {
			t.Fatal(err)
		}
		z, err := b.ParseDecimal(text.Decimal)
		if err != nil {
			t.Fatal(err)
		}
		// |z - third| <= |third| * 10^-33 / 2
		d, err := b.Sub(z, third)
		if err != nil {
			t.Fatal(err)
		}
		scaled, err := b.Mul(d, FromRat(new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(33), nil))))
		if err != nil {
			t.Fatal(err)
		}
		double := scaled.Rat()
		if double.Add(double, double).Abs(double).Cmp(new(big.Rat).Abs(third.rat())) > 0 {
			t.Fatalf("%q / 3 is written as %q", s, text.Decimal)
		}
	})
}
