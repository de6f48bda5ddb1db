// Package slack is an MCP server for Slack: an agent reads what a team says, finds
// who and where, and answers, within what its tokens may do and its operator
// allows.
//
// [Service.Register] is the table of contents; each tool is a file of its name. A
// call gets its [workspace] from Service.open, which holds the tokens of whoever
// calls. Names become ids by workspace.channel to read, workspace.target to write and
// workspace.person; the policy is asked in the same place. Service.shown words what
// went wrong, and rest how a list goes on. Beneath are internal/api, which alone
// speaks to Slack, and pkg/upstream.
package slack

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"

	"go.opentelemetry.io/otel/metric"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/poll"
	"github.com/mcpfleet/mcpfleet/pkg/recent"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/pkg/upstream"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// What a caller needs.
const (
	readScope  = "slack:read"
	writeScope = "slack:write"
)

//go:embed instructions.md
var instructions string

// directoryBytes bounds what is remembered of people and channels: some thirty
// thousand.
const directoryBytes = 5 << 20

// Service serves Slack. It is safe for concurrent use.
type Service struct {
	cfg      Config
	log      *slog.Logger
	upstream *upstream.Client
	api      *api.API
	access   *access
	store    oauth.Store    // of people's tokens; nil if nobody signs in
	people   *signin.People // nil then
	policy   *policy
	// directory remembers whom and what callers have named, searchers how they search.
	directory *directory.Directory
	searchers searchers
	cursors   server.Cursors
	readOnly  bool

	tools   []string // that are offered, to whoever can use them
	watches *poll.Poller
	polls   *polls
	events  *events       // nil without a signing secret
	recent  *recent.Lists // of completions
	authors *recent.Lists // principals who had the bot post, by channel and message

	// groups are handles of user groups, and groupsAsked who asked for them lately.
	groups, groupsAsked *recent.Lists
}

// Open returns the service that cfg describes. It asks nobody yet.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	p, err := cfg.policy()
	if err != nil {
		return nil, err
	}
	secrets, err := signin.Secrets("--slack-signing-secret-file", "SLACK_SIGNING_SECRET", cfg.SigningSecret, cfg.SigningSecretFile, log)
	if err != nil {
		return nil, err
	}
	files := filesHosts(base)
	up, err := upstream.Open(outbound(base, files, log))
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, log: log, upstream: up, policy: p, directory: directory.New(directoryBytes)}
	s.api = api.New(api.Config{Base: base, Files: files, HTTP: up.HTTP(), Wait: cfg.rateWait(), TeamID: cfg.TeamID})
	if s.access, err = cfg.access(ctx, s.api, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.recent, s.polls = recent.New(completionLife, completionBytes), newPolls()
	s.authors = recent.New(authorLife, authorBytes)
	s.groups, s.groupsAsked = recent.New(groupsFor, groupsBytes), recent.New(groupsPause, groupsBytes/8)
	if s.watches, err = poll.Open(cfg.PollInterval, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.events = newEvents(secrets, s.watches.Tell)
	if cfg.ClientID != "" {
		if s.store, err = signin.OpenStore("--slack-token-store", cfg.TokenStore, cfg.TokenStoreFile, log); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Register is the table of contents.
func (s *Service) Register(r *server.Registry) {
	s.cursors, s.readOnly = r.Cursors(), r.ReadOnly()
	r.Describe("Slack", instructions)

	// Where and who.
	server.AddTool(r, listChannelsTool, s.listChannels, server.Scope(readScope))
	server.AddTool(r, getChannelInfoTool, s.getChannelInfo, server.Scope(readScope))
	server.AddTool(r, findUsersTool, s.findUsers, server.Scope(readScope))
	if s.cfg.offers(listUserGroupsTool.Name) {
		server.AddTool(r, listUserGroupsTool, s.listUserGroups, server.Scope(readScope))
	}

	// What is said.
	server.AddTool(r, getChannelHistoryTool, s.getChannelHistory, server.Scope(readScope))
	server.AddTool(r, getThreadTool, s.getThread, server.Scope(readScope))
	server.AddTool(r, searchMessagesTool, s.searchMessages, server.Scope(readScope))
	server.AddTool(r, getFileTool, s.getFile, server.Scope(readScope))

	// What takes part.
	server.AddTool(r, sendMessageTool, s.sendMessage, server.Scope(writeScope), server.Writes(), server.Confirm(s.sendQuestion))
	server.AddTool(r, updateMessageTool, s.updateMessage, server.Scope(writeScope), server.Writes(), server.ConfirmFact(s.updateQuestion))
	server.AddTool(r, deleteMessageTool, s.deleteMessage, server.Scope(writeScope), server.Writes(), server.ConfirmFact(s.deleteQuestion))
	server.AddTool(r, setReactionTool, s.setReaction, server.Scope(writeScope), server.Writes())
	server.AddTool(r, createChannelTool, s.createChannel, server.Scope(writeScope), server.Writes(), server.Confirm(s.createQuestion))

	// Asked for by name.
	if s.cfg.offers(listUnreadsTool.Name) {
		server.AddTool(r, listUnreadsTool, s.listUnreads, server.Scope(readScope))
	}
	if s.cfg.offers(markReadTool.Name) {
		server.AddTool(r, markReadTool, s.markRead, server.Scope(writeScope), server.Writes())
	}

	s.registerAccess(r)
	s.registerResources(r)
	s.registerPrompts(r)

	if s.events != nil {
		r.Handle("POST /webhooks/slack", s.events)
	}
}

// registerAccess has each caller offered what their tokens can do, and lets them
// sign in, for the tools that are registered by now.
func (s *Service) registerAccess(r *server.Registry) {
	s.access.learned = r.RelistTools
	r.Usable(s.useless)
	if s.cfg.ClientID != "" {
		s.people = s.offerSignIn(r)
		s.access.people = s.people
	}
}

// Measure adds what is counted of the requests to Slack.
func (s *Service) Measure(m metric.Meter) error { return s.upstream.Measure(m) }

// Close ends all connections, and the following of files.
func (s *Service) Close() error {
	var err error
	if s.watches != nil {
		err = s.watches.Close()
	}
	if s.access != nil {
		err = errors.Join(err, s.access.close())
	}
	err = errors.Join(err, s.upstream.Close())
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}
