package eval

import (
	"errors"
	"fmt"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// call applies a function. A single list stands for its items where a
// function takes any number of arguments.
func (e *evaluator) call(n *parse.Call) (value, error) {
	f, ok := lookupFunction(n.Name)
	if _, isVariable := e.vars[n.Name]; isVariable {
		return value{}, calledVariable(n, ok)
	}
	if !ok {
		return value{}, unknownFunction(n)
	}
	if len(n.Args) < f.Min || f.Max >= 0 && len(n.Args) > f.Max {
		return value{}, arityError(n, f)
	}
	args, huge, err := e.arguments(n, f)
	if err != nil {
		return value{}, err
	}
	if len(args) < f.Min {
		return value{}, fail(n, Domain, "%s of an empty list has no value", n.Name)
	}
	var v value
	if huge == nil {
		v, err = f.apply(e, args)
	} else if v, ok, err = f.ofPower(e, args, huge.y); !ok {
		return value{}, huge.refusal
	}
	var wrong *wrongArgument
	if errors.As(err, &wrong) {
		return v, wrong.at(n)
	}
	return v, at(err, n)
}

// arguments evaluates the arguments of f. If f can do with it, a first one
// that is a huge power is represented by its base.
func (e *evaluator) arguments(n *parse.Call, f *Function) (args []value, huge *hugePower, err error) {
	args = make([]value, 0, 2)
	for i, arg := range n.Args {
		if p, ok := isPower(arg); ok && i == 0 && f.ofPower != nil {
			var x value
			if x, huge, err = e.powerOf(p); err != nil {
				return nil, nil, err
			}
			if huge != nil {
				x = numeric(huge.x)
			}
			args = append(args, x)
			continue
		}
		v, err := e.eval(arg)
		if err != nil {
			return nil, nil, err
		}
		if v.kind == isList && f.Max < 0 && len(n.Args) == 1 {
			return v.list(), nil, nil
		}
		if f.Max < 0 {
			if err := e.hold(v); err != nil {
				return nil, nil, at(err, arg)
			}
		}
		args = append(args, v)
	}
	return args, huge, nil
}

// A wrongArgument is of a kind that a function does not take.
type wrongArgument struct {
	index int
	value value
	// want names what is needed, such as "numbers".
	want string
}

// Error is the message without the name of the function.
func (w *wrongArgument) Error() string { return w.want + " needed; this is " + w.value.noun() }

// at is the error in the call n.
func (w *wrongArgument) at(n *parse.Call) error {
	arg := n.Args[min(w.index, len(n.Args)-1)]
	err := fail(arg, Domain, "%s needs %s; this is %s", n.Name, w.want, w.value.noun())
	switch {
	case w.value.kind == isList && w.want == "numbers":
		err.Hint = "functions such as sum, min and max take one list in place of their arguments"
	case w.value.kind == isQuantity:
		err.Reason = UnitMismatch
		err.Hint = "divide it by its unit, or convert it first"
	}
	return err
}

func arityError(n *parse.Call, f *Function) error {
	var want string
	switch {
	case f.Max < 0:
		want = fmt.Sprintf("at least %s", plural(f.Min))
	case f.Min == f.Max:
		want = plural(f.Min)
	default:
		want = fmt.Sprintf("%d to %s", f.Min, plural(f.Max))
	}
	err := fail(n, Syntax, "%s takes %s, not %d", n.Name, want, len(n.Args))
	err.Hint = "write " + f.Signature
	return err
}

func plural(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// reals are the arguments as numbers.
func reals(args []value) ([]number.Number, error) {
	numbers := make([]number.Number, len(args))
	for i, v := range args {
		if v.kind != isNumber {
			return nil, &wrongArgument{i, v, "numbers"}
		}
		numbers[i] = v.number
	}
	return numbers, nil
}
