package eval

import (
	"errors"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/integer"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// A hugePower is a power that is too large to be written down, which a
// logarithm or a remainder of it need not be.
type hugePower struct {
	x, y    number.Number
	refusal error
}

// powerOf computes the power n, or returns what it is made of if it is huge.
func (e *evaluator) powerOf(n *parse.Binary) (z value, huge *hugePower, err error) {
	x, err := e.operand(n.X, n.Op)
	if err != nil {
		return x, nil, err
	}
	y, err := e.operand(n.Y, n.Op)
	if err != nil {
		return y, nil, err
	}
	z, err = e.operate(parse.Pow, x, y)
	if err == nil {
		if e.steps != nil {
			e.steps.add(e.a, n, z)
		}
		return z, nil, nil
	}
	err = failure(err, n.At)
	var refused *Error
	if x.kind == isNumber && y.kind == isNumber && errors.As(err, &refused) && refused.Reason == Limit {
		return z, &hugePower{x.number, y.number, err}, nil
	}
	return z, nil, err
}

// powerMod is the remainder n of the power p.
func (e *evaluator) powerMod(n, p *parse.Binary) (value, error) {
	x, huge, err := e.powerOf(p)
	if err != nil {
		return x, err
	}
	m, err := e.operand(n.Y, n.Op)
	if err != nil {
		return m, err
	}
	if huge == nil {
		z, err := e.operate(n.Op, x, m)
		if err != nil {
			err = failure(err, n.At)
		}
		return z, err
	}
	if m.kind != isNumber {
		return value{}, huge.refusal
	}
	z, ok, err := e.modPow(huge.x, huge.y, m.number)
	switch {
	case !ok:
		return value{}, huge.refusal
	case err != nil:
		return value{}, failure(err, n.At)
	}
	return numeric(z), err
}

// modPow is x^y modulo m; ok is false unless all are integers.
func (e *evaluator) modPow(x, y, m number.Number) (z number.Number, ok bool, err error) {
	if !x.IsInt() || !y.IsInt() || !m.IsInt() {
		return z, false, nil
	}
	z, err = integer.ModPow(e.a, x, y, m)
	return z, true, err
}

// isPower is n as a power.
func isPower(n parse.Node) (*parse.Binary, bool) {
	b, ok := n.(*parse.Binary)
	return b, ok && b.Op == parse.Pow
}

// logOfPower is log(x^y) = y log(x) for a positive x.
func logOfPower(log operation) powerOperation {
	return func(e *evaluator, args []value, y number.Number) (value, bool, error) {
		if s, err := e.a.Sign(args[0].number); err != nil || s <= 0 {
			return value{}, false, nil
		}
		z, err := log(e, args)
		if err == nil {
			z, err = e.operate(parse.Mul, numeric(y), z)
		}
		return z, true, err
	}
}

// modOfPower is x^y mod m.
func modOfPower(e *evaluator, args []value, y number.Number) (value, bool, error) {
	if args[1].kind != isNumber {
		return value{}, false, nil
	}
	z, ok, err := e.modPow(args[0].number, y, args[1].number)
	return numeric(z), ok, err
}
