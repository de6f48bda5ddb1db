package change

import (
	"context"
	"io/fs"
	"os"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// A temp is a temporary file. Its lock tells [Changer.Sweep] that its writer is
// alive.
type temp struct {
	dir  *tree.Dir
	name string
	f    *os.File
}

// newTemp creates a temporary file in d.
func newTemp(d *tree.Dir, perm fs.FileMode) (*temp, error) {
	const tries = 4
	for range tries {
		name := tree.TempName()
		f, err := d.Create(name, perm)
		if err != nil {
			return nil, err
		}
		// A sweep may have found the file before it was locked.
		if lockTemp(f) {
			return &temp{d, name, f}, nil
		}
		f.Close()
	}
	return nil, tree.Errorf(tree.Busy, d.Path(), "temporary files vanish as soon as they are created")
}

// stage writes data into a temporary file beside the one that cur describes,
// and gives it the mode and owner of that.
func (s *site) stage(ctx context.Context, cur Current, durable bool, data []byte) (*temp, error) {
	return s.stageBy(cur, durable, func(f *os.File) error { return writeAll(ctx, f, data) })
}

// stageBy is stage with what fill writes.
func (s *site) stageBy(cur Current, durable bool, fill func(*os.File) error) (*temp, error) {
	perm := fs.FileMode(0o666) // the system takes the umask off
	if cur.Exists {
		perm = 0o600
	}
	t, err := newTemp(s.dir, perm)
	if err != nil {
		return nil, err
	}
	err = fill(t.f)
	if err == nil && cur.Exists {
		keepOwner(t.f, s)
		err = setMode(t.f, permissions(cur.Info.Mode))
	}
	if err == nil && durable {
		err = t.f.Sync()
	}
	if err == nil {
		err = flush(t.f)
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}

// writeAll writes data at the place of f, and stops when ctx ends.
func writeAll(ctx context.Context, f *os.File, data []byte) error {
	for len(data) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := f.Write(data[:min(len(data), piece)])
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return ctx.Err()
}

// rename gives the file its name. With replace, what is there is replaced.
func (t *temp) rename(name string, replace bool) error {
	if !renamesOpen {
		t.f.Close()
	}
	if err := t.dir.Rename(t.name, t.dir, name, replace); err != nil {
		return err
	}
	t.f.Close()
	t.f = nil
	return nil
}

// discard removes the file unless it was renamed.
func (t *temp) discard() {
	if t == nil || t.f == nil {
		return
	}
	if !renamesOpen {
		t.f.Close()
	}
	_ = t.dir.Remove(t.name)
	t.f.Close()
	t.f = nil
}
