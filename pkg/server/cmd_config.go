package server

import (
	"errors"
	"fmt"
	"net/url"
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
	flags := slices.DeleteFunc(slices.Clone(c.Flags), func(f string) bool { return f == "--" })
	if c.KeyEnv != "" && (c.URL == "" || !safeName(c.KeyEnv)) {
		// What was given may be the key itself, so it is not repeated.
		return errors.New("--key-env: give the name of an environment variable, together with --url")
	}
	if c.URL != "" {
		if len(flags) > 0 {
			return errors.New("--url: a service that runs elsewhere is not started by the client: leave out what follows --")
		}
		u, err := serviceURL(c.URL)
		if err != nil {
			return err
		}
		return c.remote(p, name, u)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return c.stdio(p, name, program, flags)
}

// serviceURL reads the URL of a remote service.
func serviceURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("--url %q: give the whole URL of a service, such as https://tools.example.com/mcp", clip(raw))
	}
	return u, nil
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

func (c *configCmd) remote(p *process, name string, u *url.URL) error {
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
		if c.KeyEnv != "" {
			// The client puts the key in, not the shell: it then is neither among
			// the arguments of a process nor in the client's file.
			words = append(words, "--header", "Authorization: Bearer ${"+c.KeyEnv+"}")
		}
		return printCommand(p, words)
	case "claude-desktop":
		// It has no entry for a plain URL in its file: mcp-remote carries stdio there.
		args := []string{"-y", "mcp-remote", c.URL}
		if h := u.Hostname(); u.Scheme == "http" && h != "localhost" && h != "127.0.0.1" {
			args = append(args, "--allow-http") // of other hosts it wants TLS
		}
		server := entry{"command": "npx"}
		if c.KeyEnv != "" {
			// A header without a space: some systems break the argument there.
			args = append(args, "--header", "X-API-Key:${"+c.KeyEnv+"}")
			server["env"] = entry{c.KeyEnv: "put the key here"}
		}
		server["args"] = args
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

// safeName reports whether s can be the name of an environment variable, and is
// not a key of the fleet.
func safeName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == "" &&
		(s[0] < '0' || s[0] > '9') && !strings.HasPrefix(s, "mcpf_")
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
