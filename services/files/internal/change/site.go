package change

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// piece is how much is read or written between two looks at the context.
const piece = 256 << 10

// A site is a name in an open directory where something is about to change.
type site struct {
	asked  tree.Path // as the caller said it
	path   tree.Path // links resolved
	dir    *tree.Dir // nil in a dry run whose directory does not exist
	name   string
	made   []madeDir
	unlock func()
}

// A madeDir is a directory that was created for a change.
type madeDir struct {
	parent *tree.Dir
	name   string
}

// enter opens the directory of what p leads to and takes the lock of the name
// in it. The caller must leave.
func (c *Changer) enter(ctx context.Context, p tree.Path, w Write) (*site, error) {
	real, err := p.Real()
	if err != nil {
		return nil, err
	}
	s, err := openSite(p, real, w)
	return c.locked(ctx, s, err)
}

// enterName is enter for the name itself, which may be that of a link.
func (c *Changer) enterName(ctx context.Context, p tree.Path, w Write) (*site, error) {
	s, err := openName(p, w)
	return c.locked(ctx, s, err)
}

func (c *Changer) locked(ctx context.Context, s *site, err error) (*site, error) {
	if err != nil {
		return nil, err
	}
	if err := c.lockSites(ctx, s); err != nil {
		s.leave(err)
		return nil, err
	}
	return s, nil
}

func openName(p tree.Path, w Write) (*site, error) {
	if p.IsRoot() {
		return nil, isRoot(p)
	}
	parent, err := p.Dir().Real()
	if err != nil {
		return nil, err
	}
	return openSite(p, parent.Join(p.Base()), w)
}

func isRoot(p tree.Path) error {
	return tree.Errorf(tree.Invalid, p, "this is a root, which cannot be changed")
}

// openSite opens the directory of real, which has no link in it, and makes it
// if w says so.
func openSite(asked, real tree.Path, w Write) (*site, error) {
	switch {
	case real.IsRoot():
		return nil, isRoot(asked)
	case tree.IsTemp(real.Base()) || real.Rel == tree.TrashDir:
		return nil, tree.Errorf(tree.Invalid, asked, "the name is reserved for this server")
	case !w.MustExist && swept(real):
		// A sweep would delete it for good, and nobody would have been asked.
		return nil, tree.Errorf(tree.Invalid, asked, "a directory on its path is reserved for this server: nothing but what is deleted comes there")
	}
	s := &site{asked: asked, path: real, name: real.Base()}
	var err error
	s.dir, err = real.Parent()
	if tree.KindOf(err) == tree.NotFound {
		switch {
		case w.MakeParents && w.DryRun:
			return s, nil
		case w.MakeParents:
			err = s.makeParents()
		default:
			e := tree.Errorf(tree.NotFound, real.Dir(), "there is no such directory")
			if !w.MustExist {
				e.Hint = "make_parents=true of write_file creates it"
			}
			err = e
		}
	}
	if err != nil {
		s.leave(err)
		return nil, err
	}
	return s, nil
}

// makeParents creates the directories that are missing. Each step is taken from
// an open directory and follows no link, so that one that is put in the way
// leads nowhere.
func (s *site) makeParents() error {
	d, err := s.path.Root.Top().OpenDir()
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(path.Dir(s.path.Rel), "/") {
		sub, err := d.OpenDir(name)
		if tree.KindOf(err) == tree.NotFound {
			err = d.Mkdir(name, 0o777)
			mine := err == nil
			if err == nil || tree.KindOf(err) == tree.Exists {
				sub, err = d.OpenDir(name)
			}
			if mine {
				s.made = append(s.made, madeDir{d, name})
				d = nil // leave closes it
			}
		}
		if d != nil {
			d.Close()
		}
		if err != nil {
			return err
		}
		d = sub
	}
	s.dir = d
	return nil
}

// lockSites takes the locks of all sites at once; the first has them.
func (c *Changer) lockSites(ctx context.Context, sites ...*site) error {
	var keys []string
	for _, s := range sites {
		var parent tree.Info
		if s.dir != nil {
			var err error
			if parent, err = s.path.Dir().Stat(); err != nil {
				return err
			}
		}
		keys = append(keys, lockKey(s.path, parent))
	}
	unlock, err := c.locks.lock(ctx, keys...)
	if err != nil {
		return err
	}
	sites[0].unlock = unlock
	for _, s := range sites {
		c.sweepOnce(ctx, s)
	}
	return nil
}

// leave releases what enter took, and removes the directories that were made
// for a change that failed.
func (s *site) leave(err error) {
	if s.dir != nil {
		s.dir.Close()
	}
	for i := len(s.made) - 1; i >= 0; i-- {
		m := s.made[i]
		if err != nil {
			_ = m.parent.Remove(m.name) // fails if somebody uses it by now, as it should
		}
		m.parent.Close()
	}
	if s.unlock != nil {
		s.unlock()
	}
}

