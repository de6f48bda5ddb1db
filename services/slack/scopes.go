package slack

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// joinScope is what a bot that joins channels by itself needs beside that of tools.
const joinScope = "channels:join"

// need is what a tool asks of the token that it uses: at least one of some scopes.
// A token of which that is known and that has none of them cannot be used at all.
type need struct {
	tool string
	// acts is whether it is the token that acts, and not the one that looks.
	acts bool
	// bot and user are the scopes of which a token of the kind has one; none: no
	// token of the kind is of use.
	bot, user []string
	// more are what a sign-in asks for beside them, all of which the tool uses.
	moreBot, moreUser []string
}

// ofKinds are the scopes for channels, private ones, direct messages and groups.
func ofKinds(verb string) []string {
	return []string{"channels:" + verb, "groups:" + verb, "im:" + verb, "mpim:" + verb}
}

// needs are those of all tools, also of those that have to be asked for.
func needs() []need {
	look, read := ofKinds("read"), ofKinds("history")
	people := []string{"users:read"}
	both := func(tool string, acts bool, one []string, more ...string) need {
		return need{tool, acts, one, one, more, more}
	}
	named := slices.Concat(look, people) // for what a page shows of names
	return []need{
		both("list_channels", false, look, people...),
		both("get_channel_info", false, look, "users:read", "pins:read"),
		both("get_channel_history", false, read, named...),
		both("get_thread", false, read, named...),
		// Without a search of its own, what a bot reads of one channel is looked through.
		{"search_messages", false, read, []string{"search:read", "search:read.public", "search:read.private", "search:read.im", "search:read.mpim"}, named, named},
		both("find_users", false, people, "users:read.email"),
		both("get_file", false, []string{"files:read"}, "canvases:read"),
		{"list_unreads", false, nil, look, nil, slices.Concat(read, people)},
		both("list_user_groups", false, []string{"usergroups:read"}),
		{"send_message", true, []string{"chat:write"}, []string{"chat:write"}, []string{"chat:write.public", "im:write"}, []string{"im:write"}},
		both("update_message", true, []string{"chat:write"}),
		both("delete_message", true, []string{"chat:write"}),
		both("set_reaction", true, []string{"reactions:write"}),
		{"create_channel", true, []string{"channels:manage", "groups:write"}, []string{"channels:write", "groups:write"}, nil, nil},
		{"mark_read", true, nil, ofKinds("write"), nil, nil},
	}
}

// asked are the scopes that a sign-in asks for so that a tool can do all that it
// does: of alternatives for the same thing the first.
func (n need) asked(kind string) []string {
	one, more := n.user, n.moreUser
	if kind == kindBot {
		one, more = n.bot, n.moreBot
	}
	if n.tool == "search_messages" && kind == kindUser {
		one = one[:1] // the others are parts of it
	}
	return slices.Concat(one, more)
}

// scopesFor returns what a token of a kind needs for the tools that offers chooses,
// sorted.
func scopesFor(kind string, offers func(need) bool) []string {
	var all []string
	for _, n := range needs() {
		if offers(n) {
			all = append(all, n.asked(kind)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// useless returns why the caller in ctx cannot use a tool, "" if they can or that
// is not known. It asks nobody.
func (s *Service) useless(ctx context.Context, tool string) string {
	p, known := s.access.powers(ctx)
	if !known {
		return ""
	}
	for _, n := range needs() {
		if n.tool == tool {
			return s.lacks(n, p)
		}
	}
	return ""
}

// lacks returns why tokens with some powers are of no use to a tool, "" if they are.
func (s *Service) lacks(n need, p powers) string {
	kind, scopes := kindUser, p.user
	if scopes == nil || n.acts && p.bot != nil && !s.access.actsAsUser() && n.bot != nil {
		kind, scopes = kindBot, p.bot
	}
	if scopes == nil {
		return ""
	}
	one := n.user
	if kind == kindBot {
		one = n.bot
	}
	switch {
	case one == nil:
		return fmt.Sprintf("%s is about what a person does: it needs a person's token, and there is only a bot's. %s", n.tool, s.remedy(kindUser, nil))
	case slices.ContainsFunc(one, func(scope string) bool { return slices.Contains(*scopes, scope) }):
		return ""
	}
	what := "the scope " + one[0]
	if len(one) > 1 {
		what = "one of the scopes " + strings.Join(one, ", ")
	}
	return fmt.Sprintf("%s needs %s, which the %s token lacks. %s", n.tool, what, kind, s.remedy(kind, one))
}

// remedy says how a token of a kind comes to have a scope.
func (s *Service) remedy(kind string, scopes []string) string {
	title := map[string]string{kindBot: "Bot", kindUser: "User"}[kind]
	switch {
	case s.access.people != nil:
		return "Disconnect Slack and sign in again, after whoever operates this service has allowed it"
	case scopes == nil:
		return "Whoever operates this service can set SLACK_USER_TOKEN"
	}
	return fmt.Sprintf("Whoever operates this service can add it to the app's %s Token Scopes at api.slack.com/apps, install the app again and give the new token", title)
}
