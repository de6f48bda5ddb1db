package slack

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

var deleteMessageTool = &mcp.Tool{
	Name:        "delete_message",
	Title:       "Delete a message",
	Description: `Deletes your own message, or takes back a scheduled one. Example: {"channel":"#general","ts":"1503435956.000247"}`,
	Annotations: &mcp.ToolAnnotations{DestructiveHint: new(true), IdempotentHint: true, OpenWorldHint: new(true)},
}

type deleteMessageInput struct {
	Channel     string `json:"channel" minLength:"1" quiet:"true" jsonschema:"name, id, permalink"`
	TS          string `json:"ts,omitempty" maxLength:"40" quiet:"true"`
	ScheduledID string `json:"scheduled_message_id,omitempty" pattern:"^Q[A-Z0-9]+$" quiet:"true" jsonschema:"instead of ts"`
}

type deleteMessageOutput struct {
	Channel     string `json:"channel,omitempty" hidden:"true"`
	TS          string `json:"ts,omitempty" hidden:"true"`
	ScheduledID string `json:"scheduled_message_id,omitempty" hidden:"true"`
}

// named finds what is to be deleted.
func (in deleteMessageInput) named(ctx context.Context, w *workspace) (place, error) {
	if in.ScheduledID == "" {
		return w.targetMessage(ctx, in.Channel, in.TS)
	}
	if in.TS != "" {
		return place{}, toolerr.Invalid("ts", "ts is of a message that was sent, scheduled_message_id of one that was not: give one of them")
	}
	return w.target(ctx, in.Channel)
}

func (s *Service) deleteMessage(ctx context.Context, in deleteMessageInput) (deleteMessageOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return deleteMessageOutput{}, err
	}
	p, err := in.named(ctx, w)
	if err != nil {
		return deleteMessageOutput{}, err
	}
	if in.ScheduledID != "" {
		err := w.asAuthor(ctx, p.ID, in.ScheduledID, func(c *api.Client) error { return c.DeleteScheduled(ctx, p.ID, in.ScheduledID) })
		if api.Is(err, "invalid_scheduled_message_id") {
			return deleteMessageOutput{}, toolerr.Wrap(err, toolerr.ResourceNotFound,
				"%s has no scheduled message %s of this token: it was sent, taken back, or will be within a minute", called(p.Channel), in.ScheduledID)
		}
		return deleteMessageOutput{Channel: p.ID, ScheduledID: in.ScheduledID}, s.shown(err, "scheduled message %s", in.ScheduledID)
	}
	if fact, asked := server.Confirmed(ctx); asked && fact != "" {
		if err := w.unchanged(ctx, p, fact); err != nil {
			return deleteMessageOutput{}, err
		}
	}
	if err := w.asAuthor(ctx, p.ID, p.TS, func(c *api.Client) error { return c.Delete(ctx, p.ID, p.TS) }); err != nil {
		return deleteMessageOutput{}, w.notTheirs(ctx, err, p)
	}
	return deleteMessageOutput{Channel: p.ID, TS: p.TS}, nil
}

// deleteQuestion shows what would be gone.
func (s *Service) deleteQuestion(ctx context.Context, in deleteMessageInput) (question, fact string, err error) {
	if !server.Askable(ctx) {
		return "Delete a message?", "", nil
	}
	w, err := s.open(ctx)
	if err != nil {
		return "", "", err
	}
	p, err := in.named(ctx, w)
	if err != nil {
		return "", "", err
	}
	if in.ScheduledID != "" {
		return fmt.Sprintf("Take back the scheduled message %s to %s?", plain.Words(in.ScheduledID, 40), w.whereWords(ctx, p)), "", nil
	}
	words, fact, err := w.shownMessage(ctx, p)
	return "Delete the " + words, fact, err
}
