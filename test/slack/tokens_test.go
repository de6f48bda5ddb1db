//go:build e2e

package slack

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// offered are the names of the tools that a client is offered.
func (s session) offered(t *testing.T) []string {
	t.Helper()
	list, err := s.ListTools(wait(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// over returns a client of the service with variables, on stdio or over HTTP.
func (w workspace) over(t *testing.T, transport string, env []string, flags ...string) session {
	t.Helper()
	flags = append(flags, "--slack-api-url", w.url, "--confirm", "never")
	if transport == "http" {
		p := launch(t, env, append(flags, "--http", "127.0.0.1:0")...)
		t.Cleanup(func() { ends(t, p.Stop) })
		serving, err := p.Await(wait(t), "serving", 1)
		if err != nil {
			t.Fatal(err)
		}
		return connect(t, serving[0].Text("url"), "", "", nil)
	}
	cmd := exec.Command(binary, flags...)
	cmd.Env = env
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return session{s}
}

// TestOneToken serves with a token of one kind, which is said to lack a scope when
// it does.
func TestOneToken(t *testing.T) {
	t.Parallel()
	w := own(t)
	w.control(t, "grant", url.Values{"token": {"xoxb-of-little"}, "user": {"U000000002"}, "bot": {"B000000001"}, "scopes": {"channels:read channels:history"}})
	w.control(t, "grant", url.Values{"token": {"xoxp-of-little"}, "user": {"U000000001"}, "scopes": {"channels:read channels:history"}})
	extra := []string{"--extra-tools", "list_unreads"}
	for _, transport := range []string{"stdio", "http"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			bot, user := w.over(t, transport, []string{"SLACK_BOT_TOKEN=" + w.bot}, extra...), w.over(t, transport, []string{"SLACK_USER_TOKEN=" + w.user}, extra...)
			for _, c := range []session{bot, user} {
				if r := c.call(t, "get_channel_history", map[string]any{"channel": "#general"}); r.failed {
					t.Error(r.text)
				}
			}
			// What a token may do is known by now.
			if names := bot.offered(t); len(names) != 12 || slices.Contains(names, "list_unreads") {
				t.Errorf("a bot is offered %v", names)
			}
			if names := user.offered(t); len(names) != 13 || !slices.Contains(names, "list_unreads") {
				t.Errorf("a person is offered %v", names)
			}
			for _, env := range []string{"SLACK_BOT_TOKEN=xoxb-of-little", "SLACK_USER_TOKEN=xoxp-of-little"} {
				c := w.over(t, transport, []string{env}, extra...)
				if r := c.call(t, "get_channel_history", map[string]any{"channel": "#general"}); r.failed {
					t.Error(r.text)
				}
				names := c.offered(t)
				if slices.Contains(names, "send_message") || slices.Contains(names, "set_reaction") || !slices.Contains(names, "get_thread") {
					t.Errorf("with %s: %v", env, names)
				}
				r := c.call(t, "send_message", map[string]any{"channel": "#general", "text": "x"})
				if !r.failed || !strings.Contains(r.text, "PERMISSION_DENIED") || !strings.Contains(r.text, "chat:write") || !strings.Contains(r.text, "Token Scopes") {
					t.Errorf("with %s: %s", env, r.text)
				}
			}
		})
	}
}

// TestTokenIsReplaced gives a running service another token in the file of it.
func TestTokenIsReplaced(t *testing.T) {
	t.Parallel()
	w := own(t)
	w.control(t, "grant", url.Values{"token": {"xoxb-another"}, "user": {"U000000002"}, "bot": {"B000000001"}})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(w.bot+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, nil, "--http", "127.0.0.1:0", "--slack-api-url", w.url, "--slack-bot-token-file", file)
	t.Cleanup(func() { ends(t, p.Stop) })
	serving, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, serving[0].Text("url"), "", "", nil)
	history := func() reply { return c.call(t, "get_channel_history", map[string]any{"channel": "#general"}) }
	if r := history(); r.failed {
		t.Fatal(r.text)
	}
	w.control(t, "expire", url.Values{"token": {w.bot}})
	if r := history(); !r.failed || !strings.Contains(r.text, "AUTHENTICATION_FAILED") || !strings.Contains(r.text, "--slack-bot-token-file") || strings.Contains(r.text, w.bot) {
		t.Error(r.text)
	}
	if err := errors.Join(os.WriteFile(file+".next", []byte("xoxb-another\n"), 0o600), os.Rename(file+".next", file)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Await(wait(t), "another token for Slack is in force", 1); err != nil {
		t.Fatal(err)
	}
	if r := history(); r.failed {
		t.Error(r.text)
	}
	if all := w.asked(t); all[len(all)-1].Token != "xoxb-another" {
		t.Errorf("Slack is asked with %s", all[len(all)-1].Token)
	}
}
