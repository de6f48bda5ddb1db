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
	"net/url"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
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
	cursors  server.Cursors
}

// Open returns the service that cfg describes. It asks nobody yet: without a
// credential public repositories can be read.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	if _, err := cfg.web(base); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	up, err := upstream.Open(upstream.Config{Name: "GitHub", BaseURLs: []*url.URL{base}, Log: log})
	if err != nil {
		return nil, err
	}
	a, err := cfg.access(ctx, base, up.HTTP(), log)
	if err != nil {
		return nil, errors.Join(err, up.Close())
	}
	out := &guard{base: base, next: up, access: a}
	api := github.NewClient(out.client(up.HTTP().Timeout))
	api.BaseURL, api.UploadURL, api.UserAgent = base, base, "mcp-github/"+server.Version()
	return &Service{cfg: cfg, log: log, upstream: up, api: api, access: a}, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	s.cursors = r.Cursors()
	r.Describe("GitHub", instructions)

	server.AddTool(r, listReleasesTool, s.listReleases, server.Scope(readScope))

	s.registerResources(r)

	r.AddPrompt(reviewPrompt, s.reviewPullRequest, server.Scope(readScope))
}

// Close ends all connections, and the following of files.
func (s *Service) Close() error {
	return errors.Join(s.access.close(), s.upstream.Close())
}
