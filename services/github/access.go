package github

import (
	"context"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// access chooses the credential of each request, and knows which repositories
// may be named.
type access struct {
	allow allowed
	token upstream.Credential // the zero value if none is configured
}

func newAccess(token string, allow allowed) *access {
	a := &access{allow: allow}
	if token != "" {
		a.token = upstream.Bearer(token)
	}
	return a
}

// in returns a context whose requests may reach the repository r, which its
// caller may name.
func (s *Service) in(ctx context.Context, r repository) (context.Context, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if !s.access.allow.permits(r) {
		return nil, toolerr.New(toolerr.PermissionDenied, "%s is not among the repositories that this service may use; its operator sets them with --allow-repos", r)
	}
	return s.of(ctx, r.Owner)
}

// of returns a context whose requests are about what owner has; "" is nobody in
// particular, such as for a search.
func (s *Service) of(ctx context.Context, owner string) (context.Context, error) {
	if owner != "" {
		if err := checkOwner(owner); err != nil {
			return nil, err
		}
	}
	return upstream.WithCredential(ctx, s.access.token), nil
}
