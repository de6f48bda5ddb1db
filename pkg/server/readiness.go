package server

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// How long what a service said of its readiness holds, and how long it may take
// to say so.
const (
	readinessAge  = time.Second
	readinessTime = 2 * time.Second
)

var errReadinessStuck = errors.New("the service does not say whether it is ready")

// readiness keeps what a service last said of its readiness: anybody may ask,
// and neither the service nor the log is to notice how often. The zero value is
// ready for use.
type readiness struct {
	mu    sync.Mutex
	asked time.Time     // when the service was last asked; zero if never
	done  chan struct{} // closed when it has answered that; nil once it is
	known bool          // it has answered at least once
	err   error         // its last answer
	down  bool          // the log says that it is not ready
}

// of returns what ask said last, and calls it if that is old and no call of it
// runs.
func (r *readiness) of(ctx context.Context, log *slog.Logger, ask func(context.Context) error) error {
	r.mu.Lock()
	age := time.Since(r.asked)
	if r.done != nil && age > readinessTime { // it does not heed its deadline
		r.settle(ctx, log, errReadinessStuck)
	}
	if r.done == nil && (!r.known || age >= readinessAge) {
		r.asked, r.done = time.Now(), make(chan struct{})
		r.mu.Unlock()
		return r.ask(ctx, log, ask)
	}
	done, known, err := r.done, r.known, r.err
	r.mu.Unlock()
	if known {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readinessTime)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// ask asks the service, for whoever waits for r.done.
func (r *readiness) ask(ctx context.Context, log *slog.Logger, ask func(context.Context) error) error {
	err := errPanic // unless it returns; a panic goes on outwards
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.settle(ctx, log, err)
		close(r.done)
		r.done = nil
	}()
	// The answer is for others too: whoever asks now may hang up.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), readinessTime)
	defer cancel()
	err = ask(asking)
	return err
}

// settle keeps an answer, and logs it if it is another than before. The lock is
// held.
func (r *readiness) settle(ctx context.Context, log *slog.Logger, err error) {
	r.known, r.err = true, err
	switch {
	case err != nil && !r.down:
		log.WarnContext(ctx, "not ready", "error", err)
	case err == nil && r.down:
		log.InfoContext(ctx, "ready again")
	}
	r.down = err != nil
}
