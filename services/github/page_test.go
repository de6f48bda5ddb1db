package github_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// TestNullsInLists has lists in which a thing cannot be read: those beside it are
// shown.
func TestNullsInLists(t *testing.T) {
	const repo = `"owner":"octocat","repo":"hello"`
	for name, tt := range map[string]struct{ tool, args, pattern, body, want string }{
		"releases":      {"list_releases", `{` + repo + `}`, "/repos/octocat/hello/releases", `[null,{"tag_name":"v1","assets":[null]}]`, `"tag":"v1"`},
		"one's repos":   {"github_list_repos", `{}`, "/user/repos", `[null,{"full_name":"octocat/hello"}]`, `octocat/hello`},
		"found repos":   {"search_repositories", `{"query":"x"}`, "/search/repositories", `{"items":[null,{"full_name":"octocat/hello"}]}`, `octocat/hello`},
		"found code":    {"search_code", `{"query":"x"}`, "/search/code", `{"items":[null,{"path":"a.go","text_matches":[null,{"property":"content","fragment":"x","matches":[null]}]}]}`, `a.go`},
		"found issues":  {"search_issues", `{"query":"x"}`, "/search/issues", `{"items":[null,{"number":3,"labels":[null]}]}`, `"number":3`},
		"issues":        {"search_issues", `{` + repo + `}`, "/repos/octocat/hello/issues", `[null,{"number":3}]`, `"number":3`},
		"of both kinds": {"search_issues", `{` + repo + `,"kind":"any"}`, "/repos/octocat/hello/issues", `[null,{"number":3}]`, `"number":3`},
		"pull requests": {"search_issues", `{` + repo + `,"kind":"pr"}`, "/repos/octocat/hello/pulls", `[null,{"number":3}]`, `"number":3`},
		"commits":       {"list_commits", `{` + repo + `}`, "/repos/octocat/hello/commits", `[null,{"sha":"abc"}]`, `"sha":"abc"`},
		"comparison":    {"list_commits", `{` + repo + `,"base":"v1"}`, "/repos/octocat/hello/compare/{range}", `{"commits":[null,{"sha":"abc"}],"files":[null,{"filename":"a.go"}]}`, `"path":"a.go"`},
		"runs":          {"list_workflow_runs", `{` + repo + `}`, actions + "/runs", `{"workflow_runs":[null,{"id":7,"pull_requests":[null]}]}`, `"id":7`},
		"jobs":          {"get_workflow_logs", `{` + repo + `,"run_id":7}`, actions + "/runs/7/jobs", `{"jobs":[null,{"id":9,"conclusion":"success","steps":[null]}]}`, `1 success`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, github.Config{Token: "t0ken"})
			r.JSON("GET "+tt.pattern, 200, tt.body)
			if text, failed := r.call(t, tt.tool, tt.args); failed || !strings.Contains(text, tt.want) {
				t.Error(text)
			}
		})
	}
	t.Run("comments", func(t *testing.T) {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/issues/3", 200, `{"number":3,"comments":2}`)
		r.JSON("GET /repos/octocat/hello/issues/3/comments", 200, `[null,{"id":5,"body":"hi"}]`)
		if text, failed := r.call(t, "get_issue", `{`+repo+`,"number":3}`); failed || !strings.Contains(text, "comment 5") {
			t.Error(text)
		}
	})
	t.Run("a pull request's parts", func(t *testing.T) {
		r := newRig(t, github.Config{})
		r.JSON("GET /repos/octocat/hello/pulls/7", 200, `{"number":7,"labels":[null],"requested_reviewers":[null],"head":{"sha":"abc"}}`)
		r.JSON("GET /repos/octocat/hello/pulls/7/files", 200, `[null,{"filename":"a.go","patch":"@@ -1 +1 @@\n-a\n+b"}]`)
		r.JSON("GET /repos/octocat/hello/pulls/7/reviews", 200, `[null]`)
		r.JSON("GET /repos/octocat/hello/pulls/7/comments", 200, `[null]`)
		r.JSON("GET /repos/octocat/hello/commits/abc/check-runs", 200, `{"check_runs":[null]}`)
		r.JSON("GET /repos/octocat/hello/commits/abc/status", 200, `{"statuses":[null]}`)
		for tool, want := range map[string]string{"get_pull_request_diff": "a.go", "get_pull_request_status": `"head_sha":"abc"`} {
			if text, failed := r.call(t, tool, `{`+repo+`,"number":7}`); failed || !strings.Contains(text, want) {
				t.Error(text)
			}
		}
	})
}

// TestOtherNamesOfArguments calls each tool that has a limit or a number with what
// else these are called. GitHub has nothing, and must be asked for what was given.
func TestOtherNamesOfArguments(t *testing.T) {
	needed := map[string]string{"query": `"x"`, "title": `"x"`, "body": `"x"`, "event": `"approve"`, "owner": `"octocat"`, "repo": `"hello"`}
	hidden := map[string]string{"get_issue": "max_results", "get_pull_request_diff": "max_results"}
	r := newRigOf(t, github.Config{Token: "t0ken", Write: true}, server.Config{Confirm: "never"})
	r.JSON("GET /repos/octocat/hello/issues/41", 200, `{"number":41,"comments":9}`)
	for _, method := range []string{"GET", "POST", "PATCH"} {
		r.Handle(method+" /{path...}", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		})
	}
	tried := 0
	try := func(tool string, properties map[string]any, alias, value, want string) {
		t.Helper()
		args := []string{`"` + alias + `":` + value}
		for name, v := range needed {
			if _, has := properties[name]; has {
				args = append(args, `"`+name+`":`+v)
			}
		}
		if _, numbered := properties["number"]; numbered && want != "/41" {
			args = append(args, `"number":41`)
		}
		before := len(r.Requests())
		text, _ := r.call(t, tool, `{`+strings.Join(args, ",")+`}`)
		if !slices.ContainsFunc(r.Requests()[before:], func(q githubtest.Request) bool { return strings.Contains(q.Path, want) }) {
			t.Errorf("%s of %s: %s", alias, tool, text)
		}
		tried++
	}
	for _, tool := range r.tools(t) {
		properties := tool.InputSchema.(map[string]any)["properties"].(map[string]any)
		if _, limited := properties["limit"]; limited || hidden[tool.Name] != "" {
			try(tool.Name, properties, "max_results", "7", "per_page=7")
		}
		if _, numbered := properties["number"]; numbered {
			try(tool.Name, properties, "pr_number", "41", "/41")
			try(tool.Name, properties, "issue_number", "41", "/41")
		}
	}
	if tried != 23 {
		t.Errorf("%d calls", tried)
	}
}
