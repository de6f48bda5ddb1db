package github

import (
	"context"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var searchCodeTool = &mcp.Tool{
	Name:        "search_code",
	Title:       "Search code",
	Description: `Code on default branches that has all words, with lines around; 10 a minute. Example: {"query":"ServeMux path:net language:go","owner":"golang"}`,
	Annotations: server.ReadOnly(true),
}

type searchCodeInput struct {
	Query string `json:"query" minLength:"1" maxLength:"400" quiet:"true"`
	scope
	page
}

type searchCodeOutput struct {
	Files []codeItem `json:"files"`
	found
}

type codeItem struct {
	Repo      string   `json:"repo,omitempty"`
	Path      string   `json:"path"`
	Fragments []string `json:"fragments,omitempty"`
}

func (s *Service) searchCode(ctx context.Context, in searchCodeInput) (searchCodeOutput, error) {
	var out searchCodeOutput
	ctx, qualifiers, err := s.within(ctx, in.scope, in.Query)
	if err != nil {
		return out, err
	}
	question := in
	question.page = page{}
	at, err := s.from(in.page, "search_code", question)
	if err != nil {
		return out, err
	}
	res, resp, err := s.api.Search.Code(ctx, terms(in.Query, qualifiers...), &github.SearchOptions{TextMatch: true, ListOptions: at})
	if err != nil {
		return out, s.shown(err, "search of code")
	}
	most := maxFragments
	if at.PerPage > 30 {
		most = 1
	}
	out.Files = make([]codeItem, 0, len(res.CodeResults))
	for _, c := range present(res.CodeResults) {
		name := c.GetRepository().GetFullName()
		if !s.access.allow.permitsName(name) {
			continue
		}
		if in.Repo != "" {
			name = ""
		}
		out.Files = append(out.Files, codeItem{Repo: name, Path: c.GetPath(), Fragments: fragments(c.TextMatches, most)})
	}
	out.found, err = s.found(resp, at, res.GetTotal(), res.GetIncompleteResults(), "search_code", question)
	return out, err
}

// What is shown of the places in a file.
const (
	maxFragments     = 3
	maxFragmentLines = 3
	maxFragmentLine  = 120
)

// fragments are the lines around the first match of each place, at most most.
func fragments(matches []*github.TextMatch, most int) []string {
	var all []string
	for _, m := range matches {
		if len(all) == most {
			break
		}
		if m.GetProperty() != "content" {
			continue
		}
		start := 0
		if len(m.Matches) > 0 && m.Matches[0] != nil && len(m.Matches[0].Indices) > 0 {
			start = m.Matches[0].Indices[0]
		}
		if f := fragment(m.GetFragment(), start); f != "" {
			all = append(all, f)
		}
	}
	return all
}

// fragment cuts a text to the line of its letter at start and its neighbours.
func fragment(text string, start int) string {
	letters := []rune(text)
	start = min(max(start, 0), len(letters))
	at := strings.Count(string(letters[:start]), "\n")
	lines := strings.Split(text, "\n")
	first := max(at-maxFragmentLines/2, 0)
	lines = lines[first:min(first+maxFragmentLines, len(lines))]
	for i, l := range lines {
		lines[i] = plain.Shorten(strings.TrimRight(l, " \t\r"), maxFragmentLine)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
