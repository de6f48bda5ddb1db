package files

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

var readTool = &mcp.Tool{
	Name:  "read_file",
	Title: "Read a file",
	Description: `Reads a text file, or a part: lines start_line to end_line, the last tail lines, or max_bytes from offset. A file above the limit (1 MB by default) gives 2000 lines; truncated then says so and next has the arguments that go on. The first block is the text as it is, the second has the etag for if_match. An etag "part:..." is good for edits only. Pictures and sound come as such, other files as bytes or a link.
Example: {"path": "src/main.go", "start_line": 10, "end_line": 40}`,
	Annotations: server.ReadOnly(false),
}

type readInput struct {
	Path        string `json:"path" jsonschema:"a file" alias:"file_path"`
	StartLine   int64  `json:"start_line,omitempty" min:"1" jsonschema:"from 1"`
	EndLine     int64  `json:"end_line,omitempty" min:"1" jsonschema:"inclusive"`
	Tail        int64  `json:"tail,omitempty" min:"1" jsonschema:"number of last lines"`
	Offset      *int64 `json:"offset,omitempty" min:"0" jsonschema:"in bytes"`
	MaxBytes    int64  `json:"max_bytes,omitempty" min:"1" jsonschema:"from offset"`
	LineNumbers bool   `json:"line_numbers" default:"false" jsonschema:"put the number and a tab before each line"`
	Encoding    string `json:"encoding" default:"auto" jsonschema:"as windows-1251"`
}

// readOutput is a text, or what is no text as further blocks.
type readOutput struct {
	body   string
	meta   readMeta
	blocks []mcp.Content
}

// Text implements [server.Texter].
func (o readOutput) Text() (string, any) { return o.body, o.meta }

// Attachments implements [server.Attacher].
func (o readOutput) Attachments() []mcp.Content { return o.blocks }

type readMeta struct {
	Path      string     `json:"path"`
	URI       string     `json:"uri"`
	ETag      string     `json:"etag"`
	Size      int64      `json:"size"`
	MIME      string     `json:"mime,omitempty"`
	Encoding  string     `json:"encoding,omitempty"`
	BOM       bool       `json:"bom,omitempty"`
	EOL       string     `json:"eol,omitempty"`
	Lines     *readLines `json:"lines,omitempty"`
	Bytes     *readBytes `json:"bytes,omitempty"`
	Truncated bool       `json:"truncated"`
	Next      *readNext  `json:"next,omitempty"`
	Lossy     bool       `json:"lossy,omitempty"`
	CutLines  []text.Cut `json:"cut_lines,omitempty"`
	Changed   bool       `json:"changed,omitempty"`
}

type readLines struct {
	Start int64  `json:"start,omitempty"`
	End   int64  `json:"end,omitempty"`
	Total *int64 `json:"total,omitempty"`
}

// readBytes is the part of the file that the text was read from.
type readBytes struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// readNext has the arguments of the call that goes on.
type readNext struct {
	Path        string `json:"path"`
	StartLine   int64  `json:"start_line,omitempty"`
	EndLine     int64  `json:"end_line,omitempty"`
	Offset      *int64 `json:"offset,omitempty"`
	MaxBytes    int64  `json:"max_bytes,omitempty"`
	LineNumbers bool   `json:"line_numbers,omitempty"`
	Encoding    string `json:"encoding,omitempty"`
}

const (
	// pageLines is how many lines of a large file are read if no end is given.
	pageLines = 2000
	// longLine is the most of a line that is shown, in bytes.
	longLine = 16 << 10
)

// check refuses parts of several kinds at once.
func (in *readInput) check() error {
	lines := in.StartLine > 0 || in.EndLine > 0
	bytes := in.Offset != nil || in.MaxBytes > 0
	switch {
	case lines && bytes, lines && in.Tail > 0, bytes && in.Tail > 0:
		return toolerr.Invalid("offset", "give start_line and end_line, or tail, or offset and max_bytes: only one of them")
	case in.EndLine > 0 && in.EndLine < in.StartLine:
		return toolerr.Invalid("end_line", "end_line: %d is before start_line %d", in.EndLine, in.StartLine)
	case bytes && in.LineNumbers:
		return toolerr.Invalid("line_numbers", "line_numbers: the numbers are not known of a part given in bytes; give start_line")
	}
	return nil
}

