package slack

import (
	"context"
	"slices"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// What is remembered of who had the bot post what: some ten thousand messages.
const (
	authorLife  = 24 * time.Hour
	authorBytes = 2 << 20
)

// remember notes that ctx's caller had something posted: a message by its ts, or a
// scheduled one by its id; or a reaction set. Where people sign in the bot is of all of them, and for
// Slack whatever it posts is its own.
func (w *workspace) remember(ctx context.Context, channel, what string) {
	if caller := auth.CallerFrom(ctx); w.svc.access.people != nil && w.writes == w.bot && caller != nil {
		w.svc.authors.Put(channel+" "+what, []string{caller.Principal})
	}
}

// authors are the tokens with which ctx's caller may change what is in a channel:
// their own, and the bot's if it is nobody else's or they had it post that.
func (w *workspace) authors(ctx context.Context, channel, what string) []*api.Client {
	list := []*api.Client{w.writes}
	for _, c := range []*api.Client{w.user, w.bot} {
		if c != nil && c != w.writes {
			list = append(list, c)
		}
	}
	if w.svc.access.people == nil {
		return list
	}
	caller := auth.CallerFrom(ctx)
	if by, ok := w.svc.authors.Get(channel + " " + what); ok && caller != nil && slices.Contains(by, caller.Principal) {
		return list
	}
	return slices.DeleteFunc(list, func(c *api.Client) bool { return c == w.bot })
}

// asAuthor acts with the token that has written what f changes: only an author can
// change a message, and there may be two tokens.
func (w *workspace) asAuthor(ctx context.Context, channel, what string, f func(*api.Client) error) error {
	err := error(&api.Error{Method: "chat.update", Code: "cant_update_message"})
	list := w.authors(ctx, channel, what)
	for _, c := range list {
		if err = f(c); !notAuthor(err) && !api.Is(err, "invalid_scheduled_message_id") {
			break
		}
	}
	// A person's token that was given for reading alone is no reason to have it
	// changed, where the message is the bot's.
	if api.Is(err, "missing_scope") && w.writes == w.bot && !slices.Contains(list, w.bot) {
		return &api.Error{Method: "chat.update", Code: "cant_update_message"}
	}
	return err
}

// notAuthor reports whether Slack refused since another wrote the message.
func notAuthor(err error) bool { return api.Is(err, "cant_update_message", "cant_delete_message") }
