// Package units knows the units of measurement and computes with quantities.
// The guarantee to know: each factor is an exact fraction, or one times a power
// of pi, and a unit that is known by measurement only says so; and no name is
// guessed: one that has several meanings in use is refused with all of them.
//
// Start at [Parse] and [Convert]; [Quantity] is a number with a unit, and
// [All] is the table.
package units

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
)

// A Unit is an immutable product of powers of named units, such as km/h. The
// zero value is the unit of plain numbers. It is safe for concurrent use.
type Unit struct {
	terms []term
	dim   Dimension
	f     factor
}

// A term is a power of one named unit.
type term struct {
	def    *definition
	prefix *prefix
	exp    int
}

// A definition is a named unit.
type definition struct {
	symbol  string // how texts show it
	symbols []string
	names   []string // long ones, as they are written out
	// prefixed is the symbol with a prefix, if it is another one.
	prefixed string
	// spelled are the prefixes whose symbols with that of the unit mean
	// something else: PS is a horsepower, petasiemens has to be spelled out.
	spelled []*prefix
	set     prefixSet
	dim     Dimension
	f       factor // in terms of the base units
	// zero is where the scale of a temperature begins, in kelvins, and delta
	// the unit of its differences; both are nil for all else.
	zero  *big.Rat
	delta *definition
	// whole is the product that a shorthand such as mph stands for, or nil.
	whole *Unit
	// measured says that f is known by measurement only.
	measured bool
	// kind tells apart quantities that have the same dimension but must not
	// be converted into each other; it may be empty.
	kind string
	note string
}

func (d *definition) unit(p *prefix) Unit {
	if d.whole != nil {
		return *d.whole
	}
	f := d.f
	if p != nil {
		f = p.f.mul(f)
	}
	return Unit{[]term{{d, p, 1}}, d.dim, f}
}

func (t term) symbol() string {
	switch {
	case t.prefix == nil:
		return t.def.symbol
	case t.def.prefixed != "":
		return t.prefix.symbol + t.def.prefixed
	case len(t.def.symbols) == 0:
		return t.prefix.name + t.def.symbol
	case slices.Contains(t.def.spelled, t.prefix):
		return t.prefix.name + t.def.names0()
	}
	return t.prefix.symbol + t.def.symbol
}

// names0 is the first long name, or empty.
func (d *definition) names0() string {
	if len(d.names) == 0 {
		return ""
	}
	return d.names[0]
}

// unit is the first power of t's unit.
func (t term) unit() Unit { return t.def.unit(t.prefix) }

// same reports whether t and s are powers of the same unit.
func (t term) same(s term) bool { return t.def == s.def && t.prefix == s.prefix }

// Dimension is what u measures.
func (u Unit) Dimension() Dimension { return u.dim }

// IsOne reports whether u is the unit of plain numbers, with factor 1.
func (u Unit) IsOne() bool { return len(u.terms) == 0 }

// IsAffine reports whether u is a temperature on a scale whose zero is not
// absolute zero, such as degC: it can be converted, and differences can be
// added to it, but it cannot be multiplied.
func (u Unit) IsAffine() bool {
	return u.isNamed() && u.terms[0].def.zero != nil
}

// Exact reports whether the factor is exact by definition; otherwise it is
// known by measurement only.
func (u Unit) Exact() bool {
	return !slices.ContainsFunc(u.terms, func(t term) bool { return t.def.measured })
}

// Notes are the conventions that the meaning of u depends on.
func (u Unit) Notes() []string {
	var notes []string
	for _, t := range u.terms {
		if n := t.def.note; n != "" && !slices.Contains(notes, n) {
			notes = append(notes, n)
		}
	}
	return notes
}

// Kind is the name of what u measures: that of its dimension, unless the unit
// is made for something narrower, such as "dose equivalent" or "fuel economy".
func (u Unit) Kind() string {
	if k := u.kind(); k != "" {
		return k
	}
	return u.dim.String()
}

func (u Unit) kind() string {
	if u.isNamed() {
		return u.terms[0].def.kind
	}
	return ""
}

