package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

func symlink(t *testing.T, dir, name, target string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// found returns the paths of all pages.
func found(t *testing.T, s *Service, in findInput) (paths []string, pages int) {
	t.Helper()
	for {
		out, err := s.findFiles(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if out.Truncated != (out.NextCursor != "") || len(out.Entries) > in.Limit {
			t.Errorf("%d entries, truncated %v, cursor %q", len(out.Entries), out.Truncated, out.NextCursor)
		}
		for _, e := range out.Entries {
			paths = append(paths, e.Path)
		}
		pages++
		if in.Cursor = out.NextCursor; in.Cursor == "" {
			return paths, pages
		}
	}
}

func TestFindPages(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("d%d/e%d/f%02d.go", i%3, i%4, i), fmt.Sprintf("d%d/g%02d.md", i%3, i))
	}
	dir := plant(t, names...)
	then := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, n := range names {
		when := then.Add(time.Duration(i/3) * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, n), when, when); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, n), int64(i/5)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, n), when, when); err != nil {
			t.Fatal(err)
		}
	}
	s := serving(t, dir)
	for _, in := range []findInput{
		{Sort: "path"}, {Sort: "size"}, {Sort: "mtime"}, {Sort: "path", Globs: []string{"*.go"}}, {Sort: "mtime", Globs: []string{"d1/**"}},
	} {
		in.Type, in.Limit = "file", 1000
		all, pages := found(t, s, in)
		if pages != 1 || in.Globs == nil && len(all) != len(names) || len(all) < 20 {
			t.Fatalf("%+v: %d files on %d pages", in, len(all), pages)
		}
		if in.Sort == "mtime" && in.Globs == nil {
			want := slices.Clone(names)
			slices.SortStableFunc(want, func(a, b string) int {
				x, y := slices.Index(names, a)/3, slices.Index(names, b)/3
				return y - x
			})
			if want[0] != all[0] && want[1] != all[0] {
				t.Errorf("%s is the newest, not %s", want[0], all[0])
			}
		}
		for _, in.Limit = range []int{1, 7, len(all) - 1, len(all)} {
			got, pages := found(t, s, in)
			if diff := cmp.Diff(all, got); diff != "" || pages != (len(all)+in.Limit-1)/in.Limit {
				t.Errorf("%+v: %d pages: %s", in, pages, diff)
			}
		}
	}
}

func TestFindFilters(t *testing.T) {
	dir := plant(t, "old", "new", "d/old", "big", ".dot/x", ".dot/y.go", "d/.dot")
	symlink(t, dir, "link", "big")
	if err := os.Truncate(filepath.Join(dir, "big"), 5000); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"old", "d/old"} {
		when := time.Now().Add(-100 * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, n), when, when); err != nil {
			t.Fatal(err)
		}
	}
	s := serving(t, dir)
	size := int64(100)
	for _, c := range []struct {
		in   findInput
		want []string
	}{
		{findInput{Type: "file", ModifiedBefore: "4d"}, []string{"d/old", "old"}},
		{findInput{Type: "file", ModifiedAfter: "96h"}, []string{"big", "new"}},
		{findInput{Type: "file", ModifiedAfter: "2w", ModifiedBefore: time.Now().Add(-time.Hour).Format(time.RFC3339)}, []string{"d/old", "old"}},
		{findInput{Type: "file", MinSize: &size}, []string{"big"}},
		{findInput{Type: "file", MaxSize: &size, Globs: []string{"n*"}}, []string{"new"}},
		{findInput{Type: "link"}, []string{"link"}},
		{findInput{Type: "directory"}, []string{"d"}},
		{findInput{Type: "any", MaxDepth: 1}, []string{"big", "d", "link", "new", "old"}},
		{findInput{Type: "any", Globs: []string{"!*d"}}, []string{"big", "link", "new"}},
		{findInput{Type: "file", Path: "d"}, []string{"d/old"}},
		{findInput{Type: "file", Globs: []string{"x"}}, nil},
		{findInput{Type: "file", Globs: []string{".dot/*", "**/.dot"}}, []string{".dot/x", ".dot/y.go", "d/.dot"}},
		{findInput{Type: "file", Globs: []string{".dot/*", "o*"}}, []string{"d/old", "old"}},
		{findInput{Type: "file", Globs: []string{"x", "*.go"}, Hidden: true}, []string{".dot/x", ".dot/y.go"}},
	} {
		c.in.Sort, c.in.Limit, c.in.Ignore = "path", 10, true
		got, _ := found(t, s, c.in)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.in, diff)
		}
	}
	for argument, in := range map[string]findInput{
		"globs": {Globs: make([]string, 101)}, "max_depth": {MaxDepth: -1}, "modified_after": {ModifiedAfter: "d"},
		"modified_before": {ModifiedBefore: "99999999999d"}, "exclude": {Exclude: []string{"{"}},
	} {
		in.Type, in.Sort, in.Limit = "file", "path", 10
		_, err := s.findFiles(t.Context(), in)
		var e *toolerr.Error
		if !errors.As(err, &e) || e.Code != toolerr.InvalidInput || e.Details["argument"] != argument {
			t.Errorf("%s: %v", argument, err)
		}
	}
}

// TestFindAnswersInTime lets the time be out at the beginning: each page comes a
// little further, and all of them have everything once.
func TestFindAnswersInTime(t *testing.T) {
	dir := plant(t, "a/1", "a/2", "b/c/3", "d/4")
	s := serving(t, dir)
	p, err := s.path(t.Context(), "path", "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var from place
	for range 10 {
		f, err := newFinder(findInput{Type: "file", Sort: "path", Limit: 10}, p, from)
		if err != nil {
			t.Fatal(err)
		}
		last, err := f.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.out.Entries {
			got = append(got, e.Path)
		}
		if f.out.Partial != (last != nil) {
			t.Fatalf("partial %v, and goes on at %v", f.out.Partial, last)
		}
		if last == nil {
			break
		}
		from = *last
	}
	if diff := cmp.Diff([]string{"a/1", "a/2", "b/c/3", "d/4"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFindHostileNames(t *testing.T) {
	s := serving(t, "r="+plant(t, hostile...))
	out, err := s.findFiles(t.Context(), findInput{Type: "file", Sort: "path", Limit: 100, Globs: []string{"*"}})
	if err != nil || len(out.Entries) != len(hostile) {
		t.Fatalf("%d entries, %v", len(out.Entries), err)
	}
	for _, e := range out.Entries {
		if exact := slices.Contains(hostile, e.Path); exact != (e.URI == "") {
			t.Errorf("%q has the URI %q", e.Path, e.URI)
		}
	}
}
