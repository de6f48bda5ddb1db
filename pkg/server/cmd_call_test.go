package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestCallExplainsRefusals calls services that refuse.
func TestCallExplainsRefusals(t *testing.T) {
	const token = "t0k3n-of-a-test"
	file := private(t)
	good := file("good", token)
	keyed := newRig(t, Config{APIKeyFile: file("key", "another-key-of-a-test")})
	reader := newRig(t, Config{APIKeysFile: file("keys", token+"=demo:read\n"), Confirm: "never"})
	open := newRig(t, Config{})
	slow := newRig(t, Config{RateLimit: "1/h:1"})
	// raw answers with a status, a header, and what it was sent.
	raw := func(status int, header, value string) string {
		ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(header, value)
			w.WriteHeader(status)
			io.WriteString(w, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"you sent `+r.Header.Get("Authorization")+`"}}`)
		}))
		t.Cleanup(ts.Close)
		return ts.URL + "/mcp"
	}
	for _, tt := range []struct {
		name, url string
		argv      []string
		want      string
	}{
		{"no credential", keyed.url, []string{"add", "a=1"}, "401 Unauthorized: it wants a credential: give the file with the key or token with --token-file\n"},
		{"a wrong credential", keyed.url, []string{"add", "a=1", "--token-file", good}, "401 Unauthorized: the key or token in --token-file is unknown"},
		{"a scope is missing", reader.url, []string{"drop", "--token-file", good}, "403 Forbidden: the credential may not do this: it needs the scopes demo:write\n"},
		{"the wrong path", strings.TrimSuffix(keyed.url, "/mcp") + "/api", []string{"add", "a=1"}, "/api: the path of a service is usually /mcp\n"},
		{"no path", strings.TrimSuffix(keyed.url, "/mcp"), []string{"add", "a=1"}, "the path of a service is usually /mcp\n"},
		{"a service that knows no such method", raw(404, "X", ""), []string{"add", "a=1"}, "404 Not Found: you sent \n"},
		{"too often", slow.url, []string{"add", "a=1"}, "429 Too Many Requests: too much was asked of it: try again in 3600 seconds\n"},
		{"too often, until when is not said", raw(429, "Retry-After", "later\n"), []string{"add", "a=1"}, "try again later\n"},
		{"a service that says why", raw(403, "WWW-Authenticate", `Bearer error_description="scope=x"`), []string{"add", "a=1"}, "403 Forbidden: you sent \n"},
		{"a service that repeats the token", raw(403, "X", ""), []string{"add", "a=1", "--token-file", good}, "you sent Bearer [redacted]"},
		{"a challenge that repeats the token", raw(403, "WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+strings.Repeat("x", maxShown-4)+token+`"`),
			[]string{"add", "a=1", "--token-file", good}, "x[red"},
		{"a tool that asks", open.url, []string{"drop"}, "; here, say --yes, or run this on a terminal\n"},
		{"a service that has nothing to add", raw(400, "X", ""), []string{"add", "a=1", "--token-file", good}, "you sent Bearer [redacted]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, append([]string{"call", "--url", tt.url}, tt.argv...)...)
			if status != 1 || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, token) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
			}
		})
	}
}

// gallery is a service with a tool whose result has two images.
type gallery struct{}

type galleryOutput struct {
	Count int `json:"count"`
}

func (galleryOutput) Attachments() []mcp.Content {
	return []mcp.Content{&mcp.ImageContent{Data: []byte("first"), MIMEType: "image/png"}, &mcp.ImageContent{Data: []byte("second"), MIMEType: "image/png"}}
}

func (gallery) Register(r *Registry) {
	def := &mcp.Tool{Name: "draw", Title: "Draw", Description: "The tool draw.", Annotations: ReadOnly(false)}
	AddTool(r, def, func(context.Context, struct{}) (galleryOutput, error) { return galleryOutput{2}, nil }, Scope("gallery:read"))
}

