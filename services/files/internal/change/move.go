package change

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Moving says how to move. The zero value moves to a place where nothing is.
type Moving struct {
	// Overwrite replaces a file that is at the new place, and IfMatch one that
	// has this etag. A directory is never replaced.
	Overwrite bool
	IfMatch   string
	Progress  Progress
}

// Moved is what was moved.
type Moved struct {
	// Path is where it is, links resolved.
	Path tree.Path
	// Replaced says that a file was there.
	Replaced bool
	// Copied says that it was copied and then removed, as between file systems.
	Copied bool
	// Counts are known if it was copied.
	Counts
}

// Move gives a file, a link itself or a directory another name, in one step.
// Directories that are missing there are created.
// Between file systems, and between roots where the system demands it, it is
// copied, the copy is compared with it, and then it is removed: what something
// else has changed meanwhile stays.
func (c *Changer) Move(ctx context.Context, from, to tree.Path, o Moving) (res Moved, err error) {
	a, err := openName(from, Write{MustExist: true})
	if err != nil {
		return Moved{}, err
	}
	b, err := openName(to, Write{MakeParents: true})
	if err != nil {
		a.leave(err)
		return Moved{}, err
	}
	defer func() { b.leave(err); a.leave(err) }()
	if err := c.lockSites(ctx, a, b); err != nil {
		return Moved{}, err
	}
	res.Path = b.path
	info, exists, err := a.lstat()
	if err == nil && !exists {
		err = tree.Errorf(tree.NotFound, from, "there is no such file or directory")
	}
	if err != nil {
		return Moved{}, err
	}
	if a.path.Rel == b.path.Rel && a.path.Root == b.path.Root {
		return Moved{}, tree.Errorf(tree.Invalid, to, "this is its name already")
	}
	if info.Type == tree.Directory && within(b.path, a.path) {
		return Moved{}, tree.Errorf(tree.Invalid, to, "a directory cannot be moved into itself")
	}
	if res.Replaced, err = o.replaces(a, b, info); err != nil {
		return Moved{}, err
	}
	if err := ctx.Err(); err != nil {
		return Moved{}, err
	}
	err = a.dir.Rename(a.name, b.dir, b.name, res.Replaced || renamesCase(a, b, info))
	switch {
	case err == nil:
		forget(a.path)
		return res, nil
	case errors.Is(err, syscall.EXDEV):
		return c.moveAcross(ctx, a, b, info, o, res)
	}
	return Moved{}, err
}

// replaces checks what is at the new place, and reports whether it is replaced.
func (o Moving) replaces(a, b *site, info tree.Info) (bool, error) {
	there, exists, err := b.lstat()
	switch {
	case err != nil:
		return false, err
	case !exists && o.IfMatch != "":
		return false, conflict(b.asked, "it does not exist any more")
	case !exists, renamesCase(a, b, info):
		return false, nil
	case !o.Overwrite && o.IfMatch == "":
		return false, taken(b, there)
	case there.Type != tree.Regular || info.Type != tree.Regular:
		return false, tree.Errorf(tree.Exists, b.asked, "only a file can be overwritten, and by a file")
	case there.Mode&0o222 == 0:
		return false, tree.Errorf(tree.Denied, b.asked, "the file is write-protected")
	case o.IfMatch != "" && o.IfMatch != b.etag():
		return false, changed(b.asked)
	}
	return true, nil
}

// renamesCase reports whether only the case of letters changes, on a file system
// that finds the file by both names.
func renamesCase(a, b *site, info tree.Info) bool {
	there, exists, err := b.lstat()
	return err == nil && exists && a.name != b.name && strings.EqualFold(a.name, b.name) &&
		a.path.Root == b.path.Root && a.path.Dir() == b.path.Dir() &&
		info.Ino != 0 && there.Dev == info.Dev && there.Ino == info.Ino && (info.Links == 1 || info.Type == tree.Directory)
}

// moveAcross copies, verifies and removes.
func (c *Changer) moveAcross(ctx context.Context, a, b *site, info tree.Info, o Moving, res Moved) (Moved, error) {
	if info.Type != tree.Regular && info.Type != tree.Directory {
		return Moved{}, tree.Errorf(tree.Unsupported, a.asked, "a link or a special file cannot be moved to another file system")
	}
	k := &copier{
		o:      Copying{Recursive: true, Overwrite: res.Replaced, MaxEntries: DefaultCopyEntries, MaxBytes: DefaultCopyBytes, Progress: o.Progress},
		strict: true, seen: make(map[string]tree.Info),
	}
	counts, err := c.Count(ctx, a.path, k.o.MaxEntries+1)
	if err != nil {
		return Moved{}, err
	}
	if counts.Entries() > k.o.MaxEntries || counts.Bytes > k.o.MaxBytes {
		return Moved{}, tree.Errorf(tree.TooLarge, a.asked, "it has more than %d entries or %d bytes, the limits of a move between file systems", k.o.MaxEntries, k.o.MaxBytes)
	}
	k.total = counts.Bytes
	if info.Type == tree.Regular {
		err = k.file(ctx, a.dir, a.name, b.dir, b.name)
	} else {
		err = k.moveDir(ctx, a, b, info)
	}
	if err != nil {
		return Moved{}, err
	}
	res.Copied, res.Counts = true, k.res.Counts
	// The copy is complete: from here on it is finished, whoever waits.
	r := &remover{ctx: context.WithoutCancel(ctx), most: k.o.MaxEntries, only: k.seen}
	if err := r.entry(a.dir, a.name, 0); err != nil {
		return Moved{}, err
	}
	if r.kept > 0 {
		e := tree.Errorf(tree.Conflict, a.asked, "it is copied to %q, but %d entries were changed or added meanwhile and are left", b.asked.String(), r.kept)
		return Moved{}, e
	}
	forget(a.path)
	return res, nil
}

func (k *copier) moveDir(ctx context.Context, a, b *site, info tree.Info) error {
	src, err := a.dir.OpenDir(a.name)
	if err != nil {
		return err
	}
	defer src.Close()
	err = k.sub(ctx, src, info, b.dir, b.name, 0)
	if err != nil && k.res.Dirs > 0 {
		undo := &remover{ctx: context.WithoutCancel(ctx), most: k.o.MaxEntries}
		if undone := undo.entry(b.dir, b.name, 0); undone != nil {
			return fmt.Errorf("%w (and a part of the copy is left: %w)", err, undone)
		}
	}
	return err
}
