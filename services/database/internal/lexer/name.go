package lexer

import (
	"strings"
	"unicode/utf8"
)

// maxName is the number of bytes of a name that the server keeps.
const maxName = 63

// Name returns the name that an [Ident] or a [Quoted] with this text is for the
// server: ASCII letters of an Ident in lower case, a Quoted without its quotes,
// and the first 63 bytes of that, with no character cut in two.
func Name(text string) string {
	if len(text) >= 2 && text[0] == '"' {
		text = text[1 : len(text)-1]
		if strings.Contains(text, `""`) {
			text = strings.ReplaceAll(text, `""`, `"`)
		}
	} else {
		text = Fold(text)
	}
	if len(text) <= maxName {
		return text
	}
	end := maxName
	for end > maxName-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// Fold returns s with its ASCII letters in lower case. Other letters stay as
// they are: so does the server in a database with UTF-8.
func Fold(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
