package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth/internal/apikey"
	"github.com/mcpfleet/mcpfleet/pkg/auth/internal/token"
	"github.com/mcpfleet/mcpfleet/pkg/follow"
)

// Config is what credentials a service accepts. At least one kind must be
// configured.
type Config struct {
	// APIKey is a key that may do everything; APIKeyFile is a file that holds one.
	APIKey, APIKeyFile string
	// APIKeysFile is a file of keys, followed while the service runs.
	APIKeysFile string

	// Issuers are the authorization servers whose tokens are accepted.
	Issuers []string
	// Resource is the canonical URI of this service (RFC 8707), needed with Issuers.
	Resource string
	// Audience is what tokens must be for, if that is not Resource.
	Audience string
	// IntrospectionURL is where tokens that are not JWTs are asked about (RFC
	// 7662), with the client's id and secret from these files.
	IntrospectionURL, ClientIDFile, ClientSecretFile string

	// Name is what the metadata call the service.
	Name string
	// BasicScopes are what a client without a token should ask for first, and
	// Scopes all that the service knows.
	BasicScopes, Scopes []string

	// KeysChanged is called after the API keys have changed, if it is not nil.
	KeysChanged func()

	Log *slog.Logger
}

// Authenticator tells who sent a request. It is safe for concurrent use.
type Authenticator struct {
	keys     *apikey.Set     // nil if keys are not accepted
	tokens   *token.Verifier // nil if tokens are not accepted
	log      *slog.Logger
	basic    string // scopes of a first token
	metaURL  string // of this service's metadata, "" without tokens
	metadata []byte
	said     atomic.Int64 // when the log was last told why a token is refused, in seconds
}

// Open returns an Authenticator for what cfg names. It reads the files, and asks
// nobody yet.
func Open(cfg Config) (*Authenticator, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &Authenticator{log: cfg.Log}
	if len(cfg.Issuers) > 0 {
		if err := a.openTokens(cfg); err != nil {
			return nil, err
		}
	}
	if cfg.APIKey != "" || cfg.APIKeyFile != "" || cfg.APIKeysFile != "" {
		keys, err := apikey.Open(apikey.Options{
			Inline: cfg.APIKey, File: cfg.APIKeyFile, KeysFile: cfg.APIKeysFile, Log: cfg.Log,
			Check: checkPermissions, Changed: cfg.KeysChanged,
		})
		if err != nil {
			return nil, errors.Join(err, a.Close())
		}
		a.keys = keys
	}
	if a.keys == nil && a.tokens == nil {
		return nil, errors.New("authentication without keys and without an issuer accepts nobody")
	}
	return a, nil
}

func (a *Authenticator) openTokens(cfg Config) error {
	if a.metaURL = MetadataURL(cfg.Resource); a.metaURL == "" {
		return fmt.Errorf("the URL of this service, %q, is not absolute", cfg.Resource)
	}
	audience := cfg.Audience
	if audience == "" {
		audience = cfg.Resource
	}
	tc := token.Config{
		Issuers: cfg.Issuers, Audiences: []string{audience}, IntrospectionURL: cfg.IntrospectionURL, Log: cfg.Log,
	}
	var err error
	if cfg.IntrospectionURL != "" {
		if tc.ClientID, err = follow.Line(cfg.ClientIDFile); err != nil {
			return fmt.Errorf("client id: %w", err)
		}
		if tc.ClientSecret, err = follow.Line(cfg.ClientSecretFile); err != nil {
			return fmt.Errorf("client secret: %w", err)
		}
	}
	if a.tokens, err = token.New(tc); err != nil {
		return err
	}
	a.basic = strings.Join(cfg.BasicScopes, " ")
	a.metadata = Metadata(cfg.Resource, a.tokens.AuthorizationServers(), cfg.Scopes, cfg.Name)
	return nil
}

// Close ends what follows files and keeps keys fresh.
func (a *Authenticator) Close() error {
	var err error
	if a.keys != nil {
		err = a.keys.Close()
	}
	if a.tokens != nil {
		a.tokens.Close()
	}
	return err
}

// Keys returns how many API keys there are now.
func (a *Authenticator) Keys() int {
	if a.keys == nil {
		return 0
	}
	return a.keys.Len()
}

// Probe asks each authorization server for its keys and returns what was wrong,
// by issuer, for an operator to read; nothing for one that is well.
func (a *Authenticator) Probe(ctx context.Context) map[string]error {
	if a.tokens == nil {
		return nil
	}
	return a.tokens.Probe(ctx)
}

