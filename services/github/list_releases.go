package github

import (
	"context"
	"time"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
)

var listReleasesTool = &mcp.Tool{
	Name:        "list_releases",
	Title:       "List releases",
	Description: `Releases of a repository, newest first, or one by tag with all its notes. Example: {"owner":"golang","repo":"go","tag":"latest"}`,
	Annotations: server.ReadOnly(true),
}

type listReleasesInput struct {
	repository
	Tag string `json:"tag,omitempty" jsonschema:"only this; latest: the newest full release"`
	page
}

type listReleasesOutput struct {
	Releases   []release `json:"releases"`
	NextCursor string    `json:"next_cursor,omitempty"`
}

type release struct {
	Tag       string     `json:"tag"`
	Name      string     `json:"name,omitempty"`
	Published *time.Time `json:"published,omitempty"`
	Notes     string     `json:"notes,omitempty"`
}

func (s *Service) listReleases(ctx context.Context, in listReleasesInput) (listReleasesOutput, error) {
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return listReleasesOutput{}, err
	}
	asked := in
	asked.page = page{}
	at, err := s.from(in.page, "list_releases", asked)
	if err != nil {
		return listReleasesOutput{}, err
	}
	list, resp, err := s.api.Repositories.ListReleases(ctx, in.Owner, in.Repo, &at)
	if err != nil {
		return listReleasesOutput{}, s.shown(err, "releases of %s", in.repository)
	}
	out := listReleasesOutput{Releases: make([]release, len(list))}
	for i, r := range list {
		out.Releases[i] = newRelease(r)
	}
	out.NextCursor, err = s.next(resp, at, "list_releases", asked)
	return out, err
}

func newRelease(r *github.RepositoryRelease) release {
	out := release{Tag: r.GetTagName(), Name: r.GetName(), Notes: r.GetBody()}
	if r.PublishedAt != nil {
		t := r.PublishedAt.UTC()
		out.Published = &t
	}
	return out
}
