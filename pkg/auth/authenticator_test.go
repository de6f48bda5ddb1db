package auth_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/auth/authtest"
)

const resource = "https://files.example.com/mcp"

func open(t *testing.T, cfg auth.Config) *auth.Authenticator {
	t.Helper()
	a, err := auth.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func request(header ...string) *http.Request {
	r := httptest.NewRequest("POST", "/mcp", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func TestWhoCalls(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("a-plain-key-of-tests = files:read, prompts\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := open(t, auth.Config{APIKey: "the!one!key,of,tests", APIKeysFile: keys, Issuers: []string{issuer.URL}, Resource: resource})
	expires := time.Now().Add(time.Hour).Truncate(time.Second)
	token := func(claims map[string]any) string {
		claims["exp"], claims["aud"] = expires.Unix(), resource
		return "Bearer " + issuer.Mint(claims)
	}
	tests := []struct {
		name   string
		header []string
		want   auth.Caller
	}{
		{"the key", []string{"Authorization", "Bearer the!one!key,of,tests"}, auth.Caller{Principal: "key:default", Grants: auth.Grants{"*"}}},
		{"the key in its own header", []string{"X-API-Key", "the!one!key,of,tests"}, auth.Caller{Principal: "key:default", Grants: auth.Grants{"*"}}},
		{"a scheme in lower case", []string{"Authorization", "bearer  the!one!key,of,tests"}, auth.Caller{Principal: "key:default", Grants: auth.Grants{"*"}}},
		{"a key of the file", []string{"Authorization", "Bearer a-plain-key-of-tests"}, auth.Caller{Principal: "key:key-ef575c6a", Grants: auth.Grants{"files:read", "prompts"}}},
		{"a token", []string{"Authorization", token(map[string]any{"sub": "alice", "scope": "openid admin files:read"})},
			auth.Caller{Principal: issuer.URL + "|alice", Grants: auth.Grants{"files:read"}, Expires: expires}},
		{"a token of a client", []string{"Authorization", token(map[string]any{"sub": nil, "client_id": "alice", "scope": "files:write"})},
			auth.Caller{Principal: issuer.URL + "#client:alice", Grants: auth.Grants{"files:write"}, Expires: expires}},
	}
	for _, tt := range tests {
		got, refusal := a.Authenticate(request(tt.header...))
		if refusal != nil {
			t.Errorf("%s: %+v", tt.name, refusal)
			continue
		}
		if !got.Expires.IsZero() {
			got.Expires = got.Expires.Local()
		}
		if diff := cmp.Diff(tt.want, *got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestWhoDoesNotCall(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	var log strings.Builder
	a := open(t, auth.Config{APIKey: "the-one-key-of-tests", Issuers: []string{issuer.URL}, Resource: resource, BasicScopes: []string{"files:read"},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	const metadata = `resource_metadata="https://files.example.com/.well-known/oauth-protected-resource/mcp"`
	good := issuer.Mint(map[string]any{"aud": resource})
	other := issuer.Mint(map[string]any{"aud": "https://other.example.com/mcp"})
	tests := []struct {
		name      string
		header    []string
		status    int
		challenge string
	}{
		{"nothing", nil, 401, `Bearer scope="files:read", ` + metadata},
		{"another scheme", []string{"Authorization", "Basic dGhlLW9uZQ=="}, 401, `Bearer scope="files:read", ` + metadata},
		{"no token", []string{"Authorization", "Bearer "}, 400, `error="invalid_request"`},
		{"two words", []string{"Authorization", "Bearer " + good + " " + good}, 400, `error="invalid_request"`},
		{"a list", []string{"Authorization", "Bearer " + good + ", Bearer " + good}, 400, `error="invalid_request"`},
		{"twice", []string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, 400, `error="invalid_request"`},
		{"in both headers", []string{"Authorization", "Bearer " + good, "X-API-Key", "the-one-key-of-tests"}, 400, `error="invalid_request"`},
		{"two keys", []string{"X-API-Key", "the-one-key-of-tests", "X-API-Key", "the-one-key-of-tests"}, 400, `error="invalid_request"`},
		{"quoted", []string{"Authorization", `Bearer "` + good + `"`}, 401, `error="invalid_token"`},
		{"an unknown key", []string{"X-API-Key", "another-key-of-tests"}, 401, `error="invalid_token"`},
		{"an empty key", []string{"X-API-Key", ""}, 401, `error="invalid_token"`},
		{"a token as a key", []string{"X-API-Key", good}, 401, `error="invalid_token"`},
		{"another audience", []string{"Authorization", "Bearer " + other}, 401, `error="invalid_token"`},
		{"cut short", []string{"Authorization", "Bearer " + good[:len(good)-1]}, 401, `error="invalid_token"`},
	}
	for _, b := range issuer.Bad(resource) {
		if !b.InHeader() {
			continue
		}
		tests = append(tests, struct {
			name      string
			header    []string
			status    int
			challenge string
		}{b.Name, []string{"Authorization", "Bearer " + b.Raw}, 0, ""})
	}
	for _, tt := range tests {
		caller, refusal := a.Authenticate(request(tt.header...))
		switch {
		case caller != nil:
			t.Errorf("%s: is %+v", tt.name, caller)
		case tt.status == 0 && refusal.Status != 400 && refusal.Status != 401,
			tt.status != 0 && refusal.Status != tt.status, !strings.Contains(refusal.Challenge, tt.challenge), !strings.Contains(refusal.Challenge, metadata):
			t.Errorf("%s: %+v", tt.name, refusal)
		}
	}
	for _, secret := range []string{"the-one-key", "another-key", good, strings.Split(other, ".")[2]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestIssuerIsAway(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	token := issuer.Mint(map[string]any{"aud": resource})
	issuer.SetDown(true)
	a := open(t, auth.Config{Issuers: []string{issuer.URL}, Resource: resource})
	caller, refusal := a.Authenticate(request("Authorization", "Bearer "+token))
	if caller != nil || refusal.Status != 503 || refusal.RetryAfter <= 0 || refusal.Challenge != "" {
		t.Errorf("%+v, %+v", caller, refusal)
	}
}

func TestServeMetadata(t *testing.T) {
	issuer := authtest.NewIssuer(t)
	serve := func(cfg auth.Config) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		open(t, cfg).ServeMetadata(w, request())
		return w
	}
	w := serve(auth.Config{Issuers: []string{issuer.URL}, Resource: resource, Scopes: []string{"files:read", "files:write"}, Name: "Files"})
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"resource": resource, "authorization_servers": []any{issuer.URL}, "scopes_supported": []any{"files:read", "files:write"},
		"bearer_methods_supported": []any{"header"}, "resource_name": "Files",
	}
	if diff := cmp.Diff(want, got); diff != "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s %v", diff, w.Header())
	}
	if w := serve(auth.Config{APIKey: "the-one-key-of-tests"}); w.Code != 404 {
		t.Errorf("with keys alone: %d", w.Code)
	}
}

func TestOpenRefuses(t *testing.T) {
	for want, cfg := range map[string]auth.Config{
		"accepts nobody":  {},
		"is not absolute": {Issuers: []string{"https://id.example.com"}, Resource: "/mcp"},
		"https":           {Issuers: []string{"http://id.example.com"}, Resource: resource},
		"no such file":    {APIKeysFile: filepath.Join(t.TempDir(), "none")},
	} {
		if a, err := auth.Open(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, %v", cfg, a, err)
		}
	}
}
