package integer_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// calc computes in tests: an error ends the test.
type calc struct {
	*number.Arith
	ev *eval.Evaluator
	t  *testing.T
}

func newCalc(t *testing.T) calc {
	t.Helper()
	return limitedCalc(t, 0)
}

// limitedCalc has so much work to spend.
func limitedCalc(t *testing.T, work int64) calc {
	t.Helper()
	ev, err := eval.New(t.Context(), eval.Options{Limits: eval.Limits{Numbers: number.Limits{Work: work}}})
	if err != nil {
		t.Fatal(err)
	}
	return calc{ev.Arith(), ev, t}
}

func (c calc) n(src string) number.Number {
	c.t.Helper()
	x, err := c.ev.Number(src)
	if err != nil {
		c.t.Fatalf("%s: %v", src, err)
	}
	return x
}

func (c calc) list(src ...string) []number.Number {
	c.t.Helper()
	var l []number.Number
	for _, s := range src {
		l = append(l, c.n(s))
	}
	return l
}

func text(n number.Number) string {
	if r := n.Rat(); r != nil {
		return r.RatString()
	}
	return "a real"
}

func product(f *integer.Factorization) string {
	var parts []string
	if f.Negative {
		parts = append(parts, "-1")
	}
	for _, p := range f.Factors {
		s := text(p.Prime)
		if p.Exponent > 1 {
			s += fmt.Sprintf("^%d", p.Exponent)
		}
		if !p.Proved {
			s += "?"
		}
		parts = append(parts, s)
	}
	if !f.Complete() {
		parts = append(parts, "("+text(f.Unfactored)+")")
	}
	return strings.Join(parts, " ")
}

// refused checks that err is the refusal of a number operation with that text.
func refused(t *testing.T, err error, kind number.ErrorKind, part string) {
	t.Helper()
	var e *number.Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Message, part) {
		t.Errorf("error %v, want %s with %q", err, kind, part)
	}
}

func TestFactorize(t *testing.T) {
	for _, tt := range []struct{ n, want string }{
		{"1", ""}, {"-1", "-1"}, {"2", "2"}, {"-360", "-1 2^3 3^2 5"}, {"65537^2", "65537^2"}, {"2^64", "2^64"},
		{"2^67-1", "193707721 761838257287"}, // Cole, 1903
		{"4294967297", "641 6700417"},
		{"2^64+1", "274177 67280421310721"},
		{"2^128+1", "59649589127497217 5704689200685129054721"}, // Morrison and Brillhart, 1970
		{"100000007^3", "100000007^3"},
		{"(10^15+37)^2*(10^9+7)", "1000000007 1000000000000037^2"},
		{"10^39-1", "3^3 37 53 79 265371653 900900900900990990990991"},
		{"30!", "2^26 3^14 5^7 7^4 11^2 13^2 17 19 23 29"},
		{"2^127-1", "170141183460469231731687303715884105727"},
		{"2^100000*3^50000*65521", "2^100000 3^50000 65521"},
		// 50 digits from two primes of 25, by the quadratic sieve.
		{"(10^24+7)*(10^25+13)", "1000000000000000000000007 10000000000000000000000013"},
	} {
		c := newCalc(t)
		f, err := integer.Factorize(c.Arith, c.n(tt.n))
		if err != nil {
			t.Errorf("%s: %v", tt.n, err)
			continue
		}
		if got := product(f); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.n, got, tt.want)
		}
	}
	c := newCalc(t)
	_, err := integer.Factorize(c.Arith, c.n("0"))
	refused(t, err, number.Domain, "0 has no factorization")
	_, err = integer.Factorize(c.Arith, c.n("1/2"))
	refused(t, err, number.Domain, "needs integers")
}

