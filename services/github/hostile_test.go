package github_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// agreeing has a person who agrees to everything.
var agreeing = &mcp.ClientOptions{ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
}}

// TestSearchesTellNothingByTheirNumber holds that with --allow-repos GitHub itself
// is asked for nothing else: that there is a next page would tell whether a word
// is in a repository which nobody may name.
func TestSearchesTellNothingByTheirNumber(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"octo/*", "me/one"}})
	for _, path := range []string{"repositories", "code", "issues"} {
		r.JSON("GET /search/"+path, 200, `{"total_count":0,"items":[]}`)
	}
	for _, tool := range []string{"search_repositories", "search_code", "search_issues"} {
		for query, held := range map[string]bool{
			"password":                    true,
			"password -repo:octo/a":       true, // all but one that may be named
			"password NOT user:octo":      true,
			"password OR user:octo":       true,
			"password\tOR\tuser:octo":     true,
			`"user:octo" password`:        true, // words, not a qualifier
			"password user:octo":          true,
			"password repo:me/one":        true,
			"password) OR (user:octo":     false, // leaves the brackets that hold it
			"(password":                   false,
			`password "`:                  false, // takes the qualifiers in
			`"a\" password`:               false,
			"password NOT":                false, // turns them around
			"password OR":                 false,
			"password NOT (":              false,
			"password uſer:evil":          false,
			"password user:octo,evil":     false,
			`password repo:"evil/secret"`: false,
		} {
			before := len(r.Requests())
			text, failed := r.call(t, tool, fmt.Sprintf(`{"query":%q}`, query))
			asked := r.Requests()[before:]
			if failed == held || held && len(asked) != 1 || !held && len(asked) != 0 {
				t.Errorf("%s %s: %s, asked %v", tool, query, text, asked)
				continue
			}
			if !held {
				continue
			}
			u, err := url.Parse(asked[0].Path)
			if err != nil {
				t.Fatal(err)
			}
			q := strings.TrimPrefix(u.Query().Get("q"), query)
			if query == "password user:octo" || query == "password repo:me/one" {
				continue
			}
			if !strings.Contains(q, "user:octo") || !strings.Contains(q, "repo:me/one") {
				t.Errorf("%s %s: asked %q", tool, query, u.Query().Get("q"))
			}
			if strings.Contains(query, "OR") && !strings.HasPrefix(u.Query().Get("q"), "("+query+")") {
				t.Errorf("%s: a choice is not held together: %q", tool, u.Query().Get("q"))
			}
		}
	}

	// What cannot be said to GitHub is not asked.
	parts := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"acme/pub-*"}})
	parts.JSON("GET /search/code", 200, `{"total_count":0,"items":[]}`)
	for _, in := range []string{`{"query":"password"}`, `{"query":"password","owner":"acme"}`, `{"query":"password user:acme"}`, `{"query":"password org:ACME"}`} {
		refused(t, parts, "search_code", in, "INVALID_INPUT")
	}
	if got := paths(t, parts); len(got) > 0 {
		t.Errorf("asked %v", got)
	}
	for _, in := range []string{`{"query":"password","owner":"acme","repo":"pub-1"}`, `{"query":"password repo:acme/pub-1"}`} {
		if text, failed := parts.call(t, "search_code", in); failed {
			t.Errorf("%s: %s", in, text)
		}
	}
}

