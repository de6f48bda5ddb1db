package slack_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// The tokens of a rig's workspace.
const (
	botToken  = "xoxb-of-a-test"
	userToken = "xoxp-of-a-test"
)

func TestContract(t *testing.T) {
	w := slacktest.New(t)
	w.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID})
	servertest.Run(t, "slack", slack.Open, slack.Config{BotToken: botToken, APIURL: w.URL}, servertest.Budget(6<<10), servertest.Mask("ts", "permalink"))
}

// rig is a service before a workspace in memory.
type rig struct {
	*slacktest.Server
	client *mcp.ClientSession
}

func newRig(t testing.TB, cfg slack.Config) *rig {
	t.Helper()
	return newRigOf(t, cfg, server.Config{})
}

// newRigOf is newRig with what an operator has chosen for the server.
func newRigOf(t testing.TB, cfg slack.Config, choice server.Config) *rig {
	t.Helper()
	return newRigFor(t, cfg, choice, nil)
}

// newRigFor is newRigOf for a client that can do more.
func newRigFor(t testing.TB, cfg slack.Config, choice server.Config, o *mcp.ClientOptions) *rig {
	t.Helper()
	w := slacktest.New(t)
	w.Grant(botToken, slacktest.Token{User: "U000000002", Bot: "B000000001"})
	w.Grant(userToken, slacktest.Token{User: "U000000001"})
	return before(t, w, cfg, choice, o)
}

// before is a service before a workspace that is there.
func before(t testing.TB, w *slacktest.Server, cfg slack.Config, choice server.Config, o *mcp.ClientOptions) *rig {
	t.Helper()
	cfg.APIURL = w.URL
	svc, err := slack.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{w, servertest.ConnectAs(t, "slack", svc, choice, o)}
}

// call calls a tool and returns the text of its first block, and whether it failed.
func (r *rig) call(t testing.TB, tool, args string) (text string, failed bool) {
	t.Helper()
	return servertest.Call(t, r.client, tool, args)
}

func TestSetReaction(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.Handle("conversations.info", slacktest.JSON(`{"ok":true,"channel":{"id":"C000000001","name":"general"}}`))
	r.Handle("reactions.add", slacktest.JSON(`{"ok":false,"error":"already_reacted"}`))
	text, failed := r.call(t, "set_reaction", `{"channel":"C000000001","ts":"1503435956.000247","emoji":":eyes:"}`)
	if failed || text != `{"channel":"C000000001","ts":"1503435956.000247","emoji":"eyes","changed":false}` {
		t.Error(text)
	}
	last := r.Requests()[1]
	if last.Method != "reactions.add" || last.Form.Encode() != "channel=C000000001&name=eyes&timestamp=1503435956.000247" || last.Header.Get("Authorization") != "Bearer "+botToken {
		t.Errorf("%+v", last)
	}
}

// TestLink holds that lists of messages of many channels say what their permalinks
// begin with, in the form that Slack gives them.
func TestLink(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, ExtraTools: []string{"list_unreads"}})
	thread := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "deploy"})
	want := slacktest.SiteURL + "archives/" + slacktest.General + "/p" + strings.ReplaceAll(thread, ".", "")
	bot := r.replica(t, slack.Config{BotToken: botToken}, server.Config{})
	for _, c := range []struct {
		*rig
		tool, arguments string
	}{{r, "search_messages", `{"query":"deploy"}`}, {bot, "search_messages", `{"query":"deploy","channel":"C000000001"}`}, {r, "list_unreads", `{}`}} {
		text, failed := c.call(t, c.tool, c.arguments)
		var out struct{ Link string }
		if err := json.Unmarshal([]byte(text), &out); failed || err != nil {
			t.Fatal(text, err)
		}
		if got := out.Link + slacktest.General + "/p" + strings.ReplaceAll(thread, ".", ""); got != want {
			t.Errorf("%s %s leads to %s, not to %s", c.tool, c.arguments, got, want)
		}
	}
	if text, _ := r.call(t, "search_messages", `{"query":"nothing of that kind"}`); strings.Contains(text, "link") {
		t.Errorf("a page of nothing has a link: %s", text)
	}
}
