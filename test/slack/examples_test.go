//go:build e2e

package slack

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The service reads the examples of Slack's description.
func TestExamplesAreRead(t *testing.T) {
	known := examples(t)
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := known[strings.TrimPrefix(r.URL.Path, "/api/")]
		if !ok {
			answer = map[string]any{"ok": false, "error": "unknown_method"}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(ts.Close)
	s := workspace{url: ts.URL + "/api/", user: "xoxp-of-an-example"}.serve(t)
	for _, c := range []struct {
		tool string
		args map[string]any
		has  []string
	}{
		{"list_channels", nil, []string{"general", "random", "C061EG9T2"}},
		{"get_channel_info", map[string]any{"channel": "C012AB3CD"}, []string{"For public discussion of generalities"}},
		{"get_channel_history", map[string]any{"channel": "C012AB3CD", "limit": 2}, []string{"I find you punny", "next_cursor"}},
		{"get_thread", map[string]any{"channel": "C012AB3CD", "thread_ts": "1482960137.003543", "limit": 4}, []string{"island", "three for the land"}},
		{"search_messages", map[string]any{"query": "meaning"}, []string{"the universe and everything is 42"}},
		{"find_users", map[string]any{"query": "W012A3CDE"}, []string{"spengler"}},
		{"set_reaction", map[string]any{"channel": "C012AB3CD", "ts": "1512104434.000490", "emoji": "eyes"}, []string{`"changed":true`}},
		{"send_message", map[string]any{"channel": "C012AB3CD", "text": "Here"}, []string{"1503435956.000247"}},
		{"delete_message", map[string]any{"channel": "C012AB3CD", "ts": "1401383885.000061"}, []string{"1401383885.000061"}},
	} {
		r := s.call(t, c.tool, c.args)
		for _, want := range c.has {
			if r.failed || !strings.Contains(r.text, want) {
				t.Errorf("%s: no %q in %s", c.tool, want, r.text)
			}
		}
	}
}
