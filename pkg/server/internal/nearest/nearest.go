// Package nearest finds the names that somebody probably meant. Its answers
// are the same for the same input and bounded in number; start with [Names].
package nearest

import "slices"

// most is how many names are proposed: more would not be read.
const most = 3

// maxLength bounds the work on names that come from outside.
const maxLength = 64

// Names returns those of known that are close to name, nearest first and then
// in the order of known. It returns nil if none is.
func Names(name string, known []string) []string {
	if len(name) == 0 || len(name) > maxLength {
		return nil
	}
	type candidate struct {
		name string
		d    int
	}
	var found []candidate
	for _, k := range known {
		// A third of the letters may differ: "clac" finds "calc", not "cat".
		if d := distance(name, k); d <= max(1, max(len(name), len(k))/3) {
			found = append(found, candidate{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.d - b.d })
	var names []string
	for _, c := range found[:min(most, len(found))] {
		names = append(names, c.name)
	}
	return names
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b, ignoring the case of ASCII letters.
func distance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if lower(a[i-1]) == lower(b[j-1]) {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && lower(a[i-1]) == lower(b[j-2]) && lower(a[i-2]) == lower(b[j-1]) {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
