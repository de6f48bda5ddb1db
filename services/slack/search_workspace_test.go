package slack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// The same question has the same answer in each way to search.
func TestWaysToSearch(t *testing.T) {
	for name, cfg := range map[string]struct {
		slack.Config
		scopes []string
	}{
		"search.messages":          {slack.Config{UserToken: userToken}, []string{"search:read"}},
		"assistant.search.context": {slack.Config{UserToken: userToken}, []string{"search:read.public", "search:read.private"}},
		"conversations.history":    {slack.Config{BotToken: botToken}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, cfg.Config)
			if cfg.scopes != nil {
				r.Grant(userToken, slacktest.Token{User: slacktest.Mona, Scopes: append(cfg.scopes, "channels:read", "channels:history", "users:read")})
			}
			day := time.Date(2025, 11, 20, 12, 0, 0, 0, time.UTC)
			var want []string
			for i := range 45 {
				at := day.Add(time.Duration(i) * time.Hour)
				ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: fmt.Sprintf("deploy %d", i), At: at})
				r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "deploy by a bot", At: at.Add(time.Minute)})
				r.Post(slacktest.Random, slacktest.Message{User: slacktest.Mona, Text: "deploy elsewhere", At: at})
				if at.Day() == 21 {
					want = append([]string{ts}, want...)
				}
			}
			var got []string
			next := ""
			for calls := 0; calls == 0 || next != ""; calls++ {
				f := r.search(t, fmt.Sprintf(`{"query":"deploy","channel":"C000000001","from":"U000000001","after":"2025-11-21","before":"2025-11-22","sort":"newest","limit":10,"cursor":%q}`, next))
				for _, m := range f.Messages {
					got = append(got, m.TS)
				}
				if next = f.Next; calls > 20 {
					t.Fatal("it does not end")
				}
			}
			if strings.Join(got, " ") != strings.Join(want, " ") || len(want) != 24 {
				t.Errorf("%d are %v, want %v", len(got), got, want)
			}
			if r.Asked(name) == 0 {
				t.Errorf("%s was not asked", name)
			}
		})
	}
}

func TestFindsInThreads(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	parent := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "a question"})
	r.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "an answer", ThreadTS: parent})
	got := r.search(t, `{"query":"answer"}`)
	if len(got.Messages) != 1 || got.Messages[0].ThreadTS != parent {
		t.Errorf("%+v", got)
	}
}
