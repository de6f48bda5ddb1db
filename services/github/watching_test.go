package github

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/poll"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

const watchedIssue = "github://octocat/hello/issues/3"

// crowd are people who may have signed in. It is safe for concurrent use.
type crowd struct {
	mu     sync.Mutex
	tokens map[string]string // by principal
}

func (c *crowd) Token(_ context.Context, principal string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if token := c.tokens[principal]; token != "" {
		return token, nil
	}
	return "", toolerr.SignIn("https://mcp.example.com/oauth/github/start", nil, "sign in at GitHub")
}

func (c *crowd) Invalid(_ context.Context, principal, _ string) error {
	c.set(principal, "")
	return nil
}

func (*crowd) Page(string) string { return "https://mcp.example.com/oauth/github/start" }

func (c *crowd) set(principal, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[principal] = token
}

// served is a service behind HTTP, and who calls it.
type served struct {
	*Service
	*servertest.People
}

func newServed(t *testing.T, hub *githubtest.Server, cfg Config, people *crowd, callers ...string) *served {
	t.Helper()
	cfg.APIURL, cfg.WebhookSecret = hub.URL, hookSecret
	svc, err := Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{svc, servertest.Serve(t, "github", svc, callers...)}
	if people != nil {
		svc.access.people = people
	}
	return s
}

// deliver sends a delivery to the webhook as GitHub does, and returns the status.
func (s *served) deliver(t *testing.T, body, signature, id string) int {
	t.Helper()
	return s.Deliver(t, "/webhooks/github", body, map[string]string{
		"X-GitHub-Event": "issues", "X-Hub-Signature-256": signature, "X-GitHub-Delivery": id})
}

// What one person watches is nobody else's: a second one needs access, and is
// told of nothing without it.
func TestPeopleWatchWithTheirOwnEyes(t *testing.T) {
	hub := githubtest.New(t)
	hub.Handle("GET /repos/octocat/hello/issues/3", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") != "Bearer token-of-alice" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"Not Found"}`)
			return
		}
		_, _ = io.WriteString(w, `{"number":3}`)
	})
	people := &crowd{tokens: map[string]string{"key:alice": "token-of-alice", "key:bob": "token-of-bob"}}
	s := newServed(t, hub, Config{}, people, "alice", "bob", "carol")
	alice, aliceTold := s.Session(t, "alice")
	if err := alice.Subscribe(t.Context(), &mcp.SubscribeParams{URI: watchedIssue}); err != nil {
		t.Fatal(err)
	}
	listen := s.Listen(t, "alice", watchedIssue)
	if got := listen.Next(t); !strings.Contains(got, "acknowledged") {
		t.Fatal(got)
	}
	strangers := make(map[string]chan string)
	for who, why := range map[string]string{"bob": "RESOURCE_NOT_FOUND", "carol": "auth_required"} {
		session, told := s.Session(t, who)
		strangers[who] = told
		if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: watchedIssue}); err == nil {
			t.Errorf("%s may watch", who)
		}
		if got := s.Listen(t, who, watchedIssue).Next(t); !strings.Contains(got, why) {
			t.Errorf("%s is answered %s", who, got)
		}
	}
	if n := s.watches.Len(); n != 1 {
		t.Errorf("%d are watched", n)
	}
	if status := s.deliver(t, issueEvent, sign(hookSecret, issueEvent), "1"); status != http.StatusNoContent {
		t.Errorf("the delivery is answered %d", status)
	}
	if got := <-aliceTold; got != watchedIssue {
		t.Error(got)
	}
	if got := listen.Next(t); !strings.Contains(got, "resources/updated") {
		t.Error(got)
	}
	for who, told := range strangers {
		if len(told) > 0 {
			t.Errorf("%s hears of %s", who, <-told)
		}
	}
	asked := make(map[string]int)
	for _, r := range hub.Requests() {
		asked[r.Header.Get("Authorization")]++
	}
	if got := slices.Sorted(maps.Keys(asked)); !slices.Equal(got, []string{"Bearer token-of-alice", "Bearer token-of-bob"}) || asked["Bearer token-of-alice"] != 1 {
		t.Errorf("GitHub was asked with %v", asked)
	}
}

// Who signs out while watching is told once, costs nothing from then on, and is
// told again after signing in.
func TestSigningOutWhileWatching(t *testing.T) {
	watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
		h.set(200, `{"number":3}`)
		people := &crowd{tokens: map[string]string{"alice": "1", "bob": "2"}}
		s.access.people = people
		heard := map[string]int{}
		var mu sync.Mutex
		watch := func(who string) error {
			return s.Watch(auth.WithCaller(t.Context(), auth.Everything(who)), watchedIssue, func() {
				mu.Lock()
				defer mu.Unlock()
				heard[who]++
			})
		}
		for _, who := range []string{"alice", "bob"} {
			if err := watch(who); err != nil {
				t.Fatal(err)
			}
		}
		pass := func(what string, d time.Duration, alice, bob int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if heard["alice"] != alice || heard["bob"] != bob {
				t.Errorf("%s: heard %v", what, heard)
			}
		}
		pass("nothing has happened", 10*time.Minute, 0, 0)
		people.set("alice", "")
		pass("alice has signed out", 20*time.Minute, 1, 0)
		h.set(200, `{"number":3,"state":"closed"}`)
		pass("it changed", 20*time.Minute, 1, 1)
		people.set("bob", "")
		pass("bob has signed out", 20*time.Minute, 1, 2)
		before := len(h.paths())
		pass("nobody is signed in", time.Hour, 1, 2)
		if n := len(h.paths()) - before; n != 0 {
			t.Errorf("%d requests for nobody", n)
		}
		if err := watch("alice"); err == nil || toolerr.From(err).Code != toolerr.AuthenticationFailed {
			t.Errorf("watching again: %v", err)
		}
		people.set("alice", "3")
		pass("alice is back", 20*time.Minute, 2, 2)
	})
}

