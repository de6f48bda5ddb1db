package server

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// exchange is one HTTP request while it is being answered. The SDK gives a
// handler of a session the context of the session, not of the request; the
// exchange is how the request's own facts reach it.
type exchange struct {
	ctx         context.Context // ends when the client goes away; nil if the call has the context of the request
	correlation string
	caller      *auth.Caller
	keys        *ending // when the API keys change that it was authenticated with; nil before it is served
	stateless   bool
	forwarded   bool            // by another replica, which has counted it
	standing    bool            // may be answered with a stream that has no end of its own
	seat        *seat           // taken for the session that it begins
	traced      *tracedExchange // nil when no traces are made
}

func newExchange(r *http.Request) *exchange {
	return &exchange{correlation: r.Header.Get("X-Request-Id"), caller: auth.CallerFrom(r.Context()), forwarded: forwardOf(r.Context()) != nil}
}

// watch ends the exchange when the client goes away before done is called. A
// response that this side ends first does not: the client may come back for
// the rest of the stream.
func (e *exchange) watch(client context.Context) (done func()) {
	ctx, cancel := context.WithCancel(context.Background())
	e.ctx = ctx
	stop := context.AfterFunc(client, cancel)
	return func() {
		// Whoever waits for client may be here before the function was started.
		if stop() && client.Err() != nil {
			cancel()
		}
	}
}

// exchanges finds the exchange that an MCP request belongs to. The zero value
// is ready.
type exchanges struct {
	next atomic.Uint64
	byID sync.Map // string → *exchange
}

// exchangeHeader carries the key through the SDK, which hands a handler the
// request's headers. What a client sends under this name is overwritten.
const exchangeHeader = "Mcpfleet-Exchange"

// begin registers an exchange for r until the returned function is called.
func (x *exchanges) begin(r *http.Request, e *exchange) (end func()) {
	id := strconv.FormatUint(x.next.Add(1), 36)
	r.Header.Set(exchangeHeader, id)
	x.byID.Store(id, e)
	return func() { x.byID.Delete(id) }
}

// of returns the exchange of req, nil over stdio and in process.
func (x *exchanges) of(req mcp.Request) *exchange {
	extra := req.GetExtra()
	if extra == nil || extra.Header == nil {
		return nil
	}
	e, _ := x.byID.Load(extra.Header.Get(exchangeHeader))
	ex, _ := e.(*exchange)
	return ex
}

// ending is a moment that ends many contexts. The zero value is not usable.
type ending struct {
	ctx context.Context
	end context.CancelFunc
}

func newEnding() *ending {
	ctx, cancel := context.WithCancel(context.Background())
	return &ending{ctx, cancel}
}

// bind makes the moment call cancel. The returned function undoes that.
func (e *ending) bind(cancel context.CancelFunc) (undo func()) {
	stop := context.AfterFunc(e.ctx, cancel)
	return func() { stop() }
}
