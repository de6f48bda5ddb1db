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
