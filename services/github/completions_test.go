package github_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
)

const (
	contentsURI = "github://{owner}/{repo}/contents/{+path}{?ref}"
	issueURI    = "github://{owner}/{repo}/issues/{number}"
	diffURI     = "github://{owner}/{repo}/pulls/{number}/diff"
	jobURI      = "github://{owner}/{repo}/jobs/{job_id}/log"
	runURI      = "github://{owner}/{repo}/runs/{run_id}"
)

// complete completes a variable of a template, or an argument of a prompt; settled
// are names and values in turn.
func (r *rig) complete(t *testing.T, of, argument, typed string, settled ...string) []string {
	t.Helper()
	return servertest.Complete(t, r.client, of, argument, typed, settled...)
}

func TestCompletions(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /user", 200, `{"login":"octocat"}`)
	r.JSON("GET /user/orgs", 200, `[{"login":"acme"},{"login":"Octo"}]`)
	r.JSON("GET /orgs/acme/repos", 200, `[{"name":"app","full_name":"acme/app"},{"name":"my-app","full_name":"acme/my-app"},{"name":"APPS","full_name":"acme/APPS"}]`)
	r.JSON("GET /repos/acme/app/branches", 200, `[{"name":"main"}]`)
	r.JSON("GET /repos/acme/app/tags", 200, `[{"name":"v1"}]`)
	r.JSON("GET /repos/acme/app/git/matching-refs/heads/feature/", 200, `[{"ref":"refs/heads/feature/é"}]`)
	r.JSON("GET /repos/acme/app/git/matching-refs/tags/feature/", 200, `[]`)
	r.JSON("GET /repos/acme/app/contents/{$}", 200, `[{"type":"dir","name":"docs"},{"type":"file","name":"main.go"}]`)
	r.JSON("GET /repos/acme/app/contents/docs", 200, `[{"type":"file","name":"a b.md"},{"type":"file","name":"c.md"}]`)
	r.JSON("GET /repos/acme/app/issues", 200, `[{"number":12,"pull_request":{}},{"number":1},{"number":21}]`)
	r.JSON("GET /repos/acme/app/pulls", 200, `[{"number":12}]`)
	r.JSON("GET /repos/acme/app/actions/runs", 200, `{"workflow_runs":[{"id":5},{"id":9007199254740993}]}`)
	r.JSON("GET /repos/acme/app/actions/runs/5/jobs", 200, `{"jobs":[{"id":50},{"id":51}]}`)
	app := []string{"owner", "acme", "repo", "app"}
	tests := []struct {
		of, argument, typed string
		settled, want       []string
	}{
		{contentsURI, "owner", "", nil, []string{"octocat", "acme", "Octo"}},
		{contentsURI, "owner", "oct", nil, []string{"octocat", "Octo"}},
		{"github://users/{login}", "login", "ac", nil, []string{"acme"}},
		{contentsURI, "repo", "app", app, []string{"app", "APPS", "my-app"}},
		{contentsURI, "repo", "", nil, []string{}},
		{contentsURI, "ref", "", app, []string{"main", "v1"}},
		{contentsURI, "ref", "feature/", app, []string{"feature/é"}},
		{contentsURI, "ref", "../x", app, []string{}},
		{contentsURI, "ref", "a?b", app, []string{}},
		{contentsURI, "path", "", app, []string{"docs/", "main.go"}},
		{contentsURI, "path", "docs/A", append(app, "ref", "main"), []string{"docs/a b.md"}},
		{contentsURI, "path", "../", app, []string{}},
		{contentsURI, "path", "", append(app, "ref", "fork:main"), []string{}},
		{issueURI, "number", "", app, []string{"12", "1", "21"}},
		{issueURI, "number", "2", app, []string{"21", "12"}},
		{diffURI, "number", "", app, []string{"12"}},
		{jobURI, "job_id", "51", app, []string{"51"}},
		{runURI, "owner", "ac", nil, []string{"acme"}},
		{runURI, "repo", "my", app, []string{"my-app"}},
		{runURI, "run_id", "", app, []string{"5", "9007199254740993"}},
		{issueURI, "number", "", []string{"owner", "a/b", "repo", "?x"}, []string{}},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, r.complete(t, tt.of, tt.argument, tt.typed, tt.settled...)); d != "" {
			t.Errorf("%s of %s, typed %q: %s", tt.argument, tt.of, tt.typed, d)
		}
	}
	asked := strings.Join(paths(t, r), "\n") + "\n"
	for _, once := range []string{"GET /user\n", "GET /user/orgs?per_page=100\n", "GET /orgs/acme/repos?", "GET /repos/acme/app/issues?", "GET /repos/acme/app/pulls?per_page=100\n",
		"GET /repos/acme/app/contents/\n", "GET /repos/acme/app/contents/docs?ref=main\n", "GET /repos/acme/app/actions/runs?per_page=1&status=failure\n"} {
		if n := strings.Count(asked, once); n != 1 {
			t.Errorf("%q was asked %d times of\n%s", once, n, asked)
		}
	}
	if strings.Contains(asked, "/search/") {
		t.Error(asked)
	}
}

