//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// workspace runs the Slack of the service's own tests, and returns the URL of its
// Web API. Its package can be imported by tests alone: so their program, which
// serves it too, is built.
func workspace(t *testing.T) string {
	t.Helper()
	fake := filepath.Join(t.TempDir(), "slacktest")
	build := exec.CommandContext(wait(t), "go", "test", "-c", "-o", fake, "./internal/slacktest")
	build.Dir = "../../services/slack"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	p, err := proc.Start(fake, "serve")
	if err != nil {
		t.Fatal(err)
	}
	records, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(errors.Join(err, p.Kill()))
	}
	t.Cleanup(func() {
		defer p.Kill()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := errors.Join(p.Stdin.Close(), p.Wait(ctx)); err != nil {
			t.Error(err)
		}
	})
	return records[0].Text("url")
}

func TestClientInspectorInSlack(t *testing.T) {
	t.Parallel()
	tools := install(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("xoxp-fake-mona\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serving(t, startBinary(t, slack, "--http", "127.0.0.1:0", "--auth", "keys", "--api-keys-file", keysFile(t, fleetKey+"=*"),
		"--slack-api-url", workspace(t), "--slack-user-token-file", token))
	for _, era := range []string{"legacy", "modern"} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			c := newClient(t)
			inspect := func(args ...string) []byte {
				args = slices.Concat([]string{"--cli", s.url, "--transport", "http", "--protocol-era", era, "--header", "Authorization: Bearer " + fleetKey}, args)
				return []byte(c.run(t, tools.Command(wait(t), tools.Inspector, args...)))
			}
			var got answer
			out := inspect("--method", "tools/call", "--tool-name", "list_channels")
			if err := json.Unmarshal(out, &got.Result); err != nil || got.Result.IsError || !strings.Contains(string(out), "general") {
				t.Errorf("list_channels: %v in %s", err, out)
			}
			s.sawCall(t, "inspector-cli")
		})
	}
}
