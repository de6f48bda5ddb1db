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
	// stepLines are those of the step that failed, which is the last one.
	stepLines = 80
	files     = 20
	listed    = 30 // of every list
	comments  = 20
	longPull  = 1348 // whose patches fill several pages
)

// newFake makes the bodies of all tasks. Texts that the service does not show for
// a task, such as those of issues in a list, are empty in them, so that nothing is
// saved by leaving them out.
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
	issue["body"], issue["comments"] = strings.Repeat(prose, 3), comments
	return errorsOf(
		f.put("/issues/1347", issue),
		f.put("/issues", times(issue, listed, func(i int, o object) {
			o["number"], o["id"], o["title"], o["body"] = 1347-i, 10_000+i, issueTitle(i), ""
		})),
		f.put("/issues/1347/comments", times(comment, comments, func(i int, o object) { o["id"], o["body"] = 700+i, remark(i) })),
	)
}

func issueTitle(i int) string { return fmt.Sprintf("The client gives up too early, case %d.", i) }

// remark is a comment.
func remark(i int) string { return fmt.Sprintf("As for case %d. %s", i, strings.TrimSpace(prose)) }

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
	pull["body"], pull["changed_files"], pull["merged"], pull["state"] = "", files, false, "open"
	head := pull["head"].(map[string]any)["sha"].(string)
	runs := times(run, 12, func(i int, o object) {
		o["id"], o["name"], o["head_sha"], o["conclusion"], o["status"] = 400+i, checkName(i), head, "success", "completed"
		o["output"] = nil
		if i == 3 {
			o["conclusion"] = "failure"
		}
	})
	status := e["combined-commit-status"].Value
	f.bodies["/commits/"+head+"/status"] = status
	changed := func(patch func(int) string) []object {
		return times(file, files, func(i int, o object) {
			text := patch(i)
			o["filename"], o["sha"], o["patch"] = fileName(i), sha("file", i), text
			o["additions"], o["deletions"] = strings.Count(text, "\n+"), strings.Count(text, "\n-")
			o["changes"] = strings.Count(text, "\n+") + strings.Count(text, "\n-")
		})
	}
	long := times(pull, 1, func(_ int, o object) { o["number"] = longPull })[0]
	return errorsOf(
		f.put("/pulls/1347", pull),
		f.put("/pulls/1347/files", changed(patch)),
		f.put(fmt.Sprintf("/pulls/%d", longPull), long),
		f.put(fmt.Sprintf("/pulls/%d/files", longPull), changed(longPatch)),
		f.put("/pulls/1347/reviews", times(review, 5, func(i int, o object) {
			o["id"], o["body"], o["user"] = 80+i, "", object{"login": reviewer(i)}
		})),
		f.put("/pulls/1347/comments", times(comment, 8, func(i int, o object) {
			delete(o, "in_reply_to_id")
			o["id"], o["body"], o["position"] = 10+i, objection(i), i+1
		})),
		f.put("/commits/"+head+"/check-runs", object{"total_count": len(runs), "check_runs": runs}),
	)
}

func fileName(i int) string  { return fmt.Sprintf("internal/part%d/client.go", i) }
func checkName(i int) string { return fmt.Sprintf("test (%d)", i) }
func reviewer(i int) string  { return fmt.Sprintf("octocat%d", i) }
func objection(i int) string { return fmt.Sprintf("In case %d. %s", i, prose[:120]) }

// patch is an everyday one, of about 1.2 KB; each fifth is longer.
func patch(n int) string {
	pairs := 9
	if n%5 == 4 {
		pairs = 14
	}
	return hunks(n, 1, pairs)
}

// longPatch is one of about 6 KB.
func longPatch(n int) string { return hunks(n, 4, 12) }

