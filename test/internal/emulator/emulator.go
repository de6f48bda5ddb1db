// Package emulator runs a small GitHub for tests: the npm package emulate, which
// keeps repositories, issues, pull requests and releases, counts requests and
// lets people sign in.
//
// What it lacks, such as the files of a pull request and workflow runs, tests
// take from the examples of GitHub's description (package openapi). Start with
// [Start]; [GitHub.SignIn] is a user's browser.
package emulator

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

//go:embed emulator.mjs
var script string

// The tokens of its two users.
const (
	Alice = "gho_alice0000000000000000000000000000000"
	Bob   = "gho_bob000000000000000000000000000000000"
)

// An OAuth app of it, which may send people back to addresses that begin with
// Callback.
const (
	ClientID     = "Iv1.fleet"
	ClientSecret = "not-a-secret-of-anybody"
	Callback     = "http://127.0.0.1/oauth/github/callback"
)

// A GitHub App of it, and its installation for acme.
const (
	AppID          = 4711
	InstallationID = 815
)

// seed is what a new emulator has: alice/hello and the private alice/secret,
// bob/notes, acme/tool, each with a README.md on main.
func seed(callbacks []string) map[string]any {
	repo := func(owner, name string, more map[string]any) map[string]any {
		r := map[string]any{"owner": owner, "name": name, "auto_init": true, "language": "Go", "description": "What " + name + " is."}
		for k, v := range more {
			r[k] = v
		}
		return r
	}
	scopes := []string{"repo", "user", "workflow"}
	return map[string]any{
		"tokens": map[string]any{
			Alice: map[string]any{"login": "alice", "scopes": scopes},
			Bob:   map[string]any{"login": "bob", "scopes": scopes},
		},
		"github": map[string]any{
			"users": []any{map[string]any{"login": "alice", "name": "Alice"}, map[string]any{"login": "bob", "name": "Bob"}},
			"orgs":  []any{map[string]any{"login": "acme", "members": []any{map[string]any{"login": "alice", "role": "admin"}}}},
			"repos": []any{
				repo("alice", "hello", map[string]any{"topics": []string{"greeting"}}),
				repo("alice", "secret", map[string]any{"private": true}),
				repo("bob", "notes", nil), repo("acme", "tool", nil),
			},
			"oauth_apps": []any{map[string]any{"client_id": ClientID, "client_secret": ClientSecret, "name": "Fleet", "redirect_uris": append(callbacks, Callback)}},
			"apps": []any{map[string]any{
				"app_id": AppID, "slug": "fleet", "name": "Fleet", "permissions": map[string]string{"contents": "write", "issues": "write"},
				"installations": []any{map[string]any{"installation_id": InstallationID, "account": "acme", "repository_selection": "all"}},
			}},
		},
	}
}

// GitHub is a running emulator. It must be ended with [GitHub.Stop].
type GitHub struct {
	// URL is that of its API, and of its pages for people.
	URL string
	// AppKey is the private key of its GitHub App, in PEM.
	AppKey string

	process *proc.Process
}

// Start runs an emulator on a free port of this machine, which it alone reaches.
// callbacks are further addresses of its OAuth app.
func Start(ctx context.Context, tools *node.Tools, callbacks ...string) (*GitHub, error) {
	text, err := json.Marshal(seed(callbacks))
	if err != nil {
		return nil, err
	}
	p, err := proc.Start(tools.Node, "--input-type=module", "--eval", script, tools.Emulate, string(text))
	if err != nil {
		return nil, err
	}
	serving, err := p.Await(ctx, "serving", 1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("emulate: %w", err), p.Kill())
	}
	return &GitHub{URL: serving[0].Text("url"), AppKey: serving[0].Text("key"), process: p}, nil
}

// Stop ends the emulator. The error is nil if it ran until then.
func (g *GitHub) Stop(ctx context.Context) error {
	defer g.process.Kill()
	if err := g.process.Stdin.Close(); err != nil {
		return err
	}
	return g.process.Wait(ctx)
}

// Do makes a request of the API for who has a token and reads the answer into
// out, if that is not nil. in is its body, unless it is nil.
func (g *GitHub) Do(ctx context.Context, token, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = strings.NewReader(string(text))
	}
	req, err := http.NewRequestWithContext(ctx, method, g.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	return answer(req, out)
}

const maxAnswer = 8 << 20

func answer(req *http.Request, out any) error {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return err
	case res.StatusCode > 299:
		return fmt.Errorf("%s %s: %s: %.500s", req.Method, req.URL.Path, res.Status, body)
	case out == nil:
		return nil
	}
	return json.Unmarshal(body, out)
}

// SignIn does what a browser does in which login agrees to what a page for
// authorization asks, and returns the address that it is sent back to, without
// opening it.
func (g *GitHub) SignIn(ctx context.Context, page, login string) (*url.URL, error) {
	u, err := url.Parse(page)
	if err != nil {
		return nil, err
	}
	if got := u.Scheme + "://" + u.Host + u.Path; got != g.URL+"/login/oauth/authorize" {
		return nil, fmt.Errorf("people are sent to %s to sign in", got)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return nil, err
	}
	res, err := browser.Do(req)
	if err != nil {
		return nil, err
	}
	html, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(string(html), `action="/login/oauth/callback"`) {
		return nil, fmt.Errorf("the page for authorization is %s: %.500s", res.Status, html)
	}
	asked := u.Query()
	form := url.Values{"login": {login}}
	for _, k := range []string{"redirect_uri", "scope", "state", "client_id"} {
		form.Set(k, asked.Get(k))
	}
	req, err = http.NewRequestWithContext(ctx, http.MethodPost, g.URL+"/login/oauth/callback", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if res, err = browser.Do(req); err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return res.Location()
}

// Token returns the access token for the code that [GitHub.SignIn] came back
// with.
func (g *GitHub) Token(ctx context.Context, code string) (string, error) {
	form := url.Values{"client_id": {ClientID}, "client_secret": {ClientSecret}, "code": {code}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL+"/login/oauth/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	var out struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := answer(req, &out); err != nil {
		return "", err
	}
	if out.Token == "" {
		return "", fmt.Errorf("no access token: %s", out.Error)
	}
	return out.Token, nil
}
