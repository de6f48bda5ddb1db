package solve

import (
	"math/big"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
)

// enclose returns bounds of the function for every number in x, or nil if it
// is not shown to be continuous there: then a change of sign need not be a
// root.
func (f *curve) enclose(c calculator, x interval) (*interval, error) {
	l, err := f.span(c, f.left, x)
	if err != nil || l == nil || f.right == nil {
		return l, err
	}
	r, err := f.span(c, f.right, x)
	if err != nil || r == nil {
		return nil, err
	}
	d := c.sub(*l, *r)
	return &d, nil
}

func (f *curve) span(c calculator, n parse.Node, x interval) (*interval, error) {
	switch n := n.(type) {
	case *parse.Literal:
		return f.constant(c, n)
	case *parse.Name:
		if n.Name == f.name {
			return &x, nil
		}
		return f.constant(c, n)
	case *parse.Unary:
		v, err := f.span(c, n.X, x)
		if err != nil || v == nil || n.Op == parse.Not {
			return nil, err
		}
		if n.Op == parse.Neg {
			v = &interval{new(big.Float).Neg(v.hi), new(big.Float).Neg(v.lo)}
		}
		return v, nil
	case *parse.Postfix:
		return f.postfix(c, n, x)
	case *parse.Binary:
		return f.binary(c, n, x)
	case *parse.Call:
		return f.call(c, n, x)
	}
	return nil, nil
}

// constant encloses an expression without the unknown.
func (f *curve) constant(c calculator, n parse.Node) (*interval, error) {
	v, err := f.ev.NumberOf(n)
	if err != nil {
		return nil, err
	}
	i, err := c.ofNumber(f.a, v)
	return &i, err
}

func (f *curve) postfix(c calculator, n *parse.Postfix, x interval) (*interval, error) {
	if n.Op == parse.Factorial {
		if !f.has(n) {
			return f.constant(c, n)
		}
		return nil, nil
	}
	v, err := f.span(c, n.X, x)
	if err != nil || v == nil {
		return nil, err
	}
	unit := number.Frac(1, 100)
	if n.Op == parse.Degree {
		if unit, err = f.a.Quo(f.a.Pi(), number.Int(180)); err != nil {
			return nil, err
		}
	}
	u, err := c.ofNumber(f.a, unit)
	if err != nil {
		return nil, err
	}
	z := c.mul(*v, u)
	return &z, nil
}

// has reports whether the unknown is in n.
func (f *curve) has(n parse.Node) bool {
	found := false
	walk(n, func(n parse.Node) {
		if name, ok := n.(*parse.Name); ok && name.Name == f.name {
			found = true
		}
	})
	return found
}

func (f *curve) binary(c calculator, n *parse.Binary, x interval) (*interval, error) {
	if n.Op == parse.Pow {
		return f.power(c, n.X, n.Y, x)
	}
	l, err := f.span(c, n.X, x)
	if err != nil || l == nil {
		return nil, err
	}
	r, err := f.span(c, n.Y, x)
	if err != nil || r == nil {
		return nil, err
	}
	if n.OfLeft {
		share := c.mul(*l, *r)
		r = &share
	}
	var z interval
	switch n.Op {
	case parse.Add:
		z = c.add(*l, *r)
	case parse.Sub:
		z = c.sub(*l, *r)
	case parse.Mul, parse.Of:
		z = c.mul(*l, *r)
	case parse.Div:
		if r.hasZero() {
			return nil, nil
		}
		z = c.quo(*l, *r)
	default:
		return nil, nil
	}
	return &z, nil
}

// power encloses base^exponent: by multiplication for a constant integer, else
// as exp(exponent*log(base)) for a positive base.
func (f *curve) power(c calculator, base, exponent parse.Node, x interval) (*interval, error) {
	b, err := f.span(c, base, x)
	if err != nil || b == nil {
		return nil, err
	}
	if !f.has(exponent) {
		y, err := f.ev.NumberOf(exponent)
		if err != nil {
			return nil, err
		}
		if k, ok := y.Int64(); ok && k >= -1000 && k <= 1000 {
			return c.pow(*b, int(k)), nil
		}
	}
	y, err := f.span(c, exponent, x)
	if err != nil || y == nil || b.lo.Sign() <= 0 {
		return nil, err
	}
	l, err := f.monotone(c, f.a.Log, *b)
	if err != nil || l == nil {
		return nil, err
	}
	return f.monotone(c, f.a.Exp, c.mul(*y, *l))
}

