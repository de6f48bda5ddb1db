// Package eval computes the value of an arithmetic expression, or says why it
// has none.
//
// The guarantee to know: a result is exact, or correctly rounded to the digits
// it shows and marked so; everything else is an [*Error] with a reason, a
// position and, where there is one, a remedy. Cost is predicted before it is
// spent, so that a refusal takes microseconds and no input runs for long.
//
// Start at [Evaluate]; [Functions] and [Constants] list the names it knows.
package eval

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// Options choose how an expression is evaluated. The zero value is ready to
// use.
type Options struct {
	// Precision is the number of significant digits of a result that is not
	// written exactly: number.DefaultPrecision if 0, at most
	// Limits.Numbers.Digits.
	Precision int
	// Variables are names with values; they come before constants.
	Variables map[string]number.Number
	// Progress hears of the steps of long work; it may be nil.
	Progress func(done, total float64, message string)
	// Limits bound the cost; zero fields are defaults.
	Limits Limits
}

// Limits bound what one evaluation may cost.
type Limits struct {
	// Source bounds the expression's text.
	Source parse.Limits
	// Numbers bounds the size of values and the work spent on them.
	Numbers number.Limits
}

// Type says what a result is.
type Type string

// The types of results.
const (
	Integer  Type = "integer"
	Rational Type = "rational"
	Real     Type = "real"
	Boolean  Type = "boolean"
	List     Type = "list"
)

// A Result is the value of an expression.
type Result struct {
	// Type is the kind of value; Value holds it if it is a number.
	Type  Type
	Value number.Number
	// Text is the value written down: a decimal number, true, false or a list.
	Text string
	// Exact says that the value is known completely, as integers and
	// fractions are. Text may show less of it: see Rounded and Truncated.
	Exact bool
	// Rounded says that Text is the value correctly rounded, half to even, to
	// Digits significant digits.
	Rounded bool
	// Truncated says that Text shows the first and the last digits of an
	// integer of Digits digits, or the first items of a list.
	Truncated bool
	// Digits is the number of significant digits; 0 for what is no number.
	Digits int
	// Fraction is an exact value that is no integer as "1/3", unless that has
	// too many digits.
	Fraction string
	// Symbolic is the closed form of a real, such as "sqrt(2)/2", if it has a
	// short one.
	Symbolic string
	// Interpretation is the expression with all its parentheses.
	Interpretation string
	// Notes tell which conventions the result depends on.
	Notes []string
}

// An Evaluator computes expressions that share limits, a budget and variables.
// It is not safe for concurrent use.
type Evaluator struct {
	a    *number.Arith
	opt  Options
	vars map[string]number.Number
}

// New returns an evaluator that ends with ctx. An error is an [*Error].
func New(ctx context.Context, opt Options) (*Evaluator, error) {
	a := number.New(ctx, opt.Limits.Numbers, opt.Precision)
	a.OnProgress(opt.Progress)
	if most := a.Limits().Digits; opt.Precision < 0 || opt.Precision > most {
		return nil, &Error{Reason: Limit, Message: fmt.Sprintf("the precision is %d; it can be 1 to %d digits", opt.Precision, most)}
	}
	return &Evaluator{a, opt, maps.Clone(opt.Variables)}, nil
}

// Arith is the arithmetic that the evaluator computes with: for those who go
// on computing with its results under the same limits.
func (ev *Evaluator) Arith() *number.Arith { return ev.a }

// Set gives name a value from now on.
func (ev *Evaluator) Set(name string, x number.Number) {
	if ev.vars == nil {
		ev.vars = make(map[string]number.Number)
	}
	ev.vars[name] = x
}

// Number returns the value of the expression src, which has to be a real
// number.
func (ev *Evaluator) Number(src string) (number.Number, error) {
	x, err := parse.Parse(src, ev.opt.Limits.Source)
	if err != nil {
		return number.Number{}, parseFailure(ev.a, err)
	}
	return ev.NumberOf(x.Root)
}

// NumberOf returns the value of a parsed expression, which has to be a real
// number.
func (ev *Evaluator) NumberOf(n parse.Node) (number.Number, error) {
	e := evaluator{a: ev.a, vars: ev.vars}
	v, err := e.eval(n)
	if err == nil && v.kind != isNumber {
		err = fail(n, Domain, "a number is needed here; this is %s", v.noun())
	}
	if err != nil {
		return number.Number{}, failure(err, 0)
	}
	return v.number, nil
}

// Evaluate returns the value of the expression src. An error is an [*Error];
// when ctx ends the evaluation does so within 100 milliseconds.
func Evaluate(ctx context.Context, src string, opt Options) (*Result, error) {
	ev, err := New(ctx, opt)
	if err != nil {
		return nil, err
	}
	return ev.Evaluate(src)
}

// Evaluate returns the value of the expression src.
func (ev *Evaluator) Evaluate(src string) (*Result, error) {
	a := ev.a
	if err := a.Check(); err != nil {
		return nil, failure(err, 0)
	}
	x, err := parse.Parse(src, ev.opt.Limits.Source)
	if err != nil {
		return nil, parseFailure(a, err)
	}
	e := evaluator{a: a, vars: ev.vars, notes: x.Notes}
	v, err := e.eval(x.Root)
	if err != nil {
		return nil, failure(err, 0)
	}
	r := &Result{Value: v.number}
	if err := r.write(a, v, shown(a, x.Root)); err != nil {
		return nil, failure(err, 0)
	}
	r.Interpretation = parse.Format(x.Root)
	r.Notes = e.notes
	return r, nil
}

// shown is the number of significant digits to write: of a number that was
// rounded to some decimals all of them, else the precision, as 0.
func shown(a *number.Arith, n parse.Node) int {
	if c, ok := n.(*parse.Call); ok && c.Name == "round" {
		return a.Limits().Digits
	}
	return 0
}

// write fills in what r shows of v with so many significant digits.
func (r *Result) write(a *number.Arith, v value, digits int) error {
	switch v.kind {
	case isBoolean:
		r.Type, r.Exact, r.Text = Boolean, true, v.truth()
		return nil
	case isList:
		r.Type, r.Exact = List, true
		return r.writeList(a, v.list)
	}
	t, err := a.Text(v.number, digits)
	if err != nil {
		return err
	}
	r.Type = typeOf(v.number)
	r.Text, r.Exact, r.Digits, r.Truncated = t.Decimal, t.Exact, t.Digits, t.Truncated
	r.Rounded = !t.DecimalExact && !t.Truncated
	r.Fraction, r.Symbolic = t.Fraction, t.Symbolic
	return nil
}

func typeOf(n number.Number) Type {
	switch n.Kind() {
	case number.Integer:
		return Integer
	case number.Rational:
		return Rational
	}
	return Real
}

// maxListText bounds the text of a list.
const maxListText = 16 << 10

func (r *Result) writeList(a *number.Arith, items []value) error {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > maxListText {
			fmt.Fprintf(&b, "... %d more", len(items)-i)
			r.Truncated = true
			break
		}
		var item Result
		if err := item.write(a, v, 0); err != nil {
			return err
		}
		b.WriteString(item.Text)
		r.Exact = r.Exact && item.Exact
		r.Rounded = r.Rounded || item.Rounded
		r.Truncated = r.Truncated || item.Truncated
	}
	b.WriteByte(']')
	r.Text = b.String()
	return nil
}
