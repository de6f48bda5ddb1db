package change

import (
	"context"
	"fmt"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// DefaultDeleteEntries is how much is deleted for good at once.
const DefaultDeleteEntries = 10_000

// Deleting says how to delete. The zero value removes a file, a link or an empty
// directory for good.
type Deleting struct {
	// Recursive deletes a directory with all that is in it.
	Recursive bool
	// IfMatch is the etag that the file must have, "" for any.
	IfMatch string
	// Trash moves it into the root's trash, in one step, whatever its size.
	Trash bool
	// DryRun counts only.
	DryRun bool
	// MaxEntries bounds what is removed for good; 0 means DefaultDeleteEntries.
	MaxEntries int64
	Progress   Progress
}

// Deleted is what was removed, or would be.
type Deleted struct {
	// Path is where it was, links in its directory resolved.
	Path tree.Path
	Type tree.Type
	Counts
	// Trash is where it is now, if it is in the trash: [Changer.Move] from there
	// restores it.
	Trash *tree.Path
}

// Delete removes what is at p; of a link, the link. It walks from open
// directories and follows nothing, so that a directory that is exchanged for a
// link meanwhile leads nowhere. Roots are refused.
func (c *Changer) Delete(ctx context.Context, p tree.Path, o Deleting) (res Deleted, err error) {
	if o.MaxEntries == 0 {
		o.MaxEntries = DefaultDeleteEntries
	}
	s, err := c.enterName(ctx, p, Write{MustExist: true})
	if err != nil {
		return Deleted{}, err
	}
	defer func() { s.leave(err) }()
	info, err := c.deletable(s, o)
	if err != nil {
		return Deleted{}, err
	}
	res.Path, res.Type = s.path, info.Type
	res.Counts, err = c.Count(ctx, s.path, o.MaxEntries+1)
	if o.Trash && tree.KindOf(err) == tree.TooLarge {
		res.More, err = true, nil // it can be moved however deep it is
	}
	if err != nil {
		return Deleted{}, err
	}
	if !o.Trash && res.Entries() > o.MaxEntries {
		e := tree.Errorf(tree.TooLarge, p, "it has more than %d entries, the limit of what is deleted for good at once", o.MaxEntries)
		e.Hint = "delete parts of it, or use trash=true"
		return Deleted{}, e
	}
	if info.Type == tree.Directory && !o.Recursive && res.Entries() > 1 {
		e := tree.Errorf(tree.NotEmpty, p, "the directory is not empty")
		e.Hint = "recursive=true deletes it with all that is in it"
		return Deleted{}, e
	}
	if o.DryRun {
		return res, nil
	}
	if o.Trash {
		to, err := discard(s, info)
		if err != nil {
			return Deleted{}, err
		}
		res.Trash = &to
		return res, nil
	}
	r := &remover{ctx: ctx, most: o.MaxEntries, total: res.Entries(), progress: o.Progress}
	if info.Type == tree.Directory && !o.Recursive {
		r.most = 1
		err = s.dir.Remove(s.name)
		r.removed.add(info)
	} else {
		err = r.entry(s.dir, s.name, 0)
	}
	res.Counts = r.removed
	if err == nil {
		forget(s.path)
	}
	return res, err
}

// deletable checks what is to be deleted.
func (c *Changer) deletable(s *site, o Deleting) (tree.Info, error) {
	info, exists, err := s.lstat()
	switch {
	case err != nil:
		return info, err
	case !exists:
		return info, tree.Errorf(tree.NotFound, s.asked, "there is no such file or directory")
	case o.Trash && inTrash(s.path):
		e := tree.Errorf(tree.Invalid, s.asked, "it is in the trash already")
		e.Hint = "trash=false deletes it for good"
		return info, e
	case o.IfMatch == "":
		return info, nil
	case info.Type != tree.Regular:
		return info, tree.Errorf(tree.Invalid, s.asked, "only a file has an etag")
	case o.IfMatch != s.etag():
		return info, changed(s.asked)
	}
	return info, nil
}

// A remover removes trees.
type remover struct {
	ctx      context.Context
	most     int64
	total    int64
	removed  Counts
	progress Progress
	// only, if it is not nil, is what may be removed, unless it has changed;
	// kept counts the rest.
	only map[string]tree.Info
	kept int64
}

// entry removes a name in d, and what is below it.
func (r *remover) entry(d *tree.Dir, name string, depth int) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	info, err := d.Lstat(name)
	if tree.KindOf(err) == tree.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Type == tree.Directory {
		gone, err := r.dir(d, name, depth)
		if err != nil || !gone {
			return err
		}
	} else if was, ok := r.only[d.Path().Join(name).Rel]; r.only != nil && !(ok && sameFile(was, info)) {
		r.kept++
		return nil
	}
	if r.removed.Entries() >= r.most {
		return tree.Errorf(tree.TooLarge, d.Path(), "it grew above %d entries while it was deleted", r.most)
	}
	if err := d.Remove(name); err != nil && tree.KindOf(err) != tree.NotFound {
		return err
	}
	r.removed.add(info)
	if r.progress != nil {
		n := r.removed.Entries()
		r.progress(n, max(n, r.total), fmt.Sprintf("%d deleted", n))
	}
	return nil
}

// dir removes what is in a directory. gone says that nothing was kept in it.
func (r *remover) dir(d *tree.Dir, name string, depth int) (gone bool, err error) {
	if depth == maxDepth {
		return false, tooDeep(d)
	}
	sub, err := d.OpenDir(name)
	if err != nil {
		if info, again := d.Lstat(name); again != nil || info.Type != tree.Directory {
			// It was exchanged for something else: the name is removed, nothing behind it.
			return true, nil
		}
		return false, err
	}
	defer sub.Close()
	kept := r.kept
	names, err := list(r.ctx, sub, r.most)
	if err != nil {
		return false, err
	}
	for _, n := range names {
		if err := r.entry(sub, n, depth+1); err != nil {
			return false, err
		}
	}
	return r.kept == kept, nil
}
