package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/directory"
)

// The bounds of looking for people.
const (
	peoplePage, peoplePages = 500, 10
	// firstPeople is the first page: most workspaces have no more, and of the others
	// an answer comes soon.
	firstPeople = 200
	// lookupsAtOnce is how many single people or channels are asked about at a time.
	lookupsAtOnce = 8
	labelsMost    = 500 // of one answer
	labelsFor     = 10 * time.Second
)

var (
	userRule   = regexp.MustCompile(`^[UW][A-Z0-9]{7,}$`)
	botRule    = regexp.MustCompile(`^B[A-Z0-9]{7,}$`)
	emailRule  = regexp.MustCompile(`^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$`)
	personRule = regexp.MustCompile(`^<@([UW][A-Z0-9]{7,})(?:\|[^>]*)?>$`)
)

// isPerson reports whether a channel is named by who is at its other end.
func isPerson(text string) bool {
	return userRule.MatchString(text) || personRule.MatchString(text) || emailRule.MatchString(text) || len(text) > 1 && text[0] == '@'
}

// person finds whom somebody names: an id, @handle, an e-mail address, a mention or
// the name that is shown. The answer may come from memory, without a time zone.
func (w *workspace) person(ctx context.Context, name string) (api.User, error) {
	text := strings.TrimSpace(name)
	if m := personRule.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	handle := strings.TrimPrefix(text, "@")
	switch {
	case handle == "" || len(text) > 500:
		return api.User{}, toolerr.Invalid("user", "user: give @handle, an id or an e-mail address")
	case userRule.MatchString(text):
		u, err := w.userByID(ctx, text)
		return u, w.personShown(err, text)
	case emailRule.MatchString(text):
		u, err := w.remembered(ctx, "mail:"+strings.ToLower(text), func(ctx context.Context) (api.User, error) { return w.reads.UserByEmail(ctx, text) })
		return u, w.personShown(err, text)
	}
	return w.personNamed(ctx, handle)
}

func (w *workspace) personShown(err error, name string) error {
	if api.Is(err, "user_not_found", "users_not_found", "user_not_visible") {
		return noPerson(name, "")
	}
	return w.svc.shown(err, "person %s", plain.Words(name, 100))
}

func noPerson(name, looked string) *toolerr.Error {
	return toolerr.New(toolerr.ResourceNotFound, "person %s: nobody of this name is visible here%s", plain.Words(name, 100), looked)
}

// userByID asks about the person of an id, unless they are known.
func (w *workspace) userByID(ctx context.Context, id string) (api.User, error) {
	if u, ok := w.svc.directory.Person(w.key(), id); ok {
		return u, nil
	}
	return w.remembered(ctx, id, func(ctx context.Context) (api.User, error) { return w.reads.User(ctx, id) })
}

// remembered asks once for all who ask at the same time, and remembers who it is,
// or that there is nobody.
func (w *workspace) remembered(ctx context.Context, what string, ask func(context.Context) (api.User, error)) (api.User, error) {
	dir, eyes := w.svc.directory, w.key()
	if dir.Missing(eyes, what) {
		return api.User{}, &api.Error{Method: "users.info", Code: "user_not_found"}
	}
	return directory.Do(ctx, dir, eyes, what, func(ctx context.Context) (api.User, error) {
		if u, ok := dir.Person(eyes, what); ok {
			return u, nil // somebody was faster
		}
		u, err := ask(ctx)
		switch {
		case err == nil:
			dir.KeepPeople(eyes, u)
		case api.Is(err, "user_not_found", "users_not_found", "user_not_visible"):
			dir.KeepMissing(eyes, what)
		}
		return u, err
	})
}

// personNamed finds a person by handle or by the name that is shown.
func (w *workspace) personNamed(ctx context.Context, name string) (api.User, error) {
	dir, eyes := w.svc.directory, w.key()
	if u, ok := dir.PersonNamed(eyes, name); ok && !u.Deleted {
		return u, nil
	}
	if dir.Missing(eyes, "@"+name) {
		return api.User{}, noPerson(name, ", as was found within the last minute: give an id or an e-mail address")
	}
	c, err := directory.Do(ctx, dir, eyes, "@"+strings.ToLower(name), func(ctx context.Context) (*census, error) {
		c := newCensus(name, candidates)
		_, err := w.census(ctx, c, "", peoplePages)
		return c, err
	})
	if err != nil {
		return api.User{}, w.svc.shown(err, "person %s, by name", plain.Words(name, 100))
	}
	same := c.exact()
	switch {
	case len(same) == 1:
		return same[0], nil
	case len(same) > 1:
		return api.User{}, amongPeople(toolerr.New(toolerr.InvalidInput, "person %s: %d people are called so, give the id of one", plain.Words(name, 100), len(same)), same)
	}
	dir.KeepMissing(eyes, "@"+name)
	if c.whole {
		return api.User{}, amongPeople(noPerson(name, fmt.Sprintf("; %d people were looked through", c.seen)), c.users())
	}
	return api.User{}, amongPeople(noPerson(name, fmt.Sprintf("; %d people were looked through and there are more: give an id or an e-mail address, which are found at once", c.seen)), c.users())
}

