// Command mcp-slack is the MCP server for Slack.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack"
)

func main() {
	server.Main("slack", slack.Open)
}
