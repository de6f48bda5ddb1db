package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

var arithmeticFunctions = []Function{
	{"abs", "abs(x)", "x without its sign; of a complex number its distance from 0", anyNumber, whereClosed, "abs(-3) = 3", 1, 1, nil, nil, absolute, nil},
	{"ceil", "ceil(x)", "least integer not below x", "any real number", always, "ceil(-1.5) = -1", 1, 1, nil, []string{"ceiling"}, keepingUnit((*number.Arith).Ceil), nil},
	{"clamp", "clamp(x, low, high)", "x, or the bound that it is beyond", "low <= high", "as exact as the arguments", "clamp(12, 0, 10) = 10", 3, 3, nil, []string{"clip"}, clamp, nil},
	{"divmod", "divmod(x, y)", "list of floor(x/y) and the remainder with the sign of y", "y is not 0", ofExact, "divmod(-7, 3) = [-3, 2]", 2, 2, nil, []string{"quotrem"}, divmod, nil},
	{"floor", "floor(x)", "greatest integer not above x", "any real number", always, "floor(-1.5) = -2", 1, 1, nil, nil, keepingUnit((*number.Arith).Floor), nil},
	{"max", "max(a, b, ...)", "greatest of its arguments or of one list", "real numbers, or quantities of one dimension", asItems, "max(1, 3, 2) = 3", 1, -1, nil, []string{"maximum"}, extreme(1), nil},
	{"min", "min(a, b, ...)", "least of its arguments or of one list", "real numbers, or quantities of one dimension", asItems, "min([2, 1, 3]) = 1", 1, -1, nil, []string{"minimum"}, extreme(-1), nil},
	{"mod", "mod(x, y)", "remainder with the sign of y", "y is not 0", ofExact, "mod(-7, 3) = 2", 2, 2, nil, []string{"modulo"}, infix(parse.Mod), modOfPower},
	{"product", "product(a, b, ...)", "product of its arguments or of one list", anyNumber, asItems, "product(2, 3, 4) = 24", 0, -1, nil, []string{"prod"}, product, nil},
	{"rem", "rem(x, y)", "remainder with the sign of x", "y is not 0", ofExact, "rem(-7, 3) = -1", 2, 2, nil, []string{"remainder", "fmod"}, of2((*number.Arith).Rem), nil},
	{"round", "round(x, [digits])", "nearest number with so many decimals; a tie goes to the even neighbour unless another rounding is chosen", "any real number; -100,000 to 100,000 decimals", always, "round(2.675, 2) = 2.68", 1, 2, nil, nil, round, nil},
	{"sign", "sign(x)", "-1, 0 or 1", "any real number", always, "sign(-0.5) = -1", 1, 1, nil, []string{"sgn", "signum"}, sign, nil},
	{"sum", "sum(a, b, ...)", "sum of its arguments or of one list", "numbers, or quantities of one dimension", asItems, "sum([0.1, 0.2, 0.3]) = 0.6", 0, -1, nil, []string{"total"}, sum, nil},
	{"trunc", "trunc(x)", "integer part, rounded toward zero", "any real number", always, "trunc(-1.5) = -1", 1, 1, nil, []string{"int", "fix", "truncate"}, keepingUnit((*number.Arith).Trunc), nil},
}

// infix is the operator op as a function.
func infix(op parse.Op) operation {
	return func(e *evaluator, args []value) (value, error) {
		for i, x := range args {
			if x.kind == isBoolean || x.kind == isList {
				return value{}, &wrongArgument{i, x, "numbers"}
			}
		}
		return e.operate(op, args[0], args[1])
	}
}

func absolute(e *evaluator, args []value) (value, error) {
	if x := args[0]; x.kind == isComplex {
		z, err := complex.Abs(e.a, x.complex())
		return numeric(z), err
	}
	return keepingUnit((*number.Arith).Abs)(e, args)
}

func clamp(e *evaluator, args []value) (value, error) {
	c, err := e.order(args[1], args[2])
	if err == nil && c > 0 {
		err = domain("the lower bound of clamp is above the upper one")
	}
	if err != nil {
		return value{}, err
	}
	if c, err = e.order(args[0], args[1]); err != nil || c < 0 {
		return args[1], err
	}
	if c, err = e.order(args[0], args[2]); err != nil || c > 0 {
		return args[2], err
	}
	return args[0], nil
}

func divmod(e *evaluator, args []value) (value, error) {
	q, err := infix(parse.FloorDiv)(e, args)
	if err != nil {
		return value{}, err
	}
	r, err := infix(parse.Mod)(e, args)
	return listOf([]value{q, r}), err
}

func extreme(direction int) operation {
	return func(e *evaluator, args []value) (value, error) {
		best := args[0]
		for i, x := range args {
			if x.kind == isBoolean || x.kind == isList {
				return value{}, &wrongArgument{i, x, "numbers"}
			}
			if i == 0 {
				continue
			}
			c, err := e.order(x, best)
			if err != nil {
				return value{}, err
			}
			if c == direction {
				best = x
			}
		}
		return best, nil
	}
}

// total joins all arguments with op, beginning with the first one.
func total(e *evaluator, op parse.Op, args []value, empty int64) (value, error) {
	z := numeric(number.Int(empty))
	for i, x := range args {
		if x.kind == isBoolean || x.kind == isList {
			return value{}, &wrongArgument{i, x, "numbers"}
		}
		if i == 0 {
			z = x
			continue
		}
		var err error
		if z, err = e.operate(op, z, x); err != nil {
			return value{}, err
		}
	}
	return z, nil
}

func sum(e *evaluator, args []value) (value, error) { return total(e, parse.Add, args, 0) }

func product(e *evaluator, args []value) (value, error) { return total(e, parse.Mul, args, 1) }

func sign(e *evaluator, args []value) (value, error) {
	if args[0].kind != isNumber && args[0].kind != isQuantity {
		return value{}, &wrongArgument{0, args[0], "numbers"}
	}
	s, err := e.a.Sign(args[0].number)
	return numeric(number.Int(int64(s))), err
}

// maxDecimals bounds the second argument of round.
const maxDecimals = 100_000

func round(e *evaluator, args []value) (value, error) {
	x := args[0]
	if x.kind != isNumber && x.kind != isQuantity {
		return value{}, &wrongArgument{0, x, "numbers"}
	}
	decimals := int64(0)
	var err error
	if len(args) == 2 {
		if decimals, err = count(args[1], 1, "the number of decimals of round", -maxDecimals, maxDecimals); err != nil {
			return value{}, err
		}
	}
	mode := e.opt.Rounding
	exact := x.number
	if x.number, err = e.a.Round(exact, int(decimals), mode); err != nil {
		return value{}, err
	}
	switch {
	case mode != number.HalfEven:
		e.note("round uses the rounding " + mode.String())
	case exact.IsExact():
		err = e.noteTie(exact, int(decimals))
	}
	return x, err
}

// noteTie tells of the convention for a number halfway between two.
func (e *evaluator) noteTie(x number.Number, decimals int) error {
	up, err := e.a.Round(x, decimals, number.HalfUp)
	if err != nil {
		return err
	}
	down, err := e.a.Round(x, decimals, number.HalfDown)
	if err != nil {
		return err
	}
	c, err := e.a.Cmp(up, down)
	if c != 0 {
		e.note("round takes the even neighbour of a number halfway between two: round(2.5) is 2")
	}
	return err
}
