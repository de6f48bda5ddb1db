package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const botToken = "xoxb-of-a-test"

// server answers as a test tells it, and keeps what it was asked.
type server struct {
	*httptest.Server
	api *api.API

	mu    sync.Mutex
	asked []asked
}

type asked struct {
	Method, Path, Authorization, Body string
	Form                              url.Values
	Header                            http.Header
}

// serve starts a server, with an API before it that waits for limits up to wait.
func serve(t testing.TB, wait time.Duration, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		form, _ := url.ParseQuery(string(b))
		s.mu.Lock()
		s.asked = append(s.asked, asked{r.Method, r.URL.Path, r.Header.Get("Authorization"), string(b), form, r.Header.Clone()})
		s.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(s.Close)
	base, err := url.Parse(s.URL + "/api/")
	if err != nil {
		t.Fatal(err)
	}
	s.api = open(t, base, wait, "")
	return s
}

func open(t testing.TB, base *url.URL, wait time.Duration, team string) *api.API {
	t.Helper()
	up, err := upstream.Open(upstream.Config{Name: "Slack", BaseURLs: []*url.URL{base}, CacheBytes: -1, Limits: api.Limits(), LimitWait: api.Wait})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := up.Close(); err != nil {
			t.Error(err)
		}
	})
	return api.New(api.Config{Base: base, HTTP: up.HTTP(), Wait: wait, TeamID: team})
}

func (s *server) client() *api.Client { return s.api.With(botToken) }

func (s *server) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.asked...)
}

// says answers with JSON.
func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

// inTurn answers the first request with the first, and so on; the last one stays.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}

