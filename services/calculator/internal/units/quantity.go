package units

import (
	"fmt"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A Quantity is a number with a unit. The zero value is the plain number 0.
type Quantity struct {
	Value number.Number
	Unit  Unit
}

// In returns the value of q in another unit, as [Convert] computes it.
func (q Quantity) In(a *number.Arith, to Unit) (number.Number, error) {
	c, err := Convert(a, q.Value, q.Unit, to)
	return c.Value, err
}

// AddQ returns x + y in the unit of x. To a temperature such as degC a
// difference may be added, in K or delta_degC, and the result is on the scale of
// the temperature; two temperatures are refused.
// Other errors are UnitMismatch and those of the arithmetic.
func AddQ(a *number.Arith, x, y Quantity) (Quantity, error) {
	if err := addable(x.Unit, y.Unit); err != nil {
		return Quantity{}, err
	}
	switch {
	case x.Unit.IsAffine() && y.Unit.IsAffine():
		return Quantity{}, &number.Error{Kind: number.Domain,
			Message: fmt.Sprintf("two temperatures (%s and %s) cannot be added", x.Unit, y.Unit),
			Hint:    fmt.Sprintf("write the difference that is added in K or %s", y.Unit.difference())}
	case y.Unit.IsAffine():
		x, y = y, x
	}
	return combine(a, x, y, a.Add)
}

// SubQ returns x - y in the unit of x. The difference of two temperatures such
// as degC is one in delta_degC.
func SubQ(a *number.Arith, x, y Quantity) (Quantity, error) {
	if err := addable(x.Unit, y.Unit); err != nil {
		return Quantity{}, err
	}
	switch {
	case x.Unit.IsAffine() && y.Unit.IsAffine():
		v, err := y.In(a, x.Unit)
		if err != nil {
			return Quantity{}, err
		}
		v, err = a.Sub(x.Value, v)
		return Quantity{v, x.Unit.difference()}, err
	case y.Unit.IsAffine():
		return Quantity{}, &number.Error{Kind: number.Domain,
			Message: fmt.Sprintf("the temperature in %s cannot be subtracted from a value in %s", y.Unit, x.Unit),
			Hint:    "convert both to the same unit first, such as K"}
	}
	return combine(a, x, y, a.Sub)
}

// combine converts y to the unit of x, or to that of its differences.
func combine(a *number.Arith, x, y Quantity, op func(x, y number.Number) (number.Number, error)) (Quantity, error) {
	f, err := y.Unit.f.quo(x.Unit.f).number(a)
	if err != nil {
		return Quantity{}, err
	}
	v, err := a.Mul(y.Value, f)
	if err != nil {
		return Quantity{}, err
	}
	v, err = op(x.Value, v)
	return Quantity{v, x.Unit}, err
}

// addable returns an error unless sums of the two units have a meaning.
func addable(x, y Unit) error {
	if x.dim != y.dim {
		return mismatch(x, y)
	}
	if x.IsAffine() || y.IsAffine() {
		return nil
	}
	_, _, err := convertible(x, y)
	return err
}

// CmpQ compares x and y: it returns -1, 0 or 1.
func CmpQ(a *number.Arith, x, y Quantity) (int, error) {
	if err := addable(x.Unit, y.Unit); err != nil {
		return 0, err
	}
	v, err := y.In(a, x.Unit)
	if err != nil {
		return 0, err
	}
	return a.Cmp(x.Value, v)
}

// NegQ returns -x. Of a temperature it is the one with the other sign on its
// scale, so that -40 degF can be written.
func NegQ(a *number.Arith, x Quantity) (Quantity, error) {
	v, err := a.Neg(x.Value)
	return Quantity{v, x.Unit}, err
}

// MulQ returns x * y. Units of the same dimension are brought together: 60 mi/h
// times 30 min is 30 mi. A temperature such as degC is refused with a Domain
// error.
func MulQ(a *number.Arith, x, y Quantity) (Quantity, error) {
	if err := multipliable(x.Unit, y.Unit); err != nil {
		return Quantity{}, err
	}
	v, err := a.Mul(x.Value, y.Value)
	if err != nil {
		return Quantity{}, err
	}
	u, err := x.Unit.Mul(y.Unit)
	if err != nil {
		return Quantity{}, err
	}
	return gather(a, Quantity{v, u})
}

// QuoQ returns x / y, with the conventions of MulQ.
func QuoQ(a *number.Arith, x, y Quantity) (Quantity, error) {
	if err := multipliable(x.Unit, y.Unit); err != nil {
		return Quantity{}, err
	}
	v, err := a.Quo(x.Value, y.Value)
	if err != nil {
		return Quantity{}, err
	}
	u, err := x.Unit.Quo(y.Unit)
	if err != nil {
		return Quantity{}, err
	}
	return gather(a, Quantity{v, u})
}

// PowQ returns x^n.
func PowQ(a *number.Arith, x Quantity, n int) (Quantity, error) {
	if err := multipliable(x.Unit); err != nil {
		return Quantity{}, err
	}
	u, err := x.Unit.Pow(n)
	if err != nil {
		return Quantity{}, err
	}
	v, err := a.Pow(x.Value, number.Int(int64(n)))
	return Quantity{v, u}, err
}

// RootQ returns the nth root of x, n at least 1. Its unit is made of the units
// of x if their exponents allow, else of the base units; the error is
// UnitMismatch if the dimension of x has no such root.
func RootQ(a *number.Arith, x Quantity, n int) (Quantity, error) {
	if err := multipliable(x.Unit); err != nil {
		return Quantity{}, err
	}
	if n < 1 || n > maxExponent {
		return Quantity{}, tooLarge()
	}
	u, ok, err := x.Unit.root(n)
	if err != nil {
		return Quantity{}, err
	}
	if !ok {
		if x, err = coherent(a, x); err != nil {
			return Quantity{}, err
		}
		if u, ok, err = x.Unit.root(n); err != nil {
			return Quantity{}, err
		}
		if !ok {
			return Quantity{}, &number.Error{Kind: number.UnitMismatch,
				Message: fmt.Sprintf("%s has no root of degree %d", x.Unit.dim.described(), n)}
		}
	}
	v, err := a.Pow(x.Value, number.Frac(1, int64(n)))
	return Quantity{v, u}, err
}

// coherent returns x in the base units.
func coherent(a *number.Arith, x Quantity) (Quantity, error) {
	u, err := Parse(x.Unit.dim.Base())
	if err != nil {
		return Quantity{}, err
	}
	v, err := x.In(a, u)
	return Quantity{v, u}, err
}

// multipliable refuses temperatures on scales with an offset.
func multipliable(list ...Unit) error {
	for _, u := range list {
		if u.IsAffine() {
			return &number.Error{Kind: number.Domain,
				Message: fmt.Sprintf("a temperature in %s cannot be multiplied or divided: its scale does not begin at absolute zero", u),
				Hint:    fmt.Sprintf("convert it to K first, or write %s for a difference", u.difference())}
		}
	}
	return nil
}

// joins reports whether a power of t can be written as one of k.
func (t term) joins(k term) bool {
	return t.def.dim == k.def.dim && (t.def.kind == k.def.kind || t.def.kind == "" || k.def.kind == "")
}

// gather brings units of the same dimension together, in the one that comes
// first, and takes percents and the like, and products without a dimension such
// as Hz*s, into the value.
func gather(a *number.Arith, q Quantity) (Quantity, error) {
	kept := Unit{}
	scale := factor{}
	for _, t := range q.Unit.terms {
		u := t.unit()
		if t.def.dim.IsZero() && len(q.Unit.terms) > 1 {
			u = Unit{}
		} else if i := slices.IndexFunc(kept.terms, t.joins); i >= 0 {
			u = kept.terms[i].unit()
		}
		scale = scale.mul(t.unit().f.quo(u.f).pow(t.exp))
		p, err := u.Pow(t.exp)
		if err != nil {
			return Quantity{}, err
		}
		if kept, err = kept.Mul(p); err != nil {
			return Quantity{}, err
		}
	}
	if kept.dim.IsZero() && slices.ContainsFunc(kept.terms, func(t term) bool { return !t.def.dim.IsZero() }) {
		scale, kept = scale.mul(kept.f), Unit{}
	}
	if scale.isOne() {
		return Quantity{q.Value, kept}, nil
	}
	f, err := scale.number(a)
	if err != nil {
		return Quantity{}, err
	}
	v, err := a.Mul(q.Value, f)
	return Quantity{v, kept}, err
}
