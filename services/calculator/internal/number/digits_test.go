package number

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func ratOf(f float64) *big.Rat { return new(big.Rat).SetFloat64(f) }

var allModes = []Rounding{HalfEven, HalfUp, HalfDown, TowardZero, AwayFromZero, Floor, Ceiling}

// power10 returns 10^n as a fraction.
func power10(n int) *big.Rat {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil)
	if n < 0 {
		return new(big.Rat).SetFrac(one, p)
	}
	return new(big.Rat).SetInt(p)
}

// roundByHand rounds x to n digits by the definitions of the modes: it chooses
// between the two neighbours.
func roundByHand(x *big.Rat, n int, mode Rounding) *big.Rat {
	if x.Sign() == 0 {
		return x
	}
	abs := new(big.Rat).Abs(x)
	exp := 0
	for abs.Cmp(power10(exp)) >= 0 {
		exp++
	}
	for abs.Cmp(power10(exp-1)) < 0 {
		exp--
	}
	unit := power10(exp - n)
	q := new(big.Rat).Quo(abs, unit)
	k := new(big.Int).Quo(q.Num(), q.Denom())
	low := new(big.Rat).Mul(new(big.Rat).SetInt(k), unit)
	high := new(big.Rat).Add(low, unit)
	if low.Cmp(abs) == 0 {
		return x
	}
	middle := new(big.Rat).Add(low, high)
	half := abs.Cmp(middle.Quo(middle, big.NewRat(2, 1)))
	up := map[Rounding]bool{
		HalfEven: half > 0 || half == 0 && k.Bit(0) == 1, HalfUp: half >= 0, HalfDown: half > 0,
		AwayFromZero: true, Floor: x.Sign() < 0, Ceiling: x.Sign() > 0,
	}[mode]
	if up {
		low = high
	}
	if x.Sign() < 0 {
		low.Neg(low)
	}
	return low
}

// TestRoundDigitsExact compares the rounding of fractions, ties among them.
func TestRoundDigitsExact(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(15, 16))
	for range 3000 {
		x := randomExact(r, c.Arith)
		n := 1 + r.IntN(12)
		if r.IntN(2) == 0 {
			// A tie, or next to a power of ten.
			x = c.n(fmt.Sprintf("%d5e%d", r.IntN(2000)-1000, r.IntN(30)-15))
		} else if r.IntN(4) == 0 {
			x = c.n(strings.Repeat("9", 1+r.IntN(15)) + ".9")
		}
		for _, mode := range allModes {
			want := roundByHand(x.Rat(), n, mode)
			if got := c.must(c.RoundDigits(x, n, mode)); !got.IsExact() || got.Rat().Cmp(want) != 0 {
				t.Fatalf("%s to %d digits by %s is %s, want %s", c.text(x), n, mode, c.text(got), want.RatString())
			}
		}
	}
	big := c.must(c.Pow(Int(3), Int(1_000_000)))
	if got := c.text(c.must(c.RoundDigits(big, 5, Floor))); !strings.HasPrefix(got, "1797700000") {
		t.Errorf("3^1000000 begins with %.10s", got)
	}
	tiny := c.must(c.RoundDigits(c.n("-1.25e-30000"), 2, HalfUp))
	if !same(tiny, c.n("-1.3e-30000")) {
		t.Errorf("-1.25e-30000 is rounded to %s", c.text(tiny))
	}
}

// TestRoundDigitsReal holds every function to its own digits: twice as many and
// ten more, cut, leave x between two neighbours, and no point where rounding
// changes is between those.
func TestRoundDigitsReal(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	all := append([]unary{(*Arith).Gamma, (*Arith).LogGamma, (*Arith).Digamma, (*Arith).Erf, (*Arith).Erfc, (*Arith).Expm1, (*Arith).Log1p}, functions...)
	compared := 0
	for range 50 {
		arg := Frac(r.Int64N(40_000)-8000, 1000+r.Int64N(3000))
		for i, f := range all {
			c := newCalc(t)
			x, err := f(c.Arith, arg)
			if err != nil || x.IsExact() {
				continue
			}
			n := 5 + r.IntN(60)
			if r.IntN(20) == 0 {
				n = 300
			}
			long := c.must(c.RoundDigits(x, 2*n+10, TowardZero)).Rat()
			unit := new(big.Rat).Abs(long)
			unit.Mul(unit, power10(-2*n-12))
			if long.Sign() < 0 {
				unit.Neg(unit)
			}
			inside := unit.Add(unit, long)
			for _, mode := range allModes {
				want := roundByHand(inside, n, mode)
				// A number of its own, so that nothing is remembered.
				y, err := f(New(t.Context(), Limits{}, 0), arg)
				if err != nil {
					t.Fatal(err)
				}
				if got := c.must(c.RoundDigits(y, n, mode)); got.Rat().Cmp(want) != 0 {
					t.Errorf("function %d of %s to %d digits by %s is %s, want %s", i, c.text(arg), n, mode, got.Rat().FloatString(n), want.FloatString(n))
				}
				compared++
			}
		}
	}
	if compared < 5000 {
		t.Fatalf("only %d numbers could be compared", compared)
	}
}

