// Package provider runs a real authorization server for tests: the npm package
// oidc-provider, a certified OpenID provider, with resource indicators, JWT and
// opaque access tokens, dynamic registration and introspection.
//
// Everything it issues is for the scopes demo:read and demo:write of whatever
// resource is asked for, and Alice agrees to all that she is asked. Start with
// [Start]; [Visit] is her browser, and [Refuse] the one in which she does not
// agree.
package provider

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

//go:embed provider.mjs
var script string

// The clients that the provider knows without registration, named after their
// access tokens. All may use the client credentials grant.
const (
	RS256   = "rs256"
	ES256   = "es256"
	EdDSA   = "eddsa"
	Ending  = "ending"  // tokens that ended 26 seconds ago by this machine's clock, and not yet by one that is 30 seconds behind
	Expired = "expired" // tokens that ended an hour ago
	Opaque  = "opaque"  // tokens that are not JWTs
)

// ServiceID and ServiceSecret are the credentials of a service that asks about
// opaque tokens. The secret has characters that are sent encoded (RFC 6749
// section 2.3.1).
const (
	ServiceID     = "service"
	ServiceSecret = "a+b/c:d%e f"
)

// Provider is a running provider. It must be ended with [Provider.Stop].
type Provider struct {
	// Issuer is the authorization server to trust.
	Issuer Issuer
	// Stranger has the same keys and clients and is another issuer.
	Stranger Issuer

	process *proc.Process
}

// Start runs a provider on free ports of this machine.
func Start(ctx context.Context, tools *node.Tools) (*Provider, error) {
	p, err := proc.Start(tools.Node, "--input-type=module", "--eval", script, tools.Provider, ServiceSecret)
	if err != nil {
		return nil, err
	}
	serving, err := p.Await(ctx, "serving", 1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("oidc-provider: %w", err), p.Kill())
	}
	return &Provider{Issuer: Issuer(serving[0].Text("issuer")), Stranger: Issuer(serving[0].Text("stranger")), process: p}, nil
}

// Stop ends the provider. The error is nil if it ran until then.
func (p *Provider) Stop(ctx context.Context) error {
	defer p.process.Kill()
	if err := p.process.Stdin.Close(); err != nil {
		return err
	}
	return p.process.Wait(ctx)
}

// Issuer is the URL of an authorization server.
type Issuer string

// Introspection is where a service asks about a token.
func (i Issuer) Introspection() string { return string(i) + "/token/introspection" }

// Token returns an access token of a client itself, with no user, for a
// resource. Scopes are separated by spaces.
func (i Issuer) Token(ctx context.Context, client, resource, scope string) (string, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
		Scope       string `json:"scope"`
	}
	err := i.post(ctx, "/token", client, url.Values{"grant_type": {"client_credentials"}, "resource": {resource}, "scope": {scope}}, &answer)
	if err == nil && (answer.AccessToken == "" || answer.Scope != scope) {
		err = fmt.Errorf("the token for %q at %s has the scope %q", scope, resource, answer.Scope)
	}
	return answer.AccessToken, err
}

// Revoke ends a token of a client.
func (i Issuer) Revoke(ctx context.Context, client, token string) error {
	return i.post(ctx, "/token/revocation", client, url.Values{"token": {token}}, nil)
}

// post sends a form as the client, and reads the answer into out, if that is
// not nil.
func (i Issuer) post(ctx context.Context, path, client string, form url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, "POST", string(i)+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(client, client+"-secret")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("POST %s as %s: %s: %s", path, client, res.Status, body)
	case out == nil:
		return nil
	}
	return json.Unmarshal(body, out)
}

const maxAnswer = 64 << 10

// Visit opens a page as a browser does, with cookies, and follows where it is
// sent. It returns the first address that begins with stop, without opening it,
// or if stop is empty the one it has come to, which must answer with 200.
func Visit(ctx context.Context, page, stop string) (string, error) {
	return visit(ctx, page, stop, nil)
}

// Refuse opens a page as [Visit] does, and refuses what she is asked for there.
// The page that she is then sent to may have any status.
func Refuse(ctx context.Context, page string) (string, error) {
	at, err := visit(ctx, page, "", http.Header{"Demo-Consent": {"denied"}})
	if refused := new(notOK); errors.As(err, &refused) {
		return at, nil
	}
	return at, err
}

// notOK is that the browser came to a page of another status than 200.
type notOK struct{ text string }

func (e *notOK) Error() string { return e.text }

func visit(ctx context.Context, page, stop string, header http.Header) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	var stopped string
	browser := http.Client{Jar: jar, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if stop != "" && strings.HasPrefix(req.URL.String(), stop) {
			stopped = req.URL.String()
			return http.ErrUseLastResponse
		}
		if len(via) > 20 {
			return fmt.Errorf("sent on more than 20 times, last to %s", req.URL.Path)
		}
		return nil
	}}
	req, err := http.NewRequestWithContext(ctx, "GET", page, nil)
	if err != nil {
		return "", err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := browser.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if stopped != "" {
		return stopped, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && (stop != "" || res.StatusCode != http.StatusOK) {
		err = &notOK{fmt.Sprintf("the browser has come to %s: %s: %s", res.Request.URL.Redacted(), res.Status, body)}
	}
	return res.Request.URL.String(), err
}
