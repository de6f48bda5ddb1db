package change

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// The limits of a batch: how many files, of which each holds up to three
// descriptors while it is committed, and how many times the content that one
// file may have.
const (
	batchFiles = 500
	batchBytes = 4
)

// A Batch is a change of several files, all of them or none. It is kept in
// memory until Commit. It is not safe for concurrent use.
type Batch struct {
	c     *Changer
	nodes map[string]*node
	bytes int64
	room  int64 // of what all changes share
	ended bool
}

// A node is a file of a batch: what was found, and what it is to be.
type node struct {
	asked, path tree.Path
	w           Write
	orig        Current

	exists bool
	data   []byte
	mode   fs.FileMode
	// from is the node whose file, unchanged, this one is to become: itself, or
	// where it was moved from. It is nil once the content is another.
	from *node
}

// Begin returns an empty batch. It must end with Commit or Rollback.
func (c *Changer) Begin() *Batch { return &Batch{c: c, nodes: make(map[string]*node)} }

// Update stages a change as [Changer.Update] makes it. A file may be staged
// several times: fn gets what the batch has made of it, and IfMatch may be the
// etag of that or of the file. What is staged with DryRun is seen by what is
// staged later, and not made by Commit. InPlace is not for batches.
func (b *Batch) Update(ctx context.Context, p tree.Path, w Write, fn func(Current) ([]byte, error)) (Result, error) {
	if w.InPlace {
		return Result{}, tree.Errorf(tree.Unsupported, p, "several files cannot be changed in place as one")
	}
	n, err := b.node(ctx, p, w)
	if err != nil {
		return Result{}, err
	}
	cur := n.current()
	check := cur
	if w.IfMatch != "" && w.IfMatch == n.orig.ETag {
		check.ETag = w.IfMatch
	}
	if err := w.allows(check); err != nil {
		return Result{}, err
	}
	data, err := fn(cur)
	if err != nil {
		return Result{}, err
	}
	if int64(len(data)) > b.c.opt.MaxFile {
		return Result{}, tree.Errorf(tree.TooLarge, p, "the new content has %d bytes; the limit is %d", len(data), b.c.opt.MaxFile)
	}
	if err := b.grow(p, int64(len(data))); err != nil {
		return Result{}, err
	}
	if err := b.c.take(p, int64(len(data))); err != nil {
		return Result{}, err
	}
	b.room += int64(len(data))
	res := Result{Path: n.path, Created: !cur.Exists, Size: int64(len(data)), Before: cur.ETag}
	if len(data) <= tree.HashedSize {
		res.ETag = tree.ETagOf(data)
	}
	if !cur.Exists || !bytes.Equal(data, cur.Data) {
		n.from = nil
	}
	if !cur.Exists {
		n.mode = 0
	}
	n.exists, n.data = true, data
	n.w.DryRun, n.w.Durable, n.w.MakeParents = w.DryRun, n.w.Durable || w.Durable, n.w.MakeParents || w.MakeParents
	return res, ctx.Err()
}

// Remove stages the removal of a file.
func (b *Batch) Remove(ctx context.Context, p tree.Path, ifMatch string) error {
	w := Write{IfMatch: ifMatch, MustExist: true}
	n, err := b.node(ctx, p, w)
	if err != nil {
		return err
	}
	cur := n.current()
	if ifMatch == n.orig.ETag {
		cur.ETag = ifMatch
	}
	if err := w.allows(cur); err != nil {
		return err
	}
	n.clear()
	return nil
}

// Move stages a change of name. Nothing may be at the new one. Directories that
// are missing there are created.
func (b *Batch) Move(ctx context.Context, from, to tree.Path) error {
	old, err := b.node(ctx, from, Write{MustExist: true})
	if err != nil {
		return err
	}
	if err := (Write{MustExist: true}).allows(old.current()); err != nil {
		return err
	}
	n, err := b.node(ctx, to, Write{Create: true, MakeParents: true})
	if err != nil {
		return err
	}
	if n == old {
		return tree.Errorf(tree.Invalid, to, "this is its name already")
	}
	if err := (Write{Create: true}).allows(n.current()); err != nil {
		return err
	}
	n.exists, n.data, n.mode, n.from = true, old.data, old.mode, old.from
	n.w.MakeParents = true
	n.w.DryRun = n.w.DryRun || old.w.DryRun
	old.clear()
	return nil
}

