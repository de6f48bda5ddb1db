package units

import (
	"cmp"
	"slices"
	"strings"
)

// A Row is a unit as a list shows it.
type Row struct {
	Symbol    string
	Name      string // singular, written out; may be empty
	Aliases   []string
	Dimension string
	// Factor is how many units of Base make one, as a fraction; Offset, of a
	// temperature, is what 0 on its scale is in kelvins.
	Factor, Offset, Base string
	Exact                bool
	// Prefixes says which prefixes the unit takes, in words.
	Prefixes string
	Note     string
}

// All returns the table, in an order that keeps what belongs together.
func All() []Row {
	t := table()
	rows := make([]Row, len(t.defs))
	for i, d := range t.defs {
		u := d.unit(nil)
		r := Row{Symbol: d.symbol, Name: strings.ReplaceAll(d.names0(), "_", " "), Dimension: cmp.Or(d.kind, u.Kind()),
			Factor: u.FactorText(), Base: u.dim.Base(), Exact: !d.measured, Prefixes: d.set.String(), Note: d.note}
		if d.zero != nil {
			r.Offset = decimal(d.zero)
		}
		for _, n := range slices.Concat(d.symbols, d.names) {
			if n != d.symbol && n != d.names0() {
				r.Aliases = append(r.Aliases, n)
			}
		}
		rows[i] = r
	}
	return rows
}

// String says which prefixes are in s.
func (s prefixSet) String() string {
	switch s {
	case si:
		return "SI"
	case small:
		return "SI, milli and below"
	case large:
		return "SI, kilo and above"
	case data:
		return "SI, kilo and above; IEC"
	}
	return ""
}

// A Refusal is a convention about names that stand for no unit: with
// alternatives they have several meanings, else Reason says why there is none.
type Refusal struct {
	Names        []string
	Alternatives []string
	Reason, Hint string
}

// Refusals returns the names that are refused, by design.
func Refusals() []Refusal {
	list := make([]Refusal, len(refusals))
	for i, r := range refusals {
		list[i] = Refusal{strings.Fields(r.names), strings.Fields(r.alternatives), r.reason, r.hint}
	}
	return list
}

// Prefixes returns the prefixes with their factors, the largest of the SI first.
func Prefixes() []Row {
	var rows []Row
	for _, p := range prefixes {
		symbols, names := p.spellings()
		rows = append(rows, Row{Symbol: p.symbol, Name: p.name, Aliases: append(symbols[1:], names[1:]...), Factor: p.f.String(), Exact: true})
	}
	return rows
}
