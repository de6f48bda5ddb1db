package github

import (
	"context"
	"net/http"
	"net/url"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// people are callers who act as themselves, by what GitHub is sent of their tokens.
type people struct{ *signin.People }

// Token returns the principal's own token.
func (p people) Token(ctx context.Context, principal string) (string, error) {
	t, err := p.People.Token(ctx, principal)
	return t.Access, err
}

// offerSignIn lets callers sign in.
func (s *Service) offerSignIn(r *server.Registry) *signin.People {
	return signin.Offer(r, signin.Config{
		Title: "GitHub", Service: "mcp-github", Flag: "--github-client-id", Instead: "GITHUB_TOKEN", Store: s.store, Log: s.log,
		Provider: func() (oauth.Provider, error) {
			secret, err := s.cfg.secret(s.log)
			if err != nil {
				return oauth.Provider{}, err
			}
			web, err := s.cfg.web(s.api.BaseURL)
			if err != nil {
				return oauth.Provider{}, err
			}
			return s.provider(web, secret), nil
		},
	})
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
func (s *Service) Start(context.Context) error { return s.people.Start() }
