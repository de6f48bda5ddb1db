package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// drip is a body of which a byte comes now and then.
type drip struct {
	ctx   context.Context
	every time.Duration
	left  int
}

// Read waits for the next byte.
func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(d.every):
	}
	d.left--
	p[0] = 'x'
	return 1, nil
}

// Close implements [io.Closer].
func (d *drip) Close() error { return nil }

// TestStreamsHaveTheirOwnTime holds that a long answer may take longer than a
// request, but not for ever, and that its sender may not stop.
func TestStreamsHaveTheirOwnTime(t *testing.T) {
	for name, test := range map[string]struct {
		every time.Duration
		bytes int
		took  time.Duration
		fails bool
	}{
		"longer than a request":   {20 * time.Second, 24, 8 * time.Minute, false},
		"no more comes":           {31 * time.Second, 5, 30 * time.Second, true},
		"longer than is any good": {20 * time.Second, 31, 10 * time.Minute, true},
	} {
		for _, outside := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newScript(t, Config{}, nil)
					r.base = tripper(func(q *http.Request) (*http.Response, error) {
						return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/plain"}}, ContentLength: -1,
							Body: &drip{q.Context(), test.every, test.bytes}, Request: q}, nil
					})
					r.foreign = r.base
					began := time.Now()
					var got reply
					var err error
					if outside {
						got, err = read(r.Fetch(t.Context(), "https://logs.example.com/1"))
					} else {
						got, err = r.do(t.Context(), "GET", "/log", "")
					}
					var network *NetworkError
					switch {
					case test.fails && (!errors.As(err, &network) || network.Failure != Slow):
						t.Error(err)
					case !test.fails && (err != nil || len(got.body) != test.bytes):
						t.Errorf("%d bytes, %v", len(got.body), err)
					}
					if took := time.Since(began); took != test.took {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}

// A reader may take its time between two reads, but not all of it.
func TestStreamsWaitForTheirReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{}, nil)
		r.foreign = tripper(func(q *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: make(http.Header), ContentLength: -1, Body: &drip{q.Context(), time.Second, 100}, Request: q}, nil
		})
		resp, err := r.Fetch(t.Context(), "https://logs.example.com/1")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		for range 2 {
			if n, err := resp.Body.Read(make([]byte, 9)); n != 1 || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
			time.Sleep(4 * time.Minute)
		}
		time.Sleep(2 * time.Minute)
		var network *NetworkError
		if _, err := resp.Body.Read(make([]byte, 9)); !errors.As(err, &network) || network.Failure != Slow {
			t.Error(err)
		}
	})
}

// The end of the caller's own patience is no failure of the upstream.
func TestStreamsEndWithTheirCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScript(t, Config{}, nil)
		r.base = tripper(func(q *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/plain"}}, ContentLength: -1,
				Body: &drip{q.Context(), time.Second, 1000}, Request: q}, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		var network *NetworkError
		if _, err := r.do(ctx, "GET", "/log", ""); err == nil || errors.As(err, &network) || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
