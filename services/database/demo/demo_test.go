package demo_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/database/demo"
)

// asServer makes this program play mcp-database: it tells what it was started
// with, and ends with its input or a signal.
const asServer = "DEMO_TEST_AS_SERVER=yes"

// told is the line that it writes.
type told struct {
	Args    []string
	Environ []string
}

func (t told) variable(name string) string {
	for _, v := range t.Environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

func TestMain(m *testing.M) {
	if !strings.Contains("\n"+strings.Join(os.Environ(), "\n")+"\n", "\n"+asServer+"\n") {
		os.Exit(m.Run())
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := json.NewEncoder(os.Stdout).Encode(told{os.Args[1:], os.Environ()}); err != nil {
		os.Exit(1)
	}
	input := make(chan int)
	go func() {
		rest, _ := io.ReadAll(io.LimitReader(os.Stdin, 100))
		status, _ := strconv.Atoi(strings.TrimSpace(string(rest)))
		input <- status
	}()
	select {
	case status := <-input:
		os.Exit(status)
	case s := <-signals:
		os.Exit(100 + int(s.(syscall.Signal)))
	}
}

// running is a demo whose server is this program.
type running struct {
	told
	stdin   *os.File // the server ends with the status that is written to it
	signals chan os.Signal
	ended   chan struct{}
	status  int
	err     error
	log     *text
}

type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// run starts a demo and returns it when its server runs.
func run(t *testing.T, o demo.Options) *running {
	t.Helper()
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{stdin: stdin, signals: make(chan os.Signal, 1), ended: make(chan struct{}), log: new(text)}
	o.Server, o.Stdin, o.Stdout, o.Stderr, o.Signals = self, in, out, r.log, r.signals
	o.Environ = append(o.Environ, asServer)
	go func() {
		defer close(r.ended)
		r.status, r.err = demo.Run(t.Context(), o)
		in.Close()
		out.Close()
	}()
	t.Cleanup(func() {
		stdin.Close()
		<-r.ended
		stdout.Close()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the server was not started: %v\n%s", err, r.log)
	}
	if err := json.Unmarshal(line, &r.told); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *running) end(t *testing.T, want int) {
	t.Helper()
	r.stdin.Close()
	<-r.ended
	if r.status != want || r.err != nil {
		t.Errorf("it ended with %d, %v, want %d\n%s", r.status, r.err, want, r.log)
	}
}

func TestWithoutPostgres(t *testing.T) {
	args := []string{"--http", "127.0.0.1:8102"}
	environ := []string{"DATABASE_URL=", "PGHOST=db.example.com", "HOME=/nowhere"}
	r := run(t, demo.Options{Dir: t.TempDir(), Postgres: t.TempDir(), Args: args, Environ: environ})
	if diff := cmp.Diff(told{args, append(environ, asServer)}, r.told); diff != "" {
		t.Errorf("the server was started with other things (-want +got)\n%s", diff)
	}
	for _, want := range []string{"there is no PostgreSQL in ", "serving without a database; install PostgreSQL, or set DATABASE_URL", "NPM_CONFIG_REGISTRY"} {
		if !strings.Contains(r.log.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, r.log)
		}
	}
	if _, err := r.stdin.WriteString("7"); err != nil {
		t.Fatal(err)
	}
	r.end(t, 7)
}

func TestSignals(t *testing.T) {
	for sent, want := range map[os.Signal]int{os.Interrupt: 102, syscall.SIGTERM: 115, syscall.SIGHUP: 115} {
		r := run(t, demo.Options{Dir: t.TempDir(), Postgres: "/nowhere"})
		r.signals <- sent
		<-r.ended
		if r.status != want || r.err != nil {
			t.Errorf("%v: it ended with %d, %v, want %d", sent, r.status, r.err, want)
		}
	}
}

func TestServerMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if status, err := demo.Run(t.Context(), demo.Options{}); status != 1 || err == nil || !strings.Contains(err.Error(), "mcp-database is neither beside") {
		t.Errorf("got %d, %v", status, err)
	}
}
