package server

import (
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// lease is how long the subscriptions of a session count: as long as the
// credential with which its client came last, or an earlier one that ends later.
// When it is over their watches end. A client that comes back with a credential
// of the same caller has them again, and is told that their resources may have
// changed.
//
// A listen has no lease: it is one request, and ends with its credential.
type lease struct {
	caller *auth.Caller
	keys   *ending // for a credential without an end of its own
	over   bool
	undo   func()
}

// covers reports whether the credential that x came with adds nothing.
func (l *lease) covers(x *exchange) bool {
	switch {
	case l == nil || l.over:
		return false
	case x.caller.Expires.IsZero():
		return l.caller.Expires.IsZero() && l.keys == x.keys
	}
	return !x.caller.Expires.After(l.caller.Expires)
}

// stop makes a lease that is no longer that of its session end nothing.
func (l *lease) stop() {
	if l != nil {
		l.undo()
	}
}

// renew notes the credential with which the client of a session comes.
func (w *watches) renew(session *mcp.ServerSession, x *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.held[session]
	if h == nil || h.ended || x.caller == nil || h.principal != x.caller.Principal || h.lease.covers(x) {
		return
	}
	old, l := h.lease, &lease{caller: x.caller, keys: x.keys}
	old.stop()
	h.lease = l
	if end := func() { w.suspend(h, l) }; x.caller.Expires.IsZero() {
		l.undo = x.keys.bind(end)
	} else {
		timer := time.AfterFunc(time.Until(x.caller.Expires), end)
		l.undo = func() { timer.Stop() }
	}
	if old != nil && !slices.Equal(old.caller.Grants, x.caller.Grants) {
		for uri, v := range h.watches {
			if slices.Contains(v.holders[h], nil) && !w.may(x.caller, uri) {
				w.drop(h, nil, v)
				w.post(h, letter{about: v, sure: true})
			}
		}
	}
	for uri := range h.asleep {
		w.wake(h, uri, x.caller)
	}
	h.asleep = nil
}

// suspend ends what a session watches, because its lease is over.
func (w *watches) suspend(h *holding, l *lease) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h.lease != l || h.ended {
		return
	}
	l.over = true
	for uri, x := range h.watches {
		if !slices.Contains(x.holders[h], nil) {
			continue
		}
		w.drop(h, nil, x)
		if h.asleep == nil {
			h.asleep = make(map[string]bool)
		}
		h.asleep[uri] = true
	}
}

// wake makes a session hold a resource again. It is told of the resource in any
// case: of what it has missed, or of what it may see no more. The lock is held.
func (w *watches) wake(h *holding, uri string, c *auth.Caller) {
	lost := letter{about: &watch{watchKey: watchKey{uri: uri}}, sure: true}
	if !w.may(c, uri) {
		w.post(h, lost)
		return
	}
	x, _, err := w.holds(h, nil, uri, c)
	if err != nil {
		w.post(h, lost)
		return
	}
	w.running.Go(func() {
		<-x.ready
		w.mu.Lock()
		defer w.mu.Unlock()
		if !h.ended {
			w.post(h, letter{about: x, sure: true})
		}
	})
}
