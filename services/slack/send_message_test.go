package slack_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

const postedJSON = `{"ok":true,"channel":"C000000001","ts":"` + sentTS + `","message":{"type":"message","text":"x","ts":"` + sentTS + `"}}`

func TestSendMessage(t *testing.T) {
	const link = `"permalink":"https://octo.slack.com/archives/C000000001/p1503435956000247`
	for name, tt := range map[string]struct {
		args map[string]any
		want string
		form map[string]string
	}{
		"markdown": {
			map[string]any{"text": "**Done** & <ok>"},
			`{"channel":"C000000001","channel_name":"general","ts":"` + sentTS + `",` + link + `"}`,
			map[string]string{"channel": "C000000001", "text": "Done &amp; &lt;ok&gt;", "blocks": `[{"type":"markdown","text":"**Done** \u0026 \u003cok\u003e"}]`, "unfurl_links": "false", "unfurl_media": "false"},
		},
		"mrkdwn in a thread, shown in the channel": {
			map[string]any{"text": "*a* <https://x.example|b>", "format": "mrkdwn", "thread_ts": "1503435900.000100", "reply_broadcast": true},
			`{"channel":"C000000001","channel_name":"general","ts":"` + sentTS + `",` + link + `?thread_ts=1503435900.000100&cid=C000000001","thread_ts":"1503435900.000100"}`,
			map[string]string{"text": "*a* <https://x.example|b>", "thread_ts": "1503435900.000100", "reply_broadcast": "true", "blocks": ""},
		},
		"plain": {
			map[string]any{"text": "a < b <!channel> *c*", "format": "plain"},
			"", map[string]string{"text": "a &lt; b &lt;!channel&gt; *c*", "mrkdwn": "false", "blocks": ""},
		},
		"blocks": {
			map[string]any{"blocks": []any{map[string]any{"type": "header", "text": map[string]any{"type": "plain_text", "text": "Built"}}}},
			"", map[string]string{"text": "Built", "blocks": `[{"text":{"text":"Built","type":"plain_text"},"type":"header"}]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, slack.Config{BotToken: botToken})
			r.Handle("conversations.info", slacktest.JSON(generalJSON))
			r.Handle("chat.postMessage", slacktest.JSON(postedJSON))
			tt.args["channel"] = "C000000001"
			text, failed := r.call(t, "send_message", args(t, tt.args))
			if failed || tt.want != "" && text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
			sent := r.last(t, "chat.postMessage")
			for name, want := range tt.form {
				if got := sent.Form.Get(name); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
			if sent.Form.Has("link_names") || sent.Form.Has("parse") {
				t.Errorf("names are linked: %v", sent.Form)
			}
		})
	}
}

func TestSendMessageLater(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.Handle("conversations.info", slacktest.JSON(generalJSON))
	r.Handle("chat.scheduleMessage", slacktest.JSON(`{"ok":true,"channel":"C000000001","scheduled_message_id":"Q1298393284","post_at":"1"}`))
	before := time.Now()
	text, failed := r.call(t, "send_message", `{"channel":"C000000001","text":"soon","post_at":"in 2h"}`)
	if failed || !strings.HasPrefix(text, `{"channel":"C000000001","channel_name":"general","scheduled_message_id":"Q1298393284","post_at":"`) {
		t.Fatal(text)
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSuffix(text[strings.LastIndex(text, `:"`)-len("2006-01-02T15:04"):], `"}`))
	if err == nil && (at.Before(before) || r.Asked("chat.postMessage") > 0) {
		t.Errorf("it is sent at %v", at)
	}
	sent := r.last(t, "chat.scheduleMessage").Form
	if sent.Get("post_at") == "" || sent.Get("unfurl_links") != "false" {
		t.Errorf("%v", sent)
	}
}

func TestPostTime(t *testing.T) {
	now := time.Date(2030, 1, 31, 12, 0, 0, 500, time.UTC)
	for in, want := range map[string]string{
		"in 2h": "2030-01-31T14:00:00Z", "in 3 days": "2030-02-03T12:00:00Z", "30m": "2030-01-31T12:30:00Z", "In 1 week": "2030-02-07T12:00:00Z",
		"2030-01-31T14:00:00+01:00": "2030-01-31T13:00:00Z", "2030-05-31T11:00:00Z": "2030-05-31T11:00:00Z",
		"": "0001-01-01T00:00:00Z", "tomorrow": "post_at is a time such as", "in 0m": "post_at is over", "2030-01-31T11:59:59Z": "post_at is over: it is 2030-01-31T12:00:00Z now",
		"in 121d": "more than 120 days ahead", "2031-01-01T00:00:00Z": "more than 120 days ahead", "in 99999w": "more than 120 days ahead",
	} {
		at, err := slack.PostTime(in, now)
		got := at.Format(time.RFC3339)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) && !strings.Contains(got, want) {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestSendMessageRefuses(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.Handle("conversations.info", slacktest.JSON(generalJSON))
	for name, tt := range map[string]struct {
		args map[string]any
		want string
	}{
		"nothing":                 {map[string]any{}, `text is empty`},
		"spaces":                  {map[string]any{"text": " \n "}, `text is empty`},
		"a long text":             {map[string]any{"text": strings.Repeat("é", 12_001)}, `text has 12001 characters, 1 more than the 12000`},
		"an unknown block":        {map[string]any{"blocks": []any{map[string]any{"type": "banner"}}}, `is no kind of block known here`},
		"no thread":               {map[string]any{"text": "a", "reply_broadcast": true}, `reply_broadcast is for answers`},
		"no timestamp":            {map[string]any{"text": "a", "thread_ts": "yesterday"}, `thread_ts`},
		"no time":                 {map[string]any{"text": "a", "post_at": "soon"}, `post_at is a time such as`},
		"everybody":               {map[string]any{"text": "<!channel> hi"}, `this would notify @channel`},
		"everybody in a block":    {map[string]any{"text": "hi", "blocks": []any{map[string]any{"type": "markdown", "text": "@here"}}}, `this would notify @here`},
		"everybody behind a text": {map[string]any{"text": "hi <\u200b!everyone>", "format": "mrkdwn"}, `this would notify @everyone`},
	} {
		t.Run(name, func(t *testing.T) {
			tt.args["channel"] = "C000000001"
			wantRefusal(t, r, "send_message", args(t, tt.args), tt.want)
		})
	}
	if n := r.Asked("chat.postMessage"); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestMassMentionsWithLeave(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken, AllowMassMentions: true}, server.Config{Confirm: "always"})
	r.Handle("conversations.info", slacktest.JSON(generalJSON))
	r.Handle("chat.postMessage", slacktest.JSON(postedJSON))
	if text, failed := r.call(t, "send_message", `{"channel":"C000000001","text":"<!here> lunch","format":"mrkdwn"}`); failed {
		t.Error(text)
	}
	if d := cmp.Diff("Post in #general (214 members), notifying @here? <!here> lunch", p.last()); d != "" {
		t.Error(d)
	}
	if got := r.last(t, "chat.postMessage").Form.Get("text"); got != "<!here> lunch" {
		t.Error(got)
	}
}

func TestSendMessageAsks(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	r.Handle("chat.postMessage", slacktest.JSON(postedJSON))
	if text, failed := r.call(t, "send_message", `{"channel":"C000000001","text":"hi"}`); failed || p.last() != "" {
		t.Errorf("a message that destroys nothing is asked about: %q, %s", p.last(), text)
	}
	r, p = newAskedRig(t, slack.Config{BotToken: botToken, AllowExternal: true}, server.Config{Confirm: "always"})
	r.Handle("conversations.info", slacktest.JSON(externalJSON))
	r.Handle("chat.postMessage", slacktest.JSON(postedJSON))
	p.refuses = true
	wantRefusal(t, r, "send_message", `{"channel":"C000000001","text":"**hi** all","thread_ts":"`+sentTS+`","post_at":"2999-01-01T00:00:00Z"}`, "post_at")
	wantRefusal(t, r, "send_message", `{"channel":"C000000001","text":"**hi** all","thread_ts":"`+sentTS+`"}`, `"CANCELLED"`)
	if d := cmp.Diff("Post in a thread in #partners (12 members, shared with another organization)? **hi** all", p.last()); d != "" || r.Asked("chat.postMessage") > 0 {
		t.Error(d)
	}
}

// TestQuestionShowsWhatIsRead holds that a person agrees to the blocks, and not to
// a text that hardly anybody sees.
func TestQuestionShowsWhatIsRead(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{Confirm: "always"})
	p.refuses = true
	wantRefusal(t, r, "send_message", `{"channel":"C000000001","text":"harmless","blocks":[{"type":"markdown","text":"quite **another** thing"}]}`, `"CANCELLED"`)
	if d := cmp.Diff("Post in #general (2 members)? quite **another** thing In notifications: harmless", p.last()); d != "" {
		t.Error(d)
	}
}

func TestExternalChannelsAreNotWrittenTo(t *testing.T) {
	r, _ := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{})
	r.Handle("conversations.info", slacktest.JSON(externalJSON))
	for tool, arguments := range map[string]string{
		"send_message":   `{"channel":"C000000001","text":"hi"}`,
		"update_message": `{"channel":"C000000001","ts":"` + sentTS + `","text":"hi"}`,
		"delete_message": `{"channel":"C000000001","ts":"` + sentTS + `"}`,
		"set_reaction":   `{"channel":"C000000001","ts":"` + sentTS + `","emoji":"eyes"}`,
	} {
		wantRefusal(t, r, tool, arguments, "--allow-external", "PERMISSION_DENIED")
	}
	for _, q := range r.Requests() {
		if strings.HasPrefix(q.Method, "chat.") || strings.HasPrefix(q.Method, "reactions.") {
			t.Errorf("%s was called", q.Method)
		}
	}
}

// TestLostAnswer holds that what changes something is sent once: Slack may have
// done it although the answer is lost.
func TestLostAnswer(t *testing.T) {
	r := newRigOf(t, slack.Config{BotToken: botToken}, server.Config{Confirm: "never"})
	r.Handle("conversations.info", slacktest.JSON(generalJSON))
	for method, call := range map[string][2]string{
		"chat.postMessage":     {"send_message", `{"channel":"C000000001","text":"hi"}`},
		"chat.scheduleMessage": {"send_message", `{"channel":"C000000001","text":"hi","post_at":"in 1h"}`},
		"chat.update":          {"update_message", `{"channel":"C000000001","ts":"` + sentTS + `","text":"hi"}`},
		"chat.delete":          {"delete_message", `{"channel":"C000000001","ts":"` + sentTS + `"}`},
		"conversations.create": {"create_channel", `{"name":"new"}`},
	} {
		t.Run(method, func(t *testing.T) {
			for fault, h := range map[string]http.HandlerFunc{
				"no answer":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
				"a broken proxy": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
			} {
				before := r.Asked(method)
				r.Handle(method, h)
				text, failed := r.call(t, call[0], call[1])
				if n := r.Asked(method) - before; !failed || n != 1 {
					t.Errorf("%s: sent %d times: %s", fault, n, text)
				}
				if !strings.Contains(text, "may have been") || !strings.Contains(text, `"retryable":false`) {
					t.Errorf("%s: nothing of what may have happened in %s", fault, text)
				}
			}
		})
	}
}

func TestPermalinkIsAnAnswer(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.Handle("conversations.info", slacktest.JSON(generalJSON))
	r.Handle("chat.postMessage", slacktest.JSON(postedJSON))
	for link, thread := range map[string]string{
		"https://octo.slack.com/archives/C000000001/p1503435900000100":                                            "1503435900.000100",
		"https://octo.slack.com/archives/C000000001/p1503435999000100?thread_ts=1503435900.000100&cid=C000000001": "1503435900.000100",
	} {
		if text, failed := r.call(t, "send_message", args(t, map[string]any{"channel": link, "text": "yes"})); failed {
			t.Errorf("%s: %s", link, text)
			continue
		}
		if got := r.last(t, "chat.postMessage").Form; got.Get("thread_ts") != thread {
			t.Errorf("%s: %v", link, got)
		}
		wantRefusal(t, r, "send_message", args(t, map[string]any{"channel": link, "text": "yes", "thread_ts": "1503435901.000100"}), "give one of them")
	}
}

// TestQuestionTellsOfTheChannel holds that an answer which the whole channel sees is
// not agreed to as one in a thread.
func TestQuestionTellsOfTheChannel(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{Confirm: "always"})
	p.refuses = true
	wantRefusal(t, r, "send_message", `{"channel":"C000000001","text":"hi","thread_ts":"1503435956.000247","reply_broadcast":true}`, `"CANCELLED"`)
	if d := cmp.Diff("Post in a thread in #general (2 members) and in the channel itself? hi", p.last()); d != "" {
		t.Error(d)
	}
}
