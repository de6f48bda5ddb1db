package edit

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff/lcs"
)

const (
	// maxCompared is how much of a line is compared, in bytes.
	maxCompared = 512
	// maxQuoted is how much of a line is shown, in characters.
	maxQuoted = 80
)

// score returns how similar the lines are to those sought, from 0 to 1, and
// where they differ first. The first line has the number given.
func (s sought) score(lines []string, number int, sep byte) (float64, string) {
	a, b := make([]string, len(s.lines)), make([]string, len(lines))
	for i, l := range s.lines {
		a[i] = bare(l, '\n')
	}
	for i, l := range lines {
		b[i] = bare(l, sep)
	}
	if s.part {
		if strings.HasSuffix(b[0], a[0]) || len(a) == 1 && strings.Contains(b[0], a[0]) {
			b[0] = a[0]
		}
		if i, j := len(a)-1, len(b)-1; i > 0 && strings.HasPrefix(b[j], a[i]) {
			b[j] = a[i]
		}
	}
	var same, all float64
	for _, l := range a {
		same += weight(l)
	}
	all = same
	what := ""
	for _, d := range lcs.DiffLines(a, b) {
		for k := range max(d.End-d.Start, d.ReplEnd-d.ReplStart) {
			i, j := d.Start+k, d.ReplStart+k
			part := s.part && i < len(a) && (i == 0 || i == len(a)-1)
			var first string
			switch {
			case i >= d.End:
				all += weight(b[j])
				first = fmt.Sprintf("%s lacks line %d, %s", s.name, number+j, quoted(b[j]))
			case j >= d.ReplEnd:
				same -= weight(a[i])
				first = fmt.Sprintf("%s has %s, which is not there after line %d", s.name, quoted(a[i]), number+j-1)
			default:
				same -= weight(a[i]) * (1 - alike(a[i], b[j], part))
				first = fmt.Sprintf("line %d %s", number+j, differ(b[j], a[i], s.name, part))
			}
			if what == "" {
				what = first
			}
		}
	}
	if what == "" {
		what = "the line ends differ"
	}
	return math.Round(100*same/all) / 100, what
}

func weight(line string) float64 { return float64(1 + len(strings.TrimSpace(line))) }

// alike returns how similar two lines are by the pairs of bytes in them: all of
// both, or of a part all that is in a.
func alike(a, b string, part bool) float64 {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if a == b {
		return 1
	}
	a, b = a[:min(len(a), maxCompared)], b[:min(len(b), maxCompared)]
	var pairs [1 << 10]int16
	slot := func(s string, i int) *int16 { return &pairs[(uint(s[i])*31+uint(s[i+1]))%(1<<10)] }
	for i := range max(len(b)-1, 0) {
		*slot(b, i)++
	}
	both := 0
	for i := range max(len(a)-1, 0) {
		if p := slot(a, i); *p > 0 {
			*p--
			both++
		}
	}
	if part {
		return float64(both) / float64(max(len(a)-1, 1))
	}
	return 2 * float64(both) / float64(max(len(a)+len(b)-2, 1))
}

// differ says what a line has where what was sent has something else.
func differ(line, sent, name string, part bool) string {
	if strings.TrimSpace(line) == strings.TrimSpace(sent) {
		if is, was := indentation(line), indentation(sent); is != was {
			return fmt.Sprintf("is indented with %s, %s with %s", blanks(is), name, blanks(was))
		}
		return fmt.Sprintf("ends with %s, %s with %s", blanks(trailing(line)), name, blanks(trailing(sent)))
	}
	if part {
		line = partOf(line, sent)
	}
	head := 0
	for head < min(len(line), len(sent)) && line[head] == sent[head] {
		head++
	}
	tail := 0
	for tail < min(len(line), len(sent))-head && line[len(line)-1-tail] == sent[len(sent)-1-tail] {
		tail++
	}
	for head > 0 && !(boundary(line, head) && boundary(sent, head)) {
		head--
	}
	for tail > 0 && !(boundary(line, len(line)-tail) && boundary(sent, len(sent)-tail)) {
		tail--
	}
	is, was := line[head:len(line)-tail], sent[head:len(sent)-tail]
	if unusual(is) || unusual(was) {
		return fmt.Sprintf("has %s where %s has %s", named(is), name, named(was))
	}
	return fmt.Sprintf("has %s where %s has %s", around(line, head, len(line)-tail), name, around(sent, head, len(sent)-tail))
}

// around quotes s[start:end] with a few characters on both sides, or all of s if
// that is short.
func around(s string, start, end int) string {
	const context = 12
	if len(s) <= maxQuoted {
		return quoted(s)
	}
	for range context {
		if start > 0 {
			_, n := utf8.DecodeLastRuneInString(s[:start])
			start -= n
		}
		if end < len(s) {
			_, n := utf8.DecodeRuneInString(s[end:])
			end += n
		}
	}
	return quoted(s[start:end])
}

