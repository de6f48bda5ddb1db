package text

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Encode writes s down as f says. The line ends become those of f, and stay as
// they are if f has "mixed", "none" or "". No charset is UTF-8. The first
// character that the charset does not have is an error that names it.
func Encode(s string, f Format) ([]byte, error) {
	c := utf8Charset
	if f.Charset != "" {
		var err error
		if c, err = lookup(f.Charset); err != nil {
			return nil, err
		}
	}
	out := make([]byte, 0, len(s)+3)
	if f.BOM {
		if c.bom() == nil {
			return nil, tree.Errorf(tree.Invalid, tree.Path{}, "a text in %s has no byte order mark", c.name)
		}
		out = append(out, c.bom()...)
	}
	switch f.EOL {
	case "lf", "crlf", "cr":
		s = WithEOL(s, f.EOL)
	case "mixed", "none", "":
	default:
		return nil, tree.Errorf(tree.Invalid, tree.Path{}, "eol: %q is none of lf, crlf, cr", f.EOL)
	}
	return c.encode(out, s)
}

// WithEOL returns s with all its line ends made "lf", "crlf" or "cr". For
// anything else it returns s.
func WithEOL(s, eol string) string {
	end := map[string]string{"lf": "\n", "crlf": "\r\n", "cr": "\r"}[eol]
	if end == "" || !strings.ContainsAny(s, "\r\n") || eol == "lf" && !strings.Contains(s, "\r") {
		return s
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	if end != "\n" {
		s = strings.ReplaceAll(s, "\n", end)
	}
	return s
}

// encode appends s in the charset.
func (c *charset) encode(out []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, tree.Errorf(tree.Invalid, tree.Path{}, "the new text is not valid UTF-8")
	}
	switch c.kind {
	case utf8Kind:
		return append(out, s...), nil
	case utf16Kind:
		return c.encode16(out, s), nil
	}
	enc := c.enc.NewEncoder()
	src := []byte(s)
	var dst [1 << 10]byte
	for at := 0; at < len(src); {
		if n := c.ascii(src[at:]); n > 0 {
			out = append(out, src[at:at+n]...)
			at += n
			continue
		}
		end := at
		for end < len(src) && end-at < len(dst)/4 && src[end] >= utf8.RuneSelf {
			_, n := utf8.DecodeRune(src[end:])
			end += n
		}
		n, used, err := enc.Transform(dst[:], src[at:end], true)
		if used == 0 || err != nil && err != transform.ErrShortDst {
			return nil, c.missing(s, at+used)
		}
		// Some characters are written as another that looks like them, such as the
		// yen sign as a backslash in Shift_JIS.
		if back, _, _ := c.text(dst[:n], false); back != s[at:at+used] {
			return nil, c.missing(s, at+differ(back, s[at:at+used]))
		}
		out = append(out, dst[:n]...)
		at += used
	}
	return out, nil
}

func (c *charset) encode16(out []byte, s string) []byte {
	for _, r := range s {
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			out = c.put(c.put(out, hi), lo)
			continue
		}
		out = c.put(out, r)
	}
	return out
}

func (c *charset) put(out []byte, u rune) []byte {
	if c.big {
		return append(out, byte(u>>8), byte(u))
	}
	return append(out, byte(u), byte(u>>8))
}

// differ returns where the first character of b is that is another in a.
func differ(a, b string) int {
	for i, r := range b {
		if x, _ := utf8.DecodeRuneInString(a[min(i, len(a)):]); x != r {
			return i
		}
	}
	return 0
}

// missing names the character of s at this place, which the charset lacks.
func (c *charset) missing(s string, at int) error {
	r, _ := utf8.DecodeRuneInString(s[at:])
	line := 1 + strings.Count(s[:at], "\n")
	column := 1 + utf8.RuneCountInString(s[1+strings.LastIndexByte(s[:at], '\n'):at])
	e := tree.Errorf(tree.Invalid, tree.Path{}, "%s has no character %q (U+%04X), which is in line %d, column %d of the new text", c.name, r, r, line, column)
	e.Hint = "use another character, or write the file as utf-8"
	e.Details = map[string]any{"line": line, "column": column, "charset": c.name}
	return e
}
