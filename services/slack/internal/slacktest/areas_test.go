package slacktest_test

import (
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

func TestHistoryBounds(t *testing.T) {
	s := workspace(t)
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var ts []string
	for _, text := range []string{"a", "b", "c", "d"} {
		ts = append(ts, s.Post(slacktest.General, slacktest.Message{Text: text, At: day}))
		day = day.Add(time.Hour)
	}
	if ts[0] != "1772366400.000000" {
		t.Error(ts)
	}
	for _, c := range []struct{ args, want string }{
		{"oldest=" + ts[1], "d|c"},
		{"oldest=" + ts[1] + "&inclusive=true", "d|c|b"},
		{"latest=" + ts[2], "b|a"},
		{"latest=" + ts[2] + "&oldest=" + ts[0] + "&inclusive=1", "c|b|a"},
		{"latest=1772370000", "a"}, // exclusive, and without decimals
		{"limit=3", "d|c|b"},
	} {
		form, err := url.ParseQuery(c.args)
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"channel", slacktest.General}
		for k := range form {
			args = append(args, k, form.Get(k))
		}
		if got := ask(t, s, bot, "conversations.history", args...).texts(); got != c.want {
			t.Errorf("%s: %s; want %s", c.args, got, c.want)
		}
	}
	first := ask(t, s, bot, "conversations.history", "channel", slacktest.General, "limit", "3")
	s.Post(slacktest.General, slacktest.Message{Text: "newer"})
	rest := ask(t, s, bot, "conversations.history", "channel", slacktest.General, "limit", "3", "cursor", first.at("response_metadata.next_cursor").(string))
	if rest.texts() != "a" || rest["has_more"] != false {
		t.Error(rest)
	}
}

func TestChangesOfMessages(t *testing.T) {
	s := workspace(t)
	ts := ask(t, s, bot, "chat.postMessage", "channel", slacktest.General, "text", "first").at("ts").(string)
	if r := ask(t, s, bot, "chat.update", "channel", slacktest.General, "ts", ts, "text", "second"); r.at("message.edited.user") != slacktest.Octobot || r.at("text") != "second" {
		t.Error(r)
	}
	for _, want := range []string{"", "already_reacted"} {
		if r := ask(t, s, bot, "reactions.add", "channel", slacktest.General, "timestamp", ts, "name", "thumbsup"); r.code() != want {
			t.Error(r)
		}
	}
	if r := ask(t, s, mona, "reactions.get", "channel", slacktest.General, "timestamp", ts); r.at("message.reactions.0.name") != "+1" || r.at("message.reactions.0.count") != 1.0 {
		t.Error(r)
	}
	s.Post(slacktest.General, slacktest.Message{Text: "answer", ThreadTS: ts})
	if r := ask(t, s, bot, "chat.delete", "channel", slacktest.General, "ts", ts); r.code() != "" {
		t.Error(r)
	}
	if r := ask(t, s, bot, "conversations.history", "channel", slacktest.General); r.at("messages.0.subtype") != "tombstone" || r.at("messages.0.reply_count") != 1.0 {
		t.Error(r)
	}
	at := time.Now().Add(time.Hour)
	later := ask(t, s, bot, "chat.scheduleMessage", "channel", slacktest.General, "text", "later", "post_at", slacktest.Stamp(at)[:10])
	id, _ := later["scheduled_message_id"].(string)
	if r := ask(t, s, bot, "chat.scheduledMessages.list"); id == "" || r.at("scheduled_messages.0.id") != id {
		t.Error(later, r)
	}
	s.Now = func() time.Time { return at.Add(time.Second) }
	s.PostDue()
	if r := ask(t, s, bot, "conversations.history", "channel", slacktest.General, "limit", "1"); r.texts() != "later" {
		t.Error(r)
	}
	if r := ask(t, s, bot, "chat.deleteScheduledMessage", "channel", slacktest.General, "scheduled_message_id", id); r.code() != "invalid_scheduled_message_id" {
		t.Error(r)
	}
}

func TestMarkdownBlocks(t *testing.T) {
	s := workspace(t)
	r := ask(t, s, bot, "chat.postMessage", "channel", slacktest.General, "text", "plain",
		"blocks", `[{"type":"markdown","text":"# Title\n\n- **one** [link](https://octo.example/)\n- two"}]`)
	if r.at("message.text") != "plain" || r.at("message.blocks.0.type") != "rich_text" || r.at("message.blocks.0.elements.1.type") != "rich_text_list" {
		t.Fatal(r)
	}
	if got := r.at("message.blocks.0.elements.1.elements.0.elements.2.url"); got != "https://octo.example/" {
		t.Error(got, r)
	}
}

