//go:build e2e

package e2e

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/provider"
)

// everyWay runs a test against an mcp-demo that takes tokens and one that takes
// keys. credential is one that each of them takes.
func everyWay(t *testing.T, test func(t *testing.T, s *guarded, credential string)) {
	t.Parallel()
	t.Run("tokens", func(t *testing.T) {
		t.Parallel()
		p := authority(t)
		s := guard(t, p.Issuer, "--log-level", "debug")
		test(t, s, s.tokenFor(t, p.Issuer, provider.RS256, "demo:read demo:write"))
	})
	t.Run("keys", func(t *testing.T) {
		t.Parallel()
		key := rand.Text() + rand.Text()
		test(t, guardWithKeys(t, keysFile(t, key+"=tools"), "--log-level", "debug"), key)
	})
}

// Nothing at the endpoint answers a stranger, whatever the request is.
func TestNothingIsOpen(t *testing.T) {
	everyWay(t, func(t *testing.T, s *guarded, credential string) {
		modernHeader := []string{"Mcp-Protocol-Version", modern}
		for _, c := range []struct {
			name, method, body string
			header             []string
		}{
			{"initialize", "POST", message(1, "initialize", map[string]any{"protocolVersion": legacy, "capabilities": struct{}{}, "clientInfo": map[string]string{"name": "e2e", "version": "1"}}), nil},
			{"initialized", "POST", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, nil},
			{"ping", "POST", message(1, "ping", struct{}{}), nil},
			{"tools/list", "POST", modernMessage("tools/list", nil), modernHeader},
			{"server/discover", "POST", modernMessage("server/discover", nil), modernHeader},
			{"tools/call", "POST", modernMessage("tools/call", map[string]any{"name": "read_note", "arguments": map[string]string{"name": "welcome"}}), modernHeader},
			{"subscriptions/listen", "POST", modernMessage("subscriptions/listen", nil), modernHeader},
			{"a batch", "POST", "[" + message(1, "ping", struct{}{}) + "]", []string{"Mcp-Protocol-Version", "2025-03-26"}},
			{"garbage", "POST", "}{", nil},
			{"nothing", "POST", "", nil},
			{"a form", "POST", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}},
			{"an unknown session", "POST", message(1, "ping", struct{}{}), []string{"Mcp-Session-Id", "abc"}},
			{"GET", "GET", "", nil},
			{"a stream", "GET", "", []string{"Accept", "text/event-stream", "Mcp-Session-Id", "abc", "Last-Event-ID", "1"}},
			{"a websocket", "GET", "", []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="}},
			{"DELETE", "DELETE", "", []string{"Mcp-Session-Id", "abc"}},
			{"HEAD", "HEAD", "", nil},
			{"PUT", "PUT", "{}", nil},
			{"PATCH", "PATCH", "{}", nil},
			{"a made-up method", "FETCH", "{}", nil},
			{"a method in a header", "POST", "{}", []string{"X-HTTP-Method-Override", "OPTIONS"}},
		} {
			t.Run(c.name, func(t *testing.T) {
				if !slices.Contains(c.header, "Content-Type") {
					c.header = append(c.header, "Content-Type", "application/json")
				}
				r := do(t, c.method, s.url, c.body, c.header...)
				if r.status != http.StatusUnauthorized {
					t.Fatalf("answered with %s", r)
				}
				if c.method == "HEAD" {
					r.body = "{}" // it has none
				}
				if got := s.challenge(t, r); got["error"] != "" {
					t.Errorf("the challenge is %q", got)
				}
				if id := r.header.Get("Mcp-Session-Id"); id != "" {
					t.Errorf("it begins the session %q", id)
				}
				discreet(t, r, "note")
			})
		}
		if r := do(t, "OPTIONS", s.url, ""); r.status != http.StatusNoContent || r.body != "" {
			t.Errorf("OPTIONS, which browsers send without credentials, is answered with %s", r)
		}
		s.greets(t, modern, credential)
		s.greets(t, legacy, credential)
	})
}

// Other ways to write the path lead nowhere, or to the same refusal.
func TestOtherPathsAreClosed(t *testing.T) {
	everyWay(t, func(t *testing.T, s *guarded, _ string) {
		body := modernMessage("tools/list", nil)
		for _, path := range []string{"/mcp/", "//mcp", "/./mcp", "/x/../mcp", "/%6dcp", "/mcp%2f", "/MCP", "/mcp?a=b", "/mcp;a", "http://" + s.address() + "/mcp", "/livez/../mcp"} {
			head := strings.Replace(s.head("Connection: close\r\n"), "POST /mcp ", "POST "+path+" ", 1)
			r := s.raw(t, fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body))
			if r.status < 300 || r.status >= 500 || strings.Contains(r.body, "read_note") {
				t.Errorf("%s is answered with %s", path, r)
			}
		}
	})
}

// A stranger is refused by the headers alone: what they send after them is not
// waited for.
func TestRefusedBeforeTheBody(t *testing.T) {
	everyWay(t, func(t *testing.T, s *guarded, _ string) {
		const soon = 5 * time.Second // less than a server waits for a body, or for headers
		for _, c := range []struct{ name, rest string }{
			{"a silent body", "Content-Length: 200\r\n\r\n"},
			{"half a body", "Content-Length: 200\r\n\r\n{\"jsonrpc\":"},
			{"a silent chunk", "Transfer-Encoding: chunked\r\n\r\n100\r\n{"},
			{"100-continue", "Expect: 100-continue\r\nContent-Length: 200\r\n\r\n"},
			{"10 MB announced", "Content-Length: 10485760\r\n\r\n{"},
			{"10 MB", "Content-Length: 10485760\r\n\r\n" + strings.Repeat(" ", 10<<20)},
			{"a wrong length", "Content-Length: 1\r\n\r\n" + strings.Repeat(" ", 1<<20)},
		} {
			t.Run(c.name, func(t *testing.T) {
				begin := time.Now()
				r := s.raw(t, s.head(c.rest))
				if r.status != http.StatusUnauthorized {
					t.Errorf("answered with %s", r)
				}
				if took := time.Since(begin); took > soon {
					t.Errorf("refused after %v", took)
				}
				s.challenge(t, r)
			})
		}
		s.modest(t, 128<<20)
	})
}

// What probes and clients ask before they have credentials is open, and a wrong
// credential does not close it.
func TestOpenToEverybody(t *testing.T) {
	everyWay(t, func(t *testing.T, s *guarded, _ string) {
		origin := strings.TrimSuffix(s.url, "/mcp")
		metadata := http.StatusNotFound
		if s.metadata != "" {
			metadata = http.StatusOK
		}
		for path, status := range map[string]int{
			"/livez": http.StatusOK, "/readyz": http.StatusOK, "/health": http.StatusOK, "/": http.StatusOK,
			"/.well-known/oauth-protected-resource": metadata, "/.well-known/oauth-protected-resource/mcp": metadata,
			"/metrics": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound, "/debug/mcp": http.StatusNotFound,
		} {
			for _, header := range [][]string{nil, {"Authorization", "Bearer wrong"}} {
				if r := do(t, "GET", origin+path, "", header...); r.status != status {
					t.Errorf("%s with %v is answered with %s; want %d", path, header, r, status)
				}
			}
		}
	})
}
