package eval

import (
	"errors"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/parse"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

// operate is x op y for an operator of arithmetic and any kinds of values.
func (e *evaluator) operate(op parse.Op, x, y value) (value, error) {
	switch {
	case x.kind == isNumber && y.kind == isNumber:
		return e.numbers(op, x.number, y.number)
	case x.kind == isBoolean || y.kind == isBoolean:
		return value{}, domain("%q needs numbers, not truth values", op.String())
	case x.kind == isList || y.kind == isList:
		return e.lists(op, x, y)
	case x.kind == isQuantity || y.kind == isQuantity:
		return e.quantities(op, x, y)
	}
	return e.complexes(op, x.complex(), y.complex())
}

func (e *evaluator) numbers(op parse.Op, x, y number.Number) (value, error) {
	if op == parse.Pow {
		return e.power(x, y)
	}
	var z number.Number
	var err error
	switch op {
	case parse.Add:
		z, err = e.a.Add(x, y)
	case parse.Sub:
		z, err = e.a.Sub(x, y)
	case parse.Mul, parse.Of:
		z, err = e.a.Mul(x, y)
	case parse.Div:
		z, err = e.a.Quo(x, y)
	case parse.FloorDiv:
		z, err = e.a.FloorDiv(x, y)
	case parse.Mod:
		z, err = e.a.Mod(x, y)
	}
	return numeric(z), err
}

// power is x^y, the principal value where that is not real.
func (e *evaluator) power(x, y number.Number) (value, error) {
	if x.IsZero() && y.IsZero() {
		e.note("0^0 is taken as 1")
	}
	z, err := e.a.Pow(x, y)
	if !e.leavesReals(err) {
		return numeric(z), e.hintAtComplex(err)
	}
	w, err := complex.Pow(e.a, complex.Number{Re: x}, complex.Number{Re: y})
	if err != nil {
		return value{}, err
	}
	if num, den, ok := y.Fraction(); ok && isOne(num) && isOdd(den) {
		e.note(e.realRoot(x, den))
	}
	return complexValue(w), nil
}

// realRoot tells of the real root of a negative x beside the principal one.
func (e *evaluator) realRoot(x, n number.Number) string {
	const principal = "a fractional power of a negative number is its principal value; "
	call := "root(x, n)"
	if t, err := e.a.Text(x, 0); err == nil && len(t.Decimal) <= 40 && x.IsExact() {
		call = "root(" + t.Decimal + ", " + n.BigInt().String() + ")"
		if i, ok := n.Int64(); ok && i == 3 {
			call = "cbrt(" + t.Decimal + ")"
		}
		if r, err := e.realNthRoot(x, n); err == nil && r.IsExact() {
			if t, err := e.a.Text(r, 0); err == nil && len(t.Decimal) <= 40 {
				return principal + "the real root is " + call + " = " + t.Decimal
			}
		}
	}
	return principal + "the real root is " + call
}

func isOne(x number.Number) bool {
	i, ok := x.Int64()
	return ok && i == 1
}

func isOdd(x number.Number) bool { return x.IsInt() && x.BigInt().Bit(0) == 1 }

// leavesReals reports whether err says that a result is not real, and complex
// ones are wanted.
func (e *evaluator) leavesReals(err error) bool {
	var ne *number.Error
	return err != nil && !e.opt.RealOnly && errors.As(err, &ne) && ne.Kind == number.Domain
}

// hintAtComplex says of a result that is not real how to have it.
func (e *evaluator) hintAtComplex(err error) error {
	var ne *number.Error
	if err == nil || !e.opt.RealOnly || !errors.As(err, &ne) || ne.Kind != number.Domain {
		return err
	}
	hinted := *ne
	hinted.Hint = `the domain is "real"; with "complex" there may be a value`
	return &hinted
}

func (e *evaluator) complexes(op parse.Op, x, y complex.Number) (value, error) {
	var z complex.Number
	var err error
	switch op {
	case parse.Add:
		z, err = complex.Add(e.a, x, y)
	case parse.Sub:
		z, err = complex.Sub(e.a, x, y)
	case parse.Mul, parse.Of:
		z, err = complex.Mul(e.a, x, y)
	case parse.Div:
		z, err = complex.Quo(e.a, x, y)
	case parse.Pow:
		z, err = complex.Pow(e.a, x, y)
	default:
		err = domain("%q is not defined for complex numbers", op.String())
	}
	return complexValue(z), err
}

// neg is -x.
func (e *evaluator) neg(x value) (value, error) {
	switch x.kind {
	case isNumber:
		z, err := e.a.Neg(x.number)
		return numeric(z), err
	case isComplex:
		z, err := complex.Neg(e.a, x.complex())
		return complexValue(z), err
	case isQuantity:
		return e.quantity(units.NegQ(e.a, x.quantity()))
	case isList:
		return e.each(x.list(), e.neg)
	}
	return value{}, domain(`"-" needs a number; this is %s`, x.noun())
}

// compare is x op y for a comparison.
func (e *evaluator) comparison(op parse.Op, x, y value) (bool, error) {
	if op == parse.Eq || op == parse.Ne {
		same, err := e.equal(x, y)
		return same == (op == parse.Eq), err
	}
	c, err := e.order(x, y)
	if err != nil {
		return false, err
	}
	switch op {
	case parse.Lt:
		return c < 0, nil
	case parse.Le:
		return c <= 0, nil
	case parse.Gt:
		return c > 0, nil
	}
	return c >= 0, nil
}

// order is -1, 0 or 1 as x is less than, equal to or greater than y.
func (e *evaluator) order(x, y value) (int, error) {
	switch {
	case x.kind == isNumber && y.kind == isNumber:
		return e.a.Cmp(x.number, y.number)
	case (x.kind == isQuantity || x.kind == isNumber) && (y.kind == isQuantity || y.kind == isNumber):
		if err := comparable(x.unit(), y.unit()); err != nil {
			return 0, err
		}
		return units.CmpQ(e.a, x.quantity(), y.quantity())
	case x.kind == isComplex || y.kind == isComplex:
		return 0, &number.Error{Kind: number.Domain, Message: "complex numbers have no order", Hint: "compare abs(z) or re(z)"}
	}
	return 0, domain("%s and %s have no order", x.noun(), y.noun())
}

func (e *evaluator) equal(x, y value) (bool, error) {
	switch {
	case x.kind == isBoolean && y.kind == isBoolean:
		return x.isTrue() == y.isTrue(), nil
	case x.kind == isList && y.kind == isList:
		return e.equalLists(x.list(), y.list())
	case x.kind >= isBoolean || y.kind >= isBoolean:
		return false, domain("%s and %s cannot be compared", x.noun(), y.noun())
	case x.kind == isQuantity || y.kind == isQuantity:
		if x.kind == isComplex || y.kind == isComplex {
			return false, domain("%s and %s cannot be compared", x.noun(), y.noun())
		}
		c, err := e.order(x, y)
		return c == 0, err
	}
	v, w := x.complex(), y.complex()
	c, err := e.a.Cmp(v.Re, w.Re)
	if err != nil || c != 0 {
		return false, err
	}
	c, err = e.a.Cmp(v.Im, w.Im)
	return c == 0, err
}

func (e *evaluator) equalLists(x, y []value) (bool, error) {
	if err := e.room(len(x)); err != nil {
		return false, err
	}
	same := len(x) == len(y)
	for i := 0; same && i < len(x); i++ {
		var err error
		if same, err = e.equal(x[i], y[i]); err != nil {
			return false, err
		}
	}
	return same, nil
}
