//go:build e2e && linux

package database_test

import (
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/servertest"
	"github.com/mcpfleet/mcpfleet/services/database"
	"github.com/mcpfleet/mcpfleet/services/database/internal/pgtest"
	"github.com/mcpfleet/mcpfleet/services/database/internal/shop"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// newShop returns the connection string of a new shop, for the role that may
// only read.
func newShop(t testing.TB, scripts ...string) string {
	t.Helper()
	return pgtest.As(t, pgtest.Database(t, append([]string{shop.Schema, shop.Reader}, scripts...)...), "mcp_reader")
}

// connect returns a client of a service of its own, over in-memory transports.
func connect(t testing.TB, cfg database.Config, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	svc, err := database.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return servertest.Connect(t, "database", svc, o)
}

// call calls a tool and returns the text of its first block; an error result is
// its JSON.
func call(t testing.TB, session *mcp.ClientSession, tool, arguments string) (text string, isError bool) {
	t.Helper()
	res, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	return res.Content[0].(*mcp.TextContent).Text, res.IsError
}
