package github

import (
	"context"

	"github.com/google/go-github/v66/github"
)

// SignInWith has callers act as themselves.
func (s *Service) SignInWith(people signIn) { s.access.people = people }

// Of returns whether requests about what owner has may be made.
func (s *Service) Of(ctx context.Context, owner string) error {
	_, err := s.of(ctx, owner)
	return err
}

// Post changes something.
func (s *Service) Post(ctx context.Context, owner, repo string) error {
	ctx, err := s.in(ctx, repository{owner, repo})
	if err != nil {
		return err
	}
	_, _, err = s.api.Issues.Create(ctx, owner, repo, &github.IssueRequest{Title: github.String("x")})
	return s.shown(err, "issue")
}

// ToChange returns whether a call may begin that changes something.
func (s *Service) ToChange(ctx context.Context, owner, repo string) error {
	_, err := s.toChange(ctx, repository{owner, repo})
	return err
}
