// Package calculator is an MCP server that computes: exactly where there is an
// exact answer, correctly rounded where there is none, and never by guessing
// what an ambiguous expression meant.
//
// [Service.Register] is the table of contents. The arithmetic is in
// internal/eval and below; nothing here computes.
package calculator

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// scope is what a caller needs for everything here: nothing is ever changed.
const scope = "calculator:read"

//go:embed instructions.md
var instructions string

// Config holds the service's own flags.
type Config struct {
	// Precision is the number of significant digits of results that cannot be
	// written exactly, for calls that do not say.
	Precision int `name:"precision" env:"CALCULATOR_PRECISION" default:"34" help:"Significant digits of results that cannot be written exactly, for calls that do not say. At most 1000."`
	// Timeout bounds one calculation.
	Timeout time.Duration `name:"timeout" env:"CALCULATOR_TIMEOUT" default:"2s" help:"The longest that one calculation may take. At most 10s."`
}

// Service answers calculations. It holds no state and is safe for concurrent use.
type Service struct {
	cfg Config
}

// Open returns the service that cfg describes. The zero Config has the defaults
// of the flags.
func Open(_ context.Context, cfg Config, _ *slog.Logger) (*Service, error) {
	if cfg.Precision == 0 {
		cfg.Precision = 34
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Second
	}
	if cfg.Precision < 1 || cfg.Precision > 1000 {
		return nil, fmt.Errorf("--precision %d: give 1 to 1000 digits", cfg.Precision)
	}
	if cfg.Timeout < 0 || cfg.Timeout > 10*time.Second {
		return nil, fmt.Errorf("--timeout %s: give at most 10s", cfg.Timeout)
	}
	return &Service{cfg: cfg}, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	r.Describe("Calculator", instructions)

	server.AddTool(r, calculateTool, s.calculate, server.Scope(scope), server.Timeout(s.cfg.Timeout))

	r.AddTemplate(greetingTemplate, s.greeting, server.Scope(scope), server.TTL(time.Hour))

	r.AddPrompt(explainPrompt, s.explain, server.Scope(scope))
	r.CompletePrompt(explainPrompt.Name, "expression", s.completeExpression)
}
