//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/servertest/redistest"
)

// limited starts two replicas that share a rate limit.
func limited(t *testing.T, redis *redistest.Server, rate string) [2]*server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "redis-url")
	if err := os.WriteFile(file, []byte(redis.URL+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var replicas [2]*server
	for i := range replicas {
		replicas[i] = serve(t, "--rate-limit", rate, "--redis-url-file", file)
	}
	t.Cleanup(func() {
		for _, s := range replicas {
			if strings.Contains(s.Log(), redis.Password) {
				t.Error("the password of Redis is in the log")
			}
		}
	})
	return replicas
}

// passes makes a call, and reports whether it was made. If it was not, it must
// have been refused in the right way.
func (s *server) passes(t *testing.T) bool {
	t.Helper()
	res, err := http.DefaultClient.Do(s.request(t, callMessage(1, "6 * 7", "")))
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusTooManyRequests {
		if got := readAnswer(t, res); got.value() != "42" {
			t.Errorf("a call is answered with %s", got)
		}
		return true
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err != nil || n < 1 {
		t.Errorf("Retry-After: %q, want whole seconds", res.Header.Get("Retry-After"))
	}
	if got := res.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: %q", got)
	}
	if a := decode(t, body); a.Error == nil || a.Error.Code == 0 || !strings.Contains(a.Error.Message, "rate limit") {
		t.Errorf("the refusal is %s", body)
	}
	return false
}

// ready returns the detail of a server that is ready.
func (s *server) ready(t *testing.T) (detail string) {
	t.Helper()
	res, err := http.Get("http://" + s.address() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var health struct{ Status, Detail string }
	if err := json.NewDecoder(res.Body).Decode(&health); err != nil || res.StatusCode != http.StatusOK || health.Status != "ready" {
		t.Fatalf("%s: %+v, %v", res.Status, health, err)
	}
	return health.Detail
}

func TestReplicasShareARateLimit(t *testing.T) {
	t.Parallel()
	replicas := limited(t, redistest.Start(t), "1/h:10")
	passed := 0
	for i := range 30 {
		if replicas[i%2].passes(t) {
			passed++
		}
	}
	if passed != 10 {
		t.Errorf("two replicas let %d calls pass, want 10", passed)
	}
	for _, s := range replicas {
		if detail := s.ready(t); detail != "" {
			t.Errorf("ready, but %s", detail)
		}
	}
}

func TestRateLimitWithoutRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	replicas := limited(t, redis, "1/h:10")
	for range 4 {
		replicas[0].passes(t)
	}
	redis.Kill()
	for i, want := range []int{6, 10} { // the first knows that 4 were its own
		s, passed := replicas[i], 0
		for range 20 {
			start := time.Now()
			if s.passes(t) {
				passed++
			}
			if d := time.Since(start); d > time.Second {
				t.Errorf("a call took %s because Redis is away", d)
			}
		}
		if passed != want {
			t.Errorf("a replica on its own let %d calls pass, want %d", passed, want)
		}
		if _, err := s.Await(wait(t), "rate limits are per replica", 1); err != nil {
			t.Error(err)
		}
		if detail := s.ready(t); detail != "rate limits are per replica: nothing listens at the address of Redis" {
			t.Errorf("ready, with the detail %q", detail)
		}
	}
	redis.Restart()
	for _, s := range replicas {
		if _, err := s.Await(wait(t), "rate limits are shared again", 1); err != nil {
			t.Error(err)
		}
		if detail := s.ready(t); detail != "" {
			t.Errorf("ready, but %s", detail)
		}
	}
}
