// Package servertest is the contract that every service of the fleet is held
// to, as a test in one line:
//
//	func TestContract(t *testing.T) {
//		servertest.Run(t, "files", files.Open, files.Config{}, servertest.Budget(9<<10))
//	}
//
// [Run] checks what is registered, compares tools/list with a golden file, asks
// the same over both protocol eras and over stdio, plays the transcripts in
// testdata/session, asks again behind authentication with the service opened
// anew, and fails if anything is left running. With the test flag
// -update the golden file and the transcripts are written instead.
//
// It is imported by tests only.
package servertest

import (
	"context"
	"flag"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var update = flag.Bool("update", false, "write golden files and transcripts instead of comparing with them")

// Option changes what [Run] checks.
type Option func(*suite)

// Budget bounds what the tools cost a model: the bytes of the names,
// descriptions and input schemas in tools/list. The default is 16 KiB.
func Budget(bytes int) Option { return func(s *suite) { s.budget = bytes } }

// Sessions names the folder in testdata with the transcripts to play. The
// default is session.
func Sessions(folder string) Option { return func(s *suite) { s.folder = folder } }

// Mask names the fields of results that differ from run to run, such as
// elapsed_ms: transcripts have … in the place of their values.
func Mask(fields ...string) Option {
	return func(s *suite) {
		for _, f := range fields {
			s.masked = append(s.masked, regexp.MustCompile(`("`+regexp.QuoteMeta(f)+`": ?)("(?:[^"\\]|\\.)*"|[-+.\w]+)`))
		}
	}
}

// NotReady says that the service is opened without what it needs, so that
// /readyz fails.
func NotReady() Option { return func(s *suite) { s.notReady = true } }

// suite is a service under test.
type suite struct {
	name     string
	budget   int
	folder   string
	masked   []*regexp.Regexp
	notReady bool
	server   *server.Server
	url      string
}

// Run opens the service and holds it to the contract. It uses the folder
// testdata of the package under test.
func Run[C any, S server.Service](t *testing.T, name string, open func(context.Context, C, *slog.Logger) (S, error), cfg C, opts ...Option) {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	// After the subtests and all that they clean up.
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })

	svc, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{name: name, budget: 16 << 10, folder: "session"}
	for _, o := range opts {
		o(s)
	}
	if s.server, err = server.New(name, svc, server.Config{}, nil); err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s.server.Handler())
	s.url = ts.URL
	t.Cleanup(func() {
		ts.CloseClientConnections()
		ts.Close()
		if err := s.server.Close(); err != nil {
			t.Error("closing the service:", err)
		}
	})
	t.Run("definitions", s.definitions)
	t.Run("golden", s.golden)
	t.Run("budget", s.checkBudget)
	t.Run("views", s.views)
	t.Run("eras", s.eras)
	t.Run("arguments", s.arguments)
	t.Run("stdio", s.stdio)
	t.Run("health", s.health)
	t.Run("sessions", s.sessions)
	t.Run("guarded", func(t *testing.T) {
		another, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s.guarded(t, another)
	})
}

// inProcess returns a client session of the newest protocol over in-memory
// transports.
func (s *suite) inProcess(t *testing.T) *mcp.ClientSession {
	t.Helper()
	here, there := mcp.NewInMemoryTransports()
	if _, err := s.server.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	return connect(t, here, "")
}

// overHTTP returns a client session over HTTP in the protocol revision given.
func (s *suite) overHTTP(t *testing.T, version string) *mcp.ClientSession {
	t.Helper()
	return connect(t, &mcp.StreamableClientTransport{Endpoint: s.url + "/mcp", DisableStandaloneSSE: true}, version)
}

func connect(t *testing.T, transport mcp.Transport, version string) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "servertest", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error("closing the session:", err)
		}
	})
	return session
}
