package change

import (
	"context"
	"os"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Append adds data to the end of the file at p, and creates it if it is not
// there. It does not read the file, which may be of any size. A failure takes
// back what was added; a process that is killed may leave a part of it.
//
// A file with several hard links, of which others may be outside the roots, is
// replaced by a new one if it is small enough to be changed in memory.
func (c *Changer) Append(ctx context.Context, p tree.Path, w Write, data []byte) (Result, error) {
	res, linked, err := c.appendTo(ctx, p, w, data)
	if !linked {
		return res, err
	}
	return c.Update(ctx, p, w, func(cur Current) ([]byte, error) {
		return append(cur.Data[:len(cur.Data):len(cur.Data)], data...), nil
	})
}

func (c *Changer) appendTo(ctx context.Context, p tree.Path, w Write, data []byte) (res Result, linked bool, err error) {
	s, err := c.enter(ctx, p, w)
	if err != nil {
		return Result{}, false, err
	}
	defer func() { s.leave(err) }()
	w.InPlace = false
	cur, err := c.current(ctx, s, w, false)
	if err != nil {
		return Result{}, false, err
	}
	if err := w.allows(cur); err != nil {
		return Result{}, false, err
	}
	if cur.Exists && cur.Info.Links > 1 {
		return Result{}, true, nil
	}
	if int64(len(data)) > c.opt.MaxFile {
		return Result{}, false, tree.Errorf(tree.TooLarge, p, "%d bytes to append; the limit is %d", len(data), c.opt.MaxFile)
	}
	res = Result{Path: s.path, Created: !cur.Exists, Size: cur.Info.Size + int64(len(data)), Before: cur.ETag}
	if w.DryRun {
		return res, false, ctx.Err()
	}
	if !cur.Exists {
		err = c.write(ctx, s, cur, w, data)
	} else {
		err = s.at(extend(ctx, s, cur, w, data))
	}
	if err != nil {
		return Result{}, false, err
	}
	res.ETag = s.etag()
	return res, false, nil
}

func extend(ctx context.Context, s *site, cur Current, w Write, data []byte) error {
	f, err := openSame(s, cur)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := appendOnly(f); err != nil {
		return err
	}
	err = writeAll(ctx, f, data)
	if err == nil && w.Durable {
		err = f.Sync()
	}
	if err == nil {
		err = flush(f)
	}
	if err != nil {
		takeBack(f, cur.Info.Size, data)
		return err
	}
	return dropSetID(f, cur.Info)
}

// takeBack removes what was appended of data to a file of the size old, unless
// another program has written behind it.
func takeBack(f *os.File, old int64, data []byte) {
	fi, err := f.Stat()
	if err != nil || fi.Size() > old+int64(len(data)) {
		return
	}
	added := make([]byte, fi.Size()-old)
	if _, err := f.ReadAt(added, old); err == nil && string(added) == string(data[:len(added)]) {
		_ = f.Truncate(old)
	}
}
