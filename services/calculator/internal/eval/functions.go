package eval

import (
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A Function is one row of the table of functions.
type Function struct {
	// Name is what a call begins with.
	Name string
	// Signature shows the arguments; those in brackets may be left out.
	Signature string
	// Doc is one sentence.
	Doc string
	// Example is a call and its value, joined by " = ".
	Example string
	// Min and Max bound the number of arguments; Max is -1 if any number is
	// allowed, and then one list may stand for all arguments.
	Min, Max int

	aliases []string
	apply   operation
	// ofPower computes the function of a power that is too large to write
	// down; nil if that cannot be.
	ofPower powerOperation
}

type operation = func(e *evaluator, args []number.Number) (number.Number, error)

// A powerOperation computes a function of args[0]^y and the other arguments;
// ok is false if it cannot.
type powerOperation = func(e *evaluator, args []number.Number, y number.Number) (z number.Number, ok bool, err error)

// A Constant is one row of the table of constants.
type Constant struct {
	// Name is how it is written.
	Name string
	// Doc is one sentence.
	Doc string
	// Example is an expression with it and its value, joined by " = ".
	Example string

	aliases []string
	value   func(*number.Arith) (value, error)
}

// Functions lists the functions by name.
func Functions() []Function { return slices.Clone(functions) }

// Constants lists the constants by name.
func Constants() []Constant { return slices.Clone(constants) }

func lookupFunction(name string) (*Function, bool) {
	i, ok := slices.BinarySearchFunc(functions, name, func(f Function, name string) int { return strings.Compare(f.Name, name) })
	if !ok {
		return nil, false
	}
	return &functions[i], true
}

func lookupConstant(name string) (*Constant, bool) {
	i, ok := slices.BinarySearchFunc(constants, name, func(c Constant, name string) int { return strings.Compare(c.Name, name) })
	if !ok {
		return nil, false
	}
	return &constants[i], true
}

// constants is sorted by name.
var constants = []Constant{
	{"e", "base of the natural logarithm", "ln(e) = 1", []string{"euler"},
		func(a *number.Arith) (value, error) { return numeric(a.E()), nil }},
	{"false", "the truth value", "false or true = true", nil,
		func(*number.Arith) (value, error) { return value{kind: isBoolean}, nil }},
	{"phi", "the golden ratio, (1 + sqrt(5))/2", "phi^2 - phi == 1 = true", []string{"golden"}, goldenRatio},
	{"pi", "circumference of a circle by its diameter", "sin(pi/6) = 0.5", nil,
		func(a *number.Arith) (value, error) { return numeric(a.Pi()), nil }},
	{"tau", "a full turn, 2*pi", "cos(tau) = 1", nil,
		func(a *number.Arith) (value, error) {
			x, err := a.Mul(number.Int(2), a.Pi())
			return numeric(x), err
		}},
	{"true", "the truth value", "true and true = true", nil,
		func(*number.Arith) (value, error) { return value{kind: isBoolean, boolean: true}, nil }},
}

func goldenRatio(a *number.Arith) (value, error) {
	x, err := a.Sqrt(number.Int(5))
	if err == nil {
		x, err = a.Add(x, number.Int(1))
	}
	if err == nil {
		x, err = a.Quo(x, number.Int(2))
	}
	return numeric(x), err
}

// functions is sorted by name.
var functions = []Function{
	{"abs", "abs(x)", "x without its sign", "abs(-3) = 3", 1, 1, nil, of1((*number.Arith).Abs), nil},
	{"acos", "acos(x)", "angle in radians whose cosine is x", "acos(0) == pi/2 = true", 1, 1, []string{"arccos"}, of1((*number.Arith).Acos), nil},
	{"asin", "asin(x)", "angle in radians whose sine is x", "asin(1) == pi/2 = true", 1, 1, []string{"arcsin"}, of1((*number.Arith).Asin), nil},
	{"atan", "atan(x)", "angle in radians whose tangent is x", "atan(1) == pi/4 = true", 1, 1, []string{"arctan"}, of1((*number.Arith).Atan), nil},
	{"cbrt", "cbrt(x)", "real cube root", "cbrt(-8) = -2", 1, 1, nil, of1((*number.Arith).Cbrt), nil},
	{"ceil", "ceil(x)", "least integer not below x", "ceil(-1.5) = -1", 1, 1, []string{"ceiling"}, of1((*number.Arith).Ceil), nil},
	{"cos", "cos(x)", "cosine of an angle in radians", "cos(60°) = 0.5", 1, 1, []string{"cosine"}, angle((*number.Arith).Cos), nil},
	{"exp", "exp(x)", "e to the power x", "exp(0) = 1", 1, 1, nil, of1((*number.Arith).Exp), nil},
	{"factorial", "factorial(n)", "product of the integers from 1 to n", "factorial(5) = 120", 1, 1, []string{"fact"}, of1((*number.Arith).Factorial), nil},
	{"factorial2", "factorial2(n)", "product of every second integer down from n", "factorial2(7) = 105", 1, 1, nil, factorial2, nil},
	{"floor", "floor(x)", "greatest integer not above x", "floor(-1.5) = -2", 1, 1, nil, of1((*number.Arith).Floor), nil},
	{"gcd", "gcd(a, b, ...)", "greatest common divisor of integers", "gcd(12, 18) = 6", 1, -1, []string{"hcf"}, fold((*number.Arith).GCD), nil},
	{"hypot", "hypot(x, y)", "sqrt(x^2 + y^2)", "hypot(3, 4) = 5", 2, 2, nil, hypot, nil},
	{"lcm", "lcm(a, b, ...)", "least common multiple of integers", "lcm(4, 6) = 12", 1, -1, nil, fold((*number.Arith).LCM), nil},
	{"ln", "ln(x)", "natural logarithm", "ln(e^2) = 2", 1, 1, nil, of1((*number.Arith).Log), logOfPower(of1((*number.Arith).Log))},
	{"log", "log(x, [base])", "natural logarithm, or to the base given", "log(8, 2) = 3", 1, 2, nil, logarithm, logOfPower(logarithm)},
	{"log10", "log10(x)", "logarithm to the base 10", "log10(1000) = 3", 1, 1, []string{"lg"}, of1((*number.Arith).Log10), logOfPower(of1((*number.Arith).Log10))},
	{"log2", "log2(x)", "logarithm to the base 2", "log2(1024) = 10", 1, 1, []string{"ld", "lb"}, of1((*number.Arith).Log2), logOfPower(of1((*number.Arith).Log2))},
	{"max", "max(a, b, ...)", "greatest of its arguments or of one list", "max(1, 3, 2) = 3", 1, -1, []string{"maximum"}, extreme(1), nil},
	{"min", "min(a, b, ...)", "least of its arguments or of one list", "min([2, 1, 3]) = 1", 1, -1, []string{"minimum"}, extreme(-1), nil},
	{"mod", "mod(x, y)", "remainder with the sign of y", "mod(-7, 3) = 2", 2, 2, []string{"modulo"}, of2((*number.Arith).Mod), modOfPower},
	{"pow", "pow(x, y)", "x to the power y", "pow(2, 10) = 1024", 2, 2, []string{"power"}, power, nil},
	{"rem", "rem(x, y)", "remainder with the sign of x", "rem(-7, 3) = -1", 2, 2, []string{"remainder", "fmod"}, of2((*number.Arith).Rem), nil},
	{"round", "round(x, [digits])", "nearest number with so many decimals, half to even", "round(2.675, 2) = 2.68", 1, 2, nil, round, nil},
	{"sign", "sign(x)", "-1, 0 or 1", "sign(-0.5) = -1", 1, 1, []string{"sgn", "signum"}, sign, nil},
	{"sin", "sin(x)", "sine of an angle in radians", "sin(30°) = 0.5", 1, 1, nil, angle((*number.Arith).Sin), nil},
	{"sqrt", "sqrt(x)", "square root", "sqrt(6.25) = 2.5", 1, 1, []string{"square_root", "squareroot"}, of1((*number.Arith).Sqrt), nil},
	{"sum", "sum(a, b, ...)", "sum of its arguments or of one list", "sum([0.1, 0.2, 0.3]) = 0.6", 0, -1, []string{"total"}, sum, nil},
	{"tan", "tan(x)", "tangent of an angle in radians", "tan(pi/4) = 1", 1, 1, []string{"tangent"}, angle((*number.Arith).Tan), nil},
	{"trunc", "trunc(x)", "integer part, rounded toward zero", "trunc(-1.5) = -1", 1, 1, []string{"int", "fix", "truncate"}, of1((*number.Arith).Trunc), nil},
}

func of1(f func(*number.Arith, number.Number) (number.Number, error)) operation {
	return func(e *evaluator, args []number.Number) (number.Number, error) { return f(e.a, args[0]) }
}

func of2(f func(*number.Arith, number.Number, number.Number) (number.Number, error)) operation {
	return func(e *evaluator, args []number.Number) (number.Number, error) { return f(e.a, args[0], args[1]) }
}

// angle notes the unit where the argument is written like degrees.
func angle(f func(*number.Arith, number.Number) (number.Number, error)) operation {
	return func(e *evaluator, args []number.Number) (number.Number, error) {
		if x := args[0]; x.IsExact() && !x.IsZero() {
			e.note("angles are in radians; write 30° for degrees")
		}
		return f(e.a, args[0])
	}
}

// fold joins all arguments with f; of one argument it is f(x, x), which for
// gcd and lcm is its absolute value.
func fold(f func(*number.Arith, number.Number, number.Number) (number.Number, error)) operation {
	return func(e *evaluator, args []number.Number) (number.Number, error) {
		x := args[0]
		for _, y := range args[min(1, len(args)-1):] {
			var err error
			if x, err = f(e.a, x, y); err != nil {
				return x, err
			}
		}
		return x, nil
	}
}

func extreme(direction int) operation {
	return func(e *evaluator, args []number.Number) (number.Number, error) {
		best := args[0]
		for _, x := range args[1:] {
			c, err := e.a.Cmp(x, best)
			if err != nil {
				return best, err
			}
			if c == direction {
				best = x
			}
		}
		return best, nil
	}
}

func sum(e *evaluator, args []number.Number) (number.Number, error) {
	var total number.Number
	for _, x := range args {
		var err error
		if total, err = e.a.Add(total, x); err != nil {
			return total, err
		}
	}
	return total, nil
}

func power(e *evaluator, args []number.Number) (number.Number, error) {
	return e.power(args[0], args[1])
}

func logarithm(e *evaluator, args []number.Number) (number.Number, error) {
	if len(args) == 2 {
		return e.a.LogBase(args[0], args[1])
	}
	e.note("log is the natural logarithm; log10(x), log2(x) and log(x, base) have other bases")
	return e.a.Log(args[0])
}

func sign(e *evaluator, args []number.Number) (number.Number, error) {
	s, err := e.a.Sign(args[0])
	return number.Int(int64(s)), err
}

func hypot(e *evaluator, args []number.Number) (number.Number, error) {
	x, err := e.a.Mul(args[0], args[0])
	if err != nil {
		return x, err
	}
	y, err := e.a.Mul(args[1], args[1])
	if err == nil {
		x, err = e.a.Add(x, y)
	}
	if err != nil {
		return x, err
	}
	return e.a.Sqrt(x)
}

// maxDecimals bounds the second argument of round.
const maxDecimals = 100_000

func round(e *evaluator, args []number.Number) (number.Number, error) {
	x := args[0]
	digits := int64(0)
	if len(args) == 2 {
		var ok bool
		if digits, ok = args[1].Int64(); !ok {
			return x, &number.Error{Kind: number.Domain, Message: "round needs an integer as its number of decimals"}
		}
		if digits < -maxDecimals || digits > maxDecimals {
			return x, &number.Error{Kind: number.Limit, Message: "round can keep at most 100000 decimals"}
		}
	}
	r, err := e.a.Round(x, int(digits), number.HalfEven)
	if err != nil || !x.IsExact() {
		return r, err
	}
	up, err := e.a.Round(x, int(digits), number.HalfUp)
	if err != nil {
		return r, err
	}
	down, err := e.a.Round(x, int(digits), number.HalfDown)
	if err != nil {
		return r, err
	}
	c, err := e.a.Cmp(up, down)
	if c != 0 {
		e.note("round takes the even neighbour of a number halfway between two: round(2.5) is 2")
	}
	return r, err
}

// factorial2 is 2^k k! for n = 2k and n!/(2^k k!) for n = 2k+1.
func factorial2(e *evaluator, args []number.Number) (number.Number, error) {
	n := args[0]
	if s, err := e.a.Sign(n); !n.IsInt() || s < 0 || err != nil {
		return n, &number.Error{Kind: number.Domain, Message: "factorial2 needs an integer that is not negative"}
	}
	all, err := e.a.Factorial(n)
	if err != nil {
		return n, err
	}
	i, _ := n.Int64()
	k := number.Int(i / 2)
	even, err := e.a.Factorial(k)
	if err != nil {
		return n, err
	}
	scale, err := e.a.Pow(number.Int(2), k)
	if err == nil {
		even, err = e.a.Mul(even, scale)
	}
	if err != nil || i%2 == 0 {
		return even, err
	}
	return e.a.FloorDiv(all, even)
}
