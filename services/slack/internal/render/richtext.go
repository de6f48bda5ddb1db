package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// rich writes a rich_text block, or a cell of a table with such elements.
func (w *writer) rich(n node, depth int) string {
	var b strings.Builder
	for i, e := range n.nodes("elements") {
		if i == maxParts*10 || b.Len() > maxText {
			break
		}
		part := w.part(e, depth+1)
		if part == "" {
			continue
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte('\n')
		}
		b.WriteString(part)
	}
	return b.String()
}

// part writes a paragraph, a list, a quotation or a block of code.
func (w *writer) part(n node, depth int) string {
	if depth > maxDepth {
		return "[…]"
	}
	switch kind := n.str("type"); kind {
	case "rich_text_section":
		return w.run(n.nodes("elements"))
	case "rich_text_list":
		return w.items(n, depth)
	case "rich_text_quote":
		return "> " + strings.ReplaceAll(strings.TrimRight(w.run(n.nodes("elements")), "\n"), "\n", "\n> ")
	case "rich_text_preformatted":
		var b strings.Builder
		for _, e := range n.nodes("elements") {
			b.WriteString(w.bare(e))
		}
		code := strings.Trim(plain.Text(b.String()), "\n")
		fence := strings.Repeat("`", max(3, ticks(code)+1))
		return fence + plain.Words(n.str("language"), 20) + "\n" + code + "\n" + fence
	}
	return w.unknown(n, depth)
}

func (w *writer) items(n node, depth int) string {
	indent := strings.Repeat("  ", min(max(n.num("indent"), 0), 8))
	ordered := n.str("style") == "ordered"
	var b strings.Builder
	for i, e := range n.nodes("elements") {
		if b.Len() > maxText {
			break
		}
		sign := "- "
		if ordered {
			sign = fmt.Sprintf("%d. ", n.num("offset")+i+1)
		}
		text := strings.TrimRight(w.part(e, depth+1), "\n")
		add(&b, indent+sign+strings.ReplaceAll(text, "\n", "\n"+indent+"  "))
	}
	return b.String()
}

// run writes elements that follow each other in a line. Neighbours of one style
// are emphasized together.
func (w *writer) run(elements []node) string {
	var b strings.Builder
	for i := 0; i < len(elements) && b.Len() <= maxText; {
		marks := style(elements[i])
		var text strings.Builder
		for ; i < len(elements) && style(elements[i]) == marks && text.Len() <= maxText; i++ {
			if strings.HasPrefix(marks, "`") {
				text.WriteString(w.bare(elements[i]))
			} else {
				text.WriteString(w.inline(elements[i]))
			}
		}
		b.WriteString(emphasized(text.String(), marks))
	}
	return b.String()
}

// style is what Markdown begins an element's emphasis with.
func style(n node) string {
	s := n.sub("style")
	if s.yes("code") {
		return "`"
	}
	marks := ""
	if s.yes("bold") {
		marks += "**"
	}
	if s.yes("italic") {
		marks += "_"
	}
	if s.yes("strike") {
		marks += "~~"
	}
	return marks
}

// emphasized puts marks around text, inside of the spaces around it.
func emphasized(text, marks string) string {
	inner := strings.TrimSpace(text)
	if marks == "" || inner == "" {
		return text
	}
	at := strings.Index(text, inner)
	open, end := marks, reversed(marks)
	if marks == "`" {
		open = strings.Repeat("`", ticks(inner)+1)
		end = open
		if len(open) > 1 {
			inner = " " + inner + " "
		}
	}
	return text[:at] + open + inner + end + text[at+len(strings.TrimSpace(text)):]
}

func reversed(marks string) string {
	b := []byte(marks)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// ticks is the longest run of backticks in s.
func ticks(s string) int {
	longest, now := 0, 0
	for _, r := range s {
		now++
		if r != '`' {
			now = 0
		}
		longest = max(longest, now)
	}
	return longest
}

// bare writes an element as it stands in code.
func (w *writer) bare(n node) string {
	if n.str("type") == "link" {
		if t := n.str("text"); t != "" {
			return t
		}
		return n.str("url")
	}
	return w.inline(n)
}

// inline writes an element of a line.
func (w *writer) inline(n node) string {
	kind := n.str("type")
	switch kind {
	case "text":
		return n.str("text")
	case "link":
		return link(n.str("url"), n.str("text"))
	case "user", "canvas_user_mention":
		return w.user(n.str("user_id"), "")
	case "channel":
		return w.channel(n.str("channel_id"), "")
	case "usergroup":
		return w.group(n.str("usergroup_id"), "")
	case "broadcast":
		return "@" + plain.Words(n.str("range"), maxName)
	case "team":
		return "@" + plain.Words(n.str("team_id"), maxName)
	case "emoji":
		name := n.str("name")
		if tone := n.num("skin_tone"); tone > 0 && !strings.Contains(name, "::") {
			name += fmt.Sprintf("::skin-tone-%d", tone)
		}
		return ":" + plain.Words(name, maxName) + ":"
	case "color":
		return plain.Words(n.str("value"), maxName)
	case "date":
		if f := n.str("fallback"); f != "" {
			return plain.Line(f)
		}
		return time.Unix(int64(n.num("timestamp")), 0).UTC().Format(time.RFC3339)
	}
	return w.reference(kind, n)
}

// reference writes an element that points to something else: a canvas, a file, a
// record, a message, a source.
func (w *writer) reference(kind string, n node) string {
	label := ""
	for _, key := range [...]string{"text", "label", "name", "salesforce_field_label", "value"} {
		if label = plain.Line(n.str(key)); label != "" {
			break
		}
	}
	if to := n.str("url"); to != "" {
		return link(to, label)
	}
	if label != "" {
		return label
	}
	for _, key := range [...]string{"file_id", "record_id", "salesforce_record_id", "entity_id", "message_ts", "root_message_ts", "workflow_id"} {
		if id := plain.Words(n.str(key), maxName); id != "" {
			return "[" + strings.ReplaceAll(plain.Words(kind, maxName), "_", " ") + " " + id + "]"
		}
	}
	return "[" + plain.Words(kind, maxName) + "]"
}
