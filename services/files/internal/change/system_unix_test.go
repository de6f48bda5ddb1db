//go:build unix

package change

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

func (b *box) mode(rel string) fs.FileMode {
	b.t.Helper()
	fi, err := os.Lstat(filepath.Join(b.dir, rel))
	if err != nil {
		b.t.Fatal(err)
	}
	return fi.Mode()
}

func (b *box) chmod(rel string, mode fs.FileMode) {
	b.t.Helper()
	if err := os.Chmod(filepath.Join(b.dir, rel), mode); err != nil {
		b.t.Fatal(err)
	}
}

func TestModes(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	b := newBox(t)
	for name, change := range map[string]func(string, string, Write) error{
		"put": b.put, "update": b.edit,
		"append": func(rel, s string, w Write) error {
			_, err := b.c.Append(t.Context(), b.path(rel), w, []byte(s))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, w := range []Write{{}, {InPlace: true}} {
				os.Remove(filepath.Join(b.dir, "new"))
				b.write("private", "x")
				b.chmod("private", 0o600)
				b.write("setuid", "x")
				b.chmod("setuid", 0o755|fs.ModeSetuid|fs.ModeSetgid)
				b.write("wide", "x")
				b.chmod("wide", 0o666)
				for rel, want := range map[string]fs.FileMode{"new": 0o640, "private": 0o600, "setuid": 0o755, "wide": 0o666} {
					if err := change(rel, name, w); err != nil {
						t.Error(err)
					}
					if got := b.mode(rel); got != want {
						t.Errorf("%s has the mode %v, want %v", rel, got, want)
					}
				}
				b.write("protected", "x")
				b.chmod("protected", 0o444)
				wantKind(t, change("protected", "y", w), tree.Denied)
				b.chmod("protected", 0o644)
			}
		})
	}
}

// TestTempIsPrivate looks at the temporary file of a change: nobody else may
// read what is written into it.
func TestTempIsPrivate(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	b := newBox(t)
	d, err := b.path(".").OpenDir()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	tmp, err := newTemp(d, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.mode(tmp.name); got != 0o600 {
		t.Errorf("the temporary file has the mode %v", got)
	}
	if !tree.IsTemp(tmp.name) {
		t.Errorf("%q is not known as a temporary file", tmp.name)
	}
	tmp.discard()
	b.wants()

	// Somebody who knew the name could not have it written through a link.
	b.link(filepath.Join(b.outside, "f"), tmp.name)
	if _, err := d.Create(tmp.name, 0o600); tree.KindOf(err) != tree.Exists {
		t.Errorf("a link in the place of a temporary file: %v", err)
	}
	b.outsideIsEmpty()
}

// TestHardLinkToOutside: what is outside of the root must not change by a name
// that it has inside.
func TestHardLinkToOutside(t *testing.T) {
	b := newBox(t)
	secret := filepath.Join(b.outside, "secret")
	if err := os.WriteFile(secret, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func() error{
		"put":    func() error { return b.put("f", "new", Write{}) },
		"update": func() error { return b.edit("f", "new", Write{}) },
		"append": func() error {
			_, err := b.c.Append(t.Context(), b.path("f"), Write{}, []byte("new"))
			return err
		},
		"batch": func() error {
			batch := b.c.Begin()
			_, err := batch.Update(t.Context(), b.path("f"), Write{}, func(Current) ([]byte, error) { return []byte("new"), nil })
			if err != nil {
				return err
			}
			return batch.Commit(t.Context())
		},
	}
	for name, change := range changes {
		os.Remove(filepath.Join(b.dir, "f"))
		if err := os.Link(secret, filepath.Join(b.dir, "f")); err != nil {
			t.Fatal(err)
		}
		wantKind(t, b.put("f", "new", Write{InPlace: true}), tree.Unsupported)
		wantKind(t, b.edit("f", "new", Write{InPlace: true}), tree.Unsupported)
		if err := change(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(secret); string(got) != "old" {
			t.Errorf("%s has written %q to the file outside", name, got)
		}
		if got := b.read("f"); got == "old" {
			t.Errorf("%s has changed nothing", name)
		}
	}
}

func TestInPlaceKeepsTheInode(t *testing.T) {
	b := newBox(t)
	b.write("f", "a long content")
	before, err := os.Stat(filepath.Join(b.dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"short", "a very much longer content", ""} {
		if err := b.put("f", content, Write{InPlace: true}); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(filepath.Join(b.dir, "f"))
		if err != nil || !os.SameFile(before, after) || b.read("f") != content {
			t.Errorf("%q: the file is another or holds %q", content, b.read("f"))
		}
	}
}

func TestSpecialFilesAreRefused(t *testing.T) {
	b := newBox(t)
	if err := syscall.Mkfifo(filepath.Join(b.dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, w := range []Write{{}, {InPlace: true}} {
		wantKind(t, b.put("fifo", "x", w), tree.NotRegular)
		wantKind(t, b.edit("fifo", "x", w), tree.NotRegular)
		_, err := b.c.Append(t.Context(), b.path("fifo"), w, []byte("x"))
		wantKind(t, err, tree.NotRegular)
	}
	_, err := b.c.Copy(t.Context(), b.path("fifo"), b.path("g"), Copying{})
	wantKind(t, err, tree.NotRegular)
}
