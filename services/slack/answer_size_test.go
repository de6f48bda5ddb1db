package slack_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// An answer that would take too much memory is not read to its end, whatever type it
// has, and the caller learns what to do.
func TestLongAnswer(t *testing.T) {
	long := `{"ok":true,"messages":[{"type":"message","ts":"1503435956.000247","user":"U000000001","text":"` + strings.Repeat("a", 6<<20) + `"}]}`
	for _, kind := range []string{"application/json", "text/plain"} {
		r := newRig(t, slack.Config{BotToken: botToken})
		r.Handle("conversations.history", func(w http.ResponseWriter, q *http.Request) { says(200, kind, long)(w, q) })
		text, failed := r.call(t, "get_channel_history", `{"channel":"`+slacktest.General+`"}`)
		if !failed || !strings.Contains(text, `"INVALID_INPUT"`) || !strings.Contains(text, "longer than 5 MiB") || !strings.Contains(text, "smaller limit") {
			t.Errorf("%s: %.300s", kind, text)
		}
	}
}
