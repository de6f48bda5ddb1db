package github

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v66/github"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

var listReposTool = &mcp.Tool{
	Name:        "github_list_repos",
	Title:       "List repositories",
	Description: `Repositories of a user or organization, last pushed first; without owner, all you have access to. Example: {"owner":"golang"}`,
	Annotations: server.ReadOnly(true),
}

type listReposInput struct {
	Owner string `json:"owner,omitempty"`
	Type  string `json:"type,omitempty" enum:"all,owner,member,public,private" default:"all"`
	Sort  string `json:"sort,omitempty" hidden:"true" enum:"pushed,updated,created,full_name" default:"pushed"`
	page
}

type listReposOutput struct {
	Repos      []repositoryItem `json:"repos"`
	NextCursor string           `json:"next_cursor,omitempty"`
	Note       string           `json:"note,omitempty"`
}

// origin is which of GitHub's lists has the repositories of an owner.
type origin string

const (
	ofToken origin = "token" // all that the credential gives access to
	ofMe    origin = "me"    // what the credential's user owns
	ofApp   origin = "app"   // what the credential's installation is for
	ofOrg   origin = "org"
	ofUser  origin = "user" // public alone
)

// ofAppAlone is said of the list of an installation, which GitHub neither sorts nor
// narrows.
const ofAppAlone = "These are the repositories that the GitHub App is installed for, sorted and narrowed by type within a page"

// reposPlace is a place in one of the lists.
type reposPlace struct {
	place
	Of origin `json:"o,omitempty"`
}

func (s *Service) listRepos(ctx context.Context, in listReposInput) (listReposOutput, error) {
	var out listReposOutput
	ctx, err := s.of(ctx, in.Owner)
	if err != nil {
		return out, err
	}
	question := in
	question.page = page{}
	at := reposPlace{place: place{Page: 1, Size: in.Limit}}
	if err := s.cursors.Open(in.Cursor, &at, "github_list_repos", asked(question)); err != nil {
		return out, err
	}
	list, from, resp, err := s.reposOf(ctx, in, at)
	if err != nil {
		what := in.Owner
		if what == "" {
			what = "the signed-in user"
		}
		return out, s.shown(err, "repositories of %s", what)
	}
	out.Repos = s.repositoryItems(list)
	var notes []string
	if from == ofApp {
		notes = append(notes, ofAppAlone)
	}
	if len(s.access.allow) > 0 {
		notes = append(notes, leftOut)
	}
	out.Note = strings.Join(notes, ". ")
	if resp.NextPage != 0 {
		out.NextCursor, err = s.cursors.Seal(reposPlace{place{resp.NextPage, at.Size}, from}, "github_list_repos", asked(question))
	}
	return out, err
}

// reposOf asks the list that has most of the owner's repositories: private ones
// of an organization are in its own list alone, and private ones of a person in
// that of their credential; those of an installation's account are in the
// installation's. That an owner is no organization is known by asking.
func (s *Service) reposOf(ctx context.Context, in listReposInput, at reposPlace) ([]*github.Repository, origin, *github.Response, error) {
	known := upstream.CredentialFrom(ctx).ID() != ""
	switch {
	case at.Of != "":
		list, resp, err := s.reposFrom(ctx, at.Of, in, at)
		return list, at.Of, resp, err
	case in.Owner == "" && !known:
		return nil, "", nil, toolerr.New(toolerr.AuthenticationFailed, "%s: give owner", reason(s.access.nobody()))
	case s.ownInstallation(ctx, in.Owner):
		list, resp, err := s.reposFrom(ctx, ofApp, in, at)
		return list, ofApp, resp, err
	case in.Owner == "":
		list, resp, err := s.reposFrom(ctx, ofToken, in, at)
		return list, ofToken, resp, err
	case !known:
		list, resp, err := s.reposFrom(ctx, ofUser, in, at)
		return list, ofUser, resp, err
	}
	from := ofOrg
	list, resp, err := s.reposFrom(ctx, from, in, at)
	if statusOf(err) == http.StatusNotFound {
		from = ofUser
		if strings.EqualFold(s.login(ctx), in.Owner) {
			from = ofMe
		}
		list, resp, err = s.reposFrom(ctx, from, in, at)
	}
	return list, from, resp, err
}

// reposFrom asks one list. Each has types of its own; GitHub refuses a type
// beside an affiliation.
func (s *Service) reposFrom(ctx context.Context, from origin, in listReposInput, at reposPlace) (list []*github.Repository, resp *github.Response, err error) {
	opts := github.ListOptions{Page: at.Page, PerPage: at.Size}
	direction := "desc"
	if in.Sort == "full_name" {
		direction = "asc"
	}
	switch from {
	case ofToken:
		list, resp, err = s.api.Repositories.ListByAuthenticatedUser(ctx, &github.RepositoryListByAuthenticatedUserOptions{
			Type: in.Type, Sort: in.Sort, Direction: direction, ListOptions: opts})
	case ofMe:
		mine := &github.RepositoryListByAuthenticatedUserOptions{Affiliation: "owner", Sort: in.Sort, Direction: direction, ListOptions: opts}
		switch in.Type {
		case "public", "private":
			mine.Visibility = in.Type
		case "member":
			mine.Affiliation, mine.Type = "", "member"
		}
		list, resp, err = s.api.Repositories.ListByAuthenticatedUser(ctx, mine)
	case ofApp:
		var all *github.ListRepositories
		if all, resp, err = s.api.Apps.ListRepos(ctx, &opts); err == nil {
			list = arranged(all.Repositories, in)
		}
	case ofOrg:
		kind := in.Type
		if kind == "owner" {
			kind = "all"
		}
		list, resp, err = s.api.Repositories.ListByOrg(ctx, in.Owner, &github.RepositoryListByOrgOptions{
			Type: kind, Sort: in.Sort, Direction: direction, ListOptions: opts})
	default:
		kind := "owner"
		switch in.Type {
		case "private":
			return nil, nil, toolerr.Invalid("type", "type: private repositories of %s cannot be listed with this token", in.Owner)
		case "member":
			kind = "member"
		}
		list, resp, err = s.api.Repositories.ListByUser(ctx, in.Owner, &github.RepositoryListByUserOptions{
			Type: kind, Sort: in.Sort, Direction: direction, ListOptions: opts})
	}
	return list, resp, err
}

// arranged narrows and sorts repositories as GitHub does elsewhere.
func arranged(list []*github.Repository, in listReposInput) []*github.Repository {
	list = slices.DeleteFunc(list, func(r *github.Repository) bool {
		return in.Type == "public" && r.GetPrivate() || in.Type == "private" && !r.GetPrivate()
	})
	slices.SortStableFunc(list, func(a, b *github.Repository) int {
		switch in.Sort {
		case "full_name":
			return strings.Compare(strings.ToLower(a.GetFullName()), strings.ToLower(b.GetFullName()))
		case "created":
			return b.GetCreatedAt().Compare(a.GetCreatedAt().Time)
		case "updated":
			return b.GetUpdatedAt().Compare(a.GetUpdatedAt().Time)
		}
		return b.GetPushedAt().Compare(a.GetPushedAt().Time)
	})
	return list
}
