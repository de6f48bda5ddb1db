package solve

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// An equation is left = right, or left = 0 if right is nil.
type equation struct {
	where       string // names it in messages: "" if there is no other
	left, right parse.Node
	notes       []string
	sides       fraction // left - right
}

// read parses the equations in the unknowns that are given.
func read(ev *eval.Evaluator, sources, unknowns []string) ([]equation, error) {
	if n := len(sources); n == 0 || n > MaxEquations {
		return nil, &number.Error{Kind: number.Limit, Message: fmt.Sprintf("there are %d equations; send 1 to %d", n, MaxEquations)}
	}
	eqs := make([]equation, len(sources))
	for i, src := range sources {
		where := ""
		if len(sources) > 1 {
			where = fmt.Sprintf("equation %d: ", i+1)
		}
		if err := ev.Arith().Spend(eval.ReadingCost(src)); err != nil {
			return nil, err
		}
		e, err := readOne(src, where, unknowns)
		if err != nil {
			return nil, err
		}
		eqs[i] = e
	}
	return eqs, nil
}

func readOne(src, where string, unknowns []string) (equation, error) {
	e := equation{where: where}
	at, width, err := equals(src)
	if err != nil {
		err.Message = where + err.Message
		return e, err
	}
	side := func(from, to int) (parse.Node, error) {
		x, err := parse.Parse(src[from:to], parse.Limits{})
		if err != nil {
			return nil, misread(err, where, from)
		}
		e.notes = append(e.notes, x.Notes...)
		return x.Root, withoutUnits(x.Root, where, from, unknowns)
	}
	if at < 0 {
		x, err := side(0, len(src))
		e.left = x
		return e, err
	}
	x, failure := side(0, at)
	if failure != nil {
		return e, failure
	}
	e.left = x
	e.right, failure = side(at+width, len(src))
	return e, failure
}

// withoutUnits refuses what has a unit, in a side that begins at from: a unit
// stands directly after a number, or behind "to".
func withoutUnits(root parse.Node, where string, from int, unknowns []string) error {
	var failure error
	walk(root, func(n parse.Node) {
		name, at := "", 0
		switch n := n.(type) {
		case *parse.Conversion:
			name, at = n.Unit.Factors[0].Name, n.Unit.Factors[0].At
		case *parse.Binary:
			y, ok := first(n.Y).(*parse.Name)
			_, after := last(n.X).(*parse.Literal)
			if !ok || !after || !beside(n) || !isUnit(y.Name) || slices.Contains(unknowns, y.Name) {
				return
			}
			name = y.Name
			at, _ = y.Span()
		}
		if name == "" || failure != nil {
			return
		}
		failure = &eval.Error{Reason: eval.UnitMismatch, Position: from + at,
			Message: fmt.Sprintf("%s%s is a unit here, and equations are between plain numbers", where, clip(name)),
			Hint:    fmt.Sprintf("convert to the same units first and leave them out; if %s is an unknown, write * before it", clip(name))}
	})
	return failure
}

// isUnit reports whether a name directly after a number is a unit.
func isUnit(name string) bool { return len(name) > 1 && !standsForItself(name) && units.Known(name) }

// beside reports whether n is a product without a sign.
func beside(n *parse.Binary) bool {
	start, _ := n.Y.Span()
	return n.Op == parse.Mul && n.At == start
}

// first is the operand that n begins with, and last the one that it ends with.
func first(n parse.Node) parse.Node {
	for {
		b, ok := n.(*parse.Binary)
		if !ok {
			return n
		}
		n = b.X
	}
}

func last(n parse.Node) parse.Node {
	for {
		switch x := n.(type) {
		case *parse.Binary:
			n = x.Y
		case *parse.Unary:
			n = x.X
		default:
			return n
		}
	}
}

