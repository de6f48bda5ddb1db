package proc

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets this test's binary be the process that is tested, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "child" {
		os.Exit(child(os.Args[2]))
	}
	os.Exit(m.Run())
}

func child(behaviour string) int {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "not a record")
	fmt.Fprintln(os.Stderr, `{"msg":"serving","url":"one"}`)
	switch behaviour {
	case "echo":
		io.Copy(os.Stdout, os.Stdin)
		fmt.Print(len(os.Environ()))
	case "fail":
		return 3
	case "gentle":
		<-term
		fmt.Fprintln(os.Stderr, `{"msg":"draining"}`)
	case "deaf":
		for range term {
		}
	}
	return 0
}

func start(t *testing.T, behaviour string) (*Process, context.Context) {
	t.Helper()
	p, err := Start(os.Args[0], "child", behaviour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return p, ctx
}

func TestStopAsksFirst(t *testing.T) {
	p, ctx := start(t, "gentle")
	records, err := p.Await(ctx, "serving", 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := records[0].Text("url"); got != "one" {
		t.Errorf("the record's url is %q", got)
	}
	if !p.Running() {
		t.Error("the process does not run")
	}
	if err := p.Stop(ctx); err != nil {
		t.Error(err)
	}
	if p.Running() {
		t.Error("the process runs after Stop")
	}
	if _, err := p.Await(ctx, "draining", 1); err != nil {
		t.Error("the log is not whole after Stop:", err)
	}
}

func TestStopKillsWhoStays(t *testing.T) {
	p, ctx := start(t, "deaf")
	if _, err := p.Await(ctx, "serving", 1); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if err := p.Stop(short); err == nil || p.Running() {
		t.Errorf("Stop returned %v; running: %v", err, p.Running())
	}
}

func TestStatusIsReported(t *testing.T) {
	p, ctx := start(t, "fail")
	if exit, ok := p.Wait(ctx).(*exec.ExitError); !ok || exit.ExitCode() != 3 {
		t.Errorf("Wait returned %v", exit)
	}
	if err := p.Stop(ctx); err == nil || !strings.Contains(err.Error(), "exit status 3\nnot a record") {
		t.Errorf("Stop returned %v", err)
	}
	if _, err := p.Await(ctx, "serving", 2); err == nil || !strings.Contains(err.Error(), "ended with 1 of 2") {
		t.Errorf("Await of what cannot come any more returned %v", err)
	}
}

func TestPipesWithoutEnvironment(t *testing.T) {
	p, ctx := start(t, "echo")
	if _, err := io.WriteString(p.Stdin, "hello "); err != nil {
		t.Fatal(err)
	}
	if err := p.Stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if out, err := io.ReadAll(p.Stdout); string(out) != "hello 0" || err != nil {
		t.Errorf("read %q, %v after the end", out, err)
	}
}
