//go:build e2e

package github

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
)

// logins are people. Each is known to the service by a key of that name, and has
// a private repository that the other one does not see.
var logins = []string{"alice", "bob"}

// ticket is what makes a link good for one caller.
var ticket = regexp.MustCompile(`ticket=[\w%.~-]+`)

// eras are revisions of the protocol, without sessions and with them.
var eras = []string{"2026-07-28", "2025-11-25"}

// site is a GitHub at which people sign in.
type site struct {
	api, web, id, secret string
	// agree is what somebody does who agrees to what a page asks. It returns the
	// address that the browser is sent back to.
	agree func(page, login string) (back string, err error)
}

// emulated returns the emulator as a site. Every request that it has must be made
// with a token of the site's own.
func emulated(t *testing.T, f *fleet) (site, *oracle) {
	t.Helper()
	g, err := emulator.Start(wait(t), tools, f.origin+"/oauth/github/callback")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ends(t, g.Stop) })
	for _, login := range logins {
		token := map[string]string{"alice": emulator.Alice, "bob": emulator.Bob}[login]
		if err := g.Do(t.Context(), token, "POST", "/user/repos", map[string]any{"name": "diary-of-" + login, "private": true}, nil); err != nil {
			t.Fatal(err)
		}
	}
	o := guard(t, g.URL)
	return site{o.URL, g.URL, emulator.ClientID, emulator.ClientSecret, func(page, login string) (string, error) {
		back, err := g.SignIn(t.Context(), page, login)
		return fmt.Sprint(back), err
	}}, o
}