func TestPromptCompletions(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"acme/*", "guest/one"}})
	r.JSON("GET /user", 200, `{"login":"guest"}`)
	r.JSON("GET /user/orgs", 403, `{"message":"Forbidden"}`)
	r.JSON("GET /orgs/acme/repos", 200, `[{"name":"app","full_name":"acme/app"},{"name":"api","full_name":"acme/api"}]`)
	r.JSON("GET /repos/acme/app/issues", 200, `[{"number":12,"pull_request":{}},{"number":1}]`)
	r.JSON("GET /repos/acme/app/pulls", 200, `[{"number":12}]`)
	r.JSON("GET /repos/acme/app/actions/runs", 200, `{"workflow_runs":[{"id":9007199254740993},{"id":4}]}`)
	r.JSON("GET /repos/acme/app/branches", 200, `[{"name":"main"}]`)
	r.JSON("GET /repos/acme/app/git/matching-refs/tags/v", 200, `[{"ref":"refs/tags/v1"}]`)
	r.JSON("GET /repos/acme/app/actions/workflows", 200, `{"workflows":[{"path":".github/workflows/ci.yml"},{"path":"dynamic/pages/pages-build-deployment"},null]}`)
	r.JSON("GET /repos/acme/app/labels", 200, `[{"name":"bug"},{"name":"good first issue"},null]`)
	app := []string{"owner", "acme", "repo", "app"}
	for _, prompt := range []string{"review_pull_request", "debug_ci", "triage_issue", "release_notes"} {
		if got := r.complete(t, prompt, "owner", ""); !cmp.Equal(got, []string{"acme", "guest"}) {
			t.Errorf("owner of %s: %v", prompt, got)
		}
		if got := r.complete(t, prompt, "repo", "ap", "owner", "acme"); !cmp.Equal(got, []string{"app", "api"}) {
			t.Errorf("repo of %s: %v", prompt, got)
		}
	}
	for _, tt := range []struct {
		prompt, argument, typed string
		want                    []string
	}{
		{"review_pull_request", "number", "", []string{"12"}},
		{"review_pull_request", "pr_number", "1", []string{"12"}},
		{"review_pull_request", "focus", "", nil},
		{"debug_ci", "run_id", "9", []string{"9007199254740993"}},
		{"debug_ci", "branch", "", []string{"main"}},
		{"debug_ci", "workflow", "", []string{"ci.yml"}},
		{"triage_issue", "number", "", []string{"1"}},
		{"triage_issue", "labels", "", []string{"bug", "good first issue"}},
		{"triage_issue", "labels", "bug, first", []string{"bug, good first issue"}},
		{"api-request-template", "language", "java", []string{"Java", "JavaScript"}},
		{"release_notes", "since", "v", []string{"v1"}},
		{"compare_repositories", "repos", "", []string{"acme/", "guest/"}},
		{"compare_repositories", "repos", "acme/ap", []string{"acme/app", "acme/api"}},
		{"compare_repositories", "repos", "guest/one, acme/api", []string{"guest/one, acme/api"}},
		{"compare_repositories", "repos", "evil/", nil},
	} {
		if got := r.complete(t, tt.prompt, tt.argument, tt.typed, app...); !slices.Equal(got, tt.want) {
			t.Errorf("%s of %s, typed %q: %v, want %v", tt.argument, tt.prompt, tt.typed, got, tt.want)
		}
	}
}

// TestCompletionsAreHeldToAllowedRepositories proposes what may be named alone.
func TestCompletionsAreHeldToAllowedRepositories(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"acme/app", "guest/*"}})
	r.JSON("GET /user", 200, `{"login":"octocat"}`)
	r.JSON("GET /user/orgs", 200, `[{"login":"ACME"},{"login":"evil"}]`)
	r.JSON("GET /orgs/acme/repos", 200, `[{"name":"app","full_name":"acme/app"},{"name":"secret","full_name":"acme/secret"}]`)
	if got := r.complete(t, contentsURI, "owner", ""); !cmp.Equal(got, []string{"acme", "guest"}) {
		t.Error(got)
	}
	if got := r.complete(t, contentsURI, "repo", "", "owner", "acme"); !cmp.Equal(got, []string{"app"}) {
		t.Error(got)
	}
	before := len(r.Requests())
	for _, owner := range []string{"evil", "octocat"} {
		if got := r.complete(t, contentsURI, "repo", "", "owner", owner); len(got) > 0 {
			t.Error(got)
		}
	}
	if got := r.complete(t, issueURI, "number", "", "owner", "acme", "repo", "secret"); len(got) > 0 || len(r.Requests()) != before {
		t.Error(got, r.Requests()[before:])
	}
}

// TestCompletionsAreBounded has more than a client takes, and what fails is
// nothing to complete with.
func TestCompletionsAreBounded(t *testing.T) {
	r := newRig(t, github.Config{})
	r.Handle("GET /repos/acme/app/git/matching-refs/heads/b", func(w http.ResponseWriter, _ *http.Request) {
		var refs []string
		for i := range 500 {
			refs = append(refs, fmt.Sprintf(`{"ref":"refs/heads/b%d"}`, i))
		}
		fmt.Fprintf(w, "[%s]", strings.Join(refs, ","))
	})
	r.JSON("GET /repos/acme/app/git/matching-refs/tags/b", 404, `{"message":"Not Found"}`)
	if got := r.complete(t, contentsURI, "ref", "b", "owner", "acme", "repo", "app"); len(got) != 100 || got[0] != "b0" {
		t.Errorf("%d: %.3v", len(got), got)
	}
	if got := r.complete(t, contentsURI, "owner", ""); len(got) > 0 {
		t.Errorf("nobody is signed in, and %v are proposed", got)
	}
}
