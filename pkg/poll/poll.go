// Package poll asks again and again whether something has changed, for all who
// want to know: once for everyone who asks with the same credential, less often
// the longer nothing happens, and no more often than the other side wants.
//
// Start with [Open].
package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// Bounds of the time between questions, where a person sets it.
const (
	MinEvery = 10 * time.Second
	MaxEvery = 15 * time.Minute
)

// DefaultLimit is how many subjects are watched at most.
const DefaultLimit = 1000

// ErrFull says that as much is watched as may be.
var ErrFull = errors.New("poll: too much is watched")

// ErrClosed says that the Poller was closed.
var ErrClosed = errors.New("poll: closed")

// Key is what is watched, and with whose eyes.
type Key struct {
	// Credential tells credentials apart.
	Credential string
	// Subject names the thing.
	Subject string
}

// Answer is how a subject stands.
type Answer struct {
	// State differs when the subject has changed.
	State string
	// After is the least time until the next question, zero for any. It counts with
	// an error too, and whatever Tell says.
	After time.Duration
}

// AskFunc looks at a subject. Its context holds the values of the one that the
// first watch began with.
type AskFunc func(context.Context) (Answer, error)

// Config says how often to ask. The zero value of a field stands for its default.
type Config struct {
	// Every is the time between questions about what changes, Most that about what
	// has not changed for long. The defaults are 60 s and 15 min.
	Every, Most time.Duration
	// Limit bounds the subjects. The default is DefaultLimit.
	Limit int
	// Lost reports whether an error means that the credential sees the subject no
	// more. nil: none does.
	Lost func(error) bool
	// Failed hears of questions that failed, and whether the subject went out of
	// sight by that. nil: nobody does.
	Failed func(k Key, err error, lost bool)
}

// Poller watches subjects. It is safe for concurrent use.
type Poller struct {
	cfg Config
	ctx context.Context // ends with Close
	end context.CancelFunc
	run sync.WaitGroup

	mu   sync.Mutex
	subs map[Key]*subject
}

// subject is what one goroutine asks about.
type subject struct {
	key    Key
	ask    AskFunc
	cancel context.CancelFunc
	ready  chan struct{} // closed after the first question
	err    error         // of the first question, which ends the subject
	told   chan struct{} // somebody else says that it has changed

	// The Poller's mu guards these.
	watchers map[*watcher]struct{}
	lost     bool
}

type watcher struct{ changed func() }

// New returns a Poller. It must be closed.
func New(cfg Config) *Poller {
	cfg.Every = cmp.Or(cfg.Every, time.Minute)
	cfg.Most = max(cmp.Or(cfg.Most, MaxEvery), cfg.Every)
	cfg.Limit = cmp.Or(cfg.Limit, DefaultLimit)
	if cfg.Lost == nil {
		cfg.Lost = func(error) bool { return false }
	}
	if cfg.Failed == nil {
		cfg.Failed = func(Key, error, bool) {}
	}
	p := &Poller{cfg: cfg, subs: make(map[Key]*subject)}
	p.ctx, p.end = context.WithCancel(context.Background())
	return p
}

// Open returns a Poller of a service that is asked every so often, which is what
// its flag --poll-interval says; 0 stands for the default. What the upstream
// refuses is out of sight, as [OutOfSight] has it, which is logged. The Poller
// must be closed.
func Open(every time.Duration, log *slog.Logger) (*Poller, error) {
	if every != 0 && (every < MinEvery || every > MaxEvery) {
		return nil, fmt.Errorf("--poll-interval %v: give %v to %v", every, MinEvery, MaxEvery)
	}
	failed := func(k Key, err error, lost bool) {
		if lost {
			log.Info("a watched resource is out of sight", "subject", k.Subject, "error", err)
			return
		}
		log.Debug("asking about a watched resource", "subject", k.Subject, "error", err)
	}
	return New(Config{Every: every, Most: MaxEvery, Lost: OutOfSight, Failed: failed}), nil
}

// OutOfSight reports whether an error means that what was watched is gone, or no
// longer for this credential.
func OutOfSight(err error) bool {
	switch toolerr.From(err).Code {
	case toolerr.ResourceNotFound, toolerr.AuthenticationFailed, toolerr.PermissionDenied:
		return true
	}
	return false
}

// Watch calls changed after each change of what ask sees until ctx ends. It
// returns when the first question is answered, with its error. changed must not
// wait. When the credential loses sight of the subject, changed is called once,
// and again when it is back. The errors that wrap [ErrFull] and [ErrClosed] are
// made for callers.
func (p *Poller) Watch(ctx context.Context, key Key, ask AskFunc, changed func()) error {
	if p.isLost(key) {
		// Whoever comes now hears why.
		if _, err := ask(ctx); err != nil {
			return err
		}
	}
	w := &watcher{changed}
	x, err := p.join(ctx, key, ask, w)
	if err != nil {
		return err
	}
	select {
	case <-x.ready:
	case <-ctx.Done():
		p.leave(x, w)
		return ctx.Err()
	}
	if x.err != nil {
		p.leave(x, w)
		return x.err
	}
	context.AfterFunc(ctx, func() { p.leave(x, w) })
	return nil
}

func (p *Poller) isLost(key Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.subs[key]
	return x != nil && x.lost
}

// join enters a watcher, and begins to ask if it is the first of its key.
func (p *Poller) join(ctx context.Context, key Key, ask AskFunc, w *watcher) (*subject, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return nil, toolerr.Wrap(ErrClosed, toolerr.ServiceUnavailable, "shutting down")
	}
	x := p.subs[key]
	if x == nil {
		if len(p.subs) >= p.cfg.Limit {
			return nil, toolerr.Wrap(ErrFull, toolerr.RateLimited, "%d resources are watched, the most that this server watches; try again later", p.cfg.Limit)
		}
		asking, cancel := context.WithCancel(context.WithoutCancel(ctx))
		x = &subject{key: key, ask: ask, cancel: cancel, ready: make(chan struct{}), told: make(chan struct{}, 1), watchers: make(map[*watcher]struct{})}
		p.subs[key] = x
		p.run.Go(func() {
			defer context.AfterFunc(p.ctx, cancel)()
			p.follow(asking, x)
		})
	}
	x.watchers[w] = struct{}{}
	return x, nil
}

func (p *Poller) leave(x *subject, w *watcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(x.watchers, w)
	if len(x.watchers) == 0 {
		p.drop(x)
	}
}

// drop ends a subject. The lock is held.
func (p *Poller) drop(x *subject) {
	x.cancel()
	if p.subs[x.key] == x {
		delete(p.subs, x.key)
	}
}
