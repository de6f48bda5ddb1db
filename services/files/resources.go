package files

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/media"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

var fileTemplate = &mcp.ResourceTemplate{
	Name:  "file",
	Title: "File or directory",
	// Reserved expansion keeps the slashes of a path.
	URITemplate: "file:///{+path}",
	Description: "A file below a root, as text or as bytes, up to 1 MiB; of a directory, the names in it. The path begins with the root's name; file:/// names the roots. " +
		"What is cut off has the URI of the rest as \"next\" in _meta.",
}

var rangeTemplate = &mcp.ResourceTemplate{
	Name:        "part of a file",
	Title:       "Part of a file",
	URITemplate: "file:///{+path}{?offset,length}",
	Description: "A part of a file: length bytes from the byte offset on. Text begins and ends with a whole character.",
}

const (
	// metaFile is the key in _meta of what a resource is a part of.
	metaFile = "io.github.mcpfleet/file"
	// maxListed bounds the names in a directory that is read as a resource.
	maxListed = 1000
)

// fileMeta is what a client is told beside the contents of a file.
type fileMeta struct {
	Size         int64  `json:"size"`
	LastModified string `json:"last_modified"`
	ETag         string `json:"etag"`
	Charset      string `json:"charset,omitempty"`
	BOM          bool   `json:"bom,omitempty"`
	EOL          string `json:"eol,omitempty"`
	Lossy        bool   `json:"lossy,omitempty"`
	Offset       int64  `json:"offset"`
	Length       int64  `json:"length"`
	Truncated    bool   `json:"truncated"`
	Next         string `json:"next,omitempty"`
}

type directoryMeta struct {
	Entries   int  `json:"entries"`
	Truncated bool `json:"truncated"`
}

// readResource reads what a URI names. What is outside of the roots does not
// exist, whether it does or not.
func (s *Service) readResource(ctx context.Context, uri string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	part, err := parseRange(uri)
	if err != nil {
		return nil, err
	}
	if part.uri == "file:///" {
		return s.listRoots(ctx)
	}
	t, err := s.roots(ctx)
	if err != nil {
		return nil, err
	}
	p, err := t.Path(part.uri)
	if err != nil {
		return nil, absent(err)
	}
	info, err := p.Stat()
	switch {
	case err != nil:
		return nil, absent(err)
	case info.Type == tree.Directory && part.limited:
		return nil, toolerr.Invalid("uri", "a directory has no parts: leave out offset and length")
	case info.Type == tree.Directory:
		contents, err := listDirectory(ctx, p)
		return contents, absent(err)
	}
	contents, err := s.readPart(ctx, p, part)
	return contents, absent(err)
}

// absent turns each way of not being there into one: which it was would tell
// what there is outside of the roots.
func absent(err error) error {
	switch tree.KindOf(err) {
	case tree.NotFound, tree.Outside, tree.NotDirectory:
		return toolerr.New(toolerr.ResourceNotFound, "there is no such resource")
	}
	return shown(err)
}

// part is a URI without its range.
type part struct {
	uri            string
	limited        bool // there is a range
	offset, length int64
}

// parseRange reads the offset and length of a URI. Anything else behind a
// question mark is refused: it may have been meant as a part of a name.
func parseRange(uri string) (part, error) {
	bare, query, limited := strings.Cut(uri, "?")
	p := part{uri: bare, limited: limited}
	if strings.Contains(bare, "#") {
		return p, toolerr.Invalid("uri", "write %%23 for a # in a name")
	}
	if !limited {
		return p, nil
	}
	seen := make(map[string]bool)
	for field := range strings.SplitSeq(query, "&") {
		name, digits, _ := strings.Cut(field, "=")
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil || seen[name] || name != "offset" && name != "length" || name == "length" && n == 0 {
			return p, toolerr.Invalid("uri", "behind ? goes offset=BYTES, length=BYTES or both; write %%3F for a ? in a name")
		}
		seen[name] = true
		if name == "offset" {
			p.offset = int64(n)
		} else {
			p.length = int64(n)
		}
	}
	return p, nil
}

// rest is the URI of what follows a part that ended at offset.
func (p part) rest(offset int64) string {
	q := "?offset=" + strconv.FormatInt(offset, 10)
	if p.length > 0 {
		q += "&length=" + strconv.FormatInt(p.length, 10)
	}
	return p.uri + q
}