func TestRoundDigitsErrors(t *testing.T) {
	c := newCalc(t)
	square := c.must(c.Pow(c.must(c.Sin(Int(1))), Int(2)))
	unit := c.must(c.Add(square, c.must(c.Pow(c.must(c.Cos(Int(1))), Int(2)))))
	for _, tt := range []struct {
		x      Number
		digits int
		kind   ErrorKind
	}{
		{c.Pi(), 0, Domain}, {Int(1), -1, Domain}, {Frac(1, 3), 1e9, Limit}, {c.must(c.Sin(Int(1))), 1001, Limit}, {c.Pi(), 10_001, Limit},
	} {
		var e *Error
		if _, err := c.RoundDigits(tt.x, tt.digits, HalfEven); !errors.As(err, &e) || e.Kind != tt.kind {
			t.Errorf("%s to %d digits: %v", describe(tt.x), tt.digits, err)
		}
	}
	// It is 1, which is not known: to the nearest that does not matter, but
	// downwards it does.
	if got := c.must(c.RoundDigits(unit, 30, HalfEven)); !same(got, Int(1)) {
		t.Errorf("sin(1)^2 + cos(1)^2 is rounded to %s", c.text(got))
	}
	var e *Error
	if _, err := c.RoundDigits(unit, 30, Floor); !errors.As(err, &e) || e.Kind != Undecided {
		t.Errorf("sin(1)^2 + cos(1)^2 rounded down: %v", err)
	}
}

// TestConstantDigits computes 10,000 digits of the constants in other ways:
// Machin's formula, the sum of 1/k! and integer square roots.
func TestConstantDigits(t *testing.T) {
	const n, guard = 10_000, 10
	c := newCalc(t)
	scale := func(k int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n+guard+k)), nil) }
	atanInv := func(x int64) *big.Int {
		sum, pow, sq := new(big.Int), new(big.Int).Quo(scale(-1), big.NewInt(x)), big.NewInt(x*x)
		for k := int64(1); pow.Sign() != 0; k += 2 {
			if d := new(big.Int).Quo(pow, big.NewInt(k)); k&2 == 0 {
				sum.Add(sum, d)
			} else {
				sum.Sub(sum, d)
			}
			pow.Quo(pow, sq)
		}
		return sum
	}
	pi := new(big.Int).Mul(big.NewInt(16), atanInv(5))
	pi.Sub(pi, new(big.Int).Mul(big.NewInt(4), atanInv(239)))
	e, term := new(big.Int), scale(-1)
	for k := int64(1); term.Sign() != 0; k++ {
		e.Add(e, term)
		term.Quo(term, big.NewInt(k))
	}
	root := func(x int64) *big.Int {
		s := scale(-1)
		return s.Sqrt(s.Mul(s, s).Mul(s, big.NewInt(x)))
	}
	phi := root(5)
	phi.Add(phi, scale(-1)).Rsh(phi, 1)
	for name, tt := range map[string]struct {
		x    Number
		want *big.Int
	}{
		"pi": {c.Pi(), pi}, "e": {c.E(), e}, "sqrt(2)": {c.must(c.Sqrt(Int(2))), root(2)},
		"phi": {c.must(c.Quo(c.must(c.Add(c.must(c.Sqrt(Int(5))), Int(1))), Int(2))), phi},
	} {
		got, err := c.Text(tt.x, n)
		if err != nil {
			t.Fatal(name, err)
		}
		want := roundQuo(tt.want, new(big.Int).Exp(big.NewInt(10), big.NewInt(guard), nil), HalfEven).String()
		if got.Decimal != want[:1]+"."+want[1:] || got.Digits != n {
			t.Errorf("%s ends in %s, want %s", name, got.Decimal[len(got.Decimal)-20:], want[n-20:])
		}
	}
	third, err := c.Text(Frac(1, 3), n)
	if err != nil || third.Decimal != "0."+strings.Repeat("3", n) {
		t.Errorf("1/3 has %d digits (%v)", third.Digits, err)
	}
}

