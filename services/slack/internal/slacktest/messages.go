package slacktest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Message is what somebody posts.
type Message struct {
	// User is who posts: a person, or a bot's U…
	User string
	Text string
	// ThreadTS is the first message of the thread that it answers. Broadcast shows
	// it in the channel too.
	ThreadTS  string
	Broadcast bool
	// At is when; the zero time is now, or right after the newest message.
	At time.Time
	// Subtype is such as "channel_join".
	Subtype string
	// Username is the name that an app's message has for itself.
	Username string
	// Blocks and Attachments are arrays of JSON. Without Blocks they are made of
	// Text, unless it is Raw.
	Blocks, Attachments string
	Raw                 bool
	// Files are ids of AddFile.
	Files []string
	// Reactions are the emoji below it.
	Reactions []Reaction
	// Edited is whether it was changed a minute after it was posted.
	Edited bool
}

// Reaction is an emoji with who set it.
type Reaction struct {
	Name  string
	Users []string
}

// message is one in a channel.
type message struct {
	Message
	TS          string
	blocks      []any
	attachments []any
	replies     []*message
	editedBy    string
	editedTS    string
	tombstone   bool
	extra       object
}

var stampRule = regexp.MustCompile(`^\d{1,10}\.\d{6}$`)

func isTS(s string) bool { return stampRule.MatchString(s) }

// Stamp returns the timestamp of a message posted at t.
func Stamp(t time.Time) string {
	micro := t.UnixMicro()
	return fmt.Sprintf("%010d.%06d", micro/1e6, micro%1e6)
}

// Post posts a message, past all checks, and returns its timestamp.
func (s *Server) Post(channel string, m Message) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, ok := s.find(channel)
	if !ok {
		s.fail("there is no channel %s to post in", channel)
		return ""
	}
	msg := &message{Message: m}
	if m.User == "" {
		msg.User = Mona
	}
	for _, part := range []struct {
		text string
		to   *[]any
	}{{m.Blocks, &msg.blocks}, {m.Attachments, &msg.attachments}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			s.fail("%s: %v", part.text, err)
		}
	}
	if m.ThreadTS != "" && ch.message(m.ThreadTS) == nil {
		s.fail("there is no message %s to answer in %s", m.ThreadTS, channel)
		return ""
	}
	s.post(ch, msg)
	if m.Edited {
		at := msg.when().Add(time.Minute)
		msg.editedBy, msg.editedTS = msg.User, fmt.Sprintf("%010d.000000", at.Unix())
	}
	return msg.TS
}

// post gives a message its timestamp and place. The lock is held.
func (s *Server) post(ch *channel, m *message) {
	micro := m.At.UnixMicro()
	if m.At.IsZero() {
		micro = max(s.Now().UnixMicro(), s.last+1)
	}
	for ch.message(stampOf(micro)) != nil {
		micro++
	}
	s.last = max(s.last, micro)
	m.TS = stampOf(micro)
	if m.ThreadTS == m.TS {
		m.ThreadTS = ""
	}
	if m.blocks == nil && m.Text != "" && !m.Raw && m.Subtype == "" {
		m.blocks = richText(m.Text)
	}
	number(m.blocks, m.TS)
	i, _ := slices.BinarySearchFunc(ch.messages, m, byTS)
	ch.messages = slices.Insert(ch.messages, i, m)
	if m.ThreadTS != "" {
		parent := ch.message(m.ThreadTS)
		i, _ := slices.BinarySearchFunc(parent.replies, m, byTS)
		parent.replies = slices.Insert(parent.replies, i, m)
	}
	for _, id := range m.Files {
		if f := s.files[id]; f != nil {
			f.share(ch.ID, m)
		}
	}
	s.tell(ch, m, "message")
}

func stampOf(micro int64) string { return fmt.Sprintf("%010d.%06d", micro/1e6, micro%1e6) }

func byTS(a, b *message) int { return strings.Compare(a.TS, b.TS) }

func (m *message) when() time.Time {
	var sec, micro int64
	_, _ = fmt.Sscanf(m.TS, "%d.%d", &sec, &micro)
	return time.UnixMicro(sec*1e6 + micro)
}

// message returns the one with a timestamp.
func (ch *channel) message(ts string) *message {
	i, ok := slices.BinarySearchFunc(ch.messages, ts, func(m *message, ts string) int { return strings.Compare(m.TS, ts) })
	if !ok {
		return nil
	}
	return ch.messages[i]
}

// hidden is a reply that is not shown in the channel.
func (m *message) hidden() bool { return m.ThreadTS != "" && !m.Broadcast }

