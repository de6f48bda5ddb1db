package tree_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// top opens the top of a tree of one root.
func top(t testing.TB, tr *tree.Tree) *tree.Dir {
	t.Helper()
	d, err := tr.Roots()[0].Top().OpenDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// TestSingleNames refuses everywhere what is no single name.
func TestSingleNames(t *testing.T) {
	root, outside := pair(t)
	each(t, func(t *testing.T, opt tree.Options) {
		d := top(t, open(t, opt, "work="+root))
		sub, err := d.OpenDir("dir")
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		for _, name := range []string{"", ".", "..", "/", "a/b", "dir/in.txt", "../outside/in.txt", "/etc/passwd", "in.txt/", "a\x00", strings.Repeat("n", 256), outside} {
			ops := map[string]func() error{
				"Open": func() error { _, err := sub.Open(name); return err }, "OpenDir": func() error { _, err := sub.OpenDir(name); return err },
				"Lstat": func() error { _, err := sub.Lstat(name); return err }, "Readlink": func() error { _, err := sub.Readlink(name); return err },
				"Create": func() error { _, err := sub.Create(name, 0o600); return err }, "OpenWrite": func() error { _, _, err := sub.OpenWrite(name); return err },
				"Mkdir": func() error { return sub.Mkdir(name, 0o700) }, "Remove": func() error { return sub.Remove(name) },
				"Rename": func() error { return sub.Rename("in.txt", sub, name, true) }, "Rename from": func() error { return sub.Rename(name, d, "new", false) },
			}
			for what, op := range ops {
				if err := op(); tree.KindOf(err) != tree.Invalid {
					t.Errorf("%s %q: %v", what, name, err)
				}
			}
		}
	})
}

func TestReadOnly(t *testing.T) {
	root, _ := pair(t)
	each(t, func(t *testing.T, opt tree.Options) {
		d := top(t, open(t, opt, "work="+root+":ro"))
		_, err1 := d.Create("new", 0o600)
		_, _, err2 := d.OpenWrite("in.txt")
		for i, err := range []error{err1, err2, d.Mkdir("new", 0o700), d.Remove("in.txt"), d.Rename("in.txt", d, "new", true)} {
			if tree.KindOf(err) != tree.ReadOnly {
				t.Errorf("%d: %v", i, err)
			}
		}
	})
}

func TestFile(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		root := t.TempDir()
		put(t, root, "f", "0123456789")
		put(t, root, "empty", "")
		d := top(t, open(t, opt, "work="+root))
		f, err := d.Open("f")
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4)
		if n, err := f.Read(b); n != 4 || err != nil || string(b) != "0123" {
			t.Errorf("%q, %v", b[:n], err)
		}
		if n, err := f.ReadAt(b, 8); n != 2 || err != io.EOF || string(b[:n]) != "89" {
			t.Errorf("%q, %v", b[:n], err)
		}
		if n, err := f.ReadAt(b, 100); n != 0 || err != io.EOF {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := f.ReadAt(b, -1); err == nil || err == io.EOF {
			t.Errorf("%v", err)
		}
		if n, err := f.Read(nil); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if rest, err := io.ReadAll(f); string(rest) != "456789" || err != nil {
			t.Errorf("%q, %v", rest, err)
		}
		put(t, root, "f", "longer than before")
		if now, err := f.Stat(); err != nil || now.Size != 18 || f.Info().Size != 10 || f.Path().Rel != "f" {
			t.Errorf("%+v, %+v, %v", now, f.Info(), err)
		}
		tag, err := tree.ETag(f)
		if want := tree.ETagOf([]byte("longer than before")); err != nil || tag != want {
			t.Errorf("%s, want %s: %v", tag, want, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if _, err := f.Read(b); err == nil || strings.Contains(err.Error(), root) {
			t.Errorf("read after close: %v", err)
		}
		if err := f.Close(); err == nil {
			t.Error("closed twice")
		}
		e, err := d.Open("empty")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if n, err := e.Read(b); n != 0 || err != io.EOF {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// TestSparse reads the end of a file of a terabyte.
func TestSparse(t *testing.T) {
	root := t.TempDir()
	put(t, root, "f", "")
	if err := os.Truncate(filepath.Join(root, "f"), 1<<40); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, opt tree.Options) {
		f, err := locate(t, open(t, opt, "work="+root), "f").Open()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		b := make([]byte, 10)
		if n, err := f.ReadAt(b, 1<<40-5); n != 5 || err != io.EOF || f.Info().Size != 1<<40 {
			t.Errorf("%d, %v, %+v", n, err, f.Info())
		}
		if tag, err := tree.ETag(f); err != nil || !strings.HasPrefix(tag, "W/") {
			t.Errorf("%s, %v", tag, err)
		}
	})
}

func TestWrite(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		root := t.TempDir()
		d := top(t, open(t, opt, "work="+root))
		f, err := d.Create("f", 0o640|fs.ModeSetuid)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, "hello")
		f.Close()
		if _, err := d.Create("f", 0o600); tree.KindOf(err) != tree.Exists {
			t.Error(err)
		}
		if info, err := d.Lstat("f"); err != nil || info.Mode != 0o640 || info.Size != 5 || info.Type != tree.Regular {
			t.Errorf("%+v, %v", info, err)
		}
		w, info, err := d.OpenWrite("f")
		if err != nil || info.Size != 5 {
			t.Fatal(info, err)
		}
		w.WriteString("J")
		w.Close()
		if got, err := read(d.Path().Join("f")); got != "Jello" {
			t.Errorf("%q, %v", got, err)
		}
		if err := d.Mkdir("dir", 0o755); err != nil {
			t.Error(err)
		}
		for name, want := range map[string]tree.Kind{"f": tree.Exists, "dir": tree.Exists} {
			if err := d.Mkdir(name, 0o755); tree.KindOf(err) != want {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := d.OpenWrite("dir"); tree.KindOf(err) != tree.IsDirectory {
			t.Error(err)
		}
		if _, _, err := d.OpenWrite("none"); tree.KindOf(err) != tree.NotFound {
			t.Error(err)
		}
		put(t, root, "dir/x", "")
		if err := d.Remove("dir"); tree.KindOf(err) != tree.NotEmpty {
			t.Error(err)
		}
		os.Remove(filepath.Join(root, "dir/x"))
		for _, name := range []string{"dir", "f"} {
			if err := d.Remove(name); err != nil {
				t.Error(err)
			}
			if err := d.Remove(name); tree.KindOf(err) != tree.NotFound {
				t.Error(err)
			}
		}
		if err := d.Sync(); err != nil {
			t.Error(err)
		}
		if list, err := os.ReadDir(root); len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
	})
}

func TestRename(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		root := t.TempDir()
		for _, name := range []string{"a", "b", "sub/c", "full/x", "moved/x"} {
			put(t, root, name, name)
		}
		os.Mkdir(filepath.Join(root, "empty"), 0o755)
		link(t, "none", filepath.Join(root, "link"))
		d := top(t, open(t, opt, "work="+root))
		sub, err := d.OpenDir("sub")
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		deny := func(from string, to *tree.Dir, name string, replace bool, want tree.Kind) {
			t.Helper()
			if err := d.Rename(from, to, name, replace); tree.KindOf(err) != want {
				t.Errorf("%s to %s: %v, want %s", from, name, err, want)
			}
		}
		deny("a", d, "b", false, tree.Exists)
		deny("a", sub, "c", false, tree.Exists)
		deny("a", d, "link", false, tree.Exists)
		deny("a", d, "empty", false, tree.Exists)
		deny("moved", d, "empty", false, tree.Exists)
		deny("moved", d, "full", false, tree.Exists)
		deny("moved", d, "a", false, tree.Exists)
		deny("a", d, "full", true, tree.IsDirectory)
		deny("none", d, "x", false, tree.NotFound)
		deny("none", sub, "x", true, tree.NotFound)
		deny("sub", sub, "x", false, tree.Invalid)
		for name, want := range map[string]string{"a": "a", "b": "b", "sub/c": "sub/c", "full/x": "full/x", "moved/x": "moved/x"} {
			if got, err := read(d.Path().Join(name)); got != want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		move := func(from string, to *tree.Dir, name string, replace bool) {
			t.Helper()
			if err := d.Rename(from, to, name, replace); err != nil {
				t.Error(err)
			}
			if _, err := d.Lstat(from); tree.KindOf(err) != tree.NotFound {
				t.Errorf("%s is still there: %v", from, err)
			}
		}
		move("a", d, "new", false)
		move("new", d, "b", true)
		move("b", sub, "c", true)
		move("link", sub, "link", false)
		move("moved", sub, "moved", false)
		for name, want := range map[string]string{"sub/c": "a", "sub/moved/x": "moved/x"} {
			if got, err := read(d.Path().Join(name)); got != want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		list, err := names(d)
		slices.Sort(list)
		if err != nil || !slices.Equal(list, []string{"empty", "full", "sub"}) {
			t.Errorf("%q, %v", list, err)
		}
	})
}

// TestRenameRace lets many rename to one name: one of them does.
func TestRenameRace(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		for round := range 50 {
			root := t.TempDir()
			d := top(t, open(t, opt, "work="+root))
			var all sync.WaitGroup
			errs := make([]error, 8)
			for i := range errs {
				name := fmt.Sprint("f", i)
				if round%2 == 0 {
					put(t, root, name, name)
				} else {
					put(t, root, name+"/x", name)
				}
				all.Go(func() { errs[i] = d.Rename(name, d, "to", false) })
			}
			all.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if tree.KindOf(err) != tree.Exists {
					t.Error(err)
				}
			}
			if list, err := names(d); won != 1 || len(list) != len(errs) || err != nil {
				t.Fatalf("%d won; %q, %v", won, list, err)
			}
		}
	})
}

