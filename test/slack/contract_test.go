//go:build e2e

package slack

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// step is a call of a tool in a story that holds in every workspace.
type step struct {
	tool string
	// args may name what an earlier step has found: $channel, $ts, $reply; so may has.
	// $hubot is a colleague's id.
	args map[string]any
	// has are texts that the answer has, and lacks those that it must not have.
	has, lacks []string
	// keep is where a value of the answer goes: "$channel": "id".
	keep map[string]string
	// refused is whether the tool must say no.
	refused bool
	// person is whether emulate lets a person do it only, and no bot.
	person bool
}

// story is what somebody does with an agent in a morning.
var story = []step{
	{tool: "list_channels", has: []string{"general"}},
	{tool: "create_channel", args: map[string]any{"name": "launch-plans", "description": "What we launch"}, has: []string{"launch-plans"}, keep: map[string]string{"$channel": "id"}},
	{tool: "create_channel", args: map[string]any{"name": "launch-plans"}, refused: true},
	{tool: "get_channel_info", args: map[string]any{"channel": "#launch-plans"}, has: []string{"What we launch"}},
	{tool: "send_message", args: map[string]any{"channel": "#launch-plans", "text": "The **launch** is on Friday, by zeppelin"}, keep: map[string]string{"$ts": "ts"}},
	{tool: "send_message", args: map[string]any{"channel": "$channel", "text": "Which Friday?", "thread_ts": "$ts"}, keep: map[string]string{"$reply": "ts"}},
	{tool: "send_message", args: map[string]any{"channel": "$channel", "text": "The next one", "thread_ts": "$ts"}},
	{tool: "send_message", args: map[string]any{"channel": "$channel", "text": "Lunch?"}, keep: map[string]string{"$lunch": "ts"}},
	{tool: "get_channel_history", args: map[string]any{"channel": "#launch-plans"}, has: []string{"Lunch?", "launch", `"reply_count":2`}, lacks: []string{"Which Friday?"}},
	{tool: "get_channel_history", args: map[string]any{"channel": "$channel", "oldest": "$reply"}, has: []string{"Lunch?"}, lacks: []string{"on Friday"}},
	{tool: "get_thread", args: map[string]any{"channel": "$channel", "thread_ts": "$ts"}, has: []string{"Which Friday?", "The next one"}, lacks: []string{"Lunch?"}},
	{tool: "set_reaction", args: map[string]any{"channel": "$channel", "ts": "$ts", "emoji": "tada"}, has: []string{`"changed":true`}},
	{tool: "set_reaction", args: map[string]any{"channel": "$channel", "ts": "$ts", "emoji": "tada"}, has: []string{`"changed":false`}},
	{tool: "update_message", args: map[string]any{"channel": "$channel", "ts": "$reply", "text": "Which Friday exactly?"}},
	{tool: "get_thread", args: map[string]any{"channel": "$channel", "thread_ts": "$ts"}, has: []string{"Which Friday exactly?", "tada"}},
	{tool: "delete_message", args: map[string]any{"channel": "$channel", "ts": "$lunch"}},
	{tool: "get_channel_history", args: map[string]any{"channel": "$channel"}, lacks: []string{"Lunch?"}},
	{tool: "search_messages", args: map[string]any{"query": "zeppelin", "channel": "$channel"}, has: []string{"on Friday"}, lacks: []string{"The next one"}},
	{tool: "search_messages", args: map[string]any{"query": "zeppelin", "channel": "#general"}, lacks: []string{"on Friday"}},
	{tool: "get_channel_history", args: map[string]any{"channel": "$channel", "include_threads": true}, has: []string{"Which Friday exactly?", "The next one"}},
	{tool: "set_reaction", args: map[string]any{"channel": "$channel", "ts": "$reply", "emoji": "eyes"}, has: []string{`"changed":true`}},
	{tool: "set_reaction", args: map[string]any{"channel": "$channel", "ts": "$reply", "emoji": "eyes", "remove": true}, has: []string{`"changed":true`}},
	{tool: "set_reaction", args: map[string]any{"channel": "$channel", "ts": "$reply", "emoji": "eyes", "remove": true}, has: []string{`"changed":false`}},
	{tool: "get_thread", args: map[string]any{"channel": "$channel", "thread_ts": "$ts"}, has: []string{"tada"}, lacks: []string{"eyes"}},
	{tool: "get_thread", args: map[string]any{"channel": "$channel", "thread_ts": "$ts", "limit": 2}, has: []string{"Which Friday exactly?"}, lacks: []string{"The next one"}, keep: map[string]string{"$cursor": "next_cursor"}},
	{tool: "get_thread", args: map[string]any{"channel": "$channel", "thread_ts": "$ts", "limit": 2, "cursor": "$cursor"}, has: []string{"The next one"}, lacks: []string{"Which Friday exactly?"}},
	{tool: "send_message", args: map[string]any{"channel": "$channel", "text": "Later", "post_at": "2h"}, keep: map[string]string{"$later": "scheduled_message_id"}},
	{tool: "delete_message", args: map[string]any{"channel": "$channel", "scheduled_message_id": "$later"}},
	{tool: "delete_message", args: map[string]any{"channel": "$channel", "scheduled_message_id": "$later"}, refused: true},
	{tool: "get_channel_history", args: map[string]any{"channel": "$channel"}, lacks: []string{"Later"}},
	{tool: "find_users", args: map[string]any{"query": "mona@octo.example"}, has: []string{"mona"}},
	{tool: "find_users", args: map[string]any{"query": "hubot@octo.example"}, has: []string{"$hubot"}},
	{person: true, tool: "create_channel", args: map[string]any{"name": "launch-crew", "invite": []string{"$hubot"}}, keep: map[string]string{"$crew": "id"}},
	{person: true, tool: "get_channel_info", args: map[string]any{"channel": "$crew", "include_members": true}, has: []string{"$hubot"}},
	{person: true, tool: "send_message", args: map[string]any{"channel": "$hubot", "text": "Are you coming?"}, keep: map[string]string{"$dm": "channel"}},
	{person: true, tool: "get_channel_history", args: map[string]any{"channel": "$dm"}, has: []string{"Are you coming?"}},
	{tool: "get_channel_history", args: map[string]any{"channel": "$channel"}, lacks: []string{"Are you coming?"}},
	{tool: "send_message", args: map[string]any{"channel": "#no-such-channel", "text": "x"}, refused: true},
	{tool: "update_message", args: map[string]any{"channel": "$channel", "ts": "1000000000.000001", "text": "x"}, refused: true},
	{tool: "set_reaction", args: map[string]any{"channel": "$channel", "ts": "$lunch", "emoji": "tada"}, refused: true},
}

