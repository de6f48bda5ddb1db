package files

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSearchPages pages through several roots, by lines and by size.
func TestSearchPages(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	var want []string
	for i, dir := range []string{one, two} {
		for f := range 9 {
			name := fmt.Sprintf("f%d.txt", f)
			line := "hit " + strings.Repeat("\x01", 300*i) + "\n"
			if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat(line, 40)), 0o644); err != nil {
				t.Fatal(err)
			}
			for n := range 40 {
				want = append(want, fmt.Sprintf("%s/%s:%d", filepath.Base(dir), name, n+1))
			}
		}
	}
	s := serving(t, "001="+one, "002="+two)
	in := searchInput{Pattern: "hit", Case: "smart", Mode: "lines", Limit: 1000, Ignore: true}
	var got []string
	pages := 0
	for ; pages < 10; pages++ {
		out, err := s.searchContent(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(out)
		if err != nil || len(b) > searchBytes+4096 {
			t.Fatalf("a page of %d bytes: %v", len(b), err)
		}
		for _, f := range out.Files {
			for _, m := range f.Matches {
				got = append(got, fmt.Sprintf("%s:%d", f.Path, m.Line))
			}
		}
		if in.Cursor = out.NextCursor; in.Cursor == "" {
			break
		}
		in.Limit = 999 // the size of a page may change
	}
	if !slices.Equal(got, want) || pages < 2 {
		t.Errorf("%d lines in %d pages, want %d", len(got), pages+1, len(want))
	}
	in.Limit = 1
	out, err := s.searchContent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	in.Cursor, in.Pattern = out.NextCursor, "other"
	if _, err := s.searchContent(t.Context(), in); err == nil || !strings.Contains(err.Error(), "cursor") {
		t.Errorf("a cursor of another search: %v", err)
	}
}
