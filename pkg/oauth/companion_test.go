package oauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
)

// twofold reads an answer with a person's token and an application's.
func twofold(now func() time.Time) func([]byte) (oauth.Token, error) {
	type part struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Kind    string `json:"token_type"`
		Scope   string `json:"scope"`
		Expires int    `json:"expires_in"`
	}
	return func(answer []byte) (oauth.Token, error) {
		var a struct {
			OK    bool   `json:"ok"`
			Error string `json:"error"`
			part
			User part `json:"authed_user"`
		}
		if err := json.Unmarshal(answer, &a); err != nil {
			return oauth.Token{}, err
		}
		if !a.OK {
			return oauth.Token{}, &oauth.AnswerError{Code: a.Error}
		}
		token := func(p part) oauth.Token {
			return oauth.Token{Access: p.Access, Refresh: p.Refresh, Kind: p.Kind, Scopes: strings.Fields(p.Scope), Expires: now().Add(time.Duration(p.Expires) * time.Second)}
		}
		if a.User.Access == "" {
			return token(a.part), nil
		}
		t := token(a.User)
		if a.Access != "" {
			bot := token(a.part)
			t.Companion = &bot
		}
		return t, nil
	}
}

// newPair is a world whose sign-ins give a person's token and an application's.
func newPair(t *testing.T, change ...func(*oauth.Config)) *world {
	t.Helper()
	var w *world
	now := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	change = append([]func(*oauth.Config){func(c *oauth.Config) { c.Provider.Decode = twofold(now) }}, change...)
	w = newWorld(t, change...)
	w.provider.Set(func() { w.provider.Slack = []string{"bot", "user"} })
	return w
}

// pair checks whose tokens a principal has.
func (w *world) pair(t *testing.T, principal, account string) oauth.Token {
	t.Helper()
	token := w.has(t, principal, account)
	if token.Kind != "user" || token.Companion == nil || token.Companion.Kind != "bot" || w.provider.Account(token.Companion.Access) != account+"'s bot" {
		t.Fatalf("%s has the tokens %s, %s", principal, token.Kind, token.Companion)
	}
	return token
}

// alone checks that a principal has a person's token and no other.
func (w *world) alone(t *testing.T, principal, account string) {
	t.Helper()
	if token := w.has(t, principal, account); token.Companion != nil {
		t.Fatalf("%s has a companion, %s", principal, token.Companion.Kind)
	}
}

func TestCompanion(t *testing.T) {
	w := newPair(t)
	w.signIn(t, "key:a", "mona")
	first := w.pair(t, "key:a", "mona")
	if first.Account != "mona" || strings.Join(first.Scopes, " ") != "user:read" || strings.Join(first.Companion.Scopes, " ") != "bot:read" {
		t.Errorf("the scopes are %q and %q", first.Scopes, first.Companion.Scopes)
	}
	first.Companion.Access, first.Companion.Scopes[0] = "changed", "changed"
	if again := w.pair(t, "key:a", "mona"); again.Companion.Scopes[0] != "bot:read" {
		t.Error("callers share a token")
	}

	// Both are renewed, each once, over replicas.
	other, _ := w.replica(t, func(c *oauth.Config) {
		c.Provider.Decode = twofold(func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) })
	})
	w.pass(2 * time.Hour)
	var wg sync.WaitGroup
	for i := range 200 {
		f := []*oauth.Flow{w.Flow, other}[i%2]
		wg.Go(func() {
			token, err := f.Token(t.Context(), "key:a")
			if err != nil || token.Companion == nil || w.provider.Account(token.Access) != "mona" || w.provider.Account(token.Companion.Access) != "mona's bot" {
				t.Error(token, err)
			}
		})
	}
	wg.Wait()
	if a, b, reused := w.provider.Refreshes("mona"), w.provider.Refreshes("mona's bot"), w.provider.Reused(); a != 1 || b != 1 || reused != 0 {
		t.Errorf("%d and %d renewals, %d refresh tokens used again", a, b, reused)
	}

	// Only one, if only that is given.
	w.provider.Set(func() { w.provider.Slack = []string{"user"} })
	w.signIn(t, "key:a", "mona")
	w.alone(t, "key:a", "mona")
}

