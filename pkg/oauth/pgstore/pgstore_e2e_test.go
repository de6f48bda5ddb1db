//go:build e2e && linux

package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mcpfleet/mcpfleet/pkg/localpg"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/oauthtest"
	"github.com/mcpfleet/mcpfleet/pkg/oauth/pgstore"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

func start(t testing.TB) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), localpg.Options{Dir: filepath.Join(t.TempDir(), "pg"), Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

func open(t testing.TB, url string) oauth.Store {
	t.Helper()
	s, err := pgstore.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func run(t testing.TB, url string, scripts ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, s := range scripts {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// fleet is some replicas behind plain round robin.
type fleet struct {
	provider *oauthtest.Provider
	flows    []*oauth.Flow
	keys     []*seal.Keys
	log      strings.Builder
}

func newFleet(t testing.TB, database string, keys string) *fleet {
	t.Helper()
	f := &fleet{provider: oauthtest.New(t)}
	var handlers []http.Handler
	var turn atomic.Uint64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[turn.Add(1)%uint64(len(handlers))].ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	f.provider.Allow(front.URL + "/oauth/fake/callback")
	for range 2 {
		k, err := seal.Parse([]byte(keys))
		if err != nil {
			t.Fatal(err)
		}
		flow, err := oauth.New(oauth.Config{Provider: f.provider.Config(), Service: "Test", PublicURL: front.URL, Store: open(t, database), Keys: k,
			Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if err != nil {
			t.Fatal(err)
		}
		f.flows, f.keys, handlers = append(f.flows, flow), append(f.keys, k), append(handlers, flow.Handler())
	}
	return f
}

func (f *fleet) signIn(t testing.TB, principal, account string, replica int) {
	t.Helper()
	page, err := oauthtest.NewBrowser(account).SignIn(f.flows[replica].StartURL(principal))
	if err != nil || page.Status != http.StatusOK {
		t.Errorf("%s: %d %v %s", principal, page.Status, err, page.Body)
	}
}

// TestManyCallers has callers sign in and call at two replicas, with tokens that
// end meanwhile: everybody gets their own, and each is renewed once.
func TestManyCallers(t *testing.T) {
	const callers, calls = 200, 1000
	f := newFleet(t, start(t).URL("postgres", "postgres"), seal.Generate())
	f.provider.Set(func() { f.provider.Lifetime = 100 }) // so that it is renewed at once
	each := func(n int, fn func(i int)) {
		var wg sync.WaitGroup
		var next atomic.Int64
		for range 16 {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					fn(i)
				}
			})
		}
		wg.Wait()
	}
	each(callers, func(i int) { f.signIn(t, fmt.Sprint("key:", i), fmt.Sprint("user-", i), i%2) })
	each(calls, func(i int) {
		who := i % callers
		token, err := f.flows[i/3%2].Token(t.Context(), fmt.Sprint("key:", who))
		if err != nil {
			t.Error(err)
			return
		}
		if got, want := f.provider.Account(token.Access), fmt.Sprint("user-", who); got != want || token.Account != want {
			t.Errorf("%s got a token of %q that says %q", want, got, token.Account)
		}
	})
	for i := range callers {
		if n := f.provider.Refreshes(fmt.Sprint("user-", i)); n != 1 {
			t.Errorf("user-%d: %d renewals", i, n)
		}
	}
	if n := f.provider.Reused(); n != 0 {
		t.Errorf("%d refresh tokens were used again", n)
	}
	if p := f.provider.Problems(); len(p) != 0 {
		t.Error(p)
	}
}

func TestThousandCallsAtOnce(t *testing.T) {
	f := newFleet(t, start(t).URL("postgres", "postgres"), seal.Generate())
	f.provider.Set(func() { f.provider.Lifetime = 100 })
	f.signIn(t, "key:a", "octocat", 0)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			if _, err := f.flows[i%2].Token(t.Context(), "key:a"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, reused := f.provider.Refreshes("octocat"), f.provider.Reused(); n != 1 || reused != 0 {
		t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
	}
}

// TestServerIsKilled kills PostgreSQL between calls and while tokens are renewed.
func TestServerIsKilled(t *testing.T) {
	server := start(t)
	f := newFleet(t, server.URL("postgres", "postgres"), seal.Generate())
	f.signIn(t, "key:a", "octocat", 0)
	for i := range 3 {
		if err := server.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, flow := range f.flows {
			if token, err := flow.Token(t.Context(), "key:a"); err != nil || f.provider.Account(token.Access) != "octocat" {
				t.Errorf("restart %d: %v", i, err)
			}
		}
	}
	f.provider.Set(func() { f.provider.Lifetime = 100 })
	f.signIn(t, "key:b", "hubot", 1)
	f.provider.Set(func() {
		f.provider.Fault = func(http.ResponseWriter, url.Values) bool {
			server.Kill()
			return false
		}
	})
	// The old refresh token is used up, and the new one cannot be stored.
	if _, err := f.flows[0].Token(t.Context(), "key:b"); err == nil {
		t.Error("a token was used that is not stored")
	}
	f.provider.Set(func() { f.provider.Fault = nil })
	if _, err := f.flows[1].Token(t.Context(), "key:b"); err == nil {
		t.Error("there is a token without a server")
	}
}

// TestServerIsKilledInRenewal has it come back before the callers give up.
func TestServerIsKilledInRenewal(t *testing.T) {
	server := start(t)
	f := newFleet(t, server.URL("postgres", "postgres"), seal.Generate())
	f.provider.Set(func() { f.provider.Lifetime = 100 })
	f.signIn(t, "key:a", "octocat", 0)
	var once sync.Once
	f.provider.Set(func() {
		f.provider.Fault = func(http.ResponseWriter, url.Values) bool {
			once.Do(func() {
				if err := server.Restart(t.Context()); err != nil {
					t.Error(err)
				}
			})
			return false
		}
	})
	for range 2 {
		for _, flow := range f.flows {
			if token, err := flow.Token(t.Context(), "key:a"); err != nil || f.provider.Account(token.Access) != "octocat" {
				t.Error(err)
			}
		}
	}
	if n, reused := f.provider.Refreshes("octocat"), f.provider.Reused(); n != 1 || reused != 0 {
		t.Errorf("%d renewals, %d refresh tokens used again", n, reused)
	}
}

// TestRotation changes the keys of the replicas one after the other.
func TestRotation(t *testing.T) {
	older, newer := seal.Generate()+"\n", seal.Generate()+"\n"
	f := newFleet(t, start(t).URL("postgres", "postgres"), older)
	for i := range 20 {
		f.signIn(t, fmt.Sprint("key:", i), fmt.Sprint("user-", i), i%2)
	}
	for _, file := range []string{older + newer, newer + older, newer} {
		for _, keys := range f.keys {
			if err := keys.Replace([]byte(file)); err != nil {
				t.Fatal(err)
			}
			if file == newer+older && keys == f.keys[0] {
				continue // as used by both as it may be, some tokens are with the newer key by then
			}
			for i := range 20 {
				for _, flow := range f.flows {
					token, err := flow.Token(t.Context(), fmt.Sprint("key:", i))
					if err != nil || f.provider.Account(token.Access) != fmt.Sprint("user-", i) {
						t.Errorf("%d: %v", i, err)
					}
				}
			}
		}
	}
}

func TestStore(t *testing.T) {
	database := start(t).URL("postgres", "postgres")
	var stores []oauth.Store
	var wg sync.WaitGroup
	for range 4 { // all make the tables at once
		s := open(t, database)
		stores = append(stores, s)
		wg.Go(func() {
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	key := func(i int) oauth.Key { return oauth.Key{Provider: "p", Principal: fmt.Sprint(i)} }
	for i := range 200 {
		wg.Go(func() {
			err := stores[i%4].Update(t.Context(), key(i/4%2), func(_ context.Context, old string) (string, error) { return old + "x", nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range 2 {
		if got, err := stores[i].Load(t.Context(), key(i)); len(got) != 100 || err != nil {
			t.Errorf("%d of 100 changes: %v", len(got), err)
		}
	}
	failure := errors.New("no")
	if err := stores[0].Update(t.Context(), key(0), func(context.Context, string) (string, error) { return "", failure }); err != failure {
		t.Errorf("%v", err)
	}
	if err := stores[0].Update(t.Context(), key(0), func(context.Context, string) (string, error) { return "", nil }); err != nil {
		t.Error(err)
	}
	if got, err := stores[1].Load(t.Context(), key(0)); got != "" || err != nil {
		t.Errorf("a row that was removed: %q, %v", got, err)
	}
	soon := time.Now().Add(time.Minute)
	for i, want := range []error{nil, oauth.ErrUsed, nil, oauth.ErrTooMany} {
		if err := stores[i].Use(t.Context(), key(1), []string{"a", "a", "b", "c"}[i], soon, 2); !errors.Is(err, want) {
			t.Errorf("use %d: %v, want %v", i, err, want)
		}
	}
	var first atomic.Int32
	for i := range 40 {
		wg.Go(func() {
			if err := stores[i%4].Use(t.Context(), key(2), "same", soon, 100); err == nil {
				first.Add(1)
			} else if !errors.Is(err, oauth.ErrUsed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if first.Load() != 1 {
		t.Errorf("one state was used %d times", first.Load())
	}
	run(t, database, "update mcp_oauth_used set until = now() - interval '2 hours'")
	if err := stores[0].Use(t.Context(), key(2), "d", soon, 2); err != nil {
		t.Error(err)
	}
	if err := stores[0].Use(t.Context(), key(2), "same", soon, 2); err != nil {
		t.Errorf("a mark that is long past was kept: %v", err)
	}
}

// TestReadersPassRenewals has every renewal hang, and somebody else's token read.
func TestReadersPassRenewals(t *testing.T) {
	s := open(t, start(t).URL("postgres", "postgres")+"&pool_max_conns=2")
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	inside, done := make(chan struct{}, 10), make(chan struct{})
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			err := s.Update(t.Context(), oauth.Key{Provider: "p", Principal: fmt.Sprint(i)}, func(context.Context, string) (string, error) {
				inside <- struct{}{}
				<-done
				return "x", nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	<-inside
	if _, err := s.Load(t.Context(), oauth.Key{Provider: "p", Principal: "reader"}); err != nil {
		t.Error(err)
	}
	close(done)
	wg.Wait()
}

func TestRoleThatMayNotMakeTables(t *testing.T) {
	server := start(t)
	owner, service := server.URL("postgres", "postgres"), server.URL("service", "postgres")
	run(t, owner, "create role service login")
	s := open(t, service)
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), pgstore.DDL) {
		t.Errorf("%v", err)
	}
	run(t, owner, pgstore.DDL, "grant select, insert, update, delete on mcp_oauth_version, mcp_oauth_token, mcp_oauth_used to service")
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	run(t, owner, "insert into mcp_oauth_version values (2)")
	if err := open(t, service).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("%v", err)
	}
}

func TestWhatCannotBeReached(t *testing.T) {
	if _, err := pgstore.Open("postgresql://user:hunter2@host:port:x/"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := open(t, "postgresql://user:hunter2@"+l.Addr().String()+"/x")
	if err := s.Check(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}
