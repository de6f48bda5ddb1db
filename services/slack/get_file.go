package slack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/lines"
	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/content"
)

const (
	// maxFileText is how much of a text is read, in bytes: what is behind it cannot be
	// shown.
	maxFileText = 4 << 20
	// maxFileChannels is in how many channels it is looked for one that may be read.
	maxFileChannels = 20
	// maxThumbs is how many smaller forms of an image are tried.
	maxThumbs = 3
)

var getFileTool = &mcp.Tool{
	Name:        "get_file",
	Title:       "Read a file",
	Description: `A file's text, a canvas as Markdown, an image; of others what they are. Example: {"file":"F0123ABCD"}`,
	Annotations: server.ReadOnly(true),
}

type getFileInput struct {
	File      string `json:"file" jsonschema:"id or permalink" minLength:"1" maxLength:"500" quiet:"true"`
	StartLine int64  `json:"start_line,omitempty" min:"1" quiet:"true" jsonschema:"of a text, from 1"`
	MaxBytes  int64  `json:"max_bytes,omitempty" min:"1024" max:"3145728" default:"204800" hidden:"true"`
}

// fileOutput is a file, or what is known of it.
type fileOutput struct {
	body  string
	meta  fileMeta
	image *mcp.ImageContent
}

// Text implements [server.Texter].
func (o fileOutput) Text() (string, any) { return o.body, o.meta }

// Attachments implements [server.Attacher].
func (o fileOutput) Attachments() []mcp.Content {
	if o.image == nil {
		return nil
	}
	return []mcp.Content{o.image}
}

type fileMeta struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Title    string `json:"title,omitempty"`
	Mimetype string `json:"mimetype,omitempty"`
	Size     int64  `json:"size,omitempty"`
	User     string `json:"user,omitempty"`
	Created  string `json:"created,omitempty"`
	// URL is where a file is that is not Slack's.
	URL     string     `json:"url,omitempty"`
	Charset string     `json:"charset,omitempty"` // if it was not UTF-8
	Lines   *fileLines `json:"lines,omitempty"`
	// Truncated says that there is more, from NextLine on if it is set.
	Truncated bool  `json:"truncated,omitempty"`
	NextLine  int64 `json:"next_start_line,omitempty"`
	// Thumbnail is the longer side of the smaller form that is shown, in pixels.
	Thumbnail int    `json:"thumbnail,omitempty"`
	Note      string `json:"note,omitempty"`
}

// fileLines are the lines that are shown. Total is not known of what was not read
// to its end.
type fileLines struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	Total int64 `json:"total,omitempty"`
}

func (s *Service) getFile(ctx context.Context, in getFileInput) (fileOutput, error) {
	id, err := fileID(in.File)
	if err != nil {
		return fileOutput{}, err
	}
	w, err := s.open(ctx)
	if err != nil {
		return fileOutput{}, err
	}
	info, err := w.reads.FileInfo(ctx, id)
	if err != nil {
		return fileOutput{}, s.shown(err, "file %s", id)
	}
	switch info.Mode {
	case "tombstone":
		return fileOutput{}, toolerr.New(toolerr.ResourceNotFound, "file %s was deleted", id)
	case "hidden_by_limit":
		return fileOutput{}, toolerr.New(toolerr.ResourceNotFound, "file %s is too old for the workspace's plan: Slack hides it", id)
	}
	if err := w.fileReadable(ctx, info); err != nil {
		return fileOutput{}, err
	}
	meta := w.fileMeta(ctx, info)
	switch {
	case info.Access != "" && info.Access != "visible" && info.URLPrivate == "":
		return fileOutput{}, toolerr.New(toolerr.PermissionDenied, "file %s: Slack shows it to nobody with this token (%s)", id, plain.Words(info.Access, 40))
	case info.External, info.Mode == "external":
		meta.URL = plain.Words(info.URLPrivate, 500)
		return fileOutput{body: "This is a file of another service, which has to be read there.", meta: meta}, nil
	case isCanvas(info):
		return w.canvas(ctx, in, info, meta)
	case strings.HasPrefix(info.Mimetype, "image/") && info.Mimetype != "image/svg+xml":
		return w.image(ctx, in, info, meta)
	case opaque(info.Mimetype):
		return unshown(info.Mimetype, meta), nil
	}
	return w.fileText(ctx, in, info, meta)
}

