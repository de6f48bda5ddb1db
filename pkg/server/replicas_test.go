package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// as is the header that names a test's caller.
const as = "X-Test-Caller"

// callers authenticates requests by the header as, as a real check would do it.
func callers(r *http.Request) (*auth.Caller, *auth.Refusal) {
	if who := r.Header.Get(as); who != "" {
		return &auth.Caller{Principal: who, Grants: auth.Grants{"demo:read"}}, nil
	}
	return auth.Everything(auth.Anonymous), nil
}

// keyFile writes keys for replicas to share.
func keyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(seal.Generate()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replica is a rig that others know, with what it was sent by them.
type replica struct {
	*rig
	ts *httptest.Server

	mu      sync.Mutex
	arrived []http.Header
}

// forwards returns the headers of the forwarded requests so far.
func (r *replica) forwards() []http.Header {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.arrived)
}

func newReplicas(t *testing.T, n int, cfg Config) []*replica {
	t.Helper()
	cfg.SigningKeyFile = keyFile(t)
	var all []*replica
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		cfg.ReplicaAddr = l.Addr().String()
		r := &replica{rig: &rig{demo: newDemo(), log: new(logBuffer)}}
		if r.Server, err = New("demo", r.demo, cfg, slog.New(slog.NewJSONHandler(r.log, nil))); err != nil {
			t.Fatal(err)
		}
		r.who = callers
		h := r.Handler()
		r.ts = &httptest.Server{Listener: l, Config: r.newHTTPServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if req.Header.Get(headerForward) != "" {
				r.mu.Lock()
				r.arrived = append(r.arrived, req.Header.Clone())
				r.mu.Unlock()
			}
			h.ServeHTTP(w, req)
		}))}
		r.ts.Start()
		r.url = r.ts.URL + "/mcp"
		t.Cleanup(func() {
			r.Server.Close()
			r.ts.Close()
		})
		all = append(all, r)
	}
	return all
}

