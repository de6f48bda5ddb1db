//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
)

func TestSignalDuringCallOverHTTP(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := serve(t, "--keep-alive", "10ms", "--timeout", "10s")
			expression, want := lasting(20)
			plain := s.startPlain(t, expression)
			stream := s.startStream(t, expression)

			if err := s.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if got := stream.rest(t); got.value() != want {
				t.Errorf("the call with a stream is answered with %s", got)
			}
			if got := plain(); got.value() != want {
				t.Errorf("the plain call is answered with %s", got)
			}
			if err := s.Wait(wait(t)); err != nil {
				t.Errorf("%v\n%s", err, s.Log())
			}
		})
	}
}

// stream is a call in flight that is answered with a stream of events.
type stream struct{ body *bufio.Reader }

// startStream makes a call and returns while it is computed: the server has
// sent a sign of life, and not yet the answer.
func (s *server) startStream(t *testing.T, expression string) stream {
	t.Helper()
	res, err := http.DefaultClient.Do(s.request(t, callMessage(2, expression, "token")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	body := bufio.NewReader(res.Body)
	if line, err := body.ReadString('\n'); !strings.HasPrefix(line, ":") {
		t.Fatalf("instead of a sign of life: %q, %v", line, err)
	}
	return stream{body}
}

func (st stream) rest(t *testing.T) answer {
	t.Helper()
	rest, err := io.ReadAll(st.body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(rest)) {
		if data, ok := strings.CutPrefix(line, "data: "); ok && strings.Contains(data, `"id":2`) {
			return decode(t, []byte(data))
		}
	}
	t.Fatalf("no answer in the stream %.1000q", rest)
	return answer{}
}

// startPlain makes a call and returns when the server has begun to read it.
func (s *server) startPlain(t *testing.T, expression string) (answered func() answer) {
	t.Helper()
	begun := make(chan struct{})
	req := s.request(t, callMessage(3, expression, ""))
	req.Header.Set("Expect", "100-continue")
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }}))
	type outcome struct {
		res *http.Response
		err error
	}
	done := make(chan outcome, 1)
	transport := &http.Transport{ExpectContinueTimeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	go func() {
		res, err := transport.RoundTrip(req)
		done <- outcome{res, err}
	}()
	select {
	case <-begun:
	case o := <-done:
		t.Fatalf("answered before it was read: %+v", o)
	}
	return func() answer {
		o := <-done
		if o.err != nil {
			t.Fatal(o.err)
		}
		return readAnswer(t, o.res)
	}
}

func TestSignalDuringCallOverStdio(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s, id, want := openInCall(t)
			if err := s.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if got := s.await(t, id); got.value() != want {
				t.Errorf("the call is answered with %s", got)
			}
			s.ends(t)
		})
	}
	t.Run("end of input", func(t *testing.T) {
		t.Parallel()
		s, id, want := openInCall(t)
		s.end()
		if got := s.await(t, id); got.value() != want {
			t.Errorf("the call is answered with %s", got)
		}
		s.ends(t)
	})
}

// openInCall returns a session with a call that is computed.
func openInCall(t *testing.T) (s *session, id int, want string) {
	t.Helper()
	s = open(t, "2025-11-25", "--timeout", "10s")
	expression, want := lasting(20)
	id = s.call(expression)
	s.await(t, s.request("tools/list", struct{}{})) // read in order: the call is in
	return s, id, want
}

// ends fails the test unless the process ends with status 0 and writes no more.
func (s *session) ends(t *testing.T) {
	t.Helper()
	if err := s.Wait(wait(t)); err != nil {
		t.Errorf("%v\n%s", err, s.Log())
	}
	if rest, err := io.ReadAll(s.out); len(rest) > 0 || err != nil {
		t.Errorf("after the last answer: %.500q, %v", rest, err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run("HTTP/"+sig.String(), func(t *testing.T) {
			t.Parallel()
			s := serve(t, "--drain-delay", "5m")
			insist(t, s.Process, sig)
			if _, err := s.Await(wait(t), "draining", 1); err != nil {
				t.Error("the first signal did not begin the drain:", err)
			}
		})
		t.Run("stdio/"+sig.String(), func(t *testing.T) {
			t.Parallel()
			s := open(t, "2025-11-25", "--drain", "5m", "--timeout", "10s", "--max-concurrency", "1")
			expression, _ := lasting(40)
			for range 20 {
				s.call(expression)
			}
			s.await(t, s.request("tools/list", struct{}{}))
			insist(t, s.Process, sig)
		})
	}
}

// insist sends a signal again and again, as a person does, and fails the test
// unless the process dies of one.
func insist(t *testing.T, p *proc.Process, sig syscall.Signal) {
	t.Helper()
	ctx := wait(t)
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	ended := make(chan error, 1)
	go func() { ended <- p.Wait(ctx) }()
	for {
		// An error means that it has ended, which is what is waited for.
		_ = p.Signal(sig)
		select {
		case err := <-ended:
			if !diedOf(err, sig) {
				t.Errorf("the process ended with %v instead of dying of the second %s", err, sig)
			}
			return
		case <-again.C:
		}
	}
}

func TestSignalWhileIdle(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := serve(t)
		s.works(t) // and leaves a connection open
		o := open(t, "2025-11-25")
		o.works(t)
		for _, p := range []*proc.Process{s.Process, o.Process} {
			if err := p.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(wait(t)); err != nil {
				t.Errorf("%s: %v\n%s", sig, err, p.Log())
			}
		}
	}
}