// hunks are those of a patch, each with six lines around pairs of changed ones.
func hunks(n, count, pairs int) string {
	var b strings.Builder
	for hunk := range count {
		fmt.Fprintf(&b, "@@ -%d,%d +%[1]d,%[2]d @@ func (c *Client) Do(ctx context.Context) error {\n", 40*hunk+10, pairs+6)
		for i := range 6 {
			fmt.Fprintf(&b, " \tcase %d: // what is around the change stays as it was\n", 100*hunk+n+i)
		}
		for i := range pairs {
			fmt.Fprintf(&b, "-\t\treturn fmt.Errorf(\"attempt %d of %d failed: %%w\", err)\n+\t\treturn c.again(ctx, %d, err)\n", i, 100*hunk+n, i)
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
		text.WriteString(fileLine(i+1) + "\n")
	}
	file["name"], file["path"], file["size"], file["encoding"] = "client.go", "client.go", text.Len(), "base64"
	file["content"] = base64.StdEncoding.EncodeToString([]byte(text.String()))
	commits := func(n int, message func(int) string) []object {
		return times(commit, n, func(i int, o object) {
			o["sha"] = sha("commit", i)
			o["commit"].(map[string]any)["message"] = message(i)
		})
	}
	return errorsOf(
		f.put("/contents/client.go", file),
		f.put("/releases", times(release, 10, func(i int, o object) {
			o["tag_name"], o["name"], o["body"] = fmt.Sprintf("v1.%d.0", 10-i), fmt.Sprintf("Version 1.%d", 10-i), prose
		})),
		f.put("/commits", commits(listed, func(i int) string { return commitTitle(i) + "\n\n" + commitText(i) })),
		f.put(lastCommits, commits(5, commitTitle)),
	)
}

// lastCommits is where those are that describe a repository, of one line each.
const lastCommits = "/commits?per_page=5"

func fileLine(n int) string {
	return fmt.Sprintf("\tline%04d := handle(ctx, %d) // so many times", n, n-1)
}
func commitTitle(i int) string { return fmt.Sprintf("client: try again, part %d.", i) }
func commitText(i int) string  { return fmt.Sprintf("As for part %d. %s", i, prose[:170]) }

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
	steps := make([]object, 8)
	for i := range steps {
		from, to := i*100, i*100+99
		steps[i] = object{"name": fmt.Sprintf("Step %d", i+1), "number": i + 1, "status": "completed", "conclusion": "success"}
		if i == len(steps)-1 {
			from, to = logLines-stepLines, logLines-1
			steps[i]["conclusion"] = "failure"
		}
		steps[i]["started_at"], steps[i]["completed_at"] = logTime(from).Format(time.RFC3339), logTime(to).Format(time.RFC3339)
	}
	job["steps"], job["id"] = steps, 399444496
	var log strings.Builder
	for i := range logLines {
		fmt.Fprintf(&log, "%s %s\n", logTime(i).Format("2006-01-02T15:04:05.0000000Z"), logLine(i))
	}
	f.logText = log.String()
	runs := times(run, listed, func(i int, o object) { o["id"], o["run_number"] = firstRun+i, 562-i })
	return errorsOf(
		f.put("/actions/runs", object{"total_count": 30, "workflow_runs": runs}),
		f.put("/actions/runs/30433642", runs[0]),
		f.put("/actions/runs/30433642/jobs", object{"total_count": 1, "jobs": []object{job}}),
		f.put("/actions/jobs/399444496", job),
	)
}

const firstRun = 30433642

// logTime is when a line of the log was written: one comes each second.
func logTime(i int) time.Time {
	return time.Date(2026, time.January, 2, 3, 0, 0, 123_456_700, time.UTC).Add(time.Duration(i) * time.Second)
}

func logLine(i int) string {
	switch i {
	case logLines - 40:
		return "--- FAIL: TestTriesAgain (0.02s)"
	case logLines - 39:
		return "    client_test.go:42: gave up after 1 attempt, want 3"
	case logLines - 1:
		return "##[error]Process completed with exit code 1."
	}
	return fmt.Sprintf("ok  \tgithub.com/octocat/hello/internal/part%d\t0.%03ds", i, i%1000)
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
		f.put("/search/repositories", object{"total_count": 412, "incomplete_results": false, "items": times(found, listed, func(i int, o object) {
			o["id"], o["name"], o["full_name"] = 3081286+i, fmt.Sprintf("Tetris%02d", i), foundName(i)
		})}),
	)
}

func foundName(i int) string { return fmt.Sprintf("dtrupenn/Tetris%02d", i) }

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
	if path == "/commits" && r.URL.Query().Get("per_page") == "5" {
		path = lastCommits
	}
	body, ok := f.bodies[path]
	if !ok {
		status = http.StatusNotFound
		http.Error(w, `{"message":"Not Found"}`, status)
		return
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
