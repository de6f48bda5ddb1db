package server

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	headerSession = "Mcp-Session-Id"
	sealedSession = "session id" // what the token is for
)

// maxInitialize is the size of the largest request that begins a session.
const maxInitialize = 64 << 10

// sessionID is what the session id of a client holds. It is sealed and bound to
// the principal that began the session: whoever else learns it has nothing, and
// nobody can make one that names an address. It is of this service only: others
// may have the same keys.
type sessionID struct {
	Inner string `json:"i"`
	Owner string `json:"o,omitempty"` // where the other replicas reach the one that has the session
}

func (s *Server) sealSession(inner, principal string) string {
	b, err := json.Marshal(sessionID{inner, s.cfg.ReplicaAddr})
	if err != nil {
		panic(err) // two strings
	}
	return s.keys.Seal(sealedSession, b, s.name, principal)
}

func (s *Server) openSession(token, principal string) (id sessionID, ok bool) {
	b, err := s.keys.Open(sealedSession, token, s.name, principal)
	return id, err == nil && json.Unmarshal(b, &id) == nil
}

// session answers a request of an older revision, which begins a session, or
// belongs to one in this process or in another replica. p and body are of a
// POST.
func (d *dispatcher) session(w http.ResponseWriter, r *http.Request, x *exchange, p *peeked, body []byte) {
	if d.legacy == nil {
		sessionGone(w)
		return
	}
	token := r.Header.Get(headerSession)
	if token == "" {
		if r.Method == http.MethodPost {
			if len(body) > maxInitialize { // what the client says of itself is kept as long as the session
				d.s.refuseBody(w, r, &http.MaxBytesError{Limit: maxInitialize})
				return
			}
			d.begin(w, r, x)
		} else {
			d.serve(w, r, x, d.legacy, true) // which says what is missing
		}
		return
	}
	inner := token
	if !x.forwarded {
		id, ok := d.s.openSession(token, x.caller.Principal)
		if !ok {
			sessionGone(w)
			return
		}
		if d.s.relay != nil && id.Owner != "" && id.Owner != d.s.cfg.ReplicaAddr {
			d.s.relay.hand(w, r, id, body)
			return
		}
		inner = id.Inner
	}
	last := d.s.leaving.Load() && p != nil && p.Method != "" && len(p.ID) > 0
	leave, ok := d.s.sessions.enter(inner, x.caller.Principal, r.Method != http.MethodGet, last)
	if !ok {
		sessionGone(w)
		return
	}
	defer leave()
	if d.s.watches != nil && d.s.auth != nil {
		d.s.watches.renew(d.s.sessions.find(inner), x)
	}
	r.Header.Set(headerSession, inner)
	decodeName(r.Header)
	d.serve(w, r, x, d.legacy, true)
}

// begin answers an initialize. It is answered at once: a keep-alive comment
// would send the headers before the session's id is among them.
func (d *dispatcher) begin(w http.ResponseWriter, r *http.Request, x *exchange) {
	x.seat = d.s.sessions.reserve(x.caller.Principal)
	if x.seat == nil {
		d.s.refused(r, refusedOverloaded, target{method: methodInitialize})
		refuseBusy(w, http.StatusServiceUnavailable, minIdle, "this server has all the sessions that it can keep; try again later")
		return
	}
	defer d.s.sessions.giveBack(x.seat)
	iw := &idWriter{ResponseWriter: w, seal: func(inner string) string { return d.s.sealSession(inner, x.caller.Principal) }}
	d.serve(iw, r, x, d.legacy, false)
}

// sessionGone answers a request whose session is not, or is not the caller's,
// as the SDK does: its clients take a JSON body for the answer to one request
// and would go on with the session.
func sessionGone(w http.ResponseWriter) {
	http.Error(w, "session not found", http.StatusNotFound)
}

// idWriter puts a sealed session id in the place of the SDK's own.
type idWriter struct {
	http.ResponseWriter
	seal func(inner string) string
	sent bool
}

func (w *idWriter) replace() {
	if h := w.Header(); !w.sent && h.Get(headerSession) != "" {
		h.Set(headerSession, w.seal(h.Get(headerSession)))
	}
	w.sent = true
}

// WriteHeader sends the status and the headers.
func (w *idWriter) WriteHeader(status int) {
	w.replace()
	w.ResponseWriter.WriteHeader(status)
}

// Write passes p on.
func (w *idWriter) Write(p []byte) (int, error) {
	w.replace()
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written.
func (w *idWriter) Flush() {
	w.replace()
	// A client that is gone is noticed by the request's context.
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// seated keeps account of the sessions that are begun over HTTP.
func (s *Server) seated(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		res, err := next(ctx, method, req)
		if err != nil || method != methodInitialize {
			return res, err
		}
		session, ok := req.GetSession().(*mcp.ServerSession)
		if e := req.GetExtra(); !ok || e == nil || e.Header == nil || session.ID() == "" {
			return res, err
		}
		var st *seat
		if x := s.open.of(req); x != nil {
			st = x.seat
		}
		s.sessions.begin(st, session)
		return res, err
	}
}
