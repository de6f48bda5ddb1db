package eval

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// CheckName returns an error unless name can be that of a variable: a letter
// and then letters, digits or underscores, and no word of the language. It may
// be the name of a function, as rate and mean are, which then cannot be called.
func CheckName(name string) error {
	x, err := parse.Parse(name, parse.Limits{Bytes: maxVariableName})
	n, ok := (*parse.Name)(nil), false
	if err == nil {
		n, ok = x.Root.(*parse.Name)
	}
	switch {
	case slices.ContainsFunc(parse.Operators(), func(o parse.Operator) bool { return slices.Contains(o.Symbols, name) }):
		err = fmt.Errorf("is an operator")
	case name == "true" || name == "false":
		err = fmt.Errorf("is a truth value")
	case !ok || n.Name != name:
		err = fmt.Errorf("is not a name: a letter, then letters, digits or underscores")
	default:
		return nil
	}
	return &Error{Reason: Syntax, Message: "a variable cannot be called " + spelling.Quote(name) + ", which " + err.Error(), Hint: "choose another name"}
}

// maxVariableName bounds the length of the name of a variable, in bytes.
const maxVariableName = 100

// define evaluates the variables that are given as expressions. As none may
// use another, their order does not matter.
func (ev *Evaluator) define(expressions map[string]string) error {
	values := make(map[string]value, len(expressions))
	for _, name := range slices.Sorted(maps.Keys(expressions)) {
		if err := CheckName(name); err != nil {
			return err
		}
		v, err := ev.variable(expressions[name], expressions)
		if err != nil {
			return ofVariable(name, err)
		}
		values[name] = v
	}
	for name, v := range values {
		ev.set(name, v)
	}
	return nil
}

// variable is the value of the text of a variable.
func (ev *Evaluator) variable(src string, others map[string]string) (value, error) {
	x, err := ev.Parse(src)
	if err != nil {
		return value{}, err
	}
	for _, n := range parse.Names(x.Root) {
		_, isExpression := others[n.Name]
		_, isNumber := ev.e.vars[n.Name]
		if isExpression || isNumber {
			err := fail(n, UnknownName, "it uses the variable %s, and the text of a variable may not use variables", spelling.Quote(n.Name))
			err.Hint = "put the value in its place"
			return value{}, err
		}
	}
	v, err := ev.begin(nil).eval(x.Root)
	if err != nil {
		return value{}, failure(err, 0)
	}
	return v, nil
}

// ofVariable says of an error that it is in the text of a variable; places in
// that text mean nothing to who reads of the expression.
func ofVariable(name string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	e.Message = "the variable " + spelling.Quote(name) + ": " + e.Message
	e.Position = 0
	return e
}
