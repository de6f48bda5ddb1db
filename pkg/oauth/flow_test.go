package oauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// world is a provider and a service whose callers sign in there.
type world struct {
	*oauth.Flow
	provider *oauthtest.Provider
	url      string
	keys     *seal.Keys
	store    oauth.Store
	log      *safeBuffer
	ahead    atomic.Int64 // of the flow's clock
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newWorld(t testing.TB, change ...func(*oauth.Config)) *world {
	t.Helper()
	w := &world{provider: oauthtest.New(t), keys: seal.New(), store: oauth.Memory(), log: new(safeBuffer)}
	w.Flow, w.url = w.replica(t, change...)
	return w
}

// replica starts another process of the service, with the same store and keys.
func (w *world) replica(t testing.TB, change ...func(*oauth.Config)) (*oauth.Flow, string) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	cfg := oauth.Config{Provider: w.provider.Config(), Service: "Test service", PublicURL: server.URL + "/mcp", Store: w.store, Keys: w.keys,
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, c := range change {
		c(&cfg)
	}
	f, err := oauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.SetNow(func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) })
	handler = f.Handler()
	w.provider.Allow(strings.TrimSuffix(cfg.PublicURL, "/mcp") + "/oauth/fake/callback")
	return f, server.URL
}

func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// signIn connects an account.
func (w *world) signIn(t testing.TB, principal, account string) {
	t.Helper()
	page, err := oauthtest.NewBrowser(account).SignIn(w.StartURL(principal))
	if err != nil {
		t.Fatal(err)
	}
	if page.Status != http.StatusOK || !strings.Contains(page.Body, account) {
		t.Fatalf("signing in: %d\n%s\n%s", page.Status, page.Body, w.log)
	}
}

// has checks whose token a principal has.
func (w *world) has(t testing.TB, principal, account string) oauth.Token {
	t.Helper()
	token, err := w.Token(t.Context(), principal)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.provider.Account(token.Access); got != account {
		t.Fatalf("%s has a token of %q, want %q", principal, got, account)
	}
	return token
}

// mustSignIn checks that a principal has no token and gets a link that works.
func (w *world) mustSignIn(t testing.TB, principal string) {
	t.Helper()
	_, err := w.Token(t.Context(), principal)
	var missing *oauth.SignInError
	if !errors.As(err, &missing) {
		t.Fatalf("%s has to sign in, but: %v", principal, err)
	}
	if missing.Provider != "fake" || missing.Title != "Fake" {
		t.Errorf("%+v", *missing)
	}
	if _, err := oauthtest.NewBrowser("").Begin(missing.URL); err != nil {
		t.Error(err)
	}
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	w.mustSignIn(t, "key:a")
	w.signIn(t, "key:a", "octocat")
	token := w.has(t, "key:a", "octocat")
	if token.Account != "octocat" || strings.Join(token.Scopes, " ") != "repo read:org" || token.Refresh == "" {
		t.Errorf("the token is %+v, with %q and refresh %t", token, token.Scopes, token.Refresh != "")
	}
	if account, ok, err := w.Account(t.Context(), "key:a"); account != "octocat" || !ok || err != nil {
		t.Error(account, ok, err)
	}
	w.mustSignIn(t, "key:b")
	w.signIn(t, "key:a", "hubot")
	w.has(t, "key:a", "hubot")
	if p := w.provider.Problems(); len(p) > 0 {
		t.Error(p)
	}
}

func TestPathOfThePublicURL(t *testing.T) {
	for _, path := range []string{"", "/", "/mcp", "/mcp/", "/github", "/github/mcp"} {
		w := newWorld(t, func(c *oauth.Config) { c.PublicURL = strings.TrimSuffix(c.PublicURL, "/mcp") + path })
		prefix := ""
		if strings.HasPrefix(path, "/github") {
			prefix = "/github"
		}
		w.provider.Allow(w.url + prefix + "/oauth/fake/callback")
		start := w.StartURL("key:a")
		if !strings.HasPrefix(start, w.url+prefix+"/oauth/fake/start?ticket=") {
			t.Errorf("%q: %s", path, start)
		}
		w.signIn(t, "key:a", "octocat")
	}
}

func TestInHeader(t *testing.T) {
	w := newWorld(t, func(c *oauth.Config) { c.Provider.Style = oauth.InHeader })
	w.signIn(t, "key:a", "octocat")
}

func TestDecodeThatPanics(t *testing.T) {
	w := newWorld(t)
	w.signIn(t, "key:a", "octocat")
	other, _ := w.replica(t, func(c *oauth.Config) {
		c.Provider.Decode = func(answer []byte) (oauth.Token, error) { panic(string(answer)) }
	})
	w.pass(time.Hour)
	if _, err := other.Token(t.Context(), "key:a"); err == nil {
		t.Error("there is a token")
	}
	for _, secret := range w.provider.Secrets() {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %.10s…", secret)
		}
	}
}

