package github

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// hub is a GitHub without a network, so that its clock can be a test's.
type hub struct {
	mu     sync.Mutex
	asked  []string
	status int
	body   string
	header http.Header
}

func (h *hub) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r.URL.Path)
	return &http.Response{StatusCode: h.status, Header: h.header.Clone(), Body: io.NopCloser(strings.NewReader(h.body)), Request: r}, nil
}

func (h *hub) set(status int, body string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.body = status, body
}

func (h *hub) paths() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

// watching runs a test on a clock of its own, before a hub.
func watching(t *testing.T, cfg Config, test func(t *testing.T, s *Service, h *hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		h := &hub{status: 200, header: make(http.Header)}
		base := s.api.BaseURL
		s.api = github.NewClient(&http.Client{Transport: h})
		s.api.BaseURL = base
		test(t, s, h)
	})
}

func TestWatchTellsOfChanges(t *testing.T) {
	for uri, test := range map[string]struct{ path, before, after string }{
		"github://octocat/hello/issues/3":     {"/repos/octocat/hello/issues/3", `{"number":3,"updated_at":"2026-01-02T10:00:00Z"}`, `{"number":3,"updated_at":"2026-01-02T10:00:09Z"}`},
		"github://octocat/hello/pulls/4/diff": {"/repos/octocat/hello/pulls/4", `{"number":4,"head":{"sha":"a"}}`, `{"number":4,"head":{"sha":"b"}}`},
		"github://octocat/hello/pulls/4":      {"/repos/octocat/hello/pulls/4", `{"number":4,"draft":true}`, `{"number":4}`},
		"github://octocat/hello/runs/5":       {"/repos/octocat/hello/actions/runs/5", `{"id":5,"status":"in_progress"}`, `{"id":5,"status":"completed","conclusion":"failure"}`},
	} {
		t.Run(uri, func(t *testing.T) {
			watching(t, Config{PollInterval: 20 * time.Second}, func(t *testing.T, s *Service, h *hub) {
				h.set(200, test.before)
				heard := 0
				if err := s.Watch(t.Context(), uri, func() { heard++ }); err != nil {
					t.Fatal(err)
				}
				time.Sleep(25 * time.Second)
				synctest.Wait()
				if heard != 0 {
					t.Error("heard of nothing")
				}
				h.set(200, test.after)
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if heard != 1 {
					t.Errorf("heard %d times", heard)
				}
				for _, p := range h.paths() {
					if p != test.path {
						t.Error(p)
					}
				}
			})
		})
	}
}

func TestWatchByWebhook(t *testing.T) {
	watching(t, Config{WebhookSecret: hookSecret}, func(t *testing.T, s *Service, h *hub) {
		h.set(200, `{"number":3}`)
		heard := 0
		ctx, cancel := context.WithCancel(t.Context())
		// Another spelling of the same is watched once.
		for _, uri := range []string{"github://OctoCat/hello/issues/3", "github://octocat/hello/issues/3"} {
			if err := s.Watch(ctx, uri, func() { heard++ }); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(h.paths()); n != 1 {
			t.Errorf("%d requests", n)
		}
		if w := post(s.webhook, issueEvent); w.Code != http.StatusNoContent || heard != 2 {
			t.Errorf("%d, heard %d times", w.Code, heard)
		}
		cancel()
		synctest.Wait()
		if n := s.watches.Len(); n != 0 {
			t.Errorf("%d are watched still", n)
		}
	})
}

func TestWatchNeedsAccess(t *testing.T) {
	watching(t, Config{AllowRepos: []string{"octocat/*"}}, func(t *testing.T, s *Service, h *hub) {
		for uri, test := range map[string]struct {
			status int
			want   toolerr.Code
		}{
			"github://octocat/hello/issues/3":     {404, toolerr.ResourceNotFound},
			"github://octocat/hello/runs/3":       {401, toolerr.AuthenticationFailed},
			"github://other/hello/issues/3":       {200, toolerr.PermissionDenied},
			"github://octocat/..%2f..%2fx/runs/1": {200, toolerr.InvalidInput},
			"github://octocat/hello/issues/0":     {200, toolerr.InvalidInput},
			"github://octocat/hello/issues/3?x":   {200, toolerr.InvalidInput},
			"github://octocat/hello/runs/3/diff":  {200, toolerr.InvalidInput},
			"github://octocat/hello":              {200, toolerr.InvalidInput},
			"github://octocat/%zz/issues/1":       {200, toolerr.InvalidInput},
		} {
			h.set(test.status, `{"message":"no"}`)
			if err := s.Watch(t.Context(), uri, func() {}); err == nil || toolerr.From(err).Code != test.want {
				t.Errorf("%s: %v", uri, err)
			}
		}
		if n := s.watches.Len(); n != 0 {
			t.Errorf("%d are watched", n)
		}
	})
}

func TestWatchAsksLessOften(t *testing.T) {
	watching(t, Config{}, func(t *testing.T, s *Service, h *hub) {
		h.set(200, `{"number":3}`)
		h.header.Set("X-Poll-Interval", "600")
		if err := s.Watch(t.Context(), "github://octocat/hello/issues/3", func() {}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if n := len(h.paths()); n != 1 {
			t.Errorf("%d requests in the time that GitHub asked for", n)
		}
	})
}

func TestPollInterval(t *testing.T) {
	for _, d := range []time.Duration{time.Second, time.Hour, -time.Minute} {
		if _, err := Open(t.Context(), Config{PollInterval: d}, nil); err == nil || !strings.Contains(err.Error(), "--poll-interval") {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestReadRun(t *testing.T) {
	h := &hub{status: 200, header: make(http.Header), body: `{"id":5,"name":"CI","status":"completed","conclusion":"failure","head_sha":"0123456789abcdef","jobs":[
		{"id":9,"name":"build","status":"completed","conclusion":"failure","steps":[{"name":"Test","conclusion":"failure"}]}]}`}
	s, err := Open(t.Context(), Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	base := s.api.BaseURL
	s.api = github.NewClient(&http.Client{Transport: h})
	s.api.BaseURL = base
	got, err := s.readRun(t.Context(), "", map[string]string{"owner": "octocat", "repo": "hello", "run_id": "5"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":5,"name":"CI","sha":"0123456789ab","status":"failure","jobs":[{"job_id":9,"name":"build","status":"failure","failed_step":"Test"}]}`; got[0].Text != want {
		t.Error(got[0].Text)
	}
	if got := fmt.Sprint(h.paths()); got != "[/repos/octocat/hello/actions/runs/5 /repos/octocat/hello/actions/runs/5/jobs]" {
		t.Error(got)
	}
	for _, id := range []string{"", "0", "-1", "x", "99999999999999999999"} {
		if _, err := s.readRun(t.Context(), "", map[string]string{"owner": "octocat", "repo": "hello", "run_id": id}); toolerr.From(err) == nil || toolerr.From(err).Code != toolerr.InvalidInput {
			t.Errorf("%q: %v", id, err)
		}
	}
}
