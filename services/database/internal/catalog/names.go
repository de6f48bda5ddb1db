package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// maxNear bounds the names that an error proposes.
const maxNear = 5

// Table returns the table of this name. Without a schema it is looked for in the
// search path, and then in all schemas if only one has it. name may also be
// written as in SQL: schema.table, "Weird.Name", or both.
//
// The error is a [*postgres.Error] of Kind Missing, which proposes names, or
// Invalid if several schemas have the table.
func (s *Snapshot) Table(schema, name string) (*Table, error) {
	if t, err := s.lookUp(schema, name); t != nil || err != nil {
		return t, err
	}
	if parts := splitName(name); schema == "" && len(parts) == 2 {
		if t := s.named[qualified{parts[0], parts[1]}]; t != nil {
			return t, nil
		}
	} else if len(parts) == 2 && parts[0] == schema || len(parts) == 1 && parts[0] != name {
		if t, err := s.lookUp(schema, parts[len(parts)-1]); t != nil || err != nil {
			return t, err
		}
	}
	return nil, s.missing(schema, name)
}

// lookUp finds a table by the name as it is stored.
func (s *Snapshot) lookUp(schema, name string) (*Table, error) {
	if schema != "" {
		return s.named[qualified{schema, name}], nil
	}
	for _, p := range s.SearchPath {
		if t := s.named[qualified{p, name}]; t != nil {
			return t, nil
		}
	}
	list := s.byName[name]
	if readable := slices.DeleteFunc(slices.Clone(list), func(t *Table) bool { return !t.Readable }); len(readable) > 0 {
		list = readable
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	var schemas []string
	for _, t := range list[:min(len(list), maxNear)] {
		schemas = append(schemas, fmt.Sprintf("%q", t.Schema))
	}
	if len(list) > maxNear {
		schemas = append(schemas, fmt.Sprintf("%d others", len(list)-maxNear))
	}
	return nil, &postgres.Error{Kind: postgres.Invalid,
		Message: fmt.Sprintf("several schemas have a table %q: name one of them as schema: %s", brief(name), strings.Join(schemas, ", "))}
}

// splitName splits a name as SQL does: parts in quotes are as they are, others in
// lower case. It returns nil for what SQL would not take for a name.
func splitName(name string) []string {
	var parts []string
	for rest := name; ; {
		var part string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for ; ; i++ {
				if i >= len(rest) {
					return nil
				}
				if rest[i] == '"' {
					if i+1 == len(rest) || rest[i+1] != '"' {
						break
					}
					i++
				}
				b.WriteByte(rest[i])
			}
			part, rest = b.String(), rest[i+1:]
		} else {
			end := strings.IndexByte(rest, '.')
			if end < 0 {
				end = len(rest)
			}
			part, rest = strings.ToLower(rest[:end]), rest[end:]
		}
		if part == "" {
			return nil
		}
		parts = append(parts, part)
		if rest == "" {
			return parts
		}
		if rest[0] != '.' || len(parts) == 2 {
			return nil
		}
		rest = rest[1:]
	}
}

func (s *Snapshot) missing(schema, name string) error {
	message := fmt.Sprintf("there is no table %q", brief(name))
	if schema != "" {
		message = fmt.Sprintf("there is no table %q in the schema %q", brief(name), brief(schema))
	}
	if near := s.Near(schema, name); len(near) > 0 {
		quoted := make([]string, len(near))
		for i, t := range near {
			quoted[i] = fmt.Sprintf("%q", t.Schema+"."+t.Name)
		}
		message += "; did you mean " + strings.Join(quoted, " or ") + "?"
	} else {
		message += "; list_tables tells which there are"
	}
	return &postgres.Error{Kind: postgres.Missing, Message: message}
}

// Near returns the readable tables whose names are most like this one, best
// first, of any schema if none of the one named is.
func (s *Snapshot) Near(schema, name string) []*Table {
	if parts := splitName(name); len(parts) == 2 {
		schema, name = parts[0], parts[1]
	}
	type hit struct {
		t    *Table
		cost int
	}
	name = strings.ToLower(brief(name))
	most := max(1, len(name)/3)
	var hits []hit
	for _, t := range s.Tables {
		if !t.Readable {
			continue
		}
		cost := distance(name, strings.ToLower(t.Name), most)
		if cost > most && len(name) > 2 && strings.Contains(strings.ToLower(t.Name), name) {
			cost = most + 1
		} else if cost > most {
			continue
		}
		if t.Schema != schema {
			cost += most + 1
		}
		hits = append(hits, hit{t, cost})
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.cost, b.cost) })
	var near []*Table
	for _, h := range hits[:min(len(hits), maxNear)] {
		near = append(near, h.t)
	}
	return near
}

// distance is the number of bytes to insert, delete or replace that make a of b,
// or a number above most.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		best := row[0]
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, diagonal+1)
			best = min(best, row[j+1])
		}
		if best > most {
			return most + 1
		}
	}
	return row[len(b)]
}

// brief cuts a name to what PostgreSQL takes at most, for messages.
func brief(name string) string { return Cut(name, 64) }

// Cut returns at most n bytes of s, an ellipsis behind what was cut, and no part
// of a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const ellipsis = "…"
	return strings.ToValidUTF8(s[:max(0, n-len(ellipsis))], "") + ellipsis
}

// NearColumns returns the names of columns that are most like this one, best
// first.
func (t *Table) NearColumns(name string) []string {
	type hit struct {
		name string
		cost int
	}
	name = strings.ToLower(brief(name))
	most := max(1, len(name)/3)
	var hits []hit
	for _, c := range t.Columns {
		if cost := distance(name, strings.ToLower(c.Name), most); cost <= most {
			hits = append(hits, hit{c.Name, cost})
		} else if len(name) > 2 && strings.Contains(strings.ToLower(c.Name), name) {
			hits = append(hits, hit{c.Name, most})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.cost, b.cost) })
	var near []string
	for _, h := range hits[:min(len(hits), maxNear)] {
		near = append(near, h.name)
	}
	return near
}