// TestDecode reads answers in which the token is somewhere else, and errors come
// with status 200 and a text, as Slack has it.
func TestDecode(t *testing.T) {
	type slack struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		User  struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
			Expires int    `json:"expires_in"`
		} `json:"authed_user"`
	}
	w := newWorld(t, func(c *oauth.Config) {
		c.Provider.Identify = nil
		c.Provider.Scopes = nil
		c.Provider.Params = map[string]string{"user_scope": "search:read", "state": "mine", "redirect_uri": "https://evil.example"}
		c.Provider.Decode = func(answer []byte) (oauth.Token, error) {
			var s slack
			if err := json.Unmarshal(answer, &s); err != nil {
				return oauth.Token{}, err
			}
			if !s.OK {
				return oauth.Token{}, &oauth.AnswerError{Code: s.Error}
			}
			return oauth.Token{Access: s.User.Access, Refresh: s.User.Refresh, Account: "U1",
				Expires: time.Now().Add(time.Duration(s.User.Expires) * time.Second)}, nil
		}
	})
	body := `{"ok":true,"access_token":"xoxb-bot","authed_user":{"access_token":"xoxp-user","refresh_token":"xoxe-1","expires_in":43200}}`
	w.provider.Set(func() {
		w.provider.Fault = func(rw http.ResponseWriter, _ url.Values) bool { fmt.Fprint(rw, body); return true }
	})
	b := oauthtest.NewBrowser("")
	start := w.StartURL("key:a")
	form, err := b.Begin(start)
	if err != nil {
		t.Fatal(err)
	}
	authorize, err := b.GoOn(start, form)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(authorize, "user_scope=search%3Aread") || strings.Contains(authorize, "&scope=") || strings.Contains(authorize, "evil") || strings.Contains(authorize, "state=mine") {
		t.Error(authorize)
	}
	callback, err := b.Allow(authorize)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := b.Get(callback); err != nil || page.Status != http.StatusOK {
		t.Fatal(page.Status, err)
	}
	token, err := w.Token(t.Context(), "key:a")
	if err != nil || token.Access != "xoxp-user" || token.Account != "U1" {
		t.Error(token, err)
	}
	body = `{"ok":false,"error":"invalid_refresh_token"}`
	w.pass(12 * time.Hour)
	w.mustSignIn(t, "key:a")
}

func TestInvalid(t *testing.T) {
	w := newWorld(t)
	w.signIn(t, "key:a", "octocat")
	first := w.has(t, "key:a", "octocat")
	w.pass(time.Hour)
	second := w.has(t, "key:a", "octocat")
	if err := w.Invalid(t.Context(), "key:a", first); err != nil {
		t.Error(err)
	}
	w.has(t, "key:a", "octocat") // it was the one before
	if err := w.Invalid(t.Context(), "key:a", second); err != nil {
		t.Error(err)
	}
	w.mustSignIn(t, "key:a")
	if err := w.Invalid(t.Context(), "key:a", second); err != nil {
		t.Error("a second time:", err)
	}
}

func TestDisconnect(t *testing.T) {
	w := newWorld(t)
	w.signIn(t, "key:a", "octocat")
	w.signIn(t, "key:b", "hubot")
	token := w.has(t, "key:a", "octocat")
	if err := w.Disconnect(t.Context(), "key:a"); err != nil {
		t.Error(err)
	}
	if w.provider.Account(token.Access) != "" {
		t.Error("the token is still good upstream")
	}
	w.mustSignIn(t, "key:a")
	w.has(t, "key:b", "hubot")
	if err := w.Disconnect(t.Context(), "key:a"); err != nil {
		t.Error("a second time:", err)
	}
	w.provider.Close()
	if err := w.Disconnect(t.Context(), "key:b"); err == nil || !strings.Contains(err.Error(), "forgotten") {
		t.Errorf("while the provider is away: %v", err)
	}
	w.mustSignIn(t, "key:b")
}

func TestRevokeOfTheProvider(t *testing.T) {
	var revoked string
	w := newWorld(t, func(c *oauth.Config) {
		c.Provider.Revoke = func(_ context.Context, token oauth.Token) error {
			revoked = token.Access
			return errors.New("no way to end " + token.Access)
		}
	})
	w.signIn(t, "key:a", "octocat")
	token := w.has(t, "key:a", "octocat")
	err := w.Disconnect(t.Context(), "key:a")
	if revoked != token.Access || err == nil || strings.Contains(err.Error(), token.Access) {
		t.Error(revoked == token.Access, err)
	}
}

func TestRotationOfKeys(t *testing.T) {
	older, newer := seal.Generate()+"\n", seal.Generate()+"\n"
	w := newWorld(t)
	replace := func(file string) {
		t.Helper()
		if err := w.keys.Replace([]byte(file)); err != nil {
			t.Fatal(err)
		}
	}
	replace(older)
	w.signIn(t, "key:a", "octocat")
	w.signIn(t, "key:idle", "hubot")
	start := w.StartURL("key:c")
	for _, file := range []string{older + newer, newer + older} {
		replace(file)
		w.has(t, "key:a", "octocat")
		if _, err := oauthtest.NewBrowser("x").SignIn(start); err != nil {
			t.Error("a link from before:", err)
		}
	}
	replace(newer)
	w.has(t, "key:a", "octocat")
	for range 3 {
		w.mustSignIn(t, "key:idle") // not used while both keys were there
	}
	if n := strings.Count(w.log.String(), "cannot be opened"); n != 1 {
		t.Errorf("the log says it %d times:\n%s", n, w.log)
	}
	replace(older + newer)
	w.has(t, "key:idle", "hubot") // the key is back, and so is the token
}

