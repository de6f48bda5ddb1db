package database

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/database/internal/health"
)

var databaseHealthTool = &mcp.Tool{
	Name:  "database_health",
	Title: "Check a database's health",
	Description: "Look for what will hurt soon: full connections, cold cache, wraparound, bloat, unused or invalid indexes, sequences near their end, replication lag, " +
		"missing indexes on foreign keys, lock waits. 50 findings at most, worst first, with advice; changes nothing. " +
		`Example: {"checks":["indexes","locks"]}`,
	Annotations: server.ReadOnly(false),
}

type databaseHealthInput struct {
	Checks   []string `json:"checks,omitempty" enum:"connections,cache,vacuum,bloat,indexes,sequences,replication,constraints,locks,pool" maxItems:"10" jsonschema:"default: all"`
	Database string   `json:"database,omitempty" jsonschema:"default: the first"`
}

type databaseHealthOutput struct {
	Database string           `json:"database"`
	Summary  string           `json:"summary"`
	Findings []health.Finding `json:"findings"`
	LeftOut  int              `json:"left_out,omitempty"` // findings beyond the bound
}

func (s *Service) databaseHealth(ctx context.Context, in databaseHealthInput) (databaseHealthOutput, error) {
	d, err := s.database(in.Database)
	if err != nil {
		return databaseHealthOutput{}, err
	}
	// A server that is away is one error and not a finding of each check.
	if err := d.Ping(ctx); err != nil {
		return databaseHealthOutput{}, shown(err)
	}
	progress := server.Progress(ctx)
	report, err := health.Run(ctx, d.DB, in.Checks, func(done, total int, next string) {
		progress.Report(float64(done), float64(total), "checking "+next)
	})
	if err != nil {
		return databaseHealthOutput{}, shown(err)
	}
	out := databaseHealthOutput{Database: d.set.Name, Findings: report.Findings, LeftOut: report.LeftOut}
	out.Summary = summarize(report)
	return out, nil
}

// summarize says in a line what was found.
func summarize(r health.Report) string {
	n := r.Counts
	if n[health.Critical]+n[health.Warn] == 0 {
		return fmt.Sprintf("%s: nothing to worry about, %s", count(r.Checks, "check"), count(n[health.Info], "note"))
	}
	return fmt.Sprintf("%s: %d critical, %s, %s", count(r.Checks, "check"), n[health.Critical], count(n[health.Warn], "warning"), count(n[health.Info], "note"))
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
