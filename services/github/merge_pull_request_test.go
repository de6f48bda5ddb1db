package github_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// newAskingRig is a rig with a person in front of it, who does what answer says.
func newAskingRig(t *testing.T, answer func(question string) bool) *rig {
	t.Helper()
	r := &rig{Server: githubtest.New(t)}
	svc, err := github.Open(t.Context(), github.Config{Token: "t", Write: true, APIURL: r.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.client = servertest.Connect(t, "github", svc, &mcp.ClientOptions{ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
		if !answer(req.Params.Message) {
			return &mcp.ElicitResult{Action: "decline"}, nil
		}
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
	}})
	return r
}

const mergeArgs = `{"owner":"octocat","repo":"hello","number":7,"method":"squash","delete_branch":true}`

func TestMerge(t *testing.T) {
	var asked []string
	r := newAskingRig(t, func(q string) bool { asked = append(asked, q); return true })
	r.JSON("GET /repos/octocat/hello/pulls/7", 200, fmt.Sprintf(pullJSON, 2, sha1))
	r.JSON("PUT /repos/octocat/hello/pulls/7/merge", 200, `{"merged":true,"sha":"abc"}`)
	r.JSON("DELETE /repos/octocat/hello/git/refs/heads/feature", 422, `{"message":"Reference does not exist"}`)
	text, failed := r.call(t, "merge_pull_request", mergeArgs)
	if failed || text != `{"sha":"abc","branch_deleted":true}` {
		t.Error(text)
	}
	want := []string{`Merge feature into main of octocat/hello by squash? It is octocat/hello#7, "Add �[31mred�" by alice: 0 commits, 2 files, +3 -1, head 111111111111. The branch is deleted afterwards.`}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(`PUT /repos/octocat/hello/pulls/7/merge {"merge_method":"squash","sha":"`+sha1+`"}`, r.asks()[len(r.asks())-2]); d != "" {
		t.Error(d)
	}
}

func TestMergeOfAnotherHeadThanWasAgreedTo(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"head": func(s string) string { return strings.ReplaceAll(s, sha1, strings.Repeat("2", 40)) },
		"base": func(s string) string { return strings.ReplaceAll(s, `"ref":"main"`, `"ref":"release"`) },
	} {
		t.Run(name, func(t *testing.T) {
			pull := fmt.Sprintf(pullJSON, 2, sha1)
			r := newAskingRig(t, func(string) bool { pull = change(pull); return true })
			r.Handle("GET /repos/octocat/hello/pulls/7", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, pull) })
			text, failed := r.call(t, "merge_pull_request", mergeArgs)
			if !failed || !strings.Contains(text, `"CONFLICT"`) || !strings.Contains(text, "than was agreed to; nothing was merged") {
				t.Error(text)
			}
		})
	}
}

func TestMergeThatIsNotDone(t *testing.T) {
	open := fmt.Sprintf(pullJSON, 2, sha1)
	tests := []struct {
		name, pull string
		merge      int
		said, args string
		want       string
	}{
		{"not agreed to", open, 0, "", mergeArgs, `"CANCELLED"`},
		{"merged already", strings.Replace(open, `"state":"open"`, `"state":"closed","merged":true`, 1), 0, "", mergeArgs, `is merged already; nothing was merged`},
		{"closed", strings.Replace(open, `"state":"open"`, `"state":"closed"`, 1), 0, "", mergeArgs, `is closed; nothing was merged`},
		{"conflicts", strings.Replace(open, `clean`, `dirty`, 1), 0, "", mergeArgs, `has conflicts`},
		{"another head", open, 0, "", `{"owner":"octocat","repo":"hello","number":7,"head_sha":"` + strings.Repeat("3", 40) + `"}`, `has another head now, ` + sha1},
		{"no SHA", open, 0, "", `{"owner":"octocat","repo":"hello","number":7,"head_sha":"main"}`, `"INVALID_INPUT"`},
		{"not allowed by rules", open, 405, "At least 1 approving review is required", mergeArgs, `"CONFLICT","message":"merge of octocat/hello#7: GitHub says 405: At least 1 approving review is required`},
		{"head changed meanwhile", open, 409, "Head branch was modified. Review and try the merge again.", mergeArgs, `"CONFLICT","message":"merge of octocat/hello#7: GitHub says 409: Head branch was modified`},
		{"lost answer", open, 504, "", mergeArgs, `look before you try again","retryable":false`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newAskingRig(t, func(string) bool { return tt.merge != 0 })
			r.JSON("GET /repos/octocat/hello/pulls/7", 200, tt.pull)
			if tt.merge != 0 {
				r.JSON("PUT /repos/octocat/hello/pulls/7/merge", tt.merge, fmt.Sprintf(`{"message":%q}`, tt.said))
			}
			if text, failed := r.call(t, "merge_pull_request", tt.args); !failed || !strings.Contains(text, tt.want) {
				t.Errorf("no %s in %s", tt.want, text)
			}
		})
	}
}

func TestMergeKeepsBranches(t *testing.T) {
	fork := strings.Replace(fmt.Sprintf(pullJSON, 2, sha1), `"repo":{"full_name":"octocat/hello"}`, `"repo":{"full_name":"alice/hello"}`, 1)
	standard := strings.Replace(fmt.Sprintf(pullJSON, 2, sha1), `"ref":"feature"`, `"ref":"main"`, 1)
	for pull, want := range map[string]string{fork: "the branch is one of a fork and stays", standard: "the branch is the default one and stays"} {
		r := newAskingRig(t, func(string) bool { return true })
		r.JSON("GET /repos/octocat/hello/pulls/7", 200, pull)
		r.JSON("PUT /repos/octocat/hello/pulls/7/merge", 200, `{"merged":true,"sha":"abc"}`)
		if text, failed := r.call(t, "merge_pull_request", mergeArgs); failed || text != `{"sha":"abc","failed":["`+want+`"]}` {
			t.Error(text)
		}
	}
}

func TestMergeIsOptIn(t *testing.T) {
	r := newRig(t, github.Config{})
	_, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: "merge_pull_request"})
	if err == nil {
		t.Error("it can be called without --write")
	}
	r = newRig(t, github.Config{Write: true})
	if _, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: "merge_pull_request", Arguments: map[string]any{"owner": "octocat", "repo": "hello", "number": 7}}); err == nil {
		t.Error("it runs for a client that cannot ask")
	}
}
