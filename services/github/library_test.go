package github_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// newRigAt is newRig for a server whose API is below a path.
func newRigAt(t *testing.T, path string, cfg github.Config) *rig {
	t.Helper()
	r := &rig{Server: githubtest.New(t)}
	cfg.APIURL = r.URL + path
	svc, err := github.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.client = servertest.Connect(t, "github", svc, nil)
	return r
}

// twoOwners is a service with a token for each of two owners.
func twoOwners(t *testing.T) *rig {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("ann=t0ken-of-ann\nben=t0ken-of-ben\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return newRig(t, github.Config{TokensFile: file})
}

// window are the header fields of a rate limit that ends after d.
func window(remaining int, d time.Duration) []string {
	return []string{"X-RateLimit-Limit", "5000", "X-RateLimit-Remaining", strconv.Itoa(remaining), "X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(d).Unix(), 10)}
}

// releases asks for the releases of an owner's repository, and says whether that
// failed, after how long it may be tried again, and whether GitHub was asked.
func (r *rig) releases(t *testing.T, owner string) (text string, after int, failed, sent bool) {
	t.Helper()
	before := len(r.Requests())
	text, failed = r.call(t, "list_releases", `{"owner":"`+owner+`","repo":"hello"}`)
	if failed {
		var e struct {
			Error struct {
				After int `json:"retry_after_seconds"`
			} `json:"error"`
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		after = e.Error.After
	}
	return text, after, failed, len(r.Requests()) > before
}

// What go-github does that a service for many people cannot have.

func TestLibrary429IsARateLimit(t *testing.T) {
	r := twoOwners(t)
	r.JSON("GET /repos/ann/hello/releases", 429, `{"message":"Too many requests"}`)
	for first := range 2 {
		text, after, failed, sent := r.releases(t, "ann")
		if !failed || !strings.Contains(text, `"RATE_LIMITED"`) || after < 1 || after > 60 || sent != (first == 0) {
			t.Errorf("%s after %d, sent %t", text, after, sent)
		}
	}
}

func TestLibraryLimitIsOfOneCredential(t *testing.T) {
	r := twoOwners(t)
	r.JSON("GET /repos/ann/hello/releases", 200, `[]`, window(0, time.Hour)...)
	r.JSON("GET /repos/ben/hello/releases", 200, `[]`, window(7, time.Hour)...)
	for i, want := range []struct {
		owner        string
		failed, sent bool
	}{{"ann", false, true}, {"ann", true, false}, {"ben", false, true}, {"ben", false, true}} {
		if text, _, failed, sent := r.releases(t, want.owner); failed != want.failed || sent != want.sent {
			t.Errorf("%d of %s: %s, sent %t", i, want.owner, text, sent)
		}
	}
}

func TestLibrarySearchBelowABasePathIsNoCore(t *testing.T) {
	r := newRigAt(t, "/api/v3", github.Config{Token: "t"})
	r.JSON("GET /api/v3/search/repositories", 200, `{"total_count":0,"items":[]}`, window(0, time.Minute)...)
	r.JSON("GET /api/v3/repos/ann/hello/releases", 200, `[]`, window(4000, time.Hour)...)
	answer(t, r, "search_repositories", `{"query":"x"}`, new(listed))
	refused(t, r, "search_repositories", `{"query":"y"}`, "RATE_LIMITED")
	if text, _, failed, sent := r.releases(t, "ann"); failed || !sent {
		t.Error(text)
	}
	if got := paths(t, r); len(got) != 2 {
		t.Errorf("GitHub was asked %v", got)
	}
}

func TestLibrarySecondaryLimitDoesNotLastTillReset(t *testing.T) {
	for _, status := range []int{403, 429} {
		for wait, want := range map[string]int{"": 60, "17": 17} {
			t.Run(fmt.Sprint(status, " ", wait), func(t *testing.T) {
				r := twoOwners(t)
				header := window(4000, 50*time.Minute)
				if wait != "" {
					header = append(header, "Retry-After", wait)
				}
				r.JSON("GET /repos/ann/hello/releases", status, `{"message":"You have exceeded a secondary rate limit."}`, header...)
				r.JSON("GET /repos/ben/hello/releases", 200, `[]`)
				text, after, failed, _ := r.releases(t, "ann")
				if !failed || !strings.Contains(text, `"RATE_LIMITED"`) || after != want {
					t.Errorf("%s: after %d, want %d", text, after, want)
				}
				if text, after, failed, sent := r.releases(t, "ann"); !failed || sent || after > want {
					t.Errorf("%s: after %d, sent %t", text, after, sent)
				}
				if text, _, failed, sent := r.releases(t, "ben"); failed || !sent {
					t.Errorf("another person: %s", text)
				}
			})
		}
	}
}

// The library compares the end of a window with its own clock.
func TestLibrarySeesNoWindow(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	ahead := time.Now().Add(50 * time.Minute)
	header := []string{"Date", ahead.UTC().Format(http.TimeFormat), "X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(ahead.Unix()-1, 10)}
	r.JSON("GET /repos/ann/hello/releases", 200, `[]`, header...)
	for range 2 {
		if text, _, failed, sent := r.releases(t, "ann"); failed || !sent {
			t.Errorf("%s, sent %t", text, sent)
		}
	}
}

func TestLibraryTokenStaysAtItsHost(t *testing.T) {
	const canary = "t0ken-that-is-a-canary"
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		for name, v := range q.Header {
			if strings.Contains(strings.Join(v, " "), canary) {
				t.Errorf("%s: %s", name, v)
			}
		}
		if v, ok := q.Header["Authorization"]; ok {
			t.Errorf("the other host sees %q", v)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `[]`)
	}))
	t.Cleanup(elsewhere.Close)
	r := newRig(t, github.Config{Token: canary})
	r.redirect("GET /repos/ann/hello/releases", elsewhere.URL+"/x?token="+canary)
	r.redirect("GET /repos/ann/hello/issues/3", "http://user:"+canary+"@169.254.169.254/latest/meta-data")
	r.redirect("POST /repos/ann/hello/issues", elsewhere.URL+"/x?token="+canary)
	if text, _, failed, _ := r.releases(t, "ann"); failed {
		t.Error(text)
	}
	for tool, args := range map[string]string{"get_issue": `{"owner":"ann","repo":"hello","number":3}`, "create_issue": `{"owner":"ann","repo":"hello","title":"x"}`} {
		if text, failed := r.call(t, tool, args); !failed || strings.Contains(text, canary) {
			t.Errorf("%s: %s", tool, text)
		}
	}
}

func TestLibraryPostThatMovedIsNoRead(t *testing.T) {
	for _, status := range []int{301, 302, 303} {
		r := newRig(t, github.Config{Token: "t"})
		r.JSON("POST /repos/ann/hello/issues", status, ``, "Location", "/repositories/1/issues")
		text := refused(t, r, "create_issue", `{"owner":"ann","repo":"hello","title":"x"}`, "CONFLICT")
		if got := paths(t, r); len(got) != 1 || !strings.Contains(text, "nothing was changed") {
			t.Errorf("%s after %v", text, got)
		}
	}
	r := newRig(t, github.Config{Token: "t"})
	r.JSON("POST /repos/ann/hello/issues", 307, ``, "Location", "/repositories/1/issues")
	r.JSON("POST /repositories/1/issues", 201, `{"number":8}`)
	if text, failed := r.call(t, "create_issue", `{"owner":"ann","repo":"hello","title":"x"}`); failed || !strings.Contains(text, `8`) {
		t.Error(text)
	}
}

// Nothing of a name may reach a URL's path but a name.
func TestLibraryNamesCannotClimb(t *testing.T) {
	r, _ := newWriteRig(t)
	for tool, args := range everyTool {
		if !strings.Contains(args, `"repo":"hello"`) {
			continue
		}
		for _, name := range []string{`"owner":"ann/../..","repo":"hello"`, `"owner":"ann","repo":"b?x=1"`, `"owner":"ann","repo":".."`, `"owner":"","repo":"hello"`, `"owner":"ann","repo":"a%2fb"`, `"owner":"ann","repo":"a#b"`} {
			if text, failed := r.call(t, tool, strings.Replace(args, `"owner":"ann","repo":"hello"`, name, 1)); !failed {
				t.Errorf("%s %s: %s", tool, name, text)
			}
		}
	}
	if got := paths(t, r); len(got) > 0 {
		t.Errorf("GitHub was asked %v", got)
	}
}

func TestLibraryWaitsNoLongerThanItsCaller(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	left := make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r.Handle("GET /repos/ann/hello/releases", func(_ http.ResponseWriter, q *http.Request) {
		leave()
		<-q.Context().Done()
		close(left)
	})
	if _, err := r.client.CallTool(ctx, &mcp.CallToolParams{Name: "list_releases", Arguments: json.RawMessage(`{"owner":"ann","repo":"hello"}`)}); err == nil {
		t.Error("there is an answer")
	}
	servertest.Within(t, "GitHub was left", func() { <-left })
}

func TestLibraryUnchangedIsNoFailure(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	r.Handle("GET /repos/ann/hello/releases", func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Type", "application/json")
		if q.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, `[{"tag_name":"v1"}]`)
	})
	for range 3 {
		if text, _, failed, sent := r.releases(t, "ann"); failed || !sent || !strings.Contains(text, `"v1"`) {
			t.Error(text)
		}
	}
}

