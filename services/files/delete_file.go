package files

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var deleteTool = &mcp.Tool{
	Name:  "delete_file",
	Title: "Delete",
	Description: `Delete a file, a link itself or a directory. It goes to the trash of its root for 30 days: move_file from the path in trash restores it.
Example: {"path": "build", "recursive": true, "dry_run": true}`,
	Annotations: writing(true, true),
}

type deleteInput struct {
	Path      string `json:"path" jsonschema:"what to delete"`
	Recursive bool   `json:"recursive,omitempty" jsonschema:"a directory with all in it"`
	IfMatch   string `json:"if_match,omitempty" jsonschema:"etag the file must have"`
	DryRun    bool   `json:"dry_run,omitempty" jsonschema:"count only"`
	Trash     bool   `json:"trash" default:"true" jsonschema:"false: for good, at most 10000 entries"`
}

type deleteOutput struct {
	Path    string `json:"path"`
	Type    string `json:"type" enum:"file,directory,link,other"`
	Files   int64  `json:"files,omitempty"`
	Folders int64  `json:"folders,omitempty"`
	Links   int64  `json:"links,omitempty"`
	Other   int64  `json:"other,omitempty" jsonschema:"devices, FIFOs and sockets"`
	Bytes   int64  `json:"bytes"`
	More    bool   `json:"more,omitempty" jsonschema:"there is more than was counted"`
	Trash   string `json:"trash,omitempty" jsonschema:"where it is now; move_file from here restores it"`
	DryRun  bool   `json:"dry_run,omitempty" jsonschema:"nothing was deleted"`
}

func (in *deleteInput) options() change.Deleting {
	return change.Deleting{Recursive: in.Recursive, IfMatch: seen(in.IfMatch), Trash: in.Trash, DryRun: in.DryRun}
}

func (s *Service) deleteFile(ctx context.Context, in deleteInput) (deleteOutput, error) {
	p, err := s.writable(ctx, "path", in.Path)
	if err != nil {
		return deleteOutput{}, err
	}
	o := in.options()
	o.Progress = progress(ctx)
	res, err := s.change.Delete(ctx, p, o)
	if err != nil {
		return deleteOutput{}, stopped(shown(err), res.Counts, "deleted", "the rest is still there")
	}
	out := deleteOutput{
		Path: p.String(), Type: typeNames[res.Type],
		Files: res.Files, Folders: res.Dirs, Links: res.Links, Other: res.Other, Bytes: res.Bytes, More: res.More, DryRun: in.DryRun,
	}
	if res.Trash != nil {
		out.Trash = res.Trash.String()
	}
	return out, nil
}

// deleteQuestion asks before anything is deleted for good, or more than one
// thing at once.
func (s *Service) deleteQuestion(ctx context.Context, in deleteInput) (string, error) {
	p, err := s.writable(ctx, "path", in.Path)
	if err != nil || in.DryRun {
		return "", err
	}
	o := in.options()
	o.DryRun = true
	res, err := s.change.Delete(ctx, p, o)
	if err != nil {
		return "", shown(err)
	}
	if in.Trash && (res.Type != tree.Directory || res.Entries() == 1) {
		return "", nil
	}
	what := named(p)
	switch n := res.Counts; res.Type {
	case tree.Directory:
		n.Dirs-- // it is what is in it that counts
		what += fmt.Sprintf(" with all that is in it (%s)", contentsOf(n))
	case tree.Regular:
		what += fmt.Sprintf(" (%s)", sizeOf(n.Bytes))
	default:
		what = "the " + typeNames[res.Type] + " " + what
	}
	if in.Trash {
		return "Move " + what + " to the trash?", nil
	}
	return "Delete " + what + " for good?", nil
}

// contentsOf tells counts to a person: "12 files, 3 folders, 4.5 kB".
func contentsOf(n change.Counts) string {
	var parts []string
	for _, c := range []struct {
		n    int64
		name string
	}{{n.Files, "file"}, {n.Dirs, "folder"}, {n.Links, "link"}, {n.Other, "special file"}} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.name)
		case c.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", c.n, c.name))
		}
	}
	if n.Entries() == 0 {
		return "nothing"
	}
	if n.Files > 0 {
		parts = append(parts, sizeOf(n.Bytes))
	}
	if n.More {
		parts = append(parts, "and more")
	}
	return strings.Join(parts, ", ")
}
