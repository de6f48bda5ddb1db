// Package database is an MCP server for PostgreSQL: an agent looks at schemas,
// runs queries that can only read, and learns what is slow and what is unhealthy.
// Where an operator allows it, it changes rows after a person has agreed.
//
// [Service.Register] is the table of contents. What a caller wrote reaches a
// server through internal/gate and internal/postgres alone.
package database

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// What a caller needs.
const (
	readScope  = "database:read"
	writeScope = "database:write"
	adminScope = "database:admin"
)

//go:embed instructions.md
var instructions string

// Service serves the databases. It is safe for concurrent use.
type Service struct {
	cfg       Config
	databases []*database // the default one first
	log       *slog.Logger
	cursors   server.Cursors
	rows      sync.Pool // of *lentRows
}

// Open makes the pools of the databases that cfg names. Without any the service
// is not configured: it starts, and every call says what to set.
func Open(_ context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	s := &Service{cfg: cfg, log: log}
	settings, err := cfg.databases()
	if err != nil {
		return nil, err
	}
	for _, set := range settings {
		if set.Exposed != "" {
			log.Warn("every user of this machine can read a file with a database's password", "file", set.Exposed, "fix", "chmod 600 "+set.Exposed)
		}
		d, err := open(set)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.databases = append(s.databases, d)
	}
	return s, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	s.cursors = r.Cursors()
	r.Describe("Database", instructions)
	r.ShareWatches()

	server.AddTool(r, listDatabasesTool, s.listDatabases, server.Scope(readScope))
	server.AddTool(r, listTablesTool, s.listTables, server.Scope(readScope))
	server.AddTool(r, describeTableTool, s.describeTable, server.Scope(readScope))
	server.AddTool(r, searchSchemaTool, s.searchSchema, server.Scope(readScope))
	server.AddTool(r, sampleRowsTool, s.sampleRows, server.Scope(readScope))
	server.AddTool(r, profileTool, s.profileTable, server.Scope(readScope), server.Timeout(profileTimeout))
	server.AddTool(r, executeTool, s.executeQuery, server.Scope(readScope), server.Alias("query_database"), server.Shows(rowsView))
	server.AddTool(r, explainQueryTool, s.explainQuery, server.Scope(readScope))
	server.AddTool(r, topQueriesTool, s.topQueries, server.Scope(readScope))
	server.AddTool(r, adviseIndexesTool, s.adviseIndexes, server.Scope(readScope))
	server.AddTool(r, databaseHealthTool, s.databaseHealth, server.Scope(readScope))
	if slices.ContainsFunc(s.databases, func(d *database) bool { return d.set.Writes }) {
		server.AddTool(r, modifyDataTool, s.modifyData, server.Scope(writeScope), server.Writes(), server.ConfirmFact(s.askModify))
		server.AddTool(r, deleteRecordTool, s.deleteRecord, server.Scope(adminScope), server.Writes(), server.ConfirmFact(s.askDelete))
	}

	r.AddView(rowsView, server.Scope(readScope))
	s.registerResources(r)

	r.AddPrompt(queryBuilderPrompt, s.buildQuery, server.Scope(readScope))
	r.CompletePrompt(queryBuilderPrompt.Name, "table", s.completeTable)
	r.CompletePrompt(queryBuilderPrompt.Name, "columns", s.completeColumn)
	r.CompletePrompt(queryBuilderPrompt.Name, "database", s.completeDatabase)
	r.AddPrompt(analysisPrompt, s.analyse, server.Scope(readScope))
	r.CompletePrompt(analysisPrompt.Name, "data_source", s.completeTable)
	r.CompletePrompt(analysisPrompt.Name, "database", s.completeDatabase)
	r.AddPrompt(triagePrompt, s.triage, server.Scope(readScope))
	r.CompletePrompt(triagePrompt.Name, "database", s.completeDatabase)
}

// Close ends all connections.
func (s *Service) Close() error {
	for _, d := range s.databases {
		d.Close()
	}
	return nil
}
