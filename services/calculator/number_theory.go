package calculator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

var numberTheoryTool = &mcp.Tool{
	Name:  "number_theory",
	Title: "Number theory",
	Description: `Exact number theory. factor tells what it leaves unfactored, is_prime whether that is proved.
Example: {"operation":"mod_pow","numbers":["3","10^18","10^9+7"]}`,
	Annotations: server.ReadOnly(false),
}

type theoryInput struct {
	Operation string    `json:"operation" enum:"factor,is_prime,next_prime,prev_prime,gcd,lcm,mod_pow,mod_inverse,crt,totient,divisors,fibonacci,binomial,to_base,from_base,continued_fraction,bitwise" jsonschema:"task"`
	Numbers   []numeral `json:"numbers" jsonschema:"mod_pow: base, exponent, modulus; mod_inverse: n, modulus; binomial: n, k; crt: remainders; shl, shr: n, bits"`
	Moduli    []numeral `json:"moduli,omitempty" jsonschema:"crt"`
	Base      int       `json:"base,omitempty" jsonschema:"2 to 36"`
	Op        string    `json:"op,omitempty" enum:"and,or,xor,not,shl,shr" jsonschema:"bitwise"`
}

type theoryFactor struct {
	Prime     string `json:"prime"`
	Exponent  int64  `json:"exponent"`
	Certainty string `json:"certainty" jsonschema:"proved or probable: whether prime is certainly one"`
}

type theoryOutput struct {
	Operation      string         `json:"operation"`
	Result         string         `json:"result" jsonschema:"the answer: a number, true or false, a product, digits; of divisors how many there are"`
	Exact          bool           `json:"exact" jsonschema:"whether all that is said is complete and certain"`
	Certainty      string         `json:"certainty,omitempty" jsonschema:"proved or probable, of what is said about primes"`
	Method         string         `json:"method,omitempty" jsonschema:"the test for being prime"`
	Factors        []theoryFactor `json:"factors,omitempty" jsonschema:"in order"`
	Unfactored     string         `json:"unfactored,omitempty" jsonschema:"the part of the number that is not factored"`
	Coefficients   []string       `json:"coefficients,omitempty" jsonschema:"of gcd of two numbers: the gcd is the sum of the numbers times these"`
	Modulus        string         `json:"modulus,omitempty" jsonschema:"of crt: result is unique modulo this"`
	Divisors       []string       `json:"divisors,omitempty" jsonschema:"in order; absent if they are more than 10,000"`
	Sum            string         `json:"sum,omitempty" jsonschema:"of all divisors"`
	Terms          []string       `json:"terms,omitempty" jsonschema:"of the continued fraction"`
	Period         int            `json:"period,omitempty" jsonschema:"how many of the last terms repeat for ever"`
	Convergents    []string       `json:"convergents,omitempty" jsonschema:"the best rational approximations, the first few"`
	Digits         int            `json:"digits,omitempty" jsonschema:"of the whole result when it is shortened"`
	Truncated      bool           `json:"truncated,omitempty" jsonschema:"whether result leaves out the middle"`
	Interpretation string         `json:"interpretation" jsonschema:"what was computed, as it was understood"`
	Notes          []string       `json:"notes,omitempty" jsonschema:"conventions and limits of the answer"`
}

func (s *Service) numberTheory(ctx context.Context, in theoryInput) (theoryOutput, error) {
	ev, err := s.evaluator(ctx, eval.Options{})
	if err != nil {
		return theoryOutput{}, shown(err)
	}
	t := &theory{ev: ev, a: ev.Arith(), in: in}
	t.out = theoryOutput{Operation: in.Operation, Exact: true}
	if err := t.run(); err != nil {
		return theoryOutput{}, shown(err)
	}
	return t.out, nil
}

// theory is one call of number_theory.
type theory struct {
	ev  *eval.Evaluator
	a   *number.Arith
	in  theoryInput
	out theoryOutput
	// x are the numbers and names how they were read.
	x     []number.Number
	names []string
}

// maxTheoryNumbers bounds the numbers of a call.
const maxTheoryNumbers = 1000

// maxTheoryNotes bounds the notes of a call, as its numbers may have some each.
const maxTheoryNotes = 100

// theoryCounts are the least and the greatest count of numbers of an operation.
func theoryCounts(operation string) (least, most int) {
	switch operation {
	case "gcd", "lcm", "crt", "bitwise":
		return 1, maxTheoryNumbers
	case "mod_pow":
		return 2, 3
	case "mod_inverse":
		return 1, 2
	case "binomial":
		return 2, 2
	}
	return 1, 1
}

