package outgoing_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/outgoing"
)

func blocks(t testing.TB, s string) []map[string]any {
	t.Helper()
	var b []map[string]any
	if err := json.Unmarshal([]byte(s), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCompose(t *testing.T) {
	for name, tt := range map[string]struct {
		draft outgoing.Draft
		want  outgoing.Message
	}{
		"markdown": {
			outgoing.Draft{Text: "## Done\n- **all** `green`, see [the log](https://x.example/a?b&c)\n\nask <@U012ABCDEF> & co"},
			outgoing.Message{Draft: api.Draft{
				Text:     "## Done\n- **all** `green`, see [the log](https://x.example/a?b&c)\n\nask <@U012ABCDEF> & co",
				Fallback: "Done\n• all green, see the log (https://x.example/a?b&amp;c)\n\nask <@U012ABCDEF> &amp; co",
			}},
		},
		"code stays": {
			outgoing.Draft{Text: "```go\n# **x** <y>\n```"},
			outgoing.Message{Draft: api.Draft{Text: "```go\n# **x** <y>\n```", Fallback: "# **x** &lt;y&gt;"}},
		},
		"mrkdwn": {
			outgoing.Draft{Text: "*a* <https://x.example|b>", Format: "mrkdwn"},
			outgoing.Message{Draft: api.Draft{Text: "*a* <https://x.example|b>", Format: api.Mrkdwn}},
		},
		"plain": {
			outgoing.Draft{Text: "a < b && <!channel> @Here", Format: "plain"},
			outgoing.Message{Draft: api.Draft{Text: "a < b && <!channel> @\u2060Here", Format: api.Plain}},
		},
		"blocks": {
			outgoing.Draft{Blocks: blocks(t, `[{"type":"header","text":{"type":"plain_text","text":"Built"}},{"type":"divider"},
				{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"by "},{"type":"user","user_id":"U012ABCDEF"}]}]}]`)},
			outgoing.Message{Draft: api.Draft{Text: "Built\nby <@U012ABCDEF>", Format: api.Mrkdwn, Blocks: []json.RawMessage{
				json.RawMessage(`{"text":{"text":"Built","type":"plain_text"},"type":"header"}`),
				json.RawMessage(`{"type":"divider"}`),
				json.RawMessage(`{"elements":[{"elements":[{"text":"by ","type":"text"},{"type":"user","user_id":"U012ABCDEF"}],"type":"rich_text_section"}],"type":"rich_text"}`),
			}}},
		},
		"blocks with a text": {
			outgoing.Draft{Text: "**in** short", Blocks: blocks(t, `[{"type":"divider"}]`)},
			outgoing.Message{Draft: api.Draft{Text: "in short", Format: api.Mrkdwn, Blocks: []json.RawMessage{json.RawMessage(`{"type":"divider"}`)}}},
		},
		"with leave": {
			outgoing.Draft{Text: "<!here> up", Format: "mrkdwn", Mass: true},
			outgoing.Message{Draft: api.Draft{Text: "<!here> up", Format: api.Mrkdwn}, Notifies: "@here"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := outgoing.Compose(tt.draft)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got, cmp.Transformer("json", func(r json.RawMessage) string { return string(r) }), cmpopts.IgnoreFields(outgoing.Message{}, "Says")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestComposeRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for name, tt := range map[string]struct {
		draft outgoing.Draft
		want  string
	}{
		"nothing":           {outgoing.Draft{}, "text is empty"},
		"spaces":            {outgoing.Draft{Text: " \n\t\u200b\u00a0"}, "text is empty"},
		"spaces as plain":   {outgoing.Draft{Text: " \u2060 ", Format: "plain"}, "text is empty"},
		"long Markdown":     {outgoing.Draft{Text: strings.Repeat("é", 12_007)}, "text has 12007 characters, 7 more than the 12000 that Slack takes at once: split it"},
		"long mrkdwn":       {outgoing.Draft{Text: strings.Repeat("é", 40_001), Format: "mrkdwn"}, "1 more than the 40000"},
		"long change":       {outgoing.Draft{Text: strings.Repeat("é", 4_001), Format: "mrkdwn", Change: true}, "1 more than the 4000"},
		"escaped":           {outgoing.Draft{Text: strings.Repeat("&", 801), Format: "plain", Change: true}, "5 more than the 4000"},
		"many blocks":       {outgoing.Draft{Blocks: make([]map[string]any, 51)}, "there are 51, and a message takes 50"},
		"unknown kind":      {outgoing.Draft{Blocks: blocks(t, `[{"type":"divider"},{"type":"banner"}]`)}, `blocks[1]: "banner" is no kind of block known here: use section`},
		"no kind":           {outgoing.Draft{Blocks: blocks(t, `[{"text":"a"}]`)}, `blocks[0]: it has no type`},
		"wrong form":        {outgoing.Draft{Blocks: blocks(t, `[{"type":"section","text":"a"}]`)}, `blocks[0]: section: text is string`},
		"unknown element":   {outgoing.Draft{Blocks: blocks(t, `[{"type":"actions","elements":[{"type":"lever"}]}]`)}, `unsupported block element type lever`},
		"nested":            {outgoing.Draft{Blocks: blocks(t, `[{"type":"section","x":`+deep+`}]`)}, "blocks[0] is nested too deeply"},
		"much Markdown":     {outgoing.Draft{Blocks: blocks(t, `[{"type":"markdown","text":"`+strings.Repeat("a", 7000)+`"},{"type":"markdown","text":"`+strings.Repeat("a", 7000)+`"}]`)}, "has 14000 characters, 2000 more"},
		"more than is sent": {outgoing.Draft{Blocks: blocks(t, `[{"type":"section","text":{"type":"mrkdwn","text":"`+strings.Repeat("a", 250_000)+`"}}]`)}, "more than 200000: split"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := outgoing.Compose(tt.draft); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v and %+v, want %q", err, got, tt.want)
			}
		})
	}
	if _, err := outgoing.Compose(outgoing.Draft{Text: strings.Repeat("é", 12_000)}); err != nil {
		t.Error(err)
	}
}

func TestFallbackIsCut(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("words & ", 1400): strings.Repeat("words &amp; ", 280) + "words &amp;…",
		strings.Repeat("a", 4000):        strings.Repeat("a", 3999) + "…",
		strings.Repeat("ab ", 1500):      strings.TrimSuffix(strings.Repeat("ab ", 1333), " ") + "…",
		strings.Repeat("<", 5000):        "",
	} {
		m, err := outgoing.Compose(outgoing.Draft{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		if n := utf8.RuneCountInString(m.Fallback); n > 4000 || want != "" && m.Fallback != want {
			t.Errorf("%d characters that end in %q", n, m.Fallback[len(m.Fallback)-20:])
		}
	}
}

// TestNothingIsFetched holds that no block makes Slack ask for an address of the
// caller's: what is written in it would reach whoever it is of.
func TestNothingIsFetched(t *testing.T) {
	for _, s := range []string{
		`[{"type":"image","image_url":"https://evil.example/?secret","alt_text":"a"}]`,
		`[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"image","image_url":"https://evil.example/?secret","alt_text":"a"}}]`,
		`[{"type":"context","elements":[{"type":"image","image_url":"https://evil.example/?secret","alt_text":"a"}]}]`,
		`[{"type":"video","title":{"type":"plain_text","text":"v"},"video_url":"https://evil.example/v","thumbnail_url":"https://evil.example/t","alt_text":"a"}]`,
	} {
		if _, err := outgoing.Compose(outgoing.Draft{Blocks: blocks(t, s)}); err == nil || !strings.Contains(err.Error(), "--allow-image-urls") {
			t.Errorf("%s: %v", s, err)
		}
		if _, err := outgoing.Compose(outgoing.Draft{Blocks: blocks(t, s), Images: true}); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range []string{
		`[{"type":"image","slack_file":{"id":"F0123ABCD"},"alt_text":"a"}]`,
		`[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Open"},"url":"https://octo.example"}]}]`,
	} {
		if _, err := outgoing.Compose(outgoing.Draft{Blocks: blocks(t, s)}); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// TestManyPeople holds that a message does not notify everybody one by one.
func TestManyPeople(t *testing.T) {
	var text, elements []string
	for i := range 60 {
		text = append(text, fmt.Sprintf("<@U0000000%02d>", i))
		elements = append(elements, fmt.Sprintf(`{"type":"user","user_id":"U0000000%02d"}`, i))
	}
	rich := func(n int) []map[string]any {
		return blocks(t, `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[`+strings.Join(elements[:n], ",")+`]}]}]`)
	}
	section := []map[string]any{{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": strings.Join(text, " ")}}}
	for name, tt := range map[string]struct {
		draft outgoing.Draft
		ok    bool
	}{
		"markdown":  {outgoing.Draft{Text: strings.Join(text, " ")}, false},
		"mrkdwn":    {outgoing.Draft{Text: strings.Join(text, " "), Format: outgoing.Mrkdwn}, false},
		"rich text": {outgoing.Draft{Blocks: rich(60)}, false},
		"section":   {outgoing.Draft{Blocks: section}, false},
		"50":        {outgoing.Draft{Text: strings.Join(text[:50], " ")}, true},
		"50 rich":   {outgoing.Draft{Blocks: rich(50)}, true},
		"one often": {outgoing.Draft{Text: strings.Repeat(text[0], 60)}, true},
		"plain":     {outgoing.Draft{Text: strings.Join(text, " "), Format: outgoing.Plain}, true},
		"allowed":   {outgoing.Draft{Text: strings.Join(text, " "), Mass: true}, true},
	} {
		if _, err := outgoing.Compose(tt.draft); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSaysAll holds that whoever is asked about a message reads also what is not
// seen at once: where its links lead, and what notifications show.
func TestSaysAll(t *testing.T) {
	m, err := outgoing.Compose(outgoing.Draft{Text: "pay me", Blocks: blocks(t, `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://evil.example","text":"https://octo.example"}]}]}]`)})
	if want := "https://octo.example https://evil.example\nIn notifications: pay me"; err != nil || m.Says != want {
		t.Errorf("%q, %v, want %q", m.Says, err, want)
	}
}
