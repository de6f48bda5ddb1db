// Command mcp-files is the files's MCP server.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/files"
)

func main() {
	server.Main("files", files.Open)
}
