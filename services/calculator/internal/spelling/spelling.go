// Package spelling helps messages to speak of what somebody wrote: it quotes it
// at a length that is bounded, and finds the names that may have been meant. It
// never decides: these are suggestions for an error.
//
// Start at [Nearest].
package spelling

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Excerpt returns s, or its beginning and an ellipsis if it has more than so
// many bytes.
func Excerpt(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// Quote returns an excerpt of a name in double quotes.
func Quote(name string) string { return strconv.Quote(Excerpt(name, longest)) }

// longest bounds the names that are compared: the comparison is quadratic.
const longest = 40

// Nearest returns up to three of the known names that look like name, the
// likeliest first; case does not count.
func Nearest(name string, known iter.Seq[string]) []string {
	type candidate struct {
		name     string
		distance int
	}
	if name == "" || len(name) > longest {
		return nil
	}
	low := strings.ToLower(name)
	var found []candidate
	for k := range known {
		if len(k) > longest {
			continue
		}
		d := distance(low, strings.ToLower(k))
		if d <= (len(low)+1)/3 && d < len(k) {
			found = append(found, candidate{k, d})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int {
		if x.distance != y.distance {
			return x.distance - y.distance
		}
		return strings.Compare(x.name, y.name)
	})
	var names []string
	for _, c := range found {
		if !slices.Contains(names, c.name) && len(names) < 3 {
			names = append(names, c.name)
		}
	}
	return names
}

// distance is the number of bytes to insert, delete, replace or swap with
// their neighbour to make a into b.
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	next := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
