package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// canary is a secret that must not be found anywhere but where it was planted.
type canary struct {
	name   string
	value  string
	needle string // what is looked for
	random bool   // nothing about it says that it is a secret
}

var canaries = []canary{
	{"API key", "sk-Canary0123456789abcdefghij", "Canary0123456789", false},
	{"JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5LXNpZ25hdHVyZQ", "eyJzdWIiOiJjYW5hcnkifQ", false},
	{"password in a URL", "postgres://app:canary-hunter2@db.internal/prod", "canary-hunter2", false},
	{"GitHub token", "ghp_CanaryGitHub0123456789abcdefghijABCD", "CanaryGitHub", false},
	{"Slack token", "xoxb-123456789012-CanarySlackCanarySlack", "CanarySlack", false},
	{"random string", "5d41402abc4b2a76b9719d911017c592ae2b4c83", "5d41402abc4b2a76b971", true},
}

// leaky is a service that holds a secret and lets it into all that it says when
// something goes wrong.
type leaky struct{ secret atomic.Pointer[string] }

type echoInput struct {
	Token string `json:"token,omitempty" jsonschema:"what to say"`
}

// upstream is an error as an upstream service would word it.
func (l *leaky) upstream() error {
	return fmt.Errorf(`GET https://api.example.com: 401: {"message":"Bad credentials","token":%q}`, *l.secret.Load())
}

func (l *leaky) Register(r *Registry) {
	r.Describe("Leaky", "Use it in tests.")
	read := Scope("leaky:read")
	def := func(name string) *mcp.Tool {
		return &mcp.Tool{Name: name, Title: name, Description: "The tool " + name + ".", Annotations: ReadOnly(false)}
	}
	AddTool(r, def("echo"), func(_ context.Context, in echoInput) (text, error) { return text{in.Token}, nil }, read)
	AddTool(r, def("fail"), func(context.Context, echoInput) (text, error) { return text{}, l.upstream() }, read)
	AddTool(r, def("wrap"), func(context.Context, echoInput) (text, error) {
		return text{}, toolerr.Wrap(l.upstream(), toolerr.ServiceUnavailable, "the upstream is away")
	}, read)
	AddTool(r, def("panic"), func(context.Context, echoInput) (text, error) { panic(l.upstream()) }, read)
	r.AddTemplate(&mcp.ResourceTemplate{URITemplate: "leaky://{+path}", Name: "leaky", Description: "A thing."},
		func(_ context.Context, uri string, vars map[string]string) ([]*mcp.ResourceContents, error) {
			switch vars["path"] {
			case "fail":
				return nil, l.upstream()
			case "panic":
				panic(l.upstream())
			}
			return []*mcp.ResourceContents{{Text: uri}}, nil
		}, read)
	r.AddPrompt(&mcp.Prompt{Name: "ask", Description: "Asks.", Arguments: []*mcp.PromptArgument{{Name: "token", Description: "what"}}},
		func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			if req.Params.Arguments["token"] == "fail" {
				return nil, l.upstream()
			}
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: req.Params.Arguments["token"]}}}}, nil
		}, read)
}

func (l *leaky) Ready(context.Context) error {
	if l.secret.Load() == nil {
		return nil
	}
	return errors.Join(errors.New("not ready"), l.upstream())
}

// aviary is a leaky service with everything on that is seen of a service.
type aviary struct {
	*rig
	leaky     *leaky
	collector *collector
	audit     string
	own       bytes.Buffer // what the callers were told who planted a secret
	sessions  []string     // ids that the server gave to sessions: secrets of its own
}

