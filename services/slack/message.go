package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/render"
)

const (
	// maxNames bounds whose names a page looks up, and maxReactors who is named of
	// those who set an emoji.
	maxNames    = 200
	maxReactors = 8
	// maxBeside bounds the emoji and the files of one message.
	maxBeside = 60
	// pageBytes is how much a page of messages holds, as JSON.
	pageBytes = 40_000
)

// message is a message in the output of all tools. What it belongs to, and with
// that its permalink, is said once around it.
type message struct {
	TS string `json:"ts"`
	// Time is when it was written. In a page it is the time of day alone where the day
	// is that of the message before.
	Time string `json:"time,omitempty"`
	// User is what people call its author; the id where that is not known, and
	// both where two people on a page are called the same.
	User     string `json:"user,omitempty"`
	Bot      bool   `json:"bot,omitempty"`
	Text     string `json:"text,omitempty"`
	ThreadTS string `json:"thread_ts,omitempty"`
	Replies  int    `json:"reply_count,omitempty"`
	// Reactions are emoji with who set them, and how many if not all are named.
	Reactions string `json:"reactions,omitempty"`
	Files     []file `json:"files,omitempty"`
	Edited    bool   `json:"edited,omitempty"`
	Subtype   string `json:"subtype,omitempty"`
}

// unescaped is JSON that is not made to stand in HTML.
func unescaped(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

type file struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
	Size int64  `json:"size,omitempty"`
}

// voices are the names of a page: of who wrote, who is mentioned and who reacted.
type voices struct {
	labels map[string]string
	groups map[string]string // handles
	// channel is what a channel is called that is known already; nobody is asked.
	channel func(id string) string
	// hidden is of which channels no message is shown that somebody shares.
	hidden func(channel string) bool
}

// names are what a message's ids are called when it is written.
func (v voices) names() render.Names {
	return render.Names{User: v.name, Channel: v.channel, Group: func(id string) string { return v.groups[id] }, Hidden: v.hidden}
}

// voices looks up the names in messages, all at once; others are further ids.
func (w *workspace) voices(ctx context.Context, list []api.Message, others ...string) voices {
	var ids []string
	seen := map[string]bool{"": true}
	note := func(more ...string) {
		for _, id := range more {
			if !seen[id] && len(ids) < maxNames {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	note(others...)
	for i := range list {
		if m := &list[i]; writtenAs(m) == "" {
			note(m.User)
		}
	}
	var shared, groups []string
	for i := range list {
		m := render.Mentioned(list[i])
		note(m.People...)
		shared = append(shared, m.Shared...)
		for _, id := range m.Groups {
			if len(groups) < maxNames && !slices.Contains(groups, id) {
				groups = append(groups, id)
			}
		}
	}
	for i := range list {
		for _, r := range list[i].Reactions {
			note(r.Users[:min(len(r.Users), maxReactors)]...)
		}
	}
	v := voices{labels: make(map[string]string, len(ids))}
	v.channel = func(id string) string {
		ch, _, ok := w.svc.directory.Channel(w.key(), id)
		if !ok || w.svc.policy.readable(ch) != nil {
			return ""
		}
		return ch.Name
	}
	var beside sync.WaitGroup
	beside.Go(func() { v.hidden = w.judged(ctx, shared) })
	beside.Go(func() { v.groups = w.handles(ctx, groups) })
	owners := make(map[string]int, len(ids))
	for id, label := range w.labels(ctx, ids) {
		label = plain.Words(label, 80)
		v.labels[id] = label
		owners[label]++
	}
	beside.Wait()
	for id, label := range v.labels {
		if owners[label] > 1 {
			v.labels[id] = label + " (" + id + ")"
		}
	}
	return v
}

// name is what somebody is called, the id if that is not known.
func (v voices) name(id string) string {
	if name := v.labels[id]; name != "" {
		return name
	}
	return id
}

// writtenAs is the name that a message itself brings for its author: an app may post
// under one of its own.
func writtenAs(m *api.Message) string {
	if m.Username != "" {
		return m.Username
	}
	if m.BotProfile != nil {
		return m.BotProfile.Name
	}
	return ""
}

// message makes a message of Slack's one of the output, with at most so many bytes
// of text.
func (v voices) message(m *api.Message, most int) message {
	out := message{
		TS: m.TS, Time: timeOf(m.TS), Bot: m.BotID != "" || m.Subtype == "bot_message", Replies: m.ReplyCount, Edited: m.Edited != nil,
		Subtype: m.Subtype,
	}
	if m.Subtype == "bot_message" {
		out.Subtype = ""
	}
	if out.User = plain.Words(writtenAs(m), 80); out.User == "" {
		out.User = v.name(m.User)
	}
	if out.User == "" {
		out.User = m.BotID
	}
	if m.ThreadTS != m.TS {
		out.ThreadTS = m.ThreadTS
	}
	text, left := plain.Clip(render.Text(*m, v.names()), most)
	if out.Text = text; left > 0 {
		out.Text += fmt.Sprintf("… [%d bytes more: get_thread]", left)
	}
	reactions := make([]string, 0, min(len(m.Reactions), maxBeside+1))
	for _, r := range m.Reactions[:min(len(m.Reactions), maxBeside)] {
		reactions = append(reactions, v.reaction(r))
	}
	if more := len(m.Reactions) - maxBeside; more > 0 {
		reactions = append(reactions, fmt.Sprintf("… %d more", more))
	}
	out.Reactions = strings.Join(reactions, "; ")
	for _, f := range m.Files[:min(len(m.Files), maxBeside)] {
		if f.Mode != "tombstone" {
			out.Files = append(out.Files, fileOf(f))
		}
	}
	return out
}

// reaction is "eyes: mona, hubot", or "eyes 12: mona, …" if not all are named.
func (v voices) reaction(r api.Reaction) string {
	shown := r.Users[:min(len(r.Users), maxReactors)]
	names := make([]string, len(shown), len(shown)+1)
	for i, id := range shown {
		names[i] = v.name(id)
	}
	text := plain.Words(r.Name, 80)
	if r.Count != len(shown) {
		text += " " + strconv.Itoa(r.Count)
		names = append(names, "…")
	}
	if len(shown) == 0 {
		return text
	}
	return text + ": " + strings.Join(names, ", ")
}

func fileOf(f api.File) file {
	out := file{ID: f.ID, Name: plain.Words(f.Name, 200), Type: plain.Words(f.Filetype, 40), Size: f.Size}
	if out.Name == "" {
		out.Name = plain.Words(f.Title, 200)
	}
	if out.Type == "" {
		out.Type = plain.Words(f.Mimetype, 80)
	}
	return out
}

// size is what a message takes in a result.
func (m *message) size() int {
	b, err := unescaped(m)
	if err != nil {
		return 0 // a message is made of strings and numbers
	}
	return len(b) + 1
}

// sayDaysOnce has each message of a page say the day only where it is another than
// that of the message before.
func sayDaysOnce(list []message) {
	day := ""
	for i := range list {
		written, of, ok := strings.Cut(list[i].Time, "T")
		if ok && written == day {
			list[i].Time = of[:len("15:04")]
		}
		day = written
	}
}

// conversationName is what a conversation is called: direct messages by whom they
// are with.
func (v voices) conversationName(ch api.Channel) string {
	if ch.Direct && ch.User != "" {
		return "@" + v.name(ch.User)
	}
	return plain.Words(ch.Name, 100)
}
