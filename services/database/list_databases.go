package database

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var listDatabasesTool = &mcp.Tool{
	Name:        "list_databases",
	Title:       "List databases",
	Description: "List the databases, the default first: what they hold, mode (read-only or write), version, whether they answer. Example: {}",
	Annotations: server.ReadOnly(false),
}

type listDatabasesInput struct{}

type listDatabasesOutput struct {
	Databases []databaseInfo `json:"databases"`
}

type databaseInfo struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Mode        string `json:"mode"`
	Default     bool   `json:"default,omitempty"`
	Reachable   bool   `json:"reachable"`
	Version     string `json:"version,omitempty"` // of PostgreSQL, as it was last seen
}

// modes are what a database is served for.
var modes = map[bool]string{false: "read-only", true: "write"}

func (s *Service) listDatabases(ctx context.Context, _ listDatabasesInput) (listDatabasesOutput, error) {
	if _, err := s.database(""); err != nil {
		return listDatabasesOutput{}, err
	}
	out := listDatabasesOutput{make([]databaseInfo, len(s.databases))}
	s.each(func(i int, d *database) {
		seen := d.reach(ctx)
		out.Databases[i] = databaseInfo{Name: d.set.Name, Description: d.set.Description, Mode: modes[d.set.Writes], Default: i == 0,
			Reachable: seen.err == nil, Version: seen.version}
	})
	return out, ctx.Err()
}
