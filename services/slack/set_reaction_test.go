package slack_test

import (
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

func TestEmojiName(t *testing.T) {
	for in, want := range map[string]string{
		"eyes": "eyes", ":eyes:": "eyes", " :Eyes: ": "eyes", "+1": "+1", ":wave::skin-tone-2:": "wave::skin-tone-2", "wave:skin-tone-6": "wave::skin-tone-6",
		"party_parrot-2": "party_parrot-2", "köpf": "köpf", "👀": "", ":a b:": "", "": "", ":::": "", "wave::skin-tone-9": "", "a&name=b": "", "wave::big": "",
	} {
		if got, err := slack.EmojiName(in); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestReactions(t *testing.T) {
	r := newRig(t, slack.Config{BotToken: botToken})
	ts := r.Post(slacktest.General, slacktest.Message{Text: "hi", At: at})
	same := `{"channel":"C000000001","ts":"` + ts + `","emoji":"wave::skin-tone-3","changed":`
	link := slacktest.SiteURL + "archives/C000000001/p" + ts[:10] + ts[11:]
	for _, tt := range []struct {
		args map[string]any
		want string
	}{
		{map[string]any{"channel": "#general", "ts": ts, "emoji": ":wave::skin-tone-3:"}, same + "true}"},
		{map[string]any{"channel": link, "emoji": "wave::skin-tone-3"}, same + "false}"},
		{map[string]any{"channel": link, "ts": ts, "emoji": "wave::skin-tone-3", "remove": true}, same + "true}"},
		{map[string]any{"channel": link, "emoji": "wave::skin-tone-3", "remove": true}, same + "false}"},
	} {
		if text, failed := r.call(t, "set_reaction", args(t, tt.args)); failed || text != tt.want {
			t.Errorf("%v: %s", tt.args, text)
		}
	}
	for want, given := range map[string]map[string]any{
		"emoji no_such_one is not known in this workspace": {"channel": link, "emoji": "no_such_one"},
		"is no name of one: write it as eyes":              {"channel": link, "emoji": "👀"},
		"ts is missing":                                    {"channel": "#general", "emoji": "eyes"},
		"and the permalink is of":                          {"channel": link, "ts": "1503435956.000247", "emoji": "eyes"},
	} {
		wantRefusal(t, r, "set_reaction", args(t, given), want, "INVALID_INPUT")
	}
}
