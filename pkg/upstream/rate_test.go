package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// windowed has the headers of a window that ends after d.
func windowed(w http.ResponseWriter, resource string, remaining int, d time.Duration) {
	h := w.Header()
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	h.Set("X-RateLimit-Limit", "5000")
	h.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(d).Unix(), 10))
	if resource != "" {
		h.Set("X-RateLimit-Resource", resource)
	}
}

// searches is what GitHub counts apart.
func searches(r *http.Request) string {
	if strings.Contains(r.URL.Path, "/search/") {
		return "search"
	}
	return "core"
}

func TestPrimaryLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		remaining := 1
		r := newScript(t, Config{Limits: Limits{Resource: searches}}, func(w http.ResponseWriter, q *http.Request) {
			if searches(q) == "search" {
				windowed(w, "search", 9, time.Minute)
				json(w, 200, `{}`)
				return
			}
			windowed(w, "core", remaining, 50*time.Minute)
			json(w, 200, `{}`)
		})
		ctx := as(t.Context(), "a")
		got := r.get(t, ctx, "/x")
		if h := got.header; h.Get("X-RateLimit-Remaining") != "" || h.Get("X-RateLimit-Reset") != "" || h.Get("X-RateLimit-Limit") != "5000" {
			t.Errorf("the library sees %v", h)
		}
		remaining = 0
		r.get(t, ctx, "/x")
		reset := time.Now().Add(50 * time.Minute).Truncate(time.Second).UTC()
		hits := r.hits.Load()
		var limit *LimitError
		if _, err := r.do(ctx, "GET", "/x", ""); !errors.As(err, &limit) || limit.Secondary || limit.Resource != "core" || limit.After != 50*time.Minute || r.hits.Load() != hits {
			t.Errorf("%+v after %d", limit, r.hits.Load()-hits)
		}
		// Another resource and another user go on.
		r.get(t, ctx, "/api/v3/search/issues")
		remaining = 10
		r.get(t, as(t.Context(), "b"), "/x")
		want := []Rate{{"core", 5000, 0, reset}, {"search", 5000, 9, time.Now().Add(time.Minute).Truncate(time.Second).UTC()}}
		if diff := cmp.Diff(want, r.Rates(Bearer("a"))); diff != "" {
			t.Error(diff)
		}
		if r.Rates(Bearer("nobody")) != nil {
			t.Error("rates of nobody")
		}
		time.Sleep(50*time.Minute - time.Second)
		// A short wait is no failure.
		if got := r.get(t, ctx, "/x"); got.status != 200 {
			t.Errorf("%+v", got)
		}
	})
}

func TestClocksDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			there := time.Now().Add(-time.Hour)
			json(w, 200, `{}`, "Date", there.UTC().Format(http.TimeFormat), "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(there.Add(time.Minute).Unix(), 10))
		})
		r.get(t, t.Context(), "/x")
		var limit *LimitError
		if _, err := r.do(t.Context(), "GET", "/x", ""); !errors.As(err, &limit) || limit.After != time.Minute {
			t.Errorf("%+v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	const secondary = `{"message":"You have exceeded a secondary rate limit.","documentation_url":"https://docs/#about-secondary-rate-limits"}`
	for name, tt := range map[string]struct {
		status    int
		body      string
		header    []string
		remaining int // -1: no window
		want      time.Duration
		secondary bool
	}{
		"primary 403":                      {403, `{"message":"API rate limit exceeded for user"}`, nil, 0, 50 * time.Minute, false},
		"primary 429":                      {429, `{"message":"x"}`, nil, 0, 50 * time.Minute, false},
		"secondary 403":                    {403, secondary, nil, 4000, time.Minute, true},
		"secondary 403, the window at end": {403, secondary, nil, 0, time.Minute, true},
		"secondary 403 with Retry-After":   {403, secondary, []string{"Retry-After", "30"}, 4000, 30 * time.Second, true},
		"secondary 429 with Retry-After":   {429, `{}`, []string{"Retry-After", "40"}, 4000, 40 * time.Second, true},
		"429 with nothing":                 {429, ``, nil, -1, time.Minute, true},
		"403 with Retry-After":             {403, `{}`, []string{"Retry-After", "20"}, -1, 20 * time.Second, true},
		"abuse":                            {403, `{"message":"You have triggered an abuse detection mechanism"}`, nil, 10, time.Minute, true},
		"no permission":                    {403, `{"message":"Resource not accessible by integration"}`, nil, 4000, 0, false},
		"no permission, the window at end": {403, `{"message":"Resource not accessible by integration"}`, nil, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newScript(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
					if q.URL.Path == "/fine" {
						json(w, 200, `{}`)
						return
					}
					if tt.remaining >= 0 {
						windowed(w, "core", tt.remaining, 50*time.Minute)
					}
					json(w, tt.status, tt.body, tt.header...)
				})
				ctx := as(t.Context(), "a")
				got, err := r.do(ctx, "POST", "/x", "")
				var limit *LimitError
				if tt.want == 0 {
					if err != nil || got.status != tt.status || got.body != tt.body {
						t.Errorf("%+v %v", got, err)
					}
					return
				}
				if !errors.As(err, &limit) || limit.Secondary != tt.secondary || limit.After != tt.want || limit.Resource != "core" {
					t.Fatalf("%+v %v", limit, err)
				}
				if _, err := r.do(ctx, "GET", "/fine", ""); !errors.As(err, &limit) || r.hits.Load() != 1 {
					t.Errorf("it was asked again: %v", err)
				}
				r.get(t, as(t.Context(), "b"), "/fine")
				if tt.secondary && tt.remaining != 0 {
					time.Sleep(tt.want)
					r.get(t, ctx, "/fine")
				}
			})
		})
	}
}

func TestRefusalsGrowLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { json(w, 429, `{}`) })
		refused := func() time.Duration {
			t.Helper()
			_, err := r.do(t.Context(), "GET", "/x", "")
			var limit *LimitError
			if !errors.As(err, &limit) {
				t.Fatal(err)
			}
			return limit.After
		}
		for _, want := range []time.Duration{1, 2, 4, 8, 8} {
			if got := refused(); got != want*time.Minute {
				t.Errorf("%v, want %v", got, want*time.Minute)
			}
			time.Sleep(want * time.Minute)
		}
		time.Sleep(forgotten)
		if got := refused(); got != time.Minute {
			t.Errorf("much later: %v", got)
		}
	})
}

func TestShortRefusalsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		r := newScript(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			if n++; n == 1 {
				json(w, 429, `{}`, "Retry-After", "1")
				return
			}
			json(w, 200, `{}`)
		})
		began := time.Now()
		if got := r.get(t, t.Context(), "/x"); got.status != 200 || time.Since(began) != time.Second {
			t.Errorf("%+v after %v", got, time.Since(began))
		}
		n = 0
		var limit *LimitError
		if _, err := r.do(t.Context(), "POST", "/x", ""); !errors.As(err, &limit) {
			t.Errorf("a write: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if _, err := r.do(ctx, "GET", "/x", ""); !errors.As(err, &limit) {
			t.Errorf("less time than that: %v", err)
		}
		if got, err := r.do(t.Context(), "POST", "/x", ""); err != nil || got.status != 200 {
			t.Errorf("before it is sent a write waits too: %+v %v", got, err)
		}
	})
}

func TestLimitsOfAnotherKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := Limits{
			Separate: true,
			Resource: func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/api/") },
			Read: func(resp *http.Response) (Rate, bool) {
				n, err := strconv.Atoi(resp.Header.Get("Left"))
				return Rate{Remaining: n, Reset: time.Now().Add(time.Minute)}, err == nil
			},
		}
		r := newScript(t, Config{Limits: limits}, func(w http.ResponseWriter, q *http.Request) {
			if q.URL.Path == "/api/chat.postMessage" {
				json(w, 429, `{}`, "Retry-After", "30")
				return
			}
			json(w, 200, `{}`, "Left", "7")
		})
		ctx := WithCredential(t.Context(), InBody("xoxb"))
		var limit *LimitError
		if _, err := r.do(ctx, "POST", "/api/chat.postMessage", "token=xoxb"); !errors.As(err, &limit) || limit.Resource != "chat.postMessage" {
			t.Error(err)
		}
		r.get(t, ctx, "/api/users.list")
		if got := r.Rates(InBody("xoxb")); len(got) != 1 || got[0].Resource != "users.list" || got[0].Remaining != 7 {
			t.Errorf("%+v", got)
		}
	})
}

// TestTrackerIsBounded holds that neither users nor resources grow without end.
func TestTrackerIsBounded(t *testing.T) {
	tr := newTracker(Config{}.defaults())
	for i := range maxUsers + 100 {
		tr.block(Bearer(strconv.Itoa(i)), "", 0, false)
	}
	future := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	for i := range 2 * maxResources {
		h := http.Header{"X-Ratelimit-Remaining": {"1"}, "X-Ratelimit-Reset": {future}, "X-Ratelimit-Resource": {strconv.Itoa(i)}}
		tr.note(Bearer("x"), "core", &http.Response{StatusCode: 200, Header: h, Body: http.NoBody})
		tr.block(Bearer("x"), strconv.Itoa(i), time.Minute, true)
	}
	if len(tr.users) != maxUsers || tr.order.Len() != maxUsers || len(tr.rates(Bearer("x"))) != maxResources || len(tr.of(Bearer("x"), false).blocks) != maxResources {
		t.Errorf("%d users, %d rates", len(tr.users), len(tr.rates(Bearer("x"))))
	}
}

// TestUsersAreNotMixedUp interleaves two users' calls.
func TestUsersAreNotMixedUp(t *testing.T) {
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		who := q.Header.Get("Authorization")
		tag := `"` + Bearer(strings.TrimPrefix(who, "Bearer ")).ID() + `"`
		w.Header().Set("Etag", tag)
		if q.Header.Get("If-None-Match") == tag {
			w.WriteHeader(304)
			return
		}
		if q.Header.Get("If-None-Match") != "" {
			t.Error("one user's tag was sent for another")
		}
		json(w, 200, fmt.Sprintf(`{"who":%q}`, who))
	})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 125 {
				who := "user" + strconv.Itoa((i+j)%2)
				got, err := r.do(as(t.Context(), who), "GET", "/user", "")
				if want := fmt.Sprintf(`{"who":"Bearer %s"}`, who); err != nil || got.body != want {
					t.Errorf("%q %v, want %q", got.body, err, want)
				}
			}
		})
	}
	all.Wait()
}