// strict returns a site that does not forgive a mistake in the protocol, and whose
// tokens end.
func strict(t *testing.T, f *fleet) (site, *oauthtest.Provider) {
	p := oauthtest.New(t, f.origin+"/oauth/github/callback")
	t.Cleanup(func() {
		if problems := p.Problems(); len(problems) > 0 {
			t.Error(problems)
		}
	})
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := p.Account(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasPrefix(r.URL.Path, "/login/oauth/"):
			r.URL.Path = strings.Replace(strings.TrimPrefix(r.URL.Path, "/login/oauth"), "access_token", "token", 1)
			p.Server.Config.Handler.ServeHTTP(w, r)
		case login == "":
			http.Error(w, `{"message":"Bad credentials"}`, http.StatusUnauthorized)
		case r.URL.Path == "/user":
			fmt.Fprintf(w, `{"login":%q}`, login)
		case r.URL.Path == "/user/repos":
			fmt.Fprintf(w, `[{"name":"diary","full_name":"%[1]s/diary-of-%[1]s","private":true,"owner":{"login":%[1]q}}]`, login)
		default:
			t.Errorf("%s %s is not expected", r.Method, r.URL)
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(ts.Close)
	return site{ts.URL, ts.URL, p.ClientID, p.ClientSecret, func(page, login string) (string, error) {
		b := oauthtest.NewBrowser(login)
		return b.Allow(page)
	}}, p
}

// people are two replicas, whose callers sign in at a site, and the store that
// they have together.
type people struct {
	*fleet
	site  site
	keys  map[string]string // of callers
	store *localpg.Server
}

// welcome starts replicas whose callers sign in: logins, and those named.
func welcome(t *testing.T, f *fleet, s site, callers ...string) *people {
	t.Helper()
	p := &people{fleet: f, site: s, keys: map[string]string{}}
	// Not in the test's own directory, which PostgreSQL's user may not enter.
	dir := filepath.Join(os.TempDir(), "github-"+rand.Text()[:8])
	var err error
	if p.store, err = localpg.Start(wait(t), localpg.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.store.Kill()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	var lines strings.Builder
	for _, name := range append(callers, logins...) {
		p.keys[name] = rand.Text() + rand.Text()
		fmt.Fprintf(&lines, "%s:sha256:%x=github:read\n", name, sha256.Sum256([]byte(p.keys[name])))
	}
	file := filepath.Join(t.TempDir(), "callers")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	f.start(t, s.api, []string{"GITHUB_CLIENT_SECRET=" + s.secret}, "--api-keys-file", file,
		"--github-client-id", s.id, "--github-web-url", s.web, "--github-token-store", p.store.URL("postgres", "postgres"))
	return p
}

// at returns an address of the service as that of one replica.
func (p *people) at(n int, address string) string {
	return strings.Replace(address, p.origin, "http://"+p.replicas[n].addr, 1)
}

// signIn does what somebody with an account does in a browser with a link that
// replica 0 has given to a caller: each step is at another replica than the one
// before.
func (p *people) signIn(link, caller, login string) error {
	browser := oauthtest.NewBrowser(login)
	form, err := browser.Begin(p.at(1, link))
	if err != nil {
		return err
	}
	start, _, _ := strings.Cut(link, "?")
	form.Set("credential", p.keys[caller])
	page, err := browser.GoOn(p.at(0, start), form)
	if err != nil {
		return err
	}
	back, err := p.site.agree(page, login)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(back, p.origin+"/oauth/github/callback?") {
		return fmt.Errorf("the browser is sent back to %s", back)
	}
	last, err := browser.Get(p.at(1, back))
	if err != nil {
		return err
	}
	if last.Status != http.StatusOK || !strings.Contains(last.Body, login) {
		return fmt.Errorf("the last page has status %d: %s", last.Status, last.Body)
	}
	again, err := browser.Get(p.at(0, back))
	if err == nil && again.Status != http.StatusBadRequest {
		err = fmt.Errorf("an answer that comes twice has status %d", again.Status)
	}
	return err
}

// client is a caller's, of both replicas.
func (p *people) client(t *testing.T, login, era string) client {
	t.Helper()
	return connectAs(t, p.url, p.keys[login], era, nil)
}

// link has a caller told where to sign in, by replica 0.
func (p *people) link(t *testing.T, login string) string {
	t.Helper()
	c := connectAs(t, p.replicas[0].url, p.keys[login], "", nil)
	r := c.refused(t, "AUTHENTICATION_FAILED", "github_list_repos", args{})
	if !strings.HasPrefix(r.SignIn, p.origin+"/oauth/github/start?ticket=") {
		t.Fatalf("%s has to sign in at %q: %s", login, r.SignIn, r.Text)
	}
	return r.SignIn
}

// everybody signs in.
func (p *people) everybody(t *testing.T) {
	t.Helper()
	for _, login := range logins {
		if err := p.signIn(p.link(t, login), login, login); err != nil {
			t.Fatal(err)
		}
	}
}

// sees returns an error unless a client sees what a login does and nothing of the
// other's.
func (c client) sees(t *testing.T, login string) error {
	repos, err := c.try(t.Context(), "github_list_repos", args{})
	if err != nil {
		return err
	}
	me, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "github://me"})
	if err != nil {
		return err
	}
	about, err := json.Marshal(me)
	if err != nil {
		return err
	}
	// What is sealed in a link spells anything now and then.
	about = ticket.ReplaceAll(about, nil)
	for what, text := range map[string]string{"repositories": repos.Text, "me": string(about)} {
		for _, other := range logins {
			if strings.Contains(text, "diary-of-"+other) != (other == login && what == "repositories") || strings.Contains(text, other) != (other == login) {
				err = errors.Join(err, fmt.Errorf("%s sees %s: %.500s", login, what, text))
			}
		}
	}
	return err
}

