package files

import (
	"context"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/edit"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// maxDiff is how much of a diff is shown, in bytes.
const maxDiff = 64 << 10

var editTool = &mcp.Tool{
	Name:  "edit_file",
	Title: "Edit a file",
	Description: `Replaces text in a file that exists: all edits or none, each seeing what those before it made. Encoding and line ends are kept. Returns a diff, then the etag.
Example: {"path": "a.go", "edits": [{"old": "x := 1\n", "new": "x := 2\n"}]}`,
	Annotations: writing(true, false),
}

type editInput struct {
	Path     string    `json:"path" jsonschema:"a file" alias:"file_path"`
	Edits    []oneEdit `json:"edits" minItems:"1" maxItems:"100" jsonschema:"in order"`
	Match    string    `json:"match" enum:"exact,whitespace" default:"exact" jsonschema:"whitespace: whole lines, blanks around them ignored, new indented like the file"`
	IfMatch  string    `json:"if_match,omitempty" jsonschema:"etag"`
	DryRun   bool      `json:"dry_run" default:"false" jsonschema:"only show the diff"`
	Encoding string    `json:"encoding" default:"auto" jsonschema:"as for read_file"`
}

type oneEdit struct {
	Old       string `json:"old" jsonschema:"copied from the file, without line numbers" alias:"oldText,old_string"`
	New       string `json:"new" jsonschema:"what comes in its place" alias:"newText,new_string"`
	Expect    int    `json:"expect" min:"0" default:"1" jsonschema:"occurrences of old; 0: any number"`
	AfterLine *int   `json:"after_line,omitempty" min:"0" jsonschema:"take the first below this line of the file"`
}

// editOutput is a diff.
type editOutput struct {
	diff string
	meta editMeta
}

// Text implements [server.Texter].
func (o editOutput) Text() (string, any) { return o.diff, o.meta }

// editMeta describes the file. ETag is that of the file after the call, which of
// a dry run is the one to send with the real call.
type editMeta struct {
	Path          string         `json:"path"`
	URI           string         `json:"uri"`
	ETag          string         `json:"etag"`
	Before        string         `json:"before_etag,omitempty"`
	Bytes         int64          `json:"bytes"`
	Edits         []edit.Applied `json:"edits"`
	DryRun        bool           `json:"dry_run,omitempty"`
	Encoding      string         `json:"encoding"`
	BOM           bool           `json:"bom,omitempty"`
	EOL           string         `json:"eol"`
	DiffTruncated bool           `json:"diff_truncated,omitempty"`
}

func (s *Service) editFile(ctx context.Context, in editInput) (editOutput, error) {
	p, err := s.writable(ctx, "path", in.Path)
	if err != nil {
		return editOutput{}, err
	}
	edits := make([]edit.Edit, len(in.Edits))
	for i, e := range in.Edits {
		edits[i] = edit.Edit{Old: e.Old, New: e.New, Expect: e.Expect, After: e.AfterLine}
	}
	opt := edit.Options{Max: 2 * int(s.cfg.MaxFile)} // of text, which may take more bytes than the file
	if in.Match == "whitespace" {
		opt.Match = edit.Whitespace
	}
	var doc *text.Document
	var made *edit.Result
	w := change.Write{IfMatch: seen(in.IfMatch), MustExist: true, DryRun: in.DryRun}
	res, err := s.change.Update(ctx, p, w, func(cur change.Current) ([]byte, error) {
		var err error
		if doc, err = parse(cur.Data, in.Encoding); err != nil {
			return nil, err
		}
		if made, err = edit.Apply(ctx, doc.Text, edits, opt); err != nil {
			return nil, err
		}
		return doc.Splice(made.Changes)
	})
	if err != nil {
		return editOutput{}, shown(about(p, orCreate(asFile(err))))
	}
	out := editOutput{meta: editMeta{
		Path: p.String(), URI: p.URI(), ETag: res.ETag, Before: res.Before, Bytes: res.Size, Edits: made.Edits,
		DryRun: in.DryRun, Encoding: doc.Charset, BOM: doc.BOM, EOL: doc.EOL,
	}}
	if in.DryRun {
		out.meta.ETag, out.meta.Before = res.Before, ""
	}
	out.diff, out.meta.DiffTruncated = edit.Diff(p.String(), p.String(), doc.Text, made.Changes, maxDiff)
	return out, nil
}

// parse reads the text of a file that is to be changed.
func parse(data []byte, charset string) (*text.Document, error) {
	if charset == "auto" {
		charset = ""
	}
	return text.Parse(data, charset)
}

// orCreate says what to use for a file that does not exist.
func orCreate(err error) error {
	var e *tree.Error
	if errors.As(err, &e) && e.Kind == tree.NotFound && e.Hint == "" && len(e.Suggestions) == 0 {
		hinted := *e
		hinted.Hint = "write_file creates it"
		return &hinted
	}
	return err
}

// unasked asks no one: what an edit takes out is in its call and in its result,
// so that it can be undone, and agents make hundreds.
func unasked[In any](context.Context, In) (string, error) { return "", nil }
