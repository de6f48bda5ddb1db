package slack_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// at is when the messages of these tests were written.
var at = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func TestUpdateMessage(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "Working on <https://x.example|it> &amp; more", At: at})
	text, failed := r.call(t, "update_message", args(t, map[string]any{"channel": "#general", "ts": ts, "text": "**Done**"}))
	want := `{"channel":"C000000001","ts":"` + ts + `","permalink":"https://octo.slack.com/archives/C000000001/p` + strings.ReplaceAll(ts, ".", "") + `"}`
	if failed || text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	wantQuestion := "Change the message of Octobot in #general (2 members), written 2026-11-20T09:30:00Z: Working on [it](https://x.example) & more\nInto: **Done**"
	if d := cmp.Diff(wantQuestion, p.last()); d != "" {
		t.Error(d)
	}
	sent := r.last(t, "chat.update").Form
	if sent.Get("ts") != ts || sent.Get("text") != "Done" || sent.Get("blocks") != `[{"type":"markdown","text":"**Done**"}]` {
		t.Errorf("%v", sent)
	}
	// A text alone hides behind blocks that stay.
	if text, failed := r.call(t, "update_message", args(t, map[string]any{"channel": want[:0] + "C000000001", "ts": ts, "text": "*Done*", "format": "mrkdwn"})); failed {
		t.Error(text)
	}
	if sent := r.last(t, "chat.update").Form; sent.Get("blocks") != "[]" || sent.Get("text") != "*Done*" {
		t.Errorf("%v", sent)
	}
	if text, failed := r.call(t, "update_message", args(t, map[string]any{"channel": "C000000001", "ts": ts, "text": "@channel <!here>", "format": "plain"})); failed {
		t.Error(text)
	}
	if sent := r.last(t, "chat.update").Form; sent.Get("text") != "@\u2060channel &lt;!here&gt;" {
		t.Errorf("%v", sent)
	}
}

func TestUpdateMessageRefuses(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	theirs := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "mine", At: at})
	own := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "mine", At: at.Add(time.Minute)})
	for name, tt := range map[string]struct {
		args map[string]any
		want string
	}{
		"another's":       {map[string]any{"ts": theirs, "text": "a"}, `was not written by @octobot: Slack lets only its author change it`},
		"none":            {map[string]any{"ts": "1503435956.000247", "text": "a"}, `#general has no message 1503435956.000247`},
		"no message":      {map[string]any{"text": "a"}, `ts is missing`},
		"empty":           {map[string]any{"ts": own, "text": " "}, `text is empty`},
		"too long":        {map[string]any{"ts": own, "text": strings.Repeat("a", 4001), "format": "mrkdwn"}, `1 more than the 4000`},
		"for everybody":   {map[string]any{"ts": own, "text": "&lt;!channel&gt; hi"}, `this would notify @channel`},
		"wrong timestamp": {map[string]any{"ts": "today", "text": "a"}, `INVALID_INPUT`},
	} {
		t.Run(name, func(t *testing.T) {
			tt.args["channel"] = "C000000001"
			wantRefusal(t, r, "update_message", args(t, tt.args), tt.want)
		})
	}
	before := r.Asked("chat.update")
	p.refuses = true
	wantRefusal(t, r, "update_message", args(t, map[string]any{"channel": "C000000001", "ts": own, "text": "a"}), `"CANCELLED"`)
	if r.Asked("chat.update") != before {
		t.Error("it was changed although a person said no")
	}
}

// TestChangedMeanwhile holds that somebody who agrees agrees to what they saw.
func TestChangedMeanwhile(t *testing.T) {
	for _, tool := range []string{"update_message", "delete_message"} {
		r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
		ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "one", At: at})
		p.meanwhile = func() {
			r.Handle("conversations.history", slacktest.JSON(`{"ok":true,"messages":[{"type":"message","ts":"`+ts+`","user":"U000000002","text":"two"}]}`))
		}
		given := map[string]any{"channel": "C000000001", "ts": ts}
		if tool == "update_message" {
			given["text"] = "three"
		}
		wantRefusal(t, r, tool, args(t, given), `"CONFLICT"`, "is not what it was when somebody agreed; nothing was done")
		if r.Asked("chat.update")+r.Asked("chat.delete") != 0 {
			t.Errorf("%s was done", tool)
		}
	}
}

// TestAuthorsToken holds that of two tokens the one that wrote a message changes it.
func TestAuthorsToken(t *testing.T) {
	r := newRigOf(t, slack.Config{BotToken: botToken, UserToken: userToken}, server.Config{Confirm: "never"})
	own := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "mine", At: at})
	bots := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "its", At: at.Add(time.Minute)})
	other := r.AddUser(slacktest.User{Name: "hubot"})
	theirs := r.Post(slacktest.General, slacktest.Message{User: other, Text: "theirs", At: at.Add(2 * time.Minute)})
	for ts, token := range map[string]string{own: userToken, bots: botToken} {
		if text, failed := r.call(t, "update_message", args(t, map[string]any{"channel": "C000000001", "ts": ts, "text": "new"})); failed {
			t.Error(text)
		}
		if got := r.last(t, "chat.update").Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("%s was changed with %s", ts, got)
		}
	}
	wantRefusal(t, r, "update_message", args(t, map[string]any{"channel": "C000000001", "ts": theirs, "text": "new"}), "PERMISSION_DENIED", "lets only its author")
}
