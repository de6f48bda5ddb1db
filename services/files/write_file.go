package files

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/change"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var writeTool = &mcp.Tool{
	Name:  "write_file",
	Title: "Write a file",
	Description: `Create a file, replace all of it, or append to it. To change a part use edit_file.
replace keeps encoding, line ends and permissions, and needs the etag of a complete read as if_match.
Example: {"path": "src/new.go", "content": "package src\n", "make_parents": true}`,
	Annotations: writing(true, false),
}

// writing returns the annotations of a tool that changes files.
func writing(destructive, idempotent bool) *mcp.ToolAnnotations {
	open := false
	return &mcp.ToolAnnotations{DestructiveHint: &destructive, IdempotentHint: idempotent, OpenWorldHint: &open}
}

type writeInput struct {
	Path        string  `json:"path" jsonschema:"file"`
	Content     *string `json:"content,omitempty" jsonschema:"text"`
	Base64      *string `json:"base64,omitempty" jsonschema:"bytes, in place of content"`
	Mode        string  `json:"mode" enum:"create,replace,append" default:"create" jsonschema:"create refuses a file that exists"`
	IfMatch     string  `json:"if_match,omitempty" jsonschema:"etag it must have"`
	Force       bool    `json:"force,omitempty" jsonschema:"replace whatever is there"`
	Encoding    string  `json:"encoding,omitempty" jsonschema:"default: as it was, or utf-8"`
	EOL         string  `json:"eol,omitempty" enum:"lf,crlf" jsonschema:"line ends"`
	MakeParents bool    `json:"make_parents,omitempty" jsonschema:"create directories"`
	InPlace     bool    `json:"in_place,omitempty" jsonschema:"keep the inode; not atomic"`
	Durable     bool    `json:"durable,omitempty" jsonschema:"wait for the disk"`
}

type writeOutput struct {
	Path         string `json:"path" jsonschema:"links resolved"`
	URI          string `json:"uri"`
	ETag         string `json:"etag" jsonschema:"for if_match"`
	Bytes        int64  `json:"bytes" jsonschema:"size of the file"`
	Created      bool   `json:"created"`
	Encoding     string `json:"encoding,omitempty"`
	LinesAdded   *int   `json:"lines_added,omitempty"`
	LinesRemoved *int   `json:"lines_removed,omitempty"`
}

// check refuses arguments that contradict each other.
func (in *writeInput) check() error {
	switch {
	case (in.Content == nil) == (in.Base64 == nil):
		return toolerr.Invalid("content", "content: give the text as content, or bytes as base64")
	case in.Base64 != nil && (in.Encoding != "" || in.EOL != ""):
		return toolerr.Invalid("encoding", "encoding: base64 is written as it is")
	case in.Mode == "create" && in.IfMatch != "":
		return toolerr.Invalid("mode", "mode: a file with an etag exists; use replace or append")
	case in.Mode != "replace" && in.Force:
		return toolerr.Invalid("force", "force: it is for mode replace")
	case in.Mode == "replace" && in.IfMatch == "" && !in.Force:
		return toolerr.Invalid("if_match", "if_match: read the file and give its etag here, so that nothing is lost that you have not seen; force=true replaces it unseen")
	}
	return nil
}

func (s *Service) writeFile(ctx context.Context, in writeInput) (writeOutput, error) {
	if err := in.check(); err != nil {
		return writeOutput{}, err
	}
	p, err := s.writable(ctx, "path", in.Path)
	if err != nil {
		return writeOutput{}, err
	}
	w := change.Write{
		IfMatch: seen(in.IfMatch), Create: in.Mode == "create",
		MakeParents: in.MakeParents, InPlace: in.InPlace, Durable: in.Durable,
	}
	var out writeOutput
	var res change.Result
	switch in.Mode {
	case "replace":
		if w.IfMatch, err = whole("if_match", in.IfMatch); err == nil {
			res, err = s.replaceFile(ctx, p, w, in, &out)
		}
	case "append":
		var data []byte
		if data, err = in.appended(p, &out); err == nil {
			res, err = s.change.Append(ctx, p, w, data)
		}
	default:
		var data []byte
		if data, err = in.bytes(nil, &out); err == nil {
			res, err = s.change.Put(ctx, p, w, data)
		}
	}
	if err != nil {
		return writeOutput{}, shown(about(p, err))
	}
	out.Path, out.URI, out.ETag, out.Bytes, out.Created = res.Path.String(), res.Path.URI(), res.ETag, res.Size, res.Created
	return out, nil
}

// diffSize bounds what lines are counted for, in bytes.
const diffSize = 1 << 20

