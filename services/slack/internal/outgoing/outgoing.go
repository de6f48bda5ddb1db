// Package outgoing makes a message that Slack takes out of what a caller wrote. It
// holds Slack's limits before a request is spent on them, and finds what would
// notify many people at once, however it is written: nothing that Compose lets
// pass without leave calls a whole channel.
//
// Start with Compose.
package outgoing

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// The formats of a Draft's text.
const (
	Markdown = "markdown" // what models write; the zero value stands for it
	Mrkdwn   = "mrkdwn"   // Slack's own marks
	Plain    = "plain"    // shown as it is
)

// What Slack takes, in characters.
const (
	maxMarkdown = 12_000 // of all Markdown of a message together
	maxText     = 40_000
	maxChanged  = 4_000 // of a text that takes the place of another
)

// Draft is a message as a caller writes it.
type Draft struct {
	Text string
	// Format is that of Text.
	Format string
	// Blocks are of Block Kit, instead of Text, which is then what notifications
	// show.
	Blocks []map[string]any
	// Change says that it takes the place of another message.
	Change bool
	// Mass lets the message notify a whole channel or user group.
	Mass bool
	// Images lets blocks show pictures and videos from anywhere: Slack fetches them,
	// and with that sends whatever is written in their addresses.
	Images bool
}

// Message is what Slack is sent; where to is left to whoever sends it.
type Message struct {
	api.Draft
	// Notifies is whom the message calls beside single people, such as "@channel".
	Notifies string
	// Says is what people will read, for a question about it.
	Says string
}

// Compose makes the message of a draft, or says what to change in it.
func Compose(d Draft) (Message, error) {
	if blank(d.Text) && len(d.Blocks) == 0 {
		return Message{}, toolerr.Invalid("text", "text is empty: write what the message says")
	}
	var m Message
	most, counted := maxText, d.Text
	if d.Change {
		most = maxChanged
	}
	switch d.Format {
	case Plain:
		m.Draft = api.Draft{Text: uncalled(d.Text), Format: api.Plain}
		counted = escape.Replace(m.Text)
	case Mrkdwn:
		m.Draft = api.Draft{Text: d.Text, Format: api.Mrkdwn}
	default:
		m.Draft = api.Draft{Text: d.Text, Fallback: fallback(d.Text)}
		most = maxMarkdown
	}
	if err := within(counted, most); err != nil {
		return Message{}, err
	}
	m.Says = d.Text
	if len(d.Blocks) > 0 {
		all, err := encodeBlocks(d.Blocks)
		if err != nil {
			return Message{}, err
		}
		if key := fetched("", d.Blocks); key != "" && !d.Images {
			return Message{}, toolerr.New(toolerr.PermissionDenied, "blocks: Slack would fetch what %s names, which whoever operates this service has not allowed (--allow-image-urls): "+
				"leave it out, write a link, or show a file of Slack's with slack_file", key)
		}
		m.Says = blockText(d.Blocks, append(texts[:len(texts):len(texts)], "url")...)
		if !blank(d.Text) {
			m.Says += "\nIn notifications: " + d.Text
		}
		switch m.Blocks = all; {
		case blank(d.Text):
			m.Text, m.Format, m.Fallback = fallback(blockText(d.Blocks, texts[:]...)), api.Mrkdwn, ""
		case m.Format == api.Markdown:
			m.Text, m.Format, m.Fallback = m.Fallback, api.Mrkdwn, ""
		}
	}
	if n := people(m); n > maxPeople && !d.Mass {
		return Message{}, toolerr.New(toolerr.PermissionDenied, "this would notify %d people one by one, more than the %d that whoever operates this service lets one message mention (--allow-mass-mentions)", n, maxPeople)
	}
	m.Notifies = d.notifies(m)
	if m.Notifies != "" && !d.Mass {
		return Message{}, refused(m.Notifies)
	}
	return m, nil
}

// notifies looks at all that is sent, and at what it was made of.
func (d Draft) notifies(m Message) string {
	if who := massBlocks(d.Blocks); who != "" {
		return who
	}
	if m.Format == api.Plain {
		return "" // it has been made literal
	}
	for i, text := range []string{d.Text, m.Text, m.Fallback} {
		if i > 0 && text == d.Text {
			continue
		}
		if who := Mass(text); who != "" {
			return who
		}
	}
	return ""
}

// Guard refuses a text outside a message that would notify many, such as a topic:
// Slack announces it in the channel.
func Guard(argument, text string, mass bool) error {
	if who := Mass(text); who != "" && !mass {
		return refused(who).With("argument", argument)
	}
	return nil
}

func refused(who string) *toolerr.Error {
	return toolerr.New(toolerr.PermissionDenied, "this would notify %s, which whoever operates this service has not allowed (--allow-mass-mentions): "+
		"leave it out, name single people, or send text with format plain, which mentions nobody", who)
}

func within(text string, most int) error {
	n := utf8.RuneCountInString(text)
	if n <= most {
		return nil
	}
	return toolerr.Invalid("text", "text has %d characters, %d more than the %d that Slack takes at once: split it, and send the rest as answers in its thread", n, n-most, most)
}

// blank reports whether nobody would see anything of s.
func blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !ignorable(r) }) < 0
}
