package upstream

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

func TestWritesAreNotTurnedIntoReads(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a write reached %s %s", r.Method, r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		status, _ := strconv.Atoi(q.URL.Query().Get("status"))
		switch q.URL.Path {
		case "/old":
			w.Header().Set("Location", "/new?token=x")
			w.WriteHeader(status)
		case "/away":
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
		case "/new":
			json(w, 201, q.Method+" "+string(b))
		}
	})
	ctx := as(t.Context(), canary)
	for _, method := range []string{"POST", "PATCH", "PUT", "DELETE"} {
		for _, status := range []string{"301", "302", "303"} {
			before := r.hits.Load()
			_, err := r.do(ctx, method, "/old?status="+status, "body")
			var moved *MovedError
			if !errors.As(err, &moved) || moved.To != r.url+"/new" || strconv.Itoa(moved.Status) != status || r.hits.Load() != before+1 {
				t.Errorf("%s %s: %v", method, status, err)
			}
		}
		for _, status := range []string{"307", "308"} {
			got, err := r.do(ctx, method, "/old?status="+status, "body")
			if err != nil || got.body != method+" body" {
				t.Errorf("%s %s: %+v %v", method, status, got, err)
			}
			var moved *MovedError
			if _, err := r.do(ctx, method, "/away?status="+status, "body"); !errors.As(err, &moved) || moved.To != elsewhere.URL {
				t.Errorf("%s %s: %v", method, status, err)
			}
		}
	}
	q, _ := http.NewRequestWithContext(ctx, "POST", r.url+"/old?status=307", io.NopCloser(strings.NewReader("once")))
	var moved *MovedError
	if _, err := read(r.HTTP().Do(q)); !errors.As(err, &moved) {
		t.Errorf("a body that can be sent once only: %v", err)
	}
}

func TestRedirectsHaveAnEnd(t *testing.T) {
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Location", q.URL.Path+"x")
		w.WriteHeader(http.StatusFound)
	})
	_, err := r.do(t.Context(), "GET", "/x", "")
	var refused *RefusedError
	if !errors.As(err, &refused) || r.hits.Load() != 6 {
		t.Errorf("%v after %d", err, r.hits.Load())
	}
	got, err := r.do(Unfollowed(t.Context()), "GET", "/x", "")
	if err != nil || got.status != 302 || got.header.Get("Location") != "/xx" {
		t.Errorf("%+v %v", got, err)
	}
}
