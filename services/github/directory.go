package github

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/commit"
	"github.com/mcpfleet/mcpfleet/services/github/internal/glob"
)

const (
	// maxListed is how many entries GitHub's contents have of a directory.
	maxListed = 1000
	// pageEntries bounds what is shown of a directory at once.
	pageEntries = 500
)

type directoryMeta struct {
	Path       string `json:"path"`
	Ref        string `json:"ref,omitempty"`
	Type       string `json:"type"`
	Shown      string `json:"shown,omitempty"` // 501-1000 of 1234
	Entries    int    `json:"entries"`
	Incomplete string `json:"incomplete,omitempty"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// entry is one line of a listing.
type entry struct {
	Path string `json:"path"`
	Mode string `json:"mode"`
	Type string `json:"type"`
	SHA  string `json:"sha"`
	Size int64  `json:"size"`
}

// directory lists c, or all of the repository if c is nil.
func (s *Service) directory(ctx context.Context, in getFileContentsInput, c *contents) (contentsOutput, error) {
	var pattern *glob.Glob
	if in.Glob != "" {
		var err error
		if pattern, err = glob.Compile(in.Glob); err != nil {
			return contentsOutput{}, toolerr.Invalid("glob", "glob: %v", err)
		}
	}
	page, err := s.entryPage(in)
	if err != nil {
		return contentsOutput{}, err
	}
	truncated, err := s.entries(ctx, in, c, func(e entry) {
		if pattern == nil || e.Type != "tree" && pattern.Match(e.Path) {
			page.add(e)
		}
	})
	if err != nil {
		return contentsOutput{}, err
	}
	out, err := s.listing(in, page)
	if err == nil && truncated {
		out.Incomplete = "GitHub tells only a part of so large a tree; name a directory in path"
	}
	return contentsOutput{body: out.body, meta: out.directoryMeta}, err
}

// entries passes on what is in a directory; the paths are relative to it.
func (s *Service) entries(ctx context.Context, in getFileContentsInput, c *contents, each func(entry)) (truncated bool, err error) {
	deep := in.Recursive || in.Glob != ""
	switch {
	case c != nil && !deep && len(c.Entries) < maxListed:
		for _, e := range listed(c) {
			each(e)
		}
		return false, nil
	case c == nil || c.SHA == "":
		return s.tree(ctx, in.repository, cmp.Or(in.Ref, "HEAD"), true, below(in.Path, deep, each))
	}
	return s.tree(ctx, in.repository, c.SHA, deep, each)
}

// listed returns the entries of contents as those of a tree. GitHub calls a
// submodule a file there, and only its address is that of a tree.
func listed(c *contents) []entry {
	out := make([]entry, len(c.Entries))
	for i, e := range c.Entries {
		out[i] = entry{Path: e.Name, Size: e.Size, Type: "blob"}
		switch {
		case e.Type == "dir":
			out[i].Type = "tree"
		case e.Type == "symlink":
			out[i].Mode = commit.ModeLink
		case e.Type == "submodule", strings.Contains(e.GitURL, "/git/trees/"):
			out[i].Type = "commit"
		}
	}
	return out
}

// below passes on the entries under a directory, relative to it.
func below(dir string, deep bool, each func(entry)) func(entry) {
	if dir == "" {
		return each
	}
	return func(e entry) {
		name, ok := strings.CutPrefix(e.Path, dir+"/")
		if ok && (deep || !strings.Contains(name, "/")) {
			e.Path = name
			each(e)
		}
	}
}

// entryPage is a page of entries, in the order of their paths. Of those after it
// only the number is kept.
type entryPage struct {
	from, count int
	first       []entry // up to the page's end, and then in no order some more
}

func (s *Service) entryPage(in getFileContentsInput) (*entryPage, error) {
	p := &entryPage{}
	question := in
	question.Cursor = ""
	return p, s.cursors.Open(in.Cursor, &p.from, "get_file_contents", asked(question))
}

func (p *entryPage) add(e entry) {
	p.count++
	if p.first = append(p.first, e); len(p.first) >= 2*(p.from+pageEntries) {
		p.sort()
	}
}

func (p *entryPage) sort() {
	slices.SortFunc(p.first, func(a, b entry) int { return cmp.Compare(a.Path, b.Path) })
	last := min(len(p.first), p.from+pageEntries)
	clear(p.first[last:])
	p.first = p.first[:last]
}

// listing is a page of entries as text.
type listing struct {
	directoryMeta
	body string
}

func (s *Service) listing(in getFileContentsInput, page *entryPage) (listing, error) {
	page.sort()
	from := min(page.from, page.count)
	var b strings.Builder
	to := from
	for _, e := range page.first[from:] {
		line := e.line()
		if b.Len() > 0 && b.Len()+len(line) > textBudget {
			break
		}
		b.WriteString(line)
		to++
	}
	out := listing{directoryMeta{Path: cmp.Or(in.Path, "/"), Ref: in.Ref, Type: "dir", Entries: page.count}, b.String()}
	if from > 0 || to < page.count {
		out.Shown = fmt.Sprintf("%d-%d", from+1, to)
	}
	if to < page.count {
		question := in
		question.Cursor = ""
		var err error
		if out.NextCursor, err = s.cursors.Seal(to, "get_file_contents", asked(question)); err != nil {
			return listing{}, err
		}
	}
	return out, nil
}

// line is an entry as text: "main.go 120", "docs/", "latest symlink".
func (e entry) line() string {
	name := e.Path
	if strings.ContainsFunc(name, unicode.IsControl) {
		name = strconv.Quote(name)
	}
	switch {
	case e.Type == "tree":
		return name + "/\n"
	case e.Type == "commit":
		return name + " submodule\n"
	case e.Mode == commit.ModeLink:
		return name + " symlink\n"
	}
	return name + " " + strconv.FormatInt(e.Size, 10) + "\n"
}
