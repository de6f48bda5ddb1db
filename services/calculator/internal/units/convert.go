package units

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A Conversion is what became of a value in another unit.
type Conversion struct {
	Value number.Number
	// Value is x*Factor + Offset of the value x; if Reciprocal, it is Factor/x.
	Factor, Offset number.Number
	Reciprocal     bool
	// FactorText is the factor as a fraction, such as "762/25" or "pi/180".
	FactorText string
	// Formula says it in one line, such as "value * 9/5 + 32".
	Formula string
	// Exact says that no unit known by measurement only plays a part.
	Exact bool
	// Notes are the conventions that the result depends on.
	Notes []string
}

// Convert returns x, a value in the unit from, in the unit to. Temperatures are
// placed on their scales, and a fuel economy may be converted into a
// consumption. A radian counts as 1 where the dimensions differ in angles only,
// except that cycles are not told from radians in frequencies: that is
// Ambiguous.
//
// The error is UnitMismatch, Ambiguous, Domain for a temperature below absolute
// zero, DivisionByZero for the reciprocal of 0, or one of the arithmetic.
func Convert(a *number.Arith, x number.Number, from, to Unit) (Conversion, error) {
	notes, reciprocal, err := convertible(from, to)
	if err != nil {
		return Conversion{}, err
	}
	c := Conversion{Reciprocal: reciprocal, Exact: exactBetween(from, to, reciprocal)}
	for _, n := range slices.Concat(from.Notes(), to.Notes(), notes) {
		if !slices.Contains(c.Notes, n) {
			c.Notes = append(c.Notes, n)
		}
	}
	f := from.f.quo(to.f)
	if reciprocal {
		f = from.f.mul(to.f).pow(-1)
	}
	c.FactorText = f.String()
	if c.Factor, err = f.number(a); err != nil {
		return Conversion{}, err
	}
	if reciprocal {
		c.Formula = c.FactorText + " / value"
		c.Value, err = a.Quo(c.Factor, x)
		return c, err
	}
	if c.Value, err = a.Mul(x, c.Factor); err != nil {
		return Conversion{}, err
	}
	c.Formula = multiplied(f)
	if !from.IsAffine() && !to.IsAffine() {
		return c, nil
	}
	return c, c.place(a, x, from, to)
}

// place adds the offset between the scales of temperatures.
func (c *Conversion) place(a *number.Arith, x number.Number, from, to Unit) error {
	kelvin, err := a.Mul(x, number.FromRat(from.f.rat()))
	if err != nil {
		return err
	}
	if kelvin, err = a.Add(kelvin, number.FromRat(from.zero())); err != nil {
		return err
	}
	s, err := a.Sign(kelvin)
	if err != nil {
		return err
	}
	if s < 0 {
		t, err := a.Text(x, 0)
		if err != nil {
			return err
		}
		return &number.Error{Kind: number.Domain,
			Message: fmt.Sprintf("%s %s is below absolute zero, which is %s", t.Decimal, from, from.absoluteZero()),
			Hint:    "for a difference of temperatures write delta_" + strings.TrimPrefix(from.String(), "delta_")}
	}
	offset := new(big.Rat).Sub(from.zero(), to.zero())
	offset.Quo(offset, to.f.rat())
	c.Offset = number.FromRat(offset)
	c.Formula += signed(offset)
	c.Value, err = a.Add(c.Value, c.Offset)
	return err
}

// zero is where the scale of u begins, in kelvins.
func (u Unit) zero() *big.Rat {
	if u.IsAffine() {
		return u.terms[0].def.zero
	}
	return new(big.Rat)
}

// absoluteZero is absolute zero on the scale of u.
func (u Unit) absoluteZero() string {
	z := new(big.Rat).Quo(u.zero(), u.f.rat())
	return strings.TrimSuffix(strings.TrimRight(z.Neg(z).FloatString(3), "0"), ".") + " " + u.String()
}

// multiplied writes the product of the value and f.
func multiplied(f factor) string {
	switch {
	case f.isOne():
		return "value"
	case f.pi == 0 && f.rat().Num().Cmp(one.Num()) == 0:
		return "value / " + f.rat().Denom().String()
	}
	return "value * " + f.String()
}

func signed(r *big.Rat) string {
	switch abs := new(big.Rat).Abs(r); r.Sign() {
	case 0:
		return ""
	case 1:
		return " + " + decimal(abs)
	default:
		return " - " + decimal(abs)
	}
}

// decimal writes r as a decimal if that is exact and short, else as a fraction.
func decimal(r *big.Rat) string {
	const most = 9
	if n, exact := r.FloatPrec(); exact && n <= most {
		return r.FloatString(n)
	}
	return r.RatString()
}

// exactBetween reports whether the units known by measurement only cancel.
func exactBetween(from, to Unit, reciprocal bool) bool {
	sign := -1
	if reciprocal {
		sign = 1
	}
	exps := make(map[*definition]int)
	for _, t := range from.terms {
		exps[t.def] += t.exp
	}
	for _, t := range to.terms {
		exps[t.def] += sign * t.exp
	}
	for d, n := range exps {
		if d.measured && n != 0 {
			return false
		}
	}
	return true
}

