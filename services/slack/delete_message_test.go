package slack_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

func TestDeleteMessage(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "first " + strings.Repeat("long ", 200), At: at})
	answer := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "an answer\u202e", ThreadTS: ts, At: at.Add(time.Minute)})
	link := "https://octo.slack.com/archives/C000000001/p" + strings.ReplaceAll(answer, ".", "") + "?thread_ts=" + ts + "&cid=C000000001"
	for _, tt := range []struct{ args, want, question string }{
		{args(t, map[string]any{"channel": "C000000001", "ts": answer}), answer, "Delete the message of Octobot in #general (2 members), written 2026-11-20T09:31:00Z: an answer\ufffd"},
		{args(t, map[string]any{"channel": "C000000001", "ts": ts}), ts, "Delete the message of Octobot in #general (2 members), written 2026-11-20T09:30:00Z: first long"},
	} {
		text, failed := r.call(t, "delete_message", tt.args)
		if failed || text != `{"channel":"C000000001","ts":"`+tt.want+`"}` {
			t.Error(text)
		}
		if !strings.HasPrefix(p.last(), tt.question) || len(p.last()) > 600 {
			t.Errorf("asked %q", p.last())
		}
	}
	wantRefusal(t, r, "delete_message", args(t, map[string]any{"channel": link}), `RESOURCE_NOT_FOUND`)
}

func TestDeleteMessageOfAThread(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "first", At: at})
	first := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "one", ThreadTS: ts, At: at.Add(time.Minute)})
	second := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "two", ThreadTS: ts, At: at.Add(2 * time.Minute)})
	p.refuses = true
	for link, want := range map[string]string{
		"/p" + strings.ReplaceAll(ts, ".", ""):                                                        "written 2026-11-20T09:30:00Z, which has 2 answers: first",
		"/p" + strings.ReplaceAll(second, ".", "") + "?thread_ts=" + ts + "&cid=" + slacktest.General: "written 2026-11-20T09:32:00Z: two",
		"/p" + strings.ReplaceAll(first, ".", "") + "?thread_ts=" + ts + "&cid=" + slacktest.General:  "message of Mona Lisa in #general",
	} {
		wantRefusal(t, r, "delete_message", args(t, map[string]any{"channel": slacktest.SiteURL + "archives/" + slacktest.General + link}), `"CANCELLED"`)
		if !strings.Contains(p.last(), want) {
			t.Errorf("asked %q, want %q", p.last(), want)
		}
	}
	if r.Asked("chat.delete") != 0 {
		t.Error("it was deleted although a person said no")
	}
}

func TestTakeBackAScheduledMessage(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken, UserToken: userToken}, server.Config{})
	text, failed := r.call(t, "send_message", `{"channel":"#general","text":"later","post_at":"in 2 days"}`)
	var sent struct {
		ID string `json:"scheduled_message_id"`
	}
	if err := json.Unmarshal([]byte(text), &sent); err != nil || failed || sent.ID == "" {
		t.Fatal(text)
	}
	given := args(t, map[string]any{"channel": "#general", "scheduled_message_id": sent.ID})
	text, failed = r.call(t, "delete_message", given)
	if failed || text != `{"channel":"C000000001","scheduled_message_id":"`+sent.ID+`"}` {
		t.Error(text)
	}
	if !strings.HasPrefix(p.last(), "Take back the scheduled message "+sent.ID+" to #general") {
		t.Errorf("asked %q", p.last())
	}
	wantRefusal(t, r, "delete_message", given, "RESOURCE_NOT_FOUND", "has no scheduled message "+sent.ID)
	wantRefusal(t, r, "delete_message", args(t, map[string]any{"channel": "#general", "scheduled_message_id": sent.ID, "ts": sentTS}), "give one of them")
	wantRefusal(t, r, "delete_message", `{"channel":"#general"}`, "ts is missing")
}

func TestMessageThatCannotBeShown(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	r.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: []string{"chat:write", "channels:read"}})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "hi", At: at})
	if text, failed := r.call(t, "delete_message", args(t, map[string]any{"channel": "C000000001", "ts": ts})); failed {
		t.Error(text)
	}
	if d := cmp.Diff("Delete the message "+ts+" in #general (2 members), which this token cannot read", p.last()); d != "" {
		t.Error(d)
	}
}

func TestDestroyingIsRefusedWhereNobodyCanBeAsked(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "hi", At: at})
	for _, tool := range []string{"update_message", "delete_message"} {
		given := map[string]any{"channel": "C000000001", "ts": ts}
		if tool == "update_message" {
			given["text"] = "a"
		}
		if err := r.refused(t, tool, args(t, given)); err == nil {
			t.Errorf("%s runs for a client that cannot ask", tool)
		}
	}
	if len(r.Requests()) != 0 {
		t.Errorf("%d requests were sent for what is refused", len(r.Requests()))
	}
}
