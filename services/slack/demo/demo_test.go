package demo

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/slack"
)

// Whatever the environment says, the demo speaks to its own workspace, which keeps
// what is written.
func TestDemo(t *testing.T) {
	s, err := Open(t.Context(), slack.Config{BotToken: "xoxb-of-somebody", TeamID: "T0", APIURL: "https://slack.invalid/api/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := servertest.Connect(t, "slack", s, nil)
	thread := ""
	for _, c := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"list_channels", nil, `"launch-winter"`},
		{"get_channel_history", map[string]any{"channel": "#deploys"}, `"reply_count":6`},
		{"get_channel_info", map[string]any{"channel": "deploys", "include_pins": true}, "@oncall"},
		{"search_messages", map[string]any{"query": "drawings"}, "They load faster too"},
		{"find_users", map[string]any{"query": "ada"}, "Ada Byron"},
		{"get_file", map[string]any{"file": "F0000DEM01"}, "price is null"},
		{"send_message", map[string]any{"channel": "deploys", "thread_ts": "", "text": "**Thanks**"}, `"ts"`},
		{"get_thread", map[string]any{"channel": "deploys"}, "Roll back? Yes."},
	} {
		switch c.tool {
		case "send_message":
			c.args["thread_ts"], c.args["text"] = thread, "Roll back? Yes."
		case "get_thread":
			c.args["thread_ts"] = thread
		}
		r, err := client.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.args})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r.Content)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(string(text))
		if r.IsError || !strings.Contains(plain, c.want) {
			t.Errorf("%s: no %q in %s", c.tool, c.want, plain)
		}
		if c.tool == "get_channel_history" {
			before, _, _ := strings.Cut(plain, `"reply_count":6`)
			_, ts, _ := strings.Cut(before[strings.LastIndex(before, `{"ts":`):], `"ts":"`)
			thread, _, _ = strings.Cut(ts, `"`)
		}
	}
}
