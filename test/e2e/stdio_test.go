//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

// session is a process that serves stdio.
type session struct {
	*proc.Process
	out    *bufio.Reader
	queue  chan string
	legacy bool
	lastID int
}

// open starts a session of an older protocol revision. Version "" stands for the
// newest one, which has no sessions.
func open(t *testing.T, version string, args ...string) *session {
	t.Helper()
	return speak(t, start(t, args...), version)
}

// speak begins a session with a process.
func speak(t *testing.T, p *proc.Process, version string) *session {
	t.Helper()
	s := &session{Process: p, out: bufio.NewReaderSize(p.Stdout, 1<<20), queue: make(chan string, 64), legacy: version != ""}
	// A goroutine of its own writes: a server may stop reading until it is read.
	go func() {
		for text := range s.queue {
			if _, err := io.WriteString(p.Stdin, text); err != nil {
				break // a test sees it in what it reads
			}
		}
		p.Stdin.Close()
		for range s.queue {
		}
	}()
	t.Cleanup(s.end)
	if version == "" {
		return s
	}
	id := s.request("initialize", map[string]any{
		"protocolVersion": version, "capabilities": struct{}{},
		"clientInfo": map[string]string{"name": "e2e", "version": "1"},
	})
	if a := s.await(t, id); a.Result.ProtocolVersion != version {
		t.Fatalf("initialize with %s is answered with %s", version, a)
	}
	s.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	return s
}

// send writes text, soon.
func (s *session) send(text string) { s.queue <- text }

// request sends a request and returns its id.
func (s *session) request(method string, params any) int {
	s.lastID++
	s.send(message(s.lastID, method, params) + "\n")
	return s.lastID
}

// call sends a call and returns its id.
func (s *session) call(expression string) int {
	if s.legacy {
		return s.request("tools/call", map[string]any{"name": "calculate", "arguments": map[string]string{"expression": expression}})
	}
	s.lastID++
	s.send(callMessage(s.lastID, expression, "") + "\n")
	return s.lastID
}

// end closes the process's standard input, once.
func (s *session) end() {
	if s.queue != nil {
		close(s.queue)
		s.queue = nil
	}
}

// line reads the next line, without its end.
func (s *session) line(t *testing.T) []byte {
	t.Helper()
	if err := s.Stdout.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v after %.500q\n%s", err, line, s.Log())
	}
	return slices.Clip(line[:len(line)-1])
}

// await reads on until the answer to a request, and leaves out what comes
// before.
func (s *session) await(t *testing.T, id int) answer {
	t.Helper()
	for {
		line := s.line(t)
		if line[0] == '[' {
			continue // the answer to a batch
		}
		if a := decode(t, line); a.ID == float64(id) {
			return a
		}
	}
}

// works is the same as that of a server.
func (s *session) works(t *testing.T) {
	t.Helper()
	if !s.Running() {
		t.Fatalf("the process has ended\n%s", s.Log())
	}
	if got := s.await(t, s.call("9007199254740993 + 2")); got.value() != "9007199254740995" {
		t.Fatalf("the next call is answered with %s", got)
	}
}