func (n *node) clear() { n.exists, n.data, n.mode, n.from = false, nil, 0, nil }

// current returns the file as the batch has made it.
func (n *node) current() Current {
	cur := Current{Path: n.path, Exists: n.exists}
	if !n.exists {
		return cur
	}
	cur.Data, cur.Info = n.data, n.orig.Info
	cur.Info.Size, cur.Info.Mode, cur.Info.Links, cur.Info.Type = int64(len(n.data)), n.mode, 1, tree.Regular
	if n.mode == 0 {
		cur.Info.Mode = 0o600 // a new file: not write-protected
	}
	if n.from == n {
		cur.ETag = n.orig.ETag
	} else {
		cur.ETag = tree.ETagOf(n.data)
	}
	return cur
}

// node returns the node of p, and looks at the file the first time.
func (b *Batch) node(ctx context.Context, p tree.Path, w Write) (*node, error) {
	if b.ended {
		return nil, tree.Errorf(tree.Invalid, p, "the batch has ended")
	}
	real, err := p.Real()
	if err != nil {
		return nil, err
	}
	key := real.Root.Host() + "\x00" + real.Rel
	if n := b.nodes[key]; n != nil {
		return n, nil
	}
	if len(b.nodes) == batchFiles {
		return nil, tree.Errorf(tree.TooLarge, p, "more than %d files in one change", batchFiles)
	}
	dry := w
	dry.DryRun = true // directories are made by Commit
	s, err := openSite(p, real, dry)
	if err != nil {
		return nil, err
	}
	defer s.leave(nil)
	size, err := b.c.takeFor(s)
	if err != nil {
		return nil, err
	}
	b.room += size
	n := &node{asked: p, path: real}
	if n.orig, err = b.c.current(ctx, s, w, true); err != nil {
		return nil, err
	}
	if err := b.grow(p, int64(len(n.orig.Data))); err != nil {
		return nil, err
	}
	if n.orig.Exists {
		n.exists, n.data, n.mode, n.from = true, n.orig.Data, permissions(n.orig.Info.Mode), n
	}
	b.nodes[key] = n
	return n, nil
}

func (b *Batch) grow(p tree.Path, n int64) error {
	if b.bytes += n; b.bytes > batchBytes*b.c.opt.MaxFile {
		return tree.Errorf(tree.TooLarge, p, "the files of one change have more than %d bytes together", batchBytes*b.c.opt.MaxFile)
	}
	return nil
}

// Rollback forgets what was staged. After Commit it does nothing.
func (b *Batch) Rollback() {
	b.ended = true
	b.nodes = nil
	b.c.room.give(b.room)
	b.room = 0
}

// Commit makes all changes. If one fails, those that were made are undone, with
// the files that were there before and not copies of them, where the file system
// has hard links. A file that something else changed since it was staged is a
// [tree.Conflict]. The context counts until the first change is made.
//
// A process that is killed meanwhile leaves some files old and some new, each
// of them whole.
func (b *Batch) Commit(ctx context.Context) error {
	if b.ended {
		return nil
	}
	var list []*node
	for _, n := range b.nodes {
		if !n.w.DryRun && (n.exists != n.orig.Exists || n.exists && n.from != n) {
			list = append(list, n)
		}
	}
	b.ended, b.nodes = true, nil
	defer b.Rollback()
	slices.SortFunc(list, func(a, b *node) int { return strings.Compare(a.path.Rel, b.path.Rel) })
	k := commit{c: b.c, left: make(map[*node]bool)}
	err := k.run(ctx, list)
	k.end(err)
	return err
}
