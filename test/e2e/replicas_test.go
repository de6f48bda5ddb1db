//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/internal/roundrobin"
)

// replicas is a service of several processes behind a load balancer.
type replicas struct {
	proxy  *roundrobin.Proxy
	url    string
	keys   string
	ports  roundrobin.Ports
	binary string
	args   []string
}

func newReplicas(t *testing.T, binary string, args ...string) *replicas {
	t.Helper()
	r := &replicas{proxy: roundrobin.New(), keys: filepath.Join(t.TempDir(), "keys"), binary: binary, args: args}
	if err := roundrobin.WriteKeys(r.keys); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.proxy.Close)
	front := httptest.NewServer(r.proxy)
	t.Cleanup(front.Close)
	r.url = front.URL + "/mcp"
	return r
}

// member is one process, by the address that the proxy knows.
type member struct {
	*proc.Process
	addr string
}

// add starts a process, and returns when it is sent requests.
func (r *replicas) add(t *testing.T) member {
	t.Helper()
	addr, flags, err := r.ports.Flags(r.keys)
	if err != nil {
		t.Fatal(err)
	}
	m := member{startBinary(t, r.binary, append(flags, r.args...)...), addr}
	if _, err := m.Await(wait(t), "serving", 1); err != nil {
		t.Fatal(err)
	}
	r.proxy.Add(addr)
	if err := r.proxy.Await(wait(t), addr); err != nil {
		t.Fatal(err)
	}
	return m
}

// The load of a rolling restart.
const (
	restarts    = 5
	loadClients = 64
	loadPause   = 100 * time.Millisecond // of each client between two calls
	maxCalls    = 20_000
	// drainDelay is far above what the proxy takes to leave a replica out, and a
	// process on a busy machine to read what was sent to it before.
	drainDelay = "1s"
)

func TestRollingRestart(t *testing.T) {
	slow, value := lasting(1)
	t.Run("without sessions", func(t *testing.T) {
		testRollingRestart(t, rolling{binary: calculator, slow: slow, value: value, caller: func(r *replicas) caller { return &statelessCaller{r.url} }})
	})
	t.Run("with sessions", func(t *testing.T) {
		var begun atomic.Int64
		testRollingRestart(t, rolling{binary: calculator, slow: slow, value: value,
			caller: func(r *replicas) caller { return &sessionCaller{url: r.url, begun: &begun} }})
		if n := begun.Load(); n <= loadClients {
			t.Errorf("%d sessions for %d clients: no session was lost, so nothing was tested", n, loadClients)
		} else {
			t.Logf("%d sessions were begun", n)
		}
	})
}

// caller is one client under load.
type caller interface {
	// call computes an expression.
	call(ctx context.Context, id int, expression string) (string, error)
}

// rolling is a service that is restarted under load: how it is run, an
// expression that takes some time with its value, and its clients.
type rolling struct {
	binary      string
	args        []string
	slow, value string
	caller      func(*replicas) caller
}

// testRollingRestart replaces each of two processes again and again while
// clients call. Every call must be answered.
func testRollingRestart(t *testing.T, s rolling) {
	r := newReplicas(t, s.binary, append(s.args, "--drain-delay", drainDelay, "--rate-limit", "1000000/s", "--caller-concurrency", "1000")...)
	members := []member{r.add(t), r.add(t)}
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var calls atomic.Int64
	failed := make(chan error, 2*loadClients)
	for i := range loadClients {
		c := s.caller(r)
		clients.Go(func() {
			if err := s.load(ctx, c, i, &calls); err != nil {
				failed <- err
			}
		})
	}
	for range restarts {
		before := calls.Load()
		members = append(members, r.add(t))
		old := members[0]
		members = members[1:]
		if err := old.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := old.Wait(wait(t)); err != nil {
			t.Errorf("%v\n%s", err, old.Log())
		}
		r.proxy.Remove(old.addr)
		if calls.Load() == before {
			t.Error("nothing was called during a restart")
		}
	}
	stop()
	clients.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	t.Logf("%d calls", calls.Load())
}

// load calls until ctx ends or the first failure.
func (s rolling) load(ctx context.Context, c caller, client int, calls *atomic.Int64) error {
	tick := time.NewTicker(loadPause)
	defer tick.Stop()
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if calls.Add(1) > maxCalls {
			return nil
		}
		expression, want := fmt.Sprintf("%d + %d", client, i), strconv.Itoa(client+i)
		if i%50 == client%50 {
			expression, want = s.slow, s.value
		}
		// A call that has begun is answered, whatever happens to the load.
		if got, err := c.call(context.WithoutCancel(ctx), i, expression); err != nil || got != want {
			return fmt.Errorf("client %d: %s is answered with %q, %v", client, expression, got, err)
		}
	}
}

