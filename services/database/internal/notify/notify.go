// Package notify hears what a PostgreSQL server is told by NOTIFY and passes it
// on to those who watch. It keeps one connection, which no pool knows, from the
// first watch to the last.
//
// Notifications are lost while that connection is broken, so after each break
// every watch is told once that anything may have changed. Start with [New].
package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

const (
	// answer bounds what the server has to answer at once.
	answer = 10 * time.Second
	// farewell bounds the end of a connection.
	farewell = time.Second
)

// ErrClosed says that the listener was closed.
var ErrClosed = errors.New("notify: closed")

// Config says how to listen.
type Config struct {
	// Connect opens the connection.
	Connect func(ctx context.Context) (*postgres.Listener, error)
	// Alive is how long the server may be silent before it is asked whether it is
	// still there: nothing else tells of a connection that a network has lost.
	// 0: 30 s.
	Alive time.Duration
	// Retry and MaxRetry bound the waits between attempts to connect, which
	// double. 0: 200 ms and 30 s.
	Retry, MaxRetry time.Duration
}

// Listener is what listens to one database. It is safe for concurrent use.
type Listener struct {
	cfg Config
	ctx context.Context // ends with Close
	end context.CancelFunc
	run sync.WaitGroup

	mu      sync.Mutex
	watches map[string]map[*watch]struct{} // by channel
	running bool
	wake    context.CancelFunc // ends the wait of the goroutine that runs
}

type watch struct {
	channel string
	fn      func(Change)
	begun   bool
	ready   chan error // gets what Watch returns
}

// New returns a listener that has no connection yet.
func New(cfg Config) *Listener {
	if cfg.Alive == 0 {
		cfg.Alive = 30 * time.Second
	}
	if cfg.Retry == 0 {
		cfg.Retry = 200 * time.Millisecond
	}
	if cfg.MaxRetry == 0 {
		cfg.MaxRetry = 30 * time.Second
	}
	l := &Listener{cfg: cfg, watches: make(map[string]map[*watch]struct{})}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// Close ends the connection. It returns when no fn is called any more.
func (l *Listener) Close() {
	l.end()
	l.run.Wait()
}

// Watch calls fn with each change on a channel until ctx ends; once more it may
// be called then. It returns when the server has taken the channel, so that no
// later change is missed, or with the reason why it did not. fn must not wait.
func (l *Listener) Watch(ctx context.Context, channel string, fn func(Change)) error {
	w := &watch{channel: channel, fn: fn, ready: make(chan error, 1)}
	if err := l.add(w); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { l.remove(w) })
	late := time.NewTimer(answer)
	defer late.Stop()
	var err error
	select {
	case err = <-w.ready:
	case <-late.C:
		err = &postgres.Error{Kind: postgres.Unavailable, Message: "the database does not answer"}
	case <-ctx.Done():
		err = ctx.Err()
	case <-l.ctx.Done():
		err = ErrClosed
	}
	if err != nil && stop() {
		l.remove(w)
	}
	return err
}

func (l *Listener) add(w *watch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return ErrClosed
	}
	if l.watches[w.channel] == nil {
		l.watches[w.channel] = make(map[*watch]struct{})
	}
	l.watches[w.channel][w] = struct{}{}
	if !l.running {
		l.running = true
		l.run.Go(l.listen)
	}
	l.wakeUp()
	return nil
}

func (l *Listener) remove(w *watch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watches[w.channel], w)
	if len(l.watches[w.channel]) == 0 {
		delete(l.watches, w.channel)
		l.wakeUp()
	}
}

// wakeUp ends the current wait. The lock is held.
func (l *Listener) wakeUp() {
	if l.wake != nil {
		l.wake()
	}
}

// wait returns a context that ends after d, or when there is something to do.
// The lock is held.
func (l *Listener) wait(d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(l.ctx, d)
	l.wake = cancel
	return ctx, cancel
}

// listen keeps a connection while anybody watches.
func (l *Listener) listen() {
	delay := l.cfg.Retry
	for l.wanted() {
		began := time.Now()
		err := l.connection()
		if err == nil {
			continue
		}
		l.refuse(err)
		// A server that takes connections only to end them is as good as none.
		if time.Since(began) > l.cfg.MaxRetry {
			delay = l.cfg.Retry
		}
		l.pause(delay/2 + rand.N(delay)) // so that not all replicas come at once
		delay = min(2*delay, l.cfg.MaxRetry)
	}
}

