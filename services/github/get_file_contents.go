package github

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/mcpfleet/mcpfleet/pkg/lines"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	// textBudget bounds a text that one answer shows, in bytes.
	textBudget = 40 << 10
	// sniffed is how much of a file decides whether it is text.
	sniffed = 8000
)

var getFileContentsTool = &mcp.Tool{
	Name:        "get_file_contents",
	Title:       "Read a file or directory",
	Description: `A file's text, 40 KB a call, an image, or a directory's entries. Example: {"path":"a/b.go","start_line":10,"end_line":60}`,
	Annotations: server.ReadOnly(true),
}

type getFileContentsInput struct {
	repository
	Path      string `json:"path,omitempty"`
	Ref       string `json:"ref,omitempty"`
	StartLine int64  `json:"start_line,omitempty" jsonschema:"from 1"`
	EndLine   int64  `json:"end_line,omitempty" jsonschema:"inclusive"`
	Recursive bool   `json:"recursive,omitempty" hidden:"true" jsonschema:"all below"`
	Glob      string `json:"glob,omitempty" jsonschema:"files below: **/*.go"`
	Cursor    string `json:"cursor,omitempty"`
}

// check cleans the path and refuses what does not go together.
func (in *getFileContentsInput) check() (err error) {
	if in.Path, err = cleanPath("path", in.Path); err != nil {
		return err
	}
	if err := checkRef("ref", in.Ref); err != nil {
		return err
	}
	switch {
	case in.StartLine < 0 || in.EndLine < 0:
		return toolerr.Invalid("start_line", "start_line and end_line are lines from 1")
	case in.EndLine > 0 && in.EndLine < in.StartLine:
		return toolerr.Invalid("end_line", "end_line: %d is before start_line %d", in.EndLine, in.StartLine)
	case len(in.Glob) > 200:
		return toolerr.Invalid("glob", "glob is longer than 200 bytes")
	case in.partial() && in.listing():
		return toolerr.Invalid("start_line", "start_line and end_line are for a file; recursive, glob and cursor are for a directory")
	}
	return nil
}

func (in *getFileContentsInput) partial() bool { return in.StartLine > 0 || in.EndLine > 0 }

func (in *getFileContentsInput) listing() bool {
	return in.Recursive || in.Glob != "" || in.Cursor != ""
}

// contentsOutput is a file or a directory.
type contentsOutput struct {
	body  string
	meta  any
	image *mcp.ImageContent
}

// Text implements [server.Texter].
func (o contentsOutput) Text() (string, any) { return o.body, o.meta }

// Attachments implements [server.Attacher].
func (o contentsOutput) Attachments() []mcp.Content {
	if o.image == nil {
		return nil
	}
	return []mcp.Content{o.image}
}

type fileMeta struct {
	Path      string    `json:"path"`
	Ref       string    `json:"ref,omitempty"`
	Type      string    `json:"type,omitempty"` // if it is no text
	SHA       string    `json:"sha"`
	Size      int64     `json:"size"`
	MIME      string    `json:"mime,omitempty"`
	Lines     *lineSpan `json:"lines,omitempty"`
	Truncated bool      `json:"truncated,omitempty"`
	Next      int64     `json:"next_start_line,omitempty"`
	CutLine   int64     `json:"cut_line,omitempty"`
	Lossy     bool      `json:"lossy,omitempty"`
	LFS       bool      `json:"lfs_pointer,omitempty"`
}

// lineSpan are lines of a text. Total is not known of a large file of which only
// the beginning was read.
type lineSpan struct {
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Total *int64 `json:"total,omitempty"`
}

// contents is what GitHub has at a path.
type contents struct {
	Type      string          `json:"type"`
	Path      string          `json:"path"`
	SHA       string          `json:"sha"`
	Size      int64           `json:"size"`
	Encoding  string          `json:"encoding"`
	Content   string          `json:"content"`
	Target    string          `json:"target"`
	Submodule string          `json:"submodule_git_url"`
	Entries   []contentsEntry `json:"entries"`
}

type contentsEntry struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	GitURL string `json:"git_url"`
}

func (s *Service) getFileContents(ctx context.Context, in getFileContentsInput) (contentsOutput, error) {
	if err := in.check(); err != nil {
		return contentsOutput{}, err
	}
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return contentsOutput{}, err
	}
	if in.listing() && in.Path == "" {
		return s.directory(ctx, in, nil)
	}
	c, err := s.contents(ctx, in.repository, in.Path, in.Ref)
	if err != nil {
		return contentsOutput{}, err
	}
	switch {
	case c.Type == "dir" && in.partial():
		return contentsOutput{}, toolerr.Invalid("start_line", "%s is a directory, which has no lines", in.Path)
	case c.Type == "dir":
		return s.directory(ctx, in, c)
	case in.listing():
		return contentsOutput{}, toolerr.Invalid("path", "%s is no directory: leave recursive, glob and cursor out", in.Path)
	}
	return s.file(ctx, in, c)
}

