package slack

import (
	"context"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// question is a search with its names found: what Slack is asked, and what its
// answers are held to. Slack takes modifiers that a caller writes into a query for
// alternatives to those of the arguments, so that every hit is looked at again.
type question struct {
	words   string
	channel *place
	from    *api.User
	// after and before are timestamps of messages, which are left out themselves; ""
	// is no bound.
	after, before string
	newest        bool
}

// question finds the names of a search.
func (w *workspace) question(ctx context.Context, in searchMessagesInput, now time.Time) (question, error) {
	q := question{words: plain.Line(in.Query), newest: in.Sort == "newest"}
	for _, bound := range []struct {
		argument, given string
		to              *string
	}{{"after", in.After, &q.after}, {"before", in.Before, &q.before}} {
		if bound.given == "" {
			continue
		}
		var err error
		if *bound.to, err = moment(bound.argument, bound.given, false, now); err != nil {
			return q, err
		}
	}
	switch {
	case q.after != "" && q.before != "" && !earlier(q.after, q.before):
		return q, toolerr.Invalid("before", "before: %s is not later than after %s", in.Before, in.After)
	case q.words == "" && in.Channel == "" && in.From == "":
		return q, toolerr.Invalid("query", "query: say what to look for, or give channel or from")
	}
	if in.Channel != "" {
		p, err := w.channel(ctx, in.Channel)
		if err != nil {
			return q, err
		}
		q.channel = &p
	}
	if in.From != "" {
		u, err := w.person(ctx, in.From)
		if err != nil {
			return q, err
		}
		q.from = &u
	}
	return q, nil
}

// modified returns the query with the arguments as modifiers. They come before what
// the caller wrote: a quote that is left open there cannot swallow them. dates says
// whether times are written into it, too.
func (q question) modified(dates bool) string {
	var all []string
	if c := q.channel; c != nil && c.Direct && c.User != "" {
		all = append(all, "in:<@"+c.User+">")
	} else if c != nil {
		all = append(all, "in:<#"+c.ID+">")
	}
	if q.from != nil {
		all = append(all, "from:<@"+q.from.ID+">")
	}
	// Slack's days are those of the person's time zone, at most 14 hours away, and
	// its bounds are not part of what they bound.
	if dates && q.after != "" {
		all = append(all, "after:"+secondOf(q.after).AddDate(0, 0, -2).Format(time.DateOnly))
	}
	if dates && q.before != "" {
		all = append(all, "before:"+secondOf(q.before).AddDate(0, 0, 2).Format(time.DateOnly))
	}
	if q.words != "" {
		all = append(all, q.words)
	}
	return strings.Join(all, " ")
}

// holds reports whether a message is within what the arguments say.
func (q question) holds(channel, user, ts string) bool {
	switch {
	case q.channel != nil && channel != q.channel.ID,
		q.from != nil && user != q.from.ID,
		q.after != "" && !earlier(q.after, ts),
		q.before != "" && !earlier(ts, q.before):
		return false
	}
	return true
}

// bounded reports whether times are among the arguments.
func (q question) bounded() bool { return q.after != "" || q.before != "" }
