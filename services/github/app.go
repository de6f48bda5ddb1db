package github

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/sync/singleflight"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

const (
	// jwtTime is how long the App's own token counts; GitHub takes ten minutes at
	// most. It begins a minute ago, for clocks that differ.
	jwtTime, jwtSkew = 9 * time.Minute, time.Minute
	// tokenEarly is how long before its end a token of an installation is renewed.
	tokenEarly = 5 * time.Minute
	// installedFor is how long it is remembered which installation an owner has, and
	// absentFor that there is none.
	installedFor, absentFor = time.Hour, time.Minute
	// maxOwners bounds how many owners that is, and maxLookups how many are asked for
	// in an hour: each costs one of the requests that tokens are renewed with.
	maxOwners, maxLookups = 1000, 2000
	// appTime bounds what is asked for one token.
	appTime = 20 * time.Second
	// maxAnswer bounds an answer about the App.
	maxAnswer = 1 << 20
)

// app gets the tokens of a GitHub App's installations. A nil app has none.
type app struct {
	id     string
	fixed  int64 // the installation for everything, 0 if each owner has its own
	base   *url.URL
	client *http.Client
	log    *slog.Logger
	file   *follow.File
	flight singleflight.Group
	now    func() time.Time

	mu        sync.Mutex
	key       *rsa.PrivateKey
	signed    string // the App's own token
	signedTo  time.Time
	installed map[string]installed // by owner, in lower case
	issued    map[int64]issued     // by installation
	whose     account              // of the fixed installation
	lookups   int                  // in the hour that ends at lookupsTo
	lookupsTo time.Time
}

// installed is which installation an owner has, 0 for none.
type installed struct {
	id    int64
	until time.Time
}

type issued struct {
	cred upstream.Credential
	ends time.Time
	may  abilities
}

// errNotInstalled is the cause of the error about an owner without an installation.
var errNotInstalled = errors.New("the GitHub App has no installation there")

// openApp reads the App's key, which is followed until close.
func openApp(_ context.Context, c Config, base *url.URL, client *http.Client, log *slog.Logger) (*app, error) {
	a := &app{id: c.AppID, fixed: c.AppInstallationID, base: base, client: client, log: log, now: time.Now,
		installed: make(map[string]installed), issued: make(map[int64]issued)}
	if strings.ContainsFunc(c.AppID, func(r rune) bool { return r <= ' ' || r > '~' }) || len(c.AppID) > 100 {
		return nil, errors.New("--github-app-id: give the App's id or client id, as its settings show it")
	}
	var err error
	a.file, err = follow.Open(c.AppKeyFile, maxTokens, log, func(content []byte) error {
		key, err := jwt.ParseRSAPrivateKeyFromPEM(content)
		if err != nil {
			return fmt.Errorf("%s: that is no RSA private key as GitHub gives it, which begins with -----BEGIN RSA PRIVATE KEY-----", c.AppKeyFile)
		}
		a.mu.Lock()
		a.key, a.signed = key, ""
		a.mu.Unlock()
		log.Info("a key of the GitHub App is in force", "file", c.AppKeyFile)
		signin.WarnExposed(log, c.AppKeyFile)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("--github-app-key-file: %w", err)
	}
	return a, nil
}

func (a *app) close() error {
	if a == nil {
		return nil
	}
	return a.file.Close()
}

// credential returns a token of the installation that has to do with owner. For
// nobody in particular, without an installation for everything, there is none:
// what is public can be read.
func (a *app) credential(ctx context.Context, owner string) (upstream.Credential, int64, error) {
	owner = strings.ToLower(owner)
	if owner == "" && a.fixed == 0 {
		return upstream.Credential{}, 0, nil
	}
	if cred, id, ok := a.known(owner); ok {
		return cred, id, nil
	}
	type answer struct {
		cred upstream.Credential
		id   int64
	}
	done := a.flight.DoChan(owner, func() (any, error) {
		// Others wait for it too: it does not end with this caller.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appTime)
		defer cancel()
		if cred, id, ok := a.known(owner); ok { // since a moment ago
			return answer{cred, id}, nil
		}
		id, err := a.installation(ctx, owner)
		if err != nil {
			return nil, err
		}
		cred, err := a.issue(ctx, owner, id)
		return answer{cred, id}, err
	})
	select {
	case <-ctx.Done():
		return upstream.Credential{}, 0, ctx.Err()
	case res := <-done:
		if res.Err != nil {
			return upstream.Credential{}, 0, res.Err
		}
		got := res.Val.(answer)
		return got.cred, got.id, nil
	}
}

// known returns a token that is good for a while.
func (a *app) known(owner string) (upstream.Credential, int64, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := a.fixed
	if id == 0 {
		if in := a.installed[owner]; a.now().Before(in.until) {
			id = in.id
		}
	}
	t, ok := a.issued[id]
	return t.cred, id, ok && a.now().Before(t.ends.Add(-tokenEarly))
}

// forget drops a token that GitHub does not take, and where it was from: the App
// may have been installed anew.
func (a *app) forget(owner string, installation int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.issued, installation)
	delete(a.installed, strings.ToLower(owner))
}

