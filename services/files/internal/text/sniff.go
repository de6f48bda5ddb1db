package text

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// HeadSize is how much of a file [Sniff] should see, in bytes.
const HeadSize = 64 << 10

const (
	nulSize     = 8 << 10 // where a NUL means that it is no text
	controlSize = 1 << 10 // where control characters are counted
)

// ErrBinary is what [Parse] and [Pager.Page] return for what is no text.
var ErrBinary = &tree.Error{Kind: tree.Unsupported, Message: "it is no text", Hint: `if it is, say in which encoding with "encoding"`}

// sniffed is how a file is written down, as far as its head tells.
type sniffed struct {
	Format
	charset *charset
	skip    int  // bytes of the byte order mark
	valid   bool // what was seen is valid UTF-8
	ascii   bool // what was seen would be the same in most charsets
}

// Sniff finds out how a file that begins with head is written down. whole says
// that nothing follows. It is false for what is no text, or none that can be
// read. What is valid UTF-8 is never anything else.
func Sniff(head []byte, whole bool) (Format, bool) {
	f, err := sniff(head, "", whole)
	if err != nil {
		return Format{}, false
	}
	s, _, _ := f.charset.text(head[f.skip:], !whole)
	f.EOL = eol(s)
	return f.Format, true
}

// sniff finds out what label does not say: "" and "auto" say nothing. It leaves
// EOL empty.
func sniff(head []byte, label string, whole bool) (sniffed, error) {
	var c *charset
	var err error
	if label == "" || label == "auto" {
		c, err = marked(head)
	} else {
		c, err = lookup(label)
	}
	if err != nil {
		return sniffed{}, err
	}
	if c != nil {
		skip := c.skip(head)
		return sniffed{Format: Format{Charset: c.name, BOM: skip > 0}, charset: c, skip: skip}, nil
	}
	if magic(head) {
		return sniffed{}, ErrBinary
	}
	if bytes.IndexByte(head[:min(len(head), nulSize)], 0) >= 0 {
		if c = unmarked16(head, whole); c == nil {
			return sniffed{}, ErrBinary
		}
		return sniffed{Format: Format{Charset: c.name}, charset: c}, nil
	}
	if n := validLen(head, whole); n >= 0 {
		if controls(head[:min(len(head), controlSize)]) {
			return sniffed{}, ErrBinary
		}
		f := sniffed{Format: Format{Charset: "utf-8"}, charset: utf8Charset, valid: n == len(head)}
		f.ascii = utf8Charset.ascii(head) == len(head)
		return f, nil
	}
	if controls(head[:min(len(head), nulSize)]) {
		return sniffed{}, ErrBinary
	}
	c = guess(head)
	return sniffed{Format: Format{Charset: c.name}, charset: c}, nil
}

// marked returns the charset that a byte order mark tells, nil without one.
func marked(head []byte) (*charset, error) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return utf8Charset, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return nil, unsupported("it is written in UTF-32, which is not supported")
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return plausible(utf16leCharset, head)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return plausible(utf16beCharset, head)
	}
	return nil, nil
}

// plausible refuses what begins with the mark of UTF-16 by chance.
func plausible(c *charset, head []byte) (*charset, error) {
	total, bad := 0, 0
	for b := head[2:min(len(head)&^1, nulSize)]; len(b) > 0; total++ {
		r, n := c.step(b)
		if r < 0 || r != '\n' && r != '\r' && r != '\t' && unicode.IsControl(r) {
			bad++
		}
		b = b[n:]
	}
	if bad > total/10 {
		return nil, ErrBinary
	}
	return c, nil
}

// unmarked16 returns the form of UTF-16 that head is written in without a mark:
// every character can be printed, and the zeros are in one half of the units.
func unmarked16(head []byte, whole bool) *charset {
	if len(head) < 4 || whole && len(head)%2 == 1 {
		return nil
	}
	head = head[:min(len(head)&^1, nulSize)]
	var zeros [2]int
	for i, x := range head {
		if x == 0 {
			zeros[i&1]++
		}
	}
	c := utf16leCharset
	if zeros[0] > 0 {
		c = utf16beCharset
	}
	if zeros[0] > 0 && zeros[1] > 0 {
		return nil
	}
	spaces := 0
	for b := head; len(b) > 0; {
		r, n := c.step(b)
		switch {
		case r < 0 && len(b) == 2: // half of a character at the end of the head
		case r == '\n' || r == '\r' || r == '\t' || r == ' ':
			spaces++
		case r < 0 || !unicode.IsPrint(r):
			return nil
		}
		b = b[n:]
	}
	// Without a space it must be all of Latin letters to be believed.
	if spaces == 0 && zeros[0]+zeros[1] < len(head)/2 {
		return nil
	}
	return c
}

// validLen returns how much of head is valid UTF-8 if all of it is, apart from a
// character that is cut off at its end, else -1.
func validLen(head []byte, whole bool) int {
	n := len(head)
	for i := 1; !whole && i < utf8.UTFMax && i <= n; i++ {
		if t := head[n-i:]; utf8.RuneStart(t[0]) {
			if !utf8.FullRune(t) {
				n -= i
			}
			break
		}
	}
	if !utf8.Valid(head[:n]) {
		return -1
	}
	return n
}

// controls reports whether b has more control characters than a text has.
func controls(b []byte) bool {
	n := 0
	for _, x := range b {
		if x < ' ' && x != '\n' && x != '\t' && x != '\r' && x != '\f' && x != '\b' && x != 0x1b {
			n++
		}
	}
	return n > len(b)/16
}

// magics begin files that are no text, though they may have no NUL for long.
var magics = []string{
	"%PDF-", "PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "BZh9", "\xfd7zXZ", "7z\xbc\xaf", "\x28\xb5\x2f\xfd", "\x7fELF",
	"\x89PNG", "\xff\xd8\xff", "GIF87a", "GIF89a", "OggS", "ID3\x03", "ID3\x04", "fLaC", "Rar!\x1a", "\xca\xfe\xba\xbe",
}

func magic(head []byte) bool {
	for _, m := range magics {
		if len(head) >= len(m) && string(head[:len(m)]) == m {
			return true
		}
	}
	return false
}
