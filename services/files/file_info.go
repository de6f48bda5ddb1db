package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files/internal/media"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var infoTool = &mcp.Tool{
	Name:  "file_info",
	Title: "Describe files",
	Description: `Tells type, size, mode, time, MIME type and etag of files and directories; of a link where it leads. hash adds the SHA-256.
Example: {"paths": ["go.mod", "src"]}`,
	Annotations: server.ReadOnly(false),
}

type infoInput struct {
	Paths []string `json:"paths" minItems:"1" maxItems:"100" jsonschema:"of any type" alias:"path"`
	Hash  bool     `json:"hash" default:"false" jsonschema:"takes time for large files"`
}

type infoOutput struct {
	Items []infoItem `json:"items" jsonschema:"in the order of paths"`
}

type infoItem struct {
	Path   string     `json:"path"`
	URI    string     `json:"uri,omitempty"`
	Type   string     `json:"type,omitempty" jsonschema:"file, directory, link or other"`
	Size   *int64     `json:"size,omitempty" jsonschema:"of a file, in bytes"`
	Mode   string     `json:"mode,omitempty" jsonschema:"permissions in octal"`
	MTime  string     `json:"mtime,omitempty"`
	Links  uint64     `json:"nlink,omitempty" jsonschema:"hard links of a file"`
	MIME   string     `json:"mime,omitempty"`
	ETag   string     `json:"etag,omitempty" jsonschema:"W/ begins one made of size and times, not of the content"`
	SHA256 string     `json:"sha256,omitempty"`
	Target string     `json:"target,omitempty" jsonschema:"where a link leads, absent if out of the roots"`
	Error  *itemError `json:"error,omitempty"`
}

func (s *Service) fileInfo(ctx context.Context, in infoInput) (infoOutput, error) {
	out := infoOutput{Items: make([]infoItem, len(in.Paths))}
	if _, err := s.roots(ctx); err != nil {
		return out, err
	}
	var done atomic.Int64
	report := server.Progress(ctx)
	err := each(ctx, len(in.Paths), func(i int) {
		it := &out.Items[i]
		it.Path = asked(in.Paths[i])
		p, err := s.path(ctx, "paths", in.Paths[i])
		if err == nil {
			it.Path, it.URI = p.String(), p.URI()
			err = it.fill(ctx, p, in.Hash)
		}
		if err != nil {
			it.Error = itemErrorOf(err)
		}
		n := done.Add(1)
		report.Report(float64(n), float64(len(in.Paths)), fmt.Sprintf("%d of %d files", n, len(in.Paths)))
	})
	return out, err
}

// fill describes what is at p. What is known before an error stays.
func (it *infoItem) fill(ctx context.Context, p tree.Path, hash bool) error {
	info, err := p.Lstat()
	if err != nil {
		return err
	}
	it.Type, it.Mode, it.MTime = typeNames[info.Type], fmt.Sprintf("%04o", modeBits(info)), stamp(info.ModTime)
	switch info.Type {
	case tree.Directory:
		it.MIME = media.Directory
	case tree.Symlink:
		if to, err := p.Real(); err == nil {
			it.Target = to.String()
		}
	case tree.Regular:
		it.Size, it.Links = &info.Size, info.Links
		return it.content(ctx, p, hash)
	}
	return nil
}

// modeBits returns the permissions as chmod takes them.
func modeBits(info tree.Info) uint32 {
	bits := uint32(info.Mode.Perm())
	for i, special := range [...]fs.FileMode{fs.ModeSticky, fs.ModeSetgid, fs.ModeSetuid} {
		if info.Mode&special != 0 {
			bits |= 1 << (9 + i)
		}
	}
	return bits
}

// content describes what is in a file.
func (it *infoItem) content(ctx context.Context, p tree.Path, hash bool) error {
	f, err := p.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, media.SniffSize)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return tree.Fail(p, err)
	}
	it.MIME = media.Type(p.Base(), head[:n])
	if it.ETag, err = tree.ETag(f); err != nil {
		return tree.Fail(p, err)
	}
	if hash {
		if it.SHA256, err = sum(ctx, f); err != nil && ctx.Err() == nil {
			err = tree.Fail(p, err)
		}
		return err
	}
	return nil
}

// sum returns the SHA-256 of a file as it was when it was opened: what is added
// meanwhile, for ever perhaps, is left out.
func sum(ctx context.Context, f *tree.File) (string, error) {
	h := sha256.New()
	r := io.NewSectionReader(f, 0, f.Info().Size)
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
