package github

import "github.com/modelcontextprotocol/go-sdk/mcp"

// adds are the annotations of a tool that writes what people see and can take
// back.
func adds() *mcp.ToolAnnotations {
	return &mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(true)}
}

// destroys are the annotations of a tool that changes what cannot be taken back.
func destroys() *mcp.ToolAnnotations {
	return &mcp.ToolAnnotations{DestructiveHint: new(true), OpenWorldHint: new(true)}
}
