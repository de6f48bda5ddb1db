package units

import (
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// A row is a unit as the table defines it.
type row struct {
	symbols  string // separated by spaces, the one to show first
	names    string // singular, plural, other long names; words joined by _
	prefixed string // a symbol that is this unit's only with a prefix
	def      string // "0.3048 m", "pi/180 rad"; "=0" is a base unit
	prefixes prefixSet
	note     string
	kind     string
	zero     string // of a temperature scale, in kelvins
	delta    string // the unit of its differences
	measured bool
	// shorthand is for names of products such as mph, which are written out.
	shorthand bool
}

// registry is the table in use; it never changes once it is made.
type registry struct {
	defs []*definition
	// exact has each symbol and name as it is written, folded the long names
	// in lower case.
	exact, folded map[string]entry
	// stems has the symbols that are units only with a prefix.
	stems map[string]entry
	dims  map[Dimension]string
}

// An entry is what a name means: a unit, or why it means none.
type entry struct {
	def     *definition
	refusal *refusal
	short   bool // a symbol, which takes the symbols of prefixes
	long    bool // a name written out, which takes prefixes written out
}

// table is built at first use, from rows that a test checks.
var table = sync.OnceValue(func() *registry {
	t := &registry{exact: make(map[string]entry), folded: make(map[string]entry), stems: make(map[string]entry),
		dims: make(map[Dimension]string)}
	for _, list := range [][]row{baseRows, timeRows, angleRows, lengthRows, areaRows, volumeRows, massRows,
		mechanicsRows, energyRows, heatRows, electricRows, otherRows} {
		for _, r := range list {
			t.add(r)
		}
	}
	for i := range refusals {
		t.refuse(&refusals[i])
	}
	for _, d := range t.defs {
		for _, p := range prefixes {
			if _, ok := t.exact[p.symbol+d.symbol]; ok {
				d.spelled = append(d.spelled, p)
			}
		}
	}
	for _, d := range dimensionRows {
		u, err := t.parse(d.unit)
		if err != nil {
			panic(fmt.Sprintf("units: dimension %s: %v", d.name, err))
		}
		t.dims[u.dim] = d.name
	}
	return t
})

func dimensionNames() map[Dimension]string { return table().dims }

// add takes r into the table. A mistake in r panics: the table is part of the
// program.
func (t *registry) add(r row) {
	d := &definition{symbols: strings.Fields(r.symbols), names: strings.Fields(r.names), set: r.prefixes,
		prefixed: r.prefixed, note: r.note, kind: r.kind, measured: r.measured}
	if d.symbol = d.names0(); len(d.symbols) > 0 {
		d.symbol = d.symbols[0]
	}
	t.define(d, r)
	for _, s := range d.symbols {
		t.put(s, entry{def: d, short: true})
	}
	for _, n := range d.names {
		t.put(n, entry{def: d, long: true})
	}
	if r.prefixed != "" {
		t.stems[r.prefixed] = entry{def: d, short: true}
	}
	t.defs = append(t.defs, d)
}

func (t *registry) define(d *definition, r row) {
	value, unit, ok := strings.Cut(r.def, " ")
	if !ok {
		value, unit = "1", value
	}
	d.f = literal(value)
	if strings.HasPrefix(unit, "=") {
		d.dim = base(int(unit[1] - '0'))
		return
	}
	u, err := t.parse(unit)
	if err != nil {
		panic(fmt.Sprintf("units: %s: %v", d.symbol, err))
	}
	if r.shorthand {
		d.whole = &u
	}
	d.dim, d.f = u.dim, d.f.mul(u.f)
	d.measured = d.measured || !u.Exact()
	if r.zero != "" {
		d.zero, d.delta = literal(r.zero).rat(), t.exact[r.delta].def
	}
}

// literal reads products and quotients of decimals and pi, from left to right.
func literal(s string) factor {
	var f factor
	for i, part := range strings.Split(s, "/") {
		for j, word := range strings.Split(part, "*") {
			g := factor{pi: 1}
			if word != "pi" {
				r, ok := new(big.Rat).SetString(word)
				if !ok {
					panic("units: the factor " + s)
				}
				g = factor{r: r}
			}
			if i > 0 && j == 0 {
				f = f.quo(g)
			} else {
				f = f.mul(g)
			}
		}
	}
	return f
}

func (t *registry) put(name string, e entry) {
	if old, ok := t.exact[name]; ok {
		if old.def == nil || old.def != e.def {
			panic("units: " + name + " is defined twice")
		}
		e.short = true
	}
	t.exact[name] = e
	if e.long {
		t.folded[strings.ToLower(name)] = e
	}
}

func (t *registry) refuse(r *refusal) {
	for name := range strings.FieldsSeq(r.names) {
		t.put(name, entry{refusal: r})
		low := strings.ToLower(name)
		if _, ok := t.folded[low]; !ok {
			t.folded[low] = entry{refusal: r}
		}
	}
}
