package slack_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// asked returns the methods that were asked since the last time.
func (r *rig) asked(since *int) string {
	all := r.Requests()
	var names []string
	for _, q := range all[*since:] {
		names = append(names, q.Method)
	}
	*since = len(all)
	return strings.Join(names, " ")
}

// A workspace of 200,000 people and 40,000 channels is never looked through for a
// name that the caller takes part in.
func TestNoScan(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, UserToken: userToken})
	r.AddCrowd(200_000)
	r.AddSprawl(40_000, 400)
	seen := 0
	for _, step := range []struct{ tool, args, want, asked string }{
		{"get_channel_info", `{"channel":"#general"}`, `"id":"C000000001"`, "users.conversations conversations.info users.info"},
		{"get_channel_info", `{"channel":"room-00400"}`, `"name":"room-00400"`, "conversations.info"},
		{"get_channel_info", `{"channel":"CS0000007"}`, `"name":"room-00007"`, "conversations.info"},
		{"set_reaction", `{"channel":"CS0000007","ts":"1503435956.000247","emoji":"eyes"}`, "not_in_channel", "reactions.add"},
		{"get_channel_info", `{"channel":"#room-00900"}`, `"id":"CS0000900"`, "users.conversations conversations.list"},
		{"find_users", `{"query":"person0000777@octo.example"}`, `"id":"UC0000777"`, "users.lookupByEmail"},
		{"find_users", `{"query":"UC0150000"}`, `"id":"UC0150000"`, "users.info"},
		{"find_users", `{"query":"@person0000150"}`, `"id":"UC0000150"`, "users.list"},
		{"find_users", `{"query":"@person0000100"}`, `"id":"UC0000100"`, ""},
	} {
		text, _ := r.call(t, step.tool, step.args)
		if !strings.Contains(text, step.want) {
			t.Errorf("%s %s: %s", step.tool, step.args, text)
		}
		if got := r.asked(&seen); got != step.asked {
			t.Errorf("%s %s asks %q, want %q", step.tool, step.args, got, step.asked)
		}
	}
}

func TestChannelNames(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, AllowDMs: true})
	r.AddUser(slacktest.User{ID: "U000000003", Name: "hubot", RealName: "Hu Bot", Email: "hubot@octo.example"})
	r.AddChannel(slacktest.Channel{ID: "D000000001", Direct: true, Members: []string{slacktest.Mona, "U000000003"}})
	r.AddChannel(slacktest.Channel{ID: "C000000009", Name: "été", Members: []string{slacktest.Mona}})
	for name, id := range map[string]string{
		"#general": "C000000001", "General": "C000000001", " general ": "C000000001", "C000000001": "C000000001",
		"<#C000000001|general>": "C000000001", "<#C000000001>": "C000000001", "#Été": "C000000009",
		"https://octo.slack.com/archives/C000000002/p1503435956000247":                                            "C000000002",
		"https://octo.slack.com/archives/C000000002/p1503435956000247?thread_ts=1503435956.000247&cid=C000000002": "C000000002",
		"<https://octo.slack.com/archives/C000000002/p1503435956000247|this>":                                     "C000000002",
		"https://octo.slack.com/archives/C000000002":                                                              "C000000002",
		"https://app.slack.com/client/T000000001/C000000002":                                                      "C000000002",
		"@hubot": "D000000001", "U000000003": "D000000001", "<@U000000003>": "D000000001", "hubot@octo.example": "D000000001", "D000000001": "D000000001",
	} {
		if text, failed := r.call(t, "get_channel_info", fmt.Sprintf(`{"channel":%q}`, name)); failed || !strings.Contains(text, `"id":"`+id+`"`) {
			t.Errorf("%s: %s", name, text)
		}
	}
	for name, want := range map[string]string{
		"https://other.slack.com/archives/C000000002/p1503435956000247":                    "is of another workspace; this is https://octo.slack.com/",
		"https://other.enterprise.slack.com/archives/C000000002/p1503435956000247":         "is of another workspace",
		"https://app.slack.com/client/T000000002/C000000002":                               "is of another workspace",
		"https://octo.slack.com/archives/C000000002/p15":                                   "no permalink",
		"https://octo.slack.com/archives/C000000002/p1503435956000247?cid=C000000001":      "no permalink",
		"https://octo.slack.com/archives/C000000002/p1503435956000247?thread_ts=yesterday": "no permalink",
		"https://user@octo.slack.com/archives/C000000002/p1503435956000247":                "no permalink",
		"C00000000X": "channel C00000000X: none is visible here",
		"#":          "give a name such as #general",
		"@nobody":    "nobody of this name",
		"gneral":     `"candidates":[{"id":"C000000001","name":"general"}]`,
	} {
		if text, failed := r.call(t, "get_channel_info", fmt.Sprintf(`{"channel":%q}`, name)); !failed || !strings.Contains(text, want) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestUnknownNameIsRemembered(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	for _, name := range []string{"#nothing", "C00000000X", "@nobody"} {
		args := fmt.Sprintf(`{"channel":%q}`, name)
		tool := "get_channel_info"
		if name[0] == '@' {
			tool, args = "find_users", `{"query":"nobody"}`
		}
		r.call(t, tool, args)
		before := len(r.Requests())
		r.call(t, tool, args)
		if more := len(r.Requests()) - before; before == 0 || more != 0 {
			t.Errorf("%s: %d requests, then %d", name, before, more)
		}
	}
}

func TestArchivedAndShared(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "old", Archived: true, Members: []string{slacktest.Mona}})
	for _, id := range []string{"C00000000B", "C00000000C"} {
		r.AddChannel(slacktest.Channel{ID: id, Name: "twice", Members: []string{slacktest.Mona}})
	}
	for range 2 {
		if text, failed := r.call(t, "get_channel_info", `{"channel":"#old"}`); !failed || !strings.Contains(text, "is archived: read it by its id") || !strings.Contains(text, `"id":"C00000000A"`) {
			t.Error(text)
		}
		if text, failed := r.call(t, "get_channel_info", `{"channel":"#twice"}`); !failed || !strings.Contains(text, "2 channels are called so") || !strings.Contains(text, `"id":"C00000000B"`) || !strings.Contains(text, `"id":"C00000000C"`) {
			t.Error(text)
		}
	}
	if text, failed := r.call(t, "get_channel_info", `{"channel":"C00000000A"}`); failed || !strings.Contains(text, `"archived":true`) {
		t.Error(text)
	}
}

