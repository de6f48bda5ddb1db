package files

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func outlined(t *testing.T, s *Service, in treeInput) (string, treeMeta) {
	t.Helper()
	out, err := s.directoryTree(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Count(out.text, "\n") - 1 - strings.Count(out.text, " more\n")
	if out.meta.Entries != lines || lines > in.MaxEntries {
		t.Errorf("%d entries are said to be %d, of at most %d", lines, out.meta.Entries, in.MaxEntries)
	}
	return out.text, out.meta
}

// TestTreeIsFair has a directory with very many files beside small ones.
func TestTreeIsFair(t *testing.T) {
	names := []string{"a/1", "a/2", "z/1", "z/b/2", "z/b/3"}
	for i := range 3000 {
		names = append(names, fmt.Sprintf("m/%04d", i))
	}
	text, meta := outlined(t, serving(t, plant(t, names...)), treeInput{Depth: 3, MaxEntries: 100, Ignore: true})
	for _, want := range []string{"\n  a/\n    1\n    2\n", "\n  z/\n    1\n    b/\n      2\n      3\n", "\n    … "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if meta.Entries != 100 || meta.Elided != 3009-100 || !meta.Truncated {
		t.Errorf("%+v", meta)
	}
}

// TestTreeOfManyDirectories bounds an outline where each level is wide.
func TestTreeOfManyDirectories(t *testing.T) {
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("d%d/e%d/f%d/g", i%20, i/20%20, i/400))
	}
	s := serving(t, plant(t, names...))
	for _, n := range []int{1, 2, 3, 20, 21, 100, 500, 2000} {
		text, meta := outlined(t, s, treeInput{Depth: 4, MaxEntries: n, Ignore: true})
		if meta.Entries != n || len(text) > 40*(2*n+5) {
			t.Errorf("%d: %d entries in %d bytes", n, meta.Entries, len(text))
		}
		// The first level comes before all others.
		if n >= 40 && strings.Count(text, "\n  d") != 20 {
			t.Errorf("%d: the first level has %d entries", n, strings.Count(text, "\n  d"))
		}
	}
}

func TestTreeHostileNames(t *testing.T) {
	text, meta := outlined(t, serving(t, plant(t, hostile...)), treeInput{Depth: 1, MaxEntries: 100})
	if meta.Entries != len(hostile) {
		t.Errorf("%+v", meta)
	}
	if !utf8.ValidString(text) {
		t.Error("the outline is not UTF-8")
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the outline holds %q", r)
		}
	}
	if strings.Contains(text, "\n  … 5 more") {
		t.Errorf("a name passes for what was left out:\n%s", text)
	}
}

func TestTreeFollowsNoLink(t *testing.T) {
	dir := plant(t, "d/x")
	symlink(t, dir, "up", ".")
	symlink(t, dir, "out", plant(t, "secret"))
	text, _ := outlined(t, serving(t, dir), treeInput{Depth: 5, MaxEntries: 100})
	if want := "./\n  d/\n    x\n  out@\n  up@\n"; text != want {
		t.Errorf("got\n%s", text)
	}
}
