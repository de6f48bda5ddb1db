package slack

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/mcpfleet/mcpfleet/pkg/auth"
	"github.com/mcpfleet/mcpfleet/pkg/follow"
	"github.com/mcpfleet/mcpfleet/pkg/oauth"
	"github.com/mcpfleet/mcpfleet/pkg/plain"
	"github.com/mcpfleet/mcpfleet/pkg/toolerr"
	"github.com/mcpfleet/mcpfleet/services/slack/internal/api"
)

const (
	// knownFor is how long it is remembered whose token one is, and what it may do.
	knownFor = 10 * time.Minute
	// maxKnown bounds the tokens and callers of which that is remembered.
	maxKnown = 2000
	// identityLimit bounds what callers of identity wait for together.
	identityLimit = 20 * time.Second
)

// access has the tokens of each call, and who they are. Either they are of
// everybody, or each caller's own.
type access struct {
	log    *slog.Logger
	api    *api.API
	postAs string   // "user", "bot" or ""
	teams  []string // of which people may be, all if there are none

	bot, user source   // of everybody
	people    accounts // nil unless callers act as themselves
	files     []*follow.File

	// learned is told when it has become known, or has changed, what a token of
	// everybody's may do; it may be nil.
	learned func()
	ctx     context.Context // of what is asked in the background
	cancel  context.CancelFunc
	asking  sync.WaitGroup

	flight singleflight.Group
	mu     sync.Mutex
	closed bool
	known  map[string]known  // by api.Client.Key
	seen   map[string]powers // of callers who act as themselves, by principal
}

// accounts has the tokens of callers who signed in at Slack.
type accounts interface {
	// Token returns the principal's tokens. The error of one who has to sign in first
	// is made by toolerr.SignIn.
	Token(ctx context.Context, principal string) (oauth.Token, error)
	// Invalid forgets a token that Slack did not take.
	Invalid(ctx context.Context, principal, access string) error
	// Ended has a token renewed that Slack did not take since its time is over.
	Ended(ctx context.Context, principal, access string) error
	// Page is where the principal signs in anew, or disconnects: a link for nobody
	// else.
	Page(principal string) string
}

// source is a setting with a token of everybody's, which may be replaced at any
// time.
type source struct {
	from   string // "SLACK_BOT_TOKEN"
	client atomic.Pointer[api.Client]
}

type known struct {
	api.Identity
	until time.Time
}

// powers are the scopes of a caller's tokens: nil where there is no such token.
type powers struct{ user, bot *[]string }

func newAccess(ctx context.Context, a *api.API, log *slog.Logger) *access {
	x := &access{log: log, api: a, known: make(map[string]known), seen: make(map[string]powers)}
	x.ctx, x.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return x
}

// set puts a token into force.
func (a *access) set(s *source, token string) {
	var told atomic.Bool
	s.client.Store(a.api.With(token).OnRefusal(func(ctx context.Context, code string) error {
		if !refusesToken(code) {
			return nil
		}
		if !told.Swap(true) {
			a.log.ErrorContext(ctx, "Slack does not take the token: it has ended, or somebody took it back", "setting", s.from, "slack", code)
		}
		return toolerr.New(toolerr.AuthenticationFailed, "Slack does not take this service's token and says %s: whoever operates the service has to give another one with %s", code, s.from)
	}))
}

// refusesToken reports whether a code is about the token, whatever is asked.
func refusesToken(code string) bool {
	return slices.Contains([]string{"invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"}, code)
}

// close ends the following of files, and what is asked in the background.
func (a *access) close() error {
	var err error
	for _, f := range a.files {
		err = errors.Join(err, f.Close())
	}
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.cancel()
	a.asking.Wait()
	return err
}

// workspace is Slack as one call sees it: with the tokens of whoever calls.
type workspace struct {
	svc *Service
	// bot and user are nil where there is no such token.
	bot, user *api.Client
	// reads is what looks: a person's token sees what the person sees. writes is
	// what acts.
	reads, writes *api.Client
}

