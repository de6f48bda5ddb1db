package servertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// The keys of the guarded service: one may do everything, one nothing here.
const (
	masterKey  = "master-key-of-the-contract"
	foreignKey = "foreign-key-of-the-contract"
)

// guarded holds the service behind authentication, and read-only, to the
// contract: a stranger gets nothing done, a caller without a tool's scopes is
// told which they are, and no writing tool is offered.
func (s *suite) guarded(t *testing.T, svc server.Service) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(masterKey+" = *\n"+foreignKey+" = elsewhere:admin\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(s.name, svc, server.Config{APIKeysFile: keys, ReadOnly: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		ts.CloseClientConnections()
		ts.Close()
		if err := srv.Close(); err != nil {
			t.Error("closing the service:", err)
		}
	})
	for _, method := range []string{"initialize", "server/discover", "tools/list", "ping"} {
		if status, _ := post(t, ts.URL, "", method, "", ""); status != http.StatusUnauthorized {
			t.Errorf("%s without a credential: %d", method, status)
		}
	}
	offered := connect(t, &mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", DisableStandaloneSSE: true,
		HTTPClient: &http.Client{Transport: bearer(masterKey)}}, "")
	for tool, err := range offered.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if !tool.Annotations.ReadOnlyHint {
			t.Errorf("the read-only service offers %s", tool.Name)
		}
	}
	for _, tool := range srv.Tools() {
		status, challenge := post(t, ts.URL, foreignKey, "tools/call", tool.Name, fmt.Sprintf(`"name":%q,"arguments":{},`, tool.Name))
		scopes := slices.Compact(slices.Sorted(slices.Values(tool.Scopes)))
		want := `scope="` + strings.Join(scopes, " ") + `"`
		if status != http.StatusForbidden || !strings.Contains(challenge, want) {
			t.Errorf("%s with a key for another service: %d %s, want %s", tool.Name, status, challenge, want)
		}
	}
}

// post sends a message of the newest protocol and returns how it is refused.
func post(t *testing.T, url, key, method, name, params string) (status int, challenge string) {
	t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
		method, params)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {"2026-07-28"}, "Mcp-Method": {method},
	}
	if name != "" {
		req.Header.Set("Mcp-Name", name)
	}
	res, err := bearer(key).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, res.Header.Get("WWW-Authenticate")
}

// bearer sends a key with each request.
type bearer string

// RoundTrip implements [http.RoundTripper].
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b != "" {
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}
