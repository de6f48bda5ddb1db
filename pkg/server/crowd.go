package server

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// crowdWait is how long a request waits for room at most: less than its sender
// waits for an answer.
const crowdWait = 2 * time.Second

// crowd are the requests to a place that are under way, or wait for it.
type crowd struct {
	place
	all     *semaphore.Weighted
	mu      sync.Mutex
	waiting int
	by      map[string]*sender // by address
}

type sender struct {
	slots *semaphore.Weighted
	refs  int
}

func newCrowd(p place) *crowd {
	return &crowd{place: p, all: semaphore.NewWeighted(int64(p.atOnce)), by: make(map[string]*sender)}
}

// enter lets a request in until leave, if there is room or will be in a moment.
func (c *crowd) enter(ctx context.Context, address string) (leave func(), ok bool) {
	v := c.meet(address)
	if !c.try(v) && !c.wait(ctx, v) {
		c.forget(address, v)
		return nil, false
	}
	return func() {
		c.all.Release(1)
		v.slots.Release(1)
		c.forget(address, v)
	}, true
}

func (c *crowd) try(v *sender) bool {
	if !v.slots.TryAcquire(1) {
		return false
	}
	if !c.all.TryAcquire(1) {
		v.slots.Release(1)
		return false
	}
	return true
}

func (c *crowd) wait(ctx context.Context, v *sender) bool {
	c.mu.Lock()
	if c.waiting >= c.queue {
		c.mu.Unlock()
		return false
	}
	c.waiting++
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.waiting--
		c.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(ctx, crowdWait)
	defer cancel()
	if v.slots.Acquire(ctx, 1) != nil {
		return false
	}
	if c.all.Acquire(ctx, 1) != nil {
		v.slots.Release(1)
		return false
	}
	return true
}

func (c *crowd) meet(address string) *sender {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.by[address]
	if v == nil {
		v = &sender{slots: semaphore.NewWeighted(int64(c.each))}
		c.by[address] = v
	}
	v.refs++
	return v
}

func (c *crowd) forget(address string, v *sender) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v.refs--; v.refs == 0 {
		delete(c.by, address)
	}
}
