package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/metric"
)

// picky has the optional methods of a service that a process calls as it starts.
type picky struct {
	*demo
	refuses bool
	checks  []Check
	starts  *int
}

func (p picky) Start(context.Context) error {
	*p.starts++
	if p.refuses {
		return errors.New("not as this user: postgres://app:hunter2@db/prod")
	}
	return nil
}

func (p picky) Measure(m metric.Meter) error {
	_, err := m.Int64ObservableGauge("demo.depth", metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(7)
		return nil
	}))
	return err
}

func (p picky) Doctor(context.Context) []Check { return p.checks }

// commandOf is command for another service than the demo.
func commandOf(t *testing.T, svc picky, argv ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &process{name: "demo", stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	status = run(t.Context(), p, func(context.Context, demoConfig, *slog.Logger) (picky, error) { return svc, nil }, argv)
	return status, out.String(), errs.String()
}

func TestAServiceMayRefuseToServe(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		starts := 0
		svc := picky{demo: newDemo(), refuses: refuses, starts: &starts}
		if status, _, stderr := commandOf(t, svc, "tools"); status != 0 || starts != 0 {
			t.Errorf("tools ends with %d after %d starts: %s", status, starts, stderr)
		}
		status, _, stderr := commandOf(t, svc)
		if starts != 1 || !svc.closed {
			t.Errorf("serve: %d starts, closed %t", starts, svc.closed)
		}
		if said := strings.Contains(stderr, "mcp-demo: not as this user"); said != refuses || (status != 0) != refuses || strings.Contains(stderr, "hunter2") {
			t.Errorf("a service that refuses (%t) ends serve with %d: %s", refuses, status, stderr)
		}
	}
}

func TestAServiceMeasuresItself(t *testing.T) {
	starts := 0
	for _, cfg := range []Config{{}, {Admin: "127.0.0.1:1"}} {
		s, err := New("demo", picky{demo: newDemo(), starts: &starts}, cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(scrape(t, s), "demo_depth 7\n"); got != (cfg.Admin != "") {
			t.Errorf("with --admin %q, /metrics has the service's own: %t", cfg.Admin, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAFixMayBeAScript(t *testing.T) {
	svc := picky{demo: newDemo(), starts: new(int), checks: []Check{{"role", "warn", "too strong", "run this:\nREVOKE a;\nREVOKE b;\n"}}}
	if _, stdout, _ := commandOf(t, svc, "doctor"); !strings.Contains(stdout, "warn  role: too strong\n      → run this:\n        REVOKE a;\n        REVOKE b;\n") {
		t.Error(stdout)
	}
}
