package server

import (
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// minIdle is how long a session must have been idle before another caller's can
// take its place.
const minIdle = time.Minute

// sessions are the live sessions of older protocol revisions in this process,
// each with the principal that began it. There are never more than a number, of
// all callers and of each.
type sessions struct {
	most, perCaller int

	mu       sync.Mutex
	closed   bool
	byID     map[string]*seat
	of       map[string]int // seats of each principal
	reserved int            // seats that have no session yet
}

// seat is the place of one session. It is taken before the session is begun.
type seat struct {
	principal string
	session   *mcp.ServerSession // nil until it is begun
	last      time.Time          // when a request of it began or ended
	calls     int                // POST requests in flight
}

func newSessions(most, perCaller int) *sessions {
	return &sessions{most: most, perCaller: perCaller, byID: make(map[string]*seat), of: make(map[string]int)}
}

// reserve takes a seat for a session that principal begins, or returns nil if
// there is no room. A caller with its full number makes room by its own session
// that is idle longest; when the table is full, any that is idle for long does.
// Callers that cannot be told apart have no number of their own.
func (t *sessions) reserve(principal string) *seat {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	if principal != auth.Anonymous && t.of[principal] >= t.perCaller {
		own := t.longestIdle(func(st *seat) bool { return st.principal == principal && st.calls == 0 })
		if own == nil {
			own = t.longestIdle(func(st *seat) bool { return st.principal == principal })
		}
		if own == nil {
			return nil // all of them are being begun
		}
		t.end(own)
	}
	if len(t.byID)+t.reserved >= t.most {
		now := time.Now()
		idle := t.longestIdle(func(st *seat) bool { return st.calls == 0 && now.Sub(st.last) > minIdle })
		if idle == nil {
			return nil
		}
		t.end(idle)
	}
	t.of[principal]++
	t.reserved++
	return &seat{principal: principal}
}

// longestIdle returns the one of the matching seats that was used least
// recently, nil if none matches. A standing stream is not use: clients hold one
// for as long as they live. The lock is held.
func (t *sessions) longestIdle(match func(*seat) bool) *seat {
	var found *seat
	for _, st := range t.byID {
		if match(st) && (found == nil || st.last.Before(found.last)) {
			found = st
		}
	}
	return found
}

// giveBack gives back a seat that no session was begun on.
func (t *sessions) giveBack(st *seat) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if st.session == nil && st.principal != "" {
		t.reserved--
		t.leave(st)
	}
}

// begin puts a session on its seat. A session without one ends: its client went
// away while it was begun.
func (t *sessions) begin(st *seat, session *mcp.ServerSession) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || st == nil || st.principal == "" {
		go session.Close() // it waits for the caller of this
		return
	}
	st.session, st.last = session, time.Now()
	t.reserved--
	t.byID[session.ID()] = st
	go t.follow(st)
}

// follow gives back a session's seat when it ends: the SDK does not tell.
func (t *sessions) follow(st *seat) {
	_ = st.session.Wait() // how it ended does not matter here
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(st)
}

// enter begins a request of a session, until leave is called. It refuses a
// session that principal did not begin, as one that does not exist.
//
// A last request is one that comes when the process is about to end: a session
// with nothing in flight ends before it, so that its client begins another
// elsewhere, where it is sent by then, while what it asked has had no effect.
func (t *sessions) enter(id, principal string, call, last bool) (leave func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	st := t.byID[id]
	if st == nil || st.principal != principal {
		return nil, false
	}
	if last && st.calls == 0 {
		t.end(st)
		return nil, false
	}
	st.last = time.Now()
	if !call {
		return func() {}, true
	}
	st.calls++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		st.calls--
		st.last = time.Now()
	}, true
}

// find returns the session with an id, nil if there is none.
func (t *sessions) find(id string) *mcp.ServerSession {
	t.mu.Lock()
	defer t.mu.Unlock()
	if st := t.byID[id]; st != nil {
		return st.session
	}
	return nil
}

// end ends a session. It is gone for its client at once; calls in flight are
// answered before its resources are. The lock is held.
func (t *sessions) end(st *seat) {
	t.remove(st)
	go st.session.Close()
}

// remove takes a session out of the table if it is there. The lock is held.
func (t *sessions) remove(st *seat) {
	if id := st.session.ID(); t.byID[id] == st {
		delete(t.byID, id)
		t.leave(st)
	}
}

// leave takes a seat from its principal. The lock is held.
func (t *sessions) leave(st *seat) {
	if t.of[st.principal]--; t.of[st.principal] == 0 {
		delete(t.of, st.principal)
	}
	st.principal = "" // nobody's
}

// close ends all sessions and waits until they have ended, but not for handlers
// that do not heed their context: they end with the process.
func (t *sessions) close() {
	t.mu.Lock()
	t.closed = true
	var closing sync.WaitGroup
	for _, st := range t.byID {
		t.remove(st)
		closing.Go(func() { _ = st.session.Close() }) // the transport's end is the SDK's to log
	}
	t.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		closing.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(abortGrace):
	}
}
