package poll

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// thing is what is asked about.
type thing struct {
	state atomic.Pointer[string]
	after atomic.Int64
	err   atomic.Pointer[error]
	asked atomic.Int64
}

func newThing() *thing {
	x := new(thing)
	x.set("1")
	return x
}

func (x *thing) set(state string) { x.state.Store(&state) }

func (x *thing) fail(err error) { x.err.Store(&err) }

func (x *thing) ask(ctx context.Context) (Answer, error) {
	x.asked.Add(1)
	if err := x.err.Load(); err != nil && *err != nil {
		return Answer{After: time.Duration(x.after.Load())}, *err
	}
	return Answer{State: *x.state.Load(), After: time.Duration(x.after.Load())}, ctx.Err()
}

var (
	errGone = errors.New("gone")
	errAway = errors.New("away")
	key     = Key{"me", "issue"}
)

// bubble runs a test on a clock of its own.
func bubble(t *testing.T, cfg Config, test func(t *testing.T, p *Poller)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Lost = func(err error) bool { return errors.Is(err, errGone) }
		p := New(cfg)
		defer p.Close()
		test(t, p)
	})
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func watch(t *testing.T, ctx context.Context, p *Poller, k Key, x *thing) *atomic.Int64 {
	t.Helper()
	n := new(atomic.Int64)
	if err := p.Watch(ctx, k, x.ask, func() { n.Add(1) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func want(t *testing.T, what string, got, want int64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}

func TestChange(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		heard := watch(t, t.Context(), p, key, x)
		pass(70 * time.Second)
		want(t, "questions", x.asked.Load(), 2)
		want(t, "heard of nothing", heard.Load(), 0)
		x.set("2")
		pass(90 * time.Second)
		want(t, "heard", heard.Load(), 1)
		pass(time.Hour)
		want(t, "heard once", heard.Load(), 1)
	})
}

func TestSlowsDown(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		heard := watch(t, t.Context(), p, key, x)
		pass(24 * time.Hour)
		quiet := x.asked.Load()
		if quiet < 24*60/17 || quiet > 24*60/15+20 {
			t.Errorf("%d questions in a day in which nothing happens", quiet)
		}
		x.set("2")
		for range 17 * 60 {
			if heard.Load() > 0 {
				break
			}
			pass(time.Second)
		}
		want(t, "heard", heard.Load(), 1)
		before := x.asked.Load()
		pass(140 * time.Second)
		if n := x.asked.Load() - before; n < 1 {
			t.Errorf("%d questions after a change", n)
		}
	})
}

func TestServerAsksForTime(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		x.after.Store(int64(30 * time.Minute))
		watch(t, t.Context(), p, key, x)
		pass(29 * time.Minute)
		want(t, "questions", x.asked.Load(), 1)
		p.Tell("issue")
		synctest.Wait()
		want(t, "questions because of Tell", x.asked.Load(), 1)
		x.fail(errAway)
		pass(5 * time.Minute)
		want(t, "questions", x.asked.Load(), 2)
		pass(25 * time.Minute)
		want(t, "questions after one that failed", x.asked.Load(), 2)
		pass(8 * time.Minute)
		want(t, "questions", x.asked.Load(), 3)
	})
}

func TestSharedByWatchers(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		first, leave := context.WithCancel(t.Context())
		a := watch(t, first, p, key, x)
		b := watch(t, t.Context(), p, key, x)
		other := watch(t, t.Context(), p, Key{"you", "issue"}, x)
		want(t, "questions at the start", x.asked.Load(), 2)
		want(t, "subjects", int64(p.Len()), 2)
		leave()
		synctest.Wait()
		x.set("2")
		pass(70 * time.Second)
		want(t, "who left heard", a.Load(), 0)
		want(t, "who stays heard", b.Load(), 1)
		want(t, "another credential heard", other.Load(), 1)
	})
}

