package outgoing

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxFallback is how much of Markdown notifications are given, in characters: as
// much as Slack takes with a change.
const maxFallback = maxChanged

// escape makes the three characters that Slack reads as control into text.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

var (
	fence    = regexp.MustCompile("^\\s*(?:```|~~~)")
	leading  = regexp.MustCompile(`^\s*(?:#{1,6}\s+|>\s?)+`)
	bullet   = regexp.MustCompile(`^(\s*)[-*+]\s+`)
	link     = regexp.MustCompile(`!?\[([^\]\n]*)\]\(<?([^)\s>]+)>?(?:\s+"[^"\n]*")?\)`)
	autolink = regexp.MustCompile(`<((?:https?://|mailto:)[^\s>]+)>`)
	strong   = regexp.MustCompile(`(\*\*|__|~~)(\S(?:[^\n]*?\S)?)(\*\*|__|~~)`)
	emphasis = regexp.MustCompile("(^|[\\s(])[*_`]+(\\S(?:[^*_`\\n]*\\S)?)[*_`]+($|[\\s).,;:!?])")

	// mentioned is a mention of one person or channel as escaping leaves it.
	mentioned = regexp.MustCompile(`&lt;([@#][A-Z][A-Z0-9]+)(?:\|[^&\s]*)?&gt;`)
)

// fallback is Markdown as a line of a notification shows it: words, links and
// mentions without marks, cut. The message itself is not made of it.
func fallback(markdown string) string {
	var lines []string
	code := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\r\n\t ")
		if fence.MatchString(line) {
			code = !code
			continue
		}
		if !code {
			line = unmarked(line)
		}
		lines = append(lines, line)
	}
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if text == "" { // of nothing but marks
		text = strings.TrimSpace(markdown)
	}
	for most := maxFallback; ; most = most * 3 / 4 {
		shown := mentioned.ReplaceAllString(escape.Replace(cut(text, most)), "<$1>")
		if utf8.RuneCountInString(shown) <= maxFallback {
			return shown
		}
	}
}

func unmarked(line string) string {
	line = leading.ReplaceAllString(line, "")
	line = bullet.ReplaceAllString(line, "$1• ")
	line = link.ReplaceAllString(line, "$1 ($2)")
	line = autolink.ReplaceAllString(line, "$1")
	line = strong.ReplaceAllString(line, "$2")
	return emphasis.ReplaceAllString(line, "$1$2$3")
}

// cut returns the beginning of s, whole words if it has any.
func cut(s string, most int) string {
	n := 0
	for at := range s {
		if n++; n > most-1 {
			s = s[:at]
			if space := strings.LastIndexAny(s, " \n"); space > at-100 && space > 0 {
				s = s[:space]
			}
			return s + "…"
		}
	}
	return s
}

// texts are the fields of blocks that people read.
var texts = [...]string{"title", "text", "alt_text"}

// blockText is what the fields of blocks say, a line for each block.
func blockText(blocks []map[string]any, fields ...string) string {
	var lines []string
	for _, b := range blocks {
		var said []string
		collect(b, fields, &said)
		if line := strings.Join(strings.Fields(strings.Join(said, " ")), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func collect(v any, fields []string, said *[]string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			collect(e, fields, said)
		}
	case map[string]any:
		if id, ok := v["user_id"].(string); ok && v["type"] == "user" {
			*said = append(*said, "<@"+id+">")
		}
		for _, k := range fields {
			if s, ok := v[k].(string); ok {
				*said = append(*said, s)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			collect(v[k], fields, said)
		}
	}
}
