package slack_test

import (
	"encoding/json"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack"
)

// maxListed bounds the bytes of tools/list with the default tools.
const maxListed = 9 << 10

// TestListedBytes counts the whole result: names, titles, descriptions, both schemas
// and annotations.
func TestListedBytes(t *testing.T) {
	for name, cfg := range map[string]slack.Config{
		"a person's token": {UserToken: userToken},
		"both tokens":      {UserToken: userToken, BotToken: botToken},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, cfg)
			listed, err := r.client.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			sent, err := json.Marshal(listed)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d tools in %d bytes", len(listed.Tools), len(sent))
			if len(listed.Tools) != 12 || len(sent) > maxListed {
				t.Errorf("%d tools in %d bytes, want 12 in at most %d", len(listed.Tools), len(sent), maxListed)
			}
		})
	}
}
