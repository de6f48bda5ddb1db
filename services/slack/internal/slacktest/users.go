package slacktest

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// User is a person or a bot. What is left out is made up.
type User struct {
	// ID is U… or W…, made up if it is "".
	ID string
	// Name is the handle: mona.
	Name, RealName, DisplayName string
	// Email is that of the profile; "" for none.
	Email, Title, TZ string
	// Bot is the id of a bot: B…; "" for a person.
	Bot string
	// App is the app of a bot; "" stands for AppID.
	App     string
	Admin   bool
	Deleted bool
	Guest   bool
	// Stranger is somebody of another workspace: users.list leaves them out.
	Stranger bool
	// Team is that of a stranger.
	Team string
}

// directory is who there is.
type directory struct {
	people map[string]*User
	order  []string // the ids of people
	crowd  int
}

func newDirectory() directory { return directory{people: make(map[string]*User)} }

// AddUser adds somebody and returns their id.
func (s *Server) AddUser(u User) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == "" {
		u.ID = s.id("U")
	}
	if u.Name == "" {
		u.Name = strings.ToLower(u.ID)
	}
	if u.App == "" && u.Bot != "" {
		u.App = AppID
	}
	if u.TZ == "" {
		u.TZ = "Europe/Amsterdam"
	}
	if u.Team == "" {
		u.Team = TeamID
		if u.Stranger {
			u.Team = "T000000009"
		}
	}
	if _, known := s.people[u.ID]; !known {
		s.order = append(s.order, u.ID)
	}
	s.people[u.ID] = &u
	return u.ID
}

// AddCrowd adds n people, which take no memory: person0000001 with the id of
// CrowdUser(1), and so on.
func (s *Server) AddCrowd(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crowd = n
}

// CrowdUser returns the id of one of the crowd, from 1.
func CrowdUser(i int) string { return fmt.Sprintf("UC%07d", i) }

func crowdPerson(i int) *User {
	n := fmt.Sprintf("%07d", i)
	return &User{ID: CrowdUser(i), Name: "person" + n, RealName: "Person Number " + n, DisplayName: "person " + n, Email: "person" + n + "@octo.example", TZ: "America/New_York", Team: TeamID}
}

// serialOf returns the number in an id of those that are made when they are asked
// for.
func serialOf(id, prefix string, most int) (int, bool) {
	digits, ok := strings.CutPrefix(id, prefix)
	if !ok || len(digits) != 7 {
		return 0, false
	}
	i, err := strconv.Atoi(digits)
	return i, err == nil && 0 < i && i <= most
}

// person returns who has an id. The lock is held.
func (s *Server) person(id string) (*User, bool) {
	if u, ok := s.people[id]; ok {
		return u, true
	}
	if i, ok := serialOf(id, "UC", s.crowd); ok {
		return crowdPerson(i), true
	}
	return nil, false
}

// nth returns the person at a place of the list of all.
func (s *Server) nth(i int) *User {
	if i < len(s.order) {
		return s.people[s.order[i]]
	}
	return crowdPerson(i - len(s.order) + 1)
}

// handle returns who has a handle.
func (s *Server) handle(name string) (*User, bool) {
	for _, id := range s.order {
		if s.people[id].Name == name {
			return s.people[id], true
		}
	}
	var i int
	if _, err := fmt.Sscanf(name, "person%07d", &i); err == nil && 0 < i && i <= s.crowd {
		return crowdPerson(i), true
	}
	return nil, false
}

var peopleMethods = map[string]method{
	"users.info":          {args: "user include_locale", scopes: "users:read", answer: (*call).usersInfo},
	"users.list":          {args: "cursor limit include_locale team_id", scopes: "users:read", answer: (*call).usersList},
	"users.lookupByEmail": {args: "email", scopes: "users:read.email", answer: (*call).usersLookup},
	"bots.info":           {args: "bot team_id", scopes: "users:read", answer: (*call).botsInfo},
}

func (c *call) usersInfo() (object, error) {
	id, err := c.required("user")
	if err != nil {
		return nil, err
	}
	u, ok := c.person(id)
	if !ok {
		return nil, refuse("user_not_found")
	}
	return object{"user": c.userObject(u)}, nil
}

