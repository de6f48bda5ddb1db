package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// failing answers with the statuses in turn, then 200.
func failing(statuses ...int) (http.HandlerFunc, *atomic.Int32) {
	var n atomic.Int32
	return func(w http.ResponseWriter, _ *http.Request) {
		if i := int(n.Add(1)) - 1; i < len(statuses) {
			json(w, statuses[i], `{}`)
			return
		}
		json(w, 200, `{"ok":true}`)
	}, &n
}

func TestReadsAreRepeated(t *testing.T) {
	for _, tt := range []struct {
		method    string
		statuses  []int
		want, hit int
	}{
		{"GET", []int{502, 503}, 200, 3},
		{"HEAD", []int{504}, 200, 2},
		{"GET", []int{502, 502, 502}, 502, 3},
		{"GET", []int{500}, 500, 1},
		{"GET", []int{404}, 404, 1},
		{"POST", []int{502}, 502, 1},
		{"PATCH", []int{503}, 503, 1},
		{"PUT", []int{504}, 504, 1},
		{"DELETE", []int{502}, 502, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, n := failing(tt.statuses...)
			r := newScript(t, Config{}, h)
			got, err := r.do(t.Context(), tt.method, "/x", "")
			if err != nil || got.status != tt.want || int(n.Load()) != tt.hit {
				t.Errorf("%s %v: %+v %v after %d", tt.method, tt.statuses, got, err, n.Load())
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		h, n := failing(502, 502)
		r := newScript(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
			if b, _ := io.ReadAll(q.Body); string(b) != "body" {
				t.Errorf("attempt with %q", b)
			}
			h(w, q)
		})
		if got, err := r.do(Repeatable(t.Context()), "POST", "/graphql", "body"); err != nil || got.status != 200 || n.Load() != 3 {
			t.Errorf("%+v %v after %d", got, err, n.Load())
		}
	})
}

func TestRetryWaits(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg        Config
		retryAfter func() string
		within     time.Duration // the caller's
		want       int
		least      time.Duration
		most       time.Duration
	}{
		"back-off":                 {want: 200, least: 125 * time.Millisecond, most: 375 * time.Millisecond},
		"seconds":                  {retryAfter: func() string { return "3" }, want: 200, least: 3 * time.Second, most: 3 * time.Second},
		"a date":                   {retryAfter: func() string { return time.Now().Add(4 * time.Second).UTC().Format(http.TimeFormat) }, want: 200, least: 4 * time.Second, most: 4 * time.Second},
		"a date that is over":      {retryAfter: func() string { return time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat) }, want: 200},
		"longer than the budget":   {retryAfter: func() string { return "11" }, want: 503},
		"longer than the caller":   {retryAfter: func() string { return "3" }, within: 2 * time.Second, want: 503},
		"longer than the time":     {cfg: Config{Timeout: 2 * time.Second}, retryAfter: func() string { return "3" }, want: 503},
		"no number is the default": {retryAfter: func() string { return "soon" }, want: 200, least: 125 * time.Millisecond, most: 375 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := true
				r := newScript(t, tt.cfg, func(w http.ResponseWriter, _ *http.Request) {
					if !first {
						json(w, 200, `{}`)
						return
					}
					first = false
					if tt.retryAfter != nil {
						w.Header().Set("Retry-After", tt.retryAfter())
					}
					json(w, 503, `{}`, "Date", time.Now().UTC().Format(http.TimeFormat))
				})
				ctx := t.Context()
				if tt.within > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.within)
					defer cancel()
				}
				began := time.Now()
				got := r.get(t, ctx, "/x")
				if took := time.Since(began); got.status != tt.want || took < tt.least || took > tt.most {
					t.Errorf("%d after %v", got.status, took)
				}
			})
		})
	}
}

func TestACallerLeavesAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { json(w, 503, `{}`, "Retry-After", "5") })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		_, err := r.do(Unfollowed(ctx), "GET", "/x", "")
		if !errors.Is(err, context.Canceled) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestConnectionsThatBreak(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		var n atomic.Int32
		r := newRig(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			if n.Add(1) == 1 {
				reset(w)
				return
			}
			json(w, 200, `{}`)
		})
		got, err := r.do(t.Context(), method, "/x", "")
		if reads(method) {
			if err != nil || got.status != 200 || n.Load() != 2 {
				t.Errorf("%s: %+v %v after %d", method, got, err, n.Load())
			}
			continue
		}
		var network *NetworkError
		if !errors.As(err, &network) || network.Failure != Broken || n.Load() != 1 {
			t.Errorf("%s: %v after %d", method, err, n.Load())
		}
	}
}

