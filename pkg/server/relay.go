package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/seal"
)

// The limits of a request that is handed on. A replica that is alive sends the
// headers of its answer after a second at most: those of a stream.
const (
	relayConnect = 2 * time.Second
	relayHeaders = 10 * time.Second
)

// headerForward carries the [forward] that makes a request one that another
// replica hands on.
const (
	headerForward = "Mcpfleet-Forwarded"
	sealedForward = "forwarded request" // what the token is for
)

// forward is what one replica tells another of a request that it hands on. It
// stands for the caller's credential, which is not sent, and it is sealed and
// bound to the service and the address it is sent to. What it says of the request makes it of
// no use for another one.
type forward struct {
	Principal string
	Grants    auth.Grants
	Expires   time.Time
	Session   string // the session's id inside its replica
	Method    string
	Body      [sha256.Size]byte
	Time      time.Time
	Nonce     uint64
}

// relay hands requests of sessions on to the replica that has the session, and
// takes those that others hand on. Addresses come from sealed session ids only.
type relay struct {
	keys      *seal.Keys
	service   string
	addr      string // of this replica
	log       *slog.Logger
	transport *http.Transport
	seen      *once
	warned    atomic.Int64 // when a replica that does not answer was last warned of, in seconds
}

func newRelay(keys *seal.Keys, service, addr string, log *slog.Logger) *relay {
	dialer := &net.Dialer{Timeout: relayConnect, KeepAlive: 15 * time.Second}
	return &relay{keys: keys, service: service, addr: addr, log: log, seen: newOnce(), transport: &http.Transport{
		DialContext:            dialer.DialContext,
		DisableCompression:     true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    64,
		MaxConnsPerHost:        4096,
		IdleConnTimeout:        idleTimeout / 2, // before the other side's
		MaxResponseHeaderBytes: maxHeader,
	}}
}

func (l *relay) close() { l.transport.CloseIdleConnections() }

// The headers that go along. The caller's credential is none of them, nor is
// what the policy has checked.
var (
	requestHeaders  = []string{"Accept", "Content-Type", "Last-Event-ID", "Traceparent", "Tracestate", "X-Request-Id"}
	responseHeaders = []string{"Allow", "Cache-Control", "Content-Type", "Retry-After", "X-Accel-Buffering"}
)

// hand hands r on to the owner of its session and passes the answer on as it
// comes. If the owner is not there, neither is the session.
func (l *relay) hand(w http.ResponseWriter, r *http.Request, id sessionID, body []byte) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	late := time.AfterFunc(relayHeaders, func() { cancel(errLate) })
	defer late.Stop()
	res, err := l.send(l.request(ctx, r, id, body))
	late.Stop()
	switch {
	case err == nil:
	case ctx.Err() != nil, notReached(err):
		level := slog.LevelDebug
		if now, last := time.Now().Unix(), l.warned.Load(); now-last >= 60 && l.warned.CompareAndSwap(last, now) {
			level = slog.LevelWarn
		}
		l.log.Log(r.Context(), level, "the replica that has a session does not answer, and the session is lost; if it runs, is its --replica-addr right?",
			"replica", id.Owner, "error", err)
		sessionGone(w)
		return
	default:
		l.log.WarnContext(r.Context(), "a session's replica broke off", "replica", id.Owner, "error", err)
		refuse(w, http.StatusBadGateway, unknownOutcome)
		return
	}
	defer res.Body.Close()
	if res.Header.Get(headerForward) != "" {
		l.log.WarnContext(r.Context(), "a replica refused a forwarded request: it has had it before, or the replicas' clocks differ",
			"replica", id.Owner)
		refuse(w, http.StatusBadGateway, unknownOutcome)
		return
	}
	for _, name := range responseHeaders {
		if v := res.Header.Values(name); len(v) > 0 {
			w.Header()[name] = v
		}
	}
	w.WriteHeader(res.StatusCode)
	if err := pass(w, res.Body); err != nil && r.Context().Err() == nil {
		panic(http.ErrAbortHandler) // so that the client does not take the part for the whole
	}
}

var errLate = errors.New("no answer in time")

const unknownOutcome = "the replica that keeps the session broke off; the request may have had its effect"

// send sends a request, once more if the connection breaks before the answer
// begins. The owner takes it once only, so it has its effect once at most. An
// owner that ends answers all that it has taken: if nobody listens any more, it
// has not taken this one.
func (l *relay) send(r *http.Request) (*http.Response, error) {
	again := r.Clone(r.Context())
	res, err := l.transport.RoundTrip(r)
	if err == nil || r.Context().Err() != nil || notReached(err) {
		return res, err
	}
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return l.transport.RoundTrip(again)
}

// notReached reports whether an error means that nothing was sent.
func notReached(err error) bool {
	op := new(net.OpError)
	return errors.As(err, &op) && op.Op == "dial"
}

// pass sends what comes at once: it may be a stream of events. The error is of
// reading.
func pass(w http.ResponseWriter, body io.Reader) error {
	flush := http.NewResponseController(w).Flush
	buf := make([]byte, 16<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 || err == nil {
			if _, err := w.Write(buf[:n]); err != nil {
				return nil // the client is gone
			}
			_ = flush() // as above
		}
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

// request is the request to the owner. Its Host is the one that the client
// named, which the owner's policy admits as this replica's did.
func (l *relay) request(ctx context.Context, r *http.Request, id sessionID, body []byte) *http.Request {
	u := url.URL{Scheme: "http", Host: id.Owner, Path: "/mcp"}
	out := (&http.Request{Method: r.Method, URL: &u, Host: r.Host, Header: make(http.Header)}).WithContext(ctx)
	if len(body) > 0 {
		out.ContentLength = int64(len(body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body = io.NopCloser(bytes.NewReader(body))
	}
	for _, name := range requestHeaders {
		if v := r.Header.Values(name); len(v) > 0 {
			out.Header[name] = v
		}
	}
	for name, v := range r.Header {
		if strings.HasPrefix(name, "Mcp-") && name != headerSession {
			out.Header[name] = v
		}
	}
	// To net/http this says that it may be sent again if an idle connection turns
	// out to be closed. It is not sent.
	out.Header["Idempotency-Key"] = []string{}
	out.Header.Set(headerForward, l.seal(r, id, body))
	return out
}

func (l *relay) seal(r *http.Request, id sessionID, body []byte) string {
	c := auth.CallerFrom(r.Context())
	f := forward{
		Principal: c.Principal, Grants: c.Grants, Expires: c.Expires, Session: id.Inner, Method: r.Method, Body: sha256.Sum256(body),
		Time: time.Now(), Nonce: nonce(),
	}
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings and numbers
	}
	return l.keys.Seal(sealedForward, b, l.service, id.Owner)
}

func nonce() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}
