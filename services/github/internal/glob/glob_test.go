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

func TestFilter(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"*.go", []string{"a.go", "x/y/a.go"}, []string{"a.gox", "go"}},
		{"go.sum", []string{"go.sum", "pkg/go.sum"}, []string{"go_sum", "go.sums"}},
		{"docs", []string{"docs/a.md", "x/docs/a.md", "docs"}, []string{"docsx/a"}},
		{"docs/", []string{"docs/a.md"}, []string{"mydocs/a"}},
		{"/docs", []string{"docs/a.md"}, []string{"x/docs/a.md"}},
		{"src/**/*.ts", []string{"src/a.ts", "src/x/y/a.ts"}, []string{"a.ts", "src/a.tsx"}},
		{"src/*.ts", []string{"src/a.ts"}, []string{"src/x/a.ts"}},
		{"**", []string{"a", "a/b"}, nil},
		{"*.{js,ts}", []string{"a.js", "x/a.ts"}, []string{"a.jsx"}},
		{"a[0-9].t?t", []string{"a1.txt"}, []string{"ab.txt"}},
		{"a[!0-9]", []string{"ab"}, []string{"a1"}},
		{`pages/\[id].ts`, []string{"pages/[id].ts"}, []string{"pages/i.ts"}},
		{"päth*", []string{"päth1"}, []string{"path1"}},
		{"a+b(c)", []string{"a+b(c)"}, []string{"aab(c)"}},
	}
	for _, tt := range tests {
		f, err := glob.NewFilter([]string{tt.pattern}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range tt.yes {
			if !f.Takes(p) {
				t.Errorf("%s does not take %s", tt.pattern, p)
			}
		}
		for _, p := range tt.no {
			if f.Takes(p) {
				t.Errorf("%s takes %s", tt.pattern, p)
			}
		}
	}
	f, err := glob.NewFilter(nil, []string{"*.lock"})
	if err != nil || f.Empty() || f.Takes("yarn.lock") || !f.Takes("a.go") {
		t.Error(err, f)
	}
	for _, bad := range []string{"", "/", "{a", "a[b", "a[z-a]", strings.Repeat("a", 501)} {
		if _, err := glob.NewFilter([]string{bad}, nil); err == nil {
			t.Errorf("%q is taken for a pattern", bad)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"**/*.go", "{a,{b,c}}", "[!a]", "a[", "\x00", "**{", "a//b"} {
		f.Add(seed, "a/b.go")
	}
	f.Fuzz(func(_ *testing.T, pattern, path string) {
		if filter, err := glob.NewFilter([]string{pattern}, []string{path}); err == nil {
			filter.Takes(path)
		}
	})
}
