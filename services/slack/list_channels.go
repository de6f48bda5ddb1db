package slack

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

// filteredPages bounds the pages of Slack's that one answer is picked from.
const filteredPages = 5

var listChannelsTool = &mcp.Tool{
	Name:        "list_channels",
	Title:       "List channels",
	Description: `Your channels, or all; other tools take names too. Example: {"query":"deploy"}`,
	Annotations: server.ReadOnly(true),
}

type listChannelsInput struct {
	Query      string   `json:"query,omitempty" maxLength:"80" quiet:"true" jsonschema:"part of the name"`
	Types      []string `json:"types,omitempty" enum:"public_channel,private_channel,mpim,im" maxItems:"4" quiet:"true" jsonschema:"else public and private"`
	MemberOnly bool     `json:"member_only" default:"true" quiet:"true" jsonschema:"false: all visible"`
	Archived   bool     `json:"include_archived,omitempty" hidden:"true"`
	Limit      int      `json:"limit" min:"1" max:"200" default:"50" quiet:"true"`
	Cursor     string   `json:"cursor,omitempty"`
}

type listChannelsOutput struct {
	Channels items[channelItem] `json:"channels"`
	rest
}

// channelItem is a channel in a list.
type channelItem struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Type     string `json:"type,omitempty" hidden:"true"` // that of a public channel is left out
	Topic    string `json:"topic,omitempty"`
	Members  int    `json:"members,omitempty" hidden:"true"`
	Member   bool   `json:"member,omitempty" hidden:"true"`
	Archived bool   `json:"archived,omitempty" hidden:"true"`
	External bool   `json:"external,omitempty" hidden:"true"`
}

// channelPlace is where a list of channels goes on: a page of Slack's, and how many
// of it have been looked at.
type channelPlace struct {
	Cursor string `json:"c,omitempty"`
	Skip   int    `json:"s,omitempty"`
	Size   int    `json:"n,omitempty"`
}

func (s *Service) listChannels(ctx context.Context, in listChannelsInput) (listChannelsOutput, error) {
	out := listChannelsOutput{Channels: items[channelItem]{}}
	w, err := s.open(ctx)
	if err != nil {
		return out, err
	}
	q := api.ListQuery{Archived: in.Archived}
	if q.Types, err = s.policy.chosen(in.Types); err != nil {
		return out, err
	}
	question := in
	question.Limit, question.Cursor = 0, ""
	bound := asked(question)
	at := channelPlace{Size: in.pageSize(s.policy)}
	if err := s.cursors.Open(in.Cursor, &at, "list_channels", w.key(), bound); err != nil {
		return out, err
	}
	list := w.reads.Channels
	if in.MemberOnly {
		list = w.reads.Mine
	}
	found, end, err := w.pick(ctx, list, q, &at, in)
	if err != nil {
		if err = s.shown(err, "list of channels"); in.Cursor == "" && len(found) == 0 || !out.ended(err) {
			return out, err
		}
	}
	out.Channels = w.channelItems(ctx, found, in.MemberOnly)
	if !end {
		out.NextCursor, err = s.cursors.Seal(at, "list_channels", w.key(), bound)
		return out, err
	}
	return out, nil
}

// pageSize is how many to ask Slack for: what is shown, or more where not all of it
// will be.
func (in listChannelsInput) pageSize(p *policy) int {
	switch {
	case in.Query == "" && len(p.allow)+len(p.deny) == 0:
		return in.Limit
	case in.MemberOnly:
		return minePage
	}
	return listPage
}

// pick takes from pages of a list what fits, and moves at behind it. end says that
// there is no more. With an error found is what there was before it.
func (w *workspace) pick(ctx context.Context, list lister, q api.ListQuery, at *channelPlace, in listChannelsInput) (found []api.Channel, end bool, err error) {
	word := directory.Fold(strings.TrimPrefix(strings.TrimSpace(in.Query), "#"))
	for range filteredPages {
		q.Cursor, q.Limit = at.Cursor, at.Size
		page, next, err := list(ctx, q)
		if err != nil {
			return found, false, err
		}
		w.svc.directory.KeepChannels(w.key(), page...)
		for i := min(at.Skip, len(page)); i < len(page); i++ {
			ch := page[i]
			if !strings.Contains(directory.Fold(ch.Name), word) || w.svc.policy.readable(ch) != nil {
				continue
			}
			if len(found) == in.Limit {
				at.Skip = i
				return found, false, nil
			}
			found = append(found, ch)
		}
		at.Cursor, at.Skip = next, 0
		if next == "" {
			return found, true, nil
		}
		if len(found) == in.Limit {
			break
		}
	}
	return found, false, nil
}

// channelItems are channels as a list shows them. Direct messages have the name of
// who is at the other end.
func (w *workspace) channelItems(ctx context.Context, list []api.Channel, mine bool) []channelItem {
	var others []string
	for _, ch := range list {
		if ch.Direct {
			others = append(others, ch.User)
		}
	}
	labels := w.labels(ctx, others)
	items := make([]channelItem, len(list))
	for i, ch := range list {
		it := channelItem{
			ID: ch.ID, Name: plain.Line(ch.Name), Type: kind(ch), Topic: plain.Words(render.Mrkdwn(ch.Topic, render.Names{}), 120), Members: ch.Members,
			Member: ch.Member && !mine, Archived: ch.Archived, External: ch.External,
		}
		if ch.Direct {
			it.Name = "@" + labels[ch.User]
		}
		items[i] = it
	}
	return items
}

// kind is what sort of conversation one is; "" for a public channel.
func kind(ch api.Channel) string {
	switch {
	case ch.Direct:
		return "im"
	case ch.Group:
		return "mpim"
	case ch.Private:
		return "private_channel"
	}
	return ""
}

// chosen are the types that were asked for, as Slack writes them; all channels if
// none were.
func (p *policy) chosen(types []string) (string, error) {
	if len(types) == 0 {
		return "public_channel,private_channel", nil
	}
	for _, t := range types {
		switch t {
		case "public_channel", "private_channel":
		case "mpim", "im":
			if !p.dms {
				return "", noDMs()
			}
		default:
			return "", toolerr.Invalid("types", "types: there are public_channel, private_channel, mpim and im")
		}
	}
	return strings.Join(types, ","), nil
}
