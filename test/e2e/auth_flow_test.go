//go:build e2e

package e2e

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/provider"
)

// get reads a JSON document into out.
func get(t *testing.T, url string, out any) {
	t.Helper()
	r := do(t, "GET", url, "")
	if err := json.Unmarshal([]byte(r.body), out); err != nil || r.status != http.StatusOK {
		t.Fatalf("GET %s: %s", url, r)
	}
}

// protected is what a service says about itself (RFC 9728).
type protected struct {
	Resource string   `json:"resource"`
	Servers  []string `json:"authorization_servers"`
	Scopes   []string `json:"scopes_supported"`
	Methods  []string `json:"bearer_methods_supported"`
}

// application is a client that begins with the URL of a service, as people
// give it, and learns all else.
type application struct {
	protected
	authorize, token string // endpoints of the authorization server
	issuer           string
	id               string
}

// redirect is where an application has itself told the code. Nobody listens
// there: the browser stops before.
const redirect = "http://127.0.0.1:1/callback"

// discover goes from the refusal of a call to a registered client.
func (s *guarded) discover(t *testing.T, version string) (app *application, scope string) {
	t.Helper()
	refusal := s.call(t, version, "", "read_note", map[string]string{"name": "welcome"})
	c := s.challenge(t, refusal)
	// RFC 6750 section 3.1: who sent no credential has made no error.
	if _, has := c["error"]; refusal.status != http.StatusUnauthorized || has {
		t.Fatalf("a call without credentials is answered with %s", refusal)
	}
	app = new(application)
	get(t, c["resource_metadata"], &app.protected)
	var server struct {
		Issuer   string   `json:"issuer"`
		Auth     string   `json:"authorization_endpoint"`
		Token    string   `json:"token_endpoint"`
		Register string   `json:"registration_endpoint"`
		Methods  []string `json:"code_challenge_methods_supported"`
	}
	get(t, app.Servers[0]+"/.well-known/oauth-authorization-server", &server)
	if server.Issuer != app.Servers[0] || !slices.Contains(server.Methods, "S256") {
		t.Fatalf("the authorization server is %+v", server)
	}
	app.issuer, app.authorize, app.token = server.Issuer, server.Auth, server.Token

	metadata, err := json.Marshal(map[string]any{
		"redirect_uris": []string{redirect}, "token_endpoint_auth_method": "none", "application_type": "native",
		"grant_types": []string{"authorization_code", "refresh_token"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var registered struct {
		ID string `json:"client_id"`
	}
	r := do(t, "POST", server.Register, string(metadata), "Content-Type", "application/json")
	if err := json.Unmarshal([]byte(r.body), &registered); err != nil || registered.ID == "" {
		t.Fatalf("the registration is answered with %s", r)
	}
	app.id = registered.ID
	return app, c["scope"]
}

// tokens are what a client gets.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
}

// signIn has a person agree to what the application may do.
func (a *application) signIn(t *testing.T, scope string) tokens {
	t.Helper()
	verifier, state := rand.Text()+rand.Text(), rand.Text()
	hash := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {redirect}, "state": {state},
		"scope": {scope}, "resource": {a.Resource}, "prompt": {"consent"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])}, "code_challenge_method": {"S256"},
	}
	landed, err := provider.Visit(wait(t), a.authorize+"?"+query.Encode(), redirect)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(landed)
	if err != nil {
		t.Fatal(err)
	}
	back := u.Query()
	if back.Get("state") != state || back.Get("iss") != a.issuer || back.Get("code") == "" {
		t.Fatalf("the browser is sent to %s", landed)
	}
	return a.exchange(t, url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier}})
}

func (a *application) exchange(t *testing.T, form url.Values) tokens {
	t.Helper()
	form.Set("client_id", a.id)
	form.Set("resource", a.Resource)
	r := do(t, "POST", a.token, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var got tokens
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != http.StatusOK || got.Access == "" {
		t.Fatalf("the %s is answered with %s", form.Get("grant_type"), r)
	}
	return got
}

func TestFromRefusalToCall(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	for _, version := range []string{legacy, modern} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			app, scope := s.discover(t, version)
			want := protected{s.url, []string{string(p.Issuer)}, []string{"demo:read", "demo:write"}, []string{"header"}}
			if diff := cmp.Diff(want, app.protected); diff != "" {
				t.Errorf("the metadata (-want +got):\n%s", diff)
			}
			if scope != "demo:read" {
				t.Errorf("a client should first ask for %q, not demo:read", scope)
			}
			got := app.signIn(t, scope+" offline_access")
			s.greets(t, version, got.Access)
			renewed := app.exchange(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}})
			if renewed.Access == got.Access {
				t.Error("the refreshed token is the old one")
			}
			s.greets(t, version, renewed.Access)
		})
	}
}

