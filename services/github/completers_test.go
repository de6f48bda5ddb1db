package github

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

func TestCompleters(t *testing.T) {
	gh := githubtest.New(t)
	s, err := Open(t.Context(), Config{APIURL: gh.URL, Token: "t0ken", AllowRepos: []string{"acme/*", "guest/one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	gh.JSON("GET /user", 200, `{"login":"guest"}`)
	gh.JSON("GET /user/orgs", 403, `{"message":"Forbidden"}`)
	gh.JSON("GET /orgs/acme/repos", 200, `[{"name":"app","full_name":"acme/app"},{"name":"api","full_name":"acme/api"}]`)
	gh.JSON("GET /repos/acme/app/issues", 200, `[{"number":12,"pull_request":{}},{"number":1}]`)
	gh.JSON("GET /repos/acme/app/labels", 200, `[{"name":"good first issue"},{"name":"bug"}]`)
	gh.JSON("GET /repos/acme/app/actions/workflows", 200, `{"workflows":[{"path":".github/workflows/ci.yml"},{"path":"dynamic/dependabot"}]}`)
	gh.JSON("GET /repos/acme/app/actions/runs", 200, `{"workflow_runs":[{"id":9007199254740993},{"id":4}]}`)
	gh.JSON("GET /repos/acme/app/branches", 200, `[{"name":"main"}]`)
	gh.JSON("GET /repos/acme/app/git/matching-refs/tags/v", 200, `[{"ref":"refs/tags/v1"}]`)
	app := map[string]string{"owner": "acme", "repo": "app"}
	tests := []struct {
		name     string
		complete server.CompleteFunc
		typed    string
		want     []string
	}{
		{"issue", s.completeIssue, "", []string{"1"}},
		{"label", s.completeLabel, "b", []string{"bug"}},
		{"label within", s.completeLabel, "issue", []string{"good first issue"}},
		{"workflow", s.completeWorkflow, "", []string{"ci.yml", "dependabot"}},
		{"run", s.completeRun, "9", []string{"9007199254740993"}},
		{"branch", s.completeBranch, "", []string{"main"}},
		{"tag", s.completeTag, "v", []string{"v1"}},
		{"repos: owners", s.completeRepos, "", []string{"acme/", "guest/"}},
		{"repos: names", s.completeRepos, "acme/ap", []string{"acme/app", "acme/api"}},
		{"repos: the last", s.completeRepos, "guest/one, acme/api", []string{"guest/one, acme/api"}},
		{"repos: not allowed", s.completeRepos, "evil/", nil},
		{"language", s.completeLanguage, "jup", []string{"Jupyter Notebook"}},
		{"languages", s.completeLanguage, "C++", []string{"C++"}},
	}
	for _, tt := range tests {
		got, err := tt.complete(t.Context(), tt.typed, app)
		if err != nil || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}
