package github_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

const callerKey = "0123456789abcdef0123456789abcdef"

// withKey shows the caller's key.
type withKey struct{}

func (withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+callerKey)
	return http.DefaultTransport.RoundTrip(r)
}

// serve serves svc to the caller of callerKey.
func serve(t *testing.T, svc *github.Service) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("github", svc, server.Config{HTTP: listener.Addr().String(), APIKey: callerKey}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := &httptest.Server{Listener: listener, Config: &http.Server{Handler: srv.Handler()}}
	ts.Start()
	t.Cleanup(func() { ts.Close(); srv.Close() })
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ts
}

// A store that is away is no defect of the service, and nobody is asked to sign in
// for it.
func TestStoreIsAway(t *testing.T) {
	file := write(t, t.TempDir()+"/url", "postgresql://somebody:s3cret@127.0.0.1:1/tokens")
	svc, _ := open(t, githubtest.New(t), github.Config{ClientID: "id", ClientSecret: "s", TokenStoreFile: file})
	ts := serve(t, svc)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", HTTPClient: &http.Client{Transport: withKey{}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	got := releases(t, session, "o", "r")
	if !strings.Contains(got, `"code":"SERVICE_UNAVAILABLE"`) || !strings.Contains(got, `"retry_after_seconds":15`) || strings.Contains(got, "somebody") || strings.Contains(got, "127.0.0.1") {
		t.Error(got)
	}
}

// signer is somebody who may sign in, with a provider that is GitHub's pages and
// an API that knows its tokens.
type signer struct {
	*githubtest.Server
	provider *oauthtest.Provider
	log      fmt.Stringer
	ts       *httptest.Server
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	p := &signer{Server: githubtest.New(t), provider: oauthtest.New(t)}
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = map[string]string{"/login/oauth/authorize": "/authorize", "/login/oauth/access_token": "/token"}[r.URL.Path]
		p.provider.Server.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(pages.Close)
	p.JSON("GET /user", 200, `{"login":"octocat"}`)
	p.JSON("GET /repos/o/r/releases", 200, `[]`)
	svc, log := open(t, p.Server, github.Config{ClientID: p.provider.ClientID, ClientSecret: p.provider.ClientSecret, WebURL: pages.URL, TokenStore: t.TempDir() + "/private/store"})
	p.log, p.ts = log, serve(t, svc)
	p.provider.Allow(p.ts.URL + "/oauth/github/callback")
	return p
}

