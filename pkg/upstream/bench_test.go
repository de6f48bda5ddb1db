package upstream

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// BenchmarkRoundTrip is what a request costs above the network.
func BenchmarkRoundTrip(b *testing.B) {
	body := strings.Repeat("x", 2000)
	for name, tt := range map[string]struct {
		method, tag string
		fresh       time.Duration
	}{"get": {"GET", "", 0}, "post": {"POST", "", 0}, "unchanged": {"GET", `"1"`, 0}, "fresh": {"GET", `"1"`, time.Hour}} {
		b.Run(name, func(b *testing.B) {
			r := &rig{}
			r.open(b, Config{}, "http://127.0.0.1:1")
			r.base = tripper(func(q *http.Request) (*http.Response, error) {
				h := http.Header{"Content-Type": {"application/json"}, "X-Ratelimit-Remaining": {"5"}, "X-Ratelimit-Reset": {"9999999999"}}
				if tt.tag != "" {
					h["Etag"] = []string{tt.tag}
				}
				if q.Header.Get("If-None-Match") != "" {
					return &http.Response{StatusCode: 304, Header: h, Body: http.NoBody, Request: q}, nil
				}
				return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: q}, nil
			})
			q, err := http.NewRequestWithContext(Fresh(as(b.Context(), "a"), tt.fresh), tt.method, r.url+"/repos/octocat/hello/issues?page=1", nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				resp, err := r.RoundTrip(q)
				if err != nil || resp.StatusCode != 200 {
					b.Fatal(resp, err)
				}
				resp.Body.Close()
			}
		})
	}
}