// TestCompanionIsRenewedByItself has the two end at different times, and one of
// them not be renewed.
func TestCompanionIsRenewedByItself(t *testing.T) {
	for name, tt := range map[string]struct {
		refuse string // the kind that is not renewed
		fault  func(http.ResponseWriter)
		check  func(*testing.T, *world)
	}{
		"the person's cannot be reached": {"user", away, func(t *testing.T, w *world) {
			if _, err := w.Token(t.Context(), "key:a"); err == nil {
				t.Error("there is a token")
			}
		}},
		"the person's is over": {"user", over, func(t *testing.T, w *world) { w.mustSignIn(t, "key:a") }},
		"the companion's cannot be reached": {"bot", away, func(t *testing.T, w *world) {
			w.alone(t, "key:a", "mona")
			w.alone(t, "key:a", "mona")
			w.provider.Set(func() { w.provider.Fault = nil })
			w.pass(time.Minute)
			w.pair(t, "key:a", "mona")
		}},
		"the companion's is over": {"bot", over, func(t *testing.T, w *world) {
			w.alone(t, "key:a", "mona")
			w.provider.Set(func() { w.provider.Fault = nil })
			w.pass(time.Minute)
			w.alone(t, "key:a", "mona")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPair(t)
			w.signIn(t, "key:a", "mona")
			token := w.pair(t, "key:a", "mona")
			refuse := token.Refresh
			if tt.refuse == "bot" {
				refuse = token.Companion.Refresh
			}
			w.provider.Set(func() {
				w.provider.Fault = func(rw http.ResponseWriter, form url.Values) bool {
					if form.Get("refresh_token") != refuse {
						return false
					}
					tt.fault(rw)
					return true
				}
			})
			w.pass(2 * time.Hour)
			tt.check(t, w)
			if reused := w.provider.Reused(); reused != 0 {
				t.Errorf("%d refresh tokens were used again", reused)
			}
		})
	}
}

func away(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }

func over(w http.ResponseWriter) { fmt.Fprint(w, `{"ok":false,"error":"invalid_refresh_token"}`) }

// A renewal that gives an application's token does not make a person of it.
func TestKindDoesNotChange(t *testing.T) {
	w := newPair(t)
	w.signIn(t, "key:a", "mona")
	w.pass(2 * time.Hour)
	w.provider.Set(func() {
		w.provider.Fault = func(rw http.ResponseWriter, _ url.Values) bool {
			fmt.Fprint(rw, `{"ok":true,"access_token":"xoxb-of-somebody","token_type":"bot","expires_in":3600}`)
			return true
		}
	})
	if token, err := w.Token(t.Context(), "key:a"); err == nil {
		t.Errorf("there is a token: %s", token.Kind)
	}
}

func TestCompanionIsInvalidByItself(t *testing.T) {
	w := newPair(t)
	w.signIn(t, "key:a", "mona")
	token := w.pair(t, "key:a", "mona")
	if err := w.Invalid(t.Context(), "key:a", oauth.Token{Access: token.Companion.Access}); err != nil {
		t.Fatal(err)
	}
	w.alone(t, "key:a", "mona")
	if err := w.Invalid(t.Context(), "key:a", oauth.Token{Access: token.Access}); err != nil {
		t.Fatal(err)
	}
	w.mustSignIn(t, "key:a")
}

