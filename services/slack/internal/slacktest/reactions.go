package slacktest

import (
	"maps"
	"slices"
	"strings"
)

var reactionMethods = map[string]method{
	"reactions.add":    {args: "channel name timestamp", scopes: "reactions:write", answer: (*call).react},
	"reactions.remove": {args: "channel name timestamp file file_comment", scopes: "reactions:write", answer: (*call).unreact},
	"reactions.get":    {args: "channel timestamp full file file_comment", scopes: "reactions:read", answer: (*call).reactions},
	"emoji.list":       {args: "include_categories", scopes: "emoji:read", answer: (*call).emojiList},
}

// known are emoji that every workspace has. Slack has some 1,900.
const known = `+1 -1 thumbsup thumbsdown eyes heart white_check_mark heavy_check_mark x tada rocket fire 100 wave raised_hands pray clap ok_hand muscle
	smile grinning joy sob thinking_face sunglasses cry slightly_smiling_face hourglass warning rotating_light bug memo pushpin bell link lock key
	one two three heavy_plus_sign heavy_minus_sign question exclamation zap star sparkles bulb coffee beer pizza cake party_popper robot_face ghost
	checkered_flag construction hammer wrench gear package books calendar clock1 email phone computer chart_with_upwards_trend speech_balloon`

// AddEmoji adds an emoji of the workspace's own.
func (s *Server) AddEmoji(name, url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emoji[name] = url
}

func (c *call) emojiList() (object, error) {
	return object{"emoji": maps.Clone(c.emoji), "cache_ts": c.Now().Unix()}, nil
}

// isEmoji reports whether there is an emoji of a name, which may have a skin tone.
func (s *Server) isEmoji(name string) bool {
	base, tone, toned := strings.Cut(name, "::")
	if toned && (len(tone) != len("skin-tone-2") || !strings.HasPrefix(tone, "skin-tone-") || !strings.Contains("23456", tone[len(tone)-1:])) {
		return false
	}
	_, own := s.emoji[base]
	return own || slices.Contains(strings.Fields(known), base)
}

// reacting returns the message that is reacted to.
func (c *call) reacting(ending string) (*channel, *message, error) {
	ch, err := c.channel(ending)
	switch {
	case err != nil:
		return nil, nil, err
	case !isTS(c.Get("timestamp")):
		return nil, nil, refuse("bad_timestamp")
	case !ch.has(c.token.User) && c.token.Bot != "":
		return nil, nil, refuse("not_in_channel")
	}
	m := ch.message(c.Get("timestamp"))
	if m == nil {
		return nil, nil, refuse("message_not_found")
	}
	return ch, m, nil
}

// emojiNamed returns the name in the call.
func (c *call) emojiNamed() (string, error) {
	name := c.Get("name")
	if name == "" {
		return "", refuse("no_reaction_specified")
	}
	if !c.isEmoji(name) {
		return "", refuse("invalid_name")
	}
	switch name {
	case "thumbsup":
		name = "+1"
	case "thumbsdown":
		name = "-1"
	}
	return name, nil
}

func (c *call) react() (object, error) {
	ch, m, err := c.reacting("")
	if err != nil {
		return nil, err
	}
	name, err := c.emojiNamed()
	switch {
	case err != nil:
		return nil, err
	case ch.Archived:
		return nil, refuse("is_archived")
	case m.tombstone:
		return nil, refuse("not_reactable")
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case i < 0 && len(m.Reactions) >= 50:
		return nil, refuse("too_many_emoji")
	case i < 0:
		m.Reactions = append(m.Reactions, Reaction{name, []string{c.token.User}})
	case slices.Contains(m.Reactions[i].Users, c.token.User):
		return nil, refuse("already_reacted")
	default:
		m.Reactions[i].Users = append(slices.Clip(m.Reactions[i].Users), c.token.User)
	}
	c.tell(ch, m, "reaction_added")
	return object{}, nil
}

func (c *call) unreact() (object, error) {
	ch, m, err := c.reacting("")
	if err != nil {
		return nil, err
	}
	name, err := c.emojiNamed()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	if i < 0 || !slices.Contains(m.Reactions[i].Users, c.token.User) {
		return nil, refuse("no_reaction")
	}
	left := slices.DeleteFunc(slices.Clone(m.Reactions[i].Users), func(id string) bool { return id == c.token.User })
	m.Reactions = slices.Clone(m.Reactions)
	if m.Reactions[i].Users = left; len(left) == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
	c.tell(ch, m, "reaction_removed")
	return object{}, nil
}

func (c *call) reactions() (object, error) {
	ch, m, err := c.reacting("")
	if err != nil {
		return nil, err
	}
	o := c.messageObject(ch, m)
	o["permalink"] = permalink(ch.ID, m)
	return object{"type": "message", "channel": ch.ID, "message": o}, nil
}
