package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestHostAndOriginPolicy(t *testing.T) {
	open := Config{HTTP: "127.0.0.1:8105"}
	named := Config{HTTP: "0.0.0.0:8080", Auth: []string{"none"}, AllowedHosts: []string{"files.internal", "*.Apps.example.com:443"}, PublicURL: "https://files.example.com/mcp",
		AllowedOrigins: []string{"https://app.example.com"}}
	tests := []struct {
		name   string
		cfg    Config
		header []string
		status int
		want   string
	}{
		{"no origin", open, nil, 200, ""},
		{"localhost", open, []string{"Host", "localhost:8105"}, 200, ""},
		{"ipv6 loopback", open, []string{"Host", "[::1]:8105"}, 200, ""},
		{"rebound name", open, []string{"Host", "evil.example.com"}, 403, `the Host \"evil.example.com\" is not one of this server's`},
		{"another machine's address on loopback", open, []string{"Host", "192.0.2.1"}, 403, "--allowed-hosts"},
		{"evil origin", open, []string{"Origin", "https://evil.example.com"}, 403, `the Origin \"https://evil.example.com\" may not use this server`},
		{"another port's origin", open, []string{"Host", "localhost:8105", "Origin", "http://localhost:3000"}, 403, "--allowed-origins"},
		{"null origin", open, []string{"Origin", "null"}, 403, "may not use this server"},
		{"own origin", open, []string{"Host", "localhost:8105", "Origin", "http://localhost:8105"}, 200, ""},
		{"cross-site without origin", open, []string{"Sec-Fetch-Site", "cross-site"}, 403, "cross-origin"},
		{"address", named, []string{"Host", "10.0.0.7:8080"}, 200, ""},
		{"allowed host", named, []string{"Host", "FILES.internal:80"}, 200, ""},
		{"public host", named, []string{"Host", "files.example.com"}, 200, ""},
		{"unknown host", named, []string{"Host", "evil.example.com"}, 403, "--allowed-hosts"},
		{"a name below an allowed domain", named, []string{"Host", "files.apps.example.com"}, 200, ""},
		{"a name far below an allowed domain", named, []string{"Host", "a.b.apps.example.com:80"}, 200, ""},
		{"the domain itself", named, []string{"Host", "apps.example.com"}, 403, "--allowed-hosts"},
		{"a dot and the domain", named, []string{"Host", ".apps.example.com"}, 403, "--allowed-hosts"},
		{"a name that ends like the domain", named, []string{"Host", "evilapps.example.com"}, 403, "--allowed-hosts"},
		{"a name above another domain", named, []string{"Host", "files.apps.example.com.evil.net"}, 403, "--allowed-hosts"},
		{"allowed origin", named, []string{"Host", "files.example.com", "Origin", "https://app.example.com"}, 200, ""},
		{"allowed origin by prefix", named, []string{"Host", "files.example.com", "Origin", "https://app.example.com.evil.net"}, 403, "--allowed-origins"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, tt.cfg)
			header := append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "server/discover"}, tt.header...)
			res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{`+meta+`}}`, header...)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
}

func TestAllowedHostsMustBeNames(t *testing.T) {
	for _, h := range []string{"", "*", "*.", "*:80", "*.:80", "*example.com", "a.*.com", "*.*.com", "https://a.example.com", "a.example.com/mcp"} {
		if _, err := newPolicy(Config{AllowedHosts: []string{h}}); err == nil || !strings.Contains(err.Error(), "give a host name") {
			t.Errorf("%q: %v", h, err)
		}
	}
}

func TestCORS(t *testing.T) {
	r := newRig(t, Config{AllowedOrigins: []string{"https://app.example.com"}})
	preflight := func(origin string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), "OPTIONS", r.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		req.Header.Set("Access-Control-Request-Method", "POST")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	res := preflight("https://app.example.com")
	if res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(res.Header.Get("Access-Control-Allow-Headers"), "Mcp-Method") || res.Header.Get("Vary") != "Origin" {
		t.Errorf("allowed origin: %d %v", res.StatusCode, res.Header)
	}
	if res := preflight("https://evil.example.com"); res.StatusCode != 403 || res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("evil origin: %d %v", res.StatusCode, res.Header)
	}
}

func TestBadBodies(t *testing.T) {
	r := newRig(t, Config{MaxBody: 1000})
	modern := []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "add"}
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"not JSON", `{"jsonrpc":`, 400, `"code":-32700`},
		{"two values", `{} {}`, 400, `"code":-32700`},
		{"too deep", strings.Repeat("[", 990) + "1", 400, `"code":-32700`},
		{"too big", `{"jsonrpc":"2.0","id":1,"x":"` + strings.Repeat("x", 1000) + `"}`, 413, "above the limit of 1000 bytes"},
		{"empty", ``, 400, `"code":-32700`},
	} {
		res, body := r.post(t, tt.body, modern...)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s", tt.name, res.StatusCode, body)
		}
		if _, body := r.call(t, "add", `{"a":1}`); !strings.Contains(body, `"sum":1`) {
			t.Fatalf("%s: the next call fails: %s", tt.name, body)
		}
	}
}

func TestPeekAgreesOnNesting(t *testing.T) {
	deep := strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)
	if _, err := peek([]byte(deep)); err != errTooDeep {
		t.Errorf("depth %d: %v", maxDepth+1, err)
	}
	if _, err := peek([]byte(`{"a":"` + deep + `","b":"\"[["}`)); err != nil {
		t.Errorf("brackets in strings count: %v", err)
	}
}

func TestAnswerIsJSONOrStream(t *testing.T) {
	r := newRig(t, Config{})
	with := func(member string) string { return strings.Replace(meta, `"_meta":{`, `"_meta":{`+member+`,`, 1) }
	for _, tt := range []struct{ name, tool, meta, contentType, want string }{
		{"plain", "add", meta, "application/json", `"sum":1`},
		{"null token", "add", with(`"progressToken":null`), "application/json", `"sum":1`},
		{"no progress to report", "add", with(`"progressToken":1`), "application/json", `"sum":1`},
		{"progress", "count", with(`"progressToken":"p<1>"`), "text/event-stream",
			`data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p<1>","progress":1,"total":5,"message":"counting"}}`},
		{"the answer after progress", "count", with(`"progressToken":7`), "text/event-stream", `"text":"done"`},
		{"token of another shape", "count", with(`"progressToken":1.5`), "text/event-stream", `"text":"done"`},
		{"log level", "add", with(`"io.modelcontextprotocol/logLevel":"info"`), "text/event-stream", `"sum":1`},
	} {
		arguments := `{"a":1}`
		if tt.tool == "count" {
			arguments = `{}`
		}
		res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+tt.tool+`","arguments":`+arguments+`,`+tt.meta+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", tt.tool)
		if got := res.Header.Get("Content-Type"); got != tt.contentType || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %s\n%s", tt.name, got, body)
		}
		if tt.contentType == "text/event-stream" && res.Header.Get("X-Accel-Buffering") != "no" {
			t.Errorf("%s: proxies may buffer the stream", tt.name)
		}
	}
}