// A name that another channel has by now does not lead to the one that had it.
func TestRenamedChannel(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "team", Members: []string{slacktest.Mona}})
	if text, failed := r.call(t, "get_channel_info", `{"channel":"#team"}`); failed {
		t.Fatal(text)
	}
	r.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "team-old", Members: []string{slacktest.Mona}})
	r.AddChannel(slacktest.Channel{ID: "C00000000B", Name: "team", Members: []string{slacktest.Mona}})
	r.call(t, "get_channel_info", `{"channel":"C00000000A"}`)
	if text, _ := r.call(t, "get_channel_info", `{"channel":"#team"}`); !strings.Contains(text, "C00000000B") {
		t.Error(text)
	}
}

func TestSpentBudget(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.Limit("users.conversations", 3000)
	text, failed := r.call(t, "get_channel_info", `{"channel":"#general"}`)
	if !failed || !strings.Contains(text, `"code":"RATE_LIMITED"`) || !strings.Contains(text, `"retry_after_seconds":3000`) {
		t.Error(text)
	}
	r.Limit("users.conversations", 0)
	r.Limit("users.info", 3000)
	text, failed = r.call(t, "get_channel_info", `{"channel":"C000000001","include_members":true}`)
	if failed || !strings.Contains(text, `"people":[{"id":"U000000001","name":"U000000001"},{"id":"U000000002","name":"U000000002"}]`) {
		t.Error(text)
	}
	if n := r.Asked("users.info"); n > 3 {
		t.Errorf("users.info was asked %d times", n)
	}
}

func TestPersonNames(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.AddUser(slacktest.User{ID: "U00000000A", Name: "rene", RealName: "René Müller", Title: "Baker"})
	r.AddUser(slacktest.User{ID: "U00000000B", Name: "rene2", RealName: "Rene Muller"})
	r.AddUser(slacktest.User{ID: "U00000000C", Name: "irene", RealName: "Irene Adler", Deleted: true})
	r.AddUser(slacktest.User{ID: "W00000000D", Name: "guest", RealName: "Mia Rene", Guest: true})
	r.AddUser(slacktest.User{ID: "U00000000E", Name: "stranger", RealName: "Strange R", Stranger: true})
	for query, want := range map[string]string{
		"rene":        "U00000000A U00000000B W00000000D U00000000C",
		"@rené":       "U00000000A",
		"MÜLLER":      "U00000000A U00000000B",
		"rene mul":    "U00000000A U00000000B",
		"U00000000E":  "U00000000E",
		"zzz":         "",
		"a@b.example": "",
	} {
		text, failed := r.call(t, "find_users", fmt.Sprintf(`{"query":%q}`, query))
		var got []string
		for _, part := range strings.Split(text, `{"id":"`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			got = append(got, id)
		}
		if strings.Join(got, " ") != want && !(query == "@rené" && len(got) > 0 && got[0] == want) || failed {
			t.Errorf("%s: %s", query, text)
		}
	}
	text, _ := r.call(t, "find_users", `{"query":"@rene"}`)
	if want := `{"users":[{"id":"U00000000A","handle":"rene","name":"René Müller","title":"Baker"}]}`; text != want {
		t.Error(text)
	}
	if n := r.Asked("users.list"); n != 1 {
		t.Errorf("users.list was asked %d times", n)
	}
}

