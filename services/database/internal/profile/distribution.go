package profile

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// How much is said of a column.
const (
	buckets  = 10
	topMost  = 5
	topRunes = 60
)

// Distribution is how the values of a column are distributed.
type Distribution struct {
	Name      string      `json:"name"`
	Least     string      `json:"least,omitempty"`
	Greatest  string      `json:"greatest,omitempty"`
	Mean      *float64    `json:"mean,omitempty"`
	Deviation *float64    `json:"standard_deviation,omitempty"`
	Quantiles []Quantile  `json:"quantiles,omitempty"`
	Histogram []int       `json:"histogram,omitempty" jsonschema:"how many values are in each of 10 equal parts from least to greatest"`
	Top       []Frequency `json:"top,omitempty" jsonschema:"the most frequent values"`
	Length    *Length     `json:"length,omitempty" jsonschema:"of texts, in bytes"`
}

// Quantile is a value that a share of the others does not exceed.
type Quantile struct {
	Share float64 `json:"share"`
	Value string  `json:"value"`
}

// Frequency is how often a value is there.
type Frequency struct {
	Value string  `json:"value"`
	Count int     `json:"count"`
	Share float64 `json:"share" jsonschema:"of the rows looked at"`
}

// Length is how long texts are, in bytes.
type Length struct {
	Least    int     `json:"least"`
	Greatest int     `json:"greatest"`
	Mean     float64 `json:"mean"`
}

// Distributions looks at each column. It ends early when ctx does, with the
// columns that it has looked at.
func (s *Sample) Distributions(ctx context.Context, progress func(done int)) ([]Distribution, error) {
	list := make([]Distribution, 0, len(s.columns))
	for i := range s.columns {
		if err := ctx.Err(); err != nil {
			return list, err
		}
		list = append(list, s.distribution(i))
		progress(i + 1)
	}
	return list, nil
}

func (s *Sample) distribution(column int) Distribution {
	c := s.columns[column]
	d := Distribution{Name: c.Name, Top: s.top(column)}
	if c.Kind == value.Text {
		d.Length = s.length(column)
		return d
	}
	list := s.numbers(column)
	if len(list) == 0 {
		return d
	}
	slices.Sort(list)
	least, greatest := list[0], list[len(list)-1]
	write := func(v float64) string { return written(v, c.Kind) }
	d.Least, d.Greatest = write(least), write(greatest)
	for _, q := range []float64{0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99} {
		d.Quantiles = append(d.Quantiles, Quantile{q, write(quantile(list, q))})
	}
	if greatest > least && !math.IsInf(greatest-least, 0) {
		d.Histogram = make([]int, buckets)
		for _, v := range list {
			d.Histogram[min(int((v-least)/(greatest-least)*buckets), buckets-1)]++
		}
	}
	if c.Kind == value.Number {
		mean, deviation := moments(list)
		if finite(mean) && finite(deviation) {
			d.Mean, d.Deviation = &mean, &deviation
		}
	}
	return d
}

func finite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }

// moments returns mean and sample deviation (Welford).
func moments(list []float64) (mean, deviation float64) {
	m2 := 0.0
	for i, v := range list {
		delta := v - mean
		mean += delta / float64(i+1)
		m2 += delta * (v - mean)
	}
	if len(list) > 1 {
		deviation = math.Sqrt(m2 / float64(len(list)-1))
	}
	return significant(mean), significant(deviation)
}

// significant keeps six digits.
func significant(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// written writes a number, or a time.
func written(v float64, k value.Kind) string {
	if k == value.Time {
		t := time.UnixMicro(int64(v * 1e6)).UTC()
		if t.Equal(t.Truncate(24 * time.Hour)) {
			return t.Format(time.DateOnly)
		}
		return t.Format("2006-01-02T15:04:05Z")
	}
	return strconv.FormatFloat(v, 'g', 10, 64)
}

// top returns the most frequent values of a column in which any is there twice.
func (s *Sample) top(column int) []Frequency {
	counts := make(map[string]int)
	for _, v := range s.values[column] {
		if !v.null {
			counts[v.text]++
		}
	}
	list := make([]Frequency, 0, len(counts))
	for text, n := range counts {
		if n > 1 {
			list = append(list, Frequency{Value: text, Count: n})
		}
	}
	slices.SortFunc(list, func(a, b Frequency) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	list = list[:min(len(list), topMost)]
	for i := range list {
		list[i].Value, list[i].Share = cut(list[i].Value, topRunes), round(float64(list[i].Count)/float64(s.rows))
	}
	return list
}

func (s *Sample) length(column int) *Length {
	var l *Length
	sum, n := 0.0, 0
	for _, v := range s.values[column] {
		switch {
		case v.null:
			continue
		case l == nil:
			l = &Length{Least: v.length, Greatest: v.length}
		}
		l.Least, l.Greatest = min(l.Least, v.length), max(l.Greatest, v.length)
		sum += float64(v.length)
		n++
	}
	if l != nil {
		l.Mean = math.Round(10*sum/float64(n)) / 10
	}
	return l
}
