package slack

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// maxAhead is how far ahead Slack keeps a message.
const maxAhead = 120 * 24 * time.Hour

var sendMessageTool = &mcp.Tool{
	Name:        "send_message",
	Title:       "Send a message",
	Description: `Posts in a channel or thread, or to a person; up to 12,000 characters of Markdown. Example: {"channel":"#general","text":"**Done**"}`,
	Annotations: &mcp.ToolAnnotations{DestructiveHint: new(false), OpenWorldHint: new(true)},
}

type sendMessageInput struct {
	Channel string `json:"channel" minLength:"1" quiet:"true" jsonschema:"name, id, @person, permalink to answer"`
	composed
	ThreadTS       string `json:"thread_ts,omitempty" maxLength:"40" quiet:"true" jsonschema:"to answer in"`
	ReplyBroadcast bool   `json:"reply_broadcast,omitempty" jsonschema:"in channel too"`
	PostAt         string `json:"post_at,omitempty" jsonschema:"RFC 3339 or in 2h"`
}

type sendMessageOutput struct {
	Channel     string `json:"channel,omitempty" hidden:"true"`
	ChannelName string `json:"channel_name,omitempty" hidden:"true"`
	TS          string `json:"ts,omitempty"`
	Permalink   string `json:"permalink,omitempty"`
	ThreadTS    string `json:"thread_ts,omitempty" hidden:"true"`
	ScheduledID string `json:"scheduled_message_id,omitempty" hidden:"true"`
	PostAt      string `json:"post_at,omitempty" hidden:"true"`
}

func (s *Service) sendMessage(ctx context.Context, in sendMessageInput) (sendMessageOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return sendMessageOutput{}, err
	}
	at, err := postTime(in.PostAt, time.Now())
	if err != nil {
		return sendMessageOutput{}, err
	}
	m, err := w.compose(ctx, in.composed, false)
	if err != nil {
		return sendMessageOutput{}, err
	}
	to, err := w.target(ctx, in.Channel)
	if err != nil {
		return sendMessageOutput{}, err
	}
	thread, err := in.thread(to)
	if err != nil {
		return sendMessageOutput{}, err
	}
	d := m.Draft
	d.Channel, d.ThreadTS, d.Broadcast = to.ID, thread, in.ReplyBroadcast
	out := sendMessageOutput{ChannelName: to.Name, ThreadTS: thread}
	if !at.IsZero() {
		var later api.Scheduled
		err = w.joining(ctx, w.writes, to.Channel, func() (err error) {
			later, err = w.writes.Schedule(ctx, d, at)
			return err
		})
		if err != nil {
			return sendMessageOutput{}, s.shown(err, "message to %s", called(to.Channel))
		}
		w.remember(ctx, later.Channel, later.ID)
		out.Channel, out.ScheduledID, out.PostAt = later.Channel, later.ID, later.At.Format(time.RFC3339)
		return out, nil
	}
	var sent api.Posted
	err = w.joining(ctx, w.writes, to.Channel, func() (err error) {
		sent, err = w.writes.Post(ctx, d)
		return err
	})
	if err != nil {
		return sendMessageOutput{}, s.shown(err, "message to %s", called(to.Channel))
	}
	w.remember(ctx, sent.Channel, sent.TS)
	out.Channel, out.TS = sent.Channel, sent.TS
	out.Permalink = w.permalinkSoon(ctx, sent.Channel, sent.TS, thread)
	return out, nil
}

// thread is the first message of the thread to answer in, "" for none.
func (in sendMessageInput) thread(to place) (given string, err error) {
	if in.ThreadTS != "" {
		if given, err = timestamp("thread_ts", in.ThreadTS); err != nil {
			return "", err
		}
	}
	linked := cmp.Or(to.ThreadTS, to.TS)
	switch {
	case linked != "" && given != "" && linked != given:
		return "", toolerr.Invalid("thread_ts", "thread_ts is %s and the permalink is of %s: give one of them", given, linked)
	case linked == "" && given == "" && in.ReplyBroadcast:
		return "", toolerr.Invalid("reply_broadcast", "reply_broadcast is for answers: give thread_ts too")
	}
	return cmp.Or(given, linked), nil
}

// sendQuestion words what would be posted, and who would read it.
func (s *Service) sendQuestion(ctx context.Context, in sendMessageInput) (string, error) {
	if !server.Askable(ctx) {
		return "Post?", nil
	}
	w, err := s.open(ctx)
	if err != nil {
		return "", err
	}
	at, err := postTime(in.PostAt, time.Now())
	if err != nil {
		return "", err
	}
	m, err := w.compose(ctx, in.composed, false)
	if err != nil {
		return "", err
	}
	where := ""
	if isPerson(strings.TrimSpace(in.Channel)) { // with whom direct messages may not have begun yet
		if !s.policy.dms {
			return "", noDMs()
		}
		u, err := w.person(ctx, in.Channel)
		if err != nil {
			return "", err
		}
		where = "direct messages with " + plain.Words(u.Label(), 80)
	} else {
		to, err := w.target(ctx, in.Channel)
		if err != nil {
			return "", err
		}
		thread, err := in.thread(to)
		if err != nil {
			return "", err
		}
		if where = w.whereWords(ctx, to); thread != "" {
			where = "a thread in " + where
		}
		if in.ReplyBroadcast {
			where += " and in the channel itself"
		}
	}
	question := "Post in " + where
	if !at.IsZero() {
		question += " at " + at.Format(time.RFC3339)
	}
	if m.Notifies != "" {
		question += ", notifying " + m.Notifies
	}
	return fmt.Sprintf("%s? %s", question, plain.Words(m.Says, maxShownText)), nil
}

// postTime reads when to post, the zero time for at once.
func postTime(s string, now time.Time) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, nil
	}
	wait, ok := span(strings.TrimPrefix(strings.ToLower(s), "in "))
	at := now.Add(wait)
	if !ok {
		var err error
		if at, err = time.Parse(time.RFC3339, s); err != nil {
			return time.Time{}, toolerr.Invalid("post_at", "post_at is a time such as 2030-01-31T09:00:00+01:00, or from now on, as in 2h")
		}
	}
	at = at.UTC().Truncate(time.Second)
	switch {
	case !at.After(now):
		return time.Time{}, toolerr.Invalid("post_at", "post_at is over: it is %s now; leave it out to post at once", now.UTC().Format(time.RFC3339))
	case at.Sub(now) > maxAhead:
		return time.Time{}, toolerr.Invalid("post_at", "post_at is more than 120 days ahead, which is as long as Slack keeps a message")
	}
	return at, nil
}
