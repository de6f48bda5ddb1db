package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

// landing is an account with the page that its people are sent to.
type landing struct{ *account }

func (l landing) Register(r *Registry) {
	l.account.Register(r)
	r.Handle("GET /oauth/demo/start", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

// TestTicketsStayWithTheirCaller asks for a sign-in in every way, opens its page,
// and looks for the ticket wherever somebody else can look.
func TestTicketsStayWithTheirCaller(t *testing.T) {
	l := &logBuffer{}
	log, err := logging.New(l, "debug", "json")
	if err != nil {
		t.Fatal(err)
	}
	telemetry, audit := newCollector(t), filepath.Join(t.TempDir(), "audit.log")
	a := &account{signed: make(chan struct{})}
	srv, err := New("demo", landing{a}, Config{Admin: "127.0.0.1:1", AuditFile: audit, DebugProtocol: true, OTLPEndpoint: telemetry.url}, log)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		srv.Close()
		ts.Close()
	})
	r := &rig{Server: srv, url: ts.URL + "/mcp", log: l}
	shown := 0
	for _, era := range eras {
		for _, caps := range []*mcp.ElicitationCapabilities{bothModes, formMode} {
			s := r.connect(t, era, &mcp.ClientOptions{
				Capabilities: &mcp.ClientCapabilities{Elicitation: caps},
				ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
					return &mcp.ElicitResult{Action: "decline"}, nil
				},
			})
			for use, run := range uses {
				if use == "wipe" {
					continue // its question is not about signing in
				}
				got, err := run(t.Context(), s)
				if err != nil {
					t.Fatal(err)
				}
				shown += strings.Count(got, "ticket=s3cret")
			}
		}
	}
	if shown == 0 {
		t.Fatal("nobody was shown a ticket")
	}
	for _, path := range []string{"/oauth/demo/start?ticket=s3cret", "/oauth/../oauth/demo/start?ticket=s3cret", "/oauth/demo/other?ticket=s3cret", "/oauth/demo/s3cret"} {
		r.to(t, "GET", path, "", "Referer", signInPage, "Cookie", "x=s3cret")
	}
	if err := srv.tracing.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := srv.meter.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	admin := srv.AdminHandler()
	for sink, text := range map[string]string{
		"log": l.String(), "audit": string(lines), "telemetry": string(telemetry.raw()),
		"/debug/mcp": get(t, admin, "/debug/mcp", "application/json"), "/metrics": get(t, admin, "/metrics", "*/*"),
	} {
		if strings.Contains(text, "s3cret") {
			t.Errorf("%s has the ticket: %s", sink, text)
		}
		if sink != "/metrics" && !strings.Contains(text, "look") {
			t.Errorf("%s has nothing of the calls: %s", sink, text)
		}
	}
}
