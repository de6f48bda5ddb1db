package tree

import (
	"cmp"
	"errors"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxSuggestions = 3

// suggest adds to the error for what is not there what may have been meant.
func (p Path) suggest(err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) || e.Kind != NotFound || p.IsRoot() {
		return err
	}
	e.Suggestions = p.near()
	return err
}

// near returns the paths in the deepest directory of p that is there whose names
// are much like the one that is not.
func (p Path) near() []string {
	dir := p.Dir()
	d, err := dir.openDir()
	for ; err != nil; d, err = dir.openDir() {
		if dir.IsRoot() {
			return nil
		}
		dir = dir.Dir()
	}
	defer d.Close()
	rest, _ := below(p.Rel, strings.TrimPrefix(dir.Rel, "."))
	name, rest, _ := strings.Cut(rest, "/")

	type candidate struct {
		name     string
		distance int
	}
	var best []candidate
	wanted, n := newLikeness(name), 0
	_ = d.place.list(func(e Entry) bool {
		if n++; n > maxListed {
			return false
		}
		if distance, ok := wanted.of(e.Name); ok && e.Name != name && (rest == "" || e.Type != Regular) {
			best = append(best, candidate{strings.Clone(e.Name), distance})
		}
		return true
	})
	slices.SortFunc(best, func(a, b candidate) int {
		return cmp.Or(a.distance-b.distance, strings.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range best[:min(len(best), maxSuggestions)] {
		q := dir.child(c.name)
		if rest != "" {
			if deep := q.Join(rest); deep.exists() {
				q = deep
			}
		}
		out = append(out, q.unmistakable())
	}
	return out
}

func (p Path) exists() bool {
	_, err := p.Lstat()
	return err == nil
}

// unmistakable returns p as text if that can be copied by eye, else its URI.
func (p Path) unmistakable() string {
	s := p.String()
	plain := func(r rune) bool { return unicode.IsPrint(r) && r != utf8.RuneError }
	if strings.TrimFunc(s, plain) == "" && norm.NFC.IsNormalString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return p.URI()
}

// A likeness compares names with one that was looked for.
type likeness struct {
	folded []rune
	stem   string
	bound  int
}

func newLikeness(name string) likeness {
	folded := fold(name)
	l := likeness{folded: []rune(folded), stem: strings.TrimSuffix(folded, path.Ext(folded))}
	l.bound = min(max(len(l.folded)/3, 1), 3)
	return l
}

// fold makes names alike that look alike: case, normal form, and what is as wide
// as a space, such as the U+202F in the names of screenshots.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(s))
}

// of returns how far name is from the one looked for, and whether it is near.
func (l likeness) of(name string) (int, bool) {
	folded := fold(name)
	if d, ok := distance(l.folded, []rune(folded), l.bound); ok {
		return d, true
	}
	if stem := strings.TrimSuffix(folded, path.Ext(folded)); stem != "" && stem == l.stem {
		return l.bound + 1, true
	}
	return 0, false
}

// distance returns how many runes must be put in, taken out, replaced or
// exchanged with their neighbour to make b of a, if that is at most bound.
func distance(a, b []rune, bound int) (int, bool) {
	if len(a)-len(b) > bound || len(b)-len(a) > bound {
		return 0, false
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		least := row[0]
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > bound {
			return 0, false
		}
		before, last, row = last, row, before
	}
	return last[len(b)], last[len(b)] <= bound
}
