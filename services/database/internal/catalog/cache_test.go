package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

// source counts how often it is read, and takes a second each time.
type source struct {
	mu    sync.Mutex
	reads int
	looks int
	stamp string
	fails error
}

func (s *source) load(ctx context.Context) (*Snapshot, error) {
	s.mu.Lock()
	s.reads++
	snap := &Snapshot{Taken: time.Now(), Version: s.reads, stamp: s.stamp}
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return snap, s.fails
}

func (s *source) cache() *Cache {
	return newCache(s.load, func(_ context.Context, snap *Snapshot) (*Index, error) { return &Index{of: snap}, nil }, s.look)
}

func (s *source) look(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	return s.stamp, s.fails
}

func (s *source) change(stamp string, fails error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamp, s.fails = stamp, fails
}

// version is that of the snapshot which is returned, and how long it took.
func version(t *testing.T, c *Cache) (int, time.Duration) {
	t.Helper()
	began := time.Now()
	s, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Version, time.Since(began)
}

func TestCacheOfManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if v, _ := version(t, c); v != 1 {
					t.Errorf("version %d", v)
				}
			})
		}
		wg.Wait()
		if src.reads != 1 {
			t.Errorf("the catalog was read %d times", src.reads)
		}
	})
}

func TestCacheAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		for i, step := range []struct {
			sleep   time.Duration
			version int
			took    time.Duration
		}{
			{0, 1, time.Second},
			{fresh / 2, 1, 0},
			{fresh, 1, 0},           // old: served, while the next is read
			{2 * time.Second, 2, 0}, // which is there now
			{usable, 3, time.Second},
		} {
			time.Sleep(step.sleep)
			if v, took := version(t, c); v != step.version || took != step.took {
				t.Errorf("step %d: version %d after %v", i, v, took)
			}
		}
	})
}

func TestCacheInvalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		first := make(chan int)
		go func() {
			v, _ := version(t, c)
			first <- v
		}()
		synctest.Wait()
		// What began before does not count as new.
		c.Invalidate()
		if v, _ := version(t, c); v != 2 {
			t.Errorf("version %d after Invalidate", v)
		}
		if v := <-first; v != 1 {
			t.Errorf("the first caller has version %d", v)
		}
		if v, _ := version(t, c); v != 2 {
			t.Errorf("version %d is kept", v)
		}
	})
}

func TestCacheStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		gone := fmt.Errorf("query: %w", &postgres.Error{Kind: postgres.Invalid, SQLState: "42P01"})
		if c.Stale(gone) {
			t.Error("what was never read is stale")
		}
		version(t, c)
		for _, err := range []error{nil, errors.New("42P01"), &postgres.Error{Kind: postgres.Denied}, gone} {
			if c.Stale(err) {
				t.Errorf("%v makes a new snapshot stale", err)
			}
		}
		time.Sleep(patience)
		if !c.Stale(gone) {
			t.Error("an old snapshot is not stale")
		}
		if v, _ := version(t, c); v != 2 {
			t.Errorf("version %d", v)
		}
		time.Sleep(patience)
		if !c.Stale(&postgres.Error{Kind: postgres.Missing}) || c.Stale(gone) {
			t.Error("it is stale once")
		}
	})
}

func TestCacheFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		version(t, c)
		src.fails = errors.New("away")
		time.Sleep(fresh)
		if v, _ := version(t, c); v != 1 {
			t.Errorf("version %d", v)
		}
		time.Sleep(2 * time.Second)
		if v, _ := version(t, c); v != 1 {
			t.Errorf("version %d after a failure", v)
		}
		time.Sleep(usable)
		if _, err := c.Snapshot(t.Context()); err != src.fails {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestCacheCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := c.Snapshot(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		// The reading went on for those who come later.
		if v, took := version(t, c); v != 1 || took >= time.Second {
			t.Errorf("version %d after %v", v, took)
		}
	})
}

func TestCacheClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		failed := make(chan error)
		go func() {
			_, err := c.Snapshot(t.Context())
			failed <- err
		}()
		synctest.Wait()
		go c.Close()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		synctest.Wait()
		var e *postgres.Error
		if _, err := c.Index(t.Context()); !errors.As(err, &e) || e.Kind != postgres.Unavailable || src.reads != 1 {
			t.Errorf("the error is %v after %d reads", err, src.reads)
		}
	})
}

func TestCacheIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		first, err := c.Index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := c.Index(t.Context()); again != first {
			t.Error("the index is made twice")
		}
		c.Invalidate()
		if next, err := c.Index(t.Context()); err != nil || next.of.Version != 2 {
			t.Errorf("the index is of %+v, %v", next, err)
		}
	})
}

func TestCurrentSeesWhatHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		c := src.cache()
		current := func(want, looks int) {
			t.Helper()
			if s, err := c.Current(t.Context()); err != nil || s.Version != want {
				t.Errorf("%+v %v, want version %d", s, err, want)
			}
			if src.looks != looks {
				t.Errorf("looked %d times, want %d", src.looks, looks)
			}
		}
		current(1, 1) // it took a second to read
		current(1, 1)
		time.Sleep(glance)
		src.change("other", nil)
		current(2, 2)
		time.Sleep(glance)
		current(2, 3)
		src.change("another", nil)
		current(2, 3) // not within a second

		src.change("another", errors.New("gone"))
		time.Sleep(glance)
		if s, err := c.Current(t.Context()); err == nil {
			t.Errorf("%+v of a catalog that nobody could look at", s)
		}
	})
}