func TestReportsAfterTheAnswerAreDropped(t *testing.T) {
	sent := 0
	r := &Reporter{notify: func(float64, float64, string) { sent++ }}
	r.Report(1, 2, "in time")
	r.end()
	r.Report(2, 2, "late")
	if sent != 1 {
		t.Errorf("%d reports were sent", sent)
	}
}

func TestEncodedName(t *testing.T) {
	r := newRig(t, Config{})
	for _, tt := range []struct {
		header string
		status int
	}{{"=?base64?YWRk?=", 200}, {"=?base64?c3Vi?=", 400}, {"=?base64?!?=", 400}, {"sub", 400}} {
		res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1},`+meta+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", tt.header)
		if res.StatusCode != tt.status {
			t.Errorf("Mcp-Name %q: %d %s", tt.header, res.StatusCode, body)
		}
	}
}

func TestCorrelationID(t *testing.T) {
	r := newRig(t, Config{})
	trace := "4bf92f3577b34da6a3ce929d0e0e4736"
	for _, tt := range []struct{ header, value, want string }{
		{"Traceparent", "00-" + trace + "-00f067aa0ba902b7-01", trace},
		{"X-Request-Id", "order-42", "order-42"},
		{"X-Request-Id", "bad id\t", ""},
		{"Traceparent", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", ""},
	} {
		res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1},`+meta+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "add", tt.header, tt.value)
		id := res.Header.Get("X-Request-Id")
		if tt.want != "" && id != tt.want || !safeID(id) {
			t.Errorf("%s %q: X-Request-Id %q", tt.header, tt.value, id)
		}
		if !strings.Contains(body, `"`+metaCorrelation+`":"`+id+`"`) || !strings.Contains(r.log.String(), `"correlation_id":"`+id+`"`) {
			t.Errorf("%q is not in the result's _meta and the log", id)
		}
	}
}