// do sends a request of a session without waiting for the whole answer.
func (r *rig) do(ctx context.Context, t *testing.T, method, body string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, r.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// beginAs initializes a session of a caller and returns its id.
func (r *rig) beginAs(t *testing.T, who string) string {
	t.Helper()
	res, body := r.post(t, initialize, as, who)
	id := res.Header.Get(headerSession)
	if res.StatusCode != 200 || id == "" {
		t.Fatalf("initialize: %d %s", res.StatusCode, body)
	}
	r.post(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, headerSession, id, as, who)
	return id
}

const (
	ping    = `{"jsonrpc":"2.0","id":2,"method":"ping"}`
	addCall = `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"add","arguments":{"a":2}}}`
	waits   = `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"wait","arguments":{}}}`
)

func TestSessionBelongsToItsCaller(t *testing.T) {
	all := newReplicas(t, 2, Config{})
	own, other, stranger := all[0], all[1], newRig(t, Config{})
	id := own.beginAs(t, "key:alice")
	opened, ok := own.openSession(id, "key:alice")
	inner := opened.Inner
	if !ok || inner == "" || strings.Contains(id, inner) {
		t.Fatalf("the id %q of %+v", id, opened)
	}
	foreign := stranger.beginAs(t, "")
	for _, tt := range []struct {
		name, id, who string
		status        int
	}{
		{"its caller", id, "key:alice", 200},
		{"another caller", id, "key:bob", 404},
		{"no caller", id, "", 404},
		{"the inner id", inner, "key:alice", 404},
		{"an id that was changed", id[:len(id)-2] + "AA", "key:alice", 404},
		{"an id of other keys", foreign, "key:alice", 404},
		{"no id at all", "x", "key:alice", 404},
	} {
		for _, r := range []*replica{own, other} {
			res, body := r.post(t, ping, headerSession, tt.id, as, tt.who)
			if res.StatusCode != tt.status || tt.status == 404 && body != "session not found\n" {
				t.Errorf("%s: %d %q", tt.name, res.StatusCode, body)
			}
		}
	}
}

func TestForwardedRequests(t *testing.T) {
	all := newReplicas(t, 2, Config{})
	own, other := all[0], all[1]
	id := own.beginAs(t, "key:alice")
	session := []string{headerSession, id, as, "key:alice", "Authorization", "Bearer " + secret, "Cookie", secret,
		"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "Mcp-Protocol-Version", "2025-11-25"}

	res, body := other.post(t, addCall, session...)
	if res.StatusCode != 200 || !strings.Contains(body, `"sum":2`) || !strings.Contains(body, "4bf92f3577b34da6a3ce929d0e0e4736") {
		t.Errorf("call: %d %s", res.StatusCode, body)
	}
	if got := res.Header.Values("X-Request-Id"); len(got) != 1 || got[0] != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("X-Request-Id %q", got)
	}

	// A standing stream, and what comes on it.
	ctx, hangUp := context.WithCancel(t.Context())
	stream := eventStream{linesOf(other.do(ctx, t, "GET", "", session...))}
	stream.next(t, ": ok")
	if res, body := other.post(t, `{"jsonrpc":"2.0","id":5,"method":"resources/subscribe","params":{"uri":"demo://one"}}`, session...); res.StatusCode != 200 {
		t.Fatalf("subscribe: %d %s", res.StatusCode, body)
	}
	own.touch("demo://one")
	stream.next(t, "notifications/resources/updated")

	// The stream goes on elsewhere after it was lost.
	hangUp()
	eventually(t, "the stream's place is free", func() bool {
		other.standing.mu.Lock()
		defer other.standing.mu.Unlock()
		return len(other.standing.of) == 0
	})
	own.touch("demo://one")
	eventually(t, "the stream can be resumed", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		res := other.do(ctx, t, "GET", "", append(session, "Last-Event-ID", "_0")...)
		defer res.Body.Close()
		b := make([]byte, 4096)
		n, _ := io.ReadAtLeast(res.Body, b, 10)
		return res.StatusCode == 200 && strings.Contains(string(b[:n]), "id: _1\n")
	})

	// A client that goes away cancels its call in the other replica.
	ctx, hangUp = context.WithCancel(t.Context())
	other.do(ctx, t, "POST", waits, session...)
	<-own.started
	hangUp()
	if err := <-own.ended; err != context.Canceled {
		t.Errorf("the call ended with %v", err)
	}

	if res, _ := other.post(t, ping, headerSession, id, as, "key:alice"); res.StatusCode != 200 {
		t.Errorf("ping: %d", res.StatusCode)
	}
	if res := other.do(t.Context(), t, "DELETE", "", session...); res.StatusCode != 204 {
		t.Errorf("DELETE: %d", res.StatusCode)
	}
	eventually(t, "the session is gone", func() bool {
		res, _ := other.post(t, ping, session...)
		return res.StatusCode == 404
	})

	for _, h := range own.forwards() {
		if text := strings.Join(flat(h), "\n"); strings.Contains(text, secret) || strings.Contains(text, id) || h.Get(as) != "" {
			t.Errorf("the caller's credential or session was sent on: %s", text)
		}
	}
	if len(own.forwards()) == 0 || len(other.forwards()) > 0 {
		t.Errorf("%d and %d requests arrived", len(own.forwards()), len(other.forwards()))
	}
}

func flat(h http.Header) (all []string) {
	for _, v := range h {
		all = append(all, v...)
	}
	return all
}

func TestForwardedCallerIsTheOneThatWasAuthenticated(t *testing.T) {
	all := newReplicas(t, 2, Config{})
	expires := time.Now().Add(time.Hour).Round(0)
	var got *auth.Caller
	h := all[0].authenticate(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = auth.CallerFrom(r.Context())
		if principal(r.Context()) != "issuer|alice" || r.Header.Get(headerSession) != "inner" || forwardOf(r.Context()) == nil {
			t.Errorf("the request is for %q of %q", r.Header.Get(headerSession), principal(r.Context()))
		}
	}))
	r := httptest.NewRequestWithContext(auth.WithCaller(t.Context(), &auth.Caller{
		Principal: "issuer|alice", Grants: auth.Grants{"demo:read", "demo:write"}, Expires: expires,
	}), "POST", "/mcp", nil)
	out := all[1].relay.request(r.Context(), r, sessionID{"inner", all[0].cfg.ReplicaAddr}, []byte(ping))
	h.ServeHTTP(httptest.NewRecorder(), out)
	if got == nil || len(got.Grants) != 2 || !got.Expires.Equal(expires) {
		t.Errorf("the caller is %+v", got)
	}
}

