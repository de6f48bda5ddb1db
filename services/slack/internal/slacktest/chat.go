package slacktest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	contentArgs = "channel text blocks attachments markdown_text metadata as_user link_names parse "
	sendArgs    = contentArgs + "thread_ts reply_broadcast unfurl_links unfurl_media "
)

var chatMethods = map[string]method{
	"chat.postMessage":            {args: sendArgs + "icon_emoji icon_url mrkdwn username", scopes: "chat:write", answer: (*call).postMessage},
	"chat.update":                 {args: contentArgs + "ts file_ids reply_broadcast", scopes: "chat:write", answer: (*call).update},
	"chat.delete":                 {args: "channel ts as_user", scopes: "chat:write", answer: (*call).remove},
	"chat.getPermalink":           {args: "channel message_ts", answer: (*call).getPermalink},
	"chat.scheduleMessage":        {args: sendArgs + "post_at", scopes: "chat:write", answer: (*call).schedule},
	"chat.deleteScheduledMessage": {args: "channel scheduled_message_id as_user", scopes: "chat:write", answer: (*call).unschedule},
	"chat.scheduledMessages.list": {args: "channel cursor latest limit oldest team_id", answer: (*call).scheduledList},
}

// content reads what is to be posted.
func (c *call) content(most int) (*message, error) {
	m := &message{Message: Message{User: c.token.User, Text: c.Get("text")}}
	markdown := c.Get("markdown_text")
	if markdown != "" && (m.Text != "" || c.Get("blocks") != "") {
		return nil, refuse("markdown_text_conflict")
	}
	if utf8.RuneCountInString(m.Text) > most {
		return nil, refuse("msg_too_long")
	}
	if markdown != "" {
		if utf8.RuneCountInString(markdown) > maxMarkdown {
			return nil, refuse("msg_too_long")
		}
		m.Text, m.blocks = markdown, markdownBlocks(markdown)
	}
	if text := c.Get("blocks"); text != "" {
		given, err := readBlocks(text)
		if err != nil {
			return nil, err
		}
		if m.blocks = shown(given); m.Text == "" {
			m.Text = fallback(given)
		}
	}
	if text := c.Get("attachments"); text != "" {
		if err := json.Unmarshal([]byte(text), &m.attachments); err != nil {
			return nil, refuse("invalid_attachments")
		}
		if len(m.attachments) > 100 {
			return nil, refuse("too_many_attachments")
		}
		for i, a := range m.attachments {
			if a, ok := a.(object); ok {
				a["id"] = i + 1
				if a["fallback"] == nil {
					a["fallback"] = "[no preview available]"
				}
			}
		}
	}
	if strings.TrimSpace(m.Text) == "" && len(m.blocks) == 0 && len(m.attachments) == 0 {
		return nil, refuse("no_text")
	}
	if c.flag("link_names") || c.Get("parse") == "full" {
		m.Text = c.linked(m.Text)
	}
	if m.blocks == nil && c.Get("mrkdwn") == "false" {
		m.blocks = []any{object{"type": "rich_text", "elements": []any{section(textElement(unescape(m.Text)))}}}
	}
	if m.blocks == nil && m.Text != "" {
		m.blocks = richText(m.Text)
	}
	return m, nil
}

// linked makes mentions of the handles in a text.
func (c *call) linked(text string) string {
	words := strings.Fields(text)
	for _, w := range words {
		name, ok := strings.CutPrefix(w, "@")
		if !ok {
			continue
		}
		switch u, known := c.handle(strings.Trim(name, ".,:;!?")); {
		case known:
			text = strings.Replace(text, "@"+u.Name, "<@"+u.ID+">", 1)
		case name == "here" || name == "channel" || name == "everyone":
			text = strings.Replace(text, w, "<!"+name+">", 1)
		}
	}
	return text
}

// destination returns the channel that is posted in: by id, by name, or a person's
// direct messages.
func (c *call) destination() (*channel, error) {
	name, err := c.required("channel")
	if err != nil {
		return nil, refuse("channel_not_found")
	}
	ch, ok := c.find(name)
	if !ok {
		ch, ok = c.named(strings.TrimPrefix(name, "#"))
	}
	if u, person := c.person(name); person && !ok {
		if ch, ok = c.directWith(u), true; !ok {
			return nil, refuse("channel_not_found")
		}
	}
	u, _ := c.person(c.token.User)
	switch {
	case !ok || !c.visible(ch):
		return nil, refuse("channel_not_found")
	case ch.Archived:
		return nil, refuse("is_archived")
	case ch.ReadOnly && !u.Admin:
		return nil, refuse("restricted_action_read_only_channel")
	case ch.has(c.token.User):
		return ch, nil
	case c.token.Bot != "" && slices.Contains(c.token.scopes(), "chat:write.public"):
		return ch, nil
	}
	return nil, refuse("not_in_channel")
}

func (c *call) directWith(u *User) *channel {
	members := []string{c.token.User, u.ID}
	for _, id := range c.listed {
		if ch := c.channels[id]; ch.Direct && same(ch.Members, members) {
			return ch
		}
	}
	return c.add(Channel{Direct: true, Members: members, Created: c.Now().Unix()})
}

// answering checks the thread that a message is for.
func (c *call) answering(ch *channel, m *message) error {
	ts := c.Get("thread_ts")
	if ts == "" {
		return nil
	}
	parent := ch.message(ts)
	switch {
	case parent == nil:
		return refuse("thread_not_found")
	case parent.ThreadTS != "" || parent.tombstone:
		return refuse("cannot_reply_to_message")
	}
	m.ThreadTS, m.Broadcast = ts, c.flag("reply_broadcast")
	return nil
}

