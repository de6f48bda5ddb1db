package change

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func (b *box) move(from, to string, o Moving) (Moved, error) {
	return b.c.Move(b.t.Context(), b.path(from), b.path(to), o)
}

func TestMove(t *testing.T) {
	etag := tree.ETagOf([]byte("g"))
	for _, test := range []struct {
		name, from, to string
		o              Moving
		kind           tree.Kind
		want           string
	}{
		{"file", "f", "new", Moving{}, "", "d/ d/x x g g link->f new f"},
		{"into a directory", "f", "d/f", Moving{}, "", "d/ d/f f d/x x g g link->f"},
		{"directory", "d", "e", Moving{}, "", "e/ e/x x f f g g link->f"},
		{"the link itself", "link", "d/link", Moving{}, "", "d/ d/link->f d/x x f f g g"},
		{"taken", "f", "g", Moving{}, tree.Exists, ""},
		{"taken by a directory", "f", "d", Moving{Overwrite: true}, tree.Exists, ""},
		{"taken by a link", "f", "link", Moving{Overwrite: true}, tree.Exists, ""},
		{"overwrite", "f", "g", Moving{Overwrite: true}, "", "d/ d/x x g f link->f"},
		{"the etag", "f", "g", Moving{IfMatch: etag}, "", "d/ d/x x g f link->f"},
		{"another etag", "f", "g", Moving{IfMatch: tree.ETagOf([]byte("f"))}, tree.Conflict, ""},
		{"an etag of nothing", "f", "new", Moving{IfMatch: etag}, tree.Conflict, ""},
		{"a directory over a file", "d", "g", Moving{Overwrite: true}, tree.Exists, ""},
		{"nothing", "none", "new", Moving{}, tree.NotFound, ""},
		{"to no directory", "f", "n/o/f", Moving{}, "", "d/ d/x x g g link->f n/ n/o/ n/o/f f"},
		{"nothing to no directory", "none", "n/o/f", Moving{}, tree.NotFound, ""},
		{"into itself", "d", "d/e", Moving{}, tree.Invalid, ""},
		{"onto itself", "f", "f", Moving{Overwrite: true}, tree.Invalid, ""},
		{"the root", ".", "d/r", Moving{}, tree.Invalid, ""},
		{"case", "f", "F", Moving{}, "", "F f d/ d/x x g g link->f"},
		{"out", "f", "out/f", Moving{}, tree.Outside, ""},
		{"in from outside", "out/f", "new", Moving{}, tree.Outside, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBox(t)
			b.write("d/x", "x")
			b.write("f", "f")
			b.write("g", "g")
			b.link("f", "link")
			if test.kind == tree.Outside {
				b.link(b.outside, "out")
			}
			before := contents(t, b.dir)
			res, err := b.move(test.from, test.to, test.o)
			wantKind(t, err, test.kind)
			if test.kind != "" {
				b.wants(before...)
			} else {
				got := strings.ReplaceAll(strings.Join(contents(t, b.dir), " "), " -> ", "->")
				if got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				if want := test.name == "overwrite" || test.name == "the etag"; res.Replaced != want || res.Copied {
					t.Errorf("%+v", res)
				}
			}
			b.outsideIsEmpty()
		})
	}
}

// across moves as between file systems, whatever the system could do.
func across(c *Changer, from, to tree.Path, o Moving) (Moved, error) {
	a, err := openName(from, Write{})
	if err != nil {
		return Moved{}, err
	}
	defer a.leave(nil)
	b, err := openName(to, Write{})
	if err != nil {
		return Moved{}, err
	}
	defer b.leave(nil)
	info, _, err := a.lstat()
	if err != nil {
		return Moved{}, err
	}
	res := Moved{Path: to}
	if res.Replaced, err = o.replaces(a, b, info); err != nil {
		return Moved{}, err
	}
	return c.moveAcross(context.Background(), a, b, info, o, res)
}

