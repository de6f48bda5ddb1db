package github_test

import (
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
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
	return newRigOf(t, cfg, server.Config{})
}

// newRigOf is newRig with what an operator has chosen for the server.
func newRigOf(t testing.TB, cfg github.Config, choice server.Config) *rig {
	t.Helper()
	r := &rig{Server: githubtest.New(t)}
	cfg.APIURL = r.URL
	svc, err := github.Open(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.client = servertest.ConnectAs(t, "github", svc, choice, nil)
	return r
}

// tools are those that are offered.
func (r *rig) tools(t *testing.T) []*mcp.Tool {
	t.Helper()
	list, err := r.client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list.Tools
}

// call calls a tool and returns the text of its first block, and whether it failed.
func (r *rig) call(t testing.TB, tool, args string) (text string, failed bool) {
	t.Helper()
	return servertest.Call(t, r.client, tool, args)
}
