// Package chart draws the result of a query as a PNG. What is drawn follows
// from the types of the columns, so that nothing need be said but the query:
// amounts by name are bars, amounts over time are lines, and two amounts are a
// cloud of points.
//
// Start at [Draw].
package chart

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/plot"
	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// Bounds of what is drawn: beyond them a picture cannot be read.
const (
	maxBars   = 50
	maxSeries = 8
	width     = 800
	height    = 500
)

// table is a result sorted by what its columns are good for.
type table struct {
	columns               []postgres.Column
	rows                  [][][]byte
	names, amounts, times []int
}

// Draw draws rows, whose values are in PostgreSQL's text format, nil for NULL.
// types may be nil: then the types of the database itself are names. It says what
// it has drawn, and what it has left out. The error is an [*postgres.Error] if the
// columns are not of a kind that can be drawn, which says what would be.
func Draw(ctx context.Context, columns []postgres.Column, types value.Types, rows [][][]byte) (png []byte, what string, err error) {
	t := &table{columns: columns, rows: rows}
	for i, c := range columns {
		switch value.KindOf(c.OID, types) {
		case value.Number:
			t.amounts = append(t.amounts, i)
		case value.Time:
			t.times = append(t.times, i)
		default:
			t.names = append(t.names, i)
		}
	}
	f, what, err := t.figure()
	if err != nil {
		return nil, "", err
	}
	f.Width, f.Height = width, height
	png, err = plot.PNG(ctx, f)
	return png, what, err
}

// figure chooses what to draw.
func (t *table) figure() (plot.Figure, string, error) {
	switch {
	case len(t.rows) == 0:
		return plot.Figure{}, "", undrawable("the query has no rows to draw")
	case len(t.amounts) == 0:
		return plot.Figure{}, "", undrawable("a chart needs a column with numbers, and the query has none; count or sum something, or cast a column to numeric")
	case len(t.times) > 0:
		return t.lines()
	case len(t.names) > 0:
		return t.bars()
	case len(t.amounts) > 1 && t.rising(t.amounts[0]):
		return t.lines()
	case len(t.amounts) > 1:
		return t.cloud()
	}
	return t.bars()
}

func undrawable(format string, args ...any) error {
	return &postgres.Error{Kind: postgres.Invalid, Message: fmt.Sprintf(format, args...)}
}

// number reads a number, reporting whether there is one that can be drawn.
func number(text []byte) (float64, bool) {
	v, ok := value.Float(text)
	return v, ok && math.Abs(v) <= plot.Greatest
}

// rising reports whether the numbers of a column only grow, as years and other
// steps do.
func (t *table) rising(column int) bool {
	last := math.Inf(-1)
	for _, r := range t.rows {
		v, ok := number(r[column])
		if !ok || v <= last {
			return false
		}
		last = v
	}
	return len(t.rows) > 2
}

// bars draws amounts by name: a group of bars for each row.
func (t *table) bars() (plot.Figure, string, error) {
	shown := min(len(t.rows), maxBars)
	series := t.amounts[:min(len(t.amounts), maxSeries)]
	f := plot.Figure{X: plot.Range{Lo: -0.5, Hi: float64(shown) - 0.5}}
	for i, r := range t.rows[:shown] {
		label := make([]string, 0, len(t.names)+1)
		for _, n := range t.names {
			if r[n] == nil {
				label = append(label, "NULL")
			} else {
				label = append(label, string(r[n]))
			}
		}
		if len(t.names) == 0 {
			label = append(label, strconv.Itoa(i+1))
		}
		f.Categories = append(f.Categories, strings.Join(label, ", "))
	}
	lo, hi, some := 0.0, 0.0, false
	for _, column := range series {
		s := plot.Series{Name: t.columns[column].Name, Style: plot.Bars}
		for i, r := range t.rows[:shown] {
			if v, ok := number(r[column]); ok {
				s.Parts = append(s.Parts, []plot.Point{{X: float64(i), Y: v}})
				lo, hi, some = min(lo, v), max(hi, v), true
			}
		}
		f.Series = append(f.Series, s)
	}
	if !some {
		return f, "", undrawable("there is no number to draw in %s", t.list(series))
	}
	f.Y = above(lo, hi)
	f.XLabel, f.YLabel = t.list(t.names), t.list(series)
	what := fmt.Sprintf("bars of %s by %s, %d of %d rows", f.YLabel, cmp.Or(f.XLabel, "row"), shown, len(t.rows))
	return f, what + t.left(t.amounts, series), nil
}

// above is the range of bars, which stand on zero.
func above(lo, hi float64) plot.Range {
	r := plot.Around(lo, hi)
	if lo == 0 && hi > 0 {
		r.Lo = 0
	}
	if hi == 0 && lo < 0 {
		r.Hi = 0
	}
	return r
}

