package solve

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/poly"
)

// A fraction is a quotient of polynomials; a nil denominator is 1.
type fraction struct {
	num, den terms
}

// transcendental says that node is no quotient of polynomials.
type transcendental struct{ node parse.Node }

func (t *transcendental) Error() string { return parse.Format(t.node) + " is no polynomial" }

// tooHigh is the refusal of a high degree, which a search on an interval is
// not bothered by.
type tooHigh struct{ error }

func (t tooHigh) Unwrap() error { return t.error }

// scannable reports whether err says that an equation has to be solved by a
// search on an interval.
func scannable(err error) bool {
	var t *transcendental
	var h tooHigh
	return errors.As(err, &t) || errors.As(err, &h)
}

// An expander makes fractions of expressions.
type expander struct {
	ev    *eval.Evaluator
	ring  ring
	index map[string]int
	// divisors are the polynomials that must not be 0.
	divisors []terms
	variable map[parse.Node]bool // whether there is an unknown below
}

func newExpander(ev *eval.Evaluator, unknowns []string) *expander {
	x := &expander{ev: ev, ring: ring{ev.Arith(), len(unknowns)}, index: make(map[string]int), variable: make(map[parse.Node]bool)}
	for i, name := range unknowns {
		x.index[name] = i
	}
	return x
}

// difference expands left - right; a nil right is 0.
func (x *expander) difference(left, right parse.Node) (fraction, error) {
	x.mark(left)
	l, err := x.expand(left)
	if err != nil || right == nil {
		return l, err
	}
	x.mark(right)
	r, err := x.expand(right)
	if err != nil {
		return fraction{}, err
	}
	if r.num, err = x.ring.scale(r.num, number.Int(-1)); err != nil {
		return fraction{}, err
	}
	return x.add(l, r)
}

// mark notes which nodes have an unknown below.
func (x *expander) mark(n parse.Node) bool {
	found := false
	if name, ok := n.(*parse.Name); ok {
		_, found = x.index[name.Name]
	}
	for _, c := range children(n) {
		if x.mark(c) {
			found = true
		}
	}
	x.variable[n] = found
	return found
}

func (x *expander) expand(n parse.Node) (fraction, error) {
	if !x.variable[n] {
		v, err := x.ev.NumberOf(n)
		return fraction{num: x.ring.constant(v)}, imaginary(err, n)
	}
	switch n := n.(type) {
	case *parse.Name:
		return fraction{num: x.ring.variable(x.index[n.Name])}, nil
	case *parse.Unary:
		f, err := x.expand(n.X)
		if err == nil && n.Op == parse.Neg {
			f.num, err = x.ring.scale(f.num, number.Int(-1))
		}
		if n.Op == parse.Not {
			return f, &transcendental{n}
		}
		return f, err
	case *parse.Binary:
		return x.binary(n)
	case *parse.Postfix:
		if n.Op == parse.Factorial {
			return fraction{}, &transcendental{n}
		}
		f, err := x.expand(n.X)
		if err != nil {
			return f, err
		}
		unit := number.Frac(1, 100)
		if n.Op == parse.Degree {
			if unit, err = x.ring.a.Quo(x.ring.a.Pi(), number.Int(180)); err != nil {
				return f, err
			}
		}
		f.num, err = x.ring.scale(f.num, unit)
		return f, err
	case *parse.Call:
		if n.Name == "pow" && len(n.Args) == 2 {
			return x.power(n, n.Args[0], n.Args[1])
		}
	}
	return fraction{}, &transcendental{n}
}

// imaginary explains why a coefficient with the constant i is no number.
func imaginary(err error, n parse.Node) error {
	var e *eval.Error
	if !errors.As(err, &e) || e.Reason != eval.Domain || e.Hint != "" {
		return err
	}
	isUnit := func(n *parse.Name) bool { return n.Name == "i" }
	if !slices.ContainsFunc(parse.Names(n), isUnit) {
		return err
	}
	hinted := *e
	hinted.Hint = "coefficients are real numbers: write x as a + b*i and send an equation for each part; if i is an unknown, name it in variables"
	return &hinted
}

