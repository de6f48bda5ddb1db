// Package profile tells what is in the columns of a table from a sample of its
// rows: how good the data are, how they are distributed, and what stands out.
//
// A [Sample] is filled once; [Sample.Quality], [Sample.Distributions] and
// [Sample.Report] look at it without asking the database again, so that all of
// them speak of the same rows. Values are compared as PostgreSQL writes them.
package profile

import (
	"math"

	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// Prefix is how much of a long value a sample holds, in characters. Two values
// of the same length that begin with the same ones are taken for equal.
const Prefix = 200

// Column is a column that is looked at.
type Column struct {
	Name string
	Type string // as format_type writes it
	Kind value.Kind
	// Unique says that a constraint or an index makes each value the only one.
	Unique bool
}

// cell is one value of a sample.
type cell struct {
	text   string
	number float64 // of a Number, and of a Time in seconds since 1970; NaN if it has none
	length int     // in bytes, of the whole value
	null   bool
}

// Sample is some rows of a table.
type Sample struct {
	columns []Column
	values  [][]cell // by column
	rows    int
	total   float64 // rows of the table, as far as known; at least rows
	whole   bool
}

// New returns an empty sample.
func New(columns []Column) *Sample {
	return &Sample{columns: columns, values: make([][]cell, len(columns))}
}

// Add adds a row: of each column its text, nil for NULL, and its whole length in
// bytes, 0 if that is the text's.
func (s *Sample) Add(texts [][]byte, lengths []int) {
	for i, c := range s.columns {
		v := cell{null: texts[i] == nil, number: math.NaN()}
		if !v.null {
			v.text = string(texts[i])
			v.length = max(len(v.text), lengths[i])
			switch {
			case v.length > len(v.text): // the rest of its digits is not known
			case c.Kind == value.Number:
				v.number = orNaN(value.Float(texts[i]))
			case c.Kind == value.Time:
				v.number = orNaN(value.Seconds(texts[i]))
			}
		}
		s.values[i] = append(s.values[i], v)
	}
	s.rows++
}

// Done says that the sample is complete: whether it is the whole table, and if
// not, how many rows that has by the planner's estimate, -1 for unknown.
func (s *Sample) Done(whole bool, total int64) {
	s.whole, s.total = whole, float64(s.rows)
	if !whole {
		s.total = max(float64(total), s.total)
	}
}

func orNaN(v float64, ok bool) float64 {
	if !ok {
		return math.NaN()
	}
	return v
}

// Rows is how many rows were added.
func (s *Sample) Rows() int { return s.rows }

// numbers returns the numbers of a column that has some.
func (s *Sample) numbers(column int) []float64 {
	if k := s.columns[column].Kind; k != value.Number && k != value.Time {
		return nil
	}
	var list []float64
	for _, v := range s.values[column] {
		if !v.null && !math.IsNaN(v.number) {
			list = append(list, v.number)
		}
	}
	return list
}
