package upstream

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestLongAnswersAreFewAtOnce counts those that are in memory before their reader
// closes them, of a length that is told and that is not.
func TestLongAnswersAreFewAtOnce(t *testing.T) {
	long := `"` + strings.Repeat("x", 3<<20) + `"`
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if q.URL.Query().Has("chunked") {
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, long)
	})
	for _, query := range []string{"length", "chunked"} {
		var open, most atomic.Int32
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				// What sets conditions of its own is not joined.
				q, err := http.NewRequestWithContext(t.Context(), "GET", r.url+"/x?"+query, nil)
				if err != nil {
					t.Error(err)
					return
				}
				q.Header.Set("If-None-Match", `"1"`)
				resp, err := r.HTTP().Do(q)
				if err != nil {
					t.Error(err)
					return
				}
				for n := open.Add(1); ; {
					if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
						break
					}
				}
				b, err := io.ReadAll(resp.Body)
				if err != nil || len(b) != len(long) {
					t.Errorf("%d bytes, %v", len(b), err)
				}
				open.Add(-1)
				resp.Body.Close()
			})
		}
		all.Wait()
		if n := most.Load(); n > 2 {
			t.Errorf("%s: %d at once", query, n)
		}
	}
}

// TestRoomComesBack runs what takes room, and fails in each way, more often than
// there is room.
func TestRoomComesBack(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	stalls := make(chan struct{})
	r := newRig(t, Config{MaxBody: 4 << 20, Retries: -1}, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch q.URL.Path {
		case "/fine", "/shared":
			_, _ = io.WriteString(w, long)
		case "/limited":
			json(w, 429, long)
		case "/missing":
			json(w, 404, long)
		case "/moved":
			w.Header().Set("Location", "/fine")
			w.WriteHeader(http.StatusFound)
			_, _ = io.WriteString(w, long)
		case "/endless":
			for q.Context().Err() == nil {
				_, _ = io.WriteString(w, long)
			}
		case "/half":
			w.Header().Set("Content-Length", "4000000")
			_, _ = io.WriteString(w, long)
		case "/stalls":
			_, _ = io.WriteString(w, long)
			w.(http.Flusher).Flush()
			stalls <- struct{}{}
			<-q.Context().Done()
		}
	})
	for round := range 5 {
		for _, path := range []string{"/fine", "/limited", "/missing", "/moved", "/endless", "/half"} {
			_, err := r.do(as(t.Context(), fmt.Sprint(path, round)), "GET", path, "")
			if failed := err != nil; failed != slices.Contains([]string{"/limited", "/endless", "/half"}, path) {
				t.Errorf("%s: %v", path, err)
			}
		}
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			<-stalls
			leave()
		}()
		if _, err := r.do(ctx, "GET", "/stalls", ""); err == nil {
			t.Error("it did not stall")
		}
		var both sync.WaitGroup
		for range 3 {
			both.Go(func() {
				if got, err := r.do(t.Context(), "GET", "/shared", ""); err != nil || got.body != long {
					t.Errorf("%d bytes, %v", len(got.body), err)
				}
			})
		}
		both.Wait()
	}
	for i, slots := range []int64{4, 2} {
		if !r.shelves[i].room.TryAcquire(slots) {
			t.Errorf("above %d bytes there is no room for %d", r.shelves[i].above, slots)
		}
	}
}