func TestMoveToAnotherRoot(t *testing.T) {
	top := t.TempDir()
	for _, d := range []string{"a/d", "b"} {
		if err := os.MkdirAll(filepath.Join(top, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(top, "a/d/f"), []byte("f"), 0o644); err != nil {
		t.Fatal(err)
	}
	roots := openTree(t, filepath.Join(top, "a"), filepath.Join(top, "b")).Roots()
	a, b := roots[0].Top(), roots[1].Top()
	if _, err := New(Options{}).Move(t.Context(), a.Join("d"), b.Join("e"), Moving{}); err != nil {
		t.Error(err)
	}
	if got := strings.Join(contents(t, top), ","); got != "a/,b/,b/e/,b/e/f f" {
		t.Error(got)
	}
}

func TestMoveBetweenRoots(t *testing.T) {
	top := t.TempDir()
	for _, d := range []string{"a/d/e", "b"} {
		if err := os.MkdirAll(filepath.Join(top, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Date(2020, 1, 2, 3, 4, 5, 678901234, time.UTC)
	for f, content := range map[string]string{"a/f": "f", "a/d/g": "g", "a/d/e/h": "h", "b/taken": "old"} {
		name := filepath.Join(top, f)
		if err := os.WriteFile(name, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("g", filepath.Join(top, "a/d/link")); err != nil {
		t.Fatal(err)
	}
	roots := openTree(t, filepath.Join(top, "a"), filepath.Join(top, "b")).Roots()
	a, b := roots[0].Top(), roots[1].Top()
	c := New(Options{})
	before := contents(t, top)
	same := func() {
		t.Helper()
		if got := contents(t, top); strings.Join(got, "\n") != strings.Join(before, "\n") {
			t.Errorf("now there is %q", got)
		}
	}
	_, err := across(c, a.Join("f"), b.Join("taken"), Moving{})
	wantKind(t, err, tree.Exists)
	_, err = across(c, a.Join("d/link"), b.Join("link"), Moving{})
	wantKind(t, err, tree.Unsupported)
	same()
	// A link that the copy would turn away from the root stops the whole move.
	if err := os.Symlink("../../../x", filepath.Join(top, "a/d/e/out")); err != nil {
		t.Fatal(err)
	}
	before = contents(t, top)
	_, err = across(c, a.Join("d"), b.Join("d"), Moving{})
	wantKind(t, err, tree.Outside)
	same()
	if err := os.Remove(filepath.Join(top, "a/d/e/out")); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"a/d/e", "a/d"} { // group write is what a umask takes away
		d = filepath.Join(top, d)
		if err := errors.Join(os.Chmod(d, 0o770), os.Chtimes(d, then, then)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = across(c, a.Join("d"), b.Join("d"), Moving{}); err != nil {
		t.Fatal(err)
	}
	var told int64
	res, err := across(c, a.Join("f"), b.Join("taken"), Moving{Overwrite: true, Progress: func(done, total int64, _ string) {
		if done < told || done > total {
			t.Errorf("progress %d of %d after %d", done, total, told)
		}
		told = done
	}})
	if err != nil || !res.Copied || !res.Replaced || told != 1 {
		t.Errorf("%+v, %v, %d", res, err, told)
	}
	if got := strings.Join(contents(t, top), ","); got != "a/,b/,b/d/,b/d/e/,b/d/e/h h,b/d/g g,b/d/link -> g,b/taken f" {
		t.Error(got)
	}
	fi, err := os.Stat(filepath.Join(top, "b/d/g"))
	if err != nil || fi.Mode() != 0o640 || !fi.ModTime().Equal(then) {
		t.Errorf("the moved file is %v %v, %v", fi.Mode(), fi.ModTime(), err)
	}
	for _, d := range []string{"b/d/e", "b/d"} {
		fi, err := os.Stat(filepath.Join(top, d))
		if err != nil || fi.Mode().Perm() != 0o770 || !fi.ModTime().Equal(then) {
			t.Errorf("the moved directory %s is %v %v, %v", d, fi.Mode(), fi.ModTime(), err)
		}
	}
}

// TestMoveKeepsWhatCameMeanwhile changes and adds files while a tree is moved to
// another root.
func TestMoveKeepsWhatCameMeanwhile(t *testing.T) {
	top := t.TempDir()
	for _, d := range []string{"a/d", "b"} {
		if err := os.MkdirAll(filepath.Join(top, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(f, content string) {
		if err := os.WriteFile(filepath.Join(top, f), []byte(content), 0o644); err != nil {
			t.Error(err)
		}
	}
	write("a/d/f", "f")
	write("a/d/g", "g")
	roots := openTree(t, filepath.Join(top, "a"), filepath.Join(top, "b")).Roots()
	c := New(Options{})
	a, b := openNames(t, roots[0].Top().Join("d"), roots[1].Top().Join("d"))
	info, _, err := a.lstat()
	if err != nil {
		t.Fatal(err)
	}
	meddled := false
	_, err = c.moveAcross(t.Context(), a, b, info, Moving{Progress: func(done, _ int64, _ string) {
		if done == 2 && !meddled { // both are read by now
			meddled = true
			write("a/d/new", "new")
		}
	}}, Moved{})
	wantKind(t, err, tree.Conflict)
	if got := strings.Join(contents(t, top), ","); got != "a/,a/d/,a/d/new new,b/,b/d/,b/d/f f,b/d/g g" {
		t.Error(got)
	}
}

func openNames(t *testing.T, from, to tree.Path) (*site, *site) {
	t.Helper()
	a, err := openName(from, Write{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := openName(to, Write{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.leave(nil); b.leave(nil) })
	return a, b
}

func (b *box) copy(from, to string, o Copying) (Copied, error) {
	return b.c.Copy(b.t.Context(), b.path(from), b.path(to), o)
}

func TestCopy(t *testing.T) {
	b := newBox(t)
	b.write("d/f", "f")
	b.write("d/e/g", "g")
	b.link("e/g", "d/in")
	b.link("../h", "d/above")
	b.link("../../outside", "d/out")
	b.link(b.dir+"/h", "d/absolute")
	b.write("h", "h")
	res, err := b.copy("d", "copy", Copying{Recursive: true})
	if err != nil || res.Files != 2 || res.Dirs != 2 || res.Links != 2 || res.Bytes != 2 || res.Skipped != 2 || len(res.Skips) != 2 {
		t.Errorf("%+v, %v", res, err)
	}
	copied := []string{"copy/", "copy/above -> ../h", "copy/e/", "copy/e/g g", "copy/f f", "copy/in -> e/g"}
	got := contents(t, b.dir)
	if strings.Join(got[:len(copied)], ",") != strings.Join(copied, ",") {
		t.Errorf("%q", got)
	}
	before := contents(t, b.dir)
	for _, test := range []struct {
		from, to string
		o        Copying
		kind     tree.Kind
	}{
		{"d", "x", Copying{}, tree.IsDirectory},
		{"d", "copy", Copying{Recursive: true}, tree.Exists},
		{"d", "d/x", Copying{Recursive: true}, tree.Invalid},
		{"d", "d", Copying{Recursive: true, Overwrite: true}, tree.Invalid},
		{".", "d/x", Copying{Recursive: true}, tree.Invalid},
		{"h", "h", Copying{Overwrite: true}, tree.Invalid},
		{"h", "d", Copying{Overwrite: true}, tree.Exists},
		{"h", "copy/in", Copying{Overwrite: true}, tree.Exists},
		{"d/out", "x", Copying{Recursive: true}, tree.Outside},
		{"none", "x", Copying{}, tree.NotFound},
		{"h", "d/f", Copying{}, tree.Exists},
		{"d", "x", Copying{Recursive: true, MaxEntries: 3}, tree.TooLarge},
		{"d", "x", Copying{Recursive: true, MaxBytes: 1}, tree.TooLarge},
	} {
		_, err := b.copy(test.from, test.to, test.o)
		if got := tree.KindOf(err); got != test.kind {
			t.Errorf("%s to %s: %v, want %q", test.from, test.to, err, test.kind)
		}
		b.wants(before...)
	}
	b.write("copy/f", "other")
	if _, err := b.copy("d", "copy", Copying{Recursive: true, Overwrite: true}); err != nil {
		t.Error(err)
	}
	b.wants(before...)
	one, err := b.copy("d/in", "i", Copying{})
	if err != nil || one.ETag != tree.ETagOf([]byte("g")) || b.read("i") != "g" {
		t.Errorf("%+v, %v", one, err)
	}
	b.outsideIsEmpty()
}

func TestCopyIsCancelled(t *testing.T) {
	b := newBox(t)
	b.write("d/f", strings.Repeat("f", 3*piece))
	b.write("d/g", strings.Repeat("g", 3*piece))
	ctx, cancel := context.WithCancel(t.Context())
	res, err := b.c.Copy(ctx, b.path("d"), b.path("x"), Copying{Recursive: true, Progress: func(done, _ int64, _ string) {
		if done > 3*piece {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || res.Files > 2 {
		t.Errorf("%+v, %v", res, err)
	}
	for _, l := range contents(t, filepath.Join(b.dir, "x")) {
		if name, content, _ := strings.Cut(l, " "); tree.IsTemp(name) || len(content) != 3*piece {
			t.Errorf("%s with %d bytes is left", name, len(content))
		}
	}
}

func (b *box) remove(rel string, o Deleting) (Deleted, error) {
	return b.c.Delete(b.t.Context(), b.path(rel), o)
}

func TestDelete(t *testing.T) {
	b := newBox(t)
	if err := os.WriteFile(filepath.Join(b.outside, "f"), []byte("f"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.write("d/e/f", "12345")
	b.write("d/g", "1")
	b.write("h", "h")
	b.link(b.outside, "d/out")
	b.link(b.outside, "out")
	if err := os.Mkdir(filepath.Join(b.dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := contents(t, b.dir)
	for _, test := range []struct {
		rel  string
		o    Deleting
		kind tree.Kind
	}{
		{".", Deleting{Recursive: true}, tree.Invalid},
		{"d", Deleting{}, tree.NotEmpty},
		{"d", Deleting{Trash: true}, tree.NotEmpty},
		{"none", Deleting{}, tree.NotFound},
		{"out/f", Deleting{}, tree.Outside},
		{"h", Deleting{IfMatch: "other"}, tree.Conflict},
		{"d", Deleting{IfMatch: "other", Recursive: true}, tree.Invalid},
		{"d", Deleting{Recursive: true, MaxEntries: 4}, tree.TooLarge},
	} {
		_, err := b.remove(test.rel, test.o)
		if got := tree.KindOf(err); got != test.kind {
			t.Errorf("%s %+v: %v, want %q", test.rel, test.o, err, test.kind)
		}
		b.wants(before...)
	}
	want := Counts{Files: 2, Dirs: 2, Links: 1, Bytes: 6}
	for _, dry := range []bool{true, false} {
		res, err := b.remove("d", Deleting{Recursive: true, DryRun: dry})
		if err != nil || res.Counts != want || res.Trash != nil {
			t.Errorf("%+v, %v", res, err)
		}
		if dry {
			b.wants(before...)
		}
	}
	for rel, o := range map[string]Deleting{"out": {}, "empty": {}, "h": {IfMatch: tree.ETagOf([]byte("h"))}} {
		if _, err := b.remove(rel, o); err != nil {
			t.Error(err)
		}
	}
	b.wants()
	if got := contents(t, b.outside); len(got) != 1 {
		t.Errorf("outside there is %q", got)
	}
}

func TestTrash(t *testing.T) {
	b := newBox(t)
	b.write("d/e/f", "f")
	res, err := b.remove("d", Deleting{Recursive: true, Trash: true})
	if err != nil || res.Trash == nil || res.Counts != (Counts{Files: 1, Dirs: 2, Bytes: 1}) {
		t.Fatalf("%+v, %v", res, err)
	}
	id := filepath.Dir(res.Trash.Rel)
	var r record
	if err := json.Unmarshal([]byte(b.read(id+".json")), &r); err != nil || r.Path != "d" {
		t.Errorf("%+v, %v", r, err)
	}
	if runtime.GOOS != "windows" {
		if fi, err := os.Stat(filepath.Join(b.dir, tree.TrashDir)); err != nil || fi.Mode().Perm() != 0o700 {
			t.Errorf("the trash has the mode %v, %v", fi.Mode(), err)
		}
	}
	_, err = b.remove(res.Trash.Rel, Deleting{Recursive: true, Trash: true})
	wantKind(t, err, tree.Invalid)
	if _, err := b.move(res.Trash.Rel, "back", Moving{}); err != nil {
		t.Fatal(err)
	}
	b.wants(tree.TrashDir+"/", "back/", "back/e/", "back/e/f f")

	// For good, from the trash: nothing is left of it.
	res, err = b.remove("back", Deleting{Recursive: true, Trash: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.remove(res.Trash.Rel, Deleting{Recursive: true}); err != nil {
		t.Error(err)
	}
	b.wants(tree.TrashDir + "/")
}

func TestTrashIsNoLink(t *testing.T) {
	b := newBox(t)
	b.write("f", "f")
	b.write("inside/g", "g")
	for _, target := range []string{b.outside, "inside"} {
		b.link(target, tree.TrashDir)
		if _, err := b.remove("f", Deleting{Trash: true}); err == nil || !strings.Contains(err.Error(), `"f": the trash of its root is not a directory`) {
			t.Errorf("the trash is a link to %s: %v", target, err)
		}
		b.wants(tree.TrashDir+" -> "+target, "f f", "inside/", "inside/g g")
		os.Remove(filepath.Join(b.dir, tree.TrashDir))
	}
	b.outsideIsEmpty()
}

func TestSweep(t *testing.T) {
	b := newBox(t)
	b.write("a/b/"+tree.TempName(), "half")
	b.write(tree.TempName(), "half")
	b.write("a/.mcp-files-mine", "somebody's")
	b.write("a/keep", "keep")
	b.link(b.outside, "a/out")
	if err := os.WriteFile(filepath.Join(b.outside, tree.TempName()), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := b.path("a").OpenDir()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	live, err := newTemp(d, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-TrashTime-time.Hour).UTC().Format(trashStamp) + "-aaaaaaaa"
	b.write(tree.TrashDir+"/"+old+"/d/f", "f")
	b.write(tree.TrashDir+"/"+old+".json", "{}")
	young := time.Now().UTC().Format(trashStamp) + "-aaaaaaaa"
	b.write(tree.TrashDir+"/"+young+"/f", "f")
	b.write(tree.TrashDir+"/"+young+".json", "{}")
	if runtime.GOOS == "windows" {
		t.Log("without locks only the age of a temporary file tells")
	}
	removed, err := b.c.Sweep(t.Context(), b.path("."))
	if err != nil || removed != 3 {
		t.Errorf("%d removed, %v", removed, err)
	}
	if err := live.rename("alive", false); err != nil {
		t.Error("a file that was being written is gone:", err)
	}
	b.wants(tree.TrashDir+"/", tree.TrashDir+"/"+young+"/", tree.TrashDir+"/"+young+"/f f", tree.TrashDir+"/"+young+".json {}",
		"a/", "a/.mcp-files-mine somebody's", "a/alive ", "a/b/", "a/keep keep", "a/out -> "+b.outside)
	if got := contents(t, b.outside); len(got) != 1 {
		t.Errorf("outside there is %q", got)
	}
	// The first write into a directory cleans it.
	b.write("a/b/"+tree.TempName(), "half")
	if err := b.put("a/b/new", "new", Write{}); err != nil {
		t.Error(err)
	}
	if got := contents(t, filepath.Join(b.dir, "a/b")); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestLocksAreTakenOnceAndLeft(t *testing.T) {
	var l locks
	unlock, err := l.lock(t.Context(), "b", "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.lock(ctx, "0", "a"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(l.held) != 2 {
		t.Errorf("%d locks", len(l.held))
	}
	unlock()
	unlock()
	if len(l.held) != 0 {
		t.Errorf("%d locks are left", len(l.held))
	}
}

// TestCopyOfGrowingFile ends, though something writes to the file for ever: what
// comes after the copy began is left out.
func TestCopyOfGrowingFile(t *testing.T) {
	b := newBox(t)
	b.write("log", strings.Repeat("x", 1000))
	f, err := os.OpenFile(filepath.Join(b.dir, "log"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	grow := func(done, total int64, _ string) {
		if done > 1000 {
			t.Errorf("%d of %d bytes are copied", done, total)
		}
		if done > 1<<20 {
			return
		}
		if _, err := f.Write(make([]byte, piece)); err != nil {
			t.Error(err)
		}
	}
	res, err := b.copy("log", "copy", Copying{Progress: grow})
	if err != nil || res.Bytes != 1000 {
		t.Errorf("%d bytes, %v", res.Bytes, err)
	}
	if got := b.read("copy"); got != strings.Repeat("x", 1000) {
		t.Errorf("the copy has %d bytes", len(got))
	}
}

// TestNothingIsPutWhereSweepsRemove refuses all ways into the trash of a root, or
// of one that is in it, but deleting, and into what looks temporary: what has an
// old date there, or no writer, is removed for good.
func TestNothingIsPutWhereSweepsRemove(t *testing.T) {
	b := newBox(t)
	ctx := t.Context()
	b.write("f", "data")
	b.write("d/20200101T000000Z-x/f", "data")
	b.write(".mcp-trash/20200101T000000Z-y/f", "old")
	old := tree.TrashDir + "/20200101T000000Z-x/f"
	for name, do := range map[string]func(to string) error{
		"put": func(to string) error { return b.put(to, "x", Write{MakeParents: true}) },
		"append": func(to string) error {
			_, err := b.c.Append(ctx, b.path(to), Write{MakeParents: true}, []byte("x"))
			return err
		},
		"move": func(to string) error { _, err := b.move("f", to, Moving{}); return err },
		"copy": func(to string) error { _, err := b.copy("f", to, Copying{}); return err },
		"batch": func(to string) error {
			batch := b.c.Begin()
			defer batch.Rollback()
			return batch.Move(ctx, b.path("f"), b.path(to))
		},
	} {
		for _, to := range []string{old, "sub/" + old, ".MCP-Trash/20200101T000000Z-x/f", ".mcp-trash/20200101T000000Z-y/f", tree.TempName() + "/f", "sub/" + tree.TempName() + "/x/f"} {
			t.Run(name+" "+to, func(t *testing.T) { wantKind(t, do(to), tree.Invalid) })
		}
	}
	_, err := b.move("d", "sub/"+tree.TrashDir, Moving{})
	wantKind(t, err, tree.Invalid)
	if _, err := b.move(".mcp-trash/20200101T000000Z-y/f", "back", Moving{}); err != nil {
		t.Errorf("out of the trash: %v", err)
	}
}

// TestDeepTreeGoesToTheTrash though it is too deep to be counted, or deleted for
// good.
func TestDeepTreeGoesToTheTrash(t *testing.T) {
	b := newBox(t)
	deep := filepath.Join(b.dir, "deep", strings.Repeat("d/", maxDepth+10))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := b.remove("deep", Deleting{Recursive: true})
	wantKind(t, err, tree.TooLarge)
	res, err := b.remove("deep", Deleting{Recursive: true, Trash: true})
	if err != nil || !res.More {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := os.Lstat(filepath.Join(b.dir, "deep")); !os.IsNotExist(err) {
		t.Error(err)
	}
}
