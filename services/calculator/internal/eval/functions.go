package eval

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
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
	// Domain says which arguments have a value.
	Domain string
	// Exactness says when the value is exact.
	Exactness string
	// Example is a call and its value, joined by " = ".
	Example string
	// Min and Max bound the number of arguments; Max is -1 if any number is
	// allowed, and then one list may stand for all arguments.
	Min, Max int
	// Also are other names that a call may begin with.
	Also []string

	// aliases are names that other calculators use: they are not accepted, but
	// lead to a suggestion.
	aliases []string
	apply   operation
	// ofPower computes the function of a power that is too large to write
	// down; nil if that cannot be.
	ofPower powerOperation
}

type operation = func(e *evaluator, args []value) (value, error)

// A powerOperation computes a function of args[0]^y and the other arguments;
// ok is false if it cannot.
type powerOperation = func(e *evaluator, args []value, y number.Number) (z value, ok bool, err error)

// Sentences that many rows share.
const (
	anyNumber   = "any number"
	integers    = "integers"
	ofExact     = "exact for integers and fractions"
	whereClosed = "exact where the value is a fraction or has a short closed form, else rounded to the digits wanted"
	always      = "always exact"
	asItems     = "as exact as the items"
)

// functions joins the tables of the files named after their themes.
var functions = func() []Function {
	all := slices.Concat(arithmeticFunctions, powerFunctions, trigFunctions, complexFunctions, integerFunctions, primeFunctions,
		specialFunctions, listFunctions, matrixFunctions, statisticsFunctions, moneyFunctions)
	slices.SortFunc(all, func(f, g Function) int { return strings.Compare(f.Name, g.Name) })
	return all
}()

// functionNames leads from each accepted name to its row.
var functionNames = func() map[string]*Function {
	names := make(map[string]*Function, 2*len(functions))
	for i := range functions {
		names[functions[i].Name] = &functions[i]
		for _, also := range functions[i].Also {
			names[also] = &functions[i]
		}
	}
	return names
}()

// Functions lists the functions by name.
func Functions() []Function { return slices.Clone(functions) }

// Lookup returns the row of the function of that name.
func Lookup(name string) (Function, bool) {
	f, ok := lookupFunction(name)
	if !ok {
		return Function{}, false
	}
	return *f, true
}

func lookupFunction(name string) (*Function, bool) {
	f, ok := functionNames[name]
	return f, ok
}

// hinted adds to a refusal by size what to ask for instead.
func hinted(f operation, hint string) operation {
	return func(e *evaluator, args []value) (value, error) {
		v, err := f(e, args)
		return v, hintAtLimit(err, hint)
	}
}

func hintAtLimit(err error, hint string) error {
	var ne *number.Error
	if err == nil || !errors.As(err, &ne) || ne.Hint != "" || ne.Kind != number.Limit {
		return err
	}
	hinted := *ne
	hinted.Hint = hint
	return &hinted
}

// of1 takes a real number.
func of1(f func(*number.Arith, number.Number) (number.Number, error)) operation {
	return ofReals(func(e *evaluator, x []number.Number) (number.Number, error) { return f(e.a, x[0]) })
}

// of2 takes two real numbers.
func of2(f func(*number.Arith, number.Number, number.Number) (number.Number, error)) operation {
	return ofReals(func(e *evaluator, x []number.Number) (number.Number, error) { return f(e.a, x[0], x[1]) })
}

// ofReals takes nothing but real numbers.
func ofReals(f func(*evaluator, []number.Number) (number.Number, error)) operation {
	return func(e *evaluator, args []value) (value, error) {
		x, err := reals(args)
		if err != nil {
			return value{}, err
		}
		z, err := f(e, x)
		return numeric(z), err
	}
}

type (
	realFunction    = func(*number.Arith, number.Number) (number.Number, error)
	complexFunction = func(*number.Arith, complex.Number) (complex.Number, error)
)

// ofComplex takes a number or a complex number, and gives a complex value
// where there is no real one.
func ofComplex(f realFunction, g complexFunction) operation {
	return func(e *evaluator, args []value) (value, error) { return e.extended(args[0], f, g) }
}

// extended is f of x, or g of x where f has no value.
func (e *evaluator) extended(x value, f realFunction, g complexFunction) (value, error) {
	switch x.kind {
	case isComplex:
		z, err := g(e.a, x.complex())
		return complexValue(z), err
	case isNumber:
		z, err := f(e.a, x.number)
		if !e.leavesReals(err) {
			return numeric(z), e.hintAtComplex(err)
		}
		w, failed := g(e.a, x.complex())
		if failed != nil {
			return value{}, err
		}
		return complexValue(w), nil
	}
	return value{}, &wrongArgument{0, x, "numbers"}
}

// keepingUnit takes a number or a quantity, of which it changes the value
// alone.
func keepingUnit(f realFunction) operation {
	return func(e *evaluator, args []value) (value, error) {
		x := args[0]
		if x.kind != isNumber && x.kind != isQuantity {
			return value{}, &wrongArgument{0, x, "numbers"}
		}
		var err error
		x.number, err = f(e.a, x.number)
		return x, err
	}
}

// fold joins all arguments with f; of one argument it is f(x, x), which for
// gcd and lcm is its absolute value.
func fold(f func(*number.Arith, number.Number, number.Number) (number.Number, error)) operation {
	return ofReals(func(e *evaluator, args []number.Number) (number.Number, error) {
		x := args[0]
		for _, y := range args[min(1, len(args)-1):] {
			var err error
			if x, err = f(e.a, x, y); err != nil {
				return x, err
			}
		}
		return x, nil
	})
}

// count is an argument that is a small integer from lo to hi.
func count(x value, index int, what string, lo, hi int64) (int64, error) {
	if x.kind != isNumber {
		return 0, &wrongArgument{index, x, what}
	}
	i, ok := x.number.Int64()
	switch {
	case !ok && !x.number.IsInt():
		return 0, domain("%s has to be an integer", what)
	case !ok || i < lo || i > hi:
		return 0, &number.Error{Kind: number.Limit, Message: what + " is out of bounds; they are " + grouped(lo) + " and " + grouped(hi)}
	}
	return i, nil
}

// inOrder sorts x by the order of its values.
func (e *evaluator) inOrder(x []value) error {
	var failed error
	slices.SortStableFunc(x, func(p, q value) int {
		if failed != nil {
			return 0
		}
		c, err := e.order(p, q)
		failed = cmp.Or(failed, err)
		return c
	})
	return failed
}
