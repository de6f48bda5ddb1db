package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

const (
	anyAngle    = "any number, as an angle in radians, or a quantity such as 30 deg"
	closedAngle = "exact at fractions of pi where the value is one of square roots, else rounded"
	unitSlope   = "any number; outside -1 to 1 the value is complex"
)

var trigFunctions = []Function{
	{"acos", "acos(x)", "angle whose cosine is x", unitSlope, whereClosed, "acos(0) == pi/2 = true", 1, 1, nil, []string{"arccos"}, inverse((*number.Arith).Acos, complex.Acos), nil},
	{"acosh", "acosh(x)", "inverse of cosh", "any number; below 1 the value is complex", whereClosed, "acosh(1) = 0", 1, 1, nil, []string{"arcosh", "arccosh"}, ofComplex((*number.Arith).Acosh, complex.Acosh), nil},
	{"asin", "asin(x)", "angle whose sine is x", unitSlope, whereClosed, "asin(1) == pi/2 = true", 1, 1, nil, []string{"arcsin"}, inverse((*number.Arith).Asin, complex.Asin), nil},
	{"asinh", "asinh(x)", "inverse of sinh", anyNumber, whereClosed, "asinh(0) = 0", 1, 1, nil, []string{"arsinh", "arcsinh"}, ofComplex((*number.Arith).Asinh, complex.Asinh), nil},
	{"atan", "atan(x)", "angle whose tangent is x", "any number but i and -i", whereClosed, "atan(1) == pi/4 = true", 1, 1, nil, []string{"arctan"}, inverse((*number.Arith).Atan, complex.Atan), nil},
	{"atan2", "atan2(y, x)", "angle of the point (x, y), from -pi to pi", "real numbers, not both 0", whereClosed, "atan2(-1, -1) == -3pi/4 = true", 2, 2, nil, []string{"arctan2"}, atan2, nil},
	{"atanh", "atanh(x)", "inverse of tanh", "any number but 1 and -1; beyond them the value is complex", whereClosed, "atanh(0) = 0", 1, 1, nil, []string{"artanh", "arctanh"}, ofComplex((*number.Arith).Atanh, complex.Atanh), nil},
	{"cos", "cos(x)", "cosine", anyAngle, closedAngle, "cos(60°) = 0.5", 1, 1, nil, []string{"cosine"}, ofAngle((*number.Arith).Cos, complex.Cos), nil},
	{"cosh", "cosh(x)", "hyperbolic cosine", anyNumber, whereClosed, "cosh(0) = 1", 1, 1, nil, nil, ofComplex((*number.Arith).Cosh, complex.Cosh), nil},
	{"cot", "cot(x)", "cotangent, cos(x)/sin(x)", anyAngle, closedAngle, "cot(pi/4) = 1", 1, 1, nil, []string{"cotan"}, quotient("the cotangent has a pole at multiples of pi", cosine, sine), nil},
	{"csc", "csc(x)", "cosecant, 1/sin(x)", anyAngle, closedAngle, "csc(pi/6) = 2", 1, 1, nil, []string{"cosec"}, quotient("the cosecant has a pole at multiples of pi", nil, sine), nil},
	{"deg", "deg(x)", "x radians in degrees", anyNumber, whereClosed, "deg(pi/3) = 60", 1, 1, nil, []string{"degrees"}, toDegrees, nil},
	{"rad", "rad(x)", "x degrees in radians", anyNumber, whereClosed, "rad(180) == pi = true", 1, 1, nil, []string{"radians"}, of1(fromDegrees), nil},
	{"sec", "sec(x)", "secant, 1/cos(x)", anyAngle, closedAngle, "sec(pi/3) = 2", 1, 1, nil, nil, quotient("the secant has a pole at odd multiples of pi/2", nil, cosine), nil},
	{"sin", "sin(x)", "sine", anyAngle, closedAngle, "sin(30°) = 0.5", 1, 1, nil, []string{"sine"}, ofAngle((*number.Arith).Sin, complex.Sin), nil},
	{"sinh", "sinh(x)", "hyperbolic sine", anyNumber, whereClosed, "sinh(0) = 0", 1, 1, nil, nil, ofComplex((*number.Arith).Sinh, complex.Sinh), nil},
	{"tan", "tan(x)", "tangent", anyAngle, closedAngle, "tan(pi/4) = 1", 1, 1, nil, []string{"tangent"}, ofAngle((*number.Arith).Tan, complex.Tan), nil},
	{"tanh", "tanh(x)", "hyperbolic tangent", anyNumber, whereClosed, "tanh(0) = 0", 1, 1, nil, nil, ofComplex((*number.Arith).Tanh, complex.Tanh), nil},
}