func TestDisconnectCancels(t *testing.T) {
	for _, era := range eras {
		r := newRig(t, Config{})
		session := r.connect(t, era, nil)
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "wait", Arguments: json.RawMessage(`{}`)})
			failed <- err
		}()
		<-r.started
		cancel()
		if err := <-r.ended; err != context.Canceled {
			t.Errorf("%s: the handler ended with %v", era, err)
		}
		<-failed
	}
}

// A client that just closes its connection says nothing, in the session era
// least of all.
func TestDroppedConnectionCancels(t *testing.T) {
	r := newRig(t, Config{})
	_, session := legacySession(t, r)
	for name, header := range map[string]string{
		"modern": "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: wait\r\n",
		"legacy": "Mcp-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + session + "\r\n",
	} {
		params := `"name":"wait","arguments":{}`
		if name == "modern" {
			params += "," + meta
		}
		body := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{` + params + `}}`
		c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/mcp"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n%sContent-Length: %d\r\n\r\n%s",
			header, len(body), body)
		<-r.started
		c.Close()
		if err := <-r.ended; err != context.Canceled {
			t.Errorf("%s: the handler ended with %v", name, err)
		}
	}
}

// legacySession initializes a session by hand and returns its answer and id.
func legacySession(t *testing.T, r *rig) (body, id string) {
	t.Helper()
	res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	id = res.Header.Get("Mcp-Session-Id")
	if res.StatusCode != 200 || id == "" {
		t.Fatalf("initialize: %d %s", res.StatusCode, body)
	}
	res, _ = r.post(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Mcp-Session-Id", id, "Mcp-Protocol-Version", "2025-11-25")
	if res.StatusCode != 202 {
		t.Fatalf("initialized: %d", res.StatusCode)
	}
	return body, id
}

func TestLegacyWithoutSession(t *testing.T) {
	r := newRig(t, Config{LegacySessions: "off"})
	res, body := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	if res.StatusCode != 200 || res.Header.Get("Mcp-Session-Id") != "" || !strings.Contains(body, `"protocolVersion":"2025-06-18"`) {
		t.Errorf("initialize: %d %v %s", res.StatusCode, res.Header, body)
	}
	res, body = r.post(t, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":2}}}`, "Mcp-Protocol-Version", "2025-06-18")
	if res.StatusCode != 200 || !strings.Contains(body, `"sum":2`) {
		t.Errorf("tools/call: %d %s", res.StatusCode, body)
	}
	_, body = r.post(t, `{"jsonrpc":"2.0","id":3,"method":"resources/subscribe","params":{"uri":"demo://one"}}`, "Mcp-Protocol-Version", "2025-06-18")
	if !strings.Contains(body, "needs a session") {
		t.Errorf("resources/subscribe: %s", body)
	}
	if res, err := http.Get(r.url); err != nil || res.StatusCode != 405 {
		t.Errorf("GET: %v %v", res.StatusCode, err)
	}
}