func TestChannels(t *testing.T) {
	s := workspace(t)
	hubot := s.AddUser(slacktest.User{Name: "hubot", Deleted: true})
	alice := s.AddUser(slacktest.User{Name: "alice"})
	made := ask(t, s, mona, "conversations.create", "name", "plans", "is_private", "true")
	id, _ := made.at("channel.id").(string)
	if id == "" || made.at("channel.is_private") != true || made.at("channel.creator") != slacktest.Mona {
		t.Fatal(made)
	}
	if r := ask(t, s, mona, "conversations.invite", "channel", id, "users", alice+","+hubot); r.code() != "user_disabled" || r.at("errors.0.user") != hubot {
		t.Error(r)
	}
	ask(t, s, mona, "conversations.invite", "channel", id, "users", alice)
	if r := ask(t, s, mona, "conversations.members", "channel", id, "limit", "1"); r.at("members.0") != slacktest.Mona || r.at("response_metadata.next_cursor") == "" {
		t.Error(r)
	}
	direct := ask(t, s, mona, "conversations.open", "users", alice)
	again := ask(t, s, mona, "conversations.open", "users", alice)
	if direct.at("channel.id") == nil || direct.at("channel.id") != again.at("channel.id") || again["already_open"] != true {
		t.Error(direct, again)
	}
	if r := ask(t, s, mona, "users.conversations", "types", "im,private_channel"); len(r["channels"].([]any)) != 2 || r.at("channels.0.is_member") != nil {
		t.Error(r)
	}
	if r := ask(t, s, bot, "users.conversations", "types", "im,private_channel"); len(r["channels"].([]any)) != 0 {
		t.Error(r)
	}
	dm := direct.at("channel.id").(string)
	ts := s.Post(dm, slacktest.Message{User: alice, Text: "hi"})
	if r := ask(t, s, mona, "conversations.info", "channel", dm); r.at("channel.unread_count") != 1.0 || r.at("channel.latest.ts") != ts || r.at("channel.user") != alice {
		t.Error(r)
	}
	ask(t, s, mona, "conversations.mark", "channel", dm, "ts", ts)
	if r := ask(t, s, mona, "conversations.info", "channel", dm); r.at("channel.unread_count") != 0.0 || r.at("channel.last_read") != ts {
		t.Error(r)
	}
	if r := ask(t, s, bot, "conversations.join", "channel", slacktest.Random); r.at("channel.is_member") != true {
		t.Error(r)
	}
	if r := ask(t, s, mona, "conversations.setTopic", "channel", id, "topic", "soon"); r.at("channel.topic.value") != "soon" {
		t.Error(r)
	}
	s.Pin(dm, ts, alice)
	if r := ask(t, s, mona, "pins.list", "channel", dm); r.at("items.0.message.text") != "hi" || r.at("items.0.created_by") != alice {
		t.Error(r)
	}
}

func TestSearch(t *testing.T) {
	s := workspace(t)
	secret := s.AddChannel(slacktest.Channel{Name: "secret", Private: true, Members: []string{slacktest.Octobot}})
	s.Post(secret, slacktest.Message{User: slacktest.Octobot, Text: "deploy hidden"})
	march := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	first := s.Post(slacktest.General, slacktest.Message{Text: "Deploy failed", At: march})
	s.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "deploy done https://octo.example/", At: march.AddDate(0, 0, 1), ThreadTS: first, Reactions: []slacktest.Reaction{{Name: "eyes", Users: []string{slacktest.Mona}}}})
	s.Post(slacktest.Random, slacktest.Message{Text: "nothing deploy", At: march.AddDate(0, 0, 2)})
	for query, want := range map[string]int{
		"deploy": 3, `"deploy failed"`: 1, "deploy in:#general": 2, "deploy in:" + slacktest.Random: 1, "from:@octobot deploy": 1, "from:<@U000000002> deploy": 1,
		"deploy after:2026-03-05": 2, "deploy before:2026-03-06": 1, "deploy on:2026-03-06": 1, "has:link": 1, "has::eyes:": 1, "deploy -done": 2, "from:me": 2, "absent": 0,
	} {
		if r := ask(t, s, mona, "search.messages", "query", query); r.at("messages.total") != float64(want) {
			t.Errorf("%s: %v; want %d", query, r.at("messages.total"), want)
		}
	}
	one := ask(t, s, mona, "search.messages", "query", "deploy", "count", "2", "cursor", "*")
	two := ask(t, s, mona, "search.messages", "query", "deploy", "count", "2", "cursor", one.at("response_metadata.next_cursor").(string))
	if two.at("messages.matches.0.ts") != first || two.at("response_metadata.next_cursor") != "" || !strings.Contains(one.at("messages.matches.1.permalink").(string), "?thread_ts="+first) {
		t.Error(one, two)
	}
	r := ask(t, s, mona, "assistant.search.context", "query", "deploy", "include_bots", "true", "limit", "1")
	if r.at("results.messages.0.content") != "nothing deploy" || r.at("response_metadata.next_cursor") == "" {
		t.Error(r)
	}
}

