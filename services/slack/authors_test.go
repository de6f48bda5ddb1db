package slack_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// Where many post through one bot, nobody changes or deletes what another had it
// post; what they had it post themselves they do.
func TestBotsMessagesAreOfWhoHadThemPosted(t *testing.T) {
	p := newSigner(t, slack.Config{PostAs: "bot"})
	if _, page := p.signIn(t, p.look(t)); page.Status != http.StatusOK {
		t.Fatal(page.Body)
	}
	theirs := p.Post(slacktest.General, slacktest.Message{User: slacktest.Octobot, Text: "had posted by another", At: at})
	for tool, given := range map[string]map[string]any{
		"update_message": {"channel": slacktest.General, "ts": theirs, "text": "forged"},
		"delete_message": {"channel": slacktest.General, "ts": theirs},
	} {
		if text := p.call(t, tool, given); !strings.Contains(text, "PERMISSION_DENIED") || !strings.Contains(text, "not written by you") {
			t.Errorf("%s: %s", tool, text)
		}
	}
	given := map[string]any{"channel": slacktest.General, "scheduled_message_id": "Q000000099"}
	p.call(t, "delete_message", given)
	for _, method := range []string{"chat.update", "chat.delete", "chat.deleteScheduledMessage"} {
		if token := p.bearer(method); strings.Contains(token, "xoxb-") {
			t.Errorf("the bot was asked for %s", method)
		}
	}
	var sent struct {
		TS string `json:"ts"`
		ID string `json:"scheduled_message_id"`
	}
	text := p.call(t, "send_message", map[string]any{"channel": slacktest.General, "text": "mine"})
	if err := json.Unmarshal([]byte(text), &sent); err != nil || sent.TS == "" {
		t.Fatal(text)
	}
	if text := p.call(t, "update_message", map[string]any{"channel": slacktest.General, "ts": sent.TS, "text": "mine, again"}); strings.Contains(text, "error") {
		t.Error(text)
	}
	if text := p.call(t, "delete_message", map[string]any{"channel": slacktest.General, "ts": sent.TS}); strings.Contains(text, "error") {
		t.Error(text)
	}
	text = p.call(t, "send_message", map[string]any{"channel": slacktest.General, "text": "mine", "post_at": "in 2h"})
	if err := json.Unmarshal([]byte(text), &sent); err != nil || sent.ID == "" {
		t.Fatal(text)
	}
	if text := p.call(t, "delete_message", map[string]any{"channel": slacktest.General, "scheduled_message_id": sent.ID}); strings.Contains(text, "error") {
		t.Error(text)
	}
}

// Nor does anybody take away the reaction that another had the bot set.
func TestBotsReactionsAreOfWhoHadThemSet(t *testing.T) {
	p := newSigner(t, slack.Config{PostAs: "bot"})
	if _, page := p.signIn(t, p.look(t)); page.Status != http.StatusOK {
		t.Fatal(page.Body)
	}
	ts := p.Post(slacktest.General, slacktest.Message{
		User: slacktest.Mona, Text: "hi", At: at,
		Reactions: []slacktest.Reaction{{Name: "eyes", Users: []string{slacktest.Octobot}}},
	})
	react := func(emoji string, remove bool) string {
		return p.call(t, "set_reaction", map[string]any{"channel": slacktest.General, "ts": ts, "emoji": emoji, "remove": remove})
	}
	for range 2 {
		if text := react("eyes", true); !strings.Contains(text, "PERMISSION_DENIED") || !strings.Contains(text, "is not yours") {
			t.Error(text)
		}
		if token := p.bearer("reactions.remove"); strings.Contains(token, "xoxb-") {
			t.Error("the bot takes another's away")
		}
		// To want it too does not make it one's own.
		if text := react("eyes", false); !strings.Contains(text, `"changed":false`) {
			t.Error(text)
		}
	}
	for _, want := range []string{`"changed":true`, `"changed":false`} {
		if text := react("tada", false); !strings.Contains(text, want) {
			t.Error(text)
		}
	}
	for _, want := range []string{`"changed":true`, `"changed":false`} {
		if text := react("tada", true); !strings.Contains(text, want) {
			t.Error(text)
		}
	}
}