func (t *theory) run() error {
	least, most := theoryCounts(t.in.Operation)
	if n := len(t.in.Moduli); n > maxTheoryNumbers {
		return theoryMisuse("%d moduli; send at most %d", n, maxTheoryNumbers)
	}
	if n := len(t.in.Numbers); n < least || n > most {
		return theoryMisuse("%s takes %s, not %d", t.in.Operation, countOfNumbers(least, most), n)
	}
	if t.in.Operation == "from_base" {
		return t.fromBase()
	}
	var err error
	if t.x, t.names, err = t.read(t.in.Numbers); err != nil {
		return err
	}
	switch t.in.Operation {
	case "factor":
		return t.factor()
	case "is_prime":
		return t.isPrime()
	case "next_prime":
		return t.neighbour(integer.NextPrime, "the least prime above ")
	case "prev_prime":
		return t.neighbour(integer.PrevPrime, "the greatest prime below ")
	case "gcd":
		return t.gcd()
	case "lcm":
		return t.fold((*number.Arith).LCM)
	case "mod_pow", "mod_inverse":
		return t.modular()
	case "crt":
		return t.crt()
	case "totient":
		return t.single(integer.Totient, "how many of 1 to n are coprime to n = "+t.names[0])
	case "divisors":
		return t.divisors()
	case "fibonacci":
		t.note("F(0) = 0 and F(1) = 1")
		return t.single(integer.Fibonacci, "the Fibonacci number F("+t.names[0]+")")
	case "binomial":
		return t.binomial()
	case "to_base":
		return t.toBase()
	case "continued_fraction":
		return t.continued()
	}
	return t.bitwise()
}

func theoryMisuse(format string, args ...any) error {
	return &number.Error{Kind: number.Syntax, Message: fmt.Sprintf(format, args...)}
}

func countOfNumbers(least, most int) string {
	switch {
	case most == 1:
		return "one number"
	case least == most:
		return fmt.Sprintf("%d numbers", least)
	}
	return fmt.Sprintf("%d to %d numbers", least, most)
}

// read evaluates numerals, and returns how each was read.
func (t *theory) read(in []numeral) ([]number.Number, []string, error) {
	x, names := make([]number.Number, len(in)), make([]string, len(in))
	for i, src := range in {
		r, err := t.ev.Evaluate(string(src))
		if err != nil {
			return nil, nil, err
		}
		switch r.Type {
		case eval.Integer, eval.Rational, eval.Real:
		default:
			return nil, nil, &number.Error{Kind: number.Domain, Message: "a number is needed; " + r.Interpretation + " is none", Hint: "number theory is about integers and reals"}
		}
		if err := t.a.Hold(r.Value); err != nil {
			return nil, nil, err
		}
		x[i], names[i] = r.Value, r.Interpretation
		for _, n := range r.Notes {
			t.note("%s", n)
		}
	}
	return x, names, nil
}

// listed joins what was read, without the middle of a long list.
func listed(names []string) string {
	const most = 20
	if n := len(names) - most; n > 0 {
		names = append(append(names[:most-1:most-1], fmt.Sprintf("... %d more", n)), names[len(names)-1])
	}
	return strings.Join(names, ", ")
}

// closed puts what has operators into parentheses.
func closed(name string) string {
	if strings.ContainsAny(name, " -") {
		return "(" + name + ")"
	}
	return name
}

func (t *theory) note(format string, args ...any) {
	n := fmt.Sprintf(format, args...)
	if len(t.out.Notes) < maxTheoryNotes && !slices.Contains(t.out.Notes, n) {
		t.out.Notes = append(t.out.Notes, n)
	}
}

// text writes an integer; one that is shortened makes the answer inexact.
func (t *theory) text(x number.Number) (string, error) {
	w, err := t.a.Text(x, 0)
	if w.Truncated {
		t.out.Exact, t.out.Truncated = false, true
	}
	return w.Decimal, err
}

