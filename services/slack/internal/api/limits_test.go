package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

// TestWritesAreSentOnce holds that nothing is said or made twice: an answer that is
// lost is told of as such.
func TestWritesAreSentOnce(t *testing.T) {
	writes := map[string]func(*api.Client) error{
		"post": func(c *api.Client) error { return second(c.Post(t.Context(), api.Draft{Channel: channel, Text: "a"})) },
		"schedule": func(c *api.Client) error {
			return second(c.Schedule(t.Context(), api.Draft{Channel: channel, Text: "a"}, time.Unix(1900000000, 0)))
		},
		"update": func(c *api.Client) error {
			return second(c.Update(t.Context(), ts, api.Draft{Channel: channel, Text: "a"}))
		},
		"delete": func(c *api.Client) error { return c.Delete(t.Context(), channel, ts) },
		"react":  func(c *api.Client) error { return c.React(t.Context(), channel, ts, "eyes", false) },
		"create": func(c *api.Client) error { return second(c.Create(t.Context(), "a", false)) },
		"invite": func(c *api.Client) error { return c.Invite(t.Context(), channel, "U1") },
	}
	failures := map[string]http.HandlerFunc{
		"no answer":     cut,
		"a bad gateway": refused(502, "", "<html>"), "not available": refused(503, "", "<html>"),
		"a page":        refused(200, "", "<html>"),
		"half of it":    says(`{"ok":tr`),
		"a fatal error": says(`{"ok":false,"error":"fatal_error"}`),
	}
	for write, do := range writes {
		for failure, h := range failures {
			t.Run(write+", "+failure, func(t *testing.T) {
				s := serve(t, 0, inTurn(h, says(`{"ok":true,"channel":"C1","ts":"1.2"}`)))
				err := do(s.client())
				if n := len(s.requests()); n != 1 || !api.Unsure(err) {
					t.Errorf("sent %d times, unsure %t: %v", n, api.Unsure(err), err)
				}
			})
		}
	}
}

func TestRefusalsAreSure(t *testing.T) {
	for _, h := range []http.HandlerFunc{says(`{"ok":false,"error":"channel_not_found"}`), says(`{"ok":false}`), refused(429, "60", ""), refused(404, "", "")} {
		if err := serve(t, 0, h).client().Join(t.Context(), channel); err == nil || api.Unsure(err) {
			t.Errorf("%v", err)
		}
	}
	if err := second(serve(t, 0, says(`{"ok":false,"error":"fatal_error"}`)).client().Channel(t.Context(), channel)); err == nil || api.Unsure(err) {
		t.Errorf("a question: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s := serve(t, 0, says(`{"ok":true}`))
	if err := s.client().Join(ended, channel); !errors.Is(err, context.Canceled) || api.Unsure(err) || len(s.requests()) != 0 {
		t.Errorf("of who has left: %v", err)
	}
}

func TestReadsAreAskedAgain(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{"no answer": cut, "a bad gateway": refused(502, "0", ""), "not available": refused(503, "0", "")} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, 0, inTurn(h, says(`{"ok":true,"channel":{"id":"C1"}}`)))
			if _, err := s.client().Channel(t.Context(), channel); err != nil || len(s.requests()) != 2 {
				t.Errorf("asked %d times: %v", len(s.requests()), err)
			}
		})
	}
}

func TestAPostThatWasRefusedForItsRateIsSentAgain(t *testing.T) {
	s := serve(t, 5*time.Second, inTurn(refused(429, "1", ""), says(`{"ok":true,"channel":"C1","ts":"1.2"}`)))
	if _, err := s.client().Post(t.Context(), api.Draft{Channel: channel, Text: "a"}); err != nil || len(s.requests()) != 2 {
		t.Fatalf("sent %d times: %v", len(s.requests()), err)
	}
	for _, r := range s.requests() {
		if r.Form.Get("channel") != channel || r.Form.Get("text") != "a" {
			t.Errorf("%+v", r)
		}
	}
}