// replaceFile replaces all of a file. A text keeps what it does not say: how the
// old one was written down.
func (s *Service) replaceFile(ctx context.Context, p tree.Path, w change.Write, in writeInput, out *writeOutput) (change.Result, error) {
	info, err := p.Stat()
	if in.Base64 != nil || err == nil && info.Size > s.cfg.MaxFile {
		data, err := in.bytes(nil, out)
		if err != nil {
			return change.Result{}, err
		}
		return s.change.Put(ctx, p, w, data)
	}
	return s.change.Update(ctx, p, w, func(cur change.Current) ([]byte, error) {
		var old *text.Document
		if cur.Exists && len(cur.Data) > 0 {
			old, _ = text.Parse(cur.Data, "") // what was no text is replaced by one
		}
		var format *text.Format
		if old != nil {
			format = &old.Format
		}
		data, err := in.bytes(format, out)
		if err == nil && old != nil && len(cur.Data) <= diffSize && len(data) <= diffSize {
			out.count(old.Text, *in.Content)
		}
		return data, err
	})
}

// bytes returns what is to be written, the way that old says if the arguments
// leave it open.
func (in *writeInput) bytes(old *text.Format, out *writeOutput) ([]byte, error) {
	if in.Base64 != nil {
		data, err := base64.StdEncoding.DecodeString(*in.Base64)
		if err != nil {
			return nil, toolerr.Invalid("base64", "base64: %v", err)
		}
		return data, nil
	}
	content := *in.Content
	f := text.Format{Charset: in.Encoding, EOL: in.EOL, BOM: strings.HasPrefix(strings.ToLower(in.Encoding), "utf-16")}
	if old != nil {
		if f.Charset == "" || strings.EqualFold(f.Charset, old.Charset) {
			f.Charset, f.BOM = old.Charset, old.BOM
		}
		// Carriage returns in the content are there on purpose.
		if f.EOL == "" && old.EOL == "crlf" && !strings.Contains(content, "\r") {
			f.EOL = old.EOL
		}
	}
	if f.BOM {
		content = strings.TrimPrefix(content, "\ufeff")
	}
	out.Encoding = f.Charset
	return text.Encode(content, f)
}

// appended returns what is to be appended, the way the file at p is written.
func (in *writeInput) appended(p tree.Path, out *writeOutput) ([]byte, error) {
	f, err := p.Open()
	if err != nil || in.Base64 != nil {
		return in.bytes(nil, out) // if there is more wrong, appending tells
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, text.HeadSize))
	if err != nil {
		return nil, tree.Fail(p, err)
	}
	whole := len(head) < text.HeadSize
	if !whole {
		// Half a line end would make it look like a file that has both kinds.
		head = bytes.TrimSuffix(bytes.TrimSuffix(head, []byte("\r\x00")), []byte("\r"))
	}
	format, ok := text.Sniff(head, whole)
	if !ok || len(head) == 0 {
		return in.bytes(nil, out)
	}
	data, err := in.bytes(&format, out)
	if err == nil {
		// It stands at the beginning of a file only.
		mark, _ := text.Encode("", text.Format{Charset: out.Encoding, BOM: true})
		data = bytes.TrimPrefix(data, mark)
	}
	return data, err
}

// count tells how many lines the change adds and removes.
func (out *writeOutput) count(before, after string) {
	var added, removed int
	before, after = text.WithEOL(before, "lf"), text.WithEOL(after, "lf")
	for _, e := range udiff.Lines(before, after) {
		added += lines(e.New)
		removed += lines(before[e.Start:e.End])
	}
	out.LinesAdded, out.LinesRemoved = &added, &removed
}

// lines counts the lines of s, a last one without an end too.
func lines(s string) int {
	n := strings.Count(s, "\n")
	if s != "" && !strings.HasSuffix(s, "\n") {
		n++
	}
	return n
}

// writeQuestion asks before something is replaced that the caller may not have
// seen.
func (s *Service) writeQuestion(ctx context.Context, in writeInput) (string, error) {
	if err := in.check(); err != nil {
		return "", err
	}
	p, err := s.writable(ctx, "path", in.Path)
	if err != nil || in.Mode != "replace" || in.IfMatch != "" {
		return "", err
	}
	info, err := p.Stat()
	if tree.KindOf(err) == tree.NotFound {
		return "", nil
	}
	if err != nil {
		return "", shown(err)
	}
	return fmt.Sprintf("Replace %s (%s) with other content, whatever it holds now?", named(p), sizeOf(info.Size)), nil
}
