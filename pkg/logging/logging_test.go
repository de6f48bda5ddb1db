package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

func TestRedact(t *testing.T) {
	tests := []struct{ in, want string }{
		{"nothing to hide: sqrt(2) = 1.41", "nothing to hide: sqrt(2) = 1.41"},
		{"sent Bearer abcdef123456", "sent Bearer [redacted]"},
		{"Authorization: Bearer abcdef123456", "Authorization:[redacted]"},
		{"Cookie: sid=abcdef; theme=dark\nHost: a", "Cookie:[redacted]\nHost: a"},
		{`{"access_token":"abcdef","n":1}`, `{"access_token":[redacted]","n":1}`},
		{`"{\"client_secret\": \"abcdef\"}"`, `"{\"client_secret\":[redacted]\"}"`},
		{"X-API-Key: abcdef", "X-API-Key:[redacted]"},
		{"token: Bearer abcdef123456 x", "token:[redacted] x"},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln used", "[redacted] used"},
		{"token ghp_0123456789abcdefghijABCDEFGHIJ", "token [redacted]"},
		{"line 3: mcpf_0123456789abcdefghijABCDEFGHIJ-_0123456789abc=tools", "line 3: [redacted]=tools"},
		{"a key looks like mcpf_, and more", "a key looks like mcpf_, and more"},
		{"xoxb-1234567890-abcdef", "[redacted]"},
		{"postgres://app:hunter2@db:5432/shop", "postgres://[redacted]@db:5432/shop"},
		{"host=db password=hunter2 user=app", "host=db password=[redacted] user=app"},
		{"api_key: k-123, next", "api_key:[redacted], next"},
		{"https://example.com/path?x=1", "https://example.com/path?x=1"},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- tail", "[redacted] tail"},
	}
	for _, tt := range tests {
		if got := logging.Redact(tt.in); got != tt.want {
			t.Errorf("Redact(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLoggerHidesSecretsEverywhere(t *testing.T) {
	const canary = "hunter2-canary"
	for _, format := range []string{"json", "text"} {
		var b bytes.Buffer
		log, err := logging.New(&b, "debug", format)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("connecting to postgres://u:"+canary+"@h/d", "password", canary)
		log.Info("x", "api-key", canary, "Authorization", []string{canary})
		log.Info("x", "err", errors.New("auth failed for password="+canary))
		log.With("client_secret", canary).WithGroup("g").Info("x", "Token", canary)
		log.Info("x", slog.Group("request", "cookie", canary))
		log.Info("x", "session_id", canary)
		if strings.Contains(b.String(), canary) {
			t.Errorf("%s: a secret is in the log:\n%s", format, b.String())
		}
		if n := strings.Count(b.String(), "[redacted]"); n != 9 {
			t.Errorf("%s: %d redactions, want 9:\n%s", format, n, b.String())
		}
	}
}

func TestCorrelationIDIsOnEveryLine(t *testing.T) {
	var b bytes.Buffer
	log, err := logging.New(&b, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	ctx := logging.WithCorrelation(t.Context(), "c-42")
	log.InfoContext(ctx, "one")
	logging.Audit(ctx, log, logging.Call{Service: "calculator", Tool: "calculate", Outcome: "ok", Duration: 1500 * time.Microsecond})
	log.Debug("below the level")

	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), b.String())
	}
	for _, line := range lines {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if m["correlation_id"] != "c-42" {
			t.Errorf("no correlation id in %s", line)
		}
	}
	if !strings.Contains(lines[1], `"audit":true`) || !strings.Contains(lines[1], `"duration_ms":1.5`) {
		t.Errorf("audit line: %s", lines[1])
	}
}

func TestNewRefusesUnknownNames(t *testing.T) {
	for _, tt := range []struct{ level, format, want string }{
		{"loud", "json", `log level "loud": use debug, info, warn or error`},
		{"info", "xml", `log format "xml": use one of [json text]`},
	} {
		if _, err := logging.New(nil, tt.level, tt.format); err == nil || err.Error() != tt.want {
			t.Errorf("New(%q, %q) = %v, want %q", tt.level, tt.format, err, tt.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	a, b := logging.NewFingerprinter(), logging.NewFingerprinter()
	x, again, y := a.Of([]byte("x")), a.Of([]byte("x")), a.Of([]byte("y"))
	if x != again || x == y {
		t.Error("a fingerprint must tell equal arguments from different ones")
	}
	if x == b.Of([]byte("x")) {
		t.Error("two processes share a key: fingerprints could be looked up")
	}
}
