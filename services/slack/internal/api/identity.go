package api

import (
	"context"
	"net/url"
	"strings"
)

// Identity is who a token is, and what it may do.
type Identity struct {
	// URL is that of the workspace, with a slash at its end.
	URL                      string
	TeamID, Team, Enterprise string
	UserID, User             string
	// BotID is that of a bot's token; "" of a person's.
	BotID string
	// Scopes are what the token was granted; nil if Slack did not say.
	Scopes []string
}

// Identity asks whose token it is (auth.test).
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	var got struct {
		envelope
		URL        string `json:"url"`
		Team       string `json:"team"`
		User       string `json:"user"`
		TeamID     string `json:"team_id"`
		UserID     string `json:"user_id"`
		BotID      string `json:"bot_id"`
		Enterprise string `json:"enterprise_id"`
	}
	header, err := c.call(ctx, "auth.test", nil, &got)
	if err != nil {
		return Identity{}, err
	}
	if got.UserID == "" || got.TeamID == "" {
		return Identity{}, hollow("auth.test", "user")
	}
	c.api.teams.set(c.cred.ID(), got.TeamID)
	id := Identity{URL: site(got.URL), TeamID: got.TeamID, Team: got.Team, Enterprise: got.Enterprise, UserID: got.UserID, User: got.User, BotID: got.BotID}
	if said, ok := header["X-Oauth-Scopes"]; ok {
		id.Scopes = strings.FieldsFunc(strings.Join(said, ","), func(r rune) bool { return r == ',' || r == ' ' })
	}
	return id, nil
}

// site is the address of a workspace, with which permalinks begin; "" if raw is none.
func site(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

// Revoke ends the token (auth.revoke).
func (c *Client) Revoke(ctx context.Context) error {
	var got struct {
		envelope
	}
	_, err := c.call(ctx, "auth.revoke", nil, &got)
	return err
}
