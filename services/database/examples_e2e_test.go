//go:build e2e && linux

package database_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

// example is what a description shows as arguments that work.
var example = regexp.MustCompile(`(?s)Example: (\{.*\})\.?`)

// TestExamples calls each tool as its own description says.
func TestExamples(t *testing.T) {
	admin := pgtest.Database(t, shop.Schema, shop.Reader, `drop extension if exists pg_stat_statements; create extension pg_stat_statements`)
	session := connect(t, database.Config{URL: admin, Write: true, AllowSuperuser: true}, &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}, nil
		}})
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	called := 0
	for _, tool := range tools.Tools {
		m := example.FindStringSubmatch(tool.Description)
		if m == nil {
			t.Logf("%s shows no example", tool.Name)
			continue
		}
		called++
		if text, bad := call(t, session, tool.Name, m[1]); bad {
			t.Errorf("%s %s says %s", tool.Name, m[1], text)
		}
	}
	if called < 10 {
		t.Errorf("%d tools show an example", called)
	}
}
