package slack_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

func TestWriteToSomebody(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, AllowDMs: true})
	for _, name := range []string{"@mona", "mona@octo.example", slacktest.Mona, "<@" + slacktest.Mona + ">"} {
		text, failed := r.call(t, "send_message", args(t, map[string]any{"channel": name, "text": "hi @mona, @nobody and `@mona`"}))
		if failed || !strings.HasPrefix(text, `{"channel":"D`) {
			t.Errorf("%s: %s", name, text)
			continue
		}
		sent := r.last(t, "chat.postMessage").Form
		if sent.Get("blocks") != `[{"type":"markdown","text":"hi \u003c@U000000001\u003e, @nobody and `+"`@mona`"+`"}]` || sent.Get("text") != "hi <@U000000001>, @nobody and @mona" {
			t.Errorf("%s: %v", name, sent)
		}
	}
	if text, failed := r.call(t, "send_message", `{"channel":"#general","text":"@mona","format":"plain"}`); failed || r.last(t, "chat.postMessage").Form.Get("text") != "@mona" {
		t.Error(text)
	}
	r = newRig(t, slack.Config{BotToken: botToken})
	wantRefusal(t, r, "send_message", `{"channel":"@mona","text":"hi"}`, "--allow-dms")
	if r.Asked("conversations.open") != 0 {
		t.Error("direct messages were begun")
	}
}

// TestQuestionBeginsNothing holds that nobody notices a question that is declined.
func TestQuestionBeginsNothing(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken, AllowDMs: true}, server.Config{Confirm: "always"})
	p.refuses = true
	wantRefusal(t, r, "send_message", `{"channel":"@mona","text":"hi"}`, `"CANCELLED"`)
	if d := cmp.Diff("Post in direct messages with Mona Lisa? hi", p.last()); d != "" {
		t.Error(d)
	}
	if r.Asked("conversations.open")+r.Asked("chat.postMessage") != 0 {
		t.Error("direct messages were begun")
	}
	r, _ = newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{Confirm: "always"})
	wantRefusal(t, r, "send_message", `{"channel":"@mona","text":"hi"}`, "--allow-dms")
}

func TestBotThatMayJoin(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, AutoJoin: true})
	r.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: []string{"channels:read", "channels:join", "chat:write"}})
	if text, failed := r.call(t, "send_message", `{"channel":"C000000002","text":"hi"}`); failed || r.Asked("conversations.join") != 1 || r.Asked("chat.postMessage") != 2 {
		t.Error(text)
	}
}

// TestExternalPeople holds that direct messages do not leave the organization by
// themselves, whether or not a channel is shared with whom they are with.
func TestExternalPeople(t *testing.T) {
	for name, somebody := range map[string]slacktest.User{
		"stranger": {ID: "U00000000E", Name: "hubot", Stranger: true},
		"partner":  {ID: "U00000000E", Name: "hubot", Team: "T000000009"},
	} {
		r := newRig(t, slack.Config{BotToken: botToken, AllowDMs: true})
		r.AddUser(somebody)
		wantRefusal(t, r, "send_message", `{"channel":"U00000000E","text":"hi"}`, "PERMISSION_DENIED", "--allow-external")
		if r.Asked("conversations.open")+r.Asked("chat.postMessage") != 0 {
			t.Errorf("%s: direct messages were begun", name)
		}
		r.Handle("conversations.info", slacktest.JSON(`{"ok":true,"channel":{"id":"D00000000E","is_im":true,"user":"U00000000E"}}`))
		wantRefusal(t, r, "send_message", `{"channel":"D00000000E","text":"hi"}`, "PERMISSION_DENIED", "--allow-external")
		if text, failed := r.call(t, "get_channel_info", `{"channel":"D00000000E"}`); failed {
			t.Errorf("%s is not read: %s", name, text)
		}
		r = newRig(t, slack.Config{BotToken: botToken, AllowDMs: true, AllowExternal: true})
		r.AddUser(somebody)
		if text, failed := r.call(t, "send_message", `{"channel":"U00000000E","text":"hi"}`); failed {
			t.Errorf("%s: %s", name, text)
		}
	}
}