// Factor returns how many coherent SI units, those of [Dimension.Base], make
// one u. For an affine unit it is that of its differences.
func (u Unit) Factor(a *number.Arith) (number.Number, error) { return u.f.number(a) }

// FactorText is the factor as a fraction, such as "762/25" or "pi/180".
func (u Unit) FactorText() string { return u.f.String() }

// Mul returns u*v. In a product a temperature such as degC stands for a
// difference. The error is a Limit.
func (u Unit) Mul(v Unit) (Unit, error) { return u.times(v, 1) }

// Quo returns u/v, with the same conventions as Mul.
func (u Unit) Quo(v Unit) (Unit, error) { return u.times(v, -1) }

func (u Unit) times(v Unit, sign int) (Unit, error) {
	if sign == 1 && u.IsOne() {
		return v, nil
	}
	if v.IsOne() {
		return u, nil
	}
	u, v = u.difference(), v.difference()
	dim, ok := u.dim.plus(v.dim, sign)
	if !ok {
		return Unit{}, tooLarge()
	}
	terms := slices.Clone(u.terms)
	for _, t := range v.terms {
		t.exp *= sign
		i := slices.IndexFunc(terms, t.same)
		if i < 0 {
			terms = append(terms, t)
		} else {
			terms[i].exp += t.exp
		}
	}
	terms = slices.DeleteFunc(terms, func(t term) bool { return t.exp == 0 })
	f := u.f
	if sign > 0 {
		f = f.mul(v.f)
	} else {
		f = f.quo(v.f)
	}
	return checked(Unit{terms, dim, f})
}

// maxTerms bounds the terms of a unit.
const maxTerms = 20

func checked(u Unit) (Unit, error) {
	if u.f.bits() > maxFactorBits || len(u.terms) > maxTerms {
		return Unit{}, tooLarge()
	}
	for _, t := range u.terms {
		if t.exp < -maxExponent || t.exp > maxExponent {
			return Unit{}, tooLarge()
		}
	}
	return u, nil
}

func tooLarge() error {
	return &number.Error{Kind: number.Limit,
		Message: fmt.Sprintf("the unit is too large; exponents can be up to %d and units have up to %d factors", maxExponent, maxTerms)}
}

// Pow returns u^n. The error is a Limit.
func (u Unit) Pow(n int) (Unit, error) {
	if n == 1 || u.IsOne() {
		return u, nil
	}
	if n == 0 {
		return Unit{}, nil
	}
	u = u.difference()
	abs := max(n, -n)
	if abs < 0 || abs > maxExponent || u.f.bits()*abs > maxFactorBits {
		return Unit{}, tooLarge()
	}
	dim, ok := Dimension{}.plus(u.dim, n)
	if !ok {
		return Unit{}, tooLarge()
	}
	terms := slices.Clone(u.terms)
	for i := range terms {
		terms[i].exp *= n
	}
	return checked(Unit{terms, dim, u.f.pow(n)})
}

// root returns the unit whose nth power is u, if there is one made of the same
// named units.
func (u Unit) root(n int) (v Unit, ok bool, err error) {
	for _, t := range u.terms {
		if t.exp%n != 0 {
			return Unit{}, false, nil
		}
		p, err := t.unit().Pow(t.exp / n)
		if err != nil {
			return Unit{}, false, err
		}
		if v, err = v.Mul(p); err != nil {
			return Unit{}, false, err
		}
	}
	return v, true, nil
}

// difference is u, or the unit of the differences of an affine u.
func (u Unit) difference() Unit {
	if !u.IsAffine() {
		return u
	}
	return u.terms[0].def.delta.unit(nil)
}

// String is the symbol, such as "km/h" or "J/(kg*K)", which [Parse] reads; that
// of plain numbers is "1".
func (u Unit) String() string {
	var over, under []string
	for _, t := range u.terms {
		if t.exp > 0 {
			over = append(over, power(t.symbol(), t.exp))
		} else {
			under = append(under, power(t.symbol(), -t.exp))
		}
	}
	return quotient(over, under)
}