// TestHTTP2ThatBreaks holds that a write is sent once by HTTP/2 too.
func TestHTTP2ThatBreaks(t *testing.T) {
	var n atomic.Int32
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.ProtoMajor != 2 {
			t.Errorf("%s by %s", q.URL, q.Proto)
		}
		if n.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		json(w, 200, `{}`)
	}))
	ts.Config.ErrorLog = log.New(io.Discard, "", 0)
	ts.EnableHTTP2 = true
	ts.StartTLS()
	t.Cleanup(ts.Close)
	pool := x509.NewCertPool()
	pool.AddCert(ts.Certificate())
	base, _ := url.Parse(ts.URL)
	for method, want := range map[string]int32{"GET": 2, "POST": 1} {
		n.Store(0)
		c, err := Open(Config{Name: "GitHub", BaseURLs: []*url.URL{base}, TLS: &tls.Config{RootCAs: pool}})
		if err != nil {
			t.Fatal(err)
		}
		q, _ := http.NewRequestWithContext(t.Context(), method, ts.URL, strings.NewReader(""))
		_, err = read(c.HTTP().Do(q))
		if (err == nil) != (method == "GET") || n.Load() != want {
			t.Errorf("%s: %v after %d", method, err, n.Load())
		}
		c.Close()
	}
	untrusted, err := Open(Config{Name: "GitHub", BaseURLs: []*url.URL{base}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { untrusted.Close() })
	var network *NetworkError
	if _, err := read(untrusted.HTTP().Get(ts.URL)); !errors.As(err, &network) || network.Failure != Untrusted {
		t.Error(err)
	}
}

func TestAnswersThatBreakOff(t *testing.T) {
	var n atomic.Int32
	always := false
	r := newRig(t, Config{}, func(w http.ResponseWriter, q *http.Request) {
		if n.Add(1) > 1 && !always {
			json(w, 200, `{"whole":true}`)
			return
		}
		w.Header().Set("Content-Type", q.URL.Query().Get("type"))
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(200)
		_, _ = io.WriteString(w, `{"half":`)
		w.(http.Flusher).Flush()
		reset(w)
	})
	if got := r.get(t, t.Context(), "/x?type=application/json"); got.body != `{"whole":true}` || n.Load() != 2 {
		t.Errorf("%+v after %d", got, n.Load())
	}
	always = true
	n.Store(0)
	var network *NetworkError
	if _, err := r.do(t.Context(), "GET", "/x?type=application/json", ""); !errors.As(err, &network) || network.Failure != Truncated || n.Load() != 3 {
		t.Errorf("%v after %d", err, n.Load())
	}
	n.Store(0)
	got, err := r.do(t.Context(), "GET", "/x?type=text/plain", "")
	if !errors.As(err, &network) || network.Failure != Truncated || n.Load() != 1 || got.body != `{"half":` {
		t.Errorf("a stream: %+v %v after %d", got, err, n.Load())
	}
	n.Store(0)
	if _, err := r.do(t.Context(), "POST", "/x?type=application/json", ""); !errors.As(err, &network) || n.Load() != 1 {
		t.Errorf("a write: %v after %d", err, n.Load())
	}
}

func TestAnswersThatAreTooLong(t *testing.T) {
	r := newRig(t, Config{MaxBody: 1000, MaxStream: 2000}, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", q.URL.Query().Get("type"))
		size, _ := strconv.Atoi(q.URL.Query().Get("size"))
		if q.URL.Query().Has("chunked") {
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, strings.Repeat("x", size))
	})
	for query, want := range map[string]int64{
		"type=application/json&size=1000":                         0,
		"type=application/json&size=1001":                         1000,
		"type=application/json&size=1001&chunked":                 1000,
		"type=application/vnd.github%2bjson&size=1001":            1000,
		"type=text/plain&size=2000":                               0,
		"type=text/plain&size=2001":                               2000,
		"type=application/vnd.github.raw%2bjson&size=1001":        0,
		"type=application/vnd.github.raw%2bjson&size=900000":      2000,
		"type=application/vnd.github.v3.diff&size=40000&chunked=": 2000,
	} {
		_, err := r.do(t.Context(), "GET", "/x?"+query, "")
		var large *TooLargeError
		if errors.As(err, &large) != (want > 0) || want > 0 && large.Limit != want || want == 0 && err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestSilence holds it to the transport that is used, over pipes.
func TestSilence(t *testing.T) {
	for path, want := range map[string]time.Duration{
		"/hang":                       50 * time.Millisecond,
		"/drip?type=application/json": 200 * time.Millisecond,
		"/drip?type=text/plain":       300 * time.Millisecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newPiped(t, Config{HeaderTimeout: 50 * time.Millisecond, Timeout: 200 * time.Millisecond, StreamTimeout: 300 * time.Millisecond}, func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Path == "/drip" {
					w.Header().Set("Content-Type", q.URL.Query().Get("type"))
					for q.Context().Err() == nil {
						_, _ = io.WriteString(w, " ")
						_ = http.NewResponseController(w).Flush()
						time.Sleep(10 * time.Millisecond)
					}
				}
				<-q.Context().Done()
			})
			began := time.Now()
			_, err := r.do(t.Context(), "GET", path, "")
			var network *NetworkError
			if took := time.Since(began); !errors.As(err, &network) || network.Failure != Slow || !network.Timeout() || took != want || r.hits.Load() != 1 {
				t.Errorf("%s: %v after %s and %d requests", path, err, took, r.hits.Load())
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			began = time.Now()
			if _, err := r.do(ctx, "POST", "/hang", ""); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 20*time.Millisecond {
				t.Errorf("%v after %s", err, time.Since(began))
			}
		})
	}
}
