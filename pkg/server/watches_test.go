package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// kiosk is a service whose resources are watched as a test says.
type kiosk struct {
	shelf
	watch func(ctx context.Context, uri string, changed func()) error

	mu      sync.Mutex
	begun   []string
	changed map[string]func()
	ended   chan string
}

func newKiosk() *kiosk {
	return &kiosk{changed: make(map[string]func()), ended: make(chan string, 100)}
}

func (k *kiosk) Watch(ctx context.Context, uri string, changed func()) error {
	k.mu.Lock()
	k.begun = append(k.begun, uri)
	k.changed[uri] = changed
	k.mu.Unlock()
	context.AfterFunc(ctx, func() { k.ended <- uri })
	if k.watch != nil {
		return k.watch(ctx, uri, changed)
	}
	return nil
}

func (k *kiosk) begins(uri string) (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.begun {
		if b == uri {
			n++
		}
	}
	return n
}

func (k *kiosk) touch(uri string) {
	k.mu.Lock()
	changed := k.changed[uri]
	k.mu.Unlock()
	changed()
}

// heard returns options of a client, and where the URIs come that it is told of.
func heard() (*mcp.ClientOptions, chan string) {
	c := make(chan string, 1000)
	return &mcp.ClientOptions{ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) {
		c <- req.Params.URI
	}}, c
}

func TestSlowWatchDelaysNobody(t *testing.T) {
	k, gate := newKiosk(), make(chan error)
	k.watch = func(_ context.Context, uri string, _ func()) error {
		if uri == "shelf://book/slow" {
			return <-gate
		}
		return nil
	}
	r := newRigFor(t, k, Config{})
	one, other := r.connect(t, "2025-11-25", nil), r.connect(t, "2025-11-25", nil)
	subscribe := func(s *mcp.ClientSession, uri string) error {
		return s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "shelf://book/" + uri})
	}
	for _, failure := range []error{errors.New(secret), nil} {
		answers := make(chan error, 2)
		go func() { answers <- subscribe(one, "slow") }()
		go func() { answers <- subscribe(other, "slow") }()
		eventually(t, "both wait", func() bool { return r.holders("shelf://book/slow") == 2 })
		if err := subscribe(other, "quick"); err != nil {
			t.Error(err)
		}
		gate <- failure
		for range 2 {
			err := <-answers
			if (err == nil) != (failure == nil) || err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%v ends as %v", failure, err)
			}
		}
		if failure != nil && (r.holders("shelf://book/slow") != 0 || r.watches.total != 1) {
			t.Errorf("of a watch that failed is left: %d", r.watches.total)
		}
	}
	if n := k.begins("shelf://book/slow"); n != 2 {
		t.Errorf("two pairs of subscriptions began %d watches", n)
	}
}

func TestLeavingAWatchThatBegins(t *testing.T) {
	k := newKiosk()
	k.watch = func(ctx context.Context, _ string, _ func()) error {
		<-ctx.Done()
		return ctx.Err()
	}
	r := newRigFor(t, k, Config{ToolDeadline: 50 * time.Millisecond})
	s := r.connect(t, "2025-11-25", nil)
	err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "shelf://book/1"})
	if err == nil || !strings.Contains(err.Error(), "did not finish within 50ms") {
		t.Error(err)
	}
	if uri := <-k.ended; uri != "shelf://book/1" || r.holders(uri) != 0 {
		t.Errorf("%s ended, %d hold it", uri, r.holders(uri))
	}
}

func TestUnsubscribingBeforeItBegan(t *testing.T) {
	k, gate := newKiosk(), make(chan error)
	k.watch = func(context.Context, string, func()) error { return <-gate }
	r := newRigFor(t, k, Config{})
	s := r.connect(t, "2025-11-25", nil)
	answer := make(chan error, 1)
	go func() { answer <- s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "shelf://book/1"}) }()
	eventually(t, "it waits", func() bool { return r.holders("shelf://book/1") == 1 })
	if err := s.Unsubscribe(t.Context(), &mcp.UnsubscribeParams{URI: "shelf://book/1"}); err != nil {
		t.Error(err)
	}
	gate <- nil
	if err := <-answer; err == nil || !strings.Contains(err.Error(), "ended before it began") {
		t.Error(err)
	}
	<-k.ended
}

func TestPanicInWatch(t *testing.T) {
	k := newKiosk()
	k.watch = func(context.Context, string, func()) error { panic(secret) }
	r := newRigFor(t, k, Config{})
	s := r.connect(t, "2025-11-25", nil)
	if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "shelf://book/1"}); err == nil || strings.Contains(err.Error(), secret) {
		t.Error(err)
	}
	if !strings.Contains(r.log.String(), `"method":"Watch"`) {
		t.Error("a panic is not logged")
	}
}

// What changes while a listen begins is told, but not before the listen is
// acknowledged.
func TestChangeBeforeTheAcknowledgement(t *testing.T) {
	k := newKiosk()
	k.watch = func(_ context.Context, _ string, changed func()) error { changed(); return nil }
	r := newRigFor(t, k, Config{})
	for range 50 {
		ctx, hangUp := context.WithCancel(t.Context())
		stream := r.listen(ctx, t, "shelf://book/1")
		var messages []string
		for len(messages) < 2 && stream.lines.Scan() {
			if data, ok := strings.CutPrefix(stream.lines.Text(), "data: "); ok {
				messages = append(messages, data)
			}
		}
		if len(messages) < 2 || !strings.Contains(messages[0], "acknowledged") || !strings.Contains(messages[0], "shelf://book/1") ||
			!strings.Contains(messages[1], "resources/updated") || !strings.Contains(messages[1], "shelf://book/1") {
			t.Fatalf("%q", messages)
		}
		hangUp()
		<-k.ended
	}
}

