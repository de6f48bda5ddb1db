package render

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// all writes the blocks of a message. whole is false if one could not be read.
func (w *writer) all(raw []json.RawMessage) (text string, whole bool) {
	var b strings.Builder
	whole = true
	for i, r := range raw {
		if i == maxParts || b.Len() > maxText {
			add(&b, fmt.Sprintf("[%d more blocks]", len(raw)-i))
			break
		}
		n, ok := parse(r)
		if !ok {
			whole = false
			continue
		}
		add(&b, w.block(n, 0))
	}
	return b.String(), whole
}

// list writes blocks that stand in an attachment or in another block.
func (w *writer) list(v any, depth int) string {
	var b strings.Builder
	for i, n := range nodesOf(v) {
		if i == maxParts || b.Len() > maxText {
			break
		}
		add(&b, w.block(n, depth))
	}
	return b.String()
}

// block writes one block.
func (w *writer) block(n node, depth int) string {
	if depth > maxDepth {
		return "[…]"
	}
	kind := n.str("type")
	switch kind {
	case "rich_text":
		return w.rich(n, depth)
	case "header":
		if t := plain.Line(w.object(n["text"])); t != "" {
			return "## " + t
		}
		return ""
	case "markdown":
		return n.str("text")
	case "divider":
		return "---"
	case "image":
		return w.picture(n)
	case "section", "alert":
		return w.section(n)
	case "context", "actions", "context_actions":
		return w.joined(n.list("elements"), " ")
	case "input":
		return strings.TrimSpace(w.object(n["label"]) + " " + w.element(n.sub("element")))
	case "table", "data_table":
		return w.table(n, depth)
	case "video":
		return w.video(n)
	case "file":
		return "[file " + plain.Words(n.str("external_id"), maxName) + "]"
	case "call":
		v1 := n.sub("call").sub("v1")
		return "[call " + pair(plain.Words(v1.str("name"), maxName), plain.Line(v1.str("join_url"))) + "]"
	case "carousel":
		return w.list(n["elements"], depth+1)
	case "card", "container", "plan", "task_card", "layout", "auth_provider":
		return w.composed(n, depth)
	}
	return w.unknown(n, depth)
}

// composed writes a block that has texts and blocks in it.
func (w *writer) composed(n node, depth int) string {
	var b strings.Builder
	for _, key := range [...]string{"title", "name", "subtitle", "label", "body", "description", "status", "subtext", "connected_identity", "connected_context"} {
		add(&b, w.object(n[key]))
	}
	for _, key := range [...]string{"rich_text_title", "details", "output"} {
		if sub := n.sub(key); sub != nil {
			add(&b, w.block(sub, depth+1))
		}
	}
	for _, key := range [...]string{"child_blocks", "blocks", "tasks"} {
		add(&b, w.list(n[key], depth+1))
	}
	for _, row := range n.nodes("rows") {
		for _, item := range row.nodes("items") {
			add(&b, w.block(item.sub("block"), depth+1))
		}
	}
	for _, s := range n.nodes("sources") {
		add(&b, w.element(s))
	}
	add(&b, w.joined(n.list("actions"), " "))
	return b.String()
}

// unknown names a block that nobody here knows, and gathers the words in it.
func (w *writer) unknown(n node, depth int) string {
	kind := plain.Words(n.str("type"), maxName)
	if kind == "" {
		kind = "unknown"
	}
	var b strings.Builder
	for _, key := range [...]string{"title", "text", "name", "label", "caption", "description", "alt_text", "url"} {
		add(&b, w.object(n[key]))
	}
	for _, key := range [...]string{"elements", "blocks", "fields", "items", "child_blocks", "options"} {
		for i, v := range n.list(key) {
			if i == maxParts || b.Len() > maxText {
				break
			}
			switch e := v.(type) {
			case string:
				add(&b, plain.Line(e))
			case map[string]any:
				if depth < maxDepth {
					add(&b, w.inner(e, depth+1))
				}
			}
		}
	}
	if b.Len() == 0 {
		return "[" + kind + " block]"
	}
	return "[" + kind + " block] " + b.String()
}

// inner writes what stands in a block of an unknown kind.
func (w *writer) inner(n node, depth int) string {
	switch kind := n.str("type"); {
	case kind == "mrkdwn" || kind == "plain_text":
		return w.object(map[string]any(n))
	case strings.HasPrefix(kind, "rich_text_"):
		return w.part(n, depth)
	case kind == "":
		return w.joined([]any{map[string]any(n)}, " ")
	}
	return w.block(n, depth)
}

