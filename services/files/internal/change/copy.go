package change

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// The limits of a copy.
const (
	DefaultCopyEntries = 100_000
	DefaultCopyBytes   = 16 << 30
	// skipsShown bounds how many things that were not copied are named.
	skipsShown = 20
)

// Progress is told how far long work has come.
type Progress func(done, total int64, message string)

// Copying says how to copy. The zero value copies one file to a new place.
type Copying struct {
	// Recursive copies directories.
	Recursive bool
	// Overwrite replaces files that are there. Without it nothing may be.
	Overwrite bool
	// MaxEntries and MaxBytes bound what is copied; 0 means DefaultCopyEntries
	// and DefaultCopyBytes.
	MaxEntries, MaxBytes int64
	Progress             Progress
}

// Copied is what was copied.
type Copied struct {
	// Path is where the copy is, links resolved.
	Path tree.Path
	Counts
	// ETag is that of a single file.
	ETag string
	// Skipped counts what was left out, and Skips names some of it.
	Skipped int64
	Skips   []Skip
}

// A Skip is something that was not copied.
type Skip struct {
	Path   tree.Path
	Reason string
}

// Copy copies a file or a tree, and creates directories that are missing above
// its new place. Files and directories keep their permissions, set-id bits
// apart, and the time of their last change. Each file appears at its new place when it is
// complete. Links are not followed: one in a tree is made again if from its new
// place it stays in the root. When the context ends, what was copied stays, and
// is told of beside the error.
func (c *Changer) Copy(ctx context.Context, from, to tree.Path, o Copying) (Copied, error) {
	if o.MaxEntries == 0 {
		o.MaxEntries = DefaultCopyEntries
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultCopyBytes
	}
	// A link that is named itself stands for what it leads to.
	real, err := from.Real()
	if err != nil {
		return Copied{}, err
	}
	k := &copier{o: o}
	return k.copyTo(ctx, c, real, to)
}

// A copier is a copy under way.
type copier struct {
	o     Copying
	res   Copied
	done  int64 // bytes
	total int64
	top   tree.Info // the directory that is made, which is not copied into itself
	// strict makes what cannot be copied exactly an error, and checks each copy;
	// seen is then what was copied.
	strict bool
	seen   map[string]tree.Info
}

func (k *copier) copyTo(ctx context.Context, c *Changer, from, to tree.Path) (_ Copied, err error) {
	info, err := from.Lstat()
	if err != nil {
		return Copied{}, err
	}
	s, err := c.enterName(ctx, to, Write{MakeParents: true})
	if err != nil {
		return Copied{}, err
	}
	defer func() { s.leave(err) }()
	k.res.Path = s.path
	if err := k.place(s, info, from); err != nil {
		return Copied{}, err
	}
	counts, err := c.Count(ctx, from, k.o.MaxEntries+1)
	if err != nil {
		return Copied{}, err
	}
	if counts.Entries() > k.o.MaxEntries || counts.Bytes > k.o.MaxBytes {
		return Copied{}, tree.Errorf(tree.TooLarge, from, "it has more than %d entries or %d bytes, the limits of a copy", k.o.MaxEntries, k.o.MaxBytes)
	}
	k.total = counts.Bytes

	if info.Type == tree.Regular {
		src, err := from.Parent()
		if err != nil {
			return Copied{}, err
		}
		defer src.Close()
		if err := k.file(ctx, src, from.Base(), s.dir, s.name); err != nil {
			return Copied{}, s.at(err)
		}
		k.res.ETag = s.etag()
		return k.res, nil
	}
	src, err := from.OpenDir()
	if err != nil {
		return Copied{}, err
	}
	defer src.Close()
	return k.res, k.sub(ctx, src, info, s.dir, s.name, 0)
}

// place checks that a copy of what info describes may appear at s.
func (k *copier) place(s *site, info tree.Info, from tree.Path) error {
	switch info.Type {
	case tree.Regular:
	case tree.Directory:
		if !k.o.Recursive {
			e := tree.Errorf(tree.IsDirectory, from, "it is a directory")
			e.Hint = "recursive=true copies it with all that is in it"
			return e
		}
		if within(s.path, from) {
			return tree.Errorf(tree.Invalid, s.asked, "it is inside of what is copied")
		}
	default:
		return regular(from, info)
	}
	there, exists, err := s.lstat()
	if err != nil || !exists {
		return err
	}
	if !k.o.Overwrite {
		return taken(s, there)
	}
	if there.Type != info.Type {
		return tree.Errorf(tree.Exists, s.asked, "something of another type is there")
	}
	if k.sameAs(there, info) {
		return tree.Errorf(tree.Invalid, s.asked, "it is the same file")
	}
	return nil
}

func (k *copier) sameAs(a, b tree.Info) bool { return a.Ino != 0 && a.Dev == b.Dev && a.Ino == b.Ino }

func taken(s *site, there tree.Info) error {
	e := tree.Errorf(tree.Exists, s.asked, "it exists already")
	switch there.Type {
	case tree.Regular:
		e.Hint = "overwrite=true replaces it"
	case tree.Directory:
		e.Hint = "it is a directory; give the new name with its path"
	}
	return e
}

// within reports whether p is top or below it.
func within(p, top tree.Path) bool {
	a, b := p.Root.Host()+"/"+p.Rel+"/", top.Root.Host()+"/"+top.Rel+"/"
	if top.IsRoot() {
		b = top.Root.Host() + "/"
	}
	return strings.HasPrefix(a, b)
}

