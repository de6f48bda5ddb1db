package files

import (
	"cmp"
	"context"
	"io/fs"
	"strconv"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

// listed bounds the entries of one directory that are looked at.
const listed = 1_000_000

var listTool = &mcp.Tool{
	Name:  "list_directory",
	Title: "List a directory",
	Description: `Lists one directory: names, types, sizes, times. Links are not followed. For more than one see directory_tree and find_files.
Example: {"path":"src","sort":"mtime"}`,
	Annotations: server.ReadOnly(false),
}

type listInput struct {
	Path   string `json:"path,omitempty" alias:"directory,dir" jsonschema:"default: the roots"`
	Sort   string `json:"sort,omitempty" enum:"name,size,mtime" jsonschema:"default name; largest, newest first"`
	Limit  int    `json:"limit" min:"1" max:"1000" default:"200" jsonschema:"entries a page"`
	Cursor string `json:"cursor,omitempty" jsonschema:"next_cursor of the last page"`
	Hidden bool   `json:"hidden" default:"true" jsonschema:"with dot files"`
	Ignore bool   `json:"ignore" default:"true" jsonschema:"without what .gitignore ignores"`
}

type listOutput struct {
	Path       string      `json:"path"`
	Roots      []listRoot  `json:"roots,omitempty" jsonschema:"only without a path"`
	Entries    []listEntry `json:"entries"`
	NextCursor string      `json:"next_cursor,omitempty"`
	Truncated  bool        `json:"truncated,omitempty" jsonschema:"there is more: call again with next_cursor"`
	Hidden     int         `json:"hidden,omitempty" jsonschema:"left out for hidden=false"`
	Ignored    int         `json:"ignored,omitempty" jsonschema:"left out for ignore=true; on the first page"`
}

type listRoot struct {
	Name     string `json:"name"`
	URI      string `json:"uri"`
	ReadOnly bool   `json:"read_only"`
}

type listEntry struct {
	Name  string `json:"name"`
	Type  string `json:"type" jsonschema:"file, directory, link or other"`
	Size  *int64 `json:"size,omitempty" jsonschema:"bytes, of a file"`
	MTime string `json:"mtime,omitempty"`
	Link  string `json:"link,omitempty" jsonschema:"where a link leads, if that is in a root"`
	URI   string `json:"uri,omitempty" jsonschema:"if the name is not UTF-8 and so not exact"`
}

func (s *Service) listDirectory(ctx context.Context, in listInput) (listOutput, error) {
	in.Sort = cmp.Or(in.Sort, "name")
	t, err := s.roots(ctx)
	if err != nil {
		return listOutput{}, err
	}
	out := listOutput{Path: in.Path, Entries: []listEntry{}}
	if top := in.Path == "" || in.Path == "." || in.Path == "/"; top {
		for _, r := range t.Roots() {
			out.Roots = append(out.Roots, listRoot{r.Name, r.Top().URI(), r.ReadOnly})
		}
		if len(out.Roots) > 1 {
			return out, nil
		}
		in.Path = ""
	}
	p, err := s.path(ctx, "path", in.Path)
	if err != nil {
		return out, err
	}
	out.Path = p.String()
	var from place
	bound := []string{"list_directory", p.URI(), in.Sort, strconv.FormatBool(in.Hidden), strconv.FormatBool(in.Ignore)}
	if err := s.cursors.Open(in.Cursor, &from, bound...); err != nil {
		return out, err
	}
	l := &lister{in: in, from: from, top: top[listEntry]{n: in.Limit + 1}}
	stats, err := walk.Walk(ctx, p, walk.Options{
		Hidden: in.Hidden, NoIgnore: !in.Ignore, MaxDepth: 1, MaxEntries: listed,
	}, l.visit)
	if err != nil {
		return out, shown(err)
	}
	page := l.top.sorted()
	if len(page) > in.Limit {
		page = page[:in.Limit]
		last := page[in.Limit-1]
		if out.NextCursor, err = s.cursors.Seal(place{Value: last.value, Name: []byte(last.name)}, bound...); err != nil {
			return out, err
		}
	}
	for _, r := range page {
		out.Entries = append(out.Entries, r.entry)
	}
	out.Truncated = out.NextCursor != "" || stats.Truncated
	out.Hidden = stats.Hidden
	if in.Cursor == "" {
		out.Ignored = stats.Ignored
	}
	return out, nil
}

// lister makes one page of a listing.
type lister struct {
	in   listInput
	from place
	top  top[listEntry]
}

func (l *lister) visit(e walk.Entry) error {
	byName := l.in.Sort == "name"
	if byName && (l.from.before(0, e.Name) || len(l.top.list) == l.top.n) {
		// The walk goes on for the count of what is ignored alone.
		if l.in.Cursor != "" && len(l.top.list) == l.top.n {
			return fs.SkipAll
		}
		return nil
	}
	info, err := e.Dir.Lstat(e.Name)
	if err != nil {
		if tree.KindOf(err) == tree.NotFound {
			return nil
		}
		info = tree.Info{Type: e.Type}
	}
	r := ranked[listEntry]{name: e.Name, entry: entryOf(e, info)}
	switch {
	case l.in.Sort == "size" && info.Type == tree.Regular:
		r.value = info.Size
	case l.in.Sort == "mtime":
		r.value = info.ModTime.UnixNano()
	}
	if !l.from.before(r.value, r.name) {
		l.top.add(r)
	}
	return nil
}

func entryOf(e walk.Entry, info tree.Info) listEntry {
	var out listEntry
	var exact bool
	if out.Name, exact = printable(e.Name); !exact {
		out.URI = e.Path().URI()
	}
	out.Type = typeNames[info.Type]
	if info.ModTime != (time.Time{}) {
		out.MTime = stamp(info.ModTime)
	}
	switch info.Type {
	case tree.Regular:
		out.Size = &info.Size
	case tree.Symlink:
		if to, err := e.Path().Real(); err == nil {
			out.Link, _ = printable(to.String())
		}
	}
	return out
}