// connect returns a client that asks nobody.
func (p *signer) connect(t *testing.T) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: p.ts.URL + "/mcp", HTTPClient: &http.Client{Transport: withKey{}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// press opens a link, shows the caller's key and presses a button.
func (p *signer) press(t *testing.T, b *oauthtest.Browser, link, action string) oauthtest.Page {
	t.Helper()
	form, err := b.Begin(link)
	if err != nil {
		t.Fatal(err)
	}
	form.Set("credential", callerKey)
	if action != "" {
		form.Set("action", action)
	}
	page, err := b.Post(link, form)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// signIn goes the whole way from a link.
func (p *signer) signIn(t *testing.T, link string) {
	t.Helper()
	b := oauthtest.NewBrowser("octocat")
	to := strings.TrimPrefix(p.press(t, b, link, "").Header.Get("Refresh"), "0; url=")
	back, err := b.Allow(to)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := b.Get(back); err != nil || page.Status != http.StatusOK {
		t.Fatal(page.Status, err)
	}
}

// asked calls a tool and returns the link to sign in at, if it needs one.
func (p *signer) asked(t *testing.T, c *mcp.ClientSession) string {
	t.Helper()
	_, rest, _ := strings.Cut(releases(t, c, "o", "r"), `"url":"`)
	link, _, _ := strings.Cut(rest, `"`)
	return link
}

// A person who has signed in is told where to take it back, and does.
func TestSignInIsTakenBack(t *testing.T) {
	p := newSigner(t)
	status, revoked := http.StatusNoContent, 0
	p.Handle("DELETE /applications/"+p.provider.ClientID+"/token", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Token string `json:"access_token"`
		}
		all := p.Requests()
		id, secret, _ := r.BasicAuth()
		if err := json.Unmarshal([]byte(all[len(all)-1].Body), &body); err != nil || id != p.provider.ClientID || secret != p.provider.ClientSecret || p.provider.Account(body.Token) != "octocat" {
			t.Errorf("it is asked to end something else, as %s: %v", id, err)
		}
		revoked++
		w.WriteHeader(status)
	})
	c := p.connect(t)
	for _, tt := range []struct {
		status, page int
		words        string
	}{
		{204, 200, "GitHub has ended it"},
		{404, 200, "GitHub has ended it"},
		{500, 502, "GitHub could not be told"},
		{401, 502, "GitHub could not be told"},
	} {
		status, revoked = tt.status, 0
		p.signIn(t, p.asked(t, c))
		if link := p.asked(t, c); link != "" {
			t.Fatalf("after signing in there is a link to %s", link)
		}
		res, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "github://me"})
		if err != nil {
			t.Fatal(err)
		}
		var me struct {
			Login  string
			SignIn struct{ Account, Manage string } `json:"sign_in"`
		}
		if err := json.Unmarshal([]byte(res.Contents[0].Text), &me); err != nil {
			t.Fatal(err)
		}
		if me.Login != "octocat" || me.SignIn.Account != "octocat" || !strings.HasPrefix(me.SignIn.Manage, p.ts.URL+"/oauth/github/start?ticket=") {
			t.Errorf("github://me holds %s", res.Contents[0].Text)
		}
		if res.CacheScope != "private" || res.TTLMs > 600_000 {
			t.Errorf("github://me may be kept: %+v", res)
		}
		page := p.press(t, oauthtest.NewBrowser(""), me.SignIn.Manage, "disconnect")
		if page.Status != tt.page || !strings.Contains(page.Body, "GitHub is disconnected") || !strings.Contains(page.Body, tt.words) || revoked != 1 {
			t.Errorf("%d: status %d after %d revocations:\n%s", tt.status, page.Status, revoked, page.Body)
		}
		if p.asked(t, c) == "" {
			t.Errorf("%d: nobody is asked to sign in again", tt.status)
		}
		for _, secret := range append(p.provider.Secrets(), callerKey, strings.SplitN(me.SignIn.Manage, "ticket=", 2)[1]) {
			if strings.Contains(p.log.String()+page.Body, secret) {
				t.Errorf("%d: the log or the page has %.12s…:\n%s", tt.status, secret, p.log)
			}
		}
	}
}

// A person is asked to open a page, signs in there, and the call that needed it
// goes on; what GitHub gets is the person's token.
func TestSignInWithABrowser(t *testing.T) {
	p := newSigner(t)
	provider, s, log, ts := p.provider, p.Server, p.log, p.ts

	var seen []string
	signIn := func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		seen = append(seen, req.Params.Message)
		browser := oauthtest.NewBrowser("octocat")
		form, err := browser.Begin(req.Params.URL)
		if err != nil {
			return nil, err
		}
		form.Set("credential", callerKey)
		to, err := browser.GoOn(strings.Split(req.Params.URL, "?")[0], form)
		if err != nil {
			return nil, err
		}
		back, err := browser.Allow(to)
		if err != nil {
			return nil, err
		}
		page, err := browser.Get(back)
		if err == nil && page.Status != 200 {
			err = fmt.Errorf("the last page has status %d: %s", page.Status, page.Body)
		}
		return &mcp.ElicitResult{Action: "accept"}, err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{ElicitationHandler: signIn,
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}}})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", HTTPClient: &http.Client{Transport: withKey{}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	for range 2 {
		res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "list_releases", Arguments: json.RawMessage(`{"owner":"o","repo":"r"}`)})
		if err != nil || res.IsError {
			t.Fatalf("%v, %+v", err, res)
		}
	}
	if len(seen) != 1 || !strings.Contains(seen[0], "sign in at GitHub") {
		t.Errorf("asked %q", seen)
	}
	for _, r := range s.Requests() {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if provider.Account(token) != "octocat" {
			t.Errorf("%s was asked with a token that is not octocat's", r.Path)
		}
		if strings.Contains(log.String(), token) {
			t.Error("the log has the token")
		}
	}
	if problems := provider.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

// Callers who are not told apart cannot act as themselves.
func TestSignInNeedsAuthentication(t *testing.T) {
	svc, _ := open(t, githubtest.New(t), github.Config{ClientID: "id", ClientSecret: "secret", TokenStore: t.TempDir() + "/private/store"})
	srv, err := server.New("github", svc, server.Config{HTTP: "127.0.0.1:8103"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	if err := svc.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "--api-keys-file") {
		t.Errorf("it starts with %v", err)
	}
}
