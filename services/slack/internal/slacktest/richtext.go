package slacktest

import (
	"regexp"
	"strings"
)

// richText returns the blocks that Slack makes of a text in its own markup.
func richText(text string) []any {
	return []any{object{"type": "rich_text", "elements": rows(text, mrkdwn)}}
}

// markdownBlocks returns the blocks that Slack makes of a block of markdown.
func markdownBlocks(text string) []any {
	return []any{object{"type": "rich_text", "elements": rows(text, commonmark)}}
}

// dialect is a way to mark text.
type dialect struct {
	// inline matches what is marked, in groups that inlined tells apart.
	inline  *regexp.Regexp
	heading *regexp.Regexp // lines that are shown in bold
}

var (
	mrkdwn     = dialect{inline: regexp.MustCompile("(<[^<>\n]+>)|(:[a-z0-9_+-]+:)|`([^`\n]+)`|\\*([^*\n]+)\\*()|_([^_\n]+)_|~([^~\n]+)~")}
	commonmark = dialect{
		inline:  regexp.MustCompile("(<[^<>\n]+>|https?://[^\\s<>()]+)|(:[a-z0-9_+-]+:)|`([^`\n]+)`|\\*\\*([^*\n]+)\\*\\*|\\[([^]\n]*\\]\\([^)\\s]+)\\)|[_*]([^_*\n]+)[_*]|~~([^~\n]+)~~"),
		heading: regexp.MustCompile(`^#{1,6} +(.*)$`),
	}
	bullet  = regexp.MustCompile(`^( *)[-*•] +(.*)$`)
	ordinal = regexp.MustCompile(`^( *)\d+[.)] +(.*)$`)
)

// rows returns the elements of a rich_text block: sections, lists, quotes and code.
func rows(text string, d dialect) []any {
	var out, items, plain []any
	style := ""
	flush := func() {
		if len(items) != 0 {
			out = append(out, object{"type": "rich_text_list", "style": style, "indent": 0, "border": 0, "elements": items})
			items = nil
		}
		if len(plain) != 0 {
			out = append(out, section(plain...))
			plain = nil
		}
	}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, "```") {
			end := i + 1
			for end < len(lines) && !strings.HasPrefix(lines[end], "```") {
				end++
			}
			flush()
			out = append(out, object{"type": "rich_text_preformatted", "border": 0, "elements": []any{textElement(unescape(strings.Join(lines[min(i+1, end):end], "\n")))}})
			i = end
			continue
		}
		if quoted, ok := strings.CutPrefix(strings.TrimPrefix(line, "&gt;"), "> "); ok || strings.HasPrefix(line, "&gt;") {
			flush()
			out = append(out, object{"type": "rich_text_quote", "elements": inlined(strings.TrimSpace(quoted), d)})
			continue
		}
		kind, item := "", ""
		if m := bullet.FindStringSubmatch(line); m != nil {
			kind, item = "bullet", m[2]
		} else if m := ordinal.FindStringSubmatch(line); m != nil {
			kind, item = "ordered", m[2]
		}
		if kind != "" && d.heading != nil { // in Slack's markup a list is plain text
			if kind != style || len(plain) != 0 {
				flush()
			}
			style = kind
			items = append(items, section(inlined(item, d)...))
			continue
		}
		if len(items) != 0 {
			flush()
		}
		if d.heading != nil {
			if m := d.heading.FindStringSubmatch(line); m != nil {
				line = "**" + m[1] + "**"
			}
		}
		if len(plain) != 0 {
			plain = append(plain, textElement("\n"))
		}
		plain = append(plain, inlined(line, d)...)
	}
	flush()
	return out
}

func section(elements ...any) object {
	return object{"type": "rich_text_section", "elements": elements}
}

func textElement(text string) object { return object{"type": "text", "text": text} }

func styled(text, style string) object {
	return object{"type": "text", "text": unescape(text), "style": object{style: true}}
}

// inlined returns the elements of a line.
func inlined(line string, d dialect) []any {
	out := []any{}
	for line != "" {
		at := d.inline.FindStringSubmatchIndex(line)
		if at == nil {
			return append(out, textElement(unescape(line)))
		}
		if at[0] > 0 {
			out = append(out, textElement(unescape(line[:at[0]])))
		}
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return line[at[2*i]:at[2*i+1]]
		}
		switch {
		case part(1) != "":
			out = append(out, reference(part(1)))
		case part(2) != "":
			out = append(out, object{"type": "emoji", "name": strings.Trim(part(2), ":")})
		case part(3) != "":
			out = append(out, styled(part(3), "code"))
		case part(4) != "":
			out = append(out, styled(part(4), "bold"))
		case part(5) != "":
			label, url, _ := strings.Cut(part(5), "](")
			out = append(out, object{"type": "link", "url": url, "text": unescape(label)})
		case part(6) != "":
			out = append(out, styled(part(6), "italic"))
		default:
			out = append(out, styled(part(7), "strike"))
		}
		line = line[at[1]:]
	}
	return out
}

// reference is what stands in angle brackets.
func reference(text string) object {
	inner, label, named := strings.Cut(strings.Trim(text, "<>"), "|")
	switch {
	case strings.HasPrefix(inner, "@"):
		return object{"type": "user", "user_id": inner[1:]}
	case strings.HasPrefix(inner, "#"):
		return object{"type": "channel", "channel_id": inner[1:]}
	case strings.HasPrefix(inner, "!subteam^"):
		return object{"type": "usergroup", "usergroup_id": strings.TrimPrefix(inner, "!subteam^")}
	case inner == "!here" || inner == "!channel" || inner == "!everyone":
		return object{"type": "broadcast", "range": inner[1:]}
	case strings.HasPrefix(inner, "!"):
		return textElement(unescape(label))
	}
	link := object{"type": "link", "url": unescape(inner)}
	if named {
		link["text"] = unescape(label)
	}
	return link
}

func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}
