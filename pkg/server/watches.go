package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// watches ties subscriptions of both eras to the service's Watch: one watch for
// a URI and a caller, or for a URI alone if the service says so, however many
// subscribe to it, ended when the last of them leaves or its session ends.
//
// The SDK knows of each session alone, under a key, and not of its URIs: it
// never forgets a URI of a session that has ended, and goes through all there
// are at the end of every request.
type watches struct {
	svc      watcher
	log      *slog.Logger
	deadline time.Duration    // the longest that a Watch may take
	most     int              // subscriptions of all
	each     int              // and of one caller
	send     func(key string) // makes the SDK send to the session with this key
	shared   bool             // callers share watches
	// may reports whether a caller may subscribe to a URI.
	may func(c *auth.Caller, uri string) bool

	mu      sync.Mutex
	closed  bool
	byKey   map[watchKey]*watch
	held    map[*mcp.ServerSession]*holding
	of      map[string]int // subscriptions of each principal, those without any left out
	total   int
	keys    int      // how many were made
	free    []string // those of sessions that have ended
	running sync.WaitGroup
}

// watchKey is what a watch is shared by.
type watchKey struct {
	principal string // "" if callers share it
	uri       string // as its clients spell it, which is how they are told
}

// watch is one call of the service's Watch.
type watch struct {
	watchKey
	cancel  context.CancelFunc
	ready   chan struct{} // closed once err is known
	err     error
	holders map[*holding][]*listen
}

// holding is what one session subscribes to.
type holding struct {
	session   *mcp.ServerSession
	principal string
	key       string
	ended     bool
	watches   map[string]*watch // by URI: all subscribers of a session are one caller
	lease     *lease            // nil if the right to subscribe has no end
	asleep    map[string]bool   // URIs of subscriptions whose lease is over
	outbox
}

// listen is one subscriptions/listen. A nil one stands for the subscription of
// a session of an older revision.
type listen struct {
	end    context.CancelFunc
	uris   []string
	id     any                 // what its notifications carry; nil until it is acknowledged
	missed map[*watch]struct{} // what changed before that
}

type listenKey struct{}

// withListen returns the context that a new listen runs in. What it is called
// with ends that listen.
func withListen(ctx context.Context, end context.CancelFunc) context.Context {
	return context.WithValue(ctx, listenKey{}, &listen{end: end})
}

func listenOf(ctx context.Context) *listen {
	l, _ := ctx.Value(listenKey{}).(*listen)
	return l
}

func newWatches(svc watcher, cfg Config, log *slog.Logger, send func(string)) *watches {
	return &watches{svc: svc, log: log, deadline: cfg.ToolDeadline, most: cfg.MaxSubscriptions, each: cfg.CallerSubscriptions, send: send,
		byKey: make(map[watchKey]*watch), held: make(map[*mcp.ServerSession]*holding), of: make(map[string]int)}
}

var errAway = toolerr.New(toolerr.Cancelled, "the caller went away")

// subscriptions answers what is about subscriptions, with the SDK behind it.
func (s *Server) subscriptions(next mcp.MethodHandler) mcp.MethodHandler {
	w := s.watches
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		switch r := req.(type) {
		case *mcp.SubscribeRequest:
			if auth.CallerFrom(ctx) == nil {
				return nil, errAway
			}
			h := w.enter(r.Session, principal(ctx))
			if x := s.open.of(req); x != nil && s.auth != nil {
				w.renew(r.Session, x)
			}
			// The session is known before the watch begins, so that its first change is sent.
			res, err := next(ctx, method, &mcp.SubscribeRequest{Session: r.Session, Extra: r.Extra,
				Params: &mcp.SubscribeParams{Meta: r.Params.Meta, URI: h.key}})
			if err == nil {
				err = w.subscribe(ctx, h, nil, r.Params.URI)
			}
			return res, err
		case *mcp.UnsubscribeRequest:
			if h := w.holding(r.Session); h != nil {
				w.leave(h, nil, r.Params.URI)
			}
			return next(ctx, method, &mcp.UnsubscribeRequest{Session: r.Session, Extra: r.Extra,
				Params: &mcp.UnsubscribeParams{Meta: r.Params.Meta}})
		case *mcp.SubscriptionsListenRequest:
			if l := listenOf(ctx); l != nil && r.Params.Notifications != nil && len(r.Params.Notifications.ResourceSubscriptions) > 0 {
				if auth.CallerFrom(ctx) == nil {
					return nil, errAway
				}
				return w.listen(ctx, method, r, l, next)
			}
		}
		return next(ctx, method, req)
	}
}

