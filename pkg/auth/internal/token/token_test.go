package token

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/auth/authtest"
)

const audience = "https://files.example.com/mcp"

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newVerifier(t testing.TB, cfg Config) *Verifier {
	t.Helper()
	if cfg.Audiences == nil {
		cfg.Audiences = []string{audience}
	}
	v, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// pair returns an issuer and a verifier of its tokens, with one clock.
func pair(t testing.TB) (*authtest.Issuer, *Verifier, *clock) {
	t.Helper()
	c := newClock()
	i := authtest.NewIssuer(t)
	i.Now = c.Now
	return i, newVerifier(t, Config{Issuers: []string{i.URL}, Now: c.Now}), c
}

// forService returns claims for this service, with others added.
func forService(others ...any) map[string]any {
	m := map[string]any{"aud": audience}
	for n := 0; n < len(others); n += 2 {
		m[others[n].(string)] = others[n+1]
	}
	return m
}

func TestBadTokensAreRefused(t *testing.T) {
	i, v, _ := pair(t)
	bad := i.Bad(audience)
	if len(bad) < 200 {
		t.Fatalf("only %d bad tokens", len(bad))
	}
	names := make(map[string]bool)
	for _, b := range bad {
		if names[b.Name] {
			t.Errorf("two tokens are called %q", b.Name)
		}
		names[b.Name] = true
		c, err := v.Verify(t.Context(), b.Raw)
		if c != nil || !errors.Is(err, ErrInvalid) || errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %+v, %v", b.Name, c, err)
		}
		if err != nil && len(b.Raw) > 40 && strings.Contains(err.Error(), b.Raw[len(b.Raw)-30:]) {
			t.Errorf("%s: the error repeats the token: %v", b.Name, err)
		}
	}
	if n := i.Requests(); n > 2 {
		t.Errorf("the keys were asked for %d times", n)
	}
	if _, err := v.Verify(t.Context(), i.Mint(forService())); err != nil {
		t.Errorf("a good token after the bad ones: %v", err)
	}
}

