package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/trace"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

const (
	aTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	aSpan   = "00f067aa0ba902b7"
	sampled = "00-" + aTrace + "-" + aSpan + "-01"
	dropped = "00-" + aTrace + "-" + aSpan + "-00"
)

// withMeta is a tools/call whose _meta holds a member more.
func withMeta(tool, arguments, member string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":"req-7","method":"tools/call","params":{"name":%q,"arguments":%s,%s}}`,
		tool, arguments, strings.Replace(meta, `"_meta":{`, `"_meta":{`+member+`,`, 1))
}

func TestSpans(t *testing.T) {
	modern := func(method, name string) []string {
		return []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method, "Mcp-Name", name}
	}
	tool := func(name string, more map[string]string) map[string]string {
		m := map[string]string{"mcp.method.name": "tools/call", "network.transport": "tcp", "mcp.protocol.version": "2026-07-28",
			"gen_ai.tool.name": name, "gen_ai.operation.name": "execute_tool", "jsonrpc.request.id": "req-7", "mcpfleet.outcome": "ok"}
		for k, v := range more {
			if m[k] = v; v == "" {
				delete(m, k)
			}
		}
		return m
	}
	request := func(method, params string) string {
		return `{"jsonrpc":"2.0","id":"req-7","method":"` + method + `","params":{` + params + `,` + meta + `}}`
	}
	tests := []struct {
		name   string
		body   string
		header []string
		span   string
		attrs  map[string]string
		failed bool
	}{
		{"directly answered", withMeta("add", `{"a":1}`, `"x":1`), modern("tools/call", "add"), "tools/call add", tool("add", nil), false},
		{"answered by the SDK", withMeta("plus", `{"a":1}`, `"x":1`), modern("tools/call", "plus"), "tools/call add", tool("add", nil), false},
		{"failed tool", withMeta("leak", `{}`, `"x":1`), modern("tools/call", "leak"), "tools/call leak",
			tool("leak", map[string]string{"error.type": "tool_error", "mcpfleet.outcome": "INTERNAL_ERROR"}), true},
		{"unknown tool", withMeta("sesame", `{}`, `"x":1`), modern("tools/call", "sesame"), "tools/call",
			tool("", map[string]string{"gen_ai.tool.name": "", "gen_ai.operation.name": "", "error.type": "-32602", "rpc.response.status_code": "-32602", "mcpfleet.outcome": "RESOURCE_NOT_FOUND"}), true},
		{"prompt", request("prompts/get", `"name":"ask","arguments":{"topic":"tea"}`), modern("prompts/get", "ask"), "prompts/get ask",
			map[string]string{"mcp.method.name": "prompts/get", "gen_ai.prompt.name": "ask", "network.transport": "tcp", "mcp.protocol.version": "2026-07-28", "jsonrpc.request.id": "req-7", "mcpfleet.outcome": "ok"}, false},
		{"resource", request("resources/read", `"uri":"demo://item/private"`), modern("resources/read", "demo://item/private"), "resources/read",
			map[string]string{"mcp.method.name": "resources/read", "network.transport": "tcp", "mcp.protocol.version": "2026-07-28", "jsonrpc.request.id": "req-7", "mcpfleet.outcome": "ok"}, false},
		{"list", request("tools/list", `"x":1`), modern("tools/list", ""), "tools/list",
			map[string]string{"mcp.method.name": "tools/list", "network.transport": "tcp", "mcp.protocol.version": "2026-07-28", "jsonrpc.request.id": "req-7"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCollector(t)
			r := newRig(t, Config{OTLPTracesEndpoint: c.url + "/v1/traces"})
			r.url += "?q=private"
			res, _ := r.post(t, tt.body, tt.header...)
			spans := c.spans(t, r.Server)
			if len(spans) != 2 {
				t.Fatalf("%d spans, want 2: %v", len(spans), spans)
			}
			outer, inner := spans[0], spans[1]
			if outer.Name != "POST /mcp" || outer.Kind.String() != "SPAN_KIND_SERVER" || len(outer.ParentSpanId) != 0 {
				t.Errorf("HTTP span %v", outer)
			}
			if diff := cmp.Diff(map[string]string{"http.request.method": "POST", "http.route": "/mcp", "url.path": "/mcp", "url.scheme": "http",
				"network.protocol.version": "1.1", "http.response.status_code": fmt.Sprintf("int_value:%d", res.StatusCode)}, attributesOf(outer.Attributes)); diff != "" {
				t.Errorf("HTTP span (-want +got)\n%s", diff)
			}
			if inner.Name != tt.span || inner.Kind.String() != "SPAN_KIND_SERVER" || !bytes.Equal(inner.ParentSpanId, outer.SpanId) || !bytes.Equal(inner.TraceId, outer.TraceId) {
				t.Errorf("MCP span %v", inner)
			}
			if diff := cmp.Diff(tt.attrs, attributesOf(inner.Attributes)); diff != "" {
				t.Errorf("MCP span (-want +got)\n%s", diff)
			}
			if got := inner.Status.GetCode().String() == "STATUS_CODE_ERROR"; got != tt.failed {
				t.Errorf("status %v", inner.Status)
			}
			if id := hex.EncodeToString(outer.TraceId); res.Header.Get("X-Request-Id") != id {
				t.Errorf("correlation id %s, trace %s", res.Header.Get("X-Request-Id"), id)
			} else if tt.attrs["mcpfleet.outcome"] != "" && !strings.Contains(r.log.String(), `"audit":true`) {
				t.Errorf("no audit line:\n%s", r.log)
			}
			if name := outer.resource["service.name"]; name != "mcp-demo" {
				t.Errorf("service %q", name)
			}
			if bytes.Contains(c.raw(), []byte("private")) || bytes.Contains(c.raw(), []byte("sesame")) {
				t.Error("what the caller sent is in a span")
			}
		})
	}
}

