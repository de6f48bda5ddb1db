package server

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// moody is a service that is as ready as its mood says.
type moody struct {
	asked atomic.Int64
	mood  func(context.Context) error
}

func (*moody) Register(*Registry) {}

func (m *moody) Ready(ctx context.Context) error {
	m.asked.Add(1)
	return m.mood(ctx)
}

func newMoody(t *testing.T, mood func(context.Context) error) (*moody, *Server, *logBuffer) {
	t.Helper()
	m, out := &moody{mood: mood}, new(logBuffer)
	log, err := logging.New(out, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New("moody", m, Config{}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return m, s, out
}

func TestReadinessIsAskedAndLoggedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := errors.New("no database")
		var mood error
		m, s, out := newMoody(t, func(context.Context) error { return mood })
		h := s.AdminHandler()
		probe := func(status int) {
			t.Helper()
			for range 2000 {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
				if w.Code != status {
					t.Fatalf("%d %s; want %d", w.Code, w.Body, status)
				}
			}
		}
		logged := func(asked int64, warnings, infos int) {
			t.Helper()
			lines := out.String()
			if n := m.asked.Load(); n != asked || strings.Count(lines, "no database") != warnings ||
				strings.Count(lines, `"msg":"not ready"`) != warnings || strings.Count(lines, `"msg":"ready again"`) != infos {
				t.Errorf("asked %d times: %s", n, lines)
			}
		}
		probe(200)
		logged(1, 0, 0)
		mood = fails
		probe(200)
		<-time.After(readinessAge)
		probe(503)
		<-time.After(readinessAge)
		probe(503)
		logged(3, 1, 0)
		mood = nil
		<-time.After(readinessAge)
		probe(200)
		logged(4, 1, 1)
		mood = fails
		<-time.After(readinessAge)
		probe(503)
		logged(5, 2, 1)

		s.draining.Store(true)
		if err := s.Ready(t.Context()); err != errDraining {
			t.Errorf("while draining: %v", err)
		}
		s.draining.Store(false)
		if err := s.Ready(t.Context()); err != fails {
			t.Errorf("after draining: %v", err)
		}
		logged(5, 2, 1)
	})
}

// One who asks and hangs up must not make the service look unready to others.
func TestReadinessIsAskedOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan error)
		m, s, _ := newMoody(t, func(ctx context.Context) error {
			select {
			case err := <-answer:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		ctx, hangUp := context.WithCancel(t.Context())
		said := make(chan error, 100)
		ask := func(ctx context.Context) { said <- s.Ready(ctx) }
		go ask(ctx)
		synctest.Wait()
		for range 50 {
			go ask(t.Context())
		}
		synctest.Wait()
		hangUp()
		synctest.Wait()
		if n := m.asked.Load(); n != 1 || len(said) != 0 {
			t.Errorf("asked %d times; %d know already", n, len(said))
		}
		answer <- nil
		for range 51 {
			if err := <-said; err != nil {
				t.Error(err)
			}
		}

		// The next answer takes long: until then, the last one holds.
		<-time.After(readinessAge)
		go ask(t.Context())
		synctest.Wait()
		if err := s.Ready(t.Context()); err != nil || m.asked.Load() != 2 {
			t.Errorf("%v, asked %d times", err, m.asked.Load())
		}
		if err := <-said; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at its deadline: %v", err)
		}
		if err := s.Ready(t.Context()); err == nil || m.asked.Load() != 3 {
			t.Errorf("after it: %v, asked %d times", err, m.asked.Load())
		}
	})
}

func TestServiceThatDoesNotSayIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan error)
		m, s, out := newMoody(t, func(context.Context) error { return <-answer })
		said := make(chan error, 3)
		for range 2 {
			go func() { said <- s.Ready(t.Context()) }()
		}
		synctest.Wait()
		if err := <-said; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one who waits: %v", err)
		}
		<-time.After(time.Millisecond)
		for range 100 {
			if err := s.Ready(t.Context()); err != errReadinessStuck {
				t.Errorf("later: %v", err)
			}
		}
		if n := strings.Count(out.String(), `"msg":"not ready"`); n != 1 || m.asked.Load() != 1 {
			t.Errorf("asked %d times: %s", m.asked.Load(), out)
		}
		close(answer)
		if err := <-said; err != nil {
			t.Error(err)
		}
		if err := s.Ready(t.Context()); err != nil || !strings.Contains(out.String(), "ready again") {
			t.Errorf("in the end: %v: %s", err, out)
		}
	})
}

func TestReadinessSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mood := func(context.Context) error { panic("no") }
		_, s, _ := newMoody(t, func(ctx context.Context) error { return mood(ctx) })
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic does not go on")
				}
			}()
			_ = s.Ready(t.Context()) // panics
		}()
		if err := s.Ready(t.Context()); err != errPanic {
			t.Errorf("after it: %v", err)
		}
		mood = func(context.Context) error { return nil }
		<-time.After(readinessAge)
		if err := s.Ready(t.Context()); err != nil {
			t.Errorf("later: %v", err)
		}
	})
}

func TestReadinessTellsStrangersWhatIsMadeForCallers(t *testing.T) {
	var mood error
	_, s, _ := newMoody(t, func(context.Context) error { return mood })
	for _, tt := range []struct {
		mood error
		want string
	}{
		{toolerr.Wrap(errors.New("dial db.internal"), toolerr.ServiceUnavailable, "set DEMO_ROOT first"), "set DEMO_ROOT first"},
		{errors.New("dial db.internal"), "its log says why"},
		{toolerr.Wrap(errors.New("dial db.internal"), toolerr.Internal, "db.internal is broken"), "its log says why"},
	} {
		mood, s.readiness = tt.mood, readiness{}
		w := httptest.NewRecorder()
		s.AdminHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz", nil))
		if body := w.Body.String(); w.Code != 503 || !strings.Contains(body, tt.want) || strings.Contains(body, "db.internal") {
			t.Errorf("%v: %d %s", tt.mood, w.Code, body)
		}
	}
}
