// Command mcp-database is the database's MCP server.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database"
)

func main() {
	server.Main("database", database.Open)
}
