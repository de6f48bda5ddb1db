package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestEqualReadsAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		r := newScript(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
			select {
			case <-hold:
			case <-q.Context().Done():
			}
			json(w, 200, `{}`)
		})
		var all sync.WaitGroup
		get := func(ctx context.Context, method, path string, want error) {
			all.Go(func() {
				if _, err := r.do(ctx, method, path, ""); !errors.Is(err, want) {
					t.Errorf("%s %s: %v, want %v", method, path, err, want)
				}
			})
			synctest.Wait()
		}
		first, leave := context.WithCancel(as(t.Context(), "a"))
		get(first, "GET", "/x", context.Canceled)
		get(as(t.Context(), "a"), "GET", "/x", nil)
		second, leave2 := context.WithTimeout(as(t.Context(), "a"), time.Second)
		defer leave2()
		get(second, "GET", "/x", context.DeadlineExceeded)
		if r.hits.Load() != 1 {
			t.Errorf("equal reads were sent %d times", r.hits.Load())
		}
		leave()
		time.Sleep(2 * time.Second)
		get(as(t.Context(), "b"), "GET", "/x", nil)
		get(as(t.Context(), "a"), "GET", "/y", nil)
		get(as(t.Context(), "a"), "POST", "/x", nil)
		get(as(t.Context(), "a"), "POST", "/x", nil)
		if r.hits.Load() != 5 {
			t.Errorf("different ones were sent %d times", r.hits.Load())
		}
		close(hold)
		all.Wait()
		if r.counts.joined.Load() != 2 || len(r.flights.under) != 0 {
			t.Errorf("%d joined, %d are left", r.counts.joined.Load(), len(r.flights.under))
		}
	})
}

// TestNobodyWaits holds that a read ends when all have left, and that the next
// begins anew.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{}, 9)
		r := newScript(t, Config{}, func(_ http.ResponseWriter, q *http.Request) {
			<-q.Context().Done()
			ended <- struct{}{}
		})
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := r.do(ctx, "GET", "/x", ""); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			cancel()
			<-ended
		}
		go r.do(t.Context(), "GET", "/x", "")
		synctest.Wait()
		r.Client.Close()
		<-ended
		var refused *RefusedError
		if _, err := r.do(t.Context(), "GET", "/x", ""); !errors.As(err, &refused) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// TestReadsAfterAWrite holds that none joins a read that began before it.
func TestReadsAfterAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		n := 0
		r := newScript(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
			if q.Method == "GET" {
				n++
				if n == 1 {
					<-hold
				}
				json(w, 200, fmt.Sprint(n), "ETag", `"1"`)
			}
		})
		var all sync.WaitGroup
		all.Go(func() { r.do(t.Context(), "GET", "/issues/1", "") })
		synctest.Wait()
		r.do(t.Context(), "PATCH", "/issues/1", "")
		if got := r.get(t, t.Context(), "/issues/1"); got.body != "2" {
			t.Errorf("%+v", got)
		}
		close(hold)
		all.Wait()
		// What was asked for before the write is not taken for new.
		if r.get(t, Fresh(t.Context(), time.Hour), "/issues/1"); n != 3 {
			t.Errorf("asked %d times", n)
		}
	})
}

// TestStreamsAreNotShared holds that each who asked has all of an answer that is
// not in memory.
func TestStreamsAreNotShared(t *testing.T) {
	hold := make(chan struct{})
	r := newRig(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
		<-hold
		w.Write([]byte("a log"))
	})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if got, err := r.do(t.Context(), "GET", "/x", ""); err != nil || got.body != "a log" {
				t.Errorf("%+v %v", got, err)
			}
		})
	}
	close(hold)
	all.Wait()
	if n := r.hits.Load(); n < 1 || n > 8 {
		t.Error(n)
	}
}
