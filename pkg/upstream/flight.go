package upstream

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"
)

// flights are the reads that are under way, which equal ones join.
type flights struct {
	mu    sync.Mutex
	under map[key]*flight
	ended bool
}

// flight is a read for all who wait for it. It ends when it is done or when nobody
// waits for it any more. Its fields below done are guarded by flights.mu until
// done is closed; waiters and taken always are.
type flight struct {
	key    key
	at     place
	began  time.Time
	cancel context.CancelFunc
	done   chan struct{}

	waiters int
	latest  time.Time // the latest of their deadlines; zero if one has none
	landed  bool
	taken   bool // somebody has the answer that is a stream
	resp    *http.Response
	err     error
}

// shared answers r with the flight of its key, which it begins if there is none.
func (c *Client) shared(r *http.Request, k key) (*http.Response, error) {
	f := c.join(r, k)
	if f == nil {
		return nil, &RefusedError{c.cfg.Name, "the client is closed"}
	}
	select {
	case <-f.done:
		return c.land(f, r)
	case <-r.Context().Done():
		c.flights.leave(f)
		return nil, r.Context().Err()
	}
}

func (c *Client) join(r *http.Request, k key) *flight {
	deadline, bounded := r.Context().Deadline()
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	if c.flights.ended {
		return nil
	}
	f := c.flights.under[k]
	// One that is late leaves too little time for who joins now.
	if f != nil && time.Since(f.began) < c.cfg.Timeout/2 {
		f.waiters++
		if !bounded || f.latest.IsZero() {
			f.latest = time.Time{}
		} else if deadline.After(f.latest) {
			f.latest = deadline
		}
		c.counts.joined.Add(1)
		return f
	}
	ctx, t := c.timed(context.WithoutCancel(r.Context()))
	undo := context.AfterFunc(c.life, t.stop)
	give := func() {
		undo()
		t.stop()
	}
	f = &flight{key: k, at: placeOf(r.URL), began: time.Now(), cancel: give, done: make(chan struct{}), waiters: 1, latest: deadline}
	c.flights.under[k] = f
	c.running.Go(func() { c.fly(f, r.Clone(ctx), t) })
	return f
}

// fly does what the flight is for.
func (c *Client) fly(f *flight, r *http.Request, t *timer) {
	resp, err := c.follow(r, true, func(d time.Duration) bool { //nolint:bodyclose // who takes the answer closes it
		at := time.Now().Add(d)
		c.flights.mu.Lock()
		defer c.flights.mu.Unlock()
		return at.Before(t.end) && (f.latest.IsZero() || at.Before(f.latest))
	})
	if err != nil || whole(resp) {
		f.cancel()
	} else {
		resp.Body.(*stream).timed(t)
		resp.Body.(*stream).onClose(f.cancel)
	}
	c.flights.mu.Lock()
	f.resp, f.err, f.landed = resp, err, true
	c.flights.remove(f)
	unwanted := f.waiters == 0
	c.flights.mu.Unlock()
	close(f.done)
	if unwanted {
		f.discard()
	}
}

func (f *flight) discard() {
	if f.resp != nil {
		f.resp.Body.Close()
	}
}

// land returns the answer of a flight. A stream is for one only; others ask for
// themselves.
func (c *Client) land(f *flight, r *http.Request) (*http.Response, error) {
	if f.err != nil {
		return nil, f.err
	}
	out := *f.resp
	out.Header = f.resp.Header.Clone()
	if m, ok := f.resp.Body.(*memory); ok {
		out.Body = &memory{bytes.NewReader(m.all), m.all, m.free}
		return &out, nil
	}
	c.flights.mu.Lock()
	first := !f.taken
	f.taken = true
	c.flights.mu.Unlock()
	if !first {
		return c.alone(r, true)
	}
	body := f.resp.Body.(*stream)
	stop := context.AfterFunc(r.Context(), f.cancel)
	body.onClose(func() { stop() })
	return &out, nil
}

// leave is for who waits no longer.
func (fs *flights) leave(f *flight) {
	fs.mu.Lock()
	f.waiters--
	last := f.waiters == 0
	if last {
		f.cancel()
		fs.remove(f)
	}
	unwanted := last && f.landed && !f.taken
	fs.mu.Unlock()
	if unwanted {
		f.discard()
	}
}

// remove lets nobody join f any more. The lock is held.
func (fs *flights) remove(f *flight) {
	if fs.under[f.key] == f {
		delete(fs.under, f.key)
	}
}

// forget lets nobody join a flight that a write at p may have overtaken.
func (fs *flights) forget(p place) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.under {
		if p.touches(f.at) {
			fs.remove(f)
		}
	}
}

// end lets no flight begin.
func (fs *flights) end() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.ended = true
}
