package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
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
	// entryPage bounds what is shown of a directory at once.
	entryPage = 500
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

// gitTree is a tree as GitHub tells it.
type gitTree struct {
	SHA       string  `json:"sha"`
	Entries   []entry `json:"tree"`
	Truncated bool    `json:"truncated"`
}

// tree asks for a tree by its hash or by a ref.
func (s *Service) tree(ctx context.Context, r repository, sha string, recursive bool) (*gitTree, error) {
	u := fmt.Sprintf("repos/%s/%s/git/trees/%s", r.Owner, r.Repo, url.PathEscape(sha))
	if recursive {
		u += "?recursive=1"
	}
	req, err := s.api.NewRequest(http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	t := new(gitTree)
	if _, err := s.api.Do(ctx, req, t); err != nil {
		return nil, s.shownOf(r, err, "the files of %s%s", r, at(sha))
	}
	return t, nil
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
	entries, truncated, err := s.entries(ctx, in, c)
	if err != nil {
		return contentsOutput{}, err
	}
	if pattern != nil {
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.Type == "tree" || !pattern.Match(e.Path) })
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.Path, b.Path) })
	out, err := s.listing(in, entries)
	if err == nil && truncated {
		out.Incomplete = "GitHub tells only a part of so large a tree; name a directory in path"
	}
	return contentsOutput{body: out.body, meta: out.directoryMeta}, err
}

// entries returns what is in a directory; the paths are relative to it.
func (s *Service) entries(ctx context.Context, in getFileContentsInput, c *contents) (_ []entry, truncated bool, err error) {
	deep := in.Recursive || in.Glob != ""
	switch {
	case c != nil && !deep && len(c.Entries) < maxListed:
		return listed(c), false, nil
	case c == nil || c.SHA == "":
		t, err := s.tree(ctx, in.repository, cmp.Or(in.Ref, "HEAD"), true)
		if err != nil {
			return nil, false, err
		}
		return below(t.Entries, in.Path, deep), t.Truncated, nil
	}
	t, err := s.tree(ctx, in.repository, c.SHA, deep)
	if err != nil {
		return nil, false, err
	}
	return t.Entries, t.Truncated, nil
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

// below returns the entries under a directory, relative to it.
func below(all []entry, dir string, deep bool) []entry {
	if dir == "" {
		return all
	}
	var out []entry
	for _, e := range all {
		name, ok := strings.CutPrefix(e.Path, dir+"/")
		if ok && (deep || !strings.Contains(name, "/")) {
			e.Path = name
			out = append(out, e)
		}
	}
	return out
}

// listing is a page of entries as text.
type listing struct {
	directoryMeta
	body string
}

func (s *Service) listing(in getFileContentsInput, entries []entry) (listing, error) {
	question, from := in, 0
	question.Cursor = ""
	if err := s.cursors.Open(in.Cursor, &from, "get_file_contents", asked(question)); err != nil {
		return listing{}, err
	}
	from = min(from, len(entries))
	var b strings.Builder
	to := from
	for to < len(entries) && to-from < entryPage {
		line := entries[to].line()
		if b.Len() > 0 && b.Len()+len(line) > textBudget {
			break
		}
		b.WriteString(line)
		to++
	}
	out := listing{directoryMeta{Path: cmp.Or(in.Path, "/"), Ref: in.Ref, Type: "dir", Entries: len(entries)}, b.String()}
	if from > 0 || to < len(entries) {
		out.Shown = fmt.Sprintf("%d-%d", from+1, to)
	}
	if to < len(entries) {
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
