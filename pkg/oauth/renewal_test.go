package oauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
)

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

// TestRedirectIsNotFollowed has the token endpoint send the client's secret
// elsewhere.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s came elsewhere", r.Method) }))
	defer elsewhere.Close()
	w := newWorld(t, func(c *oauth.Config) { c.HTTP = elsewhere.Client() })
	w.signIn(t, "key:a", "octocat")
	w.pass(time.Hour)
	for _, status := range []int{301, 303, 307, 308} {
		w.provider.Set(func() {
			w.provider.Fault = func(rw http.ResponseWriter, _ url.Values) bool {
				rw.Header().Set("Location", elsewhere.URL)
				rw.WriteHeader(status)
				return true
			}
		})
		if _, err := w.Token(t.Context(), "key:a"); err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("%d: %v", status, err)
		}
		w.pass(time.Minute)
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
