package lines

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// answering takes every line with "direct" in it, and answers it with the id 1
// when release is closed, or with "ended" when its context ends.
func answering(release <-chan struct{}) func(line []byte) Call {
	return func(line []byte) Call {
		if !bytes.Contains(line, []byte("direct")) {
			return nil
		}
		return func(ctx context.Context, buf []byte) []byte {
			result := "released"
			select {
			case <-release:
			case <-ctx.Done():
				result = "ended"
			}
			return fmt.Appendf(buf, "{%q:%q}\n", "result", result)
		}
	}
}

func TestAnswerWithoutTheSession(t *testing.T) {
	release := make(chan struct{})
	r := newRig(t, Options{Answer: answering(release)})
	const direct = `{"jsonrpc":"2.0","id":1,"method":"direct"}`
	r.send(t, direct)
	r.send(t, ping, 2) // another request is not held up, and goes to the session
	r.wantFrame(t, ping, 2)
	r.send(t, direct)
	r.wantOutput(t, `{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"line 3 is not a valid message: this id is already in flight: use another one"}}`)
	close(release)
	r.wantOutput(t, `{"result":"released"}`)
	r.send(t, direct) // the id is free again
	r.wantOutput(t, `{"result":"released"}`)
}

// TestAnswerAfterNotifications lets the session handle them first.
func TestAnswerAfterNotifications(t *testing.T) {
	release := make(chan struct{})
	close(release)
	r := newRig(t, Options{Answer: answering(release)})
	const note = `{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}`
	const direct = `{"jsonrpc":"2.0","id":%d,"method":"direct"}`
	answer := func(id int) {
		r.respond(t, `{"jsonrpc":"2.0","id":%d,"result":{}}`, id)
		r.wantOutput(t, `{"jsonrpc":"2.0","id":%d,"result":{}}`, id)
	}
	r.send(t, ping, 1)
	r.wantFrame(t, ping, 1)
	for range 2 {
		r.send(t, note)
		r.wantFrame(t, note)
	}
	r.send(t, direct, 2)
	r.wantFrame(t, direct, 2)
	answer(1) // came before the notifications
	r.send(t, direct, 3)
	r.wantFrame(t, direct, 3)
	answer(3)
	r.send(t, direct, 4)
	r.wantOutput(t, `{"result":"released"}`)
	answer(2)
	r.send(t, direct, 5)
	r.wantOutput(t, `{"result":"released"}`)
}

func TestAnswerIsCancelled(t *testing.T) {
	for id, names := range map[string]string{`7`: `7.0`, `"7"`: `"\u0037"`} {
		r := newRig(t, Options{Answer: answering(nil)})
		r.send(t, `{"jsonrpc":"2.0","id":%s,"method":"direct"}`, id)
		for _, other := range []string{`{"requestId":8}`, `{"requestid":` + id + `}`, `{"requestId":[7]}`, `7`, `{}`} {
			line := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":` + other + `}`
			r.send(t, "%s", line)
			r.wantFrame(t, "%s", line)
		}
		select {
		case p := <-r.sink.next:
			t.Fatalf("it was answered with %s", p)
		default:
		}
		line := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":` + names + `}}`
		r.send(t, "%s", line)
		r.wantFrame(t, "%s", line)
		r.wantOutput(t, `{"result":"ended"}`)
	}
}

func TestAnswerEndsWithTheFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Options{Drain: 5 * time.Second, Answer: answering(nil)})
		r.send(t, `{"jsonrpc":"2.0","id":1,"method":"direct"}`)
		r.toIn.Close()
		start := time.Now()
		if err := <-r.eof(); err != io.EOF || time.Since(start) != 5*time.Second {
			t.Errorf("the reader ended with %v after %v", err, time.Since(start))
		}
		r.Wait()
	})
}

func TestEOFWaitsForAnswerWithoutTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := newRig(t, Options{Answer: answering(release)})
		r.send(t, `{"jsonrpc":"2.0","id":1,"method":"direct"}`)
		r.toIn.Close()
		eof := r.eof()
		synctest.Wait()
		select {
		case err := <-eof:
			t.Fatalf("the reader ended with %v before the answer", err)
		default:
		}
		close(release)
		r.wantOutput(t, `{"result":"released"}`)
		if err := <-eof; err != io.EOF {
			t.Errorf("the reader ended with %v", err)
		}
		r.Wait()
	})
}

// TestAnswerToABrokenOutput ends the session, as a broken answer of its own does.
func TestAnswerToABrokenOutput(t *testing.T) {
	in, toIn := io.Pipe()
	out, w := io.Pipe()
	out.Close()
	release := make(chan struct{})
	close(release)
	f := New(in, w, Options{Answer: answering(release)})
	t.Cleanup(func() {
		f.Close()
		in.Close()
	})
	if _, err := io.WriteString(toIn, `{"jsonrpc":"2.0","id":1,"method":"direct"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Reader().Read(make([]byte, 1)); err != io.ErrClosedPipe {
		t.Errorf("the reader ended with %v", err)
	}
}

// TestSpareGoroutinesAreBounded has more calls in flight than goroutines may wait
// for others afterwards.
func TestSpareGoroutinesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := newRig(t, Options{Answer: answering(release)})
		const calls = maxSpare + 4
		for id := range calls {
			r.send(t, `{"jsonrpc":"2.0","id":%d,"method":"direct"}`, id)
		}
		synctest.Wait()
		close(release)
		for range calls {
			r.wantOutput(t, `{"result":"released"}`)
		}
		synctest.Wait()
		if n := r.spare.Load(); n != maxSpare {
			t.Errorf("%d goroutines wait, want %d", n, maxSpare)
		}
		r.send(t, `{"jsonrpc":"2.0","id":1,"method":"direct"}`)
		r.wantOutput(t, `{"result":"released"}`)
		synctest.Wait()
		if n := r.spare.Load(); n != maxSpare {
			t.Errorf("%d goroutines wait after another call, want %d", n, maxSpare)
		}
	})
}
