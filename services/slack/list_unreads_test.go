package slack_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// unreads is what list_unreads says.
type unreads struct {
	Channels []struct {
		Channel, Name string
		Unread        int
		More          bool
		LastRead      string `json:"last_read"`
		Messages      []struct{ TS, User, Text string }
	}
	Looked int    `json:"looked_at"`
	Reason string `json:"partial_reason"`
	Retry  int    `json:"retry_after_seconds"`
	Next   string `json:"next_cursor"`
}

func (r *rig) unreads(t testing.TB, args string) unreads {
	t.Helper()
	text, failed := r.call(t, "list_unreads", args)
	if failed {
		t.Fatal(text)
	}
	var u unreads
	if err := json.Unmarshal([]byte(text), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func unreadConfig() slack.Config {
	return slack.Config{UserToken: userToken, AllowDMs: true, ExtraTools: []string{"list_unreads", "mark_read"}}
}

func TestListUnreads(t *testing.T) {
	r := newRig(t, unreadConfig())
	hubot := r.AddUser(slacktest.User{Name: "hubot"})
	dm := r.AddDirect(slacktest.Mona, hubot)
	read := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "an old one"})
	text, failed := r.call(t, "mark_read", fmt.Sprintf(`{"channel":"C000000001","ts":%q}`, read))
	if failed || text != fmt.Sprintf(`{"channel":"C000000001","ts":%q}`, read) {
		t.Fatal(text)
	}
	if got := r.unreads(t, `{}`); len(got.Channels) != 0 || got.Looked != 3 || got.Next != "" {
		t.Errorf("nothing is new: %+v", got)
	}
	for i := range 7 {
		r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: fmt.Sprintf("new %d %s", i, strings.Repeat("x", 600))})
	}
	last := r.Post(dm, slacktest.Message{User: hubot, Text: "hello"})
	got := r.unreads(t, `{}`)
	if len(got.Channels) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, c := range got.Channels {
		switch c.Channel {
		case slacktest.General:
			if c.Name != "general" || c.Unread != 7 || c.LastRead != read || len(c.Messages) != 5 || !strings.HasPrefix(c.Messages[0].Text, "new 0 ") || len(c.Messages[0].Text) > 500 {
				t.Errorf("%+v", c)
			}
		case dm:
			if c.Name != "@hubot" && !strings.HasPrefix(c.Name, "@") || c.Unread != 1 || c.Messages[0].Text != "hello" {
				t.Errorf("%+v", c)
			}
		}
	}
	if n := r.Asked("conversations.mark"); n != 1 {
		t.Errorf("conversations.mark was asked %d times", n)
	}
	if _, failed := r.call(t, "mark_read", fmt.Sprintf(`{"channel":%q,"ts":%q}`, dm, last)); failed {
		t.Error("it is not marked")
	}
	if got := r.unreads(t, `{"types":["im"]}`); len(got.Channels) != 0 || got.Looked != 1 {
		t.Errorf("%+v", got)
	}
	if text, failed := r.call(t, "mark_read", `{"channel":"C000000001"}`); !failed || !strings.Contains(text, "ts") {
		t.Error(text)
	}
}

// replica is another process before the same workspace.
func (r *rig) replica(t testing.TB, cfg slack.Config, choice server.Config) *rig {
	t.Helper()
	return before(t, r.Server, cfg, choice, nil)
}

// Each call looks at a few conversations, and goes on where Slack's limits let it.
func TestListUnreadsGoesOn(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	if err := os.WriteFile(key, []byte(base64.StdEncoding.EncodeToString(secret)), 0o600); err != nil {
		t.Fatal(err)
	}
	choice := server.Config{SigningKeyFile: key}
	r := newRigOf(t, unreadConfig(), choice)
	for i := range 12 {
		id := r.AddChannel(slacktest.Channel{Name: fmt.Sprintf("team-%d", i), Members: []string{slacktest.Mona}})
		first := r.Post(id, slacktest.Message{User: slacktest.Octobot, Text: "old"})
		if _, failed := r.call(t, "mark_read", fmt.Sprintf(`{"channel":%q,"ts":%q}`, id, first)); failed {
			t.Fatal("it is not marked")
		}
		r.Post(id, slacktest.Message{User: slacktest.Octobot, Text: "new"})
	}
	seen := make(map[string]bool)
	next := ""
	for calls := 0; calls == 0 || next != ""; calls++ {
		got := r.unreads(t, fmt.Sprintf(`{"types":["public_channel"],"max_channels":5,"cursor":%q}`, next))
		if got.Looked > 5 || calls > 5 {
			t.Fatalf("%+v", got)
		}
		for _, c := range got.Channels {
			if seen[c.Channel] {
				t.Errorf("%s is listed twice", c.Channel)
			}
			seen[c.Channel] = true
		}
		next = got.Next
	}
	if len(seen) != 12 {
		t.Errorf("%d conversations", len(seen))
	}
	r.LimitAfter("conversations.history", 3, 45)
	got := r.unreads(t, `{"types":["public_channel"],"max_channels":14}`)
	if got.Reason != "rate_limited" || got.Retry < 40 || got.Next == "" || got.Looked == 0 || got.Looked == 14 {
		t.Fatalf("%+v", got)
	}
	seen = make(map[string]bool)
	for _, c := range got.Channels {
		seen[c.Channel] = true
	}
	r.LimitAfter("conversations.history", 0, 0)
	rest := r.replica(t, unreadConfig(), choice) // which does not know of the limit
	for next := got.Next; next != ""; next = got.Next {
		got = rest.unreads(t, fmt.Sprintf(`{"types":["public_channel"],"max_channels":14,"cursor":%q}`, next))
		for _, c := range got.Channels {
			if seen[c.Channel] {
				t.Errorf("%s is listed twice", c.Channel)
			}
			seen[c.Channel] = true
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d conversations", len(seen))
	}
}

func TestUnreadsAreExtra(t *testing.T) {
	list, err := newRig(t, slack.Config{UserToken: userToken}).client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		if tool.Name == "list_unreads" || tool.Name == "mark_read" {
			t.Errorf("%s is listed", tool.Name)
		}
	}
	r := newRig(t, unreadConfig())
	if list, err = r.client.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var reads *mcp.Tool
	for _, tool := range list.Tools {
		if tool.Name == "list_unreads" {
			reads = tool
		}
	}
	if reads == nil || !reads.Annotations.ReadOnlyHint {
		t.Error("list_unreads is missing, or does not say that it only reads")
	}
	b := newRig(t, slack.Config{BotToken: botToken, ExtraTools: []string{"list_unreads", "mark_read"}})
	for _, tool := range []string{"list_unreads", "mark_read"} {
		if text, failed := b.call(t, tool, map[string]string{"list_unreads": `{}`, "mark_read": `{"channel":"C000000001","ts":"1503435956.000247"}`}[tool]); !failed || !strings.Contains(text, "person") {
			t.Error(text)
		}
	}
}

func TestUnreadsAskThePolicy(t *testing.T) {
	cfg := unreadConfig()
	cfg.DenyChannels, cfg.AllowDMs = []string{"random"}, false
	r := newRig(t, cfg)
	r.AddDirect(slacktest.Mona, slacktest.Octobot)
	r.Post(slacktest.Random, slacktest.Message{User: slacktest.Octobot, Text: "a secret"})
	got, failed := r.call(t, "list_unreads", `{}`)
	if failed || strings.Contains(got, "secret") || strings.Contains(got, slacktest.Random) {
		t.Error(got)
	}
	if n := r.Asked("conversations.info"); n != 1 {
		t.Errorf("%d conversations were asked about", n)
	}
}
