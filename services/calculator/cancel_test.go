package calculator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// calls is a log that hears of the calls that have ended: of each the outcome.
type calls chan string

func (c calls) Enabled(context.Context, slog.Level) bool { return true }
func (c calls) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c calls) WithGroup(string) slog.Handler            { return c }

func (c calls) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Message == "tool call" && a.Key == "outcome" {
			select {
			case c <- a.Value.String():
			default: // nobody listens
			}
		}
		return true
	})
	return nil
}

// laborious is a service that lets calculations take long and whose lane has no
// place: a costly one waits in it for the test, which so knows that it runs.
func laborious(t *testing.T) (*Service, *server.Server, calls) {
	t.Helper()
	svc, srv, ended := serving(t, Config{Work: 10_000_000_000, Timeout: 10 * time.Second})
	svc.lane = make(lane)
	return svc, srv, ended
}

// serving is a server of the service that cfg describes.
func serving(t testing.TB, cfg Config) (*Service, *server.Server, calls) {
	t.Helper()
	svc, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(calls, 100)
	srv, err := server.New("calculator", svc, server.Config{MaxConcurrency: 1000, CallerConcurrency: 1000, RateLimit: "off"}, slog.New(ended))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return svc, srv, ended
}

func connected(t testing.TB, transport mcp.Transport, version string, progress func(*mcp.ProgressNotificationParams)) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) { progress(req.Params) },
	})
	session, err := client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	return session
}

// inProcess returns a client of srv that shares its memory.
func inProcess(t testing.TB, srv *server.Server) *mcp.ClientSession {
	t.Helper()
	here, there := mcp.NewInMemoryTransports()
	if _, err := srv.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	return connected(t, here, "", func(*mcp.ProgressNotificationParams) {})
}

// semiprime is the product of two primes of so many digits each.
func semiprime(digits int) string {
	ten := big.NewInt(10)
	p := new(big.Int).Exp(ten, big.NewInt(int64(digits)-1), nil)
	q := new(big.Int).Mul(p, big.NewInt(7))
	for _, x := range []*big.Int{p, q} {
		for x.SetBit(x, 0, 1); !x.ProbablyPrime(20); x.Add(x, big.NewInt(2)) {
		}
	}
	return p.Mul(p, q).String()
}

// randomMatrix has so many rows of integers of so many digits.
func randomMatrix(size, digits int) string {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([][]string, size)
	for i := range rows {
		rows[i] = make([]string, size)
		for j := range rows[i] {
			var b strings.Builder
			for range digits {
				fmt.Fprint(&b, 1+r.IntN(9))
			}
			rows[i][j] = b.String()
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		panic(err) // made of strings
	}
	return string(text)
}

// works take seconds each, if they are let.
func works() []struct{ tool, arguments string } {
	factorials := strings.Repeat("mod(factorial(100000), 1000003) + ", 200) + "1"
	return []struct{ tool, arguments string }{
		{"number_theory", `{"operation":"factor","numbers":["` + semiprime(45) + `"]}`},
		{"number_theory", `{"operation":"is_prime","numbers":["2^44497-1"]}`},
		{"number_theory", `{"operation":"next_prime","numbers":["10^900"]}`},
		{"matrix", `{"operation":"det","a":` + randomMatrix(150, 60) + `}`},
		{"matrix", `{"operation":"inverse","a":` + randomMatrix(100, 40) + `}`},
		{"matrix", `{"operation":"charpoly","a":` + randomMatrix(150, 30) + `}`},
		{"calculate", `{"expression":"` + factorials + `"}`},
		{"calculate_many", `{"expressions":[{"expression":"` + factorials + `"},{"expression":"` + factorials + `"}]}`},
		{"verify_claim", `{"claim":"1 = ` + factorials + `"}`},
		{"plot_function", `{"functions":["` + strings.Repeat("gamma(abs(x)+1)*erf(x)+", 40) + `1"]}`},
		{"solve_equation", `{"equations":["x^100 - 3x^51 + 12345678901234567890x^7 - 1 = 0"],"precision":1000}`},
		{"statistics", `{"values":[` + strings.Repeat("0.1234567890123456789012345678901234567890,", 60000) + `1]}`},
	}
}

// begin makes a call, and returns when its first ten milliseconds are over.
func begin(t *testing.T, svc *Service, ended calls, s *mcp.ClientSession, tool, arguments string) (cancel context.CancelFunc, returned chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	returned = make(chan error, 1)
	go func() {
		params := &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)}
		params.SetProgressToken("token")
		_, err := s.CallTool(ctx, params)
		returned <- err
	}()
	select {
	case <-svc.lane:
	case outcome := <-ended:
		t.Fatalf("%s %.60s is no costly call: %s", tool, arguments, outcome)
	}
	return cancel, returned
}

