package slack

import (
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// A bot that is to join channels by itself needs a scope that no tool does.
func TestDoctorOfABotThatJoins(t *testing.T) {
	enough := scopesFor(kindBot, func(need) bool { return true })
	for name, tt := range map[string]struct {
		cfg      Config
		scopes   []string
		person   bool
		readOnly bool
		misses   bool
	}{
		"without":         {cfg: Config{AutoJoin: true}, scopes: enough, misses: true},
		"with":            {cfg: Config{AutoJoin: true}, scopes: append(slices.Clone(enough), joinScope)},
		"of no use":       {scopes: enough},
		"only reading":    {cfg: Config{AutoJoin: true}, scopes: enough, readOnly: true},
		"the person acts": {cfg: Config{AutoJoin: true, PostAs: kindUser}, scopes: enough, person: true},
	} {
		t.Run(name, func(t *testing.T) {
			w, fake := workspaceOf(t, tt.cfg, tt.person)
			fake.Grant("xoxb-of-a-test", slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: tt.scopes})
			w.svc.readOnly = tt.readOnly
			check := w.svc.Doctor(t.Context())[0]
			told := strings.Contains(check.Detail, "not everything works of --auto-join") && strings.Contains(check.Fix, "add channels:join to")
			if told != tt.misses || check.State != map[bool]string{true: "warn", false: "ok"}[tt.misses] {
				t.Errorf("%+v", check)
			}
		})
	}
}