// RSA-79 is out of reach: what is left is said, and the
// rest of the budget is enough to say it.
func TestFactorizeWithinBudget(t *testing.T) {
	const rsa79 = "7293469445285646172092483905177589838606665884410340391954917800303813280275279"
	c := limitedCalc(t, 100_000_000)
	f, err := integer.Factorize(c.Arith, c.n("12*"+rsa79))
	if err != nil {
		t.Fatal(err)
	}
	if got := product(f); got != "2^2 3 ("+rsa79+")" {
		t.Errorf("12*RSA-79 = %s", got)
	}
	if c.Remaining() <= 0 {
		t.Error("nothing of the budget is left")
	}
	_, err = integer.Totient(c.Arith, c.n(rsa79))
	refused(t, err, number.Limit, "a part of 79 digits is left")
}

func TestIsPrime(t *testing.T) {
	for _, tt := range []struct {
		n    string
		want integer.Primality
	}{
		{"-7", integer.Primality{Proved: true, Method: integer.TrialDivision}},
		{"0", integer.Primality{Proved: true, Method: integer.TrialDivision}},
		{"1", integer.Primality{Proved: true, Method: integer.TrialDivision}},
		{"2", integer.Primality{Prime: true, Proved: true, Method: integer.TrialDivision}},
		{"65537", integer.Primality{Prime: true, Proved: true, Method: integer.TrialDivision}},
		{"4294967291", integer.Primality{Prime: true, Proved: true, Method: integer.TrialDivision}},
		{"561", integer.Primality{Proved: true, Method: integer.TrialDivision, Factor: 3}}, // Carmichael, A002997
		{"10^20", integer.Primality{Proved: true, Method: integer.TrialDivision, Factor: 2}},
		{"18446744073709551557", integer.Primality{Prime: true, Proved: true, Method: integer.MillerRabin}},
		// 3825123056546413051 is a strong pseudoprime to the bases 2 to 23 and
		// 318665857834031151167461 to those to 37, A014233.
		{"3825123056546413051", integer.Primality{Proved: true, Method: integer.MillerRabin}},
		{"318665857834031151167461", integer.Primality{Proved: true, Method: integer.MillerRabin}},
		// ψ13, the first beyond the proof of Sorenson and Webster.
		{"3317044064679887385961981", integer.Primality{Proved: true, Method: integer.BPSW}},
		// Arnault, 1995: a strong pseudoprime to all prime bases below 307, with
		// 397 digits. Its factors are p and 313(p-1)+1 with
		// p = 296744956686855105501541746429053327307719917998530433509950
		//     755312768387531717701995942385964281211880336647542183455624
		//     93168782883.
		{arnault, integer.Primality{Proved: true, Method: integer.BPSW}},
		{"2^127-1", integer.Primality{Prime: true, Proved: true, Method: integer.LucasLehmer}},
		{"2^131-1", integer.Primality{Proved: true, Method: integer.TrialDivision, Factor: 263}},
		{"2^137-1", integer.Primality{Proved: true, Method: integer.LucasLehmer}},
		{"2^4423-1", integer.Primality{Prime: true, Proved: true, Method: integer.LucasLehmer}},
		{"2^255-19", integer.Primality{Prime: true, Proved: true, Method: integer.Pocklington}},
		{"10^50+151", integer.Primality{Prime: true, Proved: true, Method: integer.Pocklington}},
		{"2^512-569", integer.Primality{Prime: true, Method: integer.BPSW}},
	} {
		c := newCalc(t)
		got, err := integer.IsPrime(c.Arith, c.n(tt.n))
		if err != nil {
			t.Errorf("%s: %v", tt.n, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", tt.n, diff)
		}
	}
	c := newCalc(t)
	_, err := integer.IsPrime(c.Arith, c.n("(2^9689-1)*(2^127-1)"))
	refused(t, err, number.Limit, "about 2,955 digits")
}

const arnault = "29674495668685510550154174642905332730771991799853043350995075531276838753171770199594238596428121188033664754218345562493168782883" +
	"*(313*(29674495668685510550154174642905332730771991799853043350995075531276838753171770199594238596428121188033664754218345562493168782883-1)+1)"

// math/big decides below 2^64 and is a second opinion above.
func TestPrimesAgainstMathBig(t *testing.T) {
	c := newCalc(t)
	for _, start := range []string{"0", "2^32-300", "2^64-300", "10^25", "3*10^40"} {
		x := c.n(start).BigInt()
		for range 600 {
			p, err := integer.IsPrime(c.Arith, number.FromBigInt(x))
			if err != nil {
				t.Fatal(err)
			}
			if p.Prime != x.ProbablyPrime(5) {
				t.Errorf("%s: %+v", x, p)
			}
			x.Add(x, big.NewInt(1))
		}
	}
}

// The primes next to powers of ten are A033873 and A033874.
func TestNeighbours(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct{ n, next, prev string }{
		{"3", "5", "2"}, {"4", "5", "3"}, {"2.0", "3", ""}, {"-5", "2", ""},
		{"10", "11", "7"}, {"10^5", "100003", "99991"}, {"89", "97", "83"}, {"65536", "65537", "65521"},
		{"1693182318746371", "1693182318747503", "1693182318746351"}, // a gap of 1,132
		{"10^20", "10^20+39", "10^20-11"}, {"10^30", "10^30+57", "10^30-11"}, {"10^50", "10^50+151", "10^50-57"},
	} {
		got, p, err := integer.NextPrime(c.Arith, c.n(tt.n))
		if err != nil || text(got) != text(c.n(tt.next)) || !p.Prime || !p.Proved {
			t.Errorf("next prime of %s = %s %+v %v, want %s", tt.n, text(got), p, err, tt.next)
		}
		got, p, err = integer.PrevPrime(c.Arith, c.n(tt.n))
		if tt.prev == "" {
			refused(t, err, number.Domain, "no prime below")
			continue
		}
		if err != nil || text(got) != text(c.n(tt.prev)) || !p.Proved {
			t.Errorf("previous prime of %s = %s %+v %v, want %s", tt.n, text(got), p, err, tt.prev)
		}
	}
	_, _, err := integer.NextPrime(c.Arith, c.n("10^2400"))
	refused(t, err, number.Limit, "2,401 digits")
}

func TestTotientAndDivisors(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct{ n, want string }{
		{"1", "1"}, {"36", "12"}, {"2^64-1", "9208981628670443520"}, {"10^30+57", "10^30+56"},
	} {
		got, err := integer.Totient(c.Arith, c.n(tt.n))
		if err != nil || text(got) != text(c.n(tt.want)) {
			t.Errorf("totient of %s = %s %v, want %s", tt.n, text(got), err, tt.want)
		}
	}
	d, err := integer.Divisors(c.Arith, c.n("-28"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, x := range d.Divisors {
		all = append(all, text(x))
	}
	if got := strings.Join(all, " "); got != "1 2 4 7 14 28" || text(d.Count) != "6" || text(d.Sum) != "56" {
		t.Errorf("divisors of -28: %s, %s, sum %s", got, text(d.Count), text(d.Sum))
	}
	d, err = integer.Divisors(c.Arith, c.n("720720"))
	if err != nil || text(d.Count) != "240" || text(d.Sum) != "3249792" || len(d.Divisors) != 240 {
		t.Errorf("divisors of 720720: %+v %v", d, err)
	}
	d, err = integer.Divisors(c.Arith, c.n("40!"))
	if err != nil || d.Divisors != nil || text(d.Count) != "102435840" {
		t.Errorf("divisors of 40!: %+v %v", d, err)
	}
}

func TestModular(t *testing.T) {
	c := newCalc(t)
	type f3 = func(*number.Arith, number.Number, number.Number, number.Number) (number.Number, error)
	inverse := func(a *number.Arith, x, m, _ number.Number) (number.Number, error) {
		return integer.ModInverse(a, x, m)
	}
	for _, tt := range []struct {
		name    string
		f       f3
		x, y, m string
		want    string
	}{
		{"pow", integer.ModPow, "4", "13", "497", "445"},
		{"pow", integer.ModPow, "9", "9^9", "10^10", "2627177289"}, // the end of 9^9^9
		{"pow", integer.ModPow, "0", "0", "1", "0"},
		{"pow", integer.ModPow, "0", "0", "7", "1"},
		{"pow", integer.ModPow, "2", "10", "-7", "-5"},
		{"pow", integer.ModPow, "3", "-1", "7", "5"},
		{"pow", integer.ModPow, "2", "2^127-2", "2^127-1", "1"},
		{"inverse", inverse, "3", "11", "0", "4"},
		{"inverse", inverse, "-3", "11", "0", "7"},
		{"inverse", inverse, "3", "-11", "0", "-7"},
		{"inverse", inverse, "17", "3120", "0", "2753"}, // the textbook RSA key
	} {
		got, err := tt.f(c.Arith, c.n(tt.x), c.n(tt.y), c.n(tt.m))
		if err != nil || text(got) != tt.want {
			t.Errorf("%s(%s, %s, %s) = %s %v, want %s", tt.name, tt.x, tt.y, tt.m, text(got), err, tt.want)
		}
	}
	_, err := integer.ModInverse(c.Arith, c.n("6"), c.n("9"))
	refused(t, err, number.Domain, "both are divisible by 3")
	_, err = integer.ModPow(c.Arith, c.n("6"), c.n("2"), c.n("0"))
	refused(t, err, number.DivisionByZero, "modulus is 0")
	_, err = integer.ModPow(c.Arith, c.n("3"), c.n("2^400000"), c.n("2^30000+1"))
	refused(t, err, number.Limit, "steps of work")
}

// A power that is computed in pieces is the one that math/big computes at once.
func TestModPowInPieces(t *testing.T) {
	c := newCalc(t)
	x, y, m := c.n("3^5000"), c.n("7^2900+2^8000"), c.n("5^2700+6")
	got, err := integer.ModPow(c.Arith, x, y, m)
	if err != nil {
		t.Fatal(err)
	}
	if want := new(big.Int).Exp(x.BigInt(), y.BigInt(), m.BigInt()); got.BigInt().Cmp(want) != 0 {
		t.Error("the power differs")
	}
}

func TestGCD(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct{ x, y, g string }{{"240", "46", "2"}, {"-12", "18", "6"}, {"0", "0", "0"}, {"0", "-5", "5"}, {"10^40", "6^30", "2^30"}} {
		x, y := c.n(tt.x), c.n(tt.y)
		g, s, u, err := integer.GCD(c.Arith, x, y)
		if err != nil || text(g) != text(c.n(tt.g)) {
			t.Errorf("gcd(%s, %s) = %s %v, want %s", tt.x, tt.y, text(g), err, tt.g)
			continue
		}
		sum := new(big.Int).Mul(s.BigInt(), x.BigInt())
		if sum.Add(sum, new(big.Int).Mul(u.BigInt(), y.BigInt())).Cmp(g.BigInt()) != 0 {
			t.Errorf("gcd(%s, %s): %s and %s are no coefficients", tt.x, tt.y, text(s), text(u))
		}
	}
}

func TestCRT(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct{ residues, moduli, want string }{
		{"2 3 2", "3 5 7", "23 mod 105"}, // Sunzi
		{"1 3", "4 6", "9 mod 12"},
		{"-1", "5", "4 mod 5"},
		{"5 5", "12 -12", "5 mod 12"},
		{"3 10^30", "10^20 10^20+1", "1000000000300000000000000000003 mod 10000000000000000000100000000000000000000"},
	} {
		x, m, err := integer.CRT(c.Arith, c.list(strings.Fields(tt.residues)...), c.list(strings.Fields(tt.moduli)...))
		if got := text(x) + " mod " + text(m); err != nil || got != tt.want {
			t.Errorf("crt(%s; %s) = %s %v, want %s", tt.residues, tt.moduli, got, err, tt.want)
		}
	}
	_, _, err := integer.CRT(c.Arith, c.list("1", "2", "4"), c.list("5", "4", "6"))
	if err != nil {
		t.Error(err)
	}
	_, _, err = integer.CRT(c.Arith, c.list("1", "2", "3"), c.list("5", "4", "6"))
	refused(t, err, number.Domain, "no integer is 2 modulo 4 and 3 modulo 6: modulo 2 these differ")
	_, _, err = integer.CRT(c.Arith, c.list("1", "2"), c.list("5"))
	refused(t, err, number.Domain, "2 remainders and 1 moduli")
}

func TestOrderAndJacobi(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct{ x, m, want string }{{"2", "7", "3"}, {"10", "7919*104729", "207309076"}, {"10", "1", "1"}, {"10", "487", "486"}} {
		got, err := integer.Order(c.Arith, c.n(tt.x), c.n(tt.m))
		if err != nil || text(got) != tt.want {
			t.Errorf("order of %s modulo %s = %s %v, want %s", tt.x, tt.m, text(got), err, tt.want)
		}
	}
	if j, err := integer.Jacobi(c.Arith, c.n("1001"), c.n("9907")); j != -1 || err != nil {
		t.Errorf("(1001/9907) = %d %v, want -1", j, err)
	}
	_, err := integer.Jacobi(c.Arith, c.n("3"), c.n("8"))
	refused(t, err, number.Domain, "odd")
}

func TestSequences(t *testing.T) {
	c := newCalc(t)
	type f1 = func(*number.Arith, number.Number) (number.Number, error)
	for _, tt := range []struct {
		name string
		f    f1
		n    string
		want string
	}{
		{"fibonacci", integer.Fibonacci, "0", "0"}, {"fibonacci", integer.Fibonacci, "1", "1"}, {"fibonacci", integer.Fibonacci, "2", "1"},
		{"fibonacci", integer.Fibonacci, "100", "354224848179261915075"}, // A000045
		{"fibonacci", integer.Fibonacci, "-6", "-8"}, {"fibonacci", integer.Fibonacci, "-7", "13"},
		{"lucas", integer.Lucas, "0", "2"}, {"lucas", integer.Lucas, "1", "1"}, {"lucas", integer.Lucas, "10", "123"}, // A000032
		{"lucas", integer.Lucas, "-3", "-4"}, {"lucas", integer.Lucas, "100", "792070839848372253127"},
	} {
		got, err := tt.f(c.Arith, c.n(tt.n))
		if err != nil || text(got) != tt.want {
			t.Errorf("%s(%s) = %s %v, want %s", tt.name, tt.n, text(got), err, tt.want)
		}
	}
	f, err := integer.Fibonacci(c.Arith, c.n("100000"))
	if err != nil {
		t.Fatal(err)
	}
	if s := text(f); len(s) != 20899 || !strings.HasSuffix(s, "49895374653428746875") {
		t.Errorf("fibonacci(100000) has %d digits and ends in %s", len(s), s[len(s)-20:])
	}
	if _, err := integer.Fibonacci(c.Arith, c.n("3*10^6")); err != nil {
		t.Error(err)
	}
	_, err = integer.Fibonacci(c.Arith, c.n("10^7"))
	refused(t, err, number.Limit, "about 2,089,877 digits")
	_, err = integer.Fibonacci(c.Arith, c.n("-10^400"))
	refused(t, err, number.Limit, "digits")
}

func TestCombinatorics(t *testing.T) {
	c := newCalc(t)
	type f2 = func(*number.Arith, number.Number, number.Number) (number.Number, error)
	for _, tt := range []struct {
		name string
		f    f2
		n, k string
		want string // its last digits
	}{
		{"binomial", integer.Binomial, "5", "2", "10"}, {"binomial", integer.Binomial, "5", "6", "0"}, {"binomial", integer.Binomial, "5", "-1", "0"},
		{"binomial", integer.Binomial, "0", "0", "1"}, {"binomial", integer.Binomial, "-7", "5", "-462"},
		{"binomial", integer.Binomial, "49", "6", "13983816"},
		{"binomial", integer.Binomial, "1000", "357", "71779293901603253000"},
		{"binomial", integer.Binomial, "1000", "643", "71779293901603253000"},
		{"binomial", integer.Binomial, "200000", "70001", "147793990689210122849792000000"},
		{"binomial", integer.Binomial, "10^12", "300", "179464478149895833330000000000"},
		{"binomial", integer.Binomial, "2^70", "20", "904927573356901569451446501376"},
		{"permutations", integer.Permutations, "10", "3", "720"}, {"permutations", integer.Permutations, "3", "4", "0"},
		{"permutations", integer.Permutations, "20", "20", "2432902008176640000"},
	} {
		got, err := tt.f(c.Arith, c.n(tt.n), c.n(tt.k))
		if s := text(got); err != nil || s != tt.want && (len(tt.want) < 20 || !strings.HasSuffix(s, tt.want)) {
			t.Errorf("%s(%s, %s) = %.60s %v, want %s", tt.name, tt.n, tt.k, s, err, tt.want)
		}
	}
	for _, tt := range []struct{ n, k int64 }{{300, 100}, {5000, 2500}, {100_003, 500}, {1 << 40, 400}} {
		got, err := integer.Binomial(c.Arith, number.Int(tt.n), number.Int(tt.k))
		if want := new(big.Int).Binomial(tt.n, tt.k); err != nil || got.BigInt().Cmp(want) != 0 {
			t.Errorf("binomial(%d, %d) is not that of math/big: %v", tt.n, tt.k, err)
		}
	}
	_, err := integer.Binomial(c.Arith, c.n("10^7"), c.n("5*10^6"))
	refused(t, err, number.Limit, "about 3,010,297 digits")
	_, err = integer.Binomial(c.Arith, c.n("10^2000"), c.n("10^1000"))
	refused(t, err, number.Limit, "digits")
	_, err = integer.Permutations(c.Arith, c.n("10^6"), c.n("10^6"))
	refused(t, err, number.Limit, "about 5,565,709 digits")
}

func TestBases(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		n    string
		base int
		want string
	}{{"255", 16, "ff"}, {"-255", 2, "-11111111"}, {"0", 36, "0"}, {"36^5-1", 36, "zzzzz"}, {"2^64", 7, "45012021522523134134602"}} {
		got, err := integer.ToBase(c.Arith, c.n(tt.n), tt.base)
		if err != nil || got != tt.want {
			t.Errorf("%s in base %d = %s %v, want %s", tt.n, tt.base, got, err, tt.want)
		}
		back, err := integer.FromBase(c.Arith, strings.ToUpper(got), tt.base)
		if err != nil || text(back) != text(c.n(tt.n)) {
			t.Errorf("%s in base %d is %s %v, want %s", got, tt.base, text(back), err, tt.n)
		}
	}
	for _, tt := range []struct {
		s    string
		base int
		want string
	}{{"0xDEAD_BEEF", 16, "3735928559"}, {"-0b101", 2, "-5"}, {"1111 0000", 2, "240"}, {"+017", 8, "15"}, {"0b1", 16, "177"}} {
		got, err := integer.FromBase(c.Arith, tt.s, tt.base)
		if err != nil || text(got) != tt.want {
			t.Errorf("%s in base %d = %s %v, want %s", tt.s, tt.base, text(got), err, tt.want)
		}
	}
	for _, tt := range []struct {
		s    string
		base int
		want string
	}{{"12", 2, "'2' is no digit in base 2"}, {"1.5", 10, "'.' is no digit"}, {"", 10, "without digits"}, {"1__0", 10, "'_' is no digit"}, {"ÿ", 16, "'ÿ'"}} {
		_, err := integer.FromBase(c.Arith, tt.s, tt.base)
		refused(t, err, number.Syntax, tt.want)
	}
	_, err := integer.ToBase(c.Arith, c.n("2^100000"), 2)
	refused(t, err, number.Limit, "about 100,002 digits in base 2")
	_, err = integer.ToBase(c.Arith, c.n("1"), 37)
	refused(t, err, number.Domain, "from 2 to 36")
}

func TestBitwise(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		op   integer.BitOperation
		x    string
		want string
	}{
		{integer.And, "12 10", "8"}, {integer.Or, "12 10 1", "15"}, {integer.Xor, "12 10", "6"}, {integer.Not, "5", "-6"},
		{integer.And, "-1 255", "255"}, {integer.ShiftLeft, "3 4", "48"}, {integer.ShiftRight, "-5 1", "-3"},
		{integer.ShiftRight, "2^100 10^30", "0"}, {integer.ShiftRight, "-8 10^30", "-1"}, {integer.ShiftLeft, "48 -4", "3"}, {integer.ShiftLeft, "0 10^30", "0"},
	} {
		got, err := integer.Bitwise(c.Arith, tt.op, c.list(strings.Fields(tt.x)...)...)
		if err != nil || text(got) != tt.want {
			t.Errorf("%s %s = %s %v, want %s", tt.op, tt.x, text(got), err, tt.want)
		}
	}
	_, err := integer.Bitwise(c.Arith, integer.ShiftLeft, c.list("1", "10^10")...)
	refused(t, err, number.Limit, "about 3,010,300,001 digits")
	_, err = integer.Bitwise(c.Arith, integer.And, c.list("1")...)
	refused(t, err, number.Domain, "two or more")
	_, err = integer.Bitwise(c.Arith, "nand", c.list("1", "2")...)
	refused(t, err, number.Domain, "unknown")
}

func TestContinued(t *testing.T) {
	c := newCalc(t)
	for _, tt := range []struct {
		x    string
		most int
		want string
	}{
		{"415/93", 20, "[4; 2, 6, 7]"}, {"-7/3", 20, "[-3; 1, 2]"}, {"5", 20, "[5]"}, {"0", 20, "[0]"},
		{"sqrt(61)", 20, "[7; (1, 4, 3, 1, 2, 2, 1, 3, 4, 1, 14)]"}, {"phi", 20, "[(1)]"}, {"(1-sqrt(7))/3", 20, "[-1; 2, (4, 1, 1, 1)]"},
		{"sqrt(61)", 5, "[7; 1, 4, 3, 1, ...]"},
		{"exp(2)", 12, "[7; 2, 1, 1, 3, 18, 5, 1, 1, 6, 30, 8, ...]"}, // A001204
		{"pi", 10, "[3; 7, 15, 1, 292, 1, 1, 1, 2, 1, ...]"},          // A001203
		{"-pi", 3, "[-4; 1, 6, ...]"},
		{"3^1200000/2^2000000", 10, "[0; ...]"}, {"-(3^1200000/2^2000000)", 10, "[-1; ...]"},
	} {
		f, err := integer.Continued(c.Arith, c.n(tt.x), tt.most)
		if err != nil || f.String() != tt.want {
			t.Errorf("continued fraction of %s = %v %v, want %s", tt.x, f, err, tt.want)
		}
	}
	_, err := integer.Continued(c.Arith, c.n("3^1200000/2^1000000"), 10)
	refused(t, err, number.Limit, "about 271,51") // 1200000*log10(3) - 1000000*log10(2) = 271515.5
	for _, tt := range []struct {
		x       string
		most, n int
		want    string
	}{
		{"pi", 4, 10, "3 22/7 333/106 355/113"},
		{"415/93", 20, 10, "4 9/2 58/13 415/93"},
		{"phi", 20, 10, "1 2 3/2 5/3 8/5 13/8 21/13 34/21 55/34 89/55"},   // quotients of Fibonacci numbers
		{"sqrt(2)", 20, 8, "1 3/2 7/5 17/12 41/29 99/70 239/169 577/408"}, // A001333/A000129
		{"(1-sqrt(7))/3", 20, 3, "-1 -1/2 -5/9"},
	} {
		f, err := integer.Continued(c.Arith, c.n(tt.x), tt.most)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range f.Convergents(tt.n) {
			got = append(got, text(p))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("convergents of %s: %s, want %s", tt.x, s, tt.want)
		}
	}
}