// statelessCaller is a client of the protocol without sessions.
type statelessCaller struct{ url string }

func (c *statelessCaller) call(ctx context.Context, id int, expression string) (string, error) {
	res, err := send(ctx, c.url, callMessage(id, expression, ""), headers)
	return res.value, errors.Join(err, res.failed())
}

// sessionCaller is a client that keeps a session. It begins another when the
// server does not know it any more, as the protocol wants.
type sessionCaller struct {
	url   string
	id    string
	begun *atomic.Int64
}

var errSession = errors.New("the session is lost again and again")

func (c *sessionCaller) call(ctx context.Context, id int, expression string) (string, error) {
	body := message(id, "tools/call", map[string]any{"name": "calculate", "arguments": map[string]string{"expression": expression}})
	for range 5 {
		if c.id == "" {
			if err := c.begin(ctx); err != nil {
				return "", err
			}
			continue
		}
		res, err := send(ctx, c.url, body, c.headers())
		if err != nil {
			return "", err
		}
		if res.status != http.StatusNotFound {
			return res.value, res.failed()
		}
		c.id = ""
	}
	return "", errSession
}

func (c *sessionCaller) headers() map[string]string {
	h := map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-11-25"}
	if c.id != "" {
		h["Mcp-Session-Id"] = c.id
	}
	return h
}

// begin begins a session, which may be lost before it was used.
func (c *sessionCaller) begin(ctx context.Context) error {
	c.begun.Add(1)
	res, err := send(ctx, c.url, message(0, "initialize", map[string]any{
		"protocolVersion": "2025-11-25", "capabilities": struct{}{}, "clientInfo": map[string]string{"name": "e2e", "version": "1"},
	}), c.headers())
	if err != nil || res.status != http.StatusOK || res.session == "" {
		return fmt.Errorf("initialize: %+v, %w", res, err)
	}
	c.id = res.session
	res, err = send(ctx, c.url, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, c.headers())
	switch {
	case err != nil:
		return err
	case res.status == http.StatusNotFound:
		c.id = ""
	case res.status != http.StatusAccepted:
		return fmt.Errorf("initialized: %+v", res)
	}
	return nil
}

// response is what a caller under load looks at.
type response struct {
	status         int
	session, value string
	body           string
}

func (r response) failed() error {
	if r.status != http.StatusOK || r.value == "" {
		return fmt.Errorf("status %d: %.300s", r.status, r.body)
	}
	return nil
}

// loadTransport keeps a connection to the proxy for each client.
var loadTransport = &http.Transport{MaxIdleConnsPerHost: loadClients}

func send(ctx context.Context, url, body string, header map[string]string) (r response, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return r, err
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := loadTransport.RoundTrip(req)
	if err != nil {
		return r, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return r, err
	}
	r = response{status: res.StatusCode, session: res.Header.Get("Mcp-Session-Id"), body: string(b)}
	for line := range bytes.Lines(b) {
		var a answer
		if json.Unmarshal(bytes.TrimPrefix(line, []byte("data: ")), &a) == nil && a.value() != "" {
			r.value = a.value()
		}
	}
	return r, nil
}

// A client of an older revision needs nothing but answers if there are no
// sessions: neither keys nor addresses nor stickiness.
func TestReplicasWithoutSessions(t *testing.T) {
	t.Parallel()
	proxy := roundrobin.New()
	t.Cleanup(proxy.Close)
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	var all []*server
	for range 2 {
		s := serve(t, "--legacy-sessions", "off")
		proxy.Add(s.address())
		if err := proxy.Await(wait(t), s.address()); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "stickless", Version: "1"}, nil)
	session, err := client.Connect(wait(t), &mcp.StreamableClientTransport{Endpoint: front.URL + "/mcp"},
		&mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if session.ID() != "" {
		t.Errorf("there is a session %q", session.ID())
	}
	for i := range 10 {
		res, err := session.CallTool(wait(t), &mcp.CallToolParams{Name: "calculate", Arguments: map[string]any{"expression": fmt.Sprintf("%d + 1", i)}})
		if err != nil || res.IsError {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	for _, s := range all {
		if n := strings.Count(s.Log(), `"tool":"calculate"`); n < 3 {
			t.Errorf("one of two replicas answered %d of 10 calls", n)
		}
	}
}
