package roundrobin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// backend is a replica whose state a test sets.
type backend struct {
	*httptest.Server
	draining atomic.Bool
	calls    atomic.Int32
}

func newBackend(t *testing.T, p *Proxy, serve http.HandlerFunc) *backend {
	t.Helper()
	b := new(backend)
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if b.draining.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
		b.calls.Add(1)
		serve(w, r)
	})
	b.Server = httptest.NewServer(mux)
	t.Cleanup(b.Close)
	p.Add(b.addr())
	if err := p.Await(t.Context(), b.addr()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *backend) addr() string { return b.Listener.Addr().String() }

func echo(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }

func newProxy(t *testing.T) (*Proxy, string) {
	t.Helper()
	p := New()
	t.Cleanup(p.Close)
	ts := httptest.NewServer(p)
	t.Cleanup(ts.Close)
	return p, ts.URL + "/mcp"
}

func post(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Post(url, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestRequestsGoRound(t *testing.T) {
	p, url := newProxy(t)
	if status, _ := post(t, url); status != http.StatusBadGateway {
		t.Errorf("without replicas: %d", status)
	}
	a, b := newBackend(t, p, echo), newBackend(t, p, echo)
	for range 10 {
		if status, body := post(t, url); status != 200 || body != "hello" {
			t.Fatalf("%d %q", status, body)
		}
	}
	if a.calls.Load() != 5 || b.calls.Load() != 5 {
		t.Errorf("%d and %d of 10 requests", a.calls.Load(), b.calls.Load())
	}
}

func TestDrainingReplicaIsLeftOut(t *testing.T) {
	p, url := newProxy(t)
	a, b := newBackend(t, p, echo), newBackend(t, p, echo)
	a.draining.Store(true)
	for p.pick([]*replica{p.replicas[1]}) != nil {
	}
	before := a.calls.Load()
	for range 4 {
		post(t, url)
	}
	if a.calls.Load() != before || b.calls.Load() < 4 {
		t.Errorf("the draining replica got %d requests", a.calls.Load()-before)
	}
}

func TestAnotherReplicaOnlyWithoutConnection(t *testing.T) {
	p, url := newProxy(t)
	b := newBackend(t, p, echo)
	// A replica that was ready and is gone: nobody listens.
	p.mu.Lock()
	p.replicas = append(p.replicas, &replica{addr: "127.0.0.1:1", ready: true, stop: func() {}})
	p.mu.Unlock()
	for range 3 {
		if status, body := post(t, url); status != 200 || body != "hello" {
			t.Errorf("with one replica gone: %d %q", status, body)
		}
	}
	p.Remove("127.0.0.1:1")

	// One that takes the request and breaks off: it may have done its work.
	breaks := newBackend(t, p, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	calls, failed := b.calls.Load(), 0
	for range 4 {
		if status, _ := post(t, url); status == http.StatusBadGateway {
			failed++
		}
	}
	if failed != 2 || breaks.calls.Load() != 2 || b.calls.Load() != calls+2 {
		t.Errorf("%d failed; %d and %d calls", failed, breaks.calls.Load(), b.calls.Load()-calls)
	}
}

func TestStreamsAreFlushed(t *testing.T) {
	p, url := newProxy(t)
	read := make(chan bool)
	newBackend(t, p, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "first")
		http.NewResponseController(w).Flush()
		<-read
	})
	res, err := http.Post(url, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, len("first"))); err != nil {
		t.Error(err)
	}
	close(read)
}