// pow returns x^k, or nil for 0 to a negative power.
func (c calculator) pow(x interval, k int) *interval {
	one := new(big.Float).SetInt64(1)
	z := interval{one, one}
	for range max(k, -k) {
		z = c.mul(z, x)
	}
	if k < 0 {
		if z.hasZero() {
			return nil
		}
		z = c.quo(interval{one, one}, z)
	}
	return &z
}

// monotone encloses an increasing or decreasing function by its values at the
// ends of x.
func (f *curve) monotone(c calculator, fn func(number.Number) (number.Number, error), x interval) (*interval, error) {
	var z *interval
	for _, end := range []*big.Float{x.lo, x.hi} {
		v, err := fn(number.FromRat(rat(end)))
		if noValue(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		i, err := c.ofNumber(f.a, v)
		if err != nil {
			return nil, err
		}
		if z == nil {
			z = &i
			continue
		}
		if i.lo.Cmp(z.lo) < 0 {
			z.lo = i.lo
		}
		if i.hi.Cmp(z.hi) > 0 {
			z.hi = i.hi
		}
	}
	return z, nil
}

// wave encloses the sine or the cosine, which change by less than their
// argument does.
func (f *curve) wave(c calculator, fn func(number.Number) (number.Number, error), x interval) (*interval, error) {
	v, err := fn(number.FromRat(rat(x.lo)))
	if noValue(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i, err := c.ofNumber(f.a, v)
	if err != nil {
		return nil, err
	}
	width := c.up().Sub(x.hi, x.lo)
	z := interval{c.down().Sub(i.lo, width), c.up().Add(i.hi, width)}
	return &z, nil
}

func (f *curve) call(c calculator, n *parse.Call, x interval) (*interval, error) {
	if !f.has(n) {
		return f.constant(c, n)
	}
	if n.Name == "pow" && len(n.Args) == 2 {
		return f.power(c, n.Args[0], n.Args[1], x)
	}
	args := make([]interval, len(n.Args))
	for i, arg := range n.Args {
		v, err := f.span(c, arg, x)
		if err != nil || v == nil {
			return nil, err
		}
		args[i] = *v
	}
	switch n.Name {
	case "min", "max", "sum":
		return c.fold(n.Name, args), nil
	}
	if len(args) != 1 {
		return nil, nil
	}
	switch n.Name {
	case "abs":
		return c.abs(args[0]), nil
	case "sin":
		return f.wave(c, f.a.Sin, args[0])
	case "cos":
		return f.wave(c, f.a.Cos, args[0])
	case "tan":
		sin, err := f.wave(c, f.a.Sin, args[0])
		if err != nil || sin == nil {
			return nil, err
		}
		cos, err := f.wave(c, f.a.Cos, args[0])
		if err != nil || cos == nil || cos.hasZero() {
			return nil, err
		}
		z := c.quo(*sin, *cos)
		return &z, nil
	case "exp", "ln", "log", "log2", "log10", "sqrt", "cbrt", "asin", "acos", "atan", "sinh", "tanh":
		return f.monotone(c, func(v number.Number) (number.Number, error) {
			f.ev.Set(f.name, v)
			return f.ev.NumberOf(&parse.Call{Name: n.Name, Args: []parse.Node{&parse.Name{Name: f.name}}})
		}, args[0])
	}
	return nil, nil
}

// fold encloses a function of any number of arguments.
func (c calculator) fold(name string, args []interval) *interval {
	if len(args) == 0 {
		return nil
	}
	z := args[0]
	for _, y := range args[1:] {
		switch name {
		case "sum":
			z = c.add(z, y)
		case "max":
			z = interval{greater(z.lo, y.lo, 1), greater(z.hi, y.hi, 1)}
		case "min":
			z = interval{greater(z.lo, y.lo, -1), greater(z.hi, y.hi, -1)}
		}
	}
	return &z
}

// greater returns the greater of x and y for direction 1, the lesser for -1.
func greater(x, y *big.Float, direction int) *big.Float {
	if x.Cmp(y) == direction {
		return x
	}
	return y
}

func (c calculator) abs(x interval) *interval {
	if x.hasZero() {
		return &interval{new(big.Float), x.size()}
	}
	if x.lo.Sign() > 0 {
		return &x
	}
	return &interval{new(big.Float).Neg(x.hi), new(big.Float).Neg(x.lo)}
}
