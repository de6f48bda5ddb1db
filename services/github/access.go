package github

import (
	"context"
	"errors"
	"log/slog"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// access chooses the credential of each request, and knows which repositories
// may be named. At most one of its sources has a say about an owner: tokens
// first, then the App; people who sign in are alone.
type access struct {
	allow  allowed
	log    *slog.Logger
	tokens *tokens // nil if there are none
	app    *app    // nil if there is none
	people signIn  // nil unless callers act as themselves
	files  []*follow.File
}

// signIn has the tokens of callers who signed in at GitHub.
type signIn interface {
	// Token returns the principal's token. The error of one who has to sign in first
	// is made by toolerr.SignIn.
	Token(ctx context.Context, principal string) (token string, err error)
	// Invalid forgets a token that GitHub did not take.
	Invalid(ctx context.Context, principal, token string) error
	// Page is where the principal signs in at another account, or disconnects this
	// one: a link for nobody else.
	Page(principal string) string
}

// grant is what a request is made with, for who has to know when GitHub does not
// take it.
type grant struct {
	owner        string
	from         string // the setting that the credential is of; "" for people's own and for none
	installation int64  // of the App's
	absent       error  // why there is none of the App's
	principal    string // of a person's own
	token        string // of a person's own
}

type grantKey struct{}

// granted returns what the requests of ctx are made with.
func granted(ctx context.Context) grant {
	g, _ := ctx.Value(grantKey{}).(grant)
	return g
}

// in returns a context whose requests may reach the repository r, which its
// caller may name.
func (s *Service) in(ctx context.Context, r repository) (context.Context, error) {
	if err := s.nameable(r); err != nil {
		return nil, err
	}
	return s.access.as(ctx, r.Owner)
}

// toChange is in, for a call that ends in a change.
func (s *Service) toChange(ctx context.Context, r repository) (context.Context, error) {
	ctx, err := s.in(ctx, r)
	if err != nil {
		return nil, err
	}
	return ctx, granted(ctx).absent
}

// nameable returns why a repository may not be named, if so. It asks nobody.
func (s *Service) nameable(r repository) error {
	if err := r.check(); err != nil {
		return err
	}
	if !s.access.allow.permits(r) {
		return notAllowed(r.String())
	}
	return nil
}

// of returns a context whose requests are about what owner has; "" is nobody in
// particular, such as for a search or for somebody's profile.
func (s *Service) of(ctx context.Context, owner string) (context.Context, error) {
	if owner != "" {
		if err := checkOwner(owner); err != nil {
			return nil, err
		}
		if !s.access.allow.reaches(owner) {
			return nil, notAllowed(owner)
		}
	}
	return s.access.as(ctx, owner)
}

// as returns a context with the credential for what owner has.
func (a *access) as(ctx context.Context, owner string) (context.Context, error) {
	g := grant{owner: owner}
	cred, err := a.credential(ctx, &g)
	if err != nil {
		return nil, err
	}
	return upstream.WithCredential(context.WithValue(ctx, grantKey{}, g), cred), nil
}

// credential returns what g.owner is asked with, and completes g.
func (a *access) credential(ctx context.Context, g *grant) (upstream.Credential, error) {
	if a.people != nil {
		caller := auth.CallerFrom(ctx)
		if caller == nil || caller.Principal == auth.Anonymous {
			return upstream.Credential{}, toolerr.New(toolerr.AuthenticationFailed, "people act as themselves here, and this call is nobody's; whoever operates the service has to give callers keys or an issuer")
		}
		token, err := a.people.Token(ctx, caller.Principal)
		if err != nil {
			return upstream.Credential{}, err
		}
		g.principal, g.token = caller.Principal, token
		return upstream.Bearer(token), nil
	}
	if a.tokens != nil {
		if cred, ok := a.tokens.of(g.owner); ok {
			g.from = a.tokens.from
			return cred, nil
		}
	}
	if a.app != nil {
		cred, installation, err := a.app.credential(ctx, g.owner)
		if errors.Is(err, errNotInstalled) {
			// What is public there can be read all the same.
			g.absent = err
			return upstream.Credential{}, nil
		}
		if installation != 0 {
			g.from, g.installation = "--github-app-id", installation
		}
		return cred, err
	}
	return upstream.Credential{}, nil
}

// refused is told that GitHub did not take the credential of g, and returns the
// error to show. again says that a new credential is to be had at once.
func (a *access) refused(ctx context.Context, g grant) (again bool, err error) {
	switch {
	case g.principal != "" && a.people != nil:
		if err := a.people.Invalid(ctx, g.principal, g.token); err != nil {
			a.log.ErrorContext(ctx, "a token that GitHub refused cannot be forgotten", "error", err)
		}
		if _, err := a.people.Token(ctx, g.principal); err != nil {
			return false, err
		}
		return true, nil
	case g.installation != 0:
		a.app.forget(g.owner, g.installation)
		return true, nil
	case g.from != "":
		a.log.ErrorContext(ctx, "GitHub does not take the token: it has ended, or somebody took it back", "setting", g.from, "owner", g.owner)
		return false, toolerr.New(toolerr.AuthenticationFailed, "GitHub does not take this service's token: whoever operates it has to give another one with %s", g.from)
	}
	return false, toolerr.New(toolerr.AuthenticationFailed, "GitHub wants to know who asks; %s", a.remedy(g))
}

// remedy says how a request that was made without a credential gets one.
func (a *access) remedy(g grant) string {
	switch {
	case g.absent != nil:
		return g.absent.Error()
	case a.tokens == nil && a.app == nil:
		return "whoever operates this service can set GITHUB_TOKEN, --github-tokens-file or --github-app-id"
	case g.owner == "":
		return "credentials are by owner here: name owner, or owner and repo, as arguments, or a single one in the query, as user:OWNER or repo:OWNER/REPO"
	}
	return "there is no token for " + g.owner + " here: whoever operates this service can add one to the file of --github-tokens-file"
}

// searcher returns the owner whose credential a search is made with that names
// none but in its query; "" is nobody in particular.
func (a *access) searcher(query string) string {
	owner := onlyOwner(query)
	switch {
	case owner == "" || a.people != nil:
		return ""
	case a.tokens == nil || a.app != nil || a.tokens.has(owner):
		return owner
	}
	if _, ok := a.tokens.of(""); ok {
		return ""
	}
	return owner
}

// close ends the following of files.
func (a *access) close() error {
	var err error
	for _, f := range a.files {
		err = errors.Join(err, f.Close())
	}
	return errors.Join(err, a.app.close())
}
