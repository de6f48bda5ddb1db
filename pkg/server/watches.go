package server

import (
	"context"
	"fmt"
	"log/slog"
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
	held   map[*mcp.ServerSession]map[string]int // how often each session holds a URI
	total  int
}

type watch struct {
	holders int
	cancel  context.CancelFunc
}

func newWatches(svc watcher, log *slog.Logger, changed func(string)) *watches {
	return &watches{svc: svc, log: log, changed: changed,
		byURI: make(map[string]*watch), held: make(map[*mcp.ServerSession]map[string]int)}
}

func (w *watches) subscribe(_ context.Context, req *mcp.SubscribeRequest) error {
	uri, session := req.Params.URI, req.Session
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
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
		w.held[session] = make(map[string]int)
		go w.follow(session)
	}
	w.byURI[uri].holders++
	w.held[session][uri]++
	w.total++
	return nil
}

func (w *watches) unsubscribe(_ context.Context, req *mcp.UnsubscribeRequest) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := w.held[req.Session][req.Params.URI]; n > 0 {
		w.held[req.Session][req.Params.URI] = n - 1
		w.release(req.Params.URI, 1)
	}
	return nil
}

// follow gives back what a session holds when it ends: the SDK does not tell.
func (w *watches) follow(session *mcp.ServerSession) {
	_ = session.Wait() // how it ended does not matter here
	w.mu.Lock()
	defer w.mu.Unlock()
	for uri, n := range w.held[session] {
		w.release(uri, n)
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
