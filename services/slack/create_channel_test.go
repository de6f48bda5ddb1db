package slack_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

func TestChannelName(t *testing.T) {
	for in, want := range map[string]string{
		"team-rocket": "team-rocket", "#Team_Rocket ": "team_rocket", "équipe": "équipe", "2030": "2030", strings.Repeat("a", 80): strings.Repeat("a", 80),
		"team rocket": "team-rocket would be one", "team.rocket!": "team-rocket would be one", "--a--": "; a would be one", "a/b//c": "a-b-c would be one",
		strings.Repeat("a", 81): strings.Repeat("a", 80) + " would be one", "!!!": "has no letter or digit", "": "has no letter or digit", "-_-": "has no letter or digit",
		"<!channel>": "channel would be one",
	} {
		got, err := slack.ChannelName(in)
		if err != nil {
			got = err.Error()
		}
		if got != want && !strings.HasSuffix(got, want) && !strings.Contains(got, want+" in it") {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestCreateChannel(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	text, failed := r.call(t, "create_channel", `{"name":"#Team-Rocket","description":"All about the launch","invite":["@mona","U000000001","mona@octo.example"]}`)
	if failed || !strings.HasSuffix(text, `","name":"team-rocket"}`) {
		t.Error(text)
	}
	var asked []string
	for _, q := range r.Requests() {
		switch q.Method {
		case "conversations.create":
			asked = append(asked, "create "+q.Form.Get("name")+" "+q.Form.Get("is_private"))
		case "conversations.setTopic":
			asked = append(asked, "topic "+q.Form.Get("topic"))
		case "conversations.setPurpose":
			asked = append(asked, "purpose "+q.Form.Get("purpose"))
		case "conversations.invite":
			asked = append(asked, "invite "+q.Form.Get("users"))
		}
	}
	if d := cmp.Diff([]string{"create team-rocket false", "topic All about the launch", "purpose All about the launch", "invite U000000001"}, asked); d != "" {
		t.Error(d)
	}
	text, failed = r.call(t, "create_channel", `{"name":"quiet","is_private":true,"topic":"now","description":"ever"}`)
	if failed || r.last(t, "conversations.setTopic").Form.Get("topic") != "now" || r.last(t, "conversations.setPurpose").Form.Get("purpose") != "ever" || r.last(t, "conversations.create").Form.Get("is_private") != "true" {
		t.Error(text)
	}
}

func TestCreateChannelInParts(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	gone := r.AddUser(slacktest.User{Name: "gone", RealName: "Gone Girl", Deleted: true})
	r.Handle("conversations.setTopic", refusal("user_is_restricted"))
	text, failed := r.call(t, "create_channel", `{"name":"new","description":"d","invite":["U000000001","`+gone+`"]}`)
	if failed || !strings.Contains(text, `"name":"new","failed":["topic`) || !strings.Contains(text, "invitation of Gone Girl") {
		t.Error(text)
	}
	if users := r.last(t, "conversations.invite").Form.Get("users"); users != "U000000001" {
		t.Errorf("invited at last: %s", users)
	}
}

// TestWhoeverHasItMadeIsInvited holds that a person sees what a bot makes for them.
func TestWhoeverHasItMadeIsInvited(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, UserToken: userToken})
	if text, failed := r.call(t, "create_channel", `{"name":"new","is_private":true}`); failed || strings.Contains(text, "failed") {
		t.Error(text)
	}
	if users := r.last(t, "conversations.invite").Form.Get("users"); users != slacktest.Mona {
		t.Errorf("invited: %s", users)
	}
}

// Who has it made is asked for while nothing is made yet; if that fails the caller is
// told that somebody is missing.
func TestMakerIsAskedForBefore(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, UserToken: userToken})
	r.Handle("auth.test", func(w http.ResponseWriter, q *http.Request) {
		if r.Asked("conversations.create") > 0 {
			t.Error("it is made already")
		}
		refusal("fatal_error")(w, q)
	})
	if text, failed := r.call(t, "create_channel", `{"name":"new","is_private":true}`); failed || !strings.Contains(text, `"failed":["your own invitation`) {
		t.Error(text)
	}
	if r.Asked("auth.test") == 0 {
		t.Error("nobody was asked for")
	}
}

