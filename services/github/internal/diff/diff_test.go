package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github/internal/diff"
)

const patch = "@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@ func x() {\n-c\n+d\n\\ No newline at end of file"

func TestHunks(t *testing.T) {
	want := []string{"@@ -1 +1 @@\n-a\n+b\n", "@@ -9 +9 @@ func x() {\n-c\n+d\n\\ No newline at end of file\n"}
	if d := cmp.Diff(want, diff.Hunks(patch)); d != "" {
		t.Error(d)
	}
	if got := diff.Hunks(""); got != nil {
		t.Errorf("%q", got)
	}
}

func TestPage(t *testing.T) {
	files := []diff.File{{"a (+2 -2)", "a", patch}, {"img (no patch)", "img", ""}, {"b (+1 -1)", "b", "@@ -1 +1 @@\n-x\n+y"}}
	tests := []struct {
		name   string
		from   diff.Place
		budget int
		want   diff.Result
	}{
		{"all", diff.Place{}, 1000, diff.Result{
			Text: "a (+2 -2)\n" + patch + "\nimg (no patch)\nb (+1 -1)\n@@ -1 +1 @@\n-x\n+y\n", Files: 3, Next: diff.Place{File: 3}}},
		{"between hunks", diff.Place{}, 40, diff.Result{
			Text: "a (+2 -2)\n@@ -1 +1 @@\n-a\n+b\n", Files: 1, Next: diff.Place{Hunk: 1}, Rest: "a: hunk 2 of 2"}},
		{"from a hunk on", diff.Place{Hunk: 1}, 110, diff.Result{
			Text:  "a (+2 -2), from hunk 2 of 2\n@@ -9 +9 @@ func x() {\n-c\n+d\n\\ No newline at end of file\nimg (no patch)\n",
			Files: 2, Next: diff.Place{File: 2}}},
		{"a hunk too large alone", diff.Place{File: 2}, 25, diff.Result{
			Text: "b (+1 -1)\n@@ -1 +1 @@\n-x\n[1 of the hunk's 3 lines are left out]\n", Files: 1, Next: diff.Place{File: 3},
			Cut: []string{"b: hunk 1, 2 of 3 lines are shown"}}},
		{"a hunk that is no longer there", diff.Place{File: 2, Hunk: 7}, 100, diff.Result{
			Text: "b (+1 -1), from hunk 2 of 1\n", Files: 1, Next: diff.Place{File: 3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, diff.Page(files, tt.from, tt.budget)); d != "" {
				t.Error(d)
			}
		})
	}
}

// As long as a hunk fits, pages end, and together they hold every hunk once.
func TestPagesHoldEverything(t *testing.T) {
	var files []diff.File
	for i := range 7 {
		var p strings.Builder
		for j := range i {
			fmt.Fprintf(&p, "@@ -%d +%d @@\n+file %d hunk %d\n", j, j, i, j)
		}
		files = append(files, diff.File{Header: fmt.Sprintf("file %d", i), Path: fmt.Sprint(i), Patch: p.String()})
	}
	for _, budget := range []int{64, 70, 100, 300, 10_000} {
		var text strings.Builder
		at := diff.Place{}
		for pages := 0; at.File < len(files); pages++ {
			if pages > 50 {
				t.Fatalf("budget %d: no end", budget)
			}
			r := diff.Page(files, at, budget)
			text.WriteString(r.Text)
			at = r.Next
		}
		for i := range 7 {
			for j := range i {
				if n := strings.Count(text.String(), fmt.Sprintf("+file %d hunk %d\n", i, j)); n != 1 {
					t.Errorf("budget %d: hunk %d of file %d is shown %d times", budget, j, i, n)
				}
			}
		}
	}
}

func TestOneLongLine(t *testing.T) {
	r := diff.Page([]diff.File{{"f", "f", "@@ -1 +1 @@" + strings.Repeat("é", 5<<20)}}, diff.Place{}, 1000)
	if len(r.Text) > 1200 || r.Next.File != 1 || len(r.Cut) != 1 {
		t.Errorf("%d bytes, next %+v, cut %q", len(r.Text), r.Next, r.Cut)
	}
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
		{"a[b", []string{"a[b"}, []string{"ab"}},
		{"päth*", []string{"päth1"}, []string{"path1"}},
		{"a+b(c)", []string{"a+b(c)"}, []string{"aab(c)"}},
	}
	for _, tt := range tests {
		f, err := diff.NewFilter([]string{tt.pattern}, nil)
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
	f, err := diff.NewFilter(nil, []string{"*.lock"})
	if err != nil || f.Empty() || f.Takes("yarn.lock") || !f.Takes("a.go") {
		t.Error(err, f)
	}
	for _, bad := range []string{"", "/", "{a", "a[z-a]", strings.Repeat("a", 501)} {
		if _, err := diff.NewFilter([]string{bad}, nil); err == nil {
			t.Errorf("%q is taken for a pattern", bad)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"**/*.go", "{a,{b,c}}", "[!a]", "a[", "\x00", "**{", "a//b"} {
		f.Add(seed, "a/b.go")
	}
	f.Fuzz(func(_ *testing.T, pattern, path string) {
		if filter, err := diff.NewFilter([]string{pattern}, []string{path}); err == nil {
			filter.Takes(path)
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add(patch, 30)
	f.Add("@@\n@@\n@@", 1)
	f.Add("no hunk", 0)
	f.Fuzz(func(t *testing.T, patch string, budget int) {
		files := []diff.File{{"h", "p", patch}, {"h", "p", patch}}
		at := diff.Place{}
		for range 2*strings.Count(patch, "\n") + 5 {
			if at = diff.Page(files, at, budget).Next; at.File == len(files) {
				return
			}
		}
		t.Errorf("no end at %+v", at)
	})
}
