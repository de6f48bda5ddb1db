package slack

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// place is what an argument channel names: a conversation, and the message if it
// was a permalink.
type place struct {
	api.Channel
	TS, ThreadTS string
}

// How old what is known of a channel may be: a message must not go where a name
// led an hour ago.
const (
	goodToRead  = time.Hour
	goodToMatch = 5 * time.Minute // to read where the operator's patterns are about names
	goodToWrite = time.Minute
)

var (
	idRule      = regexp.MustCompile(`^[CGD][A-Z0-9]{7,}$`)
	mentionRule = regexp.MustCompile(`^<#([CGD][A-Z0-9]{7,})(?:\|[^>]*)?>$`)
)

// channel finds the conversation that a person names, to read it: an id, a name
// with or without #, a mention <#C1|x>, a permalink, or @somebody for the direct
// messages with them. The policy has been asked. Of what is not asked for by id the
// answer may come from memory, without topic, purpose and members.
func (w *workspace) channel(ctx context.Context, name string) (place, error) {
	return w.place(ctx, name, w.svc.policy.goodToRead())
}

// target is channel, to write to it. Direct messages with somebody are begun.
func (w *workspace) target(ctx context.Context, name string) (place, error) {
	p, err := w.place(ctx, name, goodToWrite)
	if err == nil {
		err = w.svc.policy.writable(p.Channel)
	}
	if err != nil {
		return place{}, err
	}
	return p, nil
}

func (w *workspace) place(ctx context.Context, name string, age time.Duration) (place, error) {
	named, err := w.named(ctx, name)
	if err != nil {
		return place{}, err
	}
	var ch api.Channel
	switch {
	case named.person != "":
		ch, err = w.direct(ctx, named.person, age == goodToWrite)
	case named.id != "":
		ch, err = w.channelByID(ctx, named.id, age)
		if err == nil && ch.Direct && age == goodToWrite {
			err = w.writableTo(ctx, api.User{ID: ch.User})
		}
	default:
		ch, err = w.channelByName(ctx, named.name, age)
	}
	if err != nil {
		return place{}, err
	}
	return place{Channel: ch, TS: named.ts, ThreadTS: named.thread}, nil
}

// naming is how a channel was named; one of id, name and person is set.
type naming struct {
	id, name, person string
	ts, thread       string
}

func (w *workspace) named(ctx context.Context, text string) (naming, error) {
	text = strings.TrimSpace(text)
	if m := mentionRule.FindStringSubmatch(text); m != nil {
		return naming{id: m[1]}, nil
	}
	bare := strings.TrimPrefix(text, "#")
	switch {
	case bare == "" || len(text) > 500:
		return naming{}, toolerr.Invalid("channel", "channel: give a name such as #general, an id, or the permalink of a message")
	case strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "<https://"):
		return w.permalinked(ctx, text)
	case idRule.MatchString(text):
		return naming{id: text}, nil
	case isPerson(text):
		return naming{person: text}, nil
	}
	return naming{name: strings.ToLower(bare)}, nil
}

// channelByID asks for a channel unless it has been known for less than age.
func (w *workspace) channelByID(ctx context.Context, id string, age time.Duration) (api.Channel, error) {
	dir, eyes, policy := w.svc.directory, w.key(), w.svc.policy
	if id[0] == 'D' && !policy.dms {
		return api.Channel{}, noDMs()
	}
	ch, known, ok := dir.Channel(eyes, id)
	if !ok || known > age {
		if dir.Missing(eyes, id) {
			return api.Channel{}, noChannel(id)
		}
		var err error
		ch, err = directory.Do(ctx, dir, eyes, id, func(ctx context.Context) (api.Channel, error) {
			if ch, known, ok := dir.Channel(eyes, id); ok && known <= age {
				return ch, nil // somebody was faster
			}
			ch, err := w.reads.Channel(ctx, id)
			if err == nil {
				dir.KeepChannels(eyes, ch)
			}
			return ch, err
		})
		switch {
		case api.Is(err, "channel_not_found"):
			dir.ForgetChannel(eyes, id)
			dir.KeepMissing(eyes, id)
			return api.Channel{}, noChannel(id)
		case api.Is(err, "missing_scope") && policy.all() && age == goodToRead:
			// What may be read does not depend on what it is.
			return api.Channel{ID: id, Direct: id[0] == 'D'}, nil
		case err != nil:
			return api.Channel{}, w.svc.shown(err, "channel %s", id)
		}
	}
	if err := policy.readable(ch); err != nil {
		return api.Channel{}, err
	}
	return ch, nil
}