func TestEndsWithLastWatcher(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		ctx, leave := context.WithCancel(t.Context())
		watch(t, ctx, p, key, x)
		leave()
		pass(time.Hour)
		want(t, "questions", x.asked.Load(), 1)
		want(t, "subjects", int64(p.Len()), 0)
		watch(t, t.Context(), p, key, x)
		want(t, "questions of a new watch", x.asked.Load(), 2)
	})
}

func TestNoAccessAtStart(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		x.fail(errGone)
		if err := p.Watch(t.Context(), key, x.ask, func() {}); !errors.Is(err, errGone) {
			t.Error(err)
		}
		pass(time.Hour)
		want(t, "questions", x.asked.Load(), 1)
		want(t, "subjects", int64(p.Len()), 0)
	})
}

func TestAccessLost(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		heard := watch(t, t.Context(), p, key, x)
		x.fail(errGone)
		pass(70 * time.Second)
		want(t, "heard that it is gone", heard.Load(), 1)
		p.Tell("issue")
		synctest.Wait()
		want(t, "heard of what it cannot see", heard.Load(), 1)
		if err := p.Watch(t.Context(), key, x.ask, func() {}); !errors.Is(err, errGone) {
			t.Errorf("a new watch: %v", err)
		}
		x.fail(nil)
		pass(20 * time.Minute)
		want(t, "heard that it is back", heard.Load(), 2)
	})
}

func TestFailuresAreNoChange(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		heard := watch(t, t.Context(), p, key, x)
		x.fail(errAway)
		pass(3 * time.Minute)
		x.fail(nil)
		pass(3 * time.Minute)
		want(t, "heard", heard.Load(), 0)
		x.set("2")
		pass(10 * time.Minute)
		want(t, "heard", heard.Load(), 1)
	})
}

func TestTell(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		heard := watch(t, t.Context(), p, key, x)
		elsewhere := watch(t, t.Context(), p, Key{"me", "other"}, newThing())
		pass(10 * time.Second)
		x.set("2")
		p.Tell("issue")
		want(t, "heard at once", heard.Load(), 1)
		synctest.Wait()
		want(t, "looked again", x.asked.Load(), 2)
		p.Tell("issue")
		synctest.Wait()
		want(t, "looked soon after", x.asked.Load(), 2)
		pass(5 * time.Minute)
		want(t, "heard of it once more by itself", heard.Load(), 2)
		want(t, "heard of another subject", elsewhere.Load(), 0)
		p.Tell("nothing")
	})
}

func TestBounds(t *testing.T) {
	bubble(t, Config{Limit: 2}, func(t *testing.T, p *Poller) {
		x := newThing()
		watch(t, t.Context(), p, Key{"me", "a"}, x)
		watch(t, t.Context(), p, Key{"me", "b"}, x)
		if err := p.Watch(t.Context(), Key{"me", "c"}, x.ask, func() {}); !errors.Is(err, ErrFull) {
			t.Error(err)
		}
		watch(t, t.Context(), p, Key{"me", "a"}, x)
	})
}

func TestClose(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		x := newThing()
		watch(t, t.Context(), p, key, x)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Watch(t.Context(), key, x.ask, func() {}); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		pass(time.Hour)
		want(t, "questions", x.asked.Load(), 1)
	})
}

func TestContextEndsWhileAsking(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, p *Poller) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		hang := func(ctx context.Context) (Answer, error) {
			<-ctx.Done()
			return Answer{}, ctx.Err()
		}
		if err := p.Watch(ctx, key, hang, func() {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		synctest.Wait()
		want(t, "subjects", int64(p.Len()), 0)
	})
}

func TestOpen(t *testing.T) {
	for _, every := range []time.Duration{-time.Second, MinEvery - 1, MaxEvery + 1} {
		if _, err := Open(every, nil); err == nil || !strings.Contains(err.Error(), "10s to 15m0s") {
			t.Errorf("%v: %v", every, err)
		}
	}
	for _, every := range []time.Duration{0, MinEvery, MaxEvery} {
		p, err := Open(every, nil)
		if err != nil {
			t.Errorf("%v: %v", every, err)
			continue
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