func TestCallWritesImage(t *testing.T) {
	s, err := New("gallery", gallery{}, Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ts := httptest.NewServer(s.Handler())
	defer ts.Close()
	file := filepath.Join(t.TempDir(), "image")
	call := []string{"call", "--url", ts.URL + "/mcp", "draw"}
	hint := "[image/png, 5 bytes; --output FILE writes it to a file]\n"
	if status, stdout, _ := command(t, nil, call...); status != 0 || !strings.Contains(stdout, hint) {
		t.Errorf("status %d\nstdout: %s", status, stdout)
	}
	status, stdout, stderr := command(t, nil, append(call, "--output", file)...)
	if want := "[image/png, 5 bytes; in " + file + "]\n[image/png, 6 bytes; "; status != 0 || !strings.Contains(stdout, want) {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "first" {
		t.Errorf("the file has %q, %v", got, err)
	}
	for _, argv := range [][]string{
		append(call, "--output", filepath.Join(file, "below")),
		{"call", "add", "a=1", "--output", file + "2"}, // of the demo
	} {
		if status, _, stderr := command(t, nil, argv...); status != 1 || !strings.Contains(stderr, "--output: ") {
			t.Errorf("%v: status %d, stderr: %s", argv, status, stderr)
		}
	}
}

// TestCallOfAnOlderService holds that an answer which only makes the client try
// an older protocol is no refusal.
func TestCallOfAnOlderService(t *testing.T) {
	r := newRig(t, Config{})
	h := r.Handler()
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Method") == "server/discover" {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
	defer ts.Close()
	if status, stdout, stderr := command(t, nil, "call", "add", "a=1", "--url", ts.URL); status == 0 || !strings.Contains(stderr, "/mcp") {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
	}
	if status, stdout, stderr := command(t, nil, "call", "add", "a=1", "--url", ts.URL+"/mcp"); status != 0 || !strings.Contains(stdout, `"sum":1`) {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
	}
	if status, _, stderr := command(t, nil, "call", "ad", "--url", ts.URL+"/mcp"); status != 1 || !strings.Contains(stderr, "did you mean add?") {
		t.Errorf("status %d\nstderr: %s", status, stderr)
	}
}

// What completion proposes below ~ can be read.
func TestArgumentFromHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, "notes"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, ok := splitWord("text@~/notes")
	if got, err := w.read(nil); !ok || err != nil || got != "hello" {
		t.Errorf("%q: %v", got, err)
	}
}

// TestPlaceholders has what the usage says of lists of a service that is elsewhere:
// what a,b cannot be is JSON.
func TestPlaceholders(t *testing.T) {
	tool := &mcp.Tool{Name: "edit", InputSchema: json.RawMessage(`{"type":"object","properties":{
		"a":{"type":"array","items":{"type":"object"}},
		"b":{"type":"array","items":{"type":"array"}},
		"c":{"type":"array","items":{"type":"string"}},
		"d":{"type":"array"}}}`)}
	var got []string
	for _, p := range propertiesOf(tool, nil) {
		got = append(got, p.Name+"="+placeholder(p))
	}
	if want := "a=JSON b=JSON c=A,B d=A,B"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// The example of the usage is a whole call, also where the description leaves out
// what is obvious.
func TestUsageHasAWholeExample(t *testing.T) {
	properties := []Property{{Name: "owner", Type: "string", Required: true, Example: "golang"}, {Name: "number", Type: "integer", Required: true}, {Name: "order", Type: "string"}}
	for _, tt := range []struct {
		description string
		annotations *mcp.ToolAnnotations
		want        string
	}{
		{`Reads. Example: {"order":"newest first"}`, ReadOnly(true), "owner=golang number=1 'order=newest first'"},
		{`Reads. Example: {"number":7}`, ReadOnly(true), "owner=golang number=7"},
		{`Writes. Example: {"order":"x"}`, nil, "'owner=…' number=1 order=x"},
		{`Another's. Example: {"color":"x"}`, ReadOnly(true), "owner=golang number=1"},
	} {
		if got := example(&mcp.Tool{Description: tt.description, Annotations: tt.annotations}, properties); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}
