package api

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Find is a message that was found, with where it is.
type Find struct {
	Message
	Channel, ChannelName string
	// Place is what search.messages says of the channel; the zero value where Slack
	// names it only.
	Place Channel
}

// FindPage is a page of finds.
type FindPage struct {
	Finds []Find
	// Total is how many there are; 0 if Slack does not count.
	Total int
	// Next is the cursor of the next page; "" after the last.
	Next string
}

// SearchQuery asks for a page of finds.
type SearchQuery struct {
	Query string
	// Newest sorts by time and not by relevance, Ascending turns the order round.
	Newest, Ascending bool
	Count             int
	Cursor            string
}

// found is a match of search.messages.
type found struct {
	Message
	Channel record `json:"channel"`
}

// place is where it was found. Of direct messages Slack says the other person's id
// as their name, and not always that they are such.
func (f *found) place() Channel {
	c := f.Channel.channel()
	if c.Direct = c.Direct || strings.HasPrefix(c.ID, "D"); c.Direct {
		c.User, c.Private = cmp.Or(c.User, c.Name), true
	}
	return c
}

// Search looks for messages with Slack's query language (search.messages). Only
// tokens of people may.
func (c *Client) Search(ctx context.Context, q SearchQuery) (FindPage, error) {
	form := url.Values{"query": {q.Query}, "count": {strconv.Itoa(q.Count)}, "cursor": {cmp.Or(q.Cursor, "*")}, "sort": {"score"}, "sort_dir": {"desc"}}
	if q.Newest {
		form.Set("sort", "timestamp")
	}
	if q.Ascending {
		form.Set("sort_dir", "asc")
	}
	var got struct {
		envelope
		Messages struct {
			Total   int     `json:"total"`
			Matches []found `json:"matches"`
			Paging  struct {
				Next string `json:"next_cursor"`
			} `json:"paging"`
		} `json:"messages"`
	}
	if _, err := c.call(ctx, "search.messages", c.withTeam(form), &got); err != nil {
		return FindPage{}, err
	}
	page := FindPage{Finds: make([]Find, len(got.Messages.Matches)), Total: got.Messages.Total, Next: cmp.Or(got.Meta.Next, got.Messages.Paging.Next)}
	for i, m := range got.Messages.Matches {
		m.Message.ThreadTS = cmp.Or(m.Message.ThreadTS, threadOf(m.Message.Permalink))
		page.Finds[i] = Find{m.Message, m.Channel.ID, m.Channel.Name, m.place()}
	}
	return page, nil
}

// threadOf is the thread that a permalink leads into: finds do not say it otherwise.
func threadOf(permalink string) string {
	u, err := url.Parse(permalink)
	if err != nil {
		return ""
	}
	return u.Query().Get("thread_ts")
}

// ContextQuery asks for a page of what Real-time Search finds.
type ContextQuery struct {
	Query string
	// Types are public_channel, private_channel, mpim and im; Slack's default is
	// public channels alone.
	Types []string
	// After and Before bound when it was said; zero does not.
	After, Before     time.Time
	Newest, Ascending bool
	// Limit is at most 20.
	Limit  int
	Cursor string
}

func (q ContextQuery) form() url.Values {
	form := url.Values{"query": {q.Query}, "content_types": {"messages"}, "include_bots": {"true"}, "limit": {strconv.Itoa(q.Limit)}}
	for name, v := range map[string]string{"channel_types": strings.Join(q.Types, ","), "cursor": q.Cursor} {
		if v != "" {
			form.Set(name, v)
		}
	}
	for name, t := range map[string]time.Time{"after": q.After, "before": q.Before} {
		if !t.IsZero() {
			form.Set(name, strconv.FormatInt(t.Unix(), 10))
		}
	}
	if q.Newest {
		form.Set("sort", "timestamp")
	}
	if q.Ascending {
		form.Set("sort_dir", "asc")
	}
	return form
}

// SearchContext looks for messages by words and meaning (assistant.search.context).
func (c *Client) SearchContext(ctx context.Context, q ContextQuery) (FindPage, error) {
	var got struct {
		envelope
		Results struct {
			Messages []struct {
				Author  string `json:"author_user_id"`
				Name    string `json:"author_name"`
				Bot     bool   `json:"is_author_bot"`
				Channel string `json:"channel_id"`
				In      string `json:"channel_name"`
				TS      string `json:"message_ts"`
				Thread  string `json:"thread_ts"`
				Text    string `json:"content"`
				Link    string `json:"permalink"`
			} `json:"messages"`
		} `json:"results"`
	}
	if _, err := c.call(ctx, "assistant.search.context", q.form(), &got); err != nil {
		return FindPage{}, err
	}
	page := FindPage{Finds: make([]Find, len(got.Results.Messages)), Next: got.Meta.Next}
	for i, m := range got.Results.Messages {
		f := Find{Channel: m.Channel, ChannelName: m.In}
		f.Message = Message{Type: "message", TS: m.TS, User: m.Author, Username: m.Name, Text: m.Text, Permalink: m.Link, ThreadTS: cmp.Or(m.Thread, threadOf(m.Link))}
		page.Finds[i] = f
	}
	return page, nil
}
