package limit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// acquire takes a slot that must be free.
func acquire(t *testing.T, s *Slots, principal string) (release func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	release, err := s.Acquire(ctx, principal)
	if err != nil {
		t.Fatalf("no slot for %s: %v", principal, err)
	}
	return release
}

// queue is the order in which calls that wait come to run. It is used in a
// bubble of synctest.
type queue struct {
	slots *Slots
	mu    sync.Mutex
	order []string
	held  []func()
}

// wait starts a call, and returns when it waits, or runs.
func (q *queue) wait(ctx context.Context, principal string) {
	go func() {
		release, err := q.slots.Acquire(ctx, principal)
		q.mu.Lock()
		defer q.mu.Unlock()
		if err != nil {
			q.order = append(q.order, principal+": "+err.Error())
			return
		}
		q.order = append(q.order, principal)
		q.held = append(q.held, release)
	}()
	synctest.Wait()
}

// finish ends all calls, those that come to run included.
func (q *queue) finish() {
	for len(q.held) > 0 {
		release := q.held[0]
		q.held = q.held[1:]
		release()
		synctest.Wait()
	}
}

// idle fails the test if anything is kept or held.
func (s *Slots) idle(t *testing.T) {
	t.Helper()
	if s.running != 0 || len(s.callers) != 0 || s.turns.Len() != 0 || len(s.spare) > s.total {
		t.Errorf("%d running, %d callers, %d turns, %d to use again", s.running, len(s.callers), s.turns.Len(), len(s.spare))
	}
}

func TestSlotsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{slots: NewSlots(2, 2)}
		first, second := acquire(t, q.slots, "flood"), acquire(t, q.slots, "flood")
		for range 5 {
			q.wait(t.Context(), "flood")
		}
		for _, p := range []string{"a", "b", "a", "b"} {
			q.wait(t.Context(), p)
		}
		if len(q.order) > 0 {
			t.Fatalf("%v run where nothing is free", q.order)
		}
		first()
		synctest.Wait()
		q.finish()
		second()
		synctest.Wait()
		q.finish()
		// The flood has the other slot all the while.
		want := []string{"a", "b", "flood", "a", "b", "flood", "flood", "flood", "flood"}
		if diff := cmp.Diff(want, q.order); diff != "" {
			t.Error(diff)
		}
		q.slots.idle(t)
	})
}

func TestSlotsPerPrincipal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{slots: NewSlots(10, 2)}
		first, second := acquire(t, q.slots, "a"), acquire(t, q.slots, "a")
		for range 8 {
			q.wait(t.Context(), "a")
		}
		if _, err := q.slots.Acquire(t.Context(), "a"); !errors.Is(err, ErrBusy) {
			t.Errorf("with 2 running and 8 waiting: %v", err)
		}
		acquire(t, q.slots, "b")() // has nothing to do with it
		first()
		synctest.Wait()
		if len(q.order) != 1 {
			t.Errorf("a slot of the principal is free, and %v run", q.order)
		}
		q.wait(t.Context(), "a")
		if len(q.order) != 1 {
			t.Errorf("%v: a call that came later did not wait", q.order)
		}
		second()
		synctest.Wait()
		q.finish()
		if len(q.order) != 9 {
			t.Errorf("%d of 9 that waited have run", len(q.order))
		}
		q.slots.idle(t)
	})
}

func TestSlotsEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{slots: NewSlots(1, 1)}
		release := acquire(t, q.slots, "a")
		ctx, cancel := context.WithCancel(t.Context())
		q.wait(ctx, "a")
		q.wait(ctx, "b")
		q.wait(t.Context(), "b")
		cancel()
		synctest.Wait()
		release()
		synctest.Wait()
		q.finish()
		if len(q.order) != 3 || q.order[2] != "b" {
			t.Errorf("%v: want two that were cancelled and then b", q.order)
		}
		for _, o := range q.order[:2] {
			if o != "a: context canceled" && o != "b: context canceled" {
				t.Error(o)
			}
		}
		q.slots.idle(t)
	})
}

func TestSlotsUnderLoad(t *testing.T) {
	const total, each, principals = 7, 3, 5
	s := NewSlots(total, each)
	var running atomic.Int32
	var per [principals]atomic.Int32
	var outcomes [3]atomic.Int32
	var all sync.WaitGroup
	for w := range 64 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for range 500 {
				p := rng.IntN(principals)
				ctx, cancel := context.WithCancel(t.Context())
				if rng.IntN(4) == 0 {
					go cancel()
				}
				release, err := s.Acquire(ctx, fmt.Sprint(p))
				switch {
				case err == nil:
					outcomes[0].Add(1)
					if n := running.Add(1); n > total {
						t.Errorf("%d run", n)
					}
					if n := per[p].Add(1); n > each {
						t.Errorf("%d run of one principal", n)
					}
					per[p].Add(-1)
					running.Add(-1)
					release()
				case errors.Is(err, ErrBusy):
					outcomes[1].Add(1)
				case errors.Is(err, context.Canceled):
					outcomes[2].Add(1)
				default:
					t.Error(err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	s.idle(t)
	if outcomes[0].Load() == 0 {
		t.Error("none has run")
	}
}

func TestSlotsForgetPrincipals(t *testing.T) {
	s := NewSlots(64, 16)
	for i := range 100_000 {
		acquire(t, s, fmt.Sprint(i))()
	}
	s.idle(t)
	if got := len(s.spare); got != 1 {
		t.Errorf("%d kept for one at a time", got)
	}
}

func TestSlotsOfCrowds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{slots: NewSlots(3, 1, "everybody")}
		for range 3 {
			q.held = append(q.held, acquire(t, q.slots, "everybody"))
		}
		q.wait(t.Context(), "alice")
		for range 12 {
			q.wait(t.Context(), "everybody")
		}
		if _, err := q.slots.Acquire(t.Context(), "everybody"); !errors.Is(err, ErrBusy) {
			t.Errorf("with 3 running and 12 waiting: %v", err)
		}
		q.finish()
		if len(q.order) != 13 || q.order[0] != "alice" {
			t.Errorf("calls run in the order %v; want alice first", q.order)
		}
		q.slots.idle(t)
	})
}

func TestSlotsNumbers(t *testing.T) {
	type numbers struct{ Total, Each int }
	for given, want := range map[numbers]numbers{{64, 16}: {64, 16}, {4, 16}: {4, 4}, {0, 0}: {1, 1}, {-1, 5}: {1, 1}} {
		s := NewSlots(given.Total, given.Each, "crowd")
		if diff := cmp.Diff(want, numbers{s.Most("crowd"), s.Most("alice")}); diff != "" {
			t.Errorf("%+v: %s", given, diff)
		}
	}
}

func BenchmarkSlots(b *testing.B) {
	b.Run("free", func(b *testing.B) {
		b.ReportAllocs()
		s := NewSlots(64, 16)
		for b.Loop() {
			release, _ := s.Acquire(b.Context(), "https://id.example.com|alice")
			release()
		}
	})
	b.Run("in parallel", func(b *testing.B) {
		b.ReportAllocs()
		s := NewSlots(64, 16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				release, _ := s.Acquire(context.Background(), "https://id.example.com|alice")
				release()
			}
		})
	})
}
