// Package github is an MCP server for GitHub: an agent finds its way in
// repositories, follows issues, reviews pull requests and learns why a build is
// red, and writes what a person may see.
//
// [Service.Register] is the table of contents. Requests go out through
// pkg/upstream alone, with the credential that access.go chooses.
package github

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/github/internal/poll"
)

// What a caller needs.
const (
	readScope  = "github:read"
	writeScope = "github:write"
)

//go:embed instructions.md
var instructions string

// Service serves GitHub. It is safe for concurrent use.
type Service struct {
	cfg      Config
	log      *slog.Logger
	upstream *upstream.Client
	api      *github.Client
	access   *access
	store    *http.Transport // to where logs are kept
	watches  *poll.Poller
	webhook  *webhook // nil without a secret
	cursors  server.Cursors
}

// Open returns the service that cfg describes. It asks nobody yet: without a
// credential public repositories can be read.
func Open(_ context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	a, err := cfg.access()
	if err != nil {
		return nil, err
	}
	up, err := upstream.Open(upstream.Config{Name: "GitHub", BaseURLs: []*url.URL{base}, Log: log})
	if err != nil {
		return nil, err
	}
	api := github.NewClient(up.HTTP())
	api.BaseURL, api.UploadURL, api.UserAgent = base, base, "mcp-github/"+server.Version()
	secrets, err := cfg.webhookSecrets()
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, log: log, upstream: up, api: api, access: a, store: newStore()}
	if s.watches, err = s.newWatches(); err != nil {
		return nil, err
	}
	s.webhook = newWebhook(secrets, s.watches.Tell)
	return s, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	s.cursors = r.Cursors()
	r.Describe("GitHub", instructions)

	server.AddTool(r, listReleasesTool, s.listReleases, server.Scope(readScope))
	server.AddTool(r, listWorkflowRunsTool, s.listWorkflowRuns, server.Scope(readScope))
	server.AddTool(r, getWorkflowLogsTool, s.getWorkflowLogs, server.Scope(readScope), server.MaxResult(600_000))
	if s.cfg.Write {
		server.AddTool(r, runWorkflowTool, s.runWorkflow, server.Scope(writeScope), server.Writes(), server.Confirm(s.runWorkflowQuestion))
	}

	s.registerResources(r)
	s.registerRunResource(r)

	s.registerPrompts(r)
}

// Close ends all connections.
func (s *Service) Close() error {
	s.store.CloseIdleConnections()
	return errors.Join(s.watches.Close(), s.upstream.Close())
}