// listen runs a subscriptions/listen that names resources, until ctx ends.
func (w *watches) listen(ctx context.Context, method string, r *mcp.SubscriptionsListenRequest, l *listen, next mcp.MethodHandler) (mcp.Result, error) {
	h := w.enter(r.Session, principal(ctx))
	l.uris = r.Params.Notifications.ResourceSubscriptions
	defer func() {
		for _, uri := range l.uris {
			w.leave(h, l, uri)
		}
	}()
	for _, uri := range l.uris {
		if err := w.subscribe(ctx, h, l, uri); err != nil {
			return nil, err
		}
	}
	wanted := *r.Params.Notifications
	wanted.ResourceSubscriptions = []string{h.key}
	return next(ctx, method, &mcp.SubscriptionsListenRequest{Session: r.Session, Extra: r.Extra,
		Params: &mcp.SubscriptionsListenParams{Meta: r.Params.Meta, Notifications: &wanted}})
}

// unsubscribe is what the SDK asks when a listen ends. Another one of the
// session may go on, and the SDK knows one for each session: it keeps it until
// the session ends.
func (w *watches) unsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	if req.Params.URI != "" {
		return errKept
	}
	return nil
}

var errKept = errors.New("the session is told of changes until it ends")

// holding returns what a session holds, nil if it never held anything.
func (w *watches) holding(session *mcp.ServerSession) *holding {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[session]
}

// enter returns what a session holds, and begins to keep it.
func (w *watches) enter(session *mcp.ServerSession, who string) *holding {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.held[session]
	if h == nil {
		h = &holding{session: session, principal: who, watches: make(map[string]*watch)}
		if n := len(w.free); n > 0 {
			h.key, w.free = w.free[n-1], w.free[:n-1]
		} else {
			w.keys++
			h.key = "session:" + strconv.Itoa(w.keys)
		}
		w.held[session] = h
		go w.follow(h)
	}
	return h
}

// follow gives back what a session holds when it ends: the SDK does not tell.
func (w *watches) follow(h *holding) {
	_ = h.session.Wait() // how it ended does not matter here
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, x := range h.watches {
		w.release(h, x)
	}
	h.ended = true
	h.lease.stop()
	delete(w.held, h.session)
	w.free = append(w.free, h.key)
}

