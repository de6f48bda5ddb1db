package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/auth/authtest"
)

// command runs a command line of the demo service.
func command(t *testing.T, environ []string, argv ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &process{name: "demo", stdin: strings.NewReader(""), stdout: &out, stderr: &errs, environ: environ, program: "/opt/bin/mcp-demo"}
	status = run(t.Context(), p, openDemo, argv)
	return status, out.String(), errs.String()
}

func TestCommandLine(t *testing.T) {
	r := newRig(t, Config{})
	taken := strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), "/mcp")
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t0k3n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	issuer := authtest.NewIssuer(t)
	tests := []struct {
		name           string
		argv           []string
		status         int
		stdout, stderr string // substrings
	}{
		{"serve ends with its input", nil, 0, "", ""},
		{"version", []string{"version"}, 0, "mcp-demo devel\n", ""},
		{"help", []string{"--help"}, 0, "Usage: mcp-demo", ""},
		{"unknown flag", []string{"--htpp", ":80"}, 2, "", `did you mean one of "--help", "--http"?`},
		{"unknown command", []string{"serv"}, 2, "", "did you mean the command serve?"},
		{"hint of a wrong flag", []string{"--htpp", ":80"}, 2, "", "\nRun mcp-demo serve --help for what there is.\n"},
		{"hint of a wrong flag after the command", []string{"serve", "--htpp", ":80"}, 2, "", "\nRun mcp-demo serve --help for"},
		{"hint of another command's wrong flag", []string{"--log-level", "debug", "tools", "--jsno"}, 2, "", "\nRun mcp-demo tools --help for"},
		{"hint of a missing argument", []string{"call"}, 2, "", "\nRun mcp-demo call --help for"},
		{"hint of a wrong command", []string{"serv"}, 2, "", "\nRun mcp-demo --help for"},
		{"bad size", []string{"--max-body", "many"}, 2, "", `"many" is not a size: give a number of bytes such as 4MiB`},
		{"bad enum", []string{"--legacy-sessions", "maybe"}, 2, "", "stateful"},
		{"open to everybody", []string{"--http", "0.0.0.0:8080"}, 1, "", "say --auth=none"},
		{"all interfaces by default", []string{"--http", ":8080"}, 1, "", "say --auth=none"},
		{"no port", []string{"--http", "localhost"}, 1, "", "give host:port"},
		{"no time to drain", []string{"--drain", "0s"}, 1, "", "--drain 0s: give a duration of at least 1ms"},
		{"a delay in the past", []string{"--drain-delay=-1s"}, 1, "", "--drain-delay -1s"},
		{"connections that end before they begin", []string{"--max-conn-age=-1s"}, 1, "", "--max-conn-age -1s"},
		{"a public name inside a cluster", []string{"--auth", "none", "--public-url", "http://files.tools.svc/mcp"}, 0, "", ""},
		{"a key on the command line", []string{"--api-key", "mcpf_x"}, 2, "", "--api-key: others can read a command line; set MCP_API_KEY instead, or give --api-key-file"},
		{"a password on the command line", []string{"--redis-url", "redis://:hunter2@db"}, 2, "", "set MCP_REDIS_URL instead, or give --redis-url-file"},
		{"keys without keys", []string{"--auth", "keys"}, 1, "", "--auth=keys: there are no keys"},
		{"oauth without an issuer", []string{"--auth", "oauth"}, 1, "", "--auth=oauth: give the authorization server"},
		{"none and keys", []string{"--auth", "none,keys"}, 1, "", "none does not go with another way"},
		{"none although there are keys", []string{"--auth", "none", "--api-keys-file", token}, 1, "", "leaves out the API keys"},
		{"an issuer without a URL of its own", []string{"--http", "0.0.0.0:0", "--oauth-issuer", "https://id.example.com"}, 1, "", "--oauth-issuer needs --public-url"},
		{"an audience without an issuer", []string{"--oauth-audience", "x"}, 1, "", "--oauth-audience goes with --oauth-issuer"},
		{"introspection without a client", []string{"--oauth-issuer", "https://id.example.com", "--public-url", "https://d.example.com", "--oauth-introspection-url", "https://id.example.com/i"}, 1, "", "needs --oauth-client-id-file"},
		{"no such authentication", []string{"--http", "127.0.0.1:0", "--auth", "magic"}, 1, "", "--auth"},
		{"tools", []string{"tools"}, 0, "add — T add [demo:read]\n    The tool add.\n  a (integer, required)\n      first\n", ""},
		{"tools by word", []string{"tools", "panic"}, 0, "panic — T panic", ""},
		{"tools as JSON", []string{"tools", "--json"}, 0, `"name": "add"`, ""},
		{"call", []string{"call", "add", "a=9007199254740993", "mode=loud", "id=12"}, 0,
			`{"sum":9007199254740993,"id":"12","mode":"loud","limit":5}` + "\n", ""},
		{"call remote", []string{"call", "add", "a=1", "--url", r.url, "--token-file", token}, 0, `"sum":1`, ""},
		{"call by an older name of an argument", []string{"call", "add", "a=1", "max_results=7"}, 0, `"limit":7`, ""},
		{"call by an older name, remote", []string{"call", "add", "a=1", "max_results=7", "--url", r.url, "--token-file", token}, 0, `"limit":7`, ""},
		{"call with what the tool does not take", []string{"call", "add", "a=1", "max_result=7"}, 1, "", `limit`},
		{"call text", []string{"call", "text", "bytes=3"}, 0, "xxx\n", ""},
		{"call what asks", []string{"call", "drop"}, 1, "", "; here, say --yes, or run this on a terminal\n"},
		{"call what asks, with yes", []string{"call", "drop", "--yes"}, 0, "dropped\n", ""},
		{"call as JSON", []string{"call", "text", "bytes=3", "--json"}, 0, `"text": "xxx"`, ""},
		{"call fails", []string{"call", "add", "a=x"}, 1, "", `INVALID_INPUT`},
		{"call of an unknown tool", []string{"call", "ad"}, 1, "", `no tool "ad"; did you mean add?`},
		{"call with a bare word", []string{"call", "add", "5"}, 1, "", `argument "5": write key=value`},
		{"call with an argument twice", []string{"call", "add", "a=1", "a=2"}, 1, "", `argument "a" is given twice`},
		{"call of nobody", []string{"call", "add", "a=1", "--url", "http://u:hunter2@127.0.0.1:1/mcp"}, 1, "",
			"nothing answers at http://[redacted]@127.0.0.1:1/mcp: connect: connection refused: start the service there, or correct the URL\n"},
		{"serve where another does", []string{"--http", taken}, 1, "", taken + ": bind: address already in use: end the program that has it, or give another port\n"},
		{"call without TLS by https", []string{"call", "add", "a=1", "--url", "https://" + taken + "/mcp"}, 1, "", "https://" + taken + "/mcp has no TLS: write http:// in the place of https://\n"},
		{"token without url", []string{"call", "add", "a=1", "--token-file", token}, 1, "", "--token-file goes with --url"},
		{"token file without a token", []string{"call", "add", "a=1", "--url", r.url, "--token-file", empty}, 1, "", "empty is empty: it must hold the key or token"},
		{"token file with a line of keys", []string{"call", "add", "a=1", "--url", r.url, "--token-file", os.Args[0]}, 1, "", "holds more than the key or token"},
		{"call of a host", []string{"call", "add", "a=1", "--url", "127.0.0.1:8105/mcp"}, 1, "", `--url "127.0.0.1:8105/mcp": give the whole URL`},
		{"call of another scheme", []string{"call", "add", "a=1", "--url", "ftp://h/mcp"}, 1, "", "give the whole URL"},
		{"call of no host", []string{"call", "add", "a=1", "--url", "http:///mcp"}, 1, "", "give the whole URL"},
		{"call of a URL in capitals", []string{"call", "add", "a=1", "--url", strings.Replace(r.url, "http", "HTTP", 1)}, 0, `"sum":1`, ""},
		{"doctor", []string{"doctor"}, 0, "ok    service: opens and is ready\n", ""},
		{"doctor finds a bad flag", []string{"doctor", "--http", "0.0.0.0:80"}, 1, "fail  configuration: --http 0.0.0.0:80", ""},
		{"doctor finds a taken address", []string{"doctor", "--http", taken}, 0, "warn  transport", ""},
		{"doctor as JSON", []string{"doctor", "--json"}, 0, `"state": "ok"`, ""},
		{"doctor counts keys", []string{"doctor", "--http", "127.0.0.1:0", "--api-key-file", token}, 0, "ok    API keys: 1\n", ""},
		{"doctor warns of an open door", []string{"doctor", "--http", "0.0.0.0:0", "--auth", "none"}, 0, "warn  callers: everybody who reaches 0.0.0.0:0 may call", ""},
		{"doctor warns of an open door behind a proxy", []string{"doctor", "--http", "127.0.0.1:0", "--public-url", "https://demo.example/mcp"}, 0, "warn  callers: everybody who reaches https://demo.example/mcp may call", ""},
		{"doctor asks the issuer", []string{"doctor", "--http", "127.0.0.1:0", "--oauth-issuer", issuer.URL}, 0, "ok    issuer " + issuer.URL + ": its keys can be fetched", ""},
		{"doctor finds a wrong issuer", []string{"doctor", "--http", "127.0.0.1:0", "--oauth-issuer", issuer.URL + "/"}, 1, "fail  issuer " + issuer.URL + "/: ", ""},
		{"config of a remote service", []string{"config", "cursor", "--url", "https://d.example.com/mcp"}, 0,
			`{
  "mcpServers": {
    "demo": {
      "url": "https://d.example.com/mcp"
    }
  }
}
`, "# merge into .cursor/mcp.json"},
		{"config of a process", []string{"config", "vscode", "--", "--greeting", "hi there"}, 0, `"hi there"`, ""},
		{"config as a command", []string{"config", "claude-code", "--", "--greeting", "it's"}, 0, `--greeting 'it'\''s'`, ""},
		{"config with a key", []string{"config", "cursor", "--url", "https://d.example.com/mcp", "--key-env", "DEMO_KEY"}, 0, `"Authorization": "Bearer ${env:DEMO_KEY}"`, ""},
		{"config with a key as a command", []string{"config", "claude-code", "--url", "https://d.example.com/mcp", "--key-env", "DEMO_KEY"}, 0,
			"https://d.example.com/mcp --header 'Authorization: Bearer ${DEMO_KEY}'\n", ""},
		{"config with a key in opencode", []string{"config", "opencode", "--url", "https://d.example.com/mcp", "--key-env", "DEMO_KEY"}, 0, `"Bearer {env:DEMO_KEY}"`, ""},
		{"config with a key for mcp-remote", []string{"config", "claude-desktop", "--url", "https://d.example.com/mcp", "--key-env", "DEMO_KEY"}, 0, `"X-API-Key:${DEMO_KEY}"`, ""},
		{"config with the key itself", []string{"config", "cursor", "--url", "https://d.example.com/mcp", "--key-env", "mcpf_x-y"}, 1, "", "give the name of an environment variable"},
		{"config with a key and no URL", []string{"config", "cursor", "--key-env", "DEMO_KEY"}, 1, "", "together with --url"},
		{"config with a key of letters alone", []string{"config", "cursor", "--url", "https://d.example.com/mcp", "--key-env", "mcpf_xyz"}, 1, "", "give the name of an environment variable"},
		{"config with a variable that begins with a digit", []string{"config", "cursor", "--url", "https://d.example.com/mcp", "--key-env", "1KEY"}, 1, "", "give the name of an environment variable"},
		{"config of a host", []string{"config", "cursor", "--url", "d.example.com/mcp"}, 1, "", `--url "d.example.com/mcp": give the whole URL`},
		{"config of a remote service with flags", []string{"config", "cursor", "--url", "https://d.example.com/mcp", "--", "--greeting", "hi"}, 1, "", "leave out what follows --"},
		{"config of plain http for mcp-remote", []string{"config", "claude-desktop", "--url", "http://d.example.com/mcp"}, 0, `"--allow-http"`, ""},
		{"config of an unknown client", []string{"config", "emacs"}, 2, "", "must be one of"},
		{"flags", []string{"flags"}, 0, `"MCP_HTTP_ADDR"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, tt.argv...)
			if status != tt.status || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
			}
		})
	}
}

func TestConfigForEveryClient(t *testing.T) {
	for _, client := range []string{"claude-desktop", "claude-code", "cursor", "vscode", "gemini-cli", "opencode"} {
		for _, extra := range [][]string{nil, {"--url", "https://d.example.com/mcp"}} {
			status, stdout, stderr := command(t, nil, append([]string{"config", client}, extra...)...)
			if status != 0 || !strings.Contains(stdout, "demo") {
				t.Errorf("%s %v: status %d\n%s%s", client, extra, status, stdout, stderr)
			}
			if client != "claude-code" && !json.Valid([]byte(stdout)) {
				t.Errorf("%s %v: not JSON: %s", client, extra, stdout)
			}
		}
	}
}

func TestConfigDoesNotRepeatAKey(t *testing.T) {
	_, stdout, stderr := command(t, nil, "config", "cursor", "--url", "https://d.example.com/mcp", "--key-env", "mcpf_xyz")
	if strings.Contains(stdout+stderr, "xyz") {
		t.Errorf("%s%s", stdout, stderr)
	}
}

func TestConfigAllowsPlainHTTPWhereItMust(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:8105/mcp", "http://localhost:8105/mcp", "https://d.example.com/mcp"} {
		if _, stdout, _ := command(t, nil, "config", "claude-desktop", "--url", url); strings.Contains(stdout, "--allow-http") {
			t.Errorf("%s: %s", url, stdout)
		}
	}
}

func TestUnknownVariablesWarn(t *testing.T) {
	status, _, stderr := command(t, []string{"MCP_HTTP_ADR=127.0.0.1:1", "MCP_SERVICE_HOST=10.0.0.1", "MCP_LOG_LEVEL=info", "HOME=/"})
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if !strings.Contains(stderr, `"name":"MCP_HTTP_ADR","did_you_mean":"MCP_HTTP_ADDR"`) || !strings.Contains(stderr, `"name":"MCP_SERVICE_HOST"`) {
		t.Errorf("stderr: %s", stderr)
	}
	if strings.Contains(stderr, "MCP_LOG_LEVEL") || strings.Contains(stderr, "HOME") {
		t.Errorf("a known or foreign variable is reported: %s", stderr)
	}
}

func TestFlagsFromTheEnvironment(t *testing.T) {
	t.Setenv("MCP_HTTP_ADDR", "0.0.0.0:80")
	if status, _, stderr := command(t, nil); status != 1 || !strings.Contains(stderr, "--auth=none") {
		t.Errorf("status %d: %s", status, stderr)
	}
	t.Setenv("MCP_HTTP_ADDR", "")
	t.Setenv("MCP_DRAIN", "soon")
	if status, _, stderr := command(t, nil); status != 2 || !strings.Contains(stderr, "MCP_DRAIN") && !strings.Contains(stderr, "--drain") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestFlagsAreAllListed(t *testing.T) {
	_, stdout, _ := command(t, nil, "flags")
	var flags []FlagInfo
	if err := json.Unmarshal([]byte(stdout), &flags); err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, f := range flags {
		if f.Help == "" {
			t.Errorf("--%s has no help", f.Name)
		}
		if len(f.Env) == 0 {
			t.Errorf("--%s has no environment variable", f.Name)
		}
		if f.Service {
			own = append(own, f.Name)
		}
	}
	if diff := cmp.Diff([]string{"greeting"}, own); diff != "" {
		t.Errorf("the service's own flags: %s", diff)
	}
}

func TestDefaults(t *testing.T) {
	c := Config{Drain: time.Second}.withDefaults()
	if c.Drain != time.Second || c.MaxBody != 4<<20 || c.ToolDeadline != time.Minute || c.LegacySessions != "stateful" {
		t.Errorf("got %+v", c)
	}
	if err := c.validate(); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{"512": 512, "512B": 512, "4KiB": 4096, "4MiB": 4 << 20, "1GiB": 1 << 30, "2MB": 2e6, "1 KB": 1000} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "x", "1.5MiB", "99999999GiB", "MiB"} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: accepted as %d", text, got)
		}
	}
}

func TestBearerGoesToItsURLOnly(t *testing.T) {
	seen := make(map[string]string)
	ts := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen[r.URL.Path] = r.Header.Get("Authorization") }))
	defer ts.Close()
	client := &http.Client{Transport: &bearer{token: "t0k3n", url: ts.URL + "/mcp"}}
	for _, path := range []string{"/mcp", "/other"} {
		res, err := client.Get(ts.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if diff := cmp.Diff(map[string]string{"/mcp": "Bearer t0k3n", "/other": ""}, seen); diff != "" {
		t.Error(diff)
	}
}

// private returns what writes files that only their owner reads, and their paths.
func private(t *testing.T) func(name, content string) string {
	dir := t.TempDir()
	return func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
}
