package slack

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	// unreadShown is how many unread messages of a conversation are shown, the oldest
	// of them, and unreadAsked how many are counted.
	unreadShown = 5
	unreadAsked = 50
	// unreadBudget bounds one message that is shown, in bytes.
	unreadBudget = 400
	// unreadAtOnce is how many conversations are asked about at a time.
	unreadAtOnce = 8
)

var listUnreadsTool = &mcp.Tool{
	Name:        "list_unreads",
	Title:       "List unread messages",
	Description: `Your conversations with unread messages and the first of these; it marks nothing as read. Each call looks at max_channels of your conversations: go on with the cursor. Example: {"types":["im","mpim"]}`,
	Annotations: server.ReadOnly(true),
}

type listUnreadsInput struct {
	Types       []string `json:"types,omitempty" enum:"public_channel,private_channel,mpim,im" maxItems:"4" quiet:"true" jsonschema:"default: all"`
	MaxChannels int      `json:"max_channels" min:"1" max:"30" default:"20" quiet:"true"`
	Cursor      string   `json:"cursor,omitempty"`
}

type listUnreadsOutput struct {
	// Link is what the permalinks of the messages begin with, before their channels.
	Link     string   `json:"link,omitempty" hidden:"true"`
	Channels []unread `json:"channels"`
	// Looked is how many conversations were looked at.
	Looked int `json:"looked_at"`
	rest
}

// unread is a conversation with what was not read of it.
type unread struct {
	Channel string `json:"channel"`
	Name    string `json:"name,omitempty"`
	// Count is how many there are, or as many as were counted if there are More.
	Count    int            `json:"unread"`
	More     bool           `json:"more,omitempty"`
	LastRead string         `json:"last_read,omitempty"`
	Messages items[message] `json:"messages"`
}

// unreadPlace is where a list of them goes on.
type unreadPlace struct {
	Cursor string `json:"c,omitempty"`
	Size   int    `json:"n"`
	// Left are conversations that there was no time for; those at Cursor come after
	// them, unless they were the last.
	Left []string `json:"l,omitempty"`
	Last bool     `json:"z,omitempty"`
}

func (s *Service) listUnreads(ctx context.Context, in listUnreadsInput) (listUnreadsOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return listUnreadsOutput{}, err
	}
	if w.user == nil {
		return listUnreadsOutput{}, errNoReader()
	}
	if in.Types == nil {
		in.Types = []string{"im", "mpim", "private_channel", "public_channel"}
	}
	types := strings.Join(in.Types, ",")
	at := unreadPlace{Size: in.MaxChannels}
	if err := s.cursors.Open(in.Cursor, &at, listUnreadsTool.Name, types); err != nil {
		return listUnreadsOutput{}, err
	}
	ids := at.Left
	if ids == nil {
		page, next, err := w.user.Mine(ctx, api.ListQuery{Types: types, Limit: at.Size, Cursor: at.Cursor})
		if err != nil {
			return listUnreadsOutput{}, s.shown(err, "conversations")
		}
		for _, ch := range page {
			if s.policy.readable(ch) == nil {
				ids = append(ids, ch.ID)
			}
		}
		at.Cursor, at.Last = next, next == ""
	}
	out := listUnreadsOutput{Channels: []unread{}}
	if at.Left, err = w.unreads(ctx, ids, &out); err != nil {
		return listUnreadsOutput{}, err
	}
	if at.Left == nil && at.Last {
		return out, nil
	}
	out.NextCursor, err = s.cursors.Seal(at, listUnreadsTool.Name, types)
	return out, err
}

// errNoReader says what it takes to know what was read.
func errNoReader() error {
	return toolerr.New(toolerr.PermissionDenied, "Slack knows of people alone what they have read: it takes a person's token (SLACK_USER_TOKEN, or sign in)")
}

// unreadFound is a conversation with its unread messages, the oldest first.
type unreadFound struct {
	api.Unread
	messages []api.Message
	more     bool
}

// unreads puts those of the conversations into out that have unread messages. It
// returns the ones that it did not get to within Slack's limits.
func (w *workspace) unreads(ctx context.Context, ids []string, out *listUnreadsOutput) (left []string, err error) {
	found, errs := make([]*unreadFound, len(ids)), make([]error, len(ids))
	var stopped atomic.Pointer[error]
	var g errgroup.Group
	g.SetLimit(unreadAtOnce)
	for i, id := range ids {
		g.Go(func() error {
			if first := stopped.Load(); first != nil {
				errs[i] = *first
			} else if found[i], errs[i] = w.unread(ctx, id); errs[i] != nil {
				stopped.CompareAndSwap(nil, &errs[i])
			}
			return nil
		})
	}
	_ = g.Wait() // errs has what failed
	for i, id := range ids {
		if errs[i] == nil {
			out.Looked++
		} else {
			left = append(left, id)
		}
	}
	if first := stopped.Load(); first != nil {
		err := w.svc.shown(*first, "unread messages")
		if !out.ended(err) || out.Looked == 0 {
			return nil, err
		}
	}
	w.showUnreads(ctx, found, out)
	return left, nil
}

// unread asks what somebody has not read of a conversation, nil if that is nothing.
func (w *workspace) unread(ctx context.Context, id string) (*unreadFound, error) {
	u, err := w.user.Unread(ctx, id)
	switch {
	case api.Is(err, "channel_not_found"): // it was left meanwhile
		return nil, nil
	case err != nil:
		return nil, err
	case w.svc.policy.readable(u.Channel) != nil, u.LastRead == "" && u.Count == 0, u.Latest != "" && !earlier(u.LastRead, u.Latest):
		return nil, nil
	}
	page, err := w.user.History(ctx, api.HistoryQuery{Channel: id, Oldest: u.LastRead, Limit: unreadAsked})
	if err != nil {
		return nil, err
	}
	f := &unreadFound{Unread: u, more: page.More}
	for _, m := range slices.Backward(page.Messages) {
		if m.TS != u.LastRead {
			f.messages = append(f.messages, m)
		}
	}
	if len(f.messages) == 0 {
		return nil, nil
	}
	return f, nil
}

// showUnreads puts conversations with unread messages into out.
func (w *workspace) showUnreads(ctx context.Context, found []*unreadFound, out *listUnreadsOutput) {
	found = slices.DeleteFunc(found, func(f *unreadFound) bool { return f == nil })
	var said []api.Message
	var others []string
	for _, f := range found {
		said = append(said, f.first()...)
		if f.Channel.Direct {
			others = append(others, f.Channel.User)
		}
	}
	v := w.voices(ctx, said, others...)
	if len(found) > 0 {
		out.Link = w.archives(ctx)
	}
	for _, f := range found {
		u := unread{Channel: f.Channel.ID, Name: v.conversationName(f.Channel), Count: max(f.Count, len(f.messages)), LastRead: f.LastRead}
		u.More = f.more && f.Count == 0
		for _, m := range f.first() {
			u.Messages = append(u.Messages, v.message(&m, unreadBudget))
		}
		sayDaysOnce(u.Messages)
		out.Channels = append(out.Channels, u)
	}
}

// first are the messages that are shown.
func (f *unreadFound) first() []api.Message { return f.messages[:min(len(f.messages), unreadShown)] }
