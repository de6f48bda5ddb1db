package slacktest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

const (
	bot  = "xoxb-bot"
	mona = "xoxp-mona"
)

// workspace is a new one with a bot's and a person's token.
func workspace(t *testing.T) *slacktest.Server {
	s := slacktest.New(t)
	s.Grant(bot, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID})
	s.Grant(mona, slacktest.Token{User: slacktest.Mona})
	return s
}

// reply is an answer of a method.
type reply map[string]any

// ask calls a method; args are names and values in turn.
func ask(t *testing.T, s *slacktest.Server, token, method string, args ...string) reply {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var r reply
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		r["status"], r["retry"] = resp.StatusCode, resp.Header.Get("Retry-After")
	}
	return r
}

// code is the refusal of an answer, "" for success.
func (r reply) code() string { c, _ := r["error"].(string); return c }

// at returns what is at a path of names and indexes: "messages.0.text".
func (r reply) at(path string) any {
	var v any = map[string]any(r)
	for part := range strings.SplitSeq(path, ".") {
		switch now := v.(type) {
		case map[string]any:
			v = now[part]
		case []any:
			i := int(part[0] - '0')
			if i >= len(now) {
				return nil
			}
			v = now[i]
		default:
			return nil
		}
	}
	return v
}

// texts are the texts of the messages of an answer.
func (r reply) texts() string {
	var all []string
	list, _ := r["messages"].([]any)
	for _, m := range list {
		all = append(all, m.(map[string]any)["text"].(string))
	}
	return strings.Join(all, "|")
}

func TestPostReadThread(t *testing.T) {
	s := workspace(t)
	posted := ask(t, s, bot, "chat.postMessage", "channel", slacktest.General, "text", "hello <@U000000001> *now*")
	ts, _ := posted.at("ts").(string)
	if posted.code() != "" || ts == "" || posted.at("message.bot_id") != slacktest.BotID || posted.at("message.blocks.0.type") != "rich_text" {
		t.Fatal(posted)
	}
	for _, text := range []string{"one", "two", "three"} {
		if r := ask(t, s, bot, "chat.postMessage", "channel", slacktest.General, "thread_ts", ts, "text", text); r.code() != "" {
			t.Fatal(r)
		}
	}
	ask(t, s, mona, "chat.postMessage", "channel", slacktest.General, "thread_ts", ts, "text", "four", "reply_broadcast", "true")
	history := ask(t, s, bot, "conversations.history", "channel", slacktest.General)
	if got := history.texts(); got != "four|hello <@U000000001> *now*" {
		t.Error(got)
	}
	if history.at("messages.0.subtype") != "thread_broadcast" || history.at("messages.1.reply_count") != 4.0 {
		t.Error(history)
	}
	first := ask(t, s, bot, "conversations.replies", "channel", slacktest.General, "ts", ts, "limit", "3")
	if got := first.texts(); got != "hello <@U000000001> *now*|one|two" || first["has_more"] != true {
		t.Error(got)
	}
	second := ask(t, s, bot, "conversations.replies", "channel", slacktest.General, "ts", ts, "limit", "3", "cursor", first.at("response_metadata.next_cursor").(string))
	if got := second.texts(); got != "hello <@U000000001> *now*|three|four" || second["has_more"] != false {
		t.Error(got)
	}
}
