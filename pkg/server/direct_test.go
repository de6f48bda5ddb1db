package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
)

// TestDirectAnswersAsTheSDKDoes sends each request through both ways and
// compares status, type and meaning of the answers.
func TestDirectAnswersAsTheSDKDoes(t *testing.T) {
	body := func(id, params string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{` + params + `}}`
	}
	const named = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"roots":{"listChanged":true}},` +
		`"io.modelcontextprotocol/clientInfo":{"name":"probe","version":"1","title":"Probe"},"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}`
	tests := []struct {
		name, body string
		header     []string
		direct     bool
	}{
		{"plain", body("1", `"name":"add","arguments":{"a":1},`+meta), nil, true},
		{"named client", body("1", `"name":"add","arguments":{"a":9007199254740993},`+named), nil, true},
		{"string id", body(`"a\u0062\"c"`, `"name":"add","arguments":{"a":1},`+meta), nil, true},
		{"negative id", body("-7", `"name":"add","arguments":{"a":1},`+meta), nil, true},
		{"no arguments", body("1", `"name":"add",`+meta), []string{"Mcp-Name", "add"}, true},
		{"null arguments", body("1", `"name":"add","arguments":null,`+meta), nil, true},
		{"wrong arguments", body("1", `"name":"add","arguments":{"b":"x","<&>":1},`+meta), nil, true},
		{"arguments of another shape", body("1", `"name":"add","arguments":[1],`+meta), nil, true},
		{"panic", body("1", `"name":"panic","arguments":{},`+meta), []string{"Mcp-Name", "panic"}, true},
		{"tool error", body("1", `"name":"refuse","arguments":{},`+meta), []string{"Mcp-Name", "refuse"}, true},
		{"text", body("1", `"name":"text","arguments":{"bytes":10},`+meta), []string{"Mcp-Name", "text"}, true},
		{"unknown members", body("1", `"name":"add","arguments":{"a":1},"extra":[{}],`+meta), nil, true},
		{"names of another case", `{"JSONRPC":"1.0","jsonrpc":"2.0","ID":9,"id":1,"method":"tools/call","Method":"x","params":{"Name":"x","name":"add","arguments":{"a":1},` + meta + `}}`, nil, true},
		{"repeated members", body("1", `"name":"text","name":"add","arguments":{},"arguments":{"a":1},`+meta), nil, true},
		{"escaped names", body("1", `"n\u0061me":"\u0061dd","arguments":{"a":1},`+meta), nil, true},
		{"white space", "\n " + body("1", ` "name" : "add" , "arguments" : { "a" : 1 } , `+meta) + " \r\n", nil, true},
		{"old tool name", body("1", `"name":"plus","arguments":{"a":1},`+meta), []string{"Mcp-Name", "plus"}, false},
		{"unknown tool", body("1", `"name":"nope","arguments":{"a":1},`+meta), []string{"Mcp-Name", "nope"}, false},
		{"no meta", body("1", `"name":"add","arguments":{"a":1}`), nil, false},
		{"no capabilities", body("1", `"name":"add","arguments":{"a":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}`), nil, false},
		{"capabilities of another shape", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, `:{}}`, `:[]}`, 1)), nil, false},
		{"elicitation of another shape", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, `:{}}`, `:{"elicitation":5}}`, 1)), nil, false},
		{"roots of another shape", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, `:{}}`, `:{"roots":5}}`, 1)), nil, false},
		{"client of another shape", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(named, `{"name":"probe","version":"1","title":"Probe"}`, `"probe"`, 1)), nil, false},
		{"log level of another shape", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, `{`, `{"io.modelcontextprotocol/logLevel":5,`, 1)), nil, false},
		{"other version in meta", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, "2026-07-28", "2025-11-25", 1)), nil, false},
		{"future version", body("1", `"name":"add","arguments":{"a":1},`+strings.Replace(meta, "2026-07-28", "2027-01-01", 1)), []string{"Mcp-Protocol-Version", "2027-01-01"}, false},
		{"wrong method header", body("1", `"name":"add","arguments":{"a":1},`+meta), []string{"Mcp-Method", "tools/list"}, false},
		{"wrong name header", body("1", `"name":"add","arguments":{"a":1},`+meta), []string{"Mcp-Name", "text"}, false},
		{"no accept", body("1", `"name":"add","arguments":{"a":1},`+meta), []string{"Accept", "application/json"}, false},
		{"other content type", body("1", `"name":"add","arguments":{"a":1},`+meta), []string{"Content-Type", "text/plain"}, false},
		{"content type with charset", body("1", `"name":"add","arguments":{"a":1},`+meta), []string{"Content-Type", "application/json; charset=utf-8"}, false},
		{"answers to input requests", body("1", `"name":"add","arguments":{"a":1},"inputResponses":{},`+meta), nil, false},
		{"notification", `{"jsonrpc":"2.0","method":"tools/call","params":{"name":"add","arguments":{"a":1},` + meta + `}}`, nil, false},
		{"null id", body("null", `"name":"add","arguments":{"a":1},`+meta), nil, false},
		{"bool id", body("true", `"name":"add","arguments":{"a":1},`+meta), nil, false},
		{"fractional id", body("1.0", `"name":"add","arguments":{"a":1},`+meta), nil, false},
		{"no version tag", `{"id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1},` + meta + `}}`, nil, false},
		{"params of another shape", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}`, nil, false},
	}
	r := newRig(t, Config{})
	d := newDispatcher(r.Server)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := func() *http.Request {
				req, err := http.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp", strings.NewReader(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				header := append([]string{"Content-Type", "application/json", "Accept", "application/json, text/event-stream",
					"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "add", "X-Request-Id", "same"}, tt.header...)
				for i := 0; i < len(header); i += 2 {
					req.Header.Set(header[i], header[i+1])
				}
				return req.WithContext(auth.WithCaller(req.Context(), auth.Everything(auth.Anonymous)))
			}
			p, err := peek([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := d.direct.accept(request(), p) != nil; got != tt.direct {
				t.Errorf("answered directly: %v, want %v", got, tt.direct)
			}
			ours, theirs := newRecorder(), newRecorder()
			d.ServeHTTP(ours, request())
			x := newExchange(request())
			x.stateless = true
			d.serve(theirs, request(), x, d.json, false)
			if ours.status != theirs.status {
				t.Errorf("status %d, the SDK's %d", ours.status, theirs.status)
			}
			for _, h := range []string{"Content-Type", "Cache-Control"} {
				if ours.header.Get(h) != theirs.header.Get(h) {
					t.Errorf("%s %q, the SDK's %q", h, ours.header.Get(h), theirs.header.Get(h))
				}
			}
			if diff := cmp.Diff(decoded(theirs.String()), decoded(ours.String())); diff != "" {
				t.Errorf("answers differ (-SDK +direct):\n%s", diff)
			}
		})
	}
}

// TestAnswersDoNotMix makes calls at the same time whose answers have lengths of
// their own: the buffers that they are written in are used again.
func TestAnswersDoNotMix(t *testing.T) {
	s, err := New("demo", newDemo(), Config{CallerConcurrency: 16}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	h := s.Handler()
	ask := func(id, bytes int) (got, want string) {
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"text","arguments":{"bytes":%d},%s}}`, id, bytes, meta)
		req := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/mcp", strings.NewReader(body))
		for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "text"} {
			req.Header.Set(k, v)
		}
		w := newRecorder()
		h.ServeHTTP(w, req)
		var a struct {
			ID     int `json:"id"`
			Result struct {
				Content []struct {
					Text string `json:"text"`
				} `json:"content"`
			} `json:"result"`
		}
		if err := json.Unmarshal([]byte(w.String()), &a); err != nil || len(a.Result.Content) == 0 {
			return w.String(), "an answer"
		}
		return fmt.Sprint(a.ID, len(a.Result.Content[0].Text)), fmt.Sprint(id, bytes)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 25 {
				bytes := 1 + (i*7919+n*10007)%(2*maxBuffer)
				if got, want := ask(i*100+n, bytes); got != want {
					t.Errorf("%d bytes: %.200s, want %s", bytes, got, want)
				}
			}
		})
	}
	wg.Wait()
}

