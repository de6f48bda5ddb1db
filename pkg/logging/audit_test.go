package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
)

func TestAuditIsWrittenAtEveryLevel(t *testing.T) {
	for _, level := range []string{"debug", "error"} {
		var b bytes.Buffer
		log, err := logging.New(&b, level, "json")
		if err != nil {
			t.Fatal(err)
		}
		log.Info("an ordinary line")
		logging.Audit(t.Context(), log, logging.Call{Service: "files", Tool: "read_file", Outcome: "ok"})
		if !strings.Contains(b.String(), `"tool":"read_file"`) {
			t.Errorf("level %s: no audit line:\n%s", level, b.String())
		}
		if got := strings.Contains(b.String(), "ordinary"); got != (level == "debug") {
			t.Errorf("level %s: ordinary line written: %v", level, got)
		}
	}
}

func TestAuditLines(t *testing.T) {
	ctx := logging.WithTrace(logging.WithCorrelation(t.Context(), "c-1"), "4bf92f3577b34da6a3ce929d0e0e4736")
	tests := []struct {
		call logging.Call
		want map[string]any
	}{
		{
			logging.Call{Service: "files", Method: "tools/call", Tool: "read_file", Principal: "key:ci", Client: "cursor", Arguments: "00ff", Outcome: "ok", Duration: 1500 * time.Microsecond, Bytes: 7},
			map[string]any{"msg": "tool call", "service": "files", "method": "tools/call", "tool": "read_file", "principal": "key:ci", "client": "cursor", "arguments": "00ff", "outcome": "ok", "duration_ms": 1.5, "bytes": 7.0},
		},
		{
			logging.Call{Service: "files", Method: "prompts/get", Prompt: "review", Outcome: "-32602"},
			map[string]any{"msg": "prompt read", "service": "files", "method": "prompts/get", "prompt": "review", "outcome": "-32602", "duration_ms": 0.0, "bytes": 0.0},
		},
		{
			logging.Call{Service: "files", Method: "resources/read", Resource: "file:///{+path}", Outcome: "ok"},
			map[string]any{"msg": "resource read", "service": "files", "method": "resources/read", "resource": "file:///{+path}", "outcome": "ok", "duration_ms": 0.0, "bytes": 0.0},
		},
		{
			logging.Call{Service: "files", Method: "tools/call", Tool: "write_file", Principal: "key:ci", Outcome: "forbidden", Refused: true, Suppressed: 3},
			map[string]any{"msg": "refused", "service": "files", "method": "tools/call", "tool": "write_file", "principal": "key:ci", "outcome": "forbidden", "suppressed": 3.0},
		},
	}
	path := filepath.Join(t.TempDir(), "audit.log")
	a := open(t, path)
	for _, tt := range tests {
		if err := a.Write(ctx, tt.call); err != nil {
			t.Fatal(err)
		}
	}
	lines := read(t, path)
	if len(lines) != len(tests) {
		t.Fatalf("%d lines for %d calls", len(lines), len(tests))
	}
	for i, tt := range tests {
		if at, _ := lines[i]["time"].(string); at == "" {
			t.Errorf("%s: no time", tt.want["msg"])
		}
		delete(lines[i], "time")
		for k, v := range map[string]any{"level": "INFO", "audit": true, "correlation_id": "c-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"} {
			tt.want[k] = v
		}
		if diff := cmp.Diff(tt.want, lines[i]); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestAuditFileIsPrivateAndAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	for range 2 {
		a := open(t, path)
		if err := a.Write(t.Context(), logging.Call{Tool: "x", Client: "password=hunter2"}); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err := a.Write(t.Context(), logging.Call{Tool: "late"}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a write after Close: %v", err)
		}
	}
	lines := read(t, path)
	if len(lines) != 2 || lines[0]["client"] != "password=[redacted]" {
		t.Errorf("lines: %v", lines)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := logging.OpenAudit(filepath.Join(path, "below")); err == nil {
		t.Error("a path below a file can be opened")
	}
}

func TestAuditFileIsRotated(t *testing.T) {
	tests := []struct {
		name   string
		rotate func(path string) error
		old    []string // what the moved file holds after it
		want   []string // what the file at the path holds
	}{
		{"rename", func(p string) error { return os.Rename(p, p+".1") }, []string{"before", "at once"}, []string{"later"}},
		{"remove", os.Remove, nil, []string{"later"}},
		{"copytruncate", func(p string) error { return os.Truncate(p, 0) }, nil, []string{"at once", "later"}},
		{"another file in its place", func(p string) error {
			return errors.Join(os.Rename(p, p+".1"), os.WriteFile(p, nil, 0o600))
		}, []string{"before", "at once"}, []string{"later"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit.log")
			synctest.Test(t, func(t *testing.T) {
				a := open(t, path)
				write := func(tool string) {
					if err := a.Write(t.Context(), logging.Call{Tool: tool}); err != nil {
						t.Errorf("%s: %v", tool, err)
					}
				}
				write("before")
				if err := tt.rotate(path); err != nil {
					t.Fatal(err)
				}
				write("at once")
				<-time.After(time.Second)
				write("later")
			})
			if tt.old != nil {
				if diff := cmp.Diff(tt.old, tools(read(t, path+".1"))); diff != "" {
					t.Errorf("moved file (-want +got)\n%s", diff)
				}
			}
			if diff := cmp.Diff(tt.want, tools(read(t, path))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAuditFileThatCannotBeMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "audit.log")
	synctest.Test(t, func(t *testing.T) {
		a := open(t, path)
		if err := os.Rename(dir, dir+".1"); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		if err := a.Write(t.Context(), logging.Call{Tool: "kept"}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		if err := a.Write(t.Context(), logging.Call{Tool: "after"}); err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff([]string{"kept"}, tools(read(t, filepath.Join(dir+".1", "audit.log")))); diff != "" {
		t.Errorf("the line is lost (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"after"}, tools(read(t, path))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAuditWriteErrors(t *testing.T) {
	a, err := logging.OpenAudit("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Write(t.Context(), logging.Call{Tool: "x"}); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("a full disk: %v", err)
		}
	}
	if err := a.Close(); err != nil {
		t.Errorf("closing a device: %v", err)
	}
}

func TestAuditLinesStayWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	a := open(t, path)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if err := a.Write(context.Background(), logging.Call{Tool: strings.Repeat("x", 300)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(read(t, path)); n != 400 {
		t.Errorf("%d lines, want 400", n)
	}
}

func open(t *testing.T, path string) *logging.AuditLog {
	t.Helper()
	a, err := logging.OpenAudit(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// read returns the lines of an audit log, each of which must be JSON.
func read(t *testing.T, path string) []map[string]any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for line := range strings.Lines(string(b)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		lines = append(lines, m)
	}
	return lines
}

func tools(lines []map[string]any) []string {
	var names []string
	for _, l := range lines {
		name, _ := l["tool"].(string)
		names = append(names, name)
	}
	return names
}

// TestPrincipalsAreWhole holds that redaction does not take an issuer with a
// port and a subject with a domain for a password in a URL.
func TestPrincipalsAreWhole(t *testing.T) {
	for _, who := range []string{"key:ci", "https://id.example.com|alice@example.com", "http://127.0.0.1:8080|alice@example.com", "https://id.example.com/realms/a|client:job"} {
		var b bytes.Buffer
		log, err := logging.New(&b, "info", "json")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []*slog.Logger{log, log.With("slog", "writes this")} {
			b.Reset()
			logging.Audit(t.Context(), l, logging.Call{Service: "files", Tool: "read_file", Principal: who, Outcome: "ok"})
			if !strings.Contains(b.String(), `"principal":"`+who+`"`) {
				t.Errorf("%s: %s", who, b.String())
			}
		}
	}
}

// TestAuditLineIsJSON compares the lines of a file with what slog writes.
func TestAuditLineIsJSON(t *testing.T) {
	odd := "a\"b\\c\n\x00\x1f\u2028é😀\xff<&>"
	c := logging.Call{Service: "files", Method: "tools/call", Tool: odd, Principal: odd, Client: odd, Arguments: "00ff", Outcome: "ok",
		Duration: 1234567 * time.Nanosecond, Bytes: 1 << 30}
	ctx := logging.WithTrace(logging.WithCorrelation(t.Context(), "c-1"), "4bf92f3577b34da6a3ce929d0e0e4736")
	line := func(with ...any) map[string]any {
		var b bytes.Buffer
		log, err := logging.New(&b, "info", "json")
		if err != nil {
			t.Fatal(err)
		}
		logging.Audit(ctx, log.With(with...), c)
		var got map[string]any
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%v: %s", err, b.String())
		}
		delete(got, "time")
		return got
	}
	slow := line("slog", "writes this")
	delete(slow, "slog")
	if diff := cmp.Diff(slow, line()); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkAudit(b *testing.B) {
	log, err := logging.New(io.Discard, "info", "json")
	if err != nil {
		b.Fatal(err)
	}
	ctx := logging.WithCorrelation(b.Context(), "00f067aa0ba902b7")
	c := logging.Call{Service: "files", Method: "tools/call", Tool: "read_file", Principal: "https://id.example.com|alice@example.com",
		Client: "cursor", Arguments: "00f067aa0ba902b7", Outcome: "ok", Duration: time.Millisecond, Bytes: 100}
	b.ReportAllocs()
	for b.Loop() {
		logging.Audit(ctx, log, c)
	}
}