// TestEntries lists a directory of several reads, from several places at once.
func TestEntries(t *testing.T) {
	root := t.TempDir()
	var want []string
	for i := range 2000 {
		want = append(want, fmt.Sprintf("file with a name of some length %04d", i))
		put(t, root, want[i], "")
	}
	each(t, func(t *testing.T, opt tree.Options) {
		d := top(t, open(t, opt, "work="+root))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 3 {
					list, err := names(d)
					slices.Sort(list)
					if err != nil || !slices.Equal(list, want) {
						t.Errorf("%d names, %v", len(list), err)
					}
				}
			})
		}
		all.Wait()
		stop, n := errors.New("stop"), 0
		err := d.Entries(func(e tree.Entry) error {
			if n++; n == 7 {
				return stop
			}
			inner, err := names(d)
			if len(inner) != len(want) {
				t.Errorf("a listing in a listing: %d names", len(inner))
			}
			return err
		})
		if err != stop || n != 7 {
			t.Errorf("%d, %v", n, err)
		}
		if list, err := names(d); len(list) != len(want) {
			t.Errorf("after a stop: %d, %v", len(list), err)
		}
	})
}

// TestRemovedDir keeps what is open usable, and empty.
func TestRemovedDir(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		root := t.TempDir()
		put(t, root, "dir/sub/x", "")
		d := top(t, open(t, opt, "work="+root))
		sub, err := d.OpenDir("dir")
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close()
		os.RemoveAll(filepath.Join(root, "dir"))
		if list, err := names(sub); len(list) != 0 || err != nil {
			t.Errorf("%q, %v", list, err)
		}
		if _, err := sub.Create("new", 0o600); tree.KindOf(err) != tree.NotFound {
			t.Error(err)
		}
	})
}

