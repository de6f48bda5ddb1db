package tree_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// within fails the test if fn waits for something.
func within(t *testing.T, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); fn() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s waits", what)
	}
}

// fifo makes a FIFO.
func fifo(t *testing.T, path string) {
	t.Helper()
	if err := unix.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestNotRegular refuses what would wait or act when it is opened, at once.
func TestNotRegular(t *testing.T) {
	root, _ := pair(t)
	fifo(t, root+"/fifo")
	t.Chdir(root) // a socket's path is short
	s, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "work="+root)
		refused(t, tr, "fifo", "socket")
		err := top(t, tr).Entries(func(e tree.Entry) error {
			if (e.Type == tree.Other) == (e.Name == "in.txt" || e.Name == "dir") {
				t.Errorf("%+v", e)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestDevices refuses those that every machine has.
func TestDevices(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		refused(t, open(t, opt, "dev=/dev"), "null", "zero", "full")
	})
}

// refused fails the test unless these are told as what they are and not opened.
func refused(t *testing.T, tr *tree.Tree, names ...string) {
	t.Helper()
	d := top(t, tr)
	for _, name := range names {
		within(t, name, func() {
			p := locate(t, tr, name)
			_, err1 := p.Open()
			_, err2 := d.Open(name)
			_, _, err3 := d.OpenWrite(name)
			for i, err := range []error{err1, err2, err3} {
				// Dir.Open is for what was listed as a file. It may meet the device's own
				// error.
				if kind := tree.KindOf(err); kind != tree.NotRegular && (i != 1 || kind == "") {
					t.Errorf("%s: %d: %v", name, i, err)
				}
			}
			if info, err := p.Stat(); err != nil || info.Type != tree.Other {
				t.Errorf("%s: %+v, %v", name, info, err)
			}
			if _, err := p.OpenDir(); tree.KindOf(err) != tree.NotDirectory {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestProc serves a file system of another kind: sizes are 0, and links lead
// where their text does not say.
func TestProc(t *testing.T) {
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "proc=/proc:ro")
		pid := fmt.Sprint(os.Getpid())
		for _, name := range []string{"self/environ", pid + "/environ", "version", "self/status"} {
			f, err := locate(t, tr, name).Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(f)
			if err != nil || len(b) == 0 || f.Info().Size != 0 {
				t.Errorf("%s: %d bytes, %+v, %v", name, len(b), f.Info(), err)
			}
			if tag, err := tree.ETag(f); err != nil || tag == "" {
				t.Errorf("%s: %v", name, err)
			}
			f.Close()
		}
		for _, name := range []string{"root", "cwd", "exe", "root/etc/passwd", "cwd/tree.go"} {
			p := locate(t, tr, "self/"+name)
			_, err1 := p.Open()
			_, err2 := p.OpenDir()
			_, err3 := p.Stat()
			_, err4 := p.Real()
			for i, err := range []error{err1, err2, err3, err4} {
				if tree.KindOf(err) != tree.Outside {
					t.Errorf("%s: %d: %v", name, i, err)
				}
			}
		}
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		within(t, "a pipe", func() {
			if _, err := locate(t, tr, fmt.Sprintf("self/fd/%d", r.Fd())).Open(); err == nil {
				t.Error("a pipe is opened")
			}
		})
		f, err := os.Open("/etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := locate(t, tr, fmt.Sprintf("self/fd/%d", f.Fd())).Open(); tree.KindOf(err) != tree.Outside {
			t.Errorf("a file behind a descriptor: %v", err)
		}
		d, err := locate(t, tr, "self/task").OpenDir()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if list, err := names(d); err != nil || len(list) == 0 {
			t.Errorf("%q, %v", list, err)
		}
	})
}

// TestWholeHost serves /, where every absolute link is inside.
func TestWholeHost(t *testing.T) {
	root, outside := pair(t)
	link(t, outside+"/in.txt", root+"/abs")
	each(t, func(t *testing.T, opt tree.Options) {
		tr := open(t, opt, "host=/:ro")
		for _, s := range []string{root + "/abs", strings.TrimPrefix(root, "/") + "/abs", "file://" + root + "/abs"} {
			if got, err := read(locate(t, tr, s)); got != secret {
				t.Errorf("%s: %q, %v", s, got, err)
			}
		}
	})
}

// TestRenameByLink is TestRename where the file system cannot do it itself.
func TestRenameByLink(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a", "b", "full/x", "moved/x"} {
		put(t, root, name, name)
	}
	link(t, "none", root+"/link")
	os.Mkdir(root+"/empty", 0o755)
	tr := open(t, tree.Options{}, "work="+root)
	if !tree.UsesDescriptors(tr) {
		t.Fatal("this kernel has no openat2, or something forbids it")
	}
	d := top(t, tr)
	for _, tt := range []struct {
		from, to string
		want     tree.Kind
	}{
		{"a", "b", tree.Exists}, {"a", "link", tree.Exists}, {"a", "empty", tree.Exists}, {"moved", "empty", tree.Exists}, {"moved", "full", tree.Exists},
		{"moved", "a", tree.Exists}, {"none", "x", tree.NotFound}, {"a", "new", ""}, {"moved", "new dir", ""}, {"link", "new link", ""},
	} {
		if err := tree.RenameByLink(d, tt.from, d, tt.to); tree.KindOf(err) != tt.want {
			t.Errorf("%s to %s: %v", tt.from, tt.to, err)
		}
	}
	for name, want := range map[string]string{"new": "a", "b": "b", "new dir/x": "moved/x", "full/x": "full/x"} {
		if got, err := read(locate(t, tr, name)); got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if sub, err := d.OpenDir("full"); err != nil {
		t.Error(err)
	} else {
		if err := tree.RenameByLink(d, "full", sub, "x2"); err == nil {
			t.Error("a directory is in itself")
		}
		if list, _ := names(sub); len(list) != 1 {
			t.Errorf("something is left: %q", list)
		}
		sub.Close()
	}
}

// TestDescriptors are all closed, also after errors.
func TestDescriptors(t *testing.T) {
	root, outside := pair(t)
	link(t, outside, root+"/out")
	link(t, root+"/dir", root+"/abs")
	link(t, "loop", root+"/loop")
	fifo(t, root+"/fifo")
	each(t, func(t *testing.T, opt tree.Options) {
		for range 20 {
			tr, err := tree.Open([]tree.Spec{{Name: "work", Path: root}}, opt)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []string{"in.txt", "dir", "dir/in.txt", "out/in.txt", "abs/in.txt", "abs", "loop", "fifo", "none", "none/none", "dir/im.txt", "é"} {
				p := locate(t, tr, s)
				read(p)
				p.Stat()
				p.Real()
				d, err := p.OpenDir()
				if err == nil {
					names(d)
					for _, name := range []string{"in.txt", "fifo", "out", "none", "dir"} {
						if f, err := d.Open(name); err == nil {
							f.Close()
						}
						if f, _, err := d.OpenWrite(name); err == nil {
							f.Close()
						}
						if sub, err := d.OpenDir(name); err == nil {
							d.Rename(name, sub, "x", false)
							sub.Close()
						}
						d.Readlink(name)
						d.Sync()
					}
					d.Close()
				}
			}
			n, err := tr.Narrow([]string{"file:///work/dir", "file:///work/out", "file:///work/abs", "file:///work/none"})
			if err != nil {
				t.Fatal(err)
			}
			n.Close()
			tr.Roots()[0].Check()
			tr.Close()
			tree.Open([]tree.Spec{{Name: "a", Path: root}, {Name: "a", Path: root}}, opt)
		}
	})
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if path, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(path, filepath.Dir(root)) {
			t.Errorf("%s is still open", path)
		}
	}
}
