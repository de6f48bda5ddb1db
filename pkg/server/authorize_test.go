package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// keyed serves a shelf to the holders of some keys, each named after what it may.
func keyed(t *testing.T) (*rig, *shelf) {
	t.Helper()
	svc := new(shelf)
	var lines strings.Builder
	for _, grants := range []string{"*", "admin", "tools", "resources", "prompts", "shelf:read", "shelf:write", "shelf:admin", "books:read", "shelf:read,books:read", "other:admin"} {
		fmt.Fprintf(&lines, "%s = %s\n", keyOf(grants), grants)
	}
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return newRigFor(t, svc, Config{APIKeysFile: file}), svc
}

// keyOf is the key that has these grants.
func keyOf(grants string) string {
	return "key-of-" + strings.NewReplacer("*", "all", ":", "-", ",", "-and-").Replace(grants)
}

// ask sends one message in the form of an era and returns status and body.
func (r *rig) ask(t *testing.T, key, version, method, name, params string) (*http.Response, string) {
	t.Helper()
	header := []string{"Authorization", "Bearer " + key}
	if version >= statelessSince {
		params = strings.TrimSuffix(params, "}") + "," + meta + "}"
		params = strings.Replace(params, "{,", "{", 1)
		header = append(header, "Mcp-Protocol-Version", version, "Mcp-Method", method)
		if name != "" {
			header = append(header, "Mcp-Name", name)
		}
	}
	return r.post(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params), header...)
}

