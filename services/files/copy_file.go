package files

import (
	"context"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
)

var copyTool = &mcp.Tool{
	Name:  "copy_file",
	Title: "Copy",
	Description: `Copy a file or directory (100000 entries at most), also to another root. Creates missing directories. Links in it stay links, or are skipped if they would lead out.
Example: {"from": "src", "to": "backup/src", "recursive": true}`,
	Annotations: writing(true, false),
}

type copyInput struct {
	From      string `json:"from" jsonschema:"path"`
	To        string `json:"to" jsonschema:"path of the copy"`
	Recursive bool   `json:"recursive,omitempty" jsonschema:"copy a directory"`
	Overwrite bool   `json:"overwrite,omitempty" jsonschema:"replace files"`
}

type copyOutput struct {
	Path    string     `json:"path" jsonschema:"where the copy is"`
	URI     string     `json:"uri"`
	ETag    string     `json:"etag,omitempty" jsonschema:"of a single file"`
	Files   int64      `json:"files"`
	Folders int64      `json:"folders,omitempty"`
	Links   int64      `json:"links,omitempty"`
	Bytes   int64      `json:"bytes"`
	Skipped int64      `json:"skipped,omitempty" jsonschema:"how many things were left out"`
	Skips   []copySkip `json:"skips,omitempty" jsonschema:"some of them"`
}

type copySkip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

func (s *Service) copyFile(ctx context.Context, in copyInput) (copyOutput, error) {
	from, to, err := s.fromTo(ctx, in.From, in.To, false)
	if err != nil {
		return copyOutput{}, err
	}
	res, err := s.change.Copy(ctx, from, to, change.Copying{Recursive: in.Recursive, Overwrite: in.Overwrite, Progress: progress(ctx)})
	if err != nil {
		return copyOutput{}, stopped(shown(err), res.Counts, "copied", "what was copied is complete and stays")
	}
	out := copyOutput{
		Path: res.Path.String(), URI: res.Path.URI(), ETag: res.ETag,
		Files: res.Files, Folders: res.Dirs, Links: res.Links, Bytes: res.Bytes, Skipped: res.Skipped,
	}
	for _, k := range res.Skips {
		path, _ := printable(k.Path.String())
		out.Skips = append(out.Skips, copySkip{path, k.Reason})
	}
	return out, nil
}

// stopped adds to an error how far the work had come.
func stopped(err error, n change.Counts, verb, rest string) error {
	if n.Entries() == 0 {
		return err
	}
	var e *toolerr.Error
	if !errors.As(err, &e) {
		e = toolerr.From(err)
	}
	c := *e
	c.Message += "; " + contentsOf(n) + " were " + verb + ", " + rest
	return &c
}

func (s *Service) copyQuestion(ctx context.Context, in copyInput) (string, error) {
	_, to, err := s.fromTo(ctx, in.From, in.To, false)
	if err != nil || !in.Overwrite {
		return "", err
	}
	return overwriteQuestion(to, "Replace it, or what is in it, by a copy of %q", in.From)
}
