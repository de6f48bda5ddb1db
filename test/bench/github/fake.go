package main

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// fake is a GitHub with one answer for each address. It knows what it has sent
// before by its ETag.
type fake struct {
	URL string

	server, store *httptest.Server
	bodies        map[string][]byte // by path, without what is before the repository's own part
	logText       string

	mu       sync.Mutex
	latency  time.Duration
	statuses []int // of the answers since the last time
}

const (
	prose = "When the server is restarted while a client waits, the client gets an answer that it cannot read. " +
		"It should try again, and say after three times that it gives up. Seen on 2.4.1 and on main, with and without TLS. " +
		"Steps: start two replicas, call one of them, end it with SIGTERM. The log has `connection reset` only.\n\n"
	fileLines = 4000
	logLines  = 2000
)

// newFake makes the bodies of all tasks.
func newFake(e examples) (*fake, error) {
	f := &fake{bodies: map[string][]byte{}}
	if err := errorsOf(f.issues(e), f.pulls(e), f.code(e), f.actions(e), f.repositories(e)); err != nil {
		return nil, err
	}
	f.store = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(f.logText))
	}))
	f.server = httptest.NewServer(f)
	f.URL = f.server.URL
	return f, nil
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) close() {
	f.server.Close()
	f.store.Close()
}

// put has a path answered with v.
func (f *fake) put(path string, v any) error {
	text, err := json.Marshal(v)
	f.bodies[path] = text
	return err
}

// sha returns a hash that differs with what and i.
func sha(what string, i int) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "%s %d", what, i)))
}

func (f *fake) issues(e examples) error {
	issue, err := e.one("issue", "")
	if err != nil {
		return err
	}
	comment, err := e.one("issue-comment-items", "")
	if err != nil {
		return err
	}
	delete(issue, "pull_request")
	issue["body"], issue["comments"] = strings.Repeat(prose, 3), 20
	return errorsOf(
		f.put("/issues/1347", issue),
		f.put("/issues", times(issue, 30, func(i int, o object) {
			o["number"], o["id"], o["title"] = 1347-i, 10_000+i, fmt.Sprintf("The client gives up too early, case %d", i)
		})),
		f.put("/issues/1347/comments", times(comment, 20, func(i int, o object) { o["id"], o["body"] = 700+i, prose })),
	)
}

func (f *fake) pulls(e examples) error {
	pull, err := e.one("pull-request", "")
	if err != nil {
		return err
	}
	file, err := e.one("diff-entry-items", "")
	if err != nil {
		return err
	}
	review, err := e.one("pull-request-review-items", "")
	if err != nil {
		return err
	}
	comment, err := e.one("pull-request-review-comment-items", "")
	if err != nil {
		return err
	}
	run, err := e.one("check-run-paginated", "check_runs")
	if err != nil {
		return err
	}
	pull["body"], pull["changed_files"], pull["merged"], pull["state"] = prose, 20, false, "open"
	head := pull["head"].(map[string]any)["sha"].(string)
	runs := times(run, 12, func(i int, o object) {
		o["id"], o["name"], o["head_sha"], o["conclusion"], o["status"] = 400+i, fmt.Sprintf("test (%d)", i), head, "success", "completed"
		if i == 3 {
			o["conclusion"] = "failure"
		}
	})
	status := e["combined-commit-status"].Value
	f.bodies["/commits/"+head+"/status"] = status
	return errorsOf(
		f.put("/pulls/1347", pull),
		f.put("/pulls/1347/files", times(file, 20, func(i int, o object) {
			o["filename"], o["sha"], o["patch"] = fmt.Sprintf("internal/part%d/client.go", i), sha("file", i), patch(i)
			o["additions"], o["deletions"], o["changes"] = 20, 20, 40
		})),
		f.put("/pulls/1347/reviews", times(review, 5, func(i int, o object) { o["id"], o["body"] = 80+i, prose[:120] })),
		f.put("/pulls/1347/comments", times(comment, 8, func(i int, o object) { o["id"], o["body"], o["position"] = 10+i, prose[:200], i+1 })),
		f.put("/commits/"+head+"/check-runs", object{"total_count": len(runs), "check_runs": runs}),
	)
}

