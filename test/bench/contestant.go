package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/mcpfleet/mcpfleet/test/bench/internal/child"
	"github.com/mcpfleet/mcpfleet/test/bench/internal/toolcall"
)

const (
	ours     = "ours"      // with an API key
	oursJWT  = "ours-jwt"  // with an access token
	oursOpen = "ours-open" // without authentication and limits
	// an earlier binary, without authentication and limits
	oursBefore = "ours-before"
	echo       = "echo"

	modern = toolcall.Modern
	legacy = "2025-11-25"

	calculatorDir = "../../services/calculator"
)

// A contestant is one way to start a server that is measured.
type contestant struct {
	name     string   // what -skip calls it
	label    string   // what the report calls it
	protocol string   // MCP revision of its HTTP calls
	bare     bool     // no MCP server: it would answer any revision
	argv     []string // the command without transport flags
	env      []string
	http     func(ports) []string
	token    string // what its callers authenticate with
	stdio    bool
}

// ports is what a server is told when it is to serve HTTP.
type ports struct {
	addr  string
	admin string
	size  int // bytes of the answer, for the echo
}

func httpFlag(name string) func(ports) []string {
	return func(p ports) []string { return []string{name, p.addr} }
}

// serveOpen is the service without authentication and rate limits.
func serveOpen(p ports) []string {
	return []string{"--http", p.addr, "--admin", p.admin, "--rate-limit", "off"}
}

// serveGuarded is the service as others reach it. The rate is counted, and too
// high to be reached.
func serveGuarded(flags ...string) func(ports) []string {
	return func(p ports) []string {
		return append([]string{"--http", p.addr, "--admin", p.admin, "--rate-limit", "1000000/s", "--caller-concurrency", "64"}, flags...)
	}
}

// skippable names every contestant but the echo, which is the unit of the
// ratios.
func skippable() []string {
	return []string{ours, oursJWT, oursOpen, "ours-legacy", "gosdk", "gosdk-gogc400", "mcpgo", "typescript", "typescript-v1", "echo-json"}
}

// contestants builds what takes part. The echoes come last: their answers are
// as long as that of the first.
func (b *bench) contestants(ctx context.Context) ([]contestant, error) {
	var list []contestant
	add := func(c contestant) {
		if !b.skip[c.name] {
			list = append(list, c)
		}
	}

	if !b.skip[ours] {
		path, err := b.buildOurs(ctx)
		if err != nil {
			return nil, err
		}
		keys, err := b.makeKeys(ctx, path)
		if err != nil {
			return nil, err
		}
		issuer, err := startIssuer(ctx)
		if err != nil {
			return nil, err
		}
		audit := func(name string) string { return filepath.Join(b.dir, name+".audit") }
		add(contestant{name: ours, label: "**mcp-calculator**", protocol: modern, argv: []string{path}, stdio: true, token: keys.token,
			http: serveGuarded("--api-keys-file", keys.file, "--audit-file", audit(ours))})
		add(contestant{name: oursJWT, label: "mcp-calculator, access token", protocol: modern, argv: []string{path}, token: issuer.token,
			http: serveGuarded("--oauth-issuer", issuer.url, "--oauth-audience", issuer.audience, "--audit-file", audit(oursJWT))})
		add(contestant{name: oursOpen, label: "mcp-calculator, open", protocol: modern, argv: []string{path}, http: serveOpen})
		if b.before != "" {
			before, err := filepath.Abs(b.before)
			if err != nil {
				return nil, err
			}
			add(contestant{name: oursBefore, label: "mcp-calculator, before", protocol: modern, argv: []string{before}, stdio: true,
				http: func(p ports) []string { return []string{"--http", p.addr, "--admin", p.admin} }})
		}
		add(contestant{name: "ours-legacy", label: "mcp-calculator, older revision", protocol: legacy, argv: []string{path}, token: keys.token,
			http: serveGuarded("--api-keys-file", keys.file, "--audit-file", audit("ours-legacy"))})
	}

	b.say("building the Go peers")
	if err := child.Build(ctx, ".", b.dir+string(filepath.Separator), "./peers/..."); err != nil {
		return nil, err
	}
	gosdk, mcpgo := filepath.Join(b.dir, "gosdk"), filepath.Join(b.dir, "mcpgo")
	gosdkVersion, err := child.Version(gosdk, "github.com/modelcontextprotocol/go-sdk")
	if err != nil {
		return nil, err
	}
	mcpgoVersion, err := child.Version(mcpgo, "github.com/mark3labs/mcp-go")
	if err != nil {
		return nil, err
	}
	add(contestant{name: "gosdk", label: "go-sdk " + gosdkVersion, protocol: modern,
		argv: []string{gosdk}, http: httpFlag("-http"), stdio: true})
	add(contestant{name: "gosdk-gogc400", label: "go-sdk " + gosdkVersion + ", GOGC=400", protocol: modern,
		argv: []string{gosdk}, env: []string{"GOGC=400"}, http: httpFlag("-http")})
	add(contestant{name: "mcpgo", label: "mcp-go " + mcpgoVersion, protocol: modern,
		argv: []string{mcpgo}, http: httpFlag("-http"), stdio: true})

	if !b.skip["typescript"] || !b.skip["typescript-v1"] {
		b.say("installing the TypeScript peers")
		dir, versions, err := child.InstallNode(ctx, "peers/typescript", "arith.mjs", "server.mjs", "server-v1.mjs")
		if err != nil {
			return nil, fmt.Errorf("%w (leave them out with -skip typescript,typescript-v1)", err)
		}
		add(contestant{name: "typescript", label: "TypeScript SDK v" + versions["@modelcontextprotocol/server"],
			protocol: modern, argv: []string{"node", filepath.Join(dir, "server.mjs")}, http: httpFlag("--http"), stdio: true})
		add(contestant{name: "typescript-v1", label: "TypeScript SDK v" + versions["@modelcontextprotocol/sdk"],
			protocol: legacy, argv: []string{"node", filepath.Join(dir, "server-v1.mjs")}, http: httpFlag("--http"), stdio: true})
	}

	floor := filepath.Join(b.dir, "echo")
	sized := func(p ports) []string { return []string{"-http", p.addr, "-size", strconv.Itoa(p.size)} }
	add(contestant{name: "echo-json", label: "net/http and encoding/json", protocol: modern, bare: true,
		argv: []string{floor, "-decode"}, http: sized})
	add(contestant{name: echo, label: "net/http echo", protocol: modern, bare: true,
		argv: []string{floor}, http: sized})
	return list, nil
}

func (b *bench) buildOurs(ctx context.Context) (string, error) {
	if b.ours != "" {
		return filepath.Abs(b.ours)
	}
	b.say("building mcp-calculator")
	path := filepath.Join(b.dir, "mcp-calculator")
	if err := child.Build(ctx, calculatorDir, path, "./cmd/mcp-calculator"); err != nil {
		return "", fmt.Errorf("%w (give a binary with -ours, or leave it out with -skip ours)", err)
	}
	return path, nil
}

// command is c on stdio.
func (c contestant) command(ctx context.Context) *exec.Cmd {
	return child.Command(ctx, c.env, c.argv...)
}