// failing is a store that can be told to fail.
type failing struct {
	oauth.Store
	save atomic.Bool // what Update would change is lost
	all  atomic.Bool
}

var errDown = errors.New("down")

func (s *failing) Load(ctx context.Context, k oauth.Key) (string, error) {
	if s.all.Load() {
		return "", errDown
	}
	return s.Store.Load(ctx, k)
}

func (s *failing) Update(ctx context.Context, k oauth.Key, fn func(context.Context, string) (string, error)) error {
	if s.all.Load() {
		return errDown
	}
	return s.Store.Update(ctx, k, func(ctx context.Context, sealed string) (string, error) {
		next, err := fn(ctx, sealed)
		if err == nil && next != sealed && s.save.Load() {
			return "", errDown
		}
		return next, err
	})
}

// TestStoreFailsAfterRenewal has the store fail when the old refresh token is used
// up: the new one must not be lost, nor be used before it is stored.
func TestStoreFailsAfterRenewal(t *testing.T) {
	w := newWorld(t)
	store := &failing{Store: w.store}
	w.store = store
	w.Flow, w.url = w.replica(t)
	w.signIn(t, "key:a", "octocat")
	w.pass(time.Hour - time.Minute)
	store.save.Store(true)
	if token, err := w.Token(t.Context(), "key:a"); !errors.Is(err, errDown) {
		t.Errorf("a token that is not stored was given out: %v, %v", token, err)
	}
	store.all.Store(true)
	if _, err := w.Token(t.Context(), "key:a"); !errors.Is(err, errDown) {
		t.Error(err)
	}
	store.save.Store(false)
	store.all.Store(false)
	w.has(t, "key:a", "octocat")
	w.pass(time.Hour)
	w.has(t, "key:a", "octocat")
	if n, reused := w.provider.Refreshes("octocat"), w.provider.Reused(); n != 2 || reused != 0 {
		t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
	}
}

func TestTokenEndsWithItsCaller(t *testing.T) {
	w := newWorld(t)
	w.signIn(t, "key:a", "octocat")
	w.pass(time.Hour)
	reached, goOn := make(chan struct{}), make(chan struct{})
	w.provider.Set(func() {
		w.provider.Fault = func(http.ResponseWriter, url.Values) bool { close(reached); <-goOn; return false }
	})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { _, err := w.Token(ctx, "key:a"); failed <- err }()
	<-reached
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn) // what was begun is finished for the next
	w.has(t, "key:a", "octocat")
	if n, reused := w.provider.Refreshes("octocat"), w.provider.Reused(); n != 1 || reused != 0 {
		t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
	}
}

func TestNewRefuses(t *testing.T) {
	good := oauth.Config{PublicURL: "https://mcp.example.com/mcp", Store: oauth.Memory(), Keys: seal.New(), Provider: oauth.Provider{
		Name: "github", Title: "GitHub", AuthorizeURL: "https://github.com/a", TokenURL: "https://github.com/t", ClientID: "i", ClientSecret: "s3cr3t"}}
	if _, err := oauth.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*oauth.Config){
		"name":             func(c *oauth.Config) { c.Provider.Name = "Git Hub" },
		"path in the name": func(c *oauth.Config) { c.Provider.Name = "../x" },
		"title":            func(c *oauth.Config) { c.Provider.Title = "" },
		"id":               func(c *oauth.Config) { c.Provider.ClientID = "" },
		"secret":           func(c *oauth.Config) { c.Provider.ClientSecret = "" },
		"http token URL":   func(c *oauth.Config) { c.Provider.TokenURL = "http://github.com/t" },
		"user in a URL":    func(c *oauth.Config) { c.Provider.AuthorizeURL = "https://s3cr3t@github.com/a" },
		"query in a URL":   func(c *oauth.Config) { c.Provider.AuthorizeURL = "https://github.com/a?x=y" },
		"revocation":       func(c *oauth.Config) { c.Provider.RevokeURL = "github.com" },
		"no public URL":    func(c *oauth.Config) { c.PublicURL = "" },
		"http public URL":  func(c *oauth.Config) { c.PublicURL = "http://mcp.example.com/mcp" },
		"script":           func(c *oauth.Config) { c.PublicURL = "javascript:alert(1)" },
		"no store":         func(c *oauth.Config) { c.Store = nil },
		"no keys":          func(c *oauth.Config) { c.Keys = nil },
	} {
		c := good
		change(&c)
		if _, err := oauth.New(c); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkToken(b *testing.B) {
	w := newWorld(b)
	w.signIn(b, "key:a", "octocat")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Token(b.Context(), "key:a"); err != nil {
			b.Fatal(err)
		}
	}
}
