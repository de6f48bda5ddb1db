package catalog

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

const (
	// fresh is how long a snapshot is used without a question.
	fresh = time.Minute
	// usable is how long it serves while the next one is read.
	usable = 5 * time.Minute
	// patience is the least age of a snapshot that a failed statement makes old:
	// a caller who asks for what never was must not have the catalog read each time.
	patience = 2 * time.Second
	// glance is how long functions are taken to be what a snapshot says.
	glance = time.Second
	// loadTime bounds one reading, which goes on when those who wait for it go.
	loadTime = 30 * time.Second
)

// Cache keeps the snapshot of one database. It is safe for concurrent use.
type Cache struct {
	load  func(context.Context) (*Snapshot, error)
	index func(context.Context, *Snapshot) (*Index, error)
	stamp func(context.Context) (string, error)

	mu       sync.Mutex
	last     *Snapshot
	loading  *flight[*Snapshot]
	looked   time.Time // when last was found to know the functions
	looking  *flight[string]
	indexed  *Index
	indexing *flight[*Index]
	closed   bool
	running  sync.WaitGroup
	stop     context.CancelFunc
	stopped  context.Context
}

// flight is one reading that several callers wait for.
type flight[T any] struct {
	of    *Snapshot // what an index is made of, or a stamp compared with
	done  chan struct{}
	value T
	err   error
}

func (f *flight[T]) wait(ctx context.Context) (T, error) {
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// New returns a cache that has read nothing yet.
func New(db *postgres.DB) *Cache {
	return newCache(
		func(ctx context.Context) (*Snapshot, error) { return load(ctx, db) },
		func(ctx context.Context, s *Snapshot) (*Index, error) { return newIndex(ctx, db, s) },
		func(ctx context.Context) (string, error) { return stampOf(ctx, db) })
}

func newCache(load func(context.Context) (*Snapshot, error), index func(context.Context, *Snapshot) (*Index, error), stamp func(context.Context) (string, error)) *Cache {
	c := &Cache{load: load, index: index, stamp: stamp}
	c.stopped, c.stop = context.WithCancel(context.Background())
	return c
}

// Close ends what is being read and waits for that. The cache reads nothing
// more. It is to be called before the database is closed; without it a reading
// ends by itself within half a minute.
func (c *Cache) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.running.Wait()
}

// Invalidate makes the next Snapshot a new one. A reading that is under way does
// not count as new.
func (c *Cache) Invalidate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.loading = nil, nil
}

// Stale is told the error of a statement. If it says that something is missing
// that the snapshot may be too old to know, the next Snapshot is a new one, and
// Stale reports true: the same call may go otherwise then.
func (c *Cache) Stale(err error) bool {
	var e *postgres.Error
	if !errors.As(err, &e) || e.Kind != postgres.Missing && !missing[e.SQLState] {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || time.Since(c.last.Taken) < patience {
		return false
	}
	c.last, c.loading = nil, nil
	return true
}

// missing are the SQLSTATEs of a name that is not there.
var missing = map[string]bool{"42P01": true, "42703": true, "42883": true, "42704": true, "3F000": true}

// Snapshot returns the catalog. It is read now if there is none or it is old. One
// that is a little old is returned at once, and read again meanwhile.
func (c *Cache) Snapshot(ctx context.Context) (*Snapshot, error) {
	c.mu.Lock()
	age := usable
	if c.last != nil {
		age = time.Since(c.last.Taken)
	}
	if age >= fresh && c.loading == nil {
		f := &flight[*Snapshot]{done: make(chan struct{})}
		if err := run(ctx, c, f, c.load, func() {
			if c.loading == f {
				c.loading = nil
				if f.err == nil {
					c.last = f.value
				}
			}
		}); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		c.loading = f
	}
	last, loading := c.last, c.loading
	c.mu.Unlock()
	if age < usable {
		return last, nil
	}
	return loading.wait(ctx)
}

// Current is [Cache.Snapshot] for who decides by it what a statement may call: a
// function that was made or changed more than a second ago is in it as it is.
func (c *Cache) Current(ctx context.Context) (*Snapshot, error) {
	s, err := c.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	if time.Since(s.Taken) < glance || c.last == s && time.Since(c.looked) < glance {
		c.mu.Unlock()
		return s, nil
	}
	if c.looking == nil || c.looking.of != s {
		f, began := &flight[string]{of: s, done: make(chan struct{})}, time.Now()
		if err := run(ctx, c, f, c.stamp, func() {
			if c.looking == f {
				c.looking = nil
			}
			switch {
			case c.last != s || f.err != nil:
			case f.value == s.stamp:
				c.looked = began
			default:
				c.last, c.loading = nil, nil
			}
		}); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		c.looking = f
	}
	f := c.looking
	c.mu.Unlock()
	now, err := f.wait(ctx)
	if err != nil || now == s.stamp {
		return s, err
	}
	return c.Snapshot(ctx)
}

// Index returns what searches the catalog. It is made when it is first asked for,
// of a snapshot as [Cache.Snapshot] returns it.
func (c *Cache) Index(ctx context.Context) (*Index, error) {
	s, err := c.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	if c.indexed != nil && c.indexed.of == s {
		defer c.mu.Unlock()
		return c.indexed, nil
	}
	if c.indexing == nil || c.indexing.of != s {
		f := &flight[*Index]{of: s, done: make(chan struct{})}
		build := func(ctx context.Context) (*Index, error) { return c.index(ctx, s) }
		if err := run(ctx, c, f, build, func() {
			if c.indexing == f {
				c.indexing = nil
				if f.err == nil {
					c.indexed = f.value
				}
			}
		}); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		c.indexing = f
	}
	f := c.indexing
	c.mu.Unlock()
	return f.wait(ctx)
}

// run starts a reading whose end is told to keep, which has the lock then. The
// lock is held by who calls run. What the first caller asked for others wait for
// too, so it does not end with that caller.
func run[T any](ctx context.Context, c *Cache, f *flight[T], read func(context.Context) (T, error), keep func()) error {
	if c.closed {
		return &postgres.Error{Kind: postgres.Unavailable, Message: "the server is stopping"}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
	unhook := context.AfterFunc(c.stopped, cancel)
	c.running.Go(func() {
		defer cancel()
		defer unhook()
		f.value, f.err = read(ctx)
		c.mu.Lock()
		keep()
		c.mu.Unlock()
		close(f.done)
	})
	return nil
}

// Table returns a table as [Snapshot.Table] does, of a catalog that is read again
// if the one at hand may be too old to know the table.
func (c *Cache) Table(ctx context.Context, schema, name string) (*Snapshot, *Table, error) {
	for {
		s, err := c.Snapshot(ctx)
		if err != nil {
			return nil, nil, err
		}
		t, err := s.Table(schema, name)
		if err == nil || !c.Stale(err) {
			return s, t, err
		}
	}
}
