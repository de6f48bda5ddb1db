package database

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/services/database/internal/postgres"
)

var poolTemplate = &mcp.ResourceTemplate{
	Name:        "pool",
	Title:       "Connection pool",
	URITemplate: "db://{database}/stats/pool",
	Description: "How the connections of this server to a database are used: how many there are, how often one was taken and waited for.",
	MIMEType:    "application/json",
}

// poolStats is the pool of a database as callers see it.
type poolStats struct {
	Database string `json:"database"`
	postgres.Stats
	WaitMS float64 `json:"wait_ms"` // of all that waited together
}

func (s *Service) readPool(_ context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	d, err := s.database(vars["database"])
	if err != nil {
		return nil, gone(err)
	}
	stats := poolStats{d.set.Name, d.Stats(), 0}
	stats.WaitMS = milliseconds(stats.WaitTime)
	text, err := json.Marshal(stats)
	if err != nil {
		return nil, err
	}
	return contents(poolTemplate.MIMEType, string(text)), nil
}
