package edit_test

import (
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
)

// FuzzEdit holds edits to their promises: the changes make the text, what is not
// in them is as it was, and a failure makes nothing.
func FuzzEdit(f *testing.F) {
	f.Add("a\r\nb\n", "a\n", "c\n", "b", "", 1, false)
	f.Add("\tif x {\n\t\ty\n\t}\n", "  if x {\n    y\n  }", "  if x {\n      z\n", "if", "for", 0, true)
	f.Add("a\rb\r", "a\nb", "a\nx\nb", "x", "y", 1, true)
	f.Add("aaaa", "aa", "b", "b", "c", 0, false)
	f.Add("a\n\n", "a\n ", "b", "0", "0", 1, true)
	f.Add("x\u00a0y\nü", "x y", "z", "\n", "\r\n", 2, true)
	f.Fuzz(func(t *testing.T, s, old1, new1, old2, new2 string, expect int, blanks bool) {
		for _, x := range []*string{&s, &old1, &new1, &old2, &new2} {
			*x = strings.ToValidUTF8(*x, "?")
		}
		match := edit.Exact
		if blanks {
			match = edit.Whitespace
		}
		edits := []edit.Edit{{Old: old1, New: new1, Expect: expect}, {Old: old2, New: new2}}
		for n := 1; n <= 2; n++ {
			res, err := edit.Apply(t.Context(), s, edits[:n], edit.Options{Match: match})
			if err != nil {
				if res != nil {
					t.Fatal("a failure with a result")
				}
				if err.Error() == "" {
					t.Fatal("a failure without a reason")
				}
				continue
			}
			if got := spliced(t, s, res.Changes); got != res.Text {
				t.Fatalf("the changes %+v make %q, and the text is %q", res.Changes, got, res.Text)
			}
			if n == 1 && match == edit.Exact && expect >= 1 && strings.Contains(s, old1) && !strings.ContainsAny(old1+new1, "\r\n") {
				if want := strings.ReplaceAll(s, old1, new1); res.Text != want {
					t.Fatalf("got %q, want %q", res.Text, want)
				}
			}
			for _, e := range res.Edits {
				if lines := 1 + strings.Count(res.Text, "\n") + strings.Count(res.Text, "\r"); e.StartLine < 1 || e.EndLine < e.StartLine || e.EndLine > lines || e.Count < 1 {
					t.Fatalf("%+v in a text of %d lines", e, lines)
				}
			}
			diff, cut := edit.Diff("x", "x", s, res.Changes, 1<<20)
			if cut {
				t.Fatal("a short diff is cut")
			}
			if got, err := place(t, diff, s); !strings.Contains(s, "\r") && (err != nil || got != res.Text) {
				t.Fatalf("Place: %v makes %q of %q, not %q, by\n%s", err, got, s, res.Text, diff)
			}
			edit.Diff("x", "x", s, res.Changes, 30)
		}
	})
}

// FuzzParsePatch reads hostile patches and places them.
func FuzzParsePatch(f *testing.F) {
	f.Add("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n", "one\ntwo\n")
	f.Add("diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ ... @@\n-a\n\\ No newline at end of file\n+b\n", "a")
	f.Add("--- /dev/null\r\n+++ b/x\r\n@@ -0,0 +1 @@\r\n+a\r\n", "")
	f.Add("```diff\n--- \"a/\\303\\244\"\n+++ \"b/\\303\\244\"\n@@ -9,0 +9 @@\n+a\n\n-- \n2.39\n```", "b\r\n")
	f.Add("--- x\n+++ x\n@@\n--- a\n+++ b\n@@ -1\n \n\n", "-- a\n\n")
	f.Fuzz(func(t *testing.T, patch, s string) {
		p, err := edit.ParsePatch(patch)
		if err != nil {
			return
		}
		s = strings.ToValidUTF8(s, "?")
		for i := range p.Files {
			x := &p.Files[i]
			if x.Name() == "" {
				t.Fatal("a file without a name")
			}
			placed, failures := x.Place(s)
			if (placed == nil) == (failures == nil) {
				t.Fatal("neither a placement nor failures, or both")
			}
			if placed == nil {
				continue
			}
			got := spliced(t, s, placed.Changes)
			if len(placed.Hunks) != len(x.Hunks) {
				t.Fatalf("%d of %d hunks", len(placed.Hunks), len(x.Hunks))
			}
			if x.New == "" && got != "" {
				t.Fatalf("%q is left of a file that is deleted", got)
			}
			grown := strings.Count(got, "\n") - strings.Count(s, "\n")
			if ends := placed.Added - placed.Removed - grown; !strings.Contains(s+patch, "\r") && (ends < -1 || ends > 1) {
				t.Fatalf("%q became %q by %d lines added and %d removed", s, got, placed.Added, placed.Removed)
			}
		}
	})
}