func (w *writer) section(n node) string {
	var b strings.Builder
	add(&b, w.object(n["text"]))
	for _, f := range n.list("fields") {
		add(&b, w.object(f))
	}
	add(&b, w.element(n.sub("accessory")))
	return b.String()
}

// object writes a text object, or a string.
func (w *writer) object(v any) string {
	switch t := v.(type) {
	case string:
		return Unescape(t)
	case map[string]any:
		n := node(t)
		s, _ := n["text"].(string)
		if n.str("type") == "plain_text" {
			return Unescape(s)
		}
		return w.mrkdwn(s)
	}
	return ""
}

// joined writes elements on one line.
func (w *writer) joined(list []any, sep string) string {
	var parts []string
	for _, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			continue
		}
		if t := w.element(m); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, sep)
}

// element writes an element of a block: a button is its words in brackets.
func (w *writer) element(n node) string {
	if n == nil {
		return ""
	}
	switch n.str("type") {
	case "mrkdwn", "plain_text":
		return w.object(map[string]any(n))
	case "image":
		return w.picture(n)
	case "url":
		return link(n.str("url"), n.str("text"))
	case "feedback_buttons":
		return w.joined([]any{n["positive_button"], n["negative_button"]}, " ")
	}
	return w.control(n)
}

// control writes a button, a menu or a field to fill in.
func (w *writer) control(n node) string {
	var parts []string
	for _, key := range [...]string{"text", "placeholder", "initial_value", "initial_date", "initial_time"} {
		if t := plain.Line(w.object(n[key])); t != "" {
			parts = append(parts, t)
		}
	}
	chosen := n.nodes("initial_options")
	if o := n.sub("initial_option"); o != nil {
		chosen = append(chosen, o)
	}
	if len(chosen) == 0 {
		chosen = n.nodes("options")
	}
	for i, o := range chosen {
		if i == maxParts {
			parts = append(parts, "…")
			break
		}
		if t := plain.Line(w.object(o["text"])); t != "" {
			parts = append(parts, t)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	label := "[" + brackets.Replace(strings.Join(parts, " | ")) + "]"
	if to := n.str("url"); to != "" {
		label += "(" + escapes.Replace(plain.Line(to)) + ")"
	}
	return label
}

// picture writes an image by its words.
func (w *writer) picture(n node) string {
	title, alt := plain.Line(w.object(n["title"])), plain.Line(n.str("alt_text"))
	if title == alt {
		title = ""
	}
	if title+alt == "" {
		return "[image]"
	}
	return "[image: " + brackets.Replace(strings.TrimSpace(pair(title, alt))) + "]"
}

func (w *writer) video(n node) string {
	var b strings.Builder
	title := plain.Line(w.object(n["title"]))
	if to := n.str("title_url"); to != "" {
		title = link(to, title)
	}
	add(&b, "[video] "+title)
	add(&b, w.object(n["description"]))
	if title == "" {
		add(&b, plain.Line(n.str("alt_text")))
	}
	return b.String()
}

// table writes rows of cells, which are one line each.
func (w *writer) table(n node, depth int) string {
	var b strings.Builder
	add(&b, plain.Line(n.str("caption")))
	for i, row := range n.list("rows") {
		if i == maxParts || b.Len() > maxText {
			add(&b, fmt.Sprintf("[%d more rows]", len(n.list("rows"))-i))
			break
		}
		cells, _ := row.([]any)
		texts := make([]string, 0, len(cells))
		for _, c := range cells {
			m, _ := c.(map[string]any)
			texts = append(texts, w.cell(m, depth+1))
		}
		add(&b, "| "+strings.Join(texts, " | ")+" |")
		if i == 0 {
			add(&b, "|"+strings.Repeat("---|", len(texts)))
		}
	}
	return b.String()
}

func (w *writer) cell(n node, depth int) string {
	if depth > maxDepth {
		return "…"
	}
	text := n.str("text")
	switch {
	case n.str("type") == "rich_text":
		text = w.rich(n, depth)
	case n["element"] != nil:
		text = w.element(n.sub("element"))
	case text == "" && n["value"] != nil:
		text = fmt.Sprint(n["value"])
	case text == "" && n["fallback"] != nil:
		return w.cell(n.sub("fallback"), depth+1)
	}
	return strings.ReplaceAll(plain.Line(text), "|", `\|`)
}
