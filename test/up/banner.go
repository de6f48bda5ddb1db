package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// banner is what a person needs to use the services that run.
func banner(services []instance) string {
	var b bytes.Buffer
	b.WriteByte('\n')
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tMCP\tMETRICS AND HEALTH")
	for _, s := range services {
		fmt.Fprintf(table, "%s\t%s\thttp://%s/metrics\n", s.Name, endpoint(s.Service), address(s.AdminPort()))
	}
	_ = table.Flush() // into memory

	for _, s := range services {
		for _, v := range s.env {
			fmt.Fprintf(&b, "\n%s has demo data, with %s; set the variable to use your own.\n", s.Name, v)
		}
		if s.instead != "" {
			fmt.Fprintf(&b, "\n%s has what %s found or made, as it says above; set %s to use your own.\n", s.Name, s.DemoCommand(), s.instead)
		}
		if s.lacks != "" {
			fmt.Fprintf(&b, "\n%s is not ready: set %s; services/%s/README.md says what else there is.\n", s.Name, s.lacks, s.Name)
		}
	}

	b.WriteString("\nClaude Code:\n")
	entries := make(map[string]any)
	for _, s := range services {
		fmt.Fprintf(&b, "  claude mcp add --transport http %s %s\n", s.Name, endpoint(s.Service))
		entries[s.Name] = map[string]string{"type": "http", "url": endpoint(s.Service)}
	}
	b.WriteString("\nOther clients (mcpServers in Cursor and most, servers in VS Code):\n")
	snippet, err := json.MarshalIndent(map[string]any{"mcpServers": entries}, "  ", "  ")
	if err != nil {
		panic("client snippet: " + err.Error()) // strings cannot fail to encode
	}
	fmt.Fprintf(&b, "  %s\n", snippet)

	b.WriteString("\nBy hand, MCP 2026-07-28 and 2025-11-25:\n")
	for _, s := range services {
		fmt.Fprintf(&b, "  %s\n  %s\n", modern(endpoint(s.Service)), legacy(endpoint(s.Service)))
	}
	b.WriteString("\nCtrl-C ends them all.\n\n")
	return b.String()
}

func endpoint(s fleet.Service) string { return "http://" + address(s.Port) + "/mcp" }

const curl = `curl -s %s -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream'`

// modern lists the tools in one request that stands alone.
func modern(url string) string {
	return fmt.Sprintf(curl+` -H 'Mcp-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list' -d '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'`, url)
}

// legacy begins a session.
func legacy(url string) string {
	return fmt.Sprintf(curl+` -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'`, url)
}
