package files

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

const (
	findTimeout = 30 * time.Second

	// findBudget is when a search answers with what it has.
	findBudget = 10 * time.Second

	maxGlobs = 100
)

var findTool = &mcp.Tool{
	Name:  "find_files",
	Title: "Find files",
	Description: `Finds files by name, size, time. A glob without a slash matches names at any depth; case matters.
Example: {"globs":["*.{ts,tsx}","docs/**"],"exclude":["dist"]}`,
	Annotations: server.ReadOnly(false),
}

type findInput struct {
	Path           string   `json:"path,omitempty" alias:"directory,dir" jsonschema:"where"`
	Globs          []string `json:"globs,omitempty" alias:"patterns" jsonschema:"any of"`
	Exclude        []string `json:"exclude,omitempty" jsonschema:"globs"`
	Type           string   `json:"type,omitempty" enum:"file,directory,link,any" jsonschema:"default file"`
	MinSize        *int64   `json:"min_size,omitempty" jsonschema:"bytes"`
	MaxSize        *int64   `json:"max_size,omitempty" jsonschema:"bytes"`
	ModifiedAfter  string   `json:"modified_after,omitempty" jsonschema:"RFC 3339 or age: 7d"`
	ModifiedBefore string   `json:"modified_before,omitempty" jsonschema:"same"`
	Sort           string   `json:"sort,omitempty" enum:"path,mtime,size" jsonschema:"default path"`
	Limit          int      `json:"limit" min:"1" max:"1000" default:"200" jsonschema:"a page"`
	Cursor         string   `json:"cursor,omitempty" jsonschema:"next_cursor"`
	Hidden         bool     `json:"hidden,omitempty" jsonschema:"with dot files"`
	Ignore         bool     `json:"ignore" default:"true" jsonschema:"obey .gitignore"`
	MaxDepth       int      `json:"max_depth,omitempty" jsonschema:"levels"`
}

type findOutput struct {
	Entries    []findEntry    `json:"entries"`
	NextCursor string         `json:"next_cursor,omitempty"`
	Truncated  bool           `json:"truncated" jsonschema:"there is more: call again with next_cursor"`
	Partial    bool           `json:"partial,omitempty" jsonschema:"the time ran out before everything was seen"`
	Scanned    int            `json:"total_scanned"`
	Skipped    *skippedOutput `json:"skipped,omitempty" jsonschema:"what could not be visited"`
}

// findEntry has a type if any was asked for, and a size and time if they were
// asked about: most questions are about names, and paths are all that is read.
type findEntry struct {
	Path  string `json:"path"`
	Type  string `json:"type,omitempty"`
	Size  *int64 `json:"size,omitempty"`
	MTime string `json:"mtime,omitempty"`
	URI   string `json:"uri,omitempty" jsonschema:"if the path is not UTF-8 and so not exact"`
}

func (s *Service) findFiles(ctx context.Context, in findInput) (findOutput, error) {
	in.Type, in.Sort = cmp.Or(in.Type, "file"), cmp.Or(in.Sort, "path")
	p, err := s.path(ctx, "path", in.Path)
	if err != nil {
		return findOutput{}, err
	}
	asked := in
	asked.Cursor, asked.Limit, asked.Path = "", 0, p.URI()
	question, err := json.Marshal(asked)
	if err != nil {
		return findOutput{}, err
	}
	var from place
	if err := s.cursors.Open(in.Cursor, &from, "find_files", string(question)); err != nil {
		return findOutput{}, err
	}
	if from.Now == 0 {
		from.Now = time.Now().Unix()
	}
	f, err := newFinder(in, p, from)
	if err != nil {
		return findOutput{}, err
	}
	f.deadline = time.Now().Add(findBudget)
	last, err := f.run(ctx)
	if err != nil {
		return findOutput{}, shown(err)
	}
	if last != nil {
		last.Now = from.Now
		f.out.Truncated = true
		if f.out.NextCursor, err = s.cursors.Seal(last, "find_files", string(question)); err != nil {
			return findOutput{}, err
		}
	}
	return f.out, nil
}

// finder makes one page of a search.
type finder struct {
	in            findInput
	start         tree.Path
	from          place
	globs         *glob.Set
	o             walk.Options
	after, before time.Time
	stats         bool // the question is about more than names and types
	deadline      time.Time
	seen          int
	last          string // where the time ran out
	top           top[findEntry]
	out           findOutput
}

