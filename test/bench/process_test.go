package main

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"testing"
)

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
