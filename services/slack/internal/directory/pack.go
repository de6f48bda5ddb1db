package directory

import (
	"strings"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// separator is between the fields of an entry's text.
const separator = "\x00"

// What a bit of an entry's flags means.
const (
	gone   uint16 = 1 << iota // archived, or deactivated
	shared                    // another bears the name too
	private
	member
	external
	direct
	group
	bot
	guest
)

func flag(set bool, f uint16) uint16 {
	if set {
		return f
	}
	return 0
}

// field is a part of an entry's text: nothing that Slack sends makes an entry large
// or is taken for the next field.
func field(s string, most int) string {
	s, _ = plain.Clip(s, most)
	return strings.ReplaceAll(s, separator, "")
}

// The longest fields, in bytes.
const (
	maxID    = 32
	maxName  = 240 // 80 characters, as Slack allows
	maxEmail = 254
	maxTitle = 60
)

func packChannel(c *api.Channel) packed {
	id, name := field(c.ID, maxID), field(c.Name, maxName)
	return packed{
		data: id + separator + name + separator + field(c.User, maxID), id: len(id),
		flags: flag(c.Archived, gone) | flag(c.Private, private) | flag(c.Member, member) | flag(c.External, external) | flag(c.Direct, direct) | flag(c.Group, group),
	}
}

func (e *slot) channel() api.Channel {
	f := strings.SplitN(e.data, separator, 3)
	return api.Channel{
		ID: f[0], Name: f[1], User: f[2], Archived: e.flags&gone != 0, Private: e.flags&private != 0, Member: e.flags&member != 0,
		External: e.flags&external != 0, Direct: e.flags&direct != 0, Group: e.flags&group != 0,
	}
}

func packPerson(u *api.User) packed {
	id, handle := field(u.ID, maxID), field(u.Handle, maxName)
	display, real := field(u.DisplayName, maxName), field(u.RealName, maxName)
	if display == real {
		display = "" // as most people have it
	}
	data := strings.Join([]string{id, handle, real, display, field(u.Email, maxEmail), field(u.Title, maxTitle)}, separator)
	return packed{
		data: data, id: len(id),
		flags: flag(u.Deleted, gone) | flag(u.Stranger, external) | flag(u.Bot, bot) | flag(u.Guest, guest),
	}
}

func (e *slot) person() api.User {
	f := strings.SplitN(e.data, separator, 6)
	u := api.User{
		ID: f[0], Handle: f[1], RealName: f[2], DisplayName: f[3], Email: f[4], Title: f[5],
		Deleted: e.flags&gone != 0, Stranger: e.flags&external != 0, Bot: e.flags&bot != 0, Guest: e.flags&guest != 0,
	}
	if u.DisplayName == "" {
		u.DisplayName = u.RealName
	}
	return u
}