func TestGoodTokensAreAccepted(t *testing.T) {
	i, v, clock := pair(t)
	now := clock.Now().Unix()
	for _, alg := range i.Algorithms() {
		c, err := v.Verify(t.Context(), i.Sign(alg, nil, forService()))
		want := &Claims{Issuer: i.URL, Subject: "alice", ClientID: "app", Scopes: []string{"demo:read"}, Expires: time.Unix(now+600, 0)}
		if diff := cmp.Diff(want, c); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", alg, err, diff)
		}
	}
	for _, tt := range []struct {
		name           string
		header, claims map[string]any
	}{
		{"typ in capitals", map[string]any{"typ": "AT+JWT"}, forService()},
		{"typ in full", map[string]any{"typ": "application/at+jwt"}, forService()},
		{"typ JWT", map[string]any{"typ": "JWT"}, forService()},
		{"no typ", map[string]any{"typ": nil}, forService()},
		{"typed, with a nonce", nil, forService("nonce", "x")},
		{"Keycloak", map[string]any{"typ": "JWT"}, forService("typ", "Bearer", "client_id", nil, "azp", "app")},
		{"Cognito", map[string]any{"typ": nil}, forService("token_use", "access")},
		{"no kid, one key that fits", map[string]any{"kid": nil}, forService()},
		{"no subject", nil, forService("sub", nil)},
		{"no client", nil, forService("client_id", nil)},
		{"array of audiences", nil, forService("aud", []string{"https://other.example", audience})},
		{"host in capitals", nil, forService("aud", "HTTPS://Files.Example.COM/mcp")},
		{"port of https", nil, forService("aud", "https://files.example.com:443/mcp")},
		{"slash at the end", nil, forService("aud", audience+"/")},
		{"expired within the leeway", nil, forService("exp", now-29)},
		{"not before within the leeway", nil, forService("nbf", now+60, "iat", now+60)},
		{"fraction of a second", nil, forService("exp", float64(now)+10.5)},
	} {
		if _, err := v.Verify(t.Context(), i.Sign("RS256", tt.header, tt.claims)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if n := i.Requests(); n != 1 {
		t.Errorf("the keys were asked for %d times", n)
	}
}

func TestScopes(t *testing.T) {
	i, v, _ := pair(t)
	for _, tt := range []struct {
		claims map[string]any
		want   []string
	}{
		{forService("scope", nil), nil},
		{forService("scope", ""), nil},
		{forService("scope", "b:read a:write  b:read"), []string{"a:write", "b:read"}},
		{forService("scope", []string{"b:read", "a:write"}), []string{"a:write", "b:read"}},
		{forService("scope", nil, "scp", "a:read"), []string{"a:read"}},
		{forService("scope", nil, "scp", []string{"a:read"}), []string{"a:read"}},
		{forService("scope", "openid", "permissions", []string{"a:read"}), []string{"a:read", "openid"}},
		{forService("scope", "a:read\tb:admin a\u00a0c:admin \"d\" e\\"), nil},
	} {
		c, err := v.Verify(t.Context(), i.Mint(tt.claims))
		if err != nil {
			t.Fatalf("%v: %v", tt.claims, err)
		}
		if diff := cmp.Diff(tt.want, c.Scopes); diff != "" {
			t.Errorf("%v:\n%s", tt.claims, diff)
		}
	}
}

func TestNewChecksItsConfiguration(t *testing.T) {
	one := []string{"https://id.example.com"}
	with := func(issuer string) Config { return Config{Issuers: []string{issuer}, Audiences: []string{audience}} }
	asking := func(url, id, secret string) Config {
		return Config{Issuers: one, Audiences: []string{audience}, IntrospectionURL: url, ClientID: id, ClientSecret: secret}
	}
	for _, tt := range []struct {
		cfg  Config
		want string // part of the error, "" if there is none
	}{
		{with("https://id.example.com/tenant/"), ""},
		{with("http://127.0.0.1:8080"), ""},
		{with("http://[::1]:8080"), ""},
		{with("http://localhost:8080"), ""},
		{with("http://keycloak:8080/realms/fleet"), ""},
		{with("http://keycloak.auth.svc"), ""},
		{with("http://keycloak.auth.svc.cluster.local"), ""},
		{with("http://id.corp.internal"), ""},
		{with("http://id.example.com"), "must begin with https://"},
		{with("http://10.0.0.7"), "must begin with https://"},
		{with("http://[2001:db8::1]"), "must begin with https://"},
		{with("http://localhost.attacker.example"), "must begin with https://"},
		{with("ftp://id.example.com"), "must begin with https://"},
		{with("id.example.com"), "not an absolute URL"},
		{with("https://"), "not an absolute URL"},
		{with("https:id.example.com"), "not an absolute URL"},
		{with("https://id.example.com/?tenant=1"), "no query"},
		{with("https://id.example.com/#x"), "fragment"},
		{with("https://user:hunter2@id.example.com"), "user name or password"},
		{Config{Audiences: []string{audience}}, "no issuer"},
		{Config{Issuers: one}, "no audience"},
		{Config{Issuers: one, Audiences: []string{audience, ""}}, "no audience"},
		{asking("https://id.example.com/introspect", "me", "secret"), ""},
		{asking("http://id.example.com/introspect", "me", "secret"), "introspection endpoint"},
		{asking("https://id.example.com/introspect?x#y", "me", "secret"), "fragment"},
		{asking("https://id.example.com/introspect", "", "secret"), "client id"},
		{asking("https://id.example.com/introspect", "me", ""), "client secret"},
	} {
		v, err := New(tt.cfg)
		if err == nil {
			v.Close()
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.cfg, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example":            "https://a.example",
		"https://a.example/":           "https://a.example",
		"HTTPS://A.Example:443/Mcp/":   "https://a.example/Mcp",
		"http://a.example:80/mcp":      "http://a.example/mcp",
		"http://a.example:443/mcp":     "http://a.example:443/mcp",
		"https://a.example:4430":       "https://a.example:4430",
		"https://[2001:DB8::1]:443/x":  "https://[2001:db8::1]/x",
		"https://a.example//":          "https://a.example/",
		"https://a.example/?":          "https://a.example/?",
		"https://a.example?q=/":        "https://a.example?q=/",
		"https://U@A.example/":         "https://U@A.example/",
		"https://\u212a.example/":      "https://\u212a.example/",
		"api://ABC":                    "api://abc",
		"4F2C-app":                     "4F2C-app",
		"":                             "",
		"https:///x/":                  "https:///x/",
		"urn:x:Y/":                     "urn:x:Y/",
		"https://a.example:443:443/mc": "https://a.example:443/mc",
	} {
		if got := Canonical(in); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAcceptedTokensAreRemembered(t *testing.T) {
	i, v, clock := pair(t)
	ctx := t.Context()
	long, short := i.MintFresh(forService()), i.MintFresh(forService("exp", clock.Now().Unix()+20))
	for _, raw := range []string{long, short} {
		if _, err := v.Verify(ctx, raw); err != nil {
			t.Fatal(err)
		}
	}
	// Without its key, a token is accepted from memory only.
	i.Rotate()
	clock.add(10 * time.Minute)
	_, _ = v.Verify(ctx, i.MintFresh(forService())) // brings the new keys
	clock.add(-10 * time.Minute)

	check := func(name, raw string, want error) {
		t.Helper()
		if _, err := v.Verify(ctx, raw); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	check("at once", long, nil)
	check("at once", short, nil)
	clock.add(20 * time.Second)
	check("after its end", short, ErrInvalid)
	clock.add(39 * time.Second)
	check("after 59 seconds", long, nil)
	clock.add(time.Second)
	check("after a minute", long, ErrInvalid)
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache[int](3)
	now := time.Now()
	id := func(n int) [32]byte { return [32]byte{byte(n)} }
	for n := range 10 {
		c.put(id(n), n, now.Add(time.Minute))
		c.put(id(n), n, now.Add(time.Minute))
	}
	if len(c.entries) != 3 {
		t.Fatalf("%d entries", len(c.entries))
	}
	for n := range 10 {
		if v, ok := c.get(id(n), now); ok != (n >= 7) || ok && v != n {
			t.Errorf("%d: %d, %v", n, v, ok)
		}
	}
	if _, ok := c.get(id(9), now.Add(time.Minute)); ok {
		t.Error("an entry outlives its time")
	}
}

func TestClosedVerifierAsksNobody(t *testing.T) {
	i, v, _ := pair(t)
	v.Close()
	v.Close()
	if _, err := v.Verify(t.Context(), i.Mint(forService())); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if i.Requests() != 0 {
		t.Error("a closed verifier asked the issuer")
	}
}

func FuzzVerify(f *testing.F) {
	i := authtest.NewIssuer(f)
	v := newVerifier(f, Config{Issuers: []string{i.URL}})
	good := make(map[string]bool)
	for _, alg := range i.Algorithms() {
		raw := i.Sign(alg, nil, forService())
		good[raw[:strings.LastIndexByte(raw, '.')]] = true
		f.Add(raw)
	}
	for _, b := range i.Bad(audience) {
		f.Add(b.Raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		c, err := v.Verify(t.Context(), raw)
		if (c == nil) != (err != nil) || err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatalf("%+v, %v", c, err)
		}
		if err == nil && !good[raw[:strings.LastIndexByte(raw, '.')]] {
			t.Fatalf("accepted %q: %+v", raw, c)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	i, v, clock := pair(b)
	claims := forService("x", strings.Repeat("x", 300))
	raw := i.Mint(claims)
	if len(raw) < 1000 {
		b.Fatalf("the token has %d bytes", len(raw))
	}
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		raw, now := i.Sign(alg, nil, claims), clock.Now()
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.judge(b.Context(), [32]byte{}, raw, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// respond is a handler that answers with a document.
func respond(format string, args ...any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, format, args...) }
}
