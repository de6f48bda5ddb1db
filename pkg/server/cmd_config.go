package server

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

type configCmd struct {
	Client string   `arg:"" enum:"claude-desktop,claude-code,cursor,vscode,gemini-cli,opencode" help:"The client: ${enum}."`
	URL    string   `name:"url" placeholder:"URL" help:"Connect to the service at this URL instead of starting it over stdio."`
	KeyEnv string   `placeholder:"VARIABLE" help:"With --url: send the API key that the client has in this environment variable. OAuth needs nothing here."`
	Flags  []string `arg:"" optional:"" passthrough:"" help:"Flags to start the service with, after --."`
}

func (c *configCmd) Run(p *process) error {
	name := p.name
	if c.KeyEnv != "" && (c.URL == "" || !safeName(c.KeyEnv)) {
		return errors.New("--key-env: give the name of an environment variable, together with --url")
	}
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
	// with adds the key to a server's entry, as the client writes a variable.
	with := func(e entry, variable string) entry {
		if c.KeyEnv != "" {
			e["headers"] = entry{"Authorization": "Bearer " + variable}
		}
		return e
	}
	switch c.Client {
	case "claude-code":
		words := []string{"claude", "mcp", "add", "--transport", "http", name, c.URL}
		if c.KeyEnv == "" {
			return printCommand(p, words)
		}
		// The shell puts the key in.
		_, err := fmt.Fprintf(p.stdout, "%s --header \"Authorization: Bearer $%s\"\n", quoted(words), c.KeyEnv)
		return err
	case "claude-desktop":
		// It has no entry for a plain URL in its file: mcp-remote carries stdio there.
		server := entry{"command": "npx", "args": []string{"-y", "mcp-remote", c.URL}}
		if c.KeyEnv != "" {
			// A header without a space: some systems break the argument there.
			server["args"] = []string{"-y", "mcp-remote", c.URL, "--header", "X-API-Key:${" + c.KeyEnv + "}"}
			server["env"] = entry{c.KeyEnv: "put the key here"}
		}
		return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: server}})
	case "vscode":
		return printEntry(p, ".vscode/mcp.json", entry{"servers": entry{name: with(entry{"type": "http", "url": c.URL}, "${env:"+c.KeyEnv+"}")}})
	case "gemini-cli":
		return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: with(entry{"httpUrl": c.URL}, "$"+c.KeyEnv)}})
	case "opencode":
		return printEntry(p, "opencode.json", entry{"mcp": entry{name: with(entry{"type": "remote", "url": c.URL, "enabled": true}, "{env:"+c.KeyEnv+"}")}})
	}
	return printEntry(p, fileOf(c.Client), entry{"mcpServers": entry{name: with(entry{"url": c.URL}, "${env:"+c.KeyEnv+"}")}})
}

// safeName reports whether s can be the name of an environment variable.
func safeName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
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
	_, err := fmt.Fprintln(p.stdout, quoted(words))
	return err
}

// quoted joins words so that a shell takes them apart again.
func quoted(words []string) string {
	words = slices.Clone(words)
	for i, w := range words {
		if strings.ContainsAny(w, " \t\"'\\$`!*?[](){}<>|&;#~") {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
