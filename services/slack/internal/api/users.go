package api

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
)

// User is a person or a bot.
type User struct {
	ID          string
	TeamID      string // their workspace, or its organization if it is of one
	Handle      string // the name that they are mentioned by
	RealName    string
	DisplayName string
	Email       string
	Title       string
	TZ          string
	Bot         bool
	Deleted     bool
	Guest       bool
	Stranger    bool // of another workspace
}

// Label is what people call them.
func (u User) Label() string {
	switch {
	case u.DisplayName != "":
		return u.DisplayName
	case u.RealName != "":
		return u.RealName
	case u.Handle != "":
		return u.Handle
	}
	return u.ID
}

type person struct {
	ID         string `json:"id"`
	TeamID     string `json:"team_id"`
	Name       string `json:"name"`
	RealName   string `json:"real_name"`
	TZ         string `json:"tz"`
	Bot        bool   `json:"is_bot"`
	Deleted    bool   `json:"deleted"`
	Restricted bool   `json:"is_restricted"`
	Stranger   bool   `json:"is_stranger"`
	Enterprise struct {
		ID string `json:"enterprise_id"`
	} `json:"enterprise_user"`
	Profile struct {
		RealName    string `json:"real_name"`
		DisplayName string `json:"display_name"`
		Email       string `json:"email"`
		Title       string `json:"title"`
	} `json:"profile"`
}

func (p *person) user() User {
	u := User{
		ID: p.ID, TeamID: cmp.Or(p.Enterprise.ID, p.TeamID), Handle: p.Name, RealName: p.Profile.RealName, DisplayName: p.Profile.DisplayName, Email: p.Profile.Email,
		Title: p.Profile.Title, TZ: p.TZ, Bot: p.Bot, Deleted: p.Deleted, Guest: p.Restricted, Stranger: p.Stranger,
	}
	if u.RealName == "" {
		u.RealName = p.RealName
	}
	return u
}

// User asks about one person (users.info).
func (c *Client) User(ctx context.Context, id string) (User, error) {
	return c.user(ctx, "users.info", url.Values{"user": {id}})
}

// UserByEmail finds a person (users.lookupByEmail).
func (c *Client) UserByEmail(ctx context.Context, email string) (User, error) {
	return c.user(ctx, "users.lookupByEmail", url.Values{"email": {email}})
}

func (c *Client) user(ctx context.Context, method string, form url.Values) (User, error) {
	var got struct {
		envelope
		User person `json:"user"`
	}
	if _, err := c.call(ctx, method, form, &got); err != nil {
		return User{}, err
	}
	if got.User.ID == "" {
		return User{}, hollow(method, "user")
	}
	return got.User.user(), nil
}

// Bot asks what an app's bot is called (bots.info).
func (c *Client) Bot(ctx context.Context, id string) (name string, err error) {
	var got struct {
		envelope
		Bot struct {
			Name string `json:"name"`
		} `json:"bot"`
	}
	_, err = c.call(ctx, "bots.info", url.Values{"bot": {id}}, &got)
	return got.Bot.Name, err
}

// Users returns a page of all people (users.list).
func (c *Client) Users(ctx context.Context, limit int, cursor string) (page []User, next string, err error) {
	form := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		form.Set("cursor", cursor)
	}
	var got struct {
		envelope
		Members []person `json:"members"`
	}
	if _, err := c.call(ctx, "users.list", c.withTeam(form), &got); err != nil {
		return nil, "", err
	}
	page = make([]User, len(got.Members))
	for i := range got.Members {
		page[i] = got.Members[i].user()
	}
	return page, got.Meta.Next, nil
}