// contents asks for what is at a path, in one request whatever it is. The object
// media type is the only one that GitHub answers with for directories and for
// files above 1 MB alike, whose content is then left out.
func (s *Service) contents(ctx context.Context, r repository, path, ref string) (*contents, error) {
	u := fmt.Sprintf("repos/%s/%s/contents/%s", r.Owner, r.Repo, escapePath(path))
	if ref != "" {
		u += "?ref=" + url.QueryEscape(ref)
	}
	req, err := s.api.NewRequest(http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/vnd.github.object+json")
	var raw json.RawMessage
	if _, err := s.api.Do(ctx, req, &raw); err != nil {
		if path == "" {
			path = "the root"
		}
		return nil, s.shownOf(r, err, "%s of %s%s", path, r, at(ref))
	}
	c := new(contents)
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) { // from before that media type
		c.Type, c.Path = "dir", path
		err = json.Unmarshal(raw, &c.Entries)
	} else {
		err = json.Unmarshal(raw, c)
	}
	if err != nil {
		return nil, toolerr.Wrap(err, toolerr.ServiceUnavailable, "GitHub's answer for %s of %s is not what its API describes", path, r)
	}
	return c, nil
}

// open returns the bytes of a file, which are in the answer or, above 1 MB, in a
// blob that is read as it is needed.
func (s *Service) open(ctx context.Context, r repository, c *contents) (io.ReadCloser, error) {
	if c.Encoding == "base64" {
		return io.NopCloser(base64.NewDecoder(base64.StdEncoding, strings.NewReader(c.Content))), nil
	}
	return s.openBlob(ctx, r, c.SHA, c.Path)
}

// openBlob returns the bytes of a blob, which is at path, as they come.
func (s *Service) openBlob(ctx context.Context, r repository, sha, path string) (io.ReadCloser, error) {
	req, err := s.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/git/blobs/%s", r.Owner, r.Repo, url.PathEscape(sha)), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	resp, err := s.api.BareDo(ctx, req)
	if err != nil {
		return nil, s.shown(err, "%s of %s", path, r)
	}
	return resp.Body, nil
}

func (s *Service) file(ctx context.Context, in getFileContentsInput, c *contents) (contentsOutput, error) {
	meta := fileMeta{Path: c.Path, Ref: in.Ref, SHA: c.SHA, Size: c.Size}
	switch c.Type {
	case "symlink":
		meta.Type = c.Type
		return contentsOutput{body: "This is a symbolic link to " + c.Target + ", which is no file of this repository.", meta: meta}, nil
	case "submodule":
		meta.Type = c.Type
		return contentsOutput{body: fmt.Sprintf("This is a submodule: commit %s of %s.", c.SHA, withoutUser(c.Submodule)), meta: meta}, nil
	}
	body, err := s.open(ctx, in.repository, c)
	if err != nil {
		return contentsOutput{}, err
	}
	defer body.Close()
	head := make([]byte, sniffed)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return contentsOutput{}, s.broken(err, c)
	}
	head = head[:n]
	if mime := http.DetectContentType(head); !isText(head, mime) {
		return s.binary(io.MultiReader(bytes.NewReader(head), body), c, meta, mime)
	}
	// A byte order mark tells UTF-16 and is not part of the text.
	text := transform.NewReader(io.MultiReader(bytes.NewReader(head), body), unicode.BOMOverride(transform.Nop))
	part, err := lines.Read(text, lines.Range{Start: in.StartLine, End: in.EndLine, Max: textBudget, Count: c.Encoding == "base64"})
	if err != nil {
		return contentsOutput{}, s.broken(err, c)
	}
	if part.First == 0 && in.StartLine > 1 {
		return contentsOutput{}, toolerr.Invalid("start_line", "start_line: %s has only %d lines", c.Path, part.Total)
	}
	meta.describe(part)
	meta.LFS = bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/")) && c.Size < 1024
	return contentsOutput{body: part.Text, meta: meta}, nil
}

// describe says which part of a text is shown, and how to go on.
func (m *fileMeta) describe(p lines.Part) {
	m.Lines = &lineSpan{Start: p.First, End: p.Last}
	if p.Total >= 0 {
		m.Lines.Total = &p.Total
	}
	m.Truncated, m.Lossy = p.More || p.Cut, p.Lossy
	if p.More {
		m.Next = p.Last + 1
	}
	if p.Cut {
		m.CutLine = p.Last
	}
}

// binary shows an image, and says of other files what they are.
func (s *Service) binary(r io.Reader, c *contents, meta fileMeta, mime string) (contentsOutput, error) {
	meta.Type, meta.MIME = "binary", mime
	out := contentsOutput{body: fmt.Sprintf("This is no text but %s of %d bytes.", mime, c.Size), meta: meta}
	if !shownImage(mime) || c.Encoding != "base64" {
		return out, nil
	}
	data, err := io.ReadAll(r) // of what is in memory already
	if err != nil {
		return contentsOutput{}, s.broken(err, c)
	}
	out.image = &mcp.ImageContent{Data: data, MIMEType: mime}
	return out, nil
}

// broken is for a file whose bytes ended too soon.
func (s *Service) broken(err error, c *contents) error {
	if shown := toolerr.From(s.shown(err, "%s", c.Path)); shown.Code != toolerr.Internal {
		return shown
	}
	return toolerr.Wrap(err, toolerr.ServiceUnavailable, "GitHub broke off in the middle of %s; try again", c.Path)
}

// shownImage reports whether models see a type.
func shownImage(mime string) bool {
	switch mime {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// isText reports whether a file that begins with head is text.
func isText(head []byte, mime string) bool {
	if strings.HasPrefix(mime, "text/plain; charset=utf-16") {
		return true
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	return strings.HasPrefix(mime, "text/") || mime == "application/postscript"
}

// withoutUser returns a URL without a name and password in it, which .gitmodules
// may have.
func withoutUser(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil || !utf8.ValidString(raw) {
		return raw
	}
	u.User = nil
	return u.String()
}