func TestLibraryAcceptedIsNoAnswer(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	r.JSON("GET /repos/ann/hello/releases", 202, `{}`)
	if text, after, failed, _ := r.releases(t, "ann"); !failed || after < 1 || !strings.Contains(text, "still working it out") {
		t.Error(text)
	}
}

func TestLibraryPagesAreAskedWithASize(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	r.JSON("GET /repos/ann/hello/releases", 200, `[]`)
	r.JSON("GET /search/repositories", 200, `{"items":[]}`, next(r, 11)...)
	if text, _, failed, _ := r.releases(t, "ann"); failed {
		t.Error(text)
	}
	var out listed
	answer(t, r, "search_repositories", `{"query":"x","limit":100}`, &out)
	for _, p := range paths(t, r) {
		if !strings.Contains(p, "per_page=") {
			t.Errorf("GitHub was asked %s", p)
		}
	}
}

func TestLibraryListsReposByTypeAlone(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	r.JSON("GET /user/repos", 200, `[]`)
	for _, kind := range []string{"all", "owner", "member", "public", "private"} {
		answer(t, r, "github_list_repos", `{"type":"`+kind+`"}`, new(listed))
	}
	for _, p := range paths(t, r) {
		if strings.Contains(p, "type=") && (strings.Contains(p, "visibility=") || strings.Contains(p, "affiliation=")) {
			t.Errorf("GitHub was asked %s", p)
		}
	}
}

