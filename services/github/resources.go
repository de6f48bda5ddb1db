package github

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
)

// Where two templates match a URI, the SDK takes the one that sorts first, and
// so a word before a variable: github://users/octocat is a person, and nobody
// can own a repository under the name users.
var (
	meResource = &mcp.Resource{
		URI: "github://me", Name: "me", Title: "Signed-in user", MIMEType: mimeJSON,
		Description: "Whose token is used, or which GitHub App; for who signed in with a browser also the page to disconnect on, for ten minutes.",
	}
	rateLimitResource = &mcp.Resource{
		URI: "github://rate-limit", Name: "rate-limit", Title: "Rate limits", MIMEType: mimeJSON,
		Description: "What is left of GitHub's limits, as its last answers said; reading it costs nothing.",
	}
	userTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://users/{login}", Name: "user", Title: "User or organization", MIMEType: mimeJSON,
		Description: "The public profile of a user or an organization.",
	}
	repositoryTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://{owner}/{repo}", Name: "repository", Title: "Repository", MIMEType: mimeJSON,
		Description: "A repository's details, languages and last commits.",
	}
	contentsTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://{owner}/{repo}/contents/{+path}{?ref}", Name: "contents", Title: "File or directory",
		Description: "A file of a branch, tag or commit (the default branch without ref), up to 1 MiB; of a directory, the names in it.",
	}
	issueTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://{owner}/{repo}/issues/{number}", Name: "issue", Title: "Issue or pull request", MIMEType: mimeText,
		Description: "An issue or a pull request with its conversation, up to 100 KB.",
	}
	diffTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://{owner}/{repo}/pulls/{number}/diff", Name: "diff", Title: "Diff of a pull request", MIMEType: "text/x-diff",
		Description: "What a pull request changes, up to 1 MiB.",
	}
	jobLogTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://{owner}/{repo}/jobs/{job_id}/log", Name: "job-log", Title: "Log of a job", MIMEType: mimeText,
		Description: "The end of a workflow job's log, up to 256 KiB.",
	}
	runTemplate = &mcp.ResourceTemplate{
		URITemplate: "github://{owner}/{repo}/runs/{run_id}", Name: "workflow-run", Title: "Workflow run", MIMEType: mimeJSON,
		Description: "How a run of GitHub Actions stands, and its jobs. It can be watched.",
	}
)

const (
	mimeJSON     = "application/json"
	mimeMarkdown = "text/markdown"
	mimeText     = "text/plain"
	// resourceTTL is how long a client may keep what changes rarely.
	resourceTTL = time.Minute
)

func (s *Service) registerResources(r *server.Registry) {
	read, now := server.Scope(readScope), server.Private()
	kept := server.TTL(resourceTTL)
	r.AddView(diffView, server.Scope(readScope))
	r.AddResource(meResource, s.readMe, read, now, kept)
	r.AddResource(rateLimitResource, s.readRateLimit, read, now)
	r.AddTemplate(userTemplate, s.readUser, read, now, kept)
	r.AddTemplate(repositoryTemplate, s.readRepository, read, now, kept)
	r.AddTemplate(contentsTemplate, s.readContents, read, now)
	r.AddTemplate(issueTemplate, s.textOf("number", s.issueText), read, now)
	r.AddTemplate(diffTemplate, s.textOf("number", s.diffText), read, now)
	r.AddTemplate(jobLogTemplate, s.textOf("job_id", s.jobLogText), read, now)
	r.AddTemplate(runTemplate, s.readRun, read, now)

	r.CompleteTemplate(userTemplate.URITemplate, "login", s.completeOwner)
	for _, t := range []*mcp.ResourceTemplate{repositoryTemplate, contentsTemplate, issueTemplate, diffTemplate, jobLogTemplate, runTemplate} {
		r.CompleteTemplate(t.URITemplate, "owner", s.completeOwner)
		r.CompleteTemplate(t.URITemplate, "repo", s.completeRepo)
	}
	r.CompleteTemplate(contentsTemplate.URITemplate, "path", s.completePath)
	r.CompleteTemplate(contentsTemplate.URITemplate, "ref", s.completeRef)
	r.CompleteTemplate(issueTemplate.URITemplate, "number", s.completeNumber)
	r.CompleteTemplate(diffTemplate.URITemplate, "number", s.completePull)
	r.CompleteTemplate(jobLogTemplate.URITemplate, "job_id", s.completeJob)
	r.CompleteTemplate(runTemplate.URITemplate, "run_id", s.completeRun)
}

// textContents is a resource of one text; "" is the type of its template.
func textContents(mime, text string) []*mcp.ResourceContents {
	return []*mcp.ResourceContents{{MIMEType: mime, Text: text}}
}

// record is a resource of one JSON value.
func record(value any) ([]*mcp.ResourceContents, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return textContents(mimeJSON, string(b)), nil
}

