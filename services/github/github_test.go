package github_test

import (
	"encoding/json"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/github"
	"github.com/mcpfleet/mcpfleet/services/github/internal/githubtest"
)

func TestContract(t *testing.T) {
	servertest.Run(t, "github", github.Open, github.Config{}, servertest.Budget(12<<10))
}

// rig is a service before a GitHub that the test scripts.
type rig struct {
	*githubtest.Server
	client *mcp.ClientSession
}

func newRig(t testing.TB, cfg github.Config) *rig {
	t.Helper()
	r := &rig{Server: githubtest.New(t)}
	cfg.APIURL = r.URL
	svc, err := github.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.client = servertest.Connect(t, "github", svc, nil)
	return r
}

// call calls a tool and returns the text of its first block, and whether it failed.
func (r *rig) call(t testing.TB, tool, args string) (text string, failed bool) {
	t.Helper()
	res, err := r.client.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(args)})
	if err != nil {
		t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text, res.IsError
}
