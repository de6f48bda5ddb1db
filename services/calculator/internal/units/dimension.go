package units

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The base dimensions, in the order of a [Dimension].
const (
	mass = iota
	length
	time
	current
	temperature
	amount
	luminous
	information
	angle
	bases
)

// A Dimension is what a quantity is a measure of: the exponents of the base
// dimensions. Two dimensions are equal if == says so; the zero value is that
// of a plain number.
//
// Angle counts as a dimension, so that deg and rpm are not confused with plain
// numbers; [Convert] knows where a radian may be taken as 1.
type Dimension struct{ exp [bases]int8 }

// maxExponent bounds the exponents of a dimension.
const maxExponent = 100

var baseNames = [bases]string{
	"mass", "length", "time", "current", "temperature", "amount", "luminous intensity", "information", "angle",
}

// baseSymbols are the units that factors refer to.
var baseSymbols = [bases]string{"kg", "m", "s", "A", "K", "mol", "cd", "bit", "rad"}

func base(i int) Dimension {
	var d Dimension
	d.exp[i] = 1
	return d
}

// IsZero reports whether d is the dimension of a plain number.
func (d Dimension) IsZero() bool { return d == Dimension{} }

// IsAngle reports whether d is the dimension of an angle.
func (d Dimension) IsAngle() bool { return d == base(angle) }

// IsTime reports whether d is the dimension of a time.
func (d Dimension) IsTime() bool { return d == base(time) }

// plus returns d + n*e; ok is false if an exponent gets too large.
func (d Dimension) plus(e Dimension, n int) (sum Dimension, ok bool) {
	for i := range bases {
		x := int(d.exp[i]) + n*int(e.exp[i])
		if x < -maxExponent || x > maxExponent {
			return Dimension{}, false
		}
		sum.exp[i] = int8(x)
	}
	return sum, true
}

// withoutAngle is d with the exponent of the angle 0.
func (d Dimension) withoutAngle() Dimension {
	d.exp[angle] = 0
	return d
}

// Formula writes d as a product of base dimensions, such as "length/time^2";
// that of a plain number is "1".
func (d Dimension) Formula() string { return d.product(baseNames) }

// Base writes d in the units that factors refer to, such as "m/s^2".
func (d Dimension) Base() string { return d.product(baseSymbols) }

func (d Dimension) product(names [bases]string) string {
	var over, under []string
	for i, n := range d.exp {
		switch {
		case n > 0:
			over = append(over, power(names[i], int(n)))
		case n < 0:
			under = append(under, power(names[i], -int(n)))
		}
	}
	return quotient(over, under)
}

// Name is the name of d, such as "speed" or "force"; it is empty for a
// dimension that has none.
func (d Dimension) Name() string { return dimensionNames()[d] }

// String is the name of d, or its formula if it has none.
func (d Dimension) String() string {
	if name := d.Name(); name != "" {
		return name
	}
	return d.Formula()
}

// described is d for an error: the name with the formula.
func (d Dimension) described() string {
	name, formula := d.Name(), d.Formula()
	if name == "" || name == formula || d.IsZero() {
		return d.String()
	}
	return fmt.Sprintf("%s (%s)", name, formula)
}

func power(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s^%d", name, n)
}

// quotient writes a product over a product.
func quotient(over, under []string) string {
	s := strings.Join(over, "*")
	if s == "" {
		s = "1"
	}
	switch len(under) {
	case 0:
		return s
	case 1:
		return s + "/" + under[0]
	}
	return s + "/(" + strings.Join(under, "*") + ")"
}

// Dimensions returns the names of the dimensions and of the kinds of quantity
// that have units of their own in the table, sorted.
func Dimensions() []string {
	set := make(map[string]bool)
	for _, u := range All() {
		set[u.Dimension] = true
	}
	return slices.Sorted(maps.Keys(set))
}
