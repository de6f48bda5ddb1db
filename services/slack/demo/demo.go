// Package demo runs the slack service on a made-up workspace, which is in the
// memory of the process and ends with it: what is posted can be read again, and
// nobody outside sees it. Slack is never asked. Start with [Open].
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/slacktest"
)

// The tokens of the workspace, which are good nowhere else.
const (
	botToken  = "xoxb-demo-bot"
	userToken = "xoxp-demo-mona"
)

// Service is the slack service with the workspace that it speaks to.
type Service struct {
	*slack.Service
	workspace *http.Server
}

// Open starts a workspace and the service for it. What cfg says of tokens, of
// signing in and of Slack's address has no meaning. A nil log logs nothing.
func Open(ctx context.Context, cfg slack.Config, log *slog.Logger) (*Service, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the demo workspace: %w", err)
	}
	w := slacktest.Open(func(format string, args ...any) {
		log.Warn("the demo workspace", "problem", fmt.Sprintf(format, args...))
	})
	w.Forget = true
	w.Base("http://" + l.Addr().String())
	w.Grant(botToken, slacktest.Token{User: slacktest.Octobot, Bot: slacktest.BotID})
	w.Grant(userToken, slacktest.Token{User: slacktest.Mona})
	fill(w, time.Now())
	ws := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	go ws.Serve(l) // until Close

	cfg.BotToken, cfg.BotTokenFile, cfg.UserToken, cfg.UserTokenFile = botToken, "", userToken, ""
	cfg.ClientID, cfg.ClientSecret, cfg.ClientSecretFile, cfg.TokenStore, cfg.TokenStoreFile = "", "", "", "", ""
	cfg.AllowTeams, cfg.TeamID, cfg.PKCE, cfg.APIURL = nil, "", false, w.URL
	s, err := slack.Open(ctx, cfg, log)
	if err != nil {
		return nil, errors.Join(err, ws.Close())
	}
	log.Info("this is a demo: a made-up Slack workspace in the memory of this process", "workspace", slacktest.TeamName)
	return &Service{s, ws}, nil
}

// Close ends the service and the workspace.
func (s *Service) Close() error { return errors.Join(s.Service.Close(), s.workspace.Close()) }
