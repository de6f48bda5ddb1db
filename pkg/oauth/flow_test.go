package oauth_test

import (
	"bytes"
	"context"
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

func TestTokensWithoutEnd(t *testing.T) {
	w := newWorld(t)
	w.provider.Set(func() { w.provider.Lifetime, w.provider.NoRefresh = 0, true })
	w.signIn(t, "key:a", "octocat")
	w.pass(10 * 365 * 24 * time.Hour)
	w.has(t, "key:a", "octocat")
}

func TestTokenWithoutRefreshEnds(t *testing.T) {
	w := newWorld(t)
	w.provider.Set(func() { w.provider.NoRefresh = true })
	w.signIn(t, "key:a", "octocat")
	w.pass(time.Hour - time.Minute)
	w.has(t, "key:a", "octocat")
	w.pass(2 * time.Minute)
	w.mustSignIn(t, "key:a")
}

func TestManyCallsRenewOnce(t *testing.T) {
	w := newWorld(t)
	other, _ := w.replica(t)
	w.signIn(t, "key:a", "octocat")
	first := w.has(t, "key:a", "octocat")
	w.pass(time.Hour - 90*time.Second)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			f := w.Flow
			if i%2 == 1 {
				f = other
			}
			token, err := f.Token(t.Context(), "key:a")
			if err != nil || token.Access == first.Access || w.provider.Account(token.Access) != "octocat" {
				t.Error(token, err)
			}
		})
	}
	wg.Wait()
	if n := w.provider.Refreshes("octocat"); n != 1 {
		t.Errorf("%d renewals", n)
	}
	w.pass(2 * time.Hour) // long after its end
	w.has(t, "key:a", "octocat")
	if n, reused := w.provider.Refreshes("octocat"), w.provider.Reused(); n != 2 || reused != 0 {
		t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
	}
}

// TestRenewalFails has the token endpoint fail in every way that may pass.
func TestRenewalFails(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter, url.Values) bool{
		"502": func(w http.ResponseWriter, _ url.Values) bool { w.WriteHeader(502); return true },
		"429": func(w http.ResponseWriter, _ url.Values) bool { w.WriteHeader(429); return true },
		"redirect": func(w http.ResponseWriter, _ url.Values) bool {
			w.Header().Set("Location", "/user")
			w.WriteHeader(307)
			return true
		},
		"HTML":     func(w http.ResponseWriter, _ url.Values) bool { fmt.Fprint(w, "<html>"); return true },
		"no token": func(w http.ResponseWriter, _ url.Values) bool { fmt.Fprint(w, `{"token_type":"bearer"}`); return true },
		"broken token": func(w http.ResponseWriter, _ url.Values) bool {
			fmt.Fprint(w, `{"access_token":"a\r\nX: y"}`)
			return true
		},
		"endless": func(w http.ResponseWriter, _ url.Values) bool { fmt.Fprint(w, strings.Repeat(" ", 1<<20)); return true },
		"cut":     func(w http.ResponseWriter, _ url.Values) bool { w.Header().Set("Content-Length", "9"); return true },
		"client secret": func(w http.ResponseWriter, _ url.Values) bool {
			fmt.Fprint(w, `{"error":"incorrect_client_credentials"}`)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.signIn(t, "key:a", "octocat")
			first := w.has(t, "key:a", "octocat")
			w.pass(time.Hour - time.Minute)
			var asked atomic.Int32
			w.provider.Set(func() {
				w.provider.Fault = func(rw http.ResponseWriter, form url.Values) bool { asked.Add(1); return fault(rw, form) }
			})
			for range 3 {
				if got := w.has(t, "key:a", "octocat"); got.Access != first.Access {
					t.Error("the token changed")
				}
			}
			if asked.Load() != 1 {
				t.Errorf("the provider was asked %d times in a row", asked.Load())
			}
			w.pass(2 * time.Minute)
			_, err := w.Token(t.Context(), "key:a")
			var missing *oauth.SignInError
			if err == nil || errors.As(err, &missing) {
				t.Errorf("with a token that has ended: %v", err)
			}
			w.provider.Set(func() { w.provider.Fault = nil })
			w.pass(time.Minute)
			w.has(t, "key:a", "octocat")
		})
	}
}

func TestGrantThatIsOver(t *testing.T) {
	for _, body := range []string{`{"error":"invalid_grant"}`, `{"error":"bad_refresh_token","error_description":"…"}`} {
		w := newWorld(t)
		w.signIn(t, "key:a", "octocat")
		w.pass(time.Hour)
		w.provider.Set(func() {
			w.provider.Fault = func(w http.ResponseWriter, _ url.Values) bool { fmt.Fprint(w, body); return true }
		})
		w.mustSignIn(t, "key:a")
		w.provider.Set(func() { w.provider.Fault = nil })
		w.mustSignIn(t, "key:a")
		w.signIn(t, "key:a", "octocat")
		w.has(t, "key:a", "octocat")
	}
}

func TestRefreshTokenMayStay(t *testing.T) {
	w := newWorld(t)
	w.signIn(t, "key:a", "octocat")
	before := w.has(t, "key:a", "octocat")
	w.provider.Set(func() {
		w.provider.Fault = func(w http.ResponseWriter, _ url.Values) bool {
			fmt.Fprint(w, `{"access_token":"next","expires_in":"3600"}`)
			return true
		}
	})
	w.pass(time.Hour)
	after, err := w.Token(t.Context(), "key:a")
	if err != nil || after.Access != "next" || after.Refresh != before.Refresh || after.Account != "octocat" || len(after.Scopes) != 2 {
		t.Error(after, err, after.Refresh == before.Refresh, after.Scopes)
	}
	if left := time.Until(after.Expires); left < time.Hour {
		t.Errorf("expires_in as a text: it ends in %v", left)
	}
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