func TestClientsAreToldInTheirSpelling(t *testing.T) {
	k := newKiosk()
	r := newRigFor(t, k, Config{})
	opts, updated := heard()
	s := r.connect(t, "2025-11-25", opts)
	for _, uri := range []string{"shelf://book/a%20b", "shelf://book/a%20B", "shelf://book/%61%20b"} {
		if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uri}); err != nil {
			t.Fatal(err)
		}
		k.touch(uri)
		if got := <-updated; got != uri {
			t.Errorf("%s is updated for %s", got, uri)
		}
	}
}

// A client that reads nothing delays nobody, and what it is still to be told
// does not grow.
func TestSlowClientDelaysNobody(t *testing.T) {
	k := newKiosk()
	r := newRigFor(t, k, Config{})
	var uris, quoted []string
	for i := range 500 {
		uris = append(uris, fmt.Sprintf("shelf://book/%d/%s", i, strings.Repeat("x", 4000)))
		quoted = append(quoted, `"`+uris[i]+`"`)
	}
	u, err := url.Parse(r.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[` + strings.Join(quoted, ",") + `]},` + meta + `}}`
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"+
		"Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\nContent-Length: %d\r\n\r\n%s", u.Host, len(body), body)
	if line, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatal(line, err)
	}
	opts, updated := heard()
	s := r.connect(t, "2025-11-25", opts)
	if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: uris[0]}); err != nil {
		t.Fatal(err)
	}
	stuck := func() (busy bool, waiting int) {
		r.watches.mu.Lock()
		defer r.watches.mu.Unlock()
		for _, h := range r.watches.held {
			if len(h.watches) == len(uris) {
				return h.busy, len(h.queue)
			}
		}
		return false, 0
	}
	eventually(t, "the listen has begun", func() bool { return k.begins(uris[len(uris)-1]) == 1 })
	for round := 0; ; round++ {
		for _, uri := range uris {
			k.touch(uri)
		}
		select {
		case <-updated:
		case <-time.After(10 * time.Second):
			t.Fatal("a slow client delays another")
		}
		// What is sent fills its connection first.
		limit := time.After(200 * time.Millisecond)
		for busy, waiting := stuck(); busy; busy, waiting = stuck() {
			if waiting > 2*len(uris) {
				t.Fatalf("%d wait for a client that does not read", waiting)
			}
			select {
			case <-limit:
				return
			default:
				runtime.Gosched()
			}
		}
		if round == 100 {
			t.Fatal("200 MB were sent to a client that does not read")
		}
	}
}

// Sessions that have subscribed and ended leave nothing behind.
func TestKeysAreUsedAgain(t *testing.T) {
	r := newRigFor(t, newKiosk(), Config{})
	for i := range 20 {
		s := r.connect(t, "2025-11-25", nil)
		if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: fmt.Sprintf("shelf://book/%d", i)}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the session is forgotten", func() bool {
			r.watches.mu.Lock()
			defer r.watches.mu.Unlock()
			return len(r.watches.held) == 0
		})
	}
	if r.watches.keys != 1 {
		t.Errorf("20 sessions one after the other took %d keys", r.watches.keys)
	}
}

func TestSubscriptionLimits(t *testing.T) {
	for flag, cfg := range map[string]Config{"--max-subscriptions": {MaxSubscriptions: -1}, "--caller-subscriptions": {CallerSubscriptions: -1}} {
		if err := cfg.withDefaults().validate(); err == nil || err.Error() != flag+" -1: give at least 1" {
			t.Error(err)
		}
	}
	r := newRigFor(t, newKiosk(), Config{MaxSubscriptions: 2})
	s := r.connect(t, "2025-11-25", nil)
	for i := range 3 {
		err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: fmt.Sprintf("shelf://book/%d", i)})
		if i < 2 && err != nil || i == 2 && (err == nil || !strings.Contains(err.Error(), "this server holds 2 subscriptions")) {
			t.Errorf("subscription %d: %v", i, err)
		}
	}
}

func TestWatchIsRefusedInItsWords(t *testing.T) {
	k := newKiosk()
	k.watch = func(context.Context, string, func()) error {
		return toolerr.New(toolerr.PermissionDenied, "a link leads out of the root")
	}
	r := newRigFor(t, k, Config{})
	s := r.connect(t, "2025-11-25", nil)
	if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "shelf://book/1"}); err == nil || !strings.Contains(err.Error(), "a link leads out of the root") {
		t.Error(err)
	}
}

// A listen whose client cannot be told must not look as if nothing changed.
func TestListenThatCannotBeToldEnds(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	u := update{uri: "shelf://book/1", ids: []any{"a"}, ends: []context.CancelFunc{end}}
	broken := errors.New("broken pipe")
	_, err := u.send(t.Context(), "", nil, new(mcp.ResourceUpdatedNotificationParams),
		func(context.Context, string, mcp.Request) (mcp.Result, error) { return nil, broken })
	if !errors.Is(err, broken) || ctx.Err() == nil {
		t.Errorf("%v, and the listen goes on: %v", err, ctx.Err() == nil)
	}
}