func TestSessionOfALostReplica(t *testing.T) {
	all := newReplicas(t, 3, Config{})
	id := all[0].beginAs(t, "key:alice")

	// Another process has the address now: it knows nothing, and asks nobody.
	addr := all[0].ts.Listener.Addr().String()
	gone := all[1].sealFor(t, "no such session", all[2].cfg.ReplicaAddr)
	if res, body := all[1].post(t, ping, headerSession, gone, as, "key:alice"); res.StatusCode != 404 || body != "session not found\n" {
		t.Errorf("a session that its owner does not know: %d %s", res.StatusCode, body)
	}
	if len(all[2].forwards()) != 1 || len(all[1].forwards()) != 0 {
		t.Errorf("%d and %d requests arrived", len(all[2].forwards()), len(all[1].forwards()))
	}

	all[0].Server.Close()
	all[0].ts.Close()
	for _, method := range []string{"POST", "GET", "DELETE"} {
		if res := all[1].do(t.Context(), t, method, ping, headerSession, id, as, "key:alice"); res.StatusCode != 404 {
			t.Errorf("%s to %s, where nobody listens: %d", method, addr, res.StatusCode)
		}
	}
}

// sealFor seals a session id of another replica for Alice.
func (r *replica) sealFor(t *testing.T, inner, owner string) string {
	t.Helper()
	b, err := json.Marshal(sessionID{inner, owner})
	if err != nil {
		t.Fatal(err)
	}
	return r.keys.Seal(sealedSession, b, "demo", "key:alice")
}

// breaking is a listener's handler that takes a request and drops the connection.
func breaking(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

func TestReplicaThatBreaksOff(t *testing.T) {
	r := newReplicas(t, 1, Config{})[0]
	partly := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	refuses := func(w http.ResponseWriter, r *http.Request) { refuseForwarded(w, errForwarded) }
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		status int
		cut    bool
	}{
		{"before the answer", breaking, 502, false},
		{"within the answer", partly, 200, true},
		{"with other keys", refuses, 502, false},
	} {
		ts := httptest.NewServer(tt.answer)
		defer ts.Close()
		res := r.do(t.Context(), t, "POST", addCall, headerSession, r.sealFor(t, "x", ts.Listener.Addr().String()), as, "key:alice")
		_, err := io.ReadAll(res.Body)
		if res.StatusCode != tt.status || (err != nil) != tt.cut {
			t.Errorf("%s: %d, %v", tt.name, res.StatusCode, err)
		}
	}
}

func TestForwardHeaderIsForReplicas(t *testing.T) {
	all := newReplicas(t, 2, Config{})
	own, other := all[0], all[1]
	id, ok := own.openSession(own.beginAs(t, "key:alice"), "key:alice")
	if !ok {
		t.Fatal("the session's own replica does not open its id")
	}
	good := func(change func(*forward)) string {
		f := forward{Principal: "key:alice", Session: id.Inner, Method: "POST", Body: sha256.Sum256([]byte(ping)), Time: time.Now(), Nonce: nonce()}
		if change != nil {
			change(&f)
		}
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return own.keys.Seal(sealedForward, b, "demo", own.cfg.ReplicaAddr)
	}
	once := good(nil)
	for _, tt := range []struct {
		name, token string
		r           *rig
		status      int
	}{
		{"as it should be", once, own.rig, 200},
		{"a second time", once, own.rig, 400},
		{"to another replica", good(nil), other.rig, 400},
		{"to a server without shared keys", good(nil), newRig(t, Config{}), 400},
		{"another method", good(func(f *forward) { f.Method = "DELETE" }), own.rig, 400},
		{"another body", good(func(f *forward) { f.Body[0]++ }), own.rig, 400},
		{"old", good(func(f *forward) { f.Time = f.Time.Add(-31 * time.Second) }), own.rig, 400},
		{"from the future", good(func(f *forward) { f.Time = f.Time.Add(time.Minute) }), own.rig, 400},
		{"without a session", good(func(f *forward) { f.Session = "" }), own.rig, 400},
		{"another caller's session", good(func(f *forward) { f.Principal = "key:bob" }), own.rig, 404},
		{"an unknown session", good(func(f *forward) { f.Session = "x" }), own.rig, 404},
		{"a session id", own.sealSession(id.Inner, "key:alice"), own.rig, 400},
		{"no token", "x", own.rig, 400},
		{"empty", "", own.rig, 400},
	} {
		res, body := tt.r.post(t, ping, headerForward, tt.token, as, "key:alice")
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d %s", tt.name, res.StatusCode, body)
		}
	}
	// What is forwarded is of a session, whatever its headers say.
	res, _ := own.post(t, ping, headerForward, good(func(f *forward) { f.Session = "x" }), "Mcp-Protocol-Version", "2026-07-28")
	if res.StatusCode != 404 {
		t.Errorf("a forwarded request without a session: %d", res.StatusCode)
	}
}

func TestNoncesAreForgottenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOnce()
		<-time.After(20 * time.Second)
		if !o.first(1) || o.first(1) {
			t.Error("the first is not the first, or the second is")
		}
		<-time.After(forwardAge + forwardSkew)
		if !o.first(2) || o.first(1) {
			t.Error("a nonce was forgotten while its request is accepted")
		}
		<-time.After(3 * (forwardAge + forwardSkew))
		if o.first(3); len(o.now)+len(o.old) != 1 {
			t.Errorf("%d nonces are kept", len(o.now)+len(o.old))
		}
		for n := range uint64(maxNonces + 10) {
			o.first(n + 10)
		}
		if len(o.now) != maxNonces || o.first(1<<40) {
			t.Errorf("%d nonces are kept, the most is %d", len(o.now), maxNonces)
		}
	})
}

func TestReplicaFlags(t *testing.T) {
	for _, tt := range []struct{ addr, keys, want string }{
		{"10.1.2.3:8080", "/keys", ""},
		{"files-0.files:8080", "/keys", ""},
		{"[fd00::1]:8080", "/keys", ""},
		{"10.1.2.3:8080", "", "--signing-key-file"},
		{"10.1.2.3", "/keys", "give host:port"},
		{":8080", "/keys", "give host:port"},
		{"10.1.2.3:http", "/keys", "give host:port"},
		{"10.1.2.3:0", "/keys", "give host:port"},
		{"0.0.0.0:8080", "/keys", "the one address"},
	} {
		err := Config{ReplicaAddr: tt.addr, SigningKeyFile: tt.keys}.withDefaults().validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("--replica-addr %q --signing-key-file %q: %v", tt.addr, tt.keys, err)
		}
	}
}

func TestReplicaAddrTakesThePort(t *testing.T) {
	for _, tt := range []struct{ addr, http, want string }{
		{"10.1.2.3", ":8080", "10.1.2.3:8080"},
		{"fd00::1", "[::]:8080", "[fd00::1]:8080"},
		{"FD00:0::1", "0.0.0.0:80", "[fd00::1]:80"},
		{"10.1.2.3:81", ":80", "10.1.2.3:81"},
		{"[fd00::1]:81", ":80", "[fd00::1]:81"},
		{"files-0", ":80", "give host:port"},
		{"10.1.2.3", "127.0.0.1:0", "give host:port"},
		{"::", ":80", "the one address"},
	} {
		s, err := New("demo", newDemo(), Config{ReplicaAddr: tt.addr, HTTP: tt.http, Auth: []string{"none"}, SigningKeyFile: keyFile(t)}, nil)
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("--replica-addr %s --http %s: %v", tt.addr, tt.http, err)
			}
			continue
		}
		if got := s.relay.addr; got != tt.want || s.cfg.ReplicaAddr != got {
			t.Errorf("--replica-addr %s --http %s: %s", tt.addr, tt.http, got)
		}
		if id, ok := s.openSession(s.sealSession("inner", "alice"), "alice"); !ok || id.Owner != tt.want {
			t.Errorf("--replica-addr %s --http %s: the owner in a session id is %s", tt.addr, tt.http, id.Owner)
		}
		s.Close()
	}
}

// A connection that breaks tells nothing of what became of the request.
func TestRequestHasItsEffectOnce(t *testing.T) {
	for _, tt := range []struct {
		name   string
		breaks func(w http.ResponseWriter, r *http.Request, serve http.Handler)
		status int
	}{
		{"broken before it is served", func(http.ResponseWriter, *http.Request, http.Handler) {}, 200},
		{"broken after it was served", func(_ http.ResponseWriter, r *http.Request, serve http.Handler) {
			serve.ServeHTTP(httptest.NewRecorder(), r)
		}, 502},
	} {
		all := newReplicas(t, 2, Config{})
		id := all[0].beginAs(t, "key:alice")
		var broken atomic.Bool
		front := httptest.NewServer(nil)
		defer front.Close()
		all[0].relay.addr = front.Listener.Addr().String() // it is reached through what breaks
		serve := all[0].ts.Config.Handler
		front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if broken.CompareAndSwap(false, true) {
				tt.breaks(w, r, serve)
				panic(http.ErrAbortHandler)
			}
			serve.ServeHTTP(w, r)
		})
		opened, _ := all[0].openSession(id, "key:alice")
		id = all[1].sealFor(t, opened.Inner, all[0].relay.addr)
		res, body := all[1].post(t, addCall, headerSession, id, as, "key:alice")
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d %s", tt.name, res.StatusCode, body)
		}
		if n := strings.Count(all[0].log.String(), `"tool":"add"`); n != 1 {
			t.Errorf("%s: the tool ran %d times", tt.name, n)
		}
	}
}
