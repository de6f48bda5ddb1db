package eval

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

type valueKind uint8

const (
	isNumber valueKind = iota
	isBoolean
	isList
)

// A value is what a part of an expression stands for.
type value struct {
	kind    valueKind
	boolean bool
	number  number.Number
	list    []value
}

func numeric(n number.Number) value { return value{number: n} }

func (v value) truth() string { return strconv.FormatBool(v.boolean) }

// noun names the kind of v in messages.
func (v value) noun() string {
	switch v.kind {
	case isBoolean:
		return "a truth value"
	case isList:
		return "a list"
	}
	return "a number"
}

// An evaluator computes one expression.
type evaluator struct {
	a     *number.Arith
	vars  map[string]number.Number
	notes []string
}

func (e *evaluator) note(text string) {
	if !slices.Contains(e.notes, text) {
		e.notes = append(e.notes, text)
	}
}

// eval computes n. Its recursion is as deep as the tree, which the parser's
// limits on nodes bound.
func (e *evaluator) eval(n parse.Node) (value, error) {
	switch n := n.(type) {
	case *parse.Literal:
		x, err := e.literal(n)
		return numeric(x), err
	case *parse.Name:
		return e.constant(n)
	case *parse.Unary:
		return e.unary(n)
	case *parse.Binary:
		switch {
		case n.Op.Logical():
			return e.logic(n)
		case n.Op.Comparison():
			return e.compare(n)
		}
		x, err := e.binary(n)
		return numeric(x), err
	case *parse.Postfix:
		x, err := e.postfix(n)
		return numeric(x), err
	case *parse.Call:
		return e.call(n)
	case *parse.List:
		items, err := e.items(n.Items)
		return value{kind: isList, list: items}, err
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
		items[i] = v
	}
	return items, nil
}

func (e *evaluator) literal(n *parse.Literal) (number.Number, error) {
	if n.Base == 10 && len(n.Text) <= 18 {
		if x, ok := digits(n.Text); ok {
			return number.Int(x), nil
		}
	}
	var x number.Number
	var err error
	if n.Base == 10 {
		x, err = e.a.ParseDecimal(n.Text)
	} else {
		x, err = e.a.ParseInteger(n.Text, n.Base)
	}
	return x, at(err, n)
}

// digits is the value of s if that is nothing but a few digits.
func digits(s string) (x int64, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		x = x*10 + int64(c)
	}
	return x, true
}

func (e *evaluator) constant(n *parse.Name) (value, error) {
	if x, ok := e.vars[n.Name]; ok {
		return numeric(x), nil
	}
	c, ok := lookupConstant(n.Name)
	if !ok {
		return value{}, unknownName(n)
	}
	v, err := c.value(e.a)
	return v, at(err, n)
}

// number evaluates an operand of op that has to be a number.
func (e *evaluator) number(n parse.Node, op parse.Op) (number.Number, error) {
	switch n := n.(type) {
	case *parse.Literal:
		return e.literal(n)
	case *parse.Binary:
		if !n.Op.Logical() && !n.Op.Comparison() {
			return e.binary(n)
		}
	}
	v, err := e.eval(n)
	if err != nil {
		return number.Number{}, err
	}
	if v.kind != isNumber {
		return number.Number{}, fail(n, Domain, "%q needs numbers; this is %s", op.String(), v.noun())
	}
	return v.number, nil
}

func (e *evaluator) unary(n *parse.Unary) (value, error) {
	if n.Op == parse.Not {
		v, err := e.boolean(n.X, n.Op)
		return value{kind: isBoolean, boolean: !v}, err
	}
	x, err := e.number(n.X, n.Op)
	if err == nil && n.Op == parse.Neg {
		x, err = e.a.Neg(x)
	}
	return numeric(x), at(err, n)
}

func (e *evaluator) boolean(n parse.Node, op parse.Op) (bool, error) {
	v, err := e.eval(n)
	if err == nil && v.kind != isBoolean {
		err = fail(n, Domain, "%q needs truth values; this is %s", op.String(), v.noun())
	}
	return v.boolean, err
}

func (e *evaluator) binary(n *parse.Binary) (number.Number, error) {
	if n.Op == parse.Mod {
		if p, ok := isPower(n.X); ok {
			return e.powerMod(n, p)
		}
	}
	x, y, err := e.sides(n)
	if err != nil {
		return x, err
	}
	z, err := e.arithmetic(n, x, y)
	if err != nil {
		return z, failure(err, n.At)
	}
	return z, nil
}

func (e *evaluator) sides(n *parse.Binary) (x, y number.Number, err error) {
	if x, err = e.number(n.X, n.Op); err == nil {
		y, err = e.number(n.Y, n.Op)
	}
	return x, y, err
}

func (e *evaluator) arithmetic(n *parse.Binary, x, y number.Number) (number.Number, error) {
	if n.OfLeft {
		share, err := e.a.Mul(x, y)
		if err != nil {
			return share, err
		}
		y = share
	}
	switch n.Op {
	case parse.Add:
		return e.a.Add(x, y)
	case parse.Sub:
		return e.a.Sub(x, y)
	case parse.Mul, parse.Of:
		return e.a.Mul(x, y)
	case parse.Div:
		return e.a.Quo(x, y)
	case parse.FloorDiv:
		return e.a.FloorDiv(x, y)
	case parse.Mod:
		return e.a.Mod(x, y)
	}
	return e.power(x, y)
}