func TestFiles(t *testing.T) {
	s := workspace(t)
	id := s.AddFile(slacktest.File{Name: "a b.txt", Content: []byte("hello")})
	s.Post(slacktest.Random, slacktest.Message{Text: "see", Files: []string{id}})
	r := ask(t, s, mona, "files.info", "file", id)
	address, _ := r.at("file.url_private").(string)
	if r.at("file.size") != 5.0 || r.at("file.channels.0") != slacktest.Random || !strings.HasSuffix(address, "/a%20b.txt") {
		t.Fatal(r)
	}
	if r := ask(t, s, bot, "files.info", "file", id); r.code() != "file_not_found" {
		t.Error(r)
	}
	get := func(token string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if resp := get(mona); resp.StatusCode != http.StatusOK || resp.ContentLength != 5 {
		t.Error(resp.Status)
	}
	for _, token := range []string{"", bot, "xoxb-wrong"} {
		if resp := get(token); resp.StatusCode != http.StatusFound || !strings.Contains(resp.Header.Get("Location"), "/signin?") {
			t.Error(token, resp.Status)
		}
	}
	canvas := s.AddCanvas("Plans", "# Plans", slacktest.Octobot)
	if r := ask(t, s, bot, "canvases.getContent", "canvas_id", canvas); r.at("content") != "# Plans" {
		t.Error(r)
	}
	s.Grant("xoxp-alice", slacktest.Token{User: "U0ALICE00"})
	if r := ask(t, s, "xoxp-alice", "canvases.getContent", "canvas_id", canvas); r.code() != "canvas_not_found" {
		t.Error(r)
	}
}

func TestOAuth(t *testing.T) {
	s := workspace(t)
	s.AddApp(slacktest.App{ClientID: "1.2", ClientSecret: "secret", Redirects: []string{"http://127.0.0.1/callback"}, Rotates: true})
	page := strings.TrimSuffix(s.URL, "api/") + "oauth/v2/authorize?" + url.Values{
		"client_id": {"1.2"}, "redirect_uri": {"http://127.0.0.1/callback"}, "state": {"x"}, "scope": {"chat:write,users:read"}, "user_scope": {"search:read"},
	}.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, page, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	back, err := resp.Location()
	if err != nil || back.Query().Get("state") != "x" {
		t.Fatal(back, err)
	}
	app := []string{"client_id", "1.2", "client_secret", "secret"}
	trade := append(app[:4:4], "code", back.Query().Get("code"), "redirect_uri", "http://127.0.0.1/callback")
	if r := ask(t, s, "", "oauth.v2.access", "client_id", "1.2", "client_secret", "wrong", "code", "x"); r.code() != "bad_client_secret" {
		t.Error(r)
	}
	r := ask(t, s, "", "oauth.v2.access", trade...)
	token, _ := r["access_token"].(string)
	person, _ := r.at("authed_user.access_token").(string)
	if token == "" || person == "" || r.at("team.id") != slacktest.TeamID || r["expires_in"] != 43200.0 {
		t.Fatal(r)
	}
	if r := ask(t, s, "", "oauth.v2.access", trade...); r.code() != "invalid_code" {
		t.Error(r)
	}
	if r := ask(t, s, token, "auth.test"); r.at("bot_id") != slacktest.BotID {
		t.Error(r)
	}
	s.Expire(person)
	if r := ask(t, s, person, "auth.test"); r.code() != "token_expired" {
		t.Error(r)
	}
	again := append(app[:4:4], "grant_type", "refresh_token", "refresh_token", r.at("authed_user.refresh_token").(string))
	fresh := ask(t, s, "", "oauth.v2.access", again...)
	if r := ask(t, s, fresh["access_token"].(string), "auth.test"); r.at("user_id") != slacktest.Mona {
		t.Error(fresh, r)
	}
	if r := ask(t, s, "", "oauth.v2.access", again...); r.code() != "invalid_refresh_token" {
		t.Error(r)
	}
}

// A large workspace takes next to no memory, and can be paged through.
func TestLargeWorkspace(t *testing.T) {
	s := workspace(t)
	s.AddCrowd(200_000)
	s.AddSprawl(40_000, 1_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	people, cursor := 0, ""
	for page := 0; page == 0 || cursor != "" && page < 5; page++ {
		r := ask(t, s, bot, "users.list", "limit", "200", "cursor", cursor)
		people += len(r["members"].([]any))
		cursor = r.at("response_metadata.next_cursor").(string)
	}
	if people != 1000 || cursor == "" {
		t.Errorf("%d people, cursor %q", people, cursor)
	}
	if r := ask(t, s, bot, "users.list"); r.code() != "limit_required" {
		t.Error(r.code())
	}
	mine := ask(t, s, bot, "users.conversations", "limit", "200")
	if got := len(mine["channels"].([]any)); got != 41 { // 40 and #general
		t.Error(got)
	}
	if r := ask(t, s, bot, "users.info", "user", slacktest.CrowdUser(123_456)); r.at("user.name") != "person0123456" {
		t.Error(r)
	}
	if r := ask(t, s, bot, "conversations.info", "channel", slacktest.SprawlChannel(40_000)); r.at("channel.name") != "room-40000" || r.at("channel.is_member") != true {
		t.Error(r)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("%d bytes more", grown)
	}
}
