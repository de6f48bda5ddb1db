// Package change changes files: completely or not at all. What is replaced is
// written beside the old file and renamed over it, so that a reader, a full disk
// or a killed process sees the old content or the new, never a mixture.
//
// Changes of one process to one file are made one after another. A program that
// takes no part in this can still write in the moment between the last look at a
// file and the renaming: what it wrote then is lost, as with any editor.
//
// [Changer.Update], [Changer.Put] and [Changer.Stream] change one file,
// [Changer.Begin] several, [Changer.Move], [Changer.Copy] and [Changer.Delete]
// whole trees; [Changer.Fill] makes one.
package change

import (
	"bytes"
	"context"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// DefaultMaxFile is how large a file may be that is changed in memory, in bytes.
const DefaultMaxFile = 64 << 20

// Options are a Changer's limits. The zero value is usable.
type Options struct {
	// MaxFile is the largest file that Update reads or writes, in bytes; 0 means
	// DefaultMaxFile.
	MaxFile int64
}

// A Changer makes the changes of one process, one at a time for each file. It
// is safe for concurrent use.
type Changer struct {
	opt   Options
	locks locks
	swept sweptDirs
	room  room
}

// New returns a Changer.
func New(opt Options) *Changer {
	if opt.MaxFile == 0 {
		opt.MaxFile = DefaultMaxFile
	}
	return &Changer{opt: opt}
}

// Current is a file before it is changed.
type Current struct {
	// Path is where it is, links resolved.
	Path tree.Path
	// Exists says that there is a file. The rest is zero otherwise.
	Exists bool
	Info   tree.Info
	ETag   string
	Data   []byte
}

// Write says how a change is made.
type Write struct {
	// IfMatch is the etag that the file must have, "" for any.
	IfMatch string
	// Create refuses a file that exists; MustExist one that does not.
	Create, MustExist bool
	// MakeParents creates directories that are missing. They are removed again
	// if the change fails.
	MakeParents bool
	// InPlace writes into the file that is there, which keeps its inode, and is
	// not atomic: a process that is killed leaves a mixture. A failure puts the
	// old content back. A file with several hard links is refused, since the
	// others may be outside the roots.
	InPlace bool
	// Durable waits until the disk has it.
	Durable bool
	// DryRun does everything but the change.
	DryRun bool
}

// Result is what a change did, or would do.
type Result struct {
	// Path is where the file is, links resolved.
	Path    tree.Path
	Created bool
	Size    int64
	// ETag is that of the new content; Before that of the old. They are "" for
	// none, and ETag also while a content above [tree.HashedSize] is not written.
	ETag, Before string
}

// Update changes the file at p: fn gets what is there and returns the new
// content. No other change of this process comes between. A file that does not
// have the etag wanted, or that something else changed meanwhile, is a
// [tree.Conflict]. A content that stays the same is not written.
func (c *Changer) Update(ctx context.Context, p tree.Path, w Write, fn func(Current) ([]byte, error)) (res Result, err error) {
	return c.change(ctx, p, w, true, fn)
}

// Put makes data the content of the file at p. Unlike [Changer.Update] it does
// not read the old content into memory, so that the file may be of any size.
func (c *Changer) Put(ctx context.Context, p tree.Path, w Write, data []byte) (Result, error) {
	// Writing in place needs the old content, to put it back after a failure.
	return c.change(ctx, p, w, w.InPlace, func(Current) ([]byte, error) { return data, nil })
}

func (c *Changer) change(ctx context.Context, p tree.Path, w Write, whole bool, fn func(Current) ([]byte, error)) (res Result, err error) {
	s, err := c.enter(ctx, p, w)
	if err != nil {
		return Result{}, err
	}
	defer func() { s.leave(err) }()
	if whole {
		n, err := c.takeFor(s)
		if err != nil {
			return Result{}, err
		}
		defer c.room.give(n)
	}
	cur, err := c.current(ctx, s, w, whole)
	if err != nil {
		return Result{}, err
	}
	if err := w.allows(cur); err != nil {
		return Result{}, err
	}
	data, err := fn(cur)
	if err != nil {
		return Result{}, err
	}
	if int64(len(data)) > c.opt.MaxFile {
		return Result{}, tree.Errorf(tree.TooLarge, p, "the new content has %d bytes; the limit is %d", len(data), c.opt.MaxFile)
	}
	res = Result{Path: s.path, Created: !cur.Exists, Size: int64(len(data)), Before: cur.ETag}
	if len(data) <= tree.HashedSize {
		res.ETag = tree.ETagOf(data)
	}
	if whole && cur.Exists && bytes.Equal(data, cur.Data) {
		res.ETag = cur.ETag
		return res, ctx.Err()
	}
	if w.DryRun {
		return res, ctx.Err()
	}
	if err := c.write(ctx, s, cur, w, data); err != nil {
		return Result{}, err
	}
	if res.ETag == "" {
		res.ETag = s.etag()
	}
	return res, nil
}

// write makes data the content of the file that cur describes.
func (c *Changer) write(ctx context.Context, s *site, cur Current, w Write, data []byte) error {
	if cur.Exists && w.InPlace {
		return s.at(overwrite(ctx, s, cur, w, data))
	}
	t, err := s.stage(ctx, cur, w.Durable, data)
	if err != nil {
		return s.at(err)
	}
	return s.replace(t, cur, w)
}

// replace gives t the name of the file that cur describes, or discards it.
func (s *site) replace(t *temp, cur Current, w Write) error {
	defer t.discard()
	if err := s.unchanged(cur); err != nil {
		return err
	}
	if err := t.rename(s.name, cur.Exists); err != nil {
		if !cur.Exists && !w.Create && tree.KindOf(err) == tree.Exists {
			return conflict(s.asked, "something else has created it meanwhile")
		}
		return s.at(err)
	}
	if w.Durable {
		return s.dir.Sync()
	}
	return nil
}

// allows checks what w demands of the file that is there.
func (w Write) allows(cur Current) error {
	switch {
	case cur.Exists && w.Create:
		e := tree.Errorf(tree.Exists, cur.Path, "it exists already")
		e.Hint = "read it, then replace it with the etag as if_match"
		return e
	case !cur.Exists && w.MustExist:
		return tree.Errorf(tree.NotFound, cur.Path, "there is no such file")
	case !cur.Exists && w.IfMatch != "":
		return conflict(cur.Path, "it does not exist any more")
	case w.IfMatch != "" && w.IfMatch != cur.ETag:
		// The etag that would do is not told: the content is to be looked at.
		return changed(cur.Path)
	case cur.Exists && cur.Info.Mode&0o222 == 0:
		// A rename would get around the protection.
		return tree.Errorf(tree.Denied, cur.Path, "the file is write-protected")
	case cur.Exists && w.InPlace && cur.Info.Links > 1:
		e := tree.Errorf(tree.Unsupported, cur.Path, "it has %d hard links, which would all change", cur.Info.Links)
		e.Hint = "without in_place only this name gets the new content"
		return e
	}
	return nil
}

func conflict(p tree.Path, message string) error {
	e := tree.Errorf(tree.Conflict, p, "%s", message)
	e.Hint = "look at it again"
	return e
}

func changed(p tree.Path) error {
	e := tree.Errorf(tree.Conflict, p, "it has changed since it was read")
	e.Hint = "read it again"
	return e
}
