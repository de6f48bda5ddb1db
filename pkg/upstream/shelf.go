package upstream

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// shelf is room for answers above a length. Most answers are short, and as many
// may be in memory as requests run at once; a few long ones together would take
// all of it. They keep their room until they are closed, which is when the library
// has decoded them.
type shelf struct {
	above int64
	room  *semaphore.Weighted
}

// newShelves returns them from short to long. An answer of unknown length takes
// room on one after the other, always in this order, so that two never wait for
// each other.
func newShelves() []shelf {
	return []shelf{
		{256 << 10, semaphore.NewWeighted(4)},
		{2 << 20, semaphore.NewWeighted(2)},
	}
}

// taken is the room that one answer has.
type taken struct {
	mu    sync.Mutex
	rooms []*semaphore.Weighted
}

func (t *taken) take(ctx context.Context, s shelf) error {
	if err := s.room.Acquire(ctx, 1); err != nil {
		return ctx.Err()
	}
	t.rooms = append(t.rooms, s.room)
	return nil
}

// free gives all of it back, once.
func (t *taken) free() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rooms {
		r.Release(1)
	}
	t.rooms = nil
}