// load has everybody call from many clients at the same time.
func (p *people) load(t *testing.T, clients, calls int) {
	t.Helper()
	var wg sync.WaitGroup
	for n := range clients {
		login := logins[n%len(logins)]
		c := p.client(t, login, eras[n/len(logins)%len(eras)])
		wg.Go(func() {
			for range calls {
				if err := c.sees(t, login); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestPeopleAreNotMixedUp has two people sign in and then call 1,024 times, 16 at
// once, each with the own account.
func TestPeopleAreNotMixedUp(t *testing.T) {
	t.Parallel()
	const clients, calls = 16, 32 // of two requests
	t.Run("emulator", func(t *testing.T) {
		t.Parallel()
		f := newFleet(t)
		s, o := emulated(t, f)
		p := welcome(t, f, s)
		p.everybody(t)
		p.load(t, clients, calls)
		tokens := map[string]bool{}
		for _, a := range o.told() {
			tokens[a.header.Get("Authorization")] = true
			for name, values := range a.header {
				for _, key := range p.keys {
					if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, key) }) {
						t.Errorf("GitHub is told the key of a caller in %s", name)
					}
				}
			}
		}
		if len(tokens) != len(logins) {
			t.Errorf("GitHub is asked with %d tokens for %d people", len(tokens), len(logins))
		}
	})
	t.Run("strict", func(t *testing.T) {
		t.Parallel()
		f := newFleet(t)
		s, provider := strict(t, f)
		provider.Lifetime = 60 // which is to be renewed at once
		p := welcome(t, f, s)
		p.everybody(t)
		p.load(t, clients, calls)
		for _, login := range logins {
			if n := provider.Refreshes(login); n != 1 {
				t.Errorf("%s's token is renewed %d times", login, n)
			}
		}
		if n := provider.Reused(); n > 0 {
			t.Errorf("%d refresh tokens were used twice", n)
		}
	})
}

// TestNobodySignsInAgain takes away all that can be: the store crashes, the
// processes are replaced, and so is the key. Then the people take back what they
// have granted, which is the one thing to sign in again for.
func TestNobodySignsInAgain(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	s, provider := strict(t, f)
	p := welcome(t, f, s)
	p.everybody(t)

	if err := syscall.Kill(p.store.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.store.Done()
	alice := p.client(t, "alice", "")
	down, err := alice.try(wait(t), "github_list_repos", args{})
	if err != nil {
		t.Fatal(err)
	}
	if down.Code != "SERVICE_UNAVAILABLE" {
		t.Errorf("without the store: %s", down.Text)
	}
	if err := p.store.Restart(wait(t)); err != nil {
		t.Fatal(err)
	}
	p.load(t, 4, 2)
	p.restart(t)
	p.load(t, 4, 2)

	before, err := os.ReadFile(f.keys)
	if err != nil {
		t.Fatal(err)
	}
	after := seal.Generate() + "\n"
	for i, content := range []string{string(before) + after, after + string(before), after} {
		// As mounted secrets are: replaced in one step.
		next := f.keys + ".next"
		if err := errors.Join(os.WriteFile(next, []byte(content), 0o600), os.Rename(next, f.keys)); err != nil {
			t.Fatal(err)
		}
		for _, r := range p.replicas {
			if _, err := r.Await(wait(t), "signing keys are in force", i+2); err != nil {
				t.Fatal(err)
			}
		}
		p.load(t, 4, 2)
	}
	p.restart(t)
	p.load(t, 4, 2)

	bob := p.client(t, "bob", "")
	if err := p.takeBack(provider, "alice"); err != nil {
		t.Fatal(err)
	}
	for range 4 { // twice at each replica
		if r := alice.refused(t, "AUTHENTICATION_FAILED", "github_list_repos", args{}); r.SignIn == "" {
			t.Errorf("after she took it back Alice is told %s", r.Text)
		}
		if err := bob.sees(t, "bob"); err != nil {
			t.Error(err)
		}
	}
	if err := p.signIn(p.link(t, "alice"), "alice", "alice"); err != nil {
		t.Fatal(err)
	}
	p.load(t, 4, 2)
}

// takeBack has a login's tokens revoked at the provider.
func (p *people) takeBack(provider *oauthtest.Provider, login string) error {
	for _, token := range provider.Secrets() {
		if provider.Account(token) != login {
			continue
		}
		res, err := http.PostForm(provider.URL+"/revoke", url.Values{"client_id": {p.site.id}, "client_secret": {p.site.secret}, "token": {token}})
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	return fmt.Errorf("%s has no token", login)
}