// part is what the arguments ask for.
func (s *Service) part(in readInput) text.Range {
	r := text.Range{
		Charset: in.Encoding, Start: in.StartLine, End: in.EndLine, Tail: in.Tail, Bytes: in.MaxBytes,
		Max: s.cfg.MaxRead, MaxLine: longLine,
	}
	if r.Charset == "auto" {
		r.Charset = ""
	}
	if in.Offset != nil {
		r.Offset = *in.Offset
		if r.Bytes == 0 {
			r.Bytes = math.MaxInt64
		}
	}
	return r
}

func (s *Service) readFile(ctx context.Context, in readInput) (readOutput, error) {
	if err := in.check(); err != nil {
		return readOutput{}, err
	}
	p, err := s.path(ctx, "path", in.Path)
	if err != nil {
		return readOutput{}, err
	}
	v, err := s.view(ctx, p, s.part(in))
	if err != nil {
		return readOutput{}, shown(err)
	}
	o := readOutput{meta: readMeta{Path: p.String(), URI: p.URI(), ETag: v.etag, Size: v.size, Changed: v.changed}}
	if v.page == nil {
		o.media(p, v)
		return o, nil
	}
	o.body = v.page.Text
	if in.LineNumbers {
		o.body = v.page.Numbered()
	}
	o.meta.describe(v)
	o.meta.Next = in.next(v, s.cfg.MaxRead)
	return o, nil
}

// describe says of a text what it is.
func (m *readMeta) describe(v *view) {
	g := v.page
	m.Encoding, m.BOM, m.EOL, m.Lossy, m.CutLines = g.Charset, g.BOM, g.EOL, g.Lossy, g.Cut
	m.Truncated = v.truncated
	if g.Start > 0 || g.Total >= 0 {
		m.Lines = &readLines{Start: g.Start, End: g.End}
		if g.Total >= 0 {
			m.Lines.Total = &g.Total
		}
	}
	if v.inBytes || g.Start == 0 && g.Text != "" {
		m.Bytes = &readBytes{g.From, g.To}
	}
}

// next returns the call that reads what there was no room for, nil if there is
// nothing more.
func (in *readInput) next(v *view, most int) *readNext {
	n := &readNext{Path: in.Path, LineNumbers: in.LineNumbers}
	if in.Encoding != "auto" {
		n.Encoding = in.Encoding
	}
	g := v.page
	bytes := func(offset, length int64) *readNext {
		n.Offset, n.MaxBytes, n.LineNumbers = &offset, length, false
		return n
	}
	cut := len(g.Cut) - 1
	switch {
	case g.Before:
		start := max(0, g.From-int64(most))
		return bytes(start, g.From-start)
	case cut >= 0 && g.Cut[cut].Bytes < 0: // within a line whose end was not found
		return bytes(g.Cut[cut].Offset, int64(most))
	case v.inBytes && g.More:
		return bytes(g.To, in.MaxBytes)
	case (g.More || v.shortened) && g.End > 0:
		n.StartLine, n.EndLine = g.End+1, in.EndLine
		return n
	}
	return nil
}

// media puts what is no text into blocks.
func (o *readOutput) media(p tree.Path, v *view) {
	o.meta.MIME = v.mime
	switch {
	case v.data == nil:
		o.body = fmt.Sprintf("This is no text but %s of %d bytes, too large to be sent here: read the resource.", v.mime, v.size)
		o.meta.Truncated = true
		o.blocks = []mcp.Content{&mcp.ResourceLink{URI: p.URI(), Name: p.Base(), MIMEType: v.mime, Size: &v.size}}
		return
	case shownImage[v.mime]:
		o.blocks = []mcp.Content{&mcp.ImageContent{Data: v.data, MIMEType: v.mime}}
	case shownSound[v.mime]:
		o.blocks = []mcp.Content{&mcp.AudioContent{Data: v.data, MIMEType: v.mime}}
	default:
		o.blocks = []mcp.Content{&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: p.URI(), MIMEType: v.mime, Blob: v.data}}}
	}
	o.body = fmt.Sprintf("This is no text but %s of %d bytes, which follow.", v.mime, v.size)
}

// shownImage and shownSound are what models and their hosts understand.
var (
	shownImage = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}
	shownSound = map[string]bool{"audio/mpeg": true, "audio/wav": true, "audio/wave": true, "audio/ogg": true, "audio/flac": true, "audio/mp4": true}
)

// asFile gives an error about a directory the tool that reads directories.
func asFile(err error) error {
	var e *tree.Error
	if errors.As(err, &e) && e.Kind == tree.IsDirectory && e.Hint == "" {
		hinted := *e
		hinted.Hint = "list_directory shows what is in it"
		return &hinted
	}
	return err
}
