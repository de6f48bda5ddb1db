package messages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// newLog returns a Log that knows the tool add, and what it writes.
func newLog() (*Log, *bytes.Buffer) {
	var b bytes.Buffer
	return New(Options{
		Log:            slog.New(slog.NewJSONHandler(&b, nil)),
		StatelessSince: "2026-07-28",
		Name: func(method, name string) string {
			if method == "tools/call" && name == "add" {
				return name
			}
			return ""
		},
	}), &b
}

// oldestFirst is what is kept, without times.
func (l *Log) oldestFirst() []Message {
	list, _ := l.last()
	out := make([]Message, 0, len(list))
	for i := range list {
		out = append(out, list[len(list)-1-i])
	}
	return out
}

var ignoreTimes = cmpopts.IgnoreFields(Message{}, "Time", "Millis", "Bytes")

func TestPipe(t *testing.T) {
	l, logged := newLog()
	in := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
  {"params":{"name":"add","arguments":{"name":"x","id":7,"method":"m"}},"method":"tools\u002fcall","id":"a\"b","jsonrpc":"2.0"}` + "\r\n" + `
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"sesame","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}
nonsense
{"jsonrpc":"2.0","id":9,"result":{}}
[{"jsonrpc":"2.0","id":4,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/cancelled"}]
{"unfinished":`
	out := `{"jsonrpc":"2.0","id":1,"result":{"isError":false}}
{"jsonrpc":"2.0","id":9,"method":"roots/list"}
{"jsonrpc":"2.0","id":"a\"b","result":{"content":[{"isError":false}],"isError":true}}
{"jsonrpc":"2.0","id":3,"error":{"message":"{\"code\":1}","code":-32602}}
{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}
`
	var sink bytes.Buffer
	r, w := l.Pipe(strings.NewReader(in), &sink)
	if got, err := io.ReadAll(r); err != nil || string(got) != in {
		t.Fatalf("read %q, %v", got, err)
	}
	if _, err := io.WriteString(w, out); err != nil || sink.String() != out {
		t.Fatalf("wrote %q, %v", sink.String(), err)
	}
	msg := func(direction, era, kind, method, name, id, failure string) Message {
		return Message{Transport: "stdio", Direction: direction, Era: era, Kind: kind, Method: method, Name: name, ID: id, Error: failure}
	}
	want := []Message{
		msg("in", "session", "request", "initialize", "", "1", ""),
		msg("in", "session", "notification", "notifications/initialized", "", "", ""),
		msg("in", "session", "request", "tools/call", "add", `a"b`, ""),
		msg("in", "stateless", "request", "tools/call", "", "3", ""),
		msg("in", "session", "invalid", "", "", "", ""),
		msg("in", "session", "response", "", "", "9", ""),
		msg("in", "session", "request", "ping", "", "4", ""),
		msg("in", "session", "notification", "notifications/cancelled", "", "", ""),
		msg("out", "session", "response", "initialize", "", "1", ""),
		msg("out", "session", "request", "roots/list", "", "9", ""),
		msg("out", "session", "response", "tools/call", "add", `a"b`, "tool_error"),
		msg("out", "stateless", "response", "tools/call", "", "3", "-32602"),
		msg("out", "session", "response", "", "", "", "-32700"),
	}
	if diff := cmp.Diff(want, l.oldestFirst(), ignoreTimes); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := strings.Count(logged.String(), `"msg":"message"`); n != len(want) {
		t.Errorf("%d log lines for %d messages", n, len(want))
	}
	if strings.Contains(logged.String(), "sesame") {
		t.Error("a name that a caller made up is in the log")
	}
	if got := l.oldestFirst()[0].Bytes; got != len(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`) {
		t.Errorf("size %d", got)
	}
}

func TestHTTP(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}`
	tests := []struct {
		name    string
		version string
		body    string
		answer  http.HandlerFunc
		want    []Message
	}{
		{"json", "2026-07-28", call, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"jsonrpc":"2.0","id":1,`)
			io.WriteString(w, `"error":{"code":-32601}}`)
		}, []Message{
			{Direction: "in", Era: "stateless", Kind: "request", Method: "tools/call", Name: "add", ID: "1"},
			{Direction: "out", Era: "stateless", Kind: "response", Method: "tools/call", Name: "add", ID: "1", Error: "-32601", Status: 404},
		}},
		{"stream", "2025-11-25", call, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, ": keep-alive {}\n\nevent: message\nid: 1_0\nda")
			io.WriteString(w, "ta: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n: keep-alive\n\n")
			http.NewResponseController(w).Flush()
			io.WriteString(w, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
		}, []Message{
			{Direction: "in", Era: "session", Kind: "request", Method: "tools/call", Name: "add", ID: "1"},
			{Direction: "out", Era: "session", Kind: "notification", Method: "notifications/progress", Status: 200},
			{Direction: "out", Era: "session", Kind: "response", Method: "tools/call", Name: "add", ID: "1", Status: 200},
		}},
		{"accepted", "2025-11-25", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
		}, []Message{{Direction: "in", Era: "session", Kind: "notification", Method: "notifications/initialized"}}},
		{"refused without a message", "2025-11-25", call, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no", http.StatusMethodNotAllowed)
		}, []Message{
			{Direction: "in", Era: "session", Kind: "request", Method: "tools/call", Name: "add", ID: "1"},
			{Direction: "out", Era: "session", Kind: "refusal", Status: 405},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, _ := newLog()
			ts := httptest.NewServer(l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				tt.answer(w, r)
			})))
			defer ts.Close()
			req, err := http.NewRequestWithContext(t.Context(), "POST", ts.URL, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Mcp-Protocol-Version", tt.version)
			req.Header.Set("X-Request-Id", "c-1")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
			ts.Close() // the handler has returned
			for i := range tt.want {
				tt.want[i].Transport, tt.want[i].Correlation = "http", "c-1"
			}
			if diff := cmp.Diff(tt.want, l.oldestFirst(), ignoreTimes); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestOnlyTheLastAreKept(t *testing.T) {
	l, _ := newLog()
	r, _ := l.Pipe(strings.NewReader(strings.Repeat(`{"jsonrpc":"2.0","method":"m"}`+"\n", kept)+`{"jsonrpc":"2.0","method":"last"}`+"\n"), io.Discard)
	io.Copy(io.Discard, r)
	list, all := l.last()
	if len(list) != kept || all != kept+1 || list[0].Method != "last" {
		t.Errorf("%d of %d, the last is %v", len(list), all, list[0])
	}
}

func TestPendingRequestsAreBounded(t *testing.T) {
	l, _ := newLog()
	c := l.conversation("stdio", "session", "")
	for i := range 2 * maxPending {
		c.pass("in", facts{id: fmt.Sprint(i), method: `"m"`}, 0)
	}
	if len(c.pending) != maxPending {
		t.Errorf("%d requests are remembered", len(c.pending))
	}
}

func TestWhatIsShownIsShortAndHoldsNoSecret(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{`7`, "7"},
		{`null`, ""},
		{`"a\u0000b"`, "a\x00b"},
		{`"ghp_0123456789abcdefghijABCDEFGHIJ"`, "[redacted]"},
		{`"` + strings.Repeat("x", 100) + `"`, strings.Repeat("x", most) + "…"},
		{`"` + strings.Repeat("x", maxToken), "(too long)"},
		{`"https://u:` + strings.Repeat("p", 100) + `@h"`, "https://[redacted]@h"},
	} {
		if got := shown(tt.raw); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestPage(t *testing.T) {
	l, _ := newLog()
	get := func(target, accept string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), "GET", target, nil)
		req.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		l.ServeHTTP(w, req)
		return w
	}
	if w := get("/debug/mcp", "text/html"); !strings.Contains(w.Body.String(), "None yet.") {
		t.Errorf("empty page: %s", w.Body)
	}
	r, _ := l.Pipe(strings.NewReader(`{"jsonrpc":"2.0","id":"<script>","method":"<img src=x onerror=alert(1)>"}`+"\n"), io.Discard)
	io.Copy(io.Discard, r)

	w := get("/debug/mcp", "text/html,application/json;q=0.5")
	if body := w.Body.String(); !strings.Contains(body, "&lt;script&gt;") || strings.Contains(body, "<script") || strings.Contains(body, "<img") {
		t.Errorf("page: %s", body)
	}
	policy := w.Header().Get("Content-Security-Policy")
	_, style, _ := strings.Cut(w.Body.String(), "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "'sha256-"+digest(style)+"'") {
		t.Errorf("policy %s does not let the style of the page be", policy)
	}
	if !strings.Contains(style, "color-scheme: light dark") {
		t.Error("the page has one color scheme")
	}
	for _, w := range []*httptest.ResponseRecorder{get("/debug/mcp?format=json", "text/html"), get("/debug/mcp", "application/json")} {
		var got struct {
			Count    int
			Messages []Message
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Count != 1 || len(got.Messages) != 1 || got.Messages[0].ID != "<script>" {
			t.Errorf("%v: %s", err, w.Body)
		}
	}
}

// FuzzScanner holds that what is found does not depend on the pieces that a
// message comes in, and that it is what a decoder finds.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
		`{"id":"x","error":{"code":-32602}}`, `{"result":{"isError":true}}`, `[{"id":1,"method":"a"},{"id":2,"method":"b"}]`,
		`[[[[[[[[{"id":1}]]]]]]]]`, `{"id":"\"}`, `}}]]{{`, `{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}},"id":5,"method":"m"}`, ` `, `"s"`, `{"id":1}{"id":2}`,
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		scan := func(pieces ...[]byte) (list []facts) {
			s := scanner{emit: func(f facts) { list = append(list, f) }}
			for _, p := range pieces {
				s.feed(p)
			}
			s.finish()
			return list
		}
		at = max(0, min(at, len(data)))
		whole := scan(data)
		if diff := cmp.Diff(whole, scan(data[:at], data[at:]), cmp.AllowUnexported(facts{})); diff != "" {
			t.Fatalf("pieces differ (-whole +pieces)\n%s", diff)
		}
		total := 0
		for _, f := range whole {
			total += f.size
		}
		if total > len(data) {
			t.Fatalf("%d bytes in messages of %d", total, len(data))
		}
		var m map[string]json.RawMessage
		if json.Unmarshal(data, &m) != nil || m == nil || bytes.Count(data, []byte(`"method"`)) != 1 || bytes.Contains(data, []byte(`\`)) {
			return
		}
		if method := string(m["method"]); len(method) > 0 && len(method) < maxToken && method[0] == '"' && (len(whole) != 1 || text(whole[0].method) != text(method)) {
			t.Fatalf("method %s, found %v", method, whole)
		}
	})
}
