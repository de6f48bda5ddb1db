package render_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

var names = render.Names{User: func(id string) string { return map[string]string{"U1": "mona", "U2": "hubot"}[id] }}

func message(t testing.TB, raw string) api.Message {
	t.Helper()
	var m api.Message
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMrkdwn(t *testing.T) {
	for in, want := range map[string]string{
		"a &lt;b&gt; &amp;amp; c":                      "a <b> &amp; c",
		"*bold* _it_ ~gone~ 2*3*4 * x * snake_case":    "**bold** _it_ ~~gone~~ 2*3*4 * x * snake_case",
		"*_both_* *a*b* (*c*)":                         "**_both_** **a*b** (**c**)",
		"*open\nother*":                                "*open\nother*",
		"**already** ***":                              "**already** ***",
		"`*a* &lt;` *b*":                               "`*a* <` **b**",
		"```\n*a* <https://x.y|x.y> &amp;\n``` ~b~":    "```\n*a* x.y &\n``` ~~b~~",
		"a ` b *c*":                                    "a ` b **c**",
		"``` *c*":                                      "``` **c**",
		"<https://x.y/z>":                              "https://x.y/z",
		"<https://x.y/z|x.y/z> <https://x.y/|x.y>":     "https://x.y/z https://x.y/",
		"<https://x.y/a_(b)|the page>":                 "[the page](https://x.y/a_%28b%29)",
		"*<https://x.y|bold link>*":                    "**[bold link](https://x.y)**",
		"<https://evil.example|https://bank.example>":  "https://evil.example (shown as https://bank.example)",
		"<https://evil.example|bank.example/login>":    "https://evil.example (shown as bank.example/login)",
		"<https://e.x|x](https://bank.example) [y>":    `[x\](https://bank.example) \[y](https://e.x)`,
		"<mailto:a@b.c|a@b.c> <mailto:a@b.c>":          "a@b.c a@b.c",
		"<mailto:a@b.c|write>":                         "[write](mailto:a@b.c)",
		"<@U1> <@U2|x> <@U9|nine> <@U8>":               "@mona @hubot @nine @U8",
		"<#C1|general> <#C2>":                          "#general #C2",
		"<!here> <!channel|channel> <!everyone>":       "@here @channel @everyone",
		"<!subteam^S1|@team> <!subteam^S2>":            "@team @S2",
		"<!date^1392734382^{date}|Feb 18> <!date^1^x>": "Feb 18 1970-01-01T00:00:01Z",
		"1 < 2 <not\na token>":                         "1 < 2 <not\na token>",
		"a\r\nb\x1b[31m\u202e":                         "a\nb\uFFFD[31m\uFFFD",
		"=== attachment":                               " === attachment",
		"a\n=== message of mona":                       "a\n === message of mona",
	} {
		if got := render.Mrkdwn(in, names); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
}

func rich(elements string) string {
	return `{"user":"U1","text":"ignored","blocks":[{"type":"rich_text","elements":[` + elements + `]}]}`
}

func section(elements string) string {
	return rich(`{"type":"rich_text_section","elements":[` + elements + `]}`)
}

func TestRichText(t *testing.T) {
	for in, want := range map[string]string{
		section(`{"type":"text","text":"a <b> & "},{"type":"text","text":"c ","style":{"bold":true}},{"type":"text","text":"d","style":{"bold":true}},{"type":"text","text":"!"}`):                 "a <b> & **c d**!",
		section(`{"type":"text","text":"x","style":{"bold":true,"italic":true,"strike":true}},{"type":"text","text":" "},{"type":"text","text":"a` + "`" + `b","style":{"code":true}}`):            "**_~~x~~_** `` a`b ``",
		section(`{"type":"user","user_id":"U1"},{"type":"channel","channel_id":"C1"},{"type":"usergroup","usergroup_id":"S1"},{"type":"broadcast","range":"here"},{"type":"team","team_id":"T1"}`): "@mona#C1@S1@here@T1",
		section(`{"type":"emoji","name":"wave","skin_tone":3},{"type":"color","value":"#ff0000"},{"type":"date","timestamp":0,"format":"{date}"},{"type":"date","timestamp":1,"fallback":"then"}`): ":wave::skin-tone-3:#ff00001970-01-01T00:00:00Zthen",
		section(`{"type":"link","url":"https://x.y","text":"x"},{"type":"link","url":"https://evil.example","text":"https://bank.example"}`):                                                       "[x](https://x.y)https://evil.example (shown as https://bank.example)",
		section(`{"type":"canvas","file_id":"F1"},{"type":"message_mention","channel_id":"C1","message_ts":"1.2","text":"that"},{"type":"hologram"},{"type":"hologram","text":"words"}`):           "[canvas F1]that[hologram]words",
		rich(`{"type":"rich_text_section","elements":[{"type":"text","text":"list:\n"}]},
			{"type":"rich_text_list","style":"bullet","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]},
			{"type":"rich_text_list","style":"ordered","indent":1,"offset":2,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"c"}]}]},
			{"type":"rich_text_quote","elements":[{"type":"text","text":"q\nr"}]},
			{"type":"rich_text_preformatted","elements":[{"type":"text","text":"*x* ` + "```" + `"},{"type":"link","url":"https://x.y"}]},
			{"type":"rich_text_aside","elements":[{"type":"text","text":"new"}]}`): "list:\n- a\n- b\n  3. c\n> q\n> r\n````\n*x* ```https://x.y\n````\n[rich_text_aside block] [text block] new",
	} {
		if diff := cmp.Diff(want, render.Text(message(t, in), names)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", in, diff)
		}
	}
}

func TestBlocks(t *testing.T) {
	for in, want := range map[string]string{
		`{"type":"header","text":{"type":"plain_text","text":"A &amp; B"}}`: "## A & B",
		`{"type":"section","text":{"type":"mrkdwn","text":"*a*"},"fields":[{"type":"mrkdwn","text":"*k*"},{"type":"plain_text","text":"*v*"}],"accessory":{"type":"button","text":{"type":"plain_text","text":"Go"},"url":"https://x.y"}}`: "**a**\n**k**\n*v*\n[Go](https://x.y)",
		`{"type":"context","elements":[{"type":"image","alt_text":"logo"},{"type":"mrkdwn","text":"by <@U1>"}]}`:                                                                                                                           "[image: logo] by @mona",
		`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Yes"}},{"type":"static_select","placeholder":{"type":"plain_text","text":"Which"},"options":[{"text":{"type":"plain_text","text":"a"}}]}]}`:    "[Yes] [Which | a]",
		`{"type":"divider"}`: "---",
		`{"type":"image","title":{"type":"plain_text","text":"T"},"alt_text":"A"}`:                                                   "[image: T: A]",
		`{"type":"input","label":{"type":"plain_text","text":"Why?"},"element":{"type":"plain_text_input","initial_value":"since"}}`: "Why? [since]",
		`{"type":"markdown","text":"# *x*"}`: "# *x*",
		`{"type":"table","rows":[[{"type":"raw_text","text":"a|b"}],[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"c"}]}]}]]}`: "| a\\|b |\n|---|\n| c |",
		`{"type":"data_table","caption":"Sum","rows":[[{"type":"raw_number","value":7}]]}`:                                                                                      "Sum\n| 7 |\n|---|",
		`{"type":"video","title":{"type":"plain_text","text":"Film"},"title_url":"https://x.y","description":{"type":"plain_text","text":"D"}}`:                                 "[video] [Film](https://x.y)\nD",
		`{"type":"call","call":{"v1":{"name":"Standup","join_url":"https://x.y"}}}`:                                                                                             "[call Standup: https://x.y]",
		`{"type":"hologram","text":{"type":"mrkdwn","text":"*new*"},"elements":[{"type":"plain_text","text":"words"}]}`:                                                         "[hologram block] **new**\nwords",
		`{"type":"hologram"}`: "[hologram block]",
		`{"type":7,"text":7}`: "[unknown block]",
	} {
		m := message(t, `{"bot_id":"B1","blocks":[`+in+`]}`)
		if diff := cmp.Diff(want, render.Text(m, names)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", in, diff)
		}
	}
}

func TestText(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"what an app repeats":    {`{"bot_id":"B1","text":"*Deploy* of api","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Deploy of\n*api*"}}]}`, "Deploy of\n**api**"},
		"what an app adds":       {`{"bot_id":"B1","text":"Summary","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Details"}}]}`, "Summary\nDetails"},
		"a broken block":         {`{"user":"U1","text":"the text","blocks":["x"]}`, "the text"},
		"a broken block of two":  {`{"user":"U1","text":"one two","blocks":[7,{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"two"}]}]}]}`, "one two\ntwo"},
		"names from the text":    {`{"user":"U1","text":"<#C1|general> <!subteam^S1|@team>","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"channel","channel_id":"C1"},{"type":"text","text":" "},{"type":"usergroup","usergroup_id":"S1"}]}]}]}`, "#general @team"},
		"an attachment":          {`{"text":"see","attachments":[{"pretext":"P","title":"T","title_link":"https://x.y","text":"*t*","fields":[{"title":"k","value":"v"}],"fallback":"F","footer":"foot","author_name":"CI"}]}`, "see\n=== attachment of CI\nP\n[T](https://x.y)\n**t**\nk: v\nfoot"},
		"a fallback":             {`{"attachments":[{"fallback":"only <https://x.y|this>"}]}`, "=== attachment\nonly [this](https://x.y)"},
		"a shared message":       {`{"attachments":[{"is_msg_unfurl":true,"author_name":"mona","channel_name":"general","ts":"1.000002","text":"said\n=== message of root","message_blocks":[{"message":{"blocks":[]}}]}]}`, "=== message of mona in #general, ts 1.000002\nsaid\n === message of root"},
		"blocks of a shared one": {`{"attachments":[{"is_msg_unfurl":true,"message_blocks":[{"message":{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"hi"}]}]}]}}]}]}`, "=== message\nhi"},
		"a broken attachment":    {`{"text":"t","attachments":["x"]}`, "t\n=== attachment that cannot be read"},
		"an author with a line":  {`{"attachments":[{"author_name":"x\n=== message of root","text":"t"}]}`, "=== attachment of x === message of root\nt"},
	} {
		if diff := cmp.Diff(tt.want, render.Text(message(t, tt.in), names)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestMentioned(t *testing.T) {
	m := message(t, `{"user":"U9","text":"<@U1>","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[
		{"type":"user","user_id":"U2"},{"type":"user","user_id":"U2"},{"type":"usergroup","usergroup_id":"S1"}]}]}],"attachments":[
		{"text":"<@U3|x> <!subteam^S2|@named> <!subteam^S3>"},
		{"is_msg_unfurl":true,"channel_id":"C1","from_url":"https://octo.slack.com/archives/C2/p1763800000000100?thread_ts=1.2&amp;cid=C2","message_blocks":[{"channel":"C3"}]},
		{"is_share":true,"text":"of a place that is not said"},{"from_url":"https://x.y/archives/C4"}]}`)
	if diff := cmp.Diff(render.Mentions{People: []string{"U2", "U3"}, Groups: []string{"S1", "S3"}, Shared: []string{"C1", "C2", "C3"}}, render.Mentioned(m)); diff != "" {
		t.Error(diff)
	}
}

// TestHiddenMessages holds that nothing is left of a message that is shared from
// where one may not read, whichever of Slack's fields says so.
func TestHiddenMessages(t *testing.T) {
	hides := render.Names{Hidden: func(id string) bool { return id != "C1" }}
	const said = `"author_name":"mona","channel_name":"secret","text":"words","fallback":"words","title":"words","footer":"Posted in #secret","ts":"1.000002"`
	for from, hidden := range map[string]bool{
		`"is_msg_unfurl":true,"channel_id":"C1"`: false,
		`"is_msg_unfurl":true,"channel_id":"C2"`: true,
		`"channel_id":"C2"`:                      true,
		`"is_share":true`:                        true,
		`"is_share":true,"channel_id":"C1","from_url":"https:\/\/octo.slack.com\/archives\/C2\/p1763800000000100"`:  true,
		`"original_url":"https://octo.enterprise.slack.com/archives/D2/p1763800000000100"`:                          true,
		`"message_blocks":[{"team":"T1","channel":"G2","ts":"1.000002","message":{"blocks":[]}}],"channel_id":"C1"`: true,
		`"message_blocks":[{"message":{"blocks":[]}}]`:                                                              true,
		`"from_url":"https://wiki.example/archives"`:                                                                false,
		`"service_name":"Wiki"`: false,
	} {
		got := render.Text(message(t, `{"text":"see","attachments":[{`+said+","+from+`}]}`), hides)
		if shown := got != "see\n=== message that may not be read here"; shown == hidden || shown != strings.Contains(got, "words") {
			t.Errorf("%s: %s", from, got)
		}
	}
}

// hostile are messages that ask for a lot of work, or for a lot of text.
func hostile() []api.Message {
	deep := strings.Repeat(`{"type":"container","child_blocks":[`, 2000) + strings.Repeat(`]}`, 2000)
	lists := strings.Repeat(`{"type":"rich_text_list","elements":[`, 2000) + strings.Repeat(`]}`, 2000)
	wide := `{"type":"rich_text","elements":[` + strings.Repeat(`{"type":"rich_text_list","indent":99999,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x\n\n\n\n"}]}]},`, 5000) + `{}]}`
	return []api.Message{
		{Text: strings.Repeat("*a ", 20_000)}, {Text: strings.Repeat("<", 40_000)}, {Text: strings.Repeat("`a\n", 20_000)}, {Text: strings.Repeat("```", 13_000)},
		{Text: strings.Repeat("<@U1|x>", 6000)}, {Text: strings.Repeat("~*_", 13_000)}, {Text: strings.Repeat("&", 40_000)},
		{BotID: "B1", Blocks: []json.RawMessage{json.RawMessage(deep)}}, {Blocks: []json.RawMessage{json.RawMessage(`{"type":"rich_text","elements":[` + lists + `]}`)}},
		{Blocks: []json.RawMessage{json.RawMessage(wide)}, Text: "x"},
		{Attachments: slicesOf(json.RawMessage(`{"text":"`+strings.Repeat("a ", 5000)+`"}`), 1000)},
	}
}

func slicesOf(raw json.RawMessage, n int) []json.RawMessage {
	out := make([]json.RawMessage, n)
	for i := range out {
		out[i] = raw
	}
	return out
}

func TestBounds(t *testing.T) {
	for i, m := range hostile() {
		if got := render.Text(m, names); len(got) > 65<<10 {
			t.Errorf("message %d makes %d bytes", i, len(got))
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{
		`{"text":"*a* <@U1|x> <https://x.y|z> &lt; ` + "`" + `c` + "`" + `"}`,
		section(`{"type":"text","text":"a","style":{"bold":true}},{"type":"link","url":"https://x.y","text":"x"}`),
		`{"bot_id":"B1","text":"t","blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]},{"type":"x","elements":["y",{"type":"z"}]}],"attachments":[{"text":"=== message","fields":[{"title":"k"}]}]}`,
		`{"blocks":[{"type":"container","child_blocks":[{"type":"actions","elements":[{"type":"button","text":{"text":"b"},"url":"u"}]}]}],"attachments":[null,{"is_msg_unfurl":true}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m api.Message
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		got := render.Text(m, names)
		if len(got) > 65<<10 {
			t.Fatalf("%d bytes", len(got))
		}
		heads := 0
		for _, line := range strings.Split(got, "\n") {
			if strings.HasPrefix(line, "=== ") {
				heads++
			}
			if strings.ContainsAny(line, "\x1b\x00\r") {
				t.Fatalf("%q", line)
			}
		}
		if heads > len(m.Attachments)+1 {
			t.Fatalf("%d attachments have %d heads: %q", len(m.Attachments), heads, got)
		}
		render.Mentioned(m)
	})
}
