package glob_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
)

var cases = []struct{ pattern, matches, not string }{
	{"*.go", "a.go d/a.go .go d/e/é.go", "a.gox go d.go/x"},
	{"a*", "a ab d/abc", "ba d/a/b"},
	{"*", "a d/b .x", ""},
	{"**", "a d/b d/e/f", ""},
	{"Makefile", "Makefile d/Makefile", "makefile Makefile/x"},
	{"/a", "a", "d/a"},
	{"./src/*.go", "src/a.go", "src/d/a.go x/src/a.go"},
	{"src/*.go", "src/a.go", "src/d/a.go d/src/a.go src.go"},
	{"src/**/*.go", "src/a.go src/d/a.go src/d/e/a.go", "src.go d/src/a.go src/a.c"},
	{"src/**", "src/a src/d/e", "src d/src/a"},
	{"**/src/**", "src/a d/src/a d/e/src/f/g", "src d/src"},
	{"**/*.go", "a.go d/a.go", "a.c"},
	{"**/a/b", "a/b d/a/b d/e/a/b", "b a/c/b d/b"},
	{"a/**/b/**/c", "a/b/c a/x/b/y/z/c", "a/c a/b a/x/c/b"},
	{"src/", "src/a d/src/a src/d/e", "src d/src"},
	{"a/b/", "a/b/c a/b/c/d", "x/a/b/c a/b"},
	{"a//b", "a/b", "a"},
	{"*.{go,mod}", "a.go b.mod", "a.sum a.{go,mod}"},
	{"{a,b}/*.{x,y}", "a/1.x b/2.y", "c/1.x a/1.z"},
	{"{a,b{c,d}}", "a bc bd", "b c"},
	{"a{,b}", "a ab", "b"},
	{"{a}", "a", "{a}"},
	{`\{a\}`, "{a}", "a"},
	{"[{,}]", "{ , }", "a"},
	{"{src/**/*.go,*.md}", "src/a/b.go README.md d/x.md", "x/b.go"},
	{"?", "a é 世 d/x", "ab"},
	{"a?c", "abc aéc", "a/c ac"},
	{"[a-c]x", "ax bx", "dx x"},
	{"[!a-c]x", "dx éx", "ax x"},
	{"[^a-c]x", "dx", "bx"},
	{"[é世]", "é 世", "e"},
	{"[α-ω]", "β", "b"},
	{"[]x]", "] x", "a"},
	{"[[:digit:]_]*", "1a _", "a"},
	{"[[:upper:]]", "A", "a É"},
	{`\*`, "*", "a"},
	{`\[a]`, "[a]", "a"},
	{`a\bc`, "abc", "a\\bc"},
	{"*a*b*c*", "abc xaxbxcx", "acb ab"},
	{"a/*/c", "a/b/c", "a/c a/b/b/c"},
	{"*/b", "a/b", "b x/a/b"},
	{"[/]", "", "a a/b"},
	{"a\xffb", "a\xffb", "ab"},
	{"a?b", "a\xffb", "a\xff\xffb"},
}