// open returns the workspace of ctx's caller.
func (s *Service) open(ctx context.Context) (*workspace, error) {
	w := &workspace{svc: s, bot: s.access.bot.client.Load(), user: s.access.user.client.Load()}
	if s.access.people != nil {
		if err := s.access.own(ctx, w); err != nil {
			return nil, err
		}
	}
	// Names are looked up and channels read with reads, also to write there: a bot
	// that many share must not show somebody, or reach for them, what they cannot
	// see themselves.
	w.reads, w.writes = w.user, w.bot
	if s.access.actsAsUser() {
		w.writes = w.user
	}
	if w.reads == nil {
		w.reads = w.bot
	}
	if w.writes == nil {
		w.writes = w.reads
	}
	if w.reads == nil {
		return nil, errNoToken()
	}
	return w, nil
}

// errNoToken says what to set.
func errNoToken() error {
	return toolerr.New(toolerr.AuthenticationFailed, "this service has no token for Slack: whoever operates it can make an app from deploy/slack-manifest.yaml at https://api.slack.com/apps, install it and set SLACK_BOT_TOKEN to its token (xoxb-…), or SLACK_USER_TOKEN to a person's (xoxp-…), or let people sign in with SLACK_CLIENT_ID")
}

// actsAsUser reports whether a person's token acts where there is one.
func (a *access) actsAsUser() bool {
	return a.postAs == "user" || a.postAs == "" && a.people != nil
}

// own gives a workspace the tokens of ctx's caller.
func (a *access) own(ctx context.Context, w *workspace) error {
	caller := auth.CallerFrom(ctx)
	if caller == nil || caller.Principal == auth.Anonymous {
		return toolerr.New(toolerr.AuthenticationFailed, "people act as themselves here, and this call is nobody's; whoever operates the service has to give callers keys or an issuer")
	}
	t, err := a.people.Token(ctx, caller.Principal)
	if err != nil {
		return err
	}
	if t.Kind == kindBot {
		// An app's token sees what others have let the app see.
		return toolerr.New(toolerr.AuthenticationFailed, "your sign-in at Slack gave no token of your own")
	}
	var p powers
	w.user, p.user = a.ofPerson(caller.Principal, t.Access), &t.Scopes
	w.bot = nil
	if t.Companion != nil {
		w.bot, p.bot = a.ofPerson(caller.Principal, t.Companion.Access), &t.Companion.Scopes
	}
	if len(a.teams) > 0 {
		if err := a.stillAdmitted(ctx, caller.Principal, w.user, t.Access); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	bounded(a.seen, caller.Principal)
	a.seen[caller.Principal] = p
	return nil
}

// stillAdmitted forgets the token of somebody whose workspace is not on the list any
// more: they have to sign in at another.
func (a *access) stillAdmitted(ctx context.Context, principal string, c *api.Client, token string) error {
	id, err := a.identity(ctx, c)
	if err != nil {
		return errorShown(err, "whose token it is")
	}
	if a.admits(id) {
		return nil
	}
	if err := a.people.Invalid(ctx, principal, token); err != nil {
		a.log.ErrorContext(ctx, "a token of a workspace that is not allowed any more cannot be forgotten", "error", err)
	} else if _, err := a.people.Token(ctx, principal); err != nil {
		return err
	}
	return toolerr.New(toolerr.PermissionDenied, "you have signed in at the workspace %s (%s), which is not one that this service is for", plain.Words(id.Team, 80), plain.Line(id.TeamID))
}

// admits reports whether people of somebody's workspace, or its organization, may
// use the service.
func (a *access) admits(id api.Identity) bool {
	return len(a.teams) == 0 || slices.Contains(a.teams, id.TeamID) || id.Enterprise != "" && slices.Contains(a.teams, id.Enterprise)
}

// bounded makes room for one more in a map.
func bounded[V any](m map[string]V, key string) {
	if _, has := m[key]; has || len(m) < maxKnown {
		return
	}
	for other := range m {
		delete(m, other)
		return
	}
}

// ofPerson is a client with a token of the principal's sign-in.
func (a *access) ofPerson(principal, token string) *api.Client {
	return a.api.With(token).Of(principal).OnRefusal(func(ctx context.Context, code string) error {
		if !refusesToken(code) {
			return nil
		}
		forget := a.people.Invalid
		if code == "token_expired" {
			forget = a.people.Ended
		}
		if err := forget(ctx, principal, token); err != nil {
			a.log.ErrorContext(ctx, "a token that Slack refused cannot be forgotten", "error", err)
		}
		if _, err := a.people.Token(ctx, principal); err != nil {
			return err
		}
		// It has been renewed, or was the app's beside the person's.
		return toolerr.New(toolerr.ServiceUnavailable, "Slack did not take a token of your sign-in and says %s: call again", code).After(time.Second)
	})
}

// key tells apart what is kept for different eyes.
func (w *workspace) key() string { return w.reads.Key() }

// identity returns who a token is.
func (w *workspace) identity(ctx context.Context, c *api.Client) (api.Identity, error) {
	return w.svc.access.identity(ctx, c)
}

func (a *access) identity(ctx context.Context, c *api.Client) (api.Identity, error) {
	if k, ok := a.remembered(c); ok && time.Now().Before(k.until) {
		return k.Identity, nil
	}
	done := a.flight.DoChan(c.Key(), func() (got any, err error) {
		// In a goroutine of its own nobody else would catch it.
		defer func() {
			if p := recover(); p != nil {
				err = errors.New("asking whose token it is panicked")
			}
		}()
		// Others wait for it too: it does not end with this caller.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), identityLimit)
		defer cancel()
		defer context.AfterFunc(a.ctx, cancel)()
		id, err := c.Identity(ctx)
		if err == nil {
			a.remember(c, id)
		}
		return id, err
	})
	select {
	case <-ctx.Done():
		return api.Identity{}, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return api.Identity{}, r.Err
		}
		return r.Val.(api.Identity), nil
	}
}

