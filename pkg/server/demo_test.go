package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// demo is a service whose tools misbehave in every way that a tool can.
type demo struct {
	started chan struct{} // receives when wait begins
	ended   chan error    // receives why wait ended
	gate    chan struct{} // lets wait end
	ready   error
	closed  bool

	mu      sync.Mutex
	changed map[string]func()
}

func newDemo() *demo {
	return &demo{started: make(chan struct{}, 100), ended: make(chan error, 100), gate: make(chan struct{}),
		changed: make(map[string]func())}
}

type demoConfig struct {
	Greeting string `name:"greeting" env:"DEMO_GREETING" default:"hello" help:"What to say."`
}

func openDemo(context.Context, demoConfig, *slog.Logger) (*demo, error) { return newDemo(), nil }

type none struct{}

type addInput struct {
	A     int64  `json:"a" jsonschema:"first"`
	B     int64  `json:"b,omitempty" jsonschema:"second"`
	ID    Int64  `json:"id,omitempty" jsonschema:"an id"`
	Mode  string `json:"mode,omitempty" enum:"plain,loud" default:"plain" jsonschema:"how"`
	Limit int    `json:"limit,omitempty" min:"1" max:"20" default:"5" alias:"max_results" jsonschema:"how many"`
}

type addOutput struct {
	Sum   int64  `json:"sum" jsonschema:"a + b"`
	ID    Int64  `json:"id" jsonschema:"the id"`
	Mode  string `json:"mode" jsonschema:"the mode"`
	Limit int    `json:"limit" jsonschema:"the limit"`
}

type text struct{ body string }

func (t text) Text() (string, any) { return t.body, map[string]int{"bytes": len(t.body)} }

type sizeInput struct {
	Bytes int `json:"bytes" jsonschema:"how many"`
}

const secret = "postgres://app:hunter2@db/prod"

func (d *demo) Register(r *Registry) {
	r.Describe("Demo", "Use it in tests.")
	read := Scope("demo:read")
	add := func(name string) *mcp.Tool {
		return &mcp.Tool{Name: name, Title: "T " + name, Description: "The tool " + name + ".", Annotations: ReadOnly(false)}
	}
	AddTool(r, add("add"), func(_ context.Context, in addInput) (addOutput, error) {
		return addOutput{in.A + in.B, in.ID, in.Mode, in.Limit}, nil
	}, read, Alias("plus"))
	AddTool(r, add("panic"), func(context.Context, none) (addOutput, error) { panic(secret) }, read)
	AddTool(r, add("leak"), func(context.Context, none) (addOutput, error) {
		return addOutput{}, fmt.Errorf("dial %s: refused", secret)
	}, read)
	AddTool(r, add("refuse"), func(context.Context, none) (addOutput, error) {
		return addOutput{}, toolerr.Wrap(errors.New(secret), toolerr.Conflict, "it changed; read it again")
	}, read)
	AddTool(r, add("wait"), d.wait, read)
	AddTool(r, add("short"), d.wait, read, Timeout(20*time.Millisecond))
	AddTool(r, add("count"), func(ctx context.Context, _ none) (text, error) {
		for i := range 5 {
			Progress(ctx).Report(float64(i+1), 5, "counting")
		}
		return text{"done"}, nil
	}, read)
	AddTool(r, add("text"), func(_ context.Context, in sizeInput) (text, error) {
		return text{strings.Repeat("x", in.Bytes)}, nil
	}, read)
	AddTool(r, add("small"), func(_ context.Context, in sizeInput) (text, error) {
		return text{strings.Repeat("x", in.Bytes)}, nil
	}, read, MaxResult(100))
	AddTool(r, &mcp.Tool{Name: "drop", Title: "Drop", Description: "The tool drop.", Annotations: &mcp.ToolAnnotations{}},
		func(context.Context, none) (text, error) { return text{"dropped"}, nil }, Scope("demo:write"), Writes())
	r.AddResource(&mcp.Resource{URI: "demo://one", Name: "one", Description: "One."}, d.readOne, read, TTL(time.Minute), Private())
	r.AddTemplate(&mcp.ResourceTemplate{URITemplate: "demo://item/{+path}", Name: "item", Description: "An item.", MIMEType: "text/plain"}, d.readItem, read)
	r.AddPrompt(&mcp.Prompt{Name: "ask", Description: "Asks.", Arguments: []*mcp.PromptArgument{{Name: "topic", Description: "what about", Required: true}}},
		func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			if req.Params.Arguments["topic"] == "panic" {
				panic(secret)
			}
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: req.Params.Arguments["topic"]}}}}, nil
		}, read)
	r.CompletePrompt("ask", "topic", func(_ context.Context, prefix string, _ map[string]string) ([]string, error) {
		var out []string
		for i := range 150 {
			out = append(out, fmt.Sprintf("%s%03d", prefix, i))
		}
		return out, nil
	})
}

