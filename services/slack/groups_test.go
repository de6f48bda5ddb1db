package slack_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// groupRequests is how often the groups of a rig were asked for.
func (r *rig) groupRequests() int {
	n := 0
	for _, q := range r.Requests() {
		if q.Method == "usergroups.list" {
			n++
		}
	}
	return n
}

// TestGroupsHaveNames holds that a user group is shown by its handle, for which all are
// asked for once, and only where a message does not say it.
func TestGroupsHaveNames(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	oncall := r.AddUserGroup(slacktest.UserGroup{Handle: "oncall", Name: "On call"})
	now := time.Now().Add(-time.Hour)
	r.Post(slacktest.General, slacktest.Message{Text: "no group <!subteam^S0000000ZY|@labelled>", At: now})
	if text, failed := r.call(t, "get_channel_history", `{"channel":"C000000001"}`); failed || !strings.Contains(text, "@labelled") || r.groupRequests() != 0 {
		t.Errorf("%d requests for groups: %s", r.groupRequests(), text)
	}
	r.Post(slacktest.General, slacktest.Message{Text: "ask <!subteam^" + oncall + ">", Raw: true, At: now})
	r.Post(slacktest.General, slacktest.Message{Text: "or ask <!subteam^" + oncall + "> or <!subteam^S0000000ZZ>", At: now})
	for range 3 {
		text, failed := r.call(t, "get_channel_history", `{"channel":"C000000001"}`)
		if failed || !strings.Contains(text, `"ask @oncall"`) || !strings.Contains(text, `"or ask @oncall or @S0000000ZZ"`) {
			t.Error(text)
		}
	}
	if n := r.groupRequests(); n != 1 {
		t.Errorf("groups were asked for %d times", n)
	}
}

// TestGroupsWithoutNames holds that no page fails, and that nothing is asked again,
// where a token may not see groups.
func TestGroupsWithoutNames(t *testing.T) {
	const message = "ask <!subteam^S0123ABCD>"
	r := newRig(t, slack.Config{BotToken: botToken})
	r.Handle("usergroups.list", func(w http.ResponseWriter, q *http.Request) {
		slacktest.JSON(`{"ok":false,"error":"missing_scope","needed":"usergroups:read","provided":"channels:history"}`)(w, q)
	})
	r.Post(slacktest.General, slacktest.Message{Text: message})
	known := newRig(t, slack.Config{BotToken: botToken})
	known.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID, Scopes: []string{"channels:history", "channels:read", "users:read"}})
	known.call(t, "get_channel_history", `{"channel":"C000000001"}`) // with which Slack says what the token may do
	known.Post(slacktest.General, slacktest.Message{Text: message})
	for _, c := range []struct {
		*rig
		asked int
	}{{r, 1}, {known, 0}} {
		for range 2 {
			if text, failed := c.call(t, "get_channel_history", `{"channel":"C000000001"}`); failed || !strings.Contains(text, "ask @S0123ABCD") {
				t.Error(text)
			}
		}
		if n := c.groupRequests(); n != c.asked {
			t.Errorf("groups were asked for %d times", n)
		}
	}
}
