//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

// porter runs mcporter with the entry that config prints for a file of Cursor's
// form, in a home where pages are opened by a browser. It returns all that it
// says.
func porter(t *testing.T, tools *node.Tools, c *client, s *guarded, browser string, args ...string) (string, error) {
	t.Helper()
	bin := t.TempDir()
	// mcporter asks the desktop to open a page.
	script := fmt.Sprintf("#!/bin/sh\nexec %s \"$1\"\n", linkTo(t, browser, bin))
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	entry := exec.CommandContext(wait(t), demo, "config", "cursor", "--url", s.url)
	entry.Env = []string{}
	file, err := entry.Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.home, "mcporter.json")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := tools.Command(wait(t), tools.Porter, append([]string{"--config", path}, args...)...)
	cmd.Dir = c.home
	cmd.Env = append(c.env, "PATH="+bin+":"+os.Getenv("PATH"), "MCPORTER_DISABLE_KEEPALIVE=*")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// mcporter signs in once, and keeps what it was given for the next call.
func TestClientMCPorterSignsIn(t *testing.T) {
	t.Parallel()
	tools := install(t)
	p := authority(t)
	s := guard(t, p.Issuer)
	c := newClient(t)
	if out, err := porter(t, tools, c, s, browser, "auth", "demo"); err != nil {
		t.Fatalf("auth: %v\n%s\n%s", err, out, s.Log())
	}
	// With what it has it needs no browser: a person would refuse now.
	out, err := porter(t, tools, c, s, refuser, "call", "demo.read_note", "name=welcome", "--no-oauth")
	if err != nil || !strings.Contains(out, "Hello!") {
		t.Errorf("read_note: %v\n%s\n%s", err, out, s.Log())
	}
	s.sawCall(t, "mcporter")
}

func TestClientMCPorterIsRefused(t *testing.T) {
	t.Parallel()
	tools := install(t)
	p := authority(t)
	s := guard(t, p.Issuer)
	out, err := porter(t, tools, newClient(t), s, refuser, "auth", "demo")
	if err == nil || !strings.Contains(out, "access_denied") {
		t.Errorf("auth: %v\n%s", err, out)
	}
}

func TestClientMCPRemoteIsRefused(t *testing.T) {
	t.Parallel()
	tools := install(t)
	p := authority(t)
	s := guard(t, p.Issuer)
	c := newClient(t)
	cmd := tools.Command(wait(t), tools.Remote, s.url)
	cmd.Dir = c.home
	cmd.Env = append(c.env, "BROWSER="+linkTo(t, refuser, c.home), "MCP_REMOTE_CONFIG_DIR="+c.home)
	remote, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Kill() })
	// It says so at once. It goes on waiting if the answer is faster than a person's.
	until(t, func() bool {
		return strings.Contains(remote.Log(), "Authorization failed: access_denied - Alice does not agree")
	})
	if strings.Contains(s.Log(), "tool call") {
		t.Errorf("who was refused calls tools\n%s", s.Log())
	}
}
