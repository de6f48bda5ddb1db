package github

import (
	"context"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var searchRepositoriesTool = &mcp.Tool{
	Name:        "search_repositories",
	Title:       "Search repositories",
	Description: `Repositories by words, 1,000 at most. Example: {"query":"http router topic:api stars:>99","language":"go"}`,
	Annotations: server.ReadOnly(true),
}

type searchRepositoriesInput struct {
	Query    string `json:"query" minLength:"1" maxLength:"400" quiet:"true"`
	Language string `json:"language,omitempty" maxLength:"60" quiet:"true" jsonschema:"name"`
	Sort     string `json:"sort,omitempty" enum:"best,stars,forks,updated" default:"best"`
	page
}

type searchRepositoriesOutput struct {
	Repos []repositoryItem `json:"repos"`
	found
}

// repositoryItem is a repository in a list.
type repositoryItem struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Language    string `json:"language,omitempty"`
	Stars       int    `json:"stars,omitempty"`
	Forks       int    `json:"forks,omitempty"`
	Pushed      string `json:"pushed,omitempty"`
	Private     bool   `json:"private,omitempty"`
	Fork        bool   `json:"fork,omitempty"`
	Archived    bool   `json:"archived,omitempty"`
}

func (s *Service) searchRepositories(ctx context.Context, in searchRepositoriesInput) (searchRepositoriesOutput, error) {
	var out searchRepositoriesOutput
	ctx, qualifiers, err := s.within(ctx, scope{}, in.Query)
	if err != nil {
		return out, err
	}
	if in.Language != "" {
		q, err := qualifier("language", in.Language)
		if err != nil {
			return out, err
		}
		qualifiers = append(qualifiers, q)
	}
	question := in
	question.page = page{}
	at, err := s.from(in.page, "search_repositories", question)
	if err != nil {
		return out, err
	}
	opts := &github.SearchOptions{ListOptions: at}
	if in.Sort != "best" {
		opts.Sort, opts.Order = in.Sort, "desc"
	}
	res, resp, err := s.api.Search.Repositories(ctx, terms(in.Query, qualifiers...), opts)
	if err != nil {
		return out, s.shown(err, "search of repositories")
	}
	out.Repos = s.repositoryItems(res.Repositories)
	out.found, err = s.found(resp, at, res.GetTotal(), res.GetIncompleteResults(), "search_repositories", question)
	return out, err
}

// repositoryItems are those of list that may be shown.
func (s *Service) repositoryItems(list []*github.Repository) []repositoryItem {
	items := make([]repositoryItem, 0, len(list))
	for _, r := range present(list) {
		if !s.access.allow.permitsName(r.GetFullName()) {
			continue
		}
		items = append(items, repositoryItem{
			Name: r.GetFullName(), Description: plain.Shorten(r.GetDescription(), 200), Language: r.GetLanguage(),
			Stars: r.GetStargazersCount(), Forks: r.GetForksCount(), Pushed: day(r.PushedAt),
			Private: r.GetPrivate(), Fork: r.GetFork(), Archived: r.GetArchived(),
		})
	}
	return items
}
