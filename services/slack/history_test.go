package slack_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// talk is a channel with what Slack documents of conversations.history and
// conversations.replies: bounds are left out, history has the newest first, and
// each page of a thread begins with its first message.
type talk struct {
	mu       sync.Mutex
	messages []map[string]any            // the newest first
	threads  map[string][]map[string]any // by ts, the first message first
	most     int                         // of a page, whatever is asked; 0: as asked
	limited  map[string]int              // by method, after how many requests it is limited
}

func (c *talk) install(r *rig) {
	r.Handle("conversations.info", slacktest.JSON(`{"ok":true,"channel":{"id":"C000000001","name":"general","is_channel":true,"is_member":true}}`))
	r.Handle("users.info", func(w http.ResponseWriter, q *http.Request) {
		id := q.PostForm.Get("user")
		slacktest.JSON(fmt.Sprintf(`{"ok":true,"user":{"id":%q,"name":"n%s","profile":{"display_name":"name-%s"}}}`, id, id, id))(w, q)
	})
	r.Handle("conversations.history", c.answer("conversations.history", func(q *http.Request) []map[string]any { return c.messages }))
	r.Handle("conversations.replies", c.answer("conversations.replies", func(q *http.Request) []map[string]any { return c.threads[q.PostForm.Get("ts")] }))
}