// lines draws amounts over the first column of times, or of rising numbers. One
// amount and one column of names are a line for each name.
func (t *table) lines() (plot.Figure, string, error) {
	across, read, series := t.amounts[0], number, t.amounts[1:]
	if len(t.times) > 0 {
		across, read, series = t.times[0], value.Seconds, t.amounts
	}
	all := series
	var lines []plot.Series
	by := ""
	if len(t.names) == 1 && len(series) == 1 {
		lines = t.split(across, series[0], t.names[0], read)
		by = " for each " + t.columns[t.names[0]].Name
	} else {
		series = series[:min(len(series), maxSeries)]
		for _, column := range series {
			lines = append(lines, plot.Series{Name: t.columns[column].Name, Parts: t.line(t.rows, across, column, read)})
		}
	}
	f := plot.Figure{Times: len(t.times) > 0, XLabel: t.columns[across].Name, YLabel: t.list(series)}
	what := fmt.Sprintf("lines of %s over %s%s, %d rows", f.YLabel, f.XLabel, by, len(t.rows))
	if len(lines) > maxSeries {
		what += fmt.Sprintf("; the first %d of %d lines are drawn", maxSeries, len(lines))
		lines = lines[:maxSeries]
	}
	if len(t.rows) <= 100 {
		for i := range lines {
			lines[i].Style = plot.Marked
		}
	}
	f.Series = lines
	if !fit(&f) {
		return plot.Figure{}, "", undrawable("no row has both a value of %s and a number in %s", f.XLabel, f.YLabel)
	}
	return f, what + t.left(all, series), nil
}

// split makes a line of the rows of each name, in the order of their first rows.
func (t *table) split(across, column, by int, read func([]byte) (float64, bool)) []plot.Series {
	rows := make(map[string][][][]byte)
	var order []string
	for _, r := range t.rows {
		key := "NULL"
		if r[by] != nil {
			key = string(r[by])
		}
		if rows[key] == nil {
			order = append(order, key)
		}
		rows[key] = append(rows[key], r)
	}
	var list []plot.Series
	for _, key := range order {
		list = append(list, plot.Series{Name: key, Parts: t.line(rows[key], across, column, read)})
	}
	return list
}

// line returns the points of a line from left to right. It is interrupted where
// there is no amount.
func (t *table) line(rows [][][]byte, across, column int, read func([]byte) (float64, bool)) [][]plot.Point {
	type spot struct {
		plot.Point
		ok bool
	}
	var spots []spot
	for _, r := range rows {
		if x, ok := read(r[across]); ok {
			y, ok := number(r[column])
			spots = append(spots, spot{plot.Point{X: x, Y: y}, ok})
		}
	}
	slices.SortStableFunc(spots, func(a, b spot) int { return cmp.Compare(a.X, b.X) })
	var parts [][]plot.Point
	var part []plot.Point
	for _, s := range spots {
		if s.ok {
			part = append(part, s.Point)
		} else if part != nil {
			parts, part = append(parts, part), nil
		}
	}
	if part != nil {
		parts = append(parts, part)
	}
	return parts
}

// cloud draws the second and further amounts against the first.
func (t *table) cloud() (plot.Figure, string, error) {
	all := t.amounts[1:]
	series := all[:min(len(all), maxSeries)]
	f := plot.Figure{XLabel: t.columns[t.amounts[0]].Name, YLabel: t.list(series)}
	for _, column := range series {
		s := plot.Series{Name: t.columns[column].Name, Style: plot.Dots}
		for _, r := range t.rows {
			x, okX := number(r[t.amounts[0]])
			y, okY := number(r[column])
			if okX && okY {
				s.Parts = append(s.Parts, []plot.Point{{X: x, Y: y}})
			}
		}
		f.Series = append(f.Series, s)
	}
	if !fit(&f) {
		return f, "", undrawable("no row has numbers in both %s and %s", f.XLabel, f.YLabel)
	}
	return f, fmt.Sprintf("points of %s against %s, %d rows", f.YLabel, f.XLabel, len(t.rows)) + t.left(all, series), nil
}

// fit sets the ranges of f by its points, and reports whether there is any.
func fit(f *plot.Figure) bool {
	lo := plot.Point{X: math.Inf(1), Y: math.Inf(1)}
	hi := plot.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, s := range f.Series {
		for _, part := range s.Parts {
			for _, p := range part {
				lo = plot.Point{X: min(lo.X, p.X), Y: min(lo.Y, p.Y)}
				hi = plot.Point{X: max(hi.X, p.X), Y: max(hi.Y, p.Y)}
			}
		}
	}
	if lo.X > hi.X {
		return false
	}
	f.X, f.Y = plot.Around(lo.X, hi.X), plot.Around(lo.Y, hi.Y)
	return true
}

// list names columns.
func (t *table) list(columns []int) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = t.columns[c].Name
	}
	return strings.Join(names, ", ")
}

// left says which of the amounts are not drawn.
func (t *table) left(all, drawn []int) string {
	if len(all) == len(drawn) {
		return ""
	}
	return fmt.Sprintf("; %d further columns with numbers are left out", len(all)-len(drawn))
}