func TestSpansContinueTheCallersTrace(t *testing.T) {
	const other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	inMeta := `"traceparent":"` + other + `","tracestate":"rojo=1"`
	tests := []struct {
		name, member string
		header       []string
		outer, inner string // trace ids; "" is a new one
		linked       bool
		state        string
		correlation  string
		spans        int
	}{
		{"none", `"x":1`, nil, "", "", false, "", "", 2},
		{"header", `"x":1`, []string{"Traceparent", sampled, "Tracestate", "congo=2"}, aTrace, aTrace, false, "congo=2", aTrace, 2},
		{"meta", inMeta, nil, "", other[3:35], true, "rojo=1", "", 2},
		{"both", inMeta, []string{"Traceparent", sampled}, aTrace, other[3:35], true, "rojo=1", aTrace, 2},
		{"own id", `"x":1`, []string{"X-Request-Id", "mine-1"}, "", "", false, "", "mine-1", 2},
		{"secret id", `"x":1`, []string{"X-Request-Id", "ghp_0123456789abcdefghijABCDEFGHIJ"}, "", "", false, "", "", 2},
		{"not sampled", `"x":1`, []string{"Traceparent", dropped}, "", "", false, "", aTrace, 0},
		{"malformed", `"traceparent":"00-zz-1-01"`, []string{"Traceparent", "00-1-2-3"}, "", "", false, "", "", 2},
		{"secret state", `"x":1`, []string{"Traceparent", sampled, "Tracestate", "a=ghp_0123456789abcdefghijABCDEFGHIJ"}, aTrace, aTrace, false, "", aTrace, 2},
	}
	for _, way := range []string{"add", "plus"} { // answered directly, and by the SDK
		for _, tt := range tests {
			t.Run(way+"/"+tt.name, func(t *testing.T) {
				c := newCollector(t)
				r := newRig(t, Config{OTLPTracesEndpoint: c.url + "/v1/traces"})
				res, _ := r.post(t, withMeta(way, `{"a":1}`, tt.member),
					append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", way}, tt.header...)...)
				spans := c.spans(t, r.Server)
				if len(spans) != tt.spans {
					t.Fatalf("%d spans, want %d: %v", len(spans), tt.spans, spans)
				}
				correlation := res.Header.Get("X-Request-Id")
				if tt.correlation != "" && correlation != tt.correlation {
					t.Errorf("correlation id %s", correlation)
				}
				line := audited(t, r.log.String())
				if line["correlation_id"] != correlation {
					t.Errorf("audit line %v", line)
				}
				if tt.spans == 0 {
					if line["trace_id"] != nil {
						t.Errorf("audit line names a trace that is not kept: %v", line)
					}
					return
				}
				outer, inner := spans[0], spans[1]
				o, i := hex.EncodeToString(outer.TraceId), hex.EncodeToString(inner.TraceId)
				if tt.outer != "" && o != tt.outer || tt.inner != "" && i != tt.inner || tt.inner == "" && o != i {
					t.Errorf("traces %s and %s", o, i)
				}
				if tt.correlation == "" && correlation != o {
					t.Errorf("correlation id %s of the new trace %s", correlation, o)
				}
				if line["trace_id"] != i {
					t.Errorf("audit line %v", line)
				}
				if linked := len(inner.Links) == 1 && bytes.Equal(inner.Links[0].SpanId, outer.SpanId); linked != tt.linked {
					t.Errorf("links %v", inner.Links)
				}
				if inner.TraceState != tt.state {
					t.Errorf("state %q", inner.TraceState)
				}
			})
		}
	}
}

// audited returns the last audit line of a log.
func audited(t *testing.T, log string) map[string]any {
	t.Helper()
	var last map[string]any
	for line := range strings.Lines(log) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if m["audit"] == true {
			last = m
		}
	}
	if last == nil {
		t.Fatalf("no audit line in\n%s", log)
	}
	return last
}

