package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
)

// pipeSession is a stdio session driven line by line.
type pipeSession struct {
	in    *io.PipeWriter
	lines *bufio.Scanner
	done  chan error
}

func startStdio(t *testing.T, ctx context.Context, r *rig) *pipeSession {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	p := &pipeSession{in: inW, lines: bufio.NewScanner(outR), done: make(chan error, 1)}
	go func() {
		p.done <- r.ServeStdio(ctx, inR, outW)
		outW.Close()
	}()
	t.Cleanup(func() { inW.Close() })
	return p
}

func (p *pipeSession) send(t *testing.T, line string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		t.Fatal(err)
	}
}

func (p *pipeSession) want(t *testing.T, want string) {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("the output ended before %q: %v", want, p.lines.Err())
	}
	if !strings.Contains(p.lines.Text(), want) {
		t.Fatalf("got %s, want %s", p.lines.Text(), want)
	}
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

func TestStdioSurvivesGarbage(t *testing.T) {
	r := newRig(t, Config{})
	p := startStdio(t, t.Context(), r)
	p.send(t, "Hello, server!")
	p.want(t, `"code":-32700`)
	p.send(t, initialize)
	p.want(t, `"protocolVersion":"2025-11-25"`)
	p.send(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	p.send(t, `{"jsonrpc":"2.0","id":2,"method":"tools/call"} trailing`)
	p.want(t, `"error"`)
	p.send(t, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"panic"}}`)
	p.want(t, `INTERNAL_ERROR`)
	p.send(t, `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"add","arguments":{"a":9007199254740993}}}`)
	p.want(t, `"sum":9007199254740993`)
	// The stateless protocol on the same session.
	p.send(t, `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"add","arguments":{"a":5},`+meta+`}}`)
	p.want(t, `"sum":5`)
	if !strings.Contains(r.log.String(), `"principal":"stdio"`) {
		t.Error("the audit log does not say that the caller came over stdio")
	}
}

func TestStdioAnswersBeforeItEnds(t *testing.T) {
	r := newRig(t, Config{})
	p := startStdio(t, t.Context(), r)
	p.send(t, initialize)
	p.want(t, `"id":1`)
	p.send(t, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`)
	<-r.started
	p.in.Close()
	close(r.demo.gate)
	p.want(t, `waited`)
	if err := <-p.done; err != nil {
		t.Error(err)
	}
}

func TestStdioDrainsOnSignal(t *testing.T) {
	ctx, signal := context.WithCancel(t.Context())
	r := newRig(t, Config{})
	p := startStdio(t, ctx, r)
	p.send(t, initialize)
	p.want(t, `"id":1`)
	p.send(t, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`)
	<-r.started
	signal()
	eventually(t, "readiness is withdrawn", r.draining.Load)
	close(r.demo.gate)
	p.want(t, `waited`)
	if err := <-p.done; err != nil {
		t.Error(err)
	}
}

func TestStdioCancel(t *testing.T) {
	r := newRig(t, Config{})
	p := startStdio(t, t.Context(), r)
	p.send(t, initialize)
	p.want(t, `"id":1`)
	p.send(t, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`)
	<-r.started
	p.send(t, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	if err := <-r.ended; err != context.Canceled {
		t.Errorf("the handler ended with %v", err)
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	r := newRig(t, Config{MaxConcurrency: 2})
	p := startStdio(t, t.Context(), r)
	p.send(t, initialize)
	p.want(t, `"id":1`)
	for id := range 3 {
		p.send(t, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"wait"}}`, 10+id))
	}
	<-r.started
	<-r.started
	// The third waits its turn; other requests do not.
	p.send(t, `{"jsonrpc":"2.0","id":20,"method":"tools/list"}`)
	p.want(t, `"id":20`)
	if len(r.started) != 0 {
		t.Error("three calls run at once")
	}
	close(r.demo.gate)
	for range 3 {
		p.want(t, "waited")
	}
}

func TestBusyIsRateLimited(t *testing.T) {
	r := newRig(t, Config{MaxConcurrency: 1})
	p := startStdio(t, t.Context(), r)
	p.send(t, initialize)
	p.want(t, `"id":1`)
	p.send(t, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wait"}}`)
	<-r.started
	p.send(t, `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"short"}}`)
	p.want(t, "RATE_LIMITED")
	close(r.demo.gate)
	p.want(t, "waited")
}
