package health

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

func TestPool(t *testing.T) {
	for _, tt := range []struct {
		stats postgres.Stats
		want  Severity
		said  string
	}{
		{postgres.Stats{Max: 20, Idle: 2, Acquired: 1000, Waited: 3}, Info, "0 of 20 connections are in use, 2 idle; 1000 uses, 3 of which waited"},
		{postgres.Stats{Max: 20, Used: 20, Acquired: 1000, Canceled: 4}, Warn, "4 calls waited for a connection and got none; 20 of 20 are in use now"},
		{postgres.Stats{Max: 2, Acquired: 1000, Waited: 200, WaitTime: 1500 * time.Millisecond}, Warn, "200 of 1000 uses had to wait for a connection, 1.5s in all"},
		{postgres.Stats{Max: 2, Acquired: 10, Waited: 9}, Info, "9 of which waited"},
	} {
		r := &run{check: "pool"}
		poolOf(r, tt.stats)
		if len(r.findings) != 1 || r.findings[0].Severity != tt.want || !strings.Contains(r.findings[0].Evidence, tt.said) {
			t.Errorf("%+v gives %+v", tt.stats, r.findings)
		}
	}
	r := new(run)
	if poolOf(r, postgres.Stats{ClosedBroken: 2}); len(r.findings) != 2 || !strings.HasPrefix(r.findings[1].Evidence, "2 connections broke") {
		t.Errorf("broken connections give %+v", r.findings)
	}
}

func TestFindingsAreBoundedLines(t *testing.T) {
	r := &run{check: "locks"}
	for range maxOfCheck + 3 {
		r.add(Warn, "a\nb\x1b[2J\u202e", "advice", "waits for %s", strings.Repeat("x\n", maxText))
	}
	if len(r.findings) != maxOfCheck || r.left != 3 {
		t.Errorf("%d findings are kept, %d counted", len(r.findings), r.left)
	}
	f := r.findings[0]
	if f.Object != "a b�[2J�" || strings.ContainsRune(f.Evidence, '\n') || len([]rune(f.Evidence)) != maxText+1 {
		t.Errorf("it is %+v", f)
	}
}

func TestReason(t *testing.T) {
	for want, err := range map[string]error{
		"it took longer than 5s":                      context.DeadlineExceeded,
		"the role may not see what it needs (no way)": &postgres.Error{Kind: postgres.Denied, Message: "no way"},
		"gone":           &postgres.Error{Kind: postgres.Unavailable, Message: "gone"},
		"internal error": errors.New("password=hunter2"),
		"it took longer than " + checkTime.String(): &postgres.Error{Kind: postgres.Timeout, Message: "canceling statement"},
	} {
		if got := reason(err); got != want {
			t.Errorf("%v is said as %q, want %q", err, got, want)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for got, want := range map[string]string{
		size(8192): "8 kB", size(11 << 20): "11 MB", size(12 << 30): "12 GB",
		seconds(59.6): "1m0s", seconds(3 * 86400): "3 days",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
