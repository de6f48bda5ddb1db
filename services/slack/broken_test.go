package slack_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// story is a call that takes a tool as far as it goes.
type story struct{ tool, args string }

// The messages that stories are about, of the person and of the bot.
const (
	personsTS = "1763000000.000000"
	botsTS    = "1763000060.000000"
)

// stories has every tool, and each of the ways in which one asks Slack.
var stories = map[string]story{
	"list channels":     {"list_channels", `{"member_only":false}`},
	"channel":           {"get_channel_info", `{"channel":"#general","include_members":true,"include_pins":true}`},
	"people":            {"find_users", `{"query":"mona"}`},
	"person by mail":    {"find_users", `{"query":"mona@octo.example"}`},
	"groups":            {"list_user_groups", `{"include_members":true}`},
	"history":           {"get_channel_history", `{"channel":"#general","include_threads":true}`},
	"thread":            {"get_thread", `{"channel":"C000000001","thread_ts":"` + personsTS + `"}`},
	"search":            {"search_messages", `{"query":"launch"}`},
	"search a channel":  {"search_messages", `{"query":"launch","channel":"#general","from":"@mona"}`},
	"file":              {"get_file", `{"file":"F00000000A"}`},
	"image":             {"get_file", `{"file":"F00000000B"}`},
	"canvas":            {"get_file", `{"file":"F00000000C"}`},
	"post":              {"send_message", `{"channel":"#general","text":"hi @mona"}`},
	"post to somebody":  {"send_message", `{"channel":"@mona","text":"hi"}`},
	"post later":        {"send_message", `{"channel":"#general","text":"hi","post_at":"2h"}`},
	"post and join":     {"send_message", `{"channel":"C000000002","text":"hi"}`},
	"update":            {"update_message", `{"channel":"#general","ts":"` + botsTS + `","text":"new"}`},
	"delete":            {"delete_message", `{"channel":"#general","ts":"` + botsTS + `"}`},
	"take back":         {"delete_message", `{"channel":"#general","scheduled_message_id":"Q00000000A"}`},
	"react":             {"set_reaction", `{"channel":"#general","ts":"` + personsTS + `","emoji":"eyes"}`},
	"take reaction":     {"set_reaction", `{"channel":"#general","ts":"` + botsTS + `","emoji":"tada","remove":true}`},
	"create":            {"create_channel", `{"name":"new","topic":"a","description":"b","invite":["@mona"]}`},
	"unreads":           {"list_unreads", `{}`},
	"mark read":         {"mark_read", `{"channel":"#general","ts":"` + personsTS + `"}`},
	"create taken name": {"create_channel", `{"name":"general"}`},
}

// download is what stories call the reading of a file.
const download = "files-pri"

// broken is a workspace in which one method does not do what it should. Of all the
// others it is a healthy one.
type broken struct {
	*rig
	srv  *server.Server
	gone func() // it serves no more

	mu     sync.Mutex
	method string // that h answers
	h      http.HandlerFunc
	asked  []string // methods
}

func (b *broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	if strings.HasPrefix(r.URL.Path, "/"+download+"/") {
		method = download
	}
	b.mu.Lock()
	b.asked = append(b.asked, method)
	h := b.h
	if b.method != method {
		h = nil
	}
	b.mu.Unlock()
	if h == nil {
		h = b.Server.ServeHTTP
	}
	h(w, r)
}

// breaks has a method answered by h.
func (b *broken) breaks(method string, h http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.method, b.h = method, h
}

// times returns how often a method was asked.
func (b *broken) times(method string) int {
	n := 0
	for _, m := range b.methods() {
		if m == method {
			n++
		}
	}
	return n
}

