package github_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	api "github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/github"
)

// newAPI returns the library before a server, by way of pkg/upstream.
func newAPI(t *testing.T, path string, h http.HandlerFunc) (*api.Client, *upstream.Client) {
	t.Helper()
	ts := httptest.NewServer(h)
	t.Cleanup(ts.Close)
	base, err := upstream.ParseBase("--github-api-url", ts.URL+path)
	if err != nil {
		t.Fatal(err)
	}
	up, err := upstream.Open(upstream.Config{Name: "GitHub", BaseURLs: []*url.URL{base}, Limits: upstream.Limits{Resource: func(r *http.Request) string {
		if strings.Contains(r.URL.Path, "/search/") {
			return "search"
		}
		return "core"
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { up.Close() })
	c := api.NewClient(up.HTTP())
	c.BaseURL = base
	return c, up
}

// TestLimitsDoNotMixUsers holds that the library's own memory of limits, which is
// one for all users and knows no search on a server of one's own, stays empty.
func TestLimitsDoNotMixUsers(t *testing.T) {
	sent := 0
	c, up := newAPI(t, "/api/v3", func(w http.ResponseWriter, r *http.Request) {
		sent++
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-RateLimit-Limit", "30")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(50*time.Minute).Unix(), 10))
		h.Set("X-RateLimit-Remaining", "4000")
		if strings.HasPrefix(r.URL.Path, "/api/v3/search/") {
			h.Set("X-RateLimit-Remaining", "0")
		}
		if r.URL.Path == "/api/v3/repos/o/forbidden" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"message":"You have exceeded a secondary rate limit","documentation_url":"https://docs.github.com/#secondary-rate-limits"}`)
			return
		}
		fmt.Fprint(w, `{}`)
	})
	a, b := upstream.WithCredential(t.Context(), upstream.Bearer("a")), upstream.WithCredential(t.Context(), upstream.Bearer("b"))
	if _, _, err := c.Search.Repositories(a, "x", nil); err != nil {
		t.Fatal(err)
	}
	var limit *upstream.LimitError
	if _, _, err := c.Search.Repositories(a, "x", nil); !errors.As(err, &limit) || limit.Resource != "search" || sent != 1 {
		t.Errorf("%v after %d", err, sent)
	}
	if _, _, err := c.Repositories.Get(a, "o", "r"); err != nil {
		t.Errorf("what is no search: %v", err)
	}
	if _, _, err := c.Search.Repositories(b, "x", nil); err != nil {
		t.Errorf("another user: %v", err)
	}
	if _, _, err := c.Repositories.Get(a, "o", "forbidden"); !errors.As(err, &limit) || !limit.Secondary || limit.After != time.Minute {
		t.Errorf("%+v", err)
	}
	before := sent
	if _, _, err := c.Repositories.Get(a, "o", "r"); !errors.As(err, &limit) || sent != before {
		t.Errorf("after a secondary limit: %v", err)
	}
	if _, _, err := c.Repositories.Get(b, "o", "r"); err != nil {
		t.Errorf("another user after it: %v", err)
	}
	if got := up.Rates(upstream.Bearer("a")); len(got) != 2 || got[0].Remaining != 4000 || got[1].Resource != "search" || got[1].Remaining != 0 {
		t.Errorf("%+v", got)
	}
}

// TestAPostThatMovedIsAnError holds that no empty issue comes back for it.
func TestAPostThatMovedIsAnError(t *testing.T) {
	sent := 0
	c, _ := newAPI(t, "", func(w http.ResponseWriter, r *http.Request) {
		sent++
		w.Header().Set("Location", "/repositories/1/issues")
		w.WriteHeader(http.StatusMovedPermanently)
	})
	_, _, err := c.Issues.Create(t.Context(), "o", "old", &api.IssueRequest{Title: api.String("x")})
	var moved *upstream.MovedError
	if !errors.As(err, &moved) || !strings.HasSuffix(moved.To, "/repositories/1/issues") || sent != 1 {
		t.Errorf("%v after %d", err, sent)
	}
}

// TestLogsAreReadElsewhere holds that the library's calls get what a redirect
// leads to, and that the token stays.
func TestLogsAreReadElsewhere(t *testing.T) {
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Authorization"]) > 0 || r.URL.Query().Get("sig") != "s" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		fmt.Fprint(w, "line 1\nline 2\n")
	}))
	t.Cleanup(storage.Close)
	c, up := newAPI(t, "", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer a" {
			t.Errorf("%v", r.Header)
		}
		w.Header().Set("Location", storage.URL+"/log?sig=s")
		w.WriteHeader(http.StatusFound)
	})
	ctx := upstream.WithCredential(t.Context(), upstream.Bearer("a"))
	q, err := c.NewRequest("GET", "repos/o/r/actions/jobs/1/logs", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.BareDo(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "line 1\nline 2\n" {
		t.Errorf("%q %v", b, err)
	}

	to, _, err := c.Actions.GetWorkflowJobLogs(upstream.Unfollowed(ctx), "o", "r", 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	log, err := up.Fetch(ctx, to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Body.Close()
	if b, err := io.ReadAll(log.Body); err != nil || string(b) != "line 1\nline 2\n" {
		t.Errorf("%q %v", b, err)
	}
}

// TestWarmReadsAreOne304 holds that the library sees an answer that did not change
// as it saw it first, links to further pages too.
func TestWarmReadsAreOne304(t *testing.T) {
	var sent []int
	c, _ := newAPI(t, "", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `W/"1"`)
		if r.Header.Get("If-None-Match") == `W/"1"` {
			sent = append(sent, 304)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent = append(sent, 200)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Link", `<https://api.github.com/repositories/1/issues?page=2>; rel="next"`)
		fmt.Fprint(w, `[{"number":7}]`)
	})
	for range 2 {
		list, resp, err := c.Issues.ListByRepo(t.Context(), "o", "r", nil)
		if err != nil || len(list) != 1 || list[0].GetNumber() != 7 || resp.NextPage != 2 {
			t.Fatalf("%+v %+v %v", list, resp, err)
		}
	}
	if fmt.Sprint(sent) != "[200 304]" {
		t.Error(sent)
	}
}

// TestWritesSayWhetherTheyWereDone tells a change that was refused on the way from
// one whose answer was lost.
func TestWritesSayWhetherTheyWereDone(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken-of-a-test"})
	r.Handle("POST /repos/o/moved/issues", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/repositories/1/issues")
		w.WriteHeader(http.StatusMovedPermanently)
	})
	r.Handle("POST /repos/o/lost/issues", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for repo, want := range map[string]string{"moved": "nothing was changed", "lost": "it may have been done all the same"} {
		text, failed := r.call(t, "create_issue", `{"owner":"o","repo":"`+repo+`","title":"x"}`)
		if !failed || !strings.Contains(text, want) || strings.Contains(text, "internal error") {
			t.Errorf("%s: %s", repo, text)
		}
	}
	if n := len(r.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// TestASearchMinuteBlocksSearchesOnly holds that on a server of one's own too.
func TestASearchMinuteBlocksSearchesOnly(t *testing.T) {
	r := newRig(t, github.Config{})
	limits := []string{"X-RateLimit-Limit", "30", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10), "X-RateLimit-Resource", "search"}
	r.JSON("GET /search/repositories", 200, `{"total_count":0,"items":[]}`, limits...)
	r.JSON("GET /repos/octocat/hello/releases", 200, `[]`)
	if text, failed := r.call(t, "search_repositories", `{"query":"x"}`); failed {
		t.Error(text)
	}
	if text, failed := r.call(t, "search_repositories", `{"query":"y"}`); !failed || !strings.Contains(text, "RATE_LIMITED") || !strings.Contains(text, "retry_after_seconds") {
		t.Error(text)
	}
	if text, failed := r.call(t, "list_releases", `{"owner":"octocat","repo":"hello"}`); failed {
		t.Error(text)
	}
	if n := len(r.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}
