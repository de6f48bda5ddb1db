package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// The most subscriptions of one process, and of one caller.
const (
	maxWatches       = 10_000
	maxCallerWatches = 1_000
)

// watches ties subscriptions of both eras to the service's Watch: one watch for
// a URI however many subscribe to it, ended when the last of them leaves or its
// session ends.
type watches struct {
	svc     watcher
	log     *slog.Logger
	changed func(uri string)

	mu     sync.Mutex
	closed bool
	byURI  map[string]*watch
	held   map[*mcp.ServerSession]*holding
	of     map[string]int // subscriptions of each principal, those without any left out
	total  int
}

// holding is what one session subscribes to.
type holding struct {
	principal string
	uris      map[string][]*listen // what holds each
}

type watch struct {
	holders int
	cancel  context.CancelFunc
}

// listen is one subscriptions/listen. A nil one stands for the subscription of
// a session of an older revision.
type listen struct {
	id any // what its notifications carry; nil until it is acknowledged
}

type listenKey struct{}

// withListen returns the context that a new listen runs in.
func withListen(ctx context.Context) context.Context {
	return context.WithValue(ctx, listenKey{}, new(listen))
}

func listenOf(ctx context.Context) *listen {
	l, _ := ctx.Value(listenKey{}).(*listen)
	return l
}

func newWatches(svc watcher, log *slog.Logger, changed func(string)) *watches {
	return &watches{svc: svc, log: log, changed: changed,
		byURI: make(map[string]*watch), held: make(map[*mcp.ServerSession]*holding), of: make(map[string]int)}
}

func (w *watches) subscribe(ctx context.Context, req *mcp.SubscribeRequest) error {
	uri, session, l, who := req.Params.URI, req.Session, listenOf(ctx), principal(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case slices.Contains(w.holds(session, uri), l):
		return nil // a second time changes nothing
	case w.closed:
		return toolerr.New(toolerr.ServiceUnavailable, "shutting down")
	case w.total >= maxWatches:
		return toolerr.New(toolerr.RateLimited, "this server holds %d subscriptions, its most; try again later", maxWatches)
	case who != auth.Local && who != auth.Anonymous && w.of[who] >= maxCallerWatches:
		return toolerr.New(toolerr.RateLimited, "you hold %d subscriptions, the most of one caller; end some", maxCallerWatches)
	}
	if w.byURI[uri] == nil {
		// The subscription outlives its request.
		ctx, cancel := context.WithCancel(context.Background())
		if err := w.svc.Watch(ctx, uri, func() { w.changed(uri) }); err != nil {
			cancel()
			return fmt.Errorf("watching a resource: %w", err)
		}
		w.byURI[uri] = &watch{cancel: cancel}
	}
	h := w.held[session]
	if h == nil {
		h = &holding{principal: who, uris: make(map[string][]*listen)}
		w.held[session] = h
		go w.follow(session)
	}
	w.byURI[uri].holders++
	h.uris[uri] = append(h.uris[uri], l)
	w.of[h.principal]++
	w.total++
	return nil
}

// holds returns what of a session holds uri. The lock is held.
func (w *watches) holds(session *mcp.ServerSession, uri string) []*listen {
	if h := w.held[session]; h != nil {
		return h.uris[uri]
	}
	return nil
}

// errHeld keeps the SDK from forgetting a session of which another listen has the
// same URI: it knows one for each.
var errHeld = errors.New("another listen of the session holds the resource")

func (w *watches) unsubscribe(ctx context.Context, req *mcp.UnsubscribeRequest) error {
	uri, session, l := req.Params.URI, req.Session, listenOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.held[session]
	if h == nil {
		return nil
	}
	if i := slices.Index(h.uris[uri], l); i >= 0 {
		h.uris[uri] = slices.Delete(h.uris[uri], i, i+1)
		w.release(h.principal, uri, 1)
	}
	if len(h.uris[uri]) > 0 {
		return errHeld
	}
	delete(h.uris, uri)
	return nil
}

// fan sends a notification to each listen that holds its resource. The SDK sends
// one to each session, with the id of the listen that came last, which may have
// ended.
func (w *watches) fan(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		session, _ := req.GetSession().(*mcp.ServerSession)
		switch p := req.GetParams().(type) {
		case *mcp.SubscriptionsAcknowledgedParams:
			// Before it is sent: what changes after the client has read it must come.
			w.acknowledged(listenOf(ctx), p.Meta[mcp.MetaKeySubscriptionID])
		case *mcp.ResourceUpdatedNotificationParams:
			ids, plain := w.holders(session, p.URI)
			if len(ids) == 0 {
				break
			}
			var failed []error
			for _, id := range ids {
				q := *p
				q.Meta = maps.Clone(p.Meta)
				if q.Meta == nil {
					q.Meta = make(mcp.Meta)
				}
				q.Meta[mcp.MetaKeySubscriptionID] = id
				_, err := next(ctx, method, &mcp.ServerRequest[*mcp.ResourceUpdatedNotificationParams]{Session: session, Params: &q})
				failed = append(failed, err)
			}
			if !plain {
				return nil, errors.Join(failed...)
			}
		}
		return next(ctx, method, req)
	}
}

func (w *watches) acknowledged(l *listen, id any) {
	if l == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l.id = id
}

// holders returns the ids of the listens of a session that hold uri, and whether
// a subscription without an id does.
func (w *watches) holders(session *mcp.ServerSession, uri string) (ids []any, plain bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.holds(session, uri) {
		if l == nil {
			plain = true
		} else if l.id != nil {
			ids = append(ids, l.id)
		}
	}
	return ids, plain
}

// follow gives back what a session holds when it ends: the SDK does not tell.
func (w *watches) follow(session *mcp.ServerSession) {
	_ = session.Wait() // how it ended does not matter here
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.held[session]
	for uri, holders := range h.uris {
		w.release(h.principal, uri, len(holders))
	}
	delete(w.held, session)
}

// release takes n holders of a principal from uri. The lock is held.
func (w *watches) release(principal, uri string, n int) {
	x := w.byURI[uri]
	if x == nil {
		return
	}
	w.total -= n
	if w.of[principal] -= n; w.of[principal] <= 0 {
		delete(w.of, principal)
	}
	if x.holders -= n; x.holders <= 0 {
		x.cancel()
		delete(w.byURI, uri)
	}
}

func (w *watches) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for uri, x := range w.byURI {
		x.cancel()
		delete(w.byURI, uri)
	}
}
