// Package content tells what the bytes of a file are: a text and in which
// encoding, an image that models see, or something else. It never goes by a name
// or by what somebody said the file was.
//
// Start with Detect.
package content

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// Sniffed is how much of a file Detect looks at.
const Sniffed = 8000

// Kind is what a file is. The zero value is of no use.
type Kind struct {
	// MIME is the type that the bytes have.
	MIME string
	// Charset is that of a text: "utf-8", "utf-16le", "windows-1252"; "" of
	// anything else.
	Charset string

	encoding encoding.Encoding // nil for UTF-8 as it is
}

// marks are the byte order marks, the longer ones before those that they begin
// with.
func marks() []mark {
	return []mark{
		{"\xef\xbb\xbf", "utf-8", unicode.UTF8BOM},
		{"\xff\xfe\x00\x00", "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.ExpectBOM)},
		{"\x00\x00\xfe\xff", "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM)},
		{"\xff\xfe", "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)},
		{"\xfe\xff", "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)},
	}
}

type mark struct {
	bytes, charset string
	encoding       encoding.Encoding
}

// Detect says what a file is that begins with head, of which there are Sniffed
// bytes or the whole file.
func Detect(head []byte) Kind {
	head = head[:min(len(head), Sniffed)]
	for _, m := range marks() {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			return Kind{"text/plain", m.charset, m.encoding}
		}
	}
	mime, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch {
	case strings.HasPrefix(mime, "image/"), strings.HasPrefix(mime, "audio/"), strings.HasPrefix(mime, "video/"), mime == "application/pdf":
		return Kind{MIME: mime}
	case bytes.IndexByte(head, 0) < 0:
		return unmarked(head, mime)
	}
	// Half of the bytes of what is written in Latin letters are zeros: the second
	// ones, or the first.
	switch first, second := zeros(head); {
	case second*10 > len(head)*3 && first*50 < len(head):
		return Kind{"text/plain", "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	case first*10 > len(head)*3 && second*50 < len(head):
		return Kind{"text/plain", "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	}
	if strings.HasPrefix(mime, "text/") {
		mime = "application/octet-stream"
	}
	return Kind{MIME: mime}
}

// unmarked is the Kind of what has neither a byte order mark nor zeros.
func unmarked(head []byte, mime string) Kind {
	whole := head
	if len(head) == Sniffed {
		whole = head[:boundary(head)]
	}
	controls := 0
	for _, b := range head {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 0x1b {
			controls++
		}
	}
	text := strings.HasPrefix(mime, "text/") || mime == "application/postscript"
	switch {
	case !text && mime != "application/octet-stream", controls*100 > len(head):
		return Kind{MIME: mime}
	case utf8.Valid(whole):
		return Kind{MIME: "text/plain", Charset: "utf-8"}
	case controls > 0 || !text:
		return Kind{MIME: "application/octet-stream"}
	}
	return Kind{"text/plain", "windows-1252", charmap.Windows1252}
}

// boundary returns the length of b without a character that was cut through.
func boundary(b []byte) int {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// zeros counts the zeros at even and odd places.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	return even, odd
}

// Text reports whether it is one.
func (k Kind) Text() bool { return k.Charset != "" }

// Image reports whether it is one that models see.
func (k Kind) Image() bool {
	switch k.MIME {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// Decode returns the text that r is in UTF-8, without a byte order mark. What is
// not in its encoding becomes U+FFFD where the encoding can tell.
func (k Kind) Decode(r io.Reader) io.Reader {
	if k.encoding == nil {
		return r
	}
	return transform.NewReader(r, k.encoding.NewDecoder())
}
