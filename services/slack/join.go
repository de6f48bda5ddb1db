package slack

import (
	"context"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// joining does what ask does with c; where c has to be a member of a public channel
// and the operator lets the bot join, it joins and asks once more. Joining is seen by
// all in the channel, so it is for callers who may write.
func (w *workspace) joining(ctx context.Context, c *api.Client, ch api.Channel, ask func() error) error {
	err := ask()
	if !api.Is(err, "not_in_channel") || !w.joins(ctx, c, ch) {
		return err
	}
	if err := c.Join(ctx, ch.ID); err != nil {
		return w.svc.shown(err, "%s, which the bot has to join first", called(ch))
	}
	return ask()
}

func (w *workspace) joins(ctx context.Context, c *api.Client, ch api.Channel) bool {
	s := w.svc
	if !s.policy.autoJoin || s.readOnly || c != w.bot || ch.Private || ch.Direct || ch.Group || ch.Archived || s.policy.writable(ch) != nil {
		return false
	}
	caller := auth.CallerFrom(ctx)
	return caller != nil && caller.Grants.Cover(auth.Need{Family: "tools", Scopes: []string{writeScope}})
}
