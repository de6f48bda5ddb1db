package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRateLimitOfACaller(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("alice-key-of-tests = *\nbob-key-of-tests = *\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, Config{APIKeysFile: keys, RateLimit: "1/h:3"})
	ask := func(key, body string) (*http.Response, string) {
		return r.post(t, body, "Authorization", "Bearer "+key, "Mcp-Protocol-Version", "2025-03-26")
	}
	batch := func(n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, n), ",") + "]"
	}
	for i := range 10 { // a stranger takes nothing from anybody
		if res, _ := ask(fmt.Sprintf("key-number-%d-of-nobody", i), ping); res.StatusCode != 401 {
			t.Fatal(res.Status)
		}
	}
	if res, body := ask("bob-key-of-tests", batch(5)); res.StatusCode != 429 || res.Header.Get("Retry-After") != "" || !strings.Contains(body, "at most 3 messages") {
		t.Errorf("a batch above the burst: %d %v %s", res.StatusCode, res.Header, body)
	}
	if res, body := ask("alice-key-of-tests", batch(2)); res.StatusCode != 200 {
		t.Errorf("a batch: %d %s", res.StatusCode, body)
	}
	if res, body := ask("alice-key-of-tests", ping); res.StatusCode != 200 {
		t.Errorf("the third message: %d %s", res.StatusCode, body)
	}
	res, body := ask("alice-key-of-tests", ping)
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "3600" || !strings.Contains(body, `"code":"RATE_LIMITED"`) || !strings.Contains(body, `"retry_after_seconds":3600`) {
		t.Errorf("the fourth message: %d %v %s", res.StatusCode, res.Header, body)
	}
	if res, body := ask("bob-key-of-tests", ping); res.StatusCode != 200 {
		t.Errorf("another caller: %d %s", res.StatusCode, body)
	}
	if log := r.log.String(); !strings.Contains(log, `"outcome":"rate_limited"`) || !strings.Contains(log, `"principal":"key:key-`) {
		t.Errorf("no audit line of a refusal:\n%s", log)
	}
}

// TestRedisIsAway holds that limits go on without their Redis, and say so.
func TestRedisIsAway(t *testing.T) {
	r := newRig(t, Config{RedisURL: "redis://:hunter2@127.0.0.1:1/0", RateLimit: "1/h:3", Admin: "127.0.0.1:0"})
	for i := range 4 {
		if res, body := r.post(t, ping); (res.StatusCode == 200) != (i < 3) {
			t.Errorf("request %d: %d %s", i, res.StatusCode, body)
		}
	}
	seen := r.log.String()
	for path, want := range map[string]string{
		"/readyz":  `{"status":"ready","detail":"rate limits are per replica: `,
		"/metrics": "mcpfleet_ratelimit_shared_ratio 0",
	} {
		w := httptest.NewRecorder()
		r.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		body, err := io.ReadAll(w.Result().Body)
		if err != nil || w.Code != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d, %v:\n%s", path, w.Code, err, body)
		}
		seen += string(body)
	}
	if strings.Contains(seen, "hunter2") {
		t.Error("the password of Redis is shown")
	}
}

func TestRedisURLFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		"--redis-url and --redis-url-file: give one of them": {RedisURL: "redis://localhost", RedisURLFile: file},
		"url is empty":  {RedisURLFile: file},
		"no such file":  {RedisURLFile: file + "x"},
		"--rate-limit ": {RateLimit: "much"},
	} {
		if s, err := New("demo", newDemo(), cfg, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, %v", cfg, s, err)
		}
	}
}
