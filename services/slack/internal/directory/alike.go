package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Fold is s as names are compared: in lower case and without diacritics.
func Fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			// A transformer has a state and is not shared.
			t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
			if folded, _, err := transform.String(t, s); err == nil {
				s = folded
			}
			break
		}
	}
	return strings.ToLower(s)
}

// Alike reports whether one may have meant name by word: it is a part of it, or two
// letters are wrong at most.
func Alike(word, name string) bool {
	word, name = Fold(word), Fold(name)
	switch {
	case len(word) < 3:
		return word == name
	case strings.Contains(name, word), len(name) >= 3 && strings.Contains(word, name):
		return true
	case len(word) > maxAlike || len(word)-len(name) > 2 || len(name)-len(word) > 2:
		return false
	}
	return distance(word, name) <= min(2, len(word)/3)
}

// maxAlike is the longest word that is compared letter by letter, in bytes.
const maxAlike = 80

// distance is how many bytes have to be put in, taken out or changed.
func distance(a, b string) int {
	var rows [2][maxAlike + 3]int
	last, row := rows[0][:len(b)+1], rows[1][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
		}
		last, row = row, last
	}
	return last[len(b)]
}
