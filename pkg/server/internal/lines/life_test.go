package lines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A rig is a filter with pipes at its ends.
type rig struct {
	*Filter
	toIn    *io.PipeWriter
	fromOut *bufio.Reader
	frames  *bufio.Reader
}

func newRig(t *testing.T, opt Options) rig {
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	f := New(inR, outW, opt)
	t.Cleanup(func() {
		f.Close()
		inR.Close()
		outR.Close()
	})
	return rig{f, inW, bufio.NewReader(outR), bufio.NewReader(f.Reader())}
}

// send writes a line to the filter's input.
func (r rig) send(t *testing.T, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(r.toIn, format+"\n", args...); err != nil {
		t.Fatal(err)
	}
}

// wantFrame reads what the session gets next.
func (r rig) wantFrame(t *testing.T, format string, args ...any) {
	t.Helper()
	got, err := r.frames.ReadString('\n')
	if want := fmt.Sprintf(format, args...) + "\n"; got != want || err != nil {
		t.Fatalf("the session read %q, %v; want %q", got, err, want)
	}
}

// wantOutput reads what the client gets next.
func (r rig) wantOutput(t *testing.T, format string, args ...any) {
	t.Helper()
	got, err := r.fromOut.ReadString('\n')
	if want := fmt.Sprintf(format, args...) + "\n"; got != want || err != nil {
		t.Fatalf("the client read %q, %v; want %q", got, err, want)
	}
}

// respond writes a line of the session's, without waiting for the client.
func (r rig) respond(t *testing.T, format string, args ...any) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := fmt.Fprintf(r.Writer(), format+"\n", args...)
		done <- err
	}()
	return done
}

// eof returns a channel that gets what the next read reports.
func (r rig) eof() <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := r.frames.ReadByte()
		done <- err
	}()
	return done
}

func TestDuplicateID(t *testing.T) {
	r := newRig(t, Options{})
	for _, id := range []string{`1`, `"1"`} {
		request := `{"jsonrpc":"2.0","id":` + id + `,"method":"m"}`
		r.send(t, "%s", request)
		r.wantFrame(t, "%s", request)
		r.send(t, "%s", strings.Replace(request, `"1"`, `"\u0031"`, 1))
		n := map[string]int{`1`: 2, `"1"`: 4}[id]
		id = strings.Replace(id, `"1"`, `"\u0031"`, 1)
		r.wantOutput(t, "%s", strings.TrimSuffix(answerLine(id, -32600, fmt.Sprintf("line %d is not a valid message: this id is already in flight: use another one", n)), "\n"))
	}
	// A response of the client's and a call of the session's free nothing.
	r.send(t, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	r.wantFrame(t, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	r.respond(t, `{"jsonrpc":"2.0","id":1,"method":"roots/list"}`)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":1,"method":"roots/list"}`)
	r.send(t, ping, 1)
	r.wantOutput(t, "%s", strings.TrimSuffix(answerLine("1", -32600, "line 6 is not a valid message: this id is already in flight: use another one"), "\n"))

	r.respond(t, `{"jsonrpc":"2.0","id":1,"result":{"id":"1"}}`)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":1,"result":{"id":"1"}}`)
	r.send(t, ping, 1)
	r.wantFrame(t, ping, 1)
}

func TestMaxInFlight(t *testing.T) {
	r := newRig(t, Options{MaxInFlight: 2})
	for id := range 2 {
		r.send(t, ping, id)
		r.wantFrame(t, ping, id)
	}
	r.send(t, ping, 2)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"too many requests in flight (2); wait for answers"}}`)
	for _, line := range []string{
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","id":2,"result":{}}`,
	} {
		r.send(t, "%s", line)
		r.wantFrame(t, "%s", line)
	}
	r.respond(t, `{"jsonrpc":"2.0","id":1,"error":{"code":0,"message":"cancelled"}}`)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":1,"error":{"code":0,"message":"cancelled"}}`)
	r.send(t, ping, 2)
	r.wantFrame(t, ping, 2)
}

func TestEOFWaitsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{})
		r.send(t, ping, 1)
		r.wantFrame(t, ping, 1)
		r.send(t, `{"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{}}`)
		r.wantFrame(t, `{"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{}}`)
		r.toIn.Close()
		eof := r.eof()
		written := r.respond(t, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		synctest.Wait()
		select {
		case err := <-eof:
			t.Fatalf("the reader ended with %v before the answer was written", err)
		default:
		}
		r.wantOutput(t, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		if err := <-written; err != nil {
			t.Error(err)
		}
		if err := <-eof; err != io.EOF {
			t.Errorf("the reader ended with %v", err)
		}
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{Drain: 5 * time.Second})
		r.send(t, ping, 1)
		r.wantFrame(t, ping, 1)
		start := time.Now()
		r.toIn.Close()
		if err := <-r.eof(); err != io.EOF {
			t.Errorf("the reader ended with %v", err)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("waited %v, want 5s", waited)
		}
		if err := <-r.respond(t, `{"jsonrpc":"2.0","id":1,"result":{}}`); err != io.ErrClosedPipe {
			t.Errorf("late answer: %v, want ErrClosedPipe", err)
		}
	})
}

func TestStop(t *testing.T) {
	r := newRig(t, Options{})
	r.send(t, ping, 1)
	r.wantFrame(t, ping, 1)
	r.Stop()
	r.send(t, ping, 2)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"the server is shutting down"}}`)
	r.send(t, `{"jsonrpc":"2.0","id":9,"result":{}}`)
	r.wantFrame(t, `{"jsonrpc":"2.0","id":9,"result":{}}`)
	r.respond(t, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	if err := <-r.eof(); err != io.EOF {
		t.Errorf("the reader ended with %v", err)
	}
}

// A client that does not read its answers is not read either, and Close
// releases all who wait.
func TestClientDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{})
		r.send(t, ping, 1)
		r.wantFrame(t, ping, 1)
		blocked := []<-chan error{
			r.respond(t, `{"jsonrpc":"2.0","id":1,"result":{}}`),
			r.respond(t, `{"jsonrpc":"2.0","method":"notifications/message"}`),
		}
		consumed := 0
		go func() {
			for {
				if _, err := io.WriteString(r.toIn, "garbage\n"); err != nil {
					return
				}
				consumed++
			}
		}()
		eof := r.eof()
		synctest.Wait()
		if limit := readBuffer/len("garbage\n") + 1; consumed > limit {
			t.Errorf("%d lines were read, want at most the %d that fit the buffer", consumed, limit)
		}
		r.Close()
		r.Close()
		for _, done := range blocked {
			if err := <-done; err != io.ErrClosedPipe {
				t.Errorf("write: %v, want ErrClosedPipe", err)
			}
		}
		if err := <-eof; err != io.EOF {
			t.Errorf("read: %v, want EOF", err)
		}
		r.toIn.Close()
	})
}

func TestBrokenEnds(t *testing.T) {
	t.Run("output", func(t *testing.T) {
		outR, outW := io.Pipe()
		outR.CloseWithError(io.ErrShortWrite)
		f := New(strings.NewReader("garbage\n"), outW, Options{})
		defer f.Close()
		if _, err := f.Reader().Read(make([]byte, 10)); err != io.ErrShortWrite {
			t.Errorf("read: %v, want the error of the output", err)
		}
		if _, err := io.WriteString(f.Writer(), "{}\n"); err != io.ErrShortWrite {
			t.Errorf("write: %v, want the error of the output", err)
		}
	})
	t.Run("input", func(t *testing.T) {
		r := newRig(t, Options{})
		r.toIn.CloseWithError(io.ErrNoProgress)
		if err := <-r.eof(); err != io.ErrNoProgress {
			t.Errorf("read: %v, want the error of the input", err)
		}
	})
	t.Run("half a line", func(t *testing.T) {
		r := newRig(t, Options{})
		if _, err := io.WriteString(r.Writer(), `{"jsonrpc":"2.0"`); err == nil {
			t.Error("a write without a line end was accepted")
		}
	})
}

// Answers of the session and of the filter never mix within a line.
func TestWritesAreWholeLines(t *testing.T) {
	r := newRig(t, Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				fmt.Fprintf(r.Writer(), `{"jsonrpc":"2.0","method":"m%d","params":{"s":"%s"}}`+"\n", i, strings.Repeat("y", 5000))
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			io.WriteString(r.toIn, `{"jsonrpc":"2.0","id":1,"method":7}`+"\n")
		}
	})
	for range 8*20 + 20 {
		line, err := r.fromOut.ReadBytes('\n')
		if err != nil || !json.Valid(line) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	wg.Wait()
}
