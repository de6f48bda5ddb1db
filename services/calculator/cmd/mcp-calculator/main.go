// Command mcp-calculator is the calculator's MCP server.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator"
)

func main() {
	server.Main("calculator", calculator.Open)
}
