// Package display shows JSON to people: an object as lines of names and values, a
// list of objects as a table, in the order of its members and in the width of a
// screen. What it returns holds nothing that a terminal obeys but its own colours.
// Start with [Record] and [Table].
package display

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

const (
	mostName   = 40
	mostNested = 6
)

// printer writes what fits the screen.
type printer struct {
	s   terminal.Screen
	b   strings.Builder
	cut bool // something is not shown to its end
}

// Record returns a JSON value as lines for people, without the members of an
// object that are named in omit, and whether a cell of a table is not shown to its
// end. It fails for what is no JSON, or is nested too deeply to be read.
func Record(s terminal.Screen, raw []byte, omit ...string) (text string, cut bool, err error) {
	v, err := parse(raw)
	if err != nil {
		return "", false, err
	}
	p := &printer{s: s}
	if v.kind == object {
		v = v.without(omit...)
	}
	p.top(v)
	return p.b.String(), p.cut, nil
}

// Compact returns a JSON value in one line, without the members of an object that
// are named in omit. It is empty for what is no JSON, and for an empty object.
func Compact(raw []byte, omit ...string) string {
	v, err := parse(raw)
	if err != nil {
		return ""
	}
	if v.kind == object {
		if v = v.without(omit...); len(v.items) == 0 {
			return ""
		}
	}
	return terminal.Line(compact(v))
}

func (p *printer) top(v value) {
	switch {
	case v.kind == object:
		p.object(v, 0)
	case v.of(object):
		p.rows(v.items, 0)
	default:
		p.lines(compact(v), 0)
	}
}

// object writes names and values below each other, and tables below their names.
func (p *printer) object(v value, indent int) {
	v = withNamedColumns(v)
	wide := 0
	for i, n := range v.names {
		if p.inline(v.items[i], indent) {
			wide = max(wide, min(mostName, terminal.Width(terminal.Line(n))))
		}
	}
	wide = min(wide, max(leastColumn, (p.s.Columns-indent)/2))
	space := strings.Repeat(" ", indent)
	apart := false // the last one ended with a table
	for i, n := range v.names {
		item, name := v.items[i], p.s.Cut(terminal.Line(n), mostName)
		if p.inline(item, indent) {
			if apart {
				p.b.WriteByte('\n')
			}
			apart = false
			name = p.s.Cut(name, wide)
			p.b.WriteString(space + p.s.Paint(terminal.Heading, name) + strings.Repeat(" ", wide-terminal.Width(name)) + gap)
			p.lines(beside(item), indent+wide+len(gap))
			continue
		}
		if i > 0 {
			p.b.WriteByte('\n')
		}
		apart = true
		p.b.WriteString(space + p.s.Paint(terminal.Heading, name) + "\n")
		switch {
		case item.kind == object && named(item) && p.table(withNames(item), indent+2):
		case item.kind == object:
			p.object(item, indent+2)
		case item.of(list):
			p.matrix(item.items, indent+2)
		default:
			p.rows(item.items, indent+2)
		}
	}
}

// beside is a value that is shown beside its name: sentences are below each other.
func beside(v value) string {
	sentences := false
	for _, item := range v.items {
		sentences = sentences || strings.Count(strings.TrimSpace(item.text), " ") > 1
	}
	if !sentences || !v.of(text) {
		return compact(v)
	}
	var b strings.Builder
	for _, item := range v.items {
		b.WriteString(terminal.Line(item.text) + "\n")
	}
	return b.String()
}

// inline reports whether a member is shown beside its name.
func (p *printer) inline(v value, indent int) bool {
	if indent > 2*mostNested {
		return true
	}
	switch {
	case v.of(object), v.of(list) && grids(v.items), named(v):
		return false
	case v.kind == object && len(v.items) > 0:
		return terminal.Width(compact(v)) <= p.s.Columns-indent-mostName
	}
	return true
}

// named reports whether the members of an object are the rows of one table.
func named(v value) bool {
	for _, item := range v.items {
		if item.kind != object || len(item.items) == 0 {
			return false
		}
	}
	return v.kind == object && len(v.items) > 1
}

// withNames makes rows of the members of an object, which begin with their names.
func withNames(v value) []value {
	rows := make([]value, len(v.items))
	for i, item := range v.items {
		rows[i] = value{kind: object, names: append([]string{""}, item.names...),
			items: append([]value{{kind: text, text: v.names[i]}}, item.items...)}
	}
	return rows
}

// rows writes a list of objects: as a table, or one below the other if that would
// be too wide.
func (p *printer) rows(rows []value, indent int) {
	if p.table(rows, indent) {
		return
	}
	for i, row := range rows {
		if i > 0 {
			p.b.WriteByte('\n')
		}
		p.object(row, indent)
	}
}

// lines writes text whose first line begins where the line is, at indent.
func (p *printer) lines(text string, indent int) {
	for i, line := range terminal.Wrap(strings.TrimRight(text, "\n"), p.s.Columns-indent) {
		if i > 0 && line != "" {
			p.b.WriteString(strings.Repeat(" ", indent))
		}
		p.b.WriteString(line + "\n")
	}
}

// grids reports whether lists are the rows of one table.
func grids(rows []value) bool {
	for _, row := range rows {
		if row.kind != list || len(row.items) == 0 || len(row.items) != len(rows[0].items) {
			return false
		}
	}
	return true
}

// matrix writes lists of the same length.
func (p *printer) matrix(rows []value, indent int) {
	names, cells := make([]string, len(rows[0].items)), make([][]string, len(rows))
	for i, row := range rows {
		for _, v := range row.items {
			cells[i] = append(cells[i], cell(v))
		}
	}
	numbers := func(column int) bool {
		for _, row := range rows {
			if v := row.items[column]; v.kind != number && v.text != "null" {
				return false
			}
		}
		return true
	}
	if !p.grid(names, cells, numbers, indent) {
		for _, row := range rows {
			p.b.WriteString(strings.Repeat(" ", indent))
			p.lines(compact(row), indent)
		}
	}
}

// withNamedColumns makes objects of the rows of an object that has rows, as lists,
// and the names of their columns.
func withNamedColumns(v value) value {
	columns, ok := v.member("columns")
	rows, has := v.member("rows")
	if !ok || !has || !rows.of(list) || !grids(rows.items) || len(columns.items) != len(rows.items[0].items) {
		return v
	}
	var names []string
	seen := make(map[string]bool)
	for _, c := range columns.items {
		if name, ok := c.member("name"); ok {
			c = name
		}
		if c.kind != text || seen[c.text] { // two of a name would be one column
			return v
		}
		seen[c.text] = true
		names = append(names, c.text)
	}
	out := v.without("columns")
	for i, n := range out.names {
		if n != "rows" {
			continue
		}
		named := value{kind: list}
		for _, row := range rows.items {
			named.items = append(named.items, value{kind: object, names: names, items: row.items})
		}
		out.items[i] = named
	}
	return out
}
