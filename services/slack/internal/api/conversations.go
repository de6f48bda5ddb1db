package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// Members returns a page of the ids of who is in a conversation
// (conversations.members).
func (c *Client) Members(ctx context.Context, channel string, limit int, cursor string) (ids []string, next string, err error) {
	form := url.Values{"channel": {channel}, "limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		form.Set("cursor", cursor)
	}
	var got struct {
		envelope
		Members []string `json:"members"`
	}
	if _, err := c.call(ctx, "conversations.members", form, &got); err != nil {
		return nil, "", err
	}
	return got.Members, got.Meta.Next, nil
}

// Pin is what somebody pinned to a channel: a message, or a file.
type Pin struct {
	Message *Message
	File    *File
	By      string
	Created int64 // Unix seconds
}

// Pins returns what is pinned to a channel (pins.list). Slack has no pages of it,
// and at most 100.
func (c *Client) Pins(ctx context.Context, channel string) ([]Pin, error) {
	var got struct {
		envelope
		Items []struct {
			Message *Message `json:"message"`
			File    *File    `json:"file"`
			By      string   `json:"created_by"`
			Created int64    `json:"created"`
		} `json:"items"`
	}
	if _, err := c.call(ctx, "pins.list", url.Values{"channel": {channel}}, &got); err != nil {
		return nil, err
	}
	pins := make([]Pin, len(got.Items))
	for i, it := range got.Items {
		pins[i] = Pin{it.Message, it.File, it.By, it.Created}
	}
	return pins, nil
}

// Unread is how far a person has read a conversation.
type Unread struct {
	Channel Channel
	// LastRead is the timestamp of the last message that was read; "" if Slack does
	// not say, which it does to tokens of people only.
	LastRead string
	// Latest is that of the newest message, "" if it is not known.
	Latest string
	// Count is how many are unread; Slack counts direct messages only.
	Count int
}

// Unread asks how far whoever the token is of has read (conversations.info).
func (c *Client) Unread(ctx context.Context, id string) (Unread, error) {
	var got struct {
		envelope
		Channel struct {
			record
			LastRead string          `json:"last_read"`
			Count    int             `json:"unread_count_display"`
			Latest   json.RawMessage `json:"latest"`
		} `json:"channel"`
	}
	if _, err := c.call(ctx, "conversations.info", url.Values{"channel": {id}}, &got); err != nil {
		return Unread{}, err
	}
	if got.Channel.ID == "" {
		return Unread{}, hollow("conversations.info", "channel")
	}
	var latest struct {
		TS string `json:"ts"`
	}
	_ = json.Unmarshal(got.Channel.Latest, &latest) // there may be none
	return Unread{got.Channel.channel(), got.Channel.LastRead, latest.TS, got.Channel.Count}, nil
}

// Mark says that a conversation was read up to a message (conversations.mark).
func (c *Client) Mark(ctx context.Context, channel, ts string) error {
	return refusal("conversations.mark", c.lib.MarkConversationContext(ctx, channel, ts))
}

// Open returns the direct messages with these people, which begin if there were
// none (conversations.open).
func (c *Client) Open(ctx context.Context, users ...string) (Channel, error) {
	return c.changed(ctx, "conversations.open", formOf("users", strings.Join(users, ","), "return_im", "true"))
}

// Create makes a channel (conversations.create).
func (c *Client) Create(ctx context.Context, name string, private bool) (Channel, error) {
	return c.changed(ctx, "conversations.create", c.withTeam(formOf("name", name, "is_private", strconv.FormatBool(private))))
}

// SetTopic sets what a channel is about now (conversations.setTopic).
func (c *Client) SetTopic(ctx context.Context, channel, topic string) error {
	_, err := c.call(ctx, "conversations.setTopic", formOf("channel", channel, "topic", topic), new(envelope))
	return err
}

// SetPurpose sets what a channel is for, which Slack shows as its description
// (conversations.setPurpose).
func (c *Client) SetPurpose(ctx context.Context, channel, purpose string) error {
	_, err := c.call(ctx, "conversations.setPurpose", formOf("channel", channel, "purpose", purpose), new(envelope))
	return err
}

// Invite adds people to a channel (conversations.invite). If some of them cannot
// be, none is, and Error.Users says who and why.
func (c *Client) Invite(ctx context.Context, channel string, users ...string) error {
	_, err := c.call(ctx, "conversations.invite", formOf("channel", channel, "users", strings.Join(users, ",")), new(envelope))
	return err
}

// Join makes whoever the token is of a member of a public channel
// (conversations.join).
func (c *Client) Join(ctx context.Context, channel string) error {
	_, err := c.call(ctx, "conversations.join", formOf("channel", channel), new(envelope))
	return err
}

// changed asks for what returns the conversation that it made or changed.
func (c *Client) changed(ctx context.Context, method string, form url.Values) (Channel, error) {
	var got struct {
		envelope
		Channel record `json:"channel"`
	}
	if _, err := c.call(ctx, method, form, &got); err != nil {
		return Channel{}, err
	}
	if got.Channel.ID == "" {
		return Channel{}, hollow(method, "channel")
	}
	return got.Channel.channel(), nil
}

// formOf returns a form of names and values in turn.
func formOf(pairs ...string) url.Values {
	f := make(url.Values, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}
