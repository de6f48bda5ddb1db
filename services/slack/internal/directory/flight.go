package directory

import (
	"context"
	"fmt"
	"sync"
)

// flights are questions that somebody is asking.
type flights struct {
	mu    sync.Mutex
	going map[string]*flight
}

// flight is one question, for all who have it.
type flight struct {
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	value   any
	err     error
}

// Do returns what ask answers, which runs once for all who have the same question
// at the same time: the eyes and what they look for. It ends when the last of them
// has gone, not with the first; values of the first one's context stay, its
// deadline does not.
func Do[T any](ctx context.Context, d *Directory, eyes, what string, ask func(context.Context) (T, error)) (T, error) {
	name := eyes + separator + what
	d.flights.mu.Lock()
	f := d.flights.going[name]
	if f == nil {
		work, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{cancel: cancel, done: make(chan struct{})}
		d.flights.going[name] = f
		go func() {
			defer close(f.done)
			defer d.flights.end(name, f)
			defer cancel()
			defer func() {
				// Nobody above would recover it: the caller is another goroutine.
				if p := recover(); p != nil {
					f.err = fmt.Errorf("panic: %v", p)
				}
			}()
			f.value, f.err = ask(work)
		}()
	}
	f.waiting++
	d.flights.mu.Unlock()

	var none T
	select {
	case <-f.done:
		if f.err != nil {
			return none, f.err
		}
		return f.value.(T), nil
	case <-ctx.Done():
		d.flights.leave(name, f)
		return none, ctx.Err()
	}
}

func (s *flights) end(name string, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.going[name] == f {
		delete(s.going, name)
	}
}

// leave is for one who waits no longer. What nobody waits for ends, and is asked
// anew by who comes next.
func (s *flights) leave(name string, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	f.cancel()
	if s.going[name] == f {
		delete(s.going, name)
	}
}
