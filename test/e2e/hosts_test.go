//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// A host is a program in which people use servers.
type host struct {
	// client is its name for the command config.
	client string
	// file is where people keep its servers, below their home.
	file string
	// prepare makes a home in which the host does what it is told.
	prepare func(t *testing.T, c *client, tools *node.Tools)
	// list is the command that connects to every server.
	list func(ctx context.Context, tools *node.Tools) *exec.Cmd
	// connected matches the line of the server that is called %s.
	connected string
}

var hosts = []host{
	{
		client: "claude-code",
		prepare: func(t *testing.T, c *client, tools *node.Tools) {
			bin := t.TempDir() // what config prints begins with claude, which the shell looks for
			if err := os.Symlink(tools.Claude, filepath.Join(bin, "claude")); err != nil {
				t.Fatal(err)
			}
			c.forClaude()
			c.env = append(c.env, "PATH="+bin+":"+os.Getenv("PATH"))
		},
		list: func(ctx context.Context, tools *node.Tools) *exec.Cmd {
			return exec.CommandContext(ctx, tools.Claude, "mcp", "list")
		},
		connected: `(?m)^%s: .* (✔|✓) Connected$`,
	},
	{
		client: "gemini-cli",
		file:   ".gemini/settings.json",
		prepare: func(t *testing.T, c *client, _ *node.Tools) {
			// What a person answers when the host asks whether to trust a folder.
			writeJSON(t, filepath.Join(c.home, ".gemini", "trustedFolders.json"), map[string]string{c.home: "TRUST_FOLDER"})
		},
		list: func(ctx context.Context, tools *node.Tools) *exec.Cmd {
			return tools.Command(ctx, tools.Gemini, "mcp", "list")
		},
		connected: `(?m)^✓ %s: .* - Connected$`,
	},
	{
		client:  "opencode",
		file:    "opencode.json",
		prepare: func(_ *testing.T, c *client, _ *node.Tools) { c.env = append(c.env, "OPENCODE_DISABLE_AUTOUPDATE=1") },
		list: func(ctx context.Context, tools *node.Tools) *exec.Cmd {
			return exec.CommandContext(ctx, tools.OpenCode, "mcp", "list")
		},
		connected: `(?m)^.\s+✓ %s connected$`,
	},
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// add gives the host what config prints for a service, as a person would: a
// command is run, and JSON is merged into the host's file.
func (h host) add(t *testing.T, c *client, binary string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(wait(t), binary, append([]string{"config", h.client}, args...)...)
	cmd.Env = []string{}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s config %s: %v", filepath.Base(binary), h.client, err)
	}
	if h.file == "" {
		c.run(t, exec.CommandContext(wait(t), "sh", "-c", string(out)))
		return
	}
	path := filepath.Join(c.home, h.file)
	var merged, more map[string]map[string]any
	if text, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(text, &merged); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(out, &more); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for key, servers := range more {
		for name, server := range servers {
			if merged[key] == nil {
				merged = map[string]map[string]any{key: {}}
			}
			merged[key][name] = server
		}
	}
	writeJSON(t, path, merged)
}

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// connects returns which of the services the host says it is connected to, and
// all that it says.
func (h host) connects(t *testing.T, c *client, tools *node.Tools, env ...string) (names []string, said string) {
	t.Helper()
	cmd := h.list(wait(t), tools)
	// There is no way out of the machine: a listing needs none.
	cmd.Dir, cmd.WaitDelay = c.home, patience
	cmd.Env = slices.Concat(c.env, []string{"HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1"}, env)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", h.client, err, out)
	}
	said = colours.ReplaceAllString(string(out), "")
	for _, s := range fleet {
		if regexp.MustCompile(strings.Replace(h.connected, "%s", s, 1)).MatchString(said) {
			names = append(names, s)
		}
	}
	return names, said
}

// fleet names the services.
var fleet = []string{"calculator", "files", "database", "github", "slack"}

// binaryOf is the binary of a service.
func binaryOf(name string) string {
	return map[string]string{"calculator": calculator, "files": files, "database": database, "github": github, "slack": slack}[name]
}

// fleetKey is the API key of the services that hosts reach over HTTP.
const fleetKey = "a-key-of-the-fleet-0123456789"

// serveFleet runs every service over HTTP for whoever has the key, and returns
// their URLs. mcp-github and mcp-slack have no token: they start all the same.
func serveFleet(t *testing.T, databaseURL string) map[string]string {
	t.Helper()
	urls := map[string]string{}
	keys := keysFile(t, fleetKey+"=*")
	more := map[string][]string{
		"files": {"--root", folder(t, map[string]string{"a.txt": "a"})}, "database": {"--database-url-file", urlFile(t, databaseURL)},
	}
	processes := map[string]*proc.Process{}
	for _, s := range fleet {
		args := slices.Concat([]string{"--http", "127.0.0.1:0", "--auth", "keys", "--api-keys-file", keys}, more[s])
		processes[s] = startBinary(t, binaryOf(s), args...)
	}
	for s, p := range processes {
		urls[s] = serving(t, p).url
	}
	return urls
}

// Hosts connect to every service with what config prints and nothing else.
func TestHostsConnectToEveryService(t *testing.T) {
	t.Parallel()
	tools := install(t)
	databaseURL := newShop(t).url("mcp_reader")
	urls := serveFleet(t, databaseURL)
	root := folder(t, map[string]string{"a.txt": "a"})
	for _, h := range hosts {
		t.Run(h.client+"/HTTP", func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			h.prepare(t, c, tools)
			for _, s := range fleet {
				h.add(t, c, binaryOf(s), "--url", urls[s], "--key-env", "FLEET_KEY")
			}
			if names, said := h.connects(t, c, tools, "FLEET_KEY="+fleetKey); !slices.Equal(names, fleet) {
				t.Errorf("connected are %v\n%s", names, said)
			}
			if names, said := h.connects(t, c, tools, "FLEET_KEY=another"); len(names) > 0 {
				t.Errorf("with a wrong key connected are %v\n%s", names, said)
			}
		})
		t.Run(h.client+"/stdio", func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			h.prepare(t, c, tools)
			for _, s := range fleet {
				h.add(t, c, binaryOf(s))
			}
			// What the entries name comes from the host's environment, and what is
			// not there is as good as not named.
			if names, said := h.connects(t, c, tools, "FILES_ROOT="+root, "DATABASE_URL="+databaseURL); !slices.Equal(names, fleet) {
				t.Errorf("connected are %v\n%s", names, said)
			}
			// A service that cannot use what a variable holds does not start, and so
			// tells that it was given it.
			rest := []string{"calculator"}
			wrong := []string{"FILES_ROOT=" + filepath.Join(root, "none"), "DATABASE_URL=none", "GITHUB_TOKEN=no token", "SLACK_BOT_TOKEN=no token"}
			if names, said := h.connects(t, c, tools, wrong...); !slices.Equal(names, rest) {
				t.Errorf("with wrong variables connected are %v\n%s", names, said)
			}
		})
	}
}
