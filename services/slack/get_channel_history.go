package slack

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	// maxRounds bounds how often a call asks for more messages, where what it was
	// given is joins and leaves.
	maxRounds = 4
	// maxThreads and maxReplies bound the threads that are read along, atOnce how
	// many of them at a time.
	maxThreads = 10
	maxReplies = 20
	atOnce     = 4
)

var getChannelHistoryTool = &mcp.Tool{
	Name:  "get_channel_history",
	Title: "Read a channel",
	Description: `Latest messages, oldest first, times in UTC; next_cursor leads to older ones. ` +
		`Permalink: link + ts without its point. Example: {"channel":"#general","oldest":"24h"}`,
	Annotations: server.ReadOnly(true),
}

type getChannelHistoryInput struct {
	Channel         string `json:"channel" jsonschema:"name, id, permalink"`
	Limit           int    `json:"limit" min:"1" max:"200" default:"50" quiet:"true" jsonschema:"1-200, else 50"`
	Oldest          string `json:"oldest,omitempty" jsonschema:"date, time, 24h, ts" maxLength:"40" quiet:"true"`
	Latest          string `json:"latest,omitempty" jsonschema:"the same" maxLength:"40" quiet:"true"`
	IncludeThreads  bool   `json:"include_threads,omitempty" jsonschema:"first replies too"`
	IncludeActivity bool   `json:"include_activity,omitempty" hidden:"true"`
	Cursor          string `json:"cursor,omitempty"`
	MaxBytes        int    `json:"max_bytes,omitempty" min:"500" max:"400000" hidden:"true"`
}

type getChannelHistoryOutput struct {
	Channel string `json:"channel,omitempty" hidden:"true"`
	Name    string `json:"name,omitempty" hidden:"true"`
	// Link is what the permalinks of the messages begin with.
	Link     string         `json:"link,omitempty"`
	Messages items[message] `json:"messages"`
	rest
}

// historyPlace is where a history goes on: before the oldest message that was
// read. What "24h" was stays what it was.
type historyPlace struct {
	Oldest string `json:"o,omitempty"`
	Latest string `json:"l,omitempty"`
	Before string `json:"b,omitempty"`
}

func (s *Service) getChannelHistory(ctx context.Context, in getChannelHistoryInput) (getChannelHistoryOutput, error) {
	var out getChannelHistoryOutput
	w, err := s.open(ctx)
	if err != nil {
		return out, err
	}
	ch, err := w.channel(ctx, in.Channel)
	if err != nil {
		return out, err
	}
	question := in
	question.Limit, question.Cursor, question.MaxBytes = 0, "", 0
	at, err := s.historyFrom(ch, in, asked(question))
	if err != nil {
		return out, err
	}
	h := history{w: w, in: in, ch: ch, at: at, budget: in.MaxBytes}
	if h.budget == 0 {
		h.budget = pageBytes
	}
	if err := h.read(ctx); err != nil {
		return out, err
	}
	if in.IncludeThreads {
		h.readThreads(ctx)
	}
	h.write(ctx, &out)
	if h.more {
		out.NextCursor, err = s.cursors.Seal(h.at, "get_channel_history", asked(question))
	}
	return out, err
}

// historyFrom returns where to begin.
func (s *Service) historyFrom(ch place, in getChannelHistoryInput, question string) (at historyPlace, err error) {
	if in.Cursor != "" {
		return at, s.cursors.Open(in.Cursor, &at, "get_channel_history", question)
	}
	now := time.Now()
	if in.Oldest != "" {
		if at.Oldest, err = moment("oldest", in.Oldest, false, now); err != nil {
			return at, err
		}
	}
	switch {
	case in.Latest != "":
		at.Latest, err = moment("latest", in.Latest, true, now)
	case ch.ThreadTS != "":
		at.Latest, err = after(ch.ThreadTS)
	case ch.TS != "":
		at.Latest, err = after(ch.TS)
	}
	if err == nil && at.Oldest != "" && at.Latest != "" && !earlier(at.Oldest, at.Latest) {
		err = toolerr.Invalid("oldest", "oldest: it is not before latest")
	}
	at.Before = at.Latest
	return at, err
}