// TestRedirectsStayAmongAllowedRepositories sends reads and writes to a place that
// may not be named, by all the spellings that its server takes for one.
func TestRedirectsStayAmongAllowedRepositories(t *testing.T) {
	s := githubtest.New(t)
	var to string
	moved := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	s.Handle("GET /api/v3/repos/acme/app/releases", moved)
	s.Handle("POST /api/v3/repos/acme/app/issues", moved)
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.JSON("GET /api/v3/repositories/2", 200, `{"full_name":"secret/sold"}`)
	s.URL += "/api/v3"
	svc, _ := open(t, s, github.Config{Token: "t", AllowRepos: []string{"acme/*"}})
	c := servertest.Connect(t, "github", svc, nil)
	for _, to = range []string{
		"/api/v3/repos/secret/app/releases",
		"/api/v3/repositories/2/releases",
		"/api/v3/repositories/2x/releases",
		"/api/v3/repos/acme/../secret/app/releases",
		"/api/v3/repos/acme/app/../../secret/app/releases",
		"/api/v3/repos/acme/%2e%2e/secret/app/releases",
		"/api/v3/./repos/secret/app/releases",
		"/raw/secret/app/main/x",
		"/x/../api/v3/repos/secret/app/releases",
		"//" + base.Host + "/api/v3/repos/secret/app/releases",
		"HTTP://" + strings.ToUpper(base.Host) + "/api/v3/repos/secret/app/releases",
	} {
		for _, got := range []string{releases(t, c, "acme", "app"), fmt.Sprint(svc.Post(t.Context(), "acme", "app"))} {
			if !strings.Contains(got, "to which GitHub redirects") && !strings.Contains(got, "cannot be seen") || strings.Contains(got, "secret/") {
				t.Errorf("%s: %s", to, got)
			}
		}
	}
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, "secret") || strings.HasPrefix(r.Path, "/api/v3/repositories/2/") {
			t.Errorf("asked %s %s", r.Method, r.Path)
		}
	}
}

// TestForksAreNotShownByPullRequests holds that a branch of a repository that may
// not be named does not come into one that may.
func TestForksAreNotShownByPullRequests(t *testing.T) {
	r := newRig(t, github.Config{Token: "t0ken", AllowRepos: []string{"acme/*"}})
	for _, args := range []string{
		`"head":"evil:main"`, `"head":"evil:app:main"`, `"head":"acme:evil:main"`, `"head":"main","base":"evil:main"`, `"head":"../x"`,
	} {
		if text, failed := r.call(t, "create_pull_request", `{"owner":"acme","repo":"app","title":"t",`+args+`}`); !failed || !strings.Contains(text, "PERMISSION_DENIED") && !strings.Contains(text, "INVALID_INPUT") {
			t.Errorf("%s: %s", args, text)
		}
	}
	refused(t, r, "list_commits", `{"owner":"acme","repo":"app","base":"evil:main"}`, "INVALID_INPUT")
	refused(t, r, "list_commits", `{"owner":"acme","repo":"app","base":"main","ref":"evil:app:main"}`, "INVALID_INPUT")
	refused(t, r, "get_file_contents", `{"owner":"acme","repo":"app","path":"a","ref":"evil:main"}`, "INVALID_INPUT")
	refused(t, r, "get_file_contents", `{"owner":"acme","repo":"app","path":"../../../secret/app/contents/a"}`, "INVALID_INPUT")
	if got := paths(t, r); len(got) > 0 {
		t.Errorf("asked %v", got)
	}
}

// TestNothingOutsideOfAllowReposIsAsked calls every tool, resource and completion
// for a repository that may not be named.
func TestNothingOutsideOfAllowReposIsAsked(t *testing.T) {
	s := githubtest.New(t)
	for _, path := range []string{"/user", "/user/orgs", "/users/{login}"} {
		s.JSON("GET "+path, 200, `{}`)
	}
	svc, _ := open(t, s, github.Config{Token: "t", Write: true, AllowRepos: []string{"acme/*"}})
	c := servertest.Connect(t, "github", svc, agreeing)
	const where = `"owner":"evil","repo":"secret"`
	for tool, args := range map[string]string{
		"search_code": `,"query":"x"`, "search_issues": ``, "get_repository_info": ``, "get_file_contents": ``, "list_commits": ``, "list_releases": ``,
		"list_workflow_runs": ``, "get_workflow_logs": `,"run_id":1`, "get_issue": `,"number":1`, "get_pull_request_diff": `,"number":1`,
		"get_pull_request_status": `,"number":1`, "create_issue": `,"title":"t"`, "update_issue": `,"number":1,"title":"t"`, "add_comment": `,"number":1,"body":"b"`,
		"create_pull_request": `,"title":"t","head":"h"`, "submit_review": `,"number":1,"event":"comment","body":"b"`,
		"commit_files": `,"branch":"b","message":"m","changes":[{"path":"a","content":"b"}]`, "merge_pull_request": `,"number":1`,
		"create_release": `,"tag":"v1"`, "run_workflow": `,"action":"cancel","run_id":1`,
	} {
		text, failed := (&rig{client: c}).call(t, tool, `{`+where+args+`}`)
		if !failed || !strings.Contains(text, "--allow-repos") && !strings.Contains(text, "PERMISSION_DENIED") {
			t.Errorf("%s: %s", tool, text)
		}
	}
	for _, rest := range []string{"", "/contents/a", "/contents/..%2f..%2facme/app/contents/a", "/issues/1", "/pulls/1/diff", "/jobs/1/log", "/runs/1"} {
		if res, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "github://evil/secret" + rest}); err == nil {
			t.Errorf("%s: %+v", rest, res)
		}
	}
	if err := svc.Watch(context.Background(), "github://evil/secret/issues/1", func() {}); err == nil {
		t.Error("it is watched")
	}
	for _, r := range s.Requests() {
		if !slices.Contains([]string{"/user", "/user/orgs"}, strings.SplitN(r.Path, "?", 2)[0]) {
			t.Errorf("asked %s %s", r.Method, r.Path)
		}
	}
}

