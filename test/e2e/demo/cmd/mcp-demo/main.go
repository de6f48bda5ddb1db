// Command mcp-demo serves the notes that the tests of authentication call.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/test/e2e/demo"
)

func main() {
	server.Main("demo", demo.Open)
}
