package slack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// found is what search_messages says.
type found struct {
	Messages []struct {
		Channel  string `json:"channel"`
		Name     string `json:"channel_name"`
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
		Time     string `json:"time"`
		User     string `json:"user"`
		Text     string `json:"text"`
	} `json:"messages"`
	Total   *int   `json:"total_count"`
	Scanned int    `json:"scanned"`
	Until   string `json:"scanned_until"`
	Reason  string `json:"partial_reason"`
	Retry   int    `json:"retry_after_seconds"`
	Next    string `json:"next_cursor"`
}

// search calls the tool, which has to work, and returns what it says.
func (r *rig) search(t testing.TB, args string) found {
	t.Helper()
	text, failed := r.call(t, "search_messages", args)
	if failed {
		t.Fatal(text)
	}
	var f found
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// forms returns the forms with which a method was asked.
func (r *rig) forms(method string) (forms []map[string]string) {
	for _, req := range r.Requests() {
		if req.Method == method {
			form := make(map[string]string)
			for k := range req.Form {
				form[k] = req.Form.Get(k)
			}
			forms = append(forms, form)
		}
	}
	return forms
}

// match is a hit of search.messages, and at where it is.
func match(channel, name, ts, user, text, query string) string {
	return fmt.Sprintf(`{"type":"message","channel":{"id":%q,"name":%q,"is_private":false},"user":%q,"username":"mona","ts":%q,"text":%q,`+
		`"permalink":"https://octo.slack.com/archives/%s/p%s%s","team":"T000000001"}`, channel, name, user, ts, text, channel, strings.Replace(ts, ".", "", 1), query)
}

func matches(total int, next string, list ...string) http.HandlerFunc {
	return slacktest.JSON(fmt.Sprintf(`{"ok":true,"query":"q","messages":{"total":%d,"matches":[%s],"paging":{"count":20,"total":%[1]d,"page":1,"pages":1}},"response_metadata":{"next_cursor":%[3]q}}`,
		total, strings.Join(list, ","), next))
}

// people lets the workspace know whoever is asked about.
func (r *rig) people() {
	r.Handle("users.info", func(w http.ResponseWriter, req *http.Request) {
		slacktest.JSON(fmt.Sprintf(`{"ok":true,"user":{"id":%q,"name":"mona","profile":{"display_name":"Mona"}}}`, req.PostForm.Get("user")))(w, req)
	})
	r.Handle("conversations.info", func(w http.ResponseWriter, req *http.Request) {
		id := req.PostForm.Get("channel")
		slacktest.JSON(fmt.Sprintf(`{"ok":true,"channel":{"id":%q,"name":"name-of-%s","is_im":%t,"user":"U000000007"}}`, id, strings.ToLower(id), id[0] == 'D'))(w, req)
	})
}

func TestSearch(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, AllowDMs: true})
	r.people()
	r.Handle("search.messages", matches(57, "b2s=",
		match("C000000001", "general", "1503435956.000247", "U000000001", "the <https://octo.example|deploy> of &lt;app&gt;", ""),
		match("C000000001", "general", "1503435957.000248", "U000000001", "a reply", "?thread_ts=1503435956.000247&cid=C000000001")))
	got := r.search(t, `{"query":"deploy","limit":2}`)
	if n := len(got.Messages); n != 2 || got.Total == nil || *got.Total != 57 || got.Next == "" {
		t.Fatalf("%+v", got)
	}
	first, second := got.Messages[0], got.Messages[1]
	if first.Text != "the [deploy](https://octo.example) of <app>" || first.User != "Mona" || first.Time != "2017-08-22T21:05:56Z" || first.ThreadTS != "" || first.Name != "general" {
		t.Errorf("%+v", first)
	}
	if second.ThreadTS != "1503435956.000247" {
		t.Errorf("the thread is in the permalink alone: %+v", second)
	}
	r.search(t, fmt.Sprintf(`{"query":"deploy","limit":2,"cursor":%q}`, got.Next))
	// count=0, page=0 and an empty sort are what the zero value of the library's
	// parameters sends, and cursors are what it does not know.
	want := []map[string]string{
		{"query": "deploy", "count": "2", "cursor": "*", "sort": "score", "sort_dir": "desc"},
		{"query": "deploy", "count": "2", "cursor": "b2s=", "sort": "score", "sort_dir": "desc"},
	}
	if d := cmp.Diff(want, r.forms("search.messages")); d != "" {
		t.Error(d)
	}
	if text, failed := r.call(t, "search_messages", fmt.Sprintf(`{"query":"other","limit":2,"cursor":%q}`, got.Next)); !failed || !strings.Contains(text, "cursor") {
		t.Error("a cursor works for another question: " + text)
	}
}

