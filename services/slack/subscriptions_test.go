package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/poll"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// hub is a Slack without a network, so that its clock can be a test's.
type hub struct {
	mu      sync.Mutex
	asked   map[string]int // by method
	forms   []string       // of history and replies
	answers map[string]string
	status  map[string]int
	silent  map[string]bool // methods that are never answered
}

func (h *hub) RoundTrip(r *http.Request) (*http.Response, error) {
	_ = r.ParseForm()
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	h.mu.Lock()
	if h.silent[method] {
		h.mu.Unlock()
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	defer h.mu.Unlock()
	h.asked[method]++
	if method == "conversations.history" || method == "conversations.replies" {
		h.forms = append(h.forms, method+"?"+r.PostForm.Encode())
	}
	body, status := h.answers[method+" "+upstream.CredentialFrom(r.Context()).ID()], 200
	if body == "" {
		body = h.answers[method]
	}
	if n := h.status[method]; n != 0 {
		status = n
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if status == http.StatusTooManyRequests {
		return nil, &upstream.LimitError{Resource: method, After: 10 * time.Minute}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (h *hub) set(method, body string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[method] = body
}

func (h *hub) count(method string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[method]
}

const (
	channelURI = "slack://-/channels/C000000001/messages"
	threadURI  = "slack://-/threads/C000000001/1503435956.000247"

	oneMessage = `{"ok":true,"messages":[{"ts":"1503435956.000247","text":"hello"}]}`
	helloAgain = `{"ok":true,"messages":[{"ts":"1503435999.000100","text":"again"},{"ts":"1503435956.000247","text":"hello"}]}`
	whoseToken = `{"ok":true,"url":"https://octo.slack.com/","team":"Octo","team_id":"T000000001","user":"mona","user_id":"U000000001"}`
)

func newHub() *hub {
	return &hub{asked: make(map[string]int), status: make(map[string]int), answers: map[string]string{
		"auth.test":             whoseToken,
		"conversations.info":    `{"ok":true,"channel":{"id":"C000000001","name":"general"}}`,
		"conversations.history": oneMessage,
		"conversations.replies": oneMessage,
	}}
}

// watching runs a test on a clock of its own, before a hub.
func watching(t *testing.T, cfg Config, test func(t *testing.T, s *Service, h *hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if cfg.UserToken == "" {
			cfg.UserToken = "xoxp-of-a-test"
		}
		s, err := Open(t.Context(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		h := newHub()
		s.before(t, h, cfg)
		test(t, s, h)
	})
}

// before has a service ask a hub.
func (s *Service) before(t *testing.T, h *hub, cfg Config) {
	t.Helper()
	base := &url.URL{Scheme: "https", Host: "slack.test", Path: "/api/"}
	s.api = api.New(api.Config{Base: base, HTTP: &http.Client{Transport: h}, Wait: 15 * time.Second, TeamID: cfg.TeamID})
	var err error
	if s.access, err = cfg.access(t.Context(), s.api, s.log); err != nil {
		t.Fatal(err)
	}
}

// listen watches and counts what is heard.
func listen(t *testing.T, s *Service, ctx context.Context, uri string) *int {
	t.Helper()
	var mu sync.Mutex
	heard := new(int)
	if err := s.Watch(ctx, uri, func() { mu.Lock(); *heard++; mu.Unlock() }); err != nil {
		t.Fatal(err)
	}
	return heard
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestWatchTellsOfChanges(t *testing.T) {
	const parent = `{"ok":true,"messages":[{"ts":"1503435956.000247","text":"hello"%s}]}`
	for name, test := range map[string]struct{ uri, method, after string }{
		"a new message":      {channelURI, "conversations.history", helloAgain},
		"an edit":            {channelURI, "conversations.history", fmt.Sprintf(parent, `,"edited":{"ts":"1503435999.000000"}`)},
		"a deletion":         {channelURI, "conversations.history", `{"ok":true,"messages":[]}`},
		"a reaction":         {channelURI, "conversations.history", fmt.Sprintf(parent, `,"reactions":[{"name":"eyes","count":1,"users":["U1"]}]`)},
		"an answer":          {channelURI, "conversations.history", fmt.Sprintf(parent, `,"reply_count":1`)},
		"a page of one size": {channelURI + "?limit=20", "conversations.history", helloAgain},
		"by the id":          {"slack://T000000001/channels/C000000001/messages", "conversations.history", helloAgain},
		"by the domain":      {"slack://octo/channels/C000000001/messages", "conversations.history", helloAgain},
		"of a thread":        {threadURI, "conversations.replies", fmt.Sprintf(parent, `,"reply_count":1`)},
		"one for another":    {threadURI, "conversations.replies", fmt.Sprintf(parent, `,"latest_reply":"1503435999.000100"`)},
	} {
		t.Run(name, func(t *testing.T) {
			watching(t, Config{PollInterval: 20 * time.Second}, func(t *testing.T, s *Service, h *hub) {
				heard := listen(t, s, t.Context(), test.uri)
				pass(25 * time.Second)
				if *heard != 0 {
					t.Error("heard of nothing")
				}
				h.set(test.method, test.after)
				pass(30 * time.Second)
				if *heard != 1 {
					t.Errorf("heard %d times", *heard)
				}
				want := "conversations.history?channel=C000000001&limit=15"
				if test.method == "conversations.replies" {
					want = "conversations.replies?channel=C000000001&limit=1&ts=1503435956.000247"
				}
				for _, form := range h.forms {
					if form != want {
						t.Error(form)
					}
				}
			})
		})
	}
}

func TestWatchByEvents(t *testing.T) {
	watching(t, Config{SigningSecret: signingSecret}, func(t *testing.T, s *Service, h *hub) {
		ctx, leave := context.WithCancel(t.Context())
		heard := listen(t, s, ctx, channelURI)
		thread := listen(t, s, ctx, threadURI)
		again := listen(t, s, ctx, "slack://T000000001/channels/C000000001/messages") // is asked for once
		if n := h.count("conversations.history"); n != 1 || s.watches.Len() != 2 {
			t.Errorf("asked %d times for %d", n, s.watches.Len())
		}
		deliver := func(body string, channel, answers int) {
			t.Helper()
			*heard, *thread, *again = 0, 0, 0
			if w := postEvent(s.events, body); w.Code != http.StatusOK {
				t.Error(w.Code)
			}
			if *heard != channel || *again != channel || *thread != answers {
				t.Errorf("%s: heard %d, %d and %d times", body, *heard, *again, *thread)
			}
		}
		deliver(callback("Ev1", `{"type":"message","channel":"C000000001","ts":"1503435990.000100"}`), 1, 0)
		deliver(callback("Ev2", `{"type":"message","channel":"C000000001","ts":"1503435991.000100","thread_ts":"1503435956.000247"}`), 1, 1)
		deliver(callback("Ev3", `{"type":"message","channel":"C000000002","ts":"1503435991.000100"}`), 0, 0)
		deliver(strings.Replace(callback("Ev4", `{"type":"message","channel":"C000000001","ts":"1503435991.000100"}`), "T000000001", "T000000002", 1), 0, 0)
		leave()
		synctest.Wait()
		if n := s.watches.Len(); n != 0 {
			t.Errorf("%d are watched still", n)
		}
		deliver(callback("Ev5", `{"type":"message","channel":"C000000001","ts":"1503435992.000100"}`), 0, 0)
	})
}

// However often events come, Slack is asked no more often than watching may.
func TestBusyChannelTakesItsShare(t *testing.T) {
	watching(t, Config{SigningSecret: signingSecret}, func(t *testing.T, s *Service, h *hub) {
		heard := listen(t, s, t.Context(), channelURI)
		for i := range 600 {
			postEvent(s.events, callback(fmt.Sprint("Ev", i), `{"type":"message","channel":"C000000001","ts":"1503435990.000100"}`))
			pass(time.Second)
		}
		if n := h.count("conversations.history"); n > 101 || *heard != 600 {
			t.Errorf("asked %d times in 10 minutes, heard %d times", n, *heard)
		}
	})
}

func TestManyWatchesTakeTheirShare(t *testing.T) {
	watching(t, Config{PollInterval: poll.MinEvery}, func(t *testing.T, s *Service, h *hub) {
		for i := range 100 {
			id := fmt.Sprintf("C%09d", i)
			h.set("conversations.info", `{"ok":true,"channel":{"id":"`+id+`","name":"general"}}`)
			listen(t, s, t.Context(), "slack://-/channels/"+id+"/messages")
			pass(5 * time.Second)
		}
		before := h.count("conversations.history")
		pass(time.Hour)
		if n := h.count("conversations.history") - before; n > 600+100 || n < 300 {
			t.Errorf("asked %d times in an hour", n)
		}
	})
}

// Where Slack lets an app read once a minute, watching leaves four of five requests
// to those who call.
func TestPoorAppIsWatchedSlowly(t *testing.T) {
	watching(t, Config{PollInterval: poll.MinEvery}, func(t *testing.T, s *Service, h *hub) {
		var full strings.Builder
		for i := range 15 {
			fmt.Fprintf(&full, `,{"ts":"1503435956.%06d","text":"x"}`, i)
		}
		h.set("conversations.history", `{"ok":true,"has_more":true,"messages":[`+full.String()[1:]+`]}`)
		w, err := s.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.team(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.reads.History(t.Context(), api.HistoryQuery{Channel: "C000000001", Limit: 100}); err != nil || !w.reads.Restricted() {
			t.Fatal(err, "it does not show")
		}
		pass(2 * time.Minute)
		before := h.count("conversations.history")
		listen(t, s, t.Context(), channelURI)
		pass(time.Hour)
		if n := h.count("conversations.history") - before; n > 13 || n < 3 {
			t.Errorf("asked %d times in an hour", n)
		}
	})
}

func TestRefusalForTheRateIsHeeded(t *testing.T) {
	watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
		heard := listen(t, s, t.Context(), channelURI)
		h.mu.Lock()
		h.status["conversations.history"], h.answers["conversations.history"] = 429, `{"ok":false,"error":"ratelimited"}`
		h.mu.Unlock()
		pass(10 * time.Minute)
		if n := h.count("conversations.history"); *heard != 0 || n != 2 {
			t.Errorf("heard %d times, asked %d times", *heard, n)
		}
	})
}

// Who loses sight of a channel hears of that once, and of nothing that happens in
// it then; and again when it is back.
func TestWatchLosesSight(t *testing.T) {
	for _, why := range []string{"channel_not_found", "not_in_channel", "token_revoked"} {
		t.Run(why, func(t *testing.T) {
			watching(t, Config{SigningSecret: signingSecret}, func(t *testing.T, s *Service, h *hub) {
				heard := listen(t, s, t.Context(), channelURI)
				h.set("conversations.history", `{"ok":false,"error":"`+why+`"}`)
				pass(2 * time.Minute)
				if *heard != 1 {
					t.Errorf("heard %d times that it is out of sight", *heard)
				}
				postEvent(s.events, callback("Ev1", `{"type":"message","channel":"C000000001"}`))
				pass(time.Minute)
				if *heard != 1 {
					t.Errorf("heard %d times of what it may not see", *heard)
				}
				if err := s.Watch(t.Context(), channelURI, func() {}); err == nil {
					t.Error("it can be watched again")
				}
				h.set("conversations.history", oneMessage)
				pass(20 * time.Minute)
				if *heard != 2 {
					t.Errorf("heard %d times that it is back", *heard)
				}
			})
		})
	}
}

// Who has signed in at another workspace meanwhile sees nothing of its channel.
func TestWatchStaysInItsWorkspace(t *testing.T) {
	watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
		heard := listen(t, s, t.Context(), channelURI)
		h.set("auth.test", strings.Replace(whoseToken, "T000000001", "T000000002", 1))
		h.set("conversations.history", helloAgain)
		pass(40 * time.Minute)
		n := h.count("conversations.history")
		pass(time.Hour)
		if m := h.count("conversations.history"); m != n || *heard == 0 {
			t.Errorf("asked %d times and then %d times; heard %d times", n, m, *heard)
		}
	})
}

func TestWatchRefuses(t *testing.T) {
	watching(t, Config{DenyChannels: []string{"secret-*"}}, func(t *testing.T, s *Service, h *hub) {
		for uri, code := range map[string]toolerr.Code{
			"slack://-/channels/C000000001": toolerr.InvalidInput,
			"slack://-/users/U000000001":    toolerr.InvalidInput,
			"slack://-/me":                  toolerr.InvalidInput,
			"slack://-/channels/C000000001/messages?before=1503435956.1": toolerr.InvalidInput,
			"slack://-/threads/C000000001/yesterday":                     toolerr.InvalidInput,
			"slack://-/threads/%zz/1503435956.000247":                    toolerr.InvalidInput,
			"https://octo.slack.com/archives/C000000001":                 toolerr.InvalidInput,
			"slack://T000000002/channels/C000000001/messages":            toolerr.ResourceNotFound,
			"slack://other/threads/C000000001/1503435956.000247":         toolerr.ResourceNotFound,
		} {
			if err := s.Watch(t.Context(), uri, func() {}); toolerr.From(err) == nil || toolerr.From(err).Code != code {
				t.Errorf("%s: %v", uri, err)
			}
		}
		h.set("conversations.info", `{"ok":true,"channel":{"id":"C000000001","name":"secret-plans"}}`)
		if err := s.Watch(t.Context(), channelURI, func() {}); err == nil || toolerr.From(err).Code != toolerr.ResourceNotFound {
			t.Errorf("what may not be read: %v", err)
		}
		if n := h.count("conversations.history"); n != 0 || s.watches.Len() != 0 {
			t.Errorf("asked %d times for what may not be watched, of %d", n, s.watches.Len())
		}
	})
}

func TestWatchIsBounded(t *testing.T) {
	watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
		if err := s.watches.Close(); err != nil {
			t.Fatal(err)
		}
		s.watches = poll.New(poll.Config{Limit: 3})
		for i := range 3 {
			listen(t, s, t.Context(), fmt.Sprintf("slack://-/threads/C000000001/1503435956.%06d", i))
		}
		var full *toolerr.Error
		if err := s.Watch(t.Context(), channelURI, func() {}); !errors.As(err, &full) || full.Code != toolerr.RateLimited {
			t.Error(err)
		}
		if err := s.watches.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Watch(t.Context(), channelURI, func() {}); !errors.As(err, &full) || full.Code != toolerr.ServiceUnavailable {
			t.Error(err)
		}
	})
}

func TestPollInterval(t *testing.T) {
	for _, d := range []time.Duration{time.Second, time.Hour, -time.Minute} {
		if _, err := Open(t.Context(), Config{PollInterval: d}, nil); err == nil || !strings.Contains(err.Error(), "--poll-interval") {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestPollsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPolls()
		for i := range 3 * poll.DefaultLimit {
			p.turn(fmt.Sprint(i), time.Minute)
		}
		if n := len(p.next); n > poll.DefaultLimit+1 {
			t.Errorf("%d are remembered", n)
		}
		time.Sleep(2 * time.Hour * poll.DefaultLimit)
		if d := p.turn("another", time.Minute); d != time.Minute || len(p.next) != 1 {
			t.Errorf("%v, %d are remembered", d, len(p.next))
		}
	})
}