// wanted reports whether anybody watches. If not, nothing runs from now on.
func (l *Listener) wanted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = len(l.watches) > 0 && l.ctx.Err() == nil
	return l.running
}

// pause waits for d, or until nobody watches, or somebody wants to know at once
// whether a watch can begin.
func (l *Listener) pause(d time.Duration) {
	until := time.Now().Add(d)
	for {
		l.mu.Lock()
		ctx, cancel := l.wait(time.Until(until))
		stay := l.waiting()
		l.mu.Unlock()
		if stay {
			<-ctx.Done()
		}
		cancel()
		if !stay || l.ctx.Err() != nil || !time.Now().Before(until) {
			return
		}
	}
}

// waiting reports whether all who watch have begun, and there are any. The lock
// is held.
func (l *Listener) waiting() bool {
	for _, list := range l.watches {
		for w := range list {
			if !w.begun {
				return false
			}
		}
	}
	return len(l.watches) > 0
}

// refuse ends the watches that have not begun.
func (l *Listener) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for channel, list := range l.watches {
		for w := range list {
			if !w.begun {
				w.ready <- err
				delete(list, w)
			}
		}
		if len(list) == 0 {
			delete(l.watches, channel)
		}
	}
}

// connection is one connection's life. It returns nil if it is not wanted any
// more.
func (l *Listener) connection() error {
	ctx, cancel := context.WithTimeout(l.ctx, answer)
	conn, err := l.cfg.Connect(ctx)
	cancel()
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		_ = conn.Close(ctx) // the socket is closed in any case
	}()
	heard := make(map[string]bool)
	for {
		add, drop, ctx, cancel := l.plan(heard)
		if ctx == nil {
			return nil
		}
		if len(add)+len(drop) > 0 {
			cancel()
			if err := l.change(conn, heard, add, drop); err != nil {
				return err
			}
			continue
		}
		channel, payload, err := conn.Wait(ctx)
		over := ctx.Err()
		cancel()
		switch {
		case err == nil:
			l.tell(channel, Parse(payload), false)
		case over == nil || conn.Closed():
			return err
		case errors.Is(over, context.DeadlineExceeded):
			if err := l.alive(conn); err != nil {
				return err
			}
		}
	}
}

// alive asks a server that has been silent.
func (l *Listener) alive(conn *postgres.Listener) error {
	ctx, cancel := context.WithTimeout(l.ctx, min(answer, l.cfg.Alive))
	defer cancel()
	return conn.Ping(ctx)
}

// plan compares what is heard with what is wanted. With nothing to change it
// begins what is heard already; ctx is that of the wait that follows, nil if
// nobody watches.
func (l *Listener) plan(heard map[string]bool) (add, drop []string, ctx context.Context, cancel context.CancelFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.watches) == 0 || l.ctx.Err() != nil {
		return nil, nil, nil, nil
	}
	for channel, list := range l.watches {
		if !heard[channel] {
			add = append(add, channel)
			continue
		}
		for w := range list {
			w.begin()
		}
	}
	for channel := range heard {
		if l.watches[channel] == nil {
			drop = append(drop, channel)
		}
	}
	ctx, cancel = l.wait(l.cfg.Alive)
	return add, drop, ctx, cancel
}

func (w *watch) begin() {
	if !w.begun {
		w.begun = true
		w.ready <- nil
	}
}

// change makes the server send what is wanted. Who watched a channel before this
// connection has missed what happened between.
func (l *Listener) change(conn *postgres.Listener, heard map[string]bool, add, drop []string) error {
	ctx, cancel := context.WithTimeout(l.ctx, answer)
	defer cancel()
	for _, channel := range drop {
		if err := conn.Unlisten(ctx, channel); err != nil {
			return err
		}
		delete(heard, channel)
	}
	for _, channel := range add {
		if err := conn.Listen(ctx, channel); err != nil {
			return err
		}
		heard[channel] = true
		l.tell(channel, Change{}, true)
	}
	return nil
}

// tell calls those who watch a channel: all of them, or those who did so before
// the channel was heard, after which the others begin.
func (l *Listener) tell(channel string, c Change, missed bool) {
	l.mu.Lock()
	list := make([]func(Change), 0, len(l.watches[channel]))
	for w := range l.watches[channel] {
		if w.begun {
			list = append(list, w.fn)
		} else if missed {
			w.begin()
		}
	}
	l.mu.Unlock()
	for _, fn := range list {
		fn(c)
	}
}
