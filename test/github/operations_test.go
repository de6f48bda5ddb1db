//go:build e2e

package github

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// request is a call of a tool, and what GitHub must at least be asked for it.
type request struct {
	tool string
	args args
	// asks are operations, separated by spaces.
	asks string
	// sends is in the body of one of the requests.
	sends string
	// says is in the reply: what GitHub's example has.
	says string
	// examples are names of examples, by operation, and absent are operations
	// that find nothing.
	examples map[string]string
	absent   string
}

var hello = args{"owner": "octocat", "repo": "Hello-World"}

// issue is one of hello.
var issue = hello.with("number", 1347)

func file(path string) args { return hello.with("path", path) }

var reading = []request{
	{tool: "search_repositories", args: args{"query": "tetris"}, asks: "search/repos", says: "Tetris"},
	{tool: "search_repositories", args: args{"query": "tetris topic:game", "language": "assembly", "sort": "stars", "limit": 5}, asks: "search/repos"},
	{tool: "search_repositories", args: args{"query": "tetris", "sort": "updated", "max_results": 100}, asks: "search/repos"},
	{tool: "search_code", args: args{"query": "addClass in:file language:js"}, asks: "search/code", says: "classes.js"},
	{tool: "search_code", args: hello.with("query", "addClass").with("limit", 3), asks: "search/code"},
	{tool: "search_issues", args: hello, asks: "issues/list-for-repo"},
	{tool: "search_issues", args: hello.with("kind", "issue").with("state", "all").with("labels", []string{"bug", "help wanted"}).with("author", "octocat").with("sort", "comments"), asks: "issues/list-for-repo"},
	{tool: "search_issues", args: hello.with("kind", "pr").with("state", "closed").with("sort", "updated"), asks: "pulls/list"},
	{tool: "search_issues", args: hello.with("kind", "any").with("sort", "created"), asks: "issues/list-for-repo", says: "Found a bug"},
	{tool: "search_issues", args: args{"query": "windows label:bug", "kind": "issue"}, asks: "search/issues-and-pull-requests", says: "Line Number Indexes"},
	{tool: "search_issues", args: hello.with("query", "crash").with("kind", "pr").with("author", "octocat").with("sort", "comments"), asks: "search/issues-and-pull-requests"},
	{tool: "github_list_repos", args: args{}, asks: "repos/list-for-authenticated-user", says: "octocat/Hello-World"},
	{tool: "github_list_repos", args: args{"type": "private", "sort": "full_name", "limit": 2}, asks: "repos/list-for-authenticated-user"},
	{tool: "github_list_repos", args: args{"owner": "github", "type": "owner", "sort": "created"}, asks: "repos/list-for-org", says: "octocat/Hello-World"},
	{tool: "github_list_repos", args: args{"owner": "hubot", "type": "public"}, asks: "repos/list-for-org repos/list-for-user", says: "octocat/Hello-World", absent: "repos/list-for-org"},
	{tool: "github_list_repos", args: args{"owner": "octocat", "type": "private"}, asks: "repos/list-for-org repos/list-for-authenticated-user", says: "octocat/Hello-World", absent: "repos/list-for-org"},
	{tool: "get_repository_info", args: hello, asks: "repos/get repos/list-languages repos/list-commits", says: "Hello-World"},
	{tool: "get_repository_info", args: args{"repos": []string{"octocat/Hello-World", "octo-org/octo.repo"}}, asks: "repos/get repos/list-languages repos/list-commits", says: "octo.repo"},
	{tool: "get_file_contents", args: file("README.md"), asks: "repos/get-content", says: "the first file"},
	{tool: "get_file_contents", args: file("docs/über uns/a b#c?.md").with("ref", "feature/x#1"), asks: "repos/get-content"},
	{tool: "get_file_contents", args: file("README.md").with("start_line", 1).with("end_line", 2).with("ref", "main"), asks: "repos/get-content"},
	{tool: "get_file_contents", args: hello, asks: "repos/get-content", says: "octokit.rb", examples: map[string]string{"repos/get-content": "response-if-content-is-a-directory"}},
	{tool: "get_file_contents", args: hello.with("recursive", true), asks: "git/get-tree", says: "file.rb"},
	{tool: "get_file_contents", args: hello.with("recursive", true).with("glob", "**/*.rb").with("ref", "main"), asks: "git/get-tree"},
	{tool: "get_issue", args: issue, asks: "issues/get issues/list-comments", says: "Found a bug"},
	{tool: "get_issue", args: hello.with("issue_number", 1347).with("order", "newest").with("limit", 10), asks: "issues/get issues/list-comments"},
	{tool: "get_pull_request_diff", args: issue, asks: "pulls/get pulls/list-files", says: "file1.txt"},
	{tool: "get_pull_request_diff", args: hello.with("pr_number", 1347).with("paths", []string{"*.txt"}).with("exclude", []string{"vendor/**"}).with("limit", 1), asks: "pulls/get pulls/list-files"},
	{tool: "get_pull_request_status", args: issue, asks: "pulls/get pulls/list-reviews pulls/list-review-comments checks/list-for-ref repos/get-combined-status-for-ref"},
	{tool: "list_commits", args: hello, asks: "repos/list-commits", says: "Fix all the bugs"},
	{tool: "list_commits", args: hello.with("ref", "feature/x").with("path", "a/b.go").with("author", "octocat").with("since", "2026-01-31").with("limit", 5), asks: "repos/list-commits"},
	{tool: "list_commits", args: hello.with("base", "v1.0.0").with("ref", "feature/x#1"), asks: "repos/compare-commits-with-basehead", says: "file1.txt"},
	{tool: "list_workflow_runs", args: hello, asks: "actions/list-workflow-runs-for-repo", says: "30433642"},
	{tool: "list_workflow_runs", args: hello.with("workflow", "build.yml").with("branch", "feature/x").with("status", "failure").with("limit", 3), asks: "actions/list-workflow-runs"},
	{tool: "get_workflow_logs", args: hello.with("job_id", 399444496), asks: "actions/download-job-logs-for-workflow-run", says: "FAIL: TestHello"},
	{tool: "get_workflow_logs", args: hello.with("run_id", 29679449), asks: "actions/list-jobs-for-workflow-run"},
	{tool: "get_workflow_logs", args: hello.with("job_id", 399444496).with("grep", "FAIL").with("tail_lines", 1), asks: "actions/download-job-logs-for-workflow-run"},
	{tool: "list_releases", args: hello, asks: "repos/list-releases", says: "v1.0.0"},
	{tool: "list_releases", args: hello.with("tag", "latest"), asks: "repos/get-latest-release", says: "v1.0.0"},
	{tool: "list_releases", args: hello.with("tag", "module/v1.0.0"), asks: "repos/get-release-by-tag"},
}