func TestLimitsAreThoseOfTheWorkspace(t *testing.T) {
	s := serve(t, 0, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/auth.test" {
			says(`{"ok":true,"team_id":"T1","user_id":"U1"}`)(w, r)
			return
		}
		refused(429, "30", "")(w, r)
	})
	one, two, three, stranger := s.api.With("xoxp-one"), s.api.With("xoxp-two"), s.api.WithTeam("xoxp-three", "T1"), s.api.WithTeam("xoxp-stranger", "T2")
	for _, c := range []*api.Client{one, two} {
		if _, err := c.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []*api.Client{one, two, three, stranger} {
		before := len(s.requests())
		var limit *rates.Error
		if err := second(c.User(t.Context(), "U1")); !errors.As(err, &limit) || limit.After.Round(time.Minute/2) != 30*time.Second {
			t.Errorf("%d: %v", i, err)
		}
		if n := len(s.requests()) - before; n != 0 && i != 0 && i != 3 {
			t.Errorf("client %d has sent %d", i, n)
		}
	}
	if n := len(s.requests()); n != 4 {
		t.Errorf("%d requests", n)
	}
	if err := one.Join(t.Context(), channel); len(s.requests()) != 5 {
		t.Errorf("another method is not asked: %v", err)
	}
}

func TestARestrictedWorkspace(t *testing.T) {
	var list string
	for i := range 15 {
		list += fmt.Sprintf(`,{"ts":"%d.0","text":"a"}`, 100-i)
	}
	answer := says(`{"ok":true,"messages":[` + list[1:] + `],"has_more":true,"response_metadata":{"next_cursor":"n"}}`)
	s := serve(t, 0, inTurn(answer, refused(429, "60", ""), answer))
	c := s.client()
	if c.Restricted() {
		t.Fatal("it is restricted before it was seen")
	}
	q := api.HistoryQuery{Channel: channel, Limit: 50}
	first, err := c.History(t.Context(), q)
	if err != nil || !c.Restricted() {
		t.Fatal(c.Restricted(), err)
	}
	first.Messages[0].Text = "changed by its reader"
	again, err := c.History(t.Context(), q)
	if err != nil || len(again.Messages) != 15 || again.Messages[0].Text != "a" || again.Next != "n" || !again.More {
		t.Errorf("%+v: %v", again, err)
	}
	if again, err = c.History(t.Context(), q); err != nil || len(again.Messages) != 15 || len(s.requests()) != 2 {
		t.Errorf("asked %d times: %v", len(s.requests()), err)
	}
	q.Cursor = "n"
	var limit *rates.Error
	if _, err := c.History(t.Context(), q); !errors.As(err, &limit) || !limit.Restricted || limit.After > time.Minute || limit.After < 30*time.Second || len(s.requests()) != 2 {
		t.Errorf("the next page: %v", err)
	}
	if _, err := s.api.With("xoxp-another").History(t.Context(), api.HistoryQuery{Channel: channel, Limit: 50}); err != nil || len(s.requests()) != 3 {
		t.Errorf("what one has read is not for another: %v", err)
	}
	if _, err := c.Replies(t.Context(), ts, api.HistoryQuery{Channel: channel, Limit: 100}); err != nil || s.requests()[3].Form.Get("limit") != "15" {
		t.Errorf("a thread: %v %v", s.requests()[3].Form, err)
	}
}

func TestALostAnswerNamesNothingOfTheRequest(t *testing.T) {
	s := serve(t, 0, cut)
	err := second(s.client().Post(t.Context(), api.Draft{Channel: channel, Text: "a"}))
	var lost *api.Lost
	var network *upstream.NetworkError
	if !errors.As(err, &lost) || lost.Method != "chat.postMessage" || !errors.As(err, &network) {
		t.Errorf("%#v", err)
	}
}

func TestInvitesThatFailForSome(t *testing.T) {
	s := serve(t, 0, says(`{"ok":false,"error":"cant_invite","errors":[{"user":"U1","ok":false,"error":"cant_invite"},{"user":"U2","ok":false,"error":"already_in_channel"},{"ok":false}]}`))
	err := s.client().Invite(t.Context(), channel, "U1", "U2")
	var e *api.Error
	if !errors.As(err, &e) || len(e.Users) != 2 || e.Users[1] != (api.UserError{User: "U2", Code: "already_in_channel"}) {
		t.Errorf("%#v", err)
	}
}

// Who has the same token as another has other keys, and the same limits.
func TestSameTokenOfTwo(t *testing.T) {
	s := serve(t, 0, refused(429, "60", ""))
	one, other, again := s.client().Of("one"), s.client().Of("other"), s.client().Of("one")
	if one.Key() == other.Key() || one.Key() == s.client().Key() || one.Key() != again.Key() {
		t.Errorf("the keys are %s, %s and %s", one.Key(), other.Key(), again.Key())
	}
	for _, c := range []*api.Client{one, other} {
		var limited *rates.Error
		if err := second(c.Channel(t.Context(), channel)); !errors.As(err, &limited) {
			t.Error(err)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("Slack was asked %d times within a limit", n)
	}
}
