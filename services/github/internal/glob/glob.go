// Package glob matches paths against patterns such as "*.go" and
// "src/**/*.{ts,tsx}". A match takes time in proportion to the lengths of pattern
// and path, whatever either holds.
package glob

import (
	"errors"
	"regexp"
	"strings"
)

// Glob is a compiled pattern. It is safe for concurrent use.
type Glob struct {
	re   *regexp.Regexp
	base bool
}

// Compile compiles a pattern: * and ? are within a name, ** is any number of
// directories, [a-z] and [!a-z] are one character, {a,b} is either, and \ takes a
// character as it is. A pattern without a slash is about names at any depth.
func Compile(pattern string) (*Glob, error) {
	re, err := compile(pattern, `\A(?:`, `)\z`)
	if err != nil {
		return nil, err
	}
	return &Glob{re: re, base: !strings.Contains(pattern, "/")}, nil
}

// compile returns the expression of a pattern between two others.
func compile(pattern, before, behind string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("(?s)" + before)
	depth := 0
	for p := strings.TrimPrefix(pattern, "/"); p != ""; {
		n := 1
		switch {
		case strings.HasPrefix(p, "**/"):
			n = 3
			b.WriteString(`(?:.*/)?`)
		case strings.HasPrefix(p, "**"):
			n = 2
			b.WriteString(`.*`)
		case p[0] == '*':
			b.WriteString(`[^/]*`)
		case p[0] == '?':
			b.WriteString(`[^/]`)
		case p[0] == '{':
			depth++
			b.WriteString(`(?:`)
		case p[0] == '}' && depth > 0:
			depth--
			b.WriteString(`)`)
		case p[0] == ',' && depth > 0:
			b.WriteString(`|`)
		case p[0] == '[':
			class, length, err := class(p)
			if err != nil {
				return nil, err
			}
			n = length
			b.WriteString(class)
		case p[0] == '\\' && len(p) > 1:
			n = 1 + runeLen(p[1:])
			b.WriteString(regexp.QuoteMeta(p[1:n]))
		default:
			n = runeLen(p)
			b.WriteString(regexp.QuoteMeta(p[:n]))
		}
		p = p[n:]
	}
	if depth > 0 {
		return nil, errors.New("a { has no }")
	}
	re, err := regexp.Compile(b.String() + behind)
	if err != nil {
		return nil, errors.New("it is no pattern such as src/**/*.go")
	}
	return re, nil
}

// Match reports whether the pattern matches a slash-separated path.
func (g *Glob) Match(path string) bool {
	if g.base {
		path = path[strings.LastIndexByte(path, '/')+1:]
	}
	return g.re.MatchString(path)
}

// class returns the expression of the [...] that p begins with, and its length.
func class(p string) (expr string, length int, err error) {
	end := strings.IndexByte(p[1:], ']') + 1
	if end < 2 {
		return "", 0, errors.New("a [ has no ]")
	}
	body, not := p[1:end], ""
	if body[0] == '!' || body[0] == '^' {
		body, not = body[1:], "^/"
	}
	if body == "" || strings.Contains(body, "/") {
		return "", 0, errors.New("a [...] has no characters, or a slash")
	}
	return "[" + not + strings.NewReplacer(`\`, `\\`, `[`, `\[`, `^`, `\^`, `&`, `\&`).Replace(body) + "]", end + 1, nil
}

func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
