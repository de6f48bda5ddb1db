// Command mcp-github is the github's MCP server.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/github"
)

func main() {
	server.Main("github", github.Open)
}
