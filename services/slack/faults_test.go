package slack_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// says answers with a status, a type and a body.
func says(status int, kind, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// resets ends the connection without an answer.
func resets(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// breaksOff ends the connection in the middle of an answer.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"ok":true,"chan`)
}

// bomb is JSON that takes a thousandth of its size on its way.
func bomb() http.HandlerFunc {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 24<<20))
	_ = z.Close()
	return says(200, "application/json", b.String(), "Content-Encoding", "gzip")
}

// once answers the first time with h, and then as the workspace does.
func (b *broken) once(h http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			h(w, r)
			return
		}
		b.Server.ServeHTTP(w, r)
	}
}

// failure is what a caller is told.
type failure struct {
	Error struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		Retryable bool   `json:"retryable"`
	} `json:"error"`
}

// told reads a failure, and fails a test for what no caller should see.
func told(t *testing.T, b *broken, text string) failure {
	t.Helper()
	var f failure
	if err := json.Unmarshal([]byte(text), &f); err != nil || f.Error.Code == "" || f.Error.Message == "" {
		t.Errorf("%v: %.500s", err, text)
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(b.URL, "http://"), "/")
	for _, never := range []string{"INTERNAL", host, "<html", "xoxb", "xoxp", "\x00", "\x1b"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is shown: %.500s", never, text)
		}
	}
	if !utf8.ValidString(text) || len(text) > 2000 {
		t.Errorf("%d bytes: %.500q", len(text), text)
	}
	return f
}

// unread are answers that hold nothing of what was asked for.
func unread() map[string]http.HandlerFunc {
	const json = "application/json"
	return map[string]http.HandlerFunc{
		"a page":                 says(200, "text/html", "<html>It works!</html>"),
		"a page as JSON":         says(200, json, "<html>It works!</html>"),
		"nothing":                says(200, json, ""),
		"a number":               says(200, json, "7"),
		"a list":                 says(200, json, "[]"),
		"half":                   says(200, json, `{"ok":true,"channels":[{"id":"C000`),
		"deep":                   says(200, json, strings.Repeat(`{"a":`, 1<<16)),
		"refused without reason": says(200, json, `{"ok":false}`),
		"no code of Slack's":     says(200, json, `{"ok":false,"error":"<html>\u0000\u001b[2J"}`),
		"refused for no string":  says(200, json, `{"ok":false,"error":{"a":1}}`),
		"neither":                says(200, json, `{}`),
		"ok of another kind":     says(200, json, `{"ok":"true"}`),
		"500":                    says(500, "text/html", "<html>xoxb-1</html>"),
		"404":                    says(404, json, `{"ok":false,"error":"not_found"}`),
		"moved":                  says(302, "text/html", "", "Location", "https://example.com/"),
		"moved nowhere":          says(302, "text/html", "", "Location", "https:///"),
		"a limit":                says(429, json, `{"ok":false,"error":"ratelimited"}`, "Retry-After", "60"),
		"a limit without a time": says(429, "text/html", "<html>"),
		"a limit with words":     says(429, "text/html", "<html>", "Retry-After", "soon"),
		"a limit long over":      says(429, "text/html", "<html>", "Retry-After", "-99999999999999999999"),
		"a limit for ever":       says(429, "text/html", "<html>", "Retry-After", "99999999999999999999"),
		"a limit with a success": says(200, json, `{"ok":false,"error":"ratelimited"}`),
	}
}

// hollow are answers of the right kind that hold less than Slack's, or other
// things.
func hollow() map[string]http.HandlerFunc {
	const json = "application/json"
	everything := func(value string) string {
		var b strings.Builder
		b.WriteString(`{"ok":true`)
		for _, field := range []string{"channel", "channels", "members", "messages", "items", "user", "users", "usergroups", "file", "content", "markdown", "results", "response_metadata", "ts", "scheduled_message_id", "url", "user_id", "team_id", "has_more", "errors", "message"} {
			b.WriteString(`,"` + field + `":` + value)
		}
		return b.String() + "}"
	}
	return map[string]http.HandlerFunc{
		"nothing but ok": says(200, json, `{"ok":true}`),
		"nulls":          says(200, json, everything("null")),
		"numbers":        says(200, json, everything("1e99")),
		"texts":          says(200, json, everything(`"\ud800\u0000\u001b[2J\u202e"`)),
		"empty lists":    says(200, json, everything("[]")),
		"lists of null":  says(200, json, everything("[null]")),
		"lists of lists": says(200, json, everything("[[[]]]")),
		"empty objects":  says(200, json, everything("{}")),
		"lists of empty": says(200, json, everything("[{}]")),
		"not UTF-8":      says(200, json, everything("\"\xff\xfe\xed\xa0\x80\"")),
	}
}

