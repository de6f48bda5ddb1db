package github_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

const actions = "/repos/octocat/hello/actions"

func TestListWorkflowRuns(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET "+actions+"/workflows/{file}/runs", 200, `{"total_count":3,"workflow_runs":[
		{"id":30433642,"name":"CI","display_title":"Fix it","event":"push","head_branch":"main","head_sha":"acb5820ced9479c074f688cc328bf03f341a511d","status":"completed","conclusion":"failure","run_attempt":2,
		 "run_started_at":"2026-01-02T10:00:00Z","created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-02T10:01:05Z"},
		{"id":30433643,"name":"CI","display_title":"CI","event":"schedule","head_branch":"main","head_sha":"acb","status":"in_progress","conclusion":null,"run_attempt":1,"created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-02T10:01:05Z"}]}`)
	text, failed := r.call(t, "list_workflow_runs", `{"owner":"octocat","repo":"hello","workflow":".github/workflows/my ci.yml","branch":"main","status":"failure","event":"push","max_results":2}`)
	want := `{"total_count":3,"runs":[{"id":30433642,"name":"CI","title":"Fix it","event":"push","branch":"main","sha":"acb5820ced94","status":"failure","started":"2026-01-02T10:00:00Z","seconds":65,"attempt":2},` +
		`{"id":30433643,"name":"CI","event":"schedule","branch":"main","sha":"acb","status":"in_progress","started":"2026-01-01T10:00:00Z"}]}`
	if failed || text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if got, want := r.Requests()[0].Path, actions+"/workflows/my%20ci.yml/runs?branch=main&event=push&exclude_pull_requests=true&page=1&per_page=2&status=failure"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, workflow := range []string{"../../x", "..", "a/b.yml", `a\\b`} {
		if text, failed := r.call(t, "list_workflow_runs", `{"owner":"octocat","repo":"hello","workflow":"`+workflow+`"}`); !failed || !strings.Contains(text, "INVALID_INPUT") {
			t.Errorf("%s: %s", workflow, text)
		}
	}
	if n := len(r.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func job(id int, name, status, conclusion string) string {
	return fmt.Sprintf(`{"id":%d,"run_id":7,"name":%q,"status":%q,"conclusion":%s,"steps":[
		{"name":"Set up","number":1,"status":"completed","conclusion":"success","started_at":"2026-01-02T10:00:00Z","completed_at":"2026-01-02T10:00:01Z"},
		{"name":"Test","number":2,"status":"completed","conclusion":%s,"started_at":"2026-01-02T10:00:05Z","completed_at":"2026-01-02T10:00:07Z"}]}`, id, name, status, conclusion, conclusion)
}

// store is where logs are kept: another host, which must see no credential.
func store(t *testing.T, serve http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization") + r.Header.Get("Cookie"); got != "" {
			t.Errorf("the store was sent %q", got)
		}
		serve(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (r *rig) redirect(pattern, to string) {
	r.Handle(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	})
}

func TestGetWorkflowLogs(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", Write: true})
	r.Handle("GET "+actions+"/runs/7/jobs", func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Query().Get("page") == "2" {
			fmt.Fprintf(w, `{"total_count":3,"jobs":[%s]}`, job(13, "lint", "completed", `"failure"`))
			return
		}
		w.Header().Set("Link", "<"+r.URL+actions+`/runs/7/jobs?page=2>; rel="next"`)
		fmt.Fprintf(w, `{"total_count":3,"jobs":[%s,%s]}`, job(11, "docs", "completed", `"success"`), job(12, "build", "completed", `"failure"`))
	})
	logs := store(t, func(w http.ResponseWriter, q *http.Request) {
		if q.URL.RawQuery != "sig=s3cret" {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		const stamp = "2026-01-02T10:00:06.0000000Z "
		_, _ = io.WriteString(w, stamp+"##[group]Run make\n"+stamp+"make\n"+stamp+"##[endgroup]\n"+stamp+"\x1b[31mboom\x1b[0m with ***\n"+stamp+"##[error]exit code 1\n"+stamp+"Post job cleanup.\n"+stamp+"bye\n")
	})
	r.redirect("GET "+actions+"/jobs/12/logs", logs.URL+"/12?sig=s3cret")
	r.JSON("GET "+actions+"/jobs/13/logs", 410, `{"message":"Server Error"}`)
	text, failed := r.call(t, "get_workflow_logs", `{"owner":"octocat","repo":"hello","run_id":7}`)
	want := `2 of 3 jobs failed.

== job 12 "build": failure in step "Test"
Run make
boom with ***
error: exit code 1

