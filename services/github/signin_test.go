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

// A person is asked to open a page, signs in there, and the call that needed it
// goes on; what GitHub gets is the person's token.
func TestSignInWithABrowser(t *testing.T) {
	provider := oauthtest.New(t)
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = map[string]string{"/login/oauth/authorize": "/authorize", "/login/oauth/access_token": "/token"}[r.URL.Path]
		provider.Server.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(pages.Close)
	s := githubtest.New(t)
	s.JSON("GET /user", 200, `{"login":"octocat"}`)
	s.JSON("GET /repos/o/r/releases", 200, `[]`)
	svc, log := open(t, s, github.Config{ClientID: provider.ClientID, ClientSecret: provider.ClientSecret, WebURL: pages.URL, TokenStore: t.TempDir() + "/private/store"})

	ts := serve(t, svc)
	provider.Allow(ts.URL + "/oauth/github/callback")

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
