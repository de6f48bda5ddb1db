package slack

import (
	"cmp"
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Marking is a tool of its own beside list_unreads: an argument must not make a tool
// write that is annotated as one that only reads.
var markReadTool = &mcp.Tool{
	Name:        "mark_read",
	Title:       "Mark as read",
	Description: `Mark your conversation as read up to a message, which is what list_unreads showed last. Example: {"channel":"#general","ts":"1503435956.000247"}`,
	Annotations: &mcp.ToolAnnotations{DestructiveHint: new(false), IdempotentHint: true, OpenWorldHint: new(true)},
}

type markReadInput struct {
	Channel string `json:"channel" jsonschema:"name, id, permalink"`
	TS      string `json:"ts,omitempty" jsonschema:"of the last message read"`
}

type markReadOutput struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

func (s *Service) markRead(ctx context.Context, in markReadInput) (markReadOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return markReadOutput{}, err
	}
	if w.user == nil {
		return markReadOutput{}, errNoReader()
	}
	p, err := w.channel(ctx, in.Channel) // nothing is written that others see
	if err != nil {
		return markReadOutput{}, err
	}
	ts, err := timestamp("ts", cmp.Or(in.TS, p.TS))
	if err != nil {
		return markReadOutput{}, err
	}
	return markReadOutput{p.ID, ts}, s.shown(w.user.Mark(ctx, p.ID, ts), "channel %s", p.ID)
}
