package slacktest

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// App is one that people can install.
type App struct {
	ClientID, ClientSecret string
	// Redirects are the addresses that people may be sent back to.
	Redirects []string
	// Rotates is whether tokens expire and are refreshed.
	Rotates bool
	// Lifetime is that of the tokens of a sign-in, in seconds, before they are
	// refreshed for the first time; 0: twelve hours.
	Lifetime int
}

// grant is what somebody has agreed to.
type grant struct {
	client, redirect, challenge string
	user                        string
	scope, userScope            string
	bot                         bool // of a refresh token
}

// twelveHours is how long a token that is refreshed lasts, in seconds.
const twelveHours = 43_200

// AddApp adds an app.
func (s *Server) AddApp(a App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps[a.ClientID] = a
}

var oauthMethods = map[string]method{
	"oauth.v2.access": {args: "client_id client_secret code code_verifier grant_type redirect_uri refresh_token", answer: (*call).oauthAccess},
}

// serveAuthorize agrees for the person in the query's parameter login, mona unless
// it is there, and sends them back. deny=1 refuses.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{"oauth/v2/authorize", q, r.Header.Clone()})
	app, known := s.apps[q.Get("client_id")]
	to, err := url.Parse(q.Get("redirect_uri"))
	registered := false
	for _, allowed := range app.Redirects {
		registered = registered || strings.HasPrefix(q.Get("redirect_uri"), allowed)
	}
	switch {
	case !known:
		http.Error(w, "Oops! Invalid client_id parameter", http.StatusBadRequest)
		return
	case err != nil || !registered:
		http.Error(w, "Oops! bad_redirect_uri", http.StatusBadRequest)
		return
	case q.Get("scope") == "" && q.Get("user_scope") == "":
		http.Error(w, "Oops! No scopes requested", http.StatusBadRequest)
		return
	}
	back := to.Query()
	if q.Has("state") {
		back.Set("state", q.Get("state"))
	}
	if q.Get("deny") != "" {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		user := q.Get("login")
		if user == "" {
			user = Mona
		}
		s.codes[code] = grant{
			client: app.ClientID, redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), user: user,
			scope: q.Get("scope"), userScope: q.Get("user_scope"),
		}
		back.Set("code", code)
	}
	to.RawQuery = back.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func (c *call) oauthAccess() (object, error) {
	app, known := c.apps[c.Get("client_id")]
	switch {
	case !known:
		return nil, refuse("invalid_client_id")
	case app.ClientSecret != c.Get("client_secret") && c.Get("code_verifier") == "":
		return nil, refuse("bad_client_secret")
	}
	switch c.Get("grant_type") {
	case "refresh_token":
		return c.refresh(app)
	case "", "authorization_code":
	default:
		return nil, refuse("invalid_grant_type")
	}
	g, ok := c.codes[c.Get("code")]
	if !ok || g.client != app.ClientID {
		return nil, refuse("invalid_code")
	}
	delete(c.codes, c.Get("code"))
	sum := sha256.Sum256([]byte(c.Get("code_verifier")))
	switch {
	case g.redirect != c.Get("redirect_uri"):
		return nil, refuse("bad_redirect_uri")
	case g.challenge != "" && g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		return nil, refuse("invalid_code_verifier")
	}
	out := object{
		"app_id": AppID, "team": object{"id": TeamID, "name": TeamName}, "enterprise": nil, "is_enterprise_install": false,
		"authed_user": object{"id": g.user},
	}
	lifetime := cmp.Or(app.Lifetime, twelveHours)
	if g.scope != "" {
		c.issue(app, g, true, lifetime, out)
		out["bot_user_id"] = Octobot
	}
	if g.userScope != "" {
		c.issue(app, g, false, lifetime, out["authed_user"].(object))
	}
	return out, nil
}

// issue gives out a token, with what is needed to refresh it.
func (c *call) issue(app App, g grant, bot bool, lifetime int, out object) {
	prefix, scope, kind, token := "xoxp-", g.userScope, "user", Token{User: g.user}
	if bot {
		prefix, scope, kind, token = "xoxb-", g.scope, "bot", Token{User: Octobot, Bot: BotID}
	}
	token.Scopes = strings.FieldsFunc(scope, func(r rune) bool { return r == ',' || r == ' ' })
	text := prefix + "1-" + rand.Text()
	if app.Rotates {
		text = "xoxe." + text
		refresh := "xoxe-1-" + rand.Text()
		g.bot = bot
		c.refreshes[refresh] = g
		out["refresh_token"], out["expires_in"] = refresh, lifetime
	}
	c.tokens[text] = token
	out["access_token"], out["token_type"], out["scope"] = text, kind, strings.Join(token.Scopes, ",")
}

// refresh trades a refresh token, which serves once.
func (c *call) refresh(app App) (object, error) {
	g, ok := c.refreshes[c.Get("refresh_token")]
	if !ok || g.client != app.ClientID {
		return nil, refuse("invalid_refresh_token")
	}
	delete(c.refreshes, c.Get("refresh_token"))
	out := object{"app_id": AppID, "team": object{"id": TeamID, "name": TeamName}, "enterprise": nil, "is_enterprise_install": false}
	if g.bot {
		out["bot_user_id"] = Octobot
	} else {
		out["user_id"] = g.user
	}
	c.issue(app, g, g.bot, twelveHours, out)
	return out, nil
}

// Expire has a token that was given out refused from now on, as one whose time is
// over.
func (s *Server) Expire(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[token]
	t.Refused = "token_expired"
	s.tokens[token] = t
}
