package eval

import (
	"errors"
	"fmt"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// quantity is q as a value: one without a dimension is a plain number.
func (e *evaluator) quantity(q units.Quantity, err error) (value, error) {
	if err != nil {
		return value{}, err
	}
	if q.Unit.IsOne() {
		return numeric(q.Value), nil
	}
	return value{kind: isQuantity, number: q.Value, ref: q.Unit}, nil
}

// quantities is x op y where one side is a quantity at least.
func (e *evaluator) quantities(op parse.Op, x, y value) (value, error) {
	if x.kind == isComplex || y.kind == isComplex {
		return value{}, domain("%s and %s cannot be combined", x.noun(), y.noun())
	}
	p, q := x.quantity(), y.quantity()
	if op != parse.Mul && op != parse.Div && op != parse.Of && op != parse.Pow {
		if err := comparable(p.Unit, q.Unit); err != nil {
			return value{}, err
		}
	}
	switch op {
	case parse.Add:
		return e.quantity(units.AddQ(e.a, p, q))
	case parse.Sub:
		return e.quantity(units.SubQ(e.a, p, q))
	case parse.Mul, parse.Of:
		return e.plain(units.MulQ(e.a, p, q))
	case parse.Div:
		return e.plain(units.QuoQ(e.a, p, q))
	case parse.Pow:
		return e.quantityPower(p, y)
	}
	// The quotient and the remainder by something of the same dimension.
	v, err := q.In(e.a, p.Unit)
	if err != nil {
		return value{}, err
	}
	if p.Unit.IsAffine() || q.Unit.IsAffine() {
		return value{}, domain("%q is not defined for temperatures on a scale", op.String())
	}
	if op == parse.FloorDiv {
		z, err := e.a.FloorDiv(p.Value, v)
		return numeric(z), err
	}
	z, err := e.a.Mod(p.Value, v)
	return e.quantity(units.Quantity{Value: z, Unit: p.Unit}, err)
}

// comparable refuses a plain number beside a quantity that is none.
func comparable(x, y units.Unit) error {
	one, other := x, y
	if y.IsOne() {
		one, other = y, x
	}
	if !one.IsOne() || other.IsOne() || other.Dimension().IsZero() {
		return nil
	}
	return &number.Error{Kind: number.UnitMismatch, Message: fmt.Sprintf("a plain number and a quantity in %s do not measure the same", other),
		Hint: "give both a unit"}
}

// plain is q as a value; units that cancel, as in km/m, become a number.
func (e *evaluator) plain(q units.Quantity, err error) (value, error) {
	if err == nil && !q.Unit.IsOne() && q.Unit.Dimension().IsZero() {
		q.Value, err = q.In(e.a, units.Unit{})
		q.Unit = units.Unit{}
	}
	return e.quantity(q, err)
}

// quantityPower is q^y; y is an integer or a fraction n/m.
func (e *evaluator) quantityPower(q units.Quantity, y value) (value, error) {
	if y.kind != isNumber || !y.number.IsExact() {
		return value{}, domain("the power of a quantity is an integer or a fraction; this is %s", y.noun())
	}
	num, den, _ := y.number.Fraction()
	n, fits := num.Int64()
	m, fitsToo := den.Int64()
	if !fits || !fitsToo || n > maxUnitPower || n < -maxUnitPower || m > maxUnitPower {
		return value{}, &number.Error{Kind: number.Limit, Message: "the power of a quantity is out of bounds; they are -100 and 100"}
	}
	z, err := units.PowQ(e.a, q, int(n))
	if err == nil && m > 1 {
		z, err = units.RootQ(e.a, z, int(m))
	}
	return e.plain(z, err)
}

// maxUnitPower bounds the powers of quantities.
const maxUnitPower = 100

// unit is the product of powers that u names.
func (e *evaluator) unit(u parse.Unit) (units.Unit, error) {
	var product units.Unit
	for i, f := range u.Factors {
		if err := e.shadowed(f); err != nil {
			return product, err
		}
		v, err := units.Lookup(f.Name)
		if err != nil {
			return product, failure(explained(err, f.Name), f.At)
		}
		// A lone degC is a scale, in a product it is a difference.
		if i == 0 && f.Power == 1 {
			product = v
			continue
		}
		if v, err = v.Pow(f.Power); err == nil {
			product, err = product.Mul(v)
		}
		if err != nil {
			return product, failure(err, f.At)
		}
	}
	for _, n := range product.Notes() {
		e.note(n)
	}
	return product, nil
}

// shadowed refuses a unit in the place of which a variable or a constant is
// known: nothing tells which is meant.
func (e *evaluator) shadowed(f parse.Factor) error {
	what := ""
	if _, ok := e.vars[f.Name]; ok {
		what = "variable"
	} else if _, ok := lookupConstant(f.Name); ok {
		what = "constant"
	}
	if what == "" {
		return nil
	}
	return &Error{Reason: Ambiguous, Position: f.At, Message: spelling.Quote(f.Name) + " is a " + what + " here, not a unit",
		Hint: "write the long name of the unit"}
}

// explained adds to an error about the unit name what name may have been meant
// for.
func explained(err error, name string) error {
	var ne *number.Error
	if !errors.As(err, &ne) {
		return err
	}
	hinted := *ne
	if hint, ok := asFormat(name); ok && ne.Kind == number.UnknownUnit {
		hinted.Hint, hinted.Suggestions = hint, nil
	}
	if (name == "F" || name == "C") && ne.Hint == "" {
		hinted.Hint = "write degF and degC for temperatures"
	}
	return &hinted
}

// attach is the quantity n.
func (e *evaluator) attach(n *parse.Quantity) (value, error) {
	x, err := e.eval(n.X)
	if err != nil {
		return x, err
	}
	u, err := e.unit(n.Unit)
	if err != nil {
		return value{}, err
	}
	v, err := e.inUnit(x, u)
	return v, at(err, n)
}

// inUnit is x times u.
func (e *evaluator) inUnit(x value, u units.Unit) (value, error) {
	switch x.kind {
	case isNumber:
		return e.plain(units.Quantity{Value: x.number, Unit: u}, nil)
	case isQuantity:
		return e.plain(units.MulQ(e.a, x.quantity(), units.Quantity{Value: number.Int(1), Unit: u}))
	case isList:
		return e.each(x.list(), func(x value) (value, error) { return e.inUnit(x, u) })
	}
	return value{}, domain("%s cannot have a unit", x.noun())
}

// convert is the conversion n.
func (e *evaluator) convert(n *parse.Conversion) (value, error) {
	x, err := e.eval(n.X)
	if err != nil {
		return x, err
	}
	u, err := e.unit(n.Unit)
	if err != nil {
		return value{}, err
	}
	v, err := e.converted(x, u)
	if err != nil {
		return v, failure(err, n.At)
	}
	return v, nil
}

func (e *evaluator) converted(x value, u units.Unit) (value, error) {
	switch x.kind {
	case isNumber, isQuantity:
		from := x.unit()
		if x.kind == isNumber && e.opt.Degrees && u.Dimension().IsAngle() {
			degree, err := units.Lookup("deg")
			if err != nil {
				return value{}, err
			}
			from = degree
			e.note("angles are in degrees")
		}
		c, err := units.Convert(e.a, x.number, from, u)
		if err != nil {
			return value{}, err
		}
		for _, note := range c.Notes {
			e.note(note)
		}
		if !c.Exact {
			e.measured = true
			e.note("a unit here is known by measurement only")
		}
		return e.quantity(units.Quantity{Value: c.Value, Unit: u}, nil)
	case isList:
		return e.each(x.list(), func(x value) (value, error) { return e.converted(x, u) })
	}
	return value{}, domain("%s cannot be converted to %s", x.noun(), u)
}

// radians is an angle as a plain number of radians.
func (e *evaluator) radians(q units.Quantity) (number.Number, error) {
	u, err := units.Lookup("rad")
	if err != nil {
		return number.Number{}, err
	}
	return q.In(e.a, u)
}
