package args

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxViolations = 5
	maxQuote      = 40  // characters of a caller's text in a message
	maxMessage    = 400 // characters of one violation
	maxListed     = 20  // names or values listed in a message
)

// Violation is one way in which arguments break the rules.
type Violation struct {
	// Path names the argument, as in edits[2].old_text. It is empty when the
	// arguments as a whole are wrong.
	Path string
	// Message says what is wrong and what to send instead, and names the
	// argument. It quotes at most 40 characters of a value.
	Message string
	// Suggestions are the nearest allowed names or values, best first.
	Suggestions []string
}

// Error returns the message.
func (v *Violation) Error() string { return v.Message }

// Error is what [Schema.Decode] returns for arguments that break the rules: the
// same error for the same document.
type Error struct {
	// Violations are the first five: in the order of the document, and those of
	// absent arguments after what their object holds.
	Violations []Violation
	// Total counts all of them.
	Total int
}

// Error returns all messages as one.
func (e *Error) Error() string {
	if e.Total == 1 {
		return e.Violations[0].Message
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d problems", e.Total)
	if e.Total > len(e.Violations) {
		fmt.Fprintf(&b, ", the first %d", len(e.Violations))
	}
	b.WriteByte(':')
	for i := range e.Violations {
		fmt.Fprintf(&b, " (%d) %s", i+1, e.Violations[i].Message)
	}
	return b.String()
}

// Unwrap returns the violations, each a *Violation.
func (e *Error) Unwrap() []error {
	list := make([]error, len(e.Violations))
	for i := range e.Violations {
		list[i] = &e.Violations[i]
	}
	return list
}

// whole is the error of a document that cannot be read further.
func whole(message string) *Error {
	return &Error{Violations: []Violation{{Message: clip(message, maxMessage)}}, Total: 1}
}

// segment is one step of a path: a name, a key that is not a plain name, or
// else an index.
type segment struct {
	name  string
	key   bool
	index int
}

func member(name string) segment {
	for _, c := range []byte(name) {
		if c != '_' && c != '-' && c != '$' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return segment{name: name, key: true}
		}
	}
	return segment{name: name, key: name == ""}
}

func (d *decoder) push(s segment) { d.path = append(d.path, s) }
func (d *decoder) pop()           { d.path = d.path[:len(d.path)-1] }

// where is the path of the current value.
func (d *decoder) where() string {
	var b []byte
	for i, s := range d.path {
		switch {
		case s.key && i > 0:
			b = append(append(append(b, '['), quote(s.name)...), ']')
		case s.name == "" && !s.key:
			b = append(strconv.AppendInt(append(b, '['), int64(s.index), 10), ']')
		case i > 0:
			b = append(append(b, '.'), clip(s.name, maxQuote)...)
		default:
			b = append(b, clip(s.name, maxQuote)...)
		}
	}
	return string(b)
}

// inside is the path of a member of the current object.
func (d *decoder) inside(name string) string {
	d.push(member(name))
	defer d.pop()
	return d.where()
}

// room counts a violation and reports whether it will be shown, so that the
// messages of a hostile document cost nothing.
func (d *decoder) room() bool {
	d.total++
	return len(d.list) < maxViolations
}

func (d *decoder) add(path, message string, suggestions ...string) {
	d.list = append(d.list, Violation{Path: path, Message: clip(message, maxMessage), Suggestions: suggestions})
}

// must reports that the current argument breaks a rule.
func (d *decoder) must(format string, args ...any) {
	if d.room() {
		path := d.where()
		d.add(path, path+" must "+fmt.Sprintf(format, args...))
	}
}

func (d *decoder) result() error {
	if d.total == 0 {
		return nil
	}
	return &Error{Violations: d.list, Total: d.total}
}

func (d *decoder) unknown(n *node, key string) {
	if !d.room() {
		return
	}
	var names []string
	for i := range n.fields {
		names = append(names, n.fields[i].name)
	}
	near := nearest(key, names)
	hint := "no arguments are accepted"
	if len(near) > 0 {
		hint = "did you mean " + list(near, " or ") + "?"
	} else if len(names) > 0 {
		hint = "known arguments: " + list(names, ", ")
	}
	path := d.inside(key)
	d.add(path, fmt.Sprintf("unknown argument %q; %s", path, hint), near...)
}

// list quotes values and joins them, the first 20 if there are more.
func list(values []string, separator string) string {
	var quoted []string
	for _, v := range values[:min(len(values), maxListed)] {
		quoted = append(quoted, quote(v))
	}
	s := strings.Join(quoted, separator)
	if len(values) > maxListed {
		s += fmt.Sprintf(" and %d more", len(values)-maxListed)
	}
	return s
}

// quote shows a caller's text, shortened, on one line.
func quote[T string | []byte](s T) string { return strconv.Quote(clip(string(s), maxQuote)) }

// clip cuts s to limit characters.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// nearest returns up to three of names that are likely meant by text: the same
// but for case and punctuation, one contained in the other, or a few edits
// away.
func nearest(text string, names []string) []string {
	if len(text) > 64 {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	plain := fold(text)
	for _, name := range names {
		other := fold(name)
		d := distance(plain, other)
		short := min(len(plain), len(other))
		if short >= 3 && (strings.Contains(plain, other) || strings.Contains(other, plain)) {
			d = min(d, 2)
		} else if d > max(1, len(other)/3) || d >= short {
			continue
		}
		found = append(found, candidate{name, d})
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, c := range found[:min(len(found), 3)] {
		out = append(out, c.name)
	}
	return out
}

// fold drops what people vary in a name: case and word separators.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', ' ', '.':
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between a and b.
func distance(a, b string) int {
	var buf [3 * 33]int // on the stack for names of usual length
	width := len(b) + 1
	cells := buf[:]
	if 3*width > len(cells) {
		cells = make([]int, 3*width)
	}
	before, last, row := cells[:width], cells[width:2*width], cells[2*width:3*width]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
