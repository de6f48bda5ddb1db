package server

import (
	"context"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// usableTTL is how long a client may reuse a list of tools that depends on what is
// known of its caller.
const usableTTL = time.Minute

// Usable has why say of each tool whether the caller in the context can use it at
// all. A tool is left out of tools/list for one who surely cannot, such as one whose
// token upstream lacks a scope, and a call of it is answered with the reason, which
// says what to do about it. "" is for a caller who can, or of whom that is not
// known: why is asked for every list and every call, and must not wait.
func (r *Registry) Usable(why func(ctx context.Context, tool string) (reason string)) {
	r.useless = why
}

// Offers reports whether a tool was added that the operator has not switched off.
func (r *Registry) Offers(tool string) bool { return r.tools[tool] != nil }

// RelistTools tells clients that what [Usable] has left out may have changed. It
// may be called while the process serves. Only a client on stdio is told: over
// HTTP each would hold a stream open to hear of it, and asks again within a minute.
func (r *Registry) RelistTools() {
	if r.server == nil || !r.relists {
		return
	}
	for _, t := range r.tools {
		// What the SDK sends the notice for.
		r.server.AddTool(t.def, t.call)
		return
	}
}

// sifted leaves out of tools/list what the caller cannot use.
func (s *Server) sifted(next mcp.MethodHandler) mcp.MethodHandler {
	if s.reg.useless == nil {
		return next
	}
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		res, err := next(ctx, method, req)
		list, ok := res.(*mcp.ListToolsResult)
		if err != nil || !ok {
			return res, err
		}
		// The definitions are everybody's, the list is the answer's own.
		list.Tools = slices.DeleteFunc(list.Tools, func(def *mcp.Tool) bool {
			return s.reg.uselessTo(ctx, def.Name) != nil
		})
		list.CacheScope = "private"
		list.TTLMs = min(list.TTLMs, int(usableTTL.Milliseconds()))
		return list, nil
	}
}

// uselessTo returns why ctx's caller cannot use a tool, nil unless that is sure.
func (r *Registry) uselessTo(ctx context.Context, tool string) error {
	if r.useless == nil {
		return nil
	}
	if why := r.useless(ctx, tool); why != "" {
		return toolerr.New(toolerr.PermissionDenied, "%s", why)
	}
	return nil
}
