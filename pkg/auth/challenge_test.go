package auth

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChallenge(t *testing.T) {
	const meta = "https://files.example.com/.well-known/oauth-protected-resource/mcp"
	for _, tt := range []struct {
		name   string
		c      Challenge
		status int
		want   string
	}{
		{"nothing", Challenge{}, 401, `Bearer realm="mcp"`},
		{"no credentials", Challenge{Scope: "files:read", MetadataURL: meta}, 401, `Bearer scope="files:read", resource_metadata="` + meta + `"`},
		{"invalid token", Challenge{Error: InvalidToken, MetadataURL: meta}, 401,
			`Bearer error="invalid_token", error_description="The credential is unknown, has expired or is not for this service", resource_metadata="` + meta + `"`},
		{"insufficient scope", Challenge{Error: InsufficientScope, Scope: "files:read files:write", MetadataURL: meta}, 403,
			`Bearer error="insufficient_scope", error_description="The operation needs scopes that the credential does not have", scope="files:read files:write", resource_metadata="` + meta + `"`},
		{"invalid request", Challenge{Error: InvalidRequest}, 400,
			`Bearer error="invalid_request", error_description="Send one credential, in the Authorization header, as: Bearer TOKEN"`},
		{"description of its own", Challenge{Error: InvalidToken, Description: "Sign in again"}, 401, `Bearer error="invalid_token", error_description="Sign in again"`},
		{"hostile text", Challenge{Scope: "a\"\r\nSet-Cookie: x=\\\x00ü\x7f"}, 401, `Bearer scope="a\"Set-Cookie: x=\\"`},
	} {
		if got := tt.c.String(); got != tt.want || tt.c.Status() != tt.status {
			t.Errorf("%s: %d %s", tt.name, tt.c.Status(), got)
		}
	}
	for _, code := range []string{InvalidRequest, InvalidToken, InsufficientScope} {
		if d := describe(code); d == "" || strings.ContainsAny(d, `"\`) { // RFC 6750, section 3
			t.Errorf("%s: %q", code, d)
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, tt := range []struct {
		doc  []byte
		want string
	}{
		{Metadata("https://files.example.com/mcp", []string{"https://id.example.com"}, []string{"files:read", "files:write"}, "Files"),
			`{"resource":"https://files.example.com/mcp","authorization_servers":["https://id.example.com"],"scopes_supported":["files:read","files:write"],"bearer_methods_supported":["header"],"resource_name":"Files"}`},
		{Metadata("https://files.example.com/mcp", nil, nil, ""), `{"resource":"https://files.example.com/mcp","bearer_methods_supported":["header"]}`},
		{Metadata(`x"</script>`, nil, nil, "\xff"), `{"resource":"x\"\u003c/script\u003e","bearer_methods_supported":["header"],"resource_name":"\ufffd"}`},
	} {
		if diff := cmp.Diff(tt.want, string(tt.doc)); diff != "" || !json.Valid(tt.doc) {
			t.Error(diff)
		}
	}
}

func TestMetadataURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://files.example.com/mcp":    "https://files.example.com/.well-known/oauth-protected-resource/mcp",
		"https://files.example.com":        "https://files.example.com/.well-known/oauth-protected-resource",
		"http://127.0.0.1:8101/a/b%20c":    "http://127.0.0.1:8101/.well-known/oauth-protected-resource/a/b%20c",
		"urn:example:files":                "",
		"https://files.example.com/%zz":    "",
		"https://files.example.com:1/mcp/": "https://files.example.com:1/.well-known/oauth-protected-resource/mcp",
	} {
		if got := MetadataURL(in); got != want {
			t.Errorf("MetadataURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCanonicalResource(t *testing.T) {
	for in, want := range map[string]string{
		"https://files.example.com":              "https://files.example.com/mcp",
		"https://files.example.com/":             "https://files.example.com/mcp",
		"HTTPS://Files.Example.com:443/mcp/":     "https://files.example.com/mcp",
		"https://example.com/files/mcp":          "https://example.com/files/mcp",
		"http://127.0.0.1:8101":                  "http://127.0.0.1:8101/mcp",
		"http://[::1]:80/x":                      "http://[::1]/x",
		"":                                       "",
		"files.example.com":                      "",
		"//files.example.com":                    "",
		"ftp://files.example.com":                "",
		"https:///mcp":                           "",
		"https://":                               "",
		"https://me:hunter2@files.example.com":   "",
		"https://me:hunter2@files.example.com:x": "",
		"https://files.example.com/?q":           "",
		"https://files.example.com/?":            "",
		"https://files.example.com/#top":         "",
	} {
		got, err := CanonicalResource(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("CanonicalResource(%q) = %q, %v, want %q", in, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}
