package server

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.opentelemetry.io/otel/attribute"
)

// toolError is the failure of a call whose result says so.
const toolError = "tool_error"

// operation is what metrics and spans say of one handled message. Every field is
// one of a closed set: a tool that a caller made up has no name here.
type operation struct {
	method    string
	transport string
	tool      string
	prompt    string
	failure   string // error.type; "" if it succeeded
}

// describe returns the operation that handling req is.
func (s *Server) describe(method string, req mcp.Request) operation {
	o := operation{method: method, transport: transportOf(req)}
	switch req := req.(type) {
	case *mcp.CallToolRequest:
		o.tool = s.reg.toolName(req.Params.Name)
	case *mcp.GetPromptRequest:
		o.prompt = s.reg.promptName(req.Params.Name)
	}
	return o
}

// ended sets how the operation failed, if it did.
func (o *operation) ended(res mcp.Result, err error) {
	if err == nil {
		if r, ok := res.(*mcp.CallToolResult); ok && r != nil && r.IsError {
			o.failure = toolError
		}
		return
	}
	var wire *jsonrpc.Error
	switch {
	case !errors.As(err, &wire):
		o.failure = fmt.Sprintf("%T", err)
	case wire.Code >= -32768 && wire.Code <= -32000: // those of JSON-RPC and MCP
		o.failure = strconv.FormatInt(wire.Code, 10)
	default:
		o.failure = "_OTHER"
	}
}

// attributes are the operation's, by the semantic conventions for MCP.
func (o operation) attributes() []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 8)
	for _, a := range [...]struct{ key, value string }{
		{"mcp.method.name", o.method}, {"network.transport", o.transport},
		{"gen_ai.tool.name", o.tool}, {"gen_ai.prompt.name", o.prompt}, {"error.type", o.failure},
	} {
		if a.value != "" {
			attrs = append(attrs, attribute.String(a.key, a.value))
		}
	}
	return attrs
}

func (o operation) spanName() string {
	switch {
	case o.tool != "":
		return o.method + " " + o.tool
	case o.prompt != "":
		return o.method + " " + o.prompt
	}
	return o.method
}

func transportOf(req mcp.Request) string {
	if overHTTP(req) {
		return "tcp"
	}
	return "pipe"
}

// toolName returns the name that the tool is registered under, "" if there is
// none that is called so.
func (r *Registry) toolName(name string) string {
	if now, ok := r.aliases[name]; ok {
		return now
	}
	if r.tools[name] == nil {
		return ""
	}
	return name
}

// promptName returns name if a prompt is registered under it.
func (r *Registry) promptName(name string) string {
	for _, p := range r.prompts {
		if p.prompt.Name == name {
			return name
		}
	}
	return ""
}

// resourceName returns what the resource at uri is registered as: its URI, or
// the template of a family.
func (r *Registry) resourceName(uri string) string {
	for _, res := range r.resources {
		switch {
		case res.fixed != nil && res.fixed.URI == uri:
			return uri
		case res.template != nil && res.parsed.re.MatchString(uri):
			return res.template.URITemplate
		}
	}
	return ""
}
