package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// TestHistoryOfWorkspace reads a small channel, to the letter.
func TestHistoryOfWorkspace(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, AllowDMs: true})
	r.AddUser(slacktest.User{ID: "U0HUBOT0001", Name: "hubot", DisplayName: "hubot"})
	r.AddUser(slacktest.User{ID: "U0TWIN00001", Name: "twin1", DisplayName: "twin"})
	r.AddUser(slacktest.User{ID: "U0TWIN00002", Name: "twin2", DisplayName: "twin"})
	f := r.AddFile(slacktest.File{ID: "F0REPORT001", Name: "report.txt", Title: "report.txt", User: slacktest.Mona, Mimetype: "text/plain", Filetype: "text", Content: []byte("12345")})
	day := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	post := func(minute int, m slacktest.Message) string {
		m.At = day.Add(time.Duration(minute) * time.Minute)
		return r.Post(slacktest.General, m)
	}
	root := post(0, slacktest.Message{User: "U0HUBOT0001", Text: "who has the *report*? <@U000000001> &amp; <#C000000002|random>", Reactions: []slacktest.Reaction{{Name: "eyes", Users: []string{"U0HUBOT0001", "U0TWIN00001"}}}})
	post(1, slacktest.Message{User: "U0TWIN00001", Text: "joined", Subtype: "channel_join"})
	reply := post(2, slacktest.Message{User: slacktest.Mona, Text: "here", ThreadTS: root, Files: []string{f}})
	shared := post(3, slacktest.Message{User: "U0TWIN00002", Text: "all see this", ThreadTS: root, Broadcast: true})
	last := post(4, slacktest.Message{User: "U0TWIN00001", Text: "=== message of root", Edited: true})

	first := fmt.Sprintf(`{"ts":%q,"time":"2026-11-20T09:00:00Z","user":"hubot","text":"who has the **report**? @Mona Lisa & #random","reply_count":2,"reactions":"eyes: hubot, twin (U0TWIN00001)"}`, root)
	answer := fmt.Sprintf(`{"ts":%q,"time":"09:02","user":"Mona Lisa","text":"here",%%s"files":[{"id":"F0REPORT001","name":"report.txt","type":"text","size":5}]}`, reply)
	broadcast := fmt.Sprintf(`{"ts":%q,"time":"09:03","user":"twin (U0TWIN00002)","text":"all see this",%%s"subtype":"thread_broadcast"}`, shared)
	end := fmt.Sprintf(`{"ts":%q,"time":"09:04","user":"twin (U0TWIN00001)","text":" === message of root","edited":true}`, last)
	in := fmt.Sprintf(`"thread_ts":%q,`, root)
	want := `{"channel":"C000000001","name":"general","link":"https://octo.slack.com/archives/C000000001/p","messages":[` +
		strings.Join([]string{first, fmt.Sprintf(answer, in), fmt.Sprintf(broadcast, in), end}, ",") + `]}`
	got, failed := r.call(t, "get_channel_history", `{"channel":"#general","oldest":"2026-11-20","latest":"2026-11-20","include_threads":true}`)
	if failed {
		t.Fatal(got)
	}
	if diff := cmp.Diff(strings.Split(want, `{"ts"`), strings.Split(got, `{"ts"`)); diff != "" {
		t.Error(diff)
	}

	link := "https://octo.slack.com/archives/C000000001/p" + strings.ReplaceAll(root, ".", "")
	for name, args := range map[string]string{
		"its first message":             fmt.Sprintf(`{"channel":"general","thread_ts":%q}`, root),
		"a reply":                       fmt.Sprintf(`{"channel":"general","thread_ts":%q}`, reply),
		"the permalink of it":           fmt.Sprintf(`{"channel":%q}`, link),
		"the permalink of a reply":      fmt.Sprintf(`{"channel":"https://octo.slack.com/archives/C000000001/p%s?thread_ts=%s&cid=C000000001"}`, strings.ReplaceAll(reply, ".", ""), root),
		"a reply's link without thread": fmt.Sprintf(`{"channel":"https://octo.slack.com/archives/C000000001/p%s"}`, strings.ReplaceAll(reply, ".", "")),
	} {
		p, _ := r.page(t, "get_thread", object(t, args))
		if diff := cmp.Diff([]string{root, reply, shared}, stamps(p.Messages)); diff != "" || p.ThreadTS != root || p.Permalink != link {
			t.Errorf("by %s: %s %+v", name, diff, p)
		}
	}
	p, _ := r.page(t, "get_thread", object(t, fmt.Sprintf(`{"channel":"general","thread_ts":%q}`, last)))
	if len(p.Messages) != 1 || p.Messages[0].TS != last {
		t.Errorf("a message without replies: %+v", p)
	}
	p, _ = r.page(t, "get_channel_history", object(t, fmt.Sprintf(`{"channel":%q}`, link)))
	if diff := cmp.Diff([]string{root}, stamps(p.Messages)); diff != "" {
		t.Errorf("up to a permalink: %s", diff)
	}

	direct := r.AddDirect(slacktest.Mona, "U0HUBOT0001")
	r.Post(direct, slacktest.Message{User: "U0HUBOT0001", Text: "psst"})
	if p, _ = r.page(t, "get_channel_history", object(t, fmt.Sprintf(`{"channel":%q}`, direct))); p.Name != "@hubot" || len(p.Messages) != 1 {
		t.Errorf("direct messages: %+v", p)
	}
}

// TestHistoryNames shows ids where names cannot be looked up.
func TestHistoryNames(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "for <@U000000001>"})
	r.Handle("users.info", slacktest.JSON(`{"ok":false,"error":"internal_error"}`))
	r.Handle("bots.info", slacktest.JSON(`{"ok":false,"error":"internal_error"}`))
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": slacktest.General})
	if len(p.Messages) != 1 || p.Messages[0].Text != "for @U000000001" {
		t.Errorf("%+v", p)
	}
}

// TestHistoryOfRestricted reads as Slack lets apps read that others sell.
func TestHistoryOfRestricted(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.Restrict(true)
	var want []string
	for range 20 {
		want = append(want, r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "m"}))
	}
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": slacktest.General, "limit": 40})
	if diff := cmp.Diff(want[5:], stamps(p.Messages)); diff != "" || p.Next == "" {
		t.Errorf("%s %q", diff, p.Next)
	}
	text, failed := r.call(t, "get_channel_history", fmt.Sprintf(`{"channel":%q,"limit":40,"cursor":%q}`, slacktest.General, p.Next))
	if !failed || !strings.Contains(text, `"RATE_LIMITED"`) || !strings.Contains(text, `"retry_after_seconds"`) {
		t.Errorf("the next page at once: %s", text)
	}
}

func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLongMessages are cut in a channel, where the thread is said to have them whole.
func TestLongMessages(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	long := strings.TrimSpace(strings.Repeat("a word ", 5000))
	root := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: long})
	reply := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: long, ThreadTS: root})
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": slacktest.General})
	if text := p.Messages[0].Text; len(text) > 5000 || !strings.HasSuffix(text, "… [30999 bytes more: get_thread]") {
		t.Errorf("%d bytes, …%s", len(text), text[len(text)-60:])
	}
	args := map[string]any{"channel": slacktest.General, "thread_ts": root}
	for _, ts := range []string{root, reply} {
		p, _ = r.page(t, "get_thread", args)
		if len(p.Messages) != 1 || p.Messages[0].TS != ts || p.Messages[0].Text != long {
			t.Errorf("%s: %v", ts, stamps(p.Messages))
		}
		args["cursor"] = p.Next
	}
	if p.Next != "" {
		t.Error("it goes on")
	}
}
