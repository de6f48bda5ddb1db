package parse

import (
	"slices"
	"strings"
)

// A Node is a part of an expression: one of [*Literal], [*Name], [*Unary],
// [*Binary], [*Postfix], [*Quantity], [*Conversion], [*Call] and [*List].
type Node interface {
	// Span is the half-open range of bytes the node was read from.
	Span() (start, end int)
}

// A Literal is a number as it was written.
type Literal struct {
	// Text has the digits without separators or prefix; in base 10 also a
	// decimal point between digits and an exponent after "e".
	Text string
	// Base is 10, 16, 8 or 2.
	Base       int
	start, end int32
}

// A Name is a constant or a variable.
type Name struct {
	Name       string
	start, end int
}

// A Unary is Neg, Pos or Not of X.
type Unary struct {
	Op         Op
	X          Node
	percent    bool
	start, end int
}

// A Binary is an infix operator and its sides.
type Binary struct {
	X, Y Node
	// At is the position of the operator.
	At int
	Op Op
	// OfLeft says that Y is a percentage of X, or a list of them: 100 + 10% is
	// 110.
	OfLeft  bool
	percent bool
	grouped bool
}

// A Postfix is Factorial, Percent or Degree of X.
type Postfix struct {
	Op Op
	X  Node
	// At is the position of the sign.
	At         int
	start, end int
}

// A Call is a function applied to its arguments.
type Call struct {
	Name       string
	Args       []Node
	start, end int
}

// A List is a list of values.
type List struct {
	Items      []Node
	start, end int
}

// Span implements [Node].
func (n *Literal) Span() (start, end int) { return int(n.start), int(n.end) }

// Span implements [Node].
func (n *Name) Span() (start, end int) { return n.start, n.end }

// Span implements [Node].
func (n *Unary) Span() (start, end int) { return n.start, n.end }

// Span implements [Node].
func (n *Binary) Span() (start, end int) {
	x := n.X
	for {
		b, ok := x.(*Binary)
		if !ok {
			break
		}
		x = b.X
	}
	start, _ = x.Span()
	y := n.Y
	for {
		b, ok := y.(*Binary)
		if !ok {
			break
		}
		y = b.Y
	}
	_, end = y.Span()
	return start, end
}

// Span implements [Node].
func (n *Postfix) Span() (start, end int) { return n.start, n.end }

// Span implements [Node].
func (n *Call) Span() (start, end int) { return n.start, n.end }

// Span implements [Node].
func (n *List) Span() (start, end int) { return n.start, n.end }

func isLiteral(n Node) bool {
	_, ok := n.(*Literal)
	return ok
}

// isPercent reports whether n is written as a percentage, or as a sum or a list
// of nothing but percentages.
func isPercent(n Node) bool {
	switch n := n.(type) {
	case *List:
		return len(n.Items) > 0 && !slices.ContainsFunc(n.Items, func(item Node) bool { return !isPercent(item) })
	case *Postfix:
		return n.Op == Percent
	case *Unary:
		return n.percent
	case *Binary:
		return n.percent
	}
	return false
}

// Format writes the reading of n with a pair of parentheses around every
// operation inside another, except where sums, products and truth values of
// one kind follow each other from left to right. Parsing the result yields
// the same tree.
func Format(n Node) string {
	switch n := n.(type) {
	case *Name:
		return n.Name
	case *Literal:
		if n.Base == 10 {
			return n.Text
		}
	}
	var w writer
	if start, end := n.Span(); end > start {
		w.Grow(2 * (end - start))
	}
	w.outer(n)
	return w.String()
}

type writer struct{ strings.Builder }

// outer writes n where nothing around it can bind to its parts.
func (w *writer) outer(n Node) {
	switch n := n.(type) {
	case *Literal:
		w.WriteString(prefixOf(n.Base))
		w.WriteString(n.Text)
	case *Name:
		w.WriteString(n.Name)
	case *Unary:
		w.WriteString(n.Op.String())
		if n.Op == Not {
			w.WriteByte(' ')
		}
		w.inner(n.X)
	case *Binary:
		w.side(n.X, n)
		w.WriteByte(' ')
		w.WriteString(n.Op.String())
		w.WriteByte(' ')
		w.side(n.Y, n)
	case *Postfix:
		w.operand(n.X)
		w.WriteString(n.Op.String())
	case *Quantity:
		w.operand(n.X)
		w.WriteByte(' ')
		w.unit(n.Unit)
	case *Conversion:
		w.inner(n.X)
		w.WriteString(" to ")
		w.unit(n.Unit)
	case *Call:
		w.WriteString(n.Name)
		w.items("(", n.Args, ")")
	case *List:
		w.items("[", n.Items, "]")
	}
}

func (w *writer) items(left string, items []Node, right string) {
	w.WriteString(left)
	for i, x := range items {
		if i > 0 {
			w.WriteString(", ")
		}
		w.outer(x)
	}
	w.WriteString(right)
}

// side writes a side of the infix operation n.
func (w *writer) side(x Node, n *Binary) {
	if b, ok := x.(*Binary); ok && x == n.X && continues(b.Op, n.Op) {
		w.outer(x)
		return
	}
	if n.Op == Pow {
		w.operand(x)
		return
	}
	w.inner(x)
}

// continues reports whether a op b op c is the same to every reader.
func continues(first, second Op) bool {
	switch second {
	case Add, Sub:
		return first == Add || first == Sub
	case Mul, And, Or:
		return first == second
	}
	return false
}

// inner writes n inside an operation.
func (w *writer) inner(n Node) {
	switch n.(type) {
	case *Unary, *Binary, *Quantity, *Conversion:
		w.WriteByte('(')
		w.outer(n)
		w.WriteByte(')')
	default:
		w.outer(n)
	}
}

// operand writes n where a postfix sign would be misread too.
func (w *writer) operand(n Node) {
	if _, ok := n.(*Postfix); ok {
		w.WriteByte('(')
		w.outer(n)
		w.WriteByte(')')
		return
	}
	w.inner(n)
}

func prefixOf(base int) string {
	switch base {
	case 16:
		return "0x"
	case 8:
		return "0o"
	case 2:
		return "0b"
	}
	return ""
}

// Names are the constants and variables in n, in the order of the source.
func Names(n Node) []*Name {
	var names []*Name
	var walk func(n Node)
	walk = func(n Node) {
		switch n := n.(type) {
		case *Name:
			names = append(names, n)
		case *Unary:
			walk(n.X)
		case *Binary:
			walk(n.X)
			walk(n.Y)
		case *Postfix:
			walk(n.X)
		case *Quantity:
			walk(n.X)
		case *Conversion:
			walk(n.X)
		case *Call:
			for _, arg := range n.Args {
				walk(arg)
			}
		case *List:
			for _, item := range n.Items {
				walk(item)
			}
		}
	}
	walk(n)
	return names
}
