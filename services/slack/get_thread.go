package slack

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

var getThreadTool = &mcp.Tool{
	Name:  "get_thread",
	Title: "Read a thread",
	Description: `A message with its replies, oldest first; long texts whole. Example: {"channel":"#general","thread_ts":"1503435956.000247"}` +
		`, or a permalink as channel`,
	Annotations: server.ReadOnly(true),
}

type getThreadInput struct {
	Channel  string `json:"channel" jsonschema:"name, id, permalink"`
	ThreadTS string `json:"thread_ts,omitempty" jsonschema:"ts of it or a reply" alias:"ts" maxLength:"40" quiet:"true"`
	Limit    int    `json:"limit" min:"1" max:"200" default:"100" quiet:"true"`
	Cursor   string `json:"cursor,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty" min:"500" max:"400000" hidden:"true"`
}

type getThreadOutput struct {
	Channel   string         `json:"channel,omitempty" hidden:"true"`
	Name      string         `json:"name,omitempty" hidden:"true"`
	ThreadTS  string         `json:"thread_ts,omitempty" hidden:"true"`
	Permalink string         `json:"permalink,omitempty" hidden:"true"`
	Messages  items[message] `json:"messages"`
	rest
}

// threadPlace is where a thread goes on: in a page of Slack's, behind the message
// that was shown last of it.
type threadPlace struct {
	Thread string `json:"t"`
	Size   int    `json:"s"`
	Cursor string `json:"c,omitempty"`
	After  string `json:"a,omitempty"`
}

func (s *Service) getThread(ctx context.Context, in getThreadInput) (getThreadOutput, error) {
	var out getThreadOutput
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
	at := threadPlace{Size: in.Limit}
	if in.Cursor != "" {
		err = s.cursors.Open(in.Cursor, &at, "get_thread", asked(question))
	} else {
		at.Thread, err = threadOf(ch, in.ThreadTS)
	}
	if err != nil {
		return out, err
	}
	page, err := w.thread(ctx, ch, &at)
	if err != nil {
		return out, s.shown(err, "thread %s of channel %s", at.Thread, in.Channel)
	}
	list := at.unseen(page.Messages)
	if len(list) == 0 && in.Cursor == "" {
		return out, toolerr.New(toolerr.ResourceNotFound, "thread %s: there is no such message in channel %s", at.Thread, in.Channel)
	}
	budget := in.MaxBytes
	if budget == 0 {
		budget = pageBytes
	}
	var others []string
	if ch.Direct {
		others = append(others, ch.User)
	}
	v := w.voices(ctx, list, others...)
	out.Channel, out.Name, out.ThreadTS = ch.ID, v.conversationName(ch.Channel), at.Thread
	out.Permalink = w.permalink(ctx, ch.ID, at.Thread, "")
	var cut bool
	if out.Messages, cut = v.fitting(list, at.Thread, budget); cut {
		at.After = out.Messages[len(out.Messages)-1].TS
	} else {
		at.Cursor, at.After = page.Next, ""
	}
	sayDaysOnce(out.Messages)
	if cut || page.Next != "" {
		out.NextCursor, err = s.cursors.Seal(at, "get_thread", asked(question))
	}
	return out, err
}

// threadOf is the thread that the arguments name.
func threadOf(ch place, ts string) (string, error) {
	switch {
	case ts != "":
	case ch.ThreadTS != "":
		ts = ch.ThreadTS
	case ch.TS != "":
		ts = ch.TS
	default:
		return "", toolerr.Invalid("thread_ts", "thread_ts: give the ts of the thread's first message or of a reply, or a permalink as channel")
	}
	return timestamp("thread_ts", ts)
}

// thread asks for a page of a thread. Of a reply Slack returns the reply alone:
// its thread is asked for then.
func (w *workspace) thread(ctx context.Context, ch place, at *threadPlace) (api.MessagePage, error) {
	q := api.HistoryQuery{Channel: ch.ID, Limit: at.Size, Cursor: at.Cursor}
	var page api.MessagePage
	err := w.joining(ctx, w.reads, ch.Channel, func() (err error) {
		page, err = w.reads.Replies(ctx, at.Thread, q)
		return err
	})
	if err != nil || len(page.Messages) == 0 || at.Cursor != "" {
		return page, err
	}
	first := page.Messages[0]
	if first.ThreadTS == "" || first.ThreadTS == at.Thread {
		return page, nil
	}
	at.Thread = first.ThreadTS
	if first.TS == at.Thread {
		return page, nil
	}
	return w.reads.Replies(ctx, at.Thread, q)
}

// unseen are the messages of a page that were not shown before. Slack begins each
// page with the first message of the thread.
func (p threadPlace) unseen(page []api.Message) []api.Message {
	list := make([]api.Message, 0, len(page))
	seen := make(map[string]bool, len(page))
	for _, m := range page {
		again := p.Cursor != "" && m.TS == p.Thread || p.After != "" && !earlier(p.After, m.TS)
		if m.TS == "" || again || seen[m.TS] {
			continue
		}
		seen[m.TS] = true
		list = append(list, m)
	}
	return list
}

// fitting are as many messages of a thread as fit, and at least one. A long text is
// shown whole, if it takes a page for itself.
func (v voices) fitting(list []api.Message, thread string, budget int) (shown []message, cut bool) {
	most := budget
	shown = make([]message, 0, len(list))
	for i := range list {
		m := v.message(&list[i], most)
		if m.ThreadTS == thread {
			m.ThreadTS = ""
		}
		if budget -= m.size(); budget < 0 && i > 0 {
			return shown, true
		}
		shown = append(shown, m)
	}
	return shown, false
}
