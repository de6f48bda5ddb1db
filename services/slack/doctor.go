package slack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// doctorTime bounds what the doctor asks with one token.
const doctorTime = 15 * time.Second

// Doctor looks at whether Slack answers, who its tokens are, which tools they are
// enough for, and whether people can sign in.
func (s *Service) Doctor(ctx context.Context) []server.Check {
	var checks []server.Check
	for _, t := range []struct {
		kind string
		from *source
	}{{kindBot, &s.access.bot}, {kindUser, &s.access.user}} {
		if c := t.from.client.Load(); c != nil {
			checks = append(checks, s.examineToken(ctx, t.kind, c))
		}
	}
	switch {
	case s.cfg.ClientID != "":
		checks = append(checks, s.examineSignIn(ctx))
	case len(checks) == 0:
		checks = append(checks, server.Check{Name: "token", State: "fail", Detail: "there is none: nothing can be read",
			Fix: "make an app from deploy/slack-manifest.yaml at api.slack.com/apps, install it and set SLACK_BOT_TOKEN or SLACK_USER_TOKEN"})
	}
	return checks
}

// examineToken looks at one token of everybody's.
func (s *Service) examineToken(ctx context.Context, kind string, c *api.Client) server.Check {
	name := kind + " token"
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	id, err := s.access.identity(ctx, c)
	if err != nil {
		shown := toolerr.From(s.shown(err, "Slack"))
		check := server.Check{Name: name, State: "fail", Detail: shown.Message, Fix: "see that " + s.apiHost() + " is reachable from here"}
		switch shown.Code {
		case toolerr.AuthenticationFailed, toolerr.PermissionDenied:
			check.Fix = "install the app again at api.slack.com/apps and give the new token"
		case toolerr.RateLimited:
			check.State, check.Fix = "warn", "wait"
		}
		return check
	}
	check := server.Check{Name: name, State: "ok", Detail: fmt.Sprintf("it is %s's (%s) in %s (%s)", plain.Line(id.User), id.UserID, plain.Line(id.Team), id.TeamID)}
	if id.Enterprise != "" {
		check.Detail += ", of the organization " + id.Enterprise
	}
	if id.Enterprise != "" && s.cfg.TeamID == "" {
		check.Detail += "; if the token is for all of it, Slack wants to know in which workspace to look"
		check.Fix = "set --slack-team-id, if the app is installed for the whole organization"
	}
	if id.Scopes == nil {
		check.Detail += "; Slack did not say what it may do"
		return check
	}
	check.Detail += ", with the scopes " + strings.Join(id.Scopes, ", ")
	if missing, tools := s.missing(kind, id.Scopes); len(missing) > 0 {
		check.State = "warn"
		check.Detail += "; not everything works of " + strings.Join(tools, ", ")
		check.Fix = "add " + strings.Join(missing, ", ") + " to the app's scopes, if these tools should work, and install it again"
	}
	return check
}

// missing returns which scopes a token of a kind lacks, and for which of the tools
// and settings that it serves.
func (s *Service) missing(kind string, scopes []string) (missing, tools []string) {
	bot, user := s.access.bot.client.Load() != nil, s.access.user.client.Load() != nil
	looks := kind == kindUser || !user
	acts := (kind == kindUser) == (s.access.actsAsUser() || !bot)
	for _, n := range needs() {
		extra := slices.Contains(extraTools[:], n.tool) && !s.cfg.offers(n.tool)
		if extra || n.acts && (s.readOnly || !acts) || !n.acts && !looks {
			continue
		}
		asked := n.asked(kind)
		if !s.cfg.AllowDMs {
			asked = withoutDirect(asked, nil)
		}
		lacks := slices.DeleteFunc(asked, func(scope string) bool { return slices.Contains(scopes, scope) })
		if len(lacks) > 0 {
			missing, tools = append(missing, lacks...), append(tools, n.tool)
		}
	}
	if s.cfg.AutoJoin && kind == kindBot && !s.readOnly && (looks || acts) && !slices.Contains(scopes, joinScope) {
		missing, tools = append(missing, joinScope), append(tools, "--auto-join")
	}
	slices.Sort(missing)
	return slices.Compact(missing), tools
}

// examineSignIn looks at whether the tokens of those who sign in can be kept.
func (s *Service) examineSignIn(ctx context.Context) server.Check {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	if err := s.store.Check(ctx); err != nil {
		return server.Check{Name: "sign-in", State: "fail", Detail: err.Error(), Fix: "correct --slack-token-store, or what it names"}
	}
	check := server.Check{Name: "sign-in", State: "ok", Detail: "each caller signs in at Slack; what they may do is what they grant"}
	switch {
	case len(s.cfg.AllowTeams) > 0:
		check.Detail += ", in " + strings.Join(s.cfg.AllowTeams, ", ") + " only"
	default:
		check.State, check.Fix = "warn", "name the workspaces with --slack-allow-teams"
		check.Detail += ", in any workspace where the app can be installed"
	}
	if s.cfg.PKCE {
		check.Detail += "; with PKCE refresh tokens end after 30 days, and people then sign in again"
	}
	return check
}

func (s *Service) apiHost() string {
	base, err := s.cfg.base()
	if err != nil {
		return "slack.com"
	}
	return base.Host
}
