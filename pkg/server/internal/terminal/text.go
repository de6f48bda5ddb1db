package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Clean returns text with its lines and tabs, and without anything else that a
// terminal obeys or that changes the order of what is read.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return safe(r)
	}, strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"))
}

// Line is Clean for text that has to stay on one line.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return safe(r)
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

func safe(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

// Width is how many columns clean text takes on one line.
func Width(text string) (n int) {
	for _, r := range text {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	if r < 0x300 { // before the first that has no width of its own
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// head returns as much of the beginning of text as fits into n columns.
func head(text string, n int) string {
	for i, r := range text {
		if n -= columns(r); n < 0 {
			return text[:i]
		}
	}
	return text
}

// Cut returns text that takes n columns at most, with an ellipsis in place of what
// does not fit.
func (s Screen) Cut(text string, n int) string {
	if Width(text) <= n {
		return text
	}
	dots := s.Ellipsis()
	if Width(dots) > n {
		return head(text, n)
	}
	return strings.TrimRight(head(text, n-Width(dots)), " ") + dots
}

// Pad adds spaces to text up to n columns, before it if right.
func Pad(text string, n int, right bool) string {
	space := strings.Repeat(" ", max(0, n-Width(text)))
	if right {
		return space + text
	}
	return text + space
}

// Wrap breaks text into lines of n columns at most, between words where it can.
// Line ends in it stay, and so do the spaces that a line begins with.
func Wrap(text string, n int) []string {
	n = max(1, n)
	var lines []string
	for para := range strings.SplitSeq(strings.ReplaceAll(text, "\t", "    "), "\n") {
		indent := para[:len(para)-len(strings.TrimLeft(para, " "))]
		line := head(indent, n/2)
		used, empty := len(line), true
		for _, word := range strings.Fields(para) {
			w := Width(word)
			if !empty && used+1+w > n {
				lines, line, used, empty = append(lines, line), "", 0, true
			}
			if !empty {
				line, used = line+" ", used+1
			}
			for used+w > n { // longer than a line
				part := head(word, max(1, n-used))
				if part == "" && used == 0 { // a letter that is wider than a line
					_, size := utf8.DecodeRuneInString(word)
					if part = word[:size]; part == word {
						break
					}
				}
				lines, line, used = append(lines, line+part), "", 0
				word = word[len(part):]
				w = Width(word)
			}
			line, used, empty = line+word, used+w, false
		}
		lines = append(lines, line)
	}
	return lines
}
