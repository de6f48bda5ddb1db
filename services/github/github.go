// Package github is an MCP server for GitHub: an agent finds its way in
// repositories, follows issues, reviews pull requests and learns why a build is
// red, and writes what a person may see.
//
// [Service.Register] is the table of contents; each tool is a file of its name. A
// call chooses its credential with Service.in, which holds the repository to those
// that may be named, asks through Service.api, and words what went wrong with
// Service.shown. Beneath the library of the API are guard.go, which no request
// passes to a place that may not be reached, and pkg/upstream.
package github

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/url"

	"github.com/google/go-github/v66/github"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/poll"
	"github.com/mcpfleet/mcpfleet/pkg/recent"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
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
	store    oauth.Store // of people's tokens; nil if nobody signs in

	watches *poll.Poller
	webhook *webhook // nil without a secret
	cursors server.Cursors
	recent  *recent.Lists // of completions

	// writes is whether the tools that take part are offered, and builds whether
	// those are too that change what others build on.
	writes, builds bool

	people *signin.People // nil if nobody signs in
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
	if _, err := upstream.ParseBase("--github-api-url", base.String()); err != nil {
		log.Warn("credentials are sent to GitHub's API without encryption", "fix", "give an https URL with --github-api-url")
	}
	secrets, err := signin.Secrets("--webhook-secret-file", "GITHUB_WEBHOOK_SECRET", cfg.WebhookSecret, cfg.WebhookSecretFile, log)
	if err != nil {
		return nil, err
	}
	out := &guard{base: base}
	up, err := upstream.Open(upstream.Config{
		Name: "GitHub", BaseURLs: []*url.URL{base}, Limits: upstream.Limits{Resource: resource},
		PerCredential: batchRequests, Redirect: out.redirect, Log: log, Pace: pace(base), WriteBurst: writeBurst,
	})
	if err != nil {
		return nil, err
	}
	a, err := cfg.access(ctx, base, up.HTTP(), log)
	if err != nil {
		return nil, errors.Join(err, up.Close())
	}
	out.next, out.access = up, a
	api := github.NewClient(out.client())
	api.BaseURL, api.UploadURL, api.UserAgent = base, base, "mcp-github/"+server.Version()
	s := &Service{cfg: cfg, log: log, upstream: up, api: api, access: a, recent: recent.New(completionLife, completionBytes)}
	if s.watches, err = poll.Open(cfg.PollInterval, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.webhook = newWebhook(secrets, s.watches.Tell)
	if cfg.ClientID != "" {
		if s.store, err = signin.OpenStore("--github-token-store", cfg.TokenStore, cfg.TokenStoreFile, log); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	s.cursors = r.Cursors()
	s.writes = !r.ReadOnly()
	s.builds = s.writes && s.cfg.Write
	r.Describe("GitHub", instructions)
	if s.cfg.ClientID != "" {
		s.people = s.offerSignIn(r)
		s.access.people = people{s.people}
	}

	// What finds its way to a repository, and in it.
	server.AddTool(r, searchRepositoriesTool, s.searchRepositories, server.Scope(readScope))
	server.AddTool(r, searchCodeTool, s.searchCode, server.Scope(readScope))
	server.AddTool(r, searchIssuesTool, s.searchIssues, server.Scope(readScope))
	server.AddTool(r, listReposTool, s.listRepos, server.Scope(readScope))
	server.AddTool(r, repositoryInfoTool, s.repositoryInfo, server.Scope(readScope))
	server.AddTool(r, getFileContentsTool, s.getFileContents, server.Scope(readScope))
	server.AddTool(r, listCommitsTool, s.listCommits, server.Scope(readScope))
	server.AddTool(r, listReleasesTool, s.listReleases, server.Scope(readScope))

	// What people say about it, and what checks do.
	server.AddTool(r, getIssueTool, s.getIssue, server.Scope(readScope))
	server.AddTool(r, getPullRequestDiffTool, s.getPullRequestDiff, server.Scope(readScope), server.Shows(diffView))
	server.AddTool(r, getPullRequestStatusTool, s.getPullRequestStatus, server.Scope(readScope))
	server.AddTool(r, listWorkflowRunsTool, s.listWorkflowRuns, server.Scope(readScope))
	server.AddTool(r, getWorkflowLogsTool, s.getWorkflowLogs, server.Scope(readScope), server.MaxResult(600_000))

	// What takes part, and can be taken back.
	server.AddTool(r, createIssueTool, s.createIssue, server.Scope(writeScope), server.Writes())
	server.AddTool(r, updateIssueTool, s.updateIssue, server.Scope(writeScope), server.Writes())
	server.AddTool(r, addCommentTool, s.addComment, server.Scope(writeScope), server.Writes())
	server.AddTool(r, createPullRequestTool, s.createPullRequest, server.Scope(writeScope), server.Writes())
	server.AddTool(r, submitReviewTool, s.submitReview, server.Scope(writeScope), server.Writes())

	// What changes what others build on: a person is asked first.
	if s.cfg.Write {
		server.AddTool(r, commitFilesTool, s.commitFiles, server.Scope(writeScope), server.Writes(), server.ConfirmFact(s.commitQuestion))
		server.AddTool(r, mergePullRequestTool, s.mergePullRequest, server.Scope(writeScope), server.Writes(), server.ConfirmFact(s.mergeQuestion))
		server.AddTool(r, createReleaseTool, s.createRelease, server.Scope(writeScope), server.Writes(), server.ConfirmFact(s.releaseQuestion))
		server.AddTool(r, runWorkflowTool, s.runWorkflow, server.Scope(writeScope), server.Writes(), server.Confirm(s.runWorkflowQuestion))
	}

	s.registerResources(r)
	s.registerPrompts(r)

	if s.webhook != nil {
		r.Handle("POST /webhooks/github", s.webhook)
	}
}

// Close ends all connections, and the following of files.
func (s *Service) Close() error {
	var err error
	if s.watches != nil {
		err = s.watches.Close()
	}
	err = errors.Join(err, s.access.close(), s.upstream.Close())
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}
