package slacktest

import "slices"

// workspaceMethods are about tokens and the workspace as a whole.
var workspaceMethods = map[string]method{
	"auth.test":             {answer: (*call).authTest},
	"auth.revoke":           {args: "test", answer: (*call).revoke},
	"team.info":             {args: "team domain", scopes: "team:read", answer: (*call).teamInfo},
	"usergroups.list":       {args: "include_count include_disabled include_users team_id", scopes: "usergroups:read", answer: (*call).groupsList},
	"usergroups.users.list": {args: "usergroup include_disabled team_id", scopes: "usergroups:read", answer: (*call).groupUsers},
}

func (c *call) authTest() (object, error) {
	u, _ := c.person(c.token.User)
	m := object{"url": SiteURL, "team": TeamName, "team_id": TeamID, "user": u.Name, "user_id": u.ID, "is_enterprise_install": c.token.Organization != ""}
	if c.token.Bot != "" {
		m["bot_id"] = c.token.Bot
	}
	if c.token.Organization != "" {
		m["enterprise_id"] = c.token.Organization
	}
	return m, nil
}

func (c *call) revoke() (object, error) {
	if c.flag("test") {
		return object{"revoked": false}, nil
	}
	for text, t := range c.tokens {
		if t.User == c.token.User && t.Bot == c.token.Bot && t.Refused == "" {
			t.Refused = "token_revoked"
			c.tokens[text] = t
		}
	}
	return object{"revoked": true}, nil
}

func (c *call) teamInfo() (object, error) {
	if team := c.Get("team"); team != "" && team != TeamID {
		return nil, refuse("team_not_found")
	}
	icon := object{"image_default": true}
	for _, size := range []string{"34", "44", "68", "88", "102", "132", "230"} {
		icon["image_"+size] = "https://a.slack-edge.com/80588/img/avatars-teams/ava_0001-" + size + ".png"
	}
	team := object{
		"id": TeamID, "name": TeamName, "url": SiteURL, "domain": "octo", "email_domain": "octo.example", "icon": icon,
		"avatar_base_url": "https://ca.slack-edge.com/", "is_verified": false,
	}
	if c.token.Organization != "" {
		team["enterprise_id"], team["enterprise_name"], team["enterprise_domain"] = c.token.Organization, "Octo Group", "octo-group"
	}
	return object{"team": team}, nil
}

// UserGroup is a group that can be mentioned.
type UserGroup struct {
	// ID is S…, made up if it is "".
	ID, Handle, Name, Description string
	Members                       []string
	// Channels are those that members are put into.
	Channels []string
	Disabled bool
}

// AddUserGroup adds a group and returns its id.
func (s *Server) AddUserGroup(g UserGroup) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.ID == "" {
		g.ID = s.id("S")
	}
	s.groups = append(s.groups, &g)
	return g.ID
}

func (c *call) groupsList() (object, error) {
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	all := []any{}
	for _, g := range c.groups {
		if g.Disabled && !c.flag("include_disabled") {
			continue
		}
		m := object{
			"id": g.ID, "team_id": TeamID, "is_usergroup": true, "is_subteam": true, "name": g.Name, "description": g.Description, "handle": g.Handle,
			"is_external": false, "date_create": seeded, "date_update": seeded, "date_delete": 0, "auto_type": nil, "auto_provision": false,
			"enterprise_subteam_id": "", "created_by": Mona, "updated_by": Mona, "deleted_by": nil, "channel_count": len(g.Channels),
			"prefs": object{"channels": append([]string{}, g.Channels...), "groups": []string{}},
		}
		if g.Disabled {
			m["date_delete"], m["deleted_by"] = seeded, Mona
		}
		if c.flag("include_count") {
			m["user_count"] = len(g.Members)
		}
		if c.flag("include_users") {
			m["users"] = append([]string{}, g.Members...)
		}
		all = append(all, m)
	}
	return object{"usergroups": all}, nil
}

func (c *call) groupUsers() (object, error) {
	i := slices.IndexFunc(c.groups, func(g *UserGroup) bool { return g.ID == c.Get("usergroup") })
	if i < 0 || c.groups[i].Disabled && !c.flag("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": append([]string{}, c.groups[i].Members...)}, nil
}
