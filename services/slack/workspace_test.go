package slack

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// workspaceOf returns a workspace of a bot and of mona, or of the bot alone.
func workspaceOf(t *testing.T, cfg Config, person bool) (*workspace, *slacktest.Server) {
	t.Helper()
	fake := slacktest.New(t)
	cfg.APIURL, cfg.BotToken = fake.URL, "xoxb-of-a-test"
	fake.Grant(cfg.BotToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID})
	if person {
		cfg.UserToken = "xoxp-of-a-test"
		fake.Grant(cfg.UserToken, slacktest.Token{User: slacktest.Mona})
	}
	svc, err := Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := svc.Close(); err != nil {
			t.Error(err)
		}
	})
	w, err := svc.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w, fake
}

func TestMentions(t *testing.T) {
	w, fake := workspaceOf(t, Config{}, true)
	fake.AddUser(slacktest.User{ID: "U00000000A", Name: "j.r-r_t", RealName: "J. R. R. T."})
	fake.AddUser(slacktest.User{ID: "U00000000B", Name: "gone", Deleted: true})
	for text, want := range map[string]string{
		"@mona, look":                         "<@U000000001>, look",
		"(@Mona) @mona. @j.r-r_t!":            "(<@U000000001>) <@U000000001>. <@U00000000A>!",
		"**@mona**":                           "**<@U000000001>**",
		"mail a@mona.example":                 "mail a@mona.example",
		"`@mona` and\n```\n@mona\n```\n@mona": "`@mona` and\n```\n@mona\n```\n<@U000000001>",
		"<@U000000001> @channel @here":        "<@U000000001> @channel @here",
		"@nobody @gone @Lisa @mon":            "@nobody @gone @Lisa @mon",
		"nothing":                             "nothing",
	} {
		if got := w.mentions(t.Context(), text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestJoining(t *testing.T) {
	writer := auth.WithCaller(t.Context(), auth.Everything("a test"))
	reader := auth.WithCaller(t.Context(), &auth.Caller{Grants: auth.Grants{readScope}})
	for name, tt := range map[string]struct {
		cfg      Config
		ctx      context.Context
		ch       string
		readOnly bool
		joins    bool
	}{
		"allowed":     {cfg: Config{AutoJoin: true}, ctx: writer, ch: slacktest.Random, joins: true},
		"not allowed": {ctx: writer, ch: slacktest.Random},
		"a reader":    {cfg: Config{AutoJoin: true}, ctx: reader, ch: slacktest.Random},
		"nobody":      {cfg: Config{AutoJoin: true}, ctx: t.Context(), ch: slacktest.Random},
		"read-only":   {cfg: Config{AutoJoin: true}, ctx: writer, ch: slacktest.Random, readOnly: true},
		"not written": {cfg: Config{AutoJoin: true, WriteChannels: []string{"general"}}, ctx: writer, ch: slacktest.Random},
		"private":     {cfg: Config{AutoJoin: true}, ctx: writer, ch: "C00000000A"},
	} {
		t.Run(name, func(t *testing.T) {
			w, fake := workspaceOf(t, tt.cfg, true)
			fake.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "private", Private: true, Members: []string{slacktest.Mona}})
			w.svc.readOnly = tt.readOnly
			p, err := w.channel(tt.ctx, tt.ch)
			if err != nil {
				t.Fatal(err)
			}
			err = w.joining(tt.ctx, w.bot, p.Channel, func() error {
				_, err := w.bot.History(tt.ctx, api.HistoryQuery{Channel: p.ID, Limit: 1})
				if fake.Asked("conversations.join") == 0 && tt.ch != "C00000000A" {
					return &api.Error{Method: "conversations.history", Code: "not_in_channel"}
				}
				return err
			})
			if (err == nil) != tt.joins || (fake.Asked("conversations.join") == 1) != tt.joins {
				t.Errorf("%v, joined %d times", err, fake.Asked("conversations.join"))
			}
		})
	}
}

// Where many channels come before it in the list, a person's search finds one.
func TestChannelBySearch(t *testing.T) {
	w, fake := workspaceOf(t, Config{}, true)
	fake.AddSprawl(5000, 0)
	fake.Handle("search.messages", slacktest.JSON(`{"ok":true,"messages":{"total":1,"matches":[{"ts":"1503435956.000247","channel":{"id":"`+slacktest.SprawlChannel(4000)+`","name":"room-04000"}}]}}`))
	p, err := w.channel(t.Context(), "room-04000")
	if err != nil || p.ID != slacktest.SprawlChannel(4000) {
		t.Errorf("%+v, %v", p, err)
	}
	if n := len(fake.Requests()); n != 4 {
		t.Errorf("%d requests", n)
	}
	// What the search says is looked up, and another channel's name is not taken.
	if p, err = w.channel(t.Context(), "room-03000"); err != nil || p.ID != slacktest.SprawlChannel(3000) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestHuntIsBounded(t *testing.T) {
	w, fake := workspaceOf(t, Config{}, false)
	fake.AddSprawl(40_000, 0)
	_, err := w.channel(t.Context(), "room-39999")
	if err == nil || !strings.Contains(err.Error(), "there are more, so give its id") {
		t.Error(err)
	}
	if n := fake.Asked("conversations.list"); n != listPages {
		t.Errorf("%d pages", n)
	}
}

func TestWritesCheckTheName(t *testing.T) {
	w, fake := workspaceOf(t, Config{}, false)
	fake.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "team", Members: []string{slacktest.Octobot}})
	if _, err := w.channel(t.Context(), "team"); err != nil {
		t.Fatal(err)
	}
	fake.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "team-old", Members: []string{slacktest.Octobot}})
	fake.AddChannel(slacktest.Channel{ID: "C00000000B", Name: "team", Members: []string{slacktest.Octobot}})
	if p, err := w.channel(t.Context(), "team"); err != nil || p.ID != "C00000000A" {
		t.Errorf("what is known is not used: %+v, %v", p, err)
	}
	// A minute later, to write.
	if p, err := w.place(t.Context(), "team", 0); err != nil || p.ID != "C00000000B" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestDirectMessages(t *testing.T) {
	w, fake := workspaceOf(t, Config{AllowDMs: true}, false)
	if _, err := w.channel(t.Context(), "@mona"); err == nil || fake.Asked("conversations.open") != 0 {
		t.Errorf("to read, messages are begun: %v", err)
	}
	p, err := w.target(t.Context(), "@mona")
	if err != nil || !p.Direct || p.User != slacktest.Mona || fake.Asked("conversations.open") != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if q, err := w.channel(t.Context(), "mona@octo.example"); err != nil || q.ID != p.ID {
		t.Errorf("%+v, %v", q, err)
	}
	w, fake = workspaceOf(t, Config{}, false)
	for _, name := range []string{"@mona", "mona@octo.example", slacktest.Mona, "D000000001"} {
		if _, err := w.target(t.Context(), name); err == nil || !strings.Contains(err.Error(), "--allow-dms") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests for what is off", n)
	}
}

