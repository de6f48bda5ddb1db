package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// scrape returns what Prometheus would get.
func scrape(t *testing.T, s *Server) string {
	t.Helper()
	w := newRecorder()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.AdminHandler().ServeHTTP(w, req)
	return w.String()
}

func TestMetricNames(t *testing.T) {
	r := newRig(t, Config{Admin: "127.0.0.1:1"})
	r.call(t, "add", `{"a":1}`)
	r.call(t, "plus", `{"a":1}`)
	r.call(t, "leak", `{}`)
	r.call(t, "refuse", `{}`)
	modern := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method"}
	r.post(t, `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"ask","arguments":{"topic":"x"},`+meta+`}}`, append(modern, "prompts/get", "Mcp-Name", "ask")...)
	r.post(t, `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"sesame","arguments":{},`+meta+`}}`, append(modern, "prompts/get", "Mcp-Name", "sesame")...)
	r.post(t, `{"jsonrpc":"2.0","id":1,"method":"sesame/open","params":{`+meta+`}}`, append(modern, "sesame/open")...)
	session := r.connect(t, "2025-11-25", nil)
	if err := session.Close(); err != nil {
		t.Fatal(err)
	}
	r.meter.refused(t.Context(), refusedRateLimited)
	r.meter.refused(t.Context(), refusedRateLimited)
	r.meter.refused(t.Context(), refusedHost)
	var calls sync.WaitGroup
	calls.Go(func() { r.call(t, "wait", `{}`) })
	<-r.started
	body := scrape(t, r.Server)
	close(r.demo.gate)
	calls.Wait()
	for _, want := range []string{
		`mcp_server_operation_duration_seconds_count{gen_ai_tool_name="add",mcp_method_name="tools/call",network_transport="tcp"} 2`,
		`mcp_server_operation_duration_seconds_count{gen_ai_prompt_name="ask",mcp_method_name="prompts/get",network_transport="tcp"} 1`,
		`mcp_server_operation_duration_seconds_count{error_type="-32602",mcp_method_name="prompts/get",network_transport="tcp"} 1`,
		`mcpfleet_requests_refused_total{reason="rate_limited"} 2`,
		`mcpfleet_requests_refused_total{reason="host"} 1`,
		`mcpfleet_calls_running 1`,
		`mcpfleet_tool_errors_total{code="INTERNAL_ERROR",gen_ai_tool_name="leak"} 1`,
		`mcpfleet_tool_errors_total{code="CONFLICT",gen_ai_tool_name="refuse"} 1`,
		`mcpfleet_result_bytes_count{gen_ai_tool_name="add"} 2`,
		`mcpfleet_result_bytes_bucket{gen_ai_tool_name="add",le="256"} 2`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for _, bad := range []string{"sesame", "go_memory_used"} {
		if strings.Contains(body, bad) {
			t.Errorf("/metrics has %s", bad)
		}
	}
}

func TestSessionsAreMeasuredWhenTheyEnd(t *testing.T) {
	c := newCollector(t)
	r := newRig(t, Config{OTLPMetricsEndpoint: c.url + "/v1/metrics"})
	ended := r.connect(t, "2025-11-25", nil)
	r.connect(t, "2025-11-25", nil) // is open at the end
	r.connect(t, "2026-07-28", nil) // is no session
	if err := ended.Close(); err != nil {
		t.Fatal(err)
	}
	// Whether the end of the first was noticed by then or not, it counts once.
	r.Server.Close()
	got := c.last(t)["mcp.server.session.duration"].GetHistogram()
	if got == nil || len(got.DataPoints) != 1 || got.DataPoints[0].Count != 2 {
		t.Fatalf("sessions %v", got)
	}
	if a := attributesOf(got.DataPoints[0].Attributes); a["mcp.protocol.version"] != "2025-11-25" || a["network.transport"] != "tcp" {
		t.Errorf("attributes %v", a)
	}
}

func TestMetricsArePushed(t *testing.T) {
	c := newCollector(t)
	r := newRig(t, Config{OTLPEndpoint: c.url})
	r.call(t, "add", `{"a":1}`)
	if err := r.meter.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := c.last(t)
	for _, want := range []string{"mcp.server.operation.duration", "mcpfleet.result.bytes", "mcpfleet.calls.running", "go.goroutine.count", "go.memory.used"} {
		if got[want] == nil {
			t.Errorf("no %s", want)
		}
	}
	if body := scrape(t, r.Server); !strings.HasPrefix(body, "404") {
		t.Errorf("/metrics without an admin listener: %s", body)
	}
}

func TestMeasuringMakesNoGarbage(t *testing.T) {
	r := newRig(t, Config{Admin: "127.0.0.1:1"})
	op := operation{method: "tools/call", transport: "tcp", tool: "add"}
	for name, measure := range map[string]func(){
		"operation": func() { r.meter.operation(t.Context(), &op, time.Millisecond) },
		"result":    func() { r.meter.result(t.Context(), "add", 100) },
		"failed":    func() { r.meter.failed(t.Context(), "add", toolerr.Conflict) },
		"refused":   func() { r.meter.refused(t.Context(), refusedForbidden) },
	} {
		if n := testing.AllocsPerRun(100, measure); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestAttributeSetsAreBounded(t *testing.T) {
	var o options[toolKey]
	for i := range maxOptions + 100 {
		if opt := o.of(toolKey(fmt.Sprint(i))); len(opt.record) != 1 {
			t.Fatal("no option")
		}
	}
	if n := len(*o.byKey.Load()); n != maxOptions {
		t.Errorf("%d sets are kept", n)
	}
}

// TestStdioSessionIsMeasured holds that the end of a session over stdio, which is
// the end of the process, is measured too.
func TestStdioSessionIsMeasured(t *testing.T) {
	c := newCollector(t)
	s, err := New("demo", newDemo(), Config{OTLPEndpoint: c.url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	here, there := mcp.NewInMemoryTransports()
	if _, err := s.Connect(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), here, &mcp.ClientSessionOptions{ProtocolVersion: "2025-06-18"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "add", Arguments: json.RawMessage(`{"a":1}`)}); err != nil {
		t.Fatal(err)
	}
	session.Close()
	s.Close()
	got := c.last(t)["mcp.server.session.duration"].GetHistogram()
	if got == nil || len(got.DataPoints) != 1 || attributesOf(got.DataPoints[0].Attributes)["network.transport"] != "pipe" {
		t.Errorf("sessions %v", got)
	}
}
