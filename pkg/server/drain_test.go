package server

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// startHTTP serves a rig as the process does and returns what ends it.
func startHTTP(t *testing.T, cfg Config) (r *rig, stop context.CancelFunc, done chan error) {
	t.Helper()
	cfg.HTTP = "127.0.0.1:0"
	r = newRig(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	listening := make(chan string, 1)
	done = make(chan error, 1)
	go func() { done <- r.serveHTTP(ctx, func(addr string) { listening <- addr }) }()
	r.url = "http://" + <-listening + "/mcp"
	return r, stop, done
}

func TestDrainFinishesCallsAndEndsListens(t *testing.T) {
	r, stop, done := startHTTP(t, Config{Drain: time.Minute})
	session := r.connect(t, "2026-07-28", nil)
	legacy := r.connect(t, "2025-11-25", &mcp.ClientOptions{}) // holds a standing stream open

	answers := make(chan string, 2)
	for _, s := range []*mcp.ClientSession{session, legacy} {
		go func() {
			res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "wait", Arguments: json.RawMessage(`{}`)})
			if err != nil {
				answers <- err.Error()
				return
			}
			answers <- textOf(res)
		}()
		<-r.started
	}
	listen := r.listen(t.Context(), t, "demo://one")
	listen.next(t, "notifications/subscriptions/acknowledged")

	stop()
	listen.next(t, `"id":"listen"`)
	if err := r.Server.Ready(t.Context()); err != errDraining {
		t.Errorf("readiness while draining: %v", err)
	}
	close(r.demo.gate)
	for range 2 {
		if got := <-answers; !strings.HasPrefix(got, "waited") {
			t.Errorf("a call in flight was answered with %q", got)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDrainDeadlineCancelsCalls(t *testing.T) {
	r, stop, done := startHTTP(t, Config{Drain: time.Millisecond})
	answer := make(chan string, 1)
	go func() {
		_, body := r.call(t, "wait", `{}`)
		answer <- body
	}()
	<-r.started
	stop()
	if got := <-answer; !strings.Contains(got, "CANCELLED") {
		t.Errorf("got %s", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// eventStream is an open subscriptions/listen.
type eventStream struct{ lines *bufio.Scanner }

func (r *rig) listen(ctx context.Context, t *testing.T, uri string) eventStream {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "POST", r.url, strings.NewReader(
		`{"jsonrpc":"2.0","id":"listen","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["`+uri+`"]},`+meta+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return eventStream{bufio.NewScanner(res.Body)}
}

// next reads on until a line has want in it.
func linesOf(res *http.Response) *bufio.Scanner { return bufio.NewScanner(res.Body) }

func (e eventStream) next(t *testing.T, want string) {
	t.Helper()
	for e.lines.Scan() {
		if strings.Contains(e.lines.Text(), want) {
			return
		}
	}
	t.Fatalf("the stream ended before %q: %v", want, e.lines.Err())
}

func TestSubscriptions(t *testing.T) {
	r := newRig(t, Config{})
	listen := r.listen(t.Context(), t, "demo://one")
	listen.next(t, "notifications/subscriptions/acknowledged")
	updated := make(chan string, 10)
	legacy := r.connect(t, "2025-11-25", &mcp.ClientOptions{ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) {
		updated <- req.Params.URI
	}})
	if err := legacy.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "demo://one"}); err != nil {
		t.Fatal(err)
	}
	if err := legacy.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "demo://other"}); err == nil {
		t.Error("a resource that cannot be watched was subscribed to")
	}
	if !r.touch("demo://one") {
		t.Fatal("nothing watches")
	}
	listen.next(t, "notifications/resources/updated")
	if got := <-updated; got != "demo://one" {
		t.Errorf("updated %q", got)
	}
}

func TestWatchEndsWithItsLastHolder(t *testing.T) {
	r := newRig(t, Config{})
	ctx, hangUp := context.WithCancel(t.Context())
	r.listen(ctx, t, "demo://one").next(t, "notifications/subscriptions/acknowledged")
	legacy := r.connect(t, "2025-11-25", nil)
	if err := legacy.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "demo://one"}); err != nil {
		t.Fatal(err)
	}
	hangUp()
	eventually(t, "the listen gives up its hold", func() bool { return r.holders("demo://one") == 1 })
	if err := legacy.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the watch ends with the session", func() bool { return !r.touch("demo://one") })
}

func (r *rig) holders(uri string) int {
	r.watches.mu.Lock()
	defer r.watches.mu.Unlock()
	n := 0
	for key, x := range r.watches.byKey {
		if key.uri != uri {
			continue
		}
		for _, listens := range x.holders {
			n += len(listens)
		}
	}
	return n
}

// eventually waits for what another goroutine brings about.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("not within 10 s: ", what)
		}
	}
}

func TestDrainDoesNotWaitForUnusedConnections(t *testing.T) {
	r, stop, done := startHTTP(t, Config{Drain: time.Minute})
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/mcp"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r.call(t, "add", `{"a":1}`) // the other connection was accepted before
	begin := time.Now()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > 4*time.Second {
		t.Errorf("the drain took %s", d)
	}
}
