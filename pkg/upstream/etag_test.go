package upstream

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNotModified(t *testing.T) {
	version, remaining := 1, 100
	var conditions []string
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		conditions = append(conditions, q.Header.Get("If-None-Match")+q.Header.Get("If-Modified-Since"))
		remaining--
		tag := fmt.Sprintf(`W/"%d"`, version)
		windowed(w, "core", remaining, time.Hour)
		switch {
		case q.URL.Path == "/dated":
			w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
			if q.Header.Get("If-Modified-Since") == "Mon, 02 Jan 2006 15:04:05 GMT" {
				w.WriteHeader(304)
				return
			}
		case q.URL.Path == "/private":
			w.Header().Set("Cache-Control", "private, No-Store")
			fallthrough
		default:
			w.Header().Set("ETag", tag)
			if q.Header.Get("If-None-Match") == tag {
				w.WriteHeader(304)
				return
			}
		}
		json(w, 200, fmt.Sprintf(`{"version":%d}`, version), "Link", `<x>; rel="next"`)
	})
	ctx := as(t.Context(), "a")
	asked := func(path, want, condition string, header ...string) {
		t.Helper()
		conditions = nil
		got := r.get(t, ctx, path, header...)
		if got.status != 200 || got.body != want || got.header.Get("Link") == "" || got.header.Get("Content-Type") == "" || len(conditions) != 1 || conditions[0] != condition {
			t.Errorf("%s: %+v, asked with %q", path, got, conditions)
		}
	}
	asked("/x", `{"version":1}`, "")
	asked("/x", `{"version":1}`, `W/"1"`)
	if got := r.Rates(Bearer("a")); len(got) != 1 || got[0].Remaining != 98 {
		t.Errorf("%+v", got)
	}
	version = 2
	asked("/x", `{"version":2}`, `W/"1"`)
	asked("/x", `{"version":2}`, `W/"2"`)
	asked("/x?page=2", `{"version":2}`, "")
	asked("/x", `{"version":2}`, "", "Accept", "application/vnd.github.full+json")
	asked("/x", `{"version":2}`, "", "X-GitHub-Api-Version", "2022-11-28")
	asked("/x", `{"version":2}`, "", "Cache-Control", "no-store")
	asked("/dated", `{"version":2}`, "")
	asked("/dated", `{"version":2}`, "Mon, 02 Jan 2006 15:04:05 GMT")
	asked("/private", `{"version":2}`, "")
	asked("/private", `{"version":2}`, "")
	ctx = as(t.Context(), "b")
	asked("/x", `{"version":2}`, "")
	ctx = t.Context()
	asked("/x", `{"version":2}`, "")
	if r.counts.unchanged.Load() != 3 {
		t.Errorf("%d times unchanged", r.counts.unchanged.Load())
	}
	// A condition of the library's own is its business.
	if got := r.get(t, ctx, "/x", "If-None-Match", `W/"2"`); got.status != 304 {
		t.Errorf("%+v", got)
	}
}

func TestFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
			json(w, 200, `{}`, "ETag", `"1"`)
		})
		asked := func(ctx context.Context, method, path string, want int32) {
			t.Helper()
			before := r.hits.Load()
			if _, err := r.do(ctx, method, path, ""); err != nil || r.hits.Load()-before != want {
				t.Errorf("%s %s was sent %d times: %v", method, path, r.hits.Load()-before, err)
			}
		}
		ctx := Fresh(as(t.Context(), "a"), 10*time.Second)
		asked(ctx, "GET", "/repos/o/r/issues?page=1", 1)
		asked(ctx, "GET", "/repos/o/r/issues?page=1", 0)
		asked(as(t.Context(), "a"), "GET", "/repos/o/r/issues?page=1", 1)
		asked(Fresh(as(t.Context(), "b"), time.Hour), "GET", "/repos/o/r/issues?page=1", 1)
		time.Sleep(11 * time.Second)
		asked(ctx, "GET", "/repos/o/r/issues?page=1", 1)
		// A write makes all that it may show in be asked for again.
		asked(ctx, "GET", "/repos/o/r/issues/1", 1)
		asked(ctx, "GET", "/repos/o/r/issues/1/comments", 1)
		asked(ctx, "GET", "/repos/o/r2", 1)
		asked(ctx, "PATCH", "/repos/o/r/issues/1", 1)
		asked(ctx, "GET", "/repos/o/r/issues/1", 1)
		asked(ctx, "GET", "/repos/o/r/issues/1/comments", 1)
		asked(ctx, "GET", "/repos/o/r/issues?page=1", 1)
		asked(ctx, "GET", "/repos/o/r2", 0)
	})
}

// TestCacheIsBounded holds that its bytes stay below the limit, and that the latest
// used stay.
func TestCacheIsBounded(t *testing.T) {
	r := newRig(t, Config{CacheBytes: 64 << 10, CacheEntry: 16 << 10}, func(w http.ResponseWriter, q *http.Request) {
		size, _ := strconv.Atoi(q.URL.Query().Get("size"))
		w.Header().Set("ETag", `"1"`)
		if q.Header.Get("If-None-Match") != "" {
			w.WriteHeader(304)
			return
		}
		json(w, 200, strings.Repeat("x", size))
	})
	for i := range 50 {
		r.get(t, t.Context(), fmt.Sprintf("/x?size=3000&i=%d", i))
		r.get(t, t.Context(), "/x?size=3000&i=0")
		if got := r.cache.bytes(); got > 64<<10 {
			t.Fatal(got)
		}
	}
	if n := len(r.cache.entries); n < 5 || n != r.cache.order.Len() || r.counts.unchanged.Load() != 50 {
		t.Errorf("%d entries, %d times unchanged", n, r.counts.unchanged.Load())
	}
	before := r.cache.bytes()
	r.get(t, t.Context(), "/x?size=17000")
	if r.cache.bytes() != before {
		t.Error("a long answer was kept")
	}
	off := newRig(t, Config{CacheBytes: -1}, func(w http.ResponseWriter, _ *http.Request) { json(w, 200, `{}`, "ETag", `"1"`) })
	off.get(t, t.Context(), "/x")
	if len(off.cache.entries) != 0 {
		t.Error("a cache that is off keeps something")
	}
}
