package github

import (
	"context"
	"encoding/json"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var repositoryTemplate = &mcp.ResourceTemplate{
	URITemplate: "github://{owner}/{repo}",
	Name:        "repository",
	Title:       "Repository",
	Description: "What a repository is: its description, languages and numbers.",
	MIMEType:    "application/json",
}

func (s *Service) registerResources(r *server.Registry) {
	r.AddTemplate(repositoryTemplate, s.readRepository, server.Scope(readScope), server.Private())
}

func (s *Service) readRepository(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	repo := repository{vars["owner"], vars["repo"]}
	ctx, err := s.in(ctx, repo)
	if err != nil {
		return nil, err
	}
	got, _, err := s.api.Repositories.Get(ctx, repo.Owner, repo.Repo)
	if err != nil {
		return nil, s.shown(err, "repository %s", repo)
	}
	b, err := json.Marshal(map[string]any{"name": got.GetFullName(), "description": got.GetDescription()})
	if err != nil {
		return nil, err
	}
	return []*mcp.ResourceContents{{Text: string(b)}}, nil
}
