package slack

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

var updateMessageTool = &mcp.Tool{
	Name:        "update_message",
	Title:       "Change a message",
	Description: `Puts a new text in the place of your own message. Example: {"channel":"#general","ts":"1503435956.000247","text":"**Done**"}`,
	Annotations: &mcp.ToolAnnotations{DestructiveHint: new(true), IdempotentHint: true, OpenWorldHint: new(true)},
}

type updateMessageInput struct {
	Channel string `json:"channel" minLength:"1" quiet:"true" jsonschema:"name, id, permalink"`
	TS      string `json:"ts,omitempty" maxLength:"40" quiet:"true"`
	Text    string `json:"text,omitempty" jsonschema:"Markdown"`
	Format  string `json:"format" enum:"markdown,mrkdwn,plain" default:"markdown" hidden:"true"`
	Blocks  []any  `json:"blocks,omitempty" hidden:"true"`
}

type updateMessageOutput struct {
	Channel   string `json:"channel,omitempty" hidden:"true"`
	TS        string `json:"ts,omitempty" hidden:"true"`
	Permalink string `json:"permalink,omitempty"`
}

func (s *Service) updateMessage(ctx context.Context, in updateMessageInput) (updateMessageOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return updateMessageOutput{}, err
	}
	m, err := w.compose(ctx, composed{in.Text, in.Format, in.Blocks}, true)
	if err != nil {
		return updateMessageOutput{}, err
	}
	p, err := w.targetMessage(ctx, in.Channel, in.TS)
	if err != nil {
		return updateMessageOutput{}, err
	}
	if fact, asked := server.Confirmed(ctx); asked && fact != "" {
		if err := w.unchanged(ctx, p, fact); err != nil {
			return updateMessageOutput{}, err
		}
	}
	d := m.Draft
	d.Channel = p.ID
	err = w.asAuthor(ctx, p.ID, p.TS, func(c *api.Client) error {
		_, err := c.Update(ctx, p.TS, d)
		return err
	})
	if err != nil {
		return updateMessageOutput{}, w.notTheirs(ctx, err, p)
	}
	return updateMessageOutput{Channel: p.ID, TS: p.TS, Permalink: w.permalinkSoon(ctx, p.ID, p.TS, p.ThreadTS)}, nil
}

// updateQuestion shows what would be changed into what.
func (s *Service) updateQuestion(ctx context.Context, in updateMessageInput) (question, fact string, err error) {
	if !server.Askable(ctx) {
		return "Change a message?", "", nil
	}
	w, err := s.open(ctx)
	if err != nil {
		return "", "", err
	}
	m, err := w.compose(ctx, composed{in.Text, in.Format, in.Blocks}, true)
	if err != nil {
		return "", "", err
	}
	p, err := w.targetMessage(ctx, in.Channel, in.TS)
	if err != nil {
		return "", "", err
	}
	words, fact, err := w.shownMessage(ctx, p)
	if err != nil {
		return "", "", err
	}
	return fmt.Sprintf("Change the %s\nInto: %s", words, plain.Words(m.Says, maxShownText)), fact, nil
}
