package github

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var repositoryInfoTool = &mcp.Tool{
	Name:        "get_repository_info",
	Title:       "Describe repositories",
	Description: `Details, languages in percent and last 5 commits of a repository, or of up to 20 in repos. Example: {"repos":["golang/go"]}`,
	Annotations: server.ReadOnly(true),
}

type repositoryInfoInput struct {
	scope
	Repos []string `json:"repos,omitempty" maxItems:"20" quiet:"true" jsonschema:"owner/repo each"`
}

type repositoryInfoOutput struct {
	Repos []repositoryInfo `json:"repos"`
}

type repositoryInfo struct {
	Name          string             `json:"name"`
	Description   string             `json:"description,omitempty"`
	Homepage      string             `json:"homepage,omitempty"`
	DefaultBranch string             `json:"default_branch,omitempty"`
	Private       bool               `json:"private,omitempty"`
	Archived      bool               `json:"archived,omitempty"`
	ForkOf        string             `json:"fork_of,omitempty"`
	License       string             `json:"license,omitempty"`
	Topics        []string           `json:"topics,omitempty"`
	Stars         int                `json:"stars,omitempty"`
	Forks         int                `json:"forks,omitempty"`
	OpenIssues    int                `json:"open_issues_and_prs,omitempty"`
	Created       string             `json:"created,omitempty"`
	Pushed        string             `json:"pushed,omitempty"`
	Languages     map[string]float64 `json:"languages,omitempty"`
	Commits       []lastCommit       `json:"commits,omitempty"`
	Error         *itemError         `json:"error,omitempty"`
}

type lastCommit struct {
	SHA     string `json:"sha"`
	Message string `json:"message"`
	Author  string `json:"author,omitempty"`
	Date    string `json:"date,omitempty"`
}

// itemError is the failure of one of many.
type itemError struct {
	Code       toolerr.Code `json:"code"`
	Message    string       `json:"message"`
	RetryAfter int          `json:"retry_after_seconds,omitempty"`
}

func newItemError(err error) *itemError {
	e := toolerr.From(err)
	return &itemError{e.Code, e.Message, int(math.Ceil(e.RetryAfter.Seconds()))}
}

const (
	// infosAtOnce is how many repositories are asked about at once, each in three
	// requests: GitHub wants no more than 100 of a caller.
	infosAtOnce = 10
	// batchRequests is how many requests of one credential run at once, so that ten
	// repositories take as long as one.
	batchRequests = 32
	// maxLanguages is how many languages are told of, the largest first.
	maxLanguages = 10
)

func (s *Service) repositoryInfo(ctx context.Context, in repositoryInfoInput) (repositoryInfoOutput, error) {
	r, named, err := in.repository()
	switch {
	case err != nil:
		return repositoryInfoOutput{}, err
	case named == (len(in.Repos) > 0):
		return repositoryInfoOutput{}, toolerr.Invalid("repos", "repos: give owner and repo, or repos as a list of owner/repo")
	case named:
		info, err := s.info(ctx, r)
		return repositoryInfoOutput{Repos: []repositoryInfo{info}}, err
	}
	out := repositoryInfoOutput{Repos: make([]repositoryInfo, len(in.Repos))}
	// A person who has to sign in is asked for the call as a whole.
	var signIn atomic.Pointer[error]
	var g errgroup.Group
	g.SetLimit(infosAtOnce)
	for i, name := range in.Repos {
		g.Go(func() error {
			owner, repo, _ := strings.Cut(name, "/")
			info, err := s.info(ctx, repository{owner, repo})
			if _, ok := toolerr.SignInURL(err); ok {
				signIn.Store(&err)
			}
			if err != nil {
				info.Error = newItemError(err)
			}
			info.Name = name
			out.Repos[i] = info
			return nil
		})
	}
	_ = g.Wait()
	if err := signIn.Load(); err != nil {
		return repositoryInfoOutput{}, *err
	}
	return out, ctx.Err()
}

// info describes a repository. With an error there may be a part of it.
func (s *Service) info(ctx context.Context, r repository) (repositoryInfo, error) {
	info := repositoryInfo{Name: r.String()}
	ctx, err := s.in(ctx, r)
	if err != nil {
		return info, err
	}
	var details *github.Repository
	var languages map[string]int
	var commits []*github.RepositoryCommit
	var failed [3]error
	var wg sync.WaitGroup
	wg.Go(func() { details, _, failed[0] = s.api.Repositories.Get(ctx, r.Owner, r.Repo) })
	wg.Go(func() { languages, _, failed[1] = s.api.Repositories.ListLanguages(ctx, r.Owner, r.Repo) })
	wg.Go(func() {
		commits, _, failed[2] = s.api.Repositories.ListCommits(ctx, r.Owner, r.Repo, &github.CommitsListOptions{ListOptions: github.ListOptions{PerPage: 5}})
		if emptyRepository(failed[2]) {
			failed[2] = nil
		}
	})
	wg.Wait()
	if details != nil {
		info.describe(details)
	}
	info.Languages = shares(languages)
	for _, c := range present(commits) {
		info.Commits = append(info.Commits, newLastCommit(c))
	}
	for i, what := range []string{"repository %s", "languages of %s", "commits of %s"} {
		if failed[i] != nil {
			return info, s.shown(failed[i], what, r)
		}
	}
	return info, nil
}

func (i *repositoryInfo) describe(r *github.Repository) {
	i.Name, i.Description, i.Homepage = r.GetFullName(), plain.Line(r.GetDescription()), plain.Line(r.GetHomepage())
	i.DefaultBranch, i.Private, i.Archived = r.GetDefaultBranch(), r.GetPrivate(), r.GetArchived()
	i.ForkOf, i.Topics = r.GetParent().GetFullName(), r.Topics
	if id := r.GetLicense().GetSPDXID(); id != "NOASSERTION" {
		i.License = id
	}
	i.Stars, i.Forks, i.OpenIssues = r.GetStargazersCount(), r.GetForksCount(), r.GetOpenIssuesCount()
	i.Created, i.Pushed = day(r.CreatedAt), when(r.PushedAt)
}

// shares are the largest of languages, in percent of all their bytes.
func shares(languages map[string]int) map[string]float64 {
	total := 0
	names := make([]string, 0, len(languages))
	for name, n := range languages {
		total += n
		names = append(names, name)
	}
	if total == 0 {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int { return languages[b] - languages[a] })
	all := make(map[string]float64)
	for _, name := range names[:min(len(names), maxLanguages)] {
		all[name] = math.Round(float64(languages[name])*1000/float64(total)) / 10
	}
	return all
}

func newLastCommit(c *github.RepositoryCommit) lastCommit {
	out := lastCommit{SHA: shortSHA(c.GetSHA()), Message: plain.Shorten(firstLine(c.GetCommit().GetMessage()), 120), Author: writer(c)}
	if a := c.GetCommit().GetAuthor(); a != nil {
		out.Date = when(a.Date)
	}
	return out
}