func (e *evaluator) power(x, y number.Number) (number.Number, error) {
	if x.IsZero() && y.IsZero() {
		e.note("0^0 is taken as 1")
	}
	return e.a.Pow(x, y)
}

func (e *evaluator) postfix(n *parse.Postfix) (number.Number, error) {
	x, err := e.number(n.X, n.Op)
	if err != nil {
		return x, err
	}
	switch n.Op {
	case parse.Factorial:
		x, err = e.a.Factorial(x)
	case parse.Percent:
		x, err = e.a.Quo(x, number.Int(100))
	case parse.Degree:
		x, err = e.a.Quo(x, number.Int(180))
		if err == nil {
			x, err = e.a.Mul(x, e.a.Pi())
		}
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
		return value{kind: isBoolean, boolean: x && y}, err
	}
	return value{kind: isBoolean, boolean: x || y}, err
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
		return value{kind: isBoolean, boolean: x.boolean != y.boolean}, nil
	}
	if x.kind != isNumber || y.kind != isNumber || !x.number.IsInt() || !y.number.IsInt() {
		return value{}, fail(n, Domain, `"xor" needs two integers or two truth values`)
	}
	z := new(big.Int).Xor(x.number.BigInt(), y.number.BigInt())
	return numeric(number.FromBigInt(z)), nil
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
	equality := n.Op == parse.Eq || n.Op == parse.Ne
	if equality && x.kind == isBoolean && y.kind == isBoolean {
		return value{kind: isBoolean, boolean: (x.boolean == y.boolean) == (n.Op == parse.Eq)}, nil
	}
	if x.kind != isNumber || y.kind != isNumber {
		return value{}, fail(n, Domain, "%s and %s cannot be compared with %q", x.noun(), y.noun(), n.Op.String())
	}
	c, err := e.a.Cmp(x.number, y.number)
	if err != nil {
		return value{}, failure(err, n.At)
	}
	var is bool
	switch n.Op {
	case parse.Eq:
		is = c == 0
	case parse.Ne:
		is = c != 0
	case parse.Lt:
		is = c < 0
	case parse.Le:
		is = c <= 0
	case parse.Gt:
		is = c > 0
	case parse.Ge:
		is = c >= 0
	}
	return value{kind: isBoolean, boolean: is}, nil
}

// call applies a function. A single list stands for its items where a
// function takes any number of arguments.
func (e *evaluator) call(n *parse.Call) (value, error) {
	f, ok := lookupFunction(n.Name)
	if !ok {
		return value{}, unknownFunction(n)
	}
	args, huge, err := e.arguments(n, f)
	if err != nil {
		return value{}, err
	}
	if f.Max < 0 && len(n.Args) < f.Min || f.Max >= 0 && (len(args) < f.Min || len(args) > f.Max) {
		return value{}, arityError(n, f)
	}
	if len(args) < f.Min {
		return value{}, fail(n, Domain, "%s of an empty list has no value", n.Name)
	}
	if huge == nil {
		x, err := f.apply(e, args)
		return numeric(x), at(err, n)
	}
	x, ok, err := f.ofPower(e, args, huge.y)
	if !ok {
		return value{}, huge.refusal
	}
	return numeric(x), at(err, n)
}

// arguments evaluates the arguments of f. If f can do with it, a first one
// that is a huge power is represented by its base.
func (e *evaluator) arguments(n *parse.Call, f *Function) (args []number.Number, huge *hugePower, err error) {
	args = make([]number.Number, 0, 2)
	for i, arg := range n.Args {
		if p, ok := isPower(arg); ok && i == 0 && f.ofPower != nil {
			var x number.Number
			if x, huge, err = e.powerOf(p); err != nil {
				return nil, nil, err
			}
			if huge != nil {
				x = huge.x
			}
			args = append(args, x)
			continue
		}
		v, err := e.eval(arg)
		if err != nil {
			return nil, nil, err
		}
		if v.kind == isList && f.Max < 0 && len(n.Args) == 1 {
			args, err = spread(arg, n.Name, v.list)
			return args, nil, err
		}
		if v.kind != isNumber {
			return nil, nil, argumentError(arg, n.Name, v)
		}
		args = append(args, v.number)
	}
	return args, huge, nil
}

func spread(n parse.Node, name string, items []value) ([]number.Number, error) {
	numbers := make([]number.Number, len(items))
	for i, v := range items {
		if v.kind != isNumber {
			return nil, argumentError(n, name, v)
		}
		numbers[i] = v.number
	}
	return numbers, nil
}

func argumentError(n parse.Node, name string, v value) error {
	err := fail(n, Domain, "%s needs numbers; this is %s", name, v.noun())
	if v.kind == isList {
		err.Hint = "functions such as sum, min and max take one list in place of their arguments"
	}
	return err
}

func arityError(n *parse.Call, f *Function) error {
	var want string
	switch {
	case f.Max < 0:
		want = fmt.Sprintf("at least %s", plural(f.Min))
	case f.Min == f.Max:
		want = plural(f.Min)
	default:
		want = fmt.Sprintf("%d to %s", f.Min, plural(f.Max))
	}
	err := fail(n, Syntax, "%s takes %s, not %d", f.Name, want, len(n.Args))
	err.Hint = "write " + f.Signature
	return err
}

func plural(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
