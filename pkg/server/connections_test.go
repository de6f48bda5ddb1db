package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in this process, for tests in which time is not real.
type pipes struct {
	conns chan net.Conn
	end   chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), end: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.end:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.end) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (p *pipes) dial() (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.end:
		return nil, errors.New("nobody listens")
	}
}

// aged is a demo whose connections have an age, and what was asked of it.
type aged struct {
	*Server
	*pipes
	dials, served atomic.Int64
}

func newAged(t *testing.T, age time.Duration) *aged {
	t.Helper()
	a := &aged{pipes: newPipes()}
	var err error
	if a.Server, err = New("demo", newDemo(), Config{MaxConnAge: age}, nil); err != nil {
		t.Fatal(err)
	}
	h := a.Handler()
	srv := a.newHTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.served.Add(1)
		h.ServeHTTP(w, r)
	}))
	a.Server.conns.account(srv)
	go srv.Serve(a.pipes)
	t.Cleanup(func() {
		srv.Close()
		a.Server.Close()
	})
	return a
}

func (a *aged) dial(context.Context, string, string) (net.Conn, error) {
	a.dials.Add(1)
	return a.pipes.dial()
}

// keeping returns a client that keeps its connection for as long as it may.
func keeping(t *testing.T, dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	tr := &http.Transport{DialContext: dial, IdleConnTimeout: time.Hour}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

const addModern = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":2},` + meta + `}}`

// add calls a tool, and reports whether the answer ends the connection.
func add(ctx context.Context, c *http.Client, url string) (last bool, err error) {
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(addModern))
	if err != nil {
		return false, err
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "add"} {
		req.Header.Set(k, v)
	}
	res, err := c.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && !strings.Contains(string(body), `"sum":2`) {
		err = errors.New(res.Status + " " + string(body))
	}
	return res.Close, err
}

const agedURL = "http://127.0.0.1:8080/mcp"

func TestConnectionsHaveAnAge(t *testing.T) {
	for _, tt := range []struct {
		age         time.Duration
		least, most int64 // connections in an hour of a request a second
	}{
		{0, 1, 1},
		{5 * time.Minute, 11, 14},
		{time.Minute, 54, 67},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := newAged(t, tt.age)
			c := keeping(t, a.dial)
			ends := int64(0)
			for range 3600 {
				last, err := add(t.Context(), c, agedURL)
				if err != nil {
					t.Fatal(err)
				}
				if last {
					ends++
				}
				<-time.After(time.Second)
			}
			if n := a.dials.Load(); n < tt.least || n > tt.most || ends < n-1 {
				t.Errorf("age %s: %d connections, %d answers that end one", tt.age, n, ends)
			}
		})
	}
}