// partOf returns the part of line that sent, which is a part of a line, most
// likely means.
func partOf(line, sent string) string {
	if len(line) > 16*maxCompared {
		return line
	}
	head := longest(len(sent), func(n int) bool { return strings.Contains(line, sent[:n]) })
	start := strings.Index(line, sent[:head])
	tail := longest(len(sent), func(n int) bool { return strings.Contains(line[start:], sent[len(sent)-n:]) })
	end := start + strings.LastIndex(line[start:], sent[len(sent)-tail:]) + tail
	switch {
	case head >= 3 && tail >= 3 && end > start:
	case head >= 3:
		end = min(len(line), start+len(sent))
	case tail >= 3:
		const slack = 8
		from := max(0, end-len(sent)-slack)
		before := line[from : end-tail]
		head = longest(len(sent)-tail, func(n int) bool { return strings.Contains(before, sent[:n]) })
		if start = from + strings.LastIndex(before, sent[:head]); head == 0 {
			start = max(0, end-len(sent))
		}
	default:
		return line
	}
	return strings.ToValidUTF8(line[start:end], "")
}

// longest returns the greatest number up to most for which ok holds, which
// holds for 0 and for all below one that it holds for.
func longest(most int, ok func(int) bool) int {
	low := 0
	for low < most {
		mid := (low + most + 1) / 2
		if ok(mid) {
			low = mid
		} else {
			most = mid - 1
		}
	}
	return low
}

func trailing(line string) string {
	return line[len(strings.TrimRightFunc(line, unicode.IsSpace)):]
}

// quoted returns s as a string literal, shortened.
func quoted(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxQuoted {
			return fmt.Sprintf("%q…", s[:i])
		}
	}
	return fmt.Sprintf("%q", s)
}

// blanks describes white space.
func blanks(s string) string {
	if s == "" {
		return "nothing"
	}
	r, n := utf8.DecodeRuneInString(s)
	if strings.Trim(s, s[:n]) != "" || r != ' ' && r != '\t' {
		return named(s)
	}
	what := "space"
	if r == '\t' {
		what = "tab"
	}
	if len(s) > 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", len(s), what)
}

// unusual reports whether s is a few characters that look like others.
func unusual(s string) bool {
	if utf8.RuneCountInString(s) > 3 {
		return false
	}
	for _, r := range s {
		if _, ok := names[r]; ok && r > ' ' && r < 0x7f {
			continue // a name only beside an unusual one
		}
		if r != ' ' && (unicode.IsSpace(r) || !unicode.IsPrint(r) || names[r] != "") {
			return true
		}
	}
	return false
}

// named names each character of s, up to a few.
func named(s string) string {
	var parts []string
	for _, r := range s {
		if len(parts) == 4 {
			parts = append(parts, "…")
			break
		}
		switch name := names[r]; {
		case name != "":
			parts = append(parts, fmt.Sprintf("U+%04X (%s)", r, name))
		case unicode.IsPrint(r):
			parts = append(parts, fmt.Sprintf("U+%04X (%c)", r, r))
		default:
			parts = append(parts, fmt.Sprintf("U+%04X", r))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, " ")
}

// names are those of characters that are mistaken for others.
var names = map[rune]string{
	'\t': "tab", '\r': "carriage return", ' ': "space", '\'': "apostrophe", '"': "quotation mark", '-': "hyphen", '`': "backquote",
	0x00a0: "no-break space", 0x00ad: "soft hyphen", 0x00b4: "acute accent", 0x2002: "en space", 0x2003: "em space",
	0x2007: "figure space", 0x2009: "thin space", 0x200b: "zero-width space", 0x200c: "zero-width non-joiner",
	0x200d: "zero-width joiner", 0x200e: "left-to-right mark", 0x200f: "right-to-left mark", 0x2010: "hyphen",
	0x2011: "non-breaking hyphen", 0x2012: "figure dash", 0x2013: "en dash", 0x2014: "em dash", 0x2018: "left single quotation mark",
	0x2019: "right single quotation mark", 0x201a: "low single quotation mark", 0x201c: "left double quotation mark",
	0x201d: "right double quotation mark", 0x201e: "low double quotation mark", 0x2026: "horizontal ellipsis",
	0x202e: "right-to-left override", 0x202f: "narrow no-break space", 0x2212: "minus sign", 0x3000: "ideographic space",
	0xfeff: "byte order mark", 0xfffd: "replacement character", 0x0301: "combining acute accent", 0x0308: "combining diaeresis",
}
