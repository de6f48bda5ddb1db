package walk_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// unpack writes a txtar archive into a new directory.
func unpack(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// open serves dir as a root of its own.
func open(t testing.TB, dir string) *tree.Tree {
	t.Helper()
	tr, err := tree.Open([]tree.Spec{{Name: "r", Path: dir}}, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	return tr
}

// list walks path below dir and returns what is visited, directories with a
// slash.
func list(t testing.TB, dir, path string, o walk.Options) ([]string, walk.Stats) {
	t.Helper()
	p, err := open(t, dir).Path(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	stats, err := walk.Walk(context.Background(), p, o, func(e walk.Entry) error {
		name := e.Rel()
		if e.Type == tree.Directory {
			name += "/"
		}
		got = append(got, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, stats
}

const small = `
-- .gitignore --
*.o
/out/
-- .hidden --
-- a/x.go --
-- a/x.o --
-- a/b/y.go --
-- a.go --
-- a-b/z.txt --
-- a-b/.gitignore --
!keep.o
-- a-b/keep.o --
-- out/x --
-- a/out/x --
-- .git/info/exclude --
z.txt
-- .mcp-trash/x --
-- .mcp-files-ABCDEFGHIJKLMNOPQRSTUVWXYZ --
`

func set(t testing.TB, patterns ...string) *glob.Set {
	t.Helper()
	s, err := glob.NewSet(patterns, glob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWalk(t *testing.T) {
	dir := unpack(t, small)
	for _, c := range []struct {
		name, path string
		o          walk.Options
		want       string
	}{
		{"plain", "", walk.Options{}, "a/ a/b/ a/b/y.go a/out/ a/out/x a/x.go a-b/ a-b/keep.o a.go"},
		{"hidden", "", walk.Options{Hidden: true}, ".gitignore .hidden a/ a/b/ a/b/y.go a/out/ a/out/x a/x.go a-b/ a-b/.gitignore a-b/keep.o a.go"},
		{"no ignore", "", walk.Options{NoIgnore: true}, "a/ a/b/ a/b/y.go a/out/ a/out/x a/x.go a/x.o a-b/ a-b/keep.o a-b/z.txt a.go out/ out/x"},
		{"depth", "", walk.Options{MaxDepth: 1}, "a/ a-b/ a.go"},
		{"after", "", walk.Options{After: "a/out/x"}, "a/x.go a-b/ a-b/keep.o a.go"},
		{"after a directory", "", walk.Options{After: "a/b"}, "a/b/y.go a/out/ a/out/x a/x.go a-b/ a-b/keep.o a.go"},
		{"after what is gone", "", walk.Options{After: "a/c/d"}, "a/out/ a/out/x a/x.go a-b/ a-b/keep.o a.go"},
		{"below", "a", walk.Options{}, "b/ b/y.go out/ out/x x.go"},
		{"include", "", walk.Options{Include: set(t, "*.go")}, "a/ a/b/ a/b/y.go a/out/ a/x.go a-b/ a.go"},
		{"exclude", "", walk.Options{Exclude: set(t, "a")}, "a-b/ a-b/keep.o a.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := list(t, dir, c.path, c.o)
			if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWalkFollowsNoLink(t *testing.T) {
	outside := unpack(t, "-- secret --\n")
	dir := unpack(t, "-- d/x --\n")
	for name, target := range map[string]string{"out": outside, "in": "d", "self": ".", "gone": "none", "d/up": "..", "file": "d/x"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	got, stats := list(t, dir, "", walk.Options{})
	if diff := cmp.Diff(strings.Fields("d/ d/up d/x file gone in out self"), got); diff != "" {
		t.Error(diff)
	}
	if stats.Skipped.Total() > 0 {
		t.Errorf("skipped: %+v", stats.Skipped)
	}
}

// TestResumeAnywhere ends a walk behind each entry and goes on.
func TestResumeAnywhere(t *testing.T) {
	dir := unpack(t, small+"-- a/b/c/d --\n-- a/b.x/c --\n-- a/b-/c --\n-- a!/x --\n-- b --\n")
	for _, o := range []walk.Options{{}, {Hidden: true, NoIgnore: true}, {Include: set(t, "*.go", "c")}} {
		all, _ := list(t, dir, "", o)
		if !slices.IsSortedFunc(all, func(a, b string) int {
			return walk.Compare(strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/"))
		}) {
			t.Errorf("the order of a walk and of Compare differ: %q", all)
		}
		for i, after := range all {
			o.After = strings.TrimSuffix(after, "/")
			rest, _ := list(t, dir, "", o)
			if diff := cmp.Diff(all[i+1:], rest, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("after %s: %s", after, diff)
			}
		}
	}
}

func TestResumeReadsNothingBefore(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "-- d%02d/x --\n", i)
	}
	dir := unpack(t, b.String())
	if _, stats := list(t, dir, "", walk.Options{After: "d48/x"}); stats.Dirs != 3 {
		t.Errorf("%d directories were read, want the start, d48 and d49", stats.Dirs)
	}
	if _, stats := list(t, dir, "", walk.Options{Include: set(t, "d07/**")}); stats.Dirs != 2 {
		t.Errorf("%d directories were read, want the start and d07", stats.Dirs)
	}
}

func TestDeepTree(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 1100 { // deeper than a path may be long
		if err := root.Mkdir("ddddd", 0o755); err != nil {
			t.Fatal(err)
		}
		sub, err := root.OpenRoot("ddddd")
		root.Close()
		if err != nil {
			t.Fatal(err)
		}
		root = sub
	}
	root.Close()
	got, stats := list(t, dir, "", walk.Options{})
	if len(got) != walk.MaxDepth || stats.Skipped.TooDeep != 1 {
		t.Errorf("%d entries, skipped %d too deep", len(got), stats.Skipped.TooDeep)
	}
}

func TestVisitDecides(t *testing.T) {
	dir := unpack(t, small)
	start := open(t, dir).Roots()[0].Top()
	var got []string
	stop := errors.New("stop")
	for at, with := range map[string]error{"a": fs.SkipDir, "a/x.go": fs.SkipAll, "a-b": stop} {
		got = nil
		_, err := walk.Walk(t.Context(), start, walk.Options{}, func(e walk.Entry) error {
			got = append(got, e.Rel())
			if e.Rel() == at {
				return with
			}
			return nil
		})
		want := map[error]string{
			fs.SkipDir: "a a-b a-b/keep.o a.go", fs.SkipAll: "a a/b a/b/y.go a/out a/out/x a/x.go", stop: "a a/b a/b/y.go a/out a/out/x a/x.go a-b",
		}[with]
		if diff := cmp.Diff(strings.Fields(want), got); diff != "" || (err != nil) != (with == stop) {
			t.Errorf("%v: %v %s", with, err, diff)
		}
	}
	if _, err := walk.Walk(t.Context(), start.Join("none"), walk.Options{}, nil); tree.KindOf(err) != tree.NotFound {
		t.Errorf("a start that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := walk.Walk(ctx, start, walk.Options{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled walk: %v", err)
	}
	if _, stats := list(t, dir, "", walk.Options{MaxEntries: 3}); !stats.Truncated {
		t.Error("a walk with an end is not truncated")
	}
}

// TestHold opens files after the walk has left their directory.
func TestHold(t *testing.T) {
	dir := unpack(t, "-- a/x --\n1\n-- b/x --\n2\n-- b/c/x --\n3\n")
	start := open(t, dir).Roots()[0].Top()
	type held struct {
		e       walk.Entry
		release func()
	}
	var all []held
	_, err := walk.Walk(t.Context(), start, walk.Options{}, func(e walk.Entry) error {
		if e.Type == tree.Regular {
			all = append(all, held{e, e.Hold()}, held{e, e.Hold()})
		}
		return nil
	})
	if err != nil || len(all) != 6 {
		t.Fatalf("%d held, %v", len(all), err)
	}
	for _, h := range all {
		f, err := h.e.Dir.Open(h.e.Name)
		if err != nil {
			t.Errorf("%s: %v", h.e.Rel(), err)
			continue
		}
		f.Close()
		h.release()
	}
	if f, err := all[0].e.Dir.Open("x"); err == nil {
		f.Close()
		t.Error("a directory is open after all released it")
	}
}
