package change

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mcpfleet/mcpfleet/services/files/internal/tree"
)

// locks are one lock for each name in a directory that is being changed. There
// are no more of them than changes under way. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[string]*nameLock
}

type nameLock struct {
	free  chan struct{} // holds a token while nobody has the lock
	users int           // those that have it or wait for it
}

// lock takes the locks of all keys. They are taken in ascending order, so that
// two callers never wait for each other.
func (l *locks) lock(ctx context.Context, keys ...string) (unlock func(), err error) {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for i, k := range keys {
		if err := l.one(ctx, k); err != nil {
			l.unlock(keys[:i])
			return nil, err
		}
	}
	return sync.OnceFunc(func() { l.unlock(keys) }), nil
}

func (l *locks) one(ctx context.Context, key string) error {
	l.mu.Lock()
	n := l.held[key]
	if n == nil {
		n = &nameLock{free: make(chan struct{}, 1)}
		n.free <- struct{}{}
		if l.held == nil {
			l.held = make(map[string]*nameLock)
		}
		l.held[key] = n
	}
	n.users++
	l.mu.Unlock()
	select {
	case <-n.free:
		return nil
	case <-ctx.Done():
		l.leave(key, n)
		return ctx.Err()
	}
}

func (l *locks) unlock(keys []string) {
	for _, k := range keys {
		l.mu.Lock()
		n := l.held[k]
		l.mu.Unlock()
		n.free <- struct{}{}
		l.leave(k, n)
	}
}

func (l *locks) leave(key string, n *nameLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n.users--; n.users == 0 {
		delete(l.held, key)
	}
}

// lockKey names a place for locking: by the directory's identity, since two
// roots may overlap, and without case, since the file system may have none.
func lockKey(p tree.Path, parent tree.Info) string {
	if parent.Ino == 0 {
		return strings.ToLower(p.Root.Host() + "/" + p.Rel)
	}
	return strconv.FormatUint(parent.Dev, 16) + ":" + strconv.FormatUint(parent.Ino, 16) + "/" + strings.ToLower(p.Base())
}
