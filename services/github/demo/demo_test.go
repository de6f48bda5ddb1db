package demo

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
)

// Whatever the environment says, the demo speaks to its own GitHub, which knows
// what all tools ask and keeps what is written.
func TestDemo(t *testing.T) {
	s, err := Open(t.Context(), github.Config{TokenFile: "/no/such/file", APIURL: "https://github.invalid"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := servertest.Connect(t, "github", s, nil)
	asked := make(map[string]bool)
	for _, c := range []struct {
		tool, args, want string
	}{
		{"github_list_repos", `{}`, "octo/handbook"},
		{"github_list_repos", `{"owner":"octo"}`, "octo/shop"},
		{"search_repositories", `{"query":"shipping"}`, "octo/shop"},
		{"search_code", `{"query":"total","owner":"octo","repo":"shop"}`, "from shop.prices import total"},
		{"search_issues", `{"query":"winter","kind":"issue"}`, `"number":7`},
		{"search_issues", `{"owner":"octo","repo":"shop","kind":"pr"}`, `"number":8`},
		{"get_repository_info", `{"owner":"octo","repo":"shop"}`, "Prices come into force"},
		{"get_file_contents", `{"owner":"octo","repo":"shop"}`, "README.md"},
		{"get_file_contents", `{"owner":"octo","repo":"shop","path":"shop/prices.py","ref":"refuse-what-has-no-price"}`, "NotForSale"},
		{"get_file_contents", `{"owner":"octo","repo":"shop","glob":"**/*.yml"}`, ".github/workflows/test.yml"},
		{"get_issue", `{"owner":"octo","repo":"shop","number":7}`, "What has no price must be refused"},
		{"get_pull_request_diff", `{"owner":"octo","repo":"shop","number":8}`, "+class NotForSale"},
		{"get_pull_request_status", `{"owner":"octo","repo":"shop","number":8}`, `"job_id":5001`},
		{"list_commits", `{"owner":"octo","repo":"shop","path":"shop/prices.py"}`, "come into force"},
		{"list_commits", `{"owner":"octo","repo":"shop","base":"main","ref":"refuse-what-has-no-price"}`, `"ahead":1`},
		{"list_releases", `{"owner":"octo","repo":"shop","tag":"latest"}`, "v1.42.0"},
		{"list_workflow_runs", `{"owner":"octo","repo":"shop","status":"failure"}`, `"id":501`},
		{"get_workflow_logs", `{"owner":"octo","repo":"shop","run_id":501}`, "assert 1390 == 2290"},
		{"create_issue", `{"owner":"octo","repo":"shop","title":"Scarves"}`, `"number":9`},
		{"add_comment", `{"owner":"octo","repo":"shop","number":9,"body":"In blue"}`, `#issuecomment-`},
		{"update_issue", `{"owner":"octo","repo":"shop","number":9,"add_labels":["question"],"state":"closed"}`, `"number":9`},
		{"get_issue", `{"owner":"octo","repo":"shop","number":9}`, "In blue"},
		{"search_issues", `{"owner":"octo","repo":"shop","state":"closed","labels":["question"]}`, "Scarves"},
		{"submit_review", `{"owner":"octo","repo":"shop","number":8,"event":"approve"}`, "approved"},
	} {
		r, err := client.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: json.RawMessage(c.args)})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r.Content)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(string(text), `\"`, `"`)
		if r.IsError || !strings.Contains(plain, c.want) {
			t.Errorf("%s %s: no %q in %s", c.tool, c.args, c.want, plain)
		}
		asked[c.tool] = true
	}
	tools, err := client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools.Tools {
		// A pull request of one's own needs a branch of one's own.
		if !asked[tool.Name] && tool.Name != "create_pull_request" {
			t.Errorf("%s is not tried", tool.Name)
		}
	}
}

// What a demo is told does not fill the memory, however long it runs.
func TestBounded(t *testing.T) {
	h := &hub{now: time.Now, repos: make(map[string]*repository)}
	repo := &repository{owner: "octo", name: "shop", branches: make(map[string]*commit)}
	repo.commit(branch, nil, time.Now(), "ada", "All", nil)
	issue := &thread{number: 1, pull: &pull{head: branch}}
	repo.numbered = []*thread{issue}
	for _, name := range []string{"POST /pulls/{number}/reviews", "POST /issues/{number}/comments", "POST /issues", "POST /issues/{number}/labels"} {
		a := talkRoutes[name]
		for i := range 2 * maxNumbered {
			r := &request{hub: h, Request: httptest.NewRequestWithContext(t.Context(), "POST", "/", nil), repo: repo, body: object{"labels": []any{fmt.Sprint(i)}}}
			r.SetPathValue("number", "1")
			_, _ = a(r) // is refused from some time on
		}
	}
	for name, n := range map[string]int{"reviews": len(issue.pull.reviews), "comments": len(issue.comments), "issues": len(repo.numbered), "labels": 10 * len(issue.labels)} {
		if n != maxNumbered {
			t.Errorf("%s: %d are kept", name, n)
		}
	}
}

// The patches lead from what main has to what the branch has.
func TestPatches(t *testing.T) {
	main, err := files("main")
	if err != nil {
		t.Fatal(err)
	}
	branch, err := files("branch")
	if err != nil {
		t.Fatal(err)
	}
	patches, err := files("patches")
	if err != nil {
		t.Fatal(err)
	}
	for patch, name := range map[string]string{"prices.patch": "shop/prices.py", "test_orders.patch": "tests/test_orders.py"} {
		for line := range strings.Lines(patches[patch]) {
			where, text := branch[name], line[1:]
			switch line[0] {
			case '-':
				where = main[name]
			case '@':
				continue
			}
			if !strings.Contains(where, text) {
				t.Errorf("%s has the line %q, which %s has not", patch, line, name)
			}
		}
		if branch[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
}
