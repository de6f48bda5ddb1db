package token

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cache keeps a value for each of a bounded number of tokens, known by their
// hash: a dump of the memory shows no token. The oldest makes room for the
// newest.
type cache[V any] struct {
	mu      sync.Mutex
	entries map[[sha256.Size]byte]entry[V]
	order   [][sha256.Size]byte // a ring: next is the oldest, once it is full
	next    int
}

type entry[V any] struct {
	value V
	until time.Time
}

func newCache[V any](size int) *cache[V] {
	return &cache[V]{entries: make(map[[sha256.Size]byte]entry[V]), order: make([][sha256.Size]byte, 0, size)}
}

// get returns the value of a token if its time has not run out.
func (c *cache[V]) get(id [sha256.Size]byte, now time.Time) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[id]
	if !ok || !now.Before(e.until) {
		return value, false
	}
	return e.value, true
}

// put keeps a value until a time.
func (c *cache[V]) put(id [sha256.Size]byte, value V, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[id]; !ok {
		if len(c.order) < cap(c.order) {
			c.order = append(c.order, id)
		} else {
			delete(c.entries, c.order[c.next])
			c.order[c.next] = id
			c.next = (c.next + 1) % len(c.order)
		}
	}
	c.entries[id] = entry[V]{value, until}
}