func amongPeople(e *toolerr.Error, list []api.User) error {
	if len(list) == 0 {
		return e
	}
	type candidate struct {
		ID     string `json:"id"`
		Handle string `json:"handle"`
		Name   string `json:"name,omitempty"`
	}
	var named []candidate
	for _, u := range list[:min(len(list), candidates)] {
		named = append(named, candidate{u.ID, plain.Line(u.Handle), plain.Words(u.Label(), 100)})
	}
	return e.With("candidates", named)
}

// direct finds the direct messages with somebody; to write, it begins them.
func (w *workspace) direct(ctx context.Context, name string, write bool) (api.Channel, error) {
	if !w.svc.policy.dms {
		return api.Channel{}, noDMs()
	}
	u, err := w.person(ctx, name)
	if err != nil {
		return api.Channel{}, err
	}
	var ch api.Channel
	if write {
		if err := w.writableTo(ctx, u); err != nil {
			return api.Channel{}, err
		}
		if ch, err = w.writes.Open(ctx, u.ID); err != nil {
			return api.Channel{}, w.svc.shown(err, "direct messages with %s", plain.Words(name, 100))
		}
		ch.Direct, ch.User = true, u.ID
	} else if ch, err = w.directWith(ctx, u.ID); err != nil {
		return api.Channel{}, w.svc.shown(err, "direct messages with %s", plain.Words(name, 100))
	}
	if ch.ID == "" || w.svc.policy.readable(ch) != nil {
		return api.Channel{}, toolerr.New(toolerr.ResourceNotFound, "direct messages with %s: there are none", plain.Words(name, 100))
	}
	return ch, nil
}

// writableTo returns why somebody may not be written to or invited, nil if they may:
// what a person of another organization reads leaves this one. Slack calls them
// strangers only until they share a channel, and what is remembered of somebody does
// not say where they are.
func (w *workspace) writableTo(ctx context.Context, u api.User) error {
	if w.svc.policy.external {
		return nil
	}
	own, err := w.identity(ctx, w.reads)
	if err != nil {
		return w.svc.shown(err, "person %s", u.ID)
	}
	if u.TeamID == "" {
		id := u.ID
		if u, err = w.reads.User(ctx, id); err != nil {
			return w.personShown(err, id)
		}
	}
	if u.Stranger || u.TeamID != "" && u.TeamID != own.TeamID && u.TeamID != own.Enterprise && u.TeamID != w.svc.cfg.TeamID {
		return toolerr.New(toolerr.PermissionDenied, "%s is of another organization and is neither written to nor invited: whoever operates this service allows it with --allow-external", plain.Words(u.Label(), 80))
	}
	return nil
}

// directWith finds them among those of whoever the token is of; the zero Channel if
// there are none.
func (w *workspace) directWith(ctx context.Context, user string) (ch api.Channel, err error) {
	is := func(c api.Channel) bool {
		if c.Direct && c.User == user {
			ch = c
		}
		return ch.ID == ""
	}
	w.svc.directory.Channels(w.key(), is)
	q := api.ListQuery{Types: "im", Limit: minePage}
	for range minePages {
		if ch.ID != "" {
			break
		}
		page, next, err := w.reads.Mine(ctx, q)
		if err != nil {
			return ch, err
		}
		w.svc.directory.KeepChannels(w.key(), page...)
		for _, c := range page {
			is(c)
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	return ch, nil
}

// labels returns what people are called, by id; of those that cannot be found the
// id itself. It never fails a page for a name: where Slack takes no more requests,
// the rest keep their ids.
func (w *workspace) labels(ctx context.Context, ids []string) map[string]string {
	m := make(map[string]string, len(ids))
	var unknown []string
	for _, id := range ids {
		if _, twice := m[id]; twice {
			continue
		}
		m[id] = id
		if u, ok := w.svc.directory.Person(w.key(), id); ok {
			m[id] = plain.Words(u.Label(), 100)
		} else if (userRule.MatchString(id) || botRule.MatchString(id)) && len(unknown) < labelsMost {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return m
	}
	ctx, cancel := context.WithTimeout(ctx, labelsFor)
	defer cancel()
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(lookupsAtOnce)
	for _, id := range unknown {
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			u, err := w.personOrBot(ctx, id)
			switch {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				m[id] = plain.Words(u.Label(), 100)
			case !refusedOne(err):
				cancel() // so it would be for the others
			}
			return nil
		})
	}
	_ = g.Wait() // no name is worth an error
	return m
}

// personOrBot asks about a person or an app's bot.
func (w *workspace) personOrBot(ctx context.Context, id string) (api.User, error) {
	if !botRule.MatchString(id) {
		return w.userByID(ctx, id)
	}
	return w.remembered(ctx, id, func(ctx context.Context) (api.User, error) {
		name, err := w.reads.Bot(ctx, id)
		if api.Is(err, "bot_not_found") {
			return api.User{}, &api.Error{Method: "bots.info", Code: "user_not_found"}
		}
		return api.User{ID: id, RealName: name, Bot: true}, err
	})
}

// refusedOne reports whether an error says something of one person and nothing of
// the next.
func refusedOne(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && (e.Code != "" && e.Code != "missing_scope" && e.Code != "ratelimited" || e.Unreadable != nil)
}
