package lexer

import (
	"strings"
	"unicode"
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

// Others returns what else an [Ident] or a [Quoted] may be for a server whose
// database is not in UTF-8; nothing for ASCII. In an encoding of one byte for a
// letter the server turns also letters behind ASCII into lower case by the rules
// of its locale, by which the Turkish İ becomes an i, and 63 bytes keep more
// letters, or fewer, than they do in UTF-8.
func Others(text string) []string {
	if isASCII(text) {
		return nil
	}
	quoted := text[0] == '"'
	if quoted {
		text = strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	} else {
		text = Fold(text)
	}
	all := shortened(nil, text)
	if lower := strings.Map(unicode.ToLower, text); !quoted && lower != text {
		all = shortened(all, lower)
	}
	return all
}

// shortened adds name, and where it may be too long for the server what is kept
// of it: as many letters as 63 bytes are in an encoding of one byte for each, of
// four at most, or in between.
func shortened(all []string, name string) []string {
	const fewest = maxName / utf8.UTFMax
	letters := 0
	for i := range name {
		if letters >= fewest {
			all = append(all, name[:i])
		}
		if letters++; letters > maxName {
			return all
		}
	}
	return append(all, name)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
