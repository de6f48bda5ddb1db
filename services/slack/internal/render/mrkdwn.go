package render

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// writer renders one message.
type writer struct {
	names Names
	// said are the names that the message's own text has for ids.
	said map[string]string
}

var labelled = regexp.MustCompile(`<(?:@|#|!subteam\^)([A-Z0-9]+)\|([^<>|]+)>`)

func newWriter(n Names, text string) *writer {
	w := &writer{names: n}
	for _, m := range labelled.FindAllStringSubmatch(text, maxText/16) {
		if w.said == nil {
			w.said = make(map[string]string)
		}
		w.said[m[1]] = Unescape(m[2])
	}
	return w
}

// maxName bounds what anything is called, in bytes.
const maxName = 100

// named is what an id is called, with its sign before it.
func (w *writer) named(sign, id, label string, look func(string) string) string {
	if look != nil {
		if name := look(id); name != "" {
			label = name
		}
	}
	if label == "" {
		label = w.said[id]
	}
	if label == "" {
		label = id
	}
	return sign + strings.TrimPrefix(plain.Words(label, maxName), sign)
}

func (w *writer) user(id, label string) string    { return w.named("@", id, label, w.names.User) }
func (w *writer) channel(id, label string) string { return w.named("#", id, label, w.names.Channel) }

// group asks for no name where the message has one: groups are looked up all at once.
func (w *writer) group(id, label string) string {
	if label != "" || w.said[id] != "" {
		return w.named("@", id, label, nil)
	}
	return w.named("@", id, "", w.names.Group)
}

// mrkdwn writes Slack's markup as Markdown: links, mentions and emphasis. Code
// stays as it is.
func (w *writer) mrkdwn(s string) string {
	s, _ = plain.Clip(s, maxMarkup)
	var e emphasis
	for i := 0; i < len(s); {
		rest := s[i:]
		switch c := s[i]; {
		case strings.HasPrefix(rest, "```"):
			n := strings.Index(rest[3:], "```")
			if n <= 0 {
				e.text("```")
				i += 3
				continue
			}
			e.text("```" + w.code(rest[3:3+n]) + "```")
			i += 6 + n
		case c == '`':
			n := strings.IndexAny(rest[1:], "`\n")
			if n <= 0 || rest[1+n] == '\n' {
				e.text("`")
				i++
				continue
			}
			e.text("`" + w.code(rest[1:1+n]) + "`")
			i += 2 + n
		case c == '<':
			n := strings.IndexAny(rest[1:], "<>\n")
			if n <= 0 || rest[1+n] != '>' {
				e.text("<")
				i++
				continue
			}
			e.text(w.angle(rest[1 : 1+n]))
			i += 2 + n
		case c == '&':
			t, n := entity(rest)
			e.text(t)
			i += n
		case c == '*' || c == '~':
			e.delimiter(s, i)
			i++
		case c == '\n':
			e.newline()
			i++
		default:
			n := strings.IndexAny(rest[1:], "`<&*~\n") + 1
			if n == 0 {
				n = len(rest)
			}
			e.text(rest[:n])
			i += n
		}
	}
	return e.String()
}

// code is what stands in code: Slack makes links of URLs even there.
func (w *writer) code(s string) string {
	if !strings.Contains(s, "<") {
		return Unescape(s)
	}
	return Unescape(tokens.ReplaceAllStringFunc(s, func(t string) string {
		t = t[1 : len(t)-1]
		if strings.HasPrefix(t, "@") || strings.HasPrefix(t, "#") || strings.HasPrefix(t, "!") {
			return w.angle(t)
		}
		to, label, ok := strings.Cut(t, "|")
		if ok && label != "" {
			return label
		}
		return to
	}))
}

var tokens = regexp.MustCompile(`<[^<>\n]+>`)