// patch is two hunks of 20 lines.
func patch(n int) string {
	var b strings.Builder
	for hunk := range 2 {
		fmt.Fprintf(&b, "@@ -%d,16 +%d,16 @@ func (c *Client) Do(ctx context.Context) error {\n", 40*hunk+10, 40*hunk+10)
		for i := range 6 {
			fmt.Fprintf(&b, " \tcase %d: // what is around the change stays as it was\n", n+i)
		}
		for i := range 10 {
			fmt.Fprintf(&b, "-\t\treturn fmt.Errorf(\"attempt %d of %d failed: %%w\", err)\n+\t\treturn c.again(ctx, %d, err)\n", i, n, i)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (f *fake) code(e examples) error {
	commit, err := e.one("commit-items", "")
	if err != nil {
		return err
	}
	file, err := e.one("content-file-response-if-content-is-a-file", "")
	if err != nil {
		return err
	}
	release, err := e.one("release-items", "")
	if err != nil {
		return err
	}
	var text strings.Builder
	for i := range fileLines {
		fmt.Fprintf(&text, "\tline%04d := handle(ctx, %d) // so many times\n", i+1, i)
	}
	file["name"], file["path"], file["size"], file["encoding"] = "client.go", "client.go", text.Len(), "base64"
	file["content"] = base64.StdEncoding.EncodeToString([]byte(text.String()))
	return errorsOf(
		f.put("/contents/client.go", file),
		f.put("/releases", times(release, 10, func(i int, o object) {
			o["tag_name"], o["name"], o["body"] = fmt.Sprintf("v1.%d.0", 10-i), fmt.Sprintf("Version 1.%d", 10-i), prose
		})),
		f.put("/commits", times(commit, 30, func(i int, o object) {
			o["sha"] = sha("commit", i)
			o["commit"].(map[string]any)["message"] = fmt.Sprintf("client: try again, part %d\n\n%s", i, prose[:200])
		})),
	)
}

func (f *fake) actions(e examples) error {
	run, err := e.one("workflow-run-paginated", "workflow_runs")
	if err != nil {
		return err
	}
	job, err := e.one("job-paginated", "jobs")
	if err != nil {
		return err
	}
	job["status"], job["conclusion"] = "completed", "failure"
	if steps, ok := job["steps"].([]any); ok && len(steps) > 0 {
		for i, s := range steps {
			step := s.(map[string]any)
			step["status"], step["conclusion"] = "completed", "success"
			if i == len(steps)-1 {
				step["conclusion"] = "failure"
			}
		}
	}
	job["id"] = 399444496
	var log strings.Builder
	for i := range logLines {
		text := fmt.Sprintf("ok  \tgithub.com/octocat/hello/internal/part%d\t0.%03ds", i, i%1000)
		switch i {
		case logLines - 40:
			text = "--- FAIL: TestTriesAgain (0.02s)"
		case logLines - 39:
			text = "    client_test.go:42: gave up after 1 attempt, want 3"
		case logLines - 1:
			text = "##[error]Process completed with exit code 1."
		}
		fmt.Fprintf(&log, "2026-01-02T03:%02d:%02d.1234567Z %s\n", i/60%60, i%60, text)
	}
	f.logText = log.String()
	runs := times(run, 30, func(i int, o object) { o["id"], o["run_number"] = 30433642+i, 562-i })
	return errorsOf(
		f.put("/actions/runs", object{"total_count": 30, "workflow_runs": runs}),
		f.put("/actions/runs/30433642", runs[0]),
		f.put("/actions/runs/30433642/jobs", object{"total_count": 1, "jobs": []object{job}}),
		f.put("/actions/jobs/399444496", job),
	)
}

func (f *fake) repositories(e examples) error {
	full, err := e.one("full-repository-default-response", "")
	if err != nil {
		return err
	}
	found, err := e.one("repo-search-result-item-paginated", "items")
	if err != nil {
		return err
	}
	return errorsOf(
		f.put("", full),
		f.put("/languages", object{"Go": 912_345, "Shell": 12_345, "Makefile": 2_345}),
		f.put("/search/repositories", object{"total_count": 412, "incomplete_results": false, "items": times(found, 30, func(i int, o object) {
			o["id"], o["name"], o["full_name"] = 3081286+i, fmt.Sprintf("Tetris%d", i), fmt.Sprintf("dtrupenn/Tetris%d", i)
		})}),
	)
}

// wait makes answers take that long.
func (f *fake) wait(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latency = d
}

// told returns the statuses of the answers since the last time.
func (f *fake) told() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.statuses
	f.statuses = nil
	return list
}

// ServeHTTP answers every repository alike.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if parts := strings.SplitN(path, "/", 5); parts[1] == "repos" && len(parts) > 3 {
		path = ""
		if len(parts) == 5 {
			path = "/" + parts[4]
		}
	}
	f.mu.Lock()
	latency := f.latency
	f.mu.Unlock()
	if latency > 0 {
		select {
		case <-time.After(latency):
		case <-r.Context().Done():
			return
		}
	}
	status := http.StatusOK
	defer func() {
		f.mu.Lock()
		f.statuses = append(f.statuses, status)
		f.mu.Unlock()
	}()
	if strings.HasSuffix(path, "/logs") {
		status = http.StatusFound
		http.Redirect(w, r, f.store.URL+"/log", status)
		return
	}
	body, ok := f.bodies[path]
	if !ok {
		status = http.StatusNotFound
		http.Error(w, `{"message":"Not Found"}`, status)
		return
	}
	if n := r.URL.Query().Get("per_page"); path == "/commits" && n == "5" {
		var list []json.RawMessage
		if json.Unmarshal(body, &list) == nil {
			body, _ = json.Marshal(list[:5])
		}
	}
	tag := fmt.Sprintf(`"%x"`, sha1.Sum(body))
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.Header.Get("If-None-Match") == tag {
		status = http.StatusNotModified
		w.WriteHeader(status)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), ".raw") {
		var file struct{ Content []byte }
		if json.Unmarshal(body, &file) == nil && file.Content != nil {
			w.Header().Set("Content-Type", "application/vnd.github.raw+json; charset=utf-8")
			body = file.Content
		}
	}
	_, _ = w.Write(body)
}
