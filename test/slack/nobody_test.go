//go:build e2e

package slack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestNobodyIsAnswered holds that a request without a credential is turned away
// whatever it asks, before it is read as JSON-RPC, and told how to come back.
func TestNobodyIsAnswered(t *testing.T) {
	t.Parallel()
	w := own(t)
	p := launch(t, []string{"SLACK_BOT_TOKEN=" + w.bot, "MCP_API_KEY=" + strings.Repeat("k", 40)}, "--http", "127.0.0.1:0", "--slack-api-url", w.url)
	t.Cleanup(func() { ends(t, p.Stop) })
	serving, err := p.Await(wait(t), "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	url := serving[0].Text("url")
	before := len(w.asked(t))
	for _, method := range []string{
		"initialize", "server/discover", "ping", "tools/list", "tools/call", "resources/list", "resources/templates/list", "resources/read", "resources/subscribe",
		"subscriptions/listen", "prompts/list", "prompts/get", "completion/complete", "logging/setLevel", "notifications/initialized", "no/such", "",
	} {
		for _, era := range append(eras, "") {
			for _, credential := range []string{"", "Bearer " + w.bot, "Bearer nonsense", "Basic eDp5"} {
				body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{}}`, method)
				if method == "" {
					body = "{ not JSON"
				}
				refused(t, http.MethodPost, url, body, map[string]string{"Mcp-Protocol-Version": era, "Mcp-Method": method, "Authorization": credential})
			}
		}
	}
	for _, verb := range []string{http.MethodGet, http.MethodDelete} {
		refused(t, verb, url, "", map[string]string{"Mcp-Session-Id": "guessed", "Accept": "text/event-stream"})
	}
	for _, q := range w.asked(t)[before:] {
		if q.Method != "auth.test" { // which asks what the token may do, at the start
			t.Errorf("Slack is asked %s for nobody", q.Method)
		}
	}
}

// refused makes a request, which must be turned away.
func refused(t *testing.T, verb, url, body string, header map[string]string) {
	t.Helper()
	req, err := http.NewRequestWithContext(wait(t), verb, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Bearer") || strings.Contains(string(text), `"result"`) {
		t.Errorf("%s %v %s: %s, %q: %s", verb, header, body, res.Status, res.Header.Get("WWW-Authenticate"), text)
	}
}
