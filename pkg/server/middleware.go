package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/nearest"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// The methods that this package treats specially.
const (
	methodCallTool    = "tools/call"
	methodInitialize  = "initialize"
	methodListen      = "subscriptions/listen"
	methodSubscribe   = "resources/subscribe"
	methodUnsubscribe = "resources/unsubscribe"

	methodGetPrompt     = "prompts/get"
	methodReadResource  = "resources/read"
	methodListResources = "resources/list"
)

var errPanic = errors.New("panic")

// metaCorrelation is the key of the correlation id in a result's _meta.
const metaCorrelation = "io.github.mcpfleet/correlation-id"

// operation is the outermost middleware: it gives the request its correlation
// id and the life of its HTTP exchange, measures it, and makes sure that neither
// a panic nor an error's inner text gets out.
func (s *Server) operation(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (res mcp.Result, err error) {
		start := time.Now()
		op := s.describe(method, req)
		x := s.open.of(req)
		ctx, span := s.tracing.begin(ctx, &op, req, x)
		ctx, release := s.enter(ctx, req, x)
		defer release()
		defer func() {
			if p := recover(); p != nil {
				s.log.ErrorContext(ctx, "panic", "method", method, "error", panicked(p))
				res, err = nil, protocolError(ctx, errPanic)
			}
			if err != nil {
				err = s.shown(ctx, method, err)
			}
			op.ended(res, err)
			s.meter.operation(ctx, &op, time.Since(start))
			s.tracing.end(span, &op)
		}()
		res, err = next(ctx, method, req)
		if init, ok := req.(*mcp.ServerRequest[*mcp.InitializeParams]); ok && err == nil && (x == nil || !x.stateless) {
			s.meter.begun(init.Session)
		}
		if err == nil && method == methodCallTool {
			meta := res.GetMeta()
			if meta == nil {
				meta = make(map[string]any, 2)
			}
			meta[metaCorrelation] = logging.Correlation(ctx)
			res.SetMeta(meta)
		}
		return res, err
	}
}

// enter binds ctx to x, the exchange that req came with, if any. Who calls is a
// fact of the request alone: the context of a session holds whoever began it.
func (s *Server) enter(ctx context.Context, req mcp.Request, x *exchange) (context.Context, func()) {
	if x == nil {
		caller := s.local
		if overHTTP(req) { // the exchange has ended already
			caller = nil
		}
		ctx = logging.WithCorrelation(ctx, s.correlationOf(ctx, req))
		return s.tracing.logged(auth.WithCaller(ctx, caller)), func() {}
	}
	ctx = s.tracing.logged(logging.WithCorrelation(auth.WithCaller(ctx, x.caller), x.correlation))
	if x.ctx == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(x.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// overHTTP reports whether req came over HTTP, rather than over stdio or from
// this process.
func overHTTP(req mcp.Request) bool {
	extra := req.GetExtra()
	return extra != nil && extra.Header != nil
}

// correlationOf takes the trace id that a client sent in _meta (SEP-414) or that
// this process began a trace with, or makes a new id.
func (s *Server) correlationOf(ctx context.Context, req mcp.Request) string {
	if p := req.GetParams(); p != nil && !isNil(p) {
		if tp, ok := p.GetMeta()["traceparent"].(string); ok {
			if id := traceID(tp); id != "" {
				return id
			}
		}
	}
	if id := s.tracing.id(ctx); id != "" {
		return id
	}
	return newID()
}

// shown returns the form of err that a caller may see. Only the methods that
// run a service's code can have an error with inner text; the others' errors
// are the SDK's, about the request itself.
func (s *Server) shown(ctx context.Context, method string, err error) error {
	switch method {
	case methodCallTool, methodGetPrompt, methodReadResource, methodListResources, methodSubscribe, methodListen, "completion/complete":
	default:
		return err
	}
	if _, ok := err.(*jsonrpc.Error); ok {
		return err // whoever made it meant it for the caller
	}
	if ctx.Err() == nil {
		s.log.ErrorContext(ctx, "request failed", "method", method, "error", err)
	}
	return protocolError(ctx, err)
}

// gate refuses what the server does not offer. The SDK answers some of it as if
// it did, and keeps a legacy subscription without a session for ever.
func (s *Server) gate(next mcp.MethodHandler) mcp.MethodHandler {
	caps := s.reg.capabilities()
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		family, _, _ := strings.Cut(method, "/")
		switch {
		case family == "tools" && caps.Tools == nil,
			family == "prompts" && caps.Prompts == nil,
			family == "resources" && caps.Resources == nil,
			family == "logging" && caps.Logging == nil:
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: fmt.Sprintf("%s: this server offers no %s", method, family)}
		case method == methodSubscribe || method == methodUnsubscribe:
			if x := s.open.of(req); x != nil && x.stateless {
				return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest,
					Message: method + " needs a session: initialize first, or use subscriptions/listen"}
			}
		}
		return next(ctx, method, req)
	}
}

// endable ends a listen, with its result, when the process drains or the
// caller's credential ends.
func (s *Server) endable(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		if method != methodListen {
			return next(ctx, method, req)
		}
		if x := s.open.of(req); x != nil && !x.standing {
			// In a batch it would not have been counted.
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: methodListen + " must be a request of its own"}
		}
		ctx, cancel := s.whileValid(ctx)
		defer cancel()
		ctx = withListen(ctx, cancel)
		defer s.drain.bind(cancel)()
		return next(ctx, method, req)
	}
}

// resolveTool accepts a tool's older names and helps with a wrong one.
func (s *Server) resolveTool(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
		call, ok := req.(*mcp.CallToolRequest)
		if !ok {
			return next(ctx, method, req)
		}
		name := call.Params.Name
		if now, ok := s.reg.aliases[name]; ok {
			p := *call.Params
			p.Name = now
			call = &mcp.CallToolRequest{Session: call.Session, Params: &p, Extra: call.Extra}
		} else if why := s.reg.off[name]; why != "" {
			s.audit(ctx, name, call, string(toolerr.PermissionDenied), time.Now(), 0)
			return nil, invalidParams("the tool %q is not offered here: %s", name, why)
		} else if s.reg.tools[name] == nil && !s.reg.dynamic {
			s.audit(ctx, tame(name), call, string(toolerr.ResourceNotFound), time.Now(), 0)
			return nil, invalidParams("unknown tool %q%s", clip(name), s.toolHint(name))
		}
		return next(ctx, method, call)
	}
}

func (s *Server) toolHint(name string) string {
	var names []string
	for n := range s.reg.tools {
		names = append(names, n)
	}
	slices.Sort(names)
	if near := nearest.Names(name, names); len(near) > 0 {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return "; tools/list names what there is"
}
