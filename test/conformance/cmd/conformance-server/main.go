// Command conformance-server serves the fixture of the MCP conformance suite.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/test/conformance/fixture"
)

func main() {
	server.Main("conformance", fixture.Open)
}
