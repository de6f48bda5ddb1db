package github_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcpfleet/mcpfleet/services/github"
)

func TestListRepos(t *testing.T) {
	const some, none = `[{"full_name":"o/a","private":true},{"full_name":"o/b"}]`, `{"message":"Not Found"}`
	tests := []struct {
		name, token, args string
		asked             []string
	}{
		{"mine", "t0ken", `{"type":"member","sort":"full_name"}`, []string{
			"GET /user/repos?direction=asc&page=1&per_page=30&sort=full_name&type=member"}},
		{"organization", "t0ken", `{"owner":"acme","type":"owner"}`, []string{
			"GET /orgs/acme/repos?direction=desc&page=1&per_page=30&sort=pushed&type=all"}},
		{"person", "t0ken", `{"owner":"mona","max_results":5}`, []string{
			"GET /orgs/mona/repos?direction=desc&page=1&per_page=5&sort=pushed&type=all",
			"GET /user",
			"GET /users/mona/repos?direction=desc&page=1&per_page=5&sort=pushed&type=owner"}},
		{"myself", "t0ken", `{"owner":"Octocat","type":"private"}`, []string{
			"GET /orgs/Octocat/repos?direction=desc&page=1&per_page=30&sort=pushed&type=private",
			"GET /user",
			"GET /user/repos?affiliation=owner&direction=desc&page=1&per_page=30&sort=pushed&visibility=private"}},
		{"myself as a member", "t0ken", `{"owner":"octocat","type":"member"}`, []string{
			"GET /orgs/octocat/repos?direction=desc&page=1&per_page=30&sort=pushed&type=member",
			"GET /user",
			"GET /user/repos?direction=desc&page=1&per_page=30&sort=pushed&type=member"}},
		{"nobody signed in", "", `{"owner":"acme","sort":"created"}`, []string{
			"GET /users/acme/repos?direction=desc&page=1&per_page=30&sort=created&type=owner"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, github.Config{Token: tt.token})
			r.JSON("GET /user", 200, `{"login":"octocat"}`)
			r.JSON("GET /user/repos", 200, some)
			r.JSON("GET /orgs/acme/repos", 200, some)
			r.JSON("GET /orgs/", 404, none)
			r.JSON("GET /users/mona/repos", 200, some)
			r.JSON("GET /users/acme/repos", 200, some)
			var out listed
			answer(t, r, "github_list_repos", tt.args, &out)
			if d := cmp.Diff([]string{"o/a", "o/b"}, names(out.Repos, "name")); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.asked, paths(t, r)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestListReposGoesOn reads the second page where the first was.
func TestListReposGoesOn(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken"})
	r.JSON("GET /orgs/", 404, `{"message":"Not Found"}`)
	r.JSON("GET /user", 403, `{"message":"Resource not accessible by integration"}`)
	r.JSON("GET /users/mona/repos", 200, `[]`, next(r, 2)...)
	var out listed
	answer(t, r, "github_list_repos", `{"owner":"mona","limit":10}`, &out)
	if out.Repos == nil || out.Next == "" {
		t.Errorf("%+v", out)
	}
	answer(t, r, "github_list_repos", `{"owner":"mona","limit":99,"cursor":"`+out.Next+`"}`, &out)
	if got := paths(t, r); len(got) != 4 || got[3] != "GET /users/mona/repos?direction=desc&page=2&per_page=10&sort=pushed&type=owner" {
		t.Error(got)
	}
	refused(t, r, "github_list_repos", `{"owner":"lisa","cursor":"`+out.Next+`"}`, "INVALID_INPUT")
}

func TestListReposRefusals(t *testing.T) {
	r := newRig(t, github.Config{})
	r.JSON("GET /users/nobody/repos", 404, `{"message":"Not Found"}`)
	refused(t, r, "github_list_repos", `{}`, "AUTHENTICATION_FAILED")
	refused(t, r, "github_list_repos", `{"owner":"a/../b"}`, "INVALID_INPUT")
	refused(t, r, "github_list_repos", `{"owner":"mona","type":"private"}`, "INVALID_INPUT")
	if text := refused(t, r, "github_list_repos", `{"owner":"nobody"}`, "RESOURCE_NOT_FOUND"); !strings.Contains(text, "repositories of nobody") {
		t.Error(text)
	}
}

func TestListReposIsHeldToAllowedRepositories(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"acme/a*"}})
	r.JSON("GET /user/repos", 200, `[{"full_name":"acme/app"},{"full_name":"acme/secret"},{"full_name":"evil/app"}]`)
	text, failed := r.call(t, "github_list_repos", `{}`)
	if failed || text != `{"repos":[{"name":"acme/app"}],"note":"Results outside of --allow-repos are left out"}` {
		t.Error(text)
	}
}
