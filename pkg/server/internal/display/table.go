package display

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/server/internal/terminal"
)

const (
	gap          = "  "
	leastColumn  = 8
	mostCell     = 400
	mostColumns  = 100
	mostElements = 20
	mostBelow    = 5 // rows that are shown below each other, if a table hides much of them
)

// Column is one of a table.
type Column struct {
	Name  string
	Right bool           // its cells are aligned at the right, and never cut
	Style terminal.Style // of its cells; "" is plain
}

// Table returns rows of cells as lines below their columns' names, which are left
// out if none has one. ok is false if they cannot be read in the width of the
// screen. Cells may be from anywhere.
func Table(s terminal.Screen, width int, columns []Column, rows [][]string) (text string, ok bool) {
	text, _, ok = layout(s, width, columns, rows)
	return text, ok
}

// layout is Table, and reports whether a cell had to be cut.
func layout(s terminal.Screen, width int, columns []Column, rows [][]string) (text string, cut, ok bool) {
	widths := make([]int, len(columns))
	named := false
	for i, c := range columns {
		widths[i] = terminal.Width(c.Name)
		named = named || c.Name != ""
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = terminal.Line(cell)
			cut = cut || terminal.Width(row[i]) > mostCell
			row[i] = s.Cut(row[i], mostCell)
			widths[i] = max(widths[i], terminal.Width(row[i]))
		}
	}
	if !fit(widths, columns, width) {
		return "", false, false
	}
	var b strings.Builder
	line := func(row []string, head bool) {
		var parts, plain strings.Builder
		for i, cell := range row {
			if i > 0 {
				plain.WriteString(gap)
			}
			cut = cut || !head && terminal.Width(cell) > widths[i]
			cell = s.Cut(cell, widths[i])
			style := columns[i].Style
			if head {
				style = terminal.Heading
			}
			// No spaces at the end of a line, nor between two styles.
			if cell == "" {
				plain.WriteString(strings.Repeat(" ", widths[i]))
				continue
			}
			padding := strings.Repeat(" ", max(0, widths[i]-terminal.Width(cell)))
			if columns[i].Right {
				plain.WriteString(padding)
				padding = ""
			}
			parts.WriteString(plain.String())
			plain.Reset()
			if style != "" {
				cell = s.Paint(style, cell)
			}
			parts.WriteString(cell)
			plain.WriteString(padding)
		}
		b.WriteString(parts.String() + "\n")
	}
	if named {
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.Name
		}
		line(names, true)
	}
	for _, row := range rows {
		line(row, false)
	}
	return b.String(), cut, true
}

// fit makes the widest columns narrower until all fit into width. It reports
// whether they do.
func fit(widths []int, columns []Column, width int) bool {
	free, widest := width-len(gap)*max(0, len(widths)-1), 0
	for i, w := range widths {
		if columns[i].Right {
			free -= w
		} else {
			widest = max(widest, w)
		}
	}
	total := func(limit int) (n int) {
		for i, w := range widths {
			if !columns[i].Right {
				n += min(w, limit)
			}
		}
		return n
	}
	limit := widest
	for limit > leastColumn && total(limit) > free {
		limit--
	}
	rest := free - total(limit)
	if rest < 0 {
		return false
	}
	for i, w := range widths {
		if !columns[i].Right && w > limit {
			widths[i] = limit
			if rest > 0 { // of the division
				widths[i]++
				rest--
			}
		}
	}
	return true
}

// columnsOf is the names of the members of all the rows: a row that has one that
// others left out has it between the same neighbours. Of more than a table can
// have, it names only some.
func columnsOf(rows []value) []string {
	var names []string
	at := make(map[string]int)
	for _, row := range rows {
		previous := -1
		for _, n := range row.names {
			if i, ok := at[n]; ok {
				previous = i
				continue
			}
			if len(names) > mostColumns {
				return names
			}
			previous++
			names = append(names[:previous], append([]string{n}, names[previous:]...)...)
			for i, n := range names[previous:] {
				at[n] = previous + i
			}
		}
	}
	return names
}

// table shows a list of objects.
func (p *printer) table(rows []value, indent int) bool {
	names := columnsOf(rows)
	if len(names) == 0 || len(names) > mostColumns {
		return false
	}
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = make([]string, len(names))
		for j, n := range names {
			if v, ok := row.member(n); ok {
				cells[i][j] = cell(v)
			}
		}
	}
	right := func(column int) bool {
		numbers := false
		for _, row := range rows {
			v, ok := row.member(names[column])
			if ok && v.kind != number && v.text != "null" {
				return false
			}
			numbers = numbers || v.kind == number
		}
		return numbers
	}
	if len(rows) <= mostBelow && p.hides(rows, names, cells, right, indent) {
		return false
	}
	return p.grid(names, cells, right, indent)
}

// hides reports whether a table would show less than half of a cell, or not all of
// one that has a list of objects. Nobody reads a long list of anything else.
func (p *printer) hides(rows []value, names []string, cells [][]string, right func(column int) bool, indent int) bool {
	columns, widths := make([]Column, len(names)), make([]int, len(names))
	for j, n := range names {
		columns[j].Right = right(j)
		widths[j] = min(mostName, terminal.Width(terminal.Line(n))) // as grid cuts it
		for _, row := range cells {
			widths[j] = max(widths[j], min(mostCell, terminal.Width(row[j])))
		}
	}
	if !fit(widths, columns, p.s.Columns-indent) {
		return true
	}
	for i, row := range cells {
		for j, c := range row {
			v, _ := rows[i].member(names[j])
			if len(v.items) > mostElements && !v.of(object) {
				continue
			}
			if w := terminal.Width(c); w > 2*widths[j] || w > widths[j] && v.of(object) {
				return true
			}
		}
	}
	return false
}

// cell is a value in a table, where what is empty says so by itself.
func cell(v value) string {
	if v.kind != scalar && v.kind != number && v.text == "" && len(v.items) == 0 {
		return ""
	}
	return compact(v)
}

func (p *printer) grid(names []string, cells [][]string, right func(column int) bool, indent int) bool {
	columns := make([]Column, len(names))
	for i, n := range names {
		columns[i] = Column{Name: p.s.Cut(terminal.Line(n), mostName), Right: right(i)}
	}
	text, cut, ok := layout(p.s, p.s.Columns-indent, columns, cells)
	if !ok {
		return false
	}
	p.cut = p.cut || cut
	for line := range strings.Lines(text) {
		p.b.WriteString(strings.Repeat(" ", indent) + line)
	}
	return true
}
