package slack_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// TestRequestsInALargeWorkspace holds how often each tool asks a Slack of 200,000
// people and 40,000 channels, of which a hundred are the caller's: no call looks
// through all of either.
func TestRequestsInALargeWorkspace(t *testing.T) {
	// The lists of a workspace have no more pages than these in one call, of which
	// 41 would be all channels and 400 all people.
	const pages = 10
	at := time.Unix(1763000000, 0)
	first, bots := slacktest.Stamp(at), slacktest.Stamp(at.Add(time.Minute))
	for _, tt := range []struct {
		tool, args string
		most       int
	}{
		{"list_channels", `{}`, 1},
		{"list_channels", `{"query":"room-004"}`, 1},
		{"list_channels", `{"query":"nowhere","member_only":false}`, 5},
		{"list_channels", `{"member_only":false,"limit":200}`, 1},
		{"get_channel_info", `{"channel":"#general","include_members":true,"include_pins":true}`, 6},
		{"get_channel_info", `{"channel":"#room-39999"}`, 1 + 1 + pages},
		{"get_channel_info", `{"channel":"#no-such-room"}`, 1 + 1 + pages},
		{"find_users", `{"query":"person0199999@octo.example"}`, 1},
		{"find_users", `{"query":"UC0199998"}`, 1},
		{"find_users", `{"query":"@person0199997"}`, pages},
		{"find_users", `{"query":"nobody at all"}`, pages},
		{"find_users", `{"query":"person","limit":5}`, 1},
		{"list_user_groups", `{"query":"ops"}`, 1},
		{"get_channel_history", `{"channel":"#general","include_threads":true}`, 6},
		{"get_channel_history", `{"channel":"CS0000400"}`, 3},
		{"get_thread", `{"channel":"#general","thread_ts":"` + first + `"}`, 5},
		{"search_messages", `{"query":"launch"}`, 3},
		{"search_messages", `{"query":"launch","channel":"#general","from":"person0199996@octo.example"}`, 3},
		{"get_file", `{"file":"F00000000A"}`, 4},
		{"send_message", `{"channel":"#general","text":"hi @nobody-of-this-name"}`, 4},
		{"send_message", `{"channel":"person0199995@octo.example","text":"hi"}`, 5},
		{"send_message", `{"channel":"#general","text":"hi","post_at":"2h"}`, 2},
		{"update_message", `{"channel":"#general","ts":"` + bots + `","text":"new"}`, 3},
		{"set_reaction", `{"channel":"#general","ts":"` + bots + `","emoji":"eyes"}`, 2},
		{"delete_message", `{"channel":"#general","ts":"` + bots + `"}`, 2},
		{"create_channel", `{"name":"new","invite":["UC0199994","person0199993@octo.example"]}`, 5},
		{"create_channel", `{"name":"room-39998"}`, 3 + 1 + pages},
		{"list_unreads", `{}`, 1 + 20 + 20 + 8},
		{"mark_read", `{"channel":"#general","ts":"` + bots + `"}`, 2},
	} {
		t.Run(tt.tool+" "+tt.args, func(t *testing.T) {
			t.Parallel()
			// Each call is the first of its service, which knows nobody yet.
			r := newRigOf(t, slack.Config{BotToken: botToken, UserToken: userToken, AllowDMs: true, RateWait: -1, ExtraTools: slack.ExtraTools()}, server.Config{Confirm: "never"})
			r.AddCrowd(200_000)
			r.AddSprawl(40_000, 400)
			r.Post(slacktest.General, slacktest.Message{User: slacktest.CrowdUser(150_000), At: at, Text: "the launch of <@" + slacktest.CrowdUser(160_000) + "> in <#" + slacktest.SprawlChannel(30_001) + ">"})
			r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, At: at.Add(time.Minute), Text: "noted"})
			r.AddFile(slacktest.File{ID: "F00000000A", Name: "notes.txt", Content: []byte("launch\n")})
			r.Post(slacktest.General, slacktest.Message{User: slacktest.CrowdUser(7), At: at.Add(2 * time.Minute), Files: []string{"F00000000A"}})
			seen := 0
			text, _ := r.call(t, tt.tool, tt.args)
			if strings.Contains(text, "INTERNAL") {
				t.Errorf("%s %s: %s", tt.tool, tt.args, text)
			}
			methods := strings.Fields(r.asked(&seen))
			if len(methods) > tt.most {
				t.Errorf("%s %s asks %d times, %d at most: %v", tt.tool, tt.args, len(methods), tt.most, methods)
			}
			for _, list := range []string{"users.list", "conversations.list"} {
				if n := len(slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m != list })); n > pages {
					t.Errorf("%s %s asks %d times for %s", tt.tool, tt.args, n, list)
				}
			}
		})
	}
}

// TestFirstAnswersWaitForNobody holds that a client begins, and is told what there
// is, whether Slack answers or not: nothing but whose token it is has been asked
// by then.
func TestFirstAnswersWaitForNobody(t *testing.T) {
	b, s := &broken{rig: &rig{Server: slacktest.Open(t.Errorf)}}, newSilence(false)
	b.serve(t)
	b.breaks("auth.test", s.answer)
	svc, err := slack.Open(t.Context(), slack.Config{BotToken: botToken, UserToken: userToken, APIURL: b.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New("slack", svc, server.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	if asked := b.methods(); len(asked) != 0 {
		t.Errorf("to open asks for %v", asked)
	}
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.came
	<-s.came // both tokens' questions are open, and stay so
	client := servertest.Client(t, srv, nil, nil)
	for _, list := range []func() error{
		func() error { _, err := client.ListTools(t.Context(), nil); return err },
		func() error { _, err := client.ListPrompts(t.Context(), nil); return err },
		func() error { _, err := client.ListResources(t.Context(), nil); return err },
		func() error { _, err := client.ListResourceTemplates(t.Context(), nil); return err },
		func() error { return svc.Ready(t.Context()) },
	} {
		if err := list(); err != nil {
			t.Error(err)
		}
	}
	if asked := b.methods(); !slices.Equal(asked, []string{"auth.test", "auth.test"}) {
		t.Errorf("the first answers ask for %v", asked)
	}
}
