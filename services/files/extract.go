package files

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/archive"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// What a list of entries holds at most: entries, and bytes of names.
const (
	listedEntries = 1000
	listedBytes   = 64 << 10
)

var extractTool = &mcp.Tool{
	Name:  "extract",
	Title: "Unpack an archive",
	Description: `Unpack a .zip, .tar.gz, .tgz or .tar into a new directory, all of it or nothing. Links and devices are left out; names that lead out, more than 10000 entries, 1 GiB or (above 16 MiB) 200 times its size are refused.
Example: {"path": "release.zip", "to": "release", "dry_run": true}`,
	Annotations: writing(false, false),
}

type extractInput struct {
	Path   string `json:"path" jsonschema:"archive"`
	To     string `json:"to" jsonschema:"new directory"`
	DryRun bool   `json:"dry_run,omitempty" jsonschema:"check and list it only"`
}

type extractOutput struct {
	Path        string         `json:"path" jsonschema:"the new directory"`
	URI         string         `json:"uri"`
	Files       int            `json:"files"`
	Directories int            `json:"directories"`
	Bytes       int64          `json:"bytes" jsonschema:"of the files"`
	Skipped     map[string]int `json:"skipped,omitempty" jsonschema:"what was left out, by reason"`
	DryRun      bool           `json:"dry_run,omitempty" jsonschema:"nothing was unpacked"`
	Entries     []extractEntry `json:"entries,omitempty" jsonschema:"what is in it, at most 1000"`
	Truncated   bool           `json:"truncated,omitempty" jsonschema:"there are more entries"`
}

type extractEntry struct {
	Path string `json:"path" jsonschema:"below the new directory"`
	Type string `json:"type" enum:"file,directory"`
	Size int64  `json:"size"`
}

func (s *Service) extract(ctx context.Context, in extractInput) (extractOutput, error) {
	p, err := s.path(ctx, "path", in.Path)
	if err != nil {
		return extractOutput{}, err
	}
	to, err := s.writable(ctx, "to", in.To)
	if err != nil {
		return extractOutput{}, err
	}
	format, err := archive.FormatOf(p)
	if err != nil {
		return extractOutput{}, toolerr.Invalid("path", "path: %v", err)
	}
	f, err := p.Open()
	if err != nil {
		return extractOutput{}, shown(err)
	}
	defer f.Close()
	out := extractOutput{Path: to.String(), URI: to.URI(), DryRun: in.DryRun}
	report := archive.Progress(progress(ctx))
	var sum archive.Summary
	if in.DryRun {
		if sum, err = archive.List(ctx, f, p, format, archive.Limits{}, report, out.lister()); err == nil {
			err = free(to)
		}
	} else {
		err = s.change.Fill(ctx, to, func(d *tree.Dir) (err error) {
			sum, err = archive.Unpack(ctx, f, p, format, d, archive.Limits{}, report)
			return err
		})
	}
	if err != nil {
		return extractOutput{}, shown(err)
	}
	out.Files, out.Directories, out.Bytes, out.Skipped = sum.Files, sum.Directories, sum.Bytes, sum.Skipped
	return out, nil
}

// lister returns what adds entries to the output until it is full.
func (out *extractOutput) lister() func(archive.Entry) {
	left := listedBytes
	return func(e archive.Entry) {
		if left -= len(e.Name); left < 0 || len(out.Entries) == listedEntries {
			out.Truncated = true
			return
		}
		kind := tree.Regular
		if e.Directory {
			kind = tree.Directory
		}
		out.Entries = append(out.Entries, extractEntry{e.Name, typeNames[kind], e.Size})
	}
}

// free refuses a place that is taken.
func free(p tree.Path) error {
	_, err := p.Lstat()
	if tree.KindOf(err) == tree.NotFound {
		return nil
	}
	if err == nil {
		err = tree.Errorf(tree.Exists, p, "it exists already")
	}
	return err
}
