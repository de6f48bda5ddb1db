package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

const (
	notZero       = "any number but 0; of a negative one the value is complex"
	powerOrBelow0 = "any number; of a negative one the value is complex"
)

var powerFunctions = []Function{
	{"cbrt", "cbrt(x)", "real cube root", "any real number", whereClosed, "cbrt(-8) = -2", 1, 1, nil, nil, cubeRoot, nil},
	{"exp", "exp(x)", "e to the power x", anyNumber, whereClosed, "exp(0) = 1", 1, 1, nil, nil, ofComplex((*number.Arith).Exp, complex.Exp), nil},
	{"expm1", "expm1(x)", "e to the power x, less 1", anyNumber, whereClosed, "expm1(0) = 0", 1, 1, nil, nil, expm1, nil},
	{"hypot", "hypot(x, y, ...)", "sqrt(x^2 + y^2 + ...)", "real numbers, or quantities of one dimension", whereClosed, "hypot(3, 4) = 5", 1, -1, nil, nil, hypot, nil},
	{"ln", "ln(x)", "natural logarithm", notZero, whereClosed, "ln(e^2) = 2", 1, 1, nil, nil, naturalLog, logOfPower(naturalLog)},
	{"log", "log(x, [base])", "natural logarithm, or to the base given", notZero, whereClosed, "log(8, 2) = 3", 1, 2, nil, nil, logarithm, logOfPower(logarithm)},
	{"log10", "log10(x)", "logarithm to the base 10", notZero, whereClosed, "log10(1000) = 3", 1, 1, nil, []string{"lg"}, logBase(10), logOfPower(logBase(10))},
	{"log1p", "log1p(x)", "natural logarithm of 1 + x", "any number but -1; below -1 the value is complex", whereClosed, "log1p(0) = 0", 1, 1, nil, nil, log1p, nil},
	{"log2", "log2(x)", "logarithm to the base 2", notZero, whereClosed, "log2(1024) = 10", 1, 1, nil, []string{"ld", "lb"}, logBase(2), logOfPower(logBase(2))},
	{"pow", "pow(x, y)", "x to the power y", anyNumber, whereClosed, "pow(2, 10) = 1024", 2, 2, nil, []string{"power"}, infix(parse.Pow), nil},
	{"root", "root(x, n)", "nth root of x, the real one where there is one", "n is an integer from 1 to 1,000,000", whereClosed, "root(-32, 5) = -2", 2, 2, nil, []string{"nthroot", "surd"}, root, nil},
	{"sqrt", "sqrt(x)", "square root", powerOrBelow0, whereClosed, "sqrt(6.25) = 2.5", 1, 1, nil, []string{"sqr", "sqroot", "square_root", "squareroot"}, squareRoot, nil},
}

func squareRoot(e *evaluator, args []value) (value, error) {
	if x := args[0]; x.kind == isQuantity {
		return e.operate(parse.Pow, x, numeric(number.Frac(1, 2)))
	}
	return e.extended(args[0], (*number.Arith).Sqrt, complex.Sqrt)
}

func cubeRoot(e *evaluator, args []value) (value, error) {
	switch x := args[0]; x.kind {
	case isQuantity:
		return e.operate(parse.Pow, x, numeric(number.Frac(1, 3)))
	case isComplex:
		return value{}, &number.Error{Kind: number.Domain, Message: "cbrt is the real cube root and takes real numbers",
			Hint: "z^(1/3) is the principal root of a complex number"}
	}
	return of1((*number.Arith).Cbrt)(e, args)
}

// maxRoot bounds the degree of a root.
const maxRoot = 1_000_000

func root(e *evaluator, args []value) (value, error) {
	n, err := count(args[1], 1, "the degree of a root", 1, maxRoot)
	if err != nil {
		return value{}, err
	}
	x := args[0]
	if x.kind == isNumber && n%2 == 1 {
		z, err := e.realNthRoot(x.number, number.Int(n))
		return numeric(z), err
	}
	if x.kind == isBoolean || x.kind == isList {
		return value{}, &wrongArgument{0, x, "numbers"}
	}
	return e.operate(parse.Pow, x, numeric(number.Frac(1, n)))
}

// realNthRoot is the real root of x of an odd degree.
func (e *evaluator) realNthRoot(x, n number.Number) (number.Number, error) {
	s, err := e.a.Sign(x)
	if err != nil {
		return x, err
	}
	y, err := e.a.Quo(number.Int(1), n)
	if err != nil {
		return x, err
	}
	if s >= 0 {
		return e.a.Pow(x, y)
	}
	if x, err = e.a.Neg(x); err == nil {
		x, err = e.a.Pow(x, y)
	}
	if err != nil {
		return x, err
	}
	return e.a.Neg(x)
}

func naturalLog(e *evaluator, args []value) (value, error) {
	return e.extended(args[0], (*number.Arith).Log, complex.Log)
}

func logarithm(e *evaluator, args []value) (value, error) {
	if len(args) == 1 {
		e.note("log is the natural logarithm; log10(x), log2(x) and log(x, base) have other bases")
		return naturalLog(e, args)
	}
	return e.logTo(args[0], args[1])
}

func logBase(base int64) operation {
	return func(e *evaluator, args []value) (value, error) { return e.logTo(args[0], numeric(number.Int(base))) }
}

// logTo is the logarithm of x to a base.
func (e *evaluator) logTo(x, base value) (value, error) {
	if x.kind == isNumber && base.kind == isNumber {
		z, err := e.a.LogBase(x.number, base.number)
		if !e.leavesReals(err) {
			return numeric(z), e.hintAtComplex(err)
		}
		if s, failed := e.a.Sign(base.number); failed != nil || s <= 0 || isOne(base.number) {
			return value{}, err
		}
	}
	l, err := e.extended(x, (*number.Arith).Log, complex.Log)
	if err != nil {
		return value{}, err
	}
	d, err := e.extended(base, (*number.Arith).Log, complex.Log)
	if err != nil {
		if wrong, ok := err.(*wrongArgument); ok {
			wrong.index = 1
		}
		return value{}, err
	}
	return e.operate(parse.Div, l, d)
}

func expm1(e *evaluator, args []value) (value, error) {
	if args[0].kind == isNumber {
		return of1((*number.Arith).Expm1)(e, args)
	}
	z, err := e.extended(args[0], (*number.Arith).Exp, complex.Exp)
	if err != nil {
		return value{}, err
	}
	return e.operate(parse.Sub, z, numeric(number.Int(1)))
}

func log1p(e *evaluator, args []value) (value, error) {
	x := args[0]
	switch x.kind {
	case isNumber:
		z, err := e.a.Log1p(x.number)
		if !e.leavesReals(err) {
			return numeric(z), e.hintAtComplex(err)
		}
	case isComplex:
	default:
		return value{}, &wrongArgument{0, x, "numbers"}
	}
	x, err := e.operate(parse.Add, numeric(number.Int(1)), x)
	if err != nil {
		return value{}, err
	}
	return e.extended(x, (*number.Arith).Log, complex.Log)
}

func hypot(e *evaluator, args []value) (value, error) {
	var squares value
	for i, x := range args {
		if x.kind != isNumber && x.kind != isQuantity {
			return value{}, &wrongArgument{i, x, "real numbers"}
		}
		y, err := e.operate(parse.Mul, x, x)
		if err == nil && i > 0 {
			y, err = e.operate(parse.Add, squares, y)
		}
		if err != nil {
			return value{}, err
		}
		squares = y
	}
	return squareRoot(e, []value{squares})
}
