// Package token judges OAuth 2.1 access tokens for a resource server: JWTs by
// the published keys of their issuer, all others by asking it (RFC 7662).
//
// A token is accepted only if a configured issuer made it as an access token,
// for one of the configured audiences, and its time has not run out; whatever
// cannot be checked is refused. No text of a token reaches a log, and only
// configured issuers are ever asked. Start with [New] and [Verifier.Verify].
package token

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	// ErrInvalid says that a token is not acceptable. The error that wraps it
	// says why, for a debug log: whoever sent the token must not see it.
	ErrInvalid = errors.New("the access token is not acceptable")
	// ErrUnavailable says that a token could not be judged, because its issuer
	// did not answer: the caller may send the same token again later.
	ErrUnavailable = errors.New("the authorization server cannot be asked")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, args...))
}

func unavailable(cause error) error {
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

// Config says which tokens are accepted.
type Config struct {
	// Issuers are the authorization servers, as their tokens' iss names them.
	// At least one is needed.
	Issuers []string
	// Audiences are the names of this service, of which a token must be for
	// one; URLs among them are compared in their [Canonical] form. At least one
	// is needed.
	Audiences []string
	// IntrospectionURL is where to ask about tokens that are not JWTs, as the
	// client that ClientID and ClientSecret name. Without it they are refused.
	IntrospectionURL       string
	ClientID, ClientSecret string
	// HTTP asks the issuers. Its redirect policy is replaced. The default has a
	// connection pool of its own.
	HTTP *http.Client
	// Log is told when an issuer cannot be asked. The default tells nobody.
	Log *slog.Logger
	// Now is the clock. The default is time.Now.
	Now func() time.Time
}

// Claims are what an accepted token says. They are shared: do not change them.
type Claims struct {
	// Issuer is one of the configured issuers.
	Issuer string
	// Subject and ClientID are for whom and to which client the token was
	// issued. At most one of them is empty.
	Subject, ClientID string
	// Scopes are what the token permits, each once.
	Scopes []string
	// Expires is when the token ends; zero if an issuer that was asked did not
	// say.
	Expires time.Time
}

// Verifier judges tokens. Its methods may be called from several goroutines.
type Verifier struct {
	cfg       Config
	issuers   map[string]*issuer
	audiences []string
	opaque    *introspection // nil: only JWTs are accepted
	accepted  *cache[*Claims]
	client    *http.Client
	ownClient bool

	ctx    context.Context // of requests to issuers; ends with Close
	cancel context.CancelFunc
	mu     sync.Mutex
	closed bool
	flying sync.WaitGroup
}

// The bounds of what is kept of judged tokens. A token whose key or right was
// withdrawn is accepted for maxAccepted longer.
const (
	maxEntries  = 4096
	maxAccepted = time.Minute
)

// maxToken is the size of the largest token; servers of HTTP take headers of
// not much more.
const maxToken = 16 << 10

// New returns a verifier, after checking the URLs of its configuration. It asks
// no issuer yet.
func New(cfg Config) (*Verifier, error) {
	if len(cfg.Issuers) == 0 {
		return nil, errors.New("no issuer of access tokens is configured")
	}
	if len(cfg.Audiences) == 0 || slices.Contains(cfg.Audiences, "") {
		return nil, errors.New("no audience of access tokens is configured")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	v := &Verifier{cfg: cfg, issuers: make(map[string]*issuer), accepted: newCache[*Claims](maxEntries)}
	v.cfg.Issuers = slices.Clone(cfg.Issuers)
	for _, a := range cfg.Audiences {
		v.audiences = append(v.audiences, Canonical(a))
	}
	for _, name := range cfg.Issuers {
		u, err := endpoint(name)
		if err == nil && strings.ContainsAny(name, "?#|") { // RFC 8414, section 2
			err = errors.New("an issuer has no query and no fragment")
		}
		if err != nil {
			return nil, fmt.Errorf("issuer %w", err)
		}
		v.issuers[name] = &issuer{v: v, name: name, url: u}
	}
	if cfg.IntrospectionURL != "" {
		if _, err := endpoint(cfg.IntrospectionURL); err != nil {
			return nil, fmt.Errorf("introspection endpoint %w", err)
		}
		if cfg.ClientID == "" || cfg.ClientSecret == "" {
			return nil, errors.New("the introspection endpoint needs a client id and a client secret")
		}
		v.opaque = newIntrospection(v)
	}
	v.client = cfg.HTTP
	if v.client == nil {
		v.client, v.ownClient = newClient(), true
	}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	return v, nil
}

// AuthorizationServers returns the issuers, in the order of the configuration.
func (v *Verifier) AuthorizationServers() []string { return slices.Clone(v.cfg.Issuers) }

// Close ends the requests to issuers that are under way and waits for them.
func (v *Verifier) Close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	v.cancel()
	v.flying.Wait()
	if v.ownClient {
		v.client.CloseIdleConnections()
	}
}

var errClosed = errors.New("the verifier is closed")

// begin reports whether a request to an issuer may begin. It ends with
// v.flying.Done.
func (v *Verifier) begin() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return false
	}
	v.flying.Add(1)
	return true
}

// Verify returns what a token says, or an error that wraps [ErrInvalid] or
// [ErrUnavailable]. raw is the token alone, without the word Bearer.
func (v *Verifier) Verify(ctx context.Context, raw string) (*Claims, error) {
	if len(raw) > maxToken {
		return nil, invalid("it has %d bytes, of at most %d", len(raw), maxToken)
	}
	id := sha256.Sum256([]byte(raw))
	now := v.cfg.Now()
	if c, ok := v.accepted.get(id, now); ok {
		return c, nil
	}
	if !wellFormed(raw) {
		return nil, invalid("it is empty or has characters that no token has")
	}
	c, err := v.judge(ctx, id, raw, now)
	if err != nil {
		return nil, err
	}
	until := now.Add(maxAccepted)
	if !c.Expires.IsZero() && c.Expires.Before(until) {
		until = c.Expires
	}
	v.accepted.put(id, c, until)
	return c, nil
}

func (v *Verifier) judge(ctx context.Context, id [sha256.Size]byte, raw string, now time.Time) (*Claims, error) {
	if parts, ok := split(raw); ok {
		return v.verifyJWT(ctx, raw, parts, now)
	}
	if v.opaque == nil {
		return nil, invalid("it is not a JWT, and no introspection endpoint is configured")
	}
	return v.opaque.ask(ctx, id, raw, now)
}

// wellFormed reports whether raw is a b64token (RFC 6750, section 2.1). Line
// breaks in particular are no part of one: base64 decoders skip them.
func wellFormed(raw string) bool {
	s := strings.TrimRight(raw, "=")
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return s != ""
}

// clip bounds what an error repeats of somebody's input.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
