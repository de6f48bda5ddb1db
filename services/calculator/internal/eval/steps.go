package eval

import (
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

const (
	// maxSteps bounds the number of steps that are told.
	maxSteps = 50
	// maxStep bounds the length of one side of a step, in bytes.
	maxStep = 200
)

// steps are the values of the parts of an expression, innermost first.
type steps struct {
	list []string
	opt  *choices
}

// add tells the value v of n, unless n says it already.
func (s *steps) add(a *number.Arith, n parse.Node, v value) {
	switch n := n.(type) {
	case *parse.Literal, *parse.Name, *parse.List:
		return
	case *parse.Unary:
		if _, ok := n.X.(*parse.Literal); ok {
			return
		}
	case *parse.Quantity:
		if _, ok := n.X.(*parse.Literal); ok {
			return
		}
	}
	if len(s.list) >= maxSteps {
		return
	}
	text, err := valueText(a, s.opt, v, n)
	if err != nil {
		return
	}
	if step := spelling.Excerpt(parse.Format(n), maxStep) + " = " + spelling.Excerpt(text, maxStep); len(s.list) == 0 || s.list[len(s.list)-1] != step {
		s.list = append(s.list, step)
	}
}
