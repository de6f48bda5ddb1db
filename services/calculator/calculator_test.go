package calculator_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/calculator"
)

func TestContract(t *testing.T) {
	servertest.Run(t, "calculator", calculator.Open, calculator.Config{}, servertest.Budget(9<<10))
}

func TestOpenRefusesBadConfig(t *testing.T) {
	for _, cfg := range []calculator.Config{
		{Precision: 1001}, {Precision: -1}, {Timeout: time.Minute}, {Timeout: -1}, {Work: -1}, {Work: 1e11}, {MaxExpression: 70_000},
		{MaxIntegerDigits: 1e6}, {PrintedDigits: -5},
	} {
		if _, err := calculator.Open(t.Context(), cfg, nil); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

func TestLimitsAreConfigured(t *testing.T) {
	s := connect(t, calculator.Config{MaxExpression: 20_000, MaxIntegerDigits: 100, PrintedDigits: 30, Work: 1_000_000})
	for _, tt := range []struct{ expression, want string }{
		{"2^300", `"truncated":true`},
		{"2^400", "has about 121 digits; the limit is 100"},
		{"sqrt(" + strings.Repeat("1+", 8500) + "1)", "more than 10000 numbers, names and operators"},
		{strings.Repeat("1+", 10_500) + "1", "the expression is 21001 bytes long; the limit is 20000"},
		{"gamma(pi) + gamma(e) + erf(7)", "takes more than 1,000,000 steps of work"},
	} {
		arguments, err := json.Marshal(map[string]any{"expression": tt.expression, "precision": 1000})
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "calculate", Arguments: json.RawMessage(arguments)})
		if err != nil {
			t.Fatal(err)
		}
		if text := res.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, tt.want) {
			t.Errorf("%.40s: got %.300s; want %q", tt.expression, text, tt.want)
		}
	}
	limits, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "calc://limits"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"name":"integer","value":100,`, `"name":"expression","value":20000,`, `"name":"work","value":1000000,`} {
		if !strings.Contains(limits.Contents[0].Text, want) {
			t.Errorf("calc://limits has no %s: %s", want, limits.Contents[0].Text)
		}
	}
}

// connect returns a client of the service that cfg describes, over in-memory transports.
func connect(t *testing.T, cfg calculator.Config) *mcp.ClientSession {
	t.Helper()
	svc, err := calculator.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return servertest.Connect(t, "calculator", svc, nil)
}

func TestDimensionsAreRead(t *testing.T) {
	s := connect(t, calculator.Config{})
	r, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "calc://units"})
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Dimensions []struct{ URI string } }
	if err := json.Unmarshal([]byte(r.Contents[0].Text), &list); err != nil || len(list.Dimensions) < 20 {
		t.Fatalf("%d dimensions, %v", len(list.Dimensions), err)
	}
	for _, d := range list.Dimensions {
		if _, err := s.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: d.URI}); err != nil {
			t.Errorf("%s: %v", d.URI, err)
		}
	}
}
