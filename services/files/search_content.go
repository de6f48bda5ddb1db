package files

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/files/internal/glob"
	"github.com/mcpfleet/mcpfleet/services/files/internal/match"
	"github.com/mcpfleet/mcpfleet/services/files/internal/search"
	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
	"github.com/mcpfleet/mcpfleet/services/files/internal/walk"
)

const (
	searchTimeout = 30 * time.Second

	// searchBudget is when a search answers with what it has, and searchBytes
	// how large an answer gets.
	searchBudget = 20 * time.Second
	searchBytes  = 200 << 10
)

var searchTool = &mcp.Tool{
	Name:  "search_content",
	Title: "Search in files",
	Description: `Finds lines in files below path, or in one file, as ripgrep does. No lookaround or backreferences. Binary files are skipped and counted.
For names use find_files. Example: {"pattern":"func \\w+Init\\(","globs":["*.go"]}`,
	Annotations: server.ReadOnly(false),
}

type searchInput struct {
	Pattern   string   `json:"pattern" jsonschema:"RE2; \\w and \\b are ASCII" alias:"query,regex"`
	Path      string   `json:"path,omitempty" jsonschema:"default all roots" alias:"directory,dir"`
	Literal   bool     `json:"literal,omitempty" jsonschema:"pattern is plain text"`
	Case      string   `json:"case" enum:"smart,sensitive,insensitive" default:"smart" jsonschema:"smart: sensitive if pattern has capitals"`
	Word      bool     `json:"word,omitempty" jsonschema:"whole words"`
	Multiline bool     `json:"multiline,omitempty" jsonschema:"matches may span lines; . needs (?s)"`
	Globs     []string `json:"globs,omitempty" maxItems:"50" jsonschema:"any of them"`
	Exclude   []string `json:"exclude,omitempty" maxItems:"50" jsonschema:"globs"`
	Context   int      `json:"context,omitempty" min:"0" max:"5" jsonschema:"lines before and after"`
	Mode      string   `json:"mode" enum:"lines,files,count" default:"lines" jsonschema:"files: paths only, count: lines per file"`
	Limit     int      `json:"limit" min:"1" max:"1000" default:"100" alias:"max_results" jsonschema:"lines, or files"`
	Cursor    string   `json:"cursor,omitempty" jsonschema:"next_cursor"`
	Hidden    bool     `json:"hidden,omitempty" jsonschema:"dot files too"`
	Ignore    bool     `json:"ignore" default:"true" jsonschema:"obey .gitignore"`
	MaxDepth  int      `json:"max_depth,omitempty" min:"1" max:"1000" jsonschema:"1: path alone"`
}

type searchOutput struct {
	Files      []searchFile `json:"files"`
	Stats      searchStats  `json:"stats"`
	NextCursor string       `json:"next_cursor,omitempty"`
	Truncated  bool         `json:"truncated,omitempty" jsonschema:"there may be more: call again with next_cursor"`
	Partial    bool         `json:"partial,omitempty" jsonschema:"the time ran out: call again with next_cursor"`
}

type searchFile struct {
	Path    string        `json:"path"`
	URI     string        `json:"uri,omitempty" jsonschema:"if the path is not UTF-8 and so not exact"`
	Count   int           `json:"count,omitempty" jsonschema:"lines that match"`
	Matches []searchMatch `json:"matches,omitempty"`
}

type searchMatch struct {
	Line    int      `json:"line"`
	EndLine int      `json:"end_line,omitempty"`
	Column  int      `json:"col" jsonschema:"in characters, from 1"`
	Text    string   `json:"text"`
	Cut     bool     `json:"cut,omitempty" jsonschema:"the text is a part of a long line"`
	Before  []string `json:"before,omitempty"`
	After   []string `json:"after,omitempty"`
}

type searchStats struct {
	Files   int            `json:"files" jsonschema:"searched"`
	Bytes   int64          `json:"bytes"`
	Matched int            `json:"matched_files"`
	Skipped *searchSkipped `json:"skipped,omitempty" jsonschema:"files that were not searched"`
	Hidden  int            `json:"hidden,omitempty" jsonschema:"names left out for hidden=false"`
	Ignored int            `json:"ignored,omitempty" jsonschema:"names left out for ignore=true"`
}

type searchSkipped struct {
	Binary int `json:"binary,omitempty"`
	Large  int `json:"large,omitempty" jsonschema:"for multiline, or for the time"`
	Denied int `json:"denied,omitempty"`
	Other  int `json:"other,omitempty" jsonschema:"devices, FIFOs, sockets, failures"`
}

// searchPlace is where a search goes on.
type searchPlace struct {
	Start int    `json:"s,omitempty"`
	Rel   []byte `json:"r"` // need not be UTF-8
	Line  int    `json:"l,omitempty"`
}

