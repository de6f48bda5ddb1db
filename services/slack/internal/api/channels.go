package api

import (
	"context"
	"net/url"
	"strconv"
)

// Channel is a conversation: a public or private channel, or direct messages.
type Channel struct {
	ID, Name       string
	Private        bool
	Archived       bool
	Member         bool   // whoever the token is of takes part
	External       bool   // shared with another organization
	Direct, Group  bool   // direct messages with one person, or with several
	User           string // the other person of direct messages
	Members        int
	Topic, Purpose string
	Creator        string
	Created        int64 // Unix seconds
}

// record is a channel as Slack writes it.
type record struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Private  bool   `json:"is_private"`
	Archived bool   `json:"is_archived"`
	Member   bool   `json:"is_member"`
	Ext      bool   `json:"is_ext_shared"`
	Pending  bool   `json:"is_pending_ext_shared"`
	IM       bool   `json:"is_im"`
	MPIM     bool   `json:"is_mpim"`
	User     string `json:"user"`
	Members  int    `json:"num_members"`
	Creator  string `json:"creator"`
	Created  int64  `json:"created"`
	Topic    struct {
		Value string `json:"value"`
	} `json:"topic"`
	Purpose struct {
		Value string `json:"value"`
	} `json:"purpose"`
}

func (r *record) channel() Channel {
	return Channel{
		ID: r.ID, Name: r.Name, Private: r.Private, Archived: r.Archived, Member: r.Member || r.IM || r.MPIM, External: r.Ext || r.Pending,
		Direct: r.IM, Group: r.MPIM, User: r.User, Members: r.Members, Topic: r.Topic.Value, Purpose: r.Purpose.Value,
		Creator: r.Creator, Created: r.Created,
	}
}

// Channel asks about one conversation (conversations.info).
func (c *Client) Channel(ctx context.Context, id string) (Channel, error) {
	var got struct {
		envelope
		Channel record `json:"channel"`
	}
	if _, err := c.call(ctx, "conversations.info", url.Values{"channel": {id}, "include_num_members": {"true"}}, &got); err != nil {
		return Channel{}, err
	}
	if got.Channel.ID == "" {
		return Channel{}, hollow("conversations.info", "channel")
	}
	return got.Channel.channel(), nil
}

// ListQuery asks for a page of conversations.
type ListQuery struct {
	// Types are public_channel, private_channel, mpim and im, joined by commas.
	Types string
	// Archived includes channels that were archived.
	Archived bool
	Limit    int
	Cursor   string
}

func (q ListQuery) form() url.Values {
	f := url.Values{"types": {q.Types}, "exclude_archived": {strconv.FormatBool(!q.Archived)}, "limit": {strconv.Itoa(q.Limit)}}
	if q.Cursor != "" {
		f.Set("cursor", q.Cursor)
	}
	return f
}

// Mine returns a page of the conversations that whoever the token is of takes part
// in (users.conversations).
func (c *Client) Mine(ctx context.Context, q ListQuery) (page []Channel, next string, err error) {
	page, next, err = c.channels(ctx, "users.conversations", q)
	for i := range page {
		page[i].Member = true // Slack does not say so
	}
	return page, next, err
}

// Channels returns a page of the conversations that the token sees
// (conversations.list).
func (c *Client) Channels(ctx context.Context, q ListQuery) (page []Channel, next string, err error) {
	return c.channels(ctx, "conversations.list", q)
}

func (c *Client) channels(ctx context.Context, method string, q ListQuery) ([]Channel, string, error) {
	var got struct {
		envelope
		Channels []record `json:"channels"`
	}
	if _, err := c.call(ctx, method, c.withTeam(q.form()), &got); err != nil {
		return nil, "", err
	}
	page := make([]Channel, len(got.Channels))
	for i := range got.Channels {
		page[i] = got.Channels[i].channel()
	}
	return page, got.Meta.Next, nil
}
