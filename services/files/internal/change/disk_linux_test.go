package change

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// children are what this test binary does in another process, by role.
var children = map[string]func(args []string) error{
	"write": writeForEver, "fill": fillForEver, "full": onFullDisk, "limit": belowLimit, "readonly": onReadOnlyDisk, "mounted": moveFromMount,
}

// TestFileSizeLimit looks, in a process of its own, at what is left of a change
// that comes to the limit on the size of files.
func TestFileSizeLimit(t *testing.T) {
	if out, err := child(t, "limit", t.TempDir()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func mountTmpfs(dir, options string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("this test needs to mount a tmpfs, as root or in a user namespace: %w", err)
	}
	return unix.Mount("tmpfs", dir, "tmpfs", 0, options)
}

// A disk is a root whose state is compared after each change that must fail.
type disk struct {
	c   *Changer
	top tree.Path
	dir string
}

func newDisk(dir string) (*disk, error) {
	all, err := tree.Open([]tree.Spec{{Name: "r", Path: dir}}, tree.Options{})
	if err != nil {
		return nil, err
	}
	return &disk{New(Options{}), all.Roots()[0].Top(), dir}, nil
}

// state tells every file with its size and the first byte of its content.
func (d *disk) state() (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(d.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			fmt.Fprintln(&b, path)
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintln(&b, path, len(data), strings.Trim(string(data), "o") == "")
		return err
	})
	return b.String(), err
}

// refuse makes every kind of change with too much data, and expects this kind of
// error and the files as they were.
func (d *disk) refuse(want tree.Kind, data []byte) error {
	ctx := context.Background()
	before, err := d.state()
	if err != nil {
		return err
	}
	f := d.top.Join("f")
	set := func(Current) ([]byte, error) { return data, nil }
	changes := map[string]func() error{
		"put":      func() error { _, err := d.c.Put(ctx, f, Write{}, data); return err },
		"durable":  func() error { _, err := d.c.Put(ctx, f, Write{Durable: true}, data); return err },
		"new":      func() error { _, err := d.c.Put(ctx, d.top.Join("new"), Write{}, data); return err },
		"parents":  func() error { _, err := d.c.Put(ctx, d.top.Join("n/e/w"), Write{MakeParents: true}, data); return err },
		"update":   func() error { _, err := d.c.Update(ctx, f, Write{}, set); return err },
		"in place": func() error { _, err := d.c.Put(ctx, f, Write{InPlace: true}, data); return err },
		"append":   func() error { _, err := d.c.Append(ctx, f, Write{}, data); return err },
		"batch": func() error {
			b := d.c.Begin()
			_, err := b.Update(ctx, f, Write{}, func(Current) ([]byte, error) { return []byte("little"), nil })
			if err == nil {
				_, err = b.Update(ctx, d.top.Join("g"), Write{}, set)
			}
			return errors.Join(err, b.Commit(ctx))
		},
		"copy": func() error { _, err := d.c.Copy(ctx, d.top.Join("big"), d.top.Join("new"), Copying{}); return err },
	}
	for name, change := range changes {
		if err := change(); tree.KindOf(err) != want {
			return fmt.Errorf("%s: the error is %w, want %q", name, err, want)
		}
		after, err := d.state()
		if err != nil || after != before {
			return fmt.Errorf("%s: there was\n%s\nnow there is\n%s, %w", name, before, after, err)
		}
	}
	return nil
}

func (d *disk) fill(sizes map[string]int) error {
	for name, n := range sizes {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(strings.Repeat("o", n)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func onFullDisk(args []string) error {
	if err := mountTmpfs(args[0], "size=1m"); err != nil {
		return err
	}
	d, err := newDisk(args[0])
	if err != nil {
		return err
	}
	if err := d.fill(map[string]int{"f": 50_000, "g": 50_000, "big": 600_000}); err != nil {
		return err
	}
	return d.refuse(tree.NoSpace, []byte(strings.Repeat("n", 900_000)))
}

// belowLimit has a limit on the size of files (RLIMIT_FSIZE), whose signal must
// not end the process.
func belowLimit(args []string) error {
	d, err := newDisk(args[0])
	if err != nil {
		return err
	}
	if err := d.fill(map[string]int{"f": 50_000, "g": 50_000, "big": 600_000}); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 400_000, Max: 400_000}); err != nil {
		return err
	}
	return d.refuse(tree.TooLarge, []byte(strings.Repeat("n", 900_000)))
}

func onReadOnlyDisk(args []string) error {
	if err := mountTmpfs(args[0], "size=4m"); err != nil {
		return err
	}
	d, err := newDisk(args[0])
	if err != nil {
		return err
	}
	if err := d.fill(map[string]int{"f": 50_000, "g": 50_000, "big": 600_000}); err != nil {
		return err
	}
	if err := unix.Mount("", args[0], "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		return err
	}
	ctx := context.Background()
	for name, err := range map[string]error{
		"delete": second(d.c.Delete(ctx, d.top.Join("f"), Deleting{})),
		"trash":  second(d.c.Delete(ctx, d.top.Join("f"), Deleting{Trash: true})),
		"move":   second(d.c.Move(ctx, d.top.Join("f"), d.top.Join("new"), Moving{})),
	} {
		if tree.KindOf(err) != tree.ReadOnly {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return d.refuse(tree.ReadOnly, []byte("new"))
}

func second[T any](_ T, err error) error { return err }

// moveFromMount moves between a root and what is mounted in it.
func moveFromMount(args []string) error {
	sub := filepath.Join(args[0], "sub")
	if err := os.Mkdir(sub, 0o755); err != nil {
		return err
	}
	if err := mountTmpfs(sub, "size=4m"); err != nil {
		return err
	}
	d, err := newDisk(args[0])
	if err != nil {
		return err
	}
	if err := d.fill(map[string]int{"sub/f": 50_000}); err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := d.c.Delete(ctx, d.top.Join("sub/f"), Deleting{Trash: true}); tree.KindOf(err) != tree.Unsupported {
		return fmt.Errorf("trash: %w", err)
	}
	res, err := d.c.Move(ctx, d.top.Join("sub/f"), d.top.Join("f"), Moving{})
	if err != nil || !res.Copied || res.Files != 1 {
		return fmt.Errorf("move: %+v, %w (%w)", res.Counts, err, errors.Unwrap(err))
	}
	fi, err := os.Stat(filepath.Join(args[0], "f"))
	if err != nil || fi.Size() != 50_000 {
		return fmt.Errorf("%v, %w", fi, err)
	}
	if _, err := os.Stat(filepath.Join(sub, "f")); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the file is still there: %w", err)
	}
	return unix.Unmount(sub, unix.MNT_DETACH)
}