// installation finds the installation for an owner.
func (a *app) installation(ctx context.Context, owner string) (int64, error) {
	if a.fixed != 0 {
		return a.fixed, nil
	}
	absent := toolerr.Wrap(errNotInstalled, toolerr.PermissionDenied, "the GitHub App of this service is not installed for %s: an owner of %s can install it", owner, owner)
	a.mu.Lock()
	in, ok := a.installed[owner]
	a.mu.Unlock()
	if ok && a.now().Before(in.until) {
		if in.id == 0 {
			return 0, absent
		}
		return in.id, nil
	}
	if err := a.mayLook(); err != nil {
		return 0, err
	}
	var found struct {
		ID          int64      `json:"id"`
		SuspendedAt *time.Time `json:"suspended_at"`
	}
	status, err := a.ask(ctx, http.MethodGet, "users/"+owner+"/installation", &found)
	switch {
	case err != nil:
		return 0, err
	case status == http.StatusNotFound:
		a.remember(owner, installed{0, a.now().Add(absentFor)})
		return 0, absent
	case found.SuspendedAt != nil:
		return 0, toolerr.New(toolerr.PermissionDenied, "the GitHub App of this service is suspended for %s: an owner of %s can end that", owner, owner)
	case found.ID == 0:
		return 0, errors.New("an installation without an id")
	}
	a.remember(owner, installed{found.ID, a.now().Add(installedFor)})
	return found.ID, nil
}

// mayLook counts what is asked about owners.
func (a *app) mayLook() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if !now.Before(a.lookupsTo) {
		a.lookups, a.lookupsTo = 0, now.Add(time.Hour)
	}
	if a.lookups++; a.lookups > maxLookups {
		return toolerr.New(toolerr.RateLimited, "this service was asked about too many owners; try again later").After(a.lookupsTo.Sub(now))
	}
	return nil
}

// remember keeps an installation. Where there are too many, the owners without one
// go first: callers can name as many of these as they like.
func (a *app) remember(owner string, in installed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.installed) >= maxOwners {
		maps.DeleteFunc(a.installed, func(_ string, was installed) bool { return was.id == 0 || !a.now().Before(was.until) })
	}
	for other := range a.installed {
		if len(a.installed) < maxOwners {
			break
		}
		delete(a.installed, other)
	}
	a.installed[owner] = in
}

// issue gets a new token of an installation.
func (a *app) issue(ctx context.Context, owner string, id int64) (upstream.Credential, error) {
	var got struct {
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
		abilities
	}
	status, err := a.ask(ctx, http.MethodPost, fmt.Sprintf("app/installations/%d/access_tokens", id), &got)
	switch {
	case err != nil:
		return upstream.Credential{}, err
	case status == http.StatusNotFound:
		a.forget(owner, id)
		return upstream.Credential{}, toolerr.New(toolerr.AuthenticationFailed, "GitHub knows no installation %d of this service's App: whoever operates it has to correct --github-app-installation-id, or to install the App again", id)
	case checkToken(got.Token) != nil:
		return upstream.Credential{}, errors.New("an answer without a token")
	}
	cred := upstream.Bearer(got.Token)
	a.mu.Lock()
	defer a.mu.Unlock()
	for other, t := range a.issued {
		if len(a.issued) >= maxOwners || !a.now().Before(t.ends) {
			delete(a.issued, other)
		}
	}
	a.issued[id] = issued{cred, got.ExpiresAt, got.abilities}
	return cred, nil
}

// ask sends a request as the App itself. A 404 is for the caller to judge.
func (a *app) ask(ctx context.Context, method, path string, into any) (status int, err error) {
	signed, err := a.sign()
	if err != nil {
		return 0, err
	}
	ctx = upstream.WithCredential(ctx, upstream.Bearer(signed))
	req, err := http.NewRequestWithContext(ctx, method, a.base.JoinPath(path).String(), bytes.NewReader(nil))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	resp, err := a.client.Do(req)
	if err != nil {
		return 0, appFailure(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return 0, appFailure(err)
	case resp.StatusCode == http.StatusNotFound:
		return resp.StatusCode, nil
	case resp.StatusCode == http.StatusUnauthorized:
		a.log.ErrorContext(ctx, "GitHub does not take the key of the GitHub App", "app", a.id)
		return 0, toolerr.New(toolerr.AuthenticationFailed, "GitHub does not take the key of this service's App: whoever operates it has to correct --github-app-id or --github-app-key-file")
	case resp.StatusCode >= 300:
		return 0, toolerr.Wrap(fmt.Errorf("GitHub answered %d to the App", resp.StatusCode), toolerr.ServiceUnavailable, "GitHub gave this service's App no token; try again later")
	}
	return resp.StatusCode, json.Unmarshal(body, into)
}

// appFailure is the error of a request that had no answer.
func appFailure(err error) error {
	var limit *upstream.LimitError
	if errors.As(err, &limit) {
		return toolerr.Wrap(err, toolerr.RateLimited, "GitHub's rate limit for this service's App is reached").After(limit.After)
	}
	return toolerr.Wrap(err, toolerr.ServiceUnavailable, "GitHub could not be asked for a token of this service's App; try again later")
}

// sign returns the App's own token.
func (a *app) sign() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if a.signed != "" && now.Before(a.signedTo) {
		return a.signed, nil
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: a.id, IssuedAt: jwt.NewNumericDate(now.Add(-jwtSkew)), ExpiresAt: jwt.NewNumericDate(now.Add(jwtTime)),
	}).SignedString(a.key)
	if err != nil {
		return "", err
	}
	a.signed, a.signedTo = signed, now.Add(jwtTime-jwtSkew)
	return signed, nil
}
