package change

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Fill makes the directory at to, at which nothing may be, and creates those that
// are missing above it. fn fills it under another name, so that it is there with
// all that is in it, or not at all. What fn returns is returned, and nothing is
// left then. The directory that fn gets is closed afterwards.
func (c *Changer) Fill(ctx context.Context, to tree.Path, fn func(*tree.Dir) error) (err error) {
	s, err := c.enterName(ctx, to, Write{MakeParents: true})
	if err != nil {
		return err
	}
	defer func() { s.leave(err) }()
	if _, exists, err := s.lstat(); err != nil || exists {
		if err == nil {
			err = tree.Errorf(tree.Exists, to, "it exists already")
		}
		return err
	}
	t, err := newTempDir(s.dir)
	if err != nil {
		return s.at(err)
	}
	defer t.discard()
	if err := firstOf(fn(t.d), ctx.Err()); err != nil {
		return t.named(s.path, err)
	}
	return s.at(t.rename(s.name))
}

// A tempDir is a directory that is being filled. Its lock tells [Changer.Sweep]
// that somebody does.
type tempDir struct {
	parent, d *tree.Dir // d is nil once it has its name
	name      string
	lock      *os.File
}

// newTempDir creates a directory in parent.
func newTempDir(parent *tree.Dir) (*tempDir, error) {
	const tries = 4
	for range tries {
		name := tree.TempName()
		if err := parent.Mkdir(name, 0o777); err != nil {
			return nil, err
		}
		d, err := parent.OpenDir(name)
		if tree.KindOf(err) == tree.NotFound {
			continue // a sweep has found it before it was locked
		}
		if err != nil {
			return nil, err
		}
		f, err := d.File()
		if err == nil && lockTemp(f) && !emptied(parent, name) {
			return &tempDir{parent, d, name, f}, nil
		}
		if f != nil {
			f.Close()
		}
		d.Close()
	}
	return nil, tree.Errorf(tree.Busy, parent.Path(), "temporary directories vanish as soon as they are created")
}

// emptied reports whether the name is gone: not every file system counts the
// links of a directory that was removed.
func emptied(parent *tree.Dir, name string) bool {
	_, err := parent.Lstat(name)
	return err != nil
}

// rename gives the directory its name.
func (t *tempDir) rename(name string) error {
	if !renamesOpen {
		t.close()
	}
	if err := t.parent.Rename(t.name, t.parent, name, false); err != nil {
		return err
	}
	t.close()
	t.name = ""
	return nil
}

// discard removes the directory unless it was renamed.
func (t *tempDir) discard() {
	if t.name == "" {
		return
	}
	if !renamesOpen {
		t.close()
	}
	removeTree(t.parent, t.name)
	t.close()
}

func (t *tempDir) close() {
	if t.d != nil {
		t.lock.Close()
		t.d.Close()
		t.d = nil
	}
}

// named makes an error about something in the directory one about where it was
// to be.
func (t *tempDir) named(to tree.Path, err error) error {
	var e *tree.Error
	if !errors.As(err, &e) {
		return err
	}
	rest, ok := strings.CutPrefix(e.Path, t.d.Path().String())
	if !ok {
		return err
	}
	c := *e
	c.Path = to.String() + rest
	return &c
}

// removeTree removes a name in d with all that is below it, and reports whether
// it did.
func removeTree(d *tree.Dir, name string) bool {
	r := &remover{ctx: context.Background(), most: 1 << 40}
	return r.entry(d, name, 0) == nil
}
