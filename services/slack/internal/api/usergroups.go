package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
)

// UserGroup is a group that is mentioned as one: @oncall.
type UserGroup struct {
	ID, Handle, Name, Description string
	// Count is how many people are in it.
	Count int
	// Users are their ids, if they were asked for.
	Users []string
}

// UserGroups returns the groups of the workspace that are in use
// (usergroups.list). Slack has no pages of them.
func (c *Client) UserGroups(ctx context.Context, users bool) ([]UserGroup, error) {
	var got struct {
		envelope
		Groups []struct {
			ID          string      `json:"id"`
			Handle      string      `json:"handle"`
			Name        string      `json:"name"`
			Description string      `json:"description"`
			Count       json.Number `json:"user_count"` // a number or a string
			Users       []string    `json:"users"`
		} `json:"usergroups"`
	}
	form := url.Values{"include_count": {"true"}, "include_users": {strconv.FormatBool(users)}}
	if _, err := c.call(ctx, "usergroups.list", c.withTeam(form), &got); err != nil {
		return nil, err
	}
	groups := make([]UserGroup, len(got.Groups))
	for i, g := range got.Groups {
		n, _ := g.Count.Int64() // zero if Slack does not count
		groups[i] = UserGroup{g.ID, g.Handle, g.Name, g.Description, int(n), g.Users}
	}
	return groups, nil
}
