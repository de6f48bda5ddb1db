package servertest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// People is a server over HTTP for callers who are told apart: each has a key that
// may do everything, and their name is its name. Start with [Serve].
type People struct {
	// URL is the server's, without /mcp.
	URL string
}

// Serve serves svc over HTTP to those who are named until the test ends, or to
// everybody if nobody is.
func Serve(t testing.TB, name string, svc server.Service, who ...string) *People {
	t.Helper()
	var cfg server.Config
	if len(who) > 0 {
		var keys strings.Builder
		for _, w := range who {
			fmt.Fprintf(&keys, "%s:sha256:%x=*\n", w, sha256.Sum256([]byte(keyOf(w))))
		}
		cfg.APIKeysFile = filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(cfg.APIKeysFile, []byte(keys.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	srv, err := server.New(name, svc, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		ts.Close()
	})
	return &People{ts.URL}
}

func keyOf(who string) string { return "the-key-of-" + who }

// As is how somebody's requests travel: with their key, or with none for "".
func (p *People) As(who string) http.RoundTripper {
	if who == "" {
		return bearer("")
	}
	return bearer(keyOf(who))
}

// Session returns somebody's session of an older revision, and where the URIs come
// that it is told of.
func (p *People) Session(t testing.TB, who string) (*mcp.ClientSession, chan string) {
	t.Helper()
	told := make(chan string, 100)
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { told <- req.Params.URI },
	})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: p.URL + "/mcp", HTTPClient: &http.Client{Transport: p.As(who)}},
		&mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session, told
}

// Stream is an open subscriptions/listen.
type Stream struct{ lines *bufio.Scanner }

// Listen has somebody listen for changes of resources.
func (p *People) Listen(t testing.TB, who string, uris ...string) *Stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/mcp", strings.NewReader(
		`{"jsonrpc":"2.0","id":"l","method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["`+strings.Join(uris, `","`)+`"]},`+
			`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"} {
		req.Header.Set(k, v)
	}
	res, err := (&http.Client{Transport: p.As(who)}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return &Stream{bufio.NewScanner(res.Body)}
}

// Next returns the next message, or the error that the listen is answered with.
func (s *Stream) Next(t testing.TB) string {
	t.Helper()
	for s.lines.Scan() {
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok || strings.HasPrefix(data, "{") {
			return data
		}
	}
	t.Fatalf("the stream has ended: %v", s.lines.Err())
	return ""
}

// Deliver posts a message to one of the service's own routes without a credential,
// as an upstream does, and returns the status. Headers that are "" are left out.
func (p *People) Deliver(t testing.TB, path, body string, header map[string]string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		if v != "" {
			req.Header.Set(k, v)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}