// TestDeep reaches the bottom of 300 directories, by the path and by steps.
func TestDeep(t *testing.T) {
	root := t.TempDir()
	deep := strings.TrimSuffix(strings.Repeat("d/", 300), "/")
	put(t, root, deep+"/f", "deep")
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		if got, err := read(locate(t, tr, deep+"/f")); got != "deep" {
			t.Errorf("%q, %v", got, err)
		}
		n := 1
		if err := count(must(tr.Roots()[0].Top().OpenDir()), &n); err != nil || n != 302 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestPaths names what was opened by the way that led there.
func TestPaths(t *testing.T) {
	root, _ := pair(t)
	link(t, "dir", filepath.Join(root, "link"))
	each(t, func(t *testing.T, opt tree.Options) {
		d, err := locate(t, open(t, opt, "work="+root), "link").OpenDir()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		f, err := d.Open("in.txt")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if d.Path().Rel != "link" || f.Path().Rel != "link/in.txt" {
			t.Errorf("%s, %s", d.Path(), f.Path())
		}
		if fd, ok := d.Fd(); ok != (fd >= 0) || ok && opt.Portable {
			t.Errorf("%d, %v", fd, ok)
		}
	})
}

// TestClosed says so, and does not reach for a descriptor that is another's.
func TestClosed(t *testing.T) {
	root, _ := pair(t)
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		d := top(t, tr)
		p := locate(t, tr, "in.txt")
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		_, err1 := p.Open()
		_, err2 := p.Lstat()
		_, err3 := p.Real()
		_, err4 := p.Parent()
		for _, err := range []error{err1, err2, err3, err4} {
			if tree.KindOf(err) != tree.Busy {
				t.Error(err)
			}
		}
		if got, err := d.Lstat("in.txt"); err != nil || got.Size != 6 {
			t.Errorf("what was open is closed: %v", err)
		}
	})
}

