//go:build e2e

package slack

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mcpfleet/mcpfleet/test/internal/emulator"
)

// adapter stands before emulate and makes up for where it is not as Slack is:
//
//   - a token that nobody gave out is refused: emulate takes it for an
//     administrator's
//   - a method that it lacks is refused with unknown_method and status 200: emulate
//     says 404, which a client takes for a broken network
//   - users.conversations is made of conversations.list: emulate has none
//   - conversations.history keeps to oldest, latest and inclusive, and its parents
//     of threads say so: emulate leaves both out
//   - conversations.replies has pages, with the parent on each: emulate gives all
//   - search.messages looks for words in all channels, or in one by its id: emulate
//     has none
//   - auth.test says who an app's bot is: emulate does not know its own token there
//   - a method is answered 429 while a test wants it: emulate has no limit of its
//     methods
type adapter struct {
	url    string
	behind string
	tokens []string

	mu      sync.Mutex
	limited map[string]int // seconds of Retry-After
}

func adapt(t *testing.T, behind string, tokens ...string) *adapter {
	a := &adapter{behind: behind, tokens: tokens, limited: make(map[string]int)}
	ts := httptest.NewServer(a)
	t.Cleanup(ts.Close)
	a.url = ts.URL + "/api/"
	return a
}

// person is the token of the workspace's person, the last one.
func (a *adapter) person() string { return a.tokens[len(a.tokens)-1] }

// limit has a method answer 429; zero ends it.
func (a *adapter) limit(method string, seconds int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limited[method] = seconds
}

func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	seconds := a.limited[method]
	a.mu.Unlock()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	var got map[string]any
	var err error
	switch {
	case seconds != 0:
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case !slices.Contains(a.tokens, token):
		got = map[string]any{"ok": false, "error": "invalid_auth"}
	default:
		got, err = a.answer(r.Context(), method, token, r.Form)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(got)
}

func (a *adapter) answer(ctx context.Context, method, token string, form url.Values) (map[string]any, error) {
	switch method {
	case "users.conversations":
		return a.pass(ctx, "conversations.list", token, form)
	case "conversations.history":
		all, refused, err := a.messages(ctx, method, token, form)
		if err != nil || refused != nil {
			return refused, err
		}
		return page(nil, within(all, form), form), nil
	case "conversations.replies":
		all, refused, err := a.messages(ctx, method, token, form)
		if err != nil || refused != nil {
			return refused, err
		}
		slices.SortFunc(all, func(x, y map[string]any) int { return cmp.Compare(stamp(x), stamp(y)) })
		return page(all[:1], within(all[1:], form), form), nil
	case "auth.test":
		got, err := a.pass(ctx, method, a.person(), form)
		if token != a.person() && err == nil {
			got["user"], got["user_id"], got["bot_id"] = emulator.SlackBotUser, emulator.SlackBotUser, "B000000001"
		}
		return got, err
	case "search.messages":
		return a.search(ctx, token, form)
	}
	return a.pass(ctx, method, token, form)
}

// pass asks emulate.
func (a *adapter) pass(ctx context.Context, method, token string, form url.Values) (map[string]any, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.behind+method, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusNotFound {
		return map[string]any{"ok": false, "error": "unknown_method", "req_method": method}, nil
	}
	var got map[string]any
	return got, json.Unmarshal(text, &got)
}

// messages asks for all messages that a method has, or returns its refusal.
func (a *adapter) messages(ctx context.Context, method, token string, form url.Values) (all []map[string]any, refused map[string]any, err error) {
	whole := url.Values{"channel": form["channel"], "limit": {"999"}}
	if form.Has("ts") {
		whole["ts"] = form["ts"]
	}
	got, err := a.pass(ctx, method, token, whole)
	if err != nil || got["ok"] != true {
		return nil, got, err
	}
	list, _ := got["messages"].([]any)
	for _, m := range list {
		m, ok := m.(map[string]any)
		if !ok {
			continue
		}
		if n, _ := m["reply_count"].(float64); n > 0 && m["thread_ts"] == nil {
			m["thread_ts"] = m["ts"]
		}
		all = append(all, m)
	}
	return all, nil, nil
}

func stamp(m map[string]any) string { ts, _ := m["ts"].(string); return ts }

// within keeps what lies between oldest and latest.
func within(all []map[string]any, form url.Values) []map[string]any {
	oldest, latest := form.Get("oldest"), form.Get("latest")
	inclusive := form.Get("inclusive") == "true" || form.Get("inclusive") == "1"
	return slices.DeleteFunc(all, func(m map[string]any) bool {
		ts := stamp(m)
		if inclusive && (ts == oldest || ts == latest) {
			return false
		}
		return oldest != "" && ts <= oldest || latest != "" && ts >= latest
	})
}

// page answers with a page of messages, after those that are on each.
func page(always, rest []map[string]any, form url.Values) map[string]any {
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil || limit < 1 {
		limit = 100
	}
	at := 0
	if text, err := base64.StdEncoding.DecodeString(form.Get("cursor")); err == nil {
		at, _ = strconv.Atoi(string(text))
	}
	end := min(len(rest), at+max(1, limit-len(always)))
	got := map[string]any{"ok": true, "messages": append(slices.Clone(always), rest[min(at, end):end]...), "has_more": end < len(rest)}
	if end < len(rest) {
		got["response_metadata"] = map[string]any{"next_cursor": base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(end)))}
	}
	return got
}

// search finds messages with all of some words; of what narrows a search
// only the channel counts.
func (a *adapter) search(ctx context.Context, token string, form url.Values) (map[string]any, error) {
	in := ""
	for w := range strings.FieldsSeq(form.Get("query")) {
		if of, ok := strings.CutPrefix(w, "in:<#"); ok {
			in, _, _ = strings.Cut(strings.TrimSuffix(of, ">"), "|")
		}
	}
	words := slices.DeleteFunc(strings.Fields(strings.ToLower(form.Get("query"))), func(w string) bool { return strings.Contains(w, ":") })
	list, err := a.pass(ctx, "conversations.list", token, url.Values{"limit": {"999"}})
	if err != nil {
		return nil, err
	}
	matches := []any{}
	channels, _ := list["channels"].([]any)
	for _, ch := range channels {
		ch := ch.(map[string]any)
		id, _ := ch["id"].(string)
		if in != "" && in != id {
			continue
		}
		all, _, err := a.messages(ctx, "conversations.history", token, url.Values{"channel": {id}})
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			text, _ := m["text"].(string)
			if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(strings.ToLower(text), w) }) {
				continue
			}
			hit := maps.Clone(m)
			hit["channel"] = map[string]any{"id": id, "name": ch["name"]}
			hit["permalink"] = "https://octo.slack.com/archives/" + id + "/p" + strings.ReplaceAll(stamp(m), ".", "")
			matches = append(matches, hit)
		}
	}
	paging := map[string]any{"count": len(matches), "total": len(matches), "page": 1, "pages": 1}
	return map[string]any{"ok": true, "query": form.Get("query"), "messages": map[string]any{"total": len(matches), "matches": matches, "paging": paging}}, nil
}
