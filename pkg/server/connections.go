package server

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// lastCall is how long a connection may wait for one more request when the
// server ends: the client may have sent it before it could know.
const lastCall = time.Second

// connections keeps account of the connections of one server: how old they are,
// and which of them wait for a request.
type connections struct {
	maxAge   time.Duration // 0: any age
	lastCall time.Duration
	open     sync.Map // net.Conn → *connection
}

// connection is what is known of one.
type connection struct {
	expires time.Time    // its next answer after this is its last; zero: never
	waiting atomic.Int64 // since when it waits for a request, in nanoseconds of Unix time; 0: it does not
}

type connectionKey struct{}

// account makes srv tell of its connections, and requests know theirs.
func (c *connections) account(srv *http.Server) {
	srv.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		known := &connection{expires: c.expiry(time.Now())}
		c.open.Store(conn, known)
		return context.WithValue(ctx, connectionKey{}, known)
	}
	srv.ConnState = func(conn net.Conn, state http.ConnState) {
		known, ok := c.open.Load(conn)
		if !ok {
			return
		}
		switch state {
		case http.StateNew, http.StateIdle:
			known.(*connection).waiting.Store(time.Now().UnixNano())
		case http.StateActive:
			known.(*connection).waiting.Store(0)
		case http.StateHijacked, http.StateClosed:
			c.open.Delete(conn)
		}
	}
}

// expiry is when a connection that begins now has had its time: up to a tenth
// earlier or later than the age, so that connections that began together, such
// as those of a proxy, do not leave together.
func (c *connections) expiry(now time.Time) time.Time {
	if c.maxAge == 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(float64(c.maxAge) * (0.9 + 0.2*rand.Float64())))
}

// parting reports whether the answer to r is the last one of its connection. It
// says so in its headers: a client that is told between two requests may have
// sent the second already. A connection that nobody uses is therefore left to
// the idle timeout, whatever its age, and a stream to its own end.
func (s *Server) parting(r *http.Request, now time.Time) bool {
	if s.draining.Load() {
		return true
	}
	if s.cfg.MaxConnAge == 0 {
		return false
	}
	known, _ := r.Context().Value(connectionKey{}).(*connection)
	return known != nil && !known.expires.IsZero() && now.After(known.expires)
}

// leave returns when all connections have ended, or ctx has. It closes those
// that have waited for a request for as long as lastCall since began, which is
// when answers began to end theirs. [http.Server.Shutdown] closes them at once,
// and with them what is on its way.
func (c *connections) leave(ctx context.Context, began time.Time) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		left := false
		now := time.Now()
		c.open.Range(func(conn, known any) bool {
			left = true
			since := known.(*connection).waiting.Load()
			if since != 0 && now.Sub(began) >= c.lastCall && now.Sub(time.Unix(0, since)) >= c.lastCall {
				conn.(net.Conn).Close()
			}
			return true
		})
		if !left {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
