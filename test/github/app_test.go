//go:build e2e

package github

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
)

// TestApp has the service act as the installation of a GitHub App.
func TestApp(t *testing.T) {
	t.Parallel()
	g := emulate(t)
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, []byte(g.AppKey), 0o600); err != nil {
		t.Fatal(err)
	}
	o := guard(t, g.URL)
	c := serveAs(t, o.URL, nil, "--http", "127.0.0.1:0", "--github-app-id", strconv.Itoa(emulator.AppID), "--github-app-key-file", key).connect(t)
	tool := args{"owner": "acme", "repo": "tool"}
	issue := tool.with("number", number(t, c.call(t, "create_issue", tool.with("title", "From a machine"))))
	c.call(t, "get_issue", issue).has(t, "From a machine", "[bot]")
	tokens := 0
	for _, a := range o.told() {
		if a.operation == "apps/create-installation-access-token" {
			tokens++
		}
	}
	if tokens != 1 {
		t.Errorf("%d tokens of the installation were made for one conversation", tokens)
	}
}