func TestHealth(t *testing.T) {
	r := newRig(t, Config{HTTP: "127.0.0.1:1", Admin: "127.0.0.1:2"})
	get := func(h http.Handler, path string) (int, string) {
		w := newRecorder()
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://10.1.2.3:8080"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		h.ServeHTTP(w, req)
		return w.status, w.String()
	}
	for _, h := range []http.Handler{r.Handler(), r.AdminHandler()} {
		for path, want := range map[string]string{"/livez": `{"status":"ok"}`, "/readyz": `{"status":"ready"}`, "/health": `{"status":"ready"}`} {
			if status, body := get(h, path); status != 200 || strings.TrimSpace(body) != want {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	}
	unready := newRig(t, Config{})
	unready.demo.ready = fmt.Errorf("dial %s: refused", secret)
	if status, body := get(unready.Handler(), "/readyz"); status != 503 || strings.Contains(body, "hunter2") {
		t.Errorf("/readyz of a service that is not ready: %d %s", status, body)
	}
	if status, _ := get(unready.Handler(), "/livez"); status != 200 {
		t.Errorf("/livez depends on the service: %d", status)
	}
	for _, path := range []string{"/metrics", "/debug/mcp", "/debug/pprof/"} {
		if status, _ := get(r.Handler(), path); status != 404 {
			t.Errorf("%s is public: %d", path, status)
		}
	}
	if status, _ := get(r.AdminHandler(), "/debug/mcp"); status != 404 {
		t.Errorf("messages are kept without being asked for: %d", status)
	}
	if status, _ := get(r.Handler(), "/"); status != 403 {
		t.Errorf("/ answers any Host: %d", status)
	}
}

func TestMetrics(t *testing.T) {
	r := newRig(t, Config{Admin: "127.0.0.1:1"})
	r.call(t, "add", `{"a":1}`)
	r.call(t, "leak", `{}`)
	r.call(t, "no_such_tool_"+strings.Repeat("x", 20), `{}`)
	w := newRecorder()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AdminHandler().ServeHTTP(w, req)
	for _, want := range []string{
		`mcp_server_operation_duration_seconds_count{gen_ai_tool_name="add",mcp_method_name="tools/call",network_transport="tcp"} 1`,
		`mcp_server_operation_duration_seconds_count{error_type="tool_error",gen_ai_tool_name="leak",mcp_method_name="tools/call",network_transport="tcp"} 1`,
		`mcp_server_operation_duration_seconds_count{error_type="-32602",mcp_method_name="tools/call",network_transport="tcp"} 1`,
		"go_goroutines",
	} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(w.String(), "no_such_tool") {
		t.Error("a caller can make new time series")
	}
}

// recorder is an http.ResponseWriter for handlers that need no connection.
type recorder struct {
	strings.Builder
	header http.Header
	status int
}

func newRecorder() *recorder               { return &recorder{header: make(http.Header), status: 200} }
func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }

func TestStreamKeepsAlive(t *testing.T) {
	r := newRig(t, Config{KeepAlive: 5 * time.Millisecond})
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.url, strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait","arguments":{},`+strings.Replace(meta, `"_meta":{`, `"_meta":{"progressToken":1,`, 1)+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "wait"} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req) // returns with the headers, which the first comment sends
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for range 3 {
		if !lines.Scan() || lines.Text() != ": keep-alive" || !lines.Scan() || lines.Text() != "" {
			t.Fatalf("got %q, want a comment", lines.Text())
		}
	}
	close(r.demo.gate)
	rest, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := string(rest)
	for lines.Scan() {
		all += lines.Text() + "\n"
	}
	if !strings.Contains(all, `"waited"`) {
		t.Errorf("the result did not come: %s", all)
	}
}

func TestErrorAfterComment(t *testing.T) {
	w := newRecorder()
	s := newStreamWriter(w, time.Hour)
	defer s.close()
	s.comment()
	s.Header().Set("Content-Type", "application/json")
	s.WriteHeader(404)
	fmt.Fprint(s, `{"error":1}`)
	if w.status != 200 || w.String() != ": keep-alive\n\nevent: message\ndata: {\"error\":1}\n\n" {
		t.Errorf("%d %q", w.status, w.String())
	}
}

func TestHandlerPanicIsContained(t *testing.T) {
	r := newRig(t, Config{})
	w := newRecorder()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.outermost(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) })).ServeHTTP(w, req)
	if w.status != 500 || strings.Contains(w.String(), "hunter2") {
		t.Errorf("%d %s", w.status, w.String())
	}
}

func TestBatches(t *testing.T) {
	r := newRig(t, Config{})
	ping := `{"jsonrpc":"2.0","id":%d,"method":"ping"}`
	batch := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(ping, i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for _, tt := range []struct {
		name, body string
		header     []string
		status     int
		want       string
	}{
		{"of an old client", batch(2), nil, 200, `"id":1`},
		{"too long", batch(101), nil, 400, "the batch has 101 messages; send at most 100"},
		{"after they were abolished", batch(1), []string{"Mcp-Protocol-Version", "2025-06-18"}, 400, "protocol 2025-06-18 has no batches"},
		{"stateless", batch(90_000), []string{"Mcp-Protocol-Version", "2026-07-28"}, 400, "protocol 2026-07-28 has no batches"},
	} {
		res, body := r.post(t, tt.body, tt.header...)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %.200s", tt.name, res.StatusCode, body)
		}
	}
}

func TestTextErrorAfterComment(t *testing.T) {
	w := newRecorder()
	s := newStreamWriter(w, time.Hour)
	defer s.close()
	s.comment()
	http.Error(s, "no such thing", 404)
	want := `event: message` + "\n" + `data: {"error":{"code":-32600,"message":"no such thing"},"id":null,"jsonrpc":"2.0"}` + "\n\n"
	if got := strings.TrimPrefix(w.String(), ": keep-alive\n\n"); w.status != 200 || got != want {
		t.Errorf("%d %q", w.status, got)
	}
}
