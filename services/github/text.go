package github

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// maxTitle bounds titles, which have at most 256 letters at GitHub, in bytes.
const maxTitle = 1024

// mark begins the lines with which a text's parts begin. No line of a stranger
// begins with it, see [quoted].
const mark = "=== "

// plain returns what a stranger wrote as text that shows itself as it is: escape
// sequences and marks that turn the direction of writing are made visible, and
// lines end with \n.
func plain(s string) string {
	return strings.Map(visible, strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"))
}

func visible(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

// oneLine is plain text on one line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(plain(s)), " ")
}

// quoted is plain text none of whose lines can be taken for one that begins a
// part: a comment cannot pretend to be the next one.
func quoted(s string) string {
	s = strings.TrimSpace(plain(s))
	if strings.HasPrefix(s, mark) {
		s = " " + s
	}
	return strings.ReplaceAll(s, "\n"+mark, "\n "+mark)
}

// source is plain text of which the ends of lines are left as they are: a change
// may be one of them.
func source(s string) string {
	lines := strings.Split(strings.ToValidUTF8(s, "\uFFFD"), "\r\n")
	for i, l := range lines {
		lines[i] = strings.Map(visible, l)
	}
	return strings.Join(lines, "\r\n")
}

// What a caller may set the bytes of a reply's text to.
const (
	minReply = 1000
	maxReply = 500_000
)

// budget fills in how many bytes of text a reply holds: usual if nobody said.
func budget(most *int, usual int) error {
	switch {
	case *most == 0:
		*most = usual
	case *most < minReply || *most > maxReply:
		return toolerr.Invalid("max_bytes", "max_bytes must be %d to %d", minReply, maxReply)
	}
	return nil
}

// clip returns the beginning of s that has at most so many bytes and ends with a
// whole rune, and how many bytes were left out.
func clip(s string, most int) (string, int) {
	if len(s) <= most {
		return s, 0
	}
	n := max(most, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], len(s) - n
}

// shorten is the beginning of a text as plain text, with "…" behind it if there is
// more.
func shorten(s string, most int) string {
	s, left := clip(plain(s), most)
	if left > 0 {
		s += "…"
	}
	return s
}

// firstWords is the beginning of a text on one line.
func firstWords(s string, most int) string { return shorten(oneLine(s), most) }

// firstLine is the subject of a commit's message.
func firstLine(message string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return strings.TrimSpace(line)
}

// day is the date of a time as text, "" for none.
func day(t *github.Timestamp) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// second is a time as it is written to the second, nil for none.
func second(t *github.Timestamp) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	at := t.UTC().Truncate(time.Second)
	return &at
}

// when is a time as text, "" for none.
func when(t *github.Timestamp) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// counted is a number with its noun: "1 file", "2 files".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
