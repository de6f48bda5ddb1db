package slack

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/outgoing"
)

// maxShownText bounds what a question shows of a message, in bytes.
const maxShownText = 400

// composed are the arguments that say what a message is.
type composed struct {
	Text   string `json:"text,omitempty" jsonschema:"Markdown"`
	Format string `json:"format" enum:"markdown,mrkdwn,plain" default:"markdown" quiet:"true"`
	Blocks []any  `json:"blocks,omitempty" jsonschema:"Block Kit instead of text, which notifications show"`
}

// compose makes the message that Slack is sent. Handles in it become mentions,
// where they are somebody's.
func (w *workspace) compose(ctx context.Context, in composed, change bool) (outgoing.Message, error) {
	blocks, err := in.objects()
	if err != nil {
		return outgoing.Message{}, err
	}
	d := outgoing.Draft{Text: in.Text, Format: in.Format, Blocks: blocks, Change: change, Mass: w.svc.policy.massMentions, Images: w.svc.policy.images}
	// Before names are looked up for what is refused anyway.
	if m, err := outgoing.Compose(d); err != nil || in.Format == outgoing.Plain {
		return m, err
	}
	d.Text = w.mentions(ctx, d.Text)
	return outgoing.Compose(d)
}

// objects are the blocks. Each is an object, which the schema leaves out: it would
// have to say what is in one.
func (in composed) objects() ([]map[string]any, error) {
	var list []map[string]any
	for i, v := range in.Blocks {
		b, ok := v.(map[string]any)
		if !ok {
			return nil, toolerr.Invalid("blocks", "blocks[%d] is no object of Block Kit", i)
		}
		list = append(list, b)
	}
	return list, nil
}

// targetMessage finds the message that channel and ts name, or a permalink alone,
// to act on it.
func (w *workspace) targetMessage(ctx context.Context, channel, ts string) (place, error) {
	p, err := w.target(ctx, channel)
	if err != nil {
		return place{}, err
	}
	if ts != "" {
		if ts, err = timestamp("ts", ts); err != nil {
			return place{}, err
		}
	}
	switch {
	case ts == "" && p.TS == "":
		return place{}, toolerr.Invalid("ts", "ts is missing: give that of the message, or its permalink as channel")
	case ts != "" && p.TS != "" && ts != p.TS:
		return place{}, toolerr.Invalid("ts", "ts is %s and the permalink is of %s: give one of them", ts, p.TS)
	}
	p.TS = cmp.Or(p.TS, ts)
	return p, nil
}

// written reads one message. Slack lists what is in threads apart.
func (w *workspace) written(ctx context.Context, p place) (api.Message, error) {
	q := api.HistoryQuery{Channel: p.ID, Oldest: p.TS, Latest: p.TS, Inclusive: true, Limit: 1}
	if p.ThreadTS == "" || p.ThreadTS == p.TS {
		page, err := w.reads.History(ctx, q)
		if err != nil {
			return api.Message{}, err
		}
		if m, ok := ofTS(page.Messages, p.TS); ok {
			return m, nil
		}
	}
	q.Limit = 2 // the first message of a thread may be on every page
	page, err := w.reads.Replies(ctx, cmp.Or(p.ThreadTS, p.TS), q)
	if err != nil && !api.Is(err, "thread_not_found") {
		return api.Message{}, err
	}
	if m, ok := ofTS(page.Messages, p.TS); ok {
		return m, nil
	}
	return api.Message{}, toolerr.New(toolerr.ResourceNotFound, "%s has no message %s", called(p.Channel), p.TS)
}

func ofTS(list []api.Message, ts string) (api.Message, bool) {
	for _, m := range list {
		if m.TS == ts {
			return m, true
		}
	}
	return api.Message{}, false
}

// shownMessage describes a message to whoever is asked about it, and returns what
// has to be as it was when they have answered. A token that may write and not read
// has nothing to show.
func (w *workspace) shownMessage(ctx context.Context, p place) (words, fact string, err error) {
	where := w.whereWords(ctx, p)
	m, err := w.written(ctx, p)
	switch {
	case api.Is(err, "missing_scope", "no_permission"):
		return fmt.Sprintf("message %s in %s, which this token cannot read", p.TS, where), "", nil
	case err != nil:
		return "", "", w.svc.shown(err, "message %s", p.TS)
	}
	seen := w.voices(ctx, []api.Message{m}).message(&m, 2*maxShownText)
	words = fmt.Sprintf("message of %s in %s, written %s", plain.Words(cmp.Or(seen.User, "somebody unknown"), 80), where, seen.Time)
	if m.ReplyCount > 0 {
		words += ", which has " + several(m.ReplyCount, "answer")
	}
	if len(m.Files) > 0 {
		words += ", with " + several(len(m.Files), "file")
	}
	said := plain.Words(seen.Text, maxShownText)
	if said == "" {
		said = "(without text)"
	}
	return words + ": " + said, factOf(m), nil
}

// unchanged refuses to go on if a message is not what somebody agreed to.
func (w *workspace) unchanged(ctx context.Context, p place, fact string) error {
	m, err := w.written(ctx, p)
	if err != nil {
		return w.svc.shown(err, "message %s", p.TS)
	}
	if factOf(m) != fact {
		return toolerr.New(toolerr.Conflict, "message %s is not what it was when somebody agreed; nothing was done: look at it and call again", p.TS)
	}
	return nil
}

func factOf(m api.Message) string {
	edited := ""
	if m.Edited != nil {
		edited = m.Edited.TS
	}
	// An edit that changes blocks alone need not be marked as one.
	sum := sha256.New()
	fmt.Fprintf(sum, "%q%q%q", m.Text, m.Blocks, m.Attachments)
	return m.TS + " " + edited + " " + hex.EncodeToString(sum.Sum(nil)[:16])
}

// whereWords says who reads a conversation. What is remembered of one has no
// number of members.
func (w *workspace) whereWords(ctx context.Context, p place) string {
	if p.Members == 0 && !p.Direct && !p.Group {
		if ch, err := w.reads.Channel(ctx, p.ID); err == nil {
			p.Members = ch.Members
		}
	}
	var about []string
	if p.Members > 0 && !p.Direct {
		about = append(about, several(p.Members, "member"))
	}
	if p.External {
		about = append(about, "shared with another organization")
	}
	where := plain.Words(called(p.Channel), 80)
	switch {
	case p.Direct:
		where = "direct messages with " + plain.Words(w.labels(ctx, []string{p.User})[p.User], 80)
	case p.Group:
		where = "direct messages of several people"
	}
	if len(about) > 0 {
		where += " (" + strings.Join(about, ", ") + ")"
	}
	return where
}

func several(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// notTheirs explains that a message is another's, and leaves other errors to
// Service.shown.
func (w *workspace) notTheirs(ctx context.Context, err error, p place) error {
	if !notAuthor(err) {
		return w.svc.shown(err, "message %s", p.TS)
	}
	if w.svc.access.people != nil {
		return toolerr.Wrap(err, toolerr.PermissionDenied, "message %s was not written by you: its author alone changes it, and what the app's bot has posted whoever had it posted, for a day", p.TS)
	}
	me := "this token"
	if id, idErr := w.identity(ctx, w.writes); idErr == nil {
		me = "@" + plain.Words(id.User, 80)
	}
	return toolerr.Wrap(err, toolerr.PermissionDenied, "message %s was not written by %s: Slack lets only its author change it", p.TS, me)
}