// optional reports whether a story comes to its end without the answer of a method:
// for want of a name, a link or a part that is told of.
func optional(name, method string) bool {
	switch method {
	case "auth.test", "users.info", "bots.info", "pins.list", "conversations.setTopic", "conversations.setPurpose", "conversations.invite":
		return true
	case "usergroups.list":
		return name != "groups"
	case "users.list":
		return name == "post" // who is mentioned then is not notified
	case "users.conversations":
		return name == "create taken name"
	}
	return false
}

// TestFaultsOfEveryMethod holds that whatever a tool asks for, what Slack never
// says is taken for no answer, and that its failure says why.
func TestFaultsOfEveryMethod(t *testing.T) {
	faults, tried := unread(), make(map[string]bool)
	few := []string{"a page", "refused without reason", "500", "a limit"}
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		story := stories[name]
		for _, method := range route(t, story) {
			list := few
			if !tried[method] {
				list = slices.Collect(maps.Keys(faults))
			}
			if method == download { // a file may hold the others
				list = []string{"500", "404", "moved", "a limit", "a limit with words"}
			}
			tried[method] = true
			for _, fault := range list {
				t.Run(name+" "+method+" "+fault, func(t *testing.T) {
					t.Parallel()
					b := newBroken(t, slack.Config{}, story.tool)
					b.breaks(method, faults[fault])
					text, failed := b.call(t, story.tool, story.args)
					if failed {
						f := told(t, b, text)
						if want := codeOf(fault); want != "" && f.Error.Code != want && !optional(name, method) {
							t.Errorf("it is not %s: %s", want, text)
						}
					} else if !optional(name, method) && !strings.Contains(text, "partial_reason") {
						t.Errorf("an answer: %.500s", text)
					}
					if n := b.times(method); n == 0 || n > 3 {
						t.Errorf("asked %d times", n)
					}
				})
			}
		}
	}
}

// codeOf is the code of a fault, where there is one.
func codeOf(fault string) string {
	switch {
	case strings.HasPrefix(fault, "a limit"):
		return "RATE_LIMITED"
	case fault == "404" || strings.HasPrefix(fault, "moved") || fault == "no code of Slack's":
		return ""
	}
	return "SERVICE_UNAVAILABLE"
}

// TestHollowAnswersOfEveryMethod holds that no tool stumbles over what is missing,
// or is something else.
func TestHollowAnswersOfEveryMethod(t *testing.T) {
	faults, tried := hollow(), make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		story := stories[name]
		for _, method := range route(t, story) {
			if tried[story.tool+method] {
				continue
			}
			tried[story.tool+method] = true
			for fault, h := range faults {
				t.Run(name+" "+method+" "+fault, func(t *testing.T) {
					t.Parallel()
					b := newBroken(t, slack.Config{}, story.tool)
					b.breaks(method, h)
					text, failed := b.call(t, story.tool, story.args)
					if failed {
						told(t, b, text)
					}
					if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\u202e") {
						t.Errorf("%.500q", text)
					}
				})
			}
		}
	}
}

// TestFaultsOfReads holds which faults a read is asked again for, and that what one
// page is lost for does not end the next.
func TestFaultsOfReads(t *testing.T) {
	unavailable := "SERVICE_UNAVAILABLE"
	for name, tt := range map[string]struct {
		fault http.HandlerFunc
		once  bool
		want  string // "" for an answer
		sent  int
	}{
		"reset once":            {resets, true, "", 2},
		"reset always":          {resets, false, unavailable, 3},
		"half an answer once":   {breaksOff, true, "", 2},
		"half an answer always": {breaksOff, false, unavailable, 3},
		"502 once":              {says(502, "text/html", ""), true, "", 2},
		"502 always":            {says(502, "text/html", ""), false, unavailable, 3},
		"503 once":              {says(503, "text/html", ""), true, "", 2},
		"504 once":              {says(504, "text/html", ""), true, "", 2},
		"500":                   {says(500, "text/html", ""), true, unavailable, 1},
		"no gzip":               {says(200, "application/json", `{"ok":true}`, "Content-Encoding", "gzip"), false, unavailable, 3},
		"gzip bomb":             {bomb(), false, "INVALID_INPUT", 1},
		"huge, as it tells":     {says(200, "application/json", "{}", "Content-Length", "99999999999"), false, "INVALID_INPUT", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBroken(t, slack.Config{}, "get_thread")
			h := tt.fault
			if tt.once {
				h = b.once(h)
			}
			b.breaks("conversations.replies", h)
			text, failed := b.call(t, "get_thread", stories["thread"].args)
			switch {
			case failed && told(t, b, text).Error.Code != tt.want, !failed && tt.want != "":
				t.Errorf("not %q: %s", tt.want, text)
			case !failed && !strings.Contains(text, "a reply"):
				t.Error(text)
			}
			if n := b.times("conversations.replies"); n != tt.sent {
				t.Errorf("%d requests, want %d", n, tt.sent)
			}
		})
	}
}