// TestRefusalsRepeatNoCredential has GitHub, or a proxy before it, repeat what it
// was sent.
func TestRefusalsRepeatNoCredential(t *testing.T) {
	const leak = `Authorization: Bearer ` + canary + ` is bad, and so are ` + canary + ` and https://u:` + canary + `@h/x?sig=` + canary
	for _, body := range []string{
		`{"message":"` + leak + `"}`,
		`{"message":"m","errors":[{"message":"` + leak + `"}]}`,
		`{"message":"m","errors":[{"field":"` + leak + `","code":"invalid"}]}`,
		`{"message":"m","errors":"` + leak + `"}`,
		`{"message":"m","errors":["` + leak + `"]}`,
		`{"message":"m","block":{"reason":"` + leak + `"}}`,
		`{"message":"cannot be run: ` + leak + `"}`,
	} {
		for _, status := range []int{400, 403, 404, 409, 422, 500} {
			s := githubtest.New(t)
			s.JSON("GET /repos/o/r/releases", status, body)
			s.JSON("POST /repos/o/r/issues", status, body)
			s.JSON("POST /repos/o/r/actions/runs/1/rerun", status, body)
			svc, log := open(t, s, github.Config{Token: canary, Write: true})
			c := servertest.Connect(t, "github", svc, agreeing)
			got := releases(t, c, "o", "r")
			for tool, args := range map[string]string{"create_issue": `{"owner":"o","repo":"r","title":"t"}`, "run_workflow": `{"owner":"o","repo":"r","action":"rerun","run_id":1}`} {
				text, _ := (&rig{client: c}).call(t, tool, args)
				got += text
			}
			if got += log.String(); strings.Contains(got, canary) {
				t.Errorf("%d %s: %s", status, body, got)
			}
		}
	}
}

// TestWordsOfStrangersTurnNothingAround holds that titles, names and notes show
// themselves as they are.
func TestWordsOfStrangersTurnNothingAround(t *testing.T) {
	r := newRig(t, github.Config{Token: "t"})
	const hostile = `a\u202eb\u2066c\u001b[2Jd`
	r.JSON("GET /repos/o/p/issues", 200, `[{"number":1,"title":"`+hostile+`"}]`)
	r.JSON("GET /repos/o/p/releases", 200, `[{"tag_name":"v1","name":"`+hostile+`","body":"`+hostile+`"}]`)
	r.JSON("GET /repos/o/p/commits", 200, `[{"sha":"a","commit":{"message":"`+hostile+`","author":{"name":"`+hostile+`"}}}]`)
	r.JSON("GET /search/repositories", 200, `{"items":[{"full_name":"o/p","description":"`+hostile+`"}]}`)
	r.JSON("GET /search/code", 200, `{"items":[{"path":"a","repository":{"full_name":"o/p"},"text_matches":[{"property":"content","fragment":"`+hostile+`"}]}]}`)
	for tool, args := range map[string]string{
		"search_issues": `{"repo":"o/p"}`, "list_releases": `{"owner":"o","repo":"p"}`, "list_commits": `{"owner":"o","repo":"p"}`,
		"search_repositories": `{"query":"x"}`, "search_code": `{"query":"x"}`,
	} {
		text, failed := r.call(t, tool, args)
		if failed || strings.ContainsAny(text, "\u202e\u2066\u001b") || strings.Contains(text, `\u001b`) || !strings.Contains(text, "a\ufffdb") {
			t.Errorf("%s: %q", tool, text)
		}
	}
}
