package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// The ways to call over HTTP that --auth names.
const (
	wayKeys  = "keys"
	wayOAuth = "oauth"
	wayNone  = "none"
)

// ways returns who may call over HTTP: what --auth says, else what is
// configured. None at all means that nobody said.
func (c Config) ways() ([]string, error) {
	keys := c.APIKey != "" || c.APIKeyFile != "" || c.APIKeysFile != ""
	issuer := len(c.OAuthIssuers) > 0
	if len(c.Auth) == 0 {
		var ways []string
		if keys {
			ways = append(ways, wayKeys)
		}
		if issuer {
			ways = append(ways, wayOAuth)
		}
		return ways, nil
	}
	for _, w := range c.Auth {
		switch {
		case w != wayKeys && w != wayOAuth && w != wayNone:
			return nil, fmt.Errorf("--auth takes keys, oauth, or both, or none; not %q", clip(w))
		case w == wayNone && len(c.Auth) > 1:
			return nil, errors.New("--auth: none does not go with another way; give keys, oauth, or both, or none alone")
		case w == wayKeys && !keys:
			return nil, errors.New("--auth=keys: there are no keys: set MCP_API_KEY, or give --api-key-file or --api-keys-file; " +
				"the keygen command makes keys")
		case w == wayOAuth && !issuer:
			return nil, errors.New("--auth=oauth: give the authorization server with --oauth-issuer")
		}
	}
	// What is configured and not accepted would be a surprise either way.
	if keys && !slices.Contains(c.Auth, wayKeys) {
		return nil, fmt.Errorf("--auth=%s leaves out the API keys that are configured: add keys, or take them away", c.Auth[0])
	}
	if issuer && !slices.Contains(c.Auth, wayOAuth) {
		return nil, fmt.Errorf("--auth=%s leaves out the issuer that is configured: add oauth, or take --oauth-issuer away", c.Auth[0])
	}
	return c.Auth, nil
}

// resource returns the canonical URI of this service: the one that clients are
// told, else the address that it listens on, if that is of use to nobody else.
func (c Config) resource() (string, error) {
	at := c.PublicURL
	if at == "" {
		if !loopback(c.HTTP) {
			return "", errors.New("--oauth-issuer needs --public-url: tokens are made for one URL, the one that clients use")
		}
		at = "http://" + c.HTTP
	}
	return auth.CanonicalResource(at)
}

// openAuth returns who tells callers apart, nil if everybody may call.
func (s *Server) openAuth() (*auth.Authenticator, error) {
	ways, err := s.cfg.ways()
	if err != nil || len(ways) == 0 || ways[0] == wayNone {
		return nil, err
	}
	c := auth.Config{
		APIKey: s.cfg.APIKey, APIKeyFile: s.cfg.APIKeyFile, APIKeysFile: s.cfg.APIKeysFile,
		Name: s.reg.title, Log: s.log, KeysChanged: s.keysChanged,
	}
	if slices.Contains(ways, wayOAuth) {
		if c.Resource, err = s.cfg.resource(); err != nil {
			return nil, err
		}
		c.Issuers, c.Audience = s.cfg.OAuthIssuers, s.cfg.OAuthAudience
		c.IntrospectionURL = s.cfg.OAuthIntrospectionURL
		c.ClientIDFile, c.ClientSecretFile = s.cfg.OAuthClientIDFile, s.cfg.OAuthClientSecretFile
		c.BasicScopes, c.Scopes = s.reg.scopes()
	}
	return auth.Open(c)
}

// authenticate lets only those through who may call, and only as often as they
// may. It reads nothing but the headers: what a stranger sends in a body is not
// looked at. The credential ends here: no handler sees it.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, forwarded, err := s.forwarded(r)
		if err != nil {
			refuseForwarded(w, err)
			return
		}
		if !forwarded { // else the replica that it came to first has done this
			if s.auth != nil {
				r = r.WithContext(logging.WithCorrelation(r.Context(), r.Header.Get("X-Request-Id")))
			}
			// Taken before the key is looked up: it may be withdrawn while a slow body
			// is on its way.
			keys := s.keyed.Load()
			var refusal *auth.Refusal
			if caller, refusal = s.who(r); refusal != nil {
				reason := refusedUnauthenticated
				if refusal.Status == http.StatusServiceUnavailable {
					reason = refusedUnavailable
				}
				s.refused(r, reason, target{})
				refuseCaller(w, r, refusal)
				return
			}
			if !s.mayTake(w, r, caller, 1) {
				return
			}
			if s.auth != nil && caller.Expires.IsZero() {
				r = r.WithContext(context.WithValue(r.Context(), keyedKey{}, keys))
			}
		}
		r.Header.Del("Authorization")
		r.Header.Del("X-Api-Key")
		r.Header.Del("Cookie")
		next.ServeHTTP(w, r.WithContext(auth.WithCaller(r.Context(), caller)))
	})
}

