package advise

import (
	"errors"
	"slices"
	"strings"
)

// maxDefinition bounds the text of an index definition.
const maxDefinition = 2000

// Definition is what stands in a CREATE INDEX: names, as PostgreSQL would read
// them. Whether there are such things is for the catalog to say.
type Definition struct {
	Schema     string // "" if none is written
	Table      string
	Columns    []string
	Descending []bool
}

// ParseIndex reads CREATE INDEX [CONCURRENTLY] [name] ON table [USING btree]
// (column [ASC | DESC], …), or the part behind ON alone. Anything else, such as
// WHERE, INCLUDE or an expression, is an error.
func ParseIndex(ddl string) (Definition, error) {
	if len(ddl) > maxDefinition {
		return Definition{}, errors.New("it is too long")
	}
	d := definition{scan(strings.TrimRight(strings.TrimSpace(ddl), "; \t\r\n")), 0}
	def, ok := d.parse()
	if !ok {
		return Definition{}, errors.New("write it as CREATE INDEX ON table (column, column): a B-tree on plain columns, without UNIQUE, WHERE, INCLUDE or expressions")
	}
	return def, nil
}

type definition struct {
	tokens []token
	at     int
}

func (d *definition) parse() (def Definition, ok bool) {
	if d.keyword("CREATE") {
		if !d.keyword("INDEX") {
			return def, false
		}
		d.keyword("CONCURRENTLY")
		if d.keyword("IF") && (!d.keyword("NOT") || !d.keyword("EXISTS")) {
			return def, false
		}
		if !d.keyword("ON") {
			if _, ok := d.name(); !ok || !d.keyword("ON") {
				return def, false
			}
		}
	}
	d.keyword("ONLY")
	if def.Table, ok = d.name(); !ok {
		return def, false
	}
	if d.mark(".") {
		def.Schema = def.Table
		if def.Table, ok = d.name(); !ok {
			return def, false
		}
	}
	if d.keyword("USING") && !d.keyword("BTREE") || !d.mark("(") {
		return def, false
	}
	for {
		name, ok := d.name()
		if !ok || slices.Contains(def.Columns, name) {
			return def, false
		}
		down := d.keyword("DESC")
		if !down {
			d.keyword("ASC")
		}
		def.Columns, def.Descending = append(def.Columns, name), append(def.Descending, down)
		if d.mark(")") {
			return def, d.at == len(d.tokens)
		}
		if !d.mark(",") {
			return def, false
		}
	}
}

// keyword takes a word if it is the next one.
func (d *definition) keyword(text string) bool {
	if d.at < len(d.tokens) && d.tokens[d.at].kind == word && strings.EqualFold(d.tokens[d.at].text, text) {
		d.at++
		return true
	}
	return false
}

func (d *definition) mark(text string) bool {
	if d.at < len(d.tokens) && d.tokens[d.at] == (token{mark, text}) {
		d.at++
		return true
	}
	return false
}

// name takes a name: lower case unless it is quoted.
func (d *definition) name() (string, bool) {
	if d.at >= len(d.tokens) {
		return "", false
	}
	t := d.tokens[d.at]
	if t.kind != word && t.kind != quoted || t.text == "" {
		return "", false
	}
	d.at++
	if t.kind == word {
		return lower(t.text), true
	}
	return t.text, true
}

// lower folds ASCII letters alone, as PostgreSQL does in a multi-byte encoding.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
