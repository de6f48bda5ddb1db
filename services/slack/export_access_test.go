package slack

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// ScopesFor returns the scopes that all tools together need of a token.
func ScopesFor(kind string) []string { return scopesFor(kind, func(need) bool { return true }) }

// NeedsOf names the tools of which it is known what they need.
func NeedsOf() []string {
	var names []string
	for _, n := range needs() {
		names = append(names, n.tool)
	}
	return names
}

// ExtraTools names those that have to be asked for.
func ExtraTools() []string { return extraTools[:] }

// ChannelEvents are the kinds of events that are about a channel.
func ChannelEvents() []string { return channelEvents[:] }

// ScopeRows returns the rows of the table of which scopes each tool needs.
func ScopeRows() []string {
	shown := func(scopes []string) string {
		var cells []string
		for _, scope := range scopes {
			for _, kind := range []string{"channels:", "groups:", "im:", "mpim:"} {
				all := ofKinds(strings.TrimPrefix(scope, kind))
				if strings.HasPrefix(scope, kind) && !slices.ContainsFunc(all, func(s string) bool { return !slices.Contains(scopes, s) }) {
					scope = strings.Replace(scope, kind, "*:", 1)
				}
			}
			if cell := "`" + scope + "`"; !slices.Contains(cells, cell) {
				cells = append(cells, cell)
			}
		}
		return strings.Join(cells, ", ")
	}
	var rows []string
	for _, n := range needs() {
		cell := func(kind string, more []string) string {
			asked := n.asked(kind)
			switch one := asked[:len(asked)-len(more)]; {
			case len(one) == 0:
				return "cannot"
			case len(more) == 0:
				return shown(one)
			default:
				return shown(one) + "; " + shown(more)
			}
		}
		bot, user := cell(kindBot, n.moreBot), cell(kindUser, n.moreUser)
		if bot == user {
			user = "the same"
		}
		rows = append(rows, "| `"+n.tool+"` | "+bot+" | "+user+" |")
	}
	return rows
}

// Learn asks who the bot's token is, as is done in the background otherwise.
func Learn(ctx context.Context, s *Service) error {
	_, err := s.access.identity(ctx, s.access.bot.client.Load())
	return err
}

// Identities returns what asks whose a token is, of a Slack that answers after wait.
func Identities(t *testing.T, wait func(context.Context) error) func(context.Context) error {
	answer := roundTrip(func(r *http.Request) (*http.Response, error) {
		if err := wait(r.Context()); err != nil {
			return nil, err
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"ok":true,"user_id":"U000000001","team_id":"T000000001"}`))}, nil
	})
	a := newAccess(t.Context(), api.New(api.Config{Base: &url.URL{Scheme: "https", Host: "slack.test", Path: "/api/"}, HTTP: &http.Client{Transport: answer}}), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = a.close() })
	c := a.api.With("xoxb-1")
	return func(ctx context.Context) error {
		_, err := a.identity(ctx, c)
		return err
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// AllowTeams gives a service another list of workspaces, as after a new start.
func AllowTeams(s *Service, teams ...string) { s.access.teams = teams }