func TestDisconnectRevokesBoth(t *testing.T) {
	var kinds []string
	for _, own := range []bool{false, true} {
		w := newPair(t, func(c *oauth.Config) {
			if own {
				c.Provider.Revoke = func(_ context.Context, t oauth.Token) error {
					kinds = append(kinds, t.Kind)
					return errors.New("not this one: " + t.Access)
				}
			}
		})
		w.signIn(t, "key:a", "mona")
		token := w.pair(t, "key:a", "mona")
		err := w.Disconnect(t.Context(), "key:a")
		if own {
			if err == nil || strings.Contains(err.Error(), token.Access) || strings.Contains(err.Error(), token.Companion.Access) || strings.Join(kinds, " ") != "user bot" {
				t.Errorf("%v after ending %q", err, kinds)
			}
			continue
		}
		if err != nil || w.provider.Account(token.Access) != "" || w.provider.Account(token.Companion.Access) != "" {
			t.Errorf("a token lives on: %v", err)
		}
		w.mustSignIn(t, "key:a")
	}
}

// A token that was kept before there were companions opens, and none is shown.
func TestKeptWithoutCompanion(t *testing.T) {
	w := newPair(t)
	sealed := w.keys.Seal("oauth token", []byte(`{"access":"xoxp-old","refresh":"r","expires":"2999-01-01T00:00:00Z","scopes":["a"],"account":"mona"}`), "fake", "key:a")
	w.signIn(t, "key:a", "mona")
	token := w.pair(t, "key:a", "mona")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text := fmt.Sprintf(verb, token) + fmt.Sprintf(verb, &token); strings.Contains(text, "xox") {
			t.Errorf("%s shows %s", verb, text)
		}
	}
	store := &fixed{Store: w.store, sealed: sealed}
	old, _ := w.replica(t, func(c *oauth.Config) { c.Store = store })
	got, err := old.Token(t.Context(), "key:a")
	if err != nil || got.Access != "xoxp-old" || got.Companion != nil || got.Kind != "" || got.Account != "mona" {
		t.Errorf("%s, %v", got, err)
	}
}

// fixed is a store in which one thing is kept for everybody.
type fixed struct {
	oauth.Store
	sealed string
}

func (f *fixed) Load(context.Context, oauth.Key) (string, error) { return f.sealed, nil }

// A sign-in that is not wanted is turned down before anything is kept, in words for
// the person, and what came of it is revoked.
func TestUnwanted(t *testing.T) {
	var given oauth.Token
	w := newPair(t, func(c *oauth.Config) {
		c.Provider.Identify = func(_ context.Context, t oauth.Token) (string, error) {
			given = t
			return "mona", fmt.Errorf("looking: %w", &oauth.UnwantedError{Reason: "This is for <Octo> only, not for " + t.Access + "."})
		}
	})
	page, err := oauthtest.NewBrowser("mona").SignIn(w.StartURL("key:a"))
	if err != nil {
		t.Fatal(err)
	}
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "This is for &lt;Octo&gt; only, not for [redacted].") {
		t.Errorf("%d\n%s", page.Status, page.Body)
	}
	if w.provider.Account(given.Access) != "" || w.provider.Account(given.Companion.Access) != "" {
		t.Error("a token lives on")
	}
	w.mustSignIn(t, "key:a")
	for _, secret := range w.provider.Secrets() {
		if strings.Contains(w.log.String()+page.Body, secret) {
			t.Errorf("%.8s… is shown", secret)
		}
	}
}

func TestWithoutPKCE(t *testing.T) {
	w := newPair(t, func(c *oauth.Config) { c.Provider.NoPKCE = true })
	w.provider.Set(func() { w.provider.NoPKCE = true })
	w.signIn(t, "key:a", "mona")
	w.pair(t, "key:a", "mona")
	if p := w.provider.Problems(); len(p) > 0 {
		t.Error(p)
	}
	// Another browser cannot finish what this one has begun.
	back, err := oauthtest.NewBrowser("mona").Reach(w.StartURL("key:b"))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := oauthtest.NewBrowser("eve").Get(back); err != nil || page.Status != http.StatusForbidden {
		t.Error(page.Status, err)
	}
}
