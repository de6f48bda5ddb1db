package github_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

// read reads a resource of one part.
func (r *rig) read(t *testing.T, uri string) (*mcp.ResourceContents, error) {
	t.Helper()
	res, err := r.client.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
	if err != nil {
		return nil, err
	}
	if len(res.Contents) != 1 || res.CacheScope != "private" {
		t.Errorf("%s: %+v", uri, res)
	}
	return res.Contents[0], nil
}

func encoded(text string) string {
	return fmt.Sprintf(`{"type":"file","encoding":"base64","size":%d,"content":%q}`, len(text), base64.StdEncoding.EncodeToString([]byte(text)))
}

func TestResources(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /user", 200, `{"login":"octocat","type":"User","total_private_repos":3,"email":"secret@example.com"}`)
	r.JSON("GET /users/mona", 200, `{"login":"mona","type":"User","name":"Mona Lïsa","public_repos":4,"created_at":"2011-01-25T18:44:36Z"}`)
	r.describe("octo/hello")
	r.JSON("GET /repos/octo/hello/contents/dir/a,b%20c.md", 200, encoded("# é"))
	r.JSON("GET /repos/octo/hello/contents/x.json", 200, encoded(`{}`))
	r.JSON("GET /repos/octo/hello/contents/x.png", 200, encoded("\x89PNG\r\n\x1a\n\x00"))
	r.JSON("GET /repos/octo/hello/contents/link", 200, `{"type":"symlink","target":"../x"}`)
	r.JSON("GET /repos/octo/hello/contents/", 200, `[{"type":"dir","name":"dir"},{"type":"file","name":"a.go"}]`)
	r.JSON("GET /repos/octo/hello/issues/7", 200, `{"number":7,"title":"It breaks","state":"open","user":{"login":"mona"},"labels":[{"name":"bug"}],"comments":2,"body":"Hélas\n"}`)
	r.JSON("GET /repos/octo/hello/issues/7/comments", 200, `[{"id":1,"user":{"login":"lisa"},"body":"Me too"}]`)
	r.JSON("GET /repos/octo/hello/pulls/8", 200, "diff --git a/x b/x\n+é\n")
	tests := []struct{ uri, mime, text string }{
		{"github://me", "application/json", `{"login":"octocat","type":"User","private_repos":3}`},
		{"github://users/mona", "application/json", `{"login":"mona","type":"User","name":"Mona Lïsa","public_repos":4,"created":"2011-01-25"}`},
		{"github://octo/hello/contents/dir/a,b%20c.md?ref=feature%2Fx", "text/markdown", "# é"},
		{"github://octo/hello/contents/dir/a,b%20c.md?ref=feature/x", "text/markdown", "# é"},
		{"github://octo/hello/contents/x.json", "application/json", `{}`},
		{"github://octo/hello/contents/link", "text/plain", "symlink: link ../x"},
		{"github://octo/hello/contents/", "inode/directory", "dir/\na.go"},
		{"github://octo/hello/pulls/8/diff", "text/x-diff", "diff --git a/x b/x\n+é\n"},
	}
	for _, tt := range tests {
		got, err := r.read(t, tt.uri)
		if err != nil {
			t.Errorf("%s: %v", tt.uri, err)
			continue
		}
		if got.MIMEType != tt.mime || got.Text != tt.text {
			t.Errorf("%s: %s %q", tt.uri, got.MIMEType, got.Text)
		}
	}
	if got, err := r.read(t, "github://octo/hello/contents/x.png"); err != nil || got.MIMEType != "image/png" || len(got.Blob) != 9 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.read(t, "github://octo/hello/issues/7"); err != nil || got.MIMEType != "text/plain" || !strings.Contains(got.Text, "It breaks") || !strings.Contains(got.Text, "Hélas") || !strings.Contains(got.Text, "Me too") {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.read(t, "github://octo/hello"); err != nil || !strings.Contains(got.Text, `"languages":{"C":9.9,"Go":90,"Shell":0.1}`) {
		t.Errorf("%+v, %v", got, err)
	}
	var refs int
	for _, q := range r.Requests() {
		if strings.HasSuffix(q.Path, "/contents/dir/a%2Cb%20c.md?ref=feature%2Fx") {
			refs++
		}
		if strings.Contains(q.Path, "/pulls/8") && !strings.Contains(q.Header.Get("Accept"), "diff") {
			t.Errorf("Accept of a diff: %s", q.Header.Get("Accept"))
		}
	}
	if refs != 2 {
		t.Errorf("%d requests with the ref: %v", refs, paths(t, r))
	}
}

func TestResourcesRefused(t *testing.T) {
	r := newRig(t, github.Config{AllowRepos: []string{"octo/*"}})
	r.JSON("GET /repos/octo/hello/contents/big", 200, `{"type":"file","encoding":"none","size":5000000,"content":""}`)
	r.JSON("GET /repos/octo/hello/issues/404", 404, `{"message":"Not Found"}`)
	r.JSON("GET /repos/octo/hello/pulls/406", 406, `{"message":"Sorry, the diff exceeded the maximum number of lines (20000)"}`)
	asked := map[string]string{
		"github://octo/hello/contents/big":   "get_file_contents",
		"github://octo/hello/issues/404":     "not found",
		"github://octo/hello/pulls/406/diff": "lines (20000). Read it by files with get_pull_request_diff",
	}
	for uri, want := range asked {
		if _, err := r.read(t, uri); err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%s: %v", uri, err)
		}
	}
	before := len(r.Requests())
	for _, uri := range []string{
		"github://me", "github://evil/x", "github://evil/x/contents/a", "github://evil/x/issues/1", "github://evil/x/pulls/1/diff", "github://evil/x/jobs/1/log",
		"github://octo/..", "github://octo/hello/issues/x", "github://octo/hello/issues/0", "github://octo/hello/issues/-1", "github://octo/hello/issues/99999999999",
		"github://octo/hello/pulls/1%2F..%2F2/diff", "github://octo/hello/jobs/99999999999999999999/log", "github://octo/hello/contents/a/../../b",
		"github://octo/hello/contents/a/%2e%2e/b", "github://octo/hello/contents/a?ref=x&ref=y", "github://octo/hello/contents/a?per_page=9", "github://octo/hello/contents/a?ref=x&b=c", "github://octo/hello/contents/a?ref=fork:main",
		"github://octo/he%3Fllo/contents/a", "github://users/a%2Fb", "github://users/..", "github://octo%2Fhello/x", "github://octo/" + strings.Repeat("a", 101),
		"github://octo/hello/contents/" + strings.Repeat("a/", 3000),
	} {
		if got, err := r.read(t, uri); err == nil {
			t.Errorf("%s: %+v", uri, got)
		}
	}
	if got := r.Requests()[before:]; len(got) > 0 {
		t.Errorf("GitHub was asked %+v", got)
	}
}