func newFinder(in findInput, p tree.Path, from place) (*finder, error) {
	f := &finder{in: in, start: p, from: from, top: top[findEntry]{n: in.Limit + 1}}
	if n := len(in.Globs) + len(in.Exclude); n > maxGlobs {
		return nil, toolerr.Invalid("globs", "globs: %d patterns are more than %d", n, maxGlobs)
	}
	if in.MaxDepth < 0 {
		return nil, toolerr.Invalid("max_depth", "max_depth: give 1 or more")
	}
	var include []string
	exclude := in.Exclude
	for _, g := range in.Globs {
		if rest, ok := strings.CutPrefix(g, "!"); ok {
			exclude = append(exclude[:len(exclude):len(exclude)], rest)
			continue
		}
		include = append(include, g)
	}
	var err error
	if f.globs, err = glob.NewSet(include, glob.Options{}); err != nil {
		return nil, toolerr.Invalid("globs", "globs: %s", err)
	}
	f.o = walk.Options{
		Hidden: in.Hidden || len(include) > 0 && !slices.ContainsFunc(include, isUndotted), NoIgnore: !in.Ignore, MaxDepth: in.MaxDepth, DirsOnly: in.Type == "directory", Include: f.globs,
	}
	if f.o.Exclude, err = glob.NewSet(exclude, glob.Options{}); err != nil {
		return nil, toolerr.Invalid("exclude", "exclude: %s", err)
	}
	now := time.Unix(from.Now, 0)
	if f.after, err = moment("modified_after", in.ModifiedAfter, now); err != nil {
		return nil, err
	}
	if f.before, err = moment("modified_before", in.ModifiedBefore, now); err != nil {
		return nil, err
	}
	f.stats = in.Sort != "path" || in.MinSize != nil || in.MaxSize != nil || in.ModifiedAfter != "" || in.ModifiedBefore != ""
	if in.Sort == "path" {
		f.o.After = string(from.Name)
	}
	return f, nil
}

// isUndotted reports whether a glob names no hidden file or directory. If all
// name one, as ".github/**" does, hidden ones are what is asked for.
func isUndotted(g string) bool {
	g = strings.TrimPrefix(g, "./")
	return !strings.HasPrefix(g, ".") && !strings.Contains(g, "/.")
}

// run walks, and returns where the next page goes on, nil if there is none.
func (f *finder) run(ctx context.Context) (*place, error) {
	report := server.Progress(ctx)
	f.o.Progress = func(n int) { report.Report(float64(n), 0, strconv.Itoa(n)+" entries scanned") }
	stats, err := walk.Walk(ctx, f.start, f.o, f.visit)
	if err != nil {
		return nil, err
	}
	f.out.Scanned, f.out.Skipped = stats.Entries, skippedOf(stats.Skipped)
	page := f.top.sorted()
	more := len(page) > f.in.Limit
	page = page[:min(len(page), f.in.Limit)]
	f.out.Entries = make([]findEntry, len(page))
	for i, r := range page {
		f.out.Entries[i] = r.entry
	}
	switch {
	case more:
		r := page[len(page)-1]
		return &place{Value: r.value, Name: []byte(r.name)}, nil
	case f.out.Partial && f.in.Sort == "path":
		return &place{Name: []byte(f.last)}, nil
	}
	f.out.Truncated = f.out.Partial
	return nil, nil
}

func (f *finder) visit(e walk.Entry) error {
	if err := f.consider(e); err != nil {
		return err
	}
	// The clock is looked at often enough, and not for each name.
	if f.seen++; e.Type != tree.Directory && f.seen%256 != 0 || time.Now().Before(f.deadline) {
		return nil
	}
	f.out.Partial, f.last = true, e.Rel()
	return fs.SkipAll
}

func (f *finder) consider(e walk.Entry) error {
	isDir := e.Type == tree.Directory
	if !f.wants(e.Type) || isDir && f.globs != nil && !f.globs.Match(e.In(), e.Name) {
		return nil
	}
	rel := e.Rel()
	r := ranked[findEntry]{name: rel}
	if f.stats {
		info, err := e.Dir.Lstat(e.Name)
		if err != nil || !f.passes(info) {
			return nil // one that is gone, or may not be looked at, has no size
		}
		switch f.in.Sort {
		case "size":
			r.value = info.Size
		case "mtime":
			r.value = info.ModTime.UnixNano()
		}
		r.entry.MTime = stamp(info.ModTime)
		if info.Type == tree.Regular {
			r.entry.Size = &info.Size
		}
	}
	if f.in.Sort != "path" && f.from.before(r.value, rel) {
		return nil
	}
	f.fill(&r.entry, rel, e.Type)
	f.top.add(r)
	if f.in.Sort == "path" && len(f.top.list) == f.top.n {
		return fs.SkipAll
	}
	return nil
}

func (f *finder) fill(e *findEntry, rel string, typ tree.Type) {
	p := f.start.Join(rel)
	if e.Path, _ = printable(p.String()); !utf8.ValidString(rel) {
		e.URI = p.URI()
	}
	if f.in.Type == "any" {
		e.Type = typeNames[typ]
	}
}

func (f *finder) wants(t tree.Type) bool {
	return f.in.Type == "any" || f.in.Type == typeNames[t]
}

func (f *finder) passes(i tree.Info) bool {
	switch {
	case f.in.MinSize != nil && i.Size < *f.in.MinSize,
		f.in.MaxSize != nil && i.Size > *f.in.MaxSize,
		f.in.ModifiedAfter != "" && !i.ModTime.After(f.after),
		f.in.ModifiedBefore != "" && !i.ModTime.Before(f.before):
		return false
	}
	return true
}

// moment reads a time: RFC 3339, a date, or an age such as "90m", "12h", "7d" or
// "2w".
func moment(argument, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
	unit := units[s[len(s)-1]]
	if err != nil || unit == 0 {
		return time.Time{}, toolerr.Invalid(argument, `%s: write a time as 2026-01-31T08:00:00Z, a date as 2026-01-31, or an age as 90m, 12h, 7d or 2w`, argument)
	}
	return now.Add(-time.Duration(n) * unit), nil
}
