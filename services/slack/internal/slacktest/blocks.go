package slacktest

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxMarkdown is the most text that the markdown of a message has.
const maxMarkdown = 12_000

// bounds are the longest texts of blocks, by the place of the text.
var bounds = map[string]int{"section/text/text": 3000, "header/text/text": 150, "context/elements": 10, "section/fields": 10, "table/rows": 100}

// kinds are the blocks that a message may have.
var kinds = strings.Fields("actions alert card carousel context context_actions divider file header image input markdown plan rich_text section table task_card video data_table data_visualization")

// readBlocks reads blocks as strictly as Slack does.
func readBlocks(text string) ([]any, error) {
	var all []any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	if len(all) > 50 {
		return nil, refuse("invalid_blocks", "[ERROR] no more than 50 items allowed [json-pointer:/blocks]")
	}
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, "[ERROR] "+fmt.Sprintf(format, args...)) }
	markdown := 0
	ids := make(map[string]bool)
	for i, b := range all {
		m, ok := b.(object)
		if !ok {
			say("must be an object [json-pointer:/blocks/%d]", i)
			continue
		}
		if id, ok := m["block_id"].(string); ok {
			if ids[id] {
				say("`block_id` already exists [json-pointer:/blocks/%d/block_id]", i)
			}
			ids[id] = true
		}
		kind, _ := m["type"].(string)
		checkBlock(m, kind, func(at, what string) { say("%s [json-pointer:/blocks/%d%s]", what, i, at) })
		if kind == "markdown" {
			text, _ := m["text"].(string)
			markdown += utf8.RuneCountInString(text)
		}
	}
	switch {
	case len(wrong) != 0:
		return nil, refuse("invalid_blocks", wrong...)
	case markdown > maxMarkdown:
		return nil, refuse("msg_blocks_too_long")
	}
	return all, nil
}

func checkBlock(m object, kind string, say func(at, what string)) {
	if kind == "" {
		say("", "missing required field: type")
		return
	}
	supported := false
	for _, k := range kinds {
		supported = supported || k == kind
	}
	if !supported {
		say("/type", "unsupported type: "+kind)
		return
	}
	switch kind {
	case "markdown":
		if text, ok := m["text"].(string); !ok || text == "" {
			say("", "missing required field: text")
		}
	case "header":
		checkText(m["text"], kind, "plain_text", say)
	case "section":
		if m["text"] == nil && m["fields"] == nil {
			say("", "missing required field: text")
		}
		if m["text"] != nil {
			checkText(m["text"], kind, "mrkdwn plain_text", say)
		}
		if fields, ok := m["fields"].([]any); ok && len(fields) > bounds["section/fields"] {
			say("/fields", "no more than 10 items allowed")
		}
	case "image":
		if m["alt_text"] == nil {
			say("", "missing required field: alt_text")
		}
		if m["image_url"] == nil && m["slack_file"] == nil {
			say("", "missing required field: image_url")
		}
	case "rich_text", "context", "actions":
		if _, ok := m["elements"].([]any); !ok {
			say("", "missing required field: elements")
		}
	}
}

func checkText(v any, kind, types string, say func(at, what string)) {
	m, _ := v.(object)
	text, _ := m["text"].(string)
	t, _ := m["type"].(string)
	most := bounds[kind+"/text/text"]
	switch {
	case m == nil:
		say("", "missing required field: text")
	case t == "" || !strings.Contains(types, t):
		say("/text/type", "unsupported type: "+t)
	case text == "":
		say("/text/text", "must be more than 0 characters")
	case utf8.RuneCountInString(text) > most:
		say("/text/text", fmt.Sprintf("must be less than %d characters", most+1))
	}
}

// shown are blocks as Slack gives them back: those of markdown become others.
func shown(blocks []any) []any {
	var out []any
	for _, b := range blocks {
		m := b.(object)
		if m["type"] == "markdown" {
			out = append(out, markdownBlocks(m["text"].(string))...)
			continue
		}
		out = append(out, m)
	}
	return out
}

// fallback is the text of a message that was posted without one.
func fallback(blocks []any) string {
	var texts []string
	for _, b := range blocks {
		switch text := b.(object)["text"].(type) {
		case string:
			texts = append(texts, text)
		case object:
			if s, ok := text["text"].(string); ok {
				texts = append(texts, s)
			}
		}
	}
	if len(texts) == 0 {
		return "This content can't be displayed."
	}
	return strings.Join(texts, " ")
}
