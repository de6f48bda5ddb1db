//go:build k8s

package k8s

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is what some clients do: each calls, one call at a time, until the load
// is stopped.
type load struct {
	era       string
	clients   int
	pause     time.Duration // between two calls of a client; 0: none
	keepAlive bool          // else each call has a connection of its own
	// expression is what they compute, and its value; none: sums of all kinds.
	expression, value string
}

// running is a load that goes on.
type running struct {
	t      *testing.T
	load   load
	url    string
	stop   context.CancelFunc
	ended  sync.WaitGroup
	flying atomic.Int64 // calls in flight now

	mu       sync.Mutex
	answered int
	again    int // calls that were sent again because no connection could be made, or a session had ended
	failures []failure
	peak     int64
}

// failure is a call without the answer that it should have.
type failure struct {
	begin time.Time
	err   error
}

// maxFailures bounds what is kept of a load that fails altogether.
const maxFailures = 10_000

// start begins a load on the calculator of a release. It is stopped when the
// test ends, if not before.
func (r *release) start(t *testing.T, l load) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	addr := net.JoinHostPort(address(ctx, t, r.host("calculator")), "80")
	g := &running{t: t, load: l, url: r.endpoint("calculator"), stop: stop}
	for i := range l.clients {
		// Of a common pool, clients that pause would use few connections.
		own := transport(addr, l.keepAlive)
		g.ended.Go(func() {
			defer own.CloseIdleConnections()
			g.client(ctx, bearer{r.key, own}, i)
		})
	}
	t.Cleanup(func() { g.end() })
	return g
}

// end stops the load, and waits for the calls that are in flight.
func (g *running) end() {
	g.stop()
	g.ended.Wait()
}

func (g *running) client(ctx context.Context, rt http.RoundTripper, id int) {
	session := ""
	for i := 0; ctx.Err() == nil; i++ {
		if g.load.pause > 0 {
			timer := time.NewTimer(g.load.pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
		}
		expression, want := g.load.expression, g.load.value
		if expression == "" {
			expression, want = fmt.Sprintf("%d + %d", id, i), strconv.Itoa(id+i)
		}
		begin := time.Now()
		flying := g.flying.Add(1)
		// A call that has begun is answered, whatever happens to the load.
		got, again, err := g.call(context.WithoutCancel(ctx), rt, &session, expression)
		g.flying.Add(-1)
		if err == nil && got != want {
			err = fmt.Errorf("%s is %q", expression, got)
		}
		g.note(flying, again, failure{begin, err})
	}
}

func (g *running) note(flying int64, again int, f failure) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peak = max(g.peak, flying)
	g.again += again
	if f.err == nil {
		g.answered++
	} else if len(g.failures) < maxFailures {
		g.failures = append(g.failures, f)
	}
}

// call makes one call. As every client may, it tries again where nothing was
// sent, and as the protocol wants, it begins a new session for one that has
// ended.
func (g *running) call(ctx context.Context, rt http.RoundTripper, session *string, expression string) (value string, again int, err error) {
	for ; again < 20; again++ {
		if g.load.era == legacy && *session == "" {
			if err = g.begin(ctx, rt, session); refused(err) {
				continue
			} else if err != nil {
				return "", again, err
			}
		}
		var res reply
		res, err = post(ctx, rt, g.url, g.load.era, *session, message(g.load.era, expression))
		switch {
		case refused(err):
			continue
		case err == nil && res.status == http.StatusNotFound && *session != "":
			*session = ""
			continue
		case err == nil && (res.status != http.StatusOK || res.value == ""):
			err = fmt.Errorf("status %d: %.300s", res.status, res.body)
		}
		return res.value, again, err
	}
	return "", again, fmt.Errorf("tried %d times: %w", again, err)
}

func (g *running) begin(ctx context.Context, rt http.RoundTripper, session *string) error {
	res, err := post(ctx, rt, g.url, legacy, "", initialize)
	if err == nil && (res.status != http.StatusOK || res.session == "") {
		err = fmt.Errorf("initialize: status %d: %.300s", res.status, res.body)
	}
	if err == nil {
		*session = res.session
	}
	return err
}

// refused reports whether no connection was made.
func refused(err error) bool {
	op := new(net.OpError)
	return errors.As(err, &op) && op.Op == "dial"
}

// count returns how many calls have been answered.
func (g *running) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.answered
}

// failed returns the failures so far.
func (g *running) failed() []failure {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failures[:len(g.failures):len(g.failures)]
}

// noneFailed ends the load, of which every call must have been answered.
func (g *running) noneFailed() {
	g.t.Helper()
	g.end()
	for i, f := range g.failures {
		if i == 5 {
			break
		}
		g.t.Errorf("a call failed: %v", f.err)
	}
	if g.answered == 0 {
		g.t.Error("no call was answered")
	}
	g.t.Logf("%s, %d clients: %d calls answered, %d failed (limit 0), %d sent again for want of a connection or a session, at most %d in flight",
		g.load.era, g.load.clients, g.answered, len(g.failures), g.again, g.peak)
}
