package files

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/mcpfleet/mcpfleet/services/files/internal/media"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// blobSize is the most of what is no text that is sent, in bytes.
const blobSize = 1 << 20

// view is what a caller sees of a file.
type view struct {
	page *text.Page // nil for what is no text
	mime string     // of what is no text
	data []byte     // all of what is no text, nil if it is too large
	// etag is marked as that of a part if the caller does not see all of the
	// file as it is.
	etag      string
	size      int64
	inBytes   bool // the part was asked for in bytes
	shortened bool // the page ends before the file does, though no end was asked for
	truncated bool // the caller sees less than was asked for
	changed   bool // the file changed while it was read
}

// view reads a part of the file at p.
func (s *Service) view(ctx context.Context, p tree.Path, r text.Range) (*view, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := p.Open()
	if err != nil {
		return nil, asFile(err)
	}
	defer f.Close()
	v := &view{size: f.Info().Size, inBytes: r.Bytes > 0}
	if v.size <= int64(r.Max) {
		err = s.viewSmall(ctx, v, p, f, r)
	} else {
		err = s.viewLarge(ctx, v, p, f, r)
	}
	if err != nil {
		return nil, about(p, err)
	}
	if now, err := f.Stat(); err == nil {
		was := f.Info()
		v.changed = now.Size != was.Size || !now.ModTime.Equal(was.ModTime)
	}
	return v, nil
}

// viewSmall reads all of a file at once, and takes the part from there.
func (s *Service) viewSmall(ctx context.Context, v *view, p tree.Path, f *tree.File, r text.Range) error {
	data, err := readAll(f, v.size, r.Max)
	if err != nil {
		return tree.Fail(p, err)
	}
	v.size = int64(len(data))
	if len(data) > r.Max && f.Info().Size > 0 {
		return s.viewLarge(ctx, v, p, f, r) // it has grown
	}
	v.etag = tree.ETagOf(data)
	if r.Start <= 1 && r.End == 0 && r.Tail == 0 && r.Bytes == 0 && len(data) <= r.Max && !hasLongLine(data, r.MaxLine) {
		var d *text.Document
		if d, err = text.Parse(data, r.Charset); err == nil {
			v.page = d.Page()
		}
	} else {
		v.page, err = s.pages.Page(ctx, text.Source{ReaderAt: bytes.NewReader(data)}, r)
	}
	if errors.Is(err, text.ErrBinary) {
		v.mime, v.data = media.Type(p.Base(), data), data
		if len(data) > min(r.Max, blobSize) {
			v.data, v.etag = nil, partial(v.etag)
		}
		return nil
	}
	if err != nil {
		return err
	}
	v.settle(r)
	return nil
}

// viewLarge reads no more of a file than the part.
func (s *Service) viewLarge(ctx context.Context, v *view, p tree.Path, f *tree.File, r text.Range) error {
	info, err := f.Stat()
	if err != nil {
		return tree.Fail(p, err)
	}
	v.size = info.Size
	automatic := r.End == 0 && r.Tail == 0 && r.Bytes == 0
	if automatic {
		r.End = max(r.Start, 1) + pageLines - 1
	}
	id := text.ID{Dev: info.Dev, Ino: info.Ino, Size: info.Size, ModTime: info.ModTime.UnixNano(), ChangeTime: info.ChangeTime.UnixNano()}
	if info.Ino == 0 {
		id = text.ID{} // the system does not tell files apart
	}
	v.page, err = s.pages.Page(ctx, text.Source{ReaderAt: f, ID: id}, r)
	if errors.Is(err, text.ErrBinary) {
		head := make([]byte, media.SniffSize)
		n, err := f.ReadAt(head, 0)
		if err != nil && err != io.EOF {
			return tree.Fail(p, err)
		}
		v.mime = media.Type(p.Base(), head[:n])
		etag, err := tree.ETag(f)
		v.etag = partial(etag)
		return tree.Fail(p, err)
	}
	if err != nil {
		return err
	}
	if v.etag, err = tree.ETag(f); err != nil {
		return tree.Fail(p, err)
	}
	v.shortened = automatic && v.page.To < v.size
	v.settle(r)
	return nil
}

// settle says whether the page is all of the file, and all that was asked for.
func (v *view) settle(r text.Range) {
	g := v.page
	// Who asks for bytes gets them; that more follow is told by next.
	short := g.More && (r.Bytes == 0 || r.Bytes > int64(r.Max))
	v.truncated = short || g.Before || v.shortened || len(g.Cut) > 0
	begun := g.From == 0 || g.BOM && g.From <= 3
	if v.truncated || g.Lossy || !begun || g.To < v.size {
		v.etag = partial(v.etag)
	}
}

// readAll reads a file of this size, as far as it goes, but not more than one
// byte above most. Files that are made when they are read, as in /proc, have the
// size 0.
func readAll(f *tree.File, size int64, most int) ([]byte, error) {
	data := make([]byte, 0, size+1)
	if size == 0 {
		data = make([]byte, 0, 4<<10)
	}
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF, err == nil && size > 0 && int64(len(data)) == size:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) > most:
			return data[:most+1], nil
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// hasLongLine reports whether some line is longer than most bytes.
func hasLongLine(b []byte, most int) bool {
	for len(b) > most {
		i := bytes.LastIndexByte(b[:most+1], '\n')
		if i < 0 {
			return true
		}
		b = b[i+1:]
	}
	return false
}

// about says which file an error is about.
func about(p tree.Path, err error) error {
	var e *tree.Error
	if !errors.As(err, &e) || e.Path != "" {
		return err
	}
	named := *e
	named.Path = p.String()
	return &named
}