// writes are the methods that change something, with a story of each.
var writes = map[string]string{
	"chat.postMessage": "post", "chat.scheduleMessage": "post later", "chat.update": "update", "chat.delete": "delete", "chat.deleteScheduledMessage": "take back",
	"conversations.open": "post to somebody", "conversations.join": "post and join", "conversations.create": "create", "conversations.setTopic": "create",
	"conversations.setPurpose": "create", "conversations.invite": "create", "conversations.mark": "mark read", "reactions.add": "react", "reactions.remove": "take reaction",
}

// TestFaultsOfWrites holds that a change is sent once, whatever comes of it, and
// that it is said of what may have been done.
func TestFaultsOfWrites(t *testing.T) {
	for method, name := range writes {
		for fault, h := range map[string]http.HandlerFunc{
			"reset":          resets,
			"half an answer": breaksOff,
			"500":            says(500, "text/html", ""),
			"502":            says(502, "text/html", ""),
			"503":            says(503, "text/html", ""),
			"504":            says(504, "text/html", ""),
			"a page":         says(200, "text/html", "<html>It works!</html>"),
			"half of JSON":   says(200, "application/json", `{"ok":true,"channel":`),
			"a list":         says(200, "application/json", `[]`),
			"no gzip":        says(200, "application/json", `{"ok":true}`, "Content-Encoding", "gzip"),
			"internal":       slacktest.JSON(`{"ok":false,"error":"internal_error"}`),
		} {
			t.Run(method+" "+fault, func(t *testing.T) {
				t.Parallel()
				b := newBroken(t, slack.Config{}, stories[name].tool)
				b.breaks(method, h)
				text, failed := b.call(t, stories[name].tool, stories[name].args)
				if !strings.Contains(text, "it may have been done all the same") {
					t.Errorf("nothing of what may have been done: %s", text)
				}
				switch {
				case failed && told(t, b, text).Error.Retryable:
					t.Errorf("it should be done again: %s", text)
				case !failed && !strings.Contains(text, `"failed":["`):
					t.Errorf("an answer: %s", text)
				}
				if n := b.times(method); n != 1 {
					t.Errorf("sent %d times", n)
				}
			})
		}
	}
}

// TestNobodyThere holds that a Slack that cannot be reached is said to be away, by
// every tool.
func TestNobodyThere(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBroken(t, slack.Config{}, story.tool)
			b.gone()
			text, failed := b.call(t, story.tool, story.args)
			if !failed || told(t, b, text).Error.Code != "SERVICE_UNAVAILABLE" {
				t.Error(text)
			}
			if strings.Contains(text, "may have been done") {
				t.Errorf("nothing was sent: %s", text)
			}
		})
	}
}

// TestAFaultKeepsWhatWasRead holds that a page which comes after another is worth
// less than it.
func TestAFaultKeepsWhatWasRead(t *testing.T) {
	for fault, reason := range map[string]string{"a limit": "rate_limited", "500": "service_unavailable", "a page": "service_unavailable"} {
		t.Run(fault, func(t *testing.T) {
			b := newBroken(t, slack.Config{})
			b.breaks("conversations.replies", unread()[fault])
			text, failed := b.call(t, "get_channel_history", stories["history"].args)
			if failed || !strings.Contains(text, "the launch") || !strings.Contains(text, `"partial_reason":"`+reason+`"`) {
				t.Error(text)
			}
			b.breaks("conversations.history", b.after(2, unread()[fault]))
			b.AddChannel(slacktest.Channel{ID: "C0000000AA", Name: "other", Members: []string{slacktest.Mona}})
			b.Post("C0000000AA", slacktest.Message{User: slacktest.Mona, Text: "unseen"})
			text, failed = b.call(t, "list_unreads", `{"types":["public_channel"],"max_channels":1}`)
			if failed || !strings.Contains(text, `"looked_at":1`) {
				t.Error(text)
			}
		})
	}
}

// after has the workspace answer some times before h does.
func (b *broken) after(times int32, h http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) <= times {
			b.Server.ServeHTTP(w, r)
			return
		}
		h(w, r)
	}
}
