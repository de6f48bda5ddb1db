package upstream

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Client reaches one upstream. It is safe for concurrent use.
type Client struct {
	cfg     Config
	http    *http.Client
	hosts   map[string]*host // by origin
	base    http.RoundTripper
	foreign http.RoundTripper
	bulk    *bulkhead
	shelves []shelf
	limits  *tracker
	cache   *cache
	flights flights
	counts  counts
	life    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
}

// host is one that a base URL names.
type host struct {
	name    string
	breaker *breaker
}

// Open returns a Client for what cfg names. It connects to nothing yet.
func Open(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.defaults()
	c := &Client{
		cfg:     cfg,
		hosts:   make(map[string]*host),
		bulk:    newBulkhead(cfg),
		shelves: newShelves(),
		limits:  newTracker(cfg),
		cache:   newCache(cfg.CacheBytes, cfg.CacheEntry),
	}
	for _, u := range cfg.BaseURLs {
		c.hosts[Origin(u)] = &host{name: u.Host, breaker: newBreaker(cfg, u.Host)}
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.flights.under = make(map[key]*flight)
	c.base = newTransport(cfg)
	c.foreign = newOutside(cfg)
	c.http = &http.Client{Transport: c, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// HTTP returns the client for the library that speaks the upstream's API. It
// follows redirects by itself, so that an answer is what they lead to. Answers must
// be closed: long ones are held to a few at once.
func (c *Client) HTTP() *http.Client { return c.http }

// RoundTrip sends a request to one of the base URLs, with the credential of its
// context and no other. What the library set in Authorization and Cookie is left
// out. An answer about a rate limit is a *LimitError; others are listed with the
// error types.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	out, err := c.clean(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	resp, err := c.answer(out)
	if !reads(r.Method) {
		c.forget(r.URL)
	}
	if err != nil {
		closeBody(r)
		return nil, err
	}
	c.cfg.Limits.strip(resp.Header)
	resp.Request = r
	return resp, nil
}

// Fetch gets what an answer of the upstream points to elsewhere: a log, a file of
// a release. No credential is sent, and only public addresses by https are asked,
// unless the base URL is itself none. The URL may be a secret: it is in no error.
func (c *Client) Fetch(ctx context.Context, to string) (*http.Response, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, &RefusedError{c.cfg.Name, "what it points to is no URL"}
	}
	r := (&http.Request{Method: http.MethodGet, URL: u, Header: make(http.Header)}).WithContext(ctx)
	r.URL.User, r.URL.Fragment = nil, ""
	return c.alone(r, false)
}

// clean returns a copy of r that carries nothing of who asks.
func (c *Client) clean(r *http.Request) (*http.Request, error) {
	if r.URL == nil {
		return nil, &RefusedError{c.cfg.Name, "a request without a URL"}
	}
	if _, ok := c.ours(r); !ok {
		return nil, &RefusedError{c.cfg.Name, "a request to a host that is not configured"}
	}
	out := r.Clone(r.Context())
	if out.Header == nil {
		out.Header = make(http.Header)
	}
	if out.Method == "" {
		out.Method = http.MethodGet
	}
	for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization", "Traceparent", "Tracestate", "Baggage"} {
		out.Header.Del(name)
	}
	out.URL.User, out.Host = nil, ""
	return out, nil
}

// answer sends a request that is clean.
func (c *Client) answer(r *http.Request) (*http.Response, error) {
	if !shareable(r) {
		return c.alone(r, true)
	}
	k := newKey(r)
	if resp := c.cache.fresh(k, r); resp != nil {
		c.counts.fresh.Add(1)
		return resp, nil
	}
	return c.shared(r, k)
}

// alone sends a request for nobody but its caller.
func (c *Client) alone(r *http.Request, inside bool) (*http.Response, error) {
	ctx, t := c.timed(r.Context())
	deadline, bounded := r.Context().Deadline()
	resp, err := c.follow(r.WithContext(ctx), inside, func(d time.Duration) bool {
		at := time.Now().Add(d)
		return at.Before(t.end) && (!bounded || at.Before(deadline))
	})
	if err != nil {
		t.stop()
		return nil, err
	}
	if whole(resp) {
		t.stop()
	} else {
		resp.Body.(*stream).timed(t)
	}
	return resp, nil
}

// Close ends what is under way and idle connections.
func (c *Client) Close() error {
	c.flights.end()
	c.end()
	c.running.Wait()
	for _, rt := range []http.RoundTripper{c.base, c.foreign} {
		if t, ok := rt.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
	return nil
}

// reads says whether a method changes nothing.
func reads(method string) bool {
	return slices.Contains([]string{"", http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		r.Body.Close()
	}
}
