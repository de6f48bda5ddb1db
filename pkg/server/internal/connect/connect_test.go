package connect

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	remote = Target{Name: "demo", URL: "https://d.example.com/mcp?a=1&b=2"}
	local  = Target{Name: "demo", Program: "/opt/my tools/mcp-demo", Args: []string{"--greeting", "it's"},
		Env: []Variable{{Name: "DEMO_TOKEN"}, {Name: "DEMO_EXTRA", Optional: true}}}
)

func withKey(t Target) Target {
	t.KeyEnv = "DEMO_KEY"
	return t
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		client string
		target Target
		want   string // JSON, or a command
	}{
		{"claude-desktop", remote, `{"mcpServers":{"demo":{"command":"npx","args":["-y","mcp-remote","https://d.example.com/mcp?a=1&b=2"]}}}`},
		{"claude-desktop", withKey(remote), `{"mcpServers":{"demo":{"command":"npx","args":["-y","mcp-remote","https://d.example.com/mcp?a=1&b=2","--header","X-API-Key:${DEMO_KEY}"],"env":{"DEMO_KEY":"put the key here"}}}}`},
		{"claude-desktop", local, `{"mcpServers":{"demo":{"command":"/opt/my tools/mcp-demo","args":["--greeting","it's"],"env":{"DEMO_TOKEN":"put the value of DEMO_TOKEN here"}}}}`},
		{"claude-code", withKey(remote), `claude mcp add --transport http demo 'https://d.example.com/mcp?a=1&b=2' --header 'Authorization: Bearer ${DEMO_KEY}'` + "\n"},
		{"claude-code", local, `claude mcp add demo --env 'DEMO_TOKEN=${DEMO_TOKEN:-}' --env 'DEMO_EXTRA=${DEMO_EXTRA:-}' -- '/opt/my tools/mcp-demo' --greeting 'it'\''s'` + "\n"},
		{"cursor", withKey(remote), `{"mcpServers":{"demo":{"url":"https://d.example.com/mcp?a=1&b=2","headers":{"Authorization":"Bearer ${env:DEMO_KEY}"}}}}`},
		{"cursor", local, `{"mcpServers":{"demo":{"command":"/opt/my tools/mcp-demo","args":["--greeting","it's"],"env":{"DEMO_TOKEN":"${env:DEMO_TOKEN}","DEMO_EXTRA":"${env:DEMO_EXTRA}"}}}}`},
		{"vscode", withKey(remote), `{"servers":{"demo":{"type":"http","url":"https://d.example.com/mcp?a=1&b=2","headers":{"Authorization":"Bearer ${env:DEMO_KEY}"}}}}`},
		{"vscode", local, `{"servers":{"demo":{"type":"stdio","command":"/opt/my tools/mcp-demo","args":["--greeting","it's"],"env":{"DEMO_TOKEN":"${env:DEMO_TOKEN}","DEMO_EXTRA":"${env:DEMO_EXTRA}"}}}}`},
		{"gemini-cli", withKey(remote), `{"mcpServers":{"demo":{"httpUrl":"https://d.example.com/mcp?a=1&b=2","headers":{"Authorization":"Bearer $DEMO_KEY"}}}}`},
		{"gemini-cli", local, `{"mcpServers":{"demo":{"command":"/opt/my tools/mcp-demo","args":["--greeting","it's"],"env":{"DEMO_TOKEN":"${DEMO_TOKEN:-}","DEMO_EXTRA":"${DEMO_EXTRA:-}"}}}}`},
		{"opencode", withKey(remote), `{"mcp":{"demo":{"type":"remote","url":"https://d.example.com/mcp?a=1&b=2","enabled":true,"headers":{"Authorization":"Bearer {env:DEMO_KEY}"}}}}`},
		{"opencode", local, `{"mcp":{"demo":{"type":"local","command":["/opt/my tools/mcp-demo","--greeting","it's"],"enabled":true,"environment":{"DEMO_TOKEN":"{env:DEMO_TOKEN}","DEMO_EXTRA":"{env:DEMO_EXTRA}"}}}}`},
		{"inspector", withKey(remote), `npx -y @modelcontextprotocol/inspector --cli 'https://d.example.com/mcp?a=1&b=2' --transport http --method tools/list --header "Authorization: Bearer $DEMO_KEY"` + "\n"},
		{"inspector", local, `npx -y @modelcontextprotocol/inspector --cli -e DEMO_TOKEN="$DEMO_TOKEN" -e DEMO_EXTRA="$DEMO_EXTRA" '/opt/my tools/mcp-demo' --greeting 'it'\''s' --method tools/list` + "\n"},
	} {
		s, err := For(tt.client, tt.target)
		if err != nil {
			t.Errorf("%s: %v", tt.client, err)
			continue
		}
		if s.Language == "shell" {
			if diff := cmp.Diff(tt.want, s.Text); diff != "" || s.File != "" {
				t.Errorf("%s: file %q, command (-want +got):\n%s", tt.client, s.File, diff)
			}
			continue
		}
		if diff := cmp.Diff(parsed(t, tt.want), parsed(t, s.Text)); diff != "" || s.Language != "json" || s.File == "" {
			t.Errorf("%s: %q of %q (-want +got):\n%s", tt.client, s.Language, s.File, diff)
		}
		if strings.Contains(s.Text, `\u0026`) || !strings.HasSuffix(s.Text, "}\n") {
			t.Errorf("%s is not for people: %s", tt.client, s.Text)
		}
	}
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func TestEveryClient(t *testing.T) {
	for _, name := range Clients() {
		s, err := For(name, withKey(remote))
		if err != nil || s.Client != name || s.Title == "" || !strings.HasSuffix(s.Text, "\n") || !strings.Contains(s.Text, "DEMO_KEY") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if linked := name == "cursor" || name == "vscode"; linked != (s.Link != "") {
			t.Errorf("%s has the link %q", name, s.Link)
		}
	}
}