// remembered returns what is known of a token, if it is a while ago too.
func (a *access) remembered(c *api.Client) (known, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k, ok := a.known[c.Key()]
	return k, ok
}

func (a *access) remember(c *api.Client, id api.Identity) {
	a.mu.Lock()
	last, had := a.known[c.Key()]
	bounded(a.known, c.Key())
	a.known[c.Key()] = known{id, time.Now().Add(knownFor)}
	a.mu.Unlock()
	shared := c == a.bot.client.Load() || c == a.user.client.Load()
	if shared && a.learned != nil && (!had || !slices.Equal(last.Scopes, id.Scopes)) {
		a.learned()
	}
}

// learn asks in the background who the tokens of everybody are.
func (a *access) learn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	for _, s := range []*source{&a.bot, &a.user} {
		c := s.client.Load()
		if c == nil {
			continue
		}
		a.asking.Go(func() {
			if _, err := a.identity(a.ctx, c); err != nil && a.ctx.Err() == nil {
				// Calls will say so too, to whom it matters.
				a.log.WarnContext(a.ctx, "it is not known yet whose token it is", "setting", s.from)
			}
		})
	}
}

// powers returns what the tokens of ctx's caller may do, as far as that is known
// without asking anybody.
func (a *access) powers(ctx context.Context) (powers, bool) {
	if a.people != nil {
		caller := auth.CallerFrom(ctx)
		if caller == nil {
			return powers{}, false
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		p, ok := a.seen[caller.Principal]
		return p, ok
	}
	var p powers
	for _, t := range []struct {
		s  *source
		to **[]string
	}{{&a.bot, &p.bot}, {&a.user, &p.user}} {
		c := t.s.client.Load()
		if c == nil {
			continue
		}
		k, ok := a.remembered(c)
		if !ok || k.Scopes == nil {
			return powers{}, false
		}
		*t.to = &k.Scopes
	}
	return p, p.bot != nil || p.user != nil
}
