package server

import (
	"net/http"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// streamRetry is what a caller with too many standing streams is told to wait.
const streamRetry = 10 * time.Second

// requestsPerCall is how many requests of a caller may be under way for each tool
// call that may run: those that wait, and those whose bodies or answers are on
// their way.
const requestsPerCall = 8

// standing counts what callers hold: either streams that have no end of their
// own, which are those of older revisions and listens, or other requests under
// way. Each costs memory for as long as its client likes.
type standing struct {
	perCaller, all int

	mu    sync.Mutex
	total int
	of    map[string]int // by principal, those that hold none left out
}

// newStanding lets each caller hold some, and all together more. Callers that
// cannot be told apart have no number of their own.
func newStanding(perCaller, all int) *standing {
	return &standing{perCaller: perCaller, all: max(perCaller, all), of: make(map[string]int)}
}

// hold takes one for principal until the returned function is called. It
// returns nil if there are too many.
func (st *standing) hold(principal string) (release func()) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.total >= st.all || principal != auth.Anonymous && st.of[principal] >= st.perCaller {
		return nil
	}
	st.of[principal]++
	st.total++
	return func() {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.total--
		if st.of[principal]--; st.of[principal] == 0 {
			delete(st.of, principal)
		}
	}
}

// stands runs serve, which answers with a standing stream, if the caller may
// hold one more. A stream that another replica hands on is counted there, where
// its client is.
func (d *dispatcher) stands(w http.ResponseWriter, r *http.Request, x *exchange, serve func()) {
	if !x.forwarded {
		release := d.s.standing.hold(x.caller.Principal)
		if release == nil {
			d.s.refused(r, refusedRateLimited, target{})
			refuseBusy(w, http.StatusTooManyRequests, streamRetry, "you hold as many streams as one caller may; close one, or try again later")
			return
		}
		defer release()
	}
	x.standing = true
	serve()
}