func TestLibraryReadsFilesAboveAMegabyte(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/ann/hello/contents/big", 200, `{"type":"file","path":"big","sha":"b16","size":2000000,"encoding":"none","content":""}`)
	r.Handle("GET /repos/ann/hello/git/blobs/b16", func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", q.Header.Get("Accept"))
		_, _ = io.WriteString(w, strings.Repeat("0123456789abcdef012345678\n", 80_000))
	})
	if text, failed := r.call(t, "get_file_contents", `{"owner":"ann","repo":"hello","path":"big"}`); failed || !strings.HasPrefix(text, "0123456789") || len(paths(t, r)) != 2 {
		t.Errorf("%.200s after %v", text, paths(t, r))
	}
}

func TestLibraryIgnoresWhatItDoesNotKnow(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/ann/hello/issues/3", 200, `{"number":3,"title":"x","state":"open","type":{"id":1,"name":"Bug"},"sub_issues_summary":{"total":1},"parent_issue_url":null,"state_reason":null,
		"performed_via_github_app":null,"issue_field_values":[{"value":1}],"user":{"login":"a","user_view_type":"public"}}`)
	if text, failed := r.call(t, "get_issue", `{"owner":"ann","repo":"hello","number":3}`); failed || !strings.Contains(text, "ann/hello#3 x") {
		t.Error(text)
	}
}

func TestLibraryErrorsHoldNoURL(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 410, 422, 500} {
		r := newRig(t, github.Config{Token: "t0ken"})
		r.JSON("GET /repos/ann/hello/releases", status, `{"message":"No","documentation_url":"https://docs.github.com/rest"}`)
		if text, _, failed, _ := r.releases(t, "ann"); !failed || strings.Contains(text, "://") || strings.Contains(text, "t0ken") || !strings.Contains(text, `"message"`) {
			t.Error(text)
		}
	}
}