var (
	sine   = ofAngle((*number.Arith).Sin, complex.Sin)
	cosine = ofAngle((*number.Arith).Cos, complex.Cos)
)

// fromDegrees is x*pi/180.
func fromDegrees(a *number.Arith, x number.Number) (number.Number, error) {
	x, err := a.Quo(x, number.Int(180))
	if err != nil {
		return x, err
	}
	return a.Mul(x, a.Pi())
}

func (e *evaluator) fromDegrees(x number.Number) (number.Number, error) { return fromDegrees(e.a, x) }

// inDegrees is x*180/pi.
func (e *evaluator) inDegrees(x value) (value, error) {
	x, err := e.operate(parse.Mul, x, numeric(number.Int(180)))
	if err != nil {
		return x, err
	}
	return e.operate(parse.Div, x, numeric(e.a.Pi()))
}

func toDegrees(e *evaluator, args []value) (value, error) {
	if x := args[0]; x.kind != isNumber {
		return value{}, &wrongArgument{0, x, "numbers"}
	}
	return e.inDegrees(args[0])
}

// angle is the argument of a trigonometric function in radians.
func (e *evaluator) angle(x value) (value, error) {
	switch {
	case x.kind == isQuantity:
		r, err := e.radians(x.quantity())
		return numeric(r), err
	case x.kind != isNumber && x.kind != isComplex:
		return value{}, &wrongArgument{0, x, "an angle"}
	case e.opt.Degrees:
		e.note("angles are in degrees")
		x, err := e.operate(parse.Div, x, numeric(number.Int(180)))
		if err != nil {
			return x, err
		}
		return e.operate(parse.Mul, x, numeric(e.a.Pi()))
	case x.kind == isNumber && x.number.IsExact() && !x.number.IsZero():
		e.note("angles are in radians; write 30° for degrees")
	}
	return x, nil
}

// ofAngle takes an angle.
func ofAngle(f realFunction, g complexFunction) operation {
	return func(e *evaluator, args []value) (value, error) {
		x, err := e.angle(args[0])
		if err != nil {
			return value{}, err
		}
		return e.extended(x, f, g)
	}
}

// inverse gives an angle.
func inverse(f realFunction, g complexFunction) operation {
	return func(e *evaluator, args []value) (value, error) {
		x, err := e.extended(args[0], f, g)
		if err != nil || !e.opt.Degrees {
			return x, err
		}
		e.note("angles are in degrees")
		return e.inDegrees(x)
	}
}

// quotient is f/g, or 1/g without f; pole is what to say where g is 0.
func quotient(pole string, f, g operation) operation {
	return func(e *evaluator, args []value) (value, error) {
		x := numeric(number.Int(1))
		y, err := g(e, args)
		if err == nil && f != nil {
			x, err = f(e, args)
		}
		if err != nil {
			return value{}, err
		}
		if y.kind == isNumber && y.number.IsZero() {
			return value{}, &number.Error{Kind: number.DivisionByZero, Message: pole}
		}
		return e.operate(parse.Div, x, y)
	}
}

func atan2(e *evaluator, args []value) (value, error) {
	if y, x := args[0], args[1]; y.kind == isQuantity && x.kind == isQuantity {
		v, err := y.quantity().In(e.a, x.unit())
		if err != nil {
			return value{}, err
		}
		args = []value{numeric(v), numeric(x.number)}
	}
	z, err := of2((*number.Arith).Atan2)(e, args)
	if err != nil || !e.opt.Degrees {
		return z, err
	}
	e.note("angles are in degrees")
	return e.inDegrees(z)
}
