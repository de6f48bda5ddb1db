package outgoing_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/outgoing"
)

func TestMass(t *testing.T) {
	for text, want := range map[string]string{
		"<!channel> hi":                        "@channel",
		"<!here>":                              "@here",
		"x<!everyone|all>y":                    "@everyone",
		"<!group>":                             "@channel",
		"<!subteam^S012ABCDEF>":                "a user group",
		"<!subteam^S012ABCDEF|@ops>":           "a user group",
		"<!CHANNEL>":                           "@channel",
		"<! here >":                            "@here",
		"hi @channel":                          "@channel",
		"(@Here)":                              "@here",
		"*@everyone*":                          "@everyone",
		"@here.":                               "@here",
		"`<!channel>`":                         "@channel",
		"&lt;!channel&gt;":                     "@channel",
		"&amp;lt;!channel&amp;gt;":             "@channel",
		"&amp;amp;amp;amp;amp;lt;!here&gt;":    "@here",
		"&#60;!here&#x3e;":                     "@here",
		"&#38;lt;!here>":                       "@here",
		"<&#33;here>":                          "@here",
		"<!h&#101;re>":                         "@here",
		"&commat;channel":                      "@channel",
		"<\u200b!channel>":                     "@channel",
		"<!chan\u00adnel>":                     "@channel",
		"<!ch\u2060an\ufeffnel>":               "@channel",
		"@\ufe0fhere":                          "@here",
		"foo\u200b@here":                       "@here",
		"@he\u034fre":                          "@here",
		"<!her\u0000e>":                        "@here",
		"\\<!here>":                            "@here",
		"\\@here":                              "@here",
		"@ch\\annel":                           "@channel",
		"\uff1c!channel\uff1e":                 "@channel",
		"\uff20here":                           "@here",
		"\ufe6bhere":                           "@here",
		"<!ｈｅｒｅ>":                              "@here",
		"<!date^1392734382^{date} <!here>|x>":  "@here",
		"<https://x.example|<!channel>>":       "@channel",
		"\n@everyone\n":                        "@everyone",
		"[a](b) @channel":                      "@channel",
		"mail bob@here.com":                    "",
		"@channel-ops and @hereford":           "",
		"@chan nel, #channel, channel, <@U1>":  "",
		"<!date^1392734382^{date_num}|soon>":   "",
		"a < b ! channel":                      "",
		"<https://x.example/everyone|here>":    "",
		"@bob":                                 "",
		"if !here && !channel then <everyone>": "",
	} {
		if got := outgoing.Mass(text); got != want {
			t.Errorf("%q notifies %q, want %q", text, got, want)
		}
	}
}

