// Command github-demo is mcp-github on a made-up GitHub in its own memory, for
// trying it out without an account. It has all commands and flags of mcp-github.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/github/demo"
)

func main() {
	server.Main("github", demo.Open)
}
