package server

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

func TestDoctorFinds(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	m := miniredis.RunT(t)
	here := []string{"--http", "127.0.0.1:0"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	key := file("key", "a-key-that-is-long-enough", 0o600)
	short := file("short", "hunter2=demo:read\n", 0o644)
	audit := file("audit", "before\n", 0o600)
	for _, tt := range []struct {
		name   string
		argv   []string
		status int
		want   []string
	}{
		{"beside the service", []string{"--http", l.Addr().String()}, 0, []string{"warn  transport: listen tcp " + l.Addr().String(), "→ nothing, if it is this service that runs there"}},
		{"an address of another machine", []string{"--http", "192.0.2.1:1", "--auth", "none"}, 1, []string{"fail  transport: listen tcp 192.0.2.1:1"}},
		{"Redis", append(here, "--redis-url", "redis://"+m.Addr()), 0, []string{"ok    Redis: rate limits are shared through Redis\n"}},
		{"no Redis", append(here, "--redis-url", "redis://127.0.0.1:1"), 1,
			[]string{"fail  Redis: nothing listens at the address of Redis\n      → make it reachable from here"}},
		{"no Redis, from a file", append(here, "--redis-url-file", file("redis", "redis://127.0.0.1:1", 0o600)), 1, []string{"fail  Redis: nothing"}},
		{"a Redis for nothing", append(here, "--redis-url", "redis://"+m.Addr(), "--rate-limit", "off"), 0, []string{"warn  Redis: it is not used"}},
		{"an audit file", []string{"--audit-file", audit}, 0, []string{"ok    audit file: " + audit + " can be added to\n"}},
		{"an audit file to be", []string{"--audit-file", dir + "/new"}, 0, []string{"ok    audit file: " + dir + "/new will be made"}},
		{"an audit file nowhere", append(here, "--audit-file", dir+"/none/audit"), 1, []string{"fail  audit file: stat " + dir + "/none: no such", "→ make its directory"}},
		{"an audit file below a file", []string{"--audit-file", key + "/audit"}, 1, []string{"fail  audit file: "}},
		{"a directory as the audit file", []string{"--audit-file", dir}, 1, []string{"fail  audit file: open " + dir + ": is a directory"}},
		{"a short key that all can read", append(here, "--api-keys-file", short), 0, []string{
			"warn  log: an API key is so short", "(name=", "warn  log: every user of this machine can read a file of API keys", "(file=" + short + ")\n", "ok    API keys: 1\n"}},
		{"a key on stdio", []string{"--api-key-file", key}, 0, []string{"warn  callers: API keys or an issuer are configured and not used: over stdio"}},
		{"a key file that is not there", append(here, "--api-key-file", dir+"/none"), 1, []string{"fail  start: API key file: "}},
		{"a key file that is not there, on stdio", []string{"--api-key-file", dir + "/none"}, 1, []string{"fail  start: API key file: "}},
		{"no authentication", []string{"--http", "0.0.0.0:0"}, 1, []string{"fail  configuration: --http 0.0.0.0:0", "ok    service"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := command(t, nil, append([]string{"doctor"}, tt.argv...)...)
			for _, want := range tt.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q", want)
				}
			}
			if n := strings.Count(stdout, "fail  "); status != tt.status || n != tt.status || strings.Contains(stdout, "hunter2") {
				t.Errorf("status %d, %d failures", status, n)
			}
			if strings.Contains(stdout, "rate limits are per replica (") {
				t.Error("one failure is there twice")
			}
			if t.Failed() {
				t.Errorf("stdout: %s\nstderr: %s", stdout, stderr)
			}
		})
	}
	if _, err := os.Stat(dir + "/new"); !os.IsNotExist(err) {
		t.Errorf("the audit file was made: %v", err)
	}
	if b, err := os.ReadFile(audit); err != nil || string(b) != "before\n" {
		t.Errorf("the audit file holds %q, %v", b, err)
	}
}

func TestDoctorShowsWhatOpeningLogs(t *testing.T) {
	p := &process{name: "demo", stdin: strings.NewReader("")}
	var out, errs strings.Builder
	p.stdout, p.stderr = &out, &errs
	open := func(_ context.Context, _ demoConfig, log *slog.Logger) (*demo, error) {
		log.Info("all is well")
		log.Warn("the directory is big", "path", "/data", "password", "hunter2")
		log.With("url", "https://u:hunter2@h/").Error("a token=hunter2 is refused")
		for range 1000 {
			log.Warn("again")
		}
		return newDemo(), nil
	}
	status := run(t.Context(), p, open, []string{"doctor"})
	for _, want := range []string{
		"warn  log: the directory is big (password=[redacted], path=/data)\n",
		"warn  log: a token=[redacted] is refused (url=https://[redacted]@h/)\n",
		"ok    service: opens and is ready\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if got := out.String(); status != 0 || strings.Contains(got, "hunter2") || strings.Contains(got, "all is well") || strings.Count(got, "again") > maxComplaints {
		t.Errorf("status %d\nstdout: %s\nstderr: %s", status, got, errs.String())
	}
}
