// Package server is the life of a service process: its flags, its transports,
// its health, its limits and its end. A service supplies what it does; this
// package does everything else, in the same way for all of them.
//
// A service is a type with a Register method and an Open function:
//
//	func main() { server.Main("files", files.Open) }
//
// Register adds tools, resources, prompts and completions to a [Registry].
// What a handler returns is checked, bounded, timed, audited and redacted
// before a caller sees it: a handler may panic, run too long or return any
// error without harm to the process or to other callers.
//
// One mcp.Server per process answers every caller in both protocol eras: MCP
// 2026-07-28, where each request stands alone, and the session-based revisions
// before it. Start with [Main], then [Registry] and [AddTool]; tests start
// with [New].
//
// # The way of a request
//
// Over HTTP a request passes, each in the file of its name: outermost (http.go:
// its id, the access log, panics), traced (trace.go), watched (observe.go),
// policy (Host and Origin), authenticate (who calls, and their rate, in
// limits.go), dispatch (the body, what it wants, authorize.go's challenge, and
// then sessionid.go for older revisions, direct.go for a plain tool call, the
// SDK's handlers for everything else). By each of these ways, and on stdio, it
// passes [Server]'s middleware, whose list is in server.go, and ends in a handler:
// invoke.go for a tool (confirm.go and rounds.go ask before it, signin.go after one
// that needs a person at its upstream), registry.go for a resource or a prompt.
// usable.go leaves out of tools/list what its caller cannot use.
// What a service answers over HTTP itself, such as a webhook, leaves this way after
// traced and goes on in routes.go, past all that is MCP's. So does a person who opens
// the address: front.go says what strangers may know, package page shows it. What one replica hands
// to another goes out by relay.go and comes in by arrival.go. audit.go, meter.go,
// trace.go and otlp.go tell what happened.
package server
