package files

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// serving opens a service for these roots, which makes cursors.
func serving(t testing.TB, roots ...string) *Service {
	t.Helper()
	s, err := Open(context.Background(), Config{Roots: roots}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.cursors = server.NewCursors("files", seal.New())
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// plant writes empty files below a new directory.
func plant(t testing.TB, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, n := range names {
		file := filepath.Join(dir, filepath.FromSlash(n))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// listPages lists all pages of a directory.
func listPages(t *testing.T, s *Service, in listInput) (names []string, pages int) {
	t.Helper()
	for {
		out, err := s.listDirectory(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Entries) > in.Limit {
			t.Fatalf("%d entries for limit %d", len(out.Entries), in.Limit)
		}
		for _, e := range out.Entries {
			names = append(names, e.Name)
		}
		pages++
		if in.Cursor = out.NextCursor; in.Cursor == "" {
			return names, pages
		}
	}
}

func TestListPages(t *testing.T) {
	var names []string
	for i := range 25 {
		names = append(names, fmt.Sprintf("f%02d", i))
	}
	dir := plant(t, names...)
	for i, n := range names { // sizes and times come in pairs
		if err := os.Truncate(filepath.Join(dir, n), int64(i/2)); err != nil {
			t.Fatal(err)
		}
	}
	s := serving(t, dir)
	bySize := slices.Clone(names)
	slices.SortStableFunc(bySize, func(a, b string) int {
		var i, j int
		fmt.Sscanf(a, "f%d", &i)
		fmt.Sscanf(b, "f%d", &j)
		return j/2 - i/2
	})
	for sort, want := range map[string][]string{"name": names, "size": bySize} {
		for _, limit := range []int{1, 4, 5, 24, 25, 26} {
			got, pages := listPages(t, s, listInput{Sort: sort, Limit: limit, Hidden: true, Ignore: true})
			if diff := cmp.Diff(want, got); diff != "" || pages != (24+limit)/limit {
				t.Errorf("%s, %d a page: %d pages %s", sort, limit, pages, diff)
			}
		}
	}
	first, err := s.listDirectory(t.Context(), listInput{Sort: "name", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []listInput{{Sort: "size", Limit: 1}, {Sort: "name", Limit: 1, Hidden: true}} {
		other.Cursor = first.NextCursor
		if _, err := s.listDirectory(t.Context(), other); err == nil {
			t.Errorf("the cursor of another list is accepted for %+v", other)
		}
	}
}

// TestListDuringChanges creates and deletes files while pages are read: what is
// there all the time is on one page, and on one alone.
func TestListDuringChanges(t *testing.T) {
	var stay []string
	for i := range 60 {
		stay = append(stay, fmt.Sprintf("k%02d", i))
	}
	dir := plant(t, stay...)
	s := serving(t, dir)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			name := filepath.Join(dir, fmt.Sprintf("k%02dx%d", i%60, i%7))
			if os.WriteFile(name, nil, 0o644) == nil && i%3 > 0 {
				os.Remove(name)
			}
		}
	}()
	for range 30 {
		got, _ := listPages(t, s, listInput{Sort: "name", Limit: 7, Hidden: true, Ignore: true})
		kept := slices.DeleteFunc(slices.Clone(got), func(n string) bool { return strings.Contains(n, "x") })
		if diff := cmp.Diff(stay, kept); diff != "" {
			t.Fatal(diff)
		}
		if slices.Sort(got); len(slices.Compact(got)) != len(got) {
			t.Fatal("an entry is on two pages")
		}
	}
	close(stop)
	<-stopped
}

func TestListRoots(t *testing.T) {
	a, b := plant(t, "x"), plant(t, "y")
	s := serving(t, "one="+a, "two="+b+":ro")
	out, err := s.listDirectory(t.Context(), listInput{Sort: "name", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := []listRoot{{"one", "file:///one", false}, {"two", "file:///two", true}}
	if diff := cmp.Diff(want, out.Roots); diff != "" || len(out.Entries) != 0 {
		t.Errorf("%s, entries %v", diff, out.Entries)
	}
	out, err = s.listDirectory(t.Context(), listInput{Path: "two", Sort: "name", Limit: 10})
	if err != nil || len(out.Entries) != 1 || out.Entries[0].Name != "y" || out.Path != "two" {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = serving(t, "one="+a+":ro").listDirectory(t.Context(), listInput{Sort: "name", Limit: 10})
	if err != nil || len(out.Entries) != 1 || len(out.Roots) != 1 || !out.Roots[0].ReadOnly {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestListShowsLinksAsLinks tells nothing of what is outside, not its size
// either.
func TestListShowsLinksAsLinks(t *testing.T) {
	outside := plant(t, "secret")
	dir := plant(t, "file", "d/x")
	for name, target := range map[string]string{
		"absolute": filepath.Join(outside, "secret"), "relative": "../" + filepath.Base(outside) + "/secret",
		"directory": outside, "inside": "d/x", "gone": "none",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, sort := range []string{"name", "size", "mtime"} {
		out, err := serving(t, dir).listDirectory(t.Context(), listInput{Sort: sort, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		links := 0
		for _, e := range out.Entries {
			if e.Name == "file" || e.Name == "d" {
				continue
			}
			links++
			if e.Type != "link" || e.Size != nil || strings.Contains(e.Link, "secret") || strings.Contains(e.Link, filepath.Base(outside)) {
				t.Errorf("%+v", e)
			}
		}
		if links != 5 {
			t.Errorf("%d links", links)
		}
	}
}

// hostile are names that must not be shown as they are.
var hostile = []string{"line\nbreak", "\x1b[31mred", "right\u202eleft", "zero\u200bwidth", "bad\xff\xfeutf8", " space ", "… 5 more", "quote\"", "at@", "tab\t"}

func TestListHostileNames(t *testing.T) {
	dir := plant(t, hostile...)
	s := serving(t, "r="+dir)
	out, err := s.listDirectory(t.Context(), listInput{Sort: "name", Limit: 100})
	if err != nil || len(out.Entries) != len(hostile) {
		t.Fatalf("%d entries, %v", len(out.Entries), err)
	}
	for _, e := range out.Entries {
		if exact := slices.Contains(hostile, e.Name); exact != (e.URI == "") {
			t.Errorf("%q has the URI %q", e.Name, e.URI)
		}
		if e.URI != "" && (e.Name != "bad\ufffdutf8" || e.URI != "file:///r/bad%FF%FEutf8") {
			t.Errorf("%q has the URI %q", e.Name, e.URI)
		}
	}
}
