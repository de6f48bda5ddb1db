package number

import (
	"errors"
	"strings"
	"testing"
)

// TestPositiveRoot compares with roots that have closed forms: exact fractions,
// square roots and cube roots, which are evaluated by other means.
func TestPositiveRoot(t *testing.T) {
	c := newCalc(t)
	root := func(coeffs ...string) Number {
		var list []Number
		for _, s := range coeffs {
			list = append(list, c.n(s))
		}
		x, err := c.PositiveRoot(list)
		if err != nil {
			t.Fatalf("%v: %v", coeffs, err)
		}
		return x
	}
	for _, tt := range []struct{ got, want Number }{
		{root("-110", "100"), Frac(11, 10)},
		{root("-121", "0", "100"), Frac(11, 10)},
		{root("-1", "0", "0", "8"), Frac(1, 2)},
		{root("0", "0", "-0.3", "0.1"), Int(3)},
		{root("-1e30", "0", "1"), c.n("1e15")},
		{root("1", "0", "-1e30"), c.n("1e-15")},
	} {
		if !same(tt.got, tt.want) {
			t.Errorf("the root %s, want %s", c.text(tt.got), c.text(tt.want))
		}
	}
	golden := c.must(c.Quo(c.must(c.Add(Int(1), c.must(c.Sqrt(Int(5))))), Int(2)))
	for _, tt := range []struct{ got, want Number }{
		{root("-2", "0", "1"), c.must(c.Sqrt(Int(2)))},
		{root("-1", "-1", "1"), golden},
		{root("-7", "0", "0", "1"), c.must(c.Cbrt(Int(7)))},
		{root("-2", "0", "1e60"), c.must(c.Quo(c.must(c.Sqrt(Int(2))), c.n("1e30")))},
		{root("-2e60", "0", "1"), c.must(c.Mul(c.must(c.Sqrt(Int(2))), c.n("1e30")))},
	} {
		for _, digits := range []int{5, 34, 300, 1000} {
			got, err := c.Text(tt.got, digits)
			if err != nil {
				t.Fatal(err)
			}
			want, err := c.Text(tt.want, digits)
			if err != nil || got.Decimal != want.Decimal || got.Exact {
				t.Errorf("the root %s (exact %v), want %s", got.Decimal, got.Exact, want.Decimal)
			}
		}
	}
	if x, y := root("-3", "1", "2", "5"), root("-6", "2", "4", "10"); c.text(c.must(c.Sub(root("-3", "1", "2", "5"), x))) != "0" || c.text(x) != c.text(y) {
		t.Errorf("%s and %s", c.text(x), c.text(y))
	}
}

func TestPositiveRootRefusals(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		coeffs []Number
		kind   ErrorKind
		want   string
	}{
		{nil, Domain, "change 0 times"},
		{[]Number{Int(1), Int(2)}, Domain, "change 0 times"},
		{[]Number{Int(2), Int(-3), Int(1)}, Domain, "change 2 times"},
		{[]Number{c.Pi(), Int(-3)}, Domain, "exact"},
		{make([]Number, 20_000), Limit, "the limit is 10,000"},
	} {
		var e *Error
		if _, err := c.PositiveRoot(tt.coeffs); !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message, tt.want) {
			t.Errorf("%v: want %q", err, tt.want)
		}
	}
}

// BenchmarkPositiveRoot is the rate of a loan with 360 payments.
func BenchmarkPositiveRoot(b *testing.B) {
	coeffs := []Number{Int(-200_000)}
	for range 360 {
		coeffs = append(coeffs, Int(1073))
	}
	for b.Loop() {
		a := New(b.Context(), Limits{}, 34)
		x, err := a.PositiveRoot(coeffs)
		if err == nil {
			_, err = a.Text(x, 0)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
