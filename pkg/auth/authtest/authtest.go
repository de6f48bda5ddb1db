// Package authtest is an authorization server for tests: it publishes keys,
// mints the access tokens that a service should accept, and those that it must
// not.
//
// The bad tokens of [Issuer.Bad] are each wrong in one respect and good in all
// others, so that a check which is missing lets one through. Start with
// [NewIssuer] and [Issuer.Mint].
package authtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Issuer is an authorization server with keys of all kinds. Its methods may be
// called from several goroutines.
type Issuer struct {
	// URL is the name of the issuer, and where it listens.
	URL string
	// Now is the clock by which tokens are minted; nil stands for time.Now. Set
	// it before the first use.
	Now func() time.Time

	t    testing.TB
	keys *keys

	mu       sync.Mutex
	fresh    *signer // replaced by Rotate
	requests int
	down     bool
	before   func()
}

// NewIssuer starts an issuer that runs until the test ends.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t, keys: sharedKeys(), fresh: newEC("fresh-0", p256)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys", "response_types_supported": []string{"code"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.mu.Lock()
		i.requests++
		before := i.before
		i.mu.Unlock()
		if before != nil {
			before()
		}
		i.answer(w, i.JWKS())
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	i.URL = srv.URL
	return i
}

func (i *Issuer) answer(w http.ResponseWriter, doc any) {
	i.mu.Lock()
	down := i.down
	i.mu.Unlock()
	if down {
		http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		i.t.Errorf("answer of the issuer: %v", err)
	}
}

// Requests returns how often the keys were asked for.
func (i *Issuer) Requests() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.requests
}

// SetDown says whether the issuer answers every request with status 503.
func (i *Issuer) SetDown(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// BeforeKeys has f called before each answer with keys. f may wait.
func (i *Issuer) BeforeKeys(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.before = f
}

// Algorithms returns the algorithms that [Issuer.Sign] knows.
func (i *Issuer) Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// Mint returns a good access token, signed with RS256, that differs from the
// default in the claims given; nil removes a claim. There is no default for
// aud: name the service. Each token has a jti of its own.
func (i *Issuer) Mint(claims map[string]any) string {
	return i.Sign("RS256", nil, claims)
}

// MintFresh is Mint with the key that [Issuer.Rotate] replaces.
func (i *Issuer) MintFresh(claims map[string]any) string {
	s := i.current()
	return seal(i.header("ES256", s.kid, nil), i.claims(claims), s.signature("ES256"))
}

// Sign is Mint with an algorithm and members of the header of one's own.
func (i *Issuer) Sign(alg string, header, claims map[string]any) string {
	s := i.keys.forAlgorithm(alg)
	return seal(i.header(alg, s.kid, header), i.claims(claims), s.signature(alg))
}

// Rotate replaces the key of [Issuer.MintFresh]: the old one is not published
// any more.
func (i *Issuer) Rotate() {
	s := newEC("fresh-"+random(), p256)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fresh = s
}

// JWKS returns the published keys. Among them are some that must not be used.
func (i *Issuer) JWKS() map[string]any {
	i.mu.Lock()
	defer i.mu.Unlock()
	return map[string]any{"keys": append(i.keys.published(), i.fresh.jwk(nil))}
}

func (i *Issuer) current() *signer {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fresh
}

func (i *Issuer) now() time.Time {
	if i.Now != nil {
		return i.Now()
	}
	return time.Now()
}

func (i *Issuer) header(alg, kid string, changes map[string]any) string {
	return object(map[string]any{"typ": "at+jwt", "alg": alg, "kid": kid}, changes)
}

func (i *Issuer) claims(changes map[string]any) string {
	now := i.now().Unix()
	return object(map[string]any{
		"iss": i.URL, "sub": "alice", "client_id": "app", "scope": "demo:read",
		"iat": now, "exp": now + 600, "jti": random(),
	}, changes)
}

// object returns a JSON object with changes to its members; nil removes one.
func object(members, changes map[string]any) string {
	for name, value := range changes {
		members[name] = value
		if value == nil {
			delete(members, name)
		}
	}
	data, err := json.Marshal(members)
	if err != nil {
		panic(err) // the test gave what JSON cannot say
	}
	return string(data)
}
