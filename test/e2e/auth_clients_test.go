//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/internal/provider"
)

// The names under which this test's binary opens a page and follows where it is
// sent, agreeing to what it is asked or, as refuser, not.
const (
	browser = "browser"
	refuser = "refuser"
)

var browsers = map[string]func(ctx context.Context, page string) (string, error){
	browser: func(ctx context.Context, page string) (string, error) { return provider.Visit(ctx, page, "") },
	refuser: provider.Refuse,
}

func browse(open func(ctx context.Context, page string) (string, error), page string) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := open(ctx, page); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// browserIn puts the browser into a directory, and returns its path.
func browserIn(t *testing.T, dir string) string { return linkTo(t, browser, dir) }

// linkTo puts one of the browsers into a directory.
func linkTo(t *testing.T, name, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// The SDK's own flow: it is given a URL and a browser, and finds out all else,
// also that it needs more for the second call than for the first.
func TestClientTypeScriptSDKSignsIn(t *testing.T) {
	t.Parallel()
	tools := install(t)
	script, err := os.ReadFile("testdata/oauth.mjs")
	if err != nil {
		t.Fatal(err)
	}
	p := authority(t)
	s := guard(t, p.Issuer)
	type outcome struct {
		Tools []string `json:"tools"`
		Read  string   `json:"read"`
		Notes int      `json:"notes"`
		Asked []string `json:"asked"`
	}
	for edition, asked := range map[string][]string{
		"v1": {"demo:read", "demo:write"},
		"v2": {"demo:read", "demo:read demo:write"},
	} {
		t.Run(edition, func(t *testing.T) {
			t.Parallel()
			cmd := tools.Command(wait(t), "--input-type=module", "-", edition, s.url, browserIn(t, t.TempDir()))
			cmd.Dir, cmd.Stdin = tools.Dir, bytes.NewReader(script)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, &stderr, s.Log())
			}
			var got outcome
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			slices.Sort(got.Tools)
			want := outcome{[]string{"delete_note", "read_note", "write_note"}, "Hello!", got.Notes, asked}
			if diff := cmp.Diff(want, got); diff != "" || got.Notes < 2 {
				t.Errorf("what the client got (-want +got):\n%s\n%s", diff, out)
			}
		})
	}
}

func TestClientInspectorWithToken(t *testing.T) {
	t.Parallel()
	tools := install(t)
	p := authority(t)
	s := guard(t, p.Issuer)
	token := s.tokenFor(t, p.Issuer, provider.ES256, "demo:read")
	for _, era := range []string{"legacy", "modern"} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			out := newClient(t).run(t, tools.Command(wait(t), tools.Inspector, "--cli", s.url, "--transport", "http",
				"--protocol-era", era, "--method", "tools/list", "--header", "Authorization: Bearer "+token))
			var list struct {
				Tools []struct {
					Name string `json:"name"`
				} `json:"tools"`
			}
			if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Tools) != 3 {
				t.Errorf("tools/list: %v in %s", err, out)
			}
		})
	}
}

// mcp-remote makes a remote server a local one for hosts that know no other: it
// signs in on their behalf.
func TestClientMCPRemote(t *testing.T) {
	t.Parallel()
	tools := install(t)
	p := authority(t)
	s := guard(t, p.Issuer)
	c := newClient(t)
	cmd := tools.Command(wait(t), tools.Remote, s.url, "--debug")
	cmd.Dir = c.home
	cmd.Env = append(c.env, "BROWSER="+browserIn(t, c.home), "MCP_REMOTE_CONFIG_DIR="+c.home)
	remote, err := proc.StartCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Kill() })
	o := speak(t, remote, legacy)
	id := o.request("tools/call", map[string]any{"name": "read_note", "arguments": map[string]string{"name": "welcome"}})
	if got := o.await(t, id); !strings.Contains(got.raw, "Hello!") {
		t.Errorf("read_note is answered with %s", got)
	}
	o.end()
	if err := remote.Wait(wait(t)); err != nil {
		t.Errorf("%v\n%s", err, remote.Log())
	}
}
