package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// invoke returns the handler that the SDK calls for t: the tool's own handler
// with its limits before it and the audit line after it.
func (s *Server) invoke(t *tool) mcp.ToolHandler {
	timeout := s.cfg.ToolDeadline
	if t.timeout > 0 {
		timeout = min(timeout, t.timeout)
	}
	limit := int(s.cfg.MaxResult)
	if t.maxResult > 0 {
		limit = t.maxResult
	}
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		defer s.abort.bind(cancel)()
		ctx = withProgress(ctx, req)

		res, err := s.limited(ctx, t, req)
		if err == nil && size(res) > limit {
			err = toolerr.New(toolerr.InvalidInput, "the result has %d bytes; the limit is %d: ask for less", size(res), limit)
		}
		outcome := "ok"
		if err != nil {
			if wire, ok := err.(*jsonrpc.Error); ok {
				s.audit(ctx, t.def.Name, req, fmt.Sprint(wire.Code), start, 0)
				return nil, wire
			}
			err = ended(ctx, err, timeout)
			outcome = string(toolerr.From(err).Code)
			s.logFailure(ctx, t.def.Name, err)
			res = failure(ctx, err)
		} else if res.IsError {
			outcome = "error"
		} else if res.InputRequests != nil {
			outcome = "input_required"
		}
		s.audit(ctx, t.def.Name, req, outcome, start, size(res))
		return res, nil
	}
}

// limited waits for a free slot and runs the handler in it.
func (s *Server) limited(ctx context.Context, t *tool, req *mcp.CallToolRequest) (res *mcp.CallToolResult, err error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, toolerr.New(toolerr.RateLimited, "%d calls are running and none ended in time; try again later", cap(s.slots))
		}
		return nil, ctx.Err()
	}
	defer func() {
		if p := recover(); p != nil {
			res, err = nil, panicked(p)
		}
	}()
	res, err = t.handle(ctx, req)
	if res == nil && err == nil {
		err = errors.New("the handler returned neither a result nor an error")
	}
	return res, err
}

func panicked(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }

// ended puts the reason why ctx ended in place of what the handler made of it.
func ended(ctx context.Context, err error, timeout time.Duration) error {
	var e *toolerr.Error
	if errors.As(err, &e) || ctx.Err() == nil {
		return err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return toolerr.Wrap(err, toolerr.Timeout, "the call did not finish within %s; ask for less, or try again", timeout)
	}
	return toolerr.Wrap(err, toolerr.Cancelled, "the call was cancelled")
}

func failure(ctx context.Context, err error) *mcp.CallToolResult {
	text := string(toolerr.Payload(err, logging.Correlation(ctx)))
	return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

// logFailure writes the cause that the caller does not see. What the caller did
// see needs no line of its own: the audit line has its code.
func (s *Server) logFailure(ctx context.Context, tool string, err error) {
	e := toolerr.From(err)
	if e.Cause == nil || e.Code == toolerr.Cancelled {
		return
	}
	cause, stack, _ := strings.Cut(e.Cause.Error(), "\n")
	s.log.ErrorContext(ctx, "tool failed", "tool", tool, "code", string(e.Code), "error", cause, "stack", stack)
}

func (s *Server) audit(ctx context.Context, tool string, req *mcp.CallToolRequest, outcome string, start time.Time, bytes int) {
	c := logging.Call{
		Service: s.name, Tool: tool, Principal: principal(req), Outcome: outcome,
		Arguments: s.prints.Of(req.Params.Arguments), Duration: time.Since(start), Bytes: bytes,
	}
	c.Client = clientName(req)
	logging.Audit(ctx, s.log, c)
}

// clientName is what the client calls itself. The SDK's accessor would encode and
// decode the whole of what it says about itself for that.
func clientName(req *mcp.CallToolRequest) string {
	switch info := req.Params.Meta[mcp.MetaKeyClientInfo].(type) {
	case *mcp.Implementation:
		return clip(info.Name)
	case map[string]any:
		name, _ := info["name"].(string)
		return clip(name)
	}
	if req.Session == nil {
		return ""
	}
	if p := req.Session.InitializeParams(); p != nil && p.ClientInfo != nil {
		return clip(p.ClientInfo.Name)
	}
	return ""
}

// principal names who called. Over stdio that is whoever started the process.
func principal(req mcp.Request) string {
	switch e := req.GetExtra(); {
	case e == nil || e.Header == nil:
		return "stdio"
	case e.TokenInfo != nil:
		return e.TokenInfo.UserID
	}
	return "anonymous"
}