func (t *theory) texts(x []number.Number) ([]string, error) {
	list := make([]string, len(x))
	for i := range x {
		var err error
		if list[i], err = t.text(x[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// answer sets the result to x and says what it is.
func (t *theory) answer(x number.Number, interpretation string) error {
	w, err := t.a.Text(x, 0)
	if err != nil {
		return err
	}
	t.out.Result, t.out.Interpretation = w.Decimal, interpretation
	if w.Truncated {
		t.out.Exact, t.out.Truncated, t.out.Digits = false, true, w.Digits
	}
	return nil
}

func (t *theory) single(f func(*number.Arith, number.Number) (number.Number, error), what string) error {
	z, err := f(t.a, t.x[0])
	if err != nil {
		return err
	}
	return t.answer(z, what)
}

func (t *theory) fold(f func(*number.Arith, number.Number, number.Number) (number.Number, error)) error {
	z, err := t.a.Abs(t.x[0])
	if len(t.x) == 1 && err == nil {
		z, err = f(t.a, z, z)
	}
	for _, x := range t.x[1:] {
		if err != nil {
			return err
		}
		z, err = f(t.a, z, x)
	}
	if err != nil {
		return err
	}
	return t.answer(z, t.in.Operation+"("+listed(t.names)+")")
}

func (t *theory) gcd() error {
	if len(t.x) != 2 {
		return t.fold((*number.Arith).GCD)
	}
	g, u, v, err := integer.GCD(t.a, t.x[0], t.x[1])
	if err != nil {
		return err
	}
	if t.out.Coefficients, err = t.texts([]number.Number{u, v}); err != nil {
		return err
	}
	return t.answer(g, "gcd("+strings.Join(t.names, ", ")+")")
}

func (t *theory) binomial() error {
	z, err := integer.Binomial(t.a, t.x[0], t.x[1])
	if err != nil {
		return err
	}
	return t.answer(z, "the binomial coefficient C("+strings.Join(t.names, ", ")+")")
}

// modular is mod_pow and mod_inverse, whose modulus may also be sent as the
// only one of the moduli.
func (t *theory) modular() error {
	power := t.in.Operation == "mod_pow"
	want := 2
	if power {
		want = 3
	}
	m, names, err := t.read(t.in.Moduli)
	if err != nil {
		return err
	}
	t.x, t.names = append(t.x, m...), append(t.names, names...)
	if len(t.x) != want {
		return theoryMisuse("%s takes %d numbers, of which the last is the modulus, not %d", t.in.Operation, want, len(t.x))
	}
	var z number.Number
	what := fmt.Sprintf("the inverse of %s modulo %s", t.names[0], t.names[1])
	if power {
		z, err = integer.ModPow(t.a, t.x[0], t.x[1], t.x[2])
		what = fmt.Sprintf("%s ^ %s modulo %s", closed(t.names[0]), closed(t.names[1]), closed(t.names[2]))
	} else {
		z, err = integer.ModInverse(t.a, t.x[0], t.x[1])
	}
	if err != nil {
		return err
	}
	t.note("the result is between 0 and the modulus")
	return t.answer(z, what)
}

func (t *theory) crt() error {
	if len(t.in.Moduli) == 0 {
		return theoryMisuse("crt needs moduli, as many as numbers")
	}
	m, names, err := t.read(t.in.Moduli)
	if err != nil {
		return err
	}
	x, n, err := integer.CRT(t.a, t.x, m)
	if err != nil {
		return err
	}
	parts := make([]string, len(names))
	for i := range parts {
		parts[i] = fmt.Sprintf("x = %s modulo %s", t.names[i], names[i])
	}
	if t.out.Modulus, err = t.text(n); err != nil {
		return err
	}
	return t.answer(x, "the least x >= 0 with "+listed(parts))
}

func (t *theory) toBase() error {
	if t.in.Base == 0 {
		return theoryMisuse("to_base needs a base from 2 to 36")
	}
	digits, err := integer.ToBase(t.a, t.x[0], t.in.Base)
	t.out.Result, t.out.Interpretation = digits, fmt.Sprintf("%s in base %d", t.names[0], t.in.Base)
	return err
}

func (t *theory) fromBase() error {
	if t.in.Base == 0 {
		return theoryMisuse("from_base needs a base from 2 to 36")
	}
	x, err := integer.FromBase(t.a, string(t.in.Numbers[0]), t.in.Base)
	if err != nil {
		return err
	}
	return t.answer(x, fmt.Sprintf("the digits %.100s in base %d", t.in.Numbers[0], t.in.Base))
}

func (t *theory) bitwise() error {
	if t.in.Op == "" {
		return theoryMisuse("bitwise needs op: and, or, xor, not, shl or shr")
	}
	z, err := integer.Bitwise(t.a, integer.BitOperation(t.in.Op), t.x...)
	if err != nil {
		return err
	}
	for _, x := range append(t.x, z) {
		if s, _ := t.a.Sign(x); s < 0 {
			t.note("a negative integer has infinitely many leading ones, as in two's complement without end")
		}
	}
	if t.in.Op == "not" {
		return t.answer(z, "not "+closed(t.names[0]))
	}
	for i, n := range t.names {
		t.names[i] = closed(n)
	}
	return t.answer(z, strings.Join(t.names, " "+t.in.Op+" "))
}