// subscribe makes l hold uri, and returns when its watch has begun.
func (w *watches) subscribe(ctx context.Context, h *holding, l *listen, uri string) error {
	x, fresh, err := w.hold(h, l, uri, auth.CallerFrom(ctx))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, w.deadline)
	defer cancel()
	select {
	case <-x.ready:
	case <-ctx.Done():
		if fresh {
			w.leave(h, l, uri)
		}
		return ended(ctx, ctx.Err(), w.deadline)
	}
	if x.err != nil {
		return fmt.Errorf("watching a resource: %w", x.err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(x.holders[h], l) {
		if l == nil {
			delete(h.asleep, uri)
		}
		return toolerr.New(toolerr.Cancelled, "the subscription was ended before it began")
	}
	return nil
}

// hold enters a subscription, and begins its watch if it is the first. fresh is
// false if it was there already.
func (w *watches) hold(h *holding, l *listen, uri string, c *auth.Caller) (x *watch, fresh bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holds(h, l, uri, c)
}

// holds is hold. The lock is held.
func (w *watches) holds(h *holding, l *listen, uri string, c *auth.Caller) (x *watch, fresh bool, err error) {
	who, key := h.principal, watchKey{h.principal, uri}
	if w.shared {
		key.principal, c = "", nil
	}
	if x = w.byKey[key]; x != nil && slices.Contains(x.holders[h], l) {
		return x, false, nil // a second time changes nothing
	}
	switch {
	case h.ended:
		return nil, false, toolerr.New(toolerr.Cancelled, "the session has ended")
	case l == nil && h.lease != nil && h.lease.over:
		return nil, false, toolerr.New(toolerr.AuthenticationFailed, "the credential has ended")
	case w.closed:
		return nil, false, toolerr.New(toolerr.ServiceUnavailable, "shutting down")
	case w.total >= w.most:
		return nil, false, toolerr.New(toolerr.RateLimited, "this server holds %d subscriptions, its most; try again later", w.most)
	case who != auth.Local && who != auth.Anonymous && w.of[who] >= w.each:
		return nil, false, toolerr.New(toolerr.RateLimited, "you hold %d subscriptions, the most of one caller; end some", w.each)
	}
	if x == nil {
		// It outlives the request that begins it.
		ctx, cancel := context.WithCancel(auth.WithCaller(context.Background(), c))
		x = &watch{watchKey: key, cancel: cancel, ready: make(chan struct{}), holders: make(map[*holding][]*listen)}
		w.byKey[key] = x
		w.running.Go(func() { w.begin(ctx, x) })
	}
	x.holders[h] = append(x.holders[h], l)
	h.watches[uri] = x
	w.of[who]++
	w.total++
	return x, true, nil
}

// begin calls the service. All who wait for the watch share its failure.
func (w *watches) begin(ctx context.Context, x *watch) {
	err := w.call(ctx, x)
	w.mu.Lock()
	defer w.mu.Unlock()
	x.err = err
	close(x.ready)
	if err == nil {
		return
	}
	for h := range x.holders {
		w.release(h, x)
	}
}

func (w *watches) call(ctx context.Context, x *watch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("panic", "method", "Watch", "error", panicked(p))
			err = errPanic
		}
	}()
	return w.svc.Watch(ctx, x.uri, func() { w.changed(x) })
}

// leave ends a subscription, if it is there.
func (w *watches) leave(h *holding, l *listen, uri string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l == nil {
		delete(h.asleep, uri)
	}
	if x := h.watches[uri]; x != nil {
		w.drop(h, l, x)
	}
}

// drop ends a subscription to x, if it is there. The lock is held.
func (w *watches) drop(h *holding, l *listen, x *watch) {
	i := slices.Index(x.holders[h], l)
	switch {
	case i < 0:
	case len(x.holders[h]) == 1:
		w.release(h, x)
	default:
		x.holders[h] = slices.Delete(x.holders[h], i, i+1)
		w.count(h.principal, -1)
	}
}

// release ends all subscriptions of a session to one resource, and the watch
// with the last one. The lock is held.
func (w *watches) release(h *holding, x *watch) {
	w.count(h.principal, -len(x.holders[h]))
	delete(x.holders, h)
	delete(h.watches, x.uri)
	if len(x.holders) == 0 {
		x.cancel()
		if w.byKey[x.watchKey] == x {
			delete(w.byKey, x.watchKey)
		}
	}
}

// count adds n to the subscriptions of a principal. The lock is held.
func (w *watches) count(principal string, n int) {
	w.total += n
	if w.of[principal] += n; w.of[principal] <= 0 {
		delete(w.of, principal)
	}
}

// close ends all watches, and waits for those that are just beginning.
func (w *watches) close() {
	w.mu.Lock()
	w.closed = true
	for key, x := range w.byKey {
		x.cancel()
		delete(w.byKey, key)
	}
	w.mu.Unlock()
	w.running.Wait()
}
