package eval

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

func unknownName(n *parse.Name) error {
	if f, ok := lookupFunction(n.Name); ok {
		err := fail(n, Syntax, "%s is a function and has no value by itself", n.Name)
		err.Hint = "write " + f.Signature + ", or give a variable of that name its value"
		return err
	}
	err := fail(n, UnknownName, "the name %s is unknown", spelling.Quote(n.Name))
	err.Suggestions = nearest(n.Name)
	err.Hint = didYouMean(err.Suggestions)
	if hint, ok := absent(n.Name); ok {
		err.Hint = hint
		if len(n.Name) > 1 {
			err.Suggestions = nil
		}
		return err
	}
	// Of a unit that has been withdrawn or that nobody defines, the table of
	// units says why.
	var ne *number.Error
	if _, failed := units.Lookup(n.Name); !errors.As(failed, &ne) {
		return err
	}
	if len(err.Suggestions) == 0 {
		err.Hint, err.Suggestions = ne.Hint, ne.Suggestions
	} else if len(ne.Suggestions) > 0 {
		err.Suggestions = append(err.Suggestions, ne.Suggestions[0])
		err.Hint = didYouMean(err.Suggestions)
	}
	return err
}

// calledVariable refuses a variable in the place of a function: if there is one
// of that name, nothing tells which is meant.
func calledVariable(n *parse.Call, isFunction bool) error {
	if isFunction {
		err := fail(n, Ambiguous, "%s is a variable here, and also a function", spelling.Quote(n.Name))
		err.Hint = fmt.Sprintf("give the variable another name to call the function, or write %s*(...) for the product", n.Name)
		return err
	}
	err := fail(n, Syntax, "%s is a variable, not a function", spelling.Quote(n.Name))
	err.Hint = fmt.Sprintf("write %s*(...) for the product", n.Name)
	return err
}

func unknownFunction(n *parse.Call) error {
	if IsConstant(n.Name) {
		err := fail(n, Syntax, "%s is a constant, not a function", n.Name)
		err.Hint = fmt.Sprintf("write %s*(...) for the product", n.Name)
		return err
	}
	if units.Known(n.Name) {
		err := fail(n, Syntax, "%s is a unit, not a function", spelling.Quote(n.Name))
		err.Hint = fmt.Sprintf("write * before the parenthesis: %s*(...)", n.Name)
		return err
	}
	err := fail(n, UnknownName, "the function %s is unknown", spelling.Quote(n.Name))
	err.Suggestions = nearest(n.Name)
	err.Hint = didYouMean(err.Suggestions)
	if hint, ok := absent(n.Name); ok && len(n.Name) > 1 {
		err.Hint, err.Suggestions = hint, nil
	} else if err.Hint == "" {
		err.Hint = "calc://functions lists those that there are"
	}
	return err
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(names, " or ") + "?"
}

// absent explains the names that other calculators have.
func absent(name string) (hint string, ok bool) {
	switch name {
	case "j", "I", "J":
		return "the imaginary unit is i", true
	case "inf", "Inf", "infinity", "Infinity", "nan", "NaN":
		return "infinity and not-a-number are not values", true
	case "zeros", "ones", "full", "diag":
		return "there are no constructors of lists and matrices but identity(n); write the items: [[0, 0], [0, 0]]", true
	case "range", "arange", "linspace", "seq":
		return "there are no ranges; write the items: [1, 2, 3]", true
	}
	if hint, ok := asFormat(name); ok {
		return hint, true
	}
	if len(name) == 1 {
		return "a name stands for a constant, or for a variable whose value is given; put the value in its place, or add it to the variables", true
	}
	return "", false
}

// asFormat explains the names of ways to write a number.
func asFormat(name string) (hint string, ok bool) {
	format := strings.ToLower(name)
	switch format {
	case "hexadecimal":
		format = "hex"
	case "binary":
		format = "bin"
	case "oct", "octal", "base":
		return "number_theory writes an integer in any base: its operation to_base", true
	case "hex", "bin", "fraction", "decimal", "scientific", "engineering", "latex":
	default:
		return "", false
	}
	return `the argument format of calculate says how the result is written: format "` + format + `"`, true
}

// nearest is up to three known names that look like name, the likeliest first.
func nearest(name string) []string {
	low := strings.ToLower(name)
	var names []string
	for i := range functions {
		if slices.Contains(functions[i].aliases, low) {
			names = append(names, functions[i].Name)
		}
	}
	for i := range mathConstants {
		if slices.Contains(mathConstants[i].aliases, low) {
			names = append(names, mathConstants[i].Name)
		}
	}
	for _, n := range spelling.Nearest(name, known) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names[:min(3, len(names))]
}

// known gives all names to yield.
func known(yield func(string) bool) {
	for i := range functions {
		if !yield(functions[i].Name) {
			return
		}
		for _, also := range functions[i].Also {
			if !yield(also) {
				return
			}
		}
	}
	for i := range mathConstants {
		if !yield(mathConstants[i].Name) {
			return
		}
	}
}