// channelByName finds a channel that is called so now, or was within age.
func (w *workspace) channelByName(ctx context.Context, name string, age time.Duration) (api.Channel, error) {
	dir, eyes := w.svc.directory, w.key()
	if ch, known, ok := dir.ChannelNamed(eyes, name); ok && !ch.Archived && w.svc.policy.readable(ch) == nil {
		if known <= age {
			return ch, nil
		}
		now, err := w.channelByID(ctx, ch.ID, age)
		switch {
		case err == nil && strings.EqualFold(now.Name, name) && !now.Archived:
			return now, nil
		case err != nil && toolerr.From(err).Code != toolerr.ResourceNotFound:
			return api.Channel{}, err
		}
		// It was renamed, archived or deleted: another may have the name by now.
	}
	if dir.Missing(eyes, "#"+name) {
		return api.Channel{}, w.noSuch(name, "which was looked for within the last minute")
	}
	hunt, err := directory.Do(ctx, dir, eyes, "#"+name, func(ctx context.Context) (*hunt, error) {
		h := &hunt{name: name}
		if ch, known, ok := dir.ChannelNamed(eyes, name); ok && known <= age {
			h.take([]api.Channel{ch}, w.svc.policy) // somebody was faster
		}
		if len(h.live) > 0 {
			return h, nil
		}
		return h, w.hunt(ctx, h)
	})
	if err != nil {
		return api.Channel{}, w.svc.shown(err, "channel #%s, by name", name)
	}
	switch live := hunt.live; {
	case len(live) == 1:
		return live[0], nil
	case len(live) > 1:
		return api.Channel{}, among(toolerr.New(toolerr.InvalidInput, "channel #%s: %d channels are called so, give the id of one", name, len(live)), live)
	case len(hunt.archived) > 0:
		return api.Channel{}, among(toolerr.New(toolerr.ResourceNotFound, "channel #%s is archived: read it by its id", name), hunt.archived)
	}
	dir.KeepMissing(eyes, "#"+name)
	return api.Channel{}, w.noSuch(name, hunt.looked())
}

// linkWait bounds what an answer waits for a permalink, when all else is done.
const linkWait = 2 * time.Second

// permalinkSoon is permalink for what has been written: whoever hears of that late,
// or never, may write it twice.
func (w *workspace) permalinkSoon(ctx context.Context, channel, ts, thread string) string {
	ctx, cancel := context.WithTimeout(ctx, linkWait)
	defer cancel()
	return w.permalink(ctx, channel, ts, thread)
}

// permalink is the URL of a message, made here: nobody is asked but, once, for the
// workspace's address.
func (w *workspace) permalink(ctx context.Context, channel, ts, thread string) string {
	link := w.archives(ctx)
	if link == "" {
		return ""
	}
	link += channel + "/p" + strings.ReplaceAll(ts, ".", "")
	if thread != "" && thread != ts {
		link += "?thread_ts=" + thread + "&cid=" + channel
	}
	return link
}

// archives is what the permalinks of all messages begin with, "" if that is not known.
func (w *workspace) archives(ctx context.Context) string {
	id, err := w.identity(ctx, w.reads)
	if err != nil || id.URL == "" {
		return ""
	}
	return id.URL + "archives/"
}
