// Package text reads files as text and changes them without touching a byte that
// was not meant: a [Document] keeps the bytes beside the text, whatever its
// encoding, its line ends or its byte order mark.
//
// [Parse] reads one, [Document.Splice] changes it, [Encode] writes a new one,
// and a [Pager] reads parts of files that are too large for that.
package text

import (
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// A Format is how a text is written down.
type Format struct {
	// Charset is "utf-8", "utf-16le", "utf-16be", "windows-1252", "gb18030",
	// "shift_jis" or another name of the WHATWG Encoding Standard, lower case.
	Charset string
	// BOM says that a byte order mark comes first. It is not part of the text.
	BOM bool
	// EOL is "lf", "crlf", "cr", "mixed", or "none" for a text of one line.
	EOL string
}

// A Document is a text with the bytes that it was read from.
type Document struct {
	Format
	// Raw is what it was read from. It must not be changed: Text may share it.
	Raw []byte
	// Text is Raw in UTF-8, with its line ends as they are.
	Text string
	// Lossy says that bytes were no characters; U+FFFD stands for each of them in
	// Text.
	Lossy bool

	charset *charset
	skip    int    // bytes of the byte order mark
	marks   []mark // nil if Text is Raw behind the mark
}

// A mark is a place where a character begins, in bytes and in text.
type mark struct{ raw, text int }

// markEvery is the distance of marks, in bytes.
const markEvery = 4 << 10

// Parse reads raw. An empty charset is found out; what is no text is an error.
func Parse(raw []byte, charset string) (*Document, error) {
	f, err := sniff(raw, charset, true)
	if err != nil {
		return nil, err
	}
	d := &Document{Format: f.Format, Raw: raw, charset: f.charset, skip: f.skip}
	body := raw[f.skip:]
	if f.valid || f.charset.kind == utf8Kind && utf8.Valid(body) {
		// Text shares the bytes: a copy of a file of 64 MB costs as much again.
		d.Text = unsafe.String(unsafe.SliceData(body), len(body))
	} else {
		d.Text, d.Lossy, d.marks = f.charset.document(raw, f.skip)
	}
	d.EOL = eol(d.Text)
	return d, nil
}

// A Change puts New in the place of Text[Start:End].
type Change struct {
	Start, End int
	New        string
}

// Splice returns the bytes of d with the changes made, which are in ascending
// order and do not overlap. All other bytes stay as they are. A character that
// the charset does not have is an error that names it, and so is a change of
// bytes that are no characters.
func (d *Document) Splice(changes []Change) ([]byte, error) {
	size, last := len(d.Raw), 0
	for i, c := range changes {
		if c.Start < last || c.End < c.Start || c.End > len(d.Text) {
			return nil, tree.Errorf(tree.Invalid, tree.Path{}, "change %d is out of order, or outside of the text", i+1)
		}
		last = c.End
		size += len(c.New)
	}
	out := make([]byte, 0, size)
	at := 0
	for i, c := range changes {
		start, end, err := d.rawRange(c.Start, c.End)
		if err != nil {
			return nil, err
		}
		out = append(out, d.Raw[at:start]...)
		if out, err = d.charset.encode(out, c.New); err != nil {
			return nil, inChange(err, i, len(changes))
		}
		at = end
	}
	out = append(out, d.Raw[at:]...)
	return out, d.check(out, changes)
}

// inChange adds to an error which of several changes it is about.
func inChange(err error, i, n int) error {
	if e, ok := err.(*tree.Error); ok && n > 1 {
		if e.Details == nil {
			e.Details = make(map[string]any)
		}
		e.Details["change"] = i + 1
	}
	return err
}

// rawRange returns the bytes that Text[start:end] was read from.
func (d *Document) rawRange(start, end int) (from, to int, err error) {
	if d.marks == nil {
		for _, at := range [2]int{start, end} {
			if at < len(d.Text) && !utf8.RuneStart(d.Text[at]) {
				return 0, 0, d.inside(at)
			}
		}
		return start + d.skip, end + d.skip, nil
	}
	i := sort.Search(len(d.marks), func(i int) bool { return d.marks[i].text > start }) - 1
	raw, text := d.marks[i].raw, d.marks[i].text
	for text < start && raw < len(d.Raw) {
		r, n := d.charset.step(d.Raw[raw:])
		raw, text = raw+n, text+d.charset.textLen(r)
	}
	if text != start {
		return 0, 0, d.inside(start)
	}
	from = raw
	for text < end && raw < len(d.Raw) {
		r, n := d.charset.step(d.Raw[raw:])
		if r < 0 {
			return 0, 0, d.undecodable(text)
		}
		raw, text = raw+n, text+d.charset.textLen(r)
	}
	if text != end {
		return 0, 0, d.inside(end)
	}
	return from, raw, nil
}

func (d *Document) inside(at int) error {
	return tree.Errorf(tree.Invalid, tree.Path{}, "a change begins or ends within a character of line %d", d.line(at))
}

func (d *Document) undecodable(at int) error {
	e := tree.Errorf(tree.Invalid, tree.Path{}, "line %d holds bytes that are no characters in %s, and the change would replace them", d.line(at), d.Charset)
	e.Hint = "leave them out of the change"
	e.Details = map[string]any{"line": d.line(at)}
	return e
}

func (d *Document) line(at int) int { return 1 + strings.Count(d.Text[:at], "\n") }

// check refuses a change that makes characters of bytes that were none, such as
// two halves of one that come together.
func (d *Document) check(out []byte, changes []Change) error {
	if !d.Lossy {
		return nil
	}
	got, _, _ := d.charset.document(out, d.skip)
	at := 0
	for _, c := range changes {
		for _, want := range [2]string{d.Text[at:c.Start], c.New} {
			if !strings.HasPrefix(got, want) {
				return d.undecodable(c.Start)
			}
			got = got[len(want):]
		}
		at = c.End
	}
	if got != d.Text[at:] {
		return d.undecodable(at)
	}
	return nil
}

// eol says which line ends s has.
func eol(s string) string {
	lf, cr := strings.Count(s, "\n"), strings.Count(s, "\r")
	crlf := 0
	if lf > 0 && cr > 0 {
		crlf = strings.Count(s, "\r\n")
	}
	switch {
	case lf == 0 && cr == 0:
		return "none"
	case cr == 0:
		return "lf"
	case lf == 0:
		return "cr"
	case crlf == lf && crlf == cr:
		return "crlf"
	}
	return "mixed"
}
