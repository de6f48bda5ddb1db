package outgoing

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	maxBlocks      = 50
	maxBlockBytes  = 200_000
	maxBlockNested = 24
)

// encodeBlocks returns blocks as they are sent, if they are ones that Slack knows.
// What was looked at is what is sent: it is written anew, so that no name is in it
// twice.
func encodeBlocks(blocks []map[string]any) ([]json.RawMessage, error) {
	if len(blocks) > maxBlocks {
		return nil, toolerr.Invalid("blocks", "blocks: there are %d, and a message takes %d: split it", len(blocks), maxBlocks)
	}
	markdown, size := 0, 0
	all := make([]json.RawMessage, 0, len(blocks))
	for i, b := range blocks {
		if depth(b, maxBlockNested) {
			return nil, toolerr.Invalid("blocks", "blocks[%d] is nested too deeply", i)
		}
		if text, ok := b["text"].(string); ok && b["type"] == "markdown" {
			markdown += utf8.RuneCountInString(text)
		}
		one, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		if err := api.CheckBlock(one); err != nil {
			var bad *api.BlockError
			if !errors.As(err, &bad) {
				return nil, err
			}
			return nil, toolerr.Invalid("blocks", "blocks[%d]: %s", i, bad.Error())
		}
		all, size = append(all, one), size+len(one)
	}
	if markdown > maxMarkdown {
		return nil, toolerr.Invalid("blocks", "blocks: the Markdown in them has %d characters, %d more than the %d that Slack takes at once: split it", markdown, markdown-maxMarkdown, maxMarkdown)
	}
	if size > maxBlockBytes {
		return nil, toolerr.Invalid("blocks", "blocks have %d bytes, more than %d: split them", size, maxBlockBytes)
	}
	return all, nil
}

// fetched returns the name of a part of blocks whose address Slack asks for when it
// shows them, "" if there is none.
func fetched(key string, v any) string {
	switch v := v.(type) {
	case string:
		switch low := strings.ToLower(key); low {
		case "image_url", "thumb_url", "thumbnail_url", "video_url", "icon_url", "provider_icon_url", "author_icon", "footer_icon":
			return low
		}
	case []map[string]any:
		for _, e := range v {
			if key := fetched("", e); key != "" {
				return key
			}
		}
	case []any:
		for _, e := range v {
			if key := fetched("", e); key != "" {
				return key
			}
		}
	case map[string]any:
		for k, e := range v {
			if key := fetched(k, e); key != "" {
				return key
			}
		}
	}
	return ""
}

// depth reports whether v goes deeper than left levels.
func depth(v any, left int) bool {
	if left == 0 {
		return true
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if depth(e, left-1) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if depth(e, left-1) {
				return true
			}
		}
	}
	return false
}