// stopped cancels a call and waits until it has left the lane and ended, which
// it can for no other reason before it is finished.
func stopped(t *testing.T, svc *Service, ended calls, cancel context.CancelFunc, returned chan error) {
	t.Helper()
	cancel()
	svc.lane <- struct{}{}
	if outcome := <-ended; outcome != "CANCELLED" {
		t.Errorf("the call ended with %s", outcome)
	}
	if err := <-returned; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller has %v", err)
	}
}

func TestCancelledCallsStop(t *testing.T) {
	svc, srv, ended := laborious(t)
	s := inProcess(t, srv)
	for _, w := range works() {
		cancel, returned := begin(t, svc, ended, s, w.tool, w.arguments)
		stopped(t, svc, ended, cancel, returned)
	}
}

// A client cancels by a notification where there is a session, and by closing
// the connection where there is none.
func TestCancelledCallsStopOnEveryTransport(t *testing.T) {
	svc, srv, ended := laborious(t)
	ts := httptest.NewServer(srv.Handler())
	defer ts.Close()
	defer ts.CloseClientConnections()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- srv.ServeStdio(t.Context(), toServer, fromServer) }()
	for _, way := range []struct {
		name, version string
		transport     mcp.Transport
	}{
		{"stdio", "2025-11-25", &mcp.IOTransport{Reader: toClient, Writer: fromClient}},
		{"HTTP with a session", "2025-11-25", &mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", DisableStandaloneSSE: true}},
		{"HTTP without a session", "2026-07-28", &mcp.StreamableClientTransport{Endpoint: ts.URL + "/mcp", DisableStandaloneSSE: true}},
	} {
		t.Run(way.name, func(t *testing.T) {
			s := connected(t, way.transport, way.version, func(*mcp.ProgressNotificationParams) {})
			for _, w := range works()[:2] {
				cancel, returned := begin(t, svc, ended, s, w.tool, w.arguments)
				stopped(t, svc, ended, cancel, returned)
			}
		})
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestLongWorkReportsProgress(t *testing.T) {
	_, srv, _ := serving(t, Config{Work: 250_000_000, Timeout: 10 * time.Second})
	here, there := mcp.NewInMemoryTransports()
	if _, err := srv.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	reports := make(chan *mcp.ProgressNotificationParams, 1000)
	s := connected(t, here, "", func(p *mcp.ProgressNotificationParams) { reports <- p })
	det := `{"operation":"det","a":` + randomMatrix(200, 1) + `}`
	for _, w := range []struct{ token, tool, arguments string }{
		{"relations of the quadratic sieve", "number_theory", `{"operation":"factor","numbers":["` + semiprime(24) + `"]}`},
		{"the Lucas-Lehmer test", "number_theory", `{"operation":"is_prime","numbers":["2^9689-1"]}`},
		{"this 200x200 matrix", "matrix", det},
		{"sampling", "plot_function", `{"functions":["sin(x)"]}`},
		{"", "matrix", det},
		{"row 3 of 3", "calculate_many", `{"expressions":[{"expression":"factorial(20000)"},{"expression":"1"},{"expression":"2"}]}`},
	} {
		params := &mcp.CallToolParams{Name: w.tool, Arguments: json.RawMessage(w.arguments)}
		if w.token != "" {
			params.SetProgressToken(w.token)
		}
		if res, err := s.CallTool(t.Context(), params); err != nil || res.IsError {
			t.Fatalf("%s: %v, %v", w.tool, res, err)
		}
	}
	// The last call reports its end, and the client hears of one after the other.
	last := map[any]*mcp.ProgressNotificationParams{}
	for last["row 3 of 3"] == nil || last["row 3 of 3"].Progress < 3 {
		p := <-reports
		token, _ := p.ProgressToken.(string)
		if before := last[token]; before != nil && p.Progress <= before.Progress {
			t.Errorf("%+v after %+v", *p, *before)
		}
		if p.Total != 0 && p.Progress > p.Total {
			t.Errorf("%+v is beyond its total", *p)
		}
		last[token] = p
	}
	if len(last) != 5 {
		t.Errorf("%d calls report their progress; 5 were asked to", len(last))
	}
	for token, p := range last {
		if !strings.Contains(p.Message, fmt.Sprint(token)) {
			t.Errorf("the last message is %q, not about %s", p.Message, token)
		}
	}
}