// TestJobLog reads a log that another host has, which must not see the token.
func TestJobLog(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	long := strings.Repeat("a line of the log\n", 40_000) + "the end\xff\n"
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if got := q.Header.Get("Authorization"); got != "" {
			t.Errorf("the other host sees %q", got)
		}
		text, ok := map[string]string{"/long": long, "/short": "just this\n"}[q.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(storage.Close)
	for id, name := range map[int]string{1: "/long", 2: "/short", 5: "/gone?sig=SECRET"} {
		r.Handle(fmt.Sprintf("GET /repos/octo/hello/actions/jobs/%d/logs", id), func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, storage.URL+name, http.StatusFound)
		})
	}
	r.JSON("GET /repos/octo/hello/actions/jobs/3/logs", 410, `{"message":"Gone"}`)
	r.JSON("GET /repos/octo/hello/actions/jobs/4/logs", 404, `{"message":"Not Found"}`)
	got, err := r.read(t, "github://octo/hello/jobs/1/log")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Text); n > 256<<10+100 || n < 255<<10 || !strings.HasPrefix(got.Text, "(Its beginning is left out.)\na line") || !strings.HasSuffix(got.Text, "\nthe end\uFFFD\n") {
		t.Errorf("%d bytes, %.60q", n, got.Text)
	}
	if got, err := r.read(t, "github://octo/hello/jobs/2/log"); err != nil || got.Text != "just this\n" || got.MIMEType != "text/plain" {
		t.Errorf("%+v, %v", got, err)
	}
	for id := 3; id <= 5; id++ {
		if _, err := r.read(t, fmt.Sprintf("github://octo/hello/jobs/%d/log", id)); err == nil || !strings.Contains(err.Error(), "not found") || strings.Contains(err.Error(), storage.URL) {
			t.Errorf("job %d: %v", id, err)
		}
	}
}

func TestLargeDiffIsCut(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /repos/octo/hello/pulls/1", 200, strings.Repeat("+0123456789\n", 150_000))
	got, err := r.read(t, "github://octo/hello/pulls/1/diff")
	if err != nil {
		t.Fatal(err)
	}
	last := got.Text[strings.LastIndex(strings.TrimSpace(got.Text), "\n")+1:]
	if len(got.Text) > 1<<20+200 || !strings.Contains(last, "get_pull_request_diff") {
		t.Errorf("%d bytes, %q", len(got.Text), last)
	}
}

func TestRateLimitAsksNobody(t *testing.T) {
	r := newRig(t, github.Config{})
	got, err := r.read(t, "github://rate-limit")
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ Rates []map[string]any }
	if err := json.Unmarshal([]byte(got.Text), &out); err != nil || out.Rates == nil || len(r.Requests()) > 0 {
		t.Errorf("%s, %v, %v", got.Text, err, r.Requests())
	}
}

func TestTemplates(t *testing.T) {
	r := newRig(t, github.Config{})
	var got []string
	for tmpl, err := range r.client.ResourceTemplates(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, tmpl.URITemplate)
	}
	if d := cmp.Diff([]string{
		"github://users/{login}", "github://{owner}/{repo}", "github://{owner}/{repo}/contents/{+path}{?ref}", "github://{owner}/{repo}/issues/{number}",
		"github://{owner}/{repo}/jobs/{job_id}/log", "github://{owner}/{repo}/pulls/{number}/diff", "github://{owner}/{repo}/runs/{run_id}",
	}, got); d != "" {
		t.Error(d)
	}
}
