package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// The bounds on asking about tokens, which cost an attacker nothing to make up.
const (
	maxAsked   = 8   // requests at a time
	maxWaiting = 256 // tokens that are asked about or wait for it
	maxRefused = 10 * time.Second
	warnEvery  = time.Minute
)

// introspection asks an authorization server about tokens (RFC 7662).
type introspection struct {
	v       *Verifier
	flights singleflight.Group
	waiting chan struct{}
	asked   chan struct{}
	refused *cache[error]
	warned  atomic.Int64 // when a failure was last logged, in seconds
}

func newIntrospection(v *Verifier) *introspection {
	return &introspection{
		v:       v,
		waiting: make(chan struct{}, maxWaiting),
		asked:   make(chan struct{}, maxAsked),
		refused: newCache[error](maxEntries),
	}
}

// ask returns what the server says about a token. A request belongs to no
// caller: one that leaves does not end it for others with the same token.
func (in *introspection) ask(ctx context.Context, id [sha256.Size]byte, raw string, now time.Time) (*Claims, error) {
	if err, ok := in.refused.get(id, now); ok {
		return nil, err
	}
	answer := in.flights.DoChan(string(id[:]), func() (any, error) {
		c, err := in.fly(raw)
		switch {
		case errors.Is(err, ErrInvalid):
			in.refused.put(id, err, in.v.cfg.Now().Add(maxRefused))
		case err != nil:
			in.warn(err)
			err = unavailable(err)
		}
		return c, err
	})
	select {
	case r := <-answer:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*Claims), nil
	case <-ctx.Done():
		return nil, unavailable(context.Cause(ctx))
	}
}

// warn logs a failure, now and then: each token could cause one.
func (in *introspection) warn(err error) {
	now, last := in.v.cfg.Now().Unix(), in.warned.Load()
	if now-last >= int64(warnEvery/time.Second) && in.warned.CompareAndSwap(last, now) {
		in.v.cfg.Log.Warn("the introspection endpoint cannot be asked", "error", err)
	}
}

// fly waits for its turn and asks. An error that does not wrap ErrInvalid is a
// failure to ask.
func (in *introspection) fly(raw string) (*Claims, error) {
	if !in.v.begin() {
		return nil, errClosed
	}
	defer in.v.flying.Done()
	select {
	case in.waiting <- struct{}{}:
		defer func() { <-in.waiting }()
	default:
		return nil, errors.New("too many tokens wait to be asked about")
	}
	ctx, cancel := context.WithTimeout(in.v.ctx, fetchTimeout)
	defer cancel()
	select {
	case in.asked <- struct{}{}:
		defer func() { <-in.asked }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	body, err := in.post(ctx, raw)
	if err != nil {
		return nil, err
	}
	m, err := parseObject(body)
	if err != nil {
		return nil, errors.New("the answer is not a JSON object, or an ambiguous one")
	}
	return in.judge(m)
}

func (in *introspection) post(ctx context.Context, raw string) ([]byte, error) {
	cfg := &in.v.cfg
	form := url.Values{"token": {raw}, "token_type_hint": {"access_token"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cfg.IntrospectionURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the request cannot be made")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(cfg.ClientID), url.QueryEscape(cfg.ClientSecret)) // RFC 6749, section 2.3.1
	// No redirect: the token and the secret are for this endpoint alone.
	return in.v.do(req, maxAnswer, func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })
}

// judge judges an answer. What a server says of a token for somebody else, or
// leaves unsaid, is no reason to accept it here: it may answer for many
// services.
func (in *introspection) judge(m members) (*Claims, error) {
	if string(m["active"]) != "true" {
		return nil, invalid("it is not active")
	}
	if err := m.accessToken(false); err != nil {
		return nil, invalid("%w", err)
	}
	kind, err := m.text("token_type")
	if err != nil {
		return nil, invalid("%w", err)
	}
	// Some servers find a refresh token active as well.
	if kind = strings.ToLower(kind); kind != "" && kind != "bearer" && kind != "access_token" {
		return nil, invalid("its token_type is %q", clip(kind))
	}
	c, err := in.v.claims(m, in.v.cfg.Now(), false)
	if err != nil {
		return nil, invalid("%w", err)
	}
	if c.Issuer, err = m.text("iss"); err != nil {
		return nil, invalid("%w", err)
	}
	issuers := in.v.cfg.Issuers
	if c.Issuer == "" && len(issuers) == 1 {
		c.Issuer = issuers[0]
	}
	// With several issuers, a subject without one could be anybody's.
	if in.v.issuers[c.Issuer] == nil {
		return nil, invalid("issuer %q is not configured", clip(c.Issuer))
	}
	return c, nil
}
