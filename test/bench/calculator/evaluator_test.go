package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// scripted starts an evaluator that is a shell script.
func scripted(t *testing.T, script string) *evaluator {
	t.Helper()
	e, err := startEvaluator(t.Context(), contestant{name: ours, argv: []string{"sh", "-c", script}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.stop)
	return e
}

func TestAsk(t *testing.T) {
	for name, tt := range map[string]struct{ script, want string }{
		"right":         {`read q; echo '{"runs":2,"nanoseconds":10,"value":"14"}'; read q`, ""},
		"a refusal":     {`read q; echo '{"runs":1,"nanoseconds":10,"reason":"limit","refusal":"no"}'; read q`, ""},
		"noise":         {`read q; echo starting; read q`, "invalid character"},
		"another field": {`read q; echo '{"runs":1,"answer":"14"}'; read q`, "unknown field"},
		"no runs":       {`read q; echo '{"runs":0}'; read q`, "0 evaluations"},
		"an early end":  {`read q; echo no licence >&2`, "no licence"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := scripted(t, tt.script).ask(t.Context(), request{Expression: "2+3*4"})
			switch {
			case tt.want == "" && (err != nil || r.Runs < 1):
				t.Errorf("response %+v, error %v", r, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestAskSendsTheRequest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "request")
	e := scripted(t, `read -r q; echo "$q" > `+path+`; echo '{"runs":1,"value":"14"}'; read q`)
	if _, err := e.ask(t.Context(), request{Expression: "2+3*4", Precision: 34, Milliseconds: 200}); err != nil {
		t.Fatal(err)
	}
	sent, err := os.ReadFile(path)
	if want := `{"expression":"2+3*4","precision":34,"milliseconds":200}` + "\n"; err != nil || string(sent) != want {
		t.Errorf("sent %q, %v; want %q", sent, err, want)
	}
}

func TestSampleCountsAndChecks(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	v := evaluation{request: request{Expression: "2+3*4"}, value: "14"}
	e := scripted(t, `read q; echo '{"runs":1,"value":"14"}'; read q; echo '{"runs":4,"nanoseconds":20000,"value":"14"}'; read q`)
	s, err := e.sample(t.Context(), v, 0, time.Millisecond)
	if err != nil || s.Elapsed != 5 || s.CPU < 0 {
		t.Errorf("sample %+v, error %v; want 5 µs elapsed", s, err)
	}
	e = scripted(t, `read q; echo '{"runs":1,"value":"14"}'; read q; echo '{"runs":4,"value":"20"}'; read q`)
	if _, err := e.sample(t.Context(), v, 0, time.Millisecond); err == nil || !strings.Contains(err.Error(), "20") {
		t.Errorf("error = %v, want it to name the wrong value", err)
	}
}

func TestMeasureIsBoundByItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := &bench{dir: t.TempDir(), progress: t.Output()}
	if _, err := b.measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-rounds", "3", "-attacks", "0", "-alone"})
	if err != nil || o.rounds != 3 || o.attacks != 0 || !o.alone || o.lasting != 200*time.Millisecond {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, args := range []string{"-rounds 0", "-attacks -1", "-lasting 0s", "-warmup 2m", "-friendly", "more"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s was accepted", args)
		}
	}
}
