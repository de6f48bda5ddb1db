// Package calculator is an MCP server that computes: exactly where there is an
// exact answer, correctly rounded where there is none, and never by guessing
// what an ambiguous expression meant.
//
// [Service.Register] is the table of contents. The arithmetic is in
// internal/eval and below; nothing here computes.
package calculator

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/eval"
	"github.com/mcpfleet/mcpfleet/services/calculator/internal/number"
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
	// Work bounds what one calculation may cost, in machine words multiplied.
	Work int64 `name:"work" env:"CALCULATOR_WORK" default:"2000000000" help:"The most steps that one calculation may take, which decides before the time does; a thousand million take about a second. At most 10000000000."`
	// MaxExpression bounds the text of one expression, in bytes.
	MaxExpression int `name:"max-expression" env:"CALCULATOR_MAX_EXPRESSION" default:"16384" help:"The longest expression, in bytes. At most 65536."`
	// MaxIntegerDigits bounds the integers that are computed.
	MaxIntegerDigits int `name:"max-integer-digits" env:"CALCULATOR_MAX_INTEGER_DIGITS" default:"631000" help:"The most decimal digits of an integer. At most 631000."`
	// PrintedDigits is how long an integer may be before its middle is left out.
	PrintedDigits int `name:"printed-digits" env:"CALCULATOR_PRINTED_DIGITS" default:"1000" help:"Integers of more digits are shown by their first and last ones. At most 100000."`
}

// Service answers calculations. It keeps nothing between them and is safe for
// concurrent use.
type Service struct {
	cfg  Config
	lane lane
	now  func() time.Time
}

// Open returns the service that cfg describes. The zero Config has the defaults
// of the flags.
func Open(_ context.Context, cfg Config, _ *slog.Logger) (*Service, error) {
	cfg.Timeout = cmp.Or(cfg.Timeout, 2*time.Second)
	if cfg.Timeout < 0 || cfg.Timeout > 10*time.Second {
		return nil, fmt.Errorf("--timeout %s: give at most 10s", cfg.Timeout)
	}
	cfg.Work = cmp.Or(cfg.Work, 2_000_000_000)
	if cfg.Work < 1 || cfg.Work > 10_000_000_000 {
		return nil, fmt.Errorf("--work %d: give 1 to 10000000000 steps", cfg.Work)
	}
	for _, f := range []struct {
		name       string
		value      *int
		usual, max int
		unit       string
	}{
		{"--precision", &cfg.Precision, number.DefaultPrecision, 1000, "digits"},
		{"--max-expression", &cfg.MaxExpression, 16384, 65536, "bytes"},
		{"--max-integer-digits", &cfg.MaxIntegerDigits, 631_000, 631_000, "digits"},
		{"--printed-digits", &cfg.PrintedDigits, 1000, 100_000, "digits"},
	} {
		*f.value = cmp.Or(*f.value, f.usual)
		if *f.value < 1 || *f.value > f.max {
			return nil, fmt.Errorf("%s %d: give 1 to %d %s", f.name, *f.value, f.max, f.unit)
		}
	}
	return &Service{cfg: cfg, lane: newLane(), now: time.Now}, nil
}

// limits are what one calculation may cost.
func (c Config) limits() eval.Limits {
	var l eval.Limits
	l.Source.Bytes = c.MaxExpression
	l.Numbers.Work = c.Work
	l.Numbers.PrintedDigits = c.PrintedDigits
	l.Numbers.IntegerBits = int(math.Ceil(float64(c.MaxIntegerDigits) * math.Log2(10)))
	return l
}

// computing is how long one call may compute: a twentieth of its time is left
// for the answer, so that the caller has it in time.
func (s *Service) computing() time.Duration { return s.cfg.Timeout - s.cfg.Timeout/20 }

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	r.Describe("Calculator", instructions)

	server.AddTool(r, calculateTool, s.calculate, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, calculateManyTool, s.calculateMany, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, convertUnitsTool, s.convertUnits, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, statisticsTool, s.statistics, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, solveEquationTool, s.solveEquation, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, matrixTool, s.matrix, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, numberTheoryTool, s.numberTheory, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, dateCalculateTool, s.dateCalculate, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, verifyClaimTool, s.verifyClaim, server.Scope(scope), server.Timeout(s.computing()))
	server.AddTool(r, plotTool, s.plot, server.Scope(scope), server.Timeout(s.computing()), server.Shows(plotView))
	r.AddView(plotView, server.Scope(scope))

	r.AddTemplate(greetingTemplate, s.greeting, server.Scope(scope), server.TTL(time.Hour))

	r.AddResource(functionsResource, s.functions, server.Scope(scope), server.TTL(time.Hour))
	r.AddTemplate(functionTemplate, s.function, server.Scope(scope), server.TTL(time.Hour))
	r.CompleteTemplate(functionTemplate.URITemplate, "name", s.completeFunction)
	r.AddResource(syntaxResource, s.syntax, server.Scope(scope), server.TTL(time.Hour))
	r.AddResource(limitsResource, s.limits, server.Scope(scope), server.TTL(time.Hour))
	r.AddResource(unitsResource, s.units, server.Scope(scope), server.TTL(time.Hour))
	r.AddTemplate(dimensionTemplate, s.unitsOf, server.Scope(scope), server.TTL(time.Hour))
	r.CompleteTemplate(dimensionTemplate.URITemplate, "dimension", s.completeDimension)
	r.AddResource(constantsResource, s.constants, server.Scope(scope), server.TTL(time.Hour))
	r.AddTemplate(constantTemplate, s.constant, server.Scope(scope), server.TTL(time.Hour))
	r.CompleteTemplate(constantTemplate.URITemplate, "name", s.completeConstant)

	r.AddPrompt(explainPrompt, s.explain, server.Scope(scope))
	r.AddPrompt(checkPrompt, s.check, server.Scope(scope))
	r.AddPrompt(solvePrompt, s.solve, server.Scope(scope))
	r.AddPrompt(comparePrompt, s.compare, server.Scope(scope))
	r.CompletePrompt(explainPrompt.Name, "expression", s.completeExpression)
}
