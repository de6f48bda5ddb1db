package server

import (
	"context"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// rootsTime is how long a client may take to name its roots.
const rootsTime = 10 * time.Second

// maxRoots bounds the roots of a client, each of which has a URI of at most
// maxURI bytes.
const maxRoots = 100

// AskRoots makes [ClientRoots] work in this service's handlers.
func (r *Registry) AskRoots() { r.asksRoots = true }

type rootsKey struct{}

// askedRoots is what a handler's context holds of the session whose client has
// roots.
type askedRoots struct {
	roots   *clientRoots
	session *mcp.ServerSession
}

// ClientRoots returns the URIs of the roots that the client has announced, for
// a service that has called [Registry.AskRoots]. ok is false if it has none to
// announce: it belongs to protocol 2026-07-28, which has no such question, or to
// no session, or did not declare the capability. The client is asked once in a
// session, and again after it said that they changed.
//
// Roots are a client's word for what it works on. They protect nobody: a client
// may say whatever it likes.
func ClientRoots(ctx context.Context) (uris []string, ok bool, err error) {
	a, ok := ctx.Value(rootsKey{}).(askedRoots)
	if !ok {
		return nil, false, nil
	}
	uris, err = a.roots.of(ctx, a.session)
	return uris, true, err
}

// rooted lets handlers ask for the roots of the session's client.
func (s *Server) rooted(next mcp.MethodHandler) mcp.MethodHandler {
	if s.roots == nil {
		return next
	}
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		session, _ := req.GetSession().(*mcp.ServerSession)
		if _, serves := families[method]; serves && s.announces(req, session) {
			ctx = context.WithValue(ctx, rootsKey{}, askedRoots{s.roots, session})
		}
		return next(ctx, method, req)
	}
}

// announces reports whether req belongs to a session whose client can be asked
// for its roots.
func (s *Server) announces(req mcp.Request, session *mcp.ServerSession) bool {
	if session == nil {
		return false
	}
	x := s.open.of(req)
	if overHTTP(req) && (x == nil || x.stateless) {
		return false
	}
	p := session.InitializeParams()
	return p != nil && p.ProtocolVersion < statelessSince && p.Capabilities != nil && p.Capabilities.RootsV2 != nil
}

// clientRoots are the roots of the sessions whose clients were asked.
type clientRoots struct {
	mu sync.Mutex
	by map[*mcp.ServerSession]*sessionRoots
}

// sessionRoots are those of one session.
type sessionRoots struct {
	asking chan struct{} // holds a value while the client is asked

	// Under the lock of clientRoots.
	uris    []string
	known   bool
	changes int
}

func newClientRoots() *clientRoots {
	return &clientRoots{by: make(map[*mcp.ServerSession]*sessionRoots)}
}

// of returns the roots of a session.
func (c *clientRoots) of(ctx context.Context, session *mcp.ServerSession) ([]string, error) {
	c.mu.Lock()
	r := c.by[session]
	if r == nil {
		r = &sessionRoots{asking: make(chan struct{}, 1)}
		c.by[session] = r
		go c.follow(session)
	}
	c.mu.Unlock()
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	uris, known, changes := r.uris, r.known, r.changes
	c.mu.Unlock()
	if known {
		return uris, nil
	}
	asked, cancel := context.WithTimeout(ctx, rootsTime)
	defer cancel()
	uris, err := askRoots(asked, session)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r.uris, r.known = uris, r.changes == changes
	return uris, nil
}

// askRoots asks a client. Without an answer nothing is known, which must not
// pass for "no roots".
func askRoots(ctx context.Context, session *mcp.ServerSession) ([]string, error) {
	res, err := session.ListRoots(ctx, nil)
	if err != nil {
		return nil, toolerr.Wrap(err, toolerr.ServiceUnavailable, "the client was asked for its roots, which it declared to have, and did not name them")
	}
	if len(res.Roots) > maxRoots {
		return nil, toolerr.New(toolerr.InvalidInput, "the client has %d roots; the limit is %d", len(res.Roots), maxRoots)
	}
	uris := make([]string, 0, len(res.Roots))
	for _, root := range res.Roots {
		if root == nil {
			continue
		}
		if len(root.URI) > maxURI {
			return nil, toolerr.New(toolerr.InvalidInput, "a root of the client has a URI of %d bytes; the limit is %d", len(root.URI), maxURI)
		}
		uris = append(uris, root.URI)
	}
	return uris, nil
}

// changed forgets the roots of a session whose client has others now.
func (c *clientRoots) changed(_ context.Context, req *mcp.RootsListChangedRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.by[req.Session]; r != nil {
		r.known = false
		r.changes++
	}
}

// follow forgets a session when it ends: the SDK does not tell.
func (c *clientRoots) follow(session *mcp.ServerSession) {
	_ = session.Wait() // how it ended does not matter here
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.by, session)
}
