//go:build e2e

package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
	"github.com/mcpfleet/mcpfleet/test/internal/openapi"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// patience is the longest that a test waits for one thing to happen. It decides
// no test on a machine that is merely slow.
const patience = 90 * time.Second

// What TestMain makes: the binary under test, the programs of npm, and GitHub's
// description.
var (
	binary string
	tools  *node.Tools
	api    *openapi.Document
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "github")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	if tools, err = node.Install(ctx); err == nil {
		api, err = openapi.Open(tools.GitHubAPI)
	}
	if err == nil {
		binary, err = proc.Build(ctx, "../../services/github", "./cmd/mcp-github", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// wait returns the context of one thing to wait for.
func wait(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// emulate starts a GitHub that ends with the test.
func emulate(t *testing.T) *emulator.GitHub {
	t.Helper()
	g, err := emulator.Start(wait(t), tools)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ends(t, g.Stop) })
	return g
}

// ends fails the test unless what it started ends as it should.
func ends(t *testing.T, stop func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := stop(ctx); err != nil {
		t.Error(err)
	}
}

// service is a process of the binary under test.
type service struct {
	*proc.Process
	url string
}

// serve runs the service before the API at url with a token. Nobody is asked
// before it writes.
func serve(t *testing.T, url, token string, flags ...string) *service {
	t.Helper()
	flags = append([]string{"--http", "127.0.0.1:0"}, flags...)
	return serveAs(t, url, []string{"GITHUB_TOKEN=" + token}, flags...)
}

// serveAs runs the service with further variables.
func serveAs(t *testing.T, url string, env []string, flags ...string) *service {
	t.Helper()
	s := launch(t, url, env, flags...)
	t.Cleanup(func() { s.end(t) })
	return s
}

// launch is serveAs for a service that the test ends.
func launch(t *testing.T, url string, env []string, flags ...string) *service {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"--github-api-url", url, "--write", "--confirm", "never", "--rate-limit", "off"}, flags...)...)
	cmd.Env = env
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	records, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(errors.Join(err, p.Kill()))
	}
	return &service{p, records[0].Text("url")}
}

// end ends the service, which must have run until now.
func (s *service) end(t *testing.T) {
	if !s.Running() {
		t.Errorf("the service has ended: %v", s.Kill())
		return
	}
	ends(t, s.Stop)
}

// client is a session with a service.
type client struct {
	*mcp.ClientSession
	tried *sync.Map // the names of tools that were called
}

func (s *service) connect(t *testing.T) client { return connect(t, s.url) }

func connect(t *testing.T, url string) client {
	t.Helper()
	return connectAs(t, url, "", "", nil)
}

// connectAs begins a session with a key, unless that is "", in a revision of the
// protocol: "" for the newest. ask is the person who is asked questions, if there
// is one.
func connectAs(t *testing.T, url, key, revision string, ask person) client {
	t.Helper()
	var options mcp.ClientOptions
	if ask != nil {
		options.ElicitationHandler = func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) { return ask(r.Params) }
		options.Capabilities = &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}}
	}
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &options)
	session, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: withKey(key)}},
		&mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	return client{session, &sync.Map{}}
}

// person answers what a server asks.
type person func(*mcp.ElicitParams) (*mcp.ElicitResult, error)

// withKey shows a key with each request, unless it is "".
type withKey string

func (k withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	if k != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+string(k))
	}
	return http.DefaultTransport.RoundTrip(r)
}

// reply is what a call of a tool came to.
type reply struct {
	// Text is all text that a model reads; Data what a program does.
	Text string
	Data map[string]any
	// Code and Message are those of a refusal.
	Code, Message string
	// SignIn is where the caller has to sign in first.
	SignIn string
	Raw    []byte
}

// args are those of a call.
type args map[string]any

// try calls a tool.
func (c client) try(ctx context.Context, tool string, a args) (reply, error) {
	c.tried.Store(tool, true)
	res, err := c.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: a})
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", tool, err)
	}
	var r reply
	if r.Raw, err = json.Marshal(res); err != nil {
		return reply{}, err
	}
	var texts []string
	for _, b := range res.Content {
		if text, ok := b.(*mcp.TextContent); ok {
			texts = append(texts, text.Text)
		}
	}
	r.Text = strings.Join(texts, "\n")
	r.Data, _ = res.StructuredContent.(map[string]any)
	if !res.IsError {
		return r, nil
	}
	var refusal struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Details struct {
				Required bool   `json:"auth_required"`
				URL      string `json:"url"`
			} `json:"details"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(texts[0]), &refusal); err != nil || refusal.Error.Code == "" {
		return r, errors.Join(fmt.Errorf("%s: a refusal without a code: %s", tool, r.Text), err)
	}
	r.Code, r.Message = refusal.Error.Code, refusal.Error.Message
	if refusal.Error.Details.Required {
		r.SignIn = refusal.Error.Details.URL
	}
	return r, nil
}

// call calls a tool, which must do it.
func (c client) call(t *testing.T, tool string, a args) reply {
	t.Helper()
	r, err := c.try(wait(t), tool, a)
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != "" {
		t.Fatalf("%s %v: %s: %s", tool, a, r.Code, r.Message)
	}
	return r
}

// refused calls a tool, which must refuse it with a code.
func (c client) refused(t *testing.T, code, tool string, a args) reply {
	t.Helper()
	r, err := c.try(wait(t), tool, a)
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != code {
		t.Errorf("%s %v: %q, %q; want %s\n%.500s", tool, a, r.Code, r.Message, code, r.Text)
	}
	return r
}

// has fails the test unless a reply's text has each of the words.
func (r reply) has(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(r.Text, w) {
			t.Errorf("%q is not in %.2000s", w, r.Text)
		}
	}
}

// with returns a copy of a with a further argument.
func (a args) with(name string, value any) args {
	b := args{name: value}
	for k, v := range a {
		if k != name {
			b[k] = v
		}
	}
	return b
}