// after returns the timestamp behind that of a message, which Slack leaves out as
// a bound.
func after(ts string) (string, error) {
	ts, err := timestamp("channel", ts)
	if err != nil {
		return "", err
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", timeOf(ts))
	if err != nil {
		return "", toolerr.Invalid("channel", "channel: the permalink leads to no message")
	}
	micros, err := time.ParseDuration(ts[len(ts)-6:] + "us")
	if err != nil {
		return "", err
	}
	return stamp(at.Add(micros + time.Microsecond)), nil
}

// history is a page that is being read.
type history struct {
	w      *workspace
	in     getChannelHistoryInput
	ch     place
	at     historyPlace
	budget int

	messages []api.Message // the newest first
	replies  map[string][]api.Message
	more     bool
	failure  error // what kept a part from being read
}

// read reads messages until there are enough, and sets at to where the rest is. An
// app that may read a page a minute asks for one page.
func (h *history) read(ctx context.Context) error {
	for round := range maxRounds {
		q := api.HistoryQuery{Channel: h.ch.ID, Oldest: h.at.Oldest, Latest: h.at.Before, Limit: h.in.Limit - len(h.messages)}
		var page api.MessagePage
		err := h.w.joining(ctx, h.w.reads, h.ch.Channel, func() (err error) {
			page, err = h.w.reads.History(ctx, q)
			return err
		})
		if err != nil {
			err = h.w.svc.shown(err, "channel %s", h.in.Channel)
			if round == 0 || ctx.Err() != nil {
				return err
			}
			h.failure, h.more = err, true
			return nil
		}
		before := h.at.Before
		h.more = page.More
		h.take(page.Messages)
		if h.at.Before == before {
			h.more = false // nothing is behind it
		}
		if !h.more || h.w.reads.Restricted() || 2*len(h.messages) >= h.in.Limit {
			return nil
		}
	}
	return nil
}

// take adds what a page has that is not known yet, up to the limit.
func (h *history) take(page []api.Message) {
	for _, m := range page {
		if m.TS == "" || h.at.Before != "" && !earlier(m.TS, h.at.Before) {
			continue
		}
		if len(h.messages) == h.in.Limit {
			h.more = true
			return
		}
		h.at.Before = m.TS
		if h.in.IncludeActivity || !activity[m.Subtype] {
			h.messages = append(h.messages, m)
		}
	}
}

// readThreads reads the beginnings of the newest threads. What cannot be read now
// is only left out: it is not the page's.
func (h *history) readThreads(ctx context.Context) {
	if h.w.reads.Restricted() { // a thread would use up what the next page needs
		h.failure = toolerr.New(toolerr.RateLimited, "threads are not read along").After(time.Minute)
		return
	}
	var mu sync.Mutex
	h.replies = make(map[string][]api.Message)
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	threads := 0
	for _, m := range h.messages {
		if m.ReplyCount == 0 || m.ThreadTS != "" && m.ThreadTS != m.TS {
			continue
		}
		if threads++; threads > maxThreads {
			break
		}
		group.Go(func() error {
			page, err := h.w.reads.Replies(within, m.TS, api.HistoryQuery{Channel: h.ch.ID, Limit: maxReplies + 1})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			h.replies[m.TS] = h.besides(m.TS, page.Messages)
			return nil
		})
	}
	if err := group.Wait(); err != nil && h.failure == nil {
		h.failure = h.w.svc.shown(err, "threads of channel %s", h.in.Channel)
	}
}

// besides are the replies of a thread that are not messages of the channel too:
// those have their own place in its history.
func (h *history) besides(thread string, page []api.Message) []api.Message {
	list := make([]api.Message, 0, maxReplies)
	for _, m := range page {
		shared := m.Subtype == "thread_broadcast" && (h.at.Latest == "" || earlier(m.TS, h.at.Latest)) && earlier(h.at.Oldest, m.TS)
		if m.TS != thread && m.TS != "" && !shared && len(list) < maxReplies {
			list = append(list, m)
		}
	}
	return list
}

// write puts as many messages into out as fit, and at least one. If some do not,
// at is where they begin.
func (h *history) write(ctx context.Context, out *getChannelHistoryOutput) {
	all := slices.Clone(h.messages)
	for _, r := range h.replies {
		all = append(all, r...)
	}
	others := []string{}
	if h.ch.Direct {
		others = append(others, h.ch.User)
	}
	v := h.w.voices(ctx, all, others...)
	out.Channel, out.Name, out.Link = h.ch.ID, v.conversationName(h.ch.Channel), h.w.permalink(ctx, h.ch.ID, "", "")
	left, most := h.budget, h.budget/10
	if h.in.IncludeThreads {
		left /= 2
	}
	shown := make([]message, 0, len(h.messages))
	for i := range h.messages {
		m := v.message(&h.messages[i], most)
		size := m.size()
		if size > left && i > 0 {
			h.at.Before, h.more = h.messages[i-1].TS, true
			break
		}
		left -= size
		shown = append(shown, m)
	}
	if h.in.IncludeThreads {
		left += h.budget - h.budget/2
	}
	// The newest threads have the first right to what is left.
	threads := make(map[string][]message)
	for _, m := range shown {
		for i := range h.replies[m.TS] {
			r := v.message(&h.replies[m.TS][i], most)
			if left -= r.size(); left < 0 {
				break
			}
			threads[m.TS] = append(threads[m.TS], r)
		}
	}
	out.Messages = make(items[message], 0, len(shown))
	for _, m := range slices.Backward(shown) {
		out.Messages = append(append(out.Messages, m), threads[m.TS]...)
	}
	sayDaysOnce(out.Messages)
	if h.failure != nil {
		out.partial(h.failure)
	}
}

// activity are the messages that say what somebody did to the channel.
var activity = map[string]bool{
	"channel_join": true, "channel_leave": true, "channel_topic": true, "channel_purpose": true, "channel_name": true,
	"channel_archive": true, "channel_unarchive": true, "channel_convert_to_private": true, "channel_convert_to_public": true,
	"channel_posting_permissions": true, "channel_canvas_updated": true,
	"group_join": true, "group_leave": true, "group_topic": true, "group_purpose": true, "group_name": true, "group_archive": true, "group_unarchive": true,
	"pinned_item": true, "unpinned_item": true, "bot_add": true, "bot_remove": true, "bot_enable": true, "bot_disable": true,
	"app_conversation_join": true, "app_conversation_leave": true, "reminder_add": true, "bookmark_added": true,
}
