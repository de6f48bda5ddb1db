package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"time"
)

const (
	// early is how long before its end a token is renewed.
	early = 2 * time.Minute
	// pause is how long what failed is not tried again.
	pause = 15 * time.Second
	// flightLimit bounds what callers of Token wait for together.
	flightLimit = 45 * time.Second
)

// kept is a token as it is sealed into a store.
type kept struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Scopes  []string  `json:"scopes,omitempty"`
	Account string    `json:"account,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	// Companion is missing in what was kept without one.
	Companion *kept `json:"companion,omitempty"`
}

func keptOf(t Token) *kept {
	k := &kept{Access: t.Access, Refresh: t.Refresh, Expires: t.Expires, Scopes: t.Scopes, Account: t.Account, Kind: t.Kind}
	if t.Companion != nil {
		k.Companion = keptOf(*t.Companion)
	}
	return k
}

func (k *kept) token() Token {
	t := Token{Access: k.Access, Refresh: k.Refresh, Expires: k.Expires, Scopes: k.Scopes, Account: k.Account, Kind: k.Kind}
	if k.Companion != nil {
		c := k.Companion.token()
		t.Companion = &c
	}
	return t
}

// unsaved is a token that an upstream gave in exchange for another, and that the
// store did not take.
type unsaved struct{ before, after string }

func (f *Flow) sealToken(principal string, t Token) string {
	b, err := json.Marshal(keptOf(t))
	if err != nil {
		panic(err) // a struct of texts and times
	}
	// Not bound to the public URL, which may change.
	return f.keys.Seal(tokenPurpose, b, f.p.Name, principal)
}

// openToken returns what is sealed for the principal, and false if that is
// nothing, or by a key that is gone.
func (f *Flow) openToken(ctx context.Context, principal, sealed string) (Token, bool) {
	if sealed == "" {
		return Token{}, false
	}
	var k kept
	b, err := f.keys.Open(tokenPurpose, sealed, f.p.Name, principal)
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err == nil {
		return k.token(), true
	}
	f.mu.Lock()
	told := f.unopened[principal]
	f.unopened.put(principal, true)
	f.mu.Unlock()
	if !told {
		f.log.WarnContext(ctx, "a stored token cannot be opened with the signing keys at hand: its caller signs in again", "principal", principal)
	}
	return Token{}, false
}

// Token returns a token of the principal that is good for two minutes or longer,
// or at least until the upstream can renew it. The error is a *SignInError if
// there is none and only a person can change that.
func (f *Flow) Token(ctx context.Context, principal string) (Token, error) {
	done := f.flight.DoChan(principal, func() (result any, err error) {
		// In a goroutine of its own nobody else would catch it.
		defer func() {
			if recover() != nil {
				// What was thrown may hold a token.
				f.log.ErrorContext(ctx, "getting a token panicked", "stack", string(debug.Stack()))
				err = errors.New("getting a token panicked")
			}
		}()
		// Others wait for it too: it does not end with this caller.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightLimit)
		defer cancel()
		return f.token(ctx, principal)
	})
	select {
	case <-ctx.Done():
		return Token{}, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			var missing *SignInError
			if errors.As(r.Err, &missing) {
				return Token{}, f.signIn(principal)
			}
			return Token{}, r.Err
		}
		return r.Val.(Token).clone(), nil
	}
}

func (f *Flow) token(ctx context.Context, principal string) (Token, error) {
	key := keyOf(f.p.Name, principal)
	if err := f.saveLate(ctx, key, principal); err != nil {
		return Token{}, err
	}
	sealed, err := f.store.Load(ctx, key)
	if err != nil {
		return Token{}, storeError(err)
	}
	t, ok := f.openToken(ctx, principal, sealed)
	if !ok {
		return Token{}, f.signIn(principal)
	}
	if f.fresh(t) && (t.Companion == nil || f.fresh(*t.Companion)) {
		f.reseal(ctx, key, principal, sealed, t)
		return t, nil
	}
	if !f.fresh(t) {
		if t, err = f.renewed(ctx, key, principal, t, first); err != nil {
			return Token{}, err
		}
	}
	if t.Companion == nil || f.fresh(*t.Companion) {
		return t, nil
	}
	// One after the other, each in an update of its own: what one renewal has given
	// is kept whatever becomes of the other.
	accompanied, err := f.renewed(ctx, key, principal, t, companion)
	var missing *SignInError
	switch {
	case errors.As(err, &missing) || f.isUnsaved(principal):
		return Token{}, err
	case err != nil:
		// The token serves without it.
		t.Companion = nil
		return t, nil
	}
	return accompanied, nil
}

// part is one of the tokens of a sign-in.
type part int

const (
	first part = iota
	companion
)

// of returns the token that p is of t, nil if there is none.
func (p part) of(t *Token) *Token {
	if p == companion {
		return t.Companion
	}
	return t
}

// slot is what is remembered of a principal's part under.
func (p part) slot(principal string) string {
	if p == companion {
		return principal + "\x00companion"
	}
	return principal
}

// renewed returns t with the part renewed, or as it is while that cannot be and
// the part is still good.
func (f *Flow) renewed(ctx context.Context, key Key, principal string, t Token, p part) (Token, error) {
	one := p.of(&t)
	usable := f.now().Before(one.Expires)
	switch paused := f.isPaused(p.slot(principal)); {
	case usable && (one.Refresh == "" || paused):
		return t, nil
	case one.Refresh == "":
		return Token{}, p.over(f, principal)
	case paused:
		return Token{}, fmt.Errorf("%s did not renew the token a moment ago", f.p.Title)
	}
	renewed, err := f.renew(ctx, key, principal, p)
	var failed *renewalError
	if errors.As(err, &failed) {
		f.pause(p.slot(principal))
		f.log.WarnContext(ctx, "a token was not renewed", "principal", principal, "kind", one.Kind, "usable", usable, "error", err)
	}
	var missing *SignInError
	if err != nil && usable && !errors.As(err, &missing) && !f.isUnsaved(principal) {
		return t, nil
	}
	return renewed, err
}

// errOver is of a companion that has ended and cannot be renewed.
var errOver = errors.New("it has ended")

// over returns the error of a part that has ended for good: the person can get
// another of the first, which serves without its companion.
func (p part) over(f *Flow, principal string) error {
	if p == companion {
		return errOver
	}
	return f.signIn(principal)
}

// renewalError is a failure to reach the provider, or one of the provider's own,
// that may pass.
type renewalError struct{ cause error }

func (e *renewalError) Error() string { return "renewing the token: " + e.cause.Error() }
func (e *renewalError) Unwrap() error { return e.cause }

// pause keeps what has a slot from being renewed for a while.
func (f *Flow) pause(slot string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.paused.put(slot, f.now().Add(pause))
}

func (f *Flow) fresh(t Token) bool {
	return t.Expires.IsZero() || f.now().Add(early).Before(t.Expires)
}

func (f *Flow) isPaused(slot string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now().Before(f.paused[slot])
}

func (f *Flow) isUnsaved(principal string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, is := f.unsaved[principal]
	return is
}

func storeError(err error) error { return fmt.Errorf("the store of tokens: %w", err) }

// reseal replaces a token that another key has sealed than the one that seals now.
func (f *Flow) reseal(ctx context.Context, key Key, principal, sealed string, t Token) {
	if f.keys.Current(sealed) || f.isPaused(principal) {
		return
	}
	err := f.store.Update(ctx, key, func(_ context.Context, now string) (string, error) {
		if now != sealed {
			return now, nil
		}
		return f.sealToken(principal, t), nil
	})
	if err != nil {
		f.pause(principal)
		f.log.WarnContext(ctx, "a token was not sealed anew", "principal", principal, "error", err)
	}
}

// renew exchanges the refresh token of a part, unless somebody else has done so
// meanwhile.
func (f *Flow) renew(ctx context.Context, key Key, principal string, p part) (Token, error) {
	var (
		result        Token
		refused       error
		failed        *renewalError
		before, after string
	)
	err := f.store.Update(ctx, key, func(ctx context.Context, sealed string) (string, error) {
		t, ok := f.openToken(ctx, principal, sealed)
		if !ok {
			refused = f.signIn(principal)
			return sealed, nil
		}
		one := p.of(&t)
		if one == nil || f.fresh(*one) {
			result = t
			return sealed, nil
		}
		next, err := f.exchange(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {one.Refresh}})
		switch {
		case isDead(err) && p == companion:
			f.log.InfoContext(ctx, "the grant of a companion is over: its caller goes on without", "principal", principal, "kind", one.Kind, "error", err)
			t.Companion = nil
			result = t
			return f.sealToken(principal, t), nil
		case isDead(err):
			f.log.InfoContext(ctx, "a grant is over: its caller signs in again", "principal", principal, "error", err)
			refused = f.signIn(principal)
			return "", nil
		case err == nil:
			next, err = ofKind(next, one.Kind)
		}
		if err != nil {
			return "", &renewalError{err}
		}
		*one = carry(next, *one)
		result = t
		before, after = sealed, f.sealToken(principal, result)
		return after, nil
	})
	switch {
	case err != nil && after != "":
		// The upstream may take the old refresh token no more: this one is all there is.
		f.mu.Lock()
		f.unsaved.put(principal, unsaved{before, after})
		f.mu.Unlock()
		f.log.ErrorContext(ctx, "a renewed token was not stored; it is tried again", "principal", principal, "error", err)
		if err := f.saveLate(ctx, key, principal); err != nil {
			return Token{}, err
		}
		return result, nil
	case errors.As(err, &failed):
		return Token{}, failed
	case err != nil:
		return Token{}, storeError(err)
	case refused != nil:
		return Token{}, refused
	}
	return result, nil
}

// carry completes a renewed token with what its answer may leave out (RFC 6749,
// section 6).
func carry(next, last Token) Token {
	if next.Refresh == "" {
		next.Refresh = last.Refresh
	}
	if len(next.Scopes) == 0 {
		next.Scopes = last.Scopes
	}
	next.Account, next.Kind, next.Companion = last.Account, last.Kind, last.Companion
	return next
}

// ofKind returns the token of a kind that a renewal has given. Nothing of another
// kind takes its place: that would act as somebody else.
func ofKind(given Token, kind string) (Token, error) {
	switch {
	case given.Kind == kind:
		return given, nil
	case given.Companion != nil && given.Companion.Kind == kind:
		return *given.Companion, nil
	}
	return Token{}, errors.New("the provider gave a token of another kind")
}

// saveLate stores what could not be stored before, if there is such a thing.
func (f *Flow) saveLate(ctx context.Context, key Key, principal string) error {
	f.mu.Lock()
	late, is := f.unsaved[principal]
	f.mu.Unlock()
	if !is {
		return nil
	}
	var err error
	for wait := 100 * time.Millisecond; wait < time.Second; wait *= 2 {
		err = f.store.Update(ctx, key, func(_ context.Context, sealed string) (string, error) {
			if sealed != late.before {
				return sealed, nil // it was stored after all, or the caller has signed in again or out
			}
			return late.after, nil
		})
		if err == nil {
			f.mu.Lock()
			if f.unsaved[principal] == late {
				delete(f.unsaved, principal)
			}
			f.mu.Unlock()
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return storeError(err)
		}
	}
	return storeError(err)
}

// keep stores the token of somebody who has signed in.
func (f *Flow) keep(ctx context.Context, principal string, t Token) error {
	err := f.store.Update(ctx, keyOf(f.p.Name, principal), func(context.Context, string) (string, error) {
		return f.sealToken(principal, t), nil
	})
	if err != nil {
		return storeError(err)
	}
	f.forget(principal)
	return nil
}

// forget drops what is remembered of a principal whose token has changed.
func (f *Flow) forget(principal string) {
	f.flight.Forget(principal)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.paused, principal)
	delete(f.paused, companion.slot(principal))
	delete(f.unsaved, principal)
	delete(f.unopened, principal)
}

// Disconnect revokes the token of a principal upstream and forgets it. An error
// says what of that did not happen; if the provider cannot be reached, the token is
// forgotten all the same.
func (f *Flow) Disconnect(ctx context.Context, principal string) error {
	_, _, err := f.disconnect(ctx, principal)
	return err
}

// disconnect returns the token that it has forgotten too, and false if there was
// none. With an error the token is forgotten only if that is so.
func (f *Flow) disconnect(ctx context.Context, principal string) (t Token, forgotten bool, err error) {
	var (
		has      bool
		revoking error
	)
	err = f.store.Update(ctx, keyOf(f.p.Name, principal), func(ctx context.Context, sealed string) (string, error) {
		if t, has = f.openToken(ctx, principal, sealed); has {
			revoking = f.revoke(ctx, t)
		}
		return "", nil
	})
	if err != nil {
		return t, false, storeError(err)
	}
	f.forget(principal)
	if revoking != nil {
		f.log.WarnContext(ctx, "a token was forgotten and not revoked", "principal", principal, "error", revoking)
		return t, has, fmt.Errorf("the token is forgotten here, but %s was not told: %w", f.p.Title, revoking)
	}
	f.log.InfoContext(ctx, "disconnected", "principal", principal)
	return t, has, nil
}

// Account returns the account that the principal has connected, and false if there
// is none.
func (f *Flow) Account(ctx context.Context, principal string) (string, bool, error) {
	sealed, err := f.store.Load(ctx, keyOf(f.p.Name, principal))
	if err != nil {
		return "", false, storeError(err)
	}
	t, ok := f.openToken(ctx, principal, sealed)
	return t.Account, ok, nil
}
