package slack

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

// backend is a way to search.
type backend string

const (
	// byMessages is search.messages, which wants search:read.
	byMessages backend = "m"
	// byContext is assistant.search.context, which wants search:read.public and others
	// of its kind.
	byContext backend = "c"
	// byScan looks through a channel without Slack's search.
	byScan backend = "s"
)

// contextPage is how many hits assistant.search.context gives at most.
const contextPage = 20

// maxSearchers bounds of how many tokens it is remembered how they search.
const maxSearchers = 10_000

// searchers remembers how each token can search. The zero value is ready for use;
// it is safe for concurrent use.
type searchers struct {
	mu    sync.Mutex
	known map[string]searcher // by api.Client.Key
}

type searcher struct {
	way   backend
	until time.Time
}

// ways returns the ways to search that are worth a try.
func (x *searchers) ways(key string) []backend {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch s, ok := x.known[key]; {
	case !ok || time.Now().After(s.until):
		return []backend{byMessages, byContext}
	case s.way == byScan:
		return nil
	default:
		return []backend{s.way}
	}
}

func (x *searchers) remember(key string, way backend) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.known == nil || len(x.known) >= maxSearchers {
		x.known = make(map[string]searcher)
	}
	x.known[key] = searcher{way, time.Now().Add(knownFor)}
}

// cannotSearch reports whether a token cannot search in one way, and may in another.
func cannotSearch(err error) bool {
	return api.Is(err, "missing_scope", "no_permission", "unknown_method", "method_deprecated", "deprecated_endpoint", "not_allowed", "not_allowed_token_type",
		"access_denied", "enterprise_is_restricted", "feature_not_enabled", "invalid_action_token", "team_access_not_granted")
}

// find answers a question in the way that the caller's tokens allow. A bot's token
// has no search, and what a person's token finds is what that person sees.
func (w *workspace) find(ctx context.Context, q question, at searchPlace) (finds, error) {
	if at.Backend == byScan && q.channel != nil {
		return w.scan(ctx, q, at)
	}
	if w.user != nil {
		key, remembered := w.user.Key(), &w.svc.searchers
		ways := remembered.ways(key)
		if at.Backend != "" {
			ways = []backend{at.Backend}
		}
		for _, way := range ways {
			got, err := w.findBy(ctx, way, q, at)
			if err == nil {
				remembered.remember(key, way)
				return got, nil
			}
			if !cannotSearch(err) {
				return finds{}, w.svc.shown(err, "search")
			}
		}
		if at.Backend != "" {
			return finds{}, toolerr.Invalid("cursor", "cursor: the token can no longer search in this way; begin again without a cursor")
		}
		remembered.remember(key, byScan)
	}
	switch {
	case q.channel != nil:
		return w.scan(ctx, q, at)
	case w.user == nil:
		return finds{}, toolerr.New(toolerr.PermissionDenied, "Slack lets no bot search: give channel too, to look through its latest messages, or have a person's token set (SLACK_USER_TOKEN, or sign in) with the scope search:read")
	}
	return finds{}, toolerr.New(toolerr.PermissionDenied, "the token lacks the scope search:read (or search:read.public and its like): have it added, or give channel too, to look through its latest messages")
}

func (w *workspace) findBy(ctx context.Context, way backend, q question, at searchPlace) (finds, error) {
	if way == byContext {
		return w.findByContext(ctx, q, at)
	}
	return w.findByMessages(ctx, q, at)
}

// findByMessages asks search.messages, whose hits say where they are.
func (w *workspace) findByMessages(ctx context.Context, q question, at searchPlace) (finds, error) {
	page, err := w.user.Search(ctx, api.SearchQuery{Query: q.modified(true), Newest: q.newest, Count: at.Size, Cursor: at.Cursor})
	if err != nil {
		return finds{}, err
	}
	var got finds
	within := true
	for _, f := range page.Finds {
		if f.User != "" && f.BotID == "" {
			f.Username = "" // which is the handle; elsewhere people have their names
		}
		switch {
		case !q.holds(f.Channel, f.User, f.TS):
			within = false
		case w.svc.policy.readable(f.Place) == nil:
			got.messages = append(got.messages, find{f.Message, f.Place})
		}
	}
	// With dates Slack counts whole days more than was asked for.
	if within && !q.bounded() {
		got.total = &page.Total
	}
	if page.Next != "" && page.Next != at.Cursor {
		got.next = &searchPlace{Backend: byMessages, Cursor: page.Next, Size: at.Size}
	}
	return got, nil
}

// findByContext asks assistant.search.context, a few pages of it, since its pages
// are short.
func (w *workspace) findByContext(ctx context.Context, q question, at searchPlace) (finds, error) {
	types := at.Types
	if types == "" {
		types = w.searchTypes(ctx)
	}
	pages := (at.Size + contextPage - 1) / contextPage
	ask := api.ContextQuery{
		Query: q.modified(false), Types: strings.Split(types, ","), After: secondOf(q.after), Newest: q.newest,
		Limit: at.Size / pages, Cursor: at.Cursor,
	}
	if q.before != "" {
		ask.Before = secondOf(q.before).Add(time.Second)
	}
	var got finds
	var all []api.Find
	for range pages {
		page, err := w.user.SearchContext(ctx, ask)
		if err != nil && (len(all) == 0 || !got.ended(w.svc.shown(err, "search"))) {
			return finds{}, err
		}
		if err != nil {
			break
		}
		all = append(all, page.Finds...)
		if page.Next == ask.Cursor {
			page.Next = ""
		}
		if ask.Cursor = page.Next; ask.Cursor == "" {
			break
		}
	}
	all = slices.DeleteFunc(all, func(f api.Find) bool { return !q.holds(f.Channel, f.User, f.TS) })
	places := w.places(ctx, all)
	for _, f := range all {
		if p, ok := places[f.Channel]; ok {
			got.messages = append(got.messages, find{f.Message, p})
		}
	}
	if ask.Cursor != "" {
		got.next = &searchPlace{Backend: byContext, Cursor: ask.Cursor, Size: at.Size, Types: types}
	}
	return got, nil
}

// searchTypes are the kinds of conversations that the token may search and that may
// be read.
func (w *workspace) searchTypes(ctx context.Context) string {
	id, err := w.identity(ctx, w.user)
	if err != nil || id.Scopes == nil {
		return "public_channel"
	}
	var types []string
	for _, t := range []struct{ scope, name string }{
		{"search:read.public", "public_channel"}, {"search:read.private", "private_channel"}, {"search:read.mpim", "mpim"}, {"search:read.im", "im"},
	} {
		if slices.Contains(id.Scopes, t.scope) && (w.svc.policy.dms || !strings.HasSuffix(t.name, "im")) {
			types = append(types, t.name)
		}
	}
	if types == nil {
		return "public_channel"
	}
	return strings.Join(types, ",")
}

// places are the channels of finds that may be read. A channel that cannot be asked
// about is none of them.
func (w *workspace) places(ctx context.Context, list []api.Find) map[string]api.Channel {
	places := make(map[string]api.Channel)
	var ids []string
	for _, f := range list {
		if !slices.Contains(ids, f.Channel) {
			ids = append(ids, f.Channel)
		}
	}
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(lookupsAtOnce)
	for _, id := range ids {
		g.Go(func() error {
			if p, err := w.channel(ctx, id); err == nil {
				mu.Lock()
				defer mu.Unlock()
				places[id] = p.Channel
			}
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	return places
}