== job 13 "lint": failure in step "Test"
(no log: the log of job 13 (lint) has expired: GitHub keeps logs for a limited time; run_workflow can run the job again)
`
	if failed || text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if got := r.Requests()[0].Path; got != actions+"/runs/7/jobs?filter=latest&per_page=100" {
		t.Error(got)
	}
	r.JSON("GET "+actions+"/jobs/12", 200, job(12, "build", "completed", `"failure"`))
	text, failed = r.call(t, "get_workflow_logs", `{"owner":"octocat","repo":"hello","job_id":12,"grep":"^make|bye","context":0}`)
	if want := "== job 12 \"build\": failure in step \"Test\"\nmake\n--\nbye\n"; failed || text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestGetWorkflowLogsWithout(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	logs := store(t, func(w http.ResponseWriter, q *http.Request) { http.Error(w, "", http.StatusInternalServerError) })
	for id, jobs := range map[int]string{
		1: job(1, "a", "completed", `"success"`) + "," + job(2, "b", "completed", `"skipped"`),
		2: job(1, "a", "completed", `"success"`) + "," + job(2, "b", "in_progress", `null`),
		3: "",
	} {
		r.JSON(fmt.Sprintf("GET %s/runs/%d/jobs", actions, id), 200, `{"jobs":[`+jobs+`]}`)
	}
	r.JSON("GET "+actions+"/runs/3", 200, `{"id":3,"status":"completed","conclusion":"startup_failure","path":".github/workflows/ci.yml"}`)
	r.JSON("GET "+actions+"/runs/4/jobs", 404, `{"message":"Not Found"}`)
	for i, status := range []int{403, 404, 302, 302} {
		id := 20 + i
		r.JSON(fmt.Sprintf("GET %s/jobs/%d", actions, id), 200, job(id, "x", "completed", `"failure"`))
		if status != 302 {
			r.JSON(fmt.Sprintf("GET %s/jobs/%d/logs", actions, id), status, `{"message":"no"}`)
		}
	}
	r.redirect("GET "+actions+"/jobs/22/logs", logs.URL+"/?sig=s3cret")
	r.redirect("GET "+actions+"/jobs/23/logs", "file:///etc/passwd")
	r.JSON("GET "+actions+"/jobs/30", 200, job(30, "x", "in_progress", `null`))
	for args, want := range map[string]string{
		`"run_id":1`:                          "No job has failed: 1 success, 1 skipped",
		`"run_id":2`:                          "No job has failed: 1 success, 1 in_progress",
		`"run_id":3`:                          "The run has no jobs; it stands at startup_failure. Its workflow file .github/workflows/ci.yml may be invalid.",
		`"run_id":4`:                          "RESOURCE_NOT_FOUND",
		`"job_id":20`:                         "PERMISSION_DENIED",
		`"job_id":21`:                         "may not have been written yet",
		`"job_id":22`:                         "SERVICE_UNAVAILABLE",
		`"job_id":23`:                         "SERVICE_UNAVAILABLE",
		`"job_id":30`:                         "CONFLICT",
		`"run_id":1,"job_id":2`:               "give run_id",
		`"tail_lines":5`:                      "give run_id",
		`"job_id":20,"grep":"(a"`:             "missing closing",
		`"job_id":20,"grep":"x{1000}{1000}"`:  "INVALID_INPUT",
		`"run_id":1,"max_bytes":100000000000`: "INVALID_INPUT",
	} {
		text, _ := r.call(t, "get_workflow_logs", `{"owner":"octocat","repo":"hello",`+args+`}`)
		if !strings.Contains(text, want) || strings.Contains(text, "s3cret") || strings.Contains(text, "127.0.0.1") {
			t.Errorf("%s: %s", args, text)
		}
	}
}

func TestWorkflowLogsShareTheBudget(t *testing.T) {
	r := newRig(t, github.Config{})
	logs := store(t, func(w http.ResponseWriter, q *http.Request) {
		n := 10_000
		if q.URL.Path == "/2" {
			n = 3
		}
		for i := range n {
			fmt.Fprintf(w, "2026-01-02T10:00:06.0000000Z line %05d of a job\n", i)
		}
	})
	var list []string
	for id := 1; id <= 3; id++ {
		list = append(list, job(id, fmt.Sprint("j", id), "completed", `"failure"`))
		r.redirect(fmt.Sprintf("GET %s/jobs/%d/logs", actions, id), fmt.Sprintf("%s/%d", logs.URL, id))
	}
	r.JSON("GET "+actions+"/runs/7/jobs", 200, `{"jobs":[`+strings.Join(list, ",")+`]}`)
	text, _ := r.call(t, "get_workflow_logs", `{"owner":"octocat","repo":"hello","run_id":7,"tail_lines":5000,"max_bytes":3000}`)
	parts := strings.Split(text, "== job ")[1:]
	if len(parts) != 3 || len(text) > 3500 {
		t.Fatalf("%d parts, %d bytes", len(parts), len(text))
	}
	if n, m := len(parts[0]), len(parts[2]); n-m > 100 || m-n > 100 || n < 1300 || strings.Count(parts[1], "\n") != 5 || !strings.Contains(parts[0], "line 09999") {
		t.Errorf("%d, %d and %d bytes", n, len(parts[1]), m)
	}
}

func TestRunWorkflow(t *testing.T) {
	r := &rig{Server: githubtest.New(t)}
	svc, err := github.Open(t.Context(), github.Config{Write: true, Token: "t0ken", APIURL: r.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var questions []string
	r.client = servertest.Connect(t, "github", svc, &mcp.ClientOptions{ElicitationHandler: func(_ context.Context, q *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		questions = append(questions, q.Params.Message)
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
	}})
	var taken atomic.Int64
	for pattern, status := range map[string]int{
		"/workflows/deploy.yml/dispatches": 204, "/runs/7/rerun": 201, "/runs/7/rerun-failed-jobs": 201, "/runs/7/cancel": 202,
	} {
		r.Handle("POST "+actions+pattern, func(w http.ResponseWriter, _ *http.Request) {
			taken.Add(1)
			w.WriteHeader(status)
			if status != 204 {
				_, _ = io.WriteString(w, "{}")
			}
		})
	}
	r.JSON("POST "+actions+"/runs/8/rerun", 403, `{"message":"Unable to retry this workflow run because it was created over a month ago"}`)
	r.JSON("POST "+actions+"/runs/9/rerun", 403, `{"message":"Must have admin rights to Repository."}`)
	r.JSON("POST "+actions+"/runs/8/cancel", 409, `{"message":"Cannot cancel a workflow run that is completed."}`)
	r.JSON("POST "+actions+"/workflows/ci.yml/dispatches", 422, `{"message":"Workflow does not have 'workflow_dispatch' trigger"}`)
	for args, want := range map[string]string{
		`"action":"dispatch","workflow":"deploy.yml","ref":"main","inputs":{"stage":"test"}`:                                             "workflow deploy.yml of octocat/hello: dispatched",
		`"action":"dispatch","workflow":"deploy.yml","ref":"main","inputs":{"notes":"` + strings.Repeat("é", 3000) + `","stage":"test"}`: "dispatched",
		`"action":"rerun","run_id":7`:                                 "run 7 of octocat/hello: runs again",
		`"action":"rerun_failed","run_id":7`:                          "its failed jobs run again",
		`"action":"cancel","run_id":7`:                                "is being cancelled",
		`"action":"rerun","run_id":8`:                                 `"code":"CONFLICT"`,
		`"action":"rerun","run_id":9`:                                 `"code":"PERMISSION_DENIED"`,
		`"action":"cancel","run_id":8`:                                `"code":"CONFLICT"`,
		`"action":"dispatch","workflow":"ci.yml","ref":"main"`:        "workflow_dispatch",
		`"action":"dispatch","workflow":"ci.yml"`:                     "ref is needed",
		`"action":"dispatch","ref":"main"`:                            "workflow is needed",
		`"action":"dispatch","workflow":"x","ref":"main","run_id":1`:  "leave it out",
		`"action":"rerun"`:                                            "run_id is needed",
		`"action":"rerun","run_id":7,"ref":"x"`:                       "a run keeps its own",
		`"action":"delete","run_id":7`:                                "INVALID_INPUT",
		`"action":"dispatch","workflow":"../../../user","ref":"main"`: "INVALID_INPUT",
	} {
		if text, _ := r.call(t, "run_workflow", `{"owner":"octocat","repo":"hello",`+args+`}`); !strings.Contains(text, want) {
			t.Errorf("%s: %s", args, text)
		}
	}
	if taken.Load() != 5 {
		t.Errorf("%d requests were taken", taken.Load())
	}
	for _, want := range []string{`Run the workflow "deploy.yml" of octocat/hello at "main" with stage="test"?`,
		`with notes="` + strings.Repeat("é", 40) + `…" (6000 bytes), stage="test"?`, "Cancel run 7 in octocat/hello?"} {
		if !slices.ContainsFunc(questions, func(q string) bool { return strings.HasSuffix(q, want) }) {
			t.Errorf("nobody was asked %s", want)
		}
	}
	for _, q := range r.Requests() {
		if strings.HasSuffix(q.Path, "deploy.yml/dispatches") && strings.TrimSpace(q.Body) != `{"ref":"main","inputs":{"stage":"test"}}` && !strings.Contains(q.Body, strings.Repeat("é", 3000)) {
			t.Error(q.Body)
		}
	}
}
