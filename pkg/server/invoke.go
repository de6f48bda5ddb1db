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

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/limit"
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
	confirmed := s.confirmed(t)
	handle := func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if err := s.reg.uselessTo(ctx, t.def.Name); err != nil { // nobody is asked to confirm it
			return nil, err
		}
		return confirmed(ctx, req)
	}
	run := func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		defer s.abort.bind(cancel)()

		res, err := s.limited(ctx, handle, req)
		if err != nil {
			err = ended(ctx, err, timeout)
		}
		return res, err
	}
	subject := methodCallTool + " " + t.def.Name
	round := func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		start := time.Now()
		res, err := signedIn(ctx, s, subject, req, run)
		if err != nil {
			if ask, state, ok := s.offer(ctx, subject, req, req.ClientCapabilities(), err); ok {
				res, err = &mcp.CallToolResult{InputRequests: ask, RequestState: state}, nil
			}
		}
		switch {
		case err != nil:
		case res.InputRequests != nil:
			err = require(req.ClientCapabilities(), res.InputRequests, "")
		case size(res) > limit:
			err = toolerr.New(toolerr.InvalidInput, "the result has %d bytes; the limit is %d: ask for less", size(res), limit)
		}
		return s.report(ctx, t, req, start, res, err)
	}
	return func(ctx context.Context, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		start := time.Now()
		ctx = withProgress(ctx, req)
		res, err := rounds(ctx, s, req, round)
		if _, wire := err.(*jsonrpc.Error); err != nil && !wire { // of asking: a round reports its own
			return s.report(ctx, t, req, start, nil, err)
		}
		return res, err
	}
}

// report writes the audit line of a call and returns its answer: an error as a
// result that a model reads, unless it is one of the protocol.
func (s *Server) report(ctx context.Context, t *tool, req *mcp.CallToolRequest, start time.Time, res *mcp.CallToolResult, err error) (*mcp.CallToolResult, error) {
	outcome := "ok"
	if err != nil {
		if wire, ok := err.(*jsonrpc.Error); ok {
			s.audit(ctx, t.def.Name, req, fmt.Sprint(wire.Code), start, 0)
			return nil, wire
		}
		code := toolerr.From(err).Code
		outcome = string(code)
		s.meter.failed(ctx, t.def.Name, code)
		s.logFailure(ctx, t.def.Name, err)
		res = failure(ctx, err)
	} else if res.IsError {
		outcome = "error"
	} else if res.InputRequests != nil {
		outcome = "input_required"
	}
	s.meter.result(ctx, t.def.Name, size(res))
	s.audit(ctx, t.def.Name, req, outcome, start, size(res))
	return res, nil
}

// acquire waits until the caller may run one more call. The caller of it calls
// release once, when that has ended.
func (s *Server) acquire(ctx context.Context) (release func(), err error) {
	who := principal(ctx)
	release, err = s.slots.Acquire(ctx, who)
	switch most := s.slots.Most(who); {
	case errors.Is(err, limit.ErrBusy):
		return nil, toolerr.New(toolerr.RateLimited, "this caller already has %d calls running and more waiting; try again when some have ended", most).After(time.Second)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, toolerr.New(toolerr.RateLimited, "other calls are running, at most %d of this caller, and none ended in time; try again later", most)
	}
	return release, err
}

// limited waits for a free slot and runs handle in it.
func (s *Server) limited(ctx context.Context, handle mcp.ToolHandler, req *mcp.CallToolRequest) (res *mcp.CallToolResult, err error) {
	release, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() {
		if p := recover(); p != nil {
			res, err = nil, panicked(p)
		}
	}()
	res, err = handle(ctx, req)
	if res == nil && err == nil {
		err = errors.New("the handler returned neither a result nor an error")
	}
	return res, err
}

func panicked(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }

// ended puts the reason why ctx ended in place of what the handler made of it.
func ended(ctx context.Context, err error, timeout time.Duration) error {
	var e *toolerr.Error
	if _, wire := err.(*jsonrpc.Error); wire || errors.As(err, &e) || ctx.Err() == nil {
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

// principal names who called, "" if the request has ended before it got here.
func principal(ctx context.Context) string {
	if c := auth.CallerFrom(ctx); c != nil {
		return c.Principal
	}
	return ""
}