// messageObject is a message as Slack writes it.
func (c *call) messageObject(ch *channel, m *message) object {
	o := object{"type": "message", "ts": m.TS, "text": m.Text}
	if m.tombstone {
		maps.Copy(o, object{"subtype": "tombstone", "user": "USLACKBOT", "hidden": true})
		c.thread(ch, m, o)
		return o
	}
	u, known := c.person(m.User)
	switch {
	case m.Subtype != "" && m.Subtype != "me_message":
		o["subtype"], o["user"] = m.Subtype, m.User
	case m.Username != "":
		maps.Copy(o, object{"subtype": "bot_message", "username": m.Username, "icons": object{"emoji": ":robot_face:"}})
	default:
		o["user"] = m.User
		if m.Subtype != "" {
			o["subtype"] = m.Subtype
		}
	}
	if known && u.Bot != "" && m.Subtype == "" {
		o["bot_id"], o["app_id"] = u.Bot, u.App
		o["bot_profile"] = object{
			"id": u.Bot, "app_id": u.App, "user_id": u.ID, "name": u.label(), "icons": icons(u.Bot), "deleted": u.Deleted, "updated": seeded, "team_id": u.Team,
		}
	}
	if m.Subtype == "" && m.Username == "" {
		o["team"] = TeamID
		if known {
			o["team"] = u.Team
		}
		if known && u.Bot == "" {
			o["client_msg_id"] = uuid(ch.ID + m.TS)
		}
		if known && u.Stranger {
			o["user_team"], o["source_team"], o["user_profile"] = u.Team, u.Team, c.strangerProfile(u)
		}
	}
	if m.blocks != nil {
		o["blocks"] = m.blocks
	}
	if m.attachments != nil {
		o["attachments"] = m.attachments
	}
	if m.editedTS != "" {
		o["edited"] = object{"user": m.editedBy, "ts": m.editedTS}
	}
	if len(m.Reactions) != 0 {
		o["reactions"] = reactionObjects(m)
	}
	c.filesInto(m, o)
	c.thread(ch, m, o)
	for _, p := range ch.pins {
		if p.message == m {
			o["pinned_to"], o["pinned_info"] = []string{ch.ID}, object{"channel": ch.ID, "pinned_by": p.by, "pinned_ts": p.at}
		}
	}
	maps.Copy(o, m.extra)
	return o
}

// strangerProfile is what a message of another workspace says of who wrote it.
func (c *call) strangerProfile(u *User) object {
	p := c.profile(u)
	return object{
		"avatar_hash": p["avatar_hash"], "image_72": p["image_72"], "first_name": p["first_name"], "real_name": p["real_name"],
		"display_name": p["display_name"], "team": u.Team, "name": u.Name, "is_restricted": u.Guest, "is_ultra_restricted": false,
	}
}

func (c *call) filesInto(m *message, o object) {
	if len(m.Files) == 0 {
		return
	}
	files := []any{}
	for _, id := range m.Files {
		if f := c.files[id]; f != nil {
			files = append(files, c.fileObject(f, false))
		}
	}
	o["files"], o["upload"], o["display_as_bot"] = files, false, false
}

// thread adds what a message says about its thread.
func (c *call) thread(ch *channel, m *message, o object) {
	if m.ThreadTS != "" {
		o["thread_ts"] = m.ThreadTS
		if parent := ch.message(m.ThreadTS); parent != nil {
			o["parent_user_id"] = parent.User
			if m.Broadcast {
				root := object{}
				maps.Copy(root, c.messageObject(ch, parent))
				o["subtype"], o["root"] = "thread_broadcast", root
			}
		}
		return
	}
	if len(m.replies) == 0 {
		return
	}
	var who []string
	for _, r := range m.replies {
		if !slices.Contains(who, r.User) {
			who = append(who, r.User)
		}
	}
	maps.Copy(o, object{
		"thread_ts": m.TS, "reply_count": len(m.replies), "reply_users_count": len(who), "reply_users": who[:min(5, len(who))],
		"latest_reply": m.replies[len(m.replies)-1].TS, "is_locked": false, "subscribed": false,
	})
}

func reactionObjects(m *message) []any {
	all := make([]any, len(m.Reactions))
	for i, r := range m.Reactions {
		all[i] = object{"name": r.Name, "users": r.Users, "count": len(r.Users)}
	}
	return all
}

// uuid is the same for the same text.
func uuid(of string) string {
	h := sha256.Sum256([]byte(of))
	return fmt.Sprintf("%x-%x-4%x-a%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])[:36]
}

// number gives blocks the ids that Slack gives those without.
func number(blocks []any, ts string) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
	for i, b := range blocks {
		m, ok := b.(object)
		if !ok || m["block_id"] != nil {
			continue
		}
		h := sha256.Sum256(fmt.Appendf(nil, "%s/%d", ts, i))
		id := make([]byte, 5)
		for j := range id {
			id[j] = letters[int(h[j])%len(letters)]
		}
		m["block_id"] = string(id)
	}
}

// permalink is the address of a message.
func permalink(channel string, m *message) string {
	link := SiteURL + "archives/" + channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + channel
	}
	return link
}
