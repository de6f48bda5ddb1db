package outgoing

import (
	"html"
	"regexp"
	"strings"
	"unicode"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// nested are ampersands that were escaped again and again.
var nested = regexp.MustCompile(`&(?:amp;|#38;|#x26;)+`)

// sequences are what Slack writes after <! in a mention of many, and names what
// people type after @, which Slack reads where names are linked.
var (
	sequences = [...]string{"channel", "here", "everyone", "group", "subteam"}
	names     = [...]string{"channel", "here", "everyone"}
)

// maxEscapes is how often a text is unescaped before it is taken as it is. Slack
// does so once, and whoever shows Markdown once more.
const maxEscapes = 4

// Mass returns whom a text notifies beside single people: "@channel", or "a user
// group"; "" if nobody. It also finds what only some reader of Slack's takes for a
// mention: behind escapes, invisible characters and other forms of its signs.
func Mass(text string) string { return massIn(text, true) }

// massIn is Mass, of what people type only if typed is set.
func massIn(text string, typed bool) string {
	low := strings.ToLower(text)
	if !strings.ContainsAny(low, "<@&\uff1c\uff20\ufe64\ufe6b") {
		return ""
	}
	for _, gap := range []string{"", " "} {
		seen := low
		for range maxEscapes {
			if many := find(seen, typed); many != "" {
				return many
			}
			next := bare(seen, gap)
			if next == seen {
				break
			}
			seen = next
		}
		if many := find(seen, typed); many != "" {
			return many
		}
	}
	return ""
}

// find looks for mentions of many in a text in lower case, as it is written.
func find(text string, typed bool) string {
	for rest := text; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		if after, ok := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), "!"); ok {
			if name := begins(strings.TrimLeft(after, " \t\r\n"), sequences[:], "_"); name != "" {
				return who(name)
			}
		}
	}
	for from := 0; typed; {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 {
			break
		}
		from += i + 1
		if from > 1 && inName(text[from-2], "_") {
			continue // of an address
		}
		if name := begins(text[from:], names[:], "_-"); name != "" {
			return who(name)
		}
	}
	return ""
}

// begins returns the one of list that s begins with, if its end is there too.
func begins(s string, list []string, more string) string {
	for _, name := range list {
		if after, ok := strings.CutPrefix(s, name); ok && (after == "" || !inName(after[0], more)) {
			return name
		}
	}
	return ""
}

func inName(c byte, more string) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(more, c) >= 0
}

func who(name string) string {
	switch name {
	case "subteam":
		return "a user group"
	case "group":
		return "@channel" // its name in private channels
	}
	return "@" + name
}

// bare takes one coat off a text: a level of escapes, and what is not seen of it,
// for which gap stands.
func bare(s, gap string) string {
	covered := func(r rune) bool { return r == '&' || r == '\\' || r > '~' || r < ' ' && r != '\n' && r != '\t' }
	if strings.IndexFunc(s, covered) < 0 {
		return s
	}
	s = html.UnescapeString(nested.ReplaceAllString(s, "&"))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r == '\\': // it escapes signs in Markdown
		case ignorable(r):
			b.WriteString(gap)
		case r == '\ufe64':
			b.WriteByte('<')
		case r == '\ufe6b':
			b.WriteByte('@')
		case r >= '\uff01' && r <= '\uff5e': // the wide forms of ASCII
			b.WriteRune(r - 0xfee0)
		default:
			b.WriteRune(r)
		}
	}
	return strings.ToLower(b.String())
}

// ignorable reports whether a character shows nothing and is no space.
func ignorable(r rune) bool {
	return unicode.IsControl(r) && !unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// typedName is what people type, wherever it stands.
var typedName = regexp.MustCompile(`(?i)[@\x{ff20}\x{fe6b}](\p{Cf}*(?:channel|here|everyone))`)

// uncalled puts what is not seen into typed names of many, so that they call nobody
// wherever Slack links names. Control sequences are none once they are escaped.
func uncalled(s string) string { return typedName.ReplaceAllString(s, "@\u2060$1") }

// maxPeople is how many single people one message mentions without leave.
const maxPeople = 50

var oneOf = regexp.MustCompile(`(?:<@|\\u003c@|"user_id":")([UW][A-Z0-9]+)`)

// people counts whom a message mentions one by one.
func people(m Message) int {
	seen := make(map[string]bool)
	note := func(s string) {
		for _, found := range oneOf.FindAllStringSubmatch(s, -1) {
			seen[found[1]] = true
		}
	}
	if m.Format != api.Plain {
		note(m.Text)
	}
	for _, b := range m.Blocks {
		note(string(b))
	}
	return len(seen)
}

// massBlocks returns whom blocks notify beside single people.
func massBlocks(blocks []map[string]any) string {
	for _, b := range blocks {
		if who := massValue("", b); who != "" {
			return who
		}
	}
	return ""
}

// massValue looks at each text below v, also at what is only read aloud or sent
// back: who reads it is not known here.
func massValue(key string, v any) string {
	switch v := v.(type) {
	case string:
		return massIn(v, !strings.HasSuffix(strings.ToLower(key), "url"))
	case []any:
		for _, e := range v {
			if who := massValue(key, e); who != "" {
				return who
			}
		}
	case map[string]any:
		for k, e := range v {
			if kind, ok := e.(string); ok && strings.EqualFold(k, "type") {
				switch strings.ToLower(strings.TrimSpace(kind)) {
				case "broadcast":
					return "a whole channel"
				case "usergroup":
					return "a user group"
				}
			}
			if who := massValue(k, e); who != "" {
				return who
			}
		}
	}
	return ""
}
