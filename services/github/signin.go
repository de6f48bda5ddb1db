package github

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/pgstore"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

const (
	// signInPoll is how often it is looked whether somebody has signed in.
	signInPoll = time.Second
	// storePause is when to try again after tokens could not be read or renewed.
	storePause = 15 * time.Second
)

// people are callers who act as themselves.
type people struct{ flow *oauth.Flow }

// Token returns the principal's own token.
func (p people) Token(ctx context.Context, principal string) (string, error) {
	t, err := p.flow.Token(ctx, principal)
	var missing *oauth.SignInError
	switch {
	case errors.As(err, &missing):
		return "", toolerr.SignIn(missing.URL, func(ctx context.Context) error { return p.signedIn(ctx, principal) },
			"sign in at %s, so that this service can act as you there", missing.Title)
	case err != nil && ctx.Err() == nil:
		return "", toolerr.Wrap(err, toolerr.ServiceUnavailable, "your account at GitHub is not at hand: tokens cannot be read or renewed just now").After(storePause)
	}
	return t.Access, err
}

// signedIn waits until the principal has signed in.
func (p people) signedIn(ctx context.Context, principal string) error {
	tick := time.NewTicker(signInPoll)
	defer tick.Stop()
	for {
		// A token that has ended is there too, and is of no use.
		_, err := p.flow.Token(ctx, principal)
		var missing *oauth.SignInError
		if !errors.As(err, &missing) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Invalid forgets a token that GitHub refused.
func (p people) Invalid(ctx context.Context, principal, token string) error {
	return p.flow.Invalid(ctx, principal, oauth.Token{Access: token})
}

// Page returns the principal's link.
func (p people) Page(principal string) string { return p.flow.StartURL(principal) }

// tokenStore opens where the tokens of callers are kept, nil if nobody signs in.
func (c Config) tokenStore(log *slog.Logger) (oauth.Store, error) {
	switch {
	case c.ClientID == "":
		return nil, nil
	case c.TokenStoreFile != "":
		line, err := follow.Line(c.TokenStoreFile)
		if err != nil {
			return nil, fmt.Errorf("--github-token-store-file: %w", err)
		}
		if !isPostgres(line) {
			return nil, fmt.Errorf("--github-token-store-file: there is no postgres:// URL in %s; a file for the tokens themselves goes with --github-token-store", c.TokenStoreFile)
		}
		warnExposed(log, c.TokenStoreFile)
		return pgstore.Open(line)
	case isPostgres(c.TokenStore):
		return pgstore.Open(c.TokenStore)
	}
	store, err := oauth.OpenFile(c.TokenStore)
	if err != nil {
		return nil, fmt.Errorf("--github-token-store: %w", err)
	}
	return store, nil
}

func isPostgres(store string) bool {
	return strings.HasPrefix(store, "postgres://") || strings.HasPrefix(store, "postgresql://")
}

// offerSignIn lets callers sign in. There is an error if they could not come back.
func (s *Service) offerSignIn(r *server.Registry) error {
	public := r.PublicURL()
	if public == "" {
		return errors.New("--github-client-id is for HTTP: give --http, and --public-url if other machines reach the address; on stdio set GITHUB_TOKEN instead")
	}
	secret, err := s.cfg.secret(s.log)
	if err != nil {
		return err
	}
	web, err := s.cfg.web(s.api.BaseURL)
	if err != nil {
		return err
	}
	flow, err := oauth.New(oauth.Config{
		Provider: s.provider(web, secret), Service: "mcp-github", PublicURL: public,
		Store: s.store, Keys: r.Keys(), Prove: r.Prove, Log: s.log,
	})
	if err != nil {
		return err
	}
	for _, pattern := range []string{"GET /oauth/github/start", "POST /oauth/github/start", "GET /oauth/github/callback"} {
		r.Handle(pattern, flow.Handler())
	}
	s.access.people, s.guarded = people{flow}, r.Guarded
	return nil
}

// provider is the GitHub at web. A GitHub App ignores the scopes: it has
// permissions.
func (s *Service) provider(web *url.URL, secret string) oauth.Provider {
	p := oauth.Provider{
		Name: "github", Title: "GitHub",
		AuthorizeURL: web.JoinPath("login/oauth/authorize").String(), TokenURL: web.JoinPath("login/oauth/access_token").String(),
		ManageURL: web.JoinPath("settings/connections/applications", s.cfg.ClientID).String(),
		ClientID:  s.cfg.ClientID, ClientSecret: oauth.Secret(secret),
		Scopes:    []string{"repo", "read:org"},
		Abilities: []string{"Read and change the repositories that you can, private ones too.", "See which organizations you belong to."},
		Identify: func(ctx context.Context, t oauth.Token) (string, error) {
			user, _, err := s.api.Users.Get(upstream.WithCredential(ctx, upstream.Bearer(t.Access)), "")
			return user.GetLogin(), err
		},
		Revoke: func(ctx context.Context, t oauth.Token) error { return s.revoke(ctx, secret, t.Access) },
	}
	if s.cfg.Write {
		p.Scopes = append(p.Scopes, "workflow")
		p.Abilities = append(p.Abilities, "Change GitHub Actions workflows.")
	}
	return p
}

// revoke ends a token at GitHub, as the application that got it. What the same
// person has granted to other callers stays.
func (s *Service) revoke(ctx context.Context, secret, token string) error {
	ctx = context.WithValue(ctx, grantKey{}, grant{from: "--github-client-id"})
	_, err := s.api.Authorizations.Revoke(upstream.WithCredential(ctx, upstream.Basic(s.cfg.ClientID, secret)), s.cfg.ClientID, token)
	if statusOf(err) == http.StatusNotFound {
		return nil // it has ended before
	}
	return s.shownWrite(err, "the token")
}

// Start refuses to serve if callers are to sign in and cannot.
func (s *Service) Start(context.Context) error {
	if s.guarded != nil && !s.guarded() {
		return errors.New("--github-client-id lets callers act as themselves, and nobody can tell them apart: authentication is off. Give them keys with --api-keys-file, or an issuer with --oauth-issuer")
	}
	return s.cannotSignIn
}

// noSignIn stands for people while nobody can sign in.
type noSignIn struct{ why error }

// Token returns why there is none.
func (n noSignIn) Token(context.Context, string) (string, error) {
	return "", toolerr.Wrap(n.why, toolerr.AuthenticationFailed, "people sign in at GitHub here, and that works over HTTP only")
}

// Invalid does nothing.
func (noSignIn) Invalid(context.Context, string, string) error { return nil }

// Page returns none.
func (noSignIn) Page(string) string { return "" }
