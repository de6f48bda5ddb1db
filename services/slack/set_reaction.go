package slack

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

var setReactionTool = &mcp.Tool{
	Name:        "set_reaction",
	Title:       "React",
	Description: `Adds your emoji to a message. Example: {"channel":"#general","ts":"1503435956.000247","emoji":"eyes"}`,
	Annotations: &mcp.ToolAnnotations{DestructiveHint: new(false), IdempotentHint: true, OpenWorldHint: new(true)},
}

type setReactionInput struct {
	Channel string `json:"channel" minLength:"1" quiet:"true" jsonschema:"name, id, permalink"`
	TS      string `json:"ts,omitempty" maxLength:"40" quiet:"true"`
	Emoji   string `json:"emoji" jsonschema:"name, such as +1" minLength:"1" maxLength:"120" quiet:"true"`
	Remove  bool   `json:"remove,omitempty" jsonschema:"takes it away"`
}

type setReactionOutput struct {
	Channel string `json:"channel,omitempty" hidden:"true"`
	TS      string `json:"ts,omitempty" hidden:"true"`
	Emoji   string `json:"emoji,omitempty" hidden:"true"`
	// Changed is false if it was so before.
	Changed bool `json:"changed"`
}

// emojiRule is how Slack names emoji: what a team made itself may be in any
// script.
var emojiRule = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_+'-]{1,100}(::skin-tone-[2-6])?$`)

// emojiName reads the name of an emoji, with or without its colons.
func emojiName(s string) (string, error) {
	name := strings.ToLower(strings.Trim(strings.TrimSpace(s), ":"))
	name, tone, toned := strings.Cut(name, ":")
	if tone = strings.Trim(tone, ":"); toned {
		name += "::" + tone
	}
	if !emojiRule.MatchString(name) {
		return "", toolerr.Invalid("emoji", "emoji %s is no name of one: write it as eyes, +1 or wave::skin-tone-2, not as the character", plain.Words(s, 40))
	}
	return name, nil
}

func (s *Service) setReaction(ctx context.Context, in setReactionInput) (setReactionOutput, error) {
	w, err := s.open(ctx)
	if err != nil {
		return setReactionOutput{}, err
	}
	emoji, err := emojiName(in.Emoji)
	if err != nil {
		return setReactionOutput{}, err
	}
	p, err := w.targetMessage(ctx, in.Channel, in.TS)
	if err != nil {
		return setReactionOutput{}, err
	}
	out := setReactionOutput{Channel: p.ID, TS: p.TS, Emoji: emoji, Changed: true}
	if in.Remove {
		err = w.unreact(ctx, p, emoji)
	} else {
		err = w.joining(ctx, w.writes, p.Channel, func() error { return w.writes.React(ctx, p.ID, p.TS, emoji, false) })
	}
	switch {
	case err == nil && !in.Remove:
		w.remember(ctx, p.ID, reactionOf(p.TS, emoji))
	case api.Is(err, "already_reacted", "no_reaction"):
		out.Changed, err = false, nil
	case api.Is(err, "invalid_name"):
		err = toolerr.Wrap(err, toolerr.InvalidInput, "emoji %s is not known in this workspace: use a standard name such as eyes, or one that the team has made", emoji)
	}
	return out, s.shown(err, "reaction %s", emoji)
}

// reactionOf is what is remembered of a reaction.
func reactionOf(ts, emoji string) string { return ts + " " + emoji }

// unreact takes the caller's reaction away: their own, or the bot's if it is nobody
// else's or they had it set.
func (w *workspace) unreact(ctx context.Context, p place, emoji string) error {
	if w.svc.access.people == nil || slices.Contains(w.authors(ctx, p.ID, reactionOf(p.TS, emoji)), w.writes) {
		return w.joining(ctx, w.writes, p.Channel, func() error { return w.writes.React(ctx, p.ID, p.TS, emoji, true) })
	}
	err := w.user.React(ctx, p.ID, p.TS, emoji, true)
	// A person's token that was given for reading alone is no reason to have it changed.
	if api.Is(err, "missing_scope") {
		return toolerr.Wrap(err, toolerr.PermissionDenied, "reaction %s is not yours: what the app's bot has set whoever had it set takes away, for a day", emoji)
	}
	return err
}
