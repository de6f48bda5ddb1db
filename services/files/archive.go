package files

import (
	"context"
	"errors"
	"io"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/archive"
	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var archiveTool = &mcp.Tool{
	Name:  "archive",
	Title: "Pack an archive",
	Description: `Pack files and directories, hidden and ignored ones too, into a .zip, .tar.gz, .tgz or .tar. Links are left out. At most 10000 entries and 1 GiB.
Example: {"paths": ["src", "README.md"], "to": "release.zip"}`,
	Annotations: writing(true, false),
}

type archiveInput struct {
	Paths     []string `json:"paths" minItems:"1" maxItems:"100" jsonschema:"each becomes a top entry under its last name"`
	To        string   `json:"to" jsonschema:"new file; the extension says the format"`
	Overwrite bool     `json:"overwrite,omitempty" jsonschema:"replace a file at to"`
}

type archiveOutput struct {
	Path        string         `json:"path"`
	URI         string         `json:"uri"`
	ETag        string         `json:"etag"`
	Files       int            `json:"files"`
	Directories int            `json:"directories"`
	Bytes       int64          `json:"bytes" jsonschema:"of the files"`
	PackedBytes int64          `json:"packed_bytes" jsonschema:"of the archive"`
	Skipped     map[string]int `json:"skipped,omitempty" jsonschema:"what was left out, by reason"`
}

func (s *Service) archive(ctx context.Context, in archiveInput) (archiveOutput, error) {
	to, format, err := s.packTo(ctx, in)
	if err != nil {
		return archiveOutput{}, err
	}
	var sources []tree.Path
	for _, name := range in.Paths {
		p, err := s.path(ctx, "paths", name)
		if err != nil {
			return archiveOutput{}, err
		}
		sources = append(sources, p)
	}
	itself, err := to.Real()
	if err != nil {
		return archiveOutput{}, shown(err)
	}
	var sum archive.Summary
	w := change.Write{Create: !in.Overwrite, MakeParents: true}
	res, err := s.change.Stream(ctx, to, w, func(out io.Writer) (err error) {
		sum, err = archive.Pack(ctx, out, format, sources, itself, archive.Limits{}, archive.Progress(progress(ctx)))
		return err
	})
	var e *tree.Error
	if errors.As(err, &e) && e.Kind == tree.Exists {
		e.Hint = "overwrite=true replaces it"
	}
	if err != nil {
		return archiveOutput{}, shown(err)
	}
	return archiveOutput{
		Path: res.Path.String(), URI: res.Path.URI(), ETag: res.ETag,
		Files: sum.Files, Directories: sum.Directories, Bytes: sum.Bytes, PackedBytes: res.Size, Skipped: sum.Skipped,
	}, nil
}

// packTo reads the argument to.
func (s *Service) packTo(ctx context.Context, in archiveInput) (tree.Path, archive.Format, error) {
	to, err := s.writable(ctx, "to", in.To)
	if err != nil {
		return tree.Path{}, "", err
	}
	format, err := archive.FormatOf(to)
	if err != nil {
		return tree.Path{}, "", toolerr.Invalid("to", "to: %v", err)
	}
	return to, format, nil
}

func (s *Service) archiveQuestion(ctx context.Context, in archiveInput) (string, error) {
	to, _, err := s.packTo(ctx, in)
	if err != nil || !in.Overwrite {
		return "", err
	}
	return overwriteQuestion(to, "Replace it by an archive of %q", in.Paths)
}