func TestWebhookOverHTTP(t *testing.T) {
	hub := githubtest.New(t)
	hub.JSON("GET /repos/octocat/hello/issues/{number}", 200, `{"number":3}`)
	s := newServed(t, hub, Config{}, nil)
	const other = "github://octocat/hello/issues/4"
	session, told := s.Session(t, "")
	for _, uri := range []string{watchedIssue, other} {
		if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Fatal(err)
		}
	}
	listen := s.Listen(t, "", watchedIssue, other)
	if got := listen.Next(t); !strings.Contains(got, "acknowledged") {
		t.Fatal(got)
	}
	hears := func(uri string) {
		t.Helper()
		if got := <-told; got != uri {
			t.Errorf("a session hears of %s, not of %s", got, uri)
		}
		if got := listen.Next(t); !strings.Contains(got, `"uri":"`+uri+`"`) {
			t.Errorf("a listen hears %s, not of %s", got, uri)
		}
	}
	good := sign(hookSecret, issueEvent)
	for _, step := range []struct {
		name, signature, id string
		want                int
	}{
		{"the wrong secret", sign("another secret of somebody", issueEvent), "1", 401},
		{"the signature of another body", sign(hookSecret, issueEvent+" "), "1", 401},
		{"no signature", "", "1", 401},
		{"the old kind of signature", "sha1=" + strings.Repeat("0", 40), "1", 401},
		{"a good one", good, "1", 204},
		{"the same again", good, "1", 200},
		{"the same under another id", good, "2", 200},
	} {
		if got := s.deliver(t, issueEvent, step.signature, step.id); got != step.want {
			t.Errorf("%s is answered %d", step.name, got)
		}
		if step.want == 204 {
			hears(watchedIssue)
		}
	}
	// What the others would have caused would come before this.
	fourth := strings.Replace(issueEvent, `"number":3`, `"number":4`, 1)
	if got := s.deliver(t, fourth, sign(hookSecret, fourth), "3"); got != 204 {
		t.Errorf("the last one is answered %d", got)
	}
	hears(other)
}

// What has not changed costs nothing of the rate limit, and nobody is told of it.
func TestPollingOnCondition(t *testing.T) {
	hub := githubtest.New(t)
	var version, whole, unchanged atomic.Int64
	again := make(chan struct{}, 10_000)
	hub.Handle("GET /repos/octocat/hello/issues/3", func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf(`"v%d"`, version.Load())
		for k, v := range map[string]string{"ETag": tag, "Content-Type": "application/json", "X-RateLimit-Limit": "5000",
			"X-RateLimit-Reset": fmt.Sprint(time.Now().Add(time.Hour).Unix()), "X-RateLimit-Resource": "core"} {
			w.Header().Set(k, v)
		}
		if r.Header.Get("If-None-Match") == tag {
			unchanged.Add(1)
			w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(5000-whole.Load()))
			w.WriteHeader(http.StatusNotModified)
			again <- struct{}{}
			return
		}
		w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(5000-whole.Add(1)))
		fmt.Fprintf(w, `{"number":3,"comments":%d}`, version.Load())
	})
	svc, err := Open(t.Context(), Config{APIURL: hub.URL, Token: "t0ken"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.watches.Close(); err != nil {
		t.Fatal(err)
	}
	svc.watches = poll.New(poll.Config{Every: 5 * time.Millisecond, Most: 10 * time.Millisecond, Lost: poll.OutOfSight})
	told := make(chan string, 10_000)
	client := servertest.Connect(t, "github", svc, &mcp.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { told <- req.Params.URI },
	})
	if err := client.Subscribe(t.Context(), &mcp.SubscribeParams{URI: watchedIssue}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		<-again
	}
	if len(told) != 0 || whole.Load() != 1 {
		t.Errorf("after %d answers that nothing has changed: told %d times, %d answers counted", unchanged.Load(), len(told), whole.Load())
	}
	version.Add(1)
	if got := <-told; got != watchedIssue {
		t.Error(got)
	}
	for range 10 {
		<-again
	}
	if len(told) != 0 || whole.Load() != 2 {
		t.Errorf("after one change: told %d times more, %d answers counted", len(told), whole.Load())
	}
	first := hub.Requests()[0]
	if first.Header.Get("If-None-Match") != "" {
		t.Error("the first question has a condition")
	}
	for _, r := range hub.Requests()[1:] {
		if r.Header.Get("If-None-Match") == "" {
			t.Error("a question has no condition")
		}
	}
}