func (x *expander) binary(n *parse.Binary) (fraction, error) {
	switch n.Op {
	case parse.Add, parse.Sub, parse.Mul, parse.Of, parse.Div:
	case parse.Pow:
		return x.power(n, n.X, n.Y)
	default:
		return fraction{}, &transcendental{n}
	}
	f, err := x.expand(n.X)
	if err != nil {
		return f, err
	}
	g, err := x.expand(n.Y)
	if err == nil && n.OfLeft {
		g, err = x.mul(f, g)
	}
	if err != nil {
		return g, err
	}
	switch n.Op {
	case parse.Mul, parse.Of:
		return x.mul(f, g)
	case parse.Div:
		if g, err = x.inverse(g, n); err != nil {
			return g, err
		}
		return x.mul(f, g)
	case parse.Sub:
		if g.num, err = x.ring.scale(g.num, number.Int(-1)); err != nil {
			return g, err
		}
	}
	return x.add(f, g)
}

func (x *expander) add(f, g fraction) (fraction, error) {
	r := x.ring
	if r.same(f.den, g.den) {
		sum, err := r.add(f.num, g.num)
		return fraction{sum, f.den}, err
	}
	p, err := r.mul(f.num, r.orOne(g.den))
	if err != nil {
		return f, err
	}
	q, err := r.mul(g.num, r.orOne(f.den))
	if err != nil {
		return f, err
	}
	if p, err = r.add(p, q); err != nil {
		return f, err
	}
	q, err = r.mul(r.orOne(f.den), r.orOne(g.den))
	return fraction{p, q}, err
}

func (x *expander) mul(f, g fraction) (fraction, error) {
	num, err := x.ring.mul(f.num, g.num)
	if err != nil || f.den == nil && g.den == nil {
		return fraction{num: num}, err
	}
	den, err := x.ring.mul(x.ring.orOne(f.den), x.ring.orOne(g.den))
	return fraction{num, den}, err
}

// inverse returns 1/f and remembers that f must not be 0.
func (x *expander) inverse(f fraction, n parse.Node) (fraction, error) {
	if len(f.num) == 0 {
		start, _ := n.Span()
		return f, &eval.Error{Reason: eval.DivisionByZero, Position: start, Message: "division by zero"}
	}
	if c, ok := x.ring.isConstant(f.num); ok {
		inverse, err := x.ring.a.Quo(number.Int(1), c)
		if err != nil {
			return f, err
		}
		num, err := x.ring.scale(x.ring.orOne(f.den), inverse)
		return fraction{num: num}, err
	}
	x.divisors = append(x.divisors, f.num)
	return fraction{x.ring.orOne(f.den), f.num}, nil
}

// power expands base^exponent for a constant integer exponent.
func (x *expander) power(n, base, exponent parse.Node) (fraction, error) {
	if x.variable[exponent] {
		return fraction{}, &transcendental{n}
	}
	y, err := x.ev.NumberOf(exponent)
	if err != nil {
		return fraction{}, err
	}
	k, ok := y.Int64()
	if !ok {
		return fraction{}, &transcendental{n}
	}
	f, err := x.expand(base)
	if err == nil && k < 0 {
		k = -k
		f, err = x.inverse(f, n)
	}
	if err != nil {
		return f, err
	}
	if k > poly.MaxDegree {
		return f, tooHigh{&number.Error{Kind: number.Limit,
			Message: fmt.Sprintf("%s has a degree above %d", clip(parse.Format(n)), poly.MaxDegree),
			Hint:    "send an interval to search for its real roots"}}
	}
	z := fraction{num: x.ring.constant(number.Int(1))}
	for ; k > 0; k >>= 1 {
		if k&1 != 0 {
			if z, err = x.mul(z, f); err != nil {
				return z, err
			}
		}
		if k > 1 {
			if f, err = x.mul(f, f); err != nil {
				return z, err
			}
		}
	}
	return z, nil
}
