package server

import (
	"slices"

	"github.com/alecthomas/kong"
)

// maxHelpColumns is how wide the help gets on a wide terminal.
const maxHelpColumns = 100

// flagGroups are the shared flags by what they are about.
var flagGroups = []struct {
	title string
	flags []string
}{
	{"Where it serves:", []string{"http", "admin", "public-url", "allowed-hosts", "allowed-origins", "keep-alive", "max-conn-age"}},
	{"Who may call:", []string{"auth", "api-key", "api-key-file", "api-keys-file", "oauth-issuer", "oauth-audience",
		"oauth-introspection-url", "oauth-client-id-file", "oauth-client-secret-file"}},
	{"What it offers:", []string{"read-only", "tools", "exclude-tools", "confirm"}},
	{"Limits:", []string{"tool-deadline", "max-body", "max-result", "max-concurrency", "caller-concurrency", "rate-limit", "redis-url", "redis-url-file",
		"max-sessions", "caller-sessions", "caller-streams", "max-subscriptions", "caller-subscriptions"}},
	{"Sessions, replicas and the end:", []string{"legacy-sessions", "session-idle", "signing-key-file", "replica-addr", "drain", "drain-delay"}},
	{"Logs and telemetry:", []string{"log-level", "log-format", "audit-file", "debug-protocol", "otlp-endpoint", "otlp-traces-endpoint", "otlp-metrics-endpoint",
		"otlp-protocol", "otlp-headers", "otlp-traces-headers", "otlp-metrics-headers", "otel-traces", "otel-metrics", "otel-disabled", "collector"}},
}

// groupFlags makes the help show flags by what they are about. The flags that a
// command has for itself stay before all groups.
func groupFlags(model *kong.Application) {
	groups := make(map[string]*kong.Group)
	shared := sharedFlags()
	for _, f := range serveNode(model).Flags {
		if !slices.Contains(shared, f.Name) {
			groups[f.Name] = &kong.Group{Key: "service", Title: "This service:"}
		}
	}
	for _, g := range flagGroups {
		for _, name := range g.flags {
			groups[name] = &kong.Group{Key: g.title, Title: g.title}
		}
	}
	for _, n := range append(model.Children, model.Node) {
		for _, f := range n.Flags {
			// One name is another flag in another command.
			if g := groups[f.Name]; g != nil && (n == model.Node || sameFlag(serveNode(model), f)) {
				f.Group = g
			}
		}
	}
}

func sameFlag(n *kong.Node, f *kong.Flag) bool {
	return slices.ContainsFunc(n.Flags, func(g *kong.Flag) bool { return g.Name == f.Name && g.Help == f.Help })
}