// misread makes an error of the parser one about the whole equation.
func misread(err error, where string, from int) error {
	var pe *parse.Error
	if !errors.As(err, &pe) {
		return err
	}
	e := &eval.Error{
		Reason: eval.Reason(pe.Reason), Position: from + pe.Position,
		Message: where + pe.Message, Hint: pe.Hint, Suggestions: pe.Suggestions,
	}
	if len(pe.Suggestions) > 1 {
		e.Message += ": " + strings.Join(pe.Suggestions, " or ")
	}
	return e
}

// equals finds the sign that joins the sides; at is -1 if there is none.
func equals(src string) (at, width int, err *eval.Error) {
	at = -1
	for i := 0; i < len(src); i++ {
		w := 0
		switch c := src[i]; {
		case strings.HasPrefix(src[i:], "!="), strings.HasPrefix(src[i:], "≠"):
			return 0, 0, refused(i, `"≠" is no equation`, "send an equation with =")
		case c == '<' || c == '>', strings.HasPrefix(src[i:], "≤"), strings.HasPrefix(src[i:], "≥"):
			return 0, 0, refused(i, "inequalities are not solved",
				"solve the equation with = and test a number between each two solutions")
		case strings.HasPrefix(src[i:], "=="):
			w = 2
		case c == '=':
			w = 1
		}
		if w == 0 {
			continue
		}
		if at >= 0 {
			return 0, 0, refused(i, `an equation has one "="`, "send each equation as a string of its own")
		}
		at, width = i, w
		i += w - 1
	}
	return at, width, nil
}

func refused(at int, message, hint string) *eval.Error {
	return &eval.Error{Reason: eval.Syntax, Position: at, Message: message, Hint: hint}
}

// unknownsOf returns what to solve for, in the order of appearance if it is
// not given.
func unknownsOf(eqs []equation, given []string) ([]string, error) {
	if len(given) > MaxEquations {
		return nil, tooManyUnknowns(len(given))
	}
	for i, name := range given {
		if !isName(name) || slices.Contains(given[:i], name) {
			return nil, &number.Error{Kind: number.Syntax,
				Message: fmt.Sprintf("the variable %q is no name or is there twice", clip(name)), Hint: "names are letters and digits, such as x or x1"}
		}
	}
	var names []string
	var failure error
	calls := make(map[string]error)
	visit := func(e equation, n parse.Node) {
		switch n := n.(type) {
		case *parse.Name:
			if failure != nil || slices.Contains(given, n.Name) || slices.Contains(names, n.Name) || standsForItself(n.Name) {
				return
			}
			if len(given) > 0 {
				start, _ := n.Span()
				failure = undeclared(e, n.Name, start, given)
				return
			}
			if names = append(names, n.Name); len(names) > MaxEquations {
				failure = tooManyUnknowns(len(names))
			}
		case *parse.Binary:
			if f, ok := applied(n); ok && failure == nil && !slices.Contains(given, f.Name) {
				start, _ := n.Span()
				failure = &eval.Error{Reason: eval.Syntax, Position: start,
					Message: fmt.Sprintf("%s%s is a function, and what follows it has no parentheses", e.where, f.Name),
					Hint:    fmt.Sprintf("write %s(x)", f.Name)}
			}
		case *parse.Call:
			if calls[n.Name] == nil {
				start, _ := n.Span()
				calls[n.Name] = &eval.Error{Reason: eval.Syntax, Position: start,
					Message: fmt.Sprintf("%s%s(...) would call a function of that name", e.where, n.Name),
					Hint:    fmt.Sprintf("write %s*(...) for the product", n.Name)}
			}
		}
	}
	for _, e := range eqs {
		walk(e.left, func(n parse.Node) { visit(e, n) })
		walk(e.right, func(n parse.Node) { visit(e, n) })
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if failure == nil && (len(name) == 1 || slices.Contains(given, name) || slices.Contains(names, name)) {
			failure = calls[name]
		}
	}
	if failure != nil {
		return nil, failure
	}
	if len(given) > 0 {
		names = given
	}
	if len(names) == 0 {
		return nil, &number.Error{Kind: number.Syntax, Message: "there is no unknown in the equations",
			Hint: "name it, as in 2*x = 6; use verify_claim to check an equality of numbers"}
	}
	for _, name := range names {
		if made := letters(name); len(given) == 0 && len(made) > 1 && subset(made, names) {
			return nil, &number.Error{Kind: number.Ambiguous,
				Message: fmt.Sprintf("%s is one name, but its letters are unknowns too", name),
				Hint:    "write " + strings.Join(made, "*") + " for the product"}
		}
	}
	return names, nil
}

