package change

import (
	"context"
	"io"
	"os"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// Stream makes what fn writes the content of the file at p, as [Changer.Put]
// does with data. Its size is for fn to bound. What fn returns is returned as it
// is, and nothing has changed then. It cannot be done in place.
func (c *Changer) Stream(ctx context.Context, p tree.Path, w Write, fn func(io.Writer) error) (res Result, err error) {
	if w.InPlace {
		return Result{}, tree.Errorf(tree.Unsupported, p, "it cannot be written in place")
	}
	s, err := c.enter(ctx, p, w)
	if err != nil {
		return Result{}, err
	}
	defer func() { s.leave(err) }()
	cur, err := c.current(ctx, s, w, false)
	if err != nil {
		return Result{}, err
	}
	if err := w.allows(cur); err != nil {
		return Result{}, err
	}
	res = Result{Path: s.path, Created: !cur.Exists, Before: cur.ETag}
	if w.DryRun {
		return res, ctx.Err()
	}
	var inner error
	t, err := s.stageBy(cur, w.Durable, func(f *os.File) error {
		out := &stream{ctx: ctx, f: f}
		if inner = fn(out); out.err != nil {
			inner = nil // it follows from the other
		}
		res.Size = out.n
		return firstOf(out.err, inner, ctx.Err())
	})
	if inner != nil {
		return Result{}, inner
	}
	if err != nil {
		return Result{}, s.at(err)
	}
	if err := s.replace(t, cur, w); err != nil {
		return Result{}, err
	}
	res.ETag = s.etag()
	return res, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A stream writes to a temporary file until its context ends, and remembers what
// went wrong, whatever its writer makes of it.
type stream struct {
	ctx context.Context
	f   *os.File
	n   int64
	err error
}

func (s *stream) Write(b []byte) (n int, err error) {
	for n < len(b) && s.err == nil {
		if s.err = s.ctx.Err(); s.err != nil {
			break
		}
		var m int
		m, s.err = s.f.Write(b[n:min(len(b), n+piece)])
		n += m
	}
	s.n += int64(n)
	return n, s.err
}