func TestLabels(t *testing.T) {
	w, fake := workspaceOf(t, Config{}, false)
	fake.AddCrowd(2000)
	ids := []string{slacktest.Mona, slacktest.Mona, "U00000000X", "USLACKBOT", "not an id", slacktest.BotID}
	for i := range 100 {
		ids = append(ids, slacktest.CrowdUser(i+1))
	}
	for range 2 {
		got := w.labels(t.Context(), ids)
		for id, want := range map[string]string{slacktest.Mona: "Mona Lisa", "U00000000X": "U00000000X", "not an id": "not an id", slacktest.CrowdUser(7): "person 0000007"} {
			if got[id] != want {
				t.Errorf("%s is called %q, want %q", id, got[id], want)
			}
		}
	}
	if n := fake.Asked("users.info"); n != 103 {
		t.Errorf("%d requests for 103 people", n)
	}
	fake.LimitAfter("users.info", 0, 3000)
	before, many := fake.Asked("users.info"), make([]string, 300)
	for i := range many {
		many[i] = slacktest.CrowdUser(i + 1000)
	}
	got := w.labels(t.Context(), many)
	if got[many[299]] != many[299] {
		t.Errorf("%q", got[many[299]])
	}
	if n := fake.Asked("users.info") - before; n > lookupsAtOnce {
		t.Errorf("%d requests after a refusal", n)
	}
}

func TestNobodyWaitsTwice(t *testing.T) {
	w, fake := workspaceOf(t, Config{}, false)
	done := make(chan error)
	for range 20 {
		go func() {
			p, err := w.channel(context.WithoutCancel(t.Context()), "general")
			if err == nil && p.ID != slacktest.General {
				err = fmt.Errorf("%+v", p)
			}
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := fake.Asked("users.conversations"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