// TestFail gives the errors of the system a kind, and names no path of the host.
func TestFail(t *testing.T) {
	p := open(t, tree.Options{}, "work="+t.TempDir()).Roots()[0].Top().Join("f")
	for _, tt := range []struct {
		err  error
		want tree.Kind
	}{
		{fs.ErrNotExist, tree.NotFound}, {syscall.ENOENT, tree.NotFound}, {syscall.EEXIST, tree.Exists}, {syscall.EROFS, tree.ReadOnly},
		{syscall.EACCES, tree.Denied}, {syscall.EPERM, tree.Denied}, {syscall.EISDIR, tree.IsDirectory}, {syscall.ENOTDIR, tree.NotDirectory},
		{syscall.ENOTEMPTY, tree.NotEmpty}, {syscall.ELOOP, tree.Invalid}, {syscall.ENAMETOOLONG, tree.Invalid}, {syscall.EXDEV, tree.Outside},
		{syscall.ENXIO, tree.NotRegular}, {syscall.ENOSPC, tree.NoSpace}, {syscall.EDQUOT, tree.NoSpace}, {syscall.EFBIG, tree.TooLarge},
		{syscall.EMFILE, tree.Busy}, {syscall.ENFILE, tree.Busy}, {syscall.EAGAIN, tree.Busy}, {syscall.EBUSY, tree.Busy}, {syscall.ETXTBSY, tree.Busy},
		{syscall.EIO, tree.Failed}, {syscall.EINVAL, tree.Invalid}, {syscall.ENOMEM, tree.Failed}, {errors.New("any"), tree.Failed},
	} {
		err := tree.Fail(p, &fs.PathError{Op: "open", Path: "/host/secret", Err: tt.err})
		if tree.KindOf(err) != tt.want || !errors.Is(err, tt.err) || strings.Contains(err.Error(), "host") || !strings.HasPrefix(err.Error(), `"f": `) {
			t.Errorf("%v: %s, %v", tt.err, tree.KindOf(err), err)
		}
		if again := tree.Fail(p.Dir(), err); again != err {
			t.Errorf("%v was changed", err)
		}
	}
	if tree.Fail(p, nil) != nil {
		t.Error("nil is an error")
	}
}
