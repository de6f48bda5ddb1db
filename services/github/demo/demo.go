// Package demo runs the github service on a made-up GitHub, which is in the memory
// of the process and ends with it. It has what reading needs of two repositories,
// and of what is written issues, comments and reviews; nobody outside sees them,
// and GitHub is never asked. Start with [Open].
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/mcpfleet/mcpfleet/services/github"
)

// token is good nowhere else.
const token = "demo-token-of-mona"

// Service is the github service with what it speaks to.
type Service struct {
	*github.Service
	hub *http.Server
}

// Open starts a GitHub and the service for it. What cfg says of credentials, of
// signing in and of GitHub's address has no meaning. A nil log logs nothing.
func Open(ctx context.Context, cfg github.Config, log *slog.Logger) (*Service, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the demo GitHub: %w", err)
	}
	url := "http://" + l.Addr().String()
	h, err := newHub(url, time.Now())
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	hub := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go hub.Serve(l) // until Close

	cfg.Token, cfg.TokenFile, cfg.TokensFile = token, "", ""
	cfg.AppID, cfg.AppKeyFile, cfg.AppInstallationID = "", "", 0
	cfg.ClientID, cfg.ClientSecret, cfg.ClientSecretFile, cfg.TokenStore, cfg.TokenStoreFile = "", "", "", "", ""
	cfg.APIURL, cfg.WebURL = url, url
	s, err := github.Open(ctx, cfg, log)
	if err != nil {
		return nil, errors.Join(err, hub.Close())
	}
	log.Info("this is a demo: a made-up GitHub in the memory of this process", "repositories", "octo/shop octo/handbook")
	return &Service{s, hub}, nil
}

// Close ends the service and its GitHub.
func (s *Service) Close() error { return errors.Join(s.Service.Close(), s.hub.Close()) }