// cut breaks the connection off.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestRequests(t *testing.T) {

	at := time.Unix(1900000000, 0)
	answer := says(`{"ok":true,"channel":{"id":"C1"},"ts":"1.2","user":{"id":"U1"},"file":{"id":"F1"}}`)
	others := map[string]http.HandlerFunc{
		"/api/auth.test":   says(`{"ok":true,"user_id":"U1","team_id":"T1"}`),
		"/api/chat.delete": says(`{"ok":true,"channel":"C1","ts":"1.2"}`),
	}
	for _, tt := range []struct {
		name string
		do   func(c *api.Client) error
		want string // method and form
	}{
		{"identity", func(c *api.Client) error { _, err := c.Identity(t.Context()); return err }, "auth.test "},
		{"channels", func(c *api.Client) error {
			_, _, err := c.Channels(t.Context(), api.ListQuery{Types: "public_channel", Limit: 10, Cursor: "x"})
			return err
		}, "conversations.list cursor=x&exclude_archived=true&limit=10&types=public_channel"},
		{"mine", func(c *api.Client) error {
			_, _, err := c.Mine(t.Context(), api.ListQuery{Types: "im", Limit: 10, Archived: true})
			return err
		}, "users.conversations exclude_archived=false&limit=10&types=im"},
		{"channel", func(c *api.Client) error { _, err := c.Channel(t.Context(), channel); return err }, "conversations.info channel=C000000001&include_num_members=true"},
		{"unread", func(c *api.Client) error { _, err := c.Unread(t.Context(), channel); return err }, "conversations.info channel=C000000001"},
		{"members", func(c *api.Client) error { _, _, err := c.Members(t.Context(), channel, 5, "x"); return err }, "conversations.members channel=C000000001&cursor=x&limit=5"},
		{"pins", func(c *api.Client) error { _, err := c.Pins(t.Context(), channel); return err }, "pins.list channel=C000000001"},
		{"history", func(c *api.Client) error {
			_, err := c.History(t.Context(), api.HistoryQuery{Channel: channel, Oldest: "1.0", Latest: "2.0", Inclusive: true, Limit: 20, Cursor: "x"})
			return err
		}, "conversations.history channel=C000000001&cursor=x&inclusive=true&latest=2.0&limit=20&oldest=1.0"},
		{"replies", func(c *api.Client) error {
			_, err := c.Replies(t.Context(), ts, api.HistoryQuery{Channel: channel, Limit: 20})
			return err
		}, "conversations.replies channel=C000000001&limit=20&ts=1503435956.000247"},
		{"user", func(c *api.Client) error { _, err := c.User(t.Context(), "U1"); return err }, "users.info user=U1"},
		{"email", func(c *api.Client) error { _, err := c.UserByEmail(t.Context(), "a@b"); return err }, "users.lookupByEmail email=a%40b"},
		{"users", func(c *api.Client) error { _, _, err := c.Users(t.Context(), 7, "x"); return err }, "users.list cursor=x&limit=7"},
		{"bot", func(c *api.Client) error { _, err := c.Bot(t.Context(), "B1"); return err }, "bots.info bot=B1"},
		{"user groups", func(c *api.Client) error { _, err := c.UserGroups(t.Context(), true); return err }, "usergroups.list include_count=true&include_users=true"},
		{"search", func(c *api.Client) error {
			_, err := c.Search(t.Context(), api.SearchQuery{Query: "a", Newest: true, Ascending: true, Count: 9})
			return err
		}, "search.messages count=9&cursor=%2A&query=a&sort=timestamp&sort_dir=asc"},
		{"search on", func(c *api.Client) error {
			_, err := c.Search(t.Context(), api.SearchQuery{Query: "a", Count: 9, Cursor: "x"})
			return err
		}, "search.messages count=9&cursor=x&query=a&sort=score&sort_dir=desc"},
		{"real-time search", func(c *api.Client) error {
			_, err := c.SearchContext(t.Context(), api.ContextQuery{Query: "a", Types: []string{"im", "mpim"}, After: at, Before: at.Add(time.Hour), Newest: true, Limit: 20, Cursor: "x"})
			return err
		}, "assistant.search.context after=1900000000&before=1900003600&channel_types=im%2Cmpim&content_types=messages&cursor=x&include_bots=true&limit=20&query=a&sort=timestamp"},
		{"file", func(c *api.Client) error { _, err := c.FileInfo(t.Context(), "F1"); return err }, "files.info file=F1"},
		{"canvas", func(c *api.Client) error { _, err := c.Canvas(t.Context(), "F1"); return err }, "canvases.getContent canvas_id=F1"},
		{"open", func(c *api.Client) error { _, err := c.Open(t.Context(), "U1", "U2"); return err }, "conversations.open return_im=true&users=U1%2CU2"},
		{"create", func(c *api.Client) error { _, err := c.Create(t.Context(), "new", true); return err }, "conversations.create is_private=true&name=new"},
		{"topic", func(c *api.Client) error { return c.SetTopic(t.Context(), channel, "a") }, "conversations.setTopic channel=C000000001&topic=a"},
		{"purpose", func(c *api.Client) error { return c.SetPurpose(t.Context(), channel, "a") }, "conversations.setPurpose channel=C000000001&purpose=a"},
		{"invite", func(c *api.Client) error { return c.Invite(t.Context(), channel, "U1", "U2") }, "conversations.invite channel=C000000001&users=U1%2CU2"},
		{"join", func(c *api.Client) error { return c.Join(t.Context(), channel) }, "conversations.join channel=C000000001"},
		{"mark", func(c *api.Client) error { return c.Mark(t.Context(), channel, ts) }, "conversations.mark channel=C000000001&ts=1503435956.000247"},
		{"react", func(c *api.Client) error { return c.React(t.Context(), channel, ts, "eyes", false) }, "reactions.add channel=C000000001&name=eyes&timestamp=1503435956.000247"},
		{"react no more", func(c *api.Client) error { return c.React(t.Context(), channel, ts, "eyes", true) }, "reactions.remove channel=C000000001&name=eyes&timestamp=1503435956.000247"},
		{"delete", func(c *api.Client) error { return c.Delete(t.Context(), channel, ts) }, "chat.delete channel=C000000001&ts=1503435956.000247"},
		{"delete scheduled", func(c *api.Client) error { return c.DeleteScheduled(t.Context(), channel, "Q1") }, "chat.deleteScheduledMessage channel=C000000001&scheduled_message_id=Q1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
				if h := others[r.URL.Path]; h != nil {
					h(w, r)
					return
				}
				answer(w, r)
			})
			if err := tt.do(s.client()); err != nil {
				t.Fatal(err)
			}
			got := s.requests()
			if len(got) != 1 || got[0].Path[len("/api/"):]+" "+got[0].Body != tt.want || got[0].Method != http.MethodPost || got[0].Authorization != "Bearer "+botToken {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestMessagesAsTheyAreSent(t *testing.T) {
	const unfurl = "&unfurl_links=false&unfurl_media=false"
	at := time.Unix(1900000000, 0)
	for _, tt := range []struct {
		name     string
		draft    api.Draft
		post     string // what the form holds
		schedule string
		update   string
	}{
		{
			"Markdown", api.Draft{Text: "**a** <!here>"},
			`blocks=[{"type":"markdown","text":"**a** \u003c!here\u003e"}]&channel=C1&text=**a** &lt;!here&gt;` + unfurl,
			`blocks=[{"type":"markdown","text":"**a** \u003c!here\u003e"}]&channel=C1&post_at=1900000000&text=**a** &lt;!here&gt;` + unfurl,
			`blocks=[{"type":"markdown","text":"**a** \u003c!here\u003e"}]&channel=C1&text=**a** &lt;!here&gt;&ts=1.2`,
		},
		{
			"Markdown with a fallback", api.Draft{Text: "**a**", Fallback: "a <@U1>"},
			`blocks=[{"type":"markdown","text":"**a**"}]&channel=C1&text=a <@U1>` + unfurl,
			`blocks=[{"type":"markdown","text":"**a**"}]&channel=C1&post_at=1900000000&text=a <@U1>` + unfurl,
			`blocks=[{"type":"markdown","text":"**a**"}]&channel=C1&text=a <@U1>&ts=1.2`,
		},
		{
			"mrkdwn", api.Draft{Text: "*a* <@U1>", Format: api.Mrkdwn},
			`channel=C1&text=*a* <@U1>` + unfurl,
			`channel=C1&post_at=1900000000&text=*a* <@U1>` + unfurl,
			`blocks=[]&channel=C1&text=*a* <@U1>&ts=1.2`,
		},
		{
			"plain", api.Draft{Text: "*a* <@U1>", Format: api.Plain},
			`channel=C1&mrkdwn=false&text=*a* &lt;@U1&gt;` + unfurl,
			`blocks=[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"*a* \u003c@U1\u003e"}]}]}]&channel=C1&post_at=1900000000&text=*a* &lt;@U1&gt;` + unfurl,
			`blocks=[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"*a* \u003c@U1\u003e"}]}]}]&channel=C1&text=*a* &lt;@U1&gt;&ts=1.2`,
		},
		{
			"blocks", api.Draft{Text: "a", Blocks: raws(`{"type":"divider"}`, `{"type":"not_known_yet","x":1}`)},
			`blocks=[{"type":"divider"},{"type":"not_known_yet","x":1}]&channel=C1&text=a` + unfurl,
			`blocks=[{"type":"divider"},{"type":"not_known_yet","x":1}]&channel=C1&post_at=1900000000&text=a` + unfurl,
			`blocks=[{"type":"divider"},{"type":"not_known_yet","x":1}]&channel=C1&text=a&ts=1.2`,
		},
		{
			"an answer", api.Draft{Text: "a", Format: api.Mrkdwn, ThreadTS: "1.0", Broadcast: true},
			`channel=C1&reply_broadcast=true&text=a&thread_ts=1.0` + unfurl,
			`channel=C1&post_at=1900000000&reply_broadcast=true&text=a&thread_ts=1.0` + unfurl,
			`blocks=[]&channel=C1&text=a&ts=1.2`,
		},
		{
			"no thread, and so no broadcast", api.Draft{Text: "a", Format: api.Mrkdwn, Broadcast: true},
			`channel=C1&text=a` + unfurl,
			`channel=C1&post_at=1900000000&text=a` + unfurl,
			`blocks=[]&channel=C1&text=a&ts=1.2`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 0, inTurn(says(`{"ok":true,"channel":"C1","ts":"1.2"}`), says(`{"ok":true,"channel":"C1","scheduled_message_id":"Q1","post_at":1900000000}`), says(`{"ok":true,"channel":"C1","ts":"1.2"}`)))
			tt.draft.Channel = "C1"
			posted, err1 := s.client().Post(t.Context(), tt.draft)
			later, err2 := s.client().Schedule(t.Context(), tt.draft, at)
			changed, err3 := s.client().Update(t.Context(), "1.2", tt.draft)
			if err1 != nil || err2 != nil || err3 != nil {
				t.Fatal(err1, err2, err3)
			}
			if want := (api.Posted{Channel: "C1", TS: "1.2"}); posted != want || changed != want || later != (api.Scheduled{ID: "Q1", Channel: "C1", At: at.UTC()}) {
				t.Errorf("%+v %+v %+v", posted, later, changed)
			}
			for i, want := range []string{tt.post, tt.schedule, tt.update} {
				got := s.requests()[i]
				if text, err := url.QueryUnescape(got.Body); err != nil || text != want {
					t.Errorf("%s\n got %s\nwant %s", got.Path, text, want)
				}
			}
		})
	}
}

func raws(blocks ...string) []json.RawMessage {
	out := make([]json.RawMessage, len(blocks))
	for i, b := range blocks {
		out[i] = json.RawMessage(b)
	}
	return out
}