func newAviary(t *testing.T) *aviary {
	a := &aviary{rig: &rig{log: new(logBuffer)}, leaky: new(leaky), collector: newCollector(t), audit: filepath.Join(t.TempDir(), "audit.log")}
	log, err := logging.New(a.log, "debug", "json")
	if err != nil {
		t.Fatal(err)
	}
	a.Server, err = New("leaky", a.leaky, Config{Admin: "127.0.0.1:1", AuditFile: a.audit, DebugProtocol: true, OTLPEndpoint: a.collector.url}, log)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(a.Handler())
	a.url = ts.URL + "/mcp"
	t.Cleanup(func() {
		a.Server.Close()
		ts.Close()
	})
	return a
}

// send posts a request of the method and keeps the answer.
func (a *aviary) send(t *testing.T, method, name, params string, header ...string) {
	t.Helper()
	res, body := a.post(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s,%s}}`, method, params, meta),
		append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", method, "Mcp-Name", name}, header...)...)
	fmt.Fprintln(&a.own, res.Header, body)
}

// sinks are all the places that others can look at.
func (a *aviary) sinks(t *testing.T) map[string]string {
	t.Helper()
	a.own.Reset()
	a.send(t, "tools/call", "echo", `"name":"echo","arguments":{"token":"other"}`)
	a.send(t, "tools/call", "fail", `"name":"fail","arguments":{}`)
	a.send(t, "tools/call", "sesame", `"name":"sesame","arguments":{}`)
	a.send(t, "resources/read", "leaky://fail", `"uri":"leaky://fail"`)
	a.send(t, "resources/list", "", `"cursor":""`)
	a.send(t, "tools/list", "", `"cursor":""`, "Mcp-Session-Id", "other")
	a.post(t, `{`)
	another := a.own.String() + "tools/call"
	sinks := map[string]string{"answers to another caller": another}
	for name, path := range map[string]string{"front page": "/", "readiness": "/readyz"} {
		sinks[name] = get(t, a.Handler(), path, "text/html") + "tools/call"
	}
	admin := a.AdminHandler()
	sinks["/metrics"] = get(t, admin, "/metrics", "*/*")
	sinks["/debug/mcp"] = get(t, admin, "/debug/mcp", "text/html")
	sinks["/debug/mcp as JSON"] = get(t, admin, "/debug/mcp", "application/json")
	if err := a.tracing.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.meter.provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	sinks["traces and metrics that were sent"] = string(a.collector.raw())
	sinks["log"] = a.log.String()
	b, err := os.ReadFile(a.audit)
	if err != nil {
		t.Fatal(err)
	}
	sinks["audit file"] = string(b)
	return sinks
}

func get(t *testing.T, h http.Handler, path, accept string) string {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost"+path, nil)
	req.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return fmt.Sprint(w.Header(), w.Body)
}

// TestNoSecretGetsOut plants secrets wherever one can come in and looks for them
// wherever something comes out. What cannot be known for a secret must not be
// written at all; only ids and names, which are there to be written, are judged
// by their looks, and are planted with secrets that have some.
func TestNoSecretGetsOut(t *testing.T) {
	origins := []struct {
		name    string
		judged  bool // by its looks
		private bool // its own caller must not see it either
		plant   func(t *testing.T, a *aviary, v string)
	}{
		{"arguments of a tool", false, false, func(t *testing.T, a *aviary, v string) {
			a.send(t, "tools/call", "echo", fmt.Sprintf(`"name":"echo","arguments":{"token":%q}`, v))
			a.send(t, "tools/call", "echo", fmt.Sprintf(`"name":"echo","arguments":{"unknown":%q}`, v))
			a.send(t, "tools/call", "echo", fmt.Sprintf(`"name":"echo","arguments":{"token":[%q]}`, v))
			a.send(t, "tools/call", "echo", fmt.Sprintf(`"name":"echo","arguments":{%q:1}`, v))
			a.send(t, "tools/call", "fail", fmt.Sprintf(`"name":"fail","arguments":{"token":%q}`, v))
		}},
		{"arguments of a prompt", false, false, func(t *testing.T, a *aviary, v string) {
			a.send(t, "prompts/get", "ask", fmt.Sprintf(`"name":"ask","arguments":{"token":%q}`, v))
			a.send(t, "prompts/get", "ask", fmt.Sprintf(`"name":"ask","arguments":{%q:"x"}`, v))
		}},
		{"URI of a resource", false, false, func(t *testing.T, a *aviary, v string) {
			for _, uri := range []string{"leaky://" + v, "other://" + v} {
				a.send(t, "resources/read", uri, fmt.Sprintf(`"uri":%q`, uri))
				a.send(t, "subscriptions/listen", "", fmt.Sprintf(`"notifications":{"resourceSubscriptions":[%q]}`, uri))
			}
		}},
		{"request headers", false, false, func(t *testing.T, a *aviary, v string) {
			for _, h := range [][2]string{{"Authorization", "Bearer " + v}, {"Authorization", v}, {"Cookie", "sid=" + v}, {"X-API-Key", v},
				{"Mcp-Session-Id", v}, {"Traceparent", v}, {"Mcp-Name", v}, {"Mcp-Method", v}, {"Mcp-Protocol-Version", v}, {"Origin", v},
				{"Host", v}, {"Last-Event-ID", v}, {"User-Agent", v}, {"Accept", v}, {"Content-Type", v}, {"Baggage", "token=" + v}, {"Forwarded", v}} {
				a.send(t, "tools/call", "echo", `"name":"echo","arguments":{}`, h[0], h[1])
			}
		}},
		{"path and query", false, false, func(t *testing.T, a *aviary, v string) {
			at := a.url
			for _, q := range []string{"?token=" + v, "?" + v, "/" + v} {
				a.url = at + q
				a.send(t, "tools/call", "echo", `"name":"echo","arguments":{}`)
			}
			a.url = at
		}},
		{"_meta", false, false, func(t *testing.T, a *aviary, v string) {
			for _, m := range []string{`"token":%q`, `"traceparent":%q`, `"tracestate":%q`, `"baggage":%q`, `"progressToken":%q`, `"io.modelcontextprotocol/logLevel":%q`,
				`"io.modelcontextprotocol/clientInfo":{"name":"probe","version":%[1]q,"title":%[1]q,"websiteUrl":%[1]q}`} {
				fmt.Fprintln(&a.own, second(a.post(t, withMeta("echo", `{}`, fmt.Sprintf(m, v)), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "echo")))
			}
		}},
		{"malformed bodies", false, false, func(t *testing.T, a *aviary, v string) {
			for _, body := range []string{`{"token":"` + v, v, `[` + v + `]`, `{"jsonrpc":"2.0","id":{"token":"` + v + `"},"method":"ping"}`, `{"jsonrpc":"` + v + `","id":1,"method":"ping"}`,
				`{"jsonrpc":"2.0","id":1,"result":{"token":"` + v + `"}}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"` + v + `"}`} {
				fmt.Fprintln(&a.own, second(a.post(t, body)))
			}
		}},
		{"a session of an older revision", false, false, func(t *testing.T, a *aviary, v string) {
			res, _ := a.post(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"experimental":{"token":{"v":%[1]q}}},"clientInfo":{"name":"probe","version":%[1]q}}}`, v))
			a.sessions = append(a.sessions, res.Header.Get("Mcp-Session-Id"))
			session := []string{"Mcp-Session-Id", res.Header.Get("Mcp-Session-Id"), "Mcp-Protocol-Version", "2025-11-25"}
			for _, call := range []string{`"tools/call","params":{"name":"fail","arguments":{"token":%q}}`, `"resources/read","params":{"uri":%q}`,
				`"resources/subscribe","params":{"uri":%q}`, `"completion/complete","params":{"ref":{"type":"ref/prompt","name":"ask"},"argument":{"name":"token","value":%q}}`} {
				a.post(t, `{"jsonrpc":"2.0","id":2,"method":`+fmt.Sprintf(call, v)+`}`, session...)
			}
			a.post(t, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":%q}}`, v), session...)
		}},
		{"stdio", false, false, func(t *testing.T, a *aviary, v string) {
			lines := strings.ReplaceAll(withMeta("echo", `{"token":"`+v+`"}`, `"token":"`+v+`","traceparent":"`+v+`"`)+"\n"+
				withMeta("fail", `{"token":"`+v+`"}`, `"x":1`)+"\n", "req-7", "req") + v + "\n" + `{"token":"` + v + "\n"
			if err := a.ServeStdio(t.Context(), strings.NewReader(lines), io.Discard); err != nil {
				t.Error(err)
			}
		}},
		{"an upstream's error", false, true, func(t *testing.T, a *aviary, v string) {
			a.send(t, "tools/call", "fail", `"name":"fail","arguments":{}`)
			a.send(t, "tools/call", "wrap", `"name":"wrap","arguments":{}`)
			a.send(t, "resources/read", "leaky://fail", `"uri":"leaky://fail"`)
			a.send(t, "prompts/get", "ask", `"name":"ask","arguments":{"token":"fail"}`)
		}},
		{"a panic", false, true, func(t *testing.T, a *aviary, v string) {
			a.send(t, "tools/call", "panic", `"name":"panic","arguments":{}`)
			a.send(t, "resources/read", "leaky://panic", `"uri":"leaky://panic"`)
		}},
		{"names and ids", true, false, func(t *testing.T, a *aviary, v string) {
			a.send(t, "tools/call", v, fmt.Sprintf(`"name":%q,"arguments":{}`, v))
			a.send(t, "prompts/get", v, fmt.Sprintf(`"name":%q,"arguments":{}`, v))
			a.send(t, v, "", `"x":1`)
			a.send(t, "tools/call", "echo", `"name":"echo","arguments":{}`, "X-Request-Id", v)
			a.send(t, "tools/call", "echo", `"name":"echo","arguments":{}`, "Traceparent", sampled, "Tracestate", "a="+v)
			a.post(t, strings.Replace(withMeta("echo", `{}`, `"x":1`), "req-7", v, 1), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "echo")
			for _, name := range []string{v, strings.Repeat("x", 60) + " " + v} {
				a.post(t, withMeta("echo", `{}`, fmt.Sprintf(`"io.modelcontextprotocol/clientInfo":{"name":%q,"version":"1"}`, name)), "Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "echo")
				a.post(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":%[1]q,"capabilities":{},"clientInfo":{"name":%[1]q,"version":"1"}}}`, name))
			}
			a.auditRefused(t.Context(), refusedForbidden, "key:ci", "tools/call", v)
			a.auditRefused(t.Context(), refusedForbidden, "key:ci", v, v)
		}},
	}
	for _, origin := range origins {
		t.Run(origin.name, func(t *testing.T) {
			a := newAviary(t)
			var planted []canary
			for _, c := range canaries {
				if origin.judged && c.random {
					continue
				}
				planted = append(planted, c)
				a.leaky.secret.Store(new("nothing"))
				if origin.private {
					a.leaky.secret.Store(&c.value)
				}
				origin.plant(t, a, c.value)
				if origin.private && strings.Contains(a.own.String(), c.needle) {
					t.Errorf("%s: its caller is told", c.name)
				}
			}
			for name, sink := range a.sinks(t) {
				if !strings.Contains(sink, "tools/call") {
					t.Errorf("%s shows nothing at all: %s", name, sink)
				}
				for _, c := range planted {
					if i := strings.Index(sink, c.needle); i >= 0 {
						t.Errorf("%s is in %s: …%q…", c.name, name, sink[max(0, i-300):min(len(sink), i+100)])
					}
				}
				for _, id := range a.sessions {
					if id == "" || strings.Contains(sink, id) {
						t.Errorf("the session id %q is in %s", id, name)
					}
				}
			}
		})
	}
}

func second[A, B any](_ A, b B) B { return b }
