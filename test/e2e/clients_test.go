//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/node"
)

const (
	power = "1267650600228229401496703205376" // 2^100
	sum   = "9007199254740995"                // 9007199254740993 + 2, which no float64 holds
)

// client runs a client program in a home of its own, and returns what it wrote
// to its standard output.
type client struct {
	home string
	env  []string
}

func newClient(t *testing.T) *client {
	home := t.TempDir()
	return &client{home, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}}
}

// forClaude has Claude Code keep its files in the client's home, and to itself.
func (c *client) forClaude() {
	c.env = append(c.env, "CLAUDE_CONFIG_DIR="+filepath.Join(c.home, "config"),
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_TELEMETRY=1", "DISABLE_ERROR_REPORTING=1", "DISABLE_AUTOUPDATER=1")
}

func (c *client) run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.home, c.env, patience
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n%s", strings.Join(cmd.Args, " "), err, out, &stderr)
	}
	return string(out)
}

func install(t *testing.T) *node.Tools {
	t.Helper()
	tools, err := node.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// sawCall fails the test unless the server's log has a call by the client.
func (s *server) sawCall(t *testing.T, client string) {
	t.Helper()
	records, err := s.Await(wait(t), "tool call", 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := records[0].Text("client"); got != client {
		t.Errorf("the call in the log is by %q, not by %s", got, client)
	}
}

// A conversation is what a person says, the tool that the model then calls, and
// what must be in its result.
type conversation struct {
	says, tool string
	arguments  any
	want       string
}

// claudeCode lets Claude Code add a server, list it, and have a conversation. It
// is run without an account: a stand-in plays its model.
func claudeCode(t *testing.T, tools *node.Tools, name string, add []string, talk conversation) {
	t.Helper()
	tool := "mcp__" + name + "__" + talk.tool
	m := newModel(t, tool, talk.arguments)
	c := newClient(t)
	c.forClaude()
	c.env = append(c.env,
		"ANTHROPIC_BASE_URL="+m.URL, "ANTHROPIC_API_KEY=none",
		"HTTP_PROXY="+m.URL, "HTTPS_PROXY="+m.URL, "NO_PROXY=127.0.0.1",
	)
	claude := func(args ...string) string {
		return c.run(t, exec.CommandContext(wait(t), tools.Claude, args...))
	}
	claude(append([]string{"mcp", "add"}, add...)...)
	if list := claude("mcp", "list"); !strings.Contains(list, name+": ") || !strings.Contains(list, "Connected") {
		t.Errorf("claude mcp list: %s", list)
	}
	if said := claude("--print", talk.says, "--allowedTools", tool); strings.TrimSpace(said) != "done" {
		t.Errorf("claude says %q", said)
	}
	m.check(t, talk.want)
}

func TestClientClaudeCode(t *testing.T) {
	t.Parallel()
	tools := install(t)
	s := serve(t)
	for _, transport := range []struct {
		name string
		add  []string
	}{
		{"HTTP", []string{"--transport", "http", "calculator", s.url}},
		{"stdio", []string{"calculator", "--", calculator}},
	} {
		t.Run(transport.name, func(t *testing.T) {
			t.Parallel()
			claudeCode(t, tools, "calculator", transport.add, conversation{
				"How much is 9007199254740993 + 2?", "calculate", map[string]string{"expression": "9007199254740993 + 2"}, sum,
			})
			if transport.name == "HTTP" {
				s.sawCall(t, "claude-code")
			}
		})
	}
}

func TestClientInspector(t *testing.T) {
	t.Parallel()
	tools := install(t)
	s := serve(t)
	for _, transport := range []struct {
		name   string
		target []string
	}{
		{"HTTP legacy", []string{s.url, "--transport", "http", "--protocol-era", "legacy"}},
		{"HTTP modern", []string{s.url, "--transport", "http", "--protocol-era", "modern"}},
		{"stdio legacy", []string{calculator, "--protocol-era", "legacy"}},
		{"stdio modern", []string{calculator, "--protocol-era", "modern"}},
	} {
		t.Run(transport.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			inspect := func(args ...string) []byte {
				args = slices.Concat([]string{"--cli"}, transport.target, args)
				return []byte(c.run(t, tools.Command(wait(t), tools.Inspector, args...)))
			}
			var list struct {
				Tools []struct {
					Name        string         `json:"name"`
					InputSchema map[string]any `json:"inputSchema"`
				} `json:"tools"`
			}
			if out := inspect("--method", "tools/list"); json.Unmarshal(out, &list) != nil ||
				len(list.Tools) != 10 || list.Tools[0].Name != "calculate" || list.Tools[0].InputSchema["type"] != "object" {
				t.Errorf("tools/list: %s", out)
			}
			for expression, want := range map[string]string{"2^100": power, "9007199254740993+2": sum} {
				var got answer
				out := inspect("--method", "tools/call", "--tool-name", "calculate", "--tool-arg", "expression="+expression)
				if err := json.Unmarshal(out, &got.Result); err != nil || got.value() != want || !got.Result.Structured.Exact {
					t.Errorf("%s: %s", expression, out)
				}
			}
			if strings.HasPrefix(transport.name, "HTTP") {
				s.sawCall(t, "inspector-cli")
			}
		})
	}
}

// clientScript is a script that begins as a client of the TypeScript SDK. It is
// given to Node.js on standard input, where it cannot import files beside it.
func clientScript(t *testing.T, name string) []byte {
	t.Helper()
	var script []byte
	for _, path := range []string{"testdata/connect.mjs", "testdata/" + name} {
		part, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		script = append(script, part...)
	}
	return script
}

func TestClientTypeScriptSDK(t *testing.T) {
	t.Parallel()
	tools := install(t)
	script := clientScript(t, "session.mjs")
	type outcome struct {
		Server              string   `json:"server"`
		Tools               []string `json:"tools"`
		Prompts             []string `json:"prompts"`
		Templates           []string `json:"templates"`
		Power               string   `json:"power"`
		Sum                 string   `json:"sum"`
		Refused             bool     `json:"refused"`
		Greeting            string   `json:"greeting"`
		PromptHasExpression bool     `json:"promptHasExpression"`
		Completed           []string `json:"completed"`
	}
	want := outcome{
		Server: "mcp-calculator",
		Tools: []string{"calculate", "calculate_many", "convert_units", "date_calculate", "matrix", "number_theory", "plot_function",
			"solve_equation", "statistics", "verify_claim"},
		Prompts:   []string{"check_my_arithmetic", "compare_offers", "explain_calculation", "solve_word_problem"},
		Templates: []string{"calc://constants/{name}", "calc://functions/{name}", "calc://units/{dimension}", "greeting://{name}"},
		Power:     power, Sum: sum, Refused: true, Greeting: "Hello, Ada!",
		PromptHasExpression: true, Completed: []string{"2 * ceil("},
	}
	for _, edition := range []string{"v1", "v2"} {
		for _, kind := range []string{"http", "stdio"} {
			t.Run(edition+"/"+kind, func(t *testing.T) {
				t.Parallel()
				s := serve(t)
				target := s.url
				if kind == "stdio" {
					target = calculator
				}
				cmd := tools.Command(wait(t), "--input-type=module", "-", edition, kind, target)
				cmd.Dir, cmd.Stdin = tools.Dir, bytes.NewReader(script)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, &stderr)
				}
				var got outcome
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatalf("%v in %s", err, out)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("what the client got (-want +got):\n%s", diff)
				}
				if kind == "http" {
					s.sawCall(t, "typescript-"+edition)
				}
			})
		}
	}
}
