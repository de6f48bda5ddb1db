package text

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// kind says how characters are found in bytes. In all kinds but UTF-16 a byte
// below 0x30 is a character of ASCII wherever it stands, so that lines can be
// found without decoding.
type kind uint8

const (
	utf8Kind kind = iota
	utf16Kind
	singleKind // a byte is a character
	multiKind  // a character has 1 to 4 bytes
)

// A charset decodes and encodes one character after the other, without a state.
type charset struct {
	name string
	kind kind
	big  bool // the high byte of UTF-16 comes first

	enc    encoding.Encoding
	one    [256]rune             // what a byte is by itself, none if it is nothing
	two    *[128][256]rune       // what a byte from 0x80 and its successor are
	decode transform.Transformer // of longer characters
	pairs  []string              // what the runes from firstPair stand for
}

const (
	none = -1
	// firstPair stands for the first of those characters that are two in Unicode.
	firstPair = utf8.MaxRune + 1
	// longest is the most bytes of a character.
	longest = 4
)

var (
	utf8Charset    = &charset{name: "utf-8"}
	utf16leCharset = &charset{name: "utf-16le", kind: utf16Kind}
	utf16beCharset = &charset{name: "utf-16be", kind: utf16Kind, big: true}
)

// multi are the charsets whose characters have several bytes.
var multi = []string{"gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"}

// legacy are the charsets that are made from tables, when they are first used.
var legacy = func() map[string]func() *charset {
	m := make(map[string]func() *charset)
	for _, name := range append([]string{
		"ibm866", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8",
		"iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "koi8-r", "koi8-u", "macintosh",
		"windows-874", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
		"windows-1256", "windows-1257", "windows-1258", "x-mac-cyrillic",
	}, multi...) {
		m[name] = sync.OnceValue(func() *charset { return build(name) })
	}
	return m
}()

// Charsets returns the names of what can be read and written, sorted.
func Charsets() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(legacy)), "utf-8", "utf-16le", "utf-16be")))
}

// lookup finds a charset by any of its labels.
func lookup(label string) (*charset, error) {
	name := strings.ToLower(strings.TrimSpace(label))
	if enc, err := htmlindex.Get(name); err == nil {
		if canonical, err := htmlindex.Name(enc); err == nil {
			name = canonical
		}
	}
	switch name {
	case "utf-8":
		return utf8Charset, nil
	case "utf-16le":
		return utf16leCharset, nil
	case "utf-16be":
		return utf16beCharset, nil
	case "iso-8859-8-i":
		name = "iso-8859-8"
	case "iso-2022-jp":
		return nil, unsupported("iso-2022-jp switches between character sets within the text, which is not supported")
	}
	if get := legacy[name]; get != nil {
		return get(), nil
	}
	e := tree.Errorf(tree.Invalid, tree.Path{}, "encoding: %.60q is not known", label)
	e.Hint = `give "auto" or a name such as ` + strings.Join(Charsets(), ", ")
	return nil, e
}

func unsupported(message string) error {
	e := tree.Errorf(tree.Unsupported, tree.Path{}, "%s", message)
	e.Hint = "convert the file to UTF-8 first"
	return e
}

// build makes a charset of the tables in x/text.
func build(name string) *charset {
	enc, err := htmlindex.Get(name)
	if err != nil {
		panic(err) // the names are those of the standard
	}
	c := &charset{name: name, kind: singleKind, enc: enc, decode: enc.NewDecoder().Transformer}
	for i := range c.one {
		c.one[i] = c.char([]byte{byte(i)})
	}
	if !slices.Contains(multi, name) {
		return c
	}
	c.kind, c.two = multiKind, new([128][256]rune)
	for i := range c.two {
		for j := range c.two[i] {
			c.two[i][j] = none
			if c.one[i+0x80] == none {
				c.two[i][j] = c.char([]byte{byte(i + 0x80), byte(j)})
			}
		}
	}
	return c
}

// char returns what all of b is, none if it is not one character.
func (c *charset) char(b []byte) rune {
	var dst [16]byte
	n, used, err := c.decode.Transform(dst[:], b, true)
	if err != nil || used != len(b) {
		return none
	}
	r, size := utf8.DecodeRune(dst[:n])
	switch {
	case r == utf8.RuneError:
		return none
	case size == n:
		return r
	case c.kind == multiKind && b[0] >= 0x80 && len(b) == 2 && c.name == "big5":
		c.pairs = append(c.pairs, string(dst[:n]))
		return firstPair + rune(len(c.pairs)-1)
	}
	return none
}

// step returns the first character of b, which is not empty, and its bytes. It
// is negative for a byte, or for a unit of UTF-16, that is none.
func (c *charset) step(b []byte) (rune, int) {
	switch c.kind {
	case utf8Kind:
		if b[0] < utf8.RuneSelf {
			return rune(b[0]), 1
		}
		r, n := utf8.DecodeRune(b)
		if n == 1 {
			return none, 1
		}
		return r, n
	case utf16Kind:
		return c.step16(b)
	}
	if r := c.one[b[0]]; r != none || c.kind == singleKind {
		return r, 1
	}
	if len(b) > 1 && b[0] >= 0x80 {
		if r := c.two[b[0]-0x80][b[1]]; r != none {
			return r, 2
		}
		return c.stepLong(b)
	}
	return none, 1
}

