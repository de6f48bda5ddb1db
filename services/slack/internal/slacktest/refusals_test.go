package slacktest_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// A request that Slack would not understand fails the test, and is told of.
func TestStrict(t *testing.T) {
	var mu sync.Mutex
	var told []string
	s := slacktest.Open(func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf(format, args...))
	})
	ts := httptest.NewServer(s)
	defer ts.Close()
	s.Base(ts.URL)
	s.Grant(bot, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID})
	ask(t, s, bot, "conversations.info", "channel", slacktest.General, "include_members", "true")
	ask(t, s, bot, "auth.test", "token", bot)
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(told, "; "); got != "conversations.info has the argument include_members, which Slack does not know; auth.test has a token in its body" {
		t.Error(got)
	}
}

func TestRefusals(t *testing.T) {
	s := workspace(t)
	s.Grant("xoxb-old", slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Refused: "token_revoked"})
	s.Grant("xoxb-narrow", slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: []string{"channels:read", "chat:write"}})
	s.Grant("xoxp-org", slacktest.Token{User: slacktest.Mona, Organization: "E000000001"})
	secret := s.AddChannel(slacktest.Channel{Name: "secret", Private: true, Members: []string{slacktest.Mona}})
	closed := s.AddChannel(slacktest.Channel{Name: "closed", Archived: true, Members: []string{slacktest.Mona, slacktest.Octobot}})
	news := s.AddChannel(slacktest.Channel{Name: "news", ReadOnly: true, Members: []string{slacktest.Mona, slacktest.Octobot}})
	theirs := s.Post(slacktest.General, slacktest.Message{Text: "mine"})
	reply := s.Post(slacktest.General, slacktest.Message{Text: "answer", ThreadTS: theirs})
	post := func(args ...string) []string {
		return append([]string{"chat.postMessage", "channel", slacktest.General}, args...)
	}
	for want, calls := range map[string][][]string{
		"not_authed":          {{"", "auth.test"}},
		"invalid_auth":        {{"xoxb-wrong", "auth.test"}},
		"token_revoked":       {{"xoxb-old", "auth.test"}},
		"unknown_method":      {{bot, "channels.list"}},
		"invalid_arguments":   {{bot, "conversations.info"}, {bot, "users.info"}},
		"missing_scope":       {{"xoxb-narrow", "conversations.history", "channel", slacktest.General}, {"xoxb-narrow", "users.info", "user", slacktest.Mona}, {"xoxb-narrow", "conversations.list", "types", "private_channel"}},
		"channel_not_found":   {{bot, "conversations.info", "channel", secret}, {bot, "conversations.history", "channel", "C0NOWHERE"}, {bot, "chat.postMessage", "channel", "#nowhere", "text", "x"}},
		"not_in_channel":      {{bot, "conversations.history", "channel", slacktest.Random}, {"xoxb-narrow", "chat.postMessage", "channel", slacktest.Random, "text", "x"}, {bot, "conversations.invite", "channel", slacktest.Random, "users", slacktest.Mona}},
		"is_archived":         {{bot, "chat.postMessage", "channel", closed, "text", "x"}},
		"user_not_found":      {{bot, "users.info", "user", "U0NOBODY"}, {bot, "conversations.open", "users", "U0NOBODY"}},
		"users_not_found":     {{bot, "users.lookupByEmail", "email", "nobody@octo.example"}},
		"name_taken":          {{bot, "conversations.create", "name", "general"}},
		"too_long":            {{bot, "conversations.setPurpose", "channel", slacktest.General, "purpose", strings.Repeat("x", 251)}},
		"invalid_cursor":      {{bot, "conversations.list", "cursor", "x"}, {bot, "conversations.history", "channel", slacktest.General, "cursor", "dGVhbTox"}},
		"invalid_types":       {{bot, "conversations.list", "types", "channel"}},
		"invalid_ts_oldest":   {{bot, "conversations.history", "channel", slacktest.General, "oldest", "yesterday"}},
		"thread_not_found":    {{bot, "conversations.replies", "channel", slacktest.General, "ts", "1.000001"}, append([]string{bot}, post("text", "x", "thread_ts", "1.000001")...)},
		"message_not_found":   {{bot, "chat.update", "channel", slacktest.General, "ts", "1.000001", "text", "x"}, {bot, "reactions.add", "channel", slacktest.General, "timestamp", "1.000001", "name", "eyes"}},
		"cant_update_message": {{bot, "chat.update", "channel", slacktest.General, "ts", theirs, "text", "x"}},
		"cant_delete_message": {{bot, "chat.delete", "channel", slacktest.General, "ts", theirs}},
		"no_text":             {append([]string{bot}, post()...)},
		"msg_too_long":        {append([]string{bot}, post("text", strings.Repeat("x", 40_001))...)},
		"msg_blocks_too_long": {append([]string{bot}, post("blocks", `[{"type":"markdown","text":"`+strings.Repeat("x", 12_001)+`"}]`)...)},
		"invalid_blocks":      {append([]string{bot}, post("blocks", `[{"type":"wonder"}]`)...)},
		"no_reaction":         {{bot, "reactions.remove", "channel", slacktest.General, "timestamp", theirs, "name", "eyes"}},
		"invalid_name":        {{bot, "reactions.add", "channel", slacktest.General, "timestamp", theirs, "name", "no_such_emoji"}},
		"missing_argument":    {{"xoxp-org", "conversations.list"}, {"xoxp-org", "users.list"}, {"xoxp-org", "search.messages", "query", "x"}},

		"restricted_action_read_only_channel": {{bot, "chat.postMessage", "channel", news, "text", "x"}},
		"invalid_name_specials":               {{bot, "conversations.create", "name", "No Spaces"}},
		"invalid_name_maxlength":              {{bot, "conversations.create", "name", strings.Repeat("x", 81)}},
		"markdown_text_conflict":              {append([]string{bot}, post("text", "x", "markdown_text", "y")...)},
		"invalid_blocks_format":               {append([]string{bot}, post("blocks", "{")...)},
		"cannot_reply_to_message":             {append([]string{bot}, post("text", "x", "thread_ts", reply)...)},
		"not_allowed_token_type":              {{bot, "search.messages", "query", "x"}},
	} {
		for _, c := range calls {
			if got := ask(t, s, c[0], c[1], c[2:]...); got.code() != want {
				t.Errorf("%.100s: %v; want %s", strings.Join(c[1:], " "), got, want)
			}
		}
	}
	r := ask(t, s, "xoxb-narrow", "conversations.history", "channel", slacktest.General)
	if r.at("needed") != "channels:history" || r.at("provided") != "channels:read,chat:write" {
		t.Error(r)
	}
	r = ask(t, s, bot, "chat.postMessage", "channel", slacktest.General, "blocks", `[{"type":"wonder"}]`)
	if r.at("response_metadata.messages.0") != "[ERROR] unsupported type: wonder [json-pointer:/blocks/0/type]" {
		t.Error(r)
	}
}

func TestLimits(t *testing.T) {
	s := workspace(t)
	s.LimitAfter("auth.test", 1, 7)
	if r := ask(t, s, bot, "auth.test"); r.code() != "" {
		t.Error(r)
	}
	if r := ask(t, s, bot, "auth.test"); r.code() != "ratelimited" || r["status"] != 429 || r["retry"] != "7" {
		t.Error(r)
	}
	s.Limit("auth.test", 0)
	if r := ask(t, s, bot, "auth.test"); r.code() != "" {
		t.Error(r)
	}
	for i := range 20 {
		s.Post(slacktest.General, slacktest.Message{Text: fmt.Sprint(i)})
	}
	s.Restrict(true)
	r := ask(t, s, bot, "conversations.history", "channel", slacktest.General, "limit", "100")
	if list := r["messages"].([]any); len(list) != 15 || r["has_more"] != true {
		t.Errorf("%d messages, more %v", len(list), r["has_more"])
	}
	if r := ask(t, s, bot, "conversations.history", "channel", slacktest.General); r["status"] != 429 || r["retry"] == "" {
		t.Error(r)
	}
}
