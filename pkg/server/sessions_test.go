package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// offline is a server without a network, for tests that wait for hours.
type offline struct {
	*demo
	*Server
	handler http.Handler
}

func newOffline(t *testing.T, cfg Config) *offline {
	t.Helper()
	o := &offline{demo: newDemo()}
	var err error
	if o.Server, err = New("demo", o.demo, cfg, nil); err != nil {
		t.Fatal(err)
	}
	o.who = callers
	o.handler = o.Handler()
	return o
}

// post sends a message as a caller, in a session unless id is empty.
func (o *offline) post(t *testing.T, who, id, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp", strings.NewReader(body))
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		as: who, headerSession: id, "Mcp-Protocol-Version": "2025-11-25"} {
		if v != "" {
			r.Header.Set(k, v)
		}
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	return w
}

func (o *offline) begin(t *testing.T, who string) string {
	t.Helper()
	w := o.post(t, who, "", initialize)
	id := w.Header().Get(headerSession)
	if id == "" {
		t.Fatalf("%s may not begin a session: %d %s", who, w.Code, w.Body)
	}
	return id
}

// lives fails the test unless a session's life is as wanted. It does not use
// the session.
func (o *offline) lives(t *testing.T, what, who, token string, want bool) {
	t.Helper()
	id, _ := o.openSession(token, who)
	o.sessions.mu.Lock()
	defer o.sessions.mu.Unlock()
	if got := o.sessions.byID[id.Inner] != nil; got != want {
		t.Errorf("%s: the session lives: %v", what, got)
	}
}

// count returns how many sessions there are, and how many seats are taken.
func (t *sessions) count() (live, seats int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.of {
		seats += n
	}
	return len(t.byID), max(seats, len(t.byID)+t.reserved, len(t.of))
}

func TestCallerMakesRoomByItsOwnSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffline(t, Config{CallerSessions: 2, MaxSessions: 10})
		defer o.Server.Close()
		bob := o.begin(t, "bob")
		first := o.begin(t, "alice")
		<-time.After(time.Second)
		second := o.begin(t, "alice")
		<-time.After(time.Second)
		o.post(t, "alice", first, ping)
		<-time.After(time.Second)
		third := o.begin(t, "alice")
		o.lives(t, "the one used least recently", "alice", second, false)
		o.lives(t, "the one used since", "alice", first, true)
		o.lives(t, "another caller's", "bob", bob, true)
		if w := o.post(t, "alice", second, ping); w.Code != 404 {
			t.Errorf("the session that ended answers %d", w.Code)
		}

		// A session with a call in flight is not idle, and if it must end all the
		// same, its call is answered.
		done := make(chan *httptest.ResponseRecorder)
		go func() { done <- o.post(t, "alice", first, waits) }()
		<-o.started
		<-time.After(time.Second)
		o.post(t, "alice", third, ping)
		o.begin(t, "alice")
		o.lives(t, "one with a call", "alice", first, true)
		o.lives(t, "one that was used later, without a call", "alice", third, false)
		close(o.demo.gate)
		if w := <-done; !strings.Contains(w.Body.String(), "waited") {
			t.Errorf("the call is answered with %d %s", w.Code, w.Body)
		}
	})
}

func TestFullTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffline(t, Config{MaxSessions: 3, CallerSessions: 2, SessionIdle: time.Hour})
		defer o.Server.Close()
		busy, first, second := o.begin(t, "alice"), o.begin(t, "bob"), o.begin(t, auth.Anonymous)
		done := make(chan *httptest.ResponseRecorder)
		go func() { done <- o.post(t, "alice", busy, waits) }()
		<-o.started
		<-time.After(59 * time.Second)
		o.post(t, "", second, ping)
		w := o.post(t, "carol", "", initialize)
		if w.Code != 503 || w.Header().Get("Retry-After") != "60" || !strings.Contains(w.Body.String(), `"code":"RATE_LIMITED"`) {
			t.Errorf("the table is full: %d %v %s", w.Code, w.Header(), w.Body)
		}
		<-time.After(1001 * time.Millisecond)
		o.begin(t, "carol")
		o.lives(t, "one with a call", "alice", busy, true)
		o.lives(t, "one that was idle for a minute", "bob", first, false)
		o.lives(t, "one that was used since", auth.Anonymous, second, true)

		// Callers that cannot be told apart have the table's number only.
		close(o.demo.gate)
		<-done
		<-time.After(2 * minIdle)
		for range 3 {
			o.begin(t, "")
		}
		if w := o.post(t, "", "", initialize); w.Code != 503 {
			t.Errorf("the table is full of anonymous sessions, none of them idle: %d", w.Code)
		}
	})
}