// The shell makes of a command the words that it was made of, and puts the key
// where it belongs.
func TestShellTakesCommandsApart(t *testing.T) {
	s, err := For("curl", withKey(remote))
	if err != nil {
		t.Fatal(err)
	}
	script := `DEMO_KEY='a b"$c'; curl() { printf '%s\n' "$@"; }; ` + s.Text
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	if err != nil {
		t.Fatalf("%v in %s", err, script)
	}
	want := []string{"-s", remote.URL, "-H", `Authorization: Bearer a b"$c`, "-H", "Content-Type: application/json",
		"-H", "Accept: application/json, text/event-stream", "-H", "Mcp-Protocol-Version: 2026-07-28", "-H", "Mcp-Method: tools/list", "-d"}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	body := got[len(got)-1]
	if diff := cmp.Diff(want, got[:len(got)-1]); diff != "" || !json.Valid([]byte(body)) {
		t.Errorf("body %s, words (-want +got):\n%s", body, diff)
	}
}

func TestLinks(t *testing.T) {
	target := local
	target.Name = "my demo&more"
	s, err := For("cursor", target)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.Link)
	if err != nil || u.Scheme != "cursor" || u.Host != "anysphere.cursor-deeplink" || u.Path != "/mcp/install" || u.Query().Get("name") != target.Name {
		t.Fatalf("%s: %v", s.Link, err)
	}
	config, err := base64.StdEncoding.DecodeString(u.Query().Get("config"))
	if err != nil {
		t.Fatal(err)
	}
	entry := parsed(t, s.Text).(map[string]any)["mcpServers"].(map[string]any)[target.Name]
	if diff := cmp.Diff(entry, parsed(t, string(config))); diff != "" {
		t.Errorf("cursor installs (-entry +link):\n%s", diff)
	}

	if s, err = For("vscode", target); err != nil {
		t.Fatal(err)
	}
	encoded, ok := strings.CutPrefix(s.Link, "vscode:mcp/install?")
	if !ok || strings.Contains(encoded, "+") {
		t.Fatal(s.Link)
	}
	decoded, err := url.PathUnescape(encoded)
	if err != nil {
		t.Fatal(err)
	}
	named := parsed(t, s.Text).(map[string]any)["servers"].(map[string]any)[target.Name].(map[string]any)
	named["name"] = target.Name
	if diff := cmp.Diff(any(named), parsed(t, decoded)); diff != "" {
		t.Errorf("VS Code installs (-entry +link):\n%s", diff)
	}
}

func TestRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		client string
		target Target
		want   string
	}{
		"an unknown client":       {"emacs", remote, "must be one of claude-desktop, "},
		"a program for curl":      {"curl", local, "give the URL"},
		"nothing to reach":        {"cursor", Target{Name: "demo"}, "neither a URL nor a program"},
		"a service without name":  {"cursor", Target{URL: remote.URL}, "without a name"},
		"a URL without a scheme":  {"cursor", Target{Name: "demo", URL: "d.example.com/mcp"}, "not the URL"},
		"a URL of another scheme": {"vscode", Target{Name: "demo", URL: "javascript:alert(1)"}, "not the URL"},
	} {
		if s, err := For(tt.client, tt.target); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
