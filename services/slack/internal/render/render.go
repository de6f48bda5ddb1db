// Package render writes a message of Slack's as Markdown for a model: its text,
// its blocks, and what is attached to it, each thing once.
//
// Nothing is lost for being new or broken: of a block that nobody here knows the
// name and the words are shown, and one that cannot be read leaves the text that
// Slack sends beside it. What comes out is bounded in size, and so is the work,
// whatever came in.
//
// What begins a part of a message is a line that begins with "=== ". No line that
// somebody wrote does, so nobody's words pass for an attachment or for a message
// of somebody else.
//
// Start with Text.
package render

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	// maxText bounds what is written of a message, in bytes: Slack takes texts of
	// 40,000 characters.
	maxText = 64 << 10
	// maxMarkup bounds what is read of a text, which markup makes longer.
	maxMarkup = 8 * maxText
	// maxParts bounds the blocks and the attachments of a message.
	maxParts = 100
	// maxDepth bounds how deep blocks are followed into blocks.
	maxDepth = 12
	// mark begins the lines with which parts begin.
	mark = "=== "
)

// Names say what ids are called. A nil function, and one that returns "", knows
// none: the name that Slack sent is shown then, or the id.
type Names struct {
	User, Channel, Group func(id string) string
	// Hidden reports whether a message that somebody shares may not be shown, by the
	// channel that it is from; "" is one that Slack does not say. A nil function hides
	// none.
	Hidden func(channel string) bool
}

// Text returns a message as Markdown, without its files, reactions and author.
func Text(m api.Message, n Names) string {
	w := newWriter(n, m.Text)
	blocks, whole := w.all(m.Blocks)
	text := ""
	if blocks == "" || !whole || !derived(m) {
		text = w.mrkdwn(m.Text)
		if repeats(text, blocks) {
			text = ""
		}
	}
	var b strings.Builder
	add(&b, quoted(text))
	add(&b, quoted(blocks))
	for i, a := range m.Attachments {
		if i == maxParts || b.Len() > maxText {
			add(&b, fmt.Sprintf("%s%d more attachments", mark, len(m.Attachments)-i))
			break
		}
		add(&b, w.attachment(a))
	}
	return plain.Shorten(b.String(), maxText)
}

// Mrkdwn returns text in Slack's own markup as Markdown.
func Mrkdwn(text string, n Names) string {
	w := newWriter(n, text)
	return plain.Shorten(quoted(w.mrkdwn(text)), maxText)
}

// Mentions are the ids in a message, each once, in order.
type Mentions struct {
	// People are those whom it mentions, Groups the groups that it has no name for.
	People, Groups []string
	// Shared are the channels of messages that are shared with it.
	Shared []string
}

// Mentioned returns whom and what a message mentions.
func Mentioned(m api.Message) Mentions {
	var all Mentions
	seen := make(map[string]bool)
	note := func(list *[]string) func(string) string {
		return func(id string) string {
			if id != "" && !seen[id] {
				seen[id] = true
				*list = append(*list, id)
			}
			return ""
		}
	}
	shared := note(&all.Shared)
	Text(m, Names{User: note(&all.People), Group: note(&all.Groups), Hidden: func(id string) bool { return shared(id) != "" }})
	return all
}

// derived says whether Slack itself made a message's text of its blocks, as it
// does of what people type.
func derived(m api.Message) bool {
	if m.BotID != "" || m.Subtype == "bot_message" {
		return false
	}
	for _, raw := range m.Blocks {
		var kind struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(raw, &kind) != nil || kind.Type != "rich_text" {
			return false
		}
	}
	return true
}

// repeats says whether all words of text are those of blocks, in their order.
func repeats(text, blocks string) bool {
	return text == "" || strings.Contains(words(blocks), words(text))
}

// words is s without all that markup and layout may write in two ways.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, s)
}

// quoted is plain text none of whose lines can be taken for one that begins a
// part.
func quoted(s string) string {
	s = strings.Trim(plain.Text(s), "\n")
	if strings.HasPrefix(s, mark) {
		s = " " + s
	}
	return strings.TrimRight(strings.ReplaceAll(s, "\n"+mark, "\n "+mark), " \t\n")
}

// add puts a part on lines of its own.
func add(b *strings.Builder, part string) {
	if part == "" {
		return
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(part)
}
