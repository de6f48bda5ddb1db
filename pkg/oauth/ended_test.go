package oauth_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
)

// A token whose end nobody told is renewed, once over replicas and callers, and one
// that has been renewed stays.
func TestEndedIsRenewed(t *testing.T) {
	for name, lifetime := range map[string]int{"without end": 0, "long before its end": 3600} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.Set(func() { w.provider.Lifetime = lifetime })
			other, _ := w.replica(t)
			w.signIn(t, "key:a", "octocat")
			before := w.has(t, "key:a", "octocat")
			var wg sync.WaitGroup
			for i := range 100 {
				f := []*oauth.Flow{w.Flow, other}[i%2]
				wg.Go(func() {
					if err := f.Ended(t.Context(), "key:a", oauth.Token{Access: before.Access}); err != nil {
						t.Error(err)
					}
					token, err := f.Token(t.Context(), "key:a")
					if err != nil || token.Access == before.Access || w.provider.Account(token.Access) != "octocat" {
						t.Error(token, err)
					}
				})
			}
			wg.Wait()
			if n, reused := w.provider.Refreshes("octocat"), w.provider.Reused(); n != 1 || reused != 0 {
				t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
			}
		})
	}
}

func TestEndedCannotBeRenewed(t *testing.T) {
	t.Run("nothing renews it", func(t *testing.T) {
		w := newWorld(t)
		w.provider.Set(func() { w.provider.Lifetime, w.provider.NoRefresh = 0, true })
		w.signIn(t, "key:a", "octocat")
		if err := w.Ended(t.Context(), "key:a", w.has(t, "key:a", "octocat")); err != nil {
			t.Fatal(err)
		}
		w.mustSignIn(t, "key:a")
	})
	t.Run("the grant is over", func(t *testing.T) {
		w := newPair(t)
		w.signIn(t, "key:a", "mona")
		token := w.pair(t, "key:a", "mona")
		w.provider.Set(func() {
			w.provider.Fault = func(rw http.ResponseWriter, _ url.Values) bool { over(rw); return true }
		})
		if err := w.Ended(t.Context(), "key:a", token); err != nil {
			t.Fatal(err)
		}
		w.mustSignIn(t, "key:a")
	})
	t.Run("the provider is away", func(t *testing.T) {
		w := newWorld(t)
		w.signIn(t, "key:a", "octocat")
		token := w.has(t, "key:a", "octocat")
		w.provider.Set(func() {
			w.provider.Fault = func(rw http.ResponseWriter, _ url.Values) bool { away(rw); return true }
		})
		if err := w.Ended(t.Context(), "key:a", token); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Token(t.Context(), "key:a"); err == nil {
			t.Errorf("a token that has ended is given out: %s", got)
		}
		w.provider.Set(func() { w.provider.Fault = nil })
		w.pass(time.Minute)
		w.has(t, "key:a", "octocat")
	})
}

func TestEndedCompanion(t *testing.T) {
	w := newPair(t)
	w.signIn(t, "key:a", "mona")
	before := w.pair(t, "key:a", "mona")
	if err := w.Ended(t.Context(), "key:a", oauth.Token{Access: before.Companion.Access}); err != nil {
		t.Fatal(err)
	}
	after := w.pair(t, "key:a", "mona")
	if after.Access != before.Access || after.Companion.Access == before.Companion.Access {
		t.Error("another than the companion was renewed")
	}
	w.provider.Set(func() {
		w.provider.Fault = func(rw http.ResponseWriter, _ url.Values) bool { over(rw); return true }
	})
	if err := w.Ended(t.Context(), "key:a", *after.Companion); err != nil {
		t.Fatal(err)
	}
	w.alone(t, "key:a", "mona")
}

// What a renewal has given while the store was away is not lost to it.
func TestEndedKeepsWhatWasNotStored(t *testing.T) {
	w := newWorld(t)
	store := &failing{Store: w.store}
	f, _ := w.replica(t, func(c *oauth.Config) { c.Store = store })
	w.signIn(t, "key:a", "octocat")
	before := w.has(t, "key:a", "octocat")
	w.pass(2 * time.Hour)
	store.save.Store(true)
	if _, err := f.Token(t.Context(), "key:a"); err == nil {
		t.Fatal("it was stored")
	}
	store.save.Store(false)
	if err := f.Ended(t.Context(), "key:a", before); err != nil {
		t.Fatal(err)
	}
	w.has(t, "key:a", "octocat")
	if n, reused := w.provider.Refreshes("octocat"), w.provider.Reused(); n != 1 || reused != 0 {
		t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
	}
}
