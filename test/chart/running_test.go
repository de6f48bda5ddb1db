//go:build e2e

package chart

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// patience is the longest that a test waits for one thing to happen. It decides
// no test on a machine that is merely slow.
const patience = time.Minute

// service is a running program of the fleet.
type service struct {
	*proc.Process
	url, admin, key string
}

// start runs a program with the environment of a Deployment. What a Secret or a
// volume would bring is in files of this test, and addresses are of this machine.
func start(t *testing.T, name string, deployment object) *service {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(binaries, "mcp-"+name)
	key, line := keygen(t, binary)
	signing := make([]byte, 32)
	rand.Read(signing)
	contents := map[string]string{
		"MCP_API_KEYS_FILE":    line,
		"MCP_SIGNING_KEY_FILE": base64.StdEncoding.EncodeToString(signing) + "\n",
		// Nothing listens there: the service says so in its metrics, and runs.
		"MCP_REDIS_URL_FILE":   "redis://127.0.0.1:1\n",
		"DATABASE_URL_FILE":    "postgresql://me:secret@127.0.0.1:1/shop\n",
		"SLACK_BOT_TOKEN_FILE": "xoxb-chart\n",
	}
	cmd := exec.Command(binary)
	cmd.Dir = dir
	cmd.Env = []string{}
	for variable, value := range environment(t, deployment) {
		switch {
		case variable == "MCP_HTTP_ADDR" || variable == "MCP_ADMIN_ADDR":
			value = "127.0.0.1:0"
		case variable == "FILES_ROOT":
			value = dir
		case variable == "MCP_REPLICA_ADDR":
			// The port that is chosen here is not known yet, and no other replica asks.
			value = "127.0.0.1:8080"
		case strings.Contains(value, "$("):
			value = regexp.MustCompile(`\$\([A-Z_]+\)`).ReplaceAllString(value, "127.0.0.1")
		case strings.HasPrefix(value, "/etc/mcp/"):
			if contents[variable] == "" {
				t.Fatalf("this test has no file for %s", variable)
			}
			value = filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(value, []byte(contents[variable]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd.Env = append(cmd.Env, variable+"="+value)
	}
	p, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	s := &service{Process: p, key: key}
	for msg, url := range map[string]*string{"serving": &s.url, "serving operators": &s.admin} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		records, err := p.Await(ctx, msg, 1)
		if err != nil {
			t.Fatalf("with the environment of %v: %v", deployment, err)
		}
		*url = records[0].Text("url")
	}
	return s
}

// keygen makes an API key that may do everything.
func keygen(t *testing.T, binary string) (key, line string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "keygen", "test", "--scopes", "*")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return strings.TrimSpace(string(out)), lines[len(lines)-1] + "\n"
}

// post sends a message with further headers, and returns the status and the body.
func (s *service) post(t *testing.T, message string, headers ...string) (*http.Response, string) {
	t.Helper()
	return s.do(t, http.MethodPost, s.url, message, append([]string{"Authorization", "Bearer " + s.key}, headers...)...)
}

func (s *service) do(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res, contents(t, res.Body)
}

// call calls a tool without a session.
func (s *service) call(t *testing.T, tool, arguments string) {
	t.Helper()
	message := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"chart","version":"1"}}}}`, tool, arguments)
	res, body := s.post(t, message, "MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", tool)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s\n%s", tool, res.Status, body)
	}
}

// session begins and ends a session of an older protocol.
func (s *service) session(t *testing.T) {
	t.Helper()
	res, body := s.post(t, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"chart","version":"1"}}}`)
	id := res.Header.Get("Mcp-Session-Id")
	if id == "" {
		t.Fatalf("initialize: %s\n%s", res.Status, body)
	}
	s.do(t, http.MethodDelete, s.url, "", "Authorization", "Bearer "+s.key, "Mcp-Session-Id", id)
}

// metric matches a sample's name and labels in the text format.
var metric = regexp.MustCompile(`(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? `)

var label = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="`)

// refusing returns the URL of an upstream that takes no credential.
func refusing(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"message":"Bad credentials"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// exported returns the labels of each metric that the services really export
// when they are run as the chart runs them, with calls that succeed, fail and
// are refused.
func exported(t *testing.T) map[string]map[string]bool {
	t.Helper()
	list := objects(t, fmt.Sprintf(`
redis: {existingSecret: mcp-redis}
services:
  database: {enabled: true, secretFiles: {DATABASE_URL_FILE: {existingSecret: mcp-database}}}
  github: {enabled: true, config: {GITHUB_API_URL: %[1]s}}
  slack: {enabled: true, config: {SLACK_API_URL: %[1]s}, secretFiles: {SLACK_BOT_TOKEN_FILE: {existingSecret: mcp-slack}}}
`, refusing(t)))
	metrics := make(map[string]map[string]bool)
	for name, use := range map[string]func(s *service){
		"calculator": func(s *service) {
			s.call(t, "calculate", `{"expression":"1+1"}`)
			s.call(t, "calculate", `{"expression":"1/0"}`)
			s.session(t)
		},
		"files":    func(s *service) { s.call(t, "list_directory", `{"path":"."}`) },
		"database": func(*service) {},
		"github":   func(s *service) { s.call(t, "list_releases", `{"owner":"octocat","repo":"hello"}`) },
		"slack":    func(s *service) { s.call(t, "list_channels", `{}`) },
	} {
		s := start(t, name, one(t, list, "Deployment", name))
		use(s)
		s.do(t, http.MethodPost, s.url, "{}")
		res, body := s.do(t, http.MethodGet, s.admin, "")
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", s.admin, res.Status)
		}
		for _, m := range metric.FindAllStringSubmatch(body, -1) {
			if metrics[m[1]] == nil {
				metrics[m[1]] = make(map[string]bool)
			}
			for _, l := range label.FindAllStringSubmatch(m[2], -1) {
				metrics[m[1]][l[1]] = true
			}
		}
	}
	return metrics
}
