package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestParseMemory(t *testing.T) {
	m, err := parseMemory("Name:\tx\nVmPeak:\t  999999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n")
	if err != nil || m != (memory{Now: 1 << 20, Peak: 2 << 20}) {
		t.Errorf("memory = %+v, %v; want 1 MiB now and 2 MiB at most", m, err)
	}
	for _, status := range []string{"", "VmRSS:\t1 kB\n", "VmRSS:\t? kB\nVmHWM:\t1 kB\n"} {
		if m, err := parseMemory(status); err == nil {
			t.Errorf("parseMemory(%q) = %+v, want an error", status, m)
		}
	}
}

func TestPlainEnvironment(t *testing.T) {
	got := plainEnvironment([]string{"PATH=/bin", "GOGC=50", "GOMEMLIMIT=1GiB", "NODE_OPTIONS=--jitless", "MCP_AUTH=none", "HOME=/root"})
	if want := []string{"PATH=/bin", "HOME=/root"}; !slices.Equal(got, want) {
		t.Errorf("environment %v, want %v", got, want)
	}
}

func TestServeTellsWhyAServerEnded(t *testing.T) {
	c := contestant{name: "broken", protocol: modern, argv: []string{"sh", "-c", "echo no such root >&2; exit 3"}, http: httpFlag("-http")}
	_, err := serve(t.Context(), c, t.TempDir(), 0)
	if err == nil || !strings.Contains(err.Error(), "ended before") || !strings.Contains(err.Error(), "no such root") {
		t.Errorf("error = %v, want the end and what was printed", err)
	}
}

func TestFirstAnswer(t *testing.T) {
	const hello = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}`
	const note = `{"jsonrpc":"2.0","method":"notifications/message","params":{}}`
	two := strings.Replace(right, `"id":1`, `"id":2`, 1)
	for name, tt := range map[string]struct{ script, want string }{
		"right":          {"read a; echo '" + hello + "'; read a; read a; echo '" + note + "'; printf '%s\\n' '" + two + "'", ""},
		"wrong":          {"read a; echo '" + hello + "'; read a; read a; echo '" + hello + "'", "wrong jsonrpc or id"},
		"older revision": {"read a; echo '" + strings.Replace(hello, "2025-11", "2024-11", 1) + "'; cat >/dev/null", "initialize was answered"},
		"noise":          {"read a; echo starting; cat >/dev/null", "not a message"},
		"silence":        {"read a; echo no licence >&2", "no licence"},
	} {
		t.Run(name, func(t *testing.T) {
			took, err := firstAnswer(t.Context(), contestant{name: "test", argv: []string{"sh", "-c", tt.script}}, t.TempDir())
			switch {
			case tt.want == "" && (err != nil || took <= 0):
				t.Errorf("took %v, error %v", took, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestNextAnswerPassesOnWhatBrokeTheLine(t *testing.T) {
	lines := bufio.NewScanner(strings.NewReader(strings.Repeat("x", 200)))
	lines.Buffer(nil, 100)
	if _, err := nextAnswer(lines); !errors.Is(err, bufio.ErrTooLong) {
		t.Errorf("error = %v, want %v", err, bufio.ErrTooLong)
	}
}

func TestTailIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 5000)+"end\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := tail(path, 10); got != "xxxxxxend" {
		t.Errorf("tail = %q", got)
	}
}

func TestCPUTimeGrowsWithWork(t *testing.T) {
	if runtime.GOOS != "linux" {
		if _, err := cpuTime(os.Getpid()); err == nil {
			t.Error("a time from a system that has none")
		}
		return
	}
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	after := before
	for range 1_000_000 {
		if after, err = cpuTime(os.Getpid()); err != nil {
			t.Fatal(err)
		}
		if after > before {
			return
		}
	}
	t.Errorf("from %v to %v, want more", before, after)
}

func TestParseSkip(t *testing.T) {
	got, err := parseSkip("ours, mcpgo,")
	if err != nil || len(got) != 2 || !got["ours"] || !got["mcpgo"] {
		t.Errorf("skip = %v, %v", got, err)
	}
	for _, list := range []string{"our", "echo"} {
		if _, err := parseSkip(list); err == nil {
			t.Errorf("-skip %s was accepted", list)
		}
	}
}

func TestBenchIsBoundByItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := &bench{options: options{ours: "nothing"}, dir: t.TempDir(), progress: t.Output()}
	if _, err := b.measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
}