// TestSessionsRequestsHaveTheirOwnSpans guards against the SDK's habit of giving
// the handlers of a session the context of its first request.
func TestSessionsRequestsHaveTheirOwnSpans(t *testing.T) {
	c := newCollector(t)
	r := newRig(t, Config{OTLPEndpoint: c.url})
	h, session := r.Handler(), ""
	for _, message := range []string{
		`"id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}`,
		`"method":"notifications/initialized"`,
		`"id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}`,
		`"id":3,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}`,
	} {
		req := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp", strings.NewReader(`{"jsonrpc":"2.0",`+message+`}`))
		req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
		if session != "" {
			req.Header.Set("Mcp-Session-Id", session)
			req.Header.Set("Mcp-Protocol-Version", "2025-11-25")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req) // and the span has ended, which is not so when a client has its answer
		if id := w.Header().Get("Mcp-Session-Id"); id != "" {
			session = id
		}
	}
	parents := make(map[string]string) // span id → name
	var calls []span
	for _, sp := range c.spans(t, r.Server) {
		parents[string(sp.SpanId)] = sp.Name
		if sp.Name == "tools/call add" {
			calls = append(calls, sp)
		}
	}
	if len(calls) != 2 || bytes.Equal(calls[0].TraceId, calls[1].TraceId) {
		t.Fatalf("calls %v", calls)
	}
	for _, sp := range calls {
		if parents[string(sp.ParentSpanId)] != "POST /mcp" {
			t.Errorf("parent %q", parents[string(sp.ParentSpanId)])
		}
		if v := attributesOf(sp.Attributes)["mcp.protocol.version"]; v != "2025-11-25" {
			t.Errorf("version %q", v)
		}
	}
}

// spanner is a service whose tool says which span it runs in, and continues it.
type spanner struct{}

func (spanner) Register(r *Registry) {
	AddTool(r, &mcp.Tool{Name: "span", Title: "Span", Description: "Names its span.", Annotations: ReadOnly(false)},
		func(ctx context.Context, _ none) (text, error) {
			sc := trace.SpanFromContext(ctx)
			_, up := sc.TracerProvider().Tracer("upstream").Start(ctx, "GET upstream", trace.WithSpanKind(trace.SpanKindClient))
			up.End()
			return text{sc.SpanContext().SpanID().String()}, nil
		}, Scope("span:read"))
}