func tooManyUnknowns(n int) error {
	return &number.Error{Kind: number.Limit, Message: fmt.Sprintf("there are %d unknowns or more; the limit is %d", n, MaxEquations)}
}

// undeclared explains a name that is not among the variables.
func undeclared(e equation, name string, at int, given []string) error {
	err := &eval.Error{Reason: eval.UnknownName, Position: at,
		Message: fmt.Sprintf("%sthe name %q is not among the variables", e.where, clip(name))}
	if made := letters(name); len(made) > 1 && subset(made, given) {
		err.Hint = "write " + strings.Join(made, "*") + " for the product"
	} else {
		err.Hint = "add it to variables, or leave variables out"
	}
	return err
}

// standsForItself reports whether a name is a constant. Single letters but e
// and i are unknowns, whatever constant or unit they also name.
func standsForItself(name string) bool {
	if len(name) == 1 {
		return name == "e" || name == "i"
	}
	return eval.IsConstant(name)
}

// applied returns the name of a function that stands before a factor without
// its parentheses, as in sin x, 2 sin x and sin^2 x.
func applied(n *parse.Binary) (*parse.Name, bool) {
	if !beside(n) {
		return nil, false
	}
	x := n.X
	if b, ok := x.(*parse.Binary); ok && b.Op == parse.Mul {
		x = b.Y
	}
	if b, ok := x.(*parse.Binary); ok && b.Op == parse.Pow {
		x = b.X
	}
	name, ok := last(x).(*parse.Name)
	if !ok {
		return nil, false
	}
	_, ok = eval.Lookup(name.Name)
	return name, ok
}

// letters splits a name that has nothing but letters.
func letters(name string) []string {
	if strings.ContainsFunc(name, func(r rune) bool { return r < 'A' || r > 'z' || r == '_' }) {
		return nil
	}
	return strings.Split(name, "")
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

func isName(s string) bool {
	x, err := parse.Parse(s, parse.Limits{Bytes: 100})
	if err != nil {
		return false
	}
	n, ok := x.Root.(*parse.Name)
	return ok && n.Name == s
}

// clip shortens what a message repeats.
func clip(s string) string { return spelling.Excerpt(s, 40) }

// walk visits n and all below it; n may be nil.
func walk(n parse.Node, visit func(parse.Node)) {
	if n == nil {
		return
	}
	visit(n)
	for _, x := range children(n) {
		walk(x, visit)
	}
}

func children(n parse.Node) []parse.Node {
	switch n := n.(type) {
	case *parse.Unary:
		return []parse.Node{n.X}
	case *parse.Binary:
		return []parse.Node{n.X, n.Y}
	case *parse.Postfix:
		return []parse.Node{n.X}
	case *parse.Call:
		return n.Args
	case *parse.List:
		return n.Items
	case *parse.Quantity:
		return []parse.Node{n.X}
	case *parse.Conversion:
		return []parse.Node{n.X}
	}
	return nil
}

// explain makes an error of expanding e one that tells what to do.
func (e equation) explain(err error, unknowns int, p Problem) error {
	var t *transcendental
	if !errors.As(err, &t) {
		return err
	}
	start, _ := t.node.Span()
	text := parse.Format(t.node)
	x := &eval.Error{Reason: eval.Domain, Position: start,
		Message: fmt.Sprintf("%s%s is no polynomial", e.where, clip(text))}
	switch {
	case unknowns > 1 || len(p.Equations) > 1:
		x.Hint = "systems are solved where each equation is a polynomial or a quotient of polynomials"
	case p.Interval == nil:
		x.Hint = `send an interval to search for its real roots, such as ["0", "10"]`
	}
	return x
}