var fileRule = regexp.MustCompile(`^(?:T[A-Z0-9]+-)?(F[A-Z0-9]{7,20})$`)

// fileID finds the id in what names a file: the id itself, or one of its URLs.
func fileID(name string) (string, error) {
	name = strings.Trim(strings.TrimSpace(name), "<>")
	name, _, _ = strings.Cut(name, "|")
	parts := []string{name}
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		parts = strings.Split(u.Path, "/")
	}
	for _, p := range parts {
		if m := fileRule.FindStringSubmatch(p); m != nil {
			return m[1], nil
		}
	}
	return "", toolerr.Invalid("file", "file: give the id of a file as messages have it, such as F0123ABCD, or its permalink")
}

// fileReadable returns why a file may not be read, nil if it may: it is in a channel
// that may be, or in none and the caller's own. That a token sees a file is not
// enough, since the operator's rules are about channels.
func (w *workspace) fileReadable(ctx context.Context, info api.FileInfo) error {
	var last error
	for i, id := range info.Channels {
		if i == maxFileChannels {
			break
		}
		_, err := w.channel(ctx, id)
		if err == nil {
			return nil
		}
		if e := toolerr.From(err); e.Retryable || last == nil {
			last = e
		}
	}
	if e := toolerr.From(last); e != nil && e.Retryable {
		return last
	}
	if len(info.Channels) == 0 && w.user != nil && info.User != "" {
		if who, err := w.identity(ctx, w.user); err != nil {
			return w.svc.shown(err, "file %s", info.ID)
		} else if who.UserID == info.User {
			return nil
		}
	}
	return toolerr.New(toolerr.ResourceNotFound, "file %s is in no channel that may be read here", info.ID)
}

func (w *workspace) fileMeta(ctx context.Context, info api.FileInfo) fileMeta {
	m := fileMeta{ID: info.ID, Name: plain.Words(info.Name, 200), Mimetype: plain.Words(info.Mimetype, 100), Size: info.Size}
	if t := plain.Words(info.Title, 200); t != m.Name {
		m.Title = t
	}
	if info.User != "" {
		m.User = w.labels(ctx, []string{info.User})[info.User]
	}
	if info.Created > 0 {
		m.Created = time.Unix(info.Created, 0).UTC().Format(time.RFC3339)
	}
	return m
}

// isCanvas reports whether a file is a canvas, which has no bytes of its own, or a
// post, which is what came before canvases.
func isCanvas(info api.FileInfo) bool {
	for _, kind := range []string{info.Mode, info.Filetype} {
		switch kind {
		case "quip", "canvas", "space", "post":
			return true
		}
	}
	return info.Mimetype == "application/vnd.slack-docs"
}

func (w *workspace) canvas(ctx context.Context, in getFileInput, info api.FileInfo, meta fileMeta) (fileOutput, error) {
	text, err := w.reads.Canvas(ctx, info.ID)
	if api.Is(err, "canvas_not_found") && info.Preview != "" { // a post that was never made one
		return w.fileText(ctx, in, info, meta)
	}
	if err != nil {
		return fileOutput{}, w.svc.shown(err, "canvas %s", info.ID)
	}
	meta.Mimetype, meta.Size = "text/markdown", int64(len(text))
	return cutFile(strings.NewReader(text), false, in, meta)
}

// fileText shows a text, or says of other bytes what they are.
func (w *workspace) fileText(ctx context.Context, in getFileInput, info api.FileInfo, meta fileMeta) (fileOutput, error) {
	most := int64(maxFileText)
	if in.StartLine <= 1 { // what is behind what is shown is not needed
		most = min(in.MaxBytes+content.Sniffed, most)
	}
	got, err := w.reads.Download(ctx, info.URLPrivate, most)
	switch {
	case err != nil && info.Preview != "" && ctx.Err() == nil:
		meta.Note = "Slack does not give the file itself: this is the preview of its beginning"
		return cutFile(strings.NewReader(info.Preview), true, in, meta)
	case err != nil:
		return fileOutput{}, w.svc.shown(err, "file %s", info.ID)
	}
	kind := content.Detect(got.Bytes)
	if !kind.Text() {
		return unshown(kind.MIME, meta), nil
	}
	if kind.Charset != "utf-8" {
		meta.Charset = kind.Charset
	}
	text, err := io.ReadAll(kind.Decode(bytes.NewReader(got.Bytes)))
	if err != nil {
		return fileOutput{}, toolerr.Wrap(err, toolerr.InvalidInput, "file %s: it is not the %s text that it begins as", info.ID, kind.Charset)
	}
	if got.Truncated {
		// Half a line is not shown unless it is all there is.
		if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
			text = text[:end+1]
		}
	}
	out, err := cutFile(bytes.NewReader(text), got.Truncated, in, meta)
	if err == nil && out.meta.NextLine > 0 && got.Truncated && most == maxFileText && out.meta.Lines.End == int64(bytes.Count(text, []byte("\n"))) {
		out.meta.NextLine, out.meta.Note = 0, "the rest of the file is behind its first 4 MiB, which is all that is read of a text"
	}
	return out, err
}

