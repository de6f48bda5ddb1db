package emulator

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mcpfleet/mcpfleet/test/internal/proc"
	"github.com/mcpfleet/mcpfleet/test/node"
)

//go:embed slack.mjs
var slackScript string

// The tokens of its bot and of mona, and who has written what the bot posts.
const (
	SlackBotUser = "octobot"
	SlackBot     = "xoxb-emulated-bot"
	SlackUser    = "xoxp-emulated-mona"
)

// slackSeed is what a new Slack has: mona, hubot, the bot octobot, #general and #random.
func slackSeed() map[string]any {
	token := func(text, user, kind string) map[string]any {
		return map[string]any{"token": text, "user": user, "type": kind}
	}
	return map[string]any{"slack": map[string]any{
		"team": map[string]any{"name": "Octo", "domain": "octo"},
		"users": []any{
			map[string]any{"name": "mona", "real_name": "Mona Lisa", "email": "mona@octo.example"},
			map[string]any{"name": "hubot", "real_name": "Hu Bot", "email": "hubot@octo.example"},
		},
		"bots":   []any{map[string]any{"name": SlackBotUser}},
		"tokens": []any{token(SlackBot, SlackBotUser, "bot"), token(SlackUser, "mona", "user")},
	}}
}

// Slack is a running emulator of Slack. It must be ended with [Slack.Stop].
type Slack struct {
	// URL is that of its Web API, with a slash at its end.
	URL string

	process *proc.Process
}

// StartSlack runs an emulator of Slack on a free port of this machine.
func StartSlack(ctx context.Context, tools *node.Tools) (*Slack, error) {
	text, err := json.Marshal(slackSeed())
	if err != nil {
		return nil, err
	}
	p, err := proc.Start(tools.Node, "--input-type=module", "--eval", slackScript, tools.Emulate, string(text))
	if err != nil {
		return nil, err
	}
	serving, err := p.Await(ctx, "serving", 1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("emulate: %w", err), p.Kill())
	}
	return &Slack{URL: serving[0].Text("url") + "/api/", process: p}, nil
}

// Stop ends the emulator. The error is nil if it ran until then.
func (s *Slack) Stop(ctx context.Context) error {
	defer s.process.Kill()
	if err := s.process.Stdin.Close(); err != nil {
		return err
	}
	return s.process.Wait(ctx)
}
