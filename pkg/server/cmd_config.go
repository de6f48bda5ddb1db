package server

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

type configCmd struct {
	Client string   `arg:"" enum:"claude-desktop,claude-code,cursor,vscode,gemini-cli,opencode" help:"The client: ${enum}."`
	URL    string   `name:"url" placeholder:"URL" help:"Connect to the service at this URL instead of starting it over stdio."`
	Flags  []string `arg:"" optional:"" passthrough:"" help:"Flags to start the service with, after --."`
}

func (c *configCmd) Run(p *process) error {
	name := p.name
	if c.URL != "" {
		return c.remote(p, name)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	flags := slices.DeleteFunc(slices.Clone(c.Flags), func(f string) bool { return f == "--" })
	return c.stdio(p, name, program, flags)
}

// entry is one object of a client's configuration.
type entry map[string]any

func (c *configCmd) stdio(p *process, name, program string, flags []string) error {
	server := entry{"command": program}
	if len(flags) > 0 {
		server["args"] = flags
	}
	switch c.Client {
	case "claude-code":
		words := append([]string{"claude", "mcp", "add", name, "--", program}, flags...)
		return printCommand(p, words)
	case "vscode":
		server["type"] = "stdio"
		return printEntry(p, ".vscode/mcp.json", entry{"servers": entry{name: server}})
	case "opencode":
		return printEntry(p, "opencode.json", entry{"mcp": entry{name: entry{
			"type": "local", "command": append([]string{program}, flags...), "enabled": true}}})
	}
	return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: server}})
}

func (c *configCmd) remote(p *process, name string) error {
	switch c.Client {
	case "claude-code":
		return printCommand(p, []string{"claude", "mcp", "add", "--transport", "http", name, c.URL})
	case "claude-desktop":
		// It has no entry for a plain URL in its file: mcp-remote carries stdio there.
		return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: entry{
			"command": "npx", "args": []string{"-y", "mcp-remote", c.URL}}}})
	case "vscode":
		return printEntry(p, ".vscode/mcp.json", entry{"servers": entry{name: entry{"type": "http", "url": c.URL}}})
	case "gemini-cli":
		return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: entry{"httpUrl": c.URL}}})
	case "opencode":
		return printEntry(p, "opencode.json", entry{"mcp": entry{name: entry{"type": "remote", "url": c.URL, "enabled": true}}})
	}
	return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: entry{"url": c.URL}}})
}

var configFiles = map[string]string{
	"claude-desktop": "claude_desktop_config.json",
	"cursor":         ".cursor/mcp.json",
	"gemini-cli":     ".gemini/settings.json",
}

func fileOf(client string) string { return configFiles[client] }

// printEntry prints the JSON alone on stdout, so that it can be redirected, and
// where it belongs on stderr.
func printEntry(p *process, file string, e entry) error {
	fmt.Fprintf(p.stderr, "# merge into %s\n", file)
	return printJSON(p.stdout, e)
}

func printCommand(p *process, words []string) error {
	for i, w := range words {
		if strings.ContainsAny(w, " \t\"'\\$`!*?[](){}<>|&;#~") {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	_, err := fmt.Fprintln(p.stdout, strings.Join(words, " "))
	return err
}
