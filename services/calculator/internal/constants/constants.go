// Package constants has the constants of physics and chemistry as CODATA
// recommends them. The guarantee to know: a constant that the SI fixes is
// exact, also where its decimals never end; any other one is the recommended
// value with its standard uncertainty.
//
// Start at [Lookup]; [All] is the table.
package constants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// Year is that of the adjustment of the values.
const Year = 2022

// A Constant is a constant of nature, or one that was agreed on.
type Constant struct {
	Symbol  string
	Aliases []string
	Name    string
	// Definition is the value in decimals, or a product of powers of other
	// constants such as "h/2/pi".
	Definition string
	// Uncertainty is the standard uncertainty in decimals, empty if the value
	// is exact.
	Uncertainty string
	// Unit is what units.Parse reads; empty for a plain number.
	Unit string
	// Exact says that the value is what it is by definition, and that Value
	// returns all of it.
	Exact bool
	Note  string
}

// Lookup returns the constant of that symbol, alias or name. The error is
// UnknownName with the nearest names.
func Lookup(name string) (Constant, error) {
	if r := find(name); r != nil {
		return r.constant(), nil
	}
	low := strings.ToLower(strings.ReplaceAll(name, " ", "_"))
	if r := find(low); r != nil && len(low) > 3 {
		return r.constant(), nil
	}
	err := &number.Error{Kind: number.UnknownName, Message: fmt.Sprintf("the constant %s is unknown", spelling.Quote(name)),
		Hint: "read calc://constants for the constants that there are"}
	err.Suggestions = spelling.Nearest(name, func(yield func(string) bool) {
		for i := range rows {
			for _, n := range rows[i].names() {
				if !yield(n) {
					return
				}
			}
		}
	})
	if len(err.Suggestions) > 0 {
		err.Hint = "did you mean " + strings.Join(err.Suggestions, " or ") + "?"
	}
	return Constant{}, err
}

// All returns the constants, the defining ones of the SI first.
func All() []Constant {
	list := make([]Constant, len(rows))
	for i := range rows {
		list[i] = rows[i].constant()
	}
	return list
}

// Value returns the value: all of it if the constant is exact, with pi kept as
// pi.
func (c Constant) Value(a *number.Arith) (number.Number, error) {
	v := number.Int(1)
	for i, part := range strings.Split(c.Definition, "/") {
		for j, word := range strings.Split(part, "*") {
			x, err := factor(a, word)
			if err != nil {
				return number.Number{}, err
			}
			if i > 0 && j == 0 {
				v, err = a.Quo(v, x)
			} else {
				v, err = a.Mul(v, x)
			}
			if err != nil {
				return number.Number{}, err
			}
		}
	}
	return v, nil
}

// factor reads a decimal, pi or a constant, with an exponent or without.
func factor(a *number.Arith, word string) (x number.Number, err error) {
	name, exp, _ := strings.Cut(word, "^")
	switch r := find(name); {
	case name == "pi":
		x = a.Pi()
	case r != nil:
		x, err = r.constant().Value(a)
	default:
		x, err = a.ParseDecimal(name)
	}
	if err != nil || exp == "" {
		return x, err
	}
	n, err := a.ParseInteger(exp, 10)
	if err != nil {
		return number.Number{}, err
	}
	return a.Pow(x, n)
}

// Quantity returns the value with its unit.
func (c Constant) Quantity(a *number.Arith) (units.Quantity, error) {
	v, err := c.Value(a)
	if err != nil || c.Unit == "" {
		return units.Quantity{Value: v}, err
	}
	u, err := units.Parse(c.Unit)
	return units.Quantity{Value: v, Unit: u}, err
}

// A row is a constant as the table has it.
type row struct {
	symbol, aliases, name, value, uncertainty, unit, note string
	rounded                                               bool
}

func (r *row) constant() Constant {
	return Constant{Symbol: r.symbol, Aliases: strings.Fields(r.aliases), Name: r.name, Definition: r.value,
		Uncertainty: r.uncertainty, Unit: r.unit, Exact: r.uncertainty == "" && !r.rounded, Note: r.note}
}

// names are the ways to write the constant.
func (r *row) names() []string { return append([]string{r.symbol}, strings.Fields(r.aliases)...) }

func find(name string) *row {
	for i := range rows {
		if rows[i].name == name || slices.Contains(rows[i].names(), name) {
			return &rows[i]
		}
	}
	return nil
}