func TestScopes(t *testing.T) {
	type op struct{ method, name, params string }
	ops := map[string]op{
		"read tool":   {"tools/call", "get_book", `{"name":"get_book","arguments":{}}`},
		"old name":    {"tools/call", "old_get_book", `{"name":"old_get_book","arguments":{}}`},
		"write tool":  {"tools/call", "put_book", `{"name":"put_book","arguments":{}}`},
		"resource":    {"resources/read", "shelf://all", `{"uri":"shelf://all"}`},
		"template":    {"resources/read", "shelf://book/a/b", `{"uri":"shelf://book/a/b"}`},
		"prompt":      {"prompts/get", "review", `{"name":"review"}`},
		"completion":  {"completion/complete", "", `{"ref":{"type":"ref/prompt","name":"review"},"argument":{"name":"book","value":""}}`},
		"list":        {"tools/list", "", `{}`},
		"unknown":     {"resources/read", "shelf://none", `{"uri":"shelf://none"}`},
		"two spelled": {"tools/call", "put_book", `{"name":"get_book","name":"put_book","arguments":{}}`},
	}
	const yes = "" // or the scopes that the challenge names
	tests := []struct {
		grants string
		want   map[string]string
	}{
		{"*", map[string]string{"read tool": yes, "old name": yes, "write tool": yes, "resource": yes, "template": yes, "prompt": yes, "completion": yes, "list": yes}},
		{"admin", map[string]string{"write tool": yes, "template": yes, "prompt": yes}},
		{"tools", map[string]string{"read tool": yes, "write tool": yes, "resource": "shelf:read", "prompt": "shelf:read", "completion": "shelf:read", "list": yes}},
		{"resources", map[string]string{"read tool": "shelf:read", "resource": yes, "template": yes, "prompt": "shelf:read", "list": yes}},
		{"prompts", map[string]string{"read tool": "shelf:read", "resource": "shelf:read", "prompt": yes, "completion": yes}},
		{"shelf:read", map[string]string{"read tool": yes, "old name": yes, "write tool": "shelf:write", "two spelled": "shelf:write", "resource": yes,
			"template": "books:read shelf:read", "prompt": yes, "completion": yes, "unknown": yes}},
		{"shelf:write", map[string]string{"read tool": yes, "write tool": yes, "resource": yes, "template": "books:read shelf:read"}},
		{"shelf:admin", map[string]string{"read tool": yes, "write tool": yes, "template": "books:read shelf:read"}},
		{"shelf:read,books:read", map[string]string{"template": yes, "write tool": "shelf:write"}},
		{"books:read", map[string]string{"read tool": "shelf:read", "old name": "shelf:read", "template": "books:read shelf:read", "list": yes}},
		{"other:admin", map[string]string{"read tool": "shelf:read", "resource": "shelf:read", "prompt": "shelf:read", "completion": "shelf:read", "list": yes}},
	}
	r, _ := keyed(t)
	for _, tt := range tests {
		for name, scope := range tt.want {
			for _, version := range []string{"2026-07-28", "2025-11-25"} {
				o := ops[name]
				res, body := r.ask(t, keyOf(tt.grants), version, o.method, o.name, o.params)
				challenge := res.Header.Get("WWW-Authenticate")
				switch {
				case scope == yes && (res.StatusCode == 401 || res.StatusCode == 403):
					t.Errorf("%s may not use the %s in %s: %d %s", tt.grants, name, version, res.StatusCode, body)
				case scope != yes && (res.StatusCode != 403 || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="`+scope+`"`)):
					t.Errorf("%s uses the %s in %s: %d %s %s", tt.grants, name, version, res.StatusCode, challenge, body)
				}
			}
		}
	}
}

// TestScopesOfBatch looks at each message of an array.
func TestScopesOfBatch(t *testing.T) {
	r, svc := keyed(t)
	batch := `[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_book","arguments":{}}},` +
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"put_book","arguments":{}}}]`
	res, body := r.post(t, batch, "Authorization", "Bearer "+keyOf("shelf:read"), "Mcp-Protocol-Version", "2025-03-26")
	if res.StatusCode != 403 || !strings.Contains(res.Header.Get("WWW-Authenticate"), `scope="shelf:read shelf:write"`) || len(svc.ran) > 0 {
		t.Errorf("%d %v %s; ran %v", res.StatusCode, res.Header, body, svc.ran)
	}
}

// TestAuthorizeHoldsAlone sends requests past the HTTP layer, through all of the
// middleware.
func TestAuthorizeHoldsAlone(t *testing.T) {
	r, svc := keyed(t)
	for _, tt := range []struct {
		caller *auth.Caller
		want   string // the error
	}{
		{&auth.Caller{Principal: "reader", Grants: auth.Grants{"shelf:read"}}, "the credential does not allow this; it needs shelf:write"},
		{nil, "the caller went away"},
		{auth.Everything("somebody"), ""},
	} {
		if len(svc.ran) > 0 {
			t.Fatalf("ran %v", svc.ran)
		}
		hr := httptest.NewRequestWithContext(t.Context(), "POST", "/mcp", nil)
		end := r.open.begin(hr, &exchange{ctx: t.Context(), caller: tt.caller, stateless: true})
		_, err := newDirect(r.Server).handle(t.Context(), methodCallTool, &mcp.CallToolRequest{
			Params: &mcp.CallToolParamsRaw{Name: "put_book"}, Extra: &mcp.RequestExtra{Header: hr.Header}})
		end()
		if got := fmt.Sprint(err); err != nil && !strings.Contains(got, tt.want) || (err == nil) != (tt.want == "") {
			t.Errorf("%+v: %v", tt.caller, err)
		}
	}
	if len(svc.ran) != 1 {
		t.Errorf("ran %v", svc.ran)
	}
}

// TestStreamEndsWithItsToken opens streams with a credential that ends soon.
func TestStreamEndsWithItsToken(t *testing.T) {
	r := newRig(t, Config{})
	r.who = func(*http.Request) (*auth.Caller, *auth.Refusal) {
		c := auth.Everything("issuer|alice")
		c.Expires = time.Now().Add(500 * time.Millisecond)
		return c, nil
	}
	id := r.beginAs(t, "")
	for name, res := range map[string]*http.Response{
		"a standing stream": r.do(t.Context(), t, "GET", "", headerSession, id),
		"a listen": r.do(t.Context(), t, "POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["demo://one"]},`+meta+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "subscriptions/listen"),
	} {
		if res.StatusCode != 200 {
			t.Errorf("%s: %s", name, res.Status)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil { // or it lasts as long as the test may
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingWithoutACredential(t *testing.T) {
	r, svc := keyed(t)
	base := strings.TrimSuffix(r.url, "/mcp")
	for _, tt := range []struct{ method, path, body string }{
		{"POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`},
		{"POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`},
		{"POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`},
		{"POST", "/mcp", `not json`},
		{"POST", "/mcp", strings.Repeat("[", 10<<20)},
		{"POST", "/mcp?access_token=" + keyOf("*"), `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`},
		{"GET", "/mcp", ""}, {"DELETE", "/mcp", ""}, {"PUT", "/mcp", ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, base+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 401 || res.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s %.40s: %d %v", tt.method, tt.path, tt.body, res.StatusCode, res.Header)
		}
	}
	for path, status := range map[string]int{"/livez": 200, "/readyz": 200, "/health": 200, "/": 200, "/.well-known/oauth-protected-resource": 404} {
		res, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if len(svc.ran) > 0 {
		t.Errorf("ran %v", svc.ran)
	}
}

// peeper is a service that looks for credentials.
type peeper struct{ seen chan http.Header }

func (p *peeper) Register(r *Registry) {
	AddRawTool(r, &mcp.Tool{Name: "peep", Title: "Peep", Description: "Peeps.", Annotations: ReadOnly(false), InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			p.seen <- req.Extra.Header
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: auth.CallerFrom(ctx).Principal}}}, nil
		}, Scope("peep:read"))
}

// TestCredentialEndsAtTheDoor holds that handlers know who calls, and not how
// they proved it.
func TestCredentialEndsAtTheDoor(t *testing.T) {
	p := &peeper{make(chan http.Header, 1)}
	r := newRigFor(t, p, Config{APIKey: keyOf("*")})
	for _, version := range []string{"2026-07-28", "2025-11-25"} {
		for _, header := range []string{"Authorization", "X-Api-Key"} {
			value := keyOf("*")
			if header == "Authorization" {
				value = "bearer " + value
			}
			h := []string{header, value, "Cookie", "session=" + keyOf("*")}
			params := `{"name":"peep","arguments":{}}`
			if version >= statelessSince {
				params = `{"name":"peep","arguments":{},` + meta + `}`
				h = append(h, "Mcp-Protocol-Version", version, "Mcp-Method", "tools/call", "Mcp-Name", "peep")
			}
			res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":`+params+`}`, h...)
			if res.StatusCode != 200 || !strings.Contains(body, "key:default") {
				t.Fatalf("%s %s: %d %s", version, header, res.StatusCode, body)
			}
			if seen := fmt.Sprint(<-p.seen); strings.Contains(seen, keyOf("*")) {
				t.Errorf("%s: the handler sees %s", version, seen)
			}
		}
	}
	if strings.Contains(r.log.String(), keyOf("*")) {
		t.Error("the key is in the log")
	}
}