func TestSessionTableIsEmptiedByIdleness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffline(t, Config{SessionIdle: time.Minute})
		defer o.Server.Close()
		for range 20 {
			o.begin(t, "alice")
		}
		// What begins no session keeps no seat.
		o.post(t, "alice", "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":7}}`)
		o.post(t, "alice", "", `{"jsonrpc":"2.0","method":"initialize"}`)
		synctest.Wait()
		if live, seats := o.sessions.count(); live != 20 || seats != 20 {
			t.Errorf("%d sessions live on %d seats", live, seats)
		}
		<-time.After(61 * time.Second)
		synctest.Wait()
		if live, seats := o.sessions.count(); live != 0 || seats != 0 {
			t.Errorf("%d sessions live on %d seats", live, seats)
		}
	})
}

func TestSessionsAtTheEndOfTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffline(t, Config{})
		defer o.Server.Close()
		idle, busy := o.begin(t, "alice"), o.begin(t, "alice")
		done := make(chan *httptest.ResponseRecorder)
		go func() { done <- o.post(t, "alice", busy, waits) }()
		<-o.started
		o.draining.Store(true)
		if w := o.post(t, "alice", idle, ping); w.Code != 200 {
			t.Errorf("a load balancer that has not noticed: %d", w.Code)
		}
		o.leaving.Store(true)
		if w := o.post(t, "alice", idle, `{"jsonrpc":"2.0","method":"notifications/initialized"}`); w.Code != 202 {
			t.Errorf("a notification: %d", w.Code)
		}
		w := o.post(t, "alice", idle, ping)
		if w.Code != 404 || w.Header().Get("Connection") != "close" {
			t.Errorf("a request of an idle session: %d %v", w.Code, w.Header())
		}
		if w := o.post(t, "alice", busy, ping); w.Code != 200 {
			t.Errorf("a request of a session with a call in flight: %d %s", w.Code, w.Body)
		}
		close(o.demo.gate)
		if w := <-done; !strings.Contains(w.Body.String(), "waited") {
			t.Errorf("the call in flight: %d %s", w.Code, w.Body)
		}
	})
}

func TestStandingStreamsOfACaller(t *testing.T) {
	r := newReplicas(t, 1, Config{CallerStreams: 2})[0]
	id := r.beginAs(t, "key:alice")
	listen := func(ctx context.Context, who string) *http.Response {
		return r.do(ctx, t, "POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`,
			as, who, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", methodListen)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	if res := listen(ctx, "key:alice"); res.StatusCode != 200 {
		t.Fatalf("a first listen: %d", res.StatusCode)
	}
	if res := r.do(t.Context(), t, "GET", "", headerSession, id, as, "key:alice"); res.StatusCode != 200 {
		t.Fatalf("a stream of a session: %d", res.StatusCode)
	}
	another := r.beginAs(t, "key:alice")
	for what, res := range map[string]*http.Response{
		"listen": listen(t.Context(), "key:alice"),
		"stream": r.do(t.Context(), t, "GET", "", headerSession, another, as, "key:alice"),
	} {
		if res.StatusCode != 429 || res.Header.Get("Retry-After") != "10" {
			t.Errorf("a %s too many: %d %v", what, res.StatusCode, res.Header)
		}
		var body struct {
			Error struct {
				Data struct{ Error struct{ Code string } }
			}
		}
		if err := json.NewDecoder(res.Body).Decode(&body); err != nil || body.Error.Data.Error.Code != "RATE_LIMITED" {
			t.Errorf("a %s too many: %+v, %v", what, body, err)
		}
	}
	if res := listen(t.Context(), "key:bob"); res.StatusCode != 200 {
		t.Errorf("another caller's: %d", res.StatusCode)
	}
	hangUp()
	eventually(t, "a stream is given back", func() bool { return listen(t.Context(), "key:alice").StatusCode == 200 })

	// In a batch it would not be counted.
	res, body := r.post(t, `[{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]}}}]`)
	if !strings.Contains(body, "must be a request of its own") {
		t.Errorf("a listen in a batch: %d %s", res.StatusCode, body)
	}
}

