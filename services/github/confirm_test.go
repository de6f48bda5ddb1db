package github_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

// person answers the questions of a service that writes.
type person struct {
	mu        sync.Mutex
	questions []string
	refuses   bool
	meanwhile func() // happens before the answer
}

// asked returns the last question.
func (p *person) asked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.questions) == 0 {
		return ""
	}
	return p.questions[len(p.questions)-1]
}

func (p *person) answer(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.questions = append(p.questions, req.Params.Message)
	if p.meanwhile != nil {
		p.meanwhile()
	}
	return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": !p.refuses}}, nil
}

// newWriteRig is newRig for the tools that ask first.
func newWriteRig(t *testing.T) (*rig, *person) {
	t.Helper()
	r, p := &rig{Server: githubtest.New(t)}, &person{}
	svc, err := github.Open(t.Context(), github.Config{APIURL: r.URL, Token: "t0ken", Write: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.client = servertest.Connect(t, "github", svc, &mcp.ClientOptions{ElicitationHandler: p.answer})
	return r, p
}

// changes returns the requests that were no GET, as method, path and body.
func (r *rig) changes() []string {
	var out []string
	for _, q := range r.Requests() {
		if q.Method != "GET" {
			out = append(out, q.Method+" "+strings.TrimPrefix(q.Path, "/repos/octocat/hello/")+" "+strings.TrimSpace(q.Body))
		}
	}
	return out
}

// TestWriteIsOptIn holds the tools that change a repository out of what is
// offered unless the operator wants them.
func TestWriteIsOptIn(t *testing.T) {
	for want, r := range map[bool]*rig{false: newRig(t, github.Config{}), true: func() *rig { r, _ := newWriteRig(t); return r }()} {
		list, err := r.client.ListTools(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, tool := range list.Tools {
			switch tool.Name {
			case "commit_files", "merge_pull_request", "create_release", "run_workflow":
				found++
				if hint := tool.Annotations.DestructiveHint; hint == nil || !*hint || tool.Annotations.ReadOnlyHint {
					t.Errorf("%s: %+v", tool.Name, tool.Annotations)
				}
			}
		}
		if found != map[bool]int{true: 4}[want] {
			t.Errorf("with writes %t there are %d", want, found)
		}
	}
}
