package slack

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

// The most that is shown of a text, in bytes.
const (
	maxPin        = 200
	maxAboutShown = 1000 // of a topic or a purpose
)

var getChannelInfoTool = &mcp.Tool{
	Name:        "get_channel_info",
	Title:       "Channel info",
	Description: `What a channel is for, who is in it, what is pinned. Example: {"channel":"#general","include_members":true}`,
	Annotations: server.ReadOnly(true),
}

type getChannelInfoInput struct {
	Channel string `json:"channel" jsonschema:"name, id, permalink"`
	Members bool   `json:"include_members,omitempty" jsonschema:"their names"`
	Pins    bool   `json:"include_pins,omitempty" jsonschema:"pinned messages"`
	Limit   int    `json:"member_limit" min:"1" max:"200" default:"50" hidden:"true"`
	Cursor  string `json:"cursor,omitempty"`
}

type channelInfo struct {
	channelItem
	Purpose string            `json:"purpose,omitempty"`
	Creator string            `json:"creator,omitempty" hidden:"true"`
	Created string            `json:"created,omitempty" hidden:"true"`
	People  items[personName] `json:"people,omitempty"`
	Pins    items[pinItem]    `json:"pins,omitempty"`
	rest
}

// personName is somebody in a list of names.
type personName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// pinItem is what is pinned to a channel.
type pinItem struct {
	TS   string `json:"ts,omitempty"`
	User string `json:"user,omitempty"`
	Text string `json:"text,omitempty"`
	File string `json:"file,omitempty"`
}

func (s *Service) getChannelInfo(ctx context.Context, in getChannelInfoInput) (channelInfo, error) {
	w, err := s.open(ctx)
	if err != nil {
		return channelInfo{}, err
	}
	named, err := w.channel(ctx, in.Channel)
	if err != nil {
		return channelInfo{}, err
	}
	cursor := ""
	if err := s.cursors.Open(in.Cursor, &cursor, "get_channel_info", w.key(), named.ID); err != nil {
		return channelInfo{}, err
	}
	var out channelInfo
	if in.Cursor == "" {
		if out, err = w.describe(ctx, named.Channel, in.Pins); err != nil {
			return out, err
		}
	} else {
		out.channelItem = channelItem{ID: named.ID, Name: plain.Line(named.Name)}
	}
	if !in.Members && in.Cursor == "" {
		return out, nil
	}
	ids, next, err := w.reads.Members(ctx, named.ID, in.Limit, cursor)
	if err != nil {
		if err = s.shown(err, "members of channel %s", called(named.Channel)); !out.ended(err) || in.Cursor != "" {
			return channelInfo{}, err
		}
		return out, nil
	}
	labels := w.labels(ctx, ids)
	for _, id := range ids {
		out.People = append(out.People, personName{id, labels[id]})
	}
	if next != "" {
		out.NextCursor, err = s.cursors.Seal(next, "get_channel_info", w.key(), named.ID)
	}
	return out, err
}

// describe says what a channel is, and what is pinned to it. It asks again for what
// came from memory or from a list without numbers.
func (w *workspace) describe(ctx context.Context, ch api.Channel, pins bool) (out channelInfo, err error) {
	if ch.Created == 0 || ch.Members == 0 {
		if ch, err = w.channelByID(ctx, ch.ID, 0); err != nil {
			return out, err
		}
	}
	id := ch.ID
	var pinned []api.Pin
	if pins {
		pinned, err = w.reads.Pins(ctx, id)
		if err = w.svc.shown(err, "pins of channel %s", called(ch)); err != nil && !out.ended(err) {
			return out, err
		}
	}
	var said []api.Message
	for _, p := range pinned {
		if p.Message != nil {
			said = append(said, *p.Message)
		}
	}
	v := w.voices(ctx, said, ch.Creator)
	names := v.names()
	out.channelItem = w.channelItems(ctx, []api.Channel{ch}, false)[0]
	out.Topic, out.Purpose = plain.Shorten(render.Mrkdwn(ch.Topic, names), maxAboutShown), plain.Shorten(render.Mrkdwn(ch.Purpose, names), maxAboutShown)
	out.Creator = v.name(ch.Creator)
	if ch.Created > 0 {
		out.Created = time.Unix(ch.Created, 0).UTC().Format(time.RFC3339)
	}
	for _, p := range pinned {
		it := pinItem{}
		if m := p.Message; m != nil {
			it.TS, it.User, it.Text = m.TS, cmp.Or(plain.Words(writtenAs(m), 80), v.name(m.User)), plain.Words(render.Text(*m, names), maxPin)
		}
		if f := p.File; f != nil {
			it.File = plain.Words(strings.TrimSpace(f.ID+" "+f.Name+" "+strconv.FormatInt(f.Size, 10)+" bytes"), maxPin)
		}
		out.Pins = append(out.Pins, it)
	}
	return out, nil
}
