package slacktest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Channel is a conversation: a public channel, unless it says otherwise.
type Channel struct {
	// ID is C…, D… or G…, made up if it is "".
	ID, Name string
	Private  bool
	Archived bool
	// External is shared with another organization, Pending about to be.
	External, Pending bool
	// Direct are direct messages with one person, Group with several.
	Direct, Group bool
	// ReadOnly is for what an administrator writes.
	ReadOnly       bool
	Topic, Purpose string
	Creator        string
	// Members are in it, by id.
	Members []string
	// Created is in Unix seconds.
	Created int64
	// Previous are the names that it had.
	Previous []string
}

// channel is a Channel with what happens in it.
type channel struct {
	Channel
	messages []*message
	pins     []pin
	read     map[string]string // what each member has read
	topicBy  string
	topicAt  int64
	aboutBy  string
	aboutAt  int64
}

// conversations are the channels that there are.
type conversations struct {
	channels map[string]*channel
	listed   []string // the ids of channels
	sprawl   int
	// every is the number of channels of the sprawl between two that everybody is
	// in.
	every int
}

func newConversations() conversations { return conversations{channels: make(map[string]*channel)} }

// AddChannel adds a conversation and returns its id.
func (s *Server) AddChannel(c Channel) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(c).ID
}

// AddDirect adds the direct messages of two people and returns their id.
func (s *Server) AddDirect(a, b string) string {
	return s.AddChannel(Channel{Direct: true, Members: []string{a, b}})
}

// AddGroup adds the direct messages of several people and returns their id.
func (s *Server) AddGroup(members ...string) string {
	return s.AddChannel(Channel{Group: true, Members: members})
}

// AddSprawl adds n public channels, which take no memory until something happens
// in them: room-00001 with the id of SprawlChannel(1), and so on. Everybody is in
// each every-th of them, nobody but the crowd in the others; 0: in none.
func (s *Server) AddSprawl(n, every int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sprawl, s.every = n, every
}

// SprawlChannel returns the id of one of the sprawl, from 1.
func SprawlChannel(i int) string { return fmt.Sprintf("CS%07d", i) }

func (s *Server) sprawled(i int) *channel {
	c := &channel{Channel: Channel{
		ID: SprawlChannel(i), Name: fmt.Sprintf("room-%05d", i), Creator: Mona, Created: seeded, Purpose: "What room " + fmt.Sprint(i) + " is for",
		Members: []string{CrowdUser(1 + i%max(1, s.crowd)), CrowdUser(1 + (i+1)%max(1, s.crowd))},
	}}
	if s.crowd == 0 {
		c.Members = nil
	}
	if s.every > 0 && i%s.every == 0 {
		c.Members = append(c.Members, s.order...)
	}
	return c
}

func (s *Server) add(c Channel) *channel {
	if c.Group && c.Name == "" {
		var names []string
		for _, id := range c.Members {
			if u, ok := s.person(id); ok {
				names = append(names, u.Name)
			}
		}
		c.Name = "mpdm-" + strings.Join(names, "--") + "-1"
	}
	if c.Created == 0 {
		c.Created = seeded
	}
	if c.ID == "" {
		c.ID = s.id(map[bool]string{true: "D"}[c.Direct] + map[bool]string{true: "C"}[!c.Direct])
	}
	if c.Creator == "" && len(c.Members) != 0 {
		c.Creator = c.Members[0]
	}
	c.Private = c.Private || c.Group
	c.Members = slices.Clone(c.Members)
	ch := &channel{Channel: c, topicBy: c.Creator, topicAt: c.Created, aboutBy: c.Creator, aboutAt: c.Created}
	if _, known := s.channels[c.ID]; !known {
		s.listed = append(s.listed, c.ID)
	}
	s.channels[c.ID] = ch
	return ch
}

// find returns a channel to change. The lock is held.
func (s *Server) find(id string) (*channel, bool) {
	if ch, ok := s.channels[id]; ok {
		return ch, true
	}
	if i, ok := serialOf(id, "CS", s.sprawl); ok {
		ch := s.sprawled(i)
		s.channels[id] = ch
		return ch, true
	}
	return nil, false
}

// place returns the channel at a place of the list of all, without keeping it.
func (s *Server) place(i int) *channel {
	if i < len(s.listed) {
		return s.channels[s.listed[i]]
	}
	i -= len(s.listed) - 1
	if ch, ok := s.channels[SprawlChannel(i)]; ok {
		return ch
	}
	return s.sprawled(i)
}

// named returns the channel of a name.
func (s *Server) named(name string) (*channel, bool) {
	for _, id := range s.listed {
		if ch := s.channels[id]; ch.Name == name {
			return ch, true
		}
	}
	var i int
	if _, err := fmt.Sscanf(name, "room-%05d", &i); err == nil && 0 < i && i <= s.sprawl {
		return s.find(SprawlChannel(i))
	}
	return nil, false
}