func TestFindUsersGoesOn(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.AddCrowd(6000)
	text, failed := r.call(t, "find_users", `{"query":"person","limit":3}`)
	if failed || r.Asked("users.list") != 1 || strings.Count(text, `"id"`) != 3 {
		t.Error(text)
	}
	text, failed = r.call(t, "find_users", `{"query":"number 0005999"}`)
	cursor := cursorOf(t, text)
	if failed || strings.Contains(text, "UC0005999") {
		t.Error(text)
	}
	text, failed = r.call(t, "find_users", fmt.Sprintf(`{"query":"number 0005999","cursor":%q}`, cursor))
	if failed || !strings.Contains(text, "UC0005999") || strings.Contains(text, "next_cursor") {
		t.Error(text)
	}
	if text, failed = r.call(t, "find_users", fmt.Sprintf(`{"query":"other","cursor":%q}`, cursor)); !failed {
		t.Error("a cursor is good for another question: " + text)
	}
}

func cursorOf(t *testing.T, text string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, `"next_cursor":"`)
	cursor, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("there is no next_cursor in " + text)
	}
	return cursor
}

func TestListChannels(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	r.AddSprawl(3000, 10)
	for _, args := range []string{`"limit":70`, `"query":"ROOM","limit":70`, `"member_only":false,"limit":200`, `"member_only":false,"query":"room","limit":200`} {
		got, cursor, calls := make(map[string]bool), "", 0
		for {
			text, failed := r.call(t, "list_channels", `{`+args+cursor+`}`)
			if failed {
				t.Fatal(text)
			}
			calls++
			for _, part := range strings.Split(text, `{"id":"`)[1:] {
				id, _, _ := strings.Cut(part, `"`)
				if got[id] {
					t.Fatalf("%s: %s comes twice", args, id)
				}
				got[id] = true
			}
			if !strings.Contains(text, "next_cursor") {
				break
			}
			cursor = fmt.Sprintf(`,"cursor":%q`, cursorOf(t, text))
		}
		want := 300
		if strings.Contains(args, "false") {
			want = 3000
		}
		if !strings.Contains(args, "query") {
			want += 2
		}
		if len(got) != want {
			t.Errorf("%s: %d channels in %d calls, want %d", args, len(got), calls, want)
		}
	}
	if text, _ := r.call(t, "list_channels", `{"query":"general"}`); text != `{"channels":[{"id":"C000000001","name":"general","topic":"Company news"}]}` {
		t.Error(text)
	}
	if text, failed := r.call(t, "list_channels", `{"types":["im"]}`); !failed || !strings.Contains(text, "--allow-dms") {
		t.Error(text)
	}
	r.LimitAfter("conversations.list", 1, 3000)
	text, failed := r.call(t, "list_channels", `{"member_only":false,"query":"nothing"}`)
	if !failed || !strings.Contains(text, "RATE_LIMITED") {
		t.Error(text)
	}
}

func TestListUserGroups(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken, ExtraTools: []string{"list_user_groups"}})
	r.AddUserGroup(slacktest.UserGroup{ID: "S000000001", Handle: "oncall", Name: "On call", Members: []string{slacktest.Mona, "U00000000X"}})
	r.AddUserGroup(slacktest.UserGroup{ID: "S000000002", Handle: "bakers", Name: "Bakers"})
	text, _ := r.call(t, "list_user_groups", `{"query":"@ON","include_members":true}`)
	if text != `{"groups":[{"id":"S000000001","handle":"oncall","name":"On call","members":2,"people":[{"id":"U000000001","name":"Mona Lisa"},{"id":"U00000000X","name":"U00000000X"}]}]}` {
		t.Error(text)
	}
	if text, _ = r.call(t, "list_user_groups", `{"limit":1}`); !strings.Contains(text, `"truncated":true`) {
		t.Error(text)
	}
}

