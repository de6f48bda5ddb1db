package upstream

import (
	"context"
	"crypto/sha256"
	"sync"

	"golang.org/x/sync/semaphore"
)

// bulkhead bounds what runs at once: for the upstream, and for each credential, so
// that one user's calls do not take all of it.
type bulkhead struct {
	name    string
	all     *semaphore.Weighted
	each    int64
	waiting int // for all
	queue   int
	mu      sync.Mutex
	users   map[[sha256.Size]byte]*user // those that run or wait
}

type user struct {
	slots *semaphore.Weighted
	refs  int
}

func newBulkhead(cfg Config) *bulkhead {
	return &bulkhead{
		name: cfg.Name, all: semaphore.NewWeighted(int64(cfg.Concurrent)), each: int64(cfg.PerCredential),
		queue: cfg.Queue, users: make(map[[sha256.Size]byte]*user),
	}
}

// acquire waits for a slot, and returns what gives it back.
func (b *bulkhead) acquire(ctx context.Context, cred [sha256.Size]byte) (func(), error) {
	u, err := b.enter(cred)
	if err != nil {
		return nil, err
	}
	if err := u.slots.Acquire(ctx, 1); err != nil {
		b.leave(cred, u)
		return nil, ctx.Err()
	}
	if err := b.wait(ctx); err != nil {
		u.slots.Release(1)
		b.leave(cred, u)
		return nil, err
	}
	return sync.OnceFunc(func() {
		b.all.Release(1)
		u.slots.Release(1)
		b.leave(cred, u)
	}), nil
}

// enter finds the user, of whose requests a quarter of the queue may wait.
func (b *bulkhead) enter(cred [sha256.Size]byte) (*user, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.users[cred]
	if u == nil {
		u = &user{slots: semaphore.NewWeighted(b.each)}
		b.users[cred] = u
	}
	if u.refs >= int(b.each)+max(b.queue/4, 1) {
		return nil, &BusyError{b.name, true}
	}
	u.refs++
	return u, nil
}

func (b *bulkhead) leave(cred [sha256.Size]byte, u *user) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u.refs--; u.refs == 0 {
		delete(b.users, cred)
	}
}

func (b *bulkhead) wait(ctx context.Context) error {
	if b.all.TryAcquire(1) {
		return nil
	}
	b.mu.Lock()
	if b.waiting >= b.queue {
		b.mu.Unlock()
		return &BusyError{b.name, false}
	}
	b.waiting++
	b.mu.Unlock()
	err := b.all.Acquire(ctx, 1)
	b.mu.Lock()
	b.waiting--
	b.mu.Unlock()
	if err != nil {
		return ctx.Err()
	}
	return nil
}
