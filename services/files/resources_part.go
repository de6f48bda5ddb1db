package files

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/media"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// readPart reads a file, or the part of it that is asked for, and no more than
// one call returns.
func (s *Service) readPart(ctx context.Context, p tree.Path, part part) ([]*mcp.ResourceContents, error) {
	f, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info := f.Info()
	if part.offset > 0 && part.offset >= info.Size {
		return nil, toolerr.Invalid("uri", "offset: the file has %d bytes", info.Size)
	}
	meta := fileMeta{Size: info.Size, LastModified: stamp(info.ModTime)}
	c := &mcp.ResourceContents{}
	var end int64
	var pager text.Pager
	page, err := pager.Page(ctx, text.Source{ReaderAt: f},
		text.Range{Offset: part.offset, Bytes: cmp.Or(part.length, math.MaxInt64), Max: s.cfg.MaxRead})
	switch {
	case err == nil:
		c.Text, meta.Offset, end = page.Text, page.From, page.To
		meta.Charset, meta.BOM, meta.EOL, meta.Lossy = page.Charset, page.BOM, page.EOL, page.Lossy
	case errors.Is(err, text.ErrBinary):
		n := min(cmp.Or(part.length, math.MaxInt64), int64(s.cfg.MaxRead))
		if c.Blob, err = readAt(f, part.offset, n); err != nil {
			return nil, tree.Fail(p, err)
		}
		meta.Offset, end = part.offset, part.offset+int64(len(c.Blob))
	default:
		return nil, tree.Fail(p, err)
	}
	head, err := readAt(f, 0, media.SniffSize)
	if err != nil {
		return nil, tree.Fail(p, err)
	}
	c.MIMEType = media.Type(p.Base(), head)
	if meta.Charset != "" && meta.Charset != "utf-8" {
		c.MIMEType += "; charset=" + meta.Charset
	}
	meta.Length = end - meta.Offset
	if meta.ETag, err = tree.ETag(f); err != nil {
		return nil, tree.Fail(p, err)
	}
	if end < info.Size {
		meta.Truncated, meta.Next = true, part.rest(end)
	}
	if meta.Truncated || part.offset > 0 || meta.Lossy {
		meta.ETag = partial(meta.ETag)
	}
	c.Meta = mcp.Meta{metaFile: meta}
	return []*mcp.ResourceContents{c}, nil
}

// readAt reads up to n bytes.
func readAt(f io.ReaderAt, offset, n int64) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, io.NewSectionReader(f, offset, min(n, math.MaxInt64-offset)))
	return b.Bytes(), err
}
