package server

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// bounded holds resources that are read, or listed by the service, and
// completions to the bounds of tool calls. Prompts may ask a person, whose time
// to think is not the server's: [Server.prompt] bounds what they do between two
// questions.
func (s *Server) bounded(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		serves := false // the service does
		switch req.(type) {
		case *mcp.ReadResourceRequest, *mcp.CompleteRequest:
			serves = true
		case *mcp.ListResourcesRequest:
			serves = s.reg.list != nil
		}
		if !serves {
			return next(ctx, method, req)
		}
		return within(ctx, s, func(ctx context.Context) (mcp.Result, error) { return next(ctx, method, req) })
	}
}

// within runs what a service does for one request that is no tool call, in a
// slot of its caller, for as long as a tool may take. Its result is at most as
// large as a tool's.
func within[R mcp.Result](ctx context.Context, s *Server, run func(context.Context) (R, error)) (R, error) {
	var none R
	ctx, cancel := context.WithTimeout(ctx, s.cfg.ToolDeadline)
	defer cancel()
	defer s.abort.bind(cancel)()

	release, err := s.acquire(ctx)
	if err != nil {
		return none, protocolError(ctx, ended(ctx, err, s.cfg.ToolDeadline))
	}
	defer release()
	res, err := run(ctx)
	if err != nil {
		return none, ended(ctx, err, s.cfg.ToolDeadline)
	}
	if n, most := readSize(res), int(s.cfg.MaxResult); n > most {
		return none, protocolError(ctx, toolerr.New(toolerr.InvalidInput, "the result has %d bytes; the limit is %d: ask for less", n, most))
	}
	return res, nil
}