// TestAgeLosesNothing has many clients whose connections end all the time.
func TestAgeLosesNothing(t *testing.T) {
	const clients, calls = 32, 100
	r, _, _ := startHTTP(t, Config{RateLimit: "off", MaxConnAge: time.Millisecond})
	var dials atomic.Int64
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			c := keeping(t, func(ctx context.Context, network, addr string) (net.Conn, error) {
				dials.Add(1)
				return new(net.Dialer).DialContext(ctx, network, addr)
			})
			for range calls {
				if _, err := add(t.Context(), c, r.url); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	if n := dials.Load(); n < 2*clients {
		t.Errorf("%d clients connected %d times", clients, n)
	}
}

func TestAgeCostsNothing(t *testing.T) {
	s := &Server{cfg: Config{MaxConnAge: time.Minute}}
	now := time.Now()
	r := httptest.NewRequest("POST", "/mcp", nil)
	r = r.WithContext(context.WithValue(r.Context(), connectionKey{}, &connection{expires: now.Add(time.Minute)}))
	if n := testing.AllocsPerRun(100, func() { s.parting(r, now) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAgesDiffer holds that connections which begin together do not end together.
func TestAgesDiffer(t *testing.T) {
	now := time.Now()
	c := &connections{maxAge: time.Minute}
	first, last := 2*time.Minute, time.Duration(0)
	for range 1000 {
		age := c.expiry(now).Sub(now)
		first, last = min(first, age), max(last, age)
	}
	if first < 54*time.Second || first > 56*time.Second || last < 64*time.Second || last > 66*time.Second {
		t.Errorf("ages from %s to %s", first, last)
	}
}

// TestAgeEndsNoStream has a stream of events that is older than connections may be.
func TestAgeEndsNoStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAged(t, time.Minute)
		d := a.svc.(*demo)
		ctx, hangUp := context.WithCancel(t.Context())
		c := keeping(t, a.dial)
		req, err := http.NewRequestWithContext(ctx, "POST", agedURL, strings.NewReader(
			`{"jsonrpc":"2.0","id":"listen","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"} {
			req.Header.Set(k, v)
		}
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		stream := eventStream{linesOf(res)}
		stream.next(t, "notifications/subscriptions/acknowledged")
		updates := 0
		var read sync.WaitGroup
		read.Go(func() { // all the time: a pipe holds nothing
			for stream.lines.Scan() {
				if strings.Contains(stream.lines.Text(), "notifications/resources/updated") {
					updates++
				}
			}
		})
		<-time.After(10 * time.Minute)
		if !d.touch("demo://one") {
			t.Error("nothing watches")
		}
		<-time.After(time.Minute)
		hangUp()
		read.Wait()
		if updates != 1 {
			t.Errorf("%d updates", updates)
		}
	})
}

// TestNewReplicaGetsItsShare adds a replica to one that has all connections.
func TestNewReplicaGetsItsShare(t *testing.T) {
	const age, clients = time.Minute, 16
	synctest.Test(t, func(t *testing.T) {
		old, added := newAged(t, age), newAged(t, age)
		var turn atomic.Int64
		var both atomic.Bool
		balance := func(ctx context.Context, network, addr string) (net.Conn, error) {
			if both.Load() && turn.Add(1)%2 == 0 {
				return added.dial(ctx, network, addr)
			}
			return old.dial(ctx, network, addr)
		}
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for range clients {
			done.Go(func() {
				c := keeping(t, balance)
				for ctx.Err() == nil {
					if _, err := add(context.WithoutCancel(ctx), c, agedURL); err != nil {
						t.Error(err)
						return
					}
					<-time.After(time.Second)
				}
			})
		}
		<-time.After(age / 2)
		both.Store(true)
		<-time.After(2 * age)
		before := [2]int64{old.served.Load(), added.served.Load()}
		<-time.After(age)
		stop()
		done.Wait()
		rest, share := old.served.Load()-before[0], added.served.Load()-before[1]
		if share*4 < rest+share { // half of what is fair
			t.Errorf("%d requests went to the new replica, %d to the old one", share, rest)
		}
	})
}

// TestReplacedReplicaLosesNothing replaces replicas under clients that keep their
// connections and never rest. The balancer knows at once which replica leaves, so
// that there is no delay in which clients could be told.
func TestReplacedReplicaLosesNothing(t *testing.T) {
	const clients, replacements = 64, 4
	type replica struct {
		addr string
		stop context.CancelFunc
		done chan error
	}
	begin := func() replica {
		r, stop, done := startHTTP(t, Config{Drain: time.Minute, RateLimit: "off"})
		r.conns.lastCall = 10 * time.Second // nobody rests, but all may have to wait for a processor
		return replica{strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/mcp"), stop, done}
	}
	var mu sync.RWMutex // held by whoever connects
	now := begin()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		mu.RLock()
		defer mu.RUnlock()
		return new(net.Dialer).DialContext(ctx, network, now.addr)
	}
	var calls, failed atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			c := keeping(t, dial)
			defer c.CloseIdleConnections()
			for ctx.Err() == nil {
				calls.Add(1)
				if _, err := add(context.WithoutCancel(ctx), c, "http://localhost/mcp"); err != nil {
					if failed.Add(1) == 1 {
						t.Log(err)
					}
				}
			}
		})
	}
	for range replacements {
		seen := calls.Load()
		eventually(t, "all clients are at work", func() bool { return calls.Load() > seen+clients })
		next := begin()
		mu.Lock()
		old := now
		now = next
		mu.Unlock()
		// What the kernel has accepted for the old one, the old one has accepted too
		// once it has answered on a later connection.
		if _, err := add(t.Context(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+old.addr+"/mcp"); err != nil {
			t.Fatal(err)
		}
		old.stop()
		if err := <-old.done; err != nil {
			t.Error(err)
		}
	}
	stop()
	done.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d calls failed", n, calls.Load())
	}
	now.stop()
	if err := <-now.done; err != nil {
		t.Error(err)
	}
}
