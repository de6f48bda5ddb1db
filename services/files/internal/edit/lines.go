package edit

import (
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
)

// separator returns the byte that ends the lines of s: a carriage return in a
// text that has those alone, else a line feed.
func separator(s string) byte {
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') >= 0 {
		return '\r'
	}
	return '\n'
}

func count(s string, sep byte) int { return strings.Count(s, string(rune(sep))) }

// normal returns s with line feeds for line ends.
func normal(s string, sep byte) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if sep == '\r' {
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	return s
}

// split returns the lines of s, each with its end.
func split(s string, sep byte) []string {
	if s == "" {
		return nil
	}
	list := make([]string, 0, count(s, sep)+1)
	for s != "" {
		n := strings.IndexByte(s, sep) + 1
		if n == 0 {
			n = len(s)
		}
		list = append(list, s[:n])
		s = s[n:]
	}
	return list
}

// bare returns a line without its end.
func bare(line string, sep byte) string {
	if sep == '\r' {
		return strings.TrimSuffix(line, "\r")
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// ending returns the end of a line, "" if it has none.
func ending(line string, sep byte) string { return line[len(bare(line, sep)):] }

// An ender says how what replaces parts of a text should end its lines. It is
// fast if the parts are asked for in ascending order.
type ender struct {
	t     string
	sep   byte
	whole string // the line end that all lines have, "" if they differ
	from  int    // where the last part without a line feed ended
	next  int    // the first line feed from there on
}

func newEnder(t string, sep byte) *ender {
	e := &ender{t: t, sep: sep, next: -1}
	all, crlf := strings.Count(t, "\n"), strings.Count(t, "\r\n")
	switch {
	case sep == '\r':
		e.whole = "\r"
	case crlf == 0:
		e.whole = "\n"
	case crlf == all:
		e.whole = "\r\n"
	}
	return e
}

// of returns the line end that most lines of the part have, else that of the
// line it is in, else that of the line before.
func (e *ender) of(s span) string {
	if e.whole != "" {
		return e.whole
	}
	part := e.t[s.start:s.end]
	all, crlf := strings.Count(part, "\n"), strings.Count(part, "\r\n")
	if all == 0 {
		if s.end < e.from || e.next < s.end {
			e.from, e.next = s.end, len(e.t)
			if i := strings.IndexByte(e.t[s.end:], '\n'); i >= 0 {
				e.next = s.end + i
			}
		}
		at := e.next
		if at == len(e.t) {
			at = strings.LastIndexByte(e.t, '\n')
		}
		if at > 0 && e.t[at-1] == '\r' {
			return "\r\n"
		}
		return "\n"
	}
	first := strings.IndexByte(part, '\n')
	if 2*crlf > all || 2*crlf == all && first > 0 && part[first-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// afterLine returns where the text below a line begins.
func afterLine(s string, line int, sep byte) int {
	at := 0
	for ; line > 0; line-- {
		n := strings.IndexByte(s[at:], sep)
		if n < 0 {
			return len(s)
		}
		at += n + 1
	}
	return at
}

// trimmed returns c without the characters at both ends that stay.
func trimmed(t string, c text.Change) text.Change {
	old := t[c.Start:c.End]
	n := 0
	for n < min(len(old), len(c.New)) && old[n] == c.New[n] {
		n++
	}
	for n > 0 && !(boundary(old, n) && boundary(c.New, n)) {
		n--
	}
	old, c.New, c.Start = old[n:], c.New[n:], c.Start+n
	n = 0
	for n < min(len(old), len(c.New)) && old[len(old)-1-n] == c.New[len(c.New)-1-n] {
		n++
	}
	for n > 0 && !(boundary(old, len(old)-n) && boundary(c.New, len(c.New)-n)) {
		n--
	}
	c.End -= n
	c.New = c.New[:len(c.New)-n]
	return c
}

// boundary reports whether a character begins at s[i:], or s ends there.
func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }
