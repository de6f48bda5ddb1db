package units

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/spelling"
)

// A refusal is why some names stand for no unit. With alternatives they have
// several meanings; without, reason says why there is none.
type refusal struct {
	names        string // separated by spaces
	alternatives string // the unambiguous names, likeliest first
	reason       string
	hint         string
	prefixes     prefixSet // also with one of these prefixes
}

// error says it of name, which may have a prefix.
func (r *refusal) error(t *registry, name string, p *prefix) *number.Error {
	if r.alternatives == "" {
		return &number.Error{Kind: number.UnknownUnit, Message: spelling.Quote(name) + " " + r.reason, Hint: r.hint}
	}
	err := &number.Error{Kind: number.Ambiguous}
	var meanings []string
	for alt := range strings.FieldsSeq(r.alternatives) {
		if p != nil {
			alt = p.symbol + alt
		}
		u, _, _ := t.find(alt)
		err.Suggestions = append(err.Suggestions, alt)
		meanings = append(meanings, fmt.Sprintf("%s (%s)", alt, t.sketch(u)))
	}
	err.Message = fmt.Sprintf("the unit %s can mean %s", spelling.Quote(name), disjunction(meanings))
	err.Hint = "write " + disjunction(err.Suggestions)
	if r.hint != "" {
		err.Hint += "; " + r.hint
	}
	return err
}

// sketch says what u is, in few words.
func (t *registry) sketch(u Unit) string {
	if u.IsAffine() {
		return "temperature"
	}
	f, _ := new(big.Rat).Set(u.f.rat()).Float64()
	for range max(u.f.pi, -u.f.pi) {
		if u.f.pi > 0 {
			f *= 3.14159265358979
		} else {
			f /= 3.14159265358979
		}
	}
	if name := t.dims[u.dim]; f == 1 && name != "" {
		return name
	}
	return fmt.Sprintf("%.9g %s", f, u.dim.Base())
}

func disjunction(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
