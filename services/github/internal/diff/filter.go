package diff

import (
	"fmt"
	"regexp"
	"strings"
)

// maxPatterns bounds the patterns of a Filter, and maxPattern the length of one.
const (
	maxPatterns = 100
	maxPattern  = 500
)

// Filter chooses files by patterns. The zero value takes all of them.
type Filter struct {
	take, leave []*regexp.Regexp
}

// NewFilter returns a Filter that takes what one of paths matches, all if there
// are none, and leaves out what one of exclude matches.
//
// In a pattern * stands for any characters but a slash, ** for any at all, ? for
// one character, [ab] for one of some, and {a,b} for alternatives. A pattern
// without a slash matches a name in any folder, and one of a folder what is below
// it.
func NewFilter(paths, exclude []string) (*Filter, error) {
	if len(paths)+len(exclude) > maxPatterns {
		return nil, fmt.Errorf("%d patterns are too many: give at most %d", len(paths)+len(exclude), maxPatterns)
	}
	f := new(Filter)
	for list, patterns := range map[*[]*regexp.Regexp][]string{&f.take: paths, &f.leave: exclude} {
		for _, p := range patterns {
			re, err := compile(p)
			if err != nil {
				return nil, err
			}
			*list = append(*list, re)
		}
	}
	return f, nil
}

// Empty reports whether f takes all files.
func (f *Filter) Empty() bool { return len(f.take) == 0 && len(f.leave) == 0 }

// Takes reports whether a file is chosen.
func (f *Filter) Takes(path string) bool {
	return (len(f.take) == 0 || matches(f.take, path)) && !matches(f.leave, path)
}

func matches(patterns []*regexp.Regexp, path string) bool {
	for _, re := range patterns {
		if re.MatchString(path) {
			return true
		}
	}
	return false
}

// compile turns a pattern into a regular expression, which takes linear time.
func compile(pattern string) (*regexp.Regexp, error) {
	p := strings.TrimPrefix(strings.TrimPrefix(pattern, "./"), "/")
	anywhere := !strings.Contains(strings.TrimSuffix(p, "/"), "/") && p == strings.TrimPrefix(pattern, "./")
	p = strings.TrimSuffix(p, "/")
	switch {
	case len(p) > maxPattern:
		return nil, fmt.Errorf("a pattern of %d bytes is too long", len(p))
	case p == "":
		return nil, fmt.Errorf("the pattern %q is empty", pattern)
	}
	var b strings.Builder
	b.WriteString(`(?s)^`)
	if anywhere {
		b.WriteString(`(?:.*/)?`)
	}
	depth := 0
	for i := 0; i < len(p); {
		n := 1
		switch rest := p[i:]; {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString(`(?:.*/)?`)
			n = 3
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`.*`)
			n = 2
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
		case rest[0] == '?':
			b.WriteString(`[^/]`)
		case rest[0] == '[':
			class, size := class(rest)
			b.WriteString(class)
			n = size
		case rest[0] == '{':
			b.WriteString(`(?:`)
			depth++
		case rest[0] == '}' && depth > 0:
			b.WriteString(`)`)
			depth--
		case rest[0] == ',' && depth > 0:
			b.WriteString(`|`)
		default:
			n = literal(rest)
			b.WriteString(regexp.QuoteMeta(rest[:n]))
		}
		i += n
	}
	b.WriteString(`(?:/.*)?$`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("the pattern %q is not one: check its brackets", pattern)
	}
	return re, nil
}

// literal is the length of the beginning of s that stands for itself.
func literal(s string) int {
	if n := strings.IndexAny(s[1:], `*?[{},`); n >= 0 {
		return n + 1
	}
	return len(s)
}

// class is a set of characters as a regular expression, and its length in s. A
// bracket that is never closed stands for itself.
func class(s string) (expr string, size int) {
	end := strings.IndexByte(s, ']')
	if end < 2 {
		return `\[`, 1
	}
	inner := s[1:end]
	if rest, ok := strings.CutPrefix(inner, "!"); ok {
		inner = "^" + rest
	}
	return "[" + strings.NewReplacer(`\`, `\\`, `[`, `\[`).Replace(inner) + "]", end + 1
}
