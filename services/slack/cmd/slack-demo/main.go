// Command slack-demo is mcp-slack on a made-up workspace in its own memory, for
// trying it out without an account. It has all commands and flags of mcp-slack.
package main

import (
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack/demo"
)

func main() {
	server.Main("slack", demo.Open)
}
