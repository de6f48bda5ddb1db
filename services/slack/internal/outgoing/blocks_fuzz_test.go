package outgoing_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/slack-go/slack"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/outgoing"
)

// elementOfMany is a mention of many in the JSON of blocks.
var elementOfMany = regexp.MustCompile(`"type":"(broadcast|usergroup)"`)

// FuzzBlocks sends blocks through the library, which reads names in any case and
// leaves out what it does not know.
func FuzzBlocks(f *testing.F) {
	for _, s := range []string{
		`[{"type":"section","text":{"type":"mrkdwn","text":"hi <!here>"}}]`,
		`[{"type":"section","text":{"type":"mrkdwn","TEXT":"hi <!here>"}}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"here"}]}]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","Type":"broadcast","text":"a","range":"here"}]}]}]`,
		`[{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"usergroup","usergroup_id":"S1"}]}]}]`,
		`[{"type":"markdown","text":"a"},{"type":"context","elements":[{"type":"image","image_url":"u","alt_text":"@channel"}]}]`,
		`[{"type":"table","rows":[[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"channel"}]}]}]]}]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		var list []map[string]any
		if json.Unmarshal([]byte(given), &list) != nil {
			return
		}
		m, err := outgoing.Compose(outgoing.Draft{Blocks: list, Images: true})
		if err != nil {
			return
		}
		for _, raw := range m.Blocks {
			b, err := slack.BlockFromJSON(string(raw))
			if err != nil {
				t.Fatalf("%s passes and cannot be sent: %v", raw, err)
			}
			sent, err := json.Marshal(b)
			if err != nil {
				t.Fatalf("%s passes and cannot be sent: %v", raw, err)
			}
			if elementOfMany.Match(sent) {
				t.Errorf("%s calls many", sent)
			}
			var v any
			if err := json.Unmarshal(sent, &v); err != nil {
				t.Fatal(err)
			}
			if text := called(v); text != "" {
				t.Errorf("%s calls many: %s", sent, text)
			}
		}
		if slackReads.MatchString(m.Text) || slackLinks.MatchString(m.Text) {
			t.Errorf("what notifications show calls many: %q", m.Text)
		}
	})
}

// called returns a text below v that calls many.
func called(v any) string {
	switch v := v.(type) {
	case string:
		if slackReads.MatchString(v) {
			return v
		}
	case []any:
		for _, e := range v {
			if s := called(e); s != "" {
				return s
			}
		}
	case map[string]any:
		for _, e := range v {
			if s := called(e); s != "" {
				return s
			}
		}
	}
	return ""
}
