package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	keyForm  = regexp.MustCompile(`^mcpf_[A-Za-z0-9_-]{43}\n$`)
	lineForm = regexp.MustCompile(`(?m)^ci:sha256:[0-9a-f]{64}=files:read,tools$`)
)

func TestKeygen(t *testing.T) {
	status, stdout, stderr := command(t, nil, "keygen", "ci", "--scopes", "files:read, tools")
	if status != 0 || !keyForm.MatchString(stdout) || !lineForm.MatchString(stderr) {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
	}
	if strings.Contains(stderr, strings.TrimSpace(stdout)) {
		t.Errorf("the key is on stderr too: %s", stderr)
	}
}

func TestKeygenAsJSON(t *testing.T) {
	status, stdout, stderr := command(t, nil, "keygen", "ci", "--scopes", "files:read,tools", "--json")
	var got map[string]string
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || status != 0 || stderr != "" {
		t.Fatalf("status %d, %v\nstdout: %s\nstderr: %s", status, err, stdout, stderr)
	}
	if len(got) != 3 || got["name"] != "ci" || !keyForm.MatchString(got["key"]+"\n") || !lineForm.MatchString(got["line"]) {
		t.Errorf("got %v", got)
	}
}

func TestKeygenAppends(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	for _, name := range []string{"ci", "deploy"} {
		status, stdout, stderr := command(t, nil, "keygen", name, "--scopes", "files:read,tools", "--append", file)
		if status != 0 || !keyForm.MatchString(stdout) || stderr != "" {
			t.Fatalf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil || strings.Count(string(content), "\n") != 2 || !lineForm.Match(content) {
		t.Errorf("%v in the file:\n%s", err, content)
	}
	if fi, err := os.Stat(file); err != nil || fi.Mode() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	status, stdout, stderr := command(t, nil, "keygen", "ci", "--scopes", "tools", "--append", file)
	if status != 1 || stdout != "" || !strings.Contains(stderr, "line 3: a key of the same name as in line 1") {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(content) {
		t.Errorf("a line that was refused is in the file, %v:\n%s", err, after)
	}
}

func TestKeygenRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		argv   []string
		status int
		stderr string
	}{
		{"no name", []string{"--scopes", "tools"}, 2, `"<name>"`},
		{"no scopes", []string{"ci"}, 2, "say what the key may do, such as keygen ci --scopes SCOPE; mcp-demo tools lists the scopes"},
		{"an empty scope", []string{"ci", "--scopes", ""}, 2, "say what the key may do"},
		{"an unknown permission", []string{"ci", "--scopes", "tools,everything"}, 1, `permission "everything": give one of *`},
		{"a name with a colon", []string{"c:i", "--scopes", "tools"}, 1, "1 to 64 letters, digits"},
		{"a file in no directory", []string{"ci", "--scopes", "tools", "--append", filepath.Join(t.TempDir(), "missing", "keys")}, 1, "--append: open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, append([]string{"keygen"}, tt.argv...)...)
			if status != tt.status || stdout != "" || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
			}
		})
	}
}

func TestKeygenNotes(t *testing.T) {
	for _, tt := range []struct{ scopes, note string }{
		{"demo:read,demo:*,files:write,admin,*", ""},
		{"dmeo:read", "note: dmeo:read: the scopes of demo begin with demo:; mcp-demo tools lists the scopes\n"},
		{"demo:raed", "note: demo:raed: this is no usual level; the usual ones are read, write, admin, *; mcp-demo tools lists the scopes\n"},
		{"tools,files:delete", "note: files:delete: this is no usual level;"},
	} {
		status, stdout, stderr := command(t, nil, "keygen", "ci", "--scopes", tt.scopes, "--json")
		if status != 0 || stdout == "" || !strings.HasPrefix(stderr, tt.note) || tt.note == "" && stderr != "" {
			t.Errorf("%s: status %d\nstdout: %s\nstderr: %s", tt.scopes, status, stdout, stderr)
		}
	}
}
