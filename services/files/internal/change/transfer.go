package change

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"os"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// transfer copies the content of src into dst, which is empty: by sharing it,
// else within the kernel, else through memory. What is added meanwhile, for ever
// perhaps, is left out; a file without a size, as in /proc, is read to its end.
// done is told of each piece, and may end it.
func transfer(ctx context.Context, dst *os.File, src *tree.File, done func(n int64) error) error {
	if done == nil {
		done = func(int64) error { return nil }
	}
	end := int64(math.MaxInt64)
	if size := src.Info().Size; size > 0 {
		end = size
		if clone(dst, src) {
			return errors.Join(done(size), ctx.Err())
		}
	}
	var off int64
	if next, ok := copyRange(dst, src); ok && src.Info().Size > 0 {
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := next(min(piece, end-off))
			off += n
			if err := done(n); err != nil {
				return err
			}
			if err != nil {
				break // not between these file systems, or something that a write reports better
			}
			if off == end {
				return nil
			}
			if n == 0 {
				break // it became shorter, or the kernel cannot map it
			}
		}
	}
	buf := make([]byte, piece)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := src.ReadAt(buf[:min(piece, end-off)], off)
		if n > 0 {
			if _, werr := dst.WriteAt(buf[:n], off); werr != nil {
				return werr
			}
			off += int64(n)
			if err := done(int64(n)); err != nil {
				return err
			}
		}
		if err == io.EOF || off == end {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// verify checks that dst has the content of src.
func verify(ctx context.Context, dst *os.File, src *tree.File) error {
	a, err := hash(ctx, dst)
	if err != nil {
		return err
	}
	fi, err := dst.Stat()
	if err != nil {
		return err
	}
	b, err := hash(ctx, io.NewSectionReader(src, 0, fi.Size()+1))
	if err == nil && a != b {
		err = tree.Errorf(tree.Conflict, tree.Path{}, "it changes while it is copied")
	}
	return err
}

func hash(ctx context.Context, f io.ReaderAt) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	buf := make([]byte, piece)
	for off := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := f.ReadAt(buf, off)
		h.Write(buf[:n])
		off += int64(n)
		if err == io.EOF {
			return [sha256.Size]byte(h.Sum(nil)), nil
		}
		if err != nil {
			return sum, err
		}
	}
}