func TestFormat(t *testing.T) {
	c := newCalc(t)
	root := c.must(c.Sqrt(Int(2)))
	half := c.must(c.Quo(root, Int(2)))
	for _, tt := range []struct {
		x     Number
		style Style
		want  string
		exact bool
	}{
		{c.n("1.5"), Auto, "1.5", true},
		{Frac(1, 3), Auto, "0.333333", false},
		{Frac(-1, 3), Fraction, "-1/3", true},
		{Int(-7), Fraction, "-7", true},
		{half, Fraction, "sqrt(2)/2", true},
		{c.n("1e30"), Decimal, "1000000000000000000000000000000", true},
		{c.n("1.5e-9"), Decimal, "0.0000000015", true},
		{c.must(c.Exp(Int(20))), Decimal, "485165000", false},
		{c.must(c.Exp(Int(60))), Decimal, "114201000000000000000000000", false},
		{c.must(c.Exp(Int(-20))), Decimal, "0.00000000206115", false},
		{c.must(c.Neg(c.must(c.Exp(Int(-20))))), Decimal, "-0.00000000206115", false},
		{Int(0), Scientific, "0e0", true},
		{Int(1200), Scientific, "1.2e3", true},
		{Int(-1234567), Scientific, "-1.23457e6", false},
		{Frac(1, 3), Scientific, "3.33333e-1", false},
		{c.n("0.00015"), Scientific, "1.5e-4", true},
		{c.n("999999.5"), Scientific, "1.00000e6", false},
		{c.Pi(), Scientific, "3.14159e0", false},
		{Int(1200), Engineering, "1.2e3", true},
		{Int(100_000), Engineering, "100e3", true},
		{c.n("0.00015"), Engineering, "150e-6", true},
		{Int(-1234567), Engineering, "-1.23457e6", false},
		{c.n("12345678"), Engineering, "12.3457e6", false},
		{c.Pi(), Engineering, "3.14159e0", false},
		{Int(255), Hex, "0xff", true},
		{Int(-255), Hex, "-0xff", true},
		{Int(0), Binary, "0b0", true},
		{Int(5), Binary, "0b101", true},
		{c.must(c.Pow(Int(2), Int(4096))), Hex, "0x1" + strings.Repeat("0", 49) + "..." + strings.Repeat("0", 50), false},
		{Frac(-1, 3), LaTeX, `-\frac{1}{3}`, true},
		{half, LaTeX, `\frac{\sqrt{2}}{2}`, true},
		{c.must(c.Add(Frac(-1, 2), c.must(c.Mul(root, Frac(3, 4))))), LaTeX, `-\frac{1}{2} + \frac{3 \sqrt{2}}{4}`, true},
		{c.must(c.Mul(c.Pi(), Int(2))), LaTeX, `2 \pi`, true},
		{c.must(c.Gamma(Frac(5, 2))), LaTeX, `\frac{3 \sqrt{\pi}}{4}`, true},
		{c.must(c.Log(Int(8))), LaTeX, `3 \ln 2`, true},
		{c.Euler(), LaTeX, `\gamma`, true},
		{c.must(c.Exp(Int(-20))), LaTeX, `2.06115 \times 10^{-9}`, false},
		{c.must(c.Sin(Int(1))), LaTeX, `0.841471`, false},
	} {
		got, err := c.Format(tt.x, 6, tt.style, HalfEven)
		if err != nil || got.Text != tt.want || got.Exact != tt.exact {
			t.Errorf("%s of %s: %+v (%v), want %s, exact %v", tt.style, describe(tt.x), got, err, tt.want, tt.exact)
		}
	}
	for _, tt := range []struct {
		x     Number
		style Style
		kind  ErrorKind
	}{
		{c.must(c.Sin(Int(1))), Fraction, Domain}, {Frac(1, 2), Hex, Domain}, {c.Pi(), Binary, Domain},
		{c.must(c.Exp(Int(3000))), Decimal, Limit}, {c.must(c.Pow(Frac(2, 3), Int(5000))), Fraction, Limit},
	} {
		var e *Error
		if got, err := c.Format(tt.x, 6, tt.style, HalfEven); !errors.As(err, &e) || e.Kind != tt.kind {
			t.Errorf("%s of %s: %+v, %v", tt.style, describe(tt.x), got, err)
		}
	}
	for i, name := range styles {
		if s, err := ParseStyle(name); err != nil || s != Style(i) || s.String() != name {
			t.Errorf("style %q: %v, %v", name, s, err)
		}
	}
	if _, err := ParseStyle("roman"); err == nil {
		t.Error("a style roman is known")
	}
}

// TestTextModes writes in all modes what is between two numbers of 3 digits.
func TestTextModes(t *testing.T) {
	c := newCalc(t)
	for mode, want := range map[Rounding][3]string{
		HalfEven: {"1.12", "2.72", "-3.14"}, HalfUp: {"1.13", "2.72", "-3.14"}, HalfDown: {"1.12", "2.72", "-3.14"},
		TowardZero: {"1.12", "2.71", "-3.14"}, AwayFromZero: {"1.13", "2.72", "-3.15"},
		Floor: {"1.12", "2.71", "-3.15"}, Ceiling: {"1.13", "2.72", "-3.14"},
	} {
		for i, x := range []Number{c.n("1.125"), c.E(), c.must(c.Neg(c.Pi()))} {
			got, err := c.Format(x, 3, Scientific, mode)
			if err != nil || got.Text != want[i]+"e0" {
				t.Errorf("number %d by %s: %s (%v), want %s", i, mode, got.Text, err, want[i])
			}
		}
	}
	text, err := c.TextRounded(c.E(), 3, Floor)
	if err != nil || text.Decimal != "2.71" {
		t.Errorf("e rounded down is %s (%v)", text.Decimal, err)
	}
}
