package number

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestEnclose(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		a := New(t.Context(), Limits{}, 0)
		x := randomReal(r, a, 2)
		if s, err := a.Sign(x); err != nil || s == 0 {
			continue
		}
		const bits = 100
		lo, hi, err := a.Enclose(x, bits)
		if err != nil {
			t.Fatal(err)
		}
		l, _ := lo.Rat(nil)
		h, _ := hi.Rat(nil)
		below, err1 := a.Cmp(FromRat(l), x)
		above, err2 := a.Cmp(FromRat(h), x)
		if err1 != nil || err2 != nil || below > 0 || above < 0 {
			t.Fatalf("%v <= x <= %v is wrong: %d, %d, %v, %v", lo, hi, below, above, err1, err2)
		}
		width := new(big.Float).Sub(hi, lo)
		if size := new(big.Float).Abs(lo); width.Sign() != 0 && width.MantExp(nil)+bits > size.MantExp(nil)+1 {
			t.Errorf("%v to %v is wider than 2^-%d of it", lo, hi, bits)
		}
	}
}

func TestTextBetween(t *testing.T) {
	for _, c := range []struct {
		lo, hi string
		digits int
		want   string
	}{
		{"31415926/10000000", "31415927/10000000", 4, "3.142"},
		{"-1234567/1000", "-1234566/1000", 3, "-1.23e3"},
		{"1/3", "1/3", 5, "0.33333"},
		{"999999/1000000", "9999999/10000000", 3, "1.00"},
		{"1/80000000", "2/159999999", 4, "1.250e-8"},
		{"24/10", "26/10", 1, ""},
		{"-1/10", "1/10", 1, ""},
		{"0", "1/10", 1, ""},
	} {
		lo, _ := new(big.Rat).SetString(c.lo)
		hi, _ := new(big.Rat).SetString(c.hi)
		got, ok, err := New(t.Context(), Limits{}, 0).TextBetween(lo, hi, c.digits)
		if err != nil || got != c.want || ok != (c.want != "") {
			t.Errorf("between %s and %s to %d digits: %q, %v, %v; want %q", c.lo, c.hi, c.digits, got, ok, err, c.want)
		}
	}
}
