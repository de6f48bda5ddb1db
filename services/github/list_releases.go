package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
)

// releaseBudget bounds the notes of one release, and listBudget those of a page
// together, in bytes; each release of a page has the same share.
const (
	releaseBudget = 32 << 10
	listBudget    = 16 << 10
)

var listReleasesTool = &mcp.Tool{
	Name:        "list_releases",
	Title:       "List releases",
	Description: `Releases, newest first, notes cut; with tag, one with its notes and assets. Example: {"tag":"latest"}`,
	Annotations: server.ReadOnly(true),
}

type listReleasesInput struct {
	repository
	Tag string `json:"tag,omitempty" jsonschema:"or latest"`
	page
}

type listReleasesOutput struct {
	Releases   []release `json:"releases"`
	NextCursor string    `json:"next_cursor,omitempty"`
}

type release struct {
	Tag        string     `json:"tag"`
	Name       string     `json:"name,omitempty"`
	Published  *time.Time `json:"published,omitempty"`
	Author     string     `json:"author,omitempty"`
	Draft      bool       `json:"draft,omitempty"`
	Prerelease bool       `json:"prerelease,omitempty"`
	Notes      string     `json:"notes,omitempty"`
	NotesCut   int        `json:"notes_cut_bytes,omitempty"`
	Assets     []asset    `json:"assets,omitempty"`
	AssetsLeft int        `json:"assets_left_out,omitempty"`
}

type asset struct {
	Name      string `json:"name"`
	Size      int    `json:"size"`
	Downloads int    `json:"downloads"`
}

func (s *Service) listReleases(ctx context.Context, in listReleasesInput) (listReleasesOutput, error) {
	if err := checkRef("tag", in.Tag); err != nil {
		return listReleasesOutput{}, err
	}
	ctx, err := s.in(ctx, in.repository)
	if err != nil {
		return listReleasesOutput{}, err
	}
	question := in
	question.page = page{}
	at, err := s.from(in.page, "list_releases", question)
	if err != nil {
		return listReleasesOutput{}, err
	}
	if in.Tag != "" {
		r, err := s.releaseOf(ctx, in.repository, in.Tag)
		if err != nil {
			return listReleasesOutput{}, s.shown(err, "release %s of %s", in.Tag, in.repository)
		}
		return listReleasesOutput{Releases: []release{newRelease(r, releaseBudget, 100)}}, nil
	}
	list, resp, err := s.api.Repositories.ListReleases(ctx, in.Owner, in.Repo, &at)
	if err != nil {
		return listReleasesOutput{}, s.shown(err, "releases of %s", in.repository)
	}
	list = present(list)
	out := listReleasesOutput{Releases: make([]release, len(list))}
	for i, r := range list {
		out.Releases[i] = newRelease(r, listBudget/len(list), max(100/len(list), 3))
	}
	out.NextCursor, err = s.next(resp, at, "list_releases", question)
	return out, err
}

// releaseOf returns the release of a tag, which may have slashes, or the latest.
func (s *Service) releaseOf(ctx context.Context, r repository, tag string) (*github.RepositoryRelease, error) {
	which := "latest"
	if tag != which {
		which = "tags/" + url.PathEscape(tag)
	}
	req, err := s.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/releases/%s", r.Owner, r.Repo, which), nil)
	if err != nil {
		return nil, err
	}
	out := new(github.RepositoryRelease)
	_, err = s.api.Do(ctx, req, out)
	return out, err
}

// newRelease tells of a release what there is room for.
func newRelease(r *github.RepositoryRelease, notes, assets int) release {
	text := plain.Text(r.GetBody())
	out := release{
		Tag: r.GetTagName(), Name: plain.Line(r.GetName()), Published: second(r.PublishedAt), Author: r.GetAuthor().GetLogin(),
		Draft: r.GetDraft(), Prerelease: r.GetPrerelease(), Notes: plain.Shorten(text, notes),
	}
	if out.Name == out.Tag {
		out.Name = ""
	}
	out.NotesCut = max(0, len(text)-notes)
	shown := r.Assets[:min(len(r.Assets), assets)]
	for _, a := range shown {
		out.Assets = append(out.Assets, asset{a.GetName(), a.GetSize(), a.GetDownloadCount()})
	}
	out.AssetsLeft = len(r.Assets) - len(shown)
	return out
}
