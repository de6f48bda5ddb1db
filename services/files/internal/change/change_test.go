package change

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// TestMain runs one of the children's roles, or the tests.
func TestMain(m *testing.M) {
	if role := os.Getenv("FILES_CHILD"); role != "" {
		if err := children[role](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// A box is a root to change things in, and a directory beside it that must stay
// as it is.
type box struct {
	t       *testing.T
	c       *Changer
	dir     string
	outside string
	root    *tree.Root
}

func newBox(t *testing.T) *box {
	t.Helper()
	top := t.TempDir()
	b := &box{t: t, c: New(Options{}), dir: filepath.Join(top, "root"), outside: filepath.Join(top, "outside")}
	for _, d := range []string{b.dir, b.outside} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b.root = openTree(t, b.dir).Roots()[0]
	return b
}

func openTree(t testing.TB, dirs ...string) *tree.Tree {
	t.Helper()
	var specs []tree.Spec
	for i, d := range dirs {
		specs = append(specs, tree.Spec{Name: fmt.Sprintf("r%d", i), Path: d})
	}
	all, err := tree.Open(specs, tree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { all.Close() })
	return all
}

func (b *box) path(rel string) tree.Path { return b.root.Top().Join(rel) }

func (b *box) write(rel, content string) {
	b.t.Helper()
	name := filepath.Join(b.dir, rel)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) link(target, rel string) {
	b.t.Helper()
	if err := os.Symlink(target, filepath.Join(b.dir, rel)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) read(rel string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, rel))
	if err != nil {
		b.t.Error(err)
	}
	return string(data)
}

// wants compares what is in the root, as "path content", "path/" and
// "path -> target", with lines.
func (b *box) wants(lines ...string) {
	b.t.Helper()
	if got, want := strings.Join(contents(b.t, b.dir), "\n"), strings.Join(lines, "\n"); got != want {
		b.t.Errorf("the root holds\n%s\nwant\n%s", got, want)
	}
}

// outsideIsEmpty fails if anything was created outside of the root.
func (b *box) outsideIsEmpty() {
	b.t.Helper()
	if got := contents(b.t, b.outside); len(got) > 0 {
		b.t.Errorf("outside of the root there is now %q", got)
	}
}

func contents(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		switch {
		case e.IsDir():
			rel += "/"
		case e.Type() == fs.ModeSymlink:
			target, _ := os.Readlink(path)
			rel += " -> " + target
		case e.Type() == 0:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel += " " + string(data)
		}
		list = append(list, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (b *box) put(rel, content string, w Write) error {
	_, err := b.c.Put(b.t.Context(), b.path(rel), w, []byte(content))
	return err
}

// edit is an Update that writes content, whatever is there.
func (b *box) edit(rel, content string, w Write) error {
	_, err := b.c.Update(b.t.Context(), b.path(rel), w, func(Current) ([]byte, error) { return []byte(content), nil })
	return err
}

func wantKind(t *testing.T, err error, want tree.Kind) {
	t.Helper()
	if got := tree.KindOf(err); got != want {
		t.Errorf("got the error %v (%q), want the kind %q", err, got, want)
	}
	if err != nil && strings.Contains(err.Error(), ".mcp-files-") && want != tree.Invalid {
		t.Errorf("the error names a temporary file: %v", err)
	}
}

func TestWrite(t *testing.T) {
	etag := tree.ETagOf([]byte("old"))
	for _, test := range []struct {
		name string
		w    Write
		old  string // "" for no file
		kind tree.Kind
	}{
		{"new", Write{Create: true}, "", ""},
		{"new over one", Write{Create: true}, "old", tree.Exists},
		{"any", Write{}, "old", ""},
		{"must exist", Write{MustExist: true}, "", tree.NotFound},
		{"the etag", Write{IfMatch: etag}, "old", ""},
		{"another etag", Write{IfMatch: etag}, "other", tree.Conflict},
		{"an etag of nothing", Write{IfMatch: etag}, "", tree.Conflict},
		{"durable", Write{Durable: true}, "old", ""},
		{"in place", Write{InPlace: true, IfMatch: etag}, "old", ""},
		{"in place, another etag", Write{InPlace: true, IfMatch: etag}, "other", tree.Conflict},
		{"in place, new", Write{InPlace: true}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for how, change := range map[string]func(*box, string, string, Write) error{"put": (*box).put, "update": (*box).edit} {
				b := newBox(t)
				if test.old != "" {
					b.write("f", test.old)
				}
				dry := test.w
				dry.DryRun = true
				wantKind(t, change(b, "f", "a longer content", dry), test.kind)
				if test.old != "" {
					b.wants("f " + test.old)
				} else {
					b.wants()
				}
				wantKind(t, change(b, "f", "a longer content", test.w), test.kind)
				switch {
				case test.kind == "":
					b.wants("f a longer content")
				case test.old != "":
					b.wants("f " + test.old)
				default:
					b.wants()
				}
				if t.Failed() {
					t.Log(how)
				}
			}
		})
	}
}

func TestUpdateShowsWhatIsThere(t *testing.T) {
	b := newBox(t)
	b.write("f", "old")
	res, err := b.c.Update(t.Context(), b.path("f"), Write{}, func(cur Current) ([]byte, error) {
		if !cur.Exists || string(cur.Data) != "old" || cur.ETag != tree.ETagOf([]byte("old")) || cur.Info.Size != 3 {
			t.Errorf("Current is %+v", cur)
		}
		return append(cur.Data, " and new"...), nil
	})
	if err != nil || res.Created || res.Size != 11 || res.ETag != tree.ETagOf([]byte("old and new")) || res.Before != tree.ETagOf([]byte("old")) {
		t.Errorf("%+v, %v", res, err)
	}
	before, err := os.Stat(filepath.Join(b.dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.edit("f", "old and new", Write{}); err != nil {
		t.Error(err)
	}
	after, err := os.Stat(filepath.Join(b.dir, "f"))
	if err != nil || !os.SameFile(before, after) {
		t.Error("the same content was written again:", err)
	}
	refused := errors.New("no")
	if _, err := b.c.Update(t.Context(), b.path("f"), Write{}, func(Current) ([]byte, error) { return nil, refused }); err != refused {
		t.Errorf("the error of fn became %v", err)
	}
}

func TestConflictTellsNoETag(t *testing.T) {
	b := newBox(t)
	b.write("f", "now")
	err := b.put("f", "new", Write{IfMatch: tree.ETagOf([]byte("then"))})
	if err == nil || strings.Contains(err.Error(), tree.ETagOf([]byte("now"))) {
		t.Errorf("the error hands out the etag, or there is none: %v", err)
	}
}

func TestChangedWhileItIsEdited(t *testing.T) {
	b := newBox(t)
	b.write("f", "old")
	for _, inPlace := range []bool{false, true} {
		_, err := b.c.Update(t.Context(), b.path("f"), Write{InPlace: inPlace}, func(Current) ([]byte, error) {
			b.write("f", "mine, please")
			return []byte("new"), nil
		})
		wantKind(t, err, tree.Conflict)
		b.wants("f mine, please")
		b.write("f", "old")
	}
	_, err := b.c.Update(t.Context(), b.path("g"), Write{}, func(Current) ([]byte, error) {
		b.write("g", "mine")
		return []byte("new"), nil
	})
	wantKind(t, err, tree.Conflict)
	b.wants("f old", "g mine")
}

func TestLimits(t *testing.T) {
	b := newBox(t)
	b.c = New(Options{MaxFile: 10})
	b.write("f", "more than ten")
	wantKind(t, b.edit("f", "x", Write{}), tree.TooLarge)
	wantKind(t, b.put("g", "more than ten", Write{}), tree.TooLarge)
	if err := b.put("f", "few", Write{IfMatch: tree.ETagOf([]byte("more than ten"))}); err != nil {
		t.Error(err)
	}
	b.wants("f few")
}

func TestNamesThatAreNoFiles(t *testing.T) {
	b := newBox(t)
	b.write("d/f", "x")
	for rel, kind := range map[string]tree.Kind{
		".": tree.Invalid, "d": tree.IsDirectory, "d/f/g": tree.NotDirectory, "none/f": tree.NotFound,
		tree.TempName(): tree.Invalid, tree.TrashDir: tree.Invalid, strings.Repeat("n", 256): tree.Invalid,
	} {
		wantKind(t, b.put(rel, "new", Write{}), kind)
	}
	b.wants("d/", "d/f x")
}

func TestMakeParents(t *testing.T) {
	b := newBox(t)
	if err := b.put("a/b/c/f", "x", Write{MakeParents: true, DryRun: true}); err != nil {
		t.Error(err)
	}
	b.wants()
	if err := b.put("a/b/c/f", "x", Write{MakeParents: true}); err != nil {
		t.Error(err)
	}
	b.wants("a/", "a/b/", "a/b/c/", "a/b/c/f x")
	refused := errors.New("no")
	_, err := b.c.Update(t.Context(), b.path("a/n/m/f"), Write{MakeParents: true}, func(Current) ([]byte, error) { return nil, refused })
	if err != refused {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.c.Put(ctx, b.path("o/p/f"), Write{MakeParents: true}, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.wants("a/", "a/b/", "a/b/c/", "a/b/c/f x")
	b.link(b.outside, "out")
	wantKind(t, b.put("out/n/f", "x", Write{MakeParents: true}), tree.Outside)
	b.outsideIsEmpty()
}

func TestLinks(t *testing.T) {
	b := newBox(t)
	b.write("real/f", "old")
	b.link("real/f", "file")
	b.link("real", "dir")
	b.link("real/new", "dangling")
	b.link(filepath.Join(b.outside, "f"), "out")
	b.link("../outside/g", "out2")
	b.link("out2", "chain")
	for _, w := range []Write{{}, {InPlace: true}, {MakeParents: true}} {
		for _, rel := range []string{"out", "out2", "chain"} {
			wantKind(t, b.put(rel, "new", w), tree.Outside)
			wantKind(t, b.edit(rel, "new", w), tree.Outside)
			_, err := b.c.Append(t.Context(), b.path(rel), w, []byte("new"))
			wantKind(t, err, tree.Outside)
		}
	}
	b.outsideIsEmpty()
	for _, rel := range []string{"file", "dir/g", "dangling"} {
		if err := b.put(rel, "new", Write{}); err != nil {
			t.Error(err)
		}
	}
	b.wants("chain -> out2", "dangling -> real/new", "dir -> real", "file -> real/f",
		"out -> "+filepath.Join(b.outside, "f"), "out2 -> ../outside/g", "real/", "real/f new", "real/g new", "real/new new")
}

func TestOneOfManyWins(t *testing.T) {
	const writers = 100
	b := newBox(t)
	b.write("f", "old")
	etag := tree.ETagOf([]byte("old"))
	for name, change := range map[string]func(*box, string, string, Write) error{"put": (*box).put, "update": (*box).edit} {
		t.Run(name, func(t *testing.T) {
			if err := b.put("f", "old", Write{}); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var wg sync.WaitGroup
			var winners []string
			for i := range writers {
				wg.Go(func() {
					content := fmt.Sprint("writer ", i)
					err := change(b, "f", content, Write{IfMatch: etag})
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						winners = append(winners, content)
					} else {
						wantKind(t, err, tree.Conflict)
					}
				})
			}
			wg.Wait()
			if len(winners) != 1 || b.read("f") != winners[0] {
				t.Errorf("%q say that they have written; the file is %q", winners, b.read("f"))
			}
			if len(b.c.locks.held) != 0 {
				t.Errorf("%d locks are left", len(b.c.locks.held))
			}
		})
	}
}

func TestCreateOnce(t *testing.T) {
	b := newBox(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	created := 0
	for i := range 50 {
		wg.Go(func() {
			// Two Changers stand for two processes, which share no locks.
			c := New(Options{})
			_, err := c.Put(t.Context(), b.path("f"), Write{Create: true}, fmt.Append(nil, i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				created++
			} else {
				wantKind(t, err, tree.Exists)
			}
		})
	}
	wg.Wait()
	if created != 1 {
		t.Errorf("%d have created the file", created)
	}
}

func TestAppend(t *testing.T) {
	b := newBox(t)
	add := func(rel, s string, w Write) (Result, error) {
		return b.c.Append(t.Context(), b.path(rel), w, []byte(s))
	}
	res, err := add("f", "one\n", Write{})
	if err != nil || !res.Created || res.Size != 4 || res.ETag != tree.ETagOf([]byte("one\n")) {
		t.Errorf("%+v, %v", res, err)
	}
	res, err = add("f", "two\n", Write{IfMatch: res.ETag, Durable: true})
	if err != nil || res.Created || res.Size != 8 || res.ETag != tree.ETagOf([]byte("one\ntwo\n")) {
		t.Errorf("%+v, %v", res, err)
	}
	_, err = add("f", "three\n", Write{IfMatch: tree.ETagOf([]byte("one\n"))})
	wantKind(t, err, tree.Conflict)
	_, err = add("f", "three\n", Write{DryRun: true})
	wantKind(t, err, "")
	b.wants("f one\ntwo\n")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.c.Append(ctx, b.path("f"), Write{}, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	b.wants("f one\ntwo\n")
}

func TestAppendToSomethingHuge(t *testing.T) {
	b := newBox(t)
	b.write("f", "")
	if err := os.Truncate(filepath.Join(b.dir, "f"), 1<<40); err != nil {
		t.Fatal(err)
	}
	etag := func() string {
		f, err := b.path("f").Open()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		etag, err := tree.ETag(f)
		if err != nil {
			t.Fatal(err)
		}
		return etag
	}
	first := etag()
	res, err := b.c.Append(t.Context(), b.path("f"), Write{IfMatch: first}, []byte("end"))
	if err != nil || res.Size != 1<<40+3 || res.ETag != etag() || !strings.HasPrefix(res.ETag, "W/") {
		t.Errorf("%+v, %v", res, err)
	}
	_, err = b.c.Append(t.Context(), b.path("f"), Write{IfMatch: first}, []byte("end"))
	wantKind(t, err, tree.Conflict)
}

func TestTakeBack(t *testing.T) {
	b := newBox(t)
	for _, test := range []struct{ now, want string }{
		{"old + half", "old"},
		{"old + half, and another's", "old + half, and another's"},
		{"old another's", "old another's"},
		{"old", "old"},
	} {
		b.write("f", test.now)
		f, err := os.OpenFile(filepath.Join(b.dir, "f"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		takeBack(f, 3, []byte(" + half of it"))
		f.Close()
		if got := b.read("f"); got != test.want {
			t.Errorf("%q became %q, want %q", test.now, got, test.want)
		}
	}
}

func TestCancelledWriteLeavesNothing(t *testing.T) {
	b := newBox(t)
	b.write("f", "old")
	data := bytes.Repeat([]byte("x"), 8<<20)
	for _, inPlace := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := b.c.Update(ctx, b.path("f"), Write{InPlace: inPlace}, func(Current) ([]byte, error) {
			cancel()
			return data, nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		b.wants("f old")
	}
}
