package number

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestFloat64 holds the borders between doubles (IEEE 754-2019, 3.4 and 4.3.1).
func TestFloat64(t *testing.T) {
	c := newCalc(t)
	pow2 := func(e int64) Number { return c.must(c.Pow(Int(2), Int(e))) }
	add := func(x, y Number) Number { return c.must(c.Add(x, y)) }
	mul := func(x, y Number) Number { return c.must(c.Mul(x, y)) }
	tiny := c.must(c.Exp(Int(-3000)))
	least := pow2(-1074)
	for _, tt := range []struct {
		name string
		x    Number
		want float64
	}{
		{"0", Int(0), 0},
		{"the greatest int64", Int(math.MaxInt64), 1 << 63},
		{"2^53 + 1 is halfway, down to even", Int(1<<53 + 1), 1 << 53},
		{"2^53 + 3 is halfway, up to even", Int(1<<53 + 3), 1<<53 + 4},
		{"-(2^53 + 1)", Int(-1<<53 - 1), -1 << 53},
		{"2^90 + 2^37, halfway", add(pow2(90), pow2(37)), 0x1p90},
		{"2^90 + 2^37 + 1", add(add(pow2(90), pow2(37)), Int(1)), 0x1.0000000000001p90},
		{"1 + 2^-53, halfway", add(Int(1), pow2(-53)), 1},
		{"1 + 3*2^-53, halfway", add(Int(1), mul(Int(3), pow2(-53))), 0x1.0000000000002p0},
		{"1 + 2^-53 + 2^-500", add(add(Int(1), pow2(-53)), pow2(-500)), 0x1.0000000000001p0},
		{"1 + 2^-53 + e^-3000", add(add(Int(1), pow2(-53)), tiny), 0x1.0000000000001p0},
		{"1 + 2^-53 - e^-3000", add(add(Int(1), pow2(-53)), c.neg(tiny)), 1},
		{"1/10", Frac(1, 10), 0.1},
		{"-1/3", Frac(-1, 3), -1.0 / 3},
		{"pi", c.Pi(), math.Pi},
		{"-e", c.neg(c.E()), -math.E},
		{"sqrt(2)", c.must(c.Sqrt(Int(2))), math.Sqrt2},
		{"the least double", least, math.SmallestNonzeroFloat64},
		{"half of it, down to even", pow2(-1075), 0},
		{"more than half of it", add(pow2(-1075), pow2(-2000)), math.SmallestNonzeroFloat64},
		{"3/2 of it, up to even", mul(Int(3), pow2(-1075)), 2 * math.SmallestNonzeroFloat64},
		{"-pi times it", mul(c.neg(c.Pi()), least), -3 * math.SmallestNonzeroFloat64},
		{"halfway between the greatest subnormal and the least normal", add(pow2(-1022), c.neg(pow2(-1075))), 0x1p-1022},
		{"e^-3000", tiny, 0},
		{"10^-400", c.n("1e-400"), 0},
		{"the greatest double", FromBigInt(mantissa(1<<53-1, 971)), math.MaxFloat64},
		{"just below the overflow", add(add(pow2(1024), c.neg(pow2(970))), Int(-1)), math.MaxFloat64},
	} {
		if got, err := c.Float64(tt.x); err != nil || got != tt.want {
			t.Errorf("%s: %g (%x), %v; want %g", tt.name, got, got, err, tt.want)
		}
	}
	for name, x := range map[string]Number{
		"halfway to 2^1024": add(pow2(1024), c.neg(pow2(970))),
		"2^1024":            pow2(1024),
		"-10^400":           c.n("-1e400"),
		"e^710":             c.must(c.Exp(Int(710))),
		"e^1000000":         c.must(c.Exp(Int(1_000_000))),
	} {
		var e *Error
		if f, err := c.Float64(x); !errors.As(err, &e) || e.Kind != Limit {
			t.Errorf("%s: %g, %v; want a limit", name, f, err)
		}
	}
}

// mantissa returns m*2^e.
func mantissa(m int64, e uint) *big.Int { return new(big.Int).Lsh(big.NewInt(m), e) }

// TestFloat64Fractions compares with big.Rat, which rounds fractions by a method
// of its own.
func TestFloat64Fractions(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		x := new(big.Rat).SetFrac(mantissa(r.Int64()-1<<62, uint(r.IntN(1000))), mantissa(r.Int64()+1, uint(r.IntN(1100))))
		want, _ := x.Float64()
		if got, err := c.Float64(FromRat(x)); got != want && !math.IsInf(want, 0) || (err != nil) != math.IsInf(want, 0) {
			t.Fatalf("%s: %g, %v; want %g", x, got, err, want)
		}
	}
}

// TestFloat64Functions compares with the standard library, whose functions are
// within one unit of the last place of the value.
func TestFloat64Functions(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		f := math.Ldexp(r.Float64()-0.5, r.IntN(12)-3)
		x, err := FromFloat64(f)
		if err != nil {
			t.Fatal(err)
		}
		for name, g := range map[string]struct {
			exact  unary
			double func(float64) float64
		}{"sin": {(*Arith).Sin, math.Sin}, "exp": {(*Arith).Exp, math.Exp}, "atan": {(*Arith).Atan, math.Atan}} {
			got, err := c.Float64(c.must(g.exact(c.Arith, x)))
			want := g.double(f)
			if err != nil || got < math.Nextafter(want, math.Inf(-1)) || got > math.Nextafter(want, math.Inf(1)) {
				t.Errorf("%s(%g) = %g, %v; want %g", name, f, got, err, want)
			}
		}
	}
}

func TestFromFloat64(t *testing.T) {
	c := newCalc(t)
	for _, f := range []float64{0, 1, -0.1, math.Pi, math.MaxFloat64, -math.SmallestNonzeroFloat64, 0x1.8p-1060, 1e22} {
		x, err := FromFloat64(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Float64(x); err != nil || got != f {
			t.Errorf("%g comes back as %g, %v", f, got, err)
		}
	}
	if x, _ := FromFloat64(0.1); c.text(x) != "3602879701896397/36028797018963968" {
		t.Errorf("0.1 is %s", c.text(x))
	}
	for _, f := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		var e *Error
		if _, err := FromFloat64(f); !errors.As(err, &e) || e.Kind != Domain {
			t.Errorf("%g: %v, want a domain error", f, err)
		}
	}
}
