package github

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var searchIssuesTool = &mcp.Tool{
	Name:        "search_issues",
	Title:       "Search issues and pull requests",
	Description: `Issues or pull requests by words; with owner and repo and no query it lists, which costs no search. Example: {"query":"crash in:title","kind":"pr"}`,
	Annotations: server.ReadOnly(true),
}

type searchIssuesInput struct {
	scope
	Query  string   `json:"query,omitempty" maxLength:"400" quiet:"true"`
	Kind   string   `json:"kind,omitempty" enum:"issue,pr,any" default:"issue"`
	State  string   `json:"state,omitempty" enum:"open,closed,all" default:"open"`
	Labels []string `json:"labels,omitempty" maxItems:"10" maxLength:"100" quiet:"true"`
	Author string   `json:"author,omitempty" jsonschema:"login or @me"`
	Sort   string   `json:"sort,omitempty" enum:"best,created,updated,comments" default:"best"`
	page
}

type searchIssuesOutput struct {
	Items []issueItem `json:"items"`
	found
}

// issueItem is an issue or a pull request in a list.
type issueItem struct {
	Repo     string   `json:"repo,omitempty"`
	Number   int      `json:"number"`
	PR       bool     `json:"pr,omitempty"`
	Title    string   `json:"title"`
	State    string   `json:"state"`
	Draft    bool     `json:"draft,omitempty"`
	Author   string   `json:"author,omitempty"`
	Labels   []string `json:"labels,omitempty"`
	Comments int      `json:"comments,omitempty"`
	Updated  string   `json:"updated,omitempty"`
}

var authorRule = regexp.MustCompile(`^(@me|[A-Za-z0-9][A-Za-z0-9_-]{0,49}(\[bot\])?)$`)

func (s *Service) searchIssues(ctx context.Context, in searchIssuesInput) (searchIssuesOutput, error) {
	in.Query = strings.TrimSpace(in.Query)
	if in.Author != "" && !authorRule.MatchString(in.Author) {
		return searchIssuesOutput{}, toolerr.Invalid("author", "author must be a login, such as octocat or dependabot[bot], or @me")
	}
	r, named, err := in.repository()
	switch {
	case err != nil:
		return searchIssuesOutput{}, err
	case in.Query == "" && in.Owner == "" && !named && len(in.Labels) == 0 && in.Author == "":
		return searchIssuesOutput{}, toolerr.Invalid("query", "query: say what to search, or owner and repo for the issues of a repository")
	case in.Query == "" && named && in.Author != "@me" && !slices.ContainsFunc(in.Labels, hasComma):
		return s.listIssues(ctx, r, in)
	}
	return s.findIssues(ctx, in, named)
}

// hasComma reports whether a label cannot be told from two in a list.
func hasComma(label string) bool { return strings.Contains(label, ",") }

// findIssues searches.
func (s *Service) findIssues(ctx context.Context, in searchIssuesInput, named bool) (searchIssuesOutput, error) {
	var out searchIssuesOutput
	ctx, places, err := s.within(ctx, in.scope, in.Query)
	if err != nil {
		return out, err
	}
	conditions, err := in.conditions()
	if err != nil {
		return out, err
	}
	if len(places) > 1 {
		places = []string{"(" + strings.Join(places, " OR ") + ")"}
	}
	question := in
	question.page = page{}
	at, err := s.from(in.page, "search_issues", question)
	if err != nil {
		return out, err
	}
	opts := &github.SearchOptions{ListOptions: at}
	if in.Sort != "best" {
		opts.Sort, opts.Order = in.Sort, "desc"
	}
	res, resp, err := s.api.Search.Issues(ctx, terms(in.Query, append(places, conditions...)...), opts)
	if err != nil {
		return out, s.shown(err, "search of issues")
	}
	out.Items = make([]issueItem, 0, len(res.Issues))
	for _, i := range present(res.Issues) {
		item := newIssueItem(i)
		item.Repo = repositoryOf(i.GetRepositoryURL())
		if !s.access.allow.permitsName(item.Repo) {
			continue
		}
		if named {
			item.Repo = ""
		}
		out.Items = append(out.Items, item)
	}
	out.found, err = s.found(resp, at, res.GetTotal(), res.GetIncompleteResults(), "search_issues", question)
	return out, err
}

// conditions are the qualifiers of all arguments but where to search. GitHub
// refuses a search that does not say which kind it is for.
func (in searchIssuesInput) conditions() ([]string, error) {
	all := []string{map[string]string{"issue": "is:issue", "pr": "is:pr", "any": "(is:issue OR is:pr)"}[in.Kind]}
	if in.State != "all" {
		all = append(all, "state:"+in.State)
	}
	for _, l := range in.Labels {
		q, err := qualifier("label", l)
		if err != nil {
			return nil, toolerr.Invalid("labels", "labels: leave out quotes, backslashes and line ends")
		}
		all = append(all, q)
	}
	if app, isApp := strings.CutSuffix(in.Author, "[bot]"); isApp {
		all = append(all, "author:app/"+app)
	} else if in.Author != "" {
		all = append(all, "author:"+in.Author)
	}
	return all, nil
}

func newIssueItem(i *github.Issue) issueItem {
	item := issueItem{
		Number: i.GetNumber(), PR: i.IsPullRequest(), Title: plain.Shorten(i.GetTitle(), maxTitle), State: i.GetState(),
		Draft: i.GetDraft(), Author: i.GetUser().GetLogin(), Labels: labelNames(i.Labels), Comments: i.GetComments(),
		Updated: when(i.UpdatedAt),
	}
	if item.PR && i.PullRequestLinks.MergedAt != nil {
		item.State = "merged"
	}
	return item
}
