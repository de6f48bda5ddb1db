package signin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

const key = "0123456789abcdef0123456789abcdef"

// diary is a service with one tool, for whoever has signed in.
type diary struct {
	cfg    signin.Config
	people *signin.People
}

type whoOutput struct {
	Account string `json:"account"`
}

func (d *diary) Register(r *server.Registry) {
	d.people = signin.Offer(r, d.cfg)
	server.AddTool(r, &mcp.Tool{Name: "who", Title: "Who", Description: "Says who you are.", Annotations: server.ReadOnly(true)},
		func(ctx context.Context, _ struct{}) (whoOutput, error) {
			t, err := d.people.Token(ctx, auth.CallerFrom(ctx).Principal)
			return whoOutput{t.Account}, err
		}, server.Scope("diary:read"))
}

// open serves a diary at an address, to callers with the key if there is one.
func open(t *testing.T, cfg signin.Config, choice server.Config) (*diary, *server.Server) {
	t.Helper()
	cfg.Title, cfg.Service, cfg.Flag, cfg.Instead = "Fake", "mcp-diary", "--diary-client-id", "DIARY_TOKEN"
	d := &diary{cfg: cfg}
	srv, err := server.New("diary", d, choice, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return d, srv
}

// A caller is asked to sign in, does, is known from then on, and has to sign in
// again when the upstream did not take the token.
func TestSignIn(t *testing.T) {
	provider := oauthtest.New(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d, srv := open(t, signin.Config{Store: oauth.Memory(), Provider: func() (oauth.Provider, error) { return provider.Config(), nil }},
		server.Config{HTTP: listener.Addr().String(), APIKey: key})
	ts := &httptest.Server{Listener: listener, Config: &http.Server{Handler: srv.Handler()}}
	ts.Start()
	t.Cleanup(ts.Close)
	provider.Allow(ts.URL + "/oauth/fake/callback")
	if err := d.people.Start(); err != nil {
		t.Fatal(err)
	}
	c, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(),
		&mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", HTTPClient: &http.Client{Transport: shows(key)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	who := func() string {
		res, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "who"})
		if err != nil {
			t.Fatal(err)
		}
		return res.Content[0].(*mcp.TextContent).Text
	}
	_, rest, _ := strings.Cut(who(), `"url":"`)
	link, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("nobody is asked to sign in")
	}
	b := oauthtest.NewBrowser("mona")
	form, err := b.Begin(link)
	if err != nil {
		t.Fatal(err)
	}
	form.Set("credential", key)
	to, err := b.GoOn(link, form)
	if err != nil {
		t.Fatal(err)
	}
	back, err := b.Allow(to)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := b.Get(back); err != nil || page.Status != http.StatusOK {
		t.Fatal(page, err)
	}
	if got := who(); got != `{"account":"mona"}` {
		t.Error(got)
	}
}

// shows is a transport that shows a key.
type shows string

func (s shows) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(s))
	return http.DefaultTransport.RoundTrip(r)
}

// A process does not serve where people could not come back, or not be told apart.
func TestStart(t *testing.T) {
	provider := func() (oauth.Provider, error) { return oauthtest.New(t).Config(), nil }
	for _, tt := range []struct {
		cfg    signin.Config
		choice server.Config
		want   string
	}{
		{signin.Config{Provider: provider}, server.Config{}, "--diary-client-id is for HTTP: give --http, and --public-url if other machines reach the address; on stdio set DIARY_TOKEN instead"},
		{signin.Config{Provider: provider, Store: oauth.Memory()}, server.Config{HTTP: "127.0.0.1:8199"}, "nobody can tell them apart"},
		{signin.Config{Provider: provider}, server.Config{HTTP: "127.0.0.1:8199", APIKey: key}, "a store"},
		{signin.Config{Provider: func() (oauth.Provider, error) { return oauth.Provider{}, errors.New("no secret") }}, server.Config{HTTP: "127.0.0.1:8199", APIKey: key}, "no secret"},
	} {
		d, _ := open(t, tt.cfg, tt.choice)
		if err := d.people.Start(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("it starts with %v, want %s", err, tt.want)
		}
		if tt.cfg.Store != nil {
			continue
		}
		if _, err := d.people.Token(t.Context(), "key:a"); toolerr.From(err).Code != toolerr.AuthenticationFailed {
			t.Errorf("a caller is told %v", err)
		}
		if page := d.people.Page("key:a"); page != "" || d.people.Invalid(t.Context(), "key:a", "x") != nil {
			t.Errorf("there is a page: %s", page)
		}
	}
	var nobody *signin.People
	if err := nobody.Start(); err != nil {
		t.Error(err)
	}
}

func TestOpenStore(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	file := func(content string) string {
		path := filepath.Join(dir, "url")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ store, file, want string }{
		{"", filepath.Join(dir, "none"), "--diary-store-file: "},
		{"", file("some words"), "--diary-store-file: there is no postgres:// URL"},
		{dir + "/a/b/c", "", "--diary-store: "},
		{"postgres://%zz", "", "not one of PostgreSQL"},
	} {
		if _, err := signin.OpenStore("--diary-store", tt.store, tt.file, slog.Default()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	store, err := signin.OpenStore("--diary-store", "", file("postgresql://a:s3cret@127.0.0.1:1/b\n"), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
	if !strings.Contains(log.String(), "every user of this machine can read") || strings.Contains(log.String(), "s3cret") {
		t.Error(log.String())
	}
	store, err = signin.OpenStore("--diary-store", dir+"/private/tokens", "", slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
}
