package eval

import (
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/complex"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/units"
)

type valueKind uint8

const (
	isNumber valueKind = iota
	isComplex
	isQuantity
	isBoolean
	isList
)

// A value is what a part of an expression stands for.
type value struct {
	kind valueKind
	// number is the value of a number, or of a quantity in its unit.
	number number.Number
	// ref is a complex.Number, the units.Unit of a quantity, a bool or the
	// []value of a list; of a number it is nil.
	ref any
}

func numeric(x number.Number) value { return value{number: x} }

func truth(b bool) value { return value{kind: isBoolean, ref: b} }

func listOf(items []value) value { return value{kind: isList, ref: items} }

// complexValue is z, a number if its imaginary part is 0.
func complexValue(z complex.Number) value {
	if z.Im.IsZero() {
		return numeric(z.Re)
	}
	return value{kind: isComplex, ref: z}
}

// list is the items of a list.
func (v value) list() []value {
	items, _ := v.ref.([]value)
	return items
}

// complex is a number or a complex number.
func (v value) complex() complex.Number {
	if z, ok := v.ref.(complex.Number); ok {
		return z
	}
	return complex.Number{Re: v.number}
}

// unit is the unit of a quantity, that of plain numbers for all else.
func (v value) unit() units.Unit {
	u, _ := v.ref.(units.Unit)
	return u
}

// quantity is a number or a quantity.
func (v value) quantity() units.Quantity {
	return units.Quantity{Value: v.number, Unit: v.unit()}
}

// isTrue is the truth value v.
func (v value) isTrue() bool {
	b, _ := v.ref.(bool)
	return b
}

func (v value) truth() string { return strconv.FormatBool(v.isTrue()) }

// isMatrix reports whether v is a list of lists of one length, not 0, that
// have no lists in them; rows and columns are its size.
func (v value) isMatrix() (rows, columns int, ok bool) {
	if v.kind != isList {
		return 0, 0, false
	}
	items := v.list()
	for i, row := range items {
		if row.kind != isList || i > 0 && len(row.list()) != columns {
			return 0, 0, false
		}
		columns = len(row.list())
		for _, x := range row.list() {
			if x.kind == isList {
				return 0, 0, false
			}
		}
	}
	return len(items), columns, columns > 0
}

// noun names the kind of v in messages.
func (v value) noun() string {
	switch v.kind {
	case isBoolean:
		return "a truth value"
	case isComplex:
		return "a complex number"
	case isQuantity:
		return "a quantity in " + v.unit().String()
	case isList:
		if _, _, ok := v.isMatrix(); ok {
			return "a matrix"
		}
		return "a list"
	}
	return "a number"
}
