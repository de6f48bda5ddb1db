package upstream

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// breaker leaves a host alone that failed many times in a row. After a while one
// request may try it.
type breaker struct {
	name string
	mu   sync.Mutex
	// changes counts those of the state: an outcome tells nothing about a state
	// that its request did not begin in.
	changes int
	// failed are the paths of the failures in a row, which count once each: that one
	// thing cannot be had is no reason to keep others from the rest.
	failed  map[string]bool
	circuit circuitbreaker.CircuitBreaker[any]
}

func newBreaker(cfg Config, at string) *breaker {
	b := &breaker{name: cfg.Name, failed: make(map[string]bool)}
	b.circuit = circuitbreaker.NewBuilder[any]().
		WithFailureThreshold(uint(cfg.OpenAfter)).
		WithSuccessThreshold(1).
		WithDelay(cfg.OpenFor).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			b.changes++
			clear(b.failed)
			level := slog.LevelInfo
			if e.NewState == circuitbreaker.OpenState {
				level = slog.LevelWarn
			}
			cfg.Log.Log(e.Context(), level, "the circuit breaker of an upstream changed", "upstream", cfg.Name, "host", at, "state", e.NewState.String())
		}).Build()
	return b
}

// outcome is what a request tells of its host.
type outcome int

const (
	// untold is the outcome of a request that its caller gave up.
	untold outcome = iota
	well
	// ill is a failure that may be of what was asked for alone.
	ill
	// away says that the host was not reached.
	away
)

// take asks to send a request for a path, and returns how to say what came of it.
func (b *breaker) take(path string) (func(outcome), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.circuit.TryAcquirePermit() {
		// Half open, another request is trying it now.
		return nil, &OpenError{b.name, max(b.circuit.RemainingDelay(), time.Second)}
	}
	began := b.changes
	return func(o outcome) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.changes != began {
			return
		}
		switch {
		case o == well:
			clear(b.failed)
			b.circuit.RecordSuccess()
		case o == away, o == ill && !b.failed[path]:
			b.failed[path] = true // no more of them than open the circuit
			b.circuit.RecordFailure()
		case o == ill:
		case b.circuit.IsHalfOpen():
			// The next request tries instead.
			b.circuit.Open()
			b.circuit.HalfOpen()
		}
	}, nil
}

// state is 0 for closed, 1 for half open, 2 for open.
func (b *breaker) state() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.circuit.State() {
	case circuitbreaker.HalfOpenState:
		return 1
	case circuitbreaker.OpenState:
		return 2
	}
	return 0
}

// tells says what a status tells of the host, not of who asked.
func tells(status int) outcome {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return ill
	}
	return well
}
