package slack

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

// maxShared bounds of how many channels a page shows messages that people share.
const maxShared = 50

// verdicts are the channels of which messages that people share may be shown.
type verdicts map[string]bool

// hidden reports whether a message from a channel may not be shown: also where that
// is not known.
func (v verdicts) hidden(channel string) bool { return !v[channel] }

// judge adds whether messages of channels may be shown: whoever shares one decides it
// for those who read along, and not for what the operator allows. What cannot be asked
// now stays hidden.
func (w *workspace) judge(ctx context.Context, v verdicts, channels []string) {
	var unknown []string
	for _, id := range channels {
		if _, asked := v[id]; !asked && len(v) < maxShared {
			v[id] = false
			if idRule.MatchString(id) {
				unknown = append(unknown, id)
			}
		}
	}
	if len(unknown) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, labelsFor)
	defer cancel()
	age := w.svc.policy.goodToRead()
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(lookupsAtOnce)
	for _, id := range unknown {
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			switch _, err := w.channelByID(ctx, id, age); {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				v[id] = true
			case passes(err):
				cancel() // so it would be for the others
			}
			return nil
		})
	}
	_ = g.Wait() // what failed is hidden
}

// judged are the verdicts on what a page of messages shares, for which Slack's
// answers are bounded in time. It is nil where everything may be shown.
func (w *workspace) judged(ctx context.Context, shared []string) func(channel string) bool {
	if w.svc.policy.all() {
		return nil
	}
	v := make(verdicts)
	w.judge(ctx, v, shared)
	return v.hidden
}

// sharedWith are the channels of the messages that are shared with others.
func sharedWith(list []api.Message) []string {
	var all []string
	for i := range list {
		for _, raw := range list[i].Attachments {
			render.Hides(raw, func(id string) bool {
				all = append(all, id)
				return false
			})
		}
	}
	return all
}

// goodToRead is how old what is known of a channel may be to read it: names are what
// the operator's patterns may be about.
func (p *policy) goodToRead() time.Duration {
	if len(p.allow)+len(p.deny) > 0 {
		return goodToMatch
	}
	return goodToRead
}
