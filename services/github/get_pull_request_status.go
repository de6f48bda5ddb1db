package github

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var getPullRequestStatusTool = &mcp.Tool{
	Name:        "get_pull_request_status",
	Title:       "Get a pull request's status",
	Description: `Whether a pull request can be merged: blockers, reviews, open review comments, checks (job_id is for get_workflow_logs). Example: {"number":1}`,
	Annotations: server.ReadOnly(true),
}

type getPullRequestStatusInput struct {
	numbered
}

type getPullRequestStatusOutput struct {
	Title     string          `json:"title"`
	State     string          `json:"state"`
	Head      string          `json:"head"`
	HeadSHA   string          `json:"head_sha"`
	Base      string          `json:"base"`
	Mergeable string          `json:"mergeable,omitempty"`
	Blockers  []string        `json:"blockers"`
	Reviews   []reviewStatus  `json:"reviews,omitempty"`
	Comments  []reviewComment `json:"comments,omitempty"`
	Checks    []check         `json:"checks,omitempty"`
	Passed    []string        `json:"passed,omitempty"`
	Missing   []string        `json:"missing,omitempty"`
}

type reviewStatus struct {
	User  string `json:"user"`
	State string `json:"state"`
	At    string `json:"at,omitempty"`
	// Old says that commits were pushed since.
	Old bool `json:"old,omitempty"`
}

type reviewComment struct {
	ID      int64  `json:"id"`
	Path    string `json:"path"`
	Line    int    `json:"line,omitempty"`
	User    string `json:"user"`
	Text    string `json:"text"`
	Replies int    `json:"replies,omitempty"`
}

type check struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	JobID  int64  `json:"job_id,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// What a status shows at most.
const (
	maxStatusPages    = 3
	maxReviewComments = 30
	maxChecks         = 50
	maxFirstWords     = 160
)

func (s *Service) getPullRequestStatus(ctx context.Context, in getPullRequestStatusInput) (getPullRequestStatusOutput, error) {
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return getPullRequestStatusOutput{}, err
	}
	pr, err := s.pull(ctx, in.numbered)
	if err != nil {
		return getPullRequestStatusOutput{}, err
	}
	p := &parts{s: s, n: in.numbered, pr: pr}
	var all sync.WaitGroup
	for _, read := range []func(context.Context){p.readReviews, p.readComments, p.readChecks, p.readStatuses} {
		all.Go(func() { read(ctx) })
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return getPullRequestStatusOutput{}, toolerr.From(err)
	}
	return p.output(), nil
}

// parts are what is asked about a pull request at once. Each fills its own
// fields; a part that fails is said to be missing and the others are shown.
type parts struct {
	s  *Service
	n  numbered
	pr *github.PullRequest

	reviews  []*github.PullRequestReview
	comments []*github.PullRequestComment
	runs     []*github.CheckRun
	statuses []*github.RepoStatus

	mu      sync.Mutex
	missing map[string]string
}

// lacks notes that a part is missing, in whole or from a page on.
func (p *parts) lacks(part, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.missing == nil {
		p.missing = map[string]string{}
	}
	p.missing[part] = why
}

// gather reads the pages of a list, of which a status looks at a few.
func gather[T any](p *parts, part string, read func(github.ListOptions) ([]*T, *github.Response, error)) []*T {
	var all []*T
	at := github.ListOptions{Page: 1, PerPage: 100}
	for range maxStatusPages {
		list, resp, err := read(at)
		if err != nil {
			p.lacks(part, reason(p.s.shown(err, "%s", part)))
			return all
		}
		all = append(all, present(list)...)
		if at.Page = resp.NextPage; at.Page == 0 {
			return all
		}
	}
	p.lacks(part, fmt.Sprintf("%s: there are more than the first %d", part, len(all)))
	return all
}

func (p *parts) readReviews(ctx context.Context) {
	p.reviews = gather(p, "reviews", func(at github.ListOptions) ([]*github.PullRequestReview, *github.Response, error) {
		return p.s.api.PullRequests.ListReviews(ctx, p.n.Owner, p.n.Repo, p.n.Number, &at)
	})
}

func (p *parts) readComments(ctx context.Context) {
	p.comments = gather(p, "review comments", func(at github.ListOptions) ([]*github.PullRequestComment, *github.Response, error) {
		return p.s.api.PullRequests.ListComments(ctx, p.n.Owner, p.n.Repo, p.n.Number, &github.PullRequestListCommentsOptions{ListOptions: at})
	})
}

func (p *parts) readChecks(ctx context.Context) {
	p.runs = gather(p, "checks", func(at github.ListOptions) ([]*github.CheckRun, *github.Response, error) {
		list, resp, err := p.s.api.Checks.ListCheckRunsForRef(ctx, p.n.Owner, p.n.Repo, p.pr.GetHead().GetSHA(), &github.ListCheckRunsOptions{ListOptions: at})
		if err != nil {
			return nil, resp, err
		}
		return list.CheckRuns, resp, nil
	})
}

func (p *parts) readStatuses(ctx context.Context) {
	p.statuses = gather(p, "commit statuses", func(at github.ListOptions) ([]*github.RepoStatus, *github.Response, error) {
		list, resp, err := p.s.api.Repositories.GetCombinedStatus(ctx, p.n.Owner, p.n.Repo, p.pr.GetHead().GetSHA(), &at)
		if err != nil {
			return nil, resp, err
		}
		return list.Statuses, resp, nil
	})
}
