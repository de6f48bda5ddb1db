package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

const (
	ours     = "ours"      // with an API key
	oursJWT  = "ours-jwt"  // with an access token
	oursOpen = "ours-open" // without authentication and limits
	// an earlier binary, without authentication and limits
	oursBefore = "ours-before"
	echo       = "echo"

	modern = "2026-07-28"
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
	if err := b.goBuild(ctx, ".", b.dir+string(filepath.Separator), "./peers/..."); err != nil {
		return nil, err
	}
	gosdk, mcpgo := filepath.Join(b.dir, "gosdk"), filepath.Join(b.dir, "mcpgo")
	gosdkVersion, err := dependencyVersion(gosdk, "github.com/modelcontextprotocol/go-sdk")
	if err != nil {
		return nil, err
	}
	mcpgoVersion, err := dependencyVersion(mcpgo, "github.com/mark3labs/mcp-go")
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
		dir, err := b.installTypeScript(ctx)
		if err != nil {
			return nil, err
		}
		versions, err := npmVersions(filepath.Join(dir, "package.json"))
		if err != nil {
			return nil, err
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
	if err := b.goBuild(ctx, calculatorDir, path, "./cmd/mcp-calculator"); err != nil {
		return "", fmt.Errorf("%w (give a binary with -ours, or leave it out with -skip ours)", err)
	}
	return path, nil
}

func (b *bench) goBuild(ctx context.Context, dir, output, pkg string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", output, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s in %s: %w\n%s", pkg, dir, err, out)
	}
	return nil
}

// dependencyVersion reads the version of module from what was linked, so that
// the report cannot claim another.
func dependencyVersion(binary, module string) (string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "", err
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not contain %s", binary, module)
}

// installTypeScript puts the peer and its locked packages in the user's cache
// directory, one per lock file, and returns it.
func (b *bench) installTypeScript(ctx context.Context) (string, error) {
	const source = "peers/typescript"
	lock, err := os.ReadFile(filepath.Join(source, "package-lock.json"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(lock)
	dir := filepath.Join(cache, "mcpfleet", "bench-typescript-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"package.json", "package-lock.json", "arith.mjs", "server.mjs", "server-v1.mjs"} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return "", err
		}
	}

	// npm writes this file last, so an interrupted installation is repeated.
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err == nil {
		return dir, nil
	}
	b.say("npm ci")
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w (leave it out with -skip typescript,typescript-v1)\n%s", err, out)
	}
	return dir, nil
}

// npmVersions reads the exact versions that package.json asks for.
func npmVersions(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return manifest.Dependencies, nil
}

// command is c with the transport's arguments, in an environment that leaves
// every setting at its default.
func (c contestant) command(ctx context.Context, args ...string) *exec.Cmd {
	argv := append(slices.Clone(c.argv), args...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(plainEnvironment(os.Environ()), c.env...)
	return cmd
}
