package slacktest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (c *call) open() (object, error) {
	if id := c.Get("channel"); id != "" {
		ch, err := c.channel("")
		if err != nil {
			return nil, err
		}
		if err := c.may(ch, ":write"); err != nil {
			return nil, err
		}
		return c.opened(ch, false), nil
	}
	if c.Get("users") == "" {
		return nil, refuse("users_list_not_supplied")
	}
	members := []string{c.token.User}
	for _, id := range strings.Split(c.Get("users"), ",") {
		u, ok := c.person(strings.TrimSpace(id))
		switch {
		case !ok:
			return nil, refuse("user_not_found")
		case u.Deleted:
			return nil, refuse("user_disabled")
		case u.Bot != "" && c.token.Bot != "":
			return nil, refuse("cannot_dm_bot")
		case !slices.Contains(members, u.ID):
			members = append(members, u.ID)
		}
	}
	group := len(members) > 2
	if len(members) > 9 {
		return nil, refuse("too_many_users")
	}
	scope := "im:write"
	if group {
		scope = "mpim:write"
	}
	if err := c.need(scope); err != nil {
		return nil, err
	}
	for _, id := range c.listed {
		if ch := c.channels[id]; (ch.Direct || ch.Group) && same(ch.Members, members) {
			return c.opened(ch, false), nil
		}
	}
	if c.flag("prevent_creation") {
		return nil, refuse("channel_not_found")
	}
	return c.opened(c.add(Channel{Direct: !group, Group: group, Members: members, Created: c.Now().Unix()}), true), nil
}

func same(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func (c *call) opened(ch *channel, created bool) object {
	m := object{"channel": object{"id": ch.ID}}
	if c.flag("return_im") {
		m["channel"] = c.channelObject(ch, false, false)
	}
	if !created {
		m["no_op"], m["already_open"] = true, true
	}
	return m
}

var plainName = regexp.MustCompile(`^[\p{L}\p{N}_-]*$`)

func (c *call) create() (object, error) {
	name := c.Get("name")
	scope := "channels:manage"
	switch {
	case c.flag("is_private"):
		scope = "groups:write"
	case c.token.Bot == "":
		scope = "channels:write"
	}
	if err := c.need(scope); err != nil {
		return nil, err
	}
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	switch {
	case name == "":
		return nil, refuse("invalid_name_required")
	case utf8.RuneCountInString(name) > 80:
		return nil, refuse("invalid_name_maxlength")
	case strings.Trim(name, "-_") == "":
		return nil, refuse("invalid_name_punctuation")
	case !plainName.MatchString(name) || strings.ContainsFunc(name, unicode.IsUpper):
		return nil, refuse("invalid_name_specials")
	}
	if _, taken := c.named(name); taken {
		return nil, refuse("name_taken")
	}
	ch := c.add(Channel{Name: name, Private: c.flag("is_private"), Creator: c.token.User, Members: []string{c.token.User}, Created: c.Now().Unix()})
	ch.topicBy, ch.topicAt, ch.aboutBy, ch.aboutAt = "", 0, "", 0
	c.happened(ch, "channel_join", c.token.User, "<@"+c.token.User+"> has joined the channel")
	m := c.channelObject(ch, true, false)
	m["last_read"], m["priority"] = "0000000000.000000", 0
	return object{"channel": m}, nil
}

// happened notes in a channel what somebody has done to it.
func (c *call) happened(ch *channel, subtype, user, text string) {
	c.post(ch, &message{Message: Message{Subtype: subtype, User: user, Text: text, Raw: true}})
}

func (c *call) setTopic() (object, error) {
	ch, err := c.describable("topic")
	if err != nil {
		return nil, err
	}
	ch.Topic, ch.topicBy, ch.topicAt = c.Get("topic"), c.token.User, c.Now().Unix()
	c.happened(ch, "channel_topic", c.token.User, "set the channel topic: "+ch.Topic)
	ch.messages[len(ch.messages)-1].extra = object{"topic": ch.Topic}
	return object{"channel": c.channelObject(ch, true, false)}, nil
}

func (c *call) setPurpose() (object, error) {
	ch, err := c.describable("purpose")
	if err != nil {
		return nil, err
	}
	ch.Purpose, ch.aboutBy, ch.aboutAt = c.Get("purpose"), c.token.User, c.Now().Unix()
	c.happened(ch, "channel_purpose", c.token.User, "set the channel description: "+ch.Purpose)
	ch.messages[len(ch.messages)-1].extra = object{"purpose": ch.Purpose}
	return object{"channel": c.channelObject(ch, true, false), "purpose": ch.Purpose}, nil
}

func (c *call) describable(what string) (*channel, error) {
	ch, err := c.inside(":write")
	switch {
	case err != nil:
		return nil, err
	case ch.Direct || ch.Group && what == "purpose":
		return nil, refuse("method_not_supported_for_channel_type")
	case utf8.RuneCountInString(c.Get(what)) > 250:
		return nil, refuse("too_long")
	}
	return ch, nil
}

func (c *call) invite() (object, error) {
	ch, err := c.inside(":write")
	if err != nil {
		return nil, err
	}
	if ch.Direct || ch.Group {
		return nil, refuse("method_not_supported_for_channel_type")
	}
	list := c.Get("users")
	if list == "" {
		return nil, refuse("no_user")
	}
	var refused []any
	var invited []string
	for _, id := range strings.Split(list, ",") {
		u, ok := c.person(id)
		code := ""
		switch {
		case !ok:
			code = "user_not_found"
		case u.ID == c.token.User:
			code = "cant_invite_self"
		case ch.has(u.ID):
			code = "already_in_channel"
		case u.Deleted:
			code = "user_disabled"
		case u.Guest && !ch.Private:
			code = "ura_max_channels"
		case u.Stranger && !ch.External:
			code = "user_team_not_in_channel"
		}
		if code == "" {
			invited = append(invited, id)
			continue
		}
		refused = append(refused, object{"user": id, "ok": false, "error": code})
	}
	if len(refused) != 0 && (!c.flag("force") || len(invited) == 0) {
		r := &refusal{code: refused[0].(object)["error"].(string)}
		return object{"errors": refused}, r
	}
	for _, id := range invited {
		ch.Members = append(ch.Members, id)
		c.happened(ch, "channel_join", id, "<@"+id+"> has joined the channel")
		ch.messages[len(ch.messages)-1].extra = object{"inviter": c.token.User}
	}
	m := object{"channel": c.channelObject(ch, true, false)}
	if len(refused) != 0 {
		m["errors"] = refused
	}
	return m, nil
}

func (c *call) join() (object, error) {
	ch, err := c.channel("")
	switch {
	case err != nil:
		return nil, err
	case ch.Direct || ch.Group || ch.Private:
		return nil, refuse("method_not_supported_for_channel_type")
	case ch.Archived:
		return nil, refuse("is_archived")
	case ch.has(c.token.User):
		return object{
			"channel": c.channelObject(ch, true, false), "warning": "already_in_channel",
			"response_metadata": object{"warnings": []string{"already_in_channel"}},
		}, nil
	}
	ch.Members = append(ch.Members, c.token.User)
	c.happened(ch, "channel_join", c.token.User, "<@"+c.token.User+"> has joined the channel")
	return object{"channel": c.channelObject(ch, true, false)}, nil
}

func (c *call) leave() (object, error) {
	ch, err := c.channel(":write")
	switch {
	case err != nil:
		return nil, err
	case ch.ID == General:
		return nil, refuse("cant_leave_general")
	case !ch.has(c.token.User):
		return object{"not_in_channel": true}, nil
	}
	ch.Members = slices.DeleteFunc(ch.Members, func(id string) bool { return id == c.token.User })
	c.happened(ch, "channel_leave", c.token.User, "<@"+c.token.User+"> has left the channel")
	return object{}, nil
}

func (c *call) mark() (object, error) {
	ch, err := c.channel(":write")
	switch {
	case err != nil:
		return nil, err
	case !ch.has(c.token.User):
		return nil, refuse("not_in_channel")
	case !isTS(c.Get("ts")):
		return nil, refuse("invalid_timestamp")
	}
	if ch.read == nil {
		ch.read = make(map[string]string)
	}
	ch.read[c.token.User] = c.Get("ts")
	return object{}, nil
}

func (c *call) archive() (object, error) {
	ch, err := c.channel(":write")
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, refuse("already_archived")
	case ch.ID == General:
		return nil, refuse("cant_archive_general")
	case ch.Direct || ch.Group:
		return nil, refuse("method_not_supported_for_channel_type")
	case !ch.has(c.token.User):
		return nil, refuse("not_in_channel")
	}
	c.happened(ch, "channel_archive", c.token.User, "archived the channel")
	ch.Archived = true
	return object{}, nil
}

