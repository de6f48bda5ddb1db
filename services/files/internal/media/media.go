// Package media tells the MIME type of a file: by its name if that is known,
// else by its first bytes. A name that promises text is not believed if the
// bytes are none.
//
// [Type] is all there is to it.
package media

import (
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// Directory is the type of a directory.
const Directory = "inode/directory"

// Binary is the type of what is not known.
const Binary = "application/octet-stream"

const plain = "text/plain"

// SniffSize is how much of a file [Type] looks at, in bytes.
const SniffSize = 512

// Type returns the MIME type of a file that has this name and begins with head,
// without parameters such as a charset. head may be empty if it is not known.
func Type(name string, head []byte) string {
	base := strings.ToLower(path.Base(name))
	t := names[base]
	if t == "" {
		t = extensions[strings.TrimPrefix(path.Ext(base), ".")]
	}
	if len(head) > SniffSize {
		head = head[:SniffSize]
	}
	switch {
	case t == "" && len(head) == 0:
		return Binary
	case t == "":
		return sniff(head)
	case Text(t) && len(head) > 0:
		// Such as a program named notes.txt, or a video named main.ts.
		if seen := sniff(head); !Text(seen) {
			return seen
		}
	}
	return t
}

// Text reports whether files of this type are text.
func Text(t string) bool {
	if strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "+xml") || strings.HasSuffix(t, "+json") {
		return true
	}
	switch t {
	case "application/json", "application/x-ndjson", "application/xml", "application/javascript", "application/sql",
		"application/toml", "application/yaml", "application/x-sh", "application/x-tex", "application/rtf",
		"application/postscript", "application/pgp-signature", "application/x-pem-file", "application/graphql":
		return true
	}
	return false
}

func sniff(head []byte) string {
	t, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch t {
	case Binary:
		// A text in an encoding of many control characters is none for the
		// standard: UTF-16 without a mark, or a log with escape sequences.
		if utf8.Valid(head) && !strings.ContainsRune(string(head), 0) {
			return plain
		}
	case plain:
		if strings.HasPrefix(string(head), "#!") {
			return "text/x-script"
		}
	}
	return t
}
