package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// The bounds of looking for a name.
const (
	minePage, minePages = 200, 10
	listPage, listPages = 999, 10
	huntFor             = 20 * time.Second
	// candidates is how many are named of those that were meant perhaps.
	candidates = 8
)

// hunt is the search for channels of a name. What the policy hides is passed over,
// as if it were not there.
type hunt struct {
	name           string
	live, archived []api.Channel
	mine, listed   int  // how many were looked through
	whole          bool // there are no more
}

func (h *hunt) looked() string {
	s := fmt.Sprintf("%d that the token takes part in and %d others were looked through", h.mine, h.listed)
	if !h.whole {
		s += "; there are more, so give its id, or the permalink of a message in it"
	}
	return s
}

// hunt looks where the caller takes part, then at the beginning of all channels,
// then asks for a message in it, which takes one request however many channels
// there are, and then at the rest. It stops where it finds one.
func (w *workspace) hunt(ctx context.Context, h *hunt) error {
	ctx, cancel := context.WithTimeout(ctx, huntFor)
	defer cancel()
	next, err := w.pages(ctx, h, w.reads.Mine, api.ListQuery{Types: w.svc.policy.types(), Limit: minePage}, minePages, &h.mine)
	if len(h.live) > 0 {
		return nil
	}
	if err != nil && !api.Is(err, "unknown_method", "missing_scope", "method_not_supported_for_channel_type") {
		return err
	}
	whole := next == "" && err == nil
	all := api.ListQuery{Types: "public_channel,private_channel", Archived: true, Limit: listPage}
	all.Cursor, err = w.pages(ctx, h, w.reads.Channels, all, 1, &h.listed)
	if len(h.live) > 0 || err != nil {
		return err
	}
	if all.Cursor != "" {
		w.bySearch(ctx, h)
	}
	if all.Cursor != "" && len(h.live) == 0 {
		all.Cursor, err = w.pages(ctx, h, w.reads.Channels, all, listPages-1, &h.listed)
	}
	h.whole = whole && all.Cursor == "" && err == nil
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // what was looked through is told
	}
	return err
}

type lister func(context.Context, api.ListQuery) ([]api.Channel, string, error)

// pages looks through a list until there is a hit, and keeps all that it sees.
func (w *workspace) pages(ctx context.Context, h *hunt, list lister, q api.ListQuery, most int, seen *int) (next string, err error) {
	for range most {
		page, next, err := list(ctx, q)
		if api.Is(err, "missing_scope") && q.Types != "public_channel" && q.Cursor == "" {
			q.Types = "public_channel" // which the token sees more likely
			page, next, err = list(ctx, q)
		}
		if err != nil {
			return q.Cursor, err
		}
		w.svc.directory.KeepChannels(w.key(), page...)
		*seen += len(page)
		h.take(page, w.svc.policy)
		if q.Cursor = next; next == "" || len(h.live) > 0 {
			break
		}
	}
	return q.Cursor, nil
}

func (h *hunt) take(page []api.Channel, p *policy) {
	for _, ch := range page {
		to := &h.live
		if ch.Archived {
			to = &h.archived
		}
		same := func(other api.Channel) bool { return other.ID == ch.ID }
		if strings.EqualFold(ch.Name, h.name) && p.readable(ch) == nil && !slices.ContainsFunc(*to, same) {
			*to = append(*to, ch)
		}
	}
}

// bySearch asks a person's search for a message in the channel. It is a short cut:
// whatever goes wrong, the list is looked through.
func (w *workspace) bySearch(ctx context.Context, h *hunt) {
	if w.reads != w.user || strings.ContainsAny(h.name, " \t\n\"") {
		return
	}
	got, err := w.reads.Search(ctx, api.SearchQuery{Query: "in:#" + h.name, Newest: true, Count: 1})
	if err != nil || len(got.Finds) == 0 || !strings.EqualFold(got.Finds[0].ChannelName, h.name) || !idRule.MatchString(got.Finds[0].Channel) {
		return
	}
	if ch, err := w.channelByID(ctx, got.Finds[0].Channel, goodToWrite); err == nil {
		h.take([]api.Channel{ch}, w.svc.policy)
	}
}

// types are the kinds of conversations that have names and may be read.
func (p *policy) types() string {
	if p.dms {
		return "public_channel,private_channel,mpim"
	}
	return "public_channel,private_channel"
}

// noSuch is the error of a name that leads nowhere, with those that are like it.
func (w *workspace) noSuch(name, looked string) error {
	near := make([]api.Channel, 0, candidates)
	w.svc.directory.Channels(w.key(), func(ch api.Channel) bool {
		if ch.Name != "" && directory.Alike(name, ch.Name) && w.svc.policy.readable(ch) == nil {
			near = append(near, ch)
		}
		return len(near) < candidates
	})
	return among(toolerr.New(toolerr.ResourceNotFound, "channel #%s: none is visible here (%s)", plain.Words(name, 100), looked), near)
}

// among adds channels that may be meant to an error.
func among(e *toolerr.Error, list []api.Channel) error {
	if len(list) == 0 {
		return e
	}
	type candidate struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	var named []candidate
	for _, ch := range list[:min(len(list), candidates)] {
		named = append(named, candidate{ch.ID, plain.Line(ch.Name)})
	}
	return e.With("candidates", named)
}
