package slack

import (
	"context"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	// searchBudget bounds the texts of a page of hits, in bytes, and hitBudget one of
	// them: a hit is to be read with get_thread.
	searchBudget = 32 << 10
	hitBudget    = 1500
)

var searchMessagesTool = &mcp.Tool{
	Name:        "search_messages",
	Title:       "Search messages",
	Description: `Messages by words. A bot alone needs a channel to look through. Example: {"query":"deploy \"went wrong\"","channel":"#ops","after":"7d"}`,
	Annotations: server.ReadOnly(true),
}

type searchMessagesInput struct {
	Query   string `json:"query,omitempty" maxLength:"500" quiet:"true" jsonschema:"words, has:link"`
	Channel string `json:"channel,omitempty"`
	From    string `json:"from,omitempty" jsonschema:"person"`
	After   string `json:"after,omitempty" jsonschema:"date, time, 7d"`
	Before  string `json:"before,omitempty" jsonschema:"the same"`
	Sort    string `json:"sort,omitempty" enum:"relevance,newest" default:"relevance" quiet:"true"`
	Limit   int    `json:"limit" min:"1" max:"100" quiet:"true" default:"20" alias:"count"`
	Cursor  string `json:"cursor,omitempty"`
}

type searchMessagesOutput struct {
	// Link is what the permalinks of the messages begin with, before their channels.
	Link     string              `json:"link,omitempty" hidden:"true"`
	Messages items[foundMessage] `json:"messages"`
	// Total is what Slack says, of all pages; it is left out where it counts what is
	// not shown. How many hits may not be shown is never told: word by word it would
	// tell what they say.
	Total *int `json:"total_count,omitempty" hidden:"true"`
	scanned
	rest
}

// foundMessage is a message that was found, and where.
type foundMessage struct {
	Channel string `json:"channel"`
	Name    string `json:"channel_name,omitempty"`
	message
}

// scanned is what was looked through where nothing was asked of Slack's search.
type scanned struct {
	Scanned int `json:"scanned,omitempty" hidden:"true"`
	// Until is when the last of them was sent, if there are earlier ones.
	Until string `json:"scanned_until,omitempty" hidden:"true"`
}

// searchPlace is where a search goes on.
type searchPlace struct {
	Backend backend `json:"b"`
	Cursor  string  `json:"c,omitempty"`
	// Size is that of the first page: what Slack's cursor counts are pages.
	Size int `json:"n"`
	// Types are the kinds of conversations that are searched.
	Types string `json:"t,omitempty"`
	// Latest bounds what a scan looks through from now on.
	Latest string `json:"l,omitempty"`
	// Now is what ages in the question are counted from, in Unix seconds.
	Now int64 `json:"u"`
}

// finds is what one backend knows of a question.
type finds struct {
	messages []find
	total    *int
	scanned
	rest
	next *searchPlace
}

// find is a message that was found, and where.
type find struct {
	api.Message
	channel api.Channel
}

func (s *Service) searchMessages(ctx context.Context, in searchMessagesInput) (searchMessagesOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return searchMessagesOutput{}, err
	}
	bound := in
	bound.Cursor, bound.Limit = "", 0
	at := searchPlace{Size: in.Limit, Now: time.Now().Unix()}
	if err := s.cursors.Open(in.Cursor, &at, searchMessagesTool.Name, asked(bound)); err != nil {
		return searchMessagesOutput{}, err
	}
	q, err := w.question(ctx, in, time.Unix(at.Now, 0))
	if err != nil {
		return searchMessagesOutput{}, err
	}
	got, err := w.find(ctx, q, at)
	if err != nil {
		return searchMessagesOutput{}, err
	}
	out := searchMessagesOutput{Messages: w.hits(ctx, got.messages), scanned: got.scanned, rest: got.rest}
	out.Link = w.link(ctx, got.messages)
	if s.policy.all() {
		out.Total = got.total
	}
	if got.next != nil {
		got.next.Now = at.Now
		out.NextCursor, err = s.cursors.Seal(got.next, searchMessagesTool.Name, asked(bound))
	}
	return out, err
}

// link is what the permalinks of hits begin with, "" without any. Slack's search says
// it with each of them, a history does not.
func (w *workspace) link(ctx context.Context, list []find) string {
	if len(list) == 0 {
		return ""
	}
	if at, _, ok := strings.Cut(list[0].Permalink, "archives/"+list[0].channel.ID+"/p"); ok {
		return plain.Line(at) + "archives/"
	}
	return w.archives(ctx)
}

// hits shows what was found.
func (w *workspace) hits(ctx context.Context, list []find) items[foundMessage] {
	said, others := make([]api.Message, len(list)), []string(nil)
	for i, f := range list {
		said[i] = f.Message
		if f.channel.Direct {
			others = append(others, f.channel.User)
		}
	}
	v := w.voices(ctx, said, others...)
	room := min(hitBudget, max(200, searchBudget/max(len(list), 1)))
	hits := make(items[foundMessage], len(list))
	for i, f := range list {
		hits[i] = foundMessage{f.channel.ID, v.conversationName(f.channel), v.message(&said[i], room)}
	}
	return hits
}
