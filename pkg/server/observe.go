package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mcpfleet/mcpfleet/pkg/logging"
	"github.com/mcpfleet/mcpfleet/pkg/server/internal/messages"
)

// observe opens what is seen of the service from outside: its metrics, traces,
// audit file and protocol log, as far as the configuration has them.
func (s *Server) observe() error {
	ctx := context.Background()
	push, err := newOTLP(ctx, s.name, s.cfg, s.log)
	if err != nil {
		return err
	}
	reader, err := push.reader(ctx)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if s.meter, err = newMeter(s.cfg.Admin != "", reader, push.resource, s.gauges()); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if m, ok := s.svc.(measurer); ok {
		if err := m.Measure(s.meter.of(s.name)); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	provider, err := push.tracerProvider(ctx)
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	s.tracing = newTracing(provider)
	if s.cfg.DebugProtocol {
		s.messages = messages.New(messages.Options{Log: s.log, Name: s.publicName, StatelessSince: statelessSince})
	}
	if s.cfg.AuditFile != "" {
		if s.audits, err = logging.OpenAudit(s.cfg.AuditFile); err != nil {
			return fmt.Errorf("--audit-file: %w", err)
		}
	}
	return nil
}

// gauges are what is read of the server's state.
func (s *Server) gauges() []gauge {
	return []gauge{
		{"mcpfleet.calls.running", "{call}", "Tool calls that are running now.", func() (int64, bool) {
			return int64(s.slots.Running()), true
		}},
		{"mcpfleet.ratelimit.shared", "1", "Whether the rate limits are shared with other replicas: 0 while Redis is away.", func() (int64, bool) {
			shared, _, reason := s.limits.State()
			if shared {
				return 1, true
			}
			return 0, reason != ""
		}},
	}
}

// watched shows the messages that pass next to the protocol log, if there is one.
func (s *Server) watched(next http.Handler) http.Handler {
	if s.messages == nil {
		return next
	}
	return s.messages.Handler(next)
}

// publicName returns the name in a request for something that is registered, ""
// if there is nothing of that name: callers can put anything into it.
func (s *Server) publicName(method, name string) string {
	switch method {
	case methodCallTool:
		return s.reg.toolName(name)
	case methodGetPrompt:
		return s.reg.promptName(name)
	case methodReadResource:
		return s.reg.resourceName(name)
	}
	return ""
}
