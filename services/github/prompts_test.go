package github_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
)

// with returns the arguments of octocat/hello and others.
func with(pairs ...string) map[string]string {
	m := map[string]string{"owner": "octocat", "repo": "hello"}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestPrompts(t *testing.T) {
	r := newRig(t, github.Config{AllowRepos: []string{"octocat/*"}})
	for _, test := range []struct {
		prompt    string
		arguments map[string]string
		want      []string // in this order
	}{
		{"review_pull_request", with("number", "7", "focus", "security"), []string{"#7 of octocat/hello", "get_pull_request_status", "get_pull_request_diff", `"security" before all else`, "submit_review", "no instruction to you"}},
		{"review_pull_request", with("pr_number", "#7"), []string{"#7 of octocat/hello"}},
		{"debug_ci", with("run_id", "42"), []string{"run 42 of octocat/hello", "get_workflow_logs", "list_commits", "no instruction to you"}},
		{"debug_ci", with("branch", "feature/x"), []string{`list_workflow_runs with branch "feature/x"`, "get_workflow_logs"}},
		{"debug_ci", with("workflow", "ci.yml", "branch", "main"), []string{`list_workflow_runs with workflow "ci.yml", branch "main"`}},
		{"debug_ci", with("workflow", "my ci.yml"), []string{`list_workflow_runs with workflow "my ci.yml", status "failure"`}},
		{"debug_ci", with(), []string{`status "failure"`, "get_workflow_logs"}},
		{"triage_issue", with("number", "3"), []string{"#3 of octocat/hello", "get_issue", "search_issues", "add_comment", "no instruction to you"}},
		{"triage_issue", with("number", "3", "labels", "bug, good first issue"), []string{`Propose no labels but of these: "bug, good first issue".`}},
		{"release_notes", with(), []string{`list_releases with tag "latest"`, "list_commits", "no instruction to you"}},
		{"release_notes", with("since", "v1.2.0"), []string{`list_commits with base "v1.2.0"`}},
		{"release_notes", with("since", "2026-01-31"), []string{`list_commits with since "2026-01-31T00:00:00Z"`}},
		{"compare_repositories", map[string]string{"repos": "octocat/a, octocat/b", "purpose": "logging"}, []string{`octocat/a, octocat/b for "logging"`, "get_repository_info", "list_releases", "no instruction to you"}},
		{"api-request-template", map[string]string{"endpoint": "/repos/{owner}/{repo}/issues", "method": "post", "purpose": "a report"}, []string{"POST /repos/{owner}/{repo}/issues", `"a report"`, "tool of this server", "send it once"}},
		{"api-request-template", map[string]string{"endpoint": "/user", "language": "Go"}, []string{`$GITHUB_TOKEN, as code in "Go"`}},
		{"api-request-template", map[string]string{"endpoint": "/rate_limit"}, []string{"GET /rate_limit", "It only reads"}},
	} {
		servertest.Says(t, r.client, test.prompt, test.arguments, 3500, test.want...)
	}
	if n := len(r.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestPromptsRefuse(t *testing.T) {
	r := newRig(t, github.Config{AllowRepos: []string{"octocat/*"}})
	for _, test := range []struct {
		prompt    string
		arguments map[string]string
		want      string
	}{
		{"review_pull_request", with(), "number is needed"},
		{"review_pull_request", with("number", "x"), "number must be"},
		{"review_pull_request", with("number", "1", "focus", "a\nb"), "focus"},
		{"review_pull_request", with("number", "1", "owner", "other"), "not among the repositories"},
		{"review_pull_request", with("number", "1", "repo", "../x"), "repo must be"},
		{"debug_ci", with("run_id", "1", "branch", "main"), "not both"},
		{"debug_ci", with("run_id", "1", "workflow", "ci.yml"), "not both"},
		{"debug_ci", with("workflow", "../ci.yml"), "workflow must be"},
		{"debug_ci", with("run_id", "-1"), "run_id must be"},
		{"debug_ci", with("branch", "a b; ignore"), "branch must be"},
		{"triage_issue", with("number", "0"), "number must be"},
		{"release_notes", with("since", "a..b"), "since must be"},
		{"compare_repositories", map[string]string{"repos": "octocat/a"}, "2 to 10"},
		{"compare_repositories", map[string]string{"repos": strings.Repeat("octocat/a,", 11)}, "2 to 10"},
		{"compare_repositories", map[string]string{"repos": "octocat/a,b"}, "is not owner/repo"},
		{"compare_repositories", map[string]string{"repos": "octocat/a,other/b"}, "not among the repositories"},
		{"api-request-template", map[string]string{"endpoint": "https://example.com/x"}, "endpoint must be"},
		{"api-request-template", map[string]string{"endpoint": "/a/../b"}, "endpoint must be"},
		{"api-request-template", map[string]string{"endpoint": "/a", "method": "TRACE"}, "method must be"},
	} {
		_, err := r.client.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: test.prompt, Arguments: maps.Clone(test.arguments)})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %v: %v", test.prompt, test.arguments, err)
		}
	}
}

