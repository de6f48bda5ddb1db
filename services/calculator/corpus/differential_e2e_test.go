//go:build e2e

package corpus

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
)

// A convention is a difference to a peer that is meant.
type convention struct {
	name  string
	holds func(d dialect, x *expression, ours string) bool
}

// conventions are all of them; docs/calculator-accuracy.md has the reasons.
var conventions = []convention{
	{"bc binds a sign tighter than a power", func(d dialect, x *expression, _ string) bool {
		return d == bc && x.has(func(x *expression) bool { return x.op == "neg" && x.args[0].op == "^" })
	}},
	{"division by zero has no value", func(_ dialect, _ *expression, ours string) bool {
		return ours == string(eval.DivisionByZero)
	}},
	{"a part beyond 10^1,000,000 is refused, also where min would leave it out", func(_ dialect, x *expression, ours string) bool {
		return ours == string(eval.Limit) && x.has(func(part *expression) bool { return part != x && beyond(part) })
	}},
}

// beyond reports whether we refuse x by itself, for its size.
func beyond(x *expression) bool {
	source, _ := x.write(ours, true)
	_, err := eval.Evaluate(context.Background(), source, eval.Options{Precision: 45})
	var e *eval.Error
	return errors.As(err, &e) && e.Reason == eval.Limit
}

// A question is one expression and what we answer.
type question struct {
	tree   *expression
	full   bool
	source string
	answer *big.Rat
	// refusal is the reason when there is no answer.
	refusal string
}

func ask(t *testing.T, x *expression, full bool) question {
	t.Helper()
	q := question{tree: x, full: full}
	q.source, _ = x.write(ours, full)
	r, err := eval.Evaluate(t.Context(), q.source, eval.Options{Precision: 45})
	var e *eval.Error
	switch {
	case errors.As(err, &e):
		q.refusal = string(e.Reason)
	case err != nil:
		t.Fatalf("%s: %v", q.source, err)
	default:
		text := r.Text
		if r.Fraction != "" {
			text = r.Fraction
		}
		var ok bool
		if q.answer, ok = new(big.Rat).SetString(text); !ok {
			q.refusal = string(r.Type)
		}
	}
	return q
}

// close reports whether two values agree to 25 digits, or to 25 decimals.
func close(x, y *big.Rat) bool {
	d := new(big.Rat).Sub(x, y)
	size := new(big.Rat).Abs(x)
	if one := big.NewRat(1, 1); size.Cmp(one) < 0 {
		size = one
	}
	tolerance := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(25), nil))
	return d.Abs(d).Cmp(tolerance.Mul(tolerance, size)) <= 0
}

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q; give a number from 1", name, s)
	}
	return n
}

// TestDifferential compares with three other calculators: where one disagrees
// it is asked again with many more digits, which settles whether it had only
// been imprecise; what remains is a listed convention, or a failure.
// CALCULATOR_DIFFERENTIAL is the number of expressions, CALCULATOR_SEED makes
// those of an earlier run.
func TestDifferential(t *testing.T) {
	n, seed := int(setting(t, "CALCULATOR_DIFFERENTIAL", 2_000)), setting(t, "CALCULATOR_SEED", rand.Uint64())
	t.Logf("seed %d", seed)
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	var questions []question
	for i := range n {
		x := g.arithmetic(4)
		if i%2 == 1 {
			x = g.mixed(3)
		}
		questions = append(questions, ask(t, x, i%4 < 2))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Of %s expressions, seed %d:\n\n| peer | asked | agree | no value for either | agree when asked for more digits | the peer does not end | conventions |\n|---|--:|--:|--:|--:|--:|---|\n", count(n), seed)
	for _, p := range peers(t) {
		t.Run(p.dialect.String(), func(t *testing.T) {
			c := compare(t, p, questions)
			t.Logf("%+v", c)
			fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %d | %s |\n", p.version, count(c.asked), count(c.agree), c.neither, c.precise, c.late, counts(c.meant))
		})
	}
	if *update {
		documented(t, "differential", b.String())
	}
}

// A comparison says what became of the expressions that a peer was asked.
type comparison struct {
	asked, agree, neither, precise, late int
	meant                                map[string]int
}

func compare(t *testing.T, p peer, questions []question) comparison {
	var asked []question
	var sources []string
	for _, q := range questions {
		if s, ok := q.tree.write(p.dialect, q.full); ok {
			asked, sources = append(asked, q), append(sources, s)
		}
	}
	c := comparison{asked: len(asked), meant: make(map[string]int)}
	var open []question
	var again []string
	for i, answer := range askAll(t, p, sources, p.digits[0]) {
		q := asked[i]
		v, ok := value(answer)
		switch {
		case answer == noAnswer:
			c.late++
			t.Logf("%v does not end within 3 s: %s", p.dialect, sources[i])
		case !ok && q.answer == nil:
			c.neither++
		case ok && q.answer != nil && close(q.answer, v):
			c.agree++
		default:
			open, again = append(open, q), append(again, sources[i])
		}
	}
	for i, answer := range askAll(t, p, again, p.digits[1]) {
		q := open[i]
		v, ok := value(answer)
		name := deliberate(p.dialect, q)
		switch {
		case ok && q.answer != nil && close(q.answer, v):
			c.precise++
		case name != "":
			c.meant[name]++
		case answer == noAnswer:
			c.late++
		default:
			t.Errorf("%s\n  %v: %s = %s\n  ours: %s", q.source, p.dialect, again[i], answer[:min(60, len(answer))], q.shown())
		}
	}
	if c.agree < len(asked)/2 {
		t.Errorf("only %d of %d expressions were compared", c.agree, len(asked))
	}
	return c
}

// askAll asks some hundred expressions at a time, each time within the limit.
func askAll(t *testing.T, p peer, sources []string, digits int) []string {
	t.Helper()
	var answers []string
	for list := range slices.Chunk(sources, 500) {
		some, err := p.ask(t.Context(), list, digits)
		if err != nil || len(some) != len(list) {
			t.Fatalf("%v: %d answers to %d expressions: %v", p.dialect, len(some), len(list), err)
		}
		answers = append(answers, some...)
	}
	return answers
}

func (q question) shown() string {
	if q.answer == nil {
		return q.refusal
	}
	return q.answer.FloatString(45)
}

func deliberate(d dialect, q question) string {
	for _, c := range conventions {
		if c.holds(d, q.tree, q.refusal) {
			return c.name
		}
	}
	return ""
}