// What a caller writes into a query adds to what is searched; what is shown stays
// within the arguments.
func TestSearchIsHeldToItsArguments(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, AllowDMs: true})
	r.people()
	r.Handle("search.messages", matches(5, "",
		match("C000000001", "general", "1763800000.000100", "U000000001", "this one", ""),
		match("C000000002", "other", "1763800000.000100", "U000000001", "another channel", ""),
		match("C000000001", "general", "1763800000.000100", "U000000002", "another person", ""),
		match("C000000001", "general", "1763596799.999999", "U000000001", "too early", ""),
		match("C000000001", "general", "1763856000.000000", "U000000001", "too late", "")))
	got := r.search(t, `{"query":"x in:#other \"open","channel":"C000000001","from":"U000000001","after":"2025-11-20","before":"2025-11-23"}`)
	if len(got.Messages) != 1 || got.Messages[0].Text != "this one" || got.Total != nil {
		t.Errorf("%+v", got)
	}
	if q := r.forms("search.messages")[0]["query"]; q != `in:<#C000000001> from:<@U000000001> after:2025-11-17 before:2025-11-24 x in:#other "open` {
		t.Error(q)
	}
}

func TestSearchAsksThePolicy(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, DenyChannels: []string{"secret-*", "C000000008"}})
	r.people()
	r.Handle("search.messages", matches(4, "",
		match("C000000001", "general", "1763800000.000100", "U000000001", "this one", ""),
		match("C000000009", "secret-plans", "1763800000.000100", "U000000001", "a secret", ""),
		match("D000000001", "U000000007", "1763800000.000100", "U000000007", "said in private", "")))
	text, failed := r.call(t, "search_messages", `{"query":"in:#secret-plans plan"}`)
	if failed || strings.Contains(text, "secret") || strings.Contains(text, "private") || strings.Contains(text, "D000000001") || strings.Contains(text, "total") || strings.Contains(text, "left_out") || !strings.Contains(text, "this one") {
		t.Error(text)
	}
	if text, failed := r.call(t, "search_messages", `{"query":"x","channel":"C000000008"}`); !failed || !strings.Contains(text, "RESOURCE_NOT_FOUND") {
		t.Error(text)
	}
}

func hitsInContext(next string, channels ...string) string {
	var list []string
	for i, c := range channels {
		list = append(list, fmt.Sprintf(`{"author_user_id":"U000000001","channel_id":%q,"message_ts":"17638000%02d.000100","content":"hit %d","permalink":"https://octo.slack.com/archives/%[1]s/p1?thread_ts=1763700000.000100"}`, c, i, i))
	}
	return fmt.Sprintf(`{"ok":true,"results":{"messages":[%s]},"response_metadata":{"next_cursor":%q}}`, strings.Join(list, ","), next)
}

