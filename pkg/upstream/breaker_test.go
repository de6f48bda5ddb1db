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

func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := 500
		r := newScript(t, Config{OpenAfter: 3, OpenFor: 10 * time.Second}, func(w http.ResponseWriter, _ *http.Request) { json(w, status, `{}`) })
		asked := 0
		get := func() (int, error) {
			asked++
			got, err := r.do(t.Context(), "GET", fmt.Sprint("/", asked), "")
			return got.status, err
		}
		for range 2 {
			get()
		}
		// What is one tenant's own fault proves that the host is well.
		status = 404
		for range 20 {
			if _, err := get(); err != nil {
				t.Fatal(err)
			}
		}
		status = 500
		for range 3 {
			if got, err := get(); err != nil || got != 500 {
				t.Fatal(got, err)
			}
		}
		var open *OpenError
		before := r.hits.Load()
		if _, err := get(); !errors.As(err, &open) || open.After != 10*time.Second || r.hits.Load() != before {
			t.Errorf("%v after %d", err, r.hits.Load()-before)
		}
		time.Sleep(10 * time.Second)
		if got, err := get(); err != nil || got != 500 {
			t.Errorf("the one that tries: %d %v", got, err)
		}
		if _, err := get(); !errors.As(err, &open) {
			t.Errorf("after it failed: %v", err)
		}
		time.Sleep(10 * time.Second)
		status = 200
		for range 3 {
			if got, err := get(); err != nil || got != 200 {
				t.Errorf("after it is well again: %d %v", got, err)
			}
		}
	})
}

func TestOneRequestTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold, status := make(chan struct{}), 500
		r := newScript(t, Config{OpenAfter: 1, OpenFor: time.Second}, func(w http.ResponseWriter, q *http.Request) {
			if status == 200 {
				select {
				case <-hold:
				case <-q.Context().Done():
				}
			}
			json(w, status, `{}`)
		})
		r.do(t.Context(), "POST", "/x", "")
		time.Sleep(time.Second)
		status = 200
		// Who tries and gives up tells nothing, and takes no one's place.
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { r.do(ctx, "POST", "/x", "") })
		synctest.Wait()
		var open *OpenError
		if _, err := r.do(t.Context(), "POST", "/x", ""); !errors.As(err, &open) || open.After <= 0 {
			t.Errorf("while another tries: %v", err)
		}
		cancel()
		all.Wait()
		close(hold)
		if got, err := r.do(t.Context(), "POST", "/x", ""); err != nil || got.status != 200 {
			t.Errorf("after it gave up: %+v %v", got, err)
		}
	})
}

func TestOutcomes(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel2 := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel2()
	network := &NetworkError{}
	for _, tt := range []struct {
		ctx    context.Context
		status int
		err    error
		took   time.Duration
		want   outcome
	}{
		{t.Context(), 200, nil, 0, well},
		{t.Context(), 429, nil, 0, well},
		{t.Context(), 501, nil, 0, well},
		{t.Context(), 502, nil, 0, ill},
		{t.Context(), 0, network, 0, ill},
		{t.Context(), 0, &NetworkError{Failure: Broken}, 0, ill},
		{t.Context(), 0, &NetworkError{Failure: Unreachable}, 0, away},
		{t.Context(), 0, &TooLargeError{}, 0, well},
		{ended, 0, context.Canceled, time.Minute, untold},
		{late, 0, context.DeadlineExceeded, time.Second, untold},
		{late, 0, context.DeadlineExceeded, patience, ill},
	} {
		if got := told(tt.ctx, &http.Response{StatusCode: tt.status}, tt.err, tt.took); got != tt.want {
			t.Errorf("%d %v after %v: %d, want %d", tt.status, tt.err, tt.took, got, tt.want)
		}
	}
}

func TestBulkhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		var mu sync.Mutex
		running, most := map[string]int{}, map[string]int{}
		r := newScript(t, Config{Concurrent: 6, PerCredential: 4, Queue: 8}, func(w http.ResponseWriter, q *http.Request) {
			who := q.Header.Get("Authorization")
			mu.Lock()
			for _, k := range []string{who, "all"} {
				running[k]++
				most[k] = max(most[k], running[k])
			}
			mu.Unlock()
			<-hold
			mu.Lock()
			running[who]--
			running["all"]--
			mu.Unlock()
			json(w, 200, `{}`)
		})
		var all sync.WaitGroup
		var failures []error
		post := func(ctx context.Context, n int) {
			for range n {
				all.Go(func() {
					if _, err := r.do(ctx, "POST", "/x", ""); err != nil {
						mu.Lock()
						failures = append(failures, err)
						mu.Unlock()
					}
				})
			}
			synctest.Wait()
		}
		var busy *BusyError
		post(as(t.Context(), "a"), 7)
		if len(failures) != 1 || !errors.As(failures[0], &busy) || !busy.Own {
			t.Errorf("one user's queue: %v", failures)
		}
		ctx, cancel := context.WithCancel(as(t.Context(), "b"))
		post(ctx, 4)
		cancel()
		synctest.Wait()
		if len(failures) != 3 || !errors.Is(failures[1], context.Canceled) {
			t.Errorf("who waits can leave: %v", failures)
		}
		for _, user := range []string{"c", "d", "e", "f"} {
			post(as(t.Context(), user), 2)
		}
		post(as(t.Context(), "g"), 1)
		if last := failures[len(failures)-1]; !errors.As(last, &busy) || busy.Own {
			t.Errorf("everybody's queue: %v", failures)
		}
		close(hold)
		all.Wait()
		if most["all"] != 6 || most["Bearer a"] != 4 || len(r.bulk.users) != 0 || r.bulk.waiting != 0 {
			t.Errorf("%v, and left %d and %d", most, len(r.bulk.users), r.bulk.waiting)
		}
	})
}

// TestStreamsHoldTheirSlot holds that an answer counts until it is closed.
func TestStreamsHoldTheirSlot(t *testing.T) {
	r := newRig(t, Config{Concurrent: 1, Queue: 8}, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("text")) })
	resp, err := r.HTTP().Get(r.url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.do(ctx, "GET", "/x", ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	resp.Body.Close()
	resp.Body.Close()
	if got := r.get(t, t.Context(), "/x"); got.body != "text" {
		t.Errorf("%+v", got)
	}
}
