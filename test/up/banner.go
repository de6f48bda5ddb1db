package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/mcpfleet/mcpfleet/test/internal/fleet"
)

// banner is what a person needs to use the services that run.
func banner(ctx context.Context, bin string, parts []*part, states []state) string {
	var b bytes.Buffer
	b.WriteByte('\n')
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tSTATE\tOPEN IN A BROWSER\tMCP\tMETRICS AND HEALTH")
	var up []*part
	for i, p := range parts {
		if !states[i].up {
			fmt.Fprintf(table, "%s\tnot running\t\t\t\n", p.Name)
			continue
		}
		up = append(up, p)
		fmt.Fprintf(table, "%s\t%s\thttp://%s/\t%s\thttp://%s/metrics\n", p.Name, p.called(states[i]), address(p.Port), endpoint(p.Service), address(p.AdminPort()))
	}
	_ = table.Flush() // into memory

	b.WriteByte('\n')
	for i, p := range parts {
		if note := p.note(states[i]); note != "" {
			fmt.Fprintf(&b, "%s %s\n", p.Name, note)
		}
	}
	if len(up) > 0 {
		fmt.Fprintf(&b, "\n%s", snippets(ctx, bin, up))
		fmt.Fprintf(&b, "curl, MCP 2026-07-28 and 2025-11-25:\n  %s\n  %s\n", modern(ctx, bin, up[0]), legacy(endpoint(up[0].Service)))
		fmt.Fprintf(&b, "One service, or another client: %s config CLIENT --url URL\n", relative(filepath.Join(bin, "mcp-NAME")))
	}
	b.WriteString("\nCtrl-C ends them all.\n\n")
	return b.String()
}

// called is the state in a word or two.
func (s instance) called(now state) string {
	switch {
	case !now.ready && s.lacks != "":
		return "not configured"
	case !now.ready:
		return "not ready"
	case s.emulated:
		return "emulator"
	case s.instead != "" || len(s.env) > 0:
		return "demo data"
	}
	return "ready"
}

// note says what a service has, and how to give it something else.
func (s instance) note(now state) string {
	switch {
	case !now.up:
		return "is not running: " + now.detail
	case !now.ready && s.lacks != "":
		text := fmt.Sprintf("is not configured, its tools say so: set %s; services/%s/README.md says how.", s.lacks, s.Name)
		if now.detail != "" {
			text += " It says: " + now.detail
		}
		if s.could != "" {
			text += "\n  make up DEMO=1 runs it on an emulator with demo data, without an account."
		}
		return text
	case !now.ready:
		return "is not ready: " + now.detail
	case s.emulated:
		return fmt.Sprintf("is on an EMULATOR in %s's own process, with made-up demo data that is gone when it ends; set %s for the real one.", s.DemoCommand(), s.instead)
	case s.instead != "":
		return fmt.Sprintf("has what %s found or made, as it says above; set %s to use your own.", s.DemoCommand(), s.instead)
	case len(s.env) > 0:
		return fmt.Sprintf("has demo data, with %s; set the variable to use your own.", strings.Join(s.env, " "))
	case s.could != "":
		return fmt.Sprintf("has no account and does what anybody may; set %s to be somebody, or try make up DEMO=1: an emulator with demo data.", s.could)
	}
	return ""
}

// relative is how a path is typed where up was started.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	short, err := filepath.Rel(here, path)
	if err != nil || strings.HasPrefix(short, "..") {
		return path
	}
	return short
}

func endpoint(s fleet.Service) string { return "http://" + address(s.Port) + "/mcp" }

// modern lists the tools of a service in one request that stands alone, as the
// service itself words it.
func modern(ctx context.Context, bin string, p *part) string {
	out, _, err := config(ctx, filepath.Join(bin, p.Command()), "curl", endpoint(p.Service))
	if err != nil {
		return fmt.Sprintf("# %s: %v", p.Name, err)
	}
	return strings.TrimSpace(string(out))
}

// legacy begins a session.
func legacy(url string) string {
	return fmt.Sprintf(`curl -s %s -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'`, url)
}