// stepLong reads the characters that have more than two bytes.
func (c *charset) stepLong(b []byte) (rune, int) {
	switch {
	case c.name == "gb18030" && len(b) >= 4 && '0' <= b[1] && b[1] <= '9':
		if r := c.char(b[:4]); r != none {
			return r, 4
		}
	case c.name == "euc-jp" && len(b) >= 3 && b[0] == 0x8f:
		if r := c.char(b[:3]); r != none {
			return r, 3
		}
	}
	return none, 1
}

func (c *charset) step16(b []byte) (rune, int) {
	if len(b) < 2 {
		return none, 1
	}
	u := c.unit(b)
	if !utf16.IsSurrogate(u) {
		return u, 2
	}
	if len(b) >= 4 {
		if r := utf16.DecodeRune(u, c.unit(b[2:])); r != utf8.RuneError {
			return r, 4
		}
	}
	return none, 2
}

func (c *charset) unit(b []byte) rune {
	if c.big {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

// cut reports whether what is read from b may be the beginning of a character
// whose end is missing.
func (c *charset) cut(b []byte) bool {
	switch c.kind {
	case utf8Kind:
		return !utf8.FullRune(b)
	case utf16Kind:
		return len(b) < 2 || len(b) < 4 && utf16.IsSurrogate(c.unit(b)) && c.unit(b) < 0xdc00
	case multiKind:
		return len(b) < 2 || len(b) < longest && (c.name == "gb18030" || c.name == "euc-jp" && b[0] == 0x8f)
	}
	return false
}

// textLen returns the length in UTF-8 of what step returned.
func (c *charset) textLen(r rune) int {
	switch {
	case r < 0:
		return len("\uFFFD")
	case r >= firstPair:
		return len(c.pairs[r-firstPair])
	}
	return utf8.RuneLen(r)
}

// appendText appends what step returned in UTF-8.
func (c *charset) appendText(b []byte, r rune) []byte {
	switch {
	case r < 0:
		return append(b, "\uFFFD"...)
	case r >= firstPair:
		return append(b, c.pairs[r-firstPair]...)
	}
	return utf8.AppendRune(b, r)
}

// document decodes all of raw[skip:], with marks.
func (c *charset) document(raw []byte, skip int) (text string, lossy bool, marks []mark) {
	out := make([]byte, 0, len(raw)+len(raw)/8)
	marks = append(marks, mark{raw: skip})
	for at := skip; at < len(raw); {
		if at >= marks[len(marks)-1].raw+markEvery {
			marks = append(marks, mark{at, len(out)})
		}
		end := min(at+markEvery, len(raw))
		if n := c.ascii(raw[at:end]); n > 0 {
			out = append(out, raw[at:at+n]...)
			at += n
			continue
		}
		r, n := c.step(raw[at:])
		lossy = lossy || r < 0
		out = c.appendText(out, r)
		at += n
	}
	return string(out), lossy, marks
}

// text decodes b, and leaves out a character that is cut off at its end if more
// follows. It returns how many bytes it read. The text may share b, which must
// not be changed while the text is used: a page has a megabyte.
func (c *charset) text(b []byte, more bool) (s string, n int, lossy bool) {
	if c.kind == utf8Kind {
		n = len(b)
		for i := 1; more && i < utf8.UTFMax && i <= len(b); i++ {
			if t := b[len(b)-i:]; utf8.RuneStart(t[0]) {
				if !utf8.FullRune(t) {
					n -= i
				}
				break
			}
		}
		if utf8.Valid(b[:n]) {
			return unsafe.String(unsafe.SliceData(b), n), n, false
		}
		b, more = b[:n], false
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for n = 0; n < len(b); {
		if k := c.ascii(b[n:]); k > 0 {
			out = append(out, b[n:n+k]...)
			n += k
			continue
		}
		r, k := c.step(b[n:])
		if r < 0 && more && c.cut(b[n:]) {
			break
		}
		lossy = lossy || r < 0
		out = c.appendText(out, r)
		n += k
	}
	return string(out), n, lossy
}

// ascii returns how many bytes at the beginning of b are characters of ASCII as
// they are.
func (c *charset) ascii(b []byte) int {
	if c.kind == utf16Kind {
		return 0
	}
	i := 0
	for i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:])&0x8080808080808080 == 0 {
		i += 8
	}
	for i < len(b) && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// bom returns the byte order mark of the charset, nil if it has none.
func (c *charset) bom() []byte {
	switch {
	case c.kind == utf8Kind:
		return []byte("\xef\xbb\xbf")
	case c.kind == utf16Kind && c.big:
		return []byte("\xfe\xff")
	case c.kind == utf16Kind:
		return []byte("\xff\xfe")
	}
	return nil
}

// skip returns the length of the byte order mark that b begins with.
func (c *charset) skip(b []byte) int {
	if m := c.bom(); m != nil && bytes.HasPrefix(b, m) {
		return len(m)
	}
	return 0
}
