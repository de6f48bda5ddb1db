package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// maxToken bounds a token and the file of one, in bytes.
const maxToken = 4 << 10

var (
	teamRule  = regexp.MustCompile(`^[TE][A-Z0-9]{7,}$`)
	scopeRule = regexp.MustCompile(`^[a-z]+(?:[.:][a-z_.]+)*$`)
)

// combined returns why the ways to get tokens do not go together, if they do not.
func (c Config) combined() error {
	bot, user := c.BotToken != "" || c.BotTokenFile != "", c.UserToken != "" || c.UserTokenFile != ""
	people := c.ClientID != "" || c.ClientSecret != "" || c.ClientSecretFile != ""
	kept := c.TokenStore != "" || c.TokenStoreFile != ""
	signsIn := len(c.AllowTeams)+len(c.BotScopes)+len(c.UserScopes) > 0 || c.PKCE
	switch {
	case c.BotToken != "" && c.BotTokenFile != "":
		return errors.New("--slack-bot-token-file and SLACK_BOT_TOKEN are both set: leave one out")
	case c.UserToken != "" && c.UserTokenFile != "":
		return errors.New("--slack-user-token-file and SLACK_USER_TOKEN are both set: leave one out")
	case people && (bot || user):
		return errors.New("--slack-client-id lets people act as themselves, and a token lets all of them act as one: leave one out")
	case c.ClientSecret != "" && c.ClientSecretFile != "":
		return errors.New("--slack-client-secret-file and SLACK_CLIENT_SECRET are both set: leave one out")
	case people && (c.ClientID == "" || c.ClientSecret == "" && c.ClientSecretFile == ""):
		return errors.New("signing in needs both --slack-client-id and what goes with it in SLACK_CLIENT_SECRET or --slack-client-secret-file")
	case c.TokenStore != "" && c.TokenStoreFile != "":
		return errors.New("--slack-token-store and --slack-token-store-file are both set: leave one out")
	case people && !kept:
		return errors.New("signing in needs --slack-token-store: a file for the tokens, or a postgres:// URL if there is more than one replica")
	case !people && kept:
		return errors.New("--slack-token-store goes with --slack-client-id")
	case !people && signsIn:
		return errors.New("--slack-allow-teams, --slack-bot-scopes, --slack-user-scopes and --slack-pkce go with --slack-client-id")
	case c.PostAs != "" && c.PostAs != "user" && c.PostAs != "bot":
		return fmt.Errorf("--post-as %q: give user or bot", c.PostAs)
	case c.PostAs == "bot" && user && !bot:
		return errors.New("--post-as=bot needs a bot token, in SLACK_BOT_TOKEN or --slack-bot-token-file")
	case c.PostAs == "user" && bot && !user:
		return errors.New("--post-as=user needs a person's token, in SLACK_USER_TOKEN or --slack-user-token-file")
	}
	return c.checkSignIn()
}

// checkSignIn returns what is wrong with what a sign-in is held to.
func (c Config) checkSignIn() error {
	for _, team := range c.AllowTeams {
		if !teamRule.MatchString(team) {
			return fmt.Errorf("--slack-allow-teams %q: give the id of a workspace, T…, or of an organization, E…", team)
		}
	}
	for _, scope := range append(c.BotScopes[:len(c.BotScopes):len(c.BotScopes)], c.UserScopes...) {
		if !scopeRule.MatchString(scope) {
			return fmt.Errorf("--slack-bot-scopes or --slack-user-scopes %q: give scopes such as channels:read, with commas between them", scope)
		}
	}
	return nil
}

// access returns what has the tokens. Files are followed until it is closed.
func (c Config) access(ctx context.Context, api *api.API, log *slog.Logger) (*access, error) {
	if err := c.combined(); err != nil {
		return nil, err
	}
	a := newAccess(ctx, api, log)
	a.postAs, a.teams = c.PostAs, c.AllowTeams
	if err := errors.Join(
		a.give(&a.bot, kindBot, "SLACK_BOT_TOKEN", c.BotToken, "--slack-bot-token-file", c.BotTokenFile),
		a.give(&a.user, kindUser, "SLACK_USER_TOKEN", c.UserToken, "--slack-user-token-file", c.UserTokenFile),
	); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// give puts the token of a setting into force, or follows the file that holds it.
func (a *access) give(s *source, kind, env, token, flag, path string) error {
	switch {
	case token != "":
		s.from = env
		if err := checkToken(kind, token); err != nil {
			return fmt.Errorf("what %s holds: %w", env, err)
		}
		a.set(s, token)
	case path != "":
		s.from = flag
		first := true
		f, err := follow.Open(path, maxToken, a.log, func(content []byte) error {
			token := strings.TrimSpace(string(content))
			if err := checkToken(kind, token); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			a.set(s, token)
			signin.WarnExposed(a.log, path)
			if !first {
				a.log.Info("another token for Slack is in force", "file", path)
				a.learn()
			}
			first = false
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
		a.files = append(a.files, f)
	}
	return nil
}

// The kinds of tokens, in Slack's words.
const (
	kindBot  = "bot"
	kindUser = "user"
)

// checkToken returns what is wrong with a token of a kind, without repeating it.
func checkToken(kind, token string) error {
	is := func(prefix string) bool { return strings.HasPrefix(token, prefix) }
	bot, user := is("xoxb-") || is("xoxe.xoxb-"), is("xoxp-") || is("xoxe.xoxp-")
	switch {
	case token == "":
		return errors.New("the token is empty")
	case len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("that is no token, which is given alone, without spaces and other lines")
	case is("xapp-"):
		return errors.New("that is an app-level token (xapp-…), which cannot call the Web API: give the Bot User OAuth Token (xoxb-…) or the User OAuth Token (xoxp-…) of the app's page OAuth & Permissions")
	case is("xoxc-") || is("xoxd-") || is("xoxs-"):
		return errors.New("that was taken out of a browser: it is somebody's whole session, which Slack's terms do not let a program use. Make an app at api.slack.com/apps and give the token of its page OAuth & Permissions")
	case is("xoxe-"):
		return errors.New("that is a refresh token (xoxe-…): give the access token, which lasts 12 hours, or let people sign in with --slack-client-id, where tokens are renewed")
	case kind == kindUser && bot:
		return errors.New("that is a bot token (xoxb-…): give it with SLACK_BOT_TOKEN")
	case kind == kindBot && user:
		return errors.New("that is a person's token (xoxp-…): give it with SLACK_USER_TOKEN")
	case kind == kindBot && !bot:
		return errors.New("that is no bot token, which begins with xoxb-")
	case kind == kindUser && !user:
		return errors.New("that is no person's token, which begins with xoxp-")
	}
	return nil
}
