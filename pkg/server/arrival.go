package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// How old a forwarded request may be, and how far the clock of its sender may
// be ahead.
const (
	forwardAge  = 30 * time.Second
	forwardSkew = 5 * time.Second
)

// errForwarded does not say what is wrong: only a replica can do it right.
var errForwarded = errors.New("the header " + headerForward + " is for the replicas of this service only")

type forwardKey struct{}

// forwardOf returns what the replica that handed on ctx's request says of it,
// nil if a client sent it.
func forwardOf(ctx context.Context) *forward {
	f, _ := ctx.Value(forwardKey{}).(*forward)
	return f
}

// forwarded returns the caller of a request that another replica hands on. ok
// is false, without an error, for a request from a client, which must be
// authenticated. It marks r: its body then cannot be read to the end unless it
// is the one that the other replica sent.
func (s *Server) forwarded(r *http.Request) (caller *auth.Caller, ok bool, err error) {
	tokens := r.Header.Values(headerForward)
	if len(tokens) == 0 {
		return nil, false, nil
	}
	r.Header.Del(headerForward)
	if s.relay == nil || s.relay.addr == "" || len(tokens) != 1 {
		return nil, false, errForwarded
	}
	f, err := s.relay.open(tokens[0], r.Method)
	if err != nil {
		return nil, false, err
	}
	r.Header.Set(headerSession, f.Session)
	r.Body = &checkedBody{ReadCloser: r.Body, got: sha256.New(), want: f.Body}
	*r = *r.WithContext(context.WithValue(r.Context(), forwardKey{}, f))
	return &auth.Caller{Principal: f.Principal, Grants: f.Grants, Expires: f.Expires}, true, nil
}

// refuseForwarded answers a request that [Server.forwarded] returns an error
// for. The header tells a replica from the answer of a session.
func refuseForwarded(w http.ResponseWriter, err error) {
	w.Header().Set(headerForward, "refused")
	refuse(w, http.StatusBadRequest, err.Error())
}

// open returns what token says, if another replica made it for this one and for
// a request with this method, a moment ago and for the first time.
func (l *relay) open(token, method string) (*forward, error) {
	f := new(forward)
	b, err := l.keys.Open(sealedForward, token, l.service, l.addr)
	if err != nil || json.Unmarshal(b, f) != nil || f.Method != method || f.Session == "" {
		return nil, errForwarded
	}
	if age := time.Since(f.Time); age > forwardAge || age < -forwardSkew || !l.seen.first(f.Nonce) {
		return nil, errForwarded
	}
	return f, nil
}

// checkedBody is a body that ends with an error unless it is the one expected.
type checkedBody struct {
	io.ReadCloser
	got  hash.Hash
	want [sha256.Size]byte
}

// Read reads on.
func (b *checkedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.got.Write(p[:n])
	if err == io.EOF && [sha256.Size]byte(b.got.Sum(nil)) != b.want {
		err = errForwarded
	}
	return n, err
}

// maxNonces bounds the memory for forwarded requests: 7,000 a second for as
// long as they are accepted. Beyond that, they are refused.
const maxNonces = 1 << 18

// once remembers nonces for as long as the requests that carry them are
// accepted: a request that somebody has recorded between the replicas is not
// taken again.
type once struct {
	mu       sync.Mutex
	now, old map[uint64]struct{}
	began    time.Time // when now was empty
}

func newOnce() *once { return &once{now: make(map[uint64]struct{})} }

// first reports whether it has not seen n before.
func (o *once) first(n uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t := time.Now(); t.Sub(o.began) > forwardAge+forwardSkew {
		if o.old = o.now; t.Sub(o.began) > 2*(forwardAge+forwardSkew) {
			o.old = nil
		}
		o.now, o.began = make(map[uint64]struct{}), t
	}
	_, now := o.now[n]
	_, old := o.old[n]
	if now || old || len(o.now) >= maxNonces {
		return false
	}
	o.now[n] = struct{}{}
	return true
}
