package slack

import (
	"context"
	"errors"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

var findUsersTool = &mcp.Tool{
	Name:        "find_users",
	Title:       "Find people",
	Description: `People by name, @handle, e-mail or id. Example: {"query":"mona"}`,
	Annotations: server.ReadOnly(true),
}

type findUsersInput struct {
	Query  string `json:"query" minLength:"1" maxLength:"254" quiet:"true" jsonschema:"whole or part"`
	Limit  int    `json:"limit" min:"1" max:"100" default:"10" quiet:"true"`
	Cursor string `json:"cursor,omitempty"`
}

type findUsersOutput struct {
	Users items[userItem] `json:"users"`
	rest
}

// userItem is a person in a list.
type userItem struct {
	ID       string `json:"id"`
	Handle   string `json:"handle,omitempty"`
	Name     string `json:"name,omitempty"`
	RealName string `json:"real_name,omitempty"` // where it is another
	Title    string `json:"title,omitempty"`
	Email    string `json:"email,omitempty"`
	Kind     string `json:"kind,omitempty"` // of who is no member: bot, guest, external, deactivated
}

func (s *Service) findUsers(ctx context.Context, in findUsersInput) (findUsersOutput, error) {
	out := findUsersOutput{Users: items[userItem]{}}
	w, err := s.open(ctx)
	if err != nil {
		return out, err
	}
	query := strings.TrimSpace(in.Query)
	if userRule.MatchString(query) || personRule.MatchString(query) || emailRule.MatchString(query) {
		u, err := w.person(ctx, query)
		var refused *api.Error
		switch {
		case err == nil:
			out.Users = append(out.Users, item(u))
		case toolerr.From(err).Code != toolerr.ResourceNotFound, errors.As(err, &refused) && refused.Status != 0:
			return out, err
		}
		return out, nil
	}
	c := newCensus(query, in.Limit)
	c.enough = true
	if c.word == "" {
		return out, toolerr.Invalid("query", "query: give a part of a name, a handle, an e-mail address or an id")
	}
	cursor := ""
	if err := s.cursors.Open(in.Cursor, &cursor, "find_users", w.key(), c.word); err != nil {
		return out, err
	}
	if u, ok := s.directory.PersonNamed(w.key(), c.word); ok && cursor == "" && query[0] == '@' {
		out.Users = append(out.Users, item(u))
		return out, nil
	}
	next, err := w.census(ctx, c, cursor, peoplePages)
	if err != nil {
		if err = s.shown(err, "list of people"); c.seen == 0 || !out.ended(err) {
			return out, err
		}
	}
	for _, u := range c.users() {
		out.Users = append(out.Users, item(u))
	}
	if next != "" {
		out.NextCursor, err = s.cursors.Seal(next, "find_users", w.key(), c.word)
		return out, err
	}
	return out, nil
}

func item(u api.User) userItem {
	it := userItem{
		ID: u.ID, Handle: plain.Line(u.Handle), Name: plain.Words(u.Label(), 100), RealName: plain.Words(u.RealName, 100), Title: plain.Words(u.Title, 60), Email: plain.Line(u.Email),
		Kind: userKind(u),
	}
	if it.RealName == it.Name {
		it.RealName = ""
	}
	return it
}

// userKind is what makes somebody other than a member; "" for members.
func userKind(u api.User) string {
	switch {
	case u.Deleted:
		return "deactivated"
	case u.Bot:
		return "bot"
	case u.Stranger:
		return "external"
	case u.Guest:
		return "guest"
	}
	return ""
}
