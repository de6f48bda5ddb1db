// Package plain makes what strangers wrote safe to show: text without escape
// sequences and marks that turn the direction of writing, cut at whole runes.
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s as text that shows itself as it is: control characters and marks
// that turn the direction of writing become visible, and lines end with \n.
func Text(s string) string {
	return strings.Map(Rune, strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
}

// Rune returns r, or U+FFFD for one that is not shown as it is. Line feeds and tabs
// stay.
func Rune(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

// Line is Text on one line.
func Line(s string) string { return strings.Join(strings.Fields(Text(s)), " ") }

// Clip returns the beginning of s that has at most so many bytes and ends with a
// whole rune, and how many bytes were left out.
func Clip(s string, most int) (string, int) {
	if len(s) <= most {
		return s, 0
	}
	n := max(most, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], len(s) - n
}

// Shorten returns the beginning of Text, with "…" behind it if there is more.
func Shorten(s string, most int) string {
	s, left := Clip(Text(s), most)
	if left > 0 {
		s += "…"
	}
	return s
}

// Words returns the beginning of Line, with "…" behind it if there is more.
func Words(s string, most int) string { return Shorten(Line(s), most) }
