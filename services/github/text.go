package github

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// maxTitle bounds titles, which have at most 256 letters at GitHub, in bytes.
const maxTitle = 1024

// mark begins the lines with which a text's parts begin. No line of a stranger
// begins with it, see [quoted].
const mark = "=== "

// quoted is plain text none of whose lines can be taken for one that begins a
// part: a comment cannot pretend to be the next one.
func quoted(s string) string {
	s = strings.TrimSpace(plain.Text(s))
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
		lines[i] = strings.Map(plain.Rune, l)
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
