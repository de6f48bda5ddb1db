package eval

import (
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// choices are the [Options] that a value and its text depend on.
type choices struct {
	Degrees  bool
	RealOnly bool
	Rounding number.Rounding
	Format   number.Style
}

// An evaluator computes one expression.
type evaluator struct {
	a    *number.Arith
	opt  choices
	vars map[string]value
	// notes are the conventions that the value depends on.
	notes []string
	// steps are the values of the parts; nil unless they are wanted.
	steps *steps
	// measured says that a unit played a part that is known by measurement
	// only.
	measured bool
}

// maxNotes bounds the notes of an expression, which may have thousands of parts
// that each deserve one.
const maxNotes = 50

func (e *evaluator) note(text string) {
	if len(e.notes) == maxNotes {
		text = "there are more conventions of this kind"
	}
	if len(e.notes) <= maxNotes && !slices.Contains(e.notes, text) {
		e.notes = append(e.notes, text)
	}
}

// eval computes n. Its recursion is as deep as the tree, which the parser's
// limits on nodes bound.
func (e *evaluator) eval(n parse.Node) (value, error) {
	if e.steps == nil {
		return e.node(n)
	}
	v, err := e.node(n)
	if err == nil {
		e.steps.add(e.a, n, v)
	}
	return v, err
}

func (e *evaluator) node(n parse.Node) (value, error) {
	switch n := n.(type) {
	case *parse.Literal:
		x, err := e.literal(n)
		return numeric(x), err
	case *parse.Binary:
		switch {
		case n.Op.Logical():
			return e.logic(n)
		case n.Op.Comparison():
			return e.compare(n)
		}
		return e.binary(n)
	case *parse.Name:
		return e.name(n)
	case *parse.Unary:
		return e.unary(n)
	case *parse.Postfix:
		return e.postfix(n)
	case *parse.Call:
		return e.call(n)
	case *parse.Quantity:
		return e.attach(n)
	case *parse.Conversion:
		return e.convert(n)
	case *parse.List:
		items, err := e.items(n.Items)
		return listOf(items), err
	}
	return value{}, fail(n, Syntax, "%T cannot be evaluated", n)
}

func (e *evaluator) items(nodes []parse.Node) ([]value, error) {
	items := make([]value, len(nodes))
	for i, n := range nodes {
		v, err := e.eval(n)
		if err != nil {
			return nil, err
		}
		if err := e.hold(v); err != nil {
			return nil, at(err, n)
		}
		items[i] = v
	}
	return items, nil
}

func (e *evaluator) literal(n *parse.Literal) (number.Number, error) {
	var x number.Number
	var err error
	if n.Base == 10 {
		x, err = e.a.ParseDecimal(n.Text)
	} else {
		x, err = e.a.ParseInteger(n.Text, n.Base)
	}
	return x, at(err, n)
}

func (e *evaluator) name(n *parse.Name) (value, error) {
	v, isVariable := e.vars[n.Name]
	c, isConstant := lookupConstant(n.Name)
	switch {
	case isVariable && isConstant:
		e.note(n.Name + " is the variable here, not the constant")
		return v, nil
	case isVariable:
		return v, nil
	case !isConstant:
		if p, ok := physical[n.Name]; ok {
			v, err := e.natural(n.Name, p)
			return v, at(err, n)
		}
		return value{}, unknownName(n)
	}
	if c.complex && e.opt.RealOnly {
		err := fail(n, Domain, `%s is not real, and the domain is "real"`, n.Name)
		err.Hint = `choose the domain "complex"`
		return value{}, err
	}
	v, err := c.value(e.a)
	return v, at(err, n)
}

// operand evaluates a side of op, which cannot be a truth value.
func (e *evaluator) operand(n parse.Node, op parse.Op) (value, error) {
	if l, ok := n.(*parse.Literal); ok {
		x, err := e.literal(l)
		return numeric(x), err
	}
	v, err := e.eval(n)
	if err == nil && v.kind == isBoolean {
		err = fail(n, Domain, "%q needs numbers; this is %s", op.String(), v.noun())
	}
	return v, err
}

func (e *evaluator) unary(n *parse.Unary) (value, error) {
	if n.Op == parse.Not {
		v, err := e.boolean(n.X, n.Op)
		return truth(!v), err
	}
	x, err := e.operand(n.X, n.Op)
	if err == nil && n.Op == parse.Neg {
		x, err = e.neg(x)
	}
	return x, at(err, n)
}

func (e *evaluator) boolean(n parse.Node, op parse.Op) (bool, error) {
	v, err := e.eval(n)
	if err == nil && v.kind != isBoolean {
		err = fail(n, Domain, "%q needs truth values; this is %s", op.String(), v.noun())
	}
	return v.isTrue(), err
}

func (e *evaluator) binary(n *parse.Binary) (value, error) {
	if n.Op == parse.Mod {
		if p, ok := isPower(n.X); ok {
			return e.powerMod(n, p)
		}
	}
	x, err := e.operand(n.X, n.Op)
	if err != nil {
		return x, err
	}
	y, err := e.operand(n.Y, n.Op)
	if err != nil {
		return y, err
	}
	if n.OfLeft {
		if y, err = e.share(x, y); err != nil {
			return y, failure(err, n.At)
		}
	}
	var z value
	switch {
	case x.kind == isNumber && y.kind == isNumber:
		z, err = e.numbers(n.Op, x.number, y.number)
	case n.Op == parse.Of:
		z, err = e.share(y, x)
	default:
		z, err = e.operate(n.Op, x, y)
	}
	if err != nil {
		return z, failure(err, n.At)
	}
	return z, nil
}

func (e *evaluator) postfix(n *parse.Postfix) (value, error) {
	x, err := e.operand(n.X, n.Op)
	if err != nil {
		return x, err
	}
	switch {
	case n.Op == parse.Percent:
		x, err = e.operate(parse.Div, x, numeric(number.Int(100)))
	case x.kind != isNumber:
		return x, fail(n.X, Domain, "%q needs a number; this is %s", n.Op.String(), x.noun())
	case n.Op == parse.Factorial:
		x.number, err = e.factorial(x.number)
	case n.Op == parse.Degree && !e.opt.Degrees:
		x.number, err = e.fromDegrees(x.number)
	}
	if err != nil {
		return x, failure(err, n.At)
	}
	return x, nil
}

// logic evaluates both sides always: an error on either is never hidden.
func (e *evaluator) logic(n *parse.Binary) (value, error) {
	if n.Op == parse.Xor {
		return e.xor(n)
	}
	x, err := e.boolean(n.X, n.Op)
	if err != nil {
		return value{}, err
	}
	y, err := e.boolean(n.Y, n.Op)
	if n.Op == parse.And {
		return truth(x && y), err
	}
	return truth(x || y), err
}

func (e *evaluator) xor(n *parse.Binary) (value, error) {
	x, err := e.eval(n.X)
	if err != nil {
		return value{}, err
	}
	y, err := e.eval(n.Y)
	if err != nil {
		return value{}, err
	}
	if x.kind == isBoolean && y.kind == isBoolean {
		return truth(x.isTrue() != y.isTrue()), nil
	}
	if x.kind != isNumber || y.kind != isNumber || !x.number.IsInt() || !y.number.IsInt() {
		return value{}, fail(n, Domain, `"xor" needs two integers or two truth values`)
	}
	e.note("xor of two integers is that of their bits; ^ is the power")
	p, q := x.number.BigInt(), y.number.BigInt()
	if err := e.a.Spend(int64(p.BitLen()+q.BitLen()) / 16); err != nil {
		return value{}, failure(err, n.At)
	}
	return numeric(number.FromBigInt(p.Xor(p, q))), nil
}

func (e *evaluator) compare(n *parse.Binary) (value, error) {
	x, err := e.eval(n.X)
	if err != nil {
		return value{}, err
	}
	y, err := e.eval(n.Y)
	if err != nil {
		return value{}, err
	}
	is, err := e.comparison(n.Op, x, y)
	if err != nil {
		return value{}, failure(err, n.At)
	}
	return truth(is), nil
}