// A client that does not read the challenge looks for the metadata at both
// places that RFC 9728 section 3.1 and the older revisions have.
func TestMetadataAtBothPlaces(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	long := do(t, "GET", s.metadata, "")
	short := do(t, "GET", strings.TrimSuffix(s.metadata, "/mcp"), "")
	for _, r := range []reply{long, short} {
		if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/json" || r.body != long.body || !strings.Contains(r.body, s.url) {
			t.Errorf("the metadata are %s", r)
		}
		if got := r.header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("pages of %q may read the metadata", got)
		}
	}
}

func TestTokensOfARealProvider(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guardIntrospecting(t, p)
	token := func(issuer provider.Issuer, client, resource string) string {
		token, err := issuer.Token(wait(t), client, resource, "demo:read")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	origin := strings.TrimSuffix(s.url, "/mcp")
	revoked := token(p.Issuer, provider.Opaque, s.url)
	if err := p.Issuer.Revoke(wait(t), provider.Opaque, revoked); err != nil {
		t.Fatal(err)
	}
	good := token(p.Issuer, provider.RS256, s.url)
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	for _, c := range []struct {
		name, token string
		good        bool
	}{
		{"RS256", good, true},
		{"ES256", token(p.Issuer, provider.ES256, s.url), true},
		{"EdDSA", token(p.Issuer, provider.EdDSA, s.url), true},
		{"opaque", token(p.Issuer, provider.Opaque, s.url), true},
		{"for another service", token(p.Issuer, provider.RS256, "https://other.example/mcp"), false},
		{"for another service here", token(p.Issuer, provider.RS256, origin+"/other"), false},
		{"for the origin", token(p.Issuer, provider.ES256, origin), false},
		{"for what begins alike", token(p.Issuer, provider.RS256, s.url+"/../../other"), false},
		{"of another issuer with the same keys", token(p.Stranger, provider.RS256, s.url), false},
		{"expired", token(p.Issuer, provider.Expired, s.url), false},
		{"opaque, for another service", token(p.Issuer, provider.Opaque, "https://other.example/mcp"), false},
		{"opaque, revoked", revoked, false},
		{"opaque, made up", rand.Text() + rand.Text(), false},
		{"with another's signature", head + "." + payload + "." + signatureOf(token(p.Issuer, provider.RS256, "https://other.example/mcp")), false},
		{"with another's payload", head + "." + payloadOf(token(p.Issuer, provider.RS256, "https://other.example/mcp")) + "." + signature, false},
		{"without a signature", head + "." + payload + ".", false},
		{"that says it is not signed", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + payload + ".", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, version := range []string{legacy, modern, modern} { // the last one from the cache
				if c.good {
					s.greets(t, version, c.token)
				} else {
					s.refuses(t, version, c.token)
				}
			}
		})
	}
	for _, secret := range []string{good, revoked, provider.ServiceSecret} {
		if strings.Contains(s.Log(), secret) {
			t.Errorf("%.20q… is in the log", secret)
		}
	}
}

func payloadOf(token string) string   { return strings.Split(token, ".")[1] }
func signatureOf(token string) string { return strings.Split(token, ".")[2] }

// guardIntrospecting runs an mcp-demo that asks the provider about tokens that
// are not JWTs.
func guardIntrospecting(t *testing.T, p *provider.Provider) *guarded {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"id": provider.ServiceID, "secret": provider.ServiceSecret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return guard(t, p.Issuer, "--log-level", "debug", "--oauth-introspection-url", p.Issuer.Introspection(),
		"--oauth-client-id-file", filepath.Join(dir, "id"), "--oauth-client-secret-file", filepath.Join(dir, "secret"))
}

// leeway is how far clocks may be apart: so long after its end a token is taken.
const leeway = 30 * time.Second

// A token that was good is refused once it has expired, however well the server
// remembers it.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	p := authority(t)
	s := guard(t, p.Issuer)
	token := s.tokenFor(t, p.Issuer, provider.Ending, "demo:read")
	s.greets(t, modern, token)
	var claims struct {
		Expires int64 `json:"exp"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(payloadOf(token))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	end := time.Unix(claims.Expires, 0).Add(leeway)
	refused := until(t, func() bool { return s.reads(t, token) == http.StatusUnauthorized })
	if refused.Before(end) || refused.After(end.Add(5*time.Second)) {
		t.Errorf("refused at %v, its end is %v", refused, end)
	}
	s.refuses(t, legacy, token)
}

// until asks again and again until the answer is yes, and returns when it was.
func until(t *testing.T, ask func() bool) time.Time {
	t.Helper()
	ctx := wait(t)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ask() {
			return time.Now()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("it did not come to pass")
		}
	}
}
