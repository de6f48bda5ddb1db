//go:build e2e

package slack

import (
	"context"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// command returns what a command of the binary prints and whether it succeeds.
func (w workspace) command(t *testing.T, env []string, args ...string) (text string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(wait(t), binary, args...)
	cmd.Env = append(env, "SLACK_API_URL="+w.url, "HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestNewcomer does what the README has somebody do first, with a token and
// without one.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	w := own(t)
	token := []string{"SLACK_BOT_TOKEN=" + w.bot}
	for _, c := range []struct {
		args []string
		env  []string
		ok   bool
		has  string
	}{
		{[]string{"call", "get_channel_info", "channel=general"}, token, true, "Company news"},
		{[]string{"call", "get_channel_history", "channel=#general"}, token, true, "general"},
		{[]string{"call", "get_channel_info", "channel=general"}, nil, false, "SLACK_BOT_TOKEN"},
		{[]string{"call", "get_channel_info", "channel=no-such-place"}, token, false, "no-such-place"},
		{[]string{"doctor"}, token, true, "octobot"},
		{[]string{"doctor"}, nil, false, "SLACK_BOT_TOKEN"},
		{[]string{"doctor"}, []string{"SLACK_BOT_TOKEN=xoxb-of-nobody"}, false, "invalid_auth"},
		{[]string{"doctor"}, []string{"SLACK_BOT_TOKEN=xoxc-of-a-browser"}, false, "browser"},
		{[]string{"config", "claude-code"}, nil, true, "claude mcp add slack --env 'SLACK_BOT_TOKEN=${SLACK_BOT_TOKEN:-}' -- " + binary},
		{[]string{"tools"}, nil, true, "send_message"},
	} {
		text, ok := w.command(t, c.env, c.args...)
		if ok != c.ok || !strings.Contains(text, c.has) || strings.Contains(text, w.bot) {
			t.Errorf("%v with %v: %v: no %q in %s", c.args, c.env, ok, c.has, text)
		}
	}
}

// TestWithoutToken holds that the service starts and says what to set.
func TestWithoutToken(t *testing.T) {
	t.Parallel()
	w := own(t)
	p := launch(t, nil, "--http", "127.0.0.1:0", "--slack-api-url", w.url)
	t.Cleanup(func() { ends(t, p.Stop) })
	serving, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	service := serving[0].Text("url")
	for path, want := range map[string]int{"/readyz": http.StatusServiceUnavailable, "/": http.StatusOK} {
		status, text := get(wait(t), t, strings.TrimSuffix(service, "/mcp")+path)
		if status != want || !strings.Contains(text, "SLACK_BOT_TOKEN") || !strings.Contains(text, "SLACK_CLIENT_ID") {
			t.Errorf("%s of a service that is not ready is %d: %s", path, status, text)
		}
	}
	s := connect(t, service, "", "", nil)
	if names := s.offered(t); len(names) != 12 {
		t.Errorf("offered are %v", names)
	}
	for _, c := range []session{s, w.over(t, "stdio", nil)} {
		if r := c.call(t, "list_channels", nil); !r.failed || !strings.Contains(r.text, "SLACK_BOT_TOKEN") || !strings.Contains(r.text, "SLACK_CLIENT_ID") {
			t.Error(r.text)
		}
	}
	if all := w.asked(t); len(all) != 0 {
		t.Errorf("Slack is asked %v", all)
	}
}

func get(ctx context.Context, t *testing.T, url string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