var changing = []request{
	{tool: "create_issue", args: hello.with("title", "Found a bug"), asks: "issues/create", says: "1347"},
	{tool: "create_issue", args: hello.with("title", "Found a bug").with("body", "Really").with("labels", []string{"bug"}).with("assignees", []string{"octocat"}), asks: "issues/create"},
	{tool: "update_issue", args: issue.with("title", "Found another").with("body", "Really").with("state", "closed").with("state_reason", "not_planned"), asks: "issues/update", says: "1347"},
	{tool: "update_issue", args: issue.with("add_labels", []string{"bug"}), asks: "issues/add-labels"},
	{tool: "update_issue", args: issue.with("remove_labels", []string{"help wanted/x"}), asks: "issues/remove-label"},
	{tool: "update_issue", args: issue.with("assignees", []string{"octocat", "hubot"}), asks: "issues/update", sends: `"assignees":["octocat","hubot"]`, says: "assignees"},
	{tool: "add_comment", args: issue.with("body", "Me too"), asks: "issues/create-comment"},
	{tool: "add_comment", args: issue.with("body", "Me too!").with("edit_id", 9007199254740993), asks: "issues/update-comment"},
	{tool: "add_comment", args: issue.with("body", "Because").with("in_reply_to", 10), asks: "pulls/create-reply-for-review-comment"},
	{tool: "create_pull_request", args: hello.with("title", "Amazing").with("head", "octocat:new-topic").with("base", "master"), asks: "pulls/create", says: "1347"},
	{tool: "create_pull_request", args: hello.with("title", "Amazing").with("head", "new-topic").with("body", "See").with("draft", true).with("reviewers", []string{"hubot"}), asks: "pulls/create pulls/request-reviewers"},
	{tool: "submit_review", args: issue.with("event", "comment").with("body", "Nice").with("comments", []any{
		args{"path": "file1.txt", "line": 2, "body": "here"}, args{"path": "file1.txt", "line": 9, "start_line": 3, "side": "right", "body": "and here"},
	}), asks: "pulls/create-review"},
	{tool: "submit_review", args: issue.with("event", "approve"), asks: "pulls/create-review"},
	{tool: "merge_pull_request", args: issue.with("method", "squash"), asks: "pulls/merge"},
	{tool: "merge_pull_request", args: issue.with("method", "merge").with("head_sha", "6dcb09b5b57875f334f61aebed695e2e4193db5e").with("delete_branch", true), asks: "pulls/merge git/delete-ref"},
	{tool: "commit_files", args: hello.with("branch", "featureA").with("message", "new").with("changes", []any{
		args{"path": "a/b.txt", "content": "hello\n"}, args{"path": "file.rb", "delete": true},
	}), asks: "git/get-ref git/create-tree git/create-commit git/update-ref"},
	{tool: "commit_files", args: hello.with("branch", "feature/b").with("message", "new").with("from_ref", "main").with("changes", []any{
		args{"path": "a.txt", "content": "x"},
	}), asks: "git/create-tree git/create-commit git/create-ref", absent: "git/get-ref"},
	{tool: "run_workflow", args: hello.with("action", "dispatch").with("workflow", "build.yml").with("ref", "main"), asks: "actions/create-workflow-dispatch"},
	{tool: "run_workflow", args: hello.with("action", "rerun").with("run_id", 30433642), asks: "actions/re-run-workflow"},
	{tool: "run_workflow", args: hello.with("action", "rerun_failed").with("run_id", 30433642), asks: "actions/re-run-workflow-failed-jobs"},
	{tool: "run_workflow", args: hello.with("action", "cancel").with("run_id", 30433642), asks: "actions/cancel-workflow-run"},
	{tool: "create_release", args: hello.with("tag", "v1.0.0").with("name", "One").with("body", "First"), asks: "repos/create-release", says: "v1.0.0", absent: "repos/get-release-by-tag git/get-ref"},
	{tool: "create_release", args: hello.with("tag", "v1.0.0").with("target", "main").with("draft", true).with("prerelease", true), asks: "repos/create-release", absent: "repos/get-release-by-tag git/get-ref"},
}