func TestCreateChannelRefuses(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, WriteChannels: []string{"team-*", "general"}})
	for name, tt := range map[string]struct{ args, want string }{
		"a name that is none":      {`{"name":"team rocket"}`, "team-rocket would be one"},
		"a name of another kind":   {`{"name":"rocket"}`, "a channel named rocket may not be made here"},
		"everybody in the topic":   {`{"name":"team-a","topic":"<!channel> hi"}`, "this would notify @channel"},
		"everybody in the purpose": {`{"name":"team-a","description":"ask @here"}`, "this would notify @here"},
		"a long topic":             {`{"name":"team-a","topic":"` + strings.Repeat("a", 251) + `"}`, "INVALID_INPUT"},
		"nobody":                   {`{"name":"team-a","invite":["@nobody"]}`, "person nobody"},
		"one that is there":        {`{"name":"general"}`, `"CONFLICT","message":"channel #general exists, with the id C000000001: use it`},
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, r, "create_channel", tt.args, tt.want) })
	}
	if n := r.Asked("conversations.create"); n != 1 {
		t.Errorf("Slack was asked %d times to make one", n)
	}
	r.Handle("conversations.create", refusal("name_taken"))
	wantRefusal(t, r, "create_channel", `{"name":"team-hidden"}`, "not visible here", "choose another name")
}

// People of other organizations are not let in unless that is allowed, and nothing
// is made before that is known.
func TestCreateChannelIsForOnesOwn(t *testing.T) {
	for name, who := range map[string]slacktest.User{
		"a stranger":           {ID: "U00000000E", Name: "eve", RealName: "Eve Other", Stranger: true},
		"one who shares a lot": {ID: "U00000000E", Name: "eve", RealName: "Eve Other", Team: "T000000009"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, slack.Config{BotToken: botToken})
			args := `{"name":"new","invite":["@mona","` + r.AddUser(who) + `"]}`
			wantRefusal(t, r, "create_channel", args, "PERMISSION_DENIED", "Eve Other is of another organization", "--allow-external")
			wantRefusal(t, r, "create_channel", args, "Eve Other is of another organization") // now remembered
			if n := r.Asked("conversations.create"); n != 0 {
				t.Errorf("%d channels were made", n)
			}
			open := newRig(t, slack.Config{BotToken: botToken, AllowExternal: true})
			open.AddUser(who)
			if text, failed := open.call(t, "create_channel", strings.Replace(args, "@mona", "U000000001", 1)); failed {
				t.Error(text)
			}
		})
	}
}

func TestCreateChannelAsks(t *testing.T) {
	r, p := newAskedRig(t, slack.Config{BotToken: botToken}, server.Config{Confirm: "always"})
	if text, failed := r.call(t, "create_channel", `{"name":"new","is_private":true,"invite":["@mona"]}`); failed {
		t.Error(text)
	}
	if d := cmp.Diff("Create the private channel #new and invite Mona Lisa?", p.last()); d != "" {
		t.Error(d)
	}
	for given, want := range map[string]string{
		`"description":"All\nabout it"`:                   "Create the public channel #other?\nDescription: All about it",
		`"topic":"Now","description":"All about it"`:      "Create the public channel #other?\nTopic: Now\nDescription: All about it",
		`"topic":"` + strings.Repeat("ä", 250) + `"`:      "Create the public channel #other?\nTopic: " + strings.Repeat("ä", 250),
		`"topic":"Same","description":"Same","invite":[]`: "Create the public channel #other?\nDescription: Same",
	} {
		r.call(t, "create_channel", `{"name":"other",`+given+`}`)
		if d := cmp.Diff(want, p.last()); d != "" {
			t.Error(d)
		}
	}
}