// convertible returns the notes that a conversion needs, and whether it goes by
// the reciprocal.
func convertible(from, to Unit) (notes []string, reciprocal bool, err error) {
	if isFuel(from) && isFuel(to) && from.dim != to.dim {
		return []string{"a consumption is the reciprocal of an economy"}, true, nil
	}
	if from.dim != to.dim {
		if from.dim.withoutAngle() != to.dim.withoutAngle() {
			return nil, false, mismatch(from, to)
		}
		note, err := withoutAngle(from, to)
		return []string{note}, false, err
	}
	if !sameKind(from, to) {
		return nil, false, &number.Error{Kind: number.UnitMismatch,
			Message: fmt.Sprintf("%s measures %s and %s measures %s; they have the same dimension but are not the same quantity", from, from.Kind(), to, to.Kind()),
			Hint:    "convert to a unit of " + from.Kind()}
	}
	switch {
	case from.IsAffine() && to.isDelta():
		return nil, false, &number.Error{Kind: number.UnitMismatch,
			Message: fmt.Sprintf("%s is a temperature and %s a difference of temperatures", from, to),
			Hint:    fmt.Sprintf("write %s for a difference, or K for an absolute temperature", from.difference())}
	case from.isDelta() && to.IsAffine():
		return nil, false, &number.Error{Kind: number.UnitMismatch,
			Message: fmt.Sprintf("%s is a difference of temperatures and %s a temperature", from, to),
			Hint:    fmt.Sprintf("write %s for a difference, or K for an absolute temperature", to.difference())}
	}
	return nil, false, nil
}

// sameKind reports whether two units of one dimension are for the same kind of
// quantity; a product of units, such as J/kg, is for any.
func sameKind(u, v Unit) bool {
	k, l := u.kind(), v.kind()
	switch {
	case k == l || !u.isNamed() || !v.isNamed():
		return true
	case k == kindDifference:
		return l == ""
	}
	return l == kindDifference && k == ""
}

// isNamed reports whether u is one unit of the table, not a product.
func (u Unit) isNamed() bool { return len(u.terms) == 1 && u.terms[0].exp == 1 }

// isDelta reports whether u is made for differences of temperatures.
func (u Unit) isDelta() bool {
	return u.kind() == kindDifference
}

// withoutAngle says what becomes of the radians that only one of two units has.
func withoutAngle(from, to Unit) (note string, err error) {
	rate := base(time)
	rate.exp[time] = -1
	switch {
	case from.dim == rate || to.dim == rate:
		return "", cycles(from, to)
	case from.dim.exp[luminous] != 0:
		return "", mismatch(from, to)
	}
	return "a radian counts as 1", nil
}

// cycles refuses to convert hertz into rpm or rad/s: it can be meant by cycles,
// one revolution each, or by radians.
func cycles(from, to Unit) error {
	e := &number.Error{Kind: number.Ambiguous,
		Message: fmt.Sprintf("%s is a %s and %s an %s; a cycle can be a revolution or a radian", from, from.Kind(), to, to.Kind()),
		Hint:    "write rev/s for cycles per second, or rad/s"}
	if to.dim.exp[angle] != 0 {
		e.Suggestions = []string{"rev*" + from.String(), "rad*" + from.String()}
		return e
	}
	e.Message = fmt.Sprintf("%s is an %s and %s a %s; a cycle can be a revolution or a radian", from, from.Kind(), to, to.Kind())
	e.Suggestions = []string{"rev*" + to.String(), "rad*" + to.String()}
	return e
}

// isFuel reports whether u is a volume by a length, or a length by a volume.
func isFuel(u Unit) bool {
	if k := u.kind(); k == kindConsumption || k == kindEconomy {
		return true
	}
	if len(u.terms) != 2 {
		return false
	}
	x, y := u.terms[0], u.terms[1]
	if x.def.dim.exp[length]*int8(x.exp) < 0 {
		x, y = y, x
	}
	volume := Dimension{}
	volume.exp[length] = 3
	return x.exp == 1 && y.exp == -1 &&
		(x.def.dim == volume && y.def.dim == base(length) || x.def.dim == base(length) && y.def.dim == volume)
}

// mismatch says that two dimensions differ, and what may have been meant.
func mismatch(from, to Unit) *number.Error {
	return &number.Error{Kind: number.UnitMismatch,
		Message: fmt.Sprintf("%s is a unit of %s and %s one of %s", from, from.dim.described(), to, to.dim.described()),
		Hint:    hint(from, to)}
}

// hint explains the mistakes that are made often.
func hint(from, to Unit) string {
	for _, c := range confusions {
		for _, pair := range [][2]Unit{{from, to}, {to, from}} {
			if c.fits(pair[0], pair[1]) {
				return c.hint
			}
		}
	}
	if d, ok := (Dimension{}).plus(from.dim, -1); ok && d == to.dim {
		return "they are reciprocal: compute 1 / value"
	}
	return "both units have to measure the same"
}
