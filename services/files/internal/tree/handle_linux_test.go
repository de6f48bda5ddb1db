package tree

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestHandleFollowsItsDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := Open([]Spec{{Name: "r", Path: dir}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	handle := func(rel string) *Handle {
		d, err := Path{tr.Roots()[0], rel}.OpenDir()
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		h, err := d.Handle()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close() })
		return h
	}
	a, again, b := handle("a"), handle("a"), handle("b")
	if a.ID() != again.ID() || a.ID() == b.ID() || a.Name() == again.Name() {
		t.Errorf("%v, %v and %v", a, again, b)
	}
	if a.Remote() || a.Check() != nil {
		t.Error("a directory on a local disk can be changed from afar")
	}
	err = errors.Join(os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "b", "was")), os.Symlink("/", filepath.Join(dir, "a")))
	if err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(a.Name()); err != nil || to != filepath.Join(dir, "b", "was") {
		t.Errorf("the handle leads to %q, %v", to, err)
	}
}
