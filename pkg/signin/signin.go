// Package signin lets the callers of a service act as themselves at its upstream:
// whoever has no token there is asked to sign in, and the call goes on when they
// have. It puts package oauth behind a service's flags and routes.
//
// Nobody signs in where callers cannot be told apart: [People.Start] is the reason
// that keeps such a process from serving.
//
// Start with [OpenStore] and [Offer].
package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/pgstore"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const (
	// poll is how often it is looked whether somebody has signed in.
	poll = time.Second
	// storePause is when to try again after tokens could not be read or renewed.
	storePause = 15 * time.Second
)

// Config says where people sign in and what the service's settings are called.
type Config struct {
	// Provider is asked for once, by Offer.
	Provider func() (oauth.Provider, error)
	// Title is what people call the upstream: "GitHub".
	Title string
	// Service is what they call the service: "mcp-github".
	Service string
	// Flag is the setting that lets people sign in, Instead what to set on stdio:
	// "--github-client-id", "GITHUB_TOKEN".
	Flag, Instead string
	// Store is the caller's to close.
	Store oauth.Store
	Log   *slog.Logger
}

// People are callers who act as themselves. They are safe for concurrent use.
type People struct {
	title, flag string
	flow        *oauth.Flow // nil while nobody can sign in
	why         error       // then
	guarded     func() bool
}

// Offer lets callers sign in, at routes of the service. If they could not come
// back it returns People of whom nobody can, whose Start says why.
func Offer(r *server.Registry, cfg Config) *People {
	p := &People{title: cfg.Title, flag: cfg.Flag, guarded: r.Guarded}
	p.flow, p.why = offer(r, cfg)
	return p
}

func offer(r *server.Registry, cfg Config) (*oauth.Flow, error) {
	public := r.PublicURL()
	if public == "" {
		return nil, fmt.Errorf("%s is for HTTP: give --http, and --public-url if other machines reach the address; on stdio set %s instead", cfg.Flag, cfg.Instead)
	}
	provider, err := cfg.Provider()
	if err != nil {
		return nil, err
	}
	flow, err := oauth.New(oauth.Config{
		Provider: provider, Service: cfg.Service, PublicURL: public,
		Store: cfg.Store, Keys: r.Keys(), Prove: r.Prove, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	at := "/oauth/" + provider.Name
	for _, pattern := range []string{"GET " + at + "/start", "POST " + at + "/start", "GET " + at + "/callback"} {
		r.Handle(pattern, flow.Handler())
	}
	return flow, nil
}

// Start returns why a process must not serve: callers are to sign in and cannot.
// A service calls it in its own Start.
func (p *People) Start() error {
	switch {
	case p == nil:
		return nil
	case !p.guarded() && p.flow != nil:
		return fmt.Errorf("%s lets callers act as themselves, and nobody can tell them apart: authentication is off. Give them keys with --api-keys-file, or an issuer with --oauth-issuer", p.flag)
	}
	return p.why
}

// Token returns the principal's own token. The error of one who has to sign in
// first is made by [toolerr.SignIn].
func (p *People) Token(ctx context.Context, principal string) (oauth.Token, error) {
	if p.flow == nil {
		return oauth.Token{}, toolerr.Wrap(p.why, toolerr.AuthenticationFailed, "people sign in at %s here, and that works over HTTP only", p.title)
	}
	t, err := p.flow.Token(ctx, principal)
	var missing *oauth.SignInError
	switch {
	case errors.As(err, &missing):
		return oauth.Token{}, toolerr.SignIn(missing.URL, func(ctx context.Context) error { return p.signedIn(ctx, principal) },
			"sign in at %s, so that this service can act as you there", missing.Title)
	case err != nil && ctx.Err() == nil:
		return oauth.Token{}, toolerr.Wrap(err, toolerr.ServiceUnavailable, "your account at %s is not at hand: tokens cannot be read or renewed just now", p.title).After(storePause)
	}
	return t, err
}

// signedIn waits until the principal has signed in.
func (p *People) signedIn(ctx context.Context, principal string) error {
	tick := time.NewTicker(poll)
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

// Invalid forgets a token that the upstream did not take: the access token is
// enough to name it.
func (p *People) Invalid(ctx context.Context, principal string, access string) error {
	if p.flow == nil {
		return nil
	}
	return p.flow.Invalid(ctx, principal, oauth.Token{Access: access})
}

// Ended has a token renewed that the upstream did not take since its time is over,
// by the next Token; one that cannot be renewed is forgotten.
func (p *People) Ended(ctx context.Context, principal string, access string) error {
	if p.flow == nil {
		return nil
	}
	return p.flow.Ended(ctx, principal, oauth.Token{Access: access})
}

// Page is where the principal signs in at another account, or disconnects this one:
// a link for nobody else, "" if there is none.
func (p *People) Page(principal string) string {
	if p.flow == nil {
		return ""
	}
	return p.flow.StartURL(principal)
}

// OpenStore opens where the tokens of people are kept: a file, or a postgres://
// URL, which may be in a file. flag is the setting of store; the one of file ends
// in -file.
func OpenStore(flag, store, file string, log *slog.Logger) (oauth.Store, error) {
	switch {
	case file != "":
		line, err := follow.Line(file)
		if err != nil {
			return nil, fmt.Errorf("%s-file: %w", flag, err)
		}
		if !isPostgres(line) {
			return nil, fmt.Errorf("%s-file: there is no postgres:// URL in %s; a file for the tokens themselves goes with %s", flag, file, flag)
		}
		WarnExposed(log, file)
		return pgstore.Open(line)
	case isPostgres(store):
		return pgstore.Open(store)
	}
	kept, err := oauth.OpenFile(store)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return kept, nil
}

func isPostgres(store string) bool {
	return strings.HasPrefix(store, "postgres://") || strings.HasPrefix(store, "postgresql://")
}

// Secret returns what a file with a secret holds, and text without a file. flag is
// the setting of the file.
func Secret(flag, text, file string, log *slog.Logger) (string, error) {
	if file == "" {
		return text, nil
	}
	line, err := follow.Line(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	WarnExposed(log, file)
	return line, nil
}

// WarnExposed warns of a file that every user of the machine can read.
func WarnExposed(log *slog.Logger, path string) {
	if fi, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && fi.Mode().Perm()&0o004 != 0 {
		log.Warn("every user of this machine can read a file with a credential", "file", path, "fix", "chmod 600 "+path+", or give a Kubernetes secret defaultMode 0440")
	}
}
