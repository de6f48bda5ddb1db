package slack

import (
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/server"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

var listUserGroupsTool = &mcp.Tool{
	Name:        "list_user_groups",
	Title:       "List user groups",
	Description: `Groups that are mentioned as one, such as @oncall. Example: {"query":"oncall","include_members":true}`,
	Annotations: server.ReadOnly(true),
}

type listUserGroupsInput struct {
	Query   string `json:"query,omitempty" maxLength:"80" quiet:"true" jsonschema:"part of name or handle"`
	Members bool   `json:"include_members,omitempty" jsonschema:"their names"`
	Limit   int    `json:"limit" min:"1" max:"200" default:"50" quiet:"true" jsonschema:"at most"`
}

type listUserGroupsOutput struct {
	Groups    items[groupItem] `json:"groups"`
	Truncated bool             `json:"truncated,omitempty"`
}

// groupItem is a user group in a list.
type groupItem struct {
	ID          string       `json:"id"`
	Handle      string       `json:"handle"`
	Name        string       `json:"name,omitempty"`
	Description string       `json:"description,omitempty"`
	Members     int          `json:"members,omitempty"`
	People      []personName `json:"people,omitempty"`
	More        int          `json:"more_people,omitempty"`
}

// groupPeople is how many people of one group are named, groupsPeople of all.
const (
	groupPeople  = 50
	groupsPeople = 200
)

func (s *Service) listUserGroups(ctx context.Context, in listUserGroupsInput) (listUserGroupsOutput, error) {
	out := listUserGroupsOutput{Groups: items[groupItem]{}}
	w, err := s.open(ctx)
	if err != nil {
		return out, err
	}
	groups, err := w.reads.UserGroups(ctx, in.Members)
	if err != nil {
		return out, s.shown(err, "list of user groups")
	}
	word := directory.Fold(strings.TrimPrefix(strings.TrimSpace(in.Query), "@"))
	var who [][]string
	var all []string
	for _, g := range groups {
		if !strings.Contains(directory.Fold(g.Handle), word) && !strings.Contains(directory.Fold(g.Name), word) {
			continue
		}
		if len(out.Groups) == in.Limit {
			out.Truncated = true
			break
		}
		ids := g.Users[:min(len(g.Users), groupPeople, groupsPeople-len(all))]
		who, all = append(who, ids), append(all, ids...)
		out.Groups = append(out.Groups, groupItem{
			ID: g.ID, Handle: plain.Line(g.Handle), Name: plain.Words(g.Name, 100), Description: plain.Words(g.Description, 200),
			Members: g.Count, More: len(g.Users) - len(ids),
		})
	}
	labels := w.labels(ctx, all)
	for i, ids := range who {
		for _, id := range ids {
			out.Groups[i].People = append(out.Groups[i].People, personName{id, labels[id]})
		}
	}
	return out, nil
}
