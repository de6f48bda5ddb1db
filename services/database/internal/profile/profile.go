// Package profile tells what is in the columns of a table from a sample of its
// rows: how good the data are, how they are distributed, and what stands out.
//
// A [Sample] is filled once; [Sample.Quality], [Sample.Distributions] and
// [Sample.Report] look at it without asking the database again, so that all of
// them speak of the same rows. Values are compared as PostgreSQL writes them.
package profile

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind says what can be computed of a column.
type Kind uint8

// The kinds.
const (
	Text Kind = iota
	Number
	Time
	Other // compared, and nothing else
)

// Prefix is how much of a long value a sample holds, in characters. Two values
// of the same length that begin with the same ones are taken for equal.
const Prefix = 200

// Column is a column that is looked at.
type Column struct {
	Name string
	Type string // as format_type writes it
	Kind Kind
	// Unique says that a constraint or an index makes each value the only one.
	Unique bool
}

// value is one value of a sample.
type value struct {
	text   string
	number float64 // of a Number, and of a Time in seconds since 1970; NaN if it has none
	length int     // in bytes, of the whole value
	null   bool
}

// Sample is some rows of a table.
type Sample struct {
	columns []Column
	values  [][]value // by column
	rows    int
	total   float64 // rows of the table, as far as known; at least rows
	whole   bool
}

// New returns an empty sample.
func New(columns []Column) *Sample {
	return &Sample{columns: columns, values: make([][]value, len(columns))}
}

// Add adds a row: of each column its text, nil for NULL, and its whole length in
// bytes, 0 if that is the text's.
func (s *Sample) Add(texts [][]byte, lengths []int) {
	for i, c := range s.columns {
		v := value{null: texts[i] == nil, number: math.NaN()}
		if !v.null {
			v.text = string(texts[i])
			v.length = max(len(v.text), lengths[i])
			switch {
			case v.length > len(v.text): // the rest of its digits is not known
			case c.Kind == Number:
				v.number = number(v.text)
			case c.Kind == Time:
				v.number = seconds(v.text)
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

// Rows is how many rows were added.
func (s *Sample) Rows() int { return s.rows }

func number(text string) float64 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimPrefix(text, "$"), ",", ""), 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

func seconds(text string) float64 {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixMicro()) / 1e6
		}
	}
	return math.NaN()
}

// numbers returns the numbers of a column that has some.
func (s *Sample) numbers(column int) []float64 {
	if k := s.columns[column].Kind; k != Number && k != Time {
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
