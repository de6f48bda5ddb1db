package number

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// calc makes numbers in tests: an error ends the test.
type calc struct {
	*Arith
	t *testing.T
}

func newCalc(t *testing.T) calc { return calc{New(t.Context(), Limits{}, 34), t} }

func (c calc) n(s string) Number {
	c.t.Helper()
	return c.must(c.ParseDecimal(s))
}

func (c calc) must(x Number, err error) Number {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return x
}

func (c calc) text(x Number) string {
	c.t.Helper()
	s, err := c.Text(x, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	if s.Fraction != "" {
		return s.Fraction
	}
	if s.Symbolic != "" {
		return s.Symbolic
	}
	return s.Decimal
}

func TestExactOperations(t *testing.T) {
	c := newCalc(t)
	type op func(x, y Number) (Number, error)
	for _, tt := range []struct {
		name string
		f    op
		x, y string
		want string
	}{
		{"add", c.Add, "9223372036854775807", "1", "9223372036854775808"},
		{"add", c.Add, "-9223372036854775808", "-1", "-9223372036854775809"},
		{"add", c.Add, "0.1", "0.2", "3/10"},
		{"add", c.Add, "9223372036854775808", "-1", "9223372036854775807"},
		{"sub", c.Sub, "-9223372036854775808", "1", "-9223372036854775809"},
		{"sub", c.Sub, "0", "-9223372036854775808", "9223372036854775808"},
		{"sub", c.Sub, "1.5", "0.5", "1"},
		{"mul", c.Mul, "-9223372036854775808", "-1", "9223372036854775808"},
		{"mul", c.Mul, "4294967296", "2147483648", "9223372036854775808"},
		{"mul", c.Mul, "-4294967296", "2147483648", "-9223372036854775808"},
		{"mul", c.Mul, "3037000500", "3037000500", "9223372037000250000"},
		{"mul", c.Mul, "0", "1e400", "0"},
		{"mul", c.Mul, "0.5", "4", "2"},
		{"quo", c.Quo, "1", "3", "1/3"},
		{"quo", c.Quo, "-9223372036854775808", "-1", "9223372036854775808"},
		{"quo", c.Quo, "6", "-4", "-3/2"},
		{"quo", c.Quo, "1e30", "1e29", "10"},
		{"quo", c.Quo, "0", "7", "0"},
		{"floordiv", c.FloorDiv, "-7", "3", "-3"},
		{"floordiv", c.FloorDiv, "7", "-3", "-3"},
		{"floordiv", c.FloorDiv, "-9223372036854775808", "-1", "9223372036854775808"},
		{"floordiv", c.FloorDiv, "-7.5", "2", "-4"},
		{"floordiv", c.FloorDiv, "-1e30", "7", "-142857142857142857142857142858"},
		{"mod", c.Mod, "-7", "3", "2"},
		{"mod", c.Mod, "7", "-3", "-2"},
		{"mod", c.Mod, "-9223372036854775808", "-1", "0"},
		{"mod", c.Mod, "-7.5", "2", "1/2"},
		{"mod", c.Mod, "-1e30", "7", "6"},
		{"rem", c.Rem, "-7", "3", "-1"},
		{"rem", c.Rem, "7", "-3", "1"},
		{"rem", c.Rem, "-7.5", "2", "-3/2"},
		{"pow", c.Pow, "0", "0", "1"},
		{"pow", c.Pow, "2", "63", "9223372036854775808"},
		{"pow", c.Pow, "-2", "63", "-9223372036854775808"},
		{"pow", c.Pow, "-1", "1e30", "1"},
		{"pow", c.Pow, "2", "-3", "1/8"},
		{"pow", c.Pow, "-0.5", "-3", "-8"},
		{"pow", c.Pow, "0.75", "2", "9/16"},
		{"pow", c.Pow, "8", "0.5", "2*sqrt(2)"},
		{"pow", c.Pow, "6.25", "1.5", "125/8"},
		{"pow", c.Pow, "32", "-0.4", "1/4"},
		{"pow", c.Pow, "1e60", "0.5", "1000000000000000000000000000000"},
		{"pow", c.Pow, "0", "0.5", "0"},
		{"gcd", c.GCD, "-12", "18", "6"},
		{"gcd", c.GCD, "0", "0", "0"},
		{"gcd", c.GCD, "-9223372036854775808", "0", "9223372036854775808"},
		{"gcd", c.GCD, "1e40", "36", "4"},
		{"lcm", c.LCM, "-4", "6", "12"},
		{"lcm", c.LCM, "0", "6", "0"},
		{"lcm", c.LCM, "4294967296", "4294967297", "18446744078004518912"},
		{"logbase", c.LogBase, "8", "4", "3/2"},
		{"logbase", c.LogBase, "0.125", "0.5", "3"},
		{"logbase", c.LogBase, "1", "7", "0"},
	} {
		if got := c.text(c.must(tt.f(c.n(tt.x), c.n(tt.y)))); got != tt.want {
			t.Errorf("%s(%s, %s) = %s, want %s", tt.name, tt.x, tt.y, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	c := newCalc(t)
	two := func(f func(x, y Number) (Number, error), x, y string) func() error {
		return func() error { _, err := f(c.n(x), c.n(y)); return err }
	}
	of := func(f func(x Number) (Number, error), x Number) func() error {
		return func() error { _, err := f(x); return err }
	}
	half := c.must(c.Quo(c.Pi(), Int(2)))
	for _, tt := range []struct {
		name    string
		f       func() error
		kind    ErrorKind
		message string
	}{
		{"1/0", two(c.Quo, "1", "0"), DivisionByZero, "division by zero: 1 / 0"},
		{"pi/0", func() error { _, err := c.Quo(c.Pi(), Int(0)); return err }, DivisionByZero, "division by zero: pi / 0"},
		{"1 mod 0", two(c.Mod, "1", "0"), DivisionByZero, ""},
		{"1 // 0", two(c.FloorDiv, "1.5", "0"), DivisionByZero, ""},
		{"0^-1", two(c.Pow, "0", "-1"), DivisionByZero, ""},
		{"0^-0.5", two(c.Pow, "0", "-0.5"), DivisionByZero, ""},
		{"(-8)^0.5", two(c.Pow, "-8", "0.5"), Domain, "the power 1/2 of the negative number -8 is not real"},
		{"sqrt(-1)", of(c.Sqrt, Int(-1)), Domain, ""},
		{"log(0)", of(c.Log, Int(0)), Domain, "the logarithm of 0 is not defined"},
		{"log(-pi)", of(c.Log, c.must(c.Neg(c.Pi()))), Domain, ""},
		{"log base 1", two(c.LogBase, "2", "1"), Domain, ""},
		{"asin(2)", of(c.Asin, Int(2)), Domain, ""},
		{"acos(-1.1)", of(c.Acos, c.n("-1.1")), Domain, ""},
		{"tan(pi/2)", of(c.Tan, half), DivisionByZero, "the tangent has a pole at odd multiples of pi/2"},
		{"(-1)!", of(c.Factorial, Int(-1)), Domain, ""},
		{"1.5!", of(c.Factorial, c.n("1.5")), Domain, ""},
		{"gcd(1.5, 2)", two(c.GCD, "1.5", "2"), Domain, ""},
		{"9^9^9", two(c.Pow, "9", "387420489"), Limit, "9^387420489 has about 369,693,100 digits; the limit is 631,000"},
		{"9^-9^9", two(c.Pow, "9", "-387420489"), Limit, "the result is about 10^-369,693,100; the limit is 10^-1,000,000 to 10^1,000,000"},
		{"2^1e30", two(c.Pow, "2", "1e30"), Limit, ""},
		{"2^(10^400)", two(c.Pow, "2", "1e400"), Limit, "2^(an integer of about 401 digits) has about 10^399 digits; the limit is 631,000"},
		{"(10^400)!", of(c.Factorial, c.n("1e400")), Limit, "(an integer of about 401 digits)! has about 10^403 digits; the limit is 631,000"},
		{"(-3)^(10^9)", two(c.Pow, "-3", "1e9"), Limit, "(-3)^1000000000 has about 477,121,255 digits; the limit is 631,000"},
		{"(10^9)!", of(c.Factorial, c.n("1e9")), Limit, "1000000000! has about 8,565,705,523 digits; the limit is 631,000"},
		{"(10^300)!", of(c.Factorial, c.n("1e300")), Limit, ""},
		{"exp(10^7)", of(c.Exp, c.n("1e7")), Limit, "the result is about 10^4,342,945; the limit is 10^-1,000,000 to 10^1,000,000"},
		{"exp(-10^400)", of(c.Exp, c.n("-1e400")), Limit, ""},
		{"exp(exp(100))", of(c.Exp, c.must(c.Exp(Int(100)))), Limit, ""},
		{"sin(10^20000)", of(c.Sin, c.n("1e20000")), Limit, ""},
		{"2^2000000 * 2^2000000", func() error {
			x := c.must(c.Pow(Int(2), Int(2_000_000)))
			_, err := c.Mul(x, x)
			return err
		}, Limit, ""},
		{"precision", func() error { _, err := c.Text(c.must(c.Sin(Int(1))), 1001); return err }, Limit,
			"the precision is 1,001 digits; it may be from 1 to 1,000"},
		{"round", func() error { _, err := c.Round(c.Pi(), 1e9, HalfEven); return err }, Limit, ""},
	} {
		var e *Error
		if err := tt.f(); !errors.As(err, &e) {
			t.Errorf("%s: error %v", tt.name, err)
		} else if e.Kind != tt.kind || tt.message != "" && e.Message != tt.message {
			t.Errorf("%s: %s: %q, want %s: %q", tt.name, e.Kind, e.Message, tt.kind, tt.message)
		}
	}
}

func TestFactorial(t *testing.T) {
	c := newCalc(t)
	want := big.NewInt(1)
	for n := int64(0); n <= 500; n++ {
		if n > 0 {
			want.Mul(want, big.NewInt(n))
		}
		if got := c.must(c.Factorial(Int(n))).int(); got.Cmp(want) != 0 {
			t.Fatalf("%d! = %v, want %v", n, got, want)
		}
	}
	if got := c.must(c.Factorial(Int(20000))).int(); got.Cmp(new(big.Int).MulRange(1, 20000)) != 0 {
		t.Error("20000! differs from the product")
	}
}

func TestRound(t *testing.T) {
	c := newCalc(t)
	modes := []Rounding{HalfEven, HalfUp, HalfDown, TowardZero, AwayFromZero, Floor, Ceiling}
	for _, tt := range []struct {
		x      string
		digits int
		want   [7]string
	}{
		{"2.5", 0, [7]string{"2", "3", "2", "2", "3", "2", "3"}},
		{"3.5", 0, [7]string{"4", "4", "3", "3", "4", "3", "4"}},
		{"-2.5", 0, [7]string{"-2", "-3", "-2", "-2", "-3", "-3", "-2"}},
		{"0.4", 0, [7]string{"0", "0", "0", "0", "1", "0", "1"}},
		{"-0.6", 0, [7]string{"-1", "-1", "-1", "0", "-1", "-1", "0"}},
		{"1.005", 2, [7]string{"1", "101/100", "1", "1", "101/100", "1", "101/100"}},
		{"250", -2, [7]string{"200", "300", "200", "200", "300", "200", "300"}},
		{"-350", -2, [7]string{"-400", "-400", "-300", "-300", "-400", "-400", "-300"}},
		{"7", 3, [7]string{"7", "7", "7", "7", "7", "7", "7"}},
		{"7", -30, [7]string{"0", "0", "0", "0", "1000000000000000000000000000000", "0", "1000000000000000000000000000000"}},
	} {
		for i, mode := range modes {
			if got := c.text(c.must(c.Round(c.n(tt.x), tt.digits, mode))); got != tt.want[i] {
				t.Errorf("round(%s, %d) by mode %d = %s, want %s", tt.x, tt.digits, mode, got, tt.want[i])
			}
		}
	}
	pi := c.Pi()
	if got := c.text(c.must(c.Round(pi, 4, HalfEven))); got != "3927/1250" {
		t.Errorf("round(pi, 4) = %s", got)
	}
	exp50 := c.must(c.Exp(Int(50)))
	if got := c.text(c.must(c.Floor(exp50))); got != "5184705528587072464087" {
		t.Errorf("floor(exp(50)) = %s", got)
	}
	if got := c.text(c.must(c.Ceil(c.must(c.Neg(pi))))); got != "-3" {
		t.Errorf("ceil(-pi) = %s", got)
	}
	if got := c.text(c.must(c.Trunc(c.must(c.Neg(pi))))); got != "-3" {
		t.Errorf("trunc(-pi) = %s", got)
	}
}

// TestDivisionIdentity checks x = y*floor(x/y) + mod(x, y) and the signs of
// the remainders at random.
func TestDivisionIdentity(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		x, y := randomExact(r, c.Arith), randomExact(r, c.Arith)
		if r.IntN(4) == 0 {
			x = Int(math.MinInt64 + r.Int64N(3))
		}
		if y.IsZero() {
			continue
		}
		q, m, rem := c.must(c.FloorDiv(x, y)), c.must(c.Mod(x, y)), c.must(c.Rem(x, y))
		if got := c.must(c.Add(c.must(c.Mul(q, y)), m)); !same(got, x) {
			t.Fatalf("%s = %s * %s + %s fails", c.text(x), c.text(q), c.text(y), c.text(m))
		}
		ms, _ := c.Sign(m)
		rs, _ := c.Sign(rem)
		xs, _ := c.Sign(x)
		ys, _ := c.Sign(y)
		if ms*ys < 0 || rs*xs < 0 {
			t.Fatalf("mod(%s, %s) = %s, rem %s", c.text(x), c.text(y), c.text(m), c.text(rem))
		}
	}
}

// TestFieldIdentities checks the laws of arithmetic at random exact numbers.
func TestFieldIdentities(t *testing.T) {
	c := newCalc(t)
	r := rand.New(rand.NewPCG(7, 8))
	for range 2000 {
		x, y, z := randomExact(r, c.Arith), randomExact(r, c.Arith), randomExact(r, c.Arith)
		left := c.must(c.Mul(x, c.must(c.Add(y, z))))
		right := c.must(c.Add(c.must(c.Mul(x, y)), c.must(c.Mul(x, z))))
		if !same(left, right) {
			t.Fatalf("x(y+z) = %s, xy+xz = %s", c.text(left), c.text(right))
		}
		if s := c.must(c.Sub(c.must(c.Add(x, y)), y)); !same(s, x) {
			t.Fatalf("x+y-y = %s, x = %s", c.text(s), c.text(x))
		}
		if !y.IsZero() {
			if q := c.must(c.Mul(c.must(c.Quo(x, y)), y)); !same(q, x) {
				t.Fatalf("x/y*y = %s, x = %s", c.text(q), c.text(x))
			}
		}
		want := x.rat().Cmp(y.rat())
		if got, err := c.Cmp(x, y); err != nil || got != want {
			t.Fatalf("cmp(%s, %s) = %d, %v", c.text(x), c.text(y), got, err)
		}
	}
}

func TestSmallIntegersDoNotAllocate(t *testing.T) {
	a := New(t.Context(), Limits{}, 0)
	x, y := Int(12345), Int(-678)
	for name, f := range map[string]func(x, y Number) (Number, error){
		"add": a.Add, "sub": a.Sub, "mul": a.Mul, "floordiv": a.FloorDiv, "mod": a.Mod, "rem": a.Rem,
	} {
		if n := testing.AllocsPerRun(100, func() { _, _ = f(x, y) }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestSharedValuesStayUnchanged(t *testing.T) {
	c := newCalc(t)
	b := new(big.Int).Lsh(one, 100)
	x := FromBigInt(b)
	b.SetInt64(7)
	x.BigInt().SetInt64(8)
	x.Rat().SetInt64(9)
	r := big.NewRat(1, 3)
	y := FromRat(r)
	r.SetInt64(5)
	y.Rat().SetInt64(6)
	if got := c.text(x) + " " + c.text(y); got != "1267650600228229401496703205376 1/3" {
		t.Errorf("after changes: %s", got)
	}
}

func TestRemUint(t *testing.T) {
	x := new(big.Int).Exp(big.NewInt(3), big.NewInt(300), nil)
	for d := uint64(1); d < 1<<20; d = 3*d + 1 {
		want := new(big.Int).Rem(x, new(big.Int).SetUint64(d))
		if got := remUint(x, d); got != want.Uint64() {
			t.Errorf("3^300 mod %d = %d, want %d", d, got, want)
		}
	}
}