func TestNothingIsLeftOfVanishedClients(t *testing.T) {
	all := newReplicas(t, 2, Config{SessionIdle: 200 * time.Millisecond, RateLimit: "off", CallerConcurrency: 64})
	own, other := all[0], all[1]
	before := runtime.NumGoroutine()
	ctx, vanish := context.WithCancel(t.Context())
	for range 20 {
		id := own.beginAs(t, "key:alice")
		session := []string{headerSession, id, as, "key:alice", "Mcp-Protocol-Version", "2025-11-25"}
		for i, r := range all {
			r.do(ctx, t, "POST", strings.Replace(waits, `"id":4`, `"id":"w`+strconv.Itoa(i)+`"`, 1), session...)
			r.listen(ctx, t, "demo://one").next(t, "acknowledged")
		}
		own.post(t, `{"jsonrpc":"2.0","id":5,"method":"resources/subscribe","params":{"uri":"demo://one"}}`, session...)
		other.do(ctx, t, "GET", "", session...)
	}
	for range 40 {
		<-own.started
	}
	vanish()
	http.DefaultClient.CloseIdleConnections()
	for range 40 {
		<-own.ended
	}
	for _, r := range all {
		eventually(t, "everything is given back", func() bool {
			s := r.Server
			live, seats := s.sessions.count()
			s.standing.mu.Lock()
			defer s.standing.mu.Unlock()
			s.watches.mu.Lock()
			defer s.watches.mu.Unlock()
			exchanges := 0
			s.open.byID.Range(func(any, any) bool { exchanges++; return true })
			return live+seats+len(s.standing.of)+len(s.watches.held)+len(s.watches.of)+
				len(s.watches.byKey)+s.watches.total+s.slots.Running()+exchanges == 0
		})
	}
	eventually(t, "no goroutine is left", func() bool {
		own.relay.close()
		other.relay.close()
		http.DefaultClient.CloseIdleConnections()
		return runtime.NumGoroutine() <= before
	})
}

func TestTwoListensOfOneSession(t *testing.T) {
	for _, begin := range []string{"", initialize} {
		r := newRig(t, Config{})
		p := startStdio(t, t.Context(), r)
		if begin != "" {
			p.send(t, begin)
			p.want(t, `"id":1`)
		}
		listen := func(id string) {
			p.send(t, `{"jsonrpc":"2.0","id":"`+id+`","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`)
			p.want(t, "acknowledged")
		}
		notified := func(ids ...string) {
			t.Helper()
			done := make(chan bool)
			go func() { done <- r.touch("demo://one") }()
			for _, id := range ids {
				p.want(t, `"io.modelcontextprotocol/subscriptionId":"`+id+`"`)
			}
			<-done
		}
		listen("a")
		listen("b")
		notified("a", "b")
		p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"b","reason":"enough"}}`)
		p.want(t, `"id":"b"`)
		eventually(t, "the second listen ends", func() bool { return r.holders("demo://one") == 1 })
		notified("a")
		p.send(t, ping)
		p.want(t, `"id":2`) // and nothing before it
		p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a","reason":"enough"}}`)
		p.want(t, `"id":"a"`)
		eventually(t, "the watch ends", func() bool { return r.holders("demo://one") == 0 })
	}
}

// shelves is a service with resources without end, all of which can be watched.
type shelves struct{ shelf }

func (*shelves) Watch(context.Context, string, func()) error { return nil }

func TestSubscriptionsOfACaller(t *testing.T) {
	r := newRigFor(t, new(shelves), Config{RateLimit: "off"})
	r.who = func(r *http.Request) (*auth.Caller, *auth.Refusal) { return auth.Everything(r.Header.Get(as)), nil }
	listen := func(who, from string, n int) string {
		var uris []string
		for i := range n {
			uris = append(uris, fmt.Sprintf("%q", "shelf://book/"+from+strconv.Itoa(i)))
		}
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		res := r.do(ctx, t, "POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":[`+
			strings.Join(uris, ",")+`]},`+meta+`}}`, as, who, "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen")
		line, err := bufio.NewReader(res.Body).ReadString('}')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	if got := listen("key:alice", "a", 1000); !strings.Contains(got, "acknowledged") {
		t.Errorf("as many as one may: %s", got)
	}
	if got := listen("key:alice", "b", 1); !strings.Contains(got, "RATE_LIMITED") {
		t.Errorf("one more: %s", got)
	}
	if got := listen("key:bob", "b", 1); !strings.Contains(got, "acknowledged") {
		t.Errorf("another caller: %s", got)
	}
}

func TestSubscribingTwiceChangesNothing(t *testing.T) {
	r := newRig(t, Config{})
	s := r.connect(t, "2025-11-25", nil)
	for range 3 {
		if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: "demo://one"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.holders("demo://one"); n != 1 {
		t.Errorf("one session holds a resource %d times", n)
	}
	if err := s.Unsubscribe(t.Context(), &mcp.UnsubscribeParams{URI: "demo://one"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the watch ends", func() bool { return !r.touch("demo://one") })
}
