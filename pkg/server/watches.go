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

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// maxWatches bounds the subscriptions of one process.
const maxWatches = 10_000

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
	held   map[*mcp.ServerSession]map[string][]*listen // what holds each URI
	total  int
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
		byURI: make(map[string]*watch), held: make(map[*mcp.ServerSession]map[string][]*listen)}
}

func (w *watches) subscribe(ctx context.Context, req *mcp.SubscribeRequest) error {
	uri, session, l := req.Params.URI, req.Session, listenOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case slices.Contains(w.held[session][uri], l):
		return nil // a second time changes nothing
	case w.closed:
		return toolerr.New(toolerr.ServiceUnavailable, "shutting down")
	case w.total >= maxWatches:
		return toolerr.New(toolerr.RateLimited, "this server holds %d subscriptions, its most; try again later", maxWatches)
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
	if w.held[session] == nil {
		w.held[session] = make(map[string][]*listen)
		go w.follow(session)
	}
	w.byURI[uri].holders++
	w.held[session][uri] = append(w.held[session][uri], l)
	w.total++
	return nil
}

// errHeld keeps the SDK from forgetting a session of which another listen has the
// same URI: it knows one for each.
var errHeld = errors.New("another listen of the session holds the resource")

func (w *watches) unsubscribe(ctx context.Context, req *mcp.UnsubscribeRequest) error {
	uri, session, l := req.Params.URI, req.Session, listenOf(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.held[session][uri], l)
	if i >= 0 {
		w.held[session][uri] = slices.Delete(w.held[session][uri], i, i+1)
		w.release(uri, 1)
	}
	if len(w.held[session][uri]) > 0 {
		return errHeld
	}
	delete(w.held[session], uri)
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
	for _, l := range w.held[session][uri] {
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
	for uri, holders := range w.held[session] {
		w.release(uri, len(holders))
	}
	delete(w.held, session)
}

// release takes n holders from uri. The lock is held.
func (w *watches) release(uri string, n int) {
	x := w.byURI[uri]
	if x == nil {
		return
	}
	w.total -= n
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