// sub copies the directory src to a name in dst.
func (k *copier) sub(ctx context.Context, src *tree.Dir, info tree.Info, dst *tree.Dir, name string, depth int) error {
	if depth > maxDepth {
		return tooDeep(src)
	}
	// What is copied into it needs the owner's permissions.
	mode := permissions(info.Mode) | 0o700
	err := dst.Mkdir(name, mode)
	made := err == nil
	if err != nil && (tree.KindOf(err) != tree.Exists || !k.o.Overwrite) {
		return err
	}
	k.res.Dirs++
	to, err := dst.OpenDir(name)
	if err != nil {
		return err
	}
	defer to.Close()
	if depth == 0 {
		if k.top, err = dst.Lstat(name); err != nil {
			return err
		}
	}
	names, err := list(ctx, src, k.o.MaxEntries)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := k.entry(ctx, src, name, to, depth); err != nil {
			return err
		}
	}
	if made {
		return likeDir(to, mode, info.ModTime)
	}
	return nil
}

// entry copies one entry of src into dst.
func (k *copier) entry(ctx context.Context, src *tree.Dir, name string, dst *tree.Dir, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if tree.IsTemp(name) || src.Path().IsRoot() && name == tree.TrashDir {
		return nil
	}
	if k.res.Entries()+k.res.Skipped >= k.o.MaxEntries {
		return tree.Errorf(tree.TooLarge, src.Path(), "more than %d entries, the limit of a copy", k.o.MaxEntries)
	}
	p := src.Path().Join(name)
	info, err := src.Lstat(name)
	switch {
	case tree.KindOf(err) == tree.NotFound && !k.strict:
		return nil
	case err != nil:
		return err
	case info.Type == tree.Directory:
		if k.sameAs(info, k.top) {
			return tree.Errorf(tree.Invalid, p, "it is copied into itself")
		}
		sub, err := src.OpenDir(name)
		if err != nil {
			return k.skip(p, err)
		}
		defer sub.Close()
		return k.sub(ctx, sub, info, dst, name, depth+1)
	case info.Type == tree.Regular:
		return k.file(ctx, src, name, dst, name)
	case info.Type == tree.Symlink:
		return k.link(src, name, info, dst)
	}
	return k.skip(p, tree.Errorf(tree.NotRegular, p, "it is a device, FIFO or socket"))
}

// link makes a link again if its target, seen from its new place, is in the root.
func (k *copier) link(src *tree.Dir, name string, info tree.Info, dst *tree.Dir) error {
	p := src.Path().Join(name)
	target, err := src.Readlink(name)
	if err != nil {
		return k.skip(p, err)
	}
	if path.IsAbs(target) {
		return k.skip(p, tree.Errorf(tree.Outside, p, "it is a link with an absolute path"))
	}
	if rel := path.Join(dst.Path().Rel, target); rel == ".." || strings.HasPrefix(rel, "../") {
		return k.skip(p, tree.Errorf(tree.Outside, p, "it is a link that would lead out of the root"))
	}
	err = dst.Symlink(target, name)
	if tree.KindOf(err) == tree.Exists && k.o.Overwrite {
		return k.skip(p, tree.Errorf(tree.Exists, p, "it is a link, and its new place is taken"))
	}
	if err != nil {
		return err
	}
	k.res.Links++
	k.note(p, info)
	return nil
}

// file copies a regular file.
func (k *copier) file(ctx context.Context, src *tree.Dir, name string, dst *tree.Dir, newName string) error {
	f, err := src.Open(name)
	if err != nil {
		return k.skip(src.Path().Join(name), err)
	}
	defer f.Close()
	if k.done+f.Info().Size > k.o.MaxBytes {
		return tooManyBytes(src, k.o.MaxBytes)
	}
	t, err := newTemp(dst, 0o600)
	if err != nil {
		return err
	}
	defer t.discard()
	p := dst.Path().Join(newName)
	err = transfer(ctx, t.f, f, func(n int64) error {
		if k.done += n; k.done > k.o.MaxBytes {
			return tooManyBytes(src, k.o.MaxBytes)
		}
		if k.o.Progress != nil {
			k.o.Progress(k.done, max(k.done, k.total), fmt.Sprintf("%d files copied", k.res.Files))
		}
		return nil
	})
	if err == nil && k.strict {
		err = verify(ctx, t.f, f)
	}
	if err == nil {
		err = like(t.f, f.Info())
	}
	if err == nil {
		err = flush(t.f)
	}
	if err != nil {
		return (&site{asked: p}).at(err)
	}
	if there, err := dst.Lstat(newName); err == nil && there.Type != tree.Regular {
		return tree.Errorf(tree.Exists, p, "something of another type is there")
	}
	if err := t.rename(newName, k.o.Overwrite); err != nil {
		return (&site{asked: p}).at(err)
	}
	k.res.Files++
	k.res.Bytes += f.Info().Size
	k.note(src.Path().Join(name), f.Info())
	return nil
}

func tooManyBytes(src *tree.Dir, most int64) error {
	return tree.Errorf(tree.TooLarge, src.Path(), "more than %d bytes, the limit of a copy", most)
}

// skip leaves p out, for the reason that err tells.
func (k *copier) skip(p tree.Path, err error) error {
	var e *tree.Error
	// The named file itself is not left out: it is all there is to copy.
	if !errors.As(err, &e) || k.strict || k.res.Dirs == 0 {
		return err
	}
	k.res.Skipped++
	if len(k.res.Skips) < skipsShown {
		k.res.Skips = append(k.res.Skips, Skip{p, e.Message})
	}
	return nil
}

func (k *copier) note(p tree.Path, info tree.Info) {
	if k.strict {
		k.seen[p.Rel] = info
	}
}
