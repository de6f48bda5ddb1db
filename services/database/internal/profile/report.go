package profile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/database/internal/value"
)

// Bounds of what is remarked.
const (
	mostlyNull   = 0.5
	dominant     = 0.95
	strong       = 0.9 // of correlations
	maxRemarks   = 40
	maxPairs     = 10
	maxCorrelate = 30 // columns
)

// Report says in sentences what stands out, by what the other stages have found.
// Either of them may be short of columns.
func (s *Sample) Report(quality []Quality, distributions []Distribution) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if s.rows == 0 {
		return []string{"There is no row to look at."}
	}
	if n := s.Duplicates(); n > 0 {
		say("%d of %d rows are the same as another one in every column looked at.", n, s.rows)
	}
	var keys []string
	for i, q := range quality {
		if q.KeyCandidate && !s.columns[i].Unique {
			keys = append(keys, quoted(q.Name))
		}
	}
	if len(keys) > 0 && s.rows > 1 {
		where := ""
		if !s.whole {
			where = " of the sample"
		}
		say("No value%s is there twice in %s, and no constraint says so.", where, strings.Join(keys, ", "))
	}
	for i, q := range quality {
		s.remarkQuality(say, i, q)
	}
	for _, d := range distributions {
		if len(d.Top) > 0 && d.Top[0].Share >= dominant {
			say("%s is %s in %s of the rows.", quoted(d.Name), quoted(d.Top[0].Value), percent(d.Top[0].Share))
		}
	}
	for _, pair := range s.correlations() {
		say("%s", pair)
	}
	if len(list) > maxRemarks {
		list = append(list[:maxRemarks], fmt.Sprintf("%d further remarks are left out.", len(list)-maxRemarks))
	}
	if len(list) == 0 {
		list = []string{"Nothing stands out."}
	}
	return list
}

func (s *Sample) remarkQuality(say func(string, ...any), i int, q Quality) {
	name, values := quoted(q.Name), s.rows-q.Nulls
	switch {
	case values == 0:
		say("%s has no value at all.", name)
		return
	case q.NullShare >= mostlyNull:
		say("%s is null in %s of the rows.", name, percent(q.NullShare))
	}
	if q.Distinct == 1 && values > 1 {
		say("%s has the same value in all rows that have one.", name)
	}
	if q.Outliers > 0 {
		say("%s has %d outliers among %d values.", name, q.Outliers, values)
	}
	if q.Special > 0 {
		say("%s has %d values that are NaN, infinite or out of the calendar.", name, q.Special)
	}
	if q.Empty > 0 && q.Nulls > 0 {
		say("%s has both nulls and empty strings.", name)
	}
	if q.Blank > 0 {
		say("%s has %d texts with white space at an end.", name, q.Blank)
	}
	if q.OtherCase > 0 {
		say("%s has %d values that differ from others in upper and lower case alone.", name, q.OtherCase)
	}
	switch q.LooksLike {
	case "integer", "number", "date", "boolean", "uuid", "json":
		say("%s is %s, and all its values could be of a type for %s.", name, s.columns[i].Type, q.LooksLike)
	}
}

// correlations names pairs of columns with numbers that go with each other.
func (s *Sample) correlations() []string {
	var columns []int
	for i, c := range s.columns {
		if c.Kind == value.Number && len(columns) < maxCorrelate {
			columns = append(columns, i)
		}
	}
	type pair struct {
		a, b int
		r    float64
	}
	var pairs []pair
	for k, a := range columns {
		for _, b := range columns[k+1:] {
			if r := s.correlation(a, b); math.Abs(r) >= strong {
				pairs = append(pairs, pair{a, b, r})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int {
		switch {
		case math.Abs(x.r) > math.Abs(y.r):
			return -1
		case math.Abs(x.r) < math.Abs(y.r):
			return 1
		}
		return 0
	})
	var list []string
	for _, p := range pairs[:min(len(pairs), maxPairs)] {
		list = append(list, fmt.Sprintf("%s and %s go together: their correlation is %.2f.", quoted(s.columns[p.a].Name), quoted(s.columns[p.b].Name), p.r))
	}
	return list
}

// correlation is Pearson's, of the rows that have both numbers; 0 for fewer than
// ten of them.
func (s *Sample) correlation(a, b int) float64 {
	n, ma, mb, saa, sbb, sab := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	for r := range s.rows {
		x, y := s.values[a][r].number, s.values[b][r].number
		if s.values[a][r].null || s.values[b][r].null || math.IsNaN(x) || math.IsNaN(y) {
			continue
		}
		n++
		dx, dy := x-ma, y-mb
		ma += dx / n
		mb += dy / n
		saa += dx * (x - ma)
		sbb += dy * (y - mb)
		sab += dx * (y - mb)
	}
	if r := sab / math.Sqrt(saa*sbb); n >= 10 && finite(r) {
		return r
	}
	return 0
}

// quoted marks a name or a value as data.
func quoted(s string) string { return fmt.Sprintf("%q", cut(s, topRunes)) }

func percent(share float64) string {
	if share < 1 && share > 0.999 {
		return "over 99.9 %"
	}
	return fmt.Sprintf("%.3g %%", 100*share)
}