// angle renders what stands between < and >.
func (w *writer) angle(t string) string {
	to, label, _ := strings.Cut(t, "|")
	label = Unescape(label)
	switch {
	case strings.HasPrefix(to, "@"):
		return w.user(to[1:], label)
	case strings.HasPrefix(to, "#"):
		return w.channel(to[1:], label)
	case strings.HasPrefix(to, "!subteam^"):
		return w.group(to[len("!subteam^"):], label)
	case strings.HasPrefix(to, "!date^"):
		if label != "" {
			return plain.Line(label)
		}
		at, _, _ := strings.Cut(to[len("!date^"):], "^")
		if n, err := strconv.ParseInt(at, 10, 40); err == nil {
			return time.Unix(n, 0).UTC().Format(time.RFC3339)
		}
		return plain.Line(to[1:])
	case strings.HasPrefix(to, "!"):
		name, _, _ := strings.Cut(to[1:], "^")
		if label != "" && name != "here" && name != "channel" && name != "everyone" {
			name = strings.TrimPrefix(label, "@")
		}
		return "@" + plain.Words(name, maxName)
	}
	return link(Unescape(to), label)
}

// link is a link in Markdown. A label that names another address than the one it
// leads to is no label.
func link(to, label string) string {
	label = plain.Line(label)
	mail, isMail := strings.CutPrefix(to, "mailto:")
	switch {
	case label == "" && isMail:
		return plain.Line(mail)
	case label == "" || label == to || isMail && label == mail || bare(label) == bare(to):
		if isMail {
			return plain.Line(mail)
		}
		return plain.Line(to)
	case address.MatchString(label):
		return plain.Line(to) + " (shown as " + strings.NewReplacer("(", "[", ")", "]").Replace(label) + ")"
	}
	return "[" + brackets.Replace(label) + "](" + escapes.Replace(plain.Line(to)) + ")"
}

var (
	// address is what people take for one.
	address  = regexp.MustCompile(`(?i)^(?:[a-z][a-z0-9+.-]*:/|www\.|[^\s/@]+@[^\s/@]+\.|[^\s/]+\.[a-z]{2,}(?:[/:?#]|$))`)
	brackets = strings.NewReplacer("[", `\[`, "]", `\]`)
	escapes  = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E")
)

// bare is an address without what people leave out of it.
func bare(s string) string {
	s = strings.TrimSuffix(s, "/")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
	return strings.TrimPrefix(s, "www.")
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// Unescape takes back the three escapes of Slack's.
func Unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return entities.Replace(s)
}

// entity is the character that s begins with, and how long its escape is.
func entity(s string) (string, int) {
	for _, e := range [...][2]string{{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}} {
		if strings.HasPrefix(s, e[0]) {
			return e[1], len(e[0])
		}
	}
	return s[:1], 1
}

// emphasis is text in which pairs of * and ~ become those of Markdown. What opens
// one is at the beginning of a word and what ends it at the end of one, on the
// same line, as in Slack's own reading.
type emphasis struct {
	parts []string
	open  []opened
}

type opened struct {
	char byte
	part int
}

func (e *emphasis) text(s string) { e.parts = append(e.parts, s) }

func (e *emphasis) newline() {
	e.open = e.open[:0]
	e.text("\n")
}

func (e *emphasis) delimiter(s string, i int) {
	c := s[i]
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+1:])
	at := len(e.parts)
	e.text(s[i : i+1])
	if before == rune(c) || after == rune(c) {
		return // it is Markdown, or a line of stars
	}
	if i > 0 && !unicode.IsSpace(before) && !word(after) {
		for k := len(e.open) - 1; k >= 0; k-- {
			if o := e.open[k]; o.char == c && at-o.part > 1 {
				e.parts[o.part], e.parts[at] = strings.Repeat(e.parts[o.part], 2), strings.Repeat(s[i:i+1], 2)
				e.open = e.open[:k]
				return
			}
		}
	}
	if i+1 < len(s) && !unicode.IsSpace(after) && (i == 0 || !word(before)) {
		for _, o := range e.open {
			if o.char == c {
				return
			}
		}
		e.open = append(e.open, opened{c, at})
	}
}

func word(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func (e *emphasis) String() string { return strings.Join(e.parts, "") }