func TestHandlersContinueTheTrace(t *testing.T) {
	c := newCollector(t)
	s, err := New("span", spanner{}, Config{OTLPEndpoint: c.url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ts := httptest.NewServer(s.Handler())
	t.Cleanup(ts.Close)
	r := &rig{Server: s, url: ts.URL + "/mcp"}
	_, body := r.call(t, "span", `{}`)
	spans := c.spans(t, s)
	if len(spans) != 3 {
		t.Fatalf("spans %v", spans)
	}
	call, up := spans[1], spans[2]
	if !strings.Contains(body, hex.EncodeToString(call.SpanId)) || up.Name != "GET upstream" || !bytes.Equal(up.ParentSpanId, call.SpanId) {
		t.Errorf("spans %v; %s", spans, body)
	}
}

func TestStdioSpansAreFlushed(t *testing.T) {
	c := newCollector(t)
	var out logBuffer
	log, err := logging.New(&out, "error", "json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New("demo", newDemo(), Config{OTLPEndpoint: c.url}, log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Replace(withMeta("add", `{"a":1}`, `"x":1`), "req-7", "req-6", 1) + "\n" + withMeta("add", `{"a":1}`, `"traceparent":"`+sampled+`"`) + "\n"
	if err := s.ServeStdio(t.Context(), strings.NewReader(lines), io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	traces := make(map[string]bool)
	for _, sp := range c.spans(t, &Server{}) {
		traces[hex.EncodeToString(sp.TraceId)] = true
		if sp.Name != "tools/call add" || attributesOf(sp.Attributes)["network.transport"] != "pipe" {
			t.Errorf("span %v", sp)
		}
	}
	if len(traces) != 2 || !traces[aTrace] {
		t.Errorf("traces %v", traces)
	}
	for line := range strings.Lines(out.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if id, _ := m["trace_id"].(string); m["audit"] == true && (!traces[id] || m["correlation_id"] != id) {
			t.Errorf("audit line %s", line)
		}
	}
}

func TestTelemetryIsOffUnlessAskedFor(t *testing.T) {
	const there = "http://127.0.0.1:1"
	tests := []struct {
		name            string
		cfg             Config
		traces, metrics bool
	}{
		{"nothing set", Config{}, false, false},
		{"endpoint", Config{OTLPEndpoint: there}, true, true},
		{"traces only", Config{OTLPTracesEndpoint: there}, true, false},
		{"metrics only", Config{OTLPMetricsEndpoint: there}, false, true},
		{"disabled", Config{OTLPEndpoint: there, OTelDisabled: "TRUE"}, false, false},
		{"not disabled", Config{OTLPEndpoint: there, OTelDisabled: "no"}, true, true},
		{"no traces", Config{OTLPEndpoint: there, OTelTraces: "none"}, false, true},
		{"no metrics", Config{OTLPEndpoint: there, OTelMetrics: "none"}, true, false},
	}
	for _, tt := range tests {
		o, err := newOTLP(t.Context(), "demo", tt.cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if (o.traces != "") != tt.traces || (o.metrics != "") != tt.metrics {
			t.Errorf("%s: traces %q, metrics %q", tt.name, o.traces, o.metrics)
		}
	}
	s, err := New("demo", newDemo(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.tracing != nil || s.meter.provider != nil || s.messages != nil || s.audits != nil {
		t.Error("something is on by default")
	}
	for _, endpoint := range []string{"collector:4318", "ftp://u:hunter2@c", "http://", "http://u:hunter2@%zz"} {
		_, err := New("demo", newDemo(), Config{OTLPEndpoint: endpoint}, nil)
		if err == nil || err.Error() != "OTEL_EXPORTER_OTLP_ENDPOINT: give a URL such as http://collector:4318" {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

func TestTheSDKReadsItsVariables(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_SERVICE_NAME", "shop-demo")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=blue")
	r := newRig(t, Config{OTLPEndpoint: c.url})
	r.call(t, "add", `{"a":1}`)
	spans := c.spans(t, r.Server)
	if len(spans) != 2 || spans[0].resource["service.name"] != "shop-demo" || spans[0].resource["deployment.environment.name"] != "test" || c.headers[0].Get("X-Tenant") != "blue" {
		t.Errorf("spans %v, header %v", spans, c.headers)
	}

	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
	r = newRig(t, Config{OTLPEndpoint: c.url})
	r.call(t, "add", `{"a":2}`)
	if more := c.spans(t, r.Server); len(more) != 2 {
		t.Errorf("%d spans more from a process that samples none", len(more)-2)
	}
	r.post(t, withMeta("add", `{"a":2}`, `"x":1`), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "add", "Traceparent", sampled)
	if more := c.spans(t, r.Server); len(more) != 4 {
		t.Errorf("%d spans more of a sampled parent, want 2", len(more)-2)
	}
}

func TestACollectorThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	release := make(chan struct{})
	ts := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(ts.Close)
	t.Cleanup(func() { close(release) })
	r := newRig(t, Config{OTLPEndpoint: ts.URL})
	r.call(t, "add", `{"a":1}`)
	start := time.Now()
	r.Server.Close()
	if d := time.Since(start); d < flushTime || d > 2*flushTime {
		t.Errorf("Close took %s", d)
	}
	if !strings.Contains(r.log.String(), "the last telemetry could not be sent") {
		t.Error("the log does not say that telemetry was lost")
	}
}

// TestTelemetryHeaders holds that headers that cannot be read are refused before
// anything can log them.
func TestTelemetryHeaders(t *testing.T) {
	for text, ok := range map[string]bool{
		"": true, " ": true, "x-team=s3cret": true, "a=1, b=2%3D": true, "a=": true,
		"x-team:s3cret": false, "s3cret": false, "a=1,s3cret": false, "a=%zzs3cret": false, "a b=s3cret": false, "=s3cret": false, "a=1,,b=2": false,
	} {
		s, err := New("demo", newDemo(), Config{OTLPHeaders: text}, nil)
		if ok != (err == nil) || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", text, err)
		}
		if s != nil {
			s.Close()
		}
	}
}