func (c *call) postMessage() (object, error) {
	ch, err := c.destination()
	if err != nil {
		return nil, err
	}
	m, err := c.content(40_000)
	if err != nil {
		return nil, err
	}
	if err := c.answering(ch, m); err != nil {
		return nil, err
	}
	if name := c.Get("username"); name != "" {
		if err := c.need("chat:write.customize"); err != nil {
			return nil, err
		}
		m.Username = name
	}
	c.post(ch, m)
	return object{"channel": ch.ID, "ts": m.TS, "message": c.messageObject(ch, m)}, nil
}

// own returns a message that the caller has posted.
func (c *call) own(refusal string) (*channel, *message, error) {
	ch, err := c.channel("")
	if err != nil {
		return nil, nil, err
	}
	m := ch.message(c.Get("ts"))
	u, _ := c.person(c.token.User)
	switch {
	case m == nil || m.tombstone:
		return nil, nil, refuse("message_not_found")
	case ch.Archived:
		return nil, nil, refuse("is_archived")
	case m.User != c.token.User && !(refusal == "cant_delete_message" && u.Admin && c.token.Bot == "") || m.Subtype != "":
		return nil, nil, refuse(refusal)
	}
	return ch, m, nil
}

func (c *call) update() (object, error) {
	ch, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	changed, err := c.content(4_000)
	if err != nil {
		return nil, err
	}
	m.Text, m.blocks = changed.Text, changed.blocks
	if c.Has("attachments") {
		m.attachments = changed.attachments
	}
	number(m.blocks, m.TS)
	m.editedBy, m.editedTS = c.token.User, stampOf(c.Now().Unix()*1e6)
	c.tell(ch, m, "message_changed")
	return object{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": c.messageObject(ch, m)}, nil
}

func (c *call) remove() (object, error) {
	ch, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.drop(ch, m)
	c.tell(ch, m, "message_deleted")
	return object{"channel": ch.ID, "ts": m.TS}, nil
}

// drop takes a message away. What was answered leaves a trace.
func (s *Server) drop(ch *channel, m *message) {
	if len(m.replies) != 0 {
		m.tombstone, m.blocks, m.attachments, m.Files, m.Reactions = true, nil, nil, nil, nil
		m.Text = "This message was deleted."
		return
	}
	gone := func(other *message) bool { return other == m }
	if parent := ch.message(m.ThreadTS); parent != nil {
		parent.replies = slices.DeleteFunc(parent.replies, gone)
	}
	ch.messages = slices.DeleteFunc(ch.messages, gone)
	ch.pins = slices.DeleteFunc(ch.pins, func(p pin) bool { return p.message == m })
}

func (c *call) getPermalink() (object, error) {
	ch, err := c.channel("")
	if err != nil {
		return nil, err
	}
	m := ch.message(c.Get("message_ts"))
	if m == nil {
		return nil, refuse("message_not_found")
	}
	return object{"channel": ch.ID, "permalink": permalink(ch.ID, m)}, nil
}

// scheduled is a message for later.
type scheduled struct {
	*message
	id      string
	channel string
	at      int64
	made    int64
}

func (c *call) schedule() (object, error) {
	ch, err := c.destination()
	if err != nil {
		return nil, err
	}
	at, err := strconv.ParseInt(c.Get("post_at"), 10, 64)
	now := c.Now()
	switch {
	case err != nil:
		return nil, refuse("invalid_time")
	case at <= now.Unix():
		return nil, refuse("time_in_past")
	case at > now.Add(120*24*time.Hour).Unix():
		return nil, refuse("time_too_far")
	}
	m, err := c.content(40_000)
	if err != nil {
		return nil, err
	}
	if err := c.answering(ch, m); err != nil {
		return nil, err
	}
	number(m.blocks, c.Get("post_at"))
	p := &scheduled{message: m, id: c.id("Q"), channel: ch.ID, at: at, made: now.Unix()}
	c.scheduled = append(c.scheduled, p)
	shown := c.messageObject(ch, m)
	maps.Copy(shown, object{"type": "delayed_message"})
	delete(shown, "ts")
	return object{"channel": ch.ID, "scheduled_message_id": p.id, "post_at": at, "message": shown}, nil
}

func (c *call) unschedule() (object, error) {
	ch, err := c.channel("")
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(c.scheduled), func(p *scheduled) bool {
		return p.id == c.Get("scheduled_message_id") && p.channel == ch.ID && p.User == c.token.User
	})
	if len(kept) == len(c.scheduled) {
		return nil, refuse("invalid_scheduled_message_id")
	}
	c.scheduled = kept
	return object{}, nil
}

func (c *call) scheduledList() (object, error) {
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	limit, err := c.number("limit", 100, 1000)
	if err != nil {
		return nil, err
	}
	i, err := c.offset("scheduled:")
	if err != nil {
		return nil, err
	}
	page, cursor := []any{}, ""
	for ; i < len(c.scheduled); i++ {
		p := c.scheduled[i]
		if p.User != c.token.User || c.Get("channel") != "" && c.Get("channel") != p.channel {
			continue
		}
		if len(page) == limit {
			cursor = cursorOf("scheduled:", i)
			break
		}
		page = append(page, object{"id": p.id, "channel_id": p.channel, "post_at": p.at, "date_created": p.made, "text": p.Text})
	}
	return object{"scheduled_messages": page, "response_metadata": next(cursor)}, nil
}

// PostDue posts the scheduled messages whose time has come.
func (s *Server) PostDue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now().Unix()
	s.scheduled = slices.DeleteFunc(s.scheduled, func(p *scheduled) bool {
		if p.at > now {
			return false
		}
		if ch, ok := s.find(p.channel); ok {
			s.post(ch, p.message)
		}
		return true
	})
}
