package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// read reads a resource and returns its texts, or what it says instead.
func (r *rig) read(t testing.TB, uri string) string {
	t.Helper()
	res, err := r.client.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		return "error: " + err.Error()
	}
	var texts []string
	for _, c := range res.Contents {
		texts = append(texts, c.MIMEType+" "+c.Text)
	}
	return strings.Join(texts, "\n")
}

// methods returns what the workspace was asked.
func (r *rig) methods() string {
	var list []string
	for _, q := range r.Requests() {
		list = append(list, q.Method)
	}
	return strings.Join(list, " ")
}

func TestListedResources(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, UserToken: userToken})
	list, err := r.client.ListResources(t.Context(), nil)
	if err != nil || len(list.Resources) != 1 || list.Resources[0].URI != "slack://-/me" {
		t.Errorf("%+v, %v", list, err)
	}
	templates, err := r.client.ListResourceTemplates(t.Context(), nil)
	if err != nil || len(templates.ResourceTemplates) != 6 {
		t.Errorf("%+v, %v", templates, err)
	}
	if got := r.methods(); got != "" {
		t.Errorf("listing asks %s", got)
	}
}

func TestMe(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, UserToken: userToken})
	for _, uri := range []string{"slack://-/me", "slack://T000000001/me", "slack://OCTO/me"} {
		got := r.read(t, uri)
		for _, want := range []string{`"team_id":"T000000001"`, `"url":"https://octo.slack.com/"`, `"user":{"id":"U000000001"`, `"bot":{"id":"U000000002"`, `"bot_id":"B000000001"`, `"reads_as":"user"`, `"writes_as":"bot"`, `"get_thread"`, `"send_message"`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: there is no %s in %s", uri, want, got)
			}
		}
		if strings.Contains(got, "xox") {
			t.Errorf("%s shows a token: %s", uri, got)
		}
	}
	if got := r.methods(); got != "auth.test auth.test" {
		t.Errorf("asks %s", got)
	}
}

// Who reads what they may do sees no tool that their token is of no use to.
func TestMeHasTheToolsOfItsToken(t *testing.T) {
	r := newRigOf(t, slack.Config{UserToken: "xoxp-of-little-use", ExtraTools: []string{"list_unreads"}}, server.Config{ExcludeTools: []string{"get_file"}})
	r.Grant("xoxp-of-little-use", slacktest.Token{User: slacktest.Mona, Scopes: []string{"channels:read", "channels:history", "users:read", "files:read"}})
	if got := r.read(t, "slack://-/me"); !strings.Contains(got, `"tools":["list_channels","get_channel_info","get_channel_history","get_thread","find_users","list_unreads"]`) || !strings.Contains(got, `"scopes":["channels:read",`) {
		t.Error(got)
	}
}

func TestResources(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, DenyChannels: []string{"random"}})
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var ts []string
	for i := range 5 {
		ts = append(ts, r.Post("C000000001", slacktest.Message{User: slacktest.Mona, Text: fmt.Sprintf("number %d", i), At: start.Add(time.Duration(i) * time.Minute)}))
	}
	r.Post("C000000001", slacktest.Message{User: slacktest.Mona, Text: "a reply", ThreadTS: ts[1], At: start.Add(time.Hour)})
	r.AddFile(slacktest.File{ID: "F000000001", Name: "notes.txt", Mimetype: "text/plain", Content: []byte("one\ntwo\n"), User: slacktest.Mona})
	for uri, want := range map[string][]string{
		"slack://-/channels/C000000001":                                {`"id":"C000000001"`, `"name":"general"`},
		"slack://octo/channels/general":                                {`"id":"C000000001"`},
		"slack://-/channels/general/messages":                          {"number 0", "number 4", `"reply_count":1`},
		"slack://-/channels/general/messages?limit=2":                  {"number 3", "number 4", `"next":"slack://-/channels/C000000001/messages?limit=2\u0026before=` + ts[3] + `"`},
		"slack://-/channels/general/messages?limit=2&before=" + ts[3]:  {"number 1", "number 2"},
		"slack://T000000001/threads/C000000001/" + ts[1]:               {"number 1", "a reply", `"thread_ts":"` + ts[1] + `"`},
		"slack://-/users/U000000001":                                   {`"id":"U000000001"`, `"handle":"mona"`},
		"slack://-/users/mona":                                         {`"id":"U000000001"`},
		"slack://-/files/F000000001":                                   {"text/plain one\ntwo", `"name":"notes.txt"`},
		"slack://T000000009/channels/C000000001":                       {"error: ", "not found"},
		"slack://elsewhere/users/U000000001":                           {"error: ", "not found"},
		"slack://T000000009/me":                                        {"error: ", "not found"},
		"slack://T000000009/files/F000000001":                          {"error: ", "not found"},
		"slack://T000000009/channels/C000000001/messages":              {"error: ", "not found"},
		"slack://T000000009/threads/C000000001/" + ts[1]:               {"error: ", "not found"},
		"slack://-/channels/random":                                    {"error: ", "not found"},
		"slack://-/channels/random/messages":                           {"error: ", "not found"},
		"slack://-/channels/nowhere/messages":                          {"error: "},
		"slack://-/channels/general/messages?limit=1000":               {"error: ", "limit: give 1 to 200"},
		"slack://-/channels/general/messages?limit=2&before=yesterday": {"error: ", "before: "},
		"slack://-/threads/C000000001/1.000001":                        {"error: "},
	} {
		got := r.read(t, uri)
		for _, w := range want {
			if !strings.Contains(strings.ToLower(got), strings.ToLower(w)) {
				t.Errorf("%s: there is no %s in %s", uri, w, got)
			}
		}
		if strings.Contains(uri, "before=1") && strings.Contains(got, "number 3") {
			t.Errorf("%s: %s", uri, got)
		}
	}
}

