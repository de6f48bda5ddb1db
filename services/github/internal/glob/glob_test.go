package glob_test

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/github/internal/glob"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern  string
		yes, not []string
	}{
		{"*.go", []string{"a.go", "x/y/a.go", ".go"}, []string{"a.got", "a.go/x"}},
		{"src/*.go", []string{"src/a.go"}, []string{"src/x/a.go", "a.go", "x/src/a.go"}},
		{"/src/*.go", []string{"src/a.go"}, []string{"x/src/a.go"}},
		{"src/**/*.{ts,tsx}", []string{"src/a.ts", "src/x/y/a.tsx"}, []string{"src/a.tsxx", "asrc/a.ts"}},
		{"docs/**", []string{"docs/a", "docs/x/y"}, []string{"docs", "xdocs/a"}},
		{"**/testdata/*", []string{"testdata/a", "x/testdata/a"}, []string{"mytestdata/a"}},
		{"a?.txt", []string{"ab.txt", "aé.txt"}, []string{"a.txt", "a/.txt"}},
		{"[a-c]x", []string{"bx"}, []string{"dx"}},
		{"[!a-c]x", []string{"dx"}, []string{"bx"}},
		{`\*x`, []string{"*x"}, []string{"ax"}},
		{"a+(b).c", []string{"a+(b).c"}, []string{"aab.c"}},
		{"a,b}", []string{"a,b}"}, []string{"a"}},
		{"ünï*", []string{"ünïcode"}, []string{"unicode"}},
	} {
		g, err := glob.Compile(tt.pattern)
		if err != nil {
			t.Errorf("%q: %v", tt.pattern, err)
			continue
		}
		for _, p := range tt.yes {
			if !g.Match(p) {
				t.Errorf("%q does not match %q", tt.pattern, p)
			}
		}
		for _, p := range tt.not {
			if g.Match(p) {
				t.Errorf("%q matches %q", tt.pattern, p)
			}
		}
	}
	for _, p := range []string{"{a", "[a", "[]", "[!]", "[z-a]", "[a/b]"} {
		if _, err := glob.Compile(p); err == nil {
			t.Errorf("%q is taken", p)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, p := range []string{"src/**/*.{ts,tsx}", "[!a-c]?", `\`, "[[:alpha:]]", "{{a,}b}", "\xff*", strings.Repeat("{a,", 50)} {
		f.Add(p, "src/a.ts")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		g, err := glob.Compile(pattern)
		if err != nil {
			return
		}
		if g.Match(path) && !strings.ContainsAny(pattern, `*?[{\`) && !strings.HasSuffix(path, strings.TrimPrefix(pattern, "/")) {
			t.Errorf("%q matches %q", pattern, path)
		}
	})
}