func (d *demo) wait(ctx context.Context, _ none) (text, error) {
	d.started <- struct{}{}
	select {
	case <-ctx.Done():
		d.ended <- ctx.Err()
		return text{}, ctx.Err()
	case <-d.gate:
		d.ended <- nil
		return text{"waited"}, nil
	}
}

func (d *demo) readOne(context.Context, string, map[string]string) ([]*mcp.ResourceContents, error) {
	return []*mcp.ResourceContents{{Text: "1"}}, nil
}

func (d *demo) readItem(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	switch vars["path"] {
	case "missing":
		return nil, nil
	case "leak":
		return nil, errors.New(secret)
	case "wrapped":
		return nil, fmt.Errorf("dial %s: %w", secret, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "no such shelf"})
	}
	return []*mcp.ResourceContents{{Text: vars["path"]}}, nil
}

func (d *demo) Watch(ctx context.Context, uri string, changed func()) error {
	if uri != "demo://one" {
		return toolerr.New(toolerr.ResourceNotFound, "no such resource")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed[uri] = changed
	context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.changed, uri)
	})
	return nil
}

func (d *demo) touch(uri string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn := d.changed[uri]
	if fn != nil {
		fn()
	}
	return fn != nil
}

func (d *demo) Ready(context.Context) error { return d.ready }

func (d *demo) Close() error { d.closed = true; return nil }

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// rig is a served demo.
type rig struct {
	*demo
	*Server
	log *logBuffer
	url string
}

func newRig(t *testing.T, cfg Config) *rig {
	t.Helper()
	d := newDemo()
	r := newRigFor(t, d, cfg)
	r.demo = d
	return r
}

// newRigFor serves another service.
func newRigFor(t *testing.T, svc Service, cfg Config) *rig {
	t.Helper()
	r := &rig{log: new(logBuffer)}
	log, err := logging.New(r.log, "debug", "json")
	if err != nil {
		t.Fatal(err)
	}
	r.Server, err = New("demo", svc, cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(r.Handler())
	r.url = ts.URL + "/mcp"
	t.Cleanup(func() {
		r.Server.Close()
		ts.Close()
	})
	return r
}

// connect returns a client session of the newest protocol, or of the one given.
func (r *rig) connect(t *testing.T, version string, opts *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, opts)
	s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: r.url, DisableStandaloneSSE: opts == nil},
		&mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// post sends a body as a 2026-07-28 client does.
func (r *rig) post(t *testing.T, body string, header ...string) (*http.Response, string) {
	t.Helper()
	return r.to(t, "POST", "/mcp", body, append([]string{"Content-Type", "application/json", "Accept", "application/json, text/event-stream"}, header...)...)
}

// to sends a request to a path of the server.
func (r *rig) to(t *testing.T, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(r.url, "/mcp")+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`

// call is a modern tools/call with its headers.
func (r *rig) call(t *testing.T, tool, arguments string) (*http.Response, string) {
	t.Helper()
	return r.post(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,%s}}`, tool, arguments, meta),
		"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", tool)
}