// pin is a message that is kept in sight.
type pin struct {
	message *message
	by      string
	at      int64
}

// Pin pins a message for somebody.
func (s *Server) Pin(channel, ts, by string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch, ok := s.find(channel); ok {
		if m := ch.message(ts); m != nil {
			ch.pins = append(ch.pins, pin{m, by, s.Now().Unix()})
			return
		}
	}
	s.fail("there is no message %s in %s to pin", ts, channel)
}

func (c *call) pinsList() (object, error) {
	ch, err := c.channel("")
	switch {
	case err != nil:
		return nil, err
	case !ch.has(c.token.User) && c.token.Bot != "":
		return nil, refuse("not_in_channel")
	}
	items := []any{}
	for _, p := range slices.Backward(ch.pins) {
		m := c.messageObject(ch, p.message)
		m["permalink"] = permalink(ch.ID, p.message)
		items = append(items, object{"type": "message", "created": p.at, "created_by": p.by, "channel": ch.ID, "message": m})
	}
	return object{"items": items}, nil
}

func (c *call) pinsAdd() (object, error) {
	ch, err := c.inside("")
	if err != nil {
		return nil, err
	}
	m := ch.message(c.Get("timestamp"))
	switch {
	case m == nil:
		return nil, refuse("message_not_found")
	case slices.ContainsFunc(ch.pins, func(p pin) bool { return p.message == m }):
		return nil, refuse("already_pinned")
	}
	ch.pins = append(ch.pins, pin{m, c.token.User, c.Now().Unix()})
	return object{}, nil
}

func (c *call) pinsRemove() (object, error) {
	ch, err := c.inside("")
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(ch.pins), func(p pin) bool { return p.message.TS == c.Get("timestamp") })
	if len(kept) == len(ch.pins) {
		return nil, refuse("no_pin")
	}
	ch.pins = kept
	return object{}, nil
}
