// Package roundrobin is the load balancer that tests put in front of several
// replicas of a service: it gives each request to the next replica that says it
// is ready, and knows nothing of sessions.
//
// A request is tried on another replica only if no connection could be made:
// once a byte was sent, the client gets what came of it. Start with [New].
package roundrobin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"time"
)

const (
	pollInterval = 10 * time.Millisecond
	maxBody      = 8 << 20
)

// Proxy is the http.Handler of the load balancer. Its methods are safe for
// concurrent use.
type Proxy struct {
	reverse   *httputil.ReverseProxy
	transport *http.Transport
	polls     sync.WaitGroup

	mu       sync.Mutex
	next     int
	replicas []*replica
	changed  chan struct{} // closed and replaced when a replica becomes ready
}

type replica struct {
	addr  string
	ready bool
	stop  context.CancelFunc
}

// New returns a proxy without replicas.
func New() *Proxy {
	p := &Proxy{
		transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		changed:   make(chan struct{}),
	}
	p.reverse = &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.Out.URL.Scheme = "http" },
		Transport:     balancer{p},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "proxy: "+err.Error(), http.StatusBadGateway)
		},
	}
	return p
}

// Add makes the proxy use the replica at addr, a host:port, while it is ready.
func (p *Proxy) Add(addr string) {
	ctx, stop := context.WithCancel(context.Background())
	r := &replica{addr: addr, stop: stop}
	p.mu.Lock()
	p.replicas = append(p.replicas, r)
	p.mu.Unlock()
	p.polls.Go(func() { p.poll(ctx, r) })
}

// Remove makes the proxy forget the replica at addr. Requests that it answers
// go on.
func (p *Proxy) Remove(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replicas = slices.DeleteFunc(p.replicas, func(r *replica) bool {
		if r.addr != addr {
			return false
		}
		r.stop()
		return true
	})
}

// Await waits until the replica at addr is ready.
func (p *Proxy) Await(ctx context.Context, addr string) error {
	for {
		p.mu.Lock()
		ready := slices.ContainsFunc(p.replicas, func(r *replica) bool { return r.addr == addr && r.ready })
		changed := p.changed
		p.mu.Unlock()
		if ready {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends what the proxy does by itself. Requests are ended by their server.
func (p *Proxy) Close() {
	p.mu.Lock()
	for _, r := range p.replicas {
		r.stop()
	}
	p.mu.Unlock()
	p.polls.Wait()
	p.transport.CloseIdleConnections()
}

// ServeHTTP answers a request by one of the replicas.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "proxy: "+err.Error(), http.StatusBadRequest)
		return
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	p.reverse.ServeHTTP(w, r)
}

// poll follows whether a replica is ready.
func (p *Proxy) poll(ctx context.Context, r *replica) {
	u := url.URL{Scheme: "http", Host: r.addr, Path: "/readyz"}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		p.set(r, p.asks(ctx, u.String()))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (p *Proxy) asks(ctx context.Context, u string) (ready bool) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return false
	}
	res, err := p.transport.RoundTrip(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	// So that the connection can be used again; the status was all there is to know.
	_, _ = io.CopyN(io.Discard, res.Body, 1<<10)
	return res.StatusCode == http.StatusOK
}

func (p *Proxy) set(r *replica, ready bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ready && !r.ready {
		close(p.changed)
		p.changed = make(chan struct{})
	}
	r.ready = ready
}

// pick returns the next ready replica that was not tried, nil if there is none.
func (p *Proxy) pick(tried []*replica) *replica {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.replicas {
		r := p.replicas[p.next%len(p.replicas)]
		p.next++
		if r.ready && !slices.Contains(tried, r) {
			return r
		}
	}
	return nil
}

// balancer sends a request to a replica.
type balancer struct{ p *Proxy }

// RoundTrip sends r to the next replica, and if it has no connection to offer,
// to another one.
func (b balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	err := errors.New("no replica is ready")
	var tried []*replica
	for {
		rep := b.p.pick(tried)
		if rep == nil {
			return nil, err
		}
		tried = append(tried, rep)
		out := r.Clone(r.Context())
		out.URL.Host = rep.addr
		if r.GetBody != nil && r.Body != nil {
			if out.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
		var res *http.Response
		if res, err = b.p.transport.RoundTrip(out); err == nil {
			return res, nil
		}
		if op := new(net.OpError); !errors.As(err, &op) || op.Op != "dial" {
			return nil, err
		}
		b.p.set(rep, false)
	}
}
