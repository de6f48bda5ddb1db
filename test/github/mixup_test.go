//go:build e2e

package github

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// owned is an API in which a token opens what its owner has, and everything is
// called alike: an answer that was kept for one owner would do for another.
type owned struct {
	t      *testing.T
	tokens map[string]string // by owner
}

func (o owned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) < 5 || parts[1] != "repos" {
		o.t.Errorf("%s %s is not expected", r.Method, r.URL)
		http.NotFound(w, r)
		return
	}
	owner := strings.ToLower(parts[2])
	if got := r.Header.Get("Authorization"); got != "Bearer "+o.tokens[owner] {
		o.t.Errorf("what %s has is asked for with another's token", owner)
	}
	w.Header().Set("ETag", `"the same"`)
	if r.Header.Get("If-None-Match") == `"the same"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, `[{"tag_name":"v1.0.0","name":"of %s","body":"notes"}]`, owner)
}

// TestOwnersAreNotMixedUp makes 1,000 calls about two owners at the same time, of
// two replicas.
func TestOwnersAreNotMixedUp(t *testing.T) {
	t.Parallel()
	o := owned{t, map[string]string{"alice": "ghp_alice0000000000000000000000000000000", "bob": "ghp_bob000000000000000000000000000000000"}}
	ts := httptest.NewServer(o)
	t.Cleanup(ts.Close)
	file := filepath.Join(t.TempDir(), "tokens")
	var lines strings.Builder
	for owner, token := range o.tokens {
		fmt.Fprintf(&lines, "%s=%s\n", owner, token)
	}
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFleet(t)
	f.start(t, ts.URL, nil, "--github-tokens-file", file)
	const callers, calls = 10, 100
	var wg sync.WaitGroup
	for n := range callers {
		c := connect(t, f.url)
		wg.Go(func() {
			for i := range calls {
				owner := []string{"alice", "bob", "Alice", "BOB"}[(n+i)%4]
				r, err := c.try(t.Context(), "list_releases", args{"owner": owner, "repo": "same"})
				if err != nil {
					t.Error(err)
					return
				}
				if want := "of " + strings.ToLower(owner); r.Code != "" || !strings.Contains(r.Text, want) {
					t.Errorf("what %s has: %.300s", owner, r.Text)
					return
				}
			}
		})
	}
	wg.Wait()
}