// whileValid returns a context that ends with the credential of ctx's caller: a
// stream must not outlive the right to read it. When API keys change, the
// streams of all keys end, and clients whose key still counts come back.
func (s *Server) whileValid(ctx context.Context) (context.Context, context.CancelFunc) {
	c := auth.CallerFrom(ctx)
	switch {
	case c == nil:
		return context.WithCancel(ctx)
	case !c.Expires.IsZero():
		return context.WithDeadline(ctx, c.Expires)
	}
	ctx, cancel := context.WithCancel(ctx)
	undo := s.keysOf(ctx).bind(cancel)
	return ctx, func() { undo(); cancel() }
}

// keysOf returns when the API keys change that the request of ctx was
// authenticated with.
func (s *Server) keysOf(ctx context.Context) *ending {
	if keys, ok := ctx.Value(keyedKey{}).(*ending); ok {
		return keys
	}
	return s.keyed.Load()
}

// keyedKey is for the moment at which the keys change that a request was
// authenticated with.
type keyedKey struct{}

// keysChanged ends the streams that were opened with the keys before.
func (s *Server) keysChanged() { s.keyed.Swap(newEnding()).end() }

// refused counts and records a request that is turned away. t is empty if what
// it wants is not known.
func (s *Server) refused(r *http.Request, reason refusal, t target) {
	ctx := logging.WithCorrelation(r.Context(), r.Header.Get("X-Request-Id"))
	s.meter.refused(ctx, reason)
	name := t.name
	if name == "" && len(t.uris) > 0 {
		name = t.uris[0]
	}
	s.auditRefused(ctx, reason, principal(ctx), t.method, name)
}

// refuseCaller answers a request whose sender may not send it.
func refuseCaller(w http.ResponseWriter, r *http.Request, why *auth.Refusal) {
	if why.Challenge != "" {
		w.Header().Set("WWW-Authenticate", why.Challenge)
	}
	if why.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(seconds(why.RetryAfter), 10))
	}
	refuse(w, why.Status, why.Message)
}

// checkAuth returns what is wrong with the flags about who may call.
func (c Config) checkAuth() error {
	ways, err := c.ways()
	if err != nil {
		return err
	}
	if c.HTTP != "" && !loopback(c.HTTP) && len(ways) == 0 {
		return fmt.Errorf("--http %s can be reached from other machines and no authentication is configured: "+
			"set MCP_API_KEY, give --api-keys-file or --oauth-issuer, or bind 127.0.0.1 instead; "+
			"or say --auth=none [MCP_AUTH] to let everybody who reaches the address call", c.HTTP)
	}
	if !slices.Contains(ways, wayOAuth) {
		for _, f := range []struct{ flag, value string }{
			{"--oauth-audience", c.OAuthAudience}, {"--oauth-introspection-url", c.OAuthIntrospectionURL},
			{"--oauth-client-id-file", c.OAuthClientIDFile}, {"--oauth-client-secret-file", c.OAuthClientSecretFile},
		} {
			if f.value != "" {
				return fmt.Errorf("%s goes with --oauth-issuer", f.flag)
			}
		}
		return nil
	}
	if c.HTTP != "" {
		if _, err := c.resource(); err != nil {
			return err
		}
	}
	if c.OAuthIntrospectionURL == "" {
		return nil
	}
	if u, err := url.Parse(c.OAuthIntrospectionURL); err != nil || u.Host == "" {
		return fmt.Errorf("--oauth-introspection-url %q: give an absolute URL", c.OAuthIntrospectionURL)
	}
	if c.OAuthClientIDFile == "" || c.OAuthClientSecretFile == "" {
		return errors.New("--oauth-introspection-url needs --oauth-client-id-file and --oauth-client-secret-file")
	}
	return nil
}

// logAuth says at the start who may call.
func (s *Server) logAuth(log *slog.Logger) {
	switch ways, _ := s.cfg.ways(); {
	case len(ways) > 0 && ways[0] != wayNone:
		log.Info("callers must authenticate", "by", ways)
	case s.cfg.HTTP != "" && !s.cfg.onlyHere():
		log.Warn("everybody who reaches this address may call: authentication is off", "address", s.cfg.reached())
	}
}
