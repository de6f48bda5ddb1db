package number

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// edge returns an integer at or near a power of two where machine words end.
func edge(r *rand.Rand) *big.Int {
	x := new(big.Int)
	if k := [...]uint{0, 4, 31, 32, 62, 63, 64, 70}[r.IntN(8)]; k > 0 {
		x.Lsh(one, k)
	}
	if r.IntN(4) == 0 {
		x.SetUint64(r.Uint64() >> r.IntN(64))
	}
	x.Add(x, big.NewInt(int64(r.IntN(7)-3)))
	if r.IntN(2) == 0 {
		x.Neg(x)
	}
	return x
}

// edgeFraction returns the quotient of two such integers, or of one and a
// power of ten.
func edgeFraction(r *rand.Rand) *big.Rat {
	den := edge(r)
	if r.IntN(3) == 0 {
		den.SetInt64(pow10[r.IntN(len(pow10))])
	}
	if den.Sign() == 0 {
		den.Set(one)
	}
	return new(big.Rat).SetFrac(edge(r), den)
}

// checkForm checks that x is the fraction want, in its only form.
func checkForm(t *testing.T, what string, x Number, want *big.Rat) {
	t.Helper()
	if x.Rat() == nil || x.Rat().Cmp(want) != 0 {
		t.Fatalf("%s = %v, want %s", what, x.Rat(), want.RatString())
	}
	word := func(x *big.Int) bool { return x.CmpAbs(big.NewInt(math.MaxInt64)) <= 0 }
	switch x.ref.(type) {
	case nil:
		if !want.IsInt() || !want.Num().IsInt64() {
			t.Fatalf("%s is kept as a small integer", what)
		}
	case *big.Int:
		if !want.IsInt() || want.Num().IsInt64() {
			t.Fatalf("%s is kept as a long integer", what)
		}
	case fraction:
		if want.IsInt() || x.i != want.Num().Int64() || x.d != want.Denom().Int64() {
			t.Fatalf("%s is kept as %d/%d", what, x.i, x.d)
		}
	case *big.Rat:
		if want.IsInt() || word(want.Num()) && word(want.Denom()) {
			t.Fatalf("%s is kept as a long fraction", what)
		}
	}
	if y := FromRat(want); !same(x, y) || x.hash() != y.hash() || x.Kind() != y.Kind() || x.sign() != want.Sign() {
		t.Fatalf("%s is not the same as what it is equal to", what)
	}
	num, den, ok := x.Fraction()
	if !ok || num.BigInt().Cmp(want.Num()) != 0 || den.BigInt().Cmp(want.Denom()) != 0 {
		t.Fatalf("%s in lowest terms is %v/%v", what, num.BigInt(), den.BigInt())
	}
	if n, d := x.bitLens(); n != want.Num().BitLen() || d != want.Denom().BitLen() {
		t.Fatalf("%s has %d and %d bits", what, n, d)
	}
}

// TestFractionsAgainstBigRat compares the arithmetic of machine words with
// that of math/big where words overflow.
func TestFractionsAgainstBigRat(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(1, 63))
	for range 20_000 {
		p, q := edgeFraction(r), edgeFraction(r)
		x, y := FromRat(p), FromRat(q)
		checkForm(t, p.RatString(), x, p)
		name := p.RatString() + ", " + q.RatString()
		checkForm(t, "the sum of "+name, c.must(c.Add(x, y)), new(big.Rat).Add(p, q))
		checkForm(t, "the difference of "+name, c.must(c.Sub(x, y)), new(big.Rat).Sub(p, q))
		checkForm(t, "the product of "+name, c.must(c.Mul(x, y)), new(big.Rat).Mul(p, q))
		checkForm(t, "the negative of "+name, c.must(c.Neg(x)), new(big.Rat).Neg(p))
		if got, err := c.Cmp(x, y); err != nil || got != p.Cmp(q) {
			t.Fatalf("comparing %s: %d, %v", name, got, err)
		}
		if got, err := c.Cmp(x, x); err != nil || got != 0 {
			t.Fatalf("comparing %s with itself: %d, %v", name, got, err)
		}
		if q.Sign() != 0 {
			quo := new(big.Rat).Quo(p, q)
			checkForm(t, "the quotient of "+name, c.must(c.Quo(x, y)), quo)
			floor := new(big.Rat).SetInt(new(big.Int).Div(quo.Num(), quo.Denom()))
			checkForm(t, "the whole quotient of "+name, c.must(c.FloorDiv(x, y)), floor)
			checkForm(t, "the remainder of "+name, c.must(c.Mod(x, y)), new(big.Rat).Sub(p, floor.Mul(floor, q)))
		}
		if p.Num().IsInt64() && q.Num().IsInt64() && q.Sign() != 0 {
			checkForm(t, "the fraction of "+name, Frac(p.Num().Int64(), q.Num().Int64()), new(big.Rat).SetFrac(p.Num(), q.Num()))
		}
		f, err := c.Float64(x)
		if want, _ := p.Float64(); err != nil || f != want {
			t.Fatalf("%s as a double: %v, %v, want %v", p.RatString(), f, err, want)
		}
	}
}

