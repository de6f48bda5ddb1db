package profile

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// Quality is how good the values of a column are.
type Quality struct {
	Name          string  `json:"name"`
	Type          string  `json:"type"`
	Nulls         int     `json:"nulls"`
	NullShare     float64 `json:"null_share,omitempty" jsonschema:"0 to 1"`
	Distinct      int     `json:"distinct" jsonschema:"different values among those looked at"`
	DistinctTotal int64   `json:"distinct_total,omitempty" jsonschema:"estimate for the whole table, if that was not looked at"`
	KeyCandidate  bool    `json:"key_candidate,omitempty" jsonschema:"no null and no value twice"`
	Outliers      int     `json:"outliers,omitempty" jsonschema:"further than 1.5 interquartile ranges outside of the middle half"`
	Lowest        string  `json:"lowest_outlier,omitempty"`
	Highest       string  `json:"highest_outlier,omitempty"`
	Special       int     `json:"not_finite,omitempty" jsonschema:"NaN and infinite values"`
	Empty         int     `json:"empty,omitempty" jsonschema:"empty strings"`
	Blank         int     `json:"blank_edges,omitempty" jsonschema:"texts that begin or end with white space"`
	OtherCase     int     `json:"differ_in_case,omitempty" jsonschema:"values that are another one but for upper and lower case"`
	LooksLike     string  `json:"looks_like,omitempty" jsonschema:"what all texts could be: integer, number, date, boolean, uuid, email, url, json"`
}

// Quality looks at each column. It ends early when ctx does, with the columns
// that it has looked at.
func (s *Sample) Quality(ctx context.Context, progress func(done int)) ([]Quality, error) {
	list := make([]Quality, 0, len(s.columns))
	for i := range s.columns {
		if err := ctx.Err(); err != nil {
			return list, err
		}
		list = append(list, s.quality(i))
		progress(i + 1)
	}
	return list, nil
}

func (s *Sample) quality(column int) Quality {
	c := s.columns[column]
	q := Quality{Name: c.Name, Type: c.Type}
	type identity struct {
		text   string
		length int
	}
	counts := make(map[identity]int)
	folded := make(map[string]struct{})
	shapes := newShapes()
	for _, v := range s.values[column] {
		if v.null {
			q.Nulls++
			continue
		}
		id := identity{v.text, v.length}
		counts[id]++
		switch {
		case (c.Kind == value.Number || c.Kind == value.Time) && math.IsNaN(v.number):
			q.Special++
		case c.Kind != value.Text:
		default:
			if v.text == "" {
				q.Empty++
			}
			if strings.TrimSpace(v.text) != v.text {
				q.Blank++
			}
			if counts[id] == 1 {
				folded[strings.ToLower(v.text)] = struct{}{}
				shapes.see(v.text, v.length)
			}
		}
	}
	q.Distinct = len(counts)
	if c.Kind == value.Text {
		q.OtherCase = q.Distinct - len(folded)
		q.LooksLike = shapes.common(q.Distinct - min(q.Empty, 1))
	}
	if s.rows > 0 {
		q.NullShare = round(float64(q.Nulls) / float64(s.rows))
	}
	q.KeyCandidate = q.Nulls == 0 && q.Distinct == s.rows && (s.rows > 1 || c.Unique)
	if !s.whole {
		once := 0
		for _, n := range counts {
			if n == 1 {
				once++
			}
		}
		q.DistinctTotal = s.distinct(s.rows-q.Nulls, q.Distinct, once)
	}
	s.outliers(column, &q)
	return q
}

// distinct estimates how many different values the whole table has, by the
// estimator that PostgreSQL's ANALYZE uses: Haas and Stokes' Duj1 (IBM Research
// Report RJ 10025, 1996).
func (s *Sample) distinct(n, d, once int) int64 {
	if n == 0 {
		return 0
	}
	total := s.total * float64(n) / float64(s.rows)
	f1 := float64(once)
	estimate := float64(n) * float64(d) / (float64(n) - f1 + f1*float64(n)/total)
	return int64(math.Round(min(max(estimate, float64(d)), total)))
}

// outliers finds what is far outside of the middle half of the values (Tukey's
// fences).
func (s *Sample) outliers(column int, q *Quality) {
	list := s.numbers(column)
	if len(list) < 8 || q.KeyCandidate {
		return
	}
	slices.Sort(list)
	low, high := quantile(list, 0.25), quantile(list, 0.75)
	if low == high {
		return // most are the same: all others would be outliers
	}
	lo, hi := low-1.5*(high-low), high+1.5*(high-low)
	lowest, highest := math.Inf(1), math.Inf(-1)
	for _, v := range s.values[column] {
		if v.null || math.IsNaN(v.number) || v.number >= lo && v.number <= hi {
			continue
		}
		q.Outliers++
		if v.number < lo && v.number < lowest {
			lowest, q.Lowest = v.number, v.text
		}
		if v.number > hi && v.number > highest {
			highest, q.Highest = v.number, v.text
		}
	}
}

// quantile interpolates between the neighbours in ascending values.
func quantile(ascending []float64, q float64) float64 {
	at := q * float64(len(ascending)-1)
	i := int(at)
	if i+1 >= len(ascending) {
		return ascending[len(ascending)-1]
	}
	part := at - float64(i)
	return ascending[i]*(1-part) + ascending[i+1]*part
}

// Duplicates counts the rows that are the same as an earlier one in every
// column.
func (s *Sample) Duplicates() int {
	seen := make(map[string]struct{}, s.rows)
	var key []byte
	for r := range s.rows {
		key = key[:0]
		for i := range s.columns {
			v := s.values[i][r]
			if v.null {
				key = append(key, 0)
				continue
			}
			key = append(key, 1)
			key = append(key, v.text...)
			key = append(key, 0xff) // in no UTF-8 text
		}
		seen[string(key)] = struct{}{}
	}
	return s.rows - len(seen)
}

// round keeps four digits behind the point.
func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// cut shortens a text for a reader.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
