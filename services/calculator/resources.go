package calculator

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

var greetingTemplate = &mcp.ResourceTemplate{
	Name:        "greeting",
	Title:       "Greeting",
	URITemplate: "greeting://{name}",
	Description: "A greeting for a name: the smallest resource there is, to try a client with.",
	MIMEType:    "text/plain",
}

// maxName bounds the name in a greeting, in bytes.
const maxName = 200

func (s *Service) greeting(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	name := vars["name"]
	if len(name) > maxName {
		return nil, toolerr.Invalid("name", "the name has %d bytes; send at most %d", len(name), maxName)
	}
	if name == "" {
		return nil, nil
	}
	return []*mcp.ResourceContents{{Text: "Hello, " + name + "!"}}, nil
}