// has reports whether somebody is a member.
func (ch *channel) has(user string) bool { return slices.Contains(ch.Members, user) }

// visible reports whether somebody may know that a channel exists.
func (c *call) visible(ch *channel) bool {
	return ch.has(c.token.User) || !ch.Private && !ch.Direct && !ch.Group
}

// kind is the value of types that a channel is asked for by.
func (ch *channel) kind() string {
	switch {
	case ch.Direct:
		return "im"
	case ch.Group:
		return "mpim"
	case ch.Private:
		return "private_channel"
	}
	return "public_channel"
}

// family is what the scopes for a kind of channels begin with.
func (ch *channel) family() string { return families[ch.kind()] }

var families = map[string]string{"im": "im", "mpim": "mpim", "private_channel": "groups", "public_channel": "channels"}

// channel returns the conversation that the argument of the call names, if its
// token has the scope with an ending such as ":read".
func (c *call) channel(ending string) (*channel, error) {
	id, err := c.required("channel")
	if err != nil {
		return nil, err
	}
	ch, ok := c.find(id)
	if !ok || !c.visible(ch) {
		return nil, refuse("channel_not_found")
	}
	return ch, c.may(ch, ending)
}

func (c *call) may(ch *channel, ending string) error {
	switch ending {
	case "":
		return nil
	case ":write": // an app's scope for public channels has another name
		if c.token.Bot != "" && ch.family() == "channels" {
			return c.need("channels:manage")
		}
	}
	return c.need(ch.family() + ending)
}

// inside is channel for what members may do.
func (c *call) inside(ending string) (*channel, error) {
	ch, err := c.channel(ending)
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, refuse("is_archived")
	case !ch.has(c.token.User):
		return nil, refuse("not_in_channel")
	}
	return ch, nil
}

var channelMethods = map[string]method{
	"conversations.list":       {args: "cursor exclude_archived limit team_id types", answer: (*call).list},
	"users.conversations":      {args: "cursor exclude_archived limit team_id types user", answer: (*call).mine},
	"conversations.info":       {args: "channel include_locale include_num_members", answer: (*call).info},
	"conversations.members":    {args: "channel cursor limit", answer: (*call).membersOf},
	"conversations.open":       {args: "channel users return_im prevent_creation", answer: (*call).open},
	"conversations.create":     {args: "name is_private team_id", answer: (*call).create},
	"conversations.setTopic":   {args: "channel topic", answer: (*call).setTopic},
	"conversations.setPurpose": {args: "channel purpose", answer: (*call).setPurpose},
	"conversations.invite":     {args: "channel users force", answer: (*call).invite},
	"conversations.join":       {args: "channel", scopes: "channels:join", userScopes: "channels:write", answer: (*call).join},
	"conversations.leave":      {args: "channel", answer: (*call).leave},
	"conversations.mark":       {args: "channel ts", answer: (*call).mark},
	"conversations.archive":    {args: "channel", answer: (*call).archive},
	"pins.list":                {args: "channel", scopes: "pins:read", answer: (*call).pinsList},
	"pins.add":                 {args: "channel timestamp", scopes: "pins:write", answer: (*call).pinsAdd},
	"pins.remove":              {args: "channel timestamp", scopes: "pins:write", answer: (*call).pinsRemove},
}

func (c *call) list() (object, error) {
	return c.page("team:", func(*channel) bool { return true }, true)
}

func (c *call) mine() (object, error) {
	user := c.token.User
	if other := c.Get("user"); other != "" {
		if _, ok := c.person(other); !ok {
			return nil, refuse("user_not_found")
		}
		user = other
	}
	return c.page("mine:", func(ch *channel) bool { return ch.has(user) }, false)
}

// page answers with a page of the channels that somebody sees and keep chooses.
// Only conversations.list says whether they are members, and how many there are.
func (c *call) page(kind string, keep func(*channel) bool, full bool) (object, error) {
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	types := strings.Split(c.Get("types"), ",")
	if c.Get("types") == "" {
		types = []string{"public_channel"}
	}
	for _, t := range types {
		family, ok := families[strings.TrimSpace(t)]
		if !ok {
			return nil, refuse("invalid_types")
		}
		if err := c.need(family + ":read"); err != nil {
			return nil, err
		}
	}
	limit, err := c.number("limit", 100, 1000)
	if err != nil {
		return nil, err
	}
	if c.Has("limit") && c.Get("limit") != "0" && limit == 1000 && !full {
		limit = 999 // as documented for users.conversations
	}
	i, err := c.offset(kind)
	if err != nil {
		return nil, err
	}
	total, page, cursor := len(c.listed)+c.sprawl, []any{}, ""
	for ; i < total; i++ {
		ch := c.place(i)
		if !slices.Contains(types, ch.kind()) || !c.visible(ch) || ch.Archived && c.flag("exclude_archived") || !keep(ch) {
			continue
		}
		if len(page) == limit {
			cursor = cursorOf(kind, i)
			break
		}
		page = append(page, c.channelObject(ch, full, full))
	}
	return object{"channels": page, "response_metadata": next(cursor)}, nil
}

