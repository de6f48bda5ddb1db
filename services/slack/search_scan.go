package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

const (
	// scanPages bounds what one call looks through, in pages of scanPage messages.
	scanPages = 10
	scanPage  = 200
)

// scan looks through the latest messages of a channel, which is all that a bot's
// token can search. Replies in threads are not among them.
func (w *workspace) scan(ctx context.Context, q question, at searchPlace) (finds, error) {
	m, err := newMatcher(q.words)
	if err != nil {
		return finds{}, err
	}
	ask := api.HistoryQuery{Channel: q.channel.ID, Limit: scanPage, Oldest: q.after, Latest: cmp.Or(at.Latest, q.before)}
	var got finds
	shown := make(verdicts)
	hidden := shown.hidden
	if w.svc.policy.all() {
		hidden = nil
	}
	for range scanPages {
		page, err := w.reads.History(ctx, ask)
		if err != nil {
			err = w.svc.shown(err, "channel %s", q.channel.ID)
			if got.Scanned == 0 || !got.ended(err) {
				return finds{}, err
			}
			break
		}
		if hidden != nil {
			w.judge(ctx, shown, sharedWith(page.Messages))
		}
		more := page.More
		for i := range page.Messages {
			msg := &page.Messages[i]
			ask.Latest = msg.TS
			got.Scanned++
			if m.matches(msg, hidden) && q.holds(q.channel.ID, msg.User, msg.TS) {
				got.messages = append(got.messages, find{*msg, q.channel.Channel})
			}
			if len(got.messages) == at.Size {
				more = more || i+1 < len(page.Messages)
				break
			}
		}
		if !more || len(page.Messages) == 0 {
			ask.Latest = ""
		}
		if ask.Latest == "" || len(got.messages) == at.Size {
			break
		}
	}
	if ask.Latest != "" {
		got.Until = timeOf(ask.Latest)
		got.next = &searchPlace{Backend: byScan, Size: at.Size, Latest: ask.Latest}
	}
	return got, nil
}

// matcher is a query as it is understood here: all of its words, in any order.
type matcher struct{ with, without []string }

var (
	// queryPart is a phrase or a word, with a minus if it must not be there.
	queryPart = regexp.MustCompile(`-?"[^"]*"?|\S+`)
	// slackOnly are the modifiers that Slack's search alone understands.
	slackOnly = regexp.MustCompile(`(?i)^-?(in|from|to|with|creator|has|hasmy|is|before|after|on|during):`)
)

func newMatcher(words string) (matcher, error) {
	var m matcher
	for _, part := range queryPart.FindAllString(words, -1) {
		if slackOnly.MatchString(part) {
			return m, toolerr.Invalid("query", "query: without Slack's search there are no modifiers such as %s; use from, after and before, and words", part)
		}
		word, not := strings.CutPrefix(part, "-")
		word = strings.ToLower(strings.Trim(word, `"`))
		switch {
		case word == "":
		case not:
			m.without = append(m.without, word)
		default:
			m.with = append(m.with, word)
		}
	}
	return m, nil
}

// matches reports whether a message is one that is looked for, by what may be shown of
// it: what is hidden would be told by it, word by word.
func (m matcher) matches(msg *api.Message, hidden func(channel string) bool) bool {
	if len(m.with)+len(m.without) == 0 {
		return true
	}
	text := searchable(msg, hidden)
	for _, w := range m.with {
		if !strings.Contains(text, w) {
			return false
		}
	}
	for _, w := range m.without {
		if strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// searchable is all that a message says, in lower case.
func searchable(msg *api.Message, hidden func(channel string) bool) string {
	var b strings.Builder
	b.WriteString(msg.Text)
	attached := msg.Attachments
	if hidden != nil {
		attached = slices.DeleteFunc(slices.Clone(attached), func(raw json.RawMessage) bool { return render.Hides(raw, hidden) })
	}
	for _, list := range [][]json.RawMessage{attached, msg.Blocks} {
		for _, raw := range list {
			var v any
			if json.Unmarshal(raw, &v) == nil {
				said(&b, v)
			}
		}
	}
	for _, f := range msg.Files {
		b.WriteString("\n" + f.Name + "\n" + f.Title)
	}
	return strings.ToLower(render.Unescape(b.String()))
}

// said appends the texts in a block or an attachment.
func said(b *strings.Builder, v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			said(b, e)
		}
	case map[string]any:
		for name, e := range v {
			switch s, ok := e.(string); {
			case !ok:
				said(b, e)
			case name == "text" || name == "title" || name == "pretext" || name == "fallback" || name == "value" || name == "footer" || name == "alt_text":
				b.WriteString("\n" + s)
			}
		}
	}
}
