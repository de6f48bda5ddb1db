package upstream

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// paced is a client whose writes take a second each, three of which may run
// ahead, and those of small things a third of it.
func paced(t *testing.T) *rig {
	return newScript(t, Config{WriteBurst: 3 * time.Second, Pace: func(r *http.Request) time.Duration {
		switch {
		case strings.HasPrefix(r.URL.Path, "/free"):
			return 0
		case strings.HasPrefix(r.URL.Path, "/small"):
			return time.Second / 3
		}
		return time.Second
	}}, func(w http.ResponseWriter, _ *http.Request) { json(w, 201, `{}`) })
}

func TestWritesArePaced(t *testing.T) {
	for path, want := range map[string][]time.Duration{
		"/x":     {0, 0, 0, 1000, 2000, 3000},
		"/small": {0, 0, 0, 0, 0, 0, 0, 0, 0, 333, 667, 1000},
		"/free":  {0, 0, 0, 0, 0, 0},
	} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			synctest.Test(t, func(t *testing.T) {
				r, began := paced(t), time.Now()
				var got []time.Duration
				for range want {
					if _, err := r.do(as(t.Context(), "a"), method, path, ""); err != nil {
						t.Fatal(err)
					}
					got = append(got, time.Duration(time.Since(began).Round(time.Millisecond).Milliseconds()))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s, in ms: %s", method, path, diff)
				}
				// Reads, and what others write, wait for none of it.
				before := time.Now()
				r.get(t, as(t.Context(), "a"), "/x")
				if _, err := r.do(as(t.Context(), "b"), method, path, ""); err != nil || time.Since(before) > 0 {
					t.Errorf("it took %s, %v", time.Since(before), err)
				}
				// Rest gives the burst back, and no more than that.
				time.Sleep(time.Hour)
				before = time.Now()
				for range 4 {
					if _, err := r.do(as(t.Context(), "a"), method, "/x", ""); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(before); took != time.Second {
					t.Errorf("four after a rest took %s", took)
				}
			})
		}
	}
}

func TestWritesAtOnceArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := paced(t), time.Now()
		var mu sync.Mutex
		sent, refused := map[time.Duration]int{}, 0
		var running sync.WaitGroup
		for range 100 {
			running.Go(func() {
				_, err := r.do(as(t.Context(), "a"), "POST", "/x", "")
				var limit *LimitError
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					sent[time.Since(began)]++
				case errors.As(err, &limit) && limit.Secondary && limit.After == 30*time.Second && Unsent(err) && time.Since(began) == 0:
					refused++
				default:
					t.Error(err)
				}
			})
		}
		running.Wait()
		// Those that would not be sent within the 30 s of a request are refused at once.
		want := map[time.Duration]int{0: 3}
		for s := range 29 {
			want[time.Duration(s+1)*time.Second] = 1
		}
		if diff := cmp.Diff(want, sent); diff != "" || refused != 100-32 || r.hits.Load() != 32 {
			t.Errorf("%d refused: %s", refused, diff)
		}
	})
}

func TestPaceFitsItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := paced(t)
		post := func(ctx context.Context) error {
			_, err := r.do(ctx, "POST", "/x", "")
			return err
		}
		for range 3 {
			if err := post(as(t.Context(), "a")); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		short, end := context.WithTimeout(as(t.Context(), "a"), 500*time.Millisecond)
		defer end()
		var limit *LimitError
		if err := post(short); !errors.As(err, &limit) || limit.After != time.Second || time.Since(began) > 0 {
			t.Errorf("one without the time has %v", err)
		}
		// Who leaves takes nobody's turn.
		leaving, leave := context.WithCancel(as(t.Context(), "a"))
		time.AfterFunc(100*time.Millisecond, leave)
		if err := post(leaving); !errors.Is(err, context.Canceled) {
			t.Errorf("one that left has %v", err)
		}
		if err := post(as(t.Context(), "a")); err != nil || time.Since(began) != time.Second || r.hits.Load() != 4 {
			t.Errorf("the next went after %s, %v", time.Since(began), err)
		}
	})
}

// TestPaceKnowsLimits holds that a write that waited does not go into a limit that
// was met before its turn.
func TestPaceKnowsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{Pace: func(*http.Request) time.Duration { return time.Second }}, func(w http.ResponseWriter, _ *http.Request) {
			json(w, 403, `{"message":"You have exceeded a secondary rate limit."}`, "Retry-After", "60")
		})
		var running sync.WaitGroup
		for range 3 {
			running.Go(func() {
				var limit *LimitError
				if _, err := r.do(as(t.Context(), "a"), "POST", "/x", ""); !errors.As(err, &limit) {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if n := r.hits.Load(); n != 1 {
			t.Errorf("it was asked %d times", n)
		}
	})
}

func TestWithoutAPaceNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := newScript(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { json(w, 201, `{}`) }), time.Now()
		for range 100 {
			if _, err := r.do(as(t.Context(), "a"), "POST", "/x", ""); err != nil || time.Since(began) > 0 {
				t.Fatalf("after %s: %v", time.Since(began), err)
			}
		}
	})
}
