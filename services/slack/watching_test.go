package slack

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// served is a service behind HTTP, before a hub; its callers show their names as
// keys.
type served struct {
	*Service
	*hub
	url string
}

func keyOf(who string) string { return "the-key-of-" + who }

func newServed(t *testing.T, cfg Config, callers ...string) *served {
	t.Helper()
	svc, err := Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := newHub()
	svc.before(t, h, cfg)
	var keys strings.Builder
	for _, who := range callers {
		fmt.Fprintf(&keys, "%s:sha256:%x=*\n", who, sha256.Sum256([]byte(keyOf(who))))
	}
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(keys.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("slack", svc, server.Config{APIKeysFile: file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		ts.Close()
	})
	return &served{svc, h, ts.URL}
}

// bearer shows a caller's key.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+keyOf(string(b)))
	return http.DefaultTransport.RoundTrip(r)
}

// session returns a session of an older revision, and where the URIs come that it
// is told of.
func (s *served) session(t *testing.T, who string) (*mcp.ClientSession, chan string) {
	t.Helper()
	told := make(chan string, 100)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { told <- req.Params.URI },
	})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: s.url + "/mcp", HTTPClient: &http.Client{Transport: bearer(who)}},
		&mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session, told
}

// listen opens a subscriptions/listen.
func (s *served) listen(t *testing.T, who string, uris ...string) *bufio.Scanner {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/mcp", strings.NewReader(
		`{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["`+strings.Join(uris, `","`)+`"]},`+
			`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"} {
		req.Header.Set(k, v)
	}
	res, err := (&http.Client{Transport: bearer(who)}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return bufio.NewScanner(res.Body)
}

// next returns the next message of a listen, or the error that it is answered with.
func next(t *testing.T, stream *bufio.Scanner) string {
	t.Helper()
	for stream.Scan() {
		if data, ok := strings.CutPrefix(stream.Text(), "data: "); ok || strings.HasPrefix(data, "{") {
			return data
		}
	}
	t.Fatalf("the stream has ended: %v", stream.Err())
	return ""
}

// deliver sends an event as Slack does, without a credential, and returns the status.
func (s *served) deliver(t *testing.T, body, signature string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/webhooks/slack", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sent := unix(time.Now())
	if signature == "" {
		signature = signEvent(signingSecret, sent, body)
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "X-Slack-Request-Timestamp": sent, "X-Slack-Signature": signature} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestEventsOverHTTP(t *testing.T) {
	s := newServed(t, Config{UserToken: "xoxp-of-a-test", SigningSecret: signingSecret}, "alice", "bob")
	session, told := s.session(t, "alice")
	for _, uri := range []string{channelURI, threadURI} {
		if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Fatal(err)
		}
	}
	listen := s.listen(t, "bob", channelURI, threadURI)
	if got := next(t, listen); !strings.Contains(got, "acknowledged") {
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
		if got := next(t, listen); !strings.Contains(got, `"uri":"`+uri+`"`) {
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
	session, told := s.session(t, "alice")
	if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: channelURI}); err != nil {
		t.Fatal(err)
	}
	strangers := make(map[string]chan string)
	for who, why := range map[string]string{"bob": "RESOURCE_NOT_FOUND", "carol": "auth_required"} {
		session, told := s.session(t, who)
		strangers[who] = told
		if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: channelURI}); err == nil {
			t.Errorf("%s may watch", who)
		}
		if got := next(t, s.listen(t, who, channelURI)); !strings.Contains(got, why) {
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
	session, told := s.session(t, "alice")
	if err := session.Subscribe(t.Context(), &mcp.SubscribeParams{URI: channelURI}); err == nil {
		t.Error("a session watches what may not be read")
	}
	if got := next(t, s.listen(t, "alice", channelURI)); !strings.Contains(got, "RESOURCE_NOT_FOUND") {
		t.Errorf("a listen is answered %s", got)
	}
	if got := s.deliver(t, callback("Ev1", `{"type":"message","channel":"C000000001"}`), ""); got != 200 || len(told) > 0 || s.watches.Len() != 0 {
		t.Errorf("%d, told %d times, %d are watched", got, len(told), s.watches.Len())
	}
}
