//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// everydayTools are the tools of mcp-github that it offers unasked.
const everydayTools = 18

// emulate starts a small GitHub that ends with the test.
func emulate(t *testing.T, tools *node.Tools) *emulator.GitHub {
	t.Helper()
	g, err := emulator.Start(wait(t), tools)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := g.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return g
}

// serveGitHub runs mcp-github for Alice.
func serveGitHub(t *testing.T, g *emulator.GitHub) *server {
	t.Helper()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(emulator.Alice+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return serving(t, startBinary(t, github, "--http", "127.0.0.1:0", "--github-api-url", g.URL, "--github-token-file", token))
}

// forAlice are what a host is told to start mcp-github with.
func forAlice(g *emulator.GitHub) []string {
	return []string{"-e", "GITHUB_TOKEN=" + emulator.Alice, "-e", "GITHUB_API_URL=" + g.URL}
}

func TestClientClaudeCodeOnGitHub(t *testing.T) {
	t.Parallel()
	tools := install(t)
	g := emulate(t, tools)
	for transport, add := range map[string][]string{
		"HTTP":  {"--transport", "http", "hub", serveGitHub(t, g).url},
		"stdio": slices.Concat([]string{"hub"}, forAlice(g), []string{"--", github}),
	} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			claudeCode(t, tools, "hub", add, conversation{"What does the README of hello say?", "get_file_contents", map[string]any{
				"owner": "alice", "repo": "hello", "path": "README.md",
			}, "# hello"})
		})
	}
}

func TestClientInspectorOnGitHub(t *testing.T) {
	t.Parallel()
	tools := install(t)
	g := emulate(t, tools)
	served := serveGitHub(t, g)
	for _, transport := range []string{"HTTP legacy", "HTTP modern", "stdio legacy", "stdio modern"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			kind, era, _ := strings.Cut(transport, " ")
			target := append(forAlice(g), github)
			if kind == "HTTP" {
				target = []string{served.url, "--transport", "http"}
			}
			c := newClient(t)
			inspect := func(args ...string) []byte {
				args = slices.Concat([]string{"--cli"}, target, []string{"--protocol-era", era}, args)
				return []byte(c.run(t, tools.Command(wait(t), tools.Inspector, args...)))
			}
			var list struct {
				Tools []struct {
					Name string `json:"name"`
				} `json:"tools"`
			}
			if out := inspect("--method", "tools/list"); json.Unmarshal(out, &list) != nil || len(list.Tools) != everydayTools {
				t.Errorf("tools/list: %s", out)
			}
			var got answer
			out := inspect("--method", "tools/call", "--tool-name", "github_list_repos")
			if err := json.Unmarshal(out, &got.Result); err != nil || got.Result.IsError || !strings.Contains(got.Result.Content[0].Text, "alice/secret") {
				t.Errorf("github_list_repos: %s", out)
			}
			if out := inspect("--method", "resources/read", "--uri", "github://alice/hello"); !bytes.Contains(out, []byte("What hello is.")) {
				t.Errorf("resources/read: %s", out)
			}
		})
	}
}