// ServeMetadata answers with the metadata. They are public, so a page of any
// origin may read them.
func (a *Authenticator) ServeMetadata(w http.ResponseWriter, r *http.Request) {
	if a.metadata == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Write(a.metadata)
}

// Refusal is the answer to a request that may not go on.
type Refusal struct {
	Status     int           // 400, 401, 403 or 503
	Challenge  string        // the WWW-Authenticate header, "" with 503
	Message    string        // constant text for people
	RetryAfter time.Duration // for 503
}

// Authenticate tells who sent r, from its headers alone. Exactly one result is
// not nil.
func (a *Authenticator) Authenticate(r *http.Request) (*Caller, *Refusal) {
	credential, refusal := a.credential(r.Header)
	if refusal != nil {
		return nil, refusal
	}
	if a.keys != nil {
		if k, ok := a.keys.Lookup(credential); ok {
			return &Caller{Principal: "key:" + k.Name, Grants: Grants(k.Permissions)}, nil
		}
	}
	if a.tokens == nil || r.Header.Get("Authorization") == "" {
		return nil, a.refuse(InvalidToken, a.basic)
	}
	claims, err := a.tokens.Verify(r.Context(), credential)
	switch {
	case err == nil:
		return callerOf(claims), nil
	case errors.Is(err, token.ErrUnavailable):
		return nil, &Refusal{Status: http.StatusServiceUnavailable, Message: "the credential cannot be checked now; try again", RetryAfter: 5 * time.Second}
	}
	// The caller is not told why; the operator is, but strangers must not fill
	// the log.
	level := slog.LevelDebug
	if now := time.Now().Unix(); a.said.Swap(now) != now {
		level = slog.LevelInfo
	}
	a.log.Log(r.Context(), level, "a token is refused", "error", err)
	return nil, a.refuse(InvalidToken, a.basic)
}

// longestStream is how long a token without an end may be taken for good without
// asking again.
const longestStream = time.Hour

// callerOf names the caller of a token by issuer and subject: a subject alone is
// unique within its issuer only (RFC 9068 section 5).
func callerOf(c *token.Claims) *Caller {
	who := c.Issuer + "|" + c.Subject
	if c.Subject == "" {
		who = c.Issuer + "#client:" + c.ClientID // an issuer holds neither sign
	}
	expires := c.Expires
	if expires.IsZero() { // an issuer that was asked did not say
		expires = time.Now().Add(longestStream)
	}
	return &Caller{Principal: who, Grants: TokenGrants(c.Scopes), Expires: expires}
}

// credential takes the one credential out of the headers. Two are refused, even
// if they are equal: what is in front of this service may have looked at the
// other one.
func (a *Authenticator) credential(h http.Header) (string, *Refusal) {
	authorization, key := h.Values("Authorization"), h.Values("X-Api-Key")
	switch {
	case len(authorization)+len(key) == 0:
		return "", a.refuse("", a.basic) // RFC 6750 section 3.1: no error code
	case len(authorization)+len(key) > 1:
		return "", a.refuse(InvalidRequest, "")
	case len(key) == 1:
		if key[0] == "" || strings.Trim(key[0], visible) != "" {
			return "", a.refuse(InvalidToken, a.basic)
		}
		return key[0], nil
	}
	scheme, rest, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", a.refuse("", a.basic)
	}
	credential := strings.TrimLeft(rest, " ")
	if credential == "" || strings.Trim(credential, visible) != "" {
		return "", a.refuse(InvalidRequest, "")
	}
	return credential, nil
}

// visible are the characters that a key may have. Those of a token are fewer,
// which is checked where tokens are.
const visible = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + "-._~+/!#$%&'*^`|=:;,?@()[]{}<>\"\\"

// Forbid returns the refusal of a caller who lacks what an operation needs. The
// challenge names all that the operation needs, so that one new token is enough.
func (a *Authenticator) Forbid(scopes []string) *Refusal {
	scopes = slices.Compact(slices.Sorted(slices.Values(scopes)))
	r := a.refuse(InsufficientScope, strings.Join(scopes, " "))
	r.Message += ": " + strings.Join(scopes, " ")
	return r
}

func (a *Authenticator) refuse(code, scope string) *Refusal {
	c := Challenge{Error: code, Scope: scope, MetadataURL: a.metaURL}
	message := describe(code)
	if code == "" {
		message = "authentication is needed: send a credential as Authorization: Bearer"
	}
	return &Refusal{Status: c.Status(), Challenge: c.String(), Message: message}
}
