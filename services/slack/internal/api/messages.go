package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/rates"
)

// Message is a message as Slack writes it, with the parts that are rendered left
// as they are.
type Message struct {
	Type        string            `json:"type"`
	Subtype     string            `json:"subtype"`
	TS          string            `json:"ts"`
	ThreadTS    string            `json:"thread_ts"`
	User        string            `json:"user"`
	BotID       string            `json:"bot_id"`
	Username    string            `json:"username"`
	Text        string            `json:"text"`
	Blocks      []json.RawMessage `json:"blocks"`
	Attachments []json.RawMessage `json:"attachments"`
	Files       []File            `json:"files"`
	Reactions   []Reaction        `json:"reactions"`
	ReplyCount  int               `json:"reply_count"`
	LatestReply string            `json:"latest_reply"`
	Edited      *struct {
		TS string `json:"ts"`
	} `json:"edited"`
	BotProfile *struct {
		Name string `json:"name"`
	} `json:"bot_profile"`
	Permalink string `json:"permalink"` // of finds
}

// Reaction is an emoji with who set it.
type Reaction struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Users []string `json:"users"`
}

// File is a file of a message.
type File struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Title      string `json:"title"`
	Mimetype   string `json:"mimetype"`
	Filetype   string `json:"filetype"`
	Size       int64  `json:"size"`
	Mode       string `json:"mode"`
	URLPrivate string `json:"url_private"`
}

// HistoryQuery asks for a page of messages, the newest first.
type HistoryQuery struct {
	Channel string
	// Oldest and Latest bound it, as timestamps of messages; both are left out
	// themselves unless Inclusive.
	Oldest, Latest string
	Inclusive      bool
	Limit          int
	Cursor         string
}

func (q HistoryQuery) form() url.Values {
	f := url.Values{"channel": {q.Channel}, "limit": {strconv.Itoa(q.Limit)}}
	for name, v := range map[string]string{"oldest": q.Oldest, "latest": q.Latest, "cursor": q.Cursor} {
		if v != "" {
			f.Set(name, v)
		}
	}
	if q.Inclusive {
		f.Set("inclusive", "true")
	}
	return f
}

// MessagePage is a page of messages.
type MessagePage struct {
	Messages []Message
	More     bool
	Next     string // the cursor of the next page
}

// History returns a page of a channel's messages (conversations.history).
func (c *Client) History(ctx context.Context, q HistoryQuery) (MessagePage, error) {
	return c.messages(ctx, "conversations.history", q.form())
}

// Replies returns a page of a thread, its first message first
// (conversations.replies).
func (c *Client) Replies(ctx context.Context, thread string, q HistoryQuery) (MessagePage, error) {
	f := q.form()
	f.Set("ts", thread)
	return c.messages(ctx, "conversations.replies", f)
}

// Restricted reports whether the app is one that may read only a page of 15
// messages a minute, as far as Slack has shown. What was read a moment ago is then
// answered from memory where Slack would refuse.
func (c *Client) Restricted() bool { return c.api.rates.Restricted(c.team()) }

func (c *Client) messages(ctx context.Context, method string, form url.Values) (MessagePage, error) {
	limit, _ := strconv.Atoi(form.Get("limit"))
	short := min(limit, rates.RestrictedLimit)
	if c.Restricted() {
		limit = short
		form.Set("limit", strconv.Itoa(limit))
	}
	var got struct {
		envelope
		Messages []Message `json:"messages"`
		More     bool      `json:"has_more"`
	}
	_, err := c.call(ctx, method, form, &got)
	form.Set("limit", strconv.Itoa(short))
	var limited *rates.Error
	if errors.As(err, &limited) {
		if page, ok := c.api.pages.get(c.Key(), method, form); ok {
			return page, nil
		}
	}
	if err != nil {
		return MessagePage{}, err
	}
	page := MessagePage{got.Messages, got.More || got.Meta.Next != "", got.Meta.Next}
	c.api.rates.Page(c.rateKey(method, ""), limit, len(page.Messages), page.More)
	if c.Restricted() {
		c.api.pages.put(c.Key(), method, form, page)
	}
	return page, nil
}
