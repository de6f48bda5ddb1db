package server

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// look opens the address as a browser does, under a name.
func look(t *testing.T, s *Server, host string) (status int, html string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.Host = host
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const tryable = `data-tool="`

func TestFront(t *testing.T) {
	r := newRig(t, Config{HTTP: "127.0.0.1:8105"})
	status, html := look(t, r.Server, "localhost:8105")
	if status != 200 || !strings.Contains(html, "<code>http://localhost:8105/mcp</code>") {
		t.Errorf("%d, without the address that the browser used: %.300s", status, html)
	}
	for _, want := range []string{`data-tool="add"`, "<b>Ready</b>", `id="tool-drop"`, "<code>demo://item/{&#43;path}</code>", "<code>ask</code>", "Everyone on this machine"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(html, `data-tool="drop"`) {
		t.Error("a tool that changes something can be tried")
	}
}

// The page tells strangers what they may know: what is offered, and not who calls,
// with what, or from where it comes.
func TestFrontForStrangers(t *testing.T) {
	guarded := newRig(t, Config{HTTP: "127.0.0.1:8105", APIKey: "k-of-a-caller-0123456789"})
	guarded.demo.ready = fmt.Errorf("dial %s: refused", secret)
	_, html := look(t, guarded.Server, "localhost:8105")
	if !strings.Contains(html, "Who has an API key") || !strings.Contains(html, "<b>Not ready</b> <span>the service is not ready; its log says why") {
		t.Errorf("it is not said that the service is guarded and not ready: %.900s", html)
	}
	if strings.Contains(html, tryable) || strings.Contains(html, "<form") {
		t.Error("a guarded service has forms")
	}
	for _, s := range []string{"hunter2", "k-of-a-caller"} {
		if strings.Contains(html, s) {
			t.Errorf("strangers see %s", s)
		}
	}
	for _, cfg := range []Config{
		{HTTP: "0.0.0.0:8105", Auth: []string{"none"}}, {HTTP: "10.0.0.7:8105", Auth: []string{"none"}},
		// Behind a proxy, everybody comes from this machine.
		{HTTP: "127.0.0.1:8105", PublicURL: "https://demo.example/mcp"}, {HTTP: "127.0.0.1:8105", AllowedHosts: []string{"demo.example"}},
	} {
		open := newRig(t, cfg)
		if _, html := look(t, open.Server, "localhost:8105"); strings.Contains(html, tryable) || !strings.Contains(html, "Everyone who reaches this address") {
			t.Errorf("at %s %s %q there are forms, or it is not said who may call", cfg.HTTP, cfg.PublicURL, cfg.AllowedHosts)
		}
	}
	for _, public := range []string{"http://localhost:8105/mcp", "http://[::1]:8105"} {
		here := newRig(t, Config{HTTP: "127.0.0.1:8105", PublicURL: public})
		if _, html := look(t, here.Server, "localhost:8105"); !strings.Contains(html, tryable) {
			t.Errorf("at %s there are no forms", public)
		}
	}
}

// What a service says of itself to whoever operates it is on the page.
func TestFrontNotConfigured(t *testing.T) {
	r := newRig(t, Config{HTTP: "127.0.0.1:8105"})
	r.demo.ready = toolerr.New(toolerr.ServiceUnavailable, "nothing is configured: set DEMO_URL")
	if _, html := look(t, r.Server, "localhost:8105"); !strings.Contains(html, "<span>nothing is configured: set DEMO_URL</span>") {
		t.Errorf("it is not said what to set: %.900s", html)
	}
}

func TestFrontAddress(t *testing.T) {
	for _, tt := range []struct{ public, host, want string }{
		{"", "127.0.0.1:8105", "http://127.0.0.1:8105/mcp"},
		{"", "[::1]:8105", "http://[::1]:8105/mcp"},
		{"", "a.demo.example:8105", "http://a.demo.example:8105/mcp"},
		{"https://demo.example", "127.0.0.1:8105", "https://demo.example/mcp"},
		{"https://demo.example/tools/mcp", "127.0.0.1:8105", "https://demo.example/tools/mcp"},
		{`https://demo.example/"><script>alert(1)</script>`, "127.0.0.1:8105", "https://demo.example/&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"},
	} {
		r := newRig(t, Config{HTTP: "127.0.0.1:8105", PublicURL: tt.public, AllowedHosts: []string{"*.demo.example"}})
		status, html := look(t, r.Server, tt.host)
		if status != 200 || !strings.Contains(html, "<code>"+tt.want+"</code>") || strings.Count(html, "<script") != 1 {
			t.Errorf("--public-url %q, Host %q: %d, without %s", tt.public, tt.host, status, tt.want)
		}
	}
	r := newRig(t, Config{HTTP: "127.0.0.1:8105", AllowedHosts: []string{"*.demo.example"}})
	for host, want := range map[string]int{
		"evil.example": 403, "x.evil.example:8105": 403, `"><script>.evil.example`: 403,
		"a';sh;'.demo.example": 400, `"><script>.demo.example`: 400, "$(sh).demo.example": 400, "localhost:1';sh;'": 400, "": 403,
	} {
		if status, body := look(t, r.Server, host); status != want || strings.Contains(body, "<!doctype") {
			t.Errorf("Host %q: %d, want %d: %.200s", host, status, want, body)
		}
	}
}
