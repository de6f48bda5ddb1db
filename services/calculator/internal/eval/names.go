package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// maxName bounds a name that is repeated inside an error.
const maxName = 40

func unknownName(n *parse.Name) error {
	if f, ok := lookupFunction(n.Name); ok {
		err := fail(n, Syntax, "%s is a function and has no value by itself", n.Name)
		err.Hint = "write " + f.Signature
		return err
	}
	err := fail(n, UnknownName, "the name %s is unknown", quote(n.Name))
	err.Suggestions = nearest(n.Name)
	err.Hint = didYouMean(err.Suggestions)
	if hint, ok := absent(n.Name); ok {
		err.Hint = hint
	}
	return err
}

func unknownFunction(n *parse.Call) error {
	if _, ok := lookupConstant(n.Name); ok {
		err := fail(n, Syntax, "%s is a constant, not a function", n.Name)
		err.Hint = fmt.Sprintf("write %s*(...) for the product", n.Name)
		return err
	}
	err := fail(n, UnknownName, "the function %s is unknown", quote(n.Name))
	err.Suggestions = nearest(n.Name)
	err.Hint = didYouMean(err.Suggestions)
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
	case "i", "j":
		return "complex numbers are not available", true
	case "inf", "Inf", "infinity", "Infinity", "nan", "NaN":
		return "infinity and not-a-number are not values", true
	case "x", "y", "z", "n":
		return "a name stands for a constant; put the value in its place", true
	}
	return "", false
}

func quote(name string) string {
	if len(name) > maxName {
		name = name[:maxName] + "…"
	}
	return `"` + name + `"`
}

// nearest is up to three known names that look like name, the likeliest first.
func nearest(name string) []string {
	type candidate struct {
		name     string
		distance int
	}
	if len(name) > maxName {
		return nil
	}
	low := strings.ToLower(name)
	var found []candidate
	consider := func(known string, aliases []string) {
		d := distance(low, known)
		if slices.Contains(aliases, low) {
			d = 0
		}
		if d <= (len(low)+1)/3 && d < len(known) {
			found = append(found, candidate{known, d})
		}
	}
	for i := range functions {
		consider(functions[i].Name, functions[i].aliases)
	}
	for i := range constants {
		consider(constants[i].Name, constants[i].aliases)
	}
	slices.SortStableFunc(found, func(x, y candidate) int { return x.distance - y.distance })
	var names []string
	for _, c := range found[:min(3, len(found))] {
		names = append(names, c.name)
	}
	return names
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour to make a into b.
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	next := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
