package slack_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/slack"
)

// silence takes requests and never ends an answer.
type silence struct {
	begins bool // with a header and a byte
	came   chan struct{}

	mu   sync.Mutex
	open int
	left *sync.Cond // when open is 0
}

func newSilence(begins bool) *silence {
	s := &silence{begins: begins, came: make(chan struct{}, 100)}
	s.left = sync.NewCond(&s.mu)
	return s
}

func (s *silence) answer(w http.ResponseWriter, r *http.Request) {
	s.count(1)
	defer s.count(-1)
	_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that a caller leaves
	if s.begins {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
	}
	s.came <- struct{}{}
	<-r.Context().Done()
}

func (s *silence) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open += n; s.open == 0 {
		s.left.Broadcast()
	}
}

// empty returns when no request is open.
func (s *silence) empty() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 {
		s.left.Wait()
	}
}

// TestCallersWhoLeave holds that a call ends with its caller, whatever it waits for
// then, and that nothing of it stays.
func TestCallersWhoLeave(t *testing.T) {
	for name, story := range stories {
		for _, method := range route(t, story) {
			for how, begins := range map[string]bool{"before an answer": false, "in an answer": true} {
				t.Run(name+" "+method+" "+how, func(t *testing.T) {
					ignore := goleak.IgnoreCurrent()
					// What is cleaned up last is checked last.
					t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
					b, s := newBroken(t, slack.Config{}, story.tool), newSilence(begins)
					b.breaks(method, s.answer)
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					ended := b.begin(ctx, story)
					select {
					case <-s.came:
					case err := <-ended:
						t.Fatalf("it ended before it asked: %v", err)
					}
					leave()
					servertest.Within(t, "the call ended", func() {
						if err := <-ended; err == nil {
							t.Error("there is an answer")
						}
					})
					if method != "auth.test" { // whose answer is kept for others who call
						servertest.Within(t, "Slack was left", s.empty)
					}
				})
			}
		}
	}
}

// TestOneOfTwoCallersLeaves holds that what two wait for comes to who stays, and
// ends with the last of them.
func TestOneOfTwoCallersLeaves(t *testing.T) {
	for name, s := range map[string]story{
		"name of a channel": {"get_channel_info", `{"channel":"#general"}`},
		"handle":            {"send_message", `{"channel":"@mona","text":"hi"}`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroken(t, slack.Config{})
			method := map[string]string{"get_channel_info": "users.conversations", "send_message": "users.list"}[s.tool]
			came, goOn := make(chan struct{}, 9), make(chan struct{})
			b.breaks(method, func(w http.ResponseWriter, r *http.Request) {
				came <- struct{}{}
				select {
				case <-goOn:
					b.Server.ServeHTTP(w, r)
				case <-r.Context().Done():
				}
			})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			first := b.begin(ctx, s)
			<-came
			second := b.begin(t.Context(), s)
			leave()
			if err := <-first; err == nil {
				t.Error("who left has an answer")
			}
			close(goOn)
			if err := <-second; err != nil {
				t.Errorf("who stayed has none: %v", err)
			}
		})
	}
}

// TestWhoWaitsForALimitLeaves holds that a call which waits for a rate limit ends
// with its caller, and that the limit is of nobody's making then.
func TestWhoWaitsForALimitLeaves(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	b := newBroken(t, slack.Config{RateWait: time.Hour})
	told := make(chan struct{}, 9)
	b.breaks("conversations.replies", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "20")
		w.WriteHeader(http.StatusTooManyRequests)
		told <- struct{}{}
	})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	ended := b.begin(ctx, stories["thread"])
	<-told
	leave()
	servertest.Within(t, "the call ended", func() {
		if err := <-ended; err == nil {
			t.Error("there is an answer")
		}
	})
	if n := b.times("conversations.replies"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestServerClosesWhileSlackIsSilent holds that nothing outlives the server, with
// callers or without.
func TestServerClosesWhileSlackIsSilent(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	b, s := newBroken(t, slack.Config{}), newSilence(false)
	b.breaks("auth.test", s.answer)
	ended := b.begin(t.Context(), stories["post"])
	<-s.came
	if b.Asked("chat.postMessage") != 1 {
		t.Error("nothing was posted")
	}
	if err := b.srv.Close(); err != nil {
		t.Error(err)
	}
	servertest.Within(t, "the call ended", func() { <-ended })
	servertest.Within(t, "Slack was left", s.empty)
	if b.Asked("chat.postMessage") != 1 {
		t.Error("it was posted again")
	}
}