// decoded is the meaning of a body, or the body itself if it is not JSON.
func decoded(body string) any {
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return body
	}
	if _, err := dec.Token(); err != io.EOF {
		return body
	}
	return v
}

// BenchmarkToolsCall measures a call with what is seen of it: nothing, and then
// each of the ways alone.
func BenchmarkToolsCall(b *testing.B) {
	collector := newCollector(b)
	logs := slog.New(slog.NewJSONHandler(io.Discard, nil))
	for _, bb := range []struct {
		name string
		cfg  Config
		log  *slog.Logger
	}{
		{"nothing", Config{}, nil},
		{"log", Config{}, logs},
		{"audit file", Config{AuditFile: filepath.Join(b.TempDir(), "audit")}, nil},
		{"metrics", Config{Admin: "127.0.0.1:1"}, nil},
		{"traces", Config{OTLPTracesEndpoint: collector.url}, nil},
		{"protocol", Config{DebugProtocol: true}, nil},
	} {
		b.Run(bb.name, func(b *testing.B) { benchmarkCall(b, bb.cfg, bb.log) })
	}
}

func benchmarkCall(b *testing.B, cfg Config, log *slog.Logger) {
	s, err := New("demo", newDemo(), cfg, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	h := s.Handler()
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1},` + meta + `}}`
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), "POST", "http://localhost/mcp", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
			"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "add"} {
			req.Header.Set(k, v)
		}
		w := newRecorder()
		if h.ServeHTTP(w, req); w.status != 200 {
			b.Fatal(w.String())
		}
	}
}
