package limit

import (
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrBusy is returned to a principal that has so many calls running and waiting
// that one more may not even wait.
var ErrBusy = errors.New("too many calls of this principal are running and waiting")

// waitingPerRunning is how many calls of a principal may wait for each that may
// run.
const waitingPerRunning = 4

// Slots bounds how many calls run at once, of each principal and in all. Its
// methods are safe for concurrent use.
//
// Calls of one principal take their turns in order. When there are more calls
// than slots in all, the principals that wait take turns, whatever the number of
// their calls. Nothing is kept about a principal that has no call.
type Slots struct {
	total, each int
	crowds      []string

	mu      sync.Mutex
	running int
	callers map[string]*caller
	turns   list.List // of *caller, who have calls waiting and may run more; empty while a slot is free
	spare   []*caller // to use again
}

// caller is a principal with calls.
type caller struct {
	principal string
	most      int // that may run
	running   int
	waiting   list.List     // of *waiter
	turn      *list.Element // in Slots.turns, or nil
	release   func()
}

// waiter is a call that waits.
type waiter struct{ granted chan struct{} }

// NewSlots returns slots for total calls in all and perPrincipal calls of each
// principal, both at least 1. For the crowds, principals that stand for all
// callers together, only the total applies.
func NewSlots(total, perPrincipal int, crowds ...string) *Slots {
	total = max(1, total)
	return &Slots{total: total, each: min(max(1, perPrincipal), total), crowds: crowds, callers: make(map[string]*caller)}
}

// Most is how many calls of a principal may run at once.
func (s *Slots) Most(principal string) int {
	if slices.Contains(s.crowds, principal) {
		return s.total
	}
	return s.each
}

// Running is how many calls run now.
func (s *Slots) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

// Acquire waits until the principal may run a call. The caller must call release
// once, when that call has ended.
//
// The error is ctx's if ctx ends before, or [ErrBusy], at once, if four times as
// many calls of the principal wait as may run.
func (s *Slots) Acquire(ctx context.Context, principal string) (release func(), err error) {
	s.mu.Lock()
	c := s.caller(principal)
	if c.running < c.most && s.running < s.total {
		c.running++
		s.running++
		s.mu.Unlock()
		return c.release, nil
	}
	if c.waiting.Len() >= waitingPerRunning*c.most {
		s.mu.Unlock()
		return nil, ErrBusy
	}
	w := &waiter{make(chan struct{})}
	place := c.waiting.PushBack(w)
	s.queue(c)
	s.mu.Unlock()

	select {
	case <-w.granted:
		return c.release, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.granted: // in the same moment
		s.free(c)
	default:
		c.waiting.Remove(place)
		if c.waiting.Len() == 0 && c.turn != nil {
			s.turns.Remove(c.turn)
			c.turn = nil
		}
		s.forget(c)
	}
	return nil, ctx.Err()
}

// caller returns what is known of a principal, which is nothing for a new one.
func (s *Slots) caller(principal string) *caller {
	if c, ok := s.callers[principal]; ok {
		return c
	}
	if len(s.spare) == 0 {
		s.spare = append(s.spare, s.newCaller())
	}
	last := len(s.spare) - 1
	c := s.spare[last]
	s.spare = s.spare[:last]
	c.principal, c.most = principal, s.Most(principal)
	s.callers[principal] = c
	return c
}

func (s *Slots) newCaller() *caller {
	c := new(caller)
	c.release = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.free(c)
	}
	return c
}

// free gives back a slot of c, and gives it to whose turn it is.
func (s *Slots) free(c *caller) {
	c.running--
	s.running--
	s.queue(c)
	for s.running < s.total && s.turns.Len() > 0 {
		next := s.turns.Remove(s.turns.Front()).(*caller)
		next.turn = nil
		w := next.waiting.Remove(next.waiting.Front()).(*waiter)
		next.running++
		s.running++
		close(w.granted)
		s.queue(next)
	}
	s.forget(c)
}

// queue gives c a turn after all others, if it has use for one and has none.
func (s *Slots) queue(c *caller) {
	if c.turn == nil && c.waiting.Len() > 0 && c.running < c.most {
		c.turn = s.turns.PushBack(c)
	}
}

// forget drops a principal that has no call.
func (s *Slots) forget(c *caller) {
	if c.running > 0 || c.waiting.Len() > 0 {
		return
	}
	delete(s.callers, c.principal)
	c.principal = ""
	if len(s.spare) < s.total {
		s.spare = append(s.spare, c)
	}
}