// tell does the steps and returns what they have found.
func tell(t *testing.T, w workspace) map[string]string {
	t.Helper()
	s := w.serve(t, "--allow-dms")
	hubot, _ := w.ask(t, w.user, "users.lookupByEmail", "email", "hubot@octo.example")["user"].(map[string]any)
	found := make(map[string]string)
	found["$hubot"], _ = hubot["id"].(string)
	for i, st := range story {
		if st.person && w.asBot && w.emulated {
			continue
		}
		args := make(map[string]any, len(st.args))
		for k, v := range st.args {
			switch given := v.(type) {
			case string:
				v = cmp.Or(found[given], given)
			case []string:
				v = []string{cmp.Or(found[given[0]], given[0])}
			}
			args[k] = v
		}
		r := s.call(t, st.tool, args)
		if r.failed != st.refused {
			t.Fatalf("step %d, %s %v: %s", i, st.tool, args, r.text)
		}
		for _, want := range st.has {
			if want = cmp.Or(found[want], want); !strings.Contains(r.text, want) {
				t.Errorf("step %d, %s %v: no %q in %s", i, st.tool, args, want, r.text)
			}
		}
		for _, never := range st.lacks {
			if strings.Contains(r.text, never) {
				t.Errorf("step %d, %s %v: %q in %s", i, st.tool, args, never, r.text)
			}
		}
		for name, field := range st.keep {
			value, _ := r.data[field].(string)
			if value == "" {
				t.Fatalf("step %d, %s: no %s in %s", i, st.tool, field, r.text)
			}
			found[name] = value
		}
	}
	return found
}

// verify reads what the story wrote with Slack's own client.
func verify(t *testing.T, w workspace, found map[string]string) {
	t.Helper()
	read := w.reader(t, found["$channel"], found["$ts"])
	if c := read.Channel; c.Name != "launch-plans" || c.Purpose != "What we launch" || c.Private {
		t.Errorf("%+v", c)
	}
	authors := make(map[string]bool)
	for _, m := range read.Replies {
		authors[m.User] = true
	}
	token := w.user
	if w.asBot {
		token = w.bot
	}
	if me, _ := w.ask(t, token, "auth.test")["user_id"].(string); len(authors) != 1 || !authors[me] {
		t.Errorf("%v have posted, not %s", authors, me)
	}
	texts := func(all []sighting) string {
		var out []string
		for _, m := range all {
			out = append(out, m.Text)
		}
		return strings.Join(out, "\n")
	}
	i := slices.IndexFunc(read.History, func(m sighting) bool { return m.TS == found["$ts"] })
	if i < 0 || !strings.Contains(read.History[i].Text, "launch") || !slices.Equal(read.History[i].Reactions, []string{"tada"}) {
		t.Errorf("%+v", read.History)
	}
	if strings.Contains(texts(read.History), "Lunch?") {
		t.Error("what was deleted is there")
	}
	got := texts(read.Replies)
	if len(read.Replies) != 3 || !strings.Contains(got, "Which Friday exactly?") || !strings.Contains(got, "The next one") {
		t.Errorf("%+v", read.Replies)
	}
	i = slices.IndexFunc(read.Replies, func(m sighting) bool { return m.TS == found["$reply"] })
	if i < 0 || !read.Replies[i].Edited {
		t.Errorf("%+v", read.Replies)
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	w := own(t)
	verify(t, w, tell(t, w))
}

func TestStoryAsBot(t *testing.T) {
	t.Parallel()
	w := own(t)
	w.asBot = true
	verify(t, w, tell(t, w))
}

func TestStoryBeforeEmulateAsBot(t *testing.T) {
	t.Parallel()
	w, _ := emulated(t)
	w.asBot = true
	verify(t, w, tell(t, w))
}

func TestStoryBeforeEmulate(t *testing.T) {
	t.Parallel()
	w, _ := emulated(t)
	verify(t, w, tell(t, w))
}

// A limit of Slack's is said with how long it lasts, and ends.
func TestLimit(t *testing.T) {
	w, a := emulated(t)
	s := w.serve(t)
	a.limit("conversations.history", 37)
	r := s.call(t, "get_channel_history", map[string]any{"channel": "#general"})
	if !strings.Contains(r.text, "37") || !strings.Contains(strings.ToLower(r.text), "rate") {
		t.Error(r.text)
	}
}

// A token that nobody gave out is nobody's.
func TestForeignToken(t *testing.T) {
	w, _ := emulated(t)
	w.user = "xoxp-of-nobody"
	if r := w.serve(t).call(t, "get_channel_history", map[string]any{"channel": "C000000001"}); !r.failed {
		t.Error(r.text)
	}
}