func (s *Service) searchContent(ctx context.Context, in searchInput) (searchOutput, error) {
	starts, err := s.searchStarts(ctx, in.Path)
	if err != nil {
		return searchOutput{}, err
	}
	cases := map[string]match.Case{"smart": match.Smart, "sensitive": match.Sensitive, "insensitive": match.Insensitive}
	m, err := match.Compile(in.Pattern, match.Options{Literal: in.Literal, Case: cases[in.Case], Word: in.Word, Multiline: in.Multiline})
	if err != nil {
		return searchOutput{}, toolerr.Invalid("pattern", "pattern: %s", err)
	}
	modes := map[string]search.Mode{"lines": search.Lines, "files": search.Files, "count": search.Count}
	o := search.Options{
		Mode: modes[in.Mode], Multiline: in.Multiline, Context: in.Context, Limit: in.Limit,
		MaxBytes: searchBytes, Budget: searchBudget,
		Walk: walk.Options{Hidden: in.Hidden, NoIgnore: !in.Ignore, MaxDepth: in.MaxDepth},
	}
	if o.Walk.Include, o.Walk.Exclude, err = globsOf(in.Globs, in.Exclude); err != nil {
		return searchOutput{}, err
	}
	bound := []string{"search_content", question(in, starts)}
	var from searchPlace
	if err := s.cursors.Open(in.Cursor, &from, bound...); err != nil {
		return searchOutput{}, err
	}
	o.After = search.Place{Start: from.Start, Rel: string(from.Rel), Line: from.Line}
	report := server.Progress(ctx)
	o.Progress = func(bytes int64, files, found int) {
		report.Report(float64(bytes), 0, fmt.Sprintf("%d files searched, %d found", files, found))
	}
	r, err := search.Run(ctx, starts, m, o)
	if err != nil {
		return searchOutput{}, shown(err)
	}
	out := outputOf(r, o.Mode)
	if r.Next != nil {
		out.Truncated = true
		out.NextCursor, err = s.cursors.Seal(searchPlace{r.Next.Start, []byte(r.Next.Rel), r.Next.Line}, bound...)
	}
	return out, err
}

// searchStarts returns where to search: all roots without a path.
func (s *Service) searchStarts(ctx context.Context, path string) ([]tree.Path, error) {
	t, err := s.roots(ctx)
	if err != nil {
		return nil, err
	}
	if path != "" && path != "." && path != "/" {
		p, err := s.path(ctx, "path", path)
		return []tree.Path{p}, err
	}
	var starts []tree.Path
	for _, r := range t.Roots() {
		starts = append(starts, r.Top())
	}
	return starts, nil
}

// question is what a cursor is bound to: all that decides what is found where.
// The size of the page and what is shown of a line may change.
func question(in searchInput, starts []tree.Path) string {
	in.Cursor, in.Limit, in.Context, in.Path = "", 0, 0, ""
	for _, p := range starts {
		in.Path += p.URI() + "\n"
	}
	b, _ := json.Marshal(in) // strings, numbers and booleans alone cannot fail
	return string(b)
}

// globsOf compiles what is included and what is not. A glob that begins with an
// exclamation mark excludes.
func globsOf(globs, exclude []string) (in, out *glob.Set, err error) {
	var include []string
	for _, g := range globs {
		if rest, ok := strings.CutPrefix(g, "!"); ok {
			exclude = append(exclude[:len(exclude):len(exclude)], rest)
			continue
		}
		include = append(include, g)
	}
	if in, err = glob.NewSet(include, glob.Options{}); err != nil {
		return nil, nil, toolerr.Invalid("globs", "globs: %s", err)
	}
	if out, err = glob.NewSet(exclude, glob.Options{}); err != nil {
		return nil, nil, toolerr.Invalid("exclude", "exclude: %s", err)
	}
	return in, out, nil
}

func outputOf(r search.Result, mode search.Mode) searchOutput {
	out := searchOutput{Files: make([]searchFile, len(r.Files)), Partial: r.Partial}
	for i, f := range r.Files {
		var exact bool
		if out.Files[i].Path, exact = printable(f.Path.String()); !exact {
			out.Files[i].URI = f.Path.URI()
		}
		if mode == search.Count {
			out.Files[i].Count = f.Count
		}
		for _, m := range f.Matches {
			shown := searchMatch{Line: m.Line, Column: m.Column, Text: m.Text, Cut: m.Cut, Before: m.Before, After: m.After}
			if m.EndLine > m.Line {
				shown.EndLine = m.EndLine
			}
			out.Files[i].Matches = append(out.Files[i].Matches, shown)
		}
	}
	s := r.Stats
	out.Stats = searchStats{Files: s.Files, Bytes: s.Bytes, Matched: s.Matched, Hidden: s.Walk.Hidden, Ignored: s.Walk.Ignored}
	if skipped := searchSkipped(s.Skipped); skipped != (searchSkipped{}) {
		out.Stats.Skipped = &skipped
	}
	return out
}
