package github

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// numbered are the arguments that name an issue or a pull request. It is embedded
// in inputs.
type numbered struct {
	repository
	Number int `json:"number" alias:"pr_number,issue_number"`
}

// String returns owner/repo#number.
func (n numbered) String() string { return fmt.Sprintf("%s#%d", n.repository, n.Number) }

// pull returns a pull request. A repository that was renamed answers by its new
// name, which the caller must be allowed to name too.
func (s *Service) pull(ctx context.Context, n numbered) (*github.PullRequest, error) {
	pr, _, err := s.api.PullRequests.Get(ctx, n.Owner, n.Repo, n.Number)
	if err != nil {
		return nil, s.shown(err, "pull request %s", n)
	}
	if pr.GetNumber() == 0 {
		return nil, emptyAnswer("pull request %s", n)
	}
	if name := pr.GetBase().GetRepo().GetFullName(); name != "" {
		if err := s.same(n, name, pr.GetNumber()); err != nil {
			return nil, err
		}
	}
	return pr, nil
}

// same refuses what GitHub has found elsewhere if the caller may not name that
// place, and an issue that was transferred.
func (s *Service) same(n numbered, name string, number int) error {
	switch {
	case strings.EqualFold(name, n.repository.String()) && number == n.Number:
		return nil
	case !s.access.allow.permitsName(name):
		return toolerr.New(toolerr.PermissionDenied, "%s has moved to a repository that this service may not use; its operator sets them with --allow-repos", n)
	case number != n.Number:
		return toolerr.New(toolerr.ResourceNotFound, "%s was transferred: it is %s#%d now", n, plain.Line(name), number)
	}
	return nil
}

// repositoryOf is owner/repo of a URL of the API: …/repos/octocat/hello.
func repositoryOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	_, name, _ := strings.Cut(u.Path, "/repos/")
	return name
}
