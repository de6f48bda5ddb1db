//go:build e2e

package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// patience is the longest that a test waits for one thing to happen. It decides
// no test on a machine that is merely slow.
const patience = 90 * time.Second

// What TestMain makes: the binary under test, the workspace of its own tests, and
// the programs of npm.
var (
	binary string
	fake   string
	tools  *node.Tools
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "slack")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	if tools, err = node.Install(ctx); err == nil {
		binary, err = proc.Build(ctx, "../../services/slack", "./cmd/mcp-slack", dir)
	}
	if err == nil {
		fake = filepath.Join(dir, "slacktest")
		err = buildFake(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// buildFake builds the tests of package slacktest, which only tests may import:
// their program serves a workspace too.
func buildFake(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", fake, "./internal/slacktest")
	cmd.Dir = "../../services/slack"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	return nil
}

// wait returns the context of one thing to wait for.
func wait(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// ends fails the test unless what it started ends as it should.
func ends(t *testing.T, stop func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := stop(ctx); err != nil {
		t.Error(err)
	}
}

// workspace is a Slack that keeps its state.
type workspace struct {
	// url is that of its Web API, with a slash at its end.
	url string
	// bot is an app's token, and user mona's.
	bot, user string
	// asBot is whether the service has the app's token in the place of mona's.
	asBot bool
	// emulated is whether it is emulate's.
	emulated bool
}

// own starts the workspace of the service's own tests.
func own(t *testing.T, flags ...string) workspace {
	t.Helper()
	p, err := proc.Start(fake, append([]string{"serve"}, flags...)...)
	if err != nil {
		t.Fatal(err)
	}
	serving, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(errors.Join(err, p.Kill()))
	}
	t.Cleanup(func() {
		defer p.Kill()
		if err := p.Stdin.Close(); err != nil {
			t.Error(err)
		}
		ends(t, p.Wait)
		if t.Failed() {
			t.Log(p.Log())
		}
	})
	return workspace{url: serving[0].Text("url"), bot: "xoxb-fake-bot", user: "xoxp-fake-mona"}
}

// emulated starts the workspace of emulate, behind what adapts it.
func emulated(t *testing.T) (workspace, *adapter) {
	t.Helper()
	s, err := emulator.StartSlack(wait(t), tools)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ends(t, s.Stop) })
	a := adapt(t, s.URL, emulator.SlackBot, emulator.SlackUser)
	return workspace{url: a.url, bot: emulator.SlackBot, user: emulator.SlackUser, emulated: true}, a
}

// ask calls a method of the workspace itself.
func (w workspace) ask(t *testing.T, token, method string, args ...string) map[string]any {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	got, err := post(wait(t), w.url+method, token, form)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// post calls a method.
func post(ctx context.Context, address, token string, form url.Values) (map[string]any, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", address, res.Status, err)
	}
	return got, nil
}

// session is a client of the service.
type session struct{ *mcp.ClientSession }

// serve runs the service before a workspace, with one token.
func (w workspace) serve(t *testing.T, flags ...string) session {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"--http", "127.0.0.1:0", "--slack-api-url", w.url, "--confirm", "never", "--rate-limit", "off"}, flags...)...)
	cmd.Env = []string{"SLACK_USER_TOKEN=" + w.user}
	if w.asBot {
		cmd.Env = []string{"SLACK_BOT_TOKEN=" + w.bot}
	}
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	records, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(errors.Join(err, p.Kill()))
	}
	t.Cleanup(func() {
		log := p.Log()
		ends(t, p.Stop)
		token := strings.Split(cmd.Env[0], "=")[1]
		if strings.Contains(log, token) {
			t.Error("the token is in the log")
		}
	})
	return connect(t, records[0].Text("url"), "", "", nil)
}

// connect begins a session with a key, unless that is "", in a revision of the
// protocol: "" for the newest. ask is told of a page that a person has to open, and
// says whether the person does; nil is a client that cannot ask.
func connect(t *testing.T, url, key, revision string, ask func(page string) bool) session {
	t.Helper()
	var options mcp.ClientOptions
	if ask != nil {
		options.Capabilities = &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}}
		options.ElicitationHandler = func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			if r.Params.URL == "" || !ask(r.Params.URL) {
				return &mcp.ElicitResult{Action: "decline"}, nil
			}
			return &mcp.ElicitResult{Action: "accept"}, nil
		}
	}
	return connectWith(t, url, key, revision, &options)
}

func connectWith(t *testing.T, url, key, revision string, options *mcp.ClientOptions) session {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, options)
	s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: withKey(key)}},
		&mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return session{s}
}

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
	data   map[string]any
	text   string
	failed bool
}

// try calls a tool.
func (s session) try(ctx context.Context, tool string, args map[string]any) (reply, error) {
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", tool, err)
	}
	r := reply{failed: res.IsError}
	for _, b := range res.Content {
		if text, ok := b.(*mcp.TextContent); ok {
			r.text += text.Text
		}
	}
	r.data, _ = res.StructuredContent.(map[string]any)
	return r, nil
}

// call calls a tool.
func (s session) call(t *testing.T, tool string, args map[string]any) reply {
	t.Helper()
	r, err := s.try(wait(t), tool, args)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// control asks the workspace of the service's own tests for what Slack has not.
func (w workspace) control(t *testing.T, what string, form url.Values) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(wait(t), http.MethodPost, strings.TrimSuffix(w.url, "api/")+"control/"+what, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %v", what, res.Status, err)
	}
	return text
}

// reader runs Slack's own client, which reads a channel and a thread of it.
func (w workspace) reader(t *testing.T, channel, thread string) (read struct {
	Channel struct {
		Name, Purpose string
		Private       bool
	}
	History, Replies []sighting
}) {
	t.Helper()
	cmd := tools.Command(wait(t), "testdata/read.mjs", tools.SlackClient, w.url, w.user, channel, thread)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// sighting is a message as Slack's own client sees it.
type sighting struct {
	TS, Text, User string
	Edited         bool
	Reactions      []string
}
