package github

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for base, want := range map[string]bool{
		"https://api.github.com/": true, "https://API.GitHub.com/": true, "https://api.octo.ghe.com/": true,
		"https://github.example.com/api/v3/": false, "http://127.0.0.1:4801/": false, "https://ghe.com.example.com/": false,
	} {
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if got := pace(u) != nil; got != want {
			t.Errorf("%s: %t", base, got)
		}
	}
	of := pace(&url.URL{Scheme: "https", Host: "api.github.com", Path: "/"})
	for path, want := range map[string]time.Duration{
		"/repos/ann/hello/issues":                time.Second,
		"/repos/ann/git/issues/3/labels/blobs":   time.Second,
		"/repositories/1/issues":                 time.Second,
		"/repos/ann/hello/git/blobs":             400 * time.Millisecond,
		"/repos/ann/hello/git/trees":             400 * time.Millisecond,
		"/repos/ann/hello/git/commits":           400 * time.Millisecond,
		"/repos/ann/hello/git/refs":              time.Second,
		"/repos/ann/hello/git/refs/heads/main":   time.Second,
		"/app/installations/1/access_tokens":     0,
		"/repos/ann/hello/actions/runs/1/rerun":  time.Second,
		"/repos/ann/hello/pulls/3/merge":         time.Second,
		"/repos/ann/hello/issues/3/labels/a%2Fb": time.Second,
	} {
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "api.github.com", Path: path}}
		if got := of(r); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	// In no minute are there more than GitHub allows of what people see.
	if n := int((time.Minute + writeBurst) / writeTime); n > 80 {
		t.Errorf("%d a minute", n)
	}
	if n := int((time.Minute + writeBurst) / objectTime); n*5 > 900 {
		t.Errorf("%d objects a minute", n)
	}
}