// A token with the newer scopes searches in another way, which is remembered.
func TestSearchInContext(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, DenyChannels: []string{"C000000009"}, AllowDMs: true})
	r.Grant(userToken, slacktest.Token{User: "U000000001", Scopes: []string{"search:read.public", "search:read.im"}})
	r.people()
	r.Handle("search.messages", slacktest.JSON(`{"ok":false,"error":"missing_scope","needed":"search:read","provided":"search:read.public"}`))
	page := 0
	r.Handle("assistant.search.context", func(w http.ResponseWriter, req *http.Request) {
		page++
		slacktest.JSON(hitsInContext(fmt.Sprint("page:", page+1), "C000000001", "C000000009", "C000000002"))(w, req)
	})
	got := r.search(t, `{"query":"x","limit":50,"after":"2025-11-20","sort":"newest"}`)
	if len(got.Messages) != 6 || got.Next == "" || got.Total != nil || got.Messages[0].ThreadTS != "1763700000.000100" {
		t.Errorf("%+v", got)
	}
	asked := r.forms("assistant.search.context")
	want := map[string]string{"query": "x", "limit": "16", "content_types": "messages", "channel_types": "public_channel,im", "include_bots": "true", "after": "1763596799", "sort": "timestamp"}
	if d := cmp.Diff(want, asked[0]); d != "" || len(asked) != 3 || asked[2]["cursor"] != "page:3" {
		t.Error(d, asked)
	}
	r.search(t, fmt.Sprintf(`{"query":"x","limit":7,"after":"2025-11-20","sort":"newest","cursor":%q}`, got.Next))
	if asked = r.forms("assistant.search.context"); asked[3]["cursor"] != "page:4" || asked[3]["limit"] != "16" {
		t.Error("the cursor of pages goes on with another size", asked[3])
	}
	r.search(t, `{"query":"y"}`)
	if n := len(r.forms("search.messages")); n != 1 {
		t.Errorf("search.messages was asked %d times", n)
	}
}

