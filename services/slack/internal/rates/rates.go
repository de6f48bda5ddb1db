// Package rates keeps requests within Slack's limits, which hold for a method of an
// app in a workspace, whichever token asks. It waits for a limit where that is
// short, and otherwise says how long it takes; it never sleeps past a deadline.
// What it keeps is bounded.
//
// Start with New.
package rates

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// reserve is what a wait leaves of a context's time, for the request itself.
	reserve = time.Second
	// maxTries bounds how often one request is made.
	maxTries = 4
	// maxBuckets bounds for how many workspaces, methods and channels is counted,
	// and maxTeams how many workspaces are known to be restricted.
	maxBuckets, maxTeams = 4096, 1024
	// longest is the longest refusal that is believed.
	longest = time.Hour
)

// Key is what a limit of Slack's is for. The app is that of the Limiter.
type Key struct {
	// Team is a workspace.
	Team string
	// Method is one of the Web API: "conversations.history".
	Method string
	// Channel is set for what is limited in each channel by itself too.
	Channel string
}

// limits are those that a request of a key is held to. Slack does not say which of
// them it has refused one for.
func (k Key) limits() []Key {
	if k.Channel == "" {
		return []Key{k}
	}
	return []Key{k, {Team: k.Team, Method: k.Method}}
}

// Error is returned for a request that was not made, or that Slack refused, since
// its limit is reached.
type Error struct {
	Method string
	// After is when there is room again.
	After time.Duration
	// Restricted says that the app is one that may read a page a minute only.
	Restricted bool
}

// Error names the method and the wait.
func (e *Error) Error() string {
	return fmt.Sprintf("the rate limit of %s is reached for another %s", e.Method, e.After.Round(time.Second))
}

// Limiter counts the requests of one app. It is safe for concurrent use.
type Limiter struct {
	budget time.Duration

	mu         sync.Mutex
	buckets    map[Key]*list.Element
	order      *list.List             // of *bucket, the latest first
	restricted map[string]restriction // by team
}

// bucket holds requests that may be made at once, and is filled again at a pace.
type bucket struct {
	key   Key
	left  float64
	at    time.Time // when left was true
	until time.Time // nothing is sent before
	paced time.Time // requests come at the pace of the tier before
}

// New returns a Limiter whose requests wait for budget at most.
func New(budget time.Duration) *Limiter {
	return &Limiter{budget: budget, buckets: make(map[Key]*list.Element), order: list.New(), restricted: make(map[string]restriction)}
}

// Do has send make a request as soon as its limits allow, and again if it was
// refused for them, which send reports with how long to wait. It returns an *Error
// where a wait is too long, and otherwise the context's error or nil.
func (l *Limiter) Do(ctx context.Context, k Key, send func() (after time.Duration, refused bool)) error {
	left := l.budget
	for try := 1; ; try++ {
		if err := l.wait(ctx, k, &left); err != nil {
			return err
		}
		after, refused := send()
		if !refused {
			return nil
		}
		after = l.refused(k, after)
		if try == maxTries {
			return l.reached(k, after)
		}
	}
}

// wait takes one request out of k's buckets, waiting for it within what is left.
func (l *Limiter) wait(ctx context.Context, k Key, left *time.Duration) error {
	for {
		d := l.take(k)
		if d == 0 {
			return ctx.Err()
		}
		deadline, bounded := ctx.Deadline()
		if d > *left || bounded && time.Until(deadline) < d+reserve {
			return l.reached(k, d)
		}
		*left -= d
		t := time.NewTimer(d)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

func (l *Limiter) reached(k Key, after time.Duration) error {
	return &Error{Method: k.Method, After: after, Restricted: reading(k.Method) && l.Restricted(k.Team)}
}

// take takes one request, or returns how long it is until there is one.
func (l *Limiter) take(k Key) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	var wait time.Duration
	var from []*bucket
	for _, limit := range k.limits() {
		b := l.bucket(limit, now)
		wait = max(wait, l.fill(b, now))
		from = append(from, b)
	}
	if wait > 0 {
		return wait
	}
	for _, b := range from {
		b.left--
	}
	return 0
}

// fill adds what has come in the meantime, and returns how long it is until there
// is a request. The lock is held.
func (l *Limiter) fill(b *bucket, now time.Time) time.Duration {
	p := l.pace(b, now)
	b.left = min(b.left+now.Sub(b.at).Seconds()*p.perSecond, p.burst)
	b.at = now
	if d := b.until.Sub(now); d > 0 {
		return roundUp(d)
	}
	if b.left < 1 {
		return max(roundUp(time.Duration((1-b.left)/p.perSecond*float64(time.Second))), time.Millisecond)
	}
	return 0
}

// roundUp keeps a wait from ending a moment too early, however a clock counts.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

// bucket returns the bucket of a key. The lock is held.
func (l *Limiter) bucket(k Key, now time.Time) *bucket {
	if e, ok := l.buckets[k]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if l.order.Len() >= maxBuckets {
		last := l.order.Back()
		delete(l.buckets, last.Value.(*bucket).key)
		l.order.Remove(last)
	}
	b := &bucket{key: k, at: now}
	b.left = l.pace(b, now).burst
	l.buckets[k] = l.order.PushFront(b)
	return b
}

// refused keeps what Slack said, and returns how long it holds. For a while
// requests then come at the pace of the method's tier.
func (l *Limiter) refused(k Key, after time.Duration) time.Duration {
	after = min(max(after, time.Second), longest)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if reading(k.Method) && after >= restrictedAfter {
		l.restrict(k.Team, now, true)
	}
	for _, limit := range k.limits() {
		b := l.bucket(limit, now)
		b.left, b.at, b.paced = 1, now, now.Add(pacedFor)
		if end := now.Add(after); end.After(b.until) {
			b.until = end
		}
	}
	return after
}
