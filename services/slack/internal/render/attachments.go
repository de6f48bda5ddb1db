package render

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
)

// attachment writes what is attached to a message: by an app, as the preview of a
// link, or as a message that somebody shares.
func (w *writer) attachment(raw json.RawMessage) string {
	a, ok := parse(raw)
	if !ok {
		return mark + "attachment that cannot be read"
	}
	if w.names.Hidden != nil && hides(a, w.names.Hidden) {
		return mark + "message that may not be read here"
	}
	var b strings.Builder
	title := w.mrkdwn(a.str("title"))
	if to := a.str("title_link"); to != "" {
		title = link(Unescape(to), Unescape(a.str("title")))
	}
	add(&b, w.mrkdwn(a.str("pretext")))
	add(&b, title)
	body, blocks := w.mrkdwn(a.str("text")), w.list(a["blocks"], 0)
	if body == "" && blocks == "" {
		for _, m := range a.nodes("message_blocks") {
			add(&b, w.list(m.sub("message")["blocks"], 1))
		}
	}
	if !repeats(body, blocks) {
		add(&b, body)
	}
	add(&b, blocks)
	for _, f := range a.nodes("fields") {
		add(&b, pair(w.mrkdwn(f.str("title")), w.mrkdwn(f.str("value"))))
	}
	if b.Len() == 0 {
		add(&b, w.mrkdwn(a.str("fallback")))
	}
	if b.Len() == 0 {
		for _, key := range [...]string{"from_url", "image_url", "thumb_url"} {
			if to := a.str(key); to != "" {
				add(&b, plain.Line(Unescape(to)))
				break
			}
		}
	}
	for _, x := range a.nodes("actions") {
		if t := plain.Line(Unescape(x.str("text"))); t != "" {
			add(&b, "["+t+"]")
		}
	}
	add(&b, w.mrkdwn(a.str("footer")))
	return strings.TrimRight(mark+head(a)+"\n"+quoted(b.String()), "\n")
}

// Hides reports whether an attachment is a message that may not be shown, by the
// channels that it is from: "" where Slack does not say it.
func Hides(attachment json.RawMessage, hidden func(channel string) bool) bool {
	a, ok := parse(attachment)
	return ok && hides(a, hidden)
}

func hides(a node, hidden func(channel string) bool) bool {
	from := origins(a)
	if len(from) == 0 {
		return sharesMessage(a) && hidden("")
	}
	some := false
	for _, id := range from { // all of them are asked about
		some = hidden(id) || some
	}
	return some
}

// archived is the permalink of a message.
var archived = regexp.MustCompile(`^https?://[^/?#]+/archives/([A-Z0-9]+)/p\d`)

// origins are the channels that an attachment's message is from: Slack says it in
// several places, and not always in all of them.
func origins(a node) []string {
	all := []string{a.str("channel_id")}
	for _, key := range [...]string{"from_url", "original_url"} {
		if m := archived.FindStringSubmatch(Unescape(a.str(key))); m != nil {
			all = append(all, m[1])
		}
	}
	for _, m := range a.nodes("message_blocks") {
		all = append(all, m.str("channel"))
	}
	all = slices.DeleteFunc(all, func(id string) bool { return id == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// sharesMessage reports whether an attachment is a message of Slack's, and not what
// an app attached or the preview of a page.
func sharesMessage(a node) bool {
	return a.yes("is_msg_unfurl") || a.yes("is_share") || len(a.list("message_blocks")) > 0
}

// head says what kind of attachment it is, and whose.
func head(a node) string {
	author := a.str("author_name")
	if author == "" {
		author = a.str("author_subname")
	}
	if author == "" {
		author = a.str("service_name")
	}
	kind := "attachment"
	if sharesMessage(a) {
		kind = "message"
	}
	if author = plain.Words(Unescape(author), maxName); author != "" {
		kind += " of " + author
	}
	if channel := plain.Words(a.str("channel_name"), maxName); channel != "" {
		kind += " in #" + channel
	}
	if ts := plain.Words(a.str("ts"), 20); ts != "" && strings.HasPrefix(kind, "message") {
		kind += ", ts " + ts
	}
	if from := a.str("from_url"); from != "" && strings.HasPrefix(kind, "message") {
		kind += ", " + plain.Words(Unescape(from), 300)
	}
	return kind
}

// pair is a field with its value.
func pair(name, value string) string {
	switch {
	case name == "":
		return value
	case value == "":
		return name
	}
	return name + ": " + value
}
