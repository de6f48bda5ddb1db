package slack

import (
	"context"
	"slices"
	"time"

	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// The handles of user groups are kept for groupsFor, groupsBytes of them. groupsPause
// is how long nobody asks again, whatever the answer was: a group may be another
// workspace's, and a token may not see groups.
const (
	groupsFor   = time.Hour
	groupsPause = 10 * time.Minute
	groupsBytes = 1 << 20
)

// handles returns what user groups are called, by id, as far as that is known or can
// be asked now: Slack lists all at once. It never fails a page for a name.
func (w *workspace) handles(ctx context.Context, ids []string) map[string]string {
	if len(ids) == 0 {
		return nil
	}
	svc, eyes := w.svc, w.key()
	known, _ := svc.groups.Get(eyes)
	named := handlesOf(known, ids)
	if len(named) == len(ids) || svc.useless(ctx, listUserGroupsTool.Name) != "" {
		return named
	}
	if _, lately := svc.groupsAsked.Get(eyes); lately {
		return named
	}
	ctx, cancel := context.WithTimeout(ctx, labelsFor)
	defer cancel()
	all, err := directory.Do(ctx, svc.directory, eyes, "user groups", func(ctx context.Context) ([]string, error) {
		if _, lately := svc.groupsAsked.Get(eyes); lately { // somebody was faster
			all, _ := svc.groups.Get(eyes)
			return all, nil
		}
		list, err := w.reads.UserGroups(ctx, false)
		if ctx.Err() == nil {
			svc.groupsAsked.Put(eyes, nil)
		}
		if err != nil {
			return nil, err
		}
		all := handleList(list)
		svc.groups.Put(eyes, all)
		return all, nil
	})
	if err != nil {
		return named
	}
	return handlesOf(all, ids)
}

// handleList is a list of groups as it is kept: each id is followed by its handle.
func handleList(list []api.UserGroup) []string {
	all := make([]string, 0, 2*len(list))
	for _, g := range list {
		if g.Handle != "" {
			all = append(all, g.ID, g.Handle)
		}
	}
	return all
}

// handlesOf finds those of some ids.
func handlesOf(list, ids []string) map[string]string {
	m := make(map[string]string, len(ids))
	for i := 0; i+1 < len(list); i += 2 {
		if slices.Contains(ids, list[i]) {
			m[list[i]] = list[i+1]
		}
	}
	return m
}
