package files

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
	"github.com/mcpfleet/mcpfleet/services/files/internal/text"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

var readManyTool = &mcp.Tool{
	Name:  "read_files",
	Title: "Read several files",
	Description: `Reads up to 100 text files, by paths or by globs below path. Large ones share what max_total_bytes leaves; next goes on with read_file. In the first block a line "==> path <==" is before each; the second says where each begins.
Example: {"paths": ["go.mod", "main.go"]}`,
	Annotations: server.ReadOnly(false),
}

type readManyInput struct {
	Paths    []string `json:"paths,omitempty" maxItems:"100" jsonschema:"files"`
	Globs    []string `json:"globs,omitempty" maxItems:"20" jsonschema:"as in find_files"`
	Path     string   `json:"path,omitempty" jsonschema:"where globs begin"`
	MaxTotal int64    `json:"max_total_bytes" min:"1024" default:"262144" jsonschema:"of all files"`
}

type readManyOutput struct {
	body string
	meta readManyMeta
}

// Text implements [server.Texter].
func (o readManyOutput) Text() (string, any) { return o.body, o.meta }

type readManyMeta struct {
	Items []readManyItem `json:"items"`
	// Truncated says that the globs match more files.
	Truncated bool `json:"truncated,omitempty"`
}

// readManyItem is a file: Offset and Bytes are its place in the text.
type readManyItem struct {
	Path      string     `json:"path"`
	ETag      string     `json:"etag,omitempty"`
	Size      int64      `json:"size"`
	Offset    *int       `json:"offset,omitempty"`
	Bytes     *int       `json:"bytes,omitempty"`
	MIME      string     `json:"mime,omitempty"` // of what is no text
	Encoding  string     `json:"encoding,omitempty"`
	BOM       bool       `json:"bom,omitempty"`
	EOL       string     `json:"eol,omitempty"`
	Truncated bool       `json:"truncated,omitempty"`
	Next      *readNext  `json:"next,omitempty"`
	Lossy     bool       `json:"lossy,omitempty"`
	CutLines  []text.Cut `json:"cut_lines,omitempty"`
	Changed   bool       `json:"changed,omitempty"`
	Error     *itemError `json:"error,omitempty"`
}

// itemError is why one of several could not be done.
type itemError struct {
	Code    toolerr.Code `json:"code"`
	Message string       `json:"message"`
}

func itemErrorOf(err error) *itemError {
	e := toolerr.From(shown(err))
	return &itemError{e.Code, e.Message}
}

const (
	// mostFiles is how many files one call reads or describes.
	mostFiles = 100
	// fileWorkers is how many of them at a time.
	fileWorkers = 4
)

func (s *Service) readFiles(ctx context.Context, in readManyInput) (readManyOutput, error) {
	if (len(in.Paths) == 0) == (len(in.Globs) == 0) {
		return readManyOutput{}, toolerr.Invalid("paths", "give either paths or globs")
	}
	if in.MaxTotal > int64(s.cfg.MaxRead) {
		return readManyOutput{}, toolerr.Invalid("max_total_bytes", "max_total_bytes: at most %d bytes are read at once", s.cfg.MaxRead)
	}
	var out readManyOutput
	if _, err := s.roots(ctx); err != nil {
		return out, err
	}
	if len(in.Globs) > 0 {
		var err error
		if in.Paths, out.meta.Truncated, err = s.matching(ctx, in.Path, in.Globs); err != nil {
			return out, err
		}
	}
	files := make([]manyFile, len(in.Paths))
	err := each(ctx, len(files), func(i int) {
		f := &files[i]
		if f.path, f.err = s.path(ctx, "paths", in.Paths[i]); f.err != nil {
			return
		}
		var info tree.Info
		if info, f.err = f.path.Stat(); f.err == nil && info.Type == tree.Regular {
			f.size = info.Size
		}
	})
	if err != nil {
		return out, err
	}
	allot(files, in.MaxTotal)
	if err := s.readEach(ctx, files); err != nil {
		return out, err
	}
	var body strings.Builder
	out.meta.Items = make([]readManyItem, len(files))
	for i := range files {
		out.meta.Items[i] = files[i].item(in.Paths[i], &body, s.cfg.MaxRead)
	}
	out.body = body.String()
	return out, nil
}

