package github

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

var createPullRequestTool = &mcp.Tool{
	Name:        "create_pull_request",
	Title:       "Create a pull request",
	Description: `Opens a pull request from a pushed branch. Example: {"title":"Fix crash","head":"fix-crash"}`,
	Annotations: adds(),
}

type createPullRequestInput struct {
	repository
	Title     string   `json:"title"`
	Head      string   `json:"head" jsonschema:"branch or owner:branch"`
	Base      string   `json:"base,omitempty" jsonschema:"else default branch"`
	Body      string   `json:"body,omitempty"`
	Draft     bool     `json:"draft,omitempty" jsonschema:"not ready"`
	Reviewers []string `json:"reviewers,omitempty" jsonschema:"logins or org/team"`
}

type createPullRequestOutput struct {
	Number int      `json:"number"`
	URL    string   `json:"url,omitempty"`
	Base   string   `json:"base"`
	Failed []string `json:"failed,omitempty"`
}

func (s *Service) createPullRequest(ctx context.Context, in createPullRequestInput) (createPullRequestOutput, error) {
	var out createPullRequestOutput
	ctx, err := s.toChange(ctx, in.repository)
	if err != nil {
		return out, err
	}
	if err := s.checkHead(in); err != nil {
		return out, err
	}
	if in.Base == "" {
		repo, _, err := s.api.Repositories.Get(ctx, in.Owner, in.Repo)
		if err != nil {
			return out, s.shown(err, "repository %s", in.repository)
		}
		in.Base = repo.GetDefaultBranch()
	}
	ask := &github.NewPullRequest{Title: &in.Title, Head: &in.Head, Base: &in.Base}
	if in.Body != "" {
		ask.Body = &in.Body
	}
	if in.Draft {
		ask.Draft = &in.Draft
	}
	pr, _, err := s.api.PullRequests.Create(ctx, in.Owner, in.Repo, ask)
	if err != nil {
		return out, s.shownWrite(err, "new pull request in %s", in.repository)
	}
	if pr.GetNumber() == 0 {
		return out, emptyWrite("new pull request in %s", in.repository)
	}
	out = createPullRequestOutput{Number: pr.GetNumber(), URL: plain.Line(pr.GetHTMLURL()), Base: in.Base}
	if len(in.Reviewers) > 0 {
		_, _, err := s.api.PullRequests.RequestReviewers(ctx, in.Owner, in.Repo, out.Number, reviewersOf(in.Reviewers))
		if err != nil { // the pull request is there all the same
			out.Failed = []string{reason(s.shownWrite(err, "reviewers"))}
		}
	}
	return out, nil
}

// checkHead refuses what is no branch, and to show one of a fork that may not be
// named: a pull request shows it to all who see the repository.
func (s *Service) checkHead(in createPullRequestInput) error {
	owner, branch, fork := strings.Cut(in.Head, ":")
	if !fork {
		owner, branch = in.Owner, in.Head
	}
	if err := errors.Join(checkOwner(owner), checkRef("head", branch), checkRef("base", in.Base)); err != nil {
		return err
	}
	if !strings.EqualFold(owner, in.Owner) && !s.access.allow.permits(repository{owner, in.Repo}) {
		return notAllowed("the fork of " + owner)
	}
	return nil
}

// reviewersOf tells teams, written org/team, from users.
func reviewersOf(names []string) github.ReviewersRequest {
	var ask github.ReviewersRequest
	for _, n := range names {
		if _, team, ok := strings.Cut(n, "/"); ok {
			ask.TeamReviewers = append(ask.TeamReviewers, team)
		} else {
			ask.Reviewers = append(ask.Reviewers, strings.TrimPrefix(n, "@"))
		}
	}
	return ask
}