func (c *talk) answer(method string, of func(*http.Request) []map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if n, ok := c.limited[method]; ok {
			if n == 0 {
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			c.limited[method]--
		}
		f := q.PostForm
		limit, err := strconv.Atoi(f.Get("limit"))
		if err != nil || limit < 1 || limit > 999 {
			slacktest.JSON(`{"ok":false,"error":"invalid_limit"}`)(w, q)
			return
		}
		if c.most > 0 {
			limit = min(limit, c.most)
		}
		all := of(q)
		if all == nil {
			slacktest.JSON(`{"ok":false,"error":"thread_not_found"}`)(w, q)
			return
		}
		var in []map[string]any
		for _, m := range all {
			ts := m["ts"].(string)
			if l := f.Get("latest"); l != "" && ts >= l {
				continue
			}
			if o := f.Get("oldest"); o != "" && ts <= o {
				continue
			}
			in = append(in, m)
		}
		from, _ := strconv.Atoi(strings.TrimPrefix(f.Get("cursor"), "at:"))
		page := append([]map[string]any{}, in[from:min(from+limit, len(in))]...)
		if from > 0 && method == "conversations.replies" {
			page = append([]map[string]any{in[0]}, page...)
		}
		next := ""
		if from+limit < len(in) {
			next = "at:" + strconv.Itoa(from+limit)
		}
		b, err := json.Marshal(map[string]any{"ok": true, "messages": page, "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}})
		if err != nil {
			panic(err)
		}
		slacktest.JSON(string(b))(w, q)
	}
}

func tsOf(n int) string { return fmt.Sprintf("%d.%06d", 1763000000+n*60, n) }

type shownMessage struct {
	TS        string `json:"ts"`
	Time      string `json:"time"`
	User      string `json:"user"`
	Bot       bool   `json:"bot"`
	Text      string `json:"text"`
	ThreadTS  string `json:"thread_ts"`
	Replies   int    `json:"reply_count"`
	Reactions string `json:"reactions"`
	Subtype   string `json:"subtype"`
}

type shownPage struct {
	Channel, Name, Link, Permalink string
	ThreadTS                       string `json:"thread_ts"`
	Messages                       []shownMessage
	Next                           string `json:"next_cursor"`
	Reason                         string `json:"partial_reason"`
	RetryAfter                     int    `json:"retry_after_seconds"`
}

func (r *rig) page(t testing.TB, tool string, args map[string]any) (shownPage, int) {
	t.Helper()
	b, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	text, failed := r.call(t, tool, string(b))
	if failed {
		t.Fatalf("%s %s: %s", tool, b, text)
	}
	var p shownPage
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p, len(text)
}

func stamps(list []shownMessage) []string {
	out := []string{}
	for _, m := range list {
		out = append(out, m.TS)
	}
	return out
}

// TestHistoryPages reads whole channels with pages and budgets of any size.
func TestHistoryPages(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		r := newRig(t, slack.Config{UserToken: userToken}) // the limits of Slack hold for each by itself
		c := &talk{most: []int{0, 7, 14}[rnd.IntN(3)]}
		want := []string{}
		activity := rnd.IntN(2) == 0
		for n := range 1 + rnd.IntN(60) {
			m := map[string]any{"type": "message", "ts": tsOf(n), "user": "U000000001", "text": strings.Repeat("word ", rnd.IntN(120))}
			if rnd.IntN(3) == 0 {
				m["subtype"] = "channel_join"
			}
			if activity || m["subtype"] == nil {
				want = append(want, tsOf(n))
			}
			c.messages = append([]map[string]any{m}, c.messages...)
		}
		c.install(r)
		got, cursor := []string{}, ""
		for calls := 0; ; calls++ {
			budget := 1000 + rnd.IntN(9000)
			args := map[string]any{"channel": "C000000001", "limit": 5 + rnd.IntN(30), "max_bytes": budget, "include_activity": activity}
			if cursor != "" {
				args["cursor"] = cursor
			}
			p, size := r.page(t, "get_channel_history", args)
			if len(p.Messages) > 1 && size > budget+1000 {
				t.Errorf("round %d: %d bytes for a budget of %d", round, size, budget)
			}
			got = append(stamps(p.Messages), got...)
			if cursor = p.Next; cursor == "" {
				break
			}
			if calls > 400 {
				t.Fatalf("round %d: it never ends", round)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("round %d: (-want +got)\n%s", round, diff)
		}
	}
}

// TestThreadPages reads whole threads in the same way.
func TestThreadPages(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for round := range 40 {
		r := newRig(t, slack.Config{UserToken: userToken})
		c := &talk{threads: make(map[string][]map[string]any), most: []int{0, 9}[rnd.IntN(2)]}
		want, root := []string{}, tsOf(0)
		for n := range 1 + rnd.IntN(60) {
			m := map[string]any{"type": "message", "ts": tsOf(n), "thread_ts": root, "user": "U000000001", "text": strings.Repeat("word ", rnd.IntN(120))}
			want = append(want, tsOf(n))
			c.threads[root] = append(c.threads[root], m)
			if n > 0 {
				c.threads[tsOf(n)] = []map[string]any{m}
			}
		}
		c.install(r)
		ts := want[rnd.IntN(len(want))]
		got, cursor := []string{}, ""
		for calls := 0; ; calls++ {
			args := map[string]any{"channel": "C000000001", "thread_ts": ts, "limit": 5 + rnd.IntN(30), "max_bytes": 1000 + rnd.IntN(9000)}
			if cursor != "" {
				args["cursor"] = cursor
			}
			p, _ := r.page(t, "get_thread", args)
			if p.ThreadTS != root || p.Permalink != "https://octo.slack.com/archives/C000000001/p"+strings.ReplaceAll(root, ".", "") {
				t.Errorf("%+v", p)
			}
			got = append(got, stamps(p.Messages)...)
			if cursor = p.Next; cursor == "" {
				break
			}
			if calls > 400 {
				t.Fatalf("round %d: it never ends", round)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("round %d, asked for %s: (-want +got)\n%s", round, ts, diff)
		}
	}
}

func TestHistoryThreads(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	c := &talk{threads: make(map[string][]map[string]any)}
	for n := range 30 {
		m := map[string]any{"ts": tsOf(n), "user": "U000000001", "text": "m"}
		if n%2 == 0 {
			root := tsOf(n)
			m["thread_ts"], m["reply_count"] = root, 30
			thread := []map[string]any{m}
			for k := range 30 {
				reply := map[string]any{"ts": fmt.Sprintf("%d.%06d", 1763000001+n*60, k+100), "thread_ts": root, "user": "U000000002", "text": "r"}
				if k == 0 {
					reply["subtype"] = "thread_broadcast"
				}
				thread = append(thread, reply)
			}
			c.threads[root] = thread
			c.messages = append([]map[string]any{m}, c.messages...)
			c.messages = append([]map[string]any{thread[1]}, c.messages...)
			continue
		}
		c.messages = append([]map[string]any{m}, c.messages...)
	}
	c.install(r)
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": "C000000001", "include_threads": true, "limit": 100, "max_bytes": 100000})
	counts := make(map[string]int)
	seen := make(map[string]bool)
	for _, m := range p.Messages {
		if seen[m.TS] {
			t.Errorf("%s is there twice", m.TS)
		}
		seen[m.TS] = true
		if m.ThreadTS != "" && m.Subtype == "" {
			counts[m.ThreadTS]++
		}
	}
	if len(counts) != 10 || counts[tsOf(28)] != 19 || counts[tsOf(8)] != 0 {
		t.Errorf("%v", counts)
	}
	if p.Reason != "" || p.Next != "" || len(p.Messages) != 45+190 {
		t.Errorf("%d messages, %q, %q", len(p.Messages), p.Reason, p.Next)
	}

	// Limited threads cost no message.
	c.limited = map[string]int{"conversations.replies": 0}
	p, _ = r.page(t, "get_channel_history", map[string]any{"channel": "C000000001", "include_threads": true, "limit": 100})
	if p.Reason != "rate_limited" || p.RetryAfter != 60 || len(p.Messages) != 45 {
		t.Errorf("%d messages, %q after %d", len(p.Messages), p.Reason, p.RetryAfter)
	}
}

// TestHistoryLimited meets a limit in the middle: what was read is kept, and the
// rest can be read later.
func TestHistoryLimited(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	c := &talk{most: 4, limited: map[string]int{"conversations.history": 1}}
	want := []string{}
	for n := range 12 {
		want = append(want, tsOf(n))
		c.messages = append([]map[string]any{{"ts": tsOf(n), "user": "U000000001", "text": "m"}}, c.messages...)
	}
	c.install(r)
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": "C000000001", "limit": 20})
	if p.Reason != "rate_limited" || p.RetryAfter != 60 || p.Next == "" {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff(want[8:], stamps(p.Messages)); diff != "" {
		t.Error(diff)
	}
	text, failed := newLimited(t, c)
	if !failed || !strings.Contains(text, `"RATE_LIMITED"`) || !strings.Contains(text, `"retry_after_seconds":60`) {
		t.Errorf("with nothing read it says %s", text)
	}
}

// TestHistoryRestricted reads as an app that gets 15 messages a minute: one request
// is all that a call makes.
func TestHistoryRestricted(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	c := &talk{most: 15, limited: map[string]int{"conversations.history": 1, "conversations.replies": 0}}
	for n := range 40 {
		c.messages = append([]map[string]any{{"ts": tsOf(n), "user": "U000000001", "text": "m", "reply_count": 1}}, c.messages...)
	}
	c.install(r)
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": "C000000001", "limit": 40, "include_threads": true})
	if len(p.Messages) != 15 || p.Next == "" || p.Reason != "rate_limited" || p.RetryAfter != 60 {
		t.Errorf("%d messages, %q after %d", len(p.Messages), p.Reason, p.RetryAfter)
	}
	n := 0
	for _, q := range r.Requests() {
		if strings.HasPrefix(q.Method, "conversations.") && q.Method != "conversations.info" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it takes %d requests", n)
	}
}

func newLimited(t *testing.T, c *talk) (string, bool) {
	r := newRig(t, slack.Config{UserToken: userToken})
	c.limited = map[string]int{"conversations.history": 0}
	c.install(r)
	return r.call(t, "get_channel_history", `{"channel":"C000000001"}`)
}

func TestHistoryArguments(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	c := &talk{messages: []map[string]any{{"ts": tsOf(0), "user": "U000000001", "text": "m"}}}
	c.install(r)
	for _, tt := range []struct{ args, oldest, latest string }{
		{`"oldest":"2026-11-20"`, "1795132799.999999", ""},
		{`"latest":"2026-11-20"`, "", "1795219199.999999"},
		{`"oldest":"2026-11-20T01:00:00+01:00","latest":"1795219200"`, "1795132800.000000", "1795219200.000000"},
		{`"oldest":"1795132800.000100"`, "1795132800.000100", ""},
	} {
		if text, failed := r.call(t, "get_channel_history", `{"channel":"C000000001",`+tt.args+`}`); failed {
			t.Errorf("%s: %s", tt.args, text)
		}
		all := r.Requests()
		for i := len(all) - 1; i >= 0; i-- {
			if f := all[i].Form; all[i].Method == "conversations.history" {
				if f.Get("oldest") != tt.oldest || f.Get("latest") != tt.latest {
					t.Errorf("%s: it asks for %v", tt.args, f)
				}
				break
			}
		}
	}
	for args, want := range map[string]string{
		`"oldest":"soon"`: "oldest: give a date",
		`"oldest":"2026-11-21","latest":"2026-11-19"`: "oldest: it is not before latest",
		`"limit":201`:  "limit",
		`"cursor":"x"`: "cursor: it is not one of this list",
	} {
		if text, failed := r.call(t, "get_channel_history", `{"channel":"C000000001",`+args+`}`); !failed || !strings.Contains(text, want) {
			t.Errorf("%s: %s", args, text)
		}
	}
	for args, want := range map[string]string{
		`{"channel":"C000000001"}`:                                 "thread_ts: give the ts",
		`{"channel":"C000000001","thread_ts":"yesterday"}`:         "thread_ts: give the ts",
		`{"channel":"C000000001","thread_ts":"1503435956.000247"}`: "thread",
	} {
		if text, failed := r.call(t, "get_thread", args); !failed || !strings.Contains(text, want) {
			t.Errorf("%s: %s", args, text)
		}
	}
}

// A page says each day once.
func TestHistoryDays(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	c := &talk{}
	for _, ts := range []string{"1763078339.000001", "1763078340.000001", "1763078400.000001", "1763078465.000001"} {
		c.messages = append([]map[string]any{{"ts": ts, "user": "U000000001", "text": "m"}}, c.messages...)
	}
	c.install(r)
	p, _ := r.page(t, "get_channel_history", map[string]any{"channel": "C000000001"})
	got := make([]string, len(p.Messages))
	for i, m := range p.Messages {
		got[i] = m.Time
	}
	if diff := cmp.Diff([]string{"2025-11-13T23:58:59Z", "23:59", "2025-11-14T00:00:00Z", "00:01"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestHiddenChannelsHaveNoName holds that a mention in a message does not tell what
// a channel is called that may not be read here.
func TestHiddenChannelsHaveNoName(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, DenyChannels: []string{"merger-*"}})
	r.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "merger-with-hubot", Members: []string{slacktest.Octobot}})
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "see <#C00000000A> and <#C000000001>", At: at})
	r.call(t, "list_channels", `{}`) // after which all names are known
	text, failed := r.call(t, "get_channel_history", `{"channel":"C000000001"}`)
	if failed || strings.Contains(text, "merger") || !strings.Contains(text, "C00000000A") || !strings.Contains(text, "#general") {
		t.Error(text)
	}
}

// TestHiddenMessagesAreNotShared holds that a message of a channel that may not be
// read here is not read as what somebody shares elsewhere, by whatever tool.
func TestHiddenMessagesAreNotShared(t *testing.T) {
	share := func(channel, words string) string {
		return fmt.Sprintf(`[{"is_msg_unfurl":true,"channel_id":%q,"channel_name":"merger-with-hubot","author_name":"Mona","ts":"1763700000.000100","text":%q,
			"fallback":%[2]q,"from_url":"https://octo.slack.com/archives/%[1]s/p1763700000000100"}]`, channel, words)
	}
	r := newRig(t, slack.Config{UserToken: userToken, DenyChannels: []string{"merger-*"}, ExtraTools: []string{"list_unreads"}})
	r.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "merger-with-hubot", Members: []string{slacktest.Mona}})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "see deal", Attachments: share("C00000000A", "the price is 7")})
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "see deal", Attachments: share("D00000000A", "the price is 7")})
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "see deal", Attachments: share("C0000000ZZ", "the price is 7")})
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "see deal", Attachments: share(slacktest.General, "all may know")})
	r.Pin(slacktest.General, ts, slacktest.Mona)
	one := map[string]bool{"get_thread": true, "get_channel_info": true} // which show the first alone
	for _, c := range []struct{ tool, args string }{
		{"get_channel_history", `{"channel":"C000000001"}`},
		{"get_thread", `{"channel":"C000000001","thread_ts":"` + ts + `"}`},
		{"search_messages", `{"query":"deal"}`},
		{"list_unreads", `{}`},
		{"get_channel_info", `{"channel":"C000000001","include_pins":true}`},
	} {
		text, failed := r.call(t, c.tool, c.args)
		if failed || !strings.Contains(text, "=== message that may not be read here") {
			t.Errorf("%s: %s", c.tool, text)
		}
		for _, secret := range []string{"price", "merger", "C00000000A", "1763700000"} {
			if !one[c.tool] {
				text = strings.Replace(text, "=== message of Mona in #merger-with-hubot, ts 1763700000.000100, https://octo.slack.com/archives/C000000001/p1763700000000100", "", 1)
			}
			if strings.Contains(text, secret) {
				t.Errorf("%s tells %s: %s", c.tool, secret, text)
			}
		}
		if !one[c.tool] && !strings.Contains(text, "all may know") {
			t.Errorf("%s leaves out what may be read: %s", c.tool, text)
		}
	}

	// A search that looks through a channel finds nothing by what it may not show.
	bot := newRig(t, slack.Config{BotToken: botToken, DenyChannels: []string{"merger-*"}})
	bot.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "merger-with-hubot", Members: []string{slacktest.Octobot}})
	bot.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "see deal", Attachments: share("C00000000A", "the price is 7")})
	for words, hits := range map[string]int{"price": 0, "deal": 1, "deal -price": 1} {
		text, failed := bot.call(t, "search_messages", fmt.Sprintf(`{"channel":"C000000001","query":%q}`, words))
		if got := strings.Count(text, `"text":`); failed || got != hits {
			t.Errorf("%s: %d hits: %s", words, got, text)
		}
	}
}

// TestManyReactions holds that no message fills a page with what is beside it.
func TestManyReactions(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	reactions := strings.TrimSuffix(strings.Repeat(`{"name":"eyes","count":1,"users":["U000000001"]},`, 20_000), ",")
	files := strings.TrimSuffix(strings.Repeat(`{"id":"F000000001","name":"a.txt"},`, 20_000), ",")
	r.Handle("conversations.history", slacktest.JSON(`{"ok":true,"messages":[{"type":"message","ts":"1763800000.000100","user":"U000000001","text":"x","reactions":[`+reactions+`],"files":[`+files+`]}]}`))
	text, failed := r.call(t, "get_channel_history", `{"channel":"C000000001"}`)
	if failed || len(text) > 12_000 || !strings.Contains(text, "… 19940 more") {
		t.Errorf("%d bytes: %.300s", len(text), text)
	}
}
