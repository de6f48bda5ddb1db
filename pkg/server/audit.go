package server

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
)

// audit writes the line of a tool call that has ended.
func (s *Server) audit(ctx context.Context, tool string, req *mcp.CallToolRequest, outcome string, start time.Time, bytes int) {
	s.tracing.outcome(ctx, outcome)
	s.record(ctx, logging.Call{
		Service: s.name, Method: methodCallTool, Tool: tool,
		Principal: principal(ctx), Client: clientName(req.Params.Meta, req.Session), Arguments: s.prints.Of(req.Params.Arguments),
		Outcome: outcome, Duration: time.Since(start), Bytes: bytes,
	})
}

// auditReads writes the lines of resources that are read, or listed by the
// service, and of prompts. The URI of a resource and the arguments of a prompt
// are there as fingerprints.
func (s *Server) auditReads(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (res mcp.Result, err error) {
		c := logging.Call{Service: s.name, Method: method, Principal: principal(ctx)}
		switch req := req.(type) {
		case *mcp.ReadResourceRequest:
			c.Resource = s.reg.resourceName(req.Params.URI)
			c.Client, c.Arguments = clientName(req.Params.Meta, req.Session), s.prints.Of([]byte(req.Params.URI))
		case *mcp.GetPromptRequest:
			arguments, _ := json.Marshal(req.Params.Arguments) // strings
			c.Prompt = s.reg.promptName(req.Params.Name)
			c.Client, c.Arguments = clientName(req.Params.Meta, req.Session), s.prints.Of(arguments)
		case *mcp.ListResourcesRequest:
			if s.reg.list == nil {
				return next(ctx, method, req)
			}
			if req.Params != nil {
				c.Client, c.Arguments = clientName(req.Params.Meta, req.Session), s.prints.Of([]byte(req.Params.Cursor))
			}
		default:
			return next(ctx, method, req)
		}
		start := time.Now()
		c.Outcome = string(toolerr.Internal) // of a panic, which goes on outwards
		defer func() {
			c.Duration = time.Since(start)
			s.tracing.outcome(ctx, c.Outcome)
			s.record(ctx, c)
		}()
		res, err = next(ctx, method, req)
		c.Outcome, c.Bytes = outcomeOf(err), readSize(res)
		return res, err
	}
}

// outcomeOf is the outcome of what ended with err.
func outcomeOf(err error) string {
	if err == nil {
		return "ok"
	}
	if wire, ok := err.(*jsonrpc.Error); ok {
		return fmt.Sprint(wire.Code)
	}
	return string(toolerr.From(err).Code)
}

func readSize(res mcp.Result) (n int) {
	switch res := res.(type) {
	case *mcp.ReadResourceResult:
		if res != nil {
			for _, c := range res.Contents {
				n += len(c.Text) + len(c.Blob)
			}
		}
	case *mcp.ListResourcesResult:
		if res != nil {
			for _, r := range res.Resources {
				n += len(r.URI) + len(r.Name) + len(r.Title) + len(r.Description)
			}
		}
	case *mcp.GetPromptResult:
		if res != nil {
			for _, m := range res.Messages {
				n += contentSize(m.Content)
			}
		}
	}
	return n
}

// The bound on audit lines about refused requests, of strangers and of known
// callers each: a flood of them, which needs no key, must not fill a disk.
const (
	maxRefusals    = 10
	refusalsWindow = time.Second
)

// refusals counts the lines about refused requests. The zero value is ready.
type refusals struct {
	mu         sync.Mutex
	since      time.Time
	written    int
	suppressed int
}

// admit reports whether one more line may be written, and how many were not
// since the last one that was.
func (r *refusals) admit(now time.Time) (suppressed int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since) >= refusalsWindow {
		r.since, r.written = now, 0
	}
	if r.written >= maxRefusals {
		r.suppressed++
		return 0, false
	}
	r.written++
	suppressed, r.suppressed = r.suppressed, 0
	return suppressed, true
}

// auditRefused writes the line of a request that was turned away. method and
// name are those of the message, empty where they are not known.
func (s *Server) auditRefused(ctx context.Context, reason refusal, principal, method, name string) {
	// Strangers must not use up the lines of those who are known.
	known := &s.refusals[0]
	if principal != "" {
		known = &s.refusals[1]
	}
	suppressed, ok := known.admit(time.Now())
	if !ok {
		return
	}
	c := logging.Call{Service: s.name, Principal: principal, Outcome: string(reason), Refused: true, Suppressed: suppressed}
	switch name = s.publicName(method, name); method {
	case methodCallTool:
		c.Tool = name
	case methodGetPrompt:
		c.Prompt = name
	case methodReadResource:
		c.Resource = name
	}
	c.Method = tame(method)
	s.record(ctx, c)
}

// record writes an audit line to where they go. A file that cannot be written
// fails no call: it is reported when it begins and when it is over, and counted.
func (s *Server) record(ctx context.Context, c logging.Call) {
	if s.audits == nil {
		logging.Audit(ctx, s.log, c)
		return
	}
	err := s.audits.Write(ctx, c)
	if err != nil {
		s.meter.unaudited(ctx)
	}
	switch was := s.unwell.Swap(err != nil); {
	case err != nil && !was:
		s.log.Error("audit lines are not written as they should be, and the calls go on", "error", err)
	case err == nil && was:
		s.log.Warn("audit lines are written again")
	}
}

// closeAudit ends the audit log, with a line about what a flood left out.
func (s *Server) closeAudit() error {
	if n := s.refusals[0].rest() + s.refusals[1].rest(); n > 0 {
		s.record(context.Background(), logging.Call{Service: s.name, Refused: true, Suppressed: n})
	}
	if s.audits == nil {
		return nil
	}
	return s.audits.Close()
}

// rest returns how many lines were not written, and not reported yet.
func (r *refusals) rest() (suppressed int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	suppressed, r.suppressed = r.suppressed, 0
	return suppressed
}

// clientName is what the client calls itself. The SDK's accessor would encode and
// decode the whole of what it says about itself for that.
func clientName(meta mcp.Meta, session *mcp.ServerSession) string {
	name := ""
	switch info := meta[mcp.MetaKeyClientInfo].(type) {
	case *mcp.Implementation:
		name = info.Name
	case map[string]any:
		name, _ = info["name"].(string)
	}
	if name == "" && session != nil {
		if p := session.InitializeParams(); p != nil && p.ClientInfo != nil {
			name = p.ClientInfo.Name
		}
	}
	return tame(name)
}
