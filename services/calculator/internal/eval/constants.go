package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/constants"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// A Constant is one row of the table of constants.
type Constant struct {
	// Name is how it is written.
	Name string
	// Doc is one sentence.
	Doc string
	// Example is an expression with it and its value, joined by " = ".
	Example string

	aliases []string
	// complex says that the value is not real.
	complex bool
	value   func(*number.Arith) (value, error)
}

// Constants lists the constants of mathematics by name.
func Constants() []Constant { return slices.Clone(mathConstants) }

func lookupConstant(name string) (*Constant, bool) {
	i, ok := slices.BinarySearchFunc(mathConstants, name, func(c Constant, name string) int { return strings.Compare(c.Name, name) })
	if !ok {
		return nil, false
	}
	return &mathConstants[i], true
}

// mathConstants is sorted by name.
var mathConstants = []Constant{
	{"e", "base of the natural logarithm", "ln(e) = 1", []string{"euler"}, false,
		func(a *number.Arith) (value, error) { return numeric(a.E()), nil }},
	{"false", "the truth value", "false or true = true", nil, false,
		func(*number.Arith) (value, error) { return truth(false), nil }},
	{"i", "the imaginary unit", "i^2 = -1", []string{"j"}, true,
		func(*number.Arith) (value, error) { return complexValue(complex.I()), nil }},
	{"phi", "the golden ratio, (1 + sqrt(5))/2", "phi^2 - phi == 1 = true", []string{"golden"}, false, goldenRatio},
	{"pi", "circumference of a circle by its diameter", "sin(pi/6) = 0.5", nil, false,
		func(a *number.Arith) (value, error) { return numeric(a.Pi()), nil }},
	{"tau", "a full turn, 2*pi", "cos(tau) = 1", nil, false,
		func(a *number.Arith) (value, error) {
			x, err := a.Mul(number.Int(2), a.Pi())
			return numeric(x), err
		}},
	{"true", "the truth value", "true and true = true", nil, false,
		func(*number.Arith) (value, error) { return truth(true), nil }},
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

// physical leads from the names of the constants of nature to them. Short
// names are left out, such as c, h, sigma and n_0: they are units too, or
// likelier to be variables that somebody forgot.
var physical = func() map[string]constants.Constant {
	all := make(map[string]constants.Constant)
	for _, c := range constants.All() {
		for _, name := range append([]string{c.Symbol}, c.Aliases...) {
			long := len(name) >= 8 && strings.Contains(name, "_")
			if (long || name == "hbar" || name == "k_B" || name == "N_A") && isName(name) {
				all[name] = c
			}
		}
	}
	return all
}()

// NaturalConstants lists the names of the constants of nature by which
// expressions know them, in order.
func NaturalConstants() []string { return slices.Sorted(maps.Keys(physical)) }

func isName(s string) bool {
	x, err := parse.Parse(s, parse.Limits{})
	if err != nil {
		return false
	}
	n, ok := x.Root.(*parse.Name)
	return ok && n.Name == s
}

// IsConstant reports whether name is a constant in expressions, of mathematics
// or of nature.
func IsConstant(name string) bool {
	if _, ok := lookupConstant(name); ok {
		return true
	}
	_, ok := physical[name]
	return ok
}

// natural is the value of a constant of nature.
func (e *evaluator) natural(name string, c constants.Constant) (value, error) {
	v, err := e.quantity(c.Quantity(e.a))
	if err != nil || c.Exact {
		return v, err
	}
	e.measured = true
	note := fmt.Sprintf("%s is known by measurement (CODATA %d)", name, constants.Year)
	if c.Uncertainty != "" {
		note += "; its standard uncertainty is " + c.Uncertainty
	}
	e.note(note)
	return v, nil
}
