package slack

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/recent"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

const (
	// completionLife is how long a list serves what is typed, letter by letter.
	completionLife  = time.Minute
	completionBytes = 4 << 20
	// completionPage is what is asked of Slack at once. What is not in it, people
	// type.
	completionPage = 200
	// maxNamesKnown bounds the names that a list of proposals is chosen from.
	maxNamesKnown = 5000
	// maxKnownThreads are remembered of a channel, the newest.
	maxKnownThreads = 50
)

// recently returns the list that ask makes, or one that the same eyes were given a
// short time ago. A completion has no use for an error: what Slack refuses is not
// asked for again with the next letter.
func (w *workspace) recently(ctx context.Context, what string, ask func() ([]string, error)) []string {
	key := w.key() + " " + what
	if words, ok := w.svc.recent.Get(key); ok {
		return words
	}
	words, err := ask()
	if err != nil {
		if ctx.Err() != nil || toolerr.From(w.svc.shown(err, "%s", what)).Retryable {
			return nil
		}
		words = nil
	}
	w.svc.recent.Put(key, words)
	return words
}

// completing opens the workspace of a completion, nil if there is nothing to
// propose in it.
func (s *Service) completing(ctx context.Context, settled map[string]string) *workspace {
	team := settled["team"]
	if team == "" {
		team = ownTeam
	}
	w, err := s.openIn(ctx, team)
	if err != nil {
		return nil
	}
	return w
}

// marked are the proposals for what may begin with a mark, such as #: with it, if
// it was typed.
func marked(mark, typed string, words []string) []string {
	bare, had := strings.CutPrefix(typed, mark)
	list := recent.Matching(bare, words)
	if had {
		for i := range list {
			list[i] = mark + list[i]
		}
	}
	return list
}

// channelNames are the names of channels that were seen lately, and of a page of
// those that the caller takes part in. All channels are never listed for it.
func (w *workspace) channelNames(ctx context.Context) []string {
	return w.recently(ctx, "channels", func() ([]string, error) {
		var names []string
		add := func(ch api.Channel) {
			if ch.Name != "" && !ch.Archived && !ch.Direct && !ch.Group && w.svc.policy.readable(ch) == nil {
				names = append(names, ch.Name)
			}
		}
		mine, _, err := w.reads.Mine(ctx, api.ListQuery{Types: "public_channel,private_channel", Limit: completionPage})
		w.svc.directory.KeepChannels(w.key(), mine...)
		for _, ch := range mine {
			add(ch)
		}
		w.svc.directory.Channels(w.key(), func(ch api.Channel) bool {
			add(ch)
			return len(names) < maxNamesKnown
		})
		slices.Sort(names)
		return slices.Compact(names), err
	})
}

// completeTeam completes the workspace: there is one.
func (s *Service) completeTeam(_ context.Context, typed string, _ map[string]string) ([]string, error) {
	return recent.Matching(typed, []string{ownTeam}), nil
}

// completeChannel completes the name of a channel.
func (s *Service) completeChannel(ctx context.Context, typed string, settled map[string]string) ([]string, error) {
	w := s.completing(ctx, settled)
	if w == nil {
		return nil, nil
	}
	return marked("#", typed, w.channelNames(ctx)), nil
}

// completeChannels completes the last of several channels that are separated by
// commas.
func (s *Service) completeChannels(ctx context.Context, typed string, settled map[string]string) ([]string, error) {
	last := strings.TrimLeft(typed[strings.LastIndexByte(typed, ',')+1:], " ")
	before := typed[:len(typed)-len(last)]
	list, err := s.completeChannel(ctx, last, settled)
	for i := range list {
		list[i] = before + list[i]
	}
	return list, err
}

// rememberThreads keeps which threads a channel's newest messages have.
func (w *workspace) rememberThreads(channel string, list []string) {
	w.svc.recent.Put(w.key()+" threads "+channel, list[:min(len(list), maxKnownThreads)])
}

// completeThread completes the timestamp of a thread, by those that were seen
// lately in its channel. Nobody is asked for them.
func (s *Service) completeThread(ctx context.Context, typed string, settled map[string]string) ([]string, error) {
	w := s.completing(ctx, settled)
	if w == nil || settled["channel"] == "" {
		return nil, nil
	}
	ch, err := w.channel(ctx, settled["channel"])
	if err != nil {
		return nil, nil
	}
	list, _ := s.recent.Get(w.key() + " threads " + ch.ID)
	return recent.Matching(typed, list), nil
}

// completeSince completes how long ago.
func completeSince(_ context.Context, typed string, _ map[string]string) ([]string, error) {
	return recent.Matching(typed, []string{"24h", "3d", "7d", "4h", "1h"}), nil
}

// completeUser completes the handle of somebody who was seen lately, by the handle
// or what people call them. Nobody is asked for them.
func (s *Service) completeUser(ctx context.Context, typed string, settled map[string]string) ([]string, error) {
	w := s.completing(ctx, settled)
	if w == nil {
		return nil, nil
	}
	bare := directory.Fold(strings.TrimPrefix(typed, "@"))
	mark := typed[:len(typed)-len(strings.TrimPrefix(typed, "@"))]
	var first, other []string
	s.directory.People(w.key(), func(u api.User) bool {
		switch handle := directory.Fold(u.Handle); {
		case u.Handle == "" || u.Deleted:
		case strings.HasPrefix(handle, bare), strings.HasPrefix(directory.Fold(u.Label()), bare):
			first = append(first, mark+u.Handle)
		case len(other) < recent.MaxMatching && (strings.Contains(handle, bare) || strings.Contains(directory.Fold(u.Label()), bare)):
			other = append(other, mark+u.Handle)
		}
		return len(first) < recent.MaxMatching
	})
	slices.Sort(first)
	slices.Sort(other)
	all := append(first, other...)
	return all[:min(len(all), recent.MaxMatching)], nil
}
