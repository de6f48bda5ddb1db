package calculator

import (
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

func certainty(proved bool) string {
	if proved {
		return "proved"
	}
	return "probable"
}

// primality says how sure it is that a number is prime.
func (t *theory) primality(p integer.Primality) {
	t.out.Certainty, t.out.Method = certainty(p.Proved), string(p.Method)
	if !p.Proved {
		t.out.Exact = false
		t.note("no composite number is known that passes the Baillie-PSW test, but that is no proof")
	}
}

func (t *theory) isPrime() error {
	p, err := integer.IsPrime(t.a, t.x[0])
	if err != nil {
		return err
	}
	t.out.Result = strconv.FormatBool(p.Prime)
	t.out.Interpretation = "whether " + t.names[0] + " is prime"
	t.primality(p)
	if p.Factor != 0 {
		t.note("it is divisible by %d", p.Factor)
	}
	return nil
}

func (t *theory) neighbour(f func(*number.Arith, number.Number) (number.Number, integer.Primality, error), what string) error {
	z, p, err := f(t.a, t.x[0])
	if err != nil {
		return err
	}
	t.primality(p)
	return t.answer(z, what+t.names[0])
}

func (t *theory) factor() error {
	f, err := integer.Factorize(t.a, t.x[0])
	if err != nil {
		return err
	}
	t.out.Interpretation = "the prime factors of " + t.names[0]
	var parts []string
	if f.Negative {
		parts = append(parts, "-1")
	}
	all := true
	for _, p := range f.Factors {
		prime, err := t.text(p.Prime)
		if err != nil {
			return err
		}
		all = all && p.Proved
		t.out.Factors = append(t.out.Factors, theoryFactor{prime, p.Exponent, certainty(p.Proved)})
		if p.Exponent > 1 {
			prime += "^" + strconv.FormatInt(p.Exponent, 10)
		}
		parts = append(parts, prime)
	}
	if len(f.Factors) > 0 {
		t.out.Certainty = certainty(all)
	}
	if !all {
		t.note("a factor that is probable passes the Baillie-PSW test, to which no exception is known")
	}
	if !f.Complete() {
		if t.out.Unfactored, err = t.text(f.Unfactored); err != nil {
			return err
		}
		parts = append(parts, "("+t.out.Unfactored+")")
		if f.TooLong {
			t.note("unfactored is longer than %d digits, the limit for more than trial division", integer.FactorDigits)
		} else {
			t.note("the work of a call ended before unfactored was split; it is certainly composite")
		}
	}
	t.out.Exact = t.out.Exact && all && f.Complete()
	t.out.Result = strings.Join(parts, " * ")
	if len(parts) == 0 {
		t.out.Result = "1"
		t.note("1 is the product of no primes")
	}
	return nil
}

// maxDivisorText bounds the digits of the divisors that are listed.
const maxDivisorText = 256 << 10

func (t *theory) divisors() error {
	d, err := integer.Divisors(t.a, t.x[0])
	if err != nil {
		return err
	}
	if t.out.Divisors, err = t.texts(d.Divisors); err != nil {
		return err
	}
	if t.out.Sum, err = t.text(d.Sum); err != nil {
		return err
	}
	size := 0
	for _, d := range t.out.Divisors {
		size += len(d)
	}
	if d.Divisors == nil || size > maxDivisorText {
		t.out.Divisors = nil
		t.note("the divisors are too many to list")
	}
	return t.answer(d.Count, "how many positive divisors "+t.names[0]+" has")
}

const (
	// theoryTerms bounds the terms of a continued fraction that may be periodic
	// or end, realTerms those of one that does neither.
	theoryTerms = 1000
	realTerms   = 30
	// theoryConvergents bounds the convergents.
	theoryConvergents = 10
)

func (t *theory) continued() error {
	most := theoryTerms
	if _, _, _, quadratic := t.x[0].Quadratic(); !t.x[0].IsExact() && !quadratic {
		most = realTerms
	}
	f, err := integer.Continued(t.a, t.x[0], most)
	if err != nil {
		return err
	}
	t.out.Result, t.out.Period = f.String(), f.Period
	t.out.Interpretation = "the continued fraction of " + t.names[0]
	if t.out.Terms, err = t.texts(f.Terms); err != nil {
		return err
	}
	for _, c := range f.Convergents(theoryConvergents) {
		t.out.Convergents = append(t.out.Convergents, c.Rat().RatString())
	}
	switch {
	case f.Period > 0:
		t.note("the terms in parentheses repeat for ever")
	case !f.Complete:
		t.out.Exact = false
		t.note("the first terms, each of them certain; more follow")
	}
	return nil
}