func (b *broken) methods() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// newBroken returns a service with some tools alone, which is made sooner, or with
// all.
func newBroken(t *testing.T, cfg slack.Config, tools ...string) *broken {
	t.Helper()
	b := &broken{rig: &rig{Server: slacktest.Open(t.Errorf)}}
	b.serve(t)
	furnish(b.Server)
	cfg.BotToken, cfg.UserToken, cfg.APIURL = botToken, userToken, b.URL
	cfg.AllowDMs, cfg.AutoJoin, cfg.ExtraTools = true, true, slack.ExtraTools()
	if cfg.RateWait == 0 {
		cfg.RateWait = -1
	}
	svc, err := slack.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b.srv, err = server.New("slack", svc, server.Config{Confirm: "never", Tools: tools}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	b.client = servertest.Client(t, b.srv, nil, nil)
	return b
}

func (b *broken) serve(t *testing.T) {
	ts := httptest.NewServer(b)
	t.Cleanup(ts.Close)
	b.gone = ts.Close
	b.Base(ts.URL)
}

// furnish puts what stories are about into the workspace.
func furnish(s *slacktest.Server) {
	// Not chat:write.public, so that it has to join.
	s.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: []string{
		"channels:read", "channels:join", "channels:manage", "groups:read", "groups:write", "chat:write", "im:read", "im:write", "reactions:write", "users:read"}})
	s.Grant(userToken, slacktest.Token{User: slacktest.Mona})
	s.AddUserGroup(slacktest.UserGroup{ID: "S00000000A", Handle: "ops", Name: "Ops", Members: []string{slacktest.Mona}})
	for _, f := range []slacktest.File{
		{ID: "F00000000A", Name: "notes.txt", Content: []byte("launch\nat noon\n")},
		{ID: "F00000000B", Name: "a.png", Mimetype: "image/png", Filetype: "png", Content: []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100))},
		{ID: "F00000000C", Name: "Plan", Mimetype: "application/vnd.slack-docs", Filetype: "quip", Mode: "quip", Content: []byte("# Plan\n")},
	} {
		s.AddFile(f)
	}
	at := time.Unix(1763000000, 0)
	s.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "the launch", At: at, Files: []string{"F00000000A", "F00000000B", "F00000000C"}})
	s.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "noted <!subteam^S00000000A>", At: at.Add(time.Minute), Reactions: []slacktest.Reaction{{Name: "tada", Users: []string{slacktest.Octobot}}}})
	s.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "a reply", ThreadTS: personsTS, At: at.Add(2 * time.Minute)})
}

// route is what a story asks of a healthy workspace, each method once.
func route(t *testing.T, s story) []string {
	t.Helper()
	b := newBroken(t, slack.Config{}, s.tool)
	text, failed := b.call(t, s.tool, s.args)
	if failed && !strings.Contains(text, "CONFLICT") && !strings.Contains(text, "no scheduled message") {
		t.Fatalf("%s %s: %s", s.tool, s.args, text)
	}
	methods := b.methods()
	slices.Sort(methods)
	return slices.Compact(methods)
}

// begin calls a tool and returns at once.
func (b *broken) begin(ctx context.Context, s story) <-chan error {
	ended := make(chan error, 1)
	go func() {
		res, err := b.client.CallTool(ctx, &mcp.CallToolParams{Name: s.tool, Arguments: json.RawMessage(s.args)})
		if err == nil && res.IsError {
			err = res.GetError()
		}
		ended <- err
	}()
	return ended
}

// TestEveryToolHasAStory holds the table of stories to what is offered, and to what
// Slack is asked for.
func TestEveryToolHasAStory(t *testing.T) {
	b := newBroken(t, slack.Config{})
	list, err := b.client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]bool)
	for _, s := range stories {
		told[s.tool] = true
	}
	for _, tool := range list.Tools {
		if !told[tool.Name] {
			t.Errorf("%s has no story", tool.Name)
		}
	}
	if len(list.Tools) != len(told) {
		t.Errorf("there are %d tools, and stories of %d", len(list.Tools), len(told))
	}
	if asked := b.methods(); len(asked) != 0 {
		t.Errorf("a list of tools asks Slack for %v", asked)
	}
	for method, name := range writes {
		if !slices.Contains(route(t, stories[name]), method) {
			t.Errorf("the story %q has no %s", name, method)
		}
	}
}
