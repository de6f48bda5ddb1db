package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

// How long published keys are used, and how often an issuer is asked.
const (
	keysFresh    = 10 * time.Minute // then newer ones are fetched, while the old are used
	keysUsable   = 24 * time.Hour   // as long as no newer ones can be had
	unknownEvery = time.Minute      // between fetches for the sake of keys that nobody knows
	minPause     = time.Second      // after a failure, doubled with each further one
	maxPause     = 30 * time.Second
	fetchTimeout = 10 * time.Second
)

// issuer keeps the published keys of one authorization server.
type issuer struct {
	v    *Verifier
	name string
	url  *url.URL

	mu      sync.Mutex
	set     *keySet // nil before the first success
	fetched time.Time
	unknown time.Time     // the last fetch for a key that was not in the set
	pause   time.Duration // since the last failure; 0 after a success
	retry   time.Time     // the end of the pause
	flight  chan struct{} // closed when the fetch under way has ended; nil if there is none
}

// key returns the key that fits a token's header.
func (is *issuer) key(ctx context.Context, h *header) (publicKey, error) {
	set, err := is.keys(ctx)
	if err != nil {
		return nil, err
	}
	key, err := set.find(h)
	if errors.Is(err, errUnknownKey) {
		if set, err = is.newer(ctx, set); err != nil {
			return nil, err
		}
		key, err = set.find(h)
	}
	if err != nil {
		return nil, invalid("kid %q, alg %s: %w", clip(h.kid), h.alg, err)
	}
	return key, nil
}

// keys returns the published keys. Old ones are returned at once and replaced
// in the background, so that no caller waits for a refresh.
func (is *issuer) keys(ctx context.Context) (*keySet, error) {
	is.mu.Lock()
	now := is.v.cfg.Now()
	age := now.Sub(is.fetched)
	if is.set != nil && age < keysFresh {
		defer is.mu.Unlock()
		return is.set, nil
	}
	set, done := is.set, is.fly(now)
	is.mu.Unlock()
	if set != nil && age < keysUsable {
		return set, nil
	}
	return is.await(ctx, done, set)
}

// newer returns a set that is newer than one without the key that a token
// names: an issuer may have begun to use the key just now. A storm of made-up
// names makes one request a minute.
func (is *issuer) newer(ctx context.Context, set *keySet) (*keySet, error) {
	is.mu.Lock()
	now := is.v.cfg.Now()
	if is.set != set || is.flight == nil && is.pause == 0 && now.Sub(is.unknown) < unknownEvery {
		defer is.mu.Unlock()
		return is.set, nil
	}
	var done <-chan struct{} = is.flight
	if is.flight == nil && now.Sub(is.unknown) >= unknownEvery {
		is.unknown = now
		done = is.fly(now)
	}
	is.mu.Unlock()
	return is.await(ctx, done, set)
}

// await waits for a fetch and returns the set that it brought in place of old.
func (is *issuer) await(ctx context.Context, done <-chan struct{}, old *keySet) (*keySet, error) {
	if done == nil {
		return nil, unavailable(errors.New("it did not answer a moment ago"))
	}
	select {
	case <-done:
	case <-ctx.Done():
		return nil, unavailable(context.Cause(ctx))
	}
	is.mu.Lock()
	defer is.mu.Unlock()
	if is.set == old {
		return nil, unavailable(errors.New("its keys could not be fetched"))
	}
	return is.set, nil
}

// fly joins the fetch under way, or begins one. It returns nil in the pause
// after a failure. The fetch belongs to no caller: one that leaves does not end
// it for the others. is.mu must be held.
func (is *issuer) fly(now time.Time) <-chan struct{} {
	if is.flight != nil {
		return is.flight
	}
	if now.Before(is.retry) || !is.v.begin() {
		return nil
	}
	done := make(chan struct{})
	is.flight = done
	go func() {
		defer is.v.flying.Done()
		defer close(done)
		ctx, cancel := context.WithTimeout(is.v.ctx, fetchTimeout)
		defer cancel()
		set, err := is.fetch(ctx)
		if pause := is.land(set, err); err != nil {
			is.v.cfg.Log.Warn("the keys of the authorization server cannot be fetched",
				"issuer", is.name, "error", err, "retry_after", pause.String())
		}
	}()
	return done
}

// land keeps what a fetch brought, or returns how long the next one has to wait.
func (is *issuer) land(set *keySet, err error) (pause time.Duration) {
	is.mu.Lock()
	defer is.mu.Unlock()
	now := is.v.cfg.Now()
	is.flight = nil
	if err != nil {
		is.pause = min(max(2*is.pause, minPause), maxPause)
		is.retry = now.Add(is.pause)
		return is.pause
	}
	is.set, is.fetched, is.pause, is.retry = set, now, 0, time.Time{}
	return 0
}

// The largest documents that are read.
const (
	maxDocument = 1 << 20
	maxAnswer   = 64 << 10 // of the introspection endpoint
)

func (is *issuer) fetch(ctx context.Context) (*keySet, error) {
	uri, err := is.discover(ctx)
	if err != nil {
		return nil, err
	}
	body, err := is.v.get(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return parseKeys(body, is.v.cfg.Log.With("issuer", is.name))
}

// discover returns the address of the key set from the issuer's metadata (RFC
// 8414, and OpenID Connect Discovery as far as it differs).
func (is *issuer) discover(ctx context.Context) (string, error) {
	var problems []error
	for _, u := range is.documents() {
		body, err := is.v.get(ctx, u)
		if err == nil {
			var uri string
			if uri, err = is.keySetURI(body); err == nil {
				return uri, nil
			}
		}
		problems = append(problems, fmt.Errorf("%s: %w", u, err))
		if _, answered := errors.AsType[*statusError](err); !answered && body == nil {
			break
		}
	}
	return "", errors.Join(problems...)
}

// documents returns where the metadata may be: the well-known path stands
// before an issuer's own path (RFC 8414, section 3.1), for OpenID Connect also
// behind it.
func (is *issuer) documents() []string {
	origin, path := is.url.Scheme+"://"+is.url.Host, strings.TrimSuffix(is.url.EscapedPath(), "/")
	list := []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + "/.well-known/openid-configuration" + path,
	}
	if path != "" {
		list = append(list, origin+path+"/.well-known/openid-configuration")
	}
	return list
}

func (is *issuer) keySetURI(metadata []byte) (string, error) {
	var doc struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(metadata, &doc); err != nil {
		return "", errors.New("the metadata is not JSON")
	}
	// RFC 8414, section 3.3: another's metadata would bring another's keys.
	if doc.Issuer != is.name {
		return "", fmt.Errorf("the metadata is that of issuer %q: configure exactly that name if it is meant", clip(doc.Issuer))
	}
	u, err := endpoint(doc.JWKSURI)
	if err != nil {
		return "", fmt.Errorf("jwks_uri %w", err)
	}
	if is.url.Scheme == "https" && u.Scheme != "https" {
		return "", errors.New("jwks_uri gives up the https of its issuer")
	}
	return doc.JWKSURI, nil
}

// Probe fetches the keys of each issuer anew and returns what was wrong, by
// issuer; nothing for one that is well.
func (v *Verifier) Probe(ctx context.Context) map[string]error {
	wrong := make(map[string]error)
	for name, is := range v.issuers {
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		if _, err := is.fetch(ctx); err != nil {
			wrong[name] = err
		}
		cancel()
	}
	return wrong
}
