package api

import (
	"context"

	"github.com/slack-go/slack"
)

// React sets an emoji below a message, or takes it away again.
func (c *Client) React(ctx context.Context, channel, ts, emoji string, remove bool) error {
	at := slack.NewRefToMessage(channel, ts)
	if remove {
		return refusal("reactions.remove", c.lib.RemoveReactionContext(ctx, emoji, at))
	}
	return refusal("reactions.add", c.lib.AddReactionContext(ctx, emoji, at))
}