func (c *call) usersLookup() (object, error) {
	email, err := c.required("email")
	if err != nil {
		return nil, err
	}
	var i int
	if _, err := fmt.Sscanf(email, "person%07d@octo.example", &i); err == nil && 0 < i && i <= c.crowd {
		return object{"user": c.userObject(crowdPerson(i))}, nil
	}
	for _, id := range c.order {
		if u := c.people[id]; u.Email != "" && strings.EqualFold(u.Email, email) && !u.Deleted && !u.Stranger {
			return object{"user": c.userObject(u)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func (c *call) usersList() (object, error) {
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	total := len(c.order) + c.crowd
	limit, err := c.number("limit", 0, 1000)
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		if limit = total; total > 10_000 {
			return nil, refuse("limit_required")
		}
	}
	at, err := c.offset("user_id:")
	if err != nil {
		return nil, err
	}
	members := make([]any, 0, limit)
	i := at
	for ; i < total && len(members) < limit; i++ {
		if u := c.nth(i); !u.Stranger {
			members = append(members, c.userObject(u))
		}
	}
	cursor := ""
	if i < total {
		cursor = cursorOf("user_id:", i)
	}
	return object{"members": members, "cache_ts": c.Now().Unix(), "response_metadata": next(cursor)}, nil
}

func (c *call) botsInfo() (object, error) {
	if err := c.inTeam(); err != nil {
		return nil, err
	}
	id := c.Get("bot")
	for _, who := range c.order {
		if u := c.people[who]; u.Bot != "" && u.Bot == id {
			return object{"bot": object{
				"id": u.Bot, "deleted": u.Deleted, "name": u.label(), "updated": seeded, "app_id": u.App, "user_id": u.ID, "icons": icons(u.Bot),
			}}, nil
		}
	}
	return nil, refuse("bot_not_found")
}

// seeded is when what a test starts with was made.
const seeded = 1_700_000_000

func icons(id string) object {
	m := make(object, 3)
	for _, size := range []string{"36", "48", "72"} {
		m["image_"+size] = avatar(id, size)
	}
	return m
}

func avatar(id, size string) string {
	hash := fmt.Sprintf("%x", md5.Sum([]byte(id)))
	return "https://avatars.slack-edge.com/2023-11-14/" + id + "_" + hash + "_" + size + ".png"
}

func (u *User) label() string {
	switch {
	case u.DisplayName != "":
		return u.DisplayName
	case u.RealName != "":
		return u.RealName
	}
	return u.Name
}

func (c *call) userObject(u *User) object {
	m := object{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": u.Deleted, "updated": seeded, "is_bot": u.Bot != "", "is_app_user": false,
		"who_can_share_contact_card": "EVERYONE", "profile": c.profile(u),
	}
	if c.flag("include_locale") {
		m["locale"] = "en-US"
	}
	if u.Stranger {
		m["is_stranger"] = true
	}
	if u.Deleted {
		return m
	}
	maps.Copy(m, object{
		"color": "9f69e7", "real_name": u.real(), "tz": u.TZ, "tz_label": "Central European Time", "tz_offset": 3600,
		"is_admin": u.Admin, "is_owner": u.Admin, "is_primary_owner": false, "is_restricted": u.Guest, "is_ultra_restricted": false,
		"is_email_confirmed": u.Email != "", "has_2fa": false,
	})
	if c.token.Organization != "" {
		m["enterprise_user"] = object{
			"id": u.ID, "enterprise_id": c.token.Organization, "enterprise_name": "Octo Group", "is_admin": false, "is_owner": false,
			"is_primary_owner": false, "teams": []string{u.Team},
		}
	}
	return m
}

func (u *User) real() string {
	if u.RealName != "" {
		return u.RealName
	}
	return u.Name
}

func (c *call) profile(u *User) object {
	first, last, _ := strings.Cut(u.real(), " ")
	p := object{
		"title": u.Title, "phone": "", "skype": "", "real_name": u.real(), "real_name_normalized": u.real(),
		"display_name": u.DisplayName, "display_name_normalized": u.DisplayName, "fields": nil,
		"status_text": "", "status_emoji": "", "status_emoji_display_info": []any{}, "status_expiration": 0, "status_text_canonical": "",
		"avatar_hash": fmt.Sprintf("%.12x", md5.Sum([]byte(u.ID))), "first_name": first, "last_name": last, "team": u.Team,
		"is_custom_image": true, "image_original": avatar(u.ID, "original"), "huddle_state": "default_unset", "huddle_state_expiration_ts": 0,
	}
	for _, size := range []string{"24", "32", "48", "72", "192", "512", "1024"} {
		p["image_"+size] = avatar(u.ID, size)
	}
	if u.Email != "" && slices.Contains(c.token.scopes(), "users:read.email") {
		p["email"] = u.Email
	}
	if u.Bot != "" {
		p["bot_id"], p["api_app_id"], p["always_active"] = u.Bot, u.App, true
	}
	return p
}

// cursorOf and offset are cursors of lists whose order does not change.
func cursorOf(kind string, i int) string {
	return base64.StdEncoding.EncodeToString([]byte(kind + strconv.Itoa(i)))
}

func (c *call) offset(kind string) (int, error) {
	cursor := c.Get("cursor")
	if cursor == "" {
		return 0, nil
	}
	text, err := base64.StdEncoding.DecodeString(cursor)
	digits, ok := strings.CutPrefix(string(text), kind)
	i, bad := strconv.Atoi(digits)
	if err != nil || !ok || bad != nil || i < 0 {
		return 0, refuse("invalid_cursor")
	}
	return i, nil
}
