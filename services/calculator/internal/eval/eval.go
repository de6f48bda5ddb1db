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

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// Options choose how an expression is evaluated. The zero value is ready to
// use.
type Options struct {
	// Precision is the number of significant digits of a result that is not
	// written exactly: number.DefaultPrecision if 0.
	Precision int
	// Variables are names with values; they come before constants and units.
	Variables map[string]number.Number
	// Expressions are names whose values are given as expressions, which may
	// be quantities and lists too. No one may use another.
	Expressions map[string]string
	// Degrees says that plain numbers that stand for angles are in degrees, not
	// in radians.
	Degrees bool
	// RealOnly refuses what has no real value, instead of a complex one.
	RealOnly bool
	// Rounding is the mode of results that are not written exactly and of the
	// function round.
	Rounding number.Rounding
	// Format is how numbers are written. With number.LaTeX the text is as in
	// number.Auto, and Result.Latex is set.
	Format number.Style
	// Steps asks for the values of the parts of the expression.
	Steps bool
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

// An Evaluator computes expressions that share limits, a budget and variables.
// It is not safe for concurrent use.
type Evaluator struct {
	a      number.Arith
	source parse.Limits
	steps  bool
	// e is what computes the expressions, one after the other.
	e evaluator
}

// New returns an evaluator that ends with ctx. An error is an [*Error].
func New(ctx context.Context, opt Options) (*Evaluator, error) {
	ev := &Evaluator{source: opt.Limits.Source}
	a := &ev.a
	a.Reset(ctx, opt.Limits.Numbers, opt.Precision)
	a.OnProgress(opt.Progress)
	ev.e.a = a
	ev.e.opt = choices{opt.Degrees, opt.RealOnly, opt.Rounding, opt.Format}
	ev.steps = opt.Steps
	if opt.Precision < 0 || opt.Precision > number.DefaultPrecision {
		lim := a.Limits()
		if most := max(lim.Digits, lim.ConstantDigits); opt.Precision < 0 || opt.Precision > most {
			return nil, &Error{Reason: Limit, Message: fmt.Sprintf("the precision is %d; it can be 1 to %d digits", opt.Precision, most)}
		}
	}
	if len(opt.Variables) > 0 {
		for name, x := range opt.Variables {
			ev.Set(name, x)
		}
	}
	if len(opt.Expressions) > 0 {
		if err := ev.define(opt.Expressions); err != nil {
			return nil, err
		}
	}
	return ev, nil
}

// Arith is the arithmetic that the evaluator computes with: for those who go
// on computing with its results under the same limits.
func (ev *Evaluator) Arith() *number.Arith { return &ev.a }

// Set gives name a value from now on.
func (ev *Evaluator) Set(name string, x number.Number) { ev.set(name, numeric(x)) }

// Keep gives name the value of r, which this evaluator computed, from now on.
// The error is that of [CheckName].
func (ev *Evaluator) Keep(name string, r *Result) error {
	if err := CheckName(name); err != nil {
		return err
	}
	ev.set(name, r.kept())
	return nil
}

// begin makes the evaluator ready for an expression that was read by the
// conventions in notes.
func (ev *Evaluator) begin(notes []string) *evaluator {
	e := &ev.e
	e.notes, e.steps, e.measured = notes, nil, false
	return e
}

func (ev *Evaluator) set(name string, v value) {
	if ev.e.vars == nil {
		ev.e.vars = make(map[string]value)
	}
	ev.e.vars[name] = v
}

// ReadingCost is the work of reading an expression and of visiting its parts,
// for which the arithmetic itself asks nothing.
func ReadingCost(src string) int64 { return 20 * int64(len(src)) }

// Parse reads an expression as the evaluator does, with its variables and
// units. An error is an [*Error].
func (ev *Evaluator) Parse(src string) (*parse.Expr, error) {
	x, err := parse.ParseUnits(src, ev.source, &ev.e)
	if err != nil {
		return nil, ev.parseFailure(err)
	}
	if err := ev.a.Spend(ReadingCost(src)); err != nil {
		return nil, failure(err, 0)
	}
	return x, nil
}

// IsUnit implements [parse.Units]: name is a unit, and no variable and no constant.
func (e *evaluator) IsUnit(name string) bool {
	if _, ok := e.vars[name]; ok {
		return false
	}
	return !IsConstant(name) && units.Known(name)
}

// Number returns the value of the expression src, which has to be a real
// number.
func (ev *Evaluator) Number(src string) (number.Number, error) {
	x, err := ev.Parse(src)
	if err != nil {
		return number.Number{}, err
	}
	return ev.NumberOf(x.Root)
}

// NumberOf returns the value of a parsed expression, which has to be a real
// number.
func (ev *Evaluator) NumberOf(n parse.Node) (number.Number, error) {
	v, err := ev.begin(nil).eval(n)
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
	if err := ev.a.Check(); err != nil {
		return nil, failure(err, 0)
	}
	x, err := ev.Parse(src)
	if err != nil {
		return nil, err
	}
	e := ev.begin(x.Notes)
	if ev.steps {
		e.steps = &steps{opt: &e.opt}
	}
	v, err := e.eval(x.Root)
	if err != nil {
		return nil, failure(err, 0)
	}
	r := &Result{Value: v.number, kind: v.kind, ref: v.ref}
	if err := r.write(&ev.a, &e.opt, v, shown(&ev.a, x.Root)); err != nil {
		return nil, failure(err, 0)
	}
	r.Exact = r.Exact && !e.measured
	if e.opt.Rounding != number.HalfEven && r.Rounded {
		e.note("the result is rounded by the mode " + e.opt.Rounding.String())
	}
	r.Interpretation = parse.Format(x.Root)
	r.Notes = e.notes
	if e.steps != nil {
		r.Steps = e.steps.list
	}
	return r, nil
}

// shown is the number of significant digits to write: of a number that was
// rounded to some decimals all of them, else the precision, as 0.
func shown(a *number.Arith, n parse.Node) int {
	if c, ok := n.(*parse.Call); ok && (c.Name == "round" || c.Name == "round_money") {
		return a.Limits().Digits
	}
	return 0
}
