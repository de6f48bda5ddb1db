package github

import (
	"context"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// GitHub lists pull requests among issues. To show one kind alone, whole pages
// are asked for and sorted out here, a few in a call at most.
const (
	sortedPage = 100
	sortedMost = 5
)

// sortedPlace is where such a list goes on: at an item of a page.
type sortedPlace struct {
	Page int `json:"p"`
	Skip int `json:"k,omitempty"`
}

// listIssues lists what a repository has, without a search.
func (s *Service) listIssues(ctx context.Context, r repository, in searchIssuesInput) (searchIssuesOutput, error) {
	ctx, err := s.in(ctx, r)
	if err != nil {
		return searchIssuesOutput{}, err
	}
	question := in
	question.page = page{}
	switch {
	case in.Kind == "pr" && len(in.Labels) == 0 && in.Author == "":
		return s.listPulls(ctx, r, in, question)
	case in.Kind != "any":
		return s.listSorted(ctx, r, in, question)
	}
	var out searchIssuesOutput
	at, err := s.from(in.page, "search_issues", question)
	if err != nil {
		return out, err
	}
	list, resp, err := s.api.Issues.ListByRepo(ctx, r.Owner, r.Repo, in.listOptions(at))
	if err != nil {
		return out, s.shown(err, "issues of %s", r)
	}
	list = present(list)
	out.Items = make([]issueItem, len(list))
	for i, issue := range list {
		out.Items[i] = newIssueItem(issue)
	}
	out.NextCursor, err = s.next(resp, at, "search_issues", question)
	return out, err
}

func (in searchIssuesInput) listOptions(at github.ListOptions) *github.IssueListByRepoOptions {
	opts := &github.IssueListByRepoOptions{State: in.State, Labels: in.Labels, Creator: in.Author, Sort: in.Sort, Direction: "desc", ListOptions: at}
	if in.Sort == "best" {
		opts.Sort = "created"
	}
	return opts
}

// listSorted lists issues or pull requests alone out of the list of both. A page
// has as many as were asked for, and the next begins with the one behind it.
func (s *Service) listSorted(ctx context.Context, r repository, in, question searchIssuesInput) (searchIssuesOutput, error) {
	out := searchIssuesOutput{Items: []issueItem{}}
	at := sortedPlace{Page: 1}
	if err := s.cursors.Open(in.Cursor, &at, "search_issues", asked(question)); err != nil {
		return out, err
	}
	more := func() (err error) {
		out.NextCursor, err = s.cursors.Seal(at, "search_issues", asked(question))
		return err
	}
	for range sortedMost {
		list, resp, err := s.api.Issues.ListByRepo(ctx, r.Owner, r.Repo, in.listOptions(github.ListOptions{Page: at.Page, PerPage: sortedPage}))
		if err != nil {
			return out, s.shown(err, "issues of %s", r)
		}
		list = present(list)
		for i := at.Skip; i < len(list); i++ {
			if list[i].IsPullRequest() != (in.Kind == "pr") {
				continue
			}
			if len(out.Items) == in.Limit {
				at.Skip = i
				return out, more()
			}
			out.Items = append(out.Items, newIssueItem(list[i]))
		}
		if resp.NextPage == 0 {
			return out, nil
		}
		at = sortedPlace{Page: resp.NextPage}
	}
	return out, more()
}

// listPulls lists pull requests by their own list, which can do it without
// labels and authors.
func (s *Service) listPulls(ctx context.Context, r repository, in, question searchIssuesInput) (searchIssuesOutput, error) {
	var out searchIssuesOutput
	at, err := s.from(in.page, "search_issues", question)
	if err != nil {
		return out, err
	}
	opts := &github.PullRequestListOptions{State: in.State, Sort: in.Sort, Direction: "desc", ListOptions: at}
	switch in.Sort {
	case "best":
		opts.Sort = "created"
	case "comments":
		opts.Sort = "popularity" // which is the number of comments
	}
	list, resp, err := s.api.PullRequests.List(ctx, r.Owner, r.Repo, opts)
	if err != nil {
		return out, s.shown(err, "pull requests of %s", r)
	}
	list = present(list)
	out.Items = make([]issueItem, len(list))
	for i, p := range list {
		out.Items[i] = issueItem{
			Number: p.GetNumber(), PR: true, Title: plain.Shorten(p.GetTitle(), maxTitle), State: p.GetState(), Draft: p.GetDraft(),
			Author: p.GetUser().GetLogin(), Labels: labelNames(p.Labels), Comments: p.GetComments(), Updated: when(p.UpdatedAt),
		}
		if p.MergedAt != nil {
			out.Items[i].State = "merged"
		}
	}
	out.NextCursor, err = s.next(resp, at, "search_issues", question)
	return out, err
}
