package github

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const hookSecret = "it is a secret to everybody"

func sign(secret, body string) string {
	return "sha256=" + digest(hmac.New(sha256.New, []byte(secret)), body)
}

func digest(h hash.Hash, body string) string {
	_, _ = io.WriteString(h, body)
	return hex.EncodeToString(h.Sum(nil))
}

// post sends a delivery; header fields are name and value in turn, where an empty
// value takes the field away.
func post(h *webhook, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/webhooks/github", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "issues")
	r.Header.Set("X-Hub-Signature-256", sign(hookSecret, body))
	for i := 0; i+1 < len(header); i += 2 {
		if r.Header.Del(header[i]); header[i+1] != "" {
			r.Header.Add(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const issueEvent = `{"action":"edited","issue":{"number":3},"repository":{"name":"Hello","owner":{"login":"octocat"}}}`

func TestWebhookEvents(t *testing.T) {
	const of = `"repository":{"name":"Hello","owner":{"login":"octocat"}}`
	for event, test := range map[string]struct {
		body string
		want []string
	}{
		"issues":                      {issueEvent, []string{"issues:octocat/hello#3", "pulls:octocat/hello#3"}},
		"issue_comment":               {`{"issue":{"number":4},"comment":{"body":"x"},` + of + `}`, []string{"issues:octocat/hello#4", "pulls:octocat/hello#4"}},
		"pull_request":                {`{"number":5,"pull_request":{"number":5},` + of + `}`, []string{"issues:octocat/hello#5", "pulls:octocat/hello#5"}},
		"pull_request_review":         {`{"review":{},"pull_request":{"number":6},` + of + `}`, []string{"issues:octocat/hello#6", "pulls:octocat/hello#6"}},
		"pull_request_review_comment": {`{"pull_request":{"number":7},` + of + `}`, []string{"issues:octocat/hello#7", "pulls:octocat/hello#7"}},
		"workflow_run":                {`{"workflow_run":{"id":30433642,"pull_requests":[{"number":8}]},` + of + `}`, []string{"runs:octocat/hello#30433642", "pulls:octocat/hello#8"}},
		"check_run":                   {`{"check_run":{"id":1,"pull_requests":[{"number":9}]},` + of + `}`, []string{"pulls:octocat/hello#9"}},
		"ping":                        {`{"zen":"Keep it logically awesome.","hook_id":1}`, nil},
		"push":                        {`{"ref":"refs/heads/main",` + of + `}`, nil},
	} {
		var told []string
		h := newWebhook([][]byte{[]byte(hookSecret)}, func(key string) { told = append(told, key) })
		if w := post(h, test.body, "X-GitHub-Event", event); w.Code != http.StatusNoContent {
			t.Errorf("%s: %d %s", event, w.Code, w.Body)
		}
		if diff := cmp.Diff(test.want, told); diff != "" {
			t.Errorf("%s: %s", event, diff)
		}
	}
}

func TestWebhookRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		header []string
		want   int
	}{
		"no signature":           {issueEvent, []string{"X-Hub-Signature-256", ""}, 401},
		"two signatures":         {issueEvent, []string{"X-Hub-Signature-256", "sha256=00", "x-other", "1"}, 401},
		"another secret":         {issueEvent, []string{"X-Hub-Signature-256", sign("it is a secret to somebody", issueEvent)}, 401},
		"no secret":              {issueEvent, []string{"X-Hub-Signature-256", sign("", issueEvent)}, 401},
		"another body":           {issueEvent, []string{"X-Hub-Signature-256", sign(hookSecret, issueEvent+" ")}, 401},
		"the hash alone":         {issueEvent, []string{"X-Hub-Signature-256", "sha256=" + digest(sha256.New(), issueEvent)}, 401},
		"the older algorithm":    {issueEvent, []string{"X-Hub-Signature-256", "", "X-Hub-Signature", "sha1=" + digest(hmac.New(sha1.New, []byte(hookSecret)), issueEvent)}, 401},
		"sha1 in the new header": {issueEvent, []string{"X-Hub-Signature-256", "sha1=" + digest(hmac.New(sha1.New, []byte(hookSecret)), issueEvent)}, 401},
		"a part of it":           {issueEvent, []string{"X-Hub-Signature-256", sign(hookSecret, issueEvent)[:40]}, 401},
		"more than it":           {issueEvent, []string{"X-Hub-Signature-256", sign(hookSecret, issueEvent) + "00"}, 401},
		"no digits":              {issueEvent, []string{"X-Hub-Signature-256", "sha256=" + strings.Repeat("x", 64)}, 401},
		"nothing":                {issueEvent, []string{"X-Hub-Signature-256", "sha256="}, 401},
		"a form":                 {issueEvent, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		"no JSON":                {"nothing", nil, 400},
		"another repository":     {`{"issue":{"number":3},"repository":{"name":"../x","owner":{"login":"a/b"}}}`, nil, 400},
		"a number as text":       {`{"issue":{"number":"3"}}`, nil, 400},
	} {
		h := newWebhook([][]byte{[]byte(hookSecret)}, func(key string) { t.Errorf("%s: told of %s", name, key) })
		if w := post(h, test.body, test.header...); w.Code != test.want {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, test.want)
		}
	}
}

func TestWebhookThatBreaksOff(t *testing.T) {
	h := newWebhook([][]byte{[]byte(hookSecret)}, func(string) { t.Error("told") })
	r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(issueEvent), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("X-Hub-Signature-256", sign(hookSecret, issueEvent))
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Error(w.Code)
	}
}

func TestWebhookReplay(t *testing.T) {
	told := 0
	h := newWebhook([][]byte{[]byte("an older secret, still there"), []byte(hookSecret)}, func(string) { told++ })
	deliver := func(body, id string, want int) {
		t.Helper()
		told = 0
		if w := post(h, body, "X-GitHub-Delivery", id); w.Code/100 != 2 || told != want {
			t.Errorf("%d, told %d times, want %d", w.Code, told, want)
		}
	}
	deliver(issueEvent, "1", 2)
	deliver(issueEvent, "1", 0)
	deliver(issueEvent, "2", 0) // the id is not signed
	deliver(strings.Replace(issueEvent, "edited", "closed", 1), "1", 0)
	deliver(strings.Replace(issueEvent, "edited", "labeled", 1), "3", 2)
	if w := post(h, issueEvent, "X-GitHub-Delivery", "9", "X-Hub-Signature-256", sign("wrong wrong wrong", issueEvent)); w.Code != 401 {
		t.Error(w.Code)
	}
	deliver(strings.Replace(issueEvent, "edited", "opened", 1), "9", 2) // a forgery does not use an id up
}

func TestWebhookRemembersBounded(t *testing.T) {
	h := newWebhook([][]byte{[]byte(hookSecret)}, func(string) {})
	mark := func(i int) [32]byte { return sha256.Sum256(fmt.Append(nil, i)) }
	for i := range 3 * maxRemembered {
		if !h.first(mark(i)) {
			t.Fatalf("%d is new", i)
		}
	}
	if len(h.seen) != 2*maxRemembered || len(h.order) != 2*maxRemembered {
		t.Errorf("%d and %d are remembered", len(h.seen), len(h.order))
	}
	if h.first(mark(3*maxRemembered-1)) || h.first(mark(maxRemembered)) || !h.first(mark(0)) {
		t.Error("not the latest are remembered")
	}
}

func TestWrongWebhookSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(hookSecret+"\r\n\nanother long secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{
		"short": {WebhookSecret: "2short4it"}, "both": {WebhookSecret: hookSecret, WebhookSecretFile: file}, "missing": {WebhookSecretFile: file + "x"},
	} {
		if _, err := Open(t.Context(), c, nil); err == nil || strings.Contains(err.Error(), hookSecret) || strings.Contains(err.Error(), "2short") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if newWebhook(nil, nil) != nil {
		t.Error("a webhook without a secret believes everyone")
	}
}