// at makes an error about a temporary file one about the file that was asked
// for.
func (s *site) at(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *tree.Error
	if errors.As(tree.Fail(s.asked, err), &e) {
		named := *e
		named.Path = s.asked.String()
		return &named
	}
	return err
}

// lstat returns what the name is; exists is false if there is nothing.
func (s *site) lstat() (info tree.Info, exists bool, err error) {
	if s.dir == nil {
		return info, false, nil
	}
	info, err = s.dir.Lstat(s.name)
	if tree.KindOf(err) == tree.NotFound {
		return info, false, nil
	}
	return info, err == nil, err
}

// current looks at the file of s. With whole it reads it; without, an etag is
// made only if w needs one.
func (c *Changer) current(ctx context.Context, s *site, w Write, whole bool) (Current, error) {
	const tries = 3
	for range tries {
		cur, err := c.look(ctx, s, w, whole)
		if err != nil || !cur.Exists {
			return cur, err
		}
		if info, exists, err := s.lstat(); err != nil || exists && sameFile(info, cur.Info) {
			return cur, err
		}
	}
	return Current{}, tree.Errorf(tree.Busy, s.asked, "it is being written by something else")
}

func (c *Changer) look(ctx context.Context, s *site, w Write, whole bool) (Current, error) {
	cur := Current{Path: s.path}
	info, exists, err := s.lstat()
	if err != nil || !exists {
		return cur, err
	}
	if err := regular(s.asked, info); err != nil {
		return cur, err
	}
	f, err := s.dir.Open(s.name)
	if tree.KindOf(err) == tree.Denied && !whole && w.IfMatch == "" {
		// What is replaced unseen need not be readable.
		cur.Exists, cur.Info = true, info
		return cur, nil
	}
	if err != nil {
		return cur, err
	}
	defer f.Close()
	cur.Exists, cur.Info = true, f.Info()
	if whole {
		if cur.Data, err = c.readAll(ctx, s.asked, f); err != nil {
			return cur, err
		}
	}
	switch {
	case whole && len(cur.Data) <= tree.HashedSize:
		cur.ETag = tree.ETagOf(cur.Data)
	case whole || w.IfMatch != "":
		cur.ETag, err = tree.ETag(f)
	}
	return cur, tree.Fail(s.asked, err)
}

func regular(p tree.Path, info tree.Info) error {
	switch info.Type {
	case tree.Regular:
		return nil
	case tree.Directory:
		return tree.Errorf(tree.IsDirectory, p, "it is a directory")
	case tree.Symlink:
		return tree.Errorf(tree.Busy, p, "a link was put in its place")
	}
	return tree.Errorf(tree.NotRegular, p, "it is a device, FIFO or socket")
}

func (c *Changer) readAll(ctx context.Context, p tree.Path, f *tree.File) ([]byte, error) {
	size := f.Info().Size
	if size > c.opt.MaxFile {
		return nil, tree.Errorf(tree.TooLarge, p, "it has %d bytes; the limit for changes is %d", size, c.opt.MaxFile)
	}
	data := make([]byte, 0, size+1)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if int64(len(data)) > c.opt.MaxFile {
			return nil, tree.Errorf(tree.TooLarge, p, "it grows above %d bytes, the limit for changes", c.opt.MaxFile)
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := f.Read(data[len(data):min(cap(data), len(data)+piece)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, tree.Fail(p, err)
		}
	}
}

// unchanged checks right before the change that the file still is what cur says.
// Nothing was promised about one whose content nobody looked at.
func (s *site) unchanged(cur Current) error {
	if !cur.Exists || cur.ETag == "" {
		return nil
	}
	info, exists, err := s.lstat()
	if err != nil {
		return err
	}
	if !exists || !sameFile(info, cur.Info) {
		return changed(s.asked)
	}
	if info.Size > tree.HashedSize {
		return nil
	}
	// Two writes in one tick of a coarse clock leave the same times.
	if etag := s.etag(); etag != cur.ETag {
		return changed(s.asked)
	}
	return nil
}

// etag returns the etag of the file as it is, "" if it cannot be read.
func (s *site) etag() string {
	f, err := s.dir.Open(s.name)
	if err != nil {
		return ""
	}
	defer f.Close()
	etag, err := tree.ETag(f)
	if err != nil {
		return ""
	}
	return etag
}

// sameFile reports whether nothing says that a file was changed between a and b.
func sameFile(a, b tree.Info) bool {
	return a.Type == b.Type && a.Dev == b.Dev && a.Ino == b.Ino && a.Size == b.Size &&
		a.ModTime.Equal(b.ModTime) && a.ChangeTime.Equal(b.ChangeTime)
}

// permissions returns the mode that new content gets in place of a file with
// mode. Set-id bits were given to the old content, not to this.
func permissions(mode fs.FileMode) fs.FileMode { return mode & 0o777 }
