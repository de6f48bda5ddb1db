package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// BlockError says why a block is none that Slack knows.
type BlockError struct {
	// Kind is the type that it claims.
	Kind   string
	reason string
}

// Error says what is wrong with it.
func (e *BlockError) Error() string { return e.reason }

// CheckBlock returns why a block of Block Kit is none, as a *BlockError; nil if it
// is one.
func CheckBlock(block json.RawMessage) error {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(block, &head); err != nil || head.Type == "" {
		return &BlockError{reason: `it has no type, such as "section"`}
	}
	kind := plain.Words(head.Type, 40)
	var set slack.Blocks
	if err := set.UnmarshalJSON([]byte("[" + string(block) + "]")); err != nil {
		return &BlockError{kind, kind + ": " + misfit(err)}
	}
	for _, b := range set.BlockSet {
		if _, unknown := b.(*slack.UnknownBlock); unknown {
			return &BlockError{kind, fmt.Sprintf("%q is no kind of block known here: use section, header, divider, context, image, markdown, rich_text, table or actions", kind)}
		}
	}
	return nil
}

// misfit says what of a block has the wrong form.
func misfit(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		at := kind.Field
		if at == "" {
			at = "a part of it"
		}
		return fmt.Sprintf("%s is %s, and has to be another kind of value", plain.Words(at, 80), kind.Value)
	}
	return plain.Words(strings.TrimPrefix(err.Error(), "slack: "), 160)
}
