package upstream

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const canary = "c4nary-t0ken"

// rig is a client before a server that a test scripts.
type rig struct {
	*Client
	url  string
	hits atomic.Int32
}

// newRig serves h over the network.
func newRig(t testing.TB, cfg Config, h http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.hits.Add(1)
		h(w, q)
	}))
	t.Cleanup(ts.Close)
	r.open(t, cfg, ts.URL)
	return r
}

// newScript serves h without a network, for tests in a bubble of their own time.
func newScript(t testing.TB, cfg Config, h http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{}
	r.open(t, cfg, "http://127.0.0.1:1")
	r.base = tripper(func(q *http.Request) (*http.Response, error) {
		r.hits.Add(1)
		w := httptest.NewRecorder()
		h(w, q)
		if err := q.Context().Err(); err != nil {
			return nil, err
		}
		resp := w.Result()
		resp.Request = q
		return resp, nil
	})
	return r
}

// newPiped serves h over pipes, with the transport that is used, for tests in a
// bubble of their own time.
func newPiped(t testing.TB, cfg Config, h http.HandlerFunc) *rig {
	t.Helper()
	r, l := &rig{}, &pipes{make(chan net.Conn), make(chan struct{})}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.hits.Add(1)
		h(w, q)
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	r.open(t, cfg, "http://127.0.0.1:1")
	r.base.(*http.Transport).DialContext = l.dial
	return r
}

// pipes is a listener in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements [net.Listener].
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]. It is called once.
func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

// Addr implements [net.Listener].
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (r *rig) open(t testing.TB, cfg Config, base string) {
	t.Helper()
	u, err := ParseBase("--url", base)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Name, cfg.BaseURLs, r.url = "GitHub", append([]*url.URL{u}, cfg.BaseURLs...), base
	if r.Client, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Client.Close() })
}

// reply is what a request came to.
type reply struct {
	status int
	body   string
	header http.Header
}

func (r *rig) do(ctx context.Context, method, path, body string, header ...string) (reply, error) {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	q, err := http.NewRequestWithContext(ctx, method, r.url+path, in)
	if err != nil {
		return reply{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	return read(r.HTTP().Do(q))
}

func read(resp *http.Response, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, string(b), resp.Header}, err
}

// get must be answered.
func (r *rig) get(t *testing.T, ctx context.Context, path string, header ...string) reply {
	t.Helper()
	a, err := r.do(ctx, "GET", path, "", header...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func as(ctx context.Context, token string) context.Context {
	return WithCredential(ctx, Bearer(token))
}

// json answers with a body, and header fields as name and value in turn.
func json(w http.ResponseWriter, status int, body string, header ...string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// reset ends the connection of a request without a word more.
func reset(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}
