package slack

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// served is a service behind HTTP, before a hub, and who calls it.
type served struct {
	*Service
	*hub
	*servertest.People
}

func newServed(t *testing.T, cfg Config, callers ...string) *served {
	t.Helper()
	svc, err := Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := newHub()
	svc.before(t, h, cfg)
	return &served{svc, h, servertest.Serve(t, "slack", svc, callers...)}
}

// deliver sends an event as Slack does, without a credential, and returns the status.
func (s *served) deliver(t *testing.T, body, signature string) int {
	t.Helper()
	sent := unix(time.Now())
	if signature == "" {
		signature = signEvent(signingSecret, sent, body)
	}
	return s.Deliver(t, "/webhooks/slack", body, map[string]string{"X-Slack-Request-Timestamp": sent, "X-Slack-Signature": signature})
}

func TestEventsOverHTTP(t *testing.T) {
	s := newServed(t, Config{UserToken: "xoxp-of-a-test", SigningSecret: signingSecret}, "alice", "bob")
	session, told := s.Session(t, "alice")
	for _, uri := range []string{channelURI, threadURI} {
		if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Fatal(err)
		}
	}
	listen := s.Listen(t, "bob", channelURI, threadURI)
	if got := listen.Next(t); !strings.Contains(got, "acknowledged") {
		t.Fatal(got)
	}
	if n := s.watches.Len(); n != 2 {
		t.Errorf("%d are watched with one token", n)
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
	message := callback("Ev1", `{"type":"message","channel":"C000000001","ts":"1503435999.000100"}`)
	for _, step := range []struct {
		name, body, signature string
		want                  int
	}{
		{"a forgery", message, "v0=" + strings.Repeat("0", 64), 401},
		{"no signature", message, "none", 401},
		{"one of another workspace", strings.Replace(message, "T000000001", "T000000002", 1), "", 200},
		{"an event of no interest", callback("Ev2", `{"type":"team_join","user":{"id":"U1"}}`), "", 200},
	} {
		if got := s.deliver(t, step.body, step.signature); got != step.want {
			t.Errorf("%s is answered %d", step.name, got)
		}
	}
	// What the others would have caused would come before this.
	message = callback("Ev3", `{"type":"message","channel":"C000000001","ts":"1503435999.000100"}`)
	for range 2 {
		if got := s.deliver(t, message, ""); got != 200 {
			t.Error(got)
		}
	}
	hears(channelURI)
	if got := s.deliver(t, callback("Ev4", `{"type":"reaction_added","item":{"type":"message","channel":"C000000002","ts":"1503435956.000247"}}`), ""); got != 200 {
		t.Error(got)
	}
	if len(told) > 0 {
		t.Errorf("heard of %s", <-told)
	}
}

// crowd are people who may have signed in. It is safe for concurrent use.
type crowd struct {
	mu     sync.Mutex
	tokens map[string]string // by principal
}

func (c *crowd) Token(_ context.Context, principal string) (oauth.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if token := c.tokens[principal]; token != "" {
		return oauth.Token{Access: token}, nil
	}
	return oauth.Token{}, toolerr.SignIn("https://mcp.example.com/oauth/slack/start", nil, "sign in at Slack")
}

func (c *crowd) Invalid(_ context.Context, principal, _ string) error {
	c.set(principal, "")
	return nil
}

func (c *crowd) Ended(ctx context.Context, principal, access string) error {
	return c.Invalid(ctx, principal, access)
}

func (*crowd) Page(string) string { return "https://mcp.example.com/oauth/slack/start" }

func (c *crowd) set(principal, token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[principal] = token
}

// What one person watches is nobody else's: a second one needs to see it, and is
// told of nothing without that.
func TestPeopleWatchWithTheirOwnEyes(t *testing.T) {
	s := newServed(t, Config{UserToken: "xoxp-of-nobody", SigningSecret: signingSecret}, "alice", "bob", "carol")
	s.access.people = &crowd{tokens: map[string]string{"key:alice": "xoxp-alice", "key:bob": "xoxp-bob"}}
	s.set("conversations.info "+upstream.Bearer("xoxp-bob").ID(), `{"ok":false,"error":"channel_not_found"}`)
	session, told := s.Session(t, "alice")
	if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: channelURI}); err != nil {
		t.Fatal(err)
	}
	strangers := make(map[string]chan string)
	for who, why := range map[string]string{"bob": "RESOURCE_NOT_FOUND", "carol": "auth_required"} {
		session, told := s.Session(t, who)
		strangers[who] = told
		if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: channelURI}); err == nil {
			t.Errorf("%s may watch", who)
		}
		if got := s.Listen(t, who, channelURI).Next(t); !strings.Contains(got, why) {
			t.Errorf("%s is answered %s", who, got)
		}
	}
	if n := s.watches.Len(); n != 1 {
		t.Errorf("%d are watched", n)
	}
	if got := s.deliver(t, callback("Ev1", `{"type":"message","channel":"C000000001"}`), ""); got != 200 {
		t.Error(got)
	}
	if got := <-told; got != channelURI {
		t.Error(got)
	}
	for who, told := range strangers {
		if len(told) > 0 {
			t.Errorf("%s hears of %s", who, <-told)
		}
	}
}

// Who signs out while watching is told once, costs nothing from then on, and is
// told again after signing in.
func TestSigningOutWhileWatching(t *testing.T) {
	watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
		people := &crowd{tokens: map[string]string{"alice": "xoxp-alice"}}
		s.access.people = people
		heard := listen(t, s, auth.WithCaller(t.Context(), auth.Everything("alice")), channelURI)
		pass(10 * time.Minute)
		people.set("alice", "")
		pass(20 * time.Minute)
		if *heard != 1 {
			t.Errorf("heard %d times of having signed out", *heard)
		}
		n := h.count("conversations.history")
		h.set("conversations.history", helloAgain)
		pass(time.Hour)
		if m := h.count("conversations.history"); m != n || *heard != 1 {
			t.Errorf("%d questions for nobody, heard %d times", m-n, *heard)
		}
		people.set("alice", "xoxp-alice-again")
		pass(20 * time.Minute)
		if *heard != 2 {
			t.Errorf("heard %d times of being back", *heard)
		}
	})
}

func TestNoEventsWithoutSecret(t *testing.T) {
	s := newServed(t, Config{UserToken: "xoxp-of-a-test"}, "alice")
	if got := s.deliver(t, callback("Ev1", `{"type":"message","channel":"C000000001"}`), ""); got != 404 && got != 405 {
		t.Errorf("answered %d", got)
	}
}

// Who does not see a channel cannot watch it, in either era.
func TestWatchNeedsSight(t *testing.T) {
	s := newServed(t, Config{UserToken: "xoxp-of-a-test", SigningSecret: signingSecret, DenyChannels: []string{"general"}}, "alice")
	session, told := s.Session(t, "alice")
	if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: channelURI}); err == nil {
		t.Error("a session watches what may not be read")
	}
	if got := s.Listen(t, "alice", channelURI).Next(t); !strings.Contains(got, "RESOURCE_NOT_FOUND") {
		t.Errorf("a listen is answered %s", got)
	}
	if got := s.deliver(t, callback("Ev1", `{"type":"message","channel":"C000000001"}`), ""); got != 200 || len(told) > 0 || s.watches.Len() != 0 {
		t.Errorf("%d, told %d times, %d are watched", got, len(told), s.watches.Len())
	}
}