func TestResourcesAreTheCallers(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	for uri, ttl := range map[string]int{"slack://-/me": 600_000, "slack://-/channels/general": 600_000, "slack://-/channels/general/messages": 60_000} {
		res, err := r.client.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		if err != nil || res.CacheScope != "private" || res.TTLMs != ttl {
			t.Errorf("%s: %v, %+v", uri, err, res)
		}
	}
}

const (
	channelURI  = "slack://{team}/channels/{channel}"
	messagesURI = "slack://{team}/channels/{channel}/messages{?limit,before}"
	threadURI   = "slack://{team}/threads/{channel}/{ts}"
	userURI     = "slack://{team}/users/{user}"
)

// complete completes a variable of a template, or an argument of a prompt; settled
// are names and values in turn.
func (r *rig) complete(t *testing.T, of, argument, typed string, settled ...string) []string {
	t.Helper()
	return servertest.Complete(t, r.client, of, argument, typed, settled...)
}

func TestCompletions(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, DenyChannels: []string{"random"}})
	for _, name := range []string{"team-web", "team-ops", "web-team"} {
		r.AddChannel(slacktest.Channel{Name: name, Members: []string{slacktest.Mona}})
	}
	r.AddChannel(slacktest.Channel{Name: "team-old", Archived: true, Members: []string{slacktest.Mona}})
	r.AddChannel(slacktest.Channel{Name: "team-others"})
	thread := r.Post("C000000001", slacktest.Message{User: slacktest.Mona, Text: "a question"})
	r.Post("C000000001", slacktest.Message{User: slacktest.Mona, Text: "a reply", ThreadTS: thread})
	r.Post("C000000001", slacktest.Message{User: slacktest.Mona, Text: "something else"})
	for _, tt := range []struct {
		of, argument, typed string
		settled, want       []string
	}{
		{channelURI, "team", "", nil, []string{"-"}},
		{channelURI, "channel", "t", nil, []string{"team-ops", "team-web", "web-team"}},
		{channelURI, "channel", "te", nil, []string{"team-ops", "team-web", "web-team"}},
		{channelURI, "channel", "team", nil, []string{"team-ops", "team-web", "web-team"}},
		{messagesURI, "channel", "GEN", []string{"team", "-"}, []string{"general"}},
		{threadURI, "channel", "", []string{"team", "T000000009"}, []string{}},
		{channelURI, "channel", "random", nil, []string{}},
		{"summarize_channel", "channel", "#team", nil, []string{"#team-ops", "#team-web", "#web-team"}},
		{"catch_up", "channels", "general, team-o", nil, []string{"general, team-ops"}},
		{"catch_up", "since", "7", nil, []string{"7d"}},
		{threadURI, "ts", "", []string{"team", "-", "channel", "C000000001"}, []string{}},
		{userURI, "user", "mo", nil, []string{}},
	} {
		if d := cmp.Diff(tt.want, r.complete(t, tt.of, tt.argument, tt.typed, tt.settled...)); d != "" {
			t.Errorf("%s of %s, typed %q: %s", tt.argument, tt.of, tt.typed, d)
		}
	}
	if got := r.methods(); strings.Count(got, "users.conversations") != 1 || strings.Contains(got, "conversations.list") || strings.Contains(got, "users.list") {
		t.Errorf("asks %s", got)
	}
	// What was read is known.
	r.read(t, "slack://-/channels/general/messages")
	r.read(t, "slack://-/users/U000000001")
	before := len(r.Requests())
	if d := cmp.Diff([]string{"mona"}, r.complete(t, userURI, "user", "mo")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"@mona"}, r.complete(t, userURI, "user", "@MON")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{thread}, r.complete(t, threadURI, "ts", "", "team", "-", "channel", "general")); d != "" {
		t.Error(d)
	}
	if n := len(r.Requests()); n != before {
		t.Errorf("%d requests for what was seen", n-before)
	}
}

// A refusal is no error of a completion, and is not asked for again with the next
// letter.
func TestCompletionsOfNothing(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	r.Handle("users.conversations", slacktest.JSON(`{"ok":false,"error":"missing_scope","needed":"channels:read"}`))
	for _, typed := range []string{"", "g", "ge"} {
		if got := r.complete(t, channelURI, "channel", typed); len(got) != 0 {
			t.Error(got)
		}
	}
	if got := r.methods(); strings.Count(got, "users.conversations") != 1 {
		t.Errorf("asks %s", got)
	}
	nobody := newRig(t, slack.Config{})
	if got := nobody.complete(t, channelURI, "channel", "g"); len(got) != 0 {
		t.Error(got)
	}
}
