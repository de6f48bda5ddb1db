//go:build e2e

package slack

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// examples are the answers that Slack's description gives for methods; see
// testdata/openapi/README.md.
func examples(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("testdata/openapi/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	all := make(map[string]map[string]any)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var answer map[string]any
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = answer
	}
	return all
}

// differ are the places of the examples that Slack's answers no longer have, or
// that depend on what the example is about.
var differ = []string{
	"chat.postMessage .message.attachments",                // none are posted here
	"chat.postMessage .message.bot_id",                     // a person posts
	"chat.postMessage .message.subtype",                    // of apps before granular scopes
	"chat.postMessage .message.username",                   // the same
	"chat.scheduleMessage .message.attachments",            // as above
	"chat.scheduleMessage .message.bot_id",                 // as above
	"chat.scheduleMessage .message.subtype",                // as above
	"chat.scheduleMessage .message.username",               // as above
	"chat.scheduleMessage .post_at",                        // a number, in the documentation of today
	"chat.scheduledMessages.list .scheduled_messages[].id", // Q…, in the documentation of today
	"conversations.create .channel.latest",                 // of the time when channels were counted
	"conversations.create .channel.unread_count",           // the same
	"conversations.create .channel.unread_count_display",
	"conversations.info .channel.is_read_only",    // of the channel of the example
	"conversations.replies .messages[].last_read", // of threads that one follows
	"conversations.replies .messages[].unread_count",
	"files.info .file.deanimate_gif",           // of moving pictures
	"files.info .file.thumb_360_gif",           // the same
	"files.info .file.pjpeg",                   // the same
	"files.info .file.image_exif_rotation",     // of photographs
	"files.info .file.shares.public.C0T8SE4AU", // the channel of the example
	"team.info .team.enterprise_id",            // of workspaces in an organization
	"team.info .team.enterprise_name",          // the same
	"usergroups.list .usergroups[].user_count", // a number, in the documentation of today
}

// The workspace of the service's own tests answers at least what Slack's examples
// have, in the same types.
func TestShapes(t *testing.T) {
	w := own(t)
	soon := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	posted := w.ask(t, w.user, "chat.postMessage", "channel", "C000000001", "text", "island")
	ts, _ := posted["ts"].(string)
	w.ask(t, w.user, "chat.postMessage", "channel", "C000000001", "text", "one island", "thread_ts", ts)
	w.ask(t, w.user, "chat.postMessage", "channel", "C000000001", "text", "two island", "thread_ts", ts)
	w.ask(t, w.user, "chat.postMessage", "channel", "C000000001", "text", "sea")
	w.ask(t, w.user, "pins.add", "channel", "C000000001", "timestamp", ts)
	w.ask(t, w.user, "chat.scheduleMessage", "channel", "C000000001", "text", "later", "post_at", soon)
	known := examples(t)
	met := make(map[string]bool)
	for _, c := range []struct {
		method string
		args   []string
	}{
		{"auth.test", nil}, {"team.info", nil}, {"emoji.list", nil},
		{"conversations.list", nil}, {"users.conversations", nil},
		{"conversations.info", []string{"channel", "C000000001", "include_locale", "true"}},
		{"conversations.history", []string{"channel", "C000000001", "limit", "1"}},
		{"conversations.replies", []string{"channel", "C000000001", "ts", ts, "limit", "2"}},
		{"conversations.members", []string{"channel", "C000000001", "limit", "1"}},
		{"conversations.create", []string{"name", "endeavor"}},
		{"conversations.open", []string{"users", "U000000002"}},
		{"conversations.join", []string{"channel", "C000000001"}},
		{"conversations.mark", []string{"channel", "C000000001", "ts", ts}},
		{"conversations.setTopic", []string{"channel", "C000000001", "topic", "x"}},
		{"conversations.setPurpose", []string{"channel", "C000000001", "purpose", "x"}},
		{"users.info", []string{"user", "U000000001"}}, {"users.list", []string{"limit", "1"}},
		{"users.lookupByEmail", []string{"email", "mona@octo.example"}},
		{"bots.info", []string{"bot", "B000000001"}},
		{"chat.postMessage", []string{"channel", "C000000001", "text", "x"}},
		{"chat.update", []string{"channel", "C000000001", "ts", ts, "text", "y"}},
		{"chat.getPermalink", []string{"channel", "C000000001", "message_ts", ts}},
		{"chat.scheduleMessage", []string{"channel", "C000000001", "text", "x", "post_at", soon}},
		{"chat.scheduledMessages.list", nil},
		{"reactions.add", []string{"channel", "C000000001", "timestamp", ts, "name", "eyes"}},
		{"pins.list", []string{"channel", "C000000001"}},
		{"search.messages", []string{"query", "island"}},
		{"usergroups.list", []string{"include_count", "true"}}, {"files.info", []string{"file", "F0000000A1"}},
	} {
		example, ok := known[c.method]
		if !ok {
			t.Errorf("%s has no example", c.method)
			continue
		}
		got := w.ask(t, w.user, c.method, c.args...)
		if got["ok"] != true {
			t.Errorf("%s: %v", c.method, got)
			continue
		}
		var missing []string
		lacks(example, got, "", &missing)
		sort.Strings(missing)
		for _, m := range slices.Compact(missing) {
			place, _, _ := strings.Cut(m, ":")
			if met[c.method+" "+place] = true; !slices.Contains(differ, c.method+" "+place) {
				t.Errorf("%s %s", c.method, m)
			}
		}
	}
	for _, d := range differ {
		if !met[d] {
			t.Errorf("%s does not differ", d)
		}
	}
}

// lacks notes the places of want that got does not have, or has in another type.
// An item of a list stands for all: one of got's has to have what one of want's
// has.
func lacks(want, got any, at string, missing *[]string) {
	switch want := want.(type) {
	case nil:
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			*missing = append(*missing, fmt.Sprintf("%s: %T, not an object", at, got))
			return
		}
		for k, v := range want {
			if _, ok := have[k]; !ok {
				*missing = append(*missing, at+"."+k+": not there")
				continue
			}
			lacks(v, have[k], at+"."+k, missing)
		}
	case []any:
		have, ok := got.([]any)
		if !ok {
			*missing = append(*missing, fmt.Sprintf("%s: %T, not a list", at, got))
			return
		}
		if len(want) == 0 || len(have) == 0 {
			return
		}
		best := []string(nil)
		for i, item := range have {
			var these []string
			lacks(want[0], item, at+"[]", &these)
			if i == 0 || len(these) < len(best) {
				best = these
			}
		}
		*missing = append(*missing, best...)
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) && got != nil {
			*missing = append(*missing, fmt.Sprintf("%s: %T, not %T", at, got, want))
		}
	}
}