func TestMatch(t *testing.T) {
	for _, c := range cases {
		g, err := glob.Compile(c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		set, err := glob.NewSet([]string{c.pattern, "never/a/match"}, glob.Options{})
		if err != nil {
			t.Fatal(err)
		}
		check := func(path string, want bool) {
			if got := g.Match(path); got != want {
				t.Errorf("%q with %q is %v", c.pattern, path, got)
			}
			i := strings.LastIndexByte(path, '/') + 1
			if got := set.Match(path[:i], path[i:]); got != want {
				t.Errorf("a set of %q with %q is %v", c.pattern, path, got)
			}
			if want && i > 0 && !set.Below(path[:i]) {
				t.Errorf("%q matches %q, and nothing below %q", c.pattern, path, path[:i])
			}
		}
		for _, p := range strings.Fields(c.matches) {
			check(p, true)
		}
		for _, p := range strings.Fields(c.not) {
			check(p, false)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"readme*", "README.md", true},
		{"*.GO", "a.go", true},
		{"[a-c]", "B", true},
		{"straße", "STRASSE", false},
		{"éa", "ÉA", true},
		{"[α-ω]", "Ω", true},
		{"k", "\u212a", true},
	} {
		g, err := glob.Options{Fold: true}.Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Match(c.path); got != c.want {
			t.Errorf("%q with %q is %v", c.pattern, c.path, got)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                          "empty",
		"/":                         "empty",
		"[a":                        "no ]",
		"a/[":                       "no ]",
		`a\`:                        `ends with a \`,
		"{a":                        "no }",
		"a}":                        "no {",
		"../a":                      `".."`,
		"a/../b":                    `".."`,
		"[[:nope:]]":                "nope",
		strings.Repeat("a", 5000):   "longer",
		strings.Repeat("{a,b}", 11): "more than 1024",
		"{" + strings.Repeat("{a,b},", 600) + "}":                          "more than 1024",
		"{" + strings.Repeat("a,", 1000) + "}" + strings.Repeat("x", 1500): "more than",
		strings.Repeat("{", 4000):                                          "no }",
		strings.Repeat("[", 4000):                                          "no ]",
		strings.Repeat("[{", 2000):                                         "no ]",
	} {
		_, err := glob.Compile(pattern)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want one with %q", pattern, err, want)
		}
	}
}

// TestHostilePatternsAreFast would take longer than the universe with a matcher
// that goes back to every star.
func TestHostilePatternsAreFast(t *testing.T) {
	name := strings.Repeat("a", 250)
	deep := strings.Repeat("a/", 1000) + "a"
	for _, c := range []struct{ pattern, path string }{
		{strings.Repeat("a*", 100) + "b", name},
		{strings.Repeat("*a", 120) + "*b", name},
		{strings.Repeat("**/a/", 100) + "b", deep},
		{strings.Repeat("**/*/", 100) + "b", deep},
		{strings.Repeat("{a*,*a}", 10) + "b", name},
	} {
		g, err := glob.Compile(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if g.Match(c.path) {
			t.Errorf("%.20q matches", c.pattern)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%.20q takes %v", c.pattern, d)
		}
	}
}

// reference matches by trying everything. It reads a pattern afresh at each
// step and knows no braces.
func reference(pattern, path string) bool {
	if pattern == "" {
		return path == ""
	}
	// A ** that is a whole segment.
	if rest, ok := strings.CutPrefix(pattern, "**/"); ok {
		if reference(rest, path) {
			return true
		}
		_, tail, more := strings.Cut(path, "/")
		return more && reference(pattern, tail)
	}
	if pattern == "**" {
		return true
	}
	return refSegment(pattern, path)
}

func refSegment(pattern, path string) bool {
	if pattern == "" {
		return path == ""
	}
	if pattern[0] == '*' {
		if refSegment(pattern[1:], path) {
			return true
		}
		if path == "" || path[0] == '/' {
			return false
		}
		_, n := utf8.DecodeRuneInString(path)
		return refSegment(pattern, path[n:])
	}
	if path == "" {
		return false
	}
	r, n := utf8.DecodeRuneInString(path)
	p, m := utf8.DecodeRuneInString(pattern)
	switch p {
	case '/':
		return r == '/' && reference(pattern[1:], path[1:])
	case '?':
		return r != '/' && refSegment(pattern[1:], path[n:])
	case '[':
		in, rest := refSet(pattern[1:], r)
		return in && r != '/' && refSegment(rest, path[n:])
	case '\\':
		pattern = pattern[1:]
		p, m = utf8.DecodeRuneInString(pattern)
	}
	return p == r && pattern[:m] == path[:n] && refSegment(pattern[m:], path[n:])
}

func refSet(s string, r rune) (in bool, rest string) {
	negated := strings.HasPrefix(s, "!") || strings.HasPrefix(s, "^")
	if negated {
		s = s[1:]
	}
	next := func() rune {
		s = strings.TrimPrefix(s, `\`)
		c, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		return c
	}
	for first := true; first || s[0] != ']'; first = false {
		lo := next()
		hi := lo
		if len(s) > 1 && s[0] == '-' && s[1] != ']' {
			s = s[1:]
			hi = next()
		}
		in = in || lo <= r && r <= hi
	}
	return in != negated, s[1:]
}

func FuzzGlob(f *testing.F) {
	for _, c := range cases {
		for _, p := range strings.Fields(c.matches + " " + c.not) {
			f.Add(c.pattern, p)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		g, err := glob.Compile(pattern)
		if err != nil {
			return
		}
		got := g.Match(path)
		// The reference is exponential, and knows what is left of the syntax alone.
		if len(pattern) > 20 || len(path) > 30 || !utf8.ValidString(pattern) || strings.ContainsAny(pattern, "{}") ||
			strings.Contains(pattern, "[:") || strings.Contains(pattern, "//") || strings.Contains(path, "//") ||
			strings.Contains(pattern, "***") || strings.Contains(pattern, `\/`) || strings.HasPrefix(pattern, "./") ||
			strings.HasPrefix(pattern, "/") || strings.HasSuffix(pattern, "/") || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || path == "" {
			return
		}
		want := reference(pattern, path)
		if !strings.Contains(pattern, "/") {
			want = want || reference(pattern, path[strings.LastIndexByte(path, '/')+1:])
		}
		if got != want {
			t.Errorf("%q with %q is %v, want %v", pattern, path, got, want)
		}
	})
}

func BenchmarkSet(b *testing.B) {
	for _, patterns := range [][]string{{"*.go"}, {"*exec*.go"}, {"src/**/*_test.go"}} {
		s, err := glob.NewSet(patterns, glob.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(patterns), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Match("src/cmd/compile/internal/", "escape_test.go")
			}
		})
	}
}
