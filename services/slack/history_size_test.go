package slack_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// Of the bytes of Slack's JSON, maxSeen is how large what a model sees may be, and
// maxAnswer the whole answer: the protocol has two forms for the same, structured
// content and its text, and both are counted in it.
const (
	maxSeen   = 0.35
	maxAnswer = 0.5
)

// sentences are what people write to each other here.
var sentences = []string{
	"Morning all, the deploy of api 1.42.0 is out, latency is back to what it was on Friday.",
	"Can somebody look at the failing job? It only fails on arm64, the logs are in the thread.",
	"I think we should move the migration to Thursday: support has the big customer on Wednesday and nobody wants a lock on orders then.",
	"done :white_check_mark:",
	"Notes of the incident review are in the doc. Three things to do: alert on queue depth, document the failover, and test restoring from the replica.",
	"thanks!",
	"Looks good to me. One question: why does the retry wait 30 seconds and not use what the header says?",
	"ok, will do after lunch",
}

const (
	// deploySaid is a message of an app, in sections.
	deploySaid = `[{"type":"section","text":{"type":"mrkdwn","text":"*api* ` + "`1.42.0`" + ` → production\nby <@U000000001>, 14 changes","verbatim":false}},
		{"type":"context","elements":[{"type":"mrkdwn","text":"<https://ci.example.com/runs/1234|run 1234> · 3m 12s","verbatim":false}]}]`
	// wikiPreview is what Slack attaches for a link.
	wikiPreview = `[{"id":1,"from_url":"https://wiki.example.com/pages/7","original_url":"https://wiki.example.com/pages/7","fallback":"Wiki: How we restore from the replica",
		"title":"How we restore from the replica","title_link":"https://wiki.example.com/pages/7","text":"Stop the writers, promote the replica, check the sequence numbers, and start again.",
		"service_name":"Wiki","service_icon":"https://wiki.example.com/favicon.ico","image_url":"https://wiki.example.com/preview.png","image_width":1200,"image_height":630,"image_bytes":48211}]`
)

// busyChannel fills a channel with 50 messages, of people, an app and somebody of
// another workspace, every third of which has a thread.
func busyChannel(r *rig) {
	people := []string{slacktest.Mona}
	for _, name := range []string{"hubot", "octo", "grace", "linus"} {
		people = append(people, r.AddUser(slacktest.User{Name: name, DisplayName: name, RealName: strings.ToUpper(name[:1]) + name[1:] + " Example"}))
	}
	people = append(people, r.AddUser(slacktest.User{Name: "radia", DisplayName: "radia", RealName: "Radia Example", Stranger: true, Team: "T0000000EX"}))
	began := time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC)
	for i := range 50 {
		at := began.Add(time.Duration(i) * 40 * time.Minute)
		m := slacktest.Message{User: people[i%len(people)], Text: sentences[i%len(sentences)], At: at, Edited: i%12 == 5}
		if i%2 == 0 {
			m.Reactions = []slacktest.Reaction{{Name: "eyes", Users: people[:2]}, {Name: "white_check_mark", Users: people[2:5]}}
		}
		if i%10 == 4 {
			m.Files = []string{r.AddFile(slacktest.File{Name: "dashboard.png", User: m.User, Mimetype: "image/png", Filetype: "png", Pretty: "PNG", Size: 183_211, Thumbnails: true})}
		}
		if i%10 == 7 {
			m.Attachments = wikiPreview
		}
		if i%9 == 8 {
			m = slacktest.Message{User: slacktest.Octobot, At: at, Blocks: deploySaid,
				Text: "api 1.42.0 → production by <@U000000001>, 14 changes <https://ci.example.com/runs/1234|run 1234> · 3m 12s"}
		}
		ts := r.Post(slacktest.General, m)
		for k := range (3 + i%5) * (1 - min(i%3, 1)) {
			r.Post(slacktest.General, slacktest.Message{User: people[(i+k+1)%len(people)], Text: sentences[(i+3*k+1)%len(sentences)], ThreadTS: ts, At: at.Add(time.Duration(k+1) * time.Minute)})
		}
	}
}

// raw is what Slack itself answers a method.
func (r *rig) raw(t *testing.T, method string, form url.Values) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+userToken)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || !strings.HasPrefix(string(body), `{"`) || !strings.Contains(string(body), `"ok":true`) {
		t.Fatalf("%s: %.300s, %v", method, body, err)
	}
	return body
}

// rawHistory is how many bytes Slack takes for the channel, and with threads also for
// those that the tool reads along, the newest ten.
func (r *rig) rawHistory(t *testing.T, threads bool) int {
	body := r.raw(t, "conversations.history", url.Values{"channel": {slacktest.General}, "limit": {"50"}})
	var page struct {
		Messages []struct {
			TS      string `json:"ts"`
			Replies int    `json:"reply_count"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &page); err != nil || len(page.Messages) != 50 {
		t.Fatalf("%d messages, %v", len(page.Messages), err)
	}
	size, read := len(body), 0
	for _, m := range page.Messages {
		if threads && m.Replies > 0 && read < 10 {
			size += len(r.raw(t, "conversations.replies", url.Values{"channel": {slacktest.General}, "ts": {m.TS}, "limit": {"21"}}))
			read++
		}
	}
	return size
}

// TestHistorySize holds a page of 50 messages to its share of what Slack sends, with
// the beginnings of threads and without.
func TestHistorySize(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	busyChannel(r)
	for _, threads := range []bool{false, true} {
		raw := r.rawHistory(t, threads)
		res, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: "get_channel_history", Arguments: json.RawMessage(fmt.Sprintf(`{"channel":"C000000001","include_threads":%t}`, threads))})
		if err != nil || res.IsError {
			t.Fatal(res, err)
		}
		whole, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		text := res.Content[0].(*mcp.TextContent).Text
		var p shownPage
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Next != "" || p.Reason != "" {
			t.Fatalf("not the whole page: %s %s, %v", p.Next, p.Reason, err)
		}
		replies := slices.ContainsFunc(p.Messages, func(m shownMessage) bool { return m.ThreadTS != "" })
		if replies != threads || !threads && len(p.Messages) != 50 {
			t.Fatalf("%d messages, replies: %t", len(p.Messages), replies)
		}
		seen, answer := float64(len(text))/float64(raw), float64(len(whole))/float64(raw)
		t.Logf("threads %t: %d messages, Slack's JSON has %d bytes, what a model sees %d (%.3f), the whole answer %d (%.3f)", threads, len(p.Messages), raw, len(text), seen, len(whole), answer)
		if seen > maxSeen || answer > maxAnswer {
			t.Errorf("a model may see %.2f of Slack's JSON, and the whole answer may be %.2f of it", maxSeen, maxAnswer)
		}
		for _, s := range append(slices.Clone(sentences), `"reactions":"eyes: Mona Lisa, hubot; white_check_mark: `, `"name":"dashboard.png"`, "How we restore from the replica", "**api** `1.42.0`", `"reply_count":`, `"edited":true`) {
			if !strings.Contains(text, s) {
				t.Errorf("%s is lost", s)
			}
		}
	}
}