const aToken = "ghp_oracle000000000000000000000000000000"

// TestRequests has every tool ask GitHub as the description says, and understand
// GitHub's own examples.
func TestRequests(t *testing.T) {
	o := consult(t, aToken)
	c := serve(t, o.URL, aToken).connect(t)
	offered := map[string]bool{}
	for tool, err := range c.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		offered[tool.Name] = true
	}
	tried := map[string]bool{}
	for _, r := range slices.Concat(reading, changing) {
		tried[r.tool] = true
		if !offered[r.tool] {
			continue
		}
		t.Run(r.tool, func(t *testing.T) { o.try(t, c, r) })
		o.expect(expects{t: t})
	}
	for name := range offered {
		if !tried[name] {
			t.Errorf("%s has no request here", name)
		}
	}
	for name := range tried {
		if !offered[name] {
			t.Errorf("%s is not offered", name)
		}
	}
}

func (o *oracle) try(t *testing.T, c client, r request) {
	if r.asks == "" {
		t.Fatalf("%v: it does not say what GitHub is to be asked", r.args)
	}
	o.expect(expects{t, r.examples, r.absent})
	got := c.call(t, r.tool, r.args)
	list := o.told()
	made(t, list, r.asks)
	if r.sends != "" && !slices.ContainsFunc(list, func(a asked) bool { return strings.Contains(a.body, r.sends) }) {
		t.Errorf("%v: no request has %s: %+v", r.args, r.sends, list)
	}
	got.has(t, r.says)
	next, ok := got.Data["next_cursor"].(string)
	if !ok {
		return
	}
	c.call(t, r.tool, r.args.with("cursor", next))
	if list := o.told(); !slices.ContainsFunc(list, func(a asked) bool { return a.query.Get("page") == "2" }) {
		t.Errorf("%v: the cursor does not ask for page 2: %+v", r.args, list)
	}
}

// made fails the test unless each of the operations is among the requests.
func made(t *testing.T, list []asked, operations string) {
	t.Helper()
	all := map[string]bool{}
	for _, a := range list {
		all[a.operation] = true
	}
	for op := range strings.FieldsSeq(operations) {
		if !all[op] {
			t.Errorf("GitHub is not asked %s, but %q", op, slices.Sorted(maps.Keys(all)))
		}
	}
}
