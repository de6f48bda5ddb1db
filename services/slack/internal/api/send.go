package api

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/slack-go/slack"
)

// Format is how the text of a Draft is written.
type Format int

// The formats of a Draft.
const (
	// Markdown is the common kind: **bold**, lists, tables, [label](url).
	Markdown Format = iota
	// Mrkdwn is Slack's own: *bold*, <url|label>, <@U1>.
	Mrkdwn
	// Plain is shown as it is written, mentions and all.
	Plain
)

// Draft is a message that is yet to be sent.
type Draft struct {
	Channel string
	Text    string
	Format  Format
	// Blocks stand in the place of Text, which is then what notifications show.
	Blocks []json.RawMessage
	// Fallback is what notifications show of Markdown; the default is Text, without
	// effect.
	Fallback string
	// ThreadTS makes it an answer to a message, and Broadcast shows that in the
	// channel too.
	ThreadTS  string
	Broadcast bool
}

// Posted is where a message is.
type Posted struct{ Channel, TS string }

// Scheduled is a message that is sent later.
type Scheduled struct {
	ID, Channel string
	At          time.Time
}

// Post sends a message at once (chat.postMessage). It is never sent twice: an
// answer that is lost is an error.
func (c *Client) Post(ctx context.Context, d Draft) (Posted, error) {
	options, err := d.options()
	if err != nil {
		return Posted{}, err
	}
	options = append(options, d.place()...)
	if d.Format == Plain && d.Blocks == nil {
		options = append(options, slack.MsgOptionDisableMarkdown())
	}
	channel, ts, err := c.lib.PostMessageContext(ctx, d.Channel, options...)
	return posted("chat.postMessage", channel, ts, err)
}

// Schedule has a message sent later (chat.scheduleMessage).
func (c *Client) Schedule(ctx context.Context, d Draft, at time.Time) (Scheduled, error) {
	options, err := d.literal().options()
	if err != nil {
		return Scheduled{}, err
	}
	options = append(options, d.place()...)
	channel, id, err := c.lib.ScheduleMessageContext(ctx, d.Channel, strconv.FormatInt(at.Unix(), 10), options...)
	if err == nil && id == "" {
		err = hollow("chat.scheduleMessage", "scheduled_message_id")
	}
	if err != nil {
		return Scheduled{}, refusal("chat.scheduleMessage", err)
	}
	return Scheduled{ID: id, Channel: cmp.Or(channel, d.Channel), At: time.Unix(at.Unix(), 0).UTC()}, nil
}

// Update puts a text in the place of a message's (chat.update). Where the message
// is in a thread stays as it is.
func (c *Client) Update(ctx context.Context, ts string, d Draft) (Posted, error) {
	d = d.literal()
	options, err := d.options()
	if err != nil {
		return Posted{}, err
	}
	if d.Format != Markdown && d.Blocks == nil {
		// Blocks that are not named stay, and hide the new text.
		options = append(options, slack.MsgOptionBlocks())
	}
	channel, at, _, err := c.lib.UpdateMessageContext(ctx, d.Channel, ts, options...)
	return posted("chat.update", channel, at, err)
}

// Delete removes a message (chat.delete).
func (c *Client) Delete(ctx context.Context, channel, ts string) error {
	_, _, err := c.lib.DeleteMessageContext(ctx, channel, ts)
	return refusal("chat.delete", err)
}

// DeleteScheduled takes back a message that was not sent yet
// (chat.deleteScheduledMessage).
func (c *Client) DeleteScheduled(ctx context.Context, channel, id string) error {
	_, err := c.call(ctx, "chat.deleteScheduledMessage", formOf("channel", channel, "scheduled_message_id", id), new(envelope))
	return err
}

// options are what the library makes of the text. Links are never opened for a
// preview: who can have a link written could otherwise have Slack send what is in
// it to a server of theirs.
func (d Draft) options() ([]slack.MsgOption, error) {
	blocks, err := d.blocks()
	if err != nil {
		return nil, err
	}
	text, escape := d.Text, d.Format == Plain
	if d.Format == Markdown && d.Blocks == nil {
		text, escape = cmp.Or(d.Fallback, d.Text), d.Fallback == ""
	}
	options := []slack.MsgOption{slack.MsgOptionText(text, escape)}
	if len(blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(blocks...))
	}
	return options, nil
}

func (d Draft) blocks() ([]slack.Block, error) {
	if d.Blocks == nil && d.Format == Markdown && d.Text != "" {
		return []slack.Block{slack.NewMarkdownBlock("", d.Text)}, nil
	}
	blocks := make([]slack.Block, len(d.Blocks))
	for i, raw := range d.Blocks {
		b, err := slack.BlockFromJSON(string(raw))
		if err != nil {
			return nil, &Error{Code: "invalid_blocks", Messages: []string{"block " + strconv.Itoa(i+1) + ": " + err.Error()}}
		}
		blocks[i] = b
	}
	return blocks, nil
}

// literal is d for methods that cannot be told to leave mrkdwn alone: a text that
// is plain becomes a block that is.
func (d Draft) literal() Draft {
	if d.Format != Plain || d.Blocks != nil {
		return d
	}
	type text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type group struct {
		Type     string `json:"type"`
		Elements any    `json:"elements"`
	}
	raw, _ := json.Marshal(group{"rich_text", []group{{"rich_text_section", []text{{"text", d.Text}}}}}) // strings alone cannot fail
	d.Blocks = []json.RawMessage{raw}
	return d
}

// place is where a message that is sent goes.
func (d Draft) place() []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if d.ThreadTS != "" {
		options = append(options, slack.MsgOptionTS(d.ThreadTS))
		if d.Broadcast {
			options = append(options, slack.MsgOptionBroadcast())
		}
	}
	return options
}

func posted(method, channel, ts string, err error) (Posted, error) {
	if err == nil && (channel == "" || ts == "") {
		err = hollow(method, "ts")
	}
	if err != nil {
		return Posted{}, refusal(method, err)
	}
	return Posted{Channel: channel, TS: ts}, nil
}