// cutFile shows the lines of a text that are asked for. more says that text is only
// the beginning.
func cutFile(text io.Reader, more bool, in getFileInput, meta fileMeta) (fileOutput, error) {
	part, err := lines.Read(text, lines.Range{Start: in.StartLine, Max: int(in.MaxBytes), Count: true})
	if err != nil {
		return fileOutput{}, err
	}
	if part.First == 0 && in.StartLine > 1 {
		return fileOutput{}, toolerr.Invalid("start_line", "start_line: of %s %d lines can be read", meta.ID, part.Total)
	}
	if part.First > 1 || part.More || part.Cut || more {
		meta.Lines = &fileLines{Start: part.First, End: part.Last, Total: part.Total}
		if more {
			meta.Lines.Total = 0
		}
	}
	meta.Truncated = part.More || part.Cut || more
	if part.More || more && !part.Cut {
		meta.NextLine = part.Last + 1
	}
	return fileOutput{body: part.Text, meta: meta}, nil
}

// image shows an image, or the largest of its smaller forms that fits.
func (w *workspace) image(ctx context.Context, in getFileInput, info api.FileInfo, meta fileMeta) (fileOutput, error) {
	forms := []api.Thumb{{URL: info.URLPrivate}}
	forms = append(forms, info.Thumbs[:min(len(info.Thumbs), maxThumbs)]...)
	if n := len(info.Thumbs); n > maxThumbs { // the smallest fits if any does
		forms[maxThumbs] = info.Thumbs[n-1]
	}
	if info.Size > in.MaxBytes || !shownImage(info.Mimetype) {
		forms = forms[1:]
	}
	var failed error
	for _, form := range forms {
		got, err := w.reads.Download(ctx, form.URL, in.MaxBytes)
		if err != nil { // there may be another form of it
			failed = err
			continue
		}
		kind := content.Detect(got.Bytes)
		if got.Truncated || !kind.Image() {
			continue
		}
		meta.Thumbnail = form.Size
		return fileOutput{
			body: fmt.Sprintf("An image, %s of %d bytes.", kind.MIME, len(got.Bytes)), meta: meta,
			image: &mcp.ImageContent{Data: got.Bytes, MIMEType: kind.MIME},
		}, nil
	}
	if failed != nil {
		return fileOutput{}, w.svc.shown(failed, "file %s", info.ID)
	}
	out := unshown(meta.Mimetype, meta)
	if shownImage(info.Mimetype) && info.Size > in.MaxBytes {
		out.meta.Note = "the image is larger than max_bytes, and no smaller form of it fits"
	}
	return out, nil
}

// shownImage reports whether models see images of a type.
func shownImage(mime string) bool { return content.Kind{MIME: mime}.Image() }

// opaque reports whether files of a type are never text, so that they need not be
// read to know it.
func opaque(mime string) bool {
	for _, prefix := range []string{"audio/", "video/", "font/", "application/pdf", "application/zip", "application/vnd.openxmlformats", "application/vnd.ms-", "application/msword"} {
		if strings.HasPrefix(mime, prefix) {
			return true
		}
	}
	return false
}

// unshown says what a file is that is neither text nor an image.
func unshown(mime string, meta fileMeta) fileOutput {
	return fileOutput{body: fmt.Sprintf("This is neither text nor an image that can be shown but %s of %d bytes.", plain.Words(mime, 100), meta.Size), meta: meta}
}