// listRoots is the resource file:///.
func (s *Service) listRoots(ctx context.Context) ([]*mcp.ResourceContents, error) {
	t, err := s.roots(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range t.Roots() {
		names = append(names, plain(rootName(r))+"/")
	}
	return directoryContents(names, false), nil
}

// rootName is what comes behind file:/// in the URI of a root.
func rootName(r *tree.Root) string {
	name := strings.TrimPrefix(r.Top().URI(), "file:///")
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}

// listDirectory is a directory as a resource: a name on each line, those of
// directories with a slash. What ignore files ignore is left out.
func listDirectory(ctx context.Context, p tree.Path) ([]*mcp.ResourceContents, error) {
	var names []string
	more := false
	_, err := walk.Walk(ctx, p, walk.Options{Hidden: true, MaxDepth: 1}, func(e walk.Entry) error {
		if len(names) == maxListed {
			more = true
			return fs.SkipAll
		}
		name := plain(e.Name)
		if e.Type == tree.Directory {
			name += "/"
		}
		names = append(names, name)
		return nil
	})
	return directoryContents(names, more), err
}

func directoryContents(names []string, more bool) []*mcp.ResourceContents {
	return []*mcp.ResourceContents{{
		MIMEType: media.Directory, Text: strings.Join(names, "\n"),
		Meta: mcp.Meta{metaFile: directoryMeta{len(names), more}},
	}}
}

// The bounds of a page of resources/list.
const (
	listPage    = 200
	listVisits  = 50_000
	listTime    = 2 * time.Second
	listDepth   = 100
	listEntries = 1_000_000
	// listFresh is how long a client may keep a page: a list is a view of the
	// moment, and asking again costs a walk.
	listFresh = 10 * time.Second
)

// errPageFull ends a walk where the next page begins.
var errPageFull = errors.New("the page is full")

// listResources lists the files of all roots, root after root in the order of a
// walk. A place is a root's URI and, on a line of its own, the path of what was
// listed last. Of a tree
// with few files in many directories a page may hold less than others, or
// nothing, and goes on nevertheless. What is deeper than listDepth is not
// listed, nor is what comes behind listEntries entries of a root.
func (s *Service) listResources(ctx context.Context, after string) (page []*mcp.Resource, next string, err error) {
	t, err := s.roots(ctx)
	if err != nil {
		return nil, "", err
	}
	from, rel, _ := strings.Cut(after, "\n")
	found := after == ""
	l := resourcePage{until: time.Now().Add(listTime)}
	for _, r := range t.Roots() {
		switch {
		case !found && r.Top().URI() != from:
			continue
		case !found:
			found = true
		default:
			rel = ""
			l.list = append(l.list, &mcp.Resource{URI: r.Top().URI(), Name: rootName(r), MIMEType: media.Directory})
		}
		l.last = rel
		_, err := walk.Walk(ctx, r.Top(), walk.Options{After: rel, MaxDepth: listDepth, MaxEntries: listEntries}, l.visit)
		if err == errPageFull {
			return l.list, r.Top().URI() + "\n" + l.last, nil
		}
		if err != nil {
			return nil, "", shown(err)
		}
	}
	if !found {
		return nil, "", toolerr.Invalid("cursor", "the root at which the list goes on is no longer served; begin again without a cursor")
	}
	return l.list, "", nil
}

// resourcePage is made of what a walk visits.
type resourcePage struct {
	list   []*mcp.Resource
	last   string // the path of what was visited last
	visits int
	until  time.Time
}

func (l *resourcePage) visit(e walk.Entry) error {
	if len(l.list) >= listPage || l.visits >= listVisits || l.visits&0xff == 0xff && time.Now().After(l.until) {
		return errPageFull
	}
	l.visits++
	l.last = e.Rel()
	if e.Type != tree.Regular {
		return nil
	}
	p := e.Path()
	info, err := e.Dir.Lstat(e.Name)
	if err != nil || info.Type != tree.Regular || !nameable(p.Rel) {
		return nil // it went meanwhile, or no URI can name it
	}
	l.list = append(l.list, &mcp.Resource{
		URI: p.URI(), Name: p.String(), MIMEType: media.Type(e.Name, nil), Size: info.Size,
		Annotations: &mcp.Annotations{LastModified: stamp(info.ModTime)},
	})
	return nil
}

// nameable reports whether a URI or an argument can name the path.
func nameable(rel string) bool { return utf8.ValidString(rel) }