func TestMassMentionsAreRefused(t *testing.T) {
	const why = "(--allow-mass-mentions)"
	for name, d := range map[string]outgoing.Draft{
		"Markdown":             {Text: "<!channel>"},
		"Markdown's own":       {Text: "**@channel**"},
		"made by leaving out":  {Text: "@**channel**"},
		"mrkdwn":               {Text: "a @here b", Format: "mrkdwn"},
		"text beside blocks":   {Text: "@here", Format: "mrkdwn", Blocks: blocks(t, `[{"type":"divider"}]`)},
		"Markdown of a block":  {Blocks: blocks(t, `[{"type":"markdown","text":"<!here>"}]`)},
		"section":              {Blocks: blocks(t, `[{"type":"section","text":{"type":"mrkdwn","text":"x \u003c!channel\u003e"}}]`)},
		"field":                {Blocks: blocks(t, `[{"type":"section","fields":[{"type":"mrkdwn","text":"a"},{"type":"mrkdwn","text":"&lt;!here&gt;"}]}]`)},
		"context":              {Blocks: blocks(t, `[{"type":"context","elements":[{"type":"mrkdwn","text":"<!subteam^S1>"}]}]`)},
		"alt text":             {Blocks: blocks(t, `[{"type":"image","image_url":"https://x.example/a.png","alt_text":"@everyone"}]`)},
		"title":                {Blocks: blocks(t, `[{"type":"image","image_url":"https://x.example/a.png","alt_text":"a","title":{"type":"plain_text","text":"@channel"}}]`)},
		"broadcast element":    {Blocks: blocks(t, `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"broadcast","range":"here"}]}]}]`)},
		"group element":        {Blocks: blocks(t, `[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"usergroup","usergroup_id":"S1"}]}]}]}]`)},
		"spelt otherwise":      {Blocks: blocks(t, `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"Type":" Broadcast","range":"here"}]}]}]`)},
		"table cell":           {Blocks: blocks(t, `[{"type":"table","rows":[[{"type":"raw_text","text":"<!channel>"}]]}]`)},
		"option of a menu":     {Blocks: blocks(t, `[{"type":"actions","elements":[{"type":"static_select","action_id":"a","placeholder":{"type":"plain_text","text":"p"},"options":[{"text":{"type":"plain_text","text":"@here"},"value":"v"}]}]}]`)},
		"JSON in a text":       {Blocks: blocks(t, `[{"type":"section","text":{"type":"mrkdwn","text":"{\"text\":\"<!channel>\"}"}}]`)},
		"in a URL":             {Blocks: blocks(t, `[{"type":"image","image_url":"https://x.example/<!here>","alt_text":"a"}]`)},
		"plain text and block": {Text: "fine", Format: "plain", Blocks: blocks(t, `[{"type":"markdown","text":"@here"}]`)},
	} {
		t.Run(name, func(t *testing.T) {
			d.Images = true
			if got, err := outgoing.Compose(d); err == nil || !strings.Contains(err.Error(), why) {
				t.Fatalf("%v and %+v", err, got)
			}
			d.Mass = true
			if got, err := outgoing.Compose(d); err != nil || got.Notifies == "" {
				t.Errorf("with leave: %v and %+v", err, got)
			}
		})
	}
	d := outgoing.Draft{Images: true, Blocks: blocks(t, `[{"type":"section","text":{"type":"mrkdwn","text":"ask <@U012ABCDEF>"},"accessory":{"type":"image","image_url":"https://medium.example/@here/a.png","alt_text":"a"}}]`)}
	if _, err := outgoing.Compose(d); err != nil {
		t.Error(err)
	}
}

// slackReads is what is a mention of many to Slack, written apart from what finds
// it: in control sequences, and where names are linked.
var (
	slackReads = regexp.MustCompile(`(?i)<!(channel|here|everyone|group|subteam\^[A-Z0-9]+)(\|[^>]*)?>`)
	slackLinks = regexp.MustCompile(`(?i)(^|[\s(*_~>"'])@(channel|here|everyone)($|[\s)*_~<"',.;:!?])`)
)

func FuzzMentions(f *testing.F) {
	for _, s := range []string{
		"hello", "<!channel>", "&lt;!here&gt;", "&amp;lt;!here&gt;", "<\u200b!channel>", "@**here**", "[@](x)channel", "@Everyone", "<!subteam^S1|x>",
		"`@`here", "<!\\here>", "@\u2060here", "# <!chan\n> nel>", "<<!x>!here>", "![<!here>](https://x.example)", "\uff20here", "&#64;here", "<!ch&#x61;nnel>",
	} {
		for _, format := range []string{"", "mrkdwn", "plain"} {
			f.Add(s, format)
		}
	}
	unseen := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Cf, r) {
				return -1
			}
			return r
		}, s)
	}
	f.Fuzz(func(t *testing.T, text, format string) {
		m, err := outgoing.Compose(outgoing.Draft{Text: text, Format: format})
		if err != nil {
			return
		}
		sent := []string{m.Text, m.Fallback}
		literal := m.Format == api.Plain
		if literal { // as the library escapes it
			sent = []string{strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(m.Text)}
		}
		for _, s := range sent {
			if slackReads.MatchString(s) || slackLinks.MatchString(s) {
				t.Errorf("%q as %q calls many: %q", text, format, s)
			}
			if s = unseen(s); !literal && (slackReads.MatchString(s) || slackLinks.MatchString(s)) {
				t.Errorf("%q as %q calls many behind what is not seen: %q", text, format, s)
			}
		}
	})
}
