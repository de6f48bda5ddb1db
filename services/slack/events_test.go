package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"

// signEvent signs a delivery as Slack does.
func signEvent(secret, sent, body string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(sum, "v0:"+sent+":"+body)
	return "v0=" + hex.EncodeToString(sum.Sum(nil))
}

func unix(t time.Time) string { return fmt.Sprint(t.Unix()) }

// postEvent delivers an event; header fields are name and value in turn, where an
// empty value takes the field away.
func postEvent(h http.Handler, body string, header ...string) *httptest.ResponseRecorder {
	sent := unix(time.Now())
	r := httptest.NewRequest(http.MethodPost, "/webhooks/slack", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Slack-Request-Timestamp", sent)
	r.Header.Set("X-Slack-Signature", signEvent(signingSecret, sent, body))
	for i := 0; i+1 < len(header); i += 2 {
		if r.Header.Del(header[i]); header[i+1] != "" {
			r.Header.Add(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// callback is the delivery of an event in the workspace T000000001.
func callback(id, event string) string {
	return `{"token":"x","team_id":"T000000001","api_app_id":"A1","type":"event_callback","event_id":"` + id + `","event_time":1503435956,"event":` + event + `}`
}

func hearing(t *testing.T) (*events, *[]string) {
	t.Helper()
	told := new([]string)
	return newEvents([][]byte{[]byte("an older secret, which still counts"), []byte(signingSecret)}, func(key string) { *told = append(*told, key) }), told
}

// The example of Slack's documentation of signed requests.
func TestEventSignature(t *testing.T) {
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	h, _ := hearing(t)
	_, mac, ok := eventSignature(http.Header{
		"X-Slack-Request-Timestamp": {"1531420618"},
		"X-Slack-Signature":         {"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
	})
	if !ok || !h.signed("1531420618", []byte(body), mac) {
		t.Error("what Slack signed is refused")
	}
	if h.signed("1531420619", []byte(body), mac) || h.signed("1531420618", []byte(body+" "), mac) {
		t.Error("what Slack has not signed is taken")
	}
}

func TestEventKinds(t *testing.T) {
	const channel, ts, thread = "T000000001/C000000001", "T000000001/C000000001/1503435957.000100", "T000000001/C000000001/1503435956.000247"
	for name, test := range map[string]struct {
		event string
		want  []string
	}{
		"a message":            {`{"type":"message","channel":"C000000001","user":"U1","text":"hi","ts":"1503435957.000100"}`, []string{channel, ts}},
		"an answer":            {`{"type":"message","channel":"C000000001","ts":"1503435957.000100","thread_ts":"1503435956.000247"}`, []string{channel, thread, ts}},
		"an edit":              {`{"type":"message","subtype":"message_changed","channel":"C000000001","ts":"1503435999.000000","message":{"ts":"1503435957.000100","thread_ts":"1503435956.000247"}}`, []string{channel, "T000000001/C000000001/1503435999.000000", thread, ts}},
		"a deletion":           {`{"type":"message","subtype":"message_deleted","channel":"C000000001","previous_message":{"ts":"1503435957.000100","thread_ts":"1503435956.000247"}}`, []string{channel, thread, ts}},
		"a reaction":           {`{"type":"reaction_added","reaction":"eyes","item":{"type":"message","channel":"C000000001","ts":"1503435957.000100"}}`, []string{channel, ts}},
		"to a file":            {`{"type":"reaction_added","reaction":"eyes","item":{"type":"file","file":"F000000001"}}`, nil},
		"archived":             {`{"type":"channel_archive","channel":"C000000001","user":"U1"}`, []string{channel}},
		"renamed":              {`{"type":"channel_rename","channel":{"id":"C000000001","name":"new","created":1}}`, []string{channel}},
		"the bot was removed":  {`{"type":"group_left","channel":"C000000001"}`, []string{channel}},
		"of an unknown kind":   {`{"type":"user_huddle_changed","user":{"id":"U1"}}`, nil},
		"no channel":           {`{"type":"message","text":"hi"}`, nil},
		"a channel that is no": {`{"type":"message","channel":"../T2/C1","ts":"1503435957.000100"}`, nil},
		"a number for one":     {`{"type":"message","channel":7}`, nil},
		"a ts that is none":    {`{"type":"message","channel":"C000000001","ts":"../1"}`, []string{channel}},
	} {
		h, told := hearing(t)
		if w := postEvent(h, callback("Ev1", test.event)); w.Code != http.StatusOK || w.Body.Len() != 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if d := cmp.Diff(test.want, *told); len(test.want)+len(*told) > 0 && d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// A channel that organizations share is known in each of their workspaces.
func TestEventOfSharedChannel(t *testing.T) {
	h, told := hearing(t)
	postEvent(h, `{"type":"event_callback","event_id":"Ev1","team_id":"T000000002","context_team_id":"T000000001","authorizations":[{"team_id":"T000000001"},{"team_id":"no team"}],`+
		`"event":{"type":"message","channel":"C000000001"}}`)
	if d := cmp.Diff([]string{"T000000001/C000000001", "T000000002/C000000001"}, *told); d != "" {
		t.Error(d)
	}
	*told = nil
	many := strings.Repeat(`{"team_id":"T00000000A"},`, 10_000) + `{"team_id":"T00000000B"}`
	postEvent(h, `{"type":"event_callback","event_id":"Ev2","authorizations":[`+many+`],"event":{"type":"message","channel":"C000000001"}}`)
	if d := cmp.Diff([]string{"T00000000A/C000000001"}, *told); d != "" {
		t.Error(d)
	}
}

func TestEventsRefuse(t *testing.T) {
	body := callback("Ev1", `{"type":"message","channel":"C000000001","ts":"1503435957.000100"}`)
	now := time.Now()
	at := func(when time.Time) []string {
		return []string{"X-Slack-Request-Timestamp", unix(when), "X-Slack-Signature", signEvent(signingSecret, unix(when), body)}
	}
	good := signEvent(signingSecret, unix(now), body)
	for name, test := range map[string]struct {
		body   string
		header []string
		want   int
	}{
		"no signature":           {body, []string{"X-Slack-Signature", ""}, 401},
		"no timestamp":           {body, []string{"X-Slack-Request-Timestamp", ""}, 401},
		"two timestamps":         {body, nil, 401},
		"a timestamp in words":   {body, []string{"X-Slack-Request-Timestamp", "now"}, 401},
		"another secret":         {body, []string{"X-Slack-Signature", signEvent("8f742231b10e8888abcd99yyyzzz85a6", unix(now), body)}, 401},
		"no secret":              {body, []string{"X-Slack-Signature", signEvent("", unix(now), body)}, 401},
		"another body":           {body + " ", []string{"X-Slack-Request-Timestamp", unix(now), "X-Slack-Signature", good}, 401},
		"another time":           {body, []string{"X-Slack-Request-Timestamp", unix(now.Add(-time.Minute)), "X-Slack-Signature", good}, 401},
		"another version":        {body, []string{"X-Slack-Signature", "v1" + good[2:]}, 401},
		"a part of it":           {body, []string{"X-Slack-Signature", good[:40]}, 401},
		"no digits":              {body, []string{"X-Slack-Signature", "v0=" + strings.Repeat("x", 64)}, 401},
		"too old":                {body, at(now.Add(-6 * time.Minute)), 401},
		"of the future":          {body, at(now.Add(6 * time.Minute)), 401},
		"before all time":        {body, []string{"X-Slack-Request-Timestamp", "-1", "X-Slack-Signature", signEvent(signingSecret, "-1", body)}, 401},
		"a form":                 {body, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"no JSON":                {"payload", nil, 400},
		"too large":              {`"` + strings.Repeat("x", maxEvent) + `"`, nil, 413},
		"a question without one": {`{"type":"url_verification"}`, nil, 400},
		"a long question":        {`{"type":"url_verification","challenge":"` + strings.Repeat("x", 2000) + `"}`, nil, 400},
	} {
		h, told := hearing(t)
		if name == "two timestamps" {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.Header["X-Slack-Request-Timestamp"] = []string{unix(now), unix(now)}
			r.Header["X-Slack-Signature"] = []string{good}
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != test.want {
				t.Errorf("%s: %d", name, w.Code)
			}
			continue
		}
		if w := postEvent(h, test.body, test.header...); w.Code != test.want || len(*told) > 0 {
			t.Errorf("%s: %d %s, want %d; told of %v", name, w.Code, w.Body, test.want, *told)
		}
		if w := postEvent(h, body); w.Code != http.StatusOK || len(*told) == 0 {
			t.Errorf("%s: the delivery itself is answered %d afterwards", name, w.Code)
		}
	}
}

func TestEventThatBreaksOff(t *testing.T) {
	h, told := hearing(t)
	body := callback("Ev1", `{"type":"message","channel":"C000000001"}`)
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(body), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("X-Slack-Request-Timestamp", unix(time.Now()))
	r.Header.Set("X-Slack-Signature", signEvent(signingSecret, unix(time.Now()), body))
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusBadRequest || len(*told) > 0 {
		t.Error(w.Code, *told)
	}
}

func TestAddressIsProved(t *testing.T) {
	h, _ := hearing(t)
	const question = `{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}`
	w := postEvent(h, question)
	if w.Code != http.StatusOK || w.Body.String() != "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Error(w.Code, w.Header(), w.Body)
	}
	if w := postEvent(h, question, "X-Slack-Signature", ""); w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "3eZ") {
		t.Error("somebody else's question is answered")
	}
}

// Slack sends an event again when it had no answer in time: it is the same by its
// id, under another signature.
func TestEventsCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, told := hearing(t)
		deliver := func(what, body string, want int, header ...string) {
			t.Helper()
			*told = nil
			if w := postEvent(h, body, header...); w.Code != http.StatusOK || len(*told) != want {
				t.Errorf("%s: %d, told of %v", what, w.Code, *told)
			}
		}
		const message = `{"type":"message","channel":"C000000001"}`
		deliver("the first", callback("Ev1", message), 1)
		deliver("the same", callback("Ev1", message), 0)
		time.Sleep(time.Minute)
		deliver("a retry", callback("Ev1", message), 0, "X-Slack-Retry-Num", "1", "X-Slack-Retry-Reason", "http_timeout")
		deliver("another", callback("Ev2", message), 1)
		deliver("the retry of one that did not arrive", callback("Ev3", message), 1, "X-Slack-Retry-Num", "2")
		deliver("one without an id", callback("", message), 1)
		deliver("the same without an id", callback("", message), 0)
		forged := postEvent(h, callback("Ev4", message), "X-Slack-Signature", "v0="+strings.Repeat("0", 64))
		deliver("one whose id was forged before", callback("Ev4", message), 1)
		if forged.Code != http.StatusUnauthorized {
			t.Error(forged.Code)
		}
	})
}

func TestEventsRememberBounded(t *testing.T) {
	h, _ := hearing(t)
	mark := func(i int) [32]byte { return sha256.Sum256(fmt.Append(nil, i)) }
	for i := range 2 * maxEvents {
		if !h.first(mark(i)) {
			t.Fatalf("%d is known", i)
		}
	}
	if len(h.seen) != maxEvents || len(h.order) != maxEvents {
		t.Errorf("%d and %d are remembered", len(h.seen), len(h.order))
	}
	if h.first(mark(2*maxEvents-1)) || h.first(mark(maxEvents)) || !h.first(mark(0)) {
		t.Error("not the latest are remembered")
	}
}

func TestWrongSigningSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(signingSecret+"\r\n\nanother long secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"short": {SigningSecret: "2short4it"}, "both": {SigningSecret: signingSecret, SigningSecretFile: file}, "missing": {SigningSecretFile: file + "x"}, "empty": {SigningSecretFile: empty},
	} {
		if _, err := Open(t.Context(), c, nil); err == nil || strings.Contains(err.Error(), "2short") || strings.Contains(err.Error(), signingSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if newEvents(nil, nil) != nil {
		t.Error("events without a secret are believed")
	}
}