// manyFile is one of several files.
type manyFile struct {
	path tree.Path
	size int64
	most int64 // its share of the bytes
	view *view
	err  error
}

// allot divides total so that no file has less than another that could use more.
func allot(files []manyFile, total int64) {
	order := make([]*manyFile, 0, len(files))
	for i := range files {
		if files[i].err == nil {
			order = append(order, &files[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *manyFile) int { return cmp.Compare(a.size, b.size) })
	for i, f := range order {
		fair := total / int64(len(order)-i)
		if f.most = fair; f.size > 0 {
			f.most = min(f.size, fair)
		}
		total -= f.most
	}
}

func (s *Service) readEach(ctx context.Context, files []manyFile) error {
	var mu sync.Mutex
	done := 0
	return each(ctx, len(files), func(i int) {
		f := &files[i]
		if f.err == nil {
			f.view, f.err = s.view(ctx, f.path, text.Range{Max: int(f.most), MaxLine: longLine})
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		server.Progress(ctx).Report(float64(done), float64(len(files)), fmt.Sprintf("%d of %d files", done, len(files)))
	})
}

// item describes a file, and adds its text to body.
func (f *manyFile) item(said string, body *strings.Builder, most int) readManyItem {
	it := readManyItem{Path: asked(said), Size: f.size}
	if f.err != nil {
		it.Error = itemErrorOf(f.err)
		return it
	}
	v := f.view
	it.Path, it.Size, it.ETag, it.Changed, it.MIME = f.path.String(), v.size, v.etag, v.changed, v.mime
	if v.page == nil {
		return it
	}
	g := v.page
	it.Encoding, it.BOM, it.EOL, it.Lossy, it.CutLines, it.Truncated = g.Charset, g.BOM, g.EOL, g.Lossy, g.Cut, v.truncated
	it.Next = (&readInput{Path: it.Path, Encoding: "auto"}).next(v, most)
	if n := len(g.Cut); n > 0 && f.most < longLine+2 {
		// The share has cut the line, which is not too long for read_file.
		it.Next = &readNext{Path: it.Path, Offset: &g.Cut[n-1].Offset, MaxBytes: int64(most)}
	}
	if body.Len() > 0 {
		body.WriteByte('\n')
	}
	body.WriteString("==> " + plain(it.Path) + " <==\n")
	offset, n := body.Len(), len(g.Text)
	it.Offset, it.Bytes = &offset, &n
	body.WriteString(g.Text)
	if n > 0 && g.Text[n-1] != '\n' {
		body.WriteByte('\n')
	}
	return it
}

// matching returns the first files below path that match.
func (s *Service) matching(ctx context.Context, path string, globs []string) (paths []string, more bool, err error) {
	start, err := s.path(ctx, "path", path)
	if err != nil {
		return nil, false, err
	}
	set, err := glob.NewSet(globs, glob.Options{})
	if err != nil {
		return nil, false, toolerr.Invalid("globs", "globs: %s", err)
	}
	var all []string
	_, err = walk.Walk(ctx, start, walk.Options{Include: set}, func(e walk.Entry) error {
		if e.Type != tree.Regular {
			return nil
		}
		if len(all) == mostFiles {
			more = true
			return fs.SkipAll
		}
		// A name that is not UTF-8 has a path as a URI alone.
		if p := e.Path(); nameable(p.Rel) {
			all = append(all, p.String())
		} else {
			all = append(all, p.URI())
		}
		return nil
	})
	return all, more, shown(err)
}

// each calls fn for the numbers below n, some at a time, until ctx ends.
func each(ctx context.Context, n int, fn func(i int)) error {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, fileWorkers) {
		wg.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	return ctx.Err()
}