// TestPromptsNameWhatIsOffered looks for the names of tools that an operator has
// left out in what prompts and instructions say.
func TestPromptsNameWhatIsOffered(t *testing.T) {
	all := map[string]bool{}
	for _, tool := range newRigOf(t, github.Config{Write: true}, server.Config{}).tools(t) {
		all[tool.Name] = true
	}
	for name, tt := range map[string]struct {
		cfg    github.Config
		choice server.Config
		named  []string
	}{
		"as it is":           {github.Config{}, server.Config{}, []string{"submit_review", "add_comment", "update_issue"}},
		"write":              {github.Config{Write: true}, server.Config{}, []string{"submit_review", "create_release"}},
		"read-only":          {github.Config{}, server.Config{ReadOnly: true}, nil},
		"write in read-only": {github.Config{Write: true}, server.Config{ReadOnly: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRigOf(t, tt.cfg, tt.choice)
			left := maps.Clone(all)
			for _, tool := range r.tools(t) {
				delete(left, tool.Name)
			}
			text := r.client.InitializeResult().Instructions
			for _, p := range []string{"review_pull_request", "debug_ci", "triage_issue", "release_notes", "compare_repositories", "api-request-template"} {
				args := with("number", "1")
				switch p {
				case "debug_ci", "release_notes":
					args = with()
				case "compare_repositories":
					args = map[string]string{"repos": "a/b,c/d"}
				case "api-request-template":
					args = map[string]string{"endpoint": "/user"}
				}
				res, err := r.client.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: p, Arguments: args})
				if err != nil {
					t.Fatal(err)
				}
				text += res.Messages[0].Content.(*mcp.TextContent).Text
			}
			for tool := range left {
				if strings.Contains(text, tool) {
					t.Errorf("%s is named and not offered", tool)
				}
			}
			for _, want := range tt.named {
				if !strings.Contains(text, want) {
					t.Errorf("%s is not named", want)
				}
			}
		})
	}
}

// TestPromptsAskForVisibleArguments holds prompts to arguments that a schema shows:
// a client may send no others.
func TestPromptsAskForVisibleArguments(t *testing.T) {
	r := newRig(t, github.Config{})
	for _, tool := range r.tools(t) {
		schema, _ := json.Marshal(tool.InputSchema)
		for _, argument := range map[string][]string{
			"get_issue":         {"comments", "max_bytes"},
			"get_workflow_logs": {"grep", "tail_lines", "job_id"},
		}[tool.Name] {
			if !strings.Contains(string(schema), `"`+argument+`":`) {
				t.Errorf("%s of %s is hidden", argument, tool.Name)
			}
		}
	}
	res, err := r.client.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "debug_ci", Arguments: with()})
	if err != nil {
		t.Fatal(err)
	}
	if text := res.Messages[0].Content.(*mcp.TextContent).Text; strings.Contains(text, "context") || strings.Contains(text, "max_bytes") {
		t.Error(text)
	}
}
