package units

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// Lookup returns the unit of that symbol or name, with a prefix where it takes
// one: "km", "kilometre", "miles", "°C", "fl_oz". Symbols have to be written as
// they are, long names in any case, words joined by a space, a hyphen or "_".
//
// The error is UnknownUnit with the nearest names, or Ambiguous with the units
// that the name may mean.
func Lookup(name string) (Unit, error) {
	t := table()
	clean := normalise(name)
	clean = strings.Join(strings.FieldsFunc(clean, func(r rune) bool { return r == ' ' || r == '-' }), "_")
	u, ok, err := t.find(clean)
	if err != nil || ok {
		return u, err
	}
	return Unit{}, t.unknown(clean)
}

// find returns the unit of a name; ok is false if the name is unknown. An error
// says why a known name is no unit.
func (t *registry) find(name string) (u Unit, ok bool, err error) {
	e, p, ok := t.entry(name)
	if !ok {
		return Unit{}, false, nil
	}
	if e.refusal != nil {
		return Unit{}, true, e.refusal.error(t, name, p)
	}
	return e.def.unit(p), true, nil
}

// entry finds name, first as it is, then with a prefix, then long names in any
// case.
func (t *registry) entry(name string) (entry, *prefix, bool) {
	if e, ok := t.exact[name]; ok {
		return e, nil, true
	}
	if e, p, ok := t.prefixed(name, t.exact); ok {
		return e, p, true
	}
	low := strings.ToLower(name)
	if e, ok := t.folded[low]; ok && len(low) > 2 {
		return e, nil, true
	}
	if e, p, ok := t.prefixed(low, t.folded); ok && (e.long || e.refusal != nil) {
		return e, p, true
	}
	return entry{}, nil, false
}

// prefixed takes name apart into a prefix and a unit that takes it.
func (t *registry) prefixed(name string, in map[string]entry) (entry, *prefix, bool) {
	for _, p := range prefixes {
		symbols, names := p.spellings()
		for i, s := range append(symbols, names...) {
			rest, ok := strings.CutPrefix(name, s)
			if !ok {
				continue
			}
			e, ok := t.stems[rest]
			if long := i >= len(symbols); !ok || long {
				e, ok = in[rest]
				ok = ok && (e.refusal != nil || long && e.long || !long && e.short)
			}
			if ok && e.set()&p.sets != 0 {
				return e, p, true
			}
		}
	}
	return entry{}, nil, false
}

func (e entry) set() prefixSet {
	if e.def != nil {
		return e.def.set
	}
	return e.refusal.prefixes
}

func (t *registry) unknown(name string) error {
	err := &number.Error{Kind: number.UnknownUnit, Message: fmt.Sprintf("the unit %s is unknown", spelling.Quote(name))}
	err.Suggestions = t.otherCase(name)
	if err.Suggestions == nil {
		err.Suggestions = t.nearest(name)
	}
	if len(err.Suggestions) > 0 {
		err.Hint = "did you mean " + disjunction(err.Suggestions) + "?"
	} else {
		err.Hint = "read calc://units for the units that there are"
	}
	return err
}

// otherCase is up to three symbols that differ from name in the case only, such
// as kHz for KHZ.
func (t *registry) otherCase(name string) []string {
	var found []string
	for _, d := range t.defs {
		for _, s := range append(d.symbols[:len(d.symbols):len(d.symbols)], d.prefixed) {
			if len(s) > len(name) || !strings.EqualFold(s, name[len(name)-len(s):]) || s == "" {
				continue
			}
			if len(s) == len(name) && s != d.prefixed && len(found) < 3 {
				found = append(found, s)
			}
			for _, p := range prefixes {
				if full := p.symbol + s; d.set&p.sets != 0 && strings.EqualFold(full, name) && len(found) < 3 {
					found = append(found, full)
				}
			}
		}
	}
	return found
}

func (t *registry) nearest(name string) []string {
	return spelling.Nearest(name, func(yield func(string) bool) {
		for k, e := range t.exact {
			if e.def != nil && !yield(k) {
				return
			}
		}
	})
}

// normaliser replaces letters that look the same, and signs made for one unit,
// by the ones in the table.
var normaliser = strings.NewReplacer(
	"μ", "µ", "\u2126", "Ω", "\u212A", "K", "\u212B", "Å", "℃", "°C", "℉", "°F", "º", "°",
	"’", "'", "”", `"`, "−", "-", "⁄", "/", "∕", "/", "\u00a0", " ", "\u202f", " ", "℧", "mho", "° C", "°C", "° F", "°F",
)

func normalise(s string) string { return normaliser.Replace(strings.TrimSpace(s)) }

// Names returns the symbols and names that begin with prefix, the shown symbols
// first, each sorted.
func Names(prefix string) []string {
	var shown, others []string
	for name, e := range table().exact {
		switch {
		case e.def == nil || !strings.HasPrefix(name, prefix):
		case name == e.def.symbol:
			shown = append(shown, name)
		default:
			others = append(others, name)
		}
	}
	slices.Sort(shown)
	slices.Sort(others)
	return append(shown, others...)
}
