package slack

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/signin"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// offerSignIn lets callers sign in. What it asks for follows from the tools that
// are on offer by then.
func (s *Service) offerSignIn(r *server.Registry) *signin.People {
	return signin.Offer(r, signin.Config{
		Title: "Slack", Service: "mcp-slack", Flag: "--slack-client-id", Instead: "SLACK_BOT_TOKEN", Store: s.store, Log: s.log,
		Provider: func() (oauth.Provider, error) {
			secret, err := signin.Secret("--slack-client-secret-file", s.cfg.ClientSecret, s.cfg.ClientSecretFile, s.log)
			if err != nil {
				return oauth.Provider{}, err
			}
			bot, user := s.cfg.scopes(r.Offers)
			if len(user) == 0 {
				return oauth.Provider{}, errors.New("--slack-user-scopes: nothing is asked of the person who signs in, and an app's token alone would show everybody what the app sees")
			}
			return s.provider(secret, bot, user)
		},
	})
}

// scopes returns what a sign-in asks for, of the app and of the person.
func (c Config) scopes(offers func(tool string) bool) (bot, user []string) {
	asBot := c.PostAs == kindBot
	user = c.UserScopes
	if len(user) == 0 {
		user = scopesFor(kindUser, func(n need) bool { return offers(n.tool) && !(n.acts && asBot && n.bot != nil) })
	}
	bot = c.BotScopes
	if len(bot) == 0 && asBot {
		// Reading is the person's own.
		bot = scopesFor(kindBot, func(n need) bool { return offers(n.tool) && n.acts })
		if len(bot) > 0 && c.AutoJoin {
			bot = append(bot, joinScope)
		}
	}
	if !c.AllowDMs {
		bot, user = withoutDirect(bot, c.BotScopes), withoutDirect(user, c.UserScopes)
	}
	return bot, user
}

// withoutDirect leaves the scopes for direct messages out, unless an operator has
// chosen them.
func withoutDirect(scopes, chosen []string) []string {
	if len(chosen) > 0 {
		return scopes
	}
	return slices.DeleteFunc(scopes, func(s string) bool { return strings.HasPrefix(s, "im:") || strings.HasPrefix(s, "mpim:") })
}

// provider is the Slack of the service's API.
func (s *Service) provider(secret string, bot, user []string) (oauth.Provider, error) {
	base, err := s.cfg.base()
	if err != nil {
		return oauth.Provider{}, err
	}
	site := *base
	site.Path = "/"
	params := map[string]string{"scope": strings.Join(bot, ","), "user_scope": strings.Join(user, ",")}
	if len(s.cfg.AllowTeams) == 1 && s.cfg.AllowTeams[0][0] == 'T' {
		params["team"] = s.cfg.AllowTeams[0] // what the page begins with
	}
	abilities := []string{"Read what you can read in Slack: channels, threads, files and who people are."}
	switch {
	case s.readOnly:
	case s.cfg.PostAs == kindBot:
		abilities = append(abilities, "Have the app's bot post, react and create channels, where you can see the channel.")
	default:
		abilities = append(abilities, "Post, change and delete messages, react and create channels as you.")
	}
	return oauth.Provider{
		Name: "slack", Title: "Slack",
		AuthorizeURL: site.JoinPath("oauth/v2/authorize").String(), TokenURL: base.JoinPath("oauth.v2.access").String(),
		ManageURL: "https://slack.com/apps/manage",
		ClientID:  s.cfg.ClientID, ClientSecret: oauth.Secret(secret),
		Scopes: slices.Compact(slices.Sorted(slices.Values(slices.Concat(bot, user)))), Params: params, Abilities: abilities,
		NoPKCE: !s.cfg.PKCE,
		Decode: decodeTokens, Identify: s.identify, Revoke: s.revoke,
	}, nil
}

// granted is one token in an answer of oauth.v2.access.
type granted struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Kind    string `json:"token_type"`
	Scope   string `json:"scope"`
	Seconds int64  `json:"expires_in"`
}

func (g granted) token(kind string) oauth.Token {
	t := oauth.Token{Access: g.Access, Refresh: g.Refresh, Kind: kind, Scopes: strings.FieldsFunc(g.Scope, func(r rune) bool { return r == ',' || r == ' ' })}
	if g.Seconds > 0 {
		t.Expires = time.Now().Add(time.Duration(min(g.Seconds, 10*365*24*3600)) * time.Second)
	}
	return t
}

// decodeTokens reads an answer of oauth.v2.access: a sign-in's has the app's token
// at the top and the person's in authed_user, either of which may be missing; a
// renewal's has the renewed one at the top.
func decodeTokens(answer []byte) (oauth.Token, error) {
	var a struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		granted
		Person granted `json:"authed_user"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return oauth.Token{}, err
	}
	if !a.OK {
		return oauth.Token{}, &oauth.AnswerError{Code: a.Error}
	}
	top := a.token(kindBot)
	if a.Kind == kindUser {
		top.Kind = kindUser
	}
	switch {
	case a.Person.Access == "":
		return top, nil
	case a.Access == "":
		return a.Person.token(kindUser), nil
	}
	t := a.Person.token(kindUser)
	t.Companion = &top
	return t, nil
}

// identify returns whose sign-in it is. Nobody signs in whose workspace is another,
// or who gave the app no token of their own: with that of its bot they would read
// what others have let the bot see.
func (s *Service) identify(ctx context.Context, t oauth.Token) (string, error) {
	if t.Kind != kindUser {
		return "", &oauth.UnwantedError{Reason: "Slack gave the app a token of its bot and none of yours, so that this service could not tell what you may see. Whoever operates it has to ask for user scopes."}
	}
	id, err := s.api.With(t.Access).Identity(ctx)
	if err != nil {
		return "", err
	}
	if !s.access.admits(id) {
		return "", &oauth.UnwantedError{Reason: "You have signed in at the workspace " + plain.Line(id.Team) + " (" + plain.Line(id.TeamID) + "), which is not one that this service is for. Open the link again and choose another workspace at Slack, or ask whoever operates the service."}
	}
	return plain.Line(id.User) + " at " + plain.Line(id.Team), nil
}

// revoke ends a person's token. The bot's is the installation's: others use it, and
// an administrator of the workspace ends it by removing the app.
func (s *Service) revoke(ctx context.Context, t oauth.Token) error {
	if t.Kind == kindBot {
		return nil
	}
	err := s.api.With(t.Access).Revoke(ctx)
	var refused *api.Error
	if errors.As(err, &refused) && refusesToken(refused.Code) {
		return nil // it has ended before
	}
	return s.shown(err, "the token")
}

// Start refuses to serve if callers are to sign in and cannot. In the background it
// is then asked what tokens of everybody's may do.
func (s *Service) Start(context.Context) error {
	if err := s.people.Start(); err != nil {
		return err
	}
	s.access.learn()
	return nil
}

// Ready returns what to set if nobody could be answered.
func (s *Service) Ready(context.Context) error {
	if s.cfg.ClientID == "" && s.access.bot.client.Load() == nil && s.access.user.client.Load() == nil {
		return errNoToken()
	}
	return nil
}