func TestSearchIsPartialAtALimit(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, AllowDMs: true})
	r.people()
	r.Handle("search.messages", slacktest.JSON(`{"ok":false,"error":"unknown_method"}`))
	r.Handle("assistant.search.context", func(w http.ResponseWriter, req *http.Request) {
		if req.PostForm.Get("cursor") == "" {
			slacktest.JSON(hitsInContext("page:2", "C000000001"))(w, req)
			return
		}
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	got := r.search(t, `{"query":"x","limit":40}`)
	if len(got.Messages) != 1 || got.Reason != "rate_limited" || got.Retry < 55 || got.Next == "" {
		t.Errorf("%+v", got)
	}
}

// A bot searches nothing but one channel's history.
func TestABotScans(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.people()
	text, failed := r.call(t, "search_messages", `{"query":"x"}`)
	if !failed || !strings.Contains(text, "give channel too") || len(r.Requests()) != 0 {
		t.Error(text)
	}
	r.Handle("conversations.history", func(w http.ResponseWriter, req *http.Request) {
		var list []string
		from := 1763800999
		if l := req.PostForm.Get("latest"); l != "" {
			_, _ = fmt.Sscanf(l, "%d.", &from)
		}
		for ts := from - 1; ts >= from-200 && ts > 1763798000; ts-- {
			list = append(list, fmt.Sprintf(`{"type":"message","user":"U000000001","ts":"%d.000000","text":"number %[1]d"}`, ts))
		}
		slacktest.JSON(fmt.Sprintf(`{"ok":true,"messages":[%s],"has_more":%t}`, strings.Join(list, ","), len(list) == 200))(w, req)
	})
	got := r.search(t, `{"query":"NUMBER -17637990","channel":"C000000001","limit":100}`)
	if len(got.Messages) != 100 || got.Next == "" || got.Scanned != 100 || got.Until == "" || got.Messages[0].TS != "1763800998.000000" {
		t.Fatalf("%d hits, %d looked at", len(got.Messages), got.Scanned)
	}
	seen := 0
	for pages := 0; got.Next != "" || pages == 0; pages++ {
		seen += len(got.Messages)
		got = r.search(t, fmt.Sprintf(`{"query":"NUMBER -17637990","channel":"C000000001","limit":100,"cursor":%q}`, got.Next))
		if pages > 40 {
			t.Fatal("it does not end")
		}
	}
	if seen += len(got.Messages); seen != 2998-100 {
		t.Errorf("%d were found", seen)
	}
	got = r.search(t, `{"query":"nobody says this","channel":"C000000001"}`)
	if len(got.Messages) != 0 || got.Scanned != 2000 || got.Until != "2025-11-22T08:09:59Z" || got.Next == "" {
		t.Errorf("%+v", got)
	}
	if text, failed := r.call(t, "search_messages", `{"query":"from:@mona x","channel":"C000000001"}`); !failed || !strings.Contains(text, "from:@mona") {
		t.Error(text)
	}
}

func TestWhatScansLookAt(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.people()
	r.Handle("conversations.history", slacktest.JSON(`{"ok":true,"messages":[
		{"type":"message","user":"U000000001","ts":"1763800005.000000","text":"a &amp; b"},
		{"type":"message","bot_id":"B1","ts":"1763800004.000000","text":"","attachments":[{"fallback":"x","title":"Build FAILED","id":1}]},
		{"type":"message","bot_id":"B1","ts":"1763800003.000000","text":"","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"disk is full"}}]},
		{"type":"message","user":"U000000001","ts":"1763800002.000000","text":"","files":[{"id":"F1","name":"report.csv"}]},
		{"type":"message","user":"U000000001","ts":"1763800001.000000","text":"mrkdwn type section"}]}`))
	for query, want := range map[string]string{
		"a & b":            "1763800005.000000",
		"build failed":     "1763800004.000000",
		`\"disk is full\"`: "1763800003.000000",
		"report.CSV":       "1763800002.000000",
		"section":          "1763800001.000000",
	} {
		got := r.search(t, fmt.Sprintf(`{"query":"%s","channel":"C000000001"}`, query))
		if len(got.Messages) != 1 || got.Messages[0].TS != want || got.Next != "" {
			t.Errorf("%s: %+v", query, got)
		}
	}
	if got := r.search(t, `{"channel":"C000000001","from":"U000000001"}`); len(got.Messages) != 3 {
		t.Errorf("%+v", got)
	}
}

// Whoever's token may not search at all scans, and is not asked again.
func TestAPersonWithoutSearchScans(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.people()
	for _, m := range []string{"search.messages", "assistant.search.context"} {
		r.Handle(m, slacktest.JSON(`{"ok":false,"error":"missing_scope","needed":"search:read"}`))
	}
	r.Handle("conversations.history", slacktest.JSON(`{"ok":true,"messages":[{"type":"message","user":"U000000001","ts":"1763800005.000000","text":"x"}]}`))
	for range 2 {
		if got := r.search(t, `{"query":"x","channel":"C000000001"}`); len(got.Messages) != 1 || got.Scanned == 0 {
			t.Errorf("%+v", got)
		}
	}
	if text, failed := r.call(t, "search_messages", `{"query":"x"}`); !failed || !strings.Contains(text, "PERMISSION_DENIED") || !strings.Contains(text, "search:read") {
		t.Error(text)
	}
	if n := len(r.forms("search.messages")) + len(r.forms("assistant.search.context")); n != 2 {
		t.Errorf("the searches were asked %d times", n)
	}
}

func TestSearchRefuses(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	for args, want := range map[string]string{
		`{}`:                                  "query",
		`{"query":"x","after":"last spring"}`: "after",
		`{"query":"x","after":"2025-11-20","before":"2025-11-20"}`: "before",
		`{"query":"x","limit":101}`:                                "limit",
	} {
		if text, failed := r.call(t, "search_messages", args); !failed || !strings.Contains(text, want) || !strings.Contains(text, "INVALID_INPUT") {
			t.Errorf("%s: %s", args, text)
		}
	}
	if n := len(r.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestHitsAreShort(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.people()
	list := make([]string, 100)
	for i := range list {
		list[i] = match("C000000001", "general", fmt.Sprintf("17638000%02d.000100", i), "U000000001", strings.Repeat("long ", 2000), "")
	}
	r.Handle("search.messages", matches(100, "", list...))
	text, failed := r.call(t, "search_messages", `{"query":"long","limit":100}`)
	if failed || len(text) > 64<<10 || !strings.Contains(text, "bytes more") {
		t.Errorf("%d bytes", len(text))
	}
	if n := len(r.forms("users.info")); n > 100 {
		t.Errorf("people were asked about %d times", n)
	}
}