// TestLeastNumerator reaches a numerator of -2^63 exactly.
func TestLeastNumerator(t *testing.T) {
	c := newCalc(t)
	third := Frac(-1<<62, 3)
	want := new(big.Rat).SetFrac(big.NewInt(math.MinInt64), big.NewInt(3))
	for what, x := range map[string]Number{
		"a sum":        c.must(c.Add(third, third)),
		"a difference": c.must(c.Sub(third, c.must(c.Neg(third)))),
		"a product":    c.must(c.Mul(third, Int(2))),
		"a quotient":   c.must(c.Quo(Int(math.MinInt64), Int(3))),
		"a fraction":   Frac(math.MinInt64, 3),
		"a negative":   c.must(c.Neg(c.must(c.Neg(Frac(math.MinInt64, 3))))),
	} {
		checkForm(t, what, x, want)
	}
}

// TestRoundingFractions compares with definitions of the modes.
func TestRoundingFractions(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(2, 63))
	half := big.NewRat(1, 2)
	floor := func(x *big.Rat) *big.Int { return new(big.Int).Div(x.Num(), x.Denom()) }
	ceil := func(x *big.Rat) *big.Int { return new(big.Int).Neg(floor(new(big.Rat).Neg(x))) }
	for n := range 5000 {
		x := edgeFraction(r)
		if n%4 == 0 {
			x.SetFrac(edge(r), big.NewInt(2))
		}
		up, down := floor(new(big.Rat).Add(x, half)), ceil(new(big.Rat).Sub(x, half))
		even, away, toward := up, up, down
		if up.Bit(0) != 0 {
			even = down
		}
		out, in := ceil(x), floor(x)
		if x.Sign() < 0 {
			away, toward, out, in = toward, away, in, out
		}
		for mode, want := range map[Rounding]*big.Int{
			Floor: floor(x), Ceiling: ceil(x), TowardZero: in, AwayFromZero: out, HalfEven: even, HalfUp: away, HalfDown: toward,
		} {
			got := c.must(c.Round(FromRat(x), 0, mode))
			checkForm(t, x.RatString()+" rounded "+mode.String(), got, new(big.Rat).SetInt(want))
		}
	}
}

func TestSmallFractionsDoNotAllocate(t *testing.T) {
	c := newCalc(t)
	x, y := Frac(-7, 10), Frac(3, 4)
	if n := testing.AllocsPerRun(100, func() {
		z, _ := c.Add(x, y)
		z, _ = c.Mul(z, y)
		z, _ = c.Sub(z, x)
		z, _ = c.Quo(z, y)
		_, _ = c.Cmp(z, x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestShortDecimals reads and writes decimals that fit machine words, and some
// that just do not.
func TestShortDecimals(t *testing.T) {
	c := newCalc(t)
	for s, want := range map[string]Text{
		"0.1":                  {Decimal: "0.1", Fraction: "1/10", Digits: 1},
		"-12.50":               {Decimal: "-12.5", Fraction: "-25/2", Digits: 3},
		"0.000015":             {Decimal: "0.000015", Fraction: "3/200000", Digits: 2},
		"0.00000015":           {Decimal: "1.5e-7", Fraction: "3/20000000", Digits: 2},
		".00000000000000001":   {Decimal: "1e-17", Fraction: "1/100000000000000000", Digits: 1},
		"99999999999999999.9":  {Decimal: "99999999999999999.9", Fraction: "999999999999999999/10", Digits: 18},
		"999999999999999999.9": {Decimal: "999999999999999999.9", Fraction: "9999999999999999999/10", Digits: 19},
		"-922337203685477580.7": {
			Decimal: "-922337203685477580.7", Fraction: "-9223372036854775807/10", Digits: 19,
		},
		"922337203685477580.9": {Decimal: "922337203685477580.9", Fraction: "9223372036854775809/10", Digits: 19},
		"0.5e-17":              {Decimal: "5e-18", Fraction: "1/200000000000000000", Digits: 1},
		"5e-20":                {Decimal: "5e-20", Fraction: "1/20000000000000000000", Digits: 1},
	} {
		want.Exact, want.DecimalExact = true, true
		if got, err := c.Text(c.n(s), 0); err != nil || got != want {
			t.Errorf("%s is written as %+v, %v", s, got, err)
		}
	}
	r := rand.New(rand.NewPCG(3, 63))
	for range 5000 {
		den := big.NewInt(5)
		den.Exp(den, big.NewInt(r.Int64N(20)), nil).Lsh(den, uint(r.IntN(40)))
		want := new(big.Rat).SetFrac(edge(r), den)
		text, err := c.Text(FromRat(want), 0)
		got, ok := new(big.Rat).SetString(text.Decimal)
		if err != nil || !ok || !text.DecimalExact || got.Cmp(want) != 0 {
			t.Fatalf("%s is written as %+v, %v", want.RatString(), text, err)
		}
		if again := c.n(text.Decimal); !same(again, FromRat(want)) {
			t.Fatalf("%s is read as %s", text.Decimal, c.text(again))
		}
	}
}