// channelObject is a channel as Slack writes it.
func (c *call) channelObject(ch *channel, member, count bool) object {
	m := object{
		"id": ch.ID, "created": ch.Created, "is_archived": ch.Archived, "is_org_shared": false, "context_team_id": TeamID,
		"updated": ch.Created * 1000, "unlinked": 0,
	}
	if ch.Direct {
		maps.Copy(m, object{"is_im": true, "user": ch.other(c.token.User), "is_user_deleted": false, "priority": 0})
		if u, ok := c.person(ch.other(c.token.User)); ok {
			m["is_user_deleted"] = u.Deleted
		}
		return m
	}
	shared := ch.External
	maps.Copy(m, object{
		"name": ch.Name, "name_normalized": ch.Name, "is_channel": !ch.Group, "is_group": false, "is_im": false, "is_mpim": ch.Group,
		"is_private": ch.Private, "is_general": ch.ID == General, "is_shared": shared, "is_ext_shared": ch.External, "is_pending_ext_shared": ch.Pending,
		"pending_shared": []string{}, "pending_connected_team_ids": []string{}, "shared_team_ids": []string{TeamID}, "parent_conversation": nil,
		"creator": ch.Creator, "previous_names": append([]string{}, ch.Previous...),
		"topic":      object{"value": ch.Topic, "creator": ch.topicBy, "last_set": ch.topicAt},
		"purpose":    object{"value": ch.Purpose, "creator": ch.aboutBy, "last_set": ch.aboutAt},
		"properties": object{"tabs": []any{object{"type": "files", "label": "", "id": "files"}}, "tabz": []any{object{"type": "files"}}},
	})
	if ch.External {
		m["shared_team_ids"] = []string{TeamID, "T000000009"}
		m["connected_team_ids"] = []string{"T000000009"}
		m["conversation_host_id"] = TeamID
	}
	if ch.Pending {
		m["pending_shared"], m["pending_connected_team_ids"] = []string{"T000000009"}, []string{"T000000009"}
	}
	if member {
		m["is_member"] = ch.has(c.token.User)
	}
	if count {
		m["num_members"] = len(ch.Members)
	}
	return m
}

// other returns whom somebody has direct messages with: themselves, if nobody.
func (ch *channel) other(user string) string {
	for _, id := range ch.Members {
		if id != user {
			return id
		}
	}
	return user
}

func (c *call) info() (object, error) {
	ch, err := c.channel(":read")
	if err != nil {
		return nil, err
	}
	m := c.channelObject(ch, true, c.flag("include_num_members"))
	if ch.Direct {
		m["is_open"] = true
		if c.flag("include_num_members") {
			m["num_members"] = len(ch.Members)
		}
	}
	if c.flag("include_locale") {
		m["locale"] = "en-US"
	}
	if ch.has(c.token.User) {
		maps.Copy(m, c.unread(ch))
	}
	return object{"channel": m}, nil
}

// unread is what a member has read. Slack counts only for people, and only in
// direct messages.
func (c *call) unread(ch *channel) object {
	read := ch.read[c.token.User]
	if read == "" {
		read = "0000000000.000000"
	}
	m := object{"last_read": read}
	if c.token.Bot != "" || !ch.Direct && !ch.Group {
		return m
	}
	count, shown := 0, 0
	var latest *message
	for _, msg := range ch.messages {
		if msg.hidden() {
			continue
		}
		latest = msg
		if msg.TS > read && msg.User != c.token.User {
			count++
			if msg.Subtype == "" {
				shown++
			}
		}
	}
	m["unread_count"], m["unread_count_display"], m["latest"] = count, shown, nil
	if latest != nil {
		m["latest"] = c.messageObject(ch, latest)
	}
	return m
}

func (c *call) membersOf() (object, error) {
	ch, err := c.channel(":read")
	if err != nil {
		return nil, err
	}
	limit, err := c.number("limit", 100, 1000)
	if err != nil {
		return nil, err
	}
	at, err := c.offset("member:")
	if err != nil {
		return nil, err
	}
	at = min(at, len(ch.Members))
	end, cursor := min(at+limit, len(ch.Members)), ""
	if end < len(ch.Members) {
		cursor = cursorOf("member:", end)
	}
	return object{"members": append([]string{}, ch.Members[at:end]...), "response_metadata": next(cursor)}, nil
}
