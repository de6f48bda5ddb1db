package lines

import (
	"context"
	"sync"
)

// A call is a request in flight.
type call struct {
	method string             // if it is initialize or listen
	before int                // how many notifications were passed in before it
	cancel context.CancelFunc // of one that is answered without the session
}

// calls keeps the requests that were passed in and not yet answered.
type calls struct {
	max  int
	idle func() // called once no call is open and no request can follow

	mu     sync.Mutex
	byID   map[callID]call
	notes  int  // how many notifications were passed in
	dealt  int  // how many of them the session has surely handled
	open   int  // calls whose answer is not yet written; listens, which never end by themselves, do not count
	ending bool // the input ended, or Stop was called
}

// refusal says why request m may not be passed on now, or returns nil.
func (c *calls) refusal(m message) *fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusalLocked(m, 0)
}

func (c *calls) refusalLocked(m message, before int) *fault {
	switch _, used := c.byID[m.id]; {
	case c.ending:
		return &fault{code: codeRefused, text: "the server is shutting down"}
	case used:
		return invalid("this id is already in flight: use another one")
	case len(c.byID)+before >= c.max:
		return &fault{code: codeRefused, text: tooMany(c.max)}
	}
	return nil
}

// add notes the requests among ms as in flight, unless one of them is refused.
func (c *calls) add(ms ...message) *fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, m := range ms {
		if m.kind != request {
			continue
		}
		if ft := c.refusalLocked(m, n); ft != nil {
			return ft
		}
		n++
	}
	for _, m := range ms {
		if m.kind != request {
			continue
		}
		c.byID[m.id] = call{method: m.method, before: c.notes}
		if m.method != listen {
			c.open++
		}
	}
	for _, m := range ms {
		if m.kind == notification {
			c.notes++
		}
	}
	return nil
}

// calm reports whether the session has handled all notifications. It handles
// them one after the other and in the order of the lines, so it has when it
// answers a request that came after them.
func (c *calls) calm() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notes == c.dealt
}

// divert notes that a call is answered without the session.
func (c *calls) divert(id callID, cancel context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.byID[id]
	one.cancel = cancel
	c.byID[id] = one
}

// cancel ends a call that is answered without the session, if it is one.
func (c *calls) cancel(id callID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.byID[id]; one.cancel != nil {
		one.cancel()
	}
}

// take removes a call whose answer is about to be written, so that the client
// can use the id again as soon as it sees the answer.
func (c *calls) take(id callID) (method string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.byID[id]
	delete(c.byID, id)
	if ok && one.cancel == nil {
		c.dealt = max(c.dealt, one.before)
	}
	return one.method, ok
}

// written tells that the answers to n calls were written.
func (c *calls) written(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open -= n
	c.checkIdle()
}

// end tells that no further request will be passed in.
func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	c.checkIdle()
}

func (c *calls) checkIdle() {
	if c.ending && c.open == 0 {
		c.idle()
	}
}