// person is what there is to know of a user or an organization.
type person struct {
	Login    string `json:"login"`
	Type     string `json:"type,omitempty"`
	Name     string `json:"name,omitempty"`
	Bio      string `json:"bio,omitempty"`
	Company  string `json:"company,omitempty"`
	Location string `json:"location,omitempty"`
	Blog     string `json:"blog,omitempty"`
	Repos    int    `json:"public_repos,omitempty"`
	Private  int64  `json:"private_repos,omitempty"`
	Created  string `json:"created,omitempty"`
}

// me is whose token it is.
type me struct {
	person
	SignIn *signedIn `json:"sign_in,omitempty"` // of a person who signed in here
}

// signedIn says which account a caller has connected, and on which page of this
// service to disconnect it or to connect another.
type signedIn struct {
	Account string `json:"account"`
	Manage  string `json:"manage"`
}

// person describes a user; "" is whose token it is.
func (s *Service) person(ctx context.Context, login string) (person, error) {
	u, _, err := s.api.Users.Get(ctx, login)
	if err != nil {
		if login == "" {
			return person{}, s.shown(err, "the signed-in user")
		}
		return person{}, s.shown(err, "user %s", login)
	}
	return person{
		Login: u.GetLogin(), Type: u.GetType(), Name: plain.Line(u.GetName()), Bio: plain.Text(u.GetBio()), Company: plain.Line(u.GetCompany()), Location: plain.Line(u.GetLocation()),
		Blog: plain.Line(u.GetBlog()), Repos: u.GetPublicRepos(), Private: u.GetTotalPrivateRepos(), Created: day(u.CreatedAt),
	}, nil
}

func (s *Service) readMe(ctx context.Context, _ string, _ map[string]string) ([]*mcp.ResourceContents, error) {
	ctx, err := s.of(ctx, "")
	if err != nil {
		return nil, err
	}
	known := upstream.CredentialFrom(ctx).ID() != ""
	switch {
	case granted(ctx).installation != 0, !known && s.access.app != nil:
		return s.readApp(ctx)
	case !known:
		return nil, s.access.nobody()
	}
	p, err := s.person(ctx, "")
	if err != nil {
		return nil, err
	}
	out := me{person: p}
	if g, _ := ctx.Value(grantKey{}).(grant); g.principal != "" {
		out.SignIn = &signedIn{Account: p.Login, Manage: s.access.people.Page(g.principal)}
	}
	return record(out)
}

func (s *Service) readUser(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	login := vars["login"]
	if err := checkOwner(login); err != nil {
		return nil, err
	}
	ctx, err := s.of(ctx, "")
	if err != nil {
		return nil, err
	}
	p, err := s.person(ctx, login)
	if err != nil {
		return nil, err
	}
	return record(p)
}

func (s *Service) readRepository(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	info, err := s.info(ctx, repository{vars["owner"], vars["repo"]})
	if err != nil {
		return nil, err
	}
	return record(info)
}

// textOf returns what reads a template with a number as text.
func (s *Service) textOf(variable string, text func(context.Context, repository, int64) (string, error)) server.ReadFunc {
	return func(ctx context.Context, _ string, vars map[string]string) ([]*mcp.ResourceContents, error) {
		r, n, err := numberIn(vars, variable)
		if err != nil {
			return nil, err
		}
		if ctx, err = s.in(ctx, r); err != nil {
			return nil, err
		}
		body, err := text(ctx, r, n)
		return textContents("", body), err
	}
}

// numberIn returns the repository and the number in a URI.
func numberIn(vars map[string]string, name string) (r repository, n int64, err error) {
	r = repository{vars["owner"], vars["repo"]}
	n, err = strconv.ParseInt(vars[name], 10, 64)
	if err != nil || n < 1 || name == "number" && n > 1<<31-1 {
		return r, 0, toolerr.Invalid(name, "%s must be a number of 1 or more", name)
	}
	return r, n, nil
}

// readContents reads the path of a URI. The variables of the template are not
// used: path takes all that follows it, and the commas of a name are lost.
func (s *Service) readContents(ctx context.Context, uri string, vars map[string]string) ([]*mcp.ResourceContents, error) {
	r := repository{vars["owner"], vars["repo"]}
	raw, query, _ := strings.Cut(strings.TrimPrefix(uri, "github://"), "?")
	parts := strings.SplitN(raw, "/", 4)
	values, err := url.ParseQuery(query)
	if err != nil || len(parts) < 4 || len(values) > 1 || len(values) == 1 && len(values["ref"]) != 1 {
		return nil, toolerr.Invalid("uri", "behind ? goes ref=BRANCH alone; write %%3F for a ? in a name")
	}
	p, err := url.PathUnescape(parts[3])
	if err != nil {
		return nil, toolerr.Invalid("uri", "a %% in a name is written %%25")
	}
	if ctx, err = s.in(ctx, r); err != nil {
		return nil, err
	}
	return s.contentsAt(ctx, r, p, values.Get("ref"))
}
