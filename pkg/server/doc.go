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
package server
