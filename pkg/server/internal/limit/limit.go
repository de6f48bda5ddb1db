// Package limit bounds what each caller takes from a process: requests over
// time, in this process or shared between replicas through Redis, and calls that
// run at once.
//
// A limit always holds. Without its Redis a [Limiter] goes on with buckets of
// its own, and memory is bounded for any number of callers. Start with
// [ParseRate] and [Open], and with [NewSlots].
package limit

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	firstPause   = time.Second
	longestPause = 15 * time.Second
)

// Limiter grants each principal requests at a [Rate]: at most a burst and what
// the rate gives back since. With Redis, all replicas of a service together
// grant that; while Redis is away, each of them does. Its methods are safe for
// concurrent use.
type Limiter struct {
	rate  Rate
	local *Local // with Redis, what each bucket in it lacks at the least
	log   *slog.Logger

	// The methods of a shared, nil without Redis.
	take  func(ctx context.Context, principal string, rate Rate, n int) (wait, debt time.Duration, err error)
	probe func(context.Context) error
	drop  func()

	sharing atomic.Bool // changed under mu
	mu      sync.Mutex
	since   time.Time     // of the last change of sharing
	reason  string        // why it is not sharing
	pause   time.Duration // before the next probe
	closed  bool

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	probing sync.WaitGroup
}

// Open returns a Limiter whose buckets are in the Redis at redisURL, or in this
// process if that is empty or the rate is off. The URL is redis://, rediss:// or
// unix:// as go-redis reads it, with user, password and number of the database;
// what it says about timeouts, retries and the pool of connections is ignored.
//
// A malformed URL is an error that does not repeat it. A Redis that cannot be
// reached is none: Open waits half a second for it, and then it is as if it had
// gone away later. The caller closes the Limiter.
func Open(rate Rate, service, redisURL string, log *slog.Logger) (*Limiter, error) {
	l := newLimiter(rate, log)
	if redisURL == "" {
		return l, nil
	}
	s, err := newShared(service, redisURL)
	if err != nil {
		return nil, err
	}
	if !rate.off {
		l.take, l.probe, l.drop = s.take, s.probe, s.drop
		l.begin()
	}
	return l, nil
}

func newLimiter(rate Rate, log *slog.Logger) *Limiter {
	l := &Limiter{rate: rate, local: NewLocal(rate), log: log, since: time.Now(), pause: firstPause}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// begin asks Redis for the first time.
func (l *Limiter) begin() {
	err := l.probe(l.ctx)
	l.sharing.Store(true)
	if err != nil {
		l.degrade(err)
	}
}

// Take takes n requests of the principal's bucket, all or none. If it is
// refused, retryAfter is how long to wait before asking again, which is zero if
// waiting does not help because n is above the rate's burst. Nothing is taken
// for n below 1.
//
// It waits for Redis for at most 100 ms, whatever ctx says, and only until the
// first call that had to.
func (l *Limiter) Take(ctx context.Context, principal string, n int) (ok bool, retryAfter time.Duration) {
	now := time.Now()
	if n < 1 || n > l.rate.burst || !l.sharing.Load() {
		return l.local.Take(principal, n, now)
	}
	// What this process has seen the bucket lack, it lacks: a caller that does
	// not wait costs Redis nothing.
	if wait := l.local.wait(principal, n, now); wait > 0 {
		return false, wait
	}
	wait, debt, err := l.take(ctx, principal, l.rate, n)
	if err != nil {
		l.degrade(err)
		return l.local.Take(principal, n, now)
	}
	if wait > 0 {
		n = 0
	}
	l.local.learn(principal, n, debt, now)
	return wait == 0, wait
}

// State reports whether the buckets are shared through Redis, and since when
// that is so. If Redis was asked for and is not used, reason says why, without
// its address; otherwise it is empty.
func (l *Limiter) State() (shared bool, since time.Time, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sharing.Load(), l.since, l.reason
}

// degrade stops asking Redis, and begins to probe it.
func (l *Limiter) degrade(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.sharing.Load() {
		return // another call was first
	}
	l.sharing.Store(false)
	now := time.Now()
	// A Redis that comes and goes is asked less and less often.
	if now.Sub(l.since) > longestPause {
		l.pause = firstPause
	}
	l.since, l.reason = now, reason(err)
	l.log.Warn("rate limits are per replica", "reason", l.reason)
	l.probing.Go(func() {
		// Calls that still wait for an answer stop waiting.
		l.drop()
		for !l.recovered() {
		}
	})
}

// recovered waits and then probes Redis once. It reports whether that was the
// last time.
func (l *Limiter) recovered() bool {
	l.mu.Lock()
	pause := l.pause
	l.pause = min(2*pause, longestPause)
	l.mu.Unlock()
	select {
	case <-l.ctx.Done():
		return true
	case <-time.After(pause):
	}
	err := l.probe(l.ctx)

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return true
	}
	if err != nil {
		l.reason = reason(err)
		return false
	}
	l.since, l.reason = time.Now(), ""
	l.sharing.Store(true)
	l.log.Info("rate limits are shared again")
	return true
}

// Close releases the connections, and may be called again. A closed Limiter
// still limits, in this process.
func (l *Limiter) Close() {
	l.mu.Lock()
	l.closed = true
	l.sharing.Store(false)
	l.mu.Unlock()
	l.cancel()
	l.probing.Wait()
	if l.drop != nil {
		l.drop()
	}
}