func TestChannelInfo(t *testing.T) {
	r := newRig(t, slack.Config{UserToken: userToken})
	ts := r.Post(slacktest.General, slacktest.Message{User: slacktest.Mona, Text: "a &lt;b&gt;\nc"})
	r.Pin(slacktest.General, ts, slacktest.Mona)
	text, failed := r.call(t, "get_channel_info", `{"channel":"general","include_members":true,"include_pins":true,"member_limit":1}`)
	want := `"people":[{"id":"U000000001","name":"Mona Lisa"}],"pins":[{"ts":"` + ts + `","user":"Mona Lisa","text":"a <b> c"}]`
	if failed || !strings.Contains(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(text), want) || !strings.Contains(text, `"creator":"Mona Lisa"`) {
		t.Error(text)
	}
	text, failed = r.call(t, "get_channel_info", fmt.Sprintf(`{"channel":"general","include_members":true,"member_limit":1,"cursor":%q}`, cursorOf(t, text)))
	if failed || text != `{"id":"C000000001","name":"general","people":[{"id":"U000000002","name":"Octobot"}]}` {
		t.Error(text)
	}
}

func TestPolicy(t *testing.T) {
	r := newRigOf(t, slack.Config{
		UserToken: userToken, AllowChannels: []string{"team-*", "#general", "C00000000e"}, DenyChannels: []string{"*-SECRET"}, WriteChannels: []string{"team-*"},
	}, server.Config{})
	for id, name := range map[string]string{"C00000000A": "team-a", "C00000000B": "team-secret", "C00000000D": "else", "C00000000E": "by-id"} {
		r.AddChannel(slacktest.Channel{ID: id, Name: name, Members: []string{slacktest.Mona}})
	}
	r.AddChannel(slacktest.Channel{ID: "C00000000F", Name: "team-shared", External: true, Members: []string{slacktest.Mona}})
	r.AddChannel(slacktest.Channel{ID: "G000000001", Group: true, Members: []string{slacktest.Mona, slacktest.Octobot}})
	info := func(name string) string {
		text, _ := r.call(t, "get_channel_info", fmt.Sprintf(`{"channel":%q}`, name))
		return text
	}
	for name, id := range map[string]string{"team-a": "C00000000A", "general": "C000000001", "by-id": "C00000000E", "team-shared": "C00000000F"} {
		if text := info(name); !strings.Contains(text, `"id":"`+id+`"`) {
			t.Errorf("%s: %s", name, text)
		}
	}
	// What is denied looks like what is not there.
	hide := func(text, name string) string { return strings.ReplaceAll(text, name, "X") }
	absent, absentName := hide(info("C00000000X"), "C00000000X"), hide(info("team-nothing"), "team-nothing")
	for _, id := range []string{"C00000000B", "C00000000D", "G000000001"} {
		if got := hide(info(id), id); got != absent {
			t.Errorf("%s: %s, and of one that is not there %s", id, got, absent)
		}
	}
	for _, name := range []string{"team-secret", "else", "mpdm-mona--octobot-1"} {
		if got := hide(info(name), name); got != absentName {
			t.Errorf("%s: %s, and of one that is not there %s", name, got, absentName)
		}
	}
	if text := info("D00000000X"); !strings.Contains(text, "--allow-dms") {
		t.Error(text)
	}
	if text, _ := r.call(t, "list_channels", `{}`); strings.Contains(text, "secret") || strings.Contains(text, "else") || strings.Count(text, `"id"`) != 4 {
		t.Error(text)
	}
	for name, want := range map[string]string{"general": "--write-channels", "by-id": "--write-channels", "team-shared": "--allow-external", "team-a": "message_not_found"} {
		if text, _ := r.call(t, "set_reaction", fmt.Sprintf(`{"channel":%q,"ts":"1503435956.000247","emoji":"eyes"}`, name)); !strings.Contains(text, want) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestPolicyFlags(t *testing.T) {
	for want, cfg := range map[string]slack.Config{
		"--allow-channels": {AllowChannels: []string{"["}},
		"--deny-channels":  {DenyChannels: []string{"#"}},
		"--write-channels": {WriteChannels: make([]string, 2000)},
		"--extra-tools":    {ExtraTools: []string{"send_message"}},
	} {
		if _, err := slack.Open(t.Context(), cfg, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// An accent that is written as a character of its own leads past no pattern.
func TestPatternsOfAccents(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken, DenyChannels: []string{"\u00e9quipe-*"}})
	r.AddChannel(slacktest.Channel{ID: "C00000000A", Name: "e\u0301quipe-x", Members: []string{slacktest.Octobot}})
	if text, failed := r.call(t, "get_channel_info", `{"channel":"C00000000A"}`); !failed || !strings.Contains(text, "none is visible here") {
		t.Error(text)
	}
}
